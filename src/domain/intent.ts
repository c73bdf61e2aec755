/** What is held against a payment, read out of Dojo's answer. Amounts are whole minor units, times milliseconds since 1970. */
export interface IntentFacts {
  paymentIntentId: string
  status: string
  /** When it came to stand as it does. */
  atMs: number
  createdAtMs: number
  /** Without the tip. */
  amountMinor: number
  tipsMinor: number
  currency: string
  /** Of the amount and the tip together. */
  refundedMinor: number
  /** The order that it names. */
  externalId: string | undefined
}

// Which payments a call records. Dojo may reverse them when it does not get the answer.
import type { CapabilityName, Input } from '../../contract/capabilities.ts'

type Payments = { [Name in CapabilityName]?: (input: Input<Name>) => string[] }

const payments: Payments = {
  RecordOrderPaymentById: ({ paymentIntentId }) => [paymentIntentId],
  CreateOrder: (input) => input.payments.map(({ paymentIntentId }) => paymentIntentId),
}

/** Undefined for a capability that records none. */
export const paymentsIn = (name: CapabilityName): ((input: object) => string[]) | undefined =>
  payments[name] as ((input: object) => string[]) | undefined

// Which payments a call records: what Dojo may take back when it does not hear that it was done.
import type { CapabilityName, Input } from '../../contract/capabilities.ts'

type Payments = { [Name in CapabilityName]?: (input: Input<Name>) => string[] }

const payments: Payments = {
  RecordOrderPaymentById: ({ paymentIntentId }) => [paymentIntentId],
  CreateOrder: (input) => input.payments.map(({ paymentIntentId }) => paymentIntentId),
}

/** Undefined for a capability that records none. */
export const paymentsIn = (name: CapabilityName): ((input: object) => string[]) | undefined =>
  payments[name] as ((input: object) => string[]) | undefined

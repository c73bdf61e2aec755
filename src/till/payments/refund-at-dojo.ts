// Giving money back through Dojo, as the till knows it: somebody else knows how to reach Dojo.
import type { IntentFacts } from '../../domain/payments/intent.ts'
import type { RefundOutcome } from '../../domain/payments/refund.ts'

export interface RefundAtDojo {
  /**
   * The payment as Dojo shows it now. `refused`: Dojo cannot be asked as this venue is set up, or
   * does not know the payment; `unknown`: it did not answer.
   */
  look: (
    locationId: string,
    paymentIntentId: string,
  ) => Promise<
    { outcome: 'shown'; facts: IntentFacts } | { outcome: 'refused' | 'unknown'; problem: string }
  >
  /**
   * Asks Dojo to give back `amountMinor` of what was paid by a payment intent, tip included. The
   * same refundId again is the same refund. Never throws: what is not known to have worked is
   * `unknown`.
   */
  refund: (
    locationId: string,
    request: { paymentIntentId: string; refundId: string; amountMinor: number; reason: string },
  ) => Promise<RefundOutcome>
}

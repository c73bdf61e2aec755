// What a refund needs of Dojo. dojo/jobs/refund.ts implements it; tests replace it.
import type { IntentFacts } from '../../domain/payments/intent.ts'
import type { RefundOutcome } from '../../domain/payments/refund.ts'

/**
 * `refused`: with the venue's present set-up Dojo cannot be asked, or it does not know the payment.
 * `unknown`: it did not answer.
 */
export type PaymentAtDojo =
  { outcome: 'shown'; facts: IntentFacts } | { outcome: 'refused' | 'unknown'; problem: string }

export interface RefundAtDojo {
  /** The payment as it is at Dojo now. */
  readIntent: (locationId: string, paymentIntentId: string) => Promise<PaymentAtDojo>
  /**
   * Asks Dojo to refund `amountMinor` of what a payment intent took, tip included. The same
   * refundId again is the same refund. Never throws: anything not known to have worked is
   * `unknown`.
   */
  refund: (
    locationId: string,
    request: { paymentIntentId: string; refundId: string; amountMinor: number; reason: string },
  ) => Promise<RefundOutcome>
}

// Giving money back through Dojo, as the till knows it: somebody else knows how to reach Dojo.

/** What came of it. `card-must-be-present`: the card was read by a terminal, so only a terminal can give the money back. */
export type RefundOutcome =
  | { outcome: 'done', dojoRefundId: string }
  | { outcome: 'card-must-be-present', problem: string }
  | { outcome: 'refused', problem: string }
  | { outcome: 'unknown', problem: string }

/**
 * Asks Dojo to give back `amountMinor` of what was paid by a payment intent, tip included. The same refundId again is the same
 * refund. Never throws: what is not known to have worked is `unknown`.
 */
export type RefundAtDojo = (locationId: string, request: { paymentIntentId: string, refundId: string, amountMinor: number, reason: string }) => Promise<RefundOutcome>

// Asks Dojo to give money back while a till waits. What is not known to have worked is never taken
// for a refusal: the same refund can be asked for again, and Dojo knows it by its key.
import { DojoFault, DojoRefusal } from '../client/errors.ts'
import type { IntentFacts } from '../../domain/payments/intent.ts'
import type { RefundOutcome } from '../../domain/payments/refund.ts'
import { limits } from '../../limits.ts'
import { readIntent } from './read-intent.ts'
import { askNow, NoKey, type AskDojoDeps } from './ask-dojo.ts'

type NotAsked = { outcome: 'refused' | 'unknown'; problem: string }

export interface Refunder {
  look: (
    locationId: string,
    paymentIntentId: string,
  ) => Promise<{ outcome: 'shown'; facts: IntentFacts } | NotAsked>
  refund: (
    locationId: string,
    request: { paymentIntentId: string; refundId: string; amountMinor: number; reason: string },
  ) => Promise<RefundOutcome>
}

/** For a server that does not talk to Dojo. */
export const noRefunder: Refunder = { look: async () => noHouse, refund: async () => noHouse }
const noHouse = {
  outcome: 'refused',
  problem:
    'This server has no SOFTWARE_HOUSE_ID to ask Dojo with: set it, and start the server again.',
} as const

export const createRefunder = (deps: AskDojoDeps): Refunder => ({
  look: async (locationId, paymentIntentId) => {
    try {
      const facts = await askNow(
        deps,
        locationId,
        async (client) =>
          await readIntent(client, paymentIntentId, { timeoutMs: limits.refundLookTimeoutMs }),
      )
      if (facts === undefined) {
        return {
          outcome: 'refused',
          problem: `Dojo does not know the payment intent ${paymentIntentId} with the key of this venue.`,
        }
      }
      return { outcome: 'shown', facts }
    } catch (error) {
      return {
        outcome:
          error instanceof NoKey || (error instanceof DojoRefusal && error.status < 429)
            ? 'refused'
            : 'unknown',
        problem: problemOf(error),
      }
    }
  },
  refund: async (locationId, { paymentIntentId, refundId, amountMinor, reason }) => {
    try {
      const input = { paymentIntentId, amount: amountMinor, refundReason: reason }
      const { refundId: dojoRefundId } = await askNow(
        deps,
        locationId,
        async (client) =>
          await client.call('Refunds_Create', input, {
            idempotencyKey: refundId,
            timeoutMs: limits.refundTimeoutMs,
          }),
      )
      if (dojoRefundId == null || dojoRefundId === '') {
        return { outcome: 'unknown', problem: 'Dojo answered without the id of a refund.' }
      }
      return { outcome: 'done', dojoRefundId }
    } catch (error) {
      return outcomeOf(error)
    }
  },
})

/**
 * Answers by which Dojo has understood the refund and not done it. Of a key that it refuses, an
 * attempt before may have been done.
 */
const FINAL: ReadonlySet<number> = new Set([400, 405, 422])

/**
 * Dojo gives no code for it, and its words may change: those of a terminal and of a card that is
 * there mean this one.
 */
const CARD_MUST_BE_PRESENT =
  /\bterminal|matched refund|card[- ]?(holder)?('s)?[- ](must be |is |not )?present|present (the |their )?card/i

function outcomeOf(error: unknown): RefundOutcome {
  const problem = problemOf(error)
  if (
    !(error instanceof DojoRefusal) ||
    error.mayBeDone ||
    !(FINAL.has(error.status) || error.status === 409)
  ) {
    return { outcome: 'unknown', problem }
  }
  if (CARD_MUST_BE_PRESENT.test(`${error.title ?? ''} ${error.detail ?? ''}`)) {
    return { outcome: 'card-must-be-present', problem }
  }
  // A conflict may also be one with the same refund, still under way.
  return { outcome: error.status === 409 ? 'unknown' : 'refused', problem }
}

/** Dojo's own words where it has some; no secret is in a message of a fault of Dojo's. */
function problemOf(error: unknown): string {
  if (error instanceof DojoRefusal && FINAL.has(error.status) && error.detail !== undefined) {
    return error.detail
  }
  return error instanceof DojoFault || error instanceof NoKey
    ? error.message
    : (error as Error).message.slice(0, limits.maxLoggedMessageCharacters)
}

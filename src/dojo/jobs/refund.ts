// Asks Dojo to refund a payment while a till waits. A refund that is not known to have worked is
// never reported as refused: the same request can be sent again, and Dojo recognises it by its key.
import type { PaymentAtDojo, RefundAtDojo } from '../../actions/payments/refund-at-dojo.ts'
import { unknownToDojo } from '../../domain/payments/intent.ts'
import type { RefundOutcome } from '../../domain/payments/refund.ts'
import { limits } from '../../limits.ts'
import { DojoFault, DojoRefusal } from '../client/errors.ts'
import { readSocketIntent } from '../../store/payments/socket-payments.ts'
import { askDojo, NoKey, type AskDojoDeps } from './ask-dojo.ts'
import { readIntent } from './read-intent.ts'

/** For a server that has no software house id, and so cannot call Dojo. */
export const cannotRefundAtDojo: RefundAtDojo = {
  readIntent: async () => noSoftwareHouse,
  refund: async () => noSoftwareHouse,
}
const noSoftwareHouse = {
  outcome: 'refused',
  problem: 'This server has no SOFTWARE_HOUSE_ID. Set it and restart the server.',
} as const

export function createRefundAtDojo(deps: AskDojoDeps): RefundAtDojo {
  return {
    readIntent: async (locationId, paymentIntentId) =>
      await readPayment(deps, locationId, paymentIntentId),
    refund: async (locationId, request) => await refund(deps, locationId, request),
  }
}

async function readPayment(
  deps: AskDojoDeps,
  locationId: string,
  paymentIntentId: string,
): Promise<PaymentAtDojo> {
  const facts = await readSocketIntent(deps.database, locationId, paymentIntentId)
  if (facts !== undefined) return { outcome: 'shown', facts }
  try {
    const facts = await askDojo(
      deps,
      locationId,
      async (client) =>
        await readIntent(client, paymentIntentId, { timeoutMs: limits.refundReadTimeoutMs }),
    )
    if (facts !== undefined) return { outcome: 'shown', facts }
    return { outcome: 'refused', problem: unknownToDojo(paymentIntentId) }
  } catch (error) {
    const isRefused = error instanceof NoKey || (error instanceof DojoRefusal && error.status < 429)
    return { outcome: isRefused ? 'refused' : 'unknown', problem: problemOf(error) }
  }
}

async function refund(
  deps: AskDojoDeps,
  locationId: string,
  {
    paymentIntentId,
    refundId,
    amountMinor,
    reason,
  }: { paymentIntentId: string; refundId: string; amountMinor: number; reason: string },
): Promise<RefundOutcome> {
  if ((await readSocketIntent(deps.database, locationId, paymentIntentId)) !== undefined) {
    return { outcome: 'card-must-be-present', problem: OF_SOCKET }
  }
  const input = { paymentIntentId, amount: amountMinor, refundReason: reason }
  const options = { idempotencyKey: refundId, timeoutMs: limits.refundTimeoutMs }
  try {
    const { refundId: dojoRefundId } = await askDojo(
      deps,
      locationId,
      async (client) => await client.call('Refunds_Create', input, options),
    )
    if (dojoRefundId == null || dojoRefundId === '') {
      return { outcome: 'unknown', problem: 'Dojo answered without the id of a refund.' }
    }
    return { outcome: 'done', dojoRefundId }
  } catch (error) {
    return outcomeOf(error)
  }
}

const OF_SOCKET =
  "The payment was taken over Dojo's socket for card machines: give the refund on a card machine."

/**
 * Answers that say that Dojo understood the refund and did not do it. A rejected key is not one of
 * them: an earlier attempt may have been done.
 */
const NOT_DONE: ReadonlySet<number> = new Set([400, 405, 422])

/** Dojo has no code for this, and may change its wording: any mention of a terminal or card. */
const CARD_REQUIRED = [
  /\bterminal/i,
  /matched refund/i,
  /card[- ]?(holder)?('s)?[- ](must be |is |not )?present/i,
  /present (the |their )?card/i,
]

function outcomeOf(error: unknown): RefundOutcome {
  const problem = problemOf(error)
  if (
    !(error instanceof DojoRefusal) ||
    error.mayBeDone ||
    !(NOT_DONE.has(error.status) || error.status === 409)
  ) {
    return { outcome: 'unknown', problem }
  }
  const words = `${error.title ?? ''} ${error.detail ?? ''}`
  if (CARD_REQUIRED.some((pattern) => pattern.test(words))) {
    return { outcome: 'card-must-be-present', problem }
  }
  // A 409 may mean that the same refund is still being processed.
  return { outcome: error.status === 409 ? 'unknown' : 'refused', problem }
}

/** In Dojo's own words where it gives some. Tills show it. */
function problemOf(error: unknown): string {
  if (error instanceof DojoRefusal && NOT_DONE.has(error.status) && error.detail !== undefined) {
    return error.detail
  }
  if (error instanceof DojoFault) return error.forCallers
  return error instanceof NoKey
    ? error.message
    : (error as Error).message.slice(0, limits.maxLoggedMessageCharacters)
}

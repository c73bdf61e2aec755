// A till starts a payment on a card machine. It is written down before Dojo hears of it, and a job
// takes it up should this process die.
import type { VenueCaller } from '../../domain/caller.ts'
import { judge, type CardPayment } from '../../domain/payments/card-payment.ts'
import { holdForCard } from '../../domain/payments/card-hold.ts'
import {
  mustBeTheSame,
  startCardPayment as decideToStart,
  terminalToUse,
  type CardPaymentRequest,
} from '../../domain/payments/card-payment-requests.ts'
import { shownOf } from '../../domain/payments/card-payment-shown.ts'
import { limits } from '../../limits.ts'
import type { Database, Queryable } from '../../store/database/database.ts'
import { queueJob } from '../../store/jobs/jobs.ts'
import { readOrderForUpdate } from '../../store/orders/read-order.ts'
import {
  insertCardPayment,
  readCardPayment,
  readRequestHash,
  readUnderWay,
} from '../../store/payments/card-payments.ts'
import { readTerminalSettings } from '../../store/payments/terminals.ts'
import { readCounterRules } from '../../store/venue/counter-rules.ts'
import { applyChange } from '../orders/change-order.ts'
import { throughSocket, writeSocketPayment } from './through-socket.ts'

export interface CardPaymentStart extends Omit<CardPaymentRequest, 'terminalId'> {
  orderId: string
  /** Left out: the machine that the venue prefers. */
  terminalId: string | undefined
  /** The hash of the request. */
  hash: Buffer
}

/**
 * The same request again is the same card payment.
 * @throws Refusal NotFound; Conflict: other content under this id; what `startCardPayment` of the
 *   domain lists. InvalidRequest: no machine to use
 */
export async function startCardPayment(
  database: Database,
  caller: VenueCaller & { tillName?: string | undefined },
  { holder, start }: { holder: string; start: CardPaymentStart },
): Promise<{ payment: CardPayment; isNew: boolean }> {
  const { locationId, currency, waiterId, tillName } = caller
  return await database.transaction(async (tx) => {
    const now = await readOrderForUpdate(tx, locationId, start.orderId)
    const known = await findRequest(tx, locationId, start)
    if (known !== undefined) return { payment: known, isNew: false }
    const wayOf = await throughSocket(tx, locationId)
    const terminalId = await terminalOf(tx, locationId, start.terminalId)
    const rules = await readCounterRules(tx, locationId)
    const underWay = await readUnderWay(tx, locationId, { orderId: start.orderId, terminalId })
    const started = decideToStart(
      now.order,
      { ...start, terminalId },
      { nowMs: now.nowMs, holder, currency, underWay, rules, by: { waiterId, tillName } },
    )
    const payment = wayOf(started)
    insertCardPayment(tx, locationId, payment, start.hash)
    await writeSocketPayment(tx, locationId, payment)
    queueCardPayment(tx, locationId, payment)
    applyChange(tx, caller, now, {
      action: `CardPayment${judge(payment, now.nowMs).status}`,
      detail: shownOf(payment, now.nowMs),
      order: holdForCard(now.order, payment, now.nowMs),
      quiet: true,
      isNote: true,
    })
    return { payment, isNew: true }
  })
}

/** Another process looks at it once the lease of this one could have lapsed. */
export function queueCardPayment(
  tx: Parameters<typeof queueJob>[0],
  locationId: string,
  { cardPaymentId }: Pick<CardPayment, 'cardPaymentId'>,
  afterSeconds: number = limits.terminalLeaseSeconds + 2,
): void {
  queueJob(tx, { locationId, kind: 'CardPayment', entityId: cardPaymentId, afterSeconds })
}

/** @throws Refusal InvalidRequest: none was named, and the venue prefers none */
export async function terminalOf(
  tx: Queryable,
  locationId: string,
  wanted: string | undefined,
): Promise<string> {
  if (wanted !== undefined) return wanted
  const [first] = await readTerminalSettings(tx, locationId)
  return terminalToUse(first?.preferred === true ? first.terminalId : undefined)
}

/** @throws Refusal Conflict: the id names another card payment */
export async function findRequest(
  tx: Queryable,
  locationId: string,
  { cardPaymentId, hash }: Pick<CardPaymentStart, 'cardPaymentId' | 'hash'>,
): Promise<CardPayment | undefined> {
  const known = await readRequestHash(tx, locationId, cardPaymentId)
  if (known === undefined) return undefined
  mustBeTheSame(cardPaymentId, known, hash)
  return (await readCardPayment(tx, locationId, cardPaymentId)).payment
}

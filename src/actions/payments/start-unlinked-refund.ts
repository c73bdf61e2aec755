// A manager gives a refund without a payment on a card machine. It is written down before Dojo
// hears of it, and a job takes it up should this process die.
import type { VenueCaller } from '../../domain/caller.ts'
import type { CardPayment } from '../../domain/payments/card-payment.ts'
import {
  startUnlinkedRefund as decideToStart,
  type UnlinkedRefundRequest,
} from '../../domain/payments/unlinked-refund.ts'
import type { Database } from '../../store/database/database.ts'
import { insertCardPayment, readUnderWay } from '../../store/payments/card-payments.ts'
import { readCounterRulesForUpdate } from '../../store/venue/counter-rules.ts'
import { readNowMs } from '../../store/venue/days.ts'
import { announceUnlinked } from './change-card-payment.ts'
import { findRequest, queueCardPayment, terminalOf } from './start-card-payment.ts'
import { throughSocket, writeSocketPayment } from './through-socket.ts'

export interface UnlinkedRefundStart extends Omit<UnlinkedRefundRequest, 'terminalId'> {
  /** Left out: the machine that the venue prefers. */
  terminalId: string | undefined
  /** The hash of the request. */
  hash: Buffer
}

/**
 * The same request again is the same refund.
 * @throws Refusal Conflict: other content under this id; what `startUnlinkedRefund` of the domain
 *   lists. InvalidRequest: no machine to use
 */
export async function startUnlinkedRefund(
  database: Database,
  caller: VenueCaller & { tillName?: string | undefined },
  start: UnlinkedRefundStart,
): Promise<{ payment: CardPayment; isNew: boolean }> {
  const { locationId, currency, waiterId, tillName } = caller
  const { refundId: cardPaymentId, hash } = start
  return await database.transaction(async (tx) => {
    const rules = await readCounterRulesForUpdate(tx, locationId)
    const known = await findRequest(tx, locationId, { cardPaymentId, hash })
    if (known !== undefined) return { payment: known, isNew: false }
    const wayOf = await throughSocket(tx, locationId)
    const terminalId = await terminalOf(tx, locationId, start.terminalId)
    const underWay = await readUnderWay(tx, locationId, { terminalId })
    const nowMs = await readNowMs(tx)
    const started = decideToStart(
      { ...start, terminalId },
      { nowMs, holder: '', currency, underWay, rules, by: { waiterId, tillName } },
    )
    const payment = wayOf(started)
    insertCardPayment(tx, locationId, payment, hash)
    await writeSocketPayment(tx, locationId, payment)
    queueCardPayment(tx, locationId, payment)
    announceUnlinked(tx, caller, payment, nowMs)
    return { payment, isNew: true }
  })
}

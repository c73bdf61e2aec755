// What a till asks of a card payment that is there: to try again, to cancel it, to judge a
// signature. The machine hears of it from the process that drives it.
import type { Caller } from '../../domain/caller.ts'
import { notFound } from '../../domain/errors.ts'
import type { CardPayment } from '../../domain/payments/card-payment.ts'
import { answerSignature, wantCancel } from '../../domain/payments/card-payment-requests.ts'
import { terminalOfNextTry, tryAgain } from '../../domain/payments/card-payment-retry.ts'
import {
  wantOfAuthorized,
  type AuthorizedRequest,
} from '../../domain/payments/card-payment-authorized.ts'
import type { Order } from '../../domain/orders/order.ts'
import type { Database } from '../../store/database/database.ts'
import { readUnderWay, type CardPaymentNow } from '../../store/payments/card-payments.ts'
import { readCounterRules } from '../../store/venue/counter-rules.ts'
import { changeCardPayment } from './change-card-payment.ts'
import { queueCardPayment } from './start-card-payment.ts'
import { asNextTry } from './through-socket.ts'

export interface CardPaymentRef {
  /** Undefined for a refund without a payment. */
  orderId: string | undefined
  cardPaymentId: string
}

/** @throws Refusal NotFound; Conflict: see `wantCancel` */
export async function cancelCardPayment(
  database: Database,
  caller: Caller,
  ref: CardPaymentRef,
): Promise<CardPaymentNow> {
  return await changeCardPayment(database, caller, ref, ({ payment, nowMs, tx }) => {
    mustBeOf(ref, payment)
    const wanted = wantCancel(payment, nowMs)
    if (wanted !== undefined) queueCardPayment(tx, caller.locationId, payment)
    return wanted
  })
}

/** @throws Refusal NotFound; Conflict: see `answerSignature` */
export async function judgeSignature(
  database: Database,
  caller: Caller,
  ref: CardPaymentRef,
  isAccepted: boolean,
): Promise<CardPaymentNow> {
  return await changeCardPayment(database, caller, ref, ({ payment, nowMs }) => {
    mustBeOf(ref, payment)
    return answerSignature(payment, isAccepted, nowMs)
  })
}

/** @throws Refusal NotFound; Conflict: see `tryAgain` */
export async function retryCardPayment(
  database: Database,
  caller: Caller,
  ref: CardPaymentRef,
  { terminalId: wanted, isConfirmed, holder }: RetryRequest,
): Promise<CardPaymentNow> {
  const { locationId, currency } = caller
  const options = { cardPaymentId: ref.cardPaymentId, holdsOrder: true }
  return await changeCardPayment(
    database,
    caller,
    options,
    async ({ payment, order, nowMs, tx }) => {
      const onOrder = orderOf(ref, payment, order)
      const terminalId = terminalOfNextTry(payment, wanted)
      const underWay = await readUnderWay(tx, locationId, { orderId: payment.orderId, terminalId })
      const others = underWay.filter(({ cardPaymentId }) => cardPaymentId !== ref.cardPaymentId)
      queueCardPayment(tx, locationId, payment)
      const again = tryAgain(payment, onOrder, {
        terminalId,
        isConfirmed,
        ...{ nowMs, holder, currency, underWay: others },
      })
      return await asNextTry(tx, locationId, again)
    },
  )
}

/** @throws Refusal NotFound; Conflict: see `wantOfAuthorized` */
export async function directAuthorized(
  database: Database,
  caller: Caller,
  ref: CardPaymentRef,
  { request, holder }: { request: AuthorizedRequest; holder: string },
): Promise<CardPaymentNow> {
  const { locationId, currency } = caller
  const options = { cardPaymentId: ref.cardPaymentId, holdsOrder: request.what === 'capture' }
  return await changeCardPayment(
    database,
    caller,
    options,
    async ({ payment, order, nowMs, tx }) => {
      const onOrder = orderOf(ref, payment, order)
      const allUnderWay = await readUnderWay(tx, locationId, { orderId: onOrder.orderId })
      const rules = await readCounterRules(tx, locationId)
      const underWay = allUnderWay.filter(
        ({ cardPaymentId }) => cardPaymentId !== ref.cardPaymentId,
      )
      queueCardPayment(tx, locationId, payment)
      const till = { nowMs, holder, currency, underWay }
      return wantOfAuthorized(payment, onOrder, request, { ...till, rules })
    },
  )
}

export interface RetryRequest {
  terminalId: string | undefined
  /** Somebody looked at the machine, and it shows no approval. */
  isConfirmed: boolean
  holder: string
}

/** @throws Refusal NotFound: it is on another order */
function mustBeOf({ orderId, cardPaymentId }: CardPaymentRef, payment: CardPayment): void {
  if (payment.orderId !== orderId) throw notFound('card payment', cardPaymentId)
}

/** @throws Refusal NotFound: it is on another order, or on none */
function orderOf(ref: CardPaymentRef, payment: CardPayment, order: Order | undefined): Order {
  mustBeOf(ref, payment)
  if (order === undefined) throw notFound('card payment', ref.cardPaymentId)
  return order
}

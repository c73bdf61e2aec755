// A card payment as a till sees it, and how a till waits for what it asked.
import { Type } from 'typebox'
import {
  cardPaymentKinds,
  cardPaymentStatuses,
  chargeAgainAnswers,
} from '../../domain/payments/card-payment.ts'
import { mustBeStarted } from '../../domain/payments/card-payment-requests.ts'
import { shownOf } from '../../domain/payments/card-payment-shown.ts'
import { readCardPayment, type CardPaymentNow } from '../../store/payments/card-payments.ts'
import type { OwnTransactionContext, TillCaller, TillDeps } from '../kit/operation.ts'
import { Fields, Id, OneOf, Sum, Time } from '../kit/shapes.ts'

export const tag = 'Card machines'
export const CardPaymentPath = Fields({ orderId: Id, cardPaymentId: Id })
const Text = Type.Optional(Type.String())

export const CardPaymentShape = Fields(
  {
    id: Type.String(),
    orderId: Type.Optional(Type.String({ description: 'Missing for a refund without a payment.' })),
    kind: OneOf(cardPaymentKinds),
    refundId: Text,
    status: OneOf(cardPaymentStatuses, {
      description:
        'Unknown, Expired and Canceled may still become Captured while chargeAgain is unknown.',
    }),
    chargeAgain: OneOf(chargeAgainAnswers, {
      description:
        'Whether the guest may be charged again. unknown: wait until unknownUntil, or cancel.',
    }),
    unknownUntil: Type.Optional(Time),
    canRetry: Type.Boolean({
      description:
        'Whether POST .../retry tries it again, on the same payment intent. Where it is false ' +
        'and chargeAgain is safe, start a new card payment.',
    }),
    amountMinor: Sum,
    tipsMinor: Sum,
    cashbackMinor: Type.Optional(
      Type.Integer({ description: 'Cash for the guest, which the card pays besides the amount.' }),
    ),
    share: Type.String(),
    terminalId: Text,
    attempts: Type.Integer(),
    prompt: Type.Optional(
      Type.String({ description: 'What the machine shows the guest, as PresentCard.' }),
    ),
    secondsToSign: Type.Optional(
      Type.Integer({ description: 'How long the signature can still be rejected.' }),
    ),
    paymentIntentId: Text,
    intentStatus: Type.Optional(Type.String({ description: "Dojo's status of the intent." })),
    sessionId: Text,
    sessionStatus: Type.Optional(Type.String({ description: "Dojo's status of the session." })),
    cancelRequested: Type.Boolean(),
    reason: Type.Optional(Type.String({ description: 'Why a refund without a payment is given.' })),
    recordedByHand: Type.Optional(Type.String({ description: 'Why, where it was.' })),
    message: Type.Optional(Type.String({ description: 'What the cashier should know or do.' })),
    captureMode: OneOf(['Auto', 'Manual']),
    cardNotPresent: Type.Boolean(),
    waiterId: Text,
    till: Text,
    startedAt: Time,
    endedAt: Type.Optional(Time),
  },
  { title: 'CardPayment' },
)

export const CardPaymentUnderWayShape = Fields(
  {
    ...CardPaymentShape.properties,
    orderName: Type.Optional(
      Type.String({ description: 'The table of the order, or its own name.' }),
    ),
    terminalName: Type.Optional(
      Type.String({ description: 'What the venue calls the card machine.' }),
    ),
  },
  { title: 'CardPaymentUnderWay' },
)

export function cardPaymentView({ payment, nowMs }: CardPaymentNow): object {
  const { cardPaymentId, ...shown } = shownOf(payment, nowMs)
  return {
    id: cardPaymentId,
    orderId: payment.orderId,
    ...shown,
    captureMode: payment.captureMode,
    reason: payment.reason,
    recordedByHand: payment.byHand?.reason,
    cardNotPresent: payment.cardNotPresent,
    waiterId: payment.waiterId,
    till: payment.tillName,
    startedAt: new Date(payment.startedAtMs).toISOString(),
    endedAt:
      payment.endedAtMs === undefined ? undefined : new Date(payment.endedAtMs).toISOString(),
  }
}

export interface AtTill {
  deps: TillDeps
  caller: TillCaller
}

type Waiting = Pick<OwnTransactionContext, 'database'> & AtTill

/**
 * Starts it on the machine.
 * @returns how it is then
 * @throws Refusal, as mustBeStarted
 */
export async function started(at: Waiting, cardPaymentId: string): Promise<CardPaymentNow> {
  await at.deps.cardMachines.drive(at.caller, cardPaymentId)
  const now = await readCardPayment(at.database, at.caller.locationId, cardPaymentId)
  mustBeStarted(now.payment, now.nowMs)
  return now
}

/** Sends what was asked on to the machine. @returns what became of it */
export async function followed(at: Waiting, cardPaymentId: string): Promise<CardPaymentNow> {
  await at.deps.cardMachines.follow(at.caller, cardPaymentId)
  return await readCardPayment(at.database, at.caller.locationId, cardPaymentId)
}

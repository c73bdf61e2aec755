// Money at Dojo and payments here that do not match, as a venue and its operator see them.
import { Type } from 'typebox'
import type { UnmatchedPayment } from '../../store/payments/unmatched.ts'
import { unmatchedRefundStatuses, type UnmatchedRefund } from '../../domain/payments/unmatched.ts'
import { Fields, OneOf, Sum, Time } from './shapes.ts'

export const UnmatchedRefundShape = Fields(
  {
    id: Type.String(),
    amountMinor: Type.Integer({ description: 'From the amount and the tip together.' }),
    reason: Type.String(),
    status: OneOf(unmatchedRefundStatuses, {
      description:
        'Pending: Dojo has not confirmed it yet. Done: the money went back. ' +
        'Refused: it was not done; request another.',
    }),
    problem: Type.Optional(Type.String({ description: 'Why it is not done.' })),
    waiterId: Type.Optional(Type.String()),
    till: Type.Optional(Type.String()),
    requestedAt: Time,
  },
  { title: 'UnmatchedRefund' },
)

export const UnmatchedShape = Fields(
  {
    paymentIntentId: Type.String(),
    since: Time,
    reason: Type.String(),
    status: Type.Optional(Type.String()),
    amountMinor: Type.Optional(Sum),
    tipsMinor: Type.Optional(Sum),
    refundedMinor: {
      ...Sum,
      description: 'What went back of it already, from the amount and the tip together.',
    },
    orderId: Type.Optional(
      Type.String({ description: 'The order that has its payment, or that it names.' }),
    ),
    namedOrder: Type.Optional(Type.String({ description: 'The order that it names at Dojo.' })),
    refund: Type.Optional(UnmatchedRefundShape),
  },
  { title: 'UnmatchedPayment' },
)

export function unmatchedView({
  since,
  externalId,
  refund,
  ...payment
}: UnmatchedPayment): Type.Static<typeof UnmatchedShape> {
  const { status, amountMinor, tipsMinor, orderId } = payment
  return {
    ...payment,
    since: since.toISOString(),
    status: status ?? undefined,
    amountMinor: amountMinor ?? undefined,
    tipsMinor: tipsMinor ?? undefined,
    orderId: orderId ?? undefined,
    namedOrder: externalId ?? undefined,
    refund: refund === null ? undefined : unmatchedRefundView(refund),
  }
}

export function unmatchedRefundView({
  refundId: id,
  tillName: till,
  refundedBeforeMinor: _,
  dojoRefundId: __,
  ...refund
}: UnmatchedRefund): Type.Static<typeof UnmatchedRefundShape> {
  return { id, ...refund, till }
}

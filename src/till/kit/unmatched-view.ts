// Money at Dojo and payments here that do not match, as a venue and its operator see them.
import { Type } from 'typebox'
import type { UnmatchedPayment } from '../../store/payments/intents.ts'
import { Fields, Sum, Time } from './shapes.ts'

export const UnmatchedShape = Fields(
  {
    paymentIntentId: Type.String(),
    since: Time,
    reason: Type.String(),
    status: Type.Optional(Type.String()),
    amountMinor: Type.Optional(Sum),
    tipsMinor: Type.Optional(Sum),
    orderId: Type.Optional(
      Type.String({ description: 'The order that has its payment, or that it names.' }),
    ),
    namedOrder: Type.Optional(Type.String({ description: 'The order that it names at Dojo.' })),
  },
  { title: 'UnmatchedPayment' },
)

export function unmatchedView({
  since,
  externalId,
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
  }
}

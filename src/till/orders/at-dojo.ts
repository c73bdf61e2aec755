// What Dojo knows of an order.
import { Type } from 'typebox'
import { readOrderAtDojo, type OrderAtDojo } from '../../store/orders/order-at-dojo.ts'
import { EVERYBODY, operation } from '../kit/operation.ts'
import { Fields, OneOf, OrderPath, Sum, Time } from '../kit/shapes.ts'

export const OrderAtDojoShape = Fields(
  {
    notified: OneOf(['Yes', 'Waiting', 'GivenUp', 'Never'], {
      description:
        'Whether Dojo was notified of the last change. Waiting: it is tried again by itself. ' +
        'GivenUp: POST /dojo/retry tries it again. Never: the venue has no Dojo API key.',
    }),
    attempts: Type.Optional(Type.Integer({ description: 'How often it was tried.' })),
    nextAttemptAt: Type.Optional(Time),
    lastError: Type.Optional(Type.String()),
    payments: Type.Array(
      Fields({
        paymentIntentId: Type.String(),
        status: Type.String({ description: 'The newest that Dojo reported.' }),
        at: Time,
        amountMinor: Type.Optional({
          ...Sum,
          description: 'As Dojo last showed it, tip included; absent until it was asked.',
        }),
      }),
    ),
  },
  { title: 'OrderAtDojo' },
)

export const atDojoOperations = [
  operation({
    id: 'readOrderAtDojo',
    does: 'read',
    method: 'GET',
    path: '/orders/{orderId}/dojo',
    summary: 'Whether the last change of an order reached Dojo, and what Dojo says of its payments',
    tag: 'Orders',
    roles: EVERYBODY,
    params: OrderPath,
    answer: OrderAtDojoShape,
    run: async ({ database, caller, params: { orderId } }) => ({
      body: view(await readOrderAtDojo(database, caller.locationId, orderId)),
    }),
  }),
]

function view({ hasKey, waiting, payments }: OrderAtDojo): Type.Static<typeof OrderAtDojoShape> {
  const shown = payments.map(({ at, amountMinor, ...payment }) => ({
    ...payment,
    at: at.toISOString(),
    amountMinor: amountMinor ?? undefined,
  }))
  if (waiting === undefined) return { notified: hasKey ? 'Yes' : 'Never', payments: shown }
  const { attempts, nextAttemptAt, lastError, isGivenUp } = waiting
  return {
    notified: isGivenUp ? 'GivenUp' : 'Waiting',
    attempts,
    nextAttemptAt: isGivenUp ? undefined : nextAttemptAt.toISOString(),
    lastError: lastError ?? undefined,
    payments: shown,
  }
}

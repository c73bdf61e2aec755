// What waits for a till that keeps its own orders: it takes each over and acknowledges it.
import { Type } from 'typebox'
import { acknowledgeInbox } from '../../actions/orders/acknowledge-inbox.ts'
import { refuseOrder } from '../../actions/orders/refuse-order.ts'
import { Refusal } from '../../domain/errors.ts'
import { takeOverStatuses } from '../../domain/orders/inbox.ts'
import { limits } from '../../limits.ts'
import { readParty } from '../../store/bookings/parties.ts'
import { readReservation } from '../../store/bookings/reservations.ts'
import type { Queryable } from '../../store/database/database.ts'
import { readInbox, type InboxEntry } from '../../store/orders/inbox.ts'
import { readOrder } from '../../store/orders/read-order.ts'
import { MANAGERS, operation, STAFF } from '../kit/operation.ts'
import { answerOrder, OrderShape, orderView, PaymentShown, paymentView } from '../kit/order-view.ts'
import { PartyShape, partyView } from '../kit/party-view.ts'
import { ReservationShape, reservationView } from '../kit/reservation-view.ts'
import { Fields, Id, OneOf, OrderPath, Reason, Time } from '../kit/shapes.ts'

const tag = 'Mirror'

/** As the path and the answer write the kinds. */
const KINDS = {
  order: 'Order',
  payment: 'Payment',
  party: 'Party',
  reservation: 'Reservation',
} as const
const kindNames = ['order', 'payment', 'party', 'reservation'] as const

const Entry = Fields({
  kind: OneOf(kindNames),
  id: Type.String({
    description: 'The id of the order, the payment, the party or the reservation.',
  }),
  version: Type.Integer({ description: 'Acknowledge this one.' }),
  since: Time,
  overdue: Type.Boolean({ description: 'It has waited for longer than the venue allows.' }),
  deleted: Type.Boolean({ description: 'Dojo has deleted it.' }),
  order: Type.Optional(OrderShape),
  payment: Type.Optional(PaymentShown),
  party: Type.Optional(PartyShape),
  reservation: Type.Optional(ReservationShape),
})

/** Each as it is now, with its order where it is a payment. */
async function entryView(
  database: Queryable,
  { locationId, currency }: { locationId: string; currency: string },
  { kind, entityId, orderId, version, queuedAt, overdueAt }: InboxEntry,
): Promise<object> {
  const common = {
    kind: kind.toLowerCase(),
    id: entityId,
    version,
    since: queuedAt.toISOString(),
    overdue: overdueAt !== null,
  }
  try {
    switch (kind) {
      case 'Party': {
        const party = partyView(await readParty(database, locationId, entityId))
        return { ...common, deleted: false, party }
      }
      case 'Reservation': {
        const found = await readReservation(database, locationId, entityId)
        return { ...common, deleted: false, reservation: reservationView(found) }
      }
      default: {
        const now = await readOrder(database, locationId, orderId ?? entityId)
        const payment = now.order.payments.find(({ paymentId }) => paymentId === entityId)
        const order = orderView(now, currency)
        return { ...common, deleted: false, order, payment: payment && paymentView(payment) }
      }
    }
  } catch (error) {
    if (error instanceof Refusal && error.type === 'NotFound') return { ...common, deleted: true }
    throw error
  }
}

export const inboxOperations = [
  operation({
    id: 'readInbox',
    does: 'read',
    method: 'GET',
    path: '/mirror/inbox',
    summary: 'What Dojo made or changed and you have not acknowledged, the oldest first',
    description:
      'Orders that Dojo created or canceled, its payments on your orders, parties and ' +
      'reservations. Each is shown as it is now and stays until you acknowledge it: nothing is ' +
      'lost while you are away. Taking one over twice must have one effect: use its id.',
    tag,
    roles: STAFF,
    venues: 'mirrored',
    query: Fields({
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: limits.maxInboxRows })),
    }),
    answer: Fields({ entries: Type.Array(Entry) }, { title: 'Inbox' }),
    run: async ({ database, caller, query: { limit = limits.maxInboxRows } }) => {
      const entries = await readInbox(database, caller.locationId, limit)
      const views = entries.map(async (entry) => await entryView(database, caller, entry))
      return { body: { entries: await Promise.all(views) } }
    },
  }),

  operation({
    id: 'acknowledgeInbox',
    does: 'write',
    method: 'POST',
    path: '/mirror/inbox/{kind}/{id}/acknowledge',
    summary: 'You have taken it over',
    description:
      'With the version that you saw: if it has changed since, it waits again. For an order that ' +
      'is new to you, give your own id of it, or keep its id; send it with that id from then on.',
    tag,
    roles: STAFF,
    venues: 'mirrored',
    params: Fields({ kind: OneOf(kindNames), id: Id }),
    body: Fields({
      version: Type.Integer({ minimum: 1 }),
      mirrorId: Type.Optional(Id),
      status: Type.Optional(OneOf(takeOverStatuses)),
    }),
    answer: Fields({ acknowledged: Type.Boolean() }, { title: 'Acknowledged' }),
    run: async ({ tx, caller, params: { kind, id }, body }) => {
      const { version, mirrorId, status = 'Accepted' } = body
      const which = { kind: KINDS[kind], entityId: id, version, mirrorId, status }
      await acknowledgeInbox(tx, caller, which)
      return { body: { acknowledged: true } }
    },
  }),

  operation({
    id: 'refuseOrder',
    does: 'write',
    method: 'POST',
    path: '/mirror/inbox/order/{orderId}/refuse',
    summary: 'You do not make an order that Dojo created',
    description: 'The order fails, and the guests get back what they paid for it through Dojo.',
    tag,
    roles: MANAGERS,
    venues: 'mirrored',
    params: OrderPath,
    body: Fields({ reason: Reason }),
    answer: OrderShape,
    run: async ({ tx, caller, params: { orderId }, body: { reason } }) =>
      answerOrder(await refuseOrder(tx, caller, { orderId, reason }), caller.currency),
  }),
]

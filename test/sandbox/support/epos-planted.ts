// Further faults of the EPOS in memory, each planted between the door and the handlers: what a
// handler is asked, what it answers, or whether it is asked at all.
import type { CapabilityName, Input, Output, Schemas } from '../../../src/contract/capabilities.ts'
import { conflict, invalid, notFound } from './epos-checks.ts'
import { isOpen } from './epos-locks.ts'
import { viewOrder } from './epos-order-view.ts'
import { orderOf, type Epos, type EposOrder, type Handler } from './epos-state.ts'

type Plant = { [Name in CapabilityName]?: (next: Handler<Name>) => Handler<Name> }

function refuse(): never {
  throw conflict('Refused by a fault.')
}

/** Changes the answer. */
function answering<Name extends CapabilityName>(
  change: (answer: Output<Name>, epos: Epos, input: Input<Name>) => Output<Name>,
): (next: Handler<Name>) => Handler<Name> {
  return (next) => async (epos, input, deviceId) =>
    change(await next(epos, input, deviceId), epos, input)
}

const showing = (change: (order: Schemas['Order']) => Partial<Schemas['Order']>): Plant => ({
  GetOrderById: answering<'GetOrderById'>((order) => ({ ...order, ...change(order) })),
})

type Payment = Input<'RecordOrderPaymentById'>

/** Looks at a payment whose intent is new before the handler does. */
const paying = (
  look: (order: EposOrder, payment: Payment) => Partial<Payment> | undefined,
): Plant => ({
  RecordOrderPaymentById: (next) => async (epos, input, deviceId) => {
    const order = orderOf(epos, input.orderId)
    const isNew = !epos.paymentsOfIntent.has(input.paymentIntentId)
    const changed = isNew ? look(order, input) : undefined
    return await next(epos, { ...input, ...changed }, deviceId)
  },
})

const balanceOf = ({ totalMinor, paidMinor }: EposOrder): number => totalMinor - paidMinor
const standing = ({ payments }: EposOrder) => payments.filter(({ stands }) => stands)

/** The orders that an event is about, where it says that money went back. */
function reversedOrders(epos: Epos, event: Schemas['Event']): EposOrder[] {
  const { paymentIntentId, paymentStatus } = event.data as Schemas['PaymentIntentEvent']
  if (paymentStatus !== 'Reversed') return []
  const payments = epos.paymentsOfIntent.get(paymentIntentId) ?? []
  return payments.map(({ orderId }) => epos.orders.get(orderId)!)
}

const plantedFaults = {
  // Locks
  'unlock-ignored': {
    DeleteOrderLock:
      () =>
      (epos, { orderId }) =>
        viewOrder(epos, orderOf(epos, orderId)),
  },
  'unlock-of-paid-order-refused': {
    DeleteOrderLock: (next) => (epos, input, deviceId) =>
      isOpen(orderOf(epos, input.orderId)) ? next(epos, input, deviceId) : refuse(),
  },
  'extend-refused': { ExtendOrderLock: () => refuse },
  'own-lock-refused': paying((_order, { lockId }) => (lockId === undefined ? {} : refuse())),
  'payment-needs-lock': paying((_order, { lockId }) => (lockId === undefined ? refuse() : {})),

  // Payments
  'tip-in-listed-amount': showing(({ payments = [] }) => ({
    payments: payments.map(({ paidAmount, tipsAmount, ...rest }) => ({
      ...rest,
      tipsAmount,
      paidAmount: { ...paidAmount, value: paidAmount.value + (tipsAmount?.value ?? 0) },
    })),
  })),
  'payment-ids-cut': showing(({ payments = [] }) => ({
    payments: payments.map((payment) => ({
      ...payment,
      paymentIntentId: payment.paymentIntentId.slice(0, 12),
    })),
  })),
  'order-without-tips': showing(({ tipsAmount }) => ({ tipsAmount: { ...tipsAmount!, value: 0 } })),
  'second-tip-lost': paying((order) =>
    standing(order).length > 0 ? { tipsAmount: undefined } : {},
  ),
  'exact-balance-refused': paying((order, { paidAmount }) =>
    paidAmount.value === balanceOf(order) ? refuse() : {},
  ),
  'one-over-accepted': paying((order, { paidAmount }) =>
    paidAmount.value === balanceOf(order) + 1
      ? { paidAmount: { ...paidAmount, value: paidAmount.value - 1 } }
      : {},
  ),
  'second-payment-refused': paying((order) => (standing(order).length > 0 ? refuse() : {})),
  'last-payment-only': {
    RecordOrderPaymentById: (next) => async (epos, input, deviceId) => {
      await next(epos, input, deviceId)
      const order = orderOf(epos, input.orderId)
      order.paidMinor = standing(order).at(-1)!.amountMinor
      return viewOrder(epos, order)
    },
  },
  'tips-refused': {
    RecordOrderPaymentById: (next) => (epos, input, deviceId) => {
      if (input.tipsAmount !== undefined) throw invalid('No tips.')
      return next(epos, input, deviceId)
    },
    CreateOrder: (next) => (epos, input, deviceId) => {
      if (input.payments.some(({ tipsAmount }) => tipsAmount !== undefined)) {
        throw invalid('No tips.')
      }
      return next(epos, input, deviceId)
    },
  },
  'stays-open-and-payable': showing(({ status, payable }) =>
    status === 'Finalized' || payable === false
      ? { status: status === 'Canceled' ? status : 'Accepted', payable: status !== 'Canceled' }
      : {},
  ),

  // Events
  'reversed-stays-closed': {
    HandleEvent: (next) => async (epos, event, deviceId) => {
      const closed = reversedOrders(epos, event).filter(({ status }) => status === 'Finalized')
      const answer = await next(epos, event, deviceId)
      for (const order of closed) order.status = 'Finalized'
      return answer
    },
  },
  'reversal-takes-all': {
    HandleEvent: (next) => async (epos, event, deviceId) => {
      const answer = await next(epos, event, deviceId)
      for (const order of reversedOrders(epos, event)) {
        order.paidMinor = 0
        for (const payment of order.payments) payment.stands = false
      }
      return answer
    },
  },
  'reversal-subtracts-again': {
    HandleEvent: (next) => (epos, event, deviceId) => {
      if (epos.eventIds.has(event.id)) {
        for (const order of reversedOrders(epos, event)) {
          order.paidMinor -= order.payments.at(-1)!.amountMinor
        }
      }
      return next(epos, event, deviceId)
    },
  },
  'events-refused': { HandleEvent: () => refuse },
  'created-event-refused': {
    HandleEvent: (next) => (epos, event, deviceId) => {
      if (event.event === 'payment_intent.created') throw invalid('Too early.')
      return next(epos, event, deviceId)
    },
  },
  'late-capture-restores': {
    HandleEvent: (next) => async (epos, event, deviceId) => {
      const answer = await next(epos, event, deviceId)
      const { paymentIntentId, paymentStatus } = event.data as Schemas['PaymentIntentEvent']
      if (paymentStatus !== 'Captured') return answer
      for (const payment of epos.paymentsOfIntent.get(paymentIntentId) ?? []) {
        if (payment.stands) continue
        payment.stands = true
        epos.orders.get(payment.orderId)!.paidMinor += payment.amountMinor
      }
      return answer
    },
  },

  // Orders
  'items-not-shown': showing(() => ({ items: [] })),
  'search-without-new': {
    SearchOrders: answering<'SearchOrders'>((page) => ({
      ...page,
      data: page.data?.filter(({ status }) => status !== 'New'),
    })),
  },
  'search-lists-canceled': {
    SearchOrders: answering<'SearchOrders'>((page, epos, { dineIn, cursor }) => {
      const canceled = [...epos.orders.values()].findLast(({ status }) => status === 'Canceled')
      if (canceled === undefined || dineIn !== undefined || cursor !== undefined) return page
      return { ...page, data: [...(page.data ?? []), viewOrder(epos, canceled)] }
    }),
  },
  'create-order-drops-payments': {
    CreateOrder: (next) => (epos, input, deviceId) =>
      next(epos, { ...input, payments: [] }, deviceId),
  },
  'cancel-forgotten': {
    CancelOrderById: (next) => (epos, input, deviceId) => {
      const order = orderOf(epos, input.orderId)
      if (standing(order).length > 0) return next(epos, input, deviceId)
      return { ...viewOrder(epos, order), status: 'Canceled' }
    },
  },
  'cancel-refused': { CancelOrderById: () => refuse },
  'canceled-stays-payable': showing(({ status, payable }) => ({
    payable: status === 'Canceled' || payable,
  })),
  'unknown-waiter-is-500': {
    SearchOrders: (next) => (epos, input, deviceId) => {
      const { waiterId } = input.dineIn ?? {}
      if (waiterId !== undefined && waiterId !== 'waiter-1') throw new Error('No such waiter.')
      return next(epos, input, deviceId)
    },
  },
  'unknown-table-is-404': {
    SearchOrders: (next) => (epos, input, deviceId) => {
      const { tableId } = input.dineIn ?? {}
      if (tableId !== undefined && !epos.tables.has(tableId)) throw notFound('No such table.')
      return next(epos, input, deviceId)
    },
  },
  'bill-is-404': {
    GetOrderBillById: () => () => {
      throw notFound('No bill.')
    },
  },
  'bill-owes-more': {
    GetOrderBillById: answering<'GetOrderBillById'>(({ order, ...rest }) => ({
      ...rest,
      order: {
        ...order,
        totalAmount: { ...order.totalAmount!, value: order.totalAmount!.value + 100 },
      },
    })),
  },

  // Parties, reservations and the floor
  'areas-share-an-id': {
    ListAreas: answering<'ListAreas'>((areas) =>
      areas.map((area) => ({ ...area, id: 'area-bar' })),
    ),
  },
  'no-tables': { SearchTables: () => () => ({ data: [] }) },
  'reservation-covers-lost': {
    GetReservationById: answering<'GetReservationById'>((shown) => ({ ...shown, covers: 2 })),
  },
  'reservation-an-hour-late': {
    GetReservationById: answering<'GetReservationById'>((shown) => ({
      ...shown,
      startTime: new Date(Date.parse(shown.startTime) + 3_600_000).toISOString(),
    })),
  },
  'party-status-lost': {
    GetPartyById: answering<'GetPartyById'>((shown) => ({ ...shown, status: 'Seated' })),
  },
  'party-covers-lost': {
    GetPartyById: answering<'GetPartyById'>((shown) => ({ ...shown, covers: 1 })),
  },
  'party-forgets-reservation': {
    GetPartyById: answering<'GetPartyById'>(({ reservationId: _lost, ...shown }) => shown),
  },
  'delete-party-refused': { DeletePartyById: () => refuse },
  'delete-reservation-refused': { DeleteReservationById: () => refuse },
  'completed-parties-never-listed': {
    SearchParties: (next) => (epos, input, deviceId) =>
      input.completedOnly === true ? { data: [] } : next(epos, input, deviceId),
  },
  'update-reservation-refused': { UpdateReservation: () => refuse },
  'update-party-refused': { UpdateParty: () => refuse },

  // The door, which looks for these itself
  'empty-password-accepted': {},
  'username-ignored': {},
  'longer-password-accepted': {},
  'unauthorized-is-403': {},
} satisfies Record<string, Plant>

export type PlantedFault = keyof typeof plantedFaults

/** The handler as the planted faults leave it. */
export function withPlanted<Name extends CapabilityName>(
  epos: Epos,
  name: Name,
  handler: Handler<Name>,
): Handler<Name> {
  let planted = handler
  for (const fault of epos.faults) {
    const plant = (plantedFaults as Record<string, Plant>)[fault]?.[name]
    if (plant !== undefined) planted = (plant as (next: Handler<Name>) => Handler<Name>)(planted)
  }
  return planted
}

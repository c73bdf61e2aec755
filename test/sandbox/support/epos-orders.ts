// Orders of the EPOS in memory: finding, reading, making and cancelling them, and their printed
// bills.
import { isDeepStrictEqual } from 'node:util'
import type { Schemas } from '../../../src/contract/capabilities.ts'
import {
  checkCurrency,
  checkList,
  checkOptionalFlag,
  checkOptionalObject,
  checkOptionalText,
  checkText,
  checkWhole,
  conflict,
  invalid,
  isObject,
  minorOf,
  optionalIsoTimeOf,
} from './epos-checks.ts'
import { checkLock, isOpen, liveLocks } from './epos-locks.ts'
import { isPayable, viewOrder } from './epos-order-view.ts'
import { pageOf } from './epos-pages.ts'
import { checkNotTakenBack, keepPayment, eposPayment, type AskedPayment } from './epos-payments.ts'
import {
  checkTables,
  newOrder,
  orderOf,
  type Epos,
  type EposOrder,
  type Handlers,
  type OrderContent,
} from './epos-state.ts'

function matches(
  epos: Epos,
  { dineIn = {}, payableOnly }: Schemas['SearchOrdersRequest'],
  order: EposOrder,
): boolean {
  const { faults } = epos
  const of: Schemas['DineInDetails'] = order.content.details.dineIn ?? {}
  if (payableOnly === true && !isPayable(epos, order) && !faults.has('payable-only-ignored')) {
    return false
  }
  if (
    dineIn.tableId !== undefined &&
    of.tableId !== dineIn.tableId &&
    !faults.has('table-filter-ignored')
  ) {
    return false
  }
  if (
    dineIn.waiterId !== undefined &&
    of.waiterId !== dineIn.waiterId &&
    !faults.has('waiter-filter-ignored')
  ) {
    return false
  }
  if (dineIn.partyId !== undefined && of.partyId !== dineIn.partyId) return false
  return dineIn.reservationId === undefined || of.reservationId === dineIn.reservationId
}

const FILTERS = ['tableId', 'waiterId', 'partyId', 'reservationId'] as const

function checkDetails(epos: Epos, details: Schemas['OrderDetails']): Schemas['OrderDetails'] {
  if (!isObject(details)) throw invalid('The field details must be an object.')
  const { orderType, dineIn, collection } = details
  if (orderType !== 'DineIn' && orderType !== 'Collection') {
    throw invalid('The field details.orderType must be DineIn or Collection.')
  }
  checkOptionalObject(dineIn, 'details.dineIn')
  checkOptionalObject(collection, 'details.collection')
  if ((orderType === 'DineIn' ? dineIn : collection) === undefined) {
    throw invalid(`The details that go with ${orderType} are missing.`)
  }
  for (const filter of FILTERS) checkOptionalText(dineIn?.[filter], `details.dineIn.${filter}`)
  optionalIsoTimeOf(dineIn?.readyAt, 'details.dineIn.readyAt')
  optionalIsoTimeOf(collection?.collectAt, 'details.collection.collectAt')
  if (dineIn?.tableId !== undefined) checkTables(epos, [dineIn.tableId], 'details.dineIn.tableId')
  if (dineIn?.partyId !== undefined && !epos.parties.has(dineIn.partyId)) {
    throw invalid(`There is no party ${dineIn.partyId}.`)
  }
  if (dineIn?.reservationId !== undefined && !epos.reservations.has(dineIn.reservationId)) {
    throw invalid(`There is no reservation ${dineIn.reservationId}.`)
  }
  return details
}

function contentOf(epos: Epos, input: Schemas['CreateOrderRequest']): OrderContent {
  const {
    details,
    items,
    note,
    customer,
    discounts,
    taxLines,
    serviceChargeAmount,
    reference,
    displayName,
  } = input
  checkList(items, 'items')
  items.forEach((item, index) => {
    checkText(item?.name, `items[${index}].name`)
    checkText(item.plu, `items[${index}].plu`)
    checkWhole(item.quantity, `items[${index}].quantity`)
    minorOf(item.amountPerItem, `items[${index}].amountPerItem`)
    checkCurrency(item.amountPerItem, epos.currency, `items[${index}].amountPerItem`)
  })
  checkOptionalText(displayName, 'displayName')
  return {
    details: checkDetails(epos, details),
    items,
    note,
    customer,
    discounts,
    taxLines,
    serviceChargeAmount,
    reference,
    displayName,
  }
}

/** @throws EposRefusal Conflict for what could not be recorded on an order of that total */
function checkPayments(epos: Epos, payments: AskedPayment[], totalMinor: number): void {
  const intents = new Set<string>()
  let sumMinor = 0
  for (const { paymentIntentId, amountMinor } of payments) {
    if (intents.has(paymentIntentId) || epos.paymentsOfIntent.has(paymentIntentId)) {
      throw conflict(`The payment intent ${paymentIntentId} is recorded already.`)
    }
    checkNotTakenBack(epos, paymentIntentId)
    intents.add(paymentIntentId)
    sumMinor += amountMinor
  }
  if (sumMinor > totalMinor) {
    throw conflict(
      `The payments of ${sumMinor} minor units are more than the total of ${totalMinor}.`,
    )
  }
}

const text = (value: string, size: Schemas['Size'] = 'Body'): Schemas['BillLine'] => ({
  lineType: 'Text',
  text: { value, size, align: 'Center' },
})

function billOf(epos: Epos, order: EposOrder): Schemas['OrderBill'] {
  const { faults, orders } = epos
  const other = faults.has('bill-of-another-order')
    ? [...orders.values()].find(({ id }) => id !== order.id)
    : undefined
  const shown = viewOrder(epos, other ?? order)
  if (faults.has('bill-without-items')) shown.items = []
  return {
    header: {
      lines: [
        { lineType: 'MerchantName', merchantName: { name: 'The Red Lion' } },
        text(order.content.displayName ?? order.id, 'Header2'),
        { lineType: 'HorizontalLine', horizontalLine: { line: 'Single' } },
      ],
    },
    order: shown,
    footer: {
      lines: [
        text('Thank you'),
        { lineType: 'TaxNumber', taxNumber: { name: 'VAT', number: 'GB123456789' } },
      ],
    },
  }
}

export const orderHandlers: Pick<
  Handlers,
  'SearchOrders' | 'GetOrderById' | 'CreateOrder' | 'CancelOrderById' | 'GetOrderBillById'
> = {
  SearchOrders: (epos, input) => {
    checkOptionalObject(input.dineIn, 'dineIn')
    checkOptionalFlag(input.payableOnly, 'payableOnly')
    for (const filter of FILTERS) checkOptionalText(input.dineIn?.[filter], `dineIn.${filter}`)
    return pageOf(
      epos,
      epos.orders.values(),
      (order) => matches(epos, input, order),
      (order) => viewOrder(epos, order),
      input.cursor,
    )
  },

  GetOrderById: (epos, { orderId }) => {
    const order = orderOf(epos, orderId)
    if (epos.faults.has('get-refused-under-lock') && liveLocks(epos, order).length > 0) {
      throw conflict(`The order ${orderId} is locked.`)
    }
    const view = viewOrder(epos, order)
    const latest = order.payments.findLast(({ stands }) => stands)
    if (epos.faults.has('stale-balance') && latest !== undefined) {
      view.paidAmount = { value: order.paidMinor - latest.amountMinor, currencyCode: epos.currency }
    }
    return view
  },

  CreateOrder: (epos, input) => {
    const { dojoOrderId, totalAmount } = input
    checkText(dojoOrderId, 'dojoOrderId')
    const totalMinor = minorOf(totalAmount, 'totalAmount')
    checkCurrency(totalAmount, epos.currency, 'totalAmount')
    checkList(input.payments, 'payments')
    const payments = input.payments.map((payment, index) =>
      eposPayment(epos, payment, `payments[${index}].`),
    )
    const content = contentOf(epos, input)
    const asked = { content, totalMinor, payments }
    const known = epos.ordersOfDojo.get(dojoOrderId)
    if (known !== undefined && !epos.faults.has('create-order-twice-makes-two')) {
      if (!isDeepStrictEqual(known.asked, asked)) {
        throw conflict(
          `The dojoOrderId ${dojoOrderId} names the order ${known.order.id}, which has other content.`,
        )
      }
      return viewOrder(epos, known.order)
    }
    checkPayments(epos, payments, totalMinor)
    const order = newOrder(epos, content, totalMinor, 'New')
    epos.ordersOfDojo.set(dojoOrderId, { order, asked })
    for (const payment of payments) keepPayment(epos, order, payment)
    // What is paid in advance is still to be made, so it is not closed.
    if (order.paidMinor >= totalMinor) order.status = 'Accepted'
    return viewOrder(epos, order)
  },

  CancelOrderById: (epos, { orderId }, deviceId) => {
    const order = orderOf(epos, orderId)
    if (order.status === 'Canceled') return viewOrder(epos, order)
    const isPaid = order.status === 'Finalized' || order.payments.some(({ stands }) => stands)
    if (isPaid && !epos.faults.has('cancel-of-paid-order-accepted')) {
      throw conflict(`The order ${orderId} has payments.`)
    }
    if (!isOpen(order) && !isPaid) throw conflict(`The order ${orderId} is ${order.status}.`)
    checkLock(epos, order, deviceId)
    order.status = 'Canceled'
    order.updatedAt = new Date().toISOString()
    return viewOrder(epos, order)
  },

  GetOrderBillById: (epos, { orderId }) => billOf(epos, orderOf(epos, orderId)),
}

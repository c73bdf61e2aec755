// An order as a till sees it.
import { Type } from 'typebox'
import {
  balanceMinor,
  displayNameOf,
  isPayable,
  orderStatuses,
  tenders,
  type Discount,
  type Order,
  type OrderLine,
  type Payment,
} from '../../domain/orders/order.ts'
import { isLive } from '../../domain/orders/order-lock.ts'
import { adjustmentOf } from '../../domain/orders/price.ts'
import { pricedAmounts } from '../../domain/orders/priced-lines.ts'
import { isVoid } from '../../domain/payments/payment.ts'
import { changeMinor } from '../../domain/payments/tender.ts'
import type { OrderNow } from '../../store/orders/read-order.ts'
import type { Answered } from './operation.ts'
import { Fields, Hundredths, OneOf, PageOf, Sum, Time, Version } from './shapes.ts'
import { WaitingShown, waitingView } from './waiting-view.ts'

const Text = Type.Optional(Type.String())

const Line = Fields({
  id: Type.String(),
  parentId: Type.Optional(
    Type.String({ description: 'The line that this is a modifier or sub-item of.' }),
  ),
  kind: OneOf(['Item', 'SubItem', 'Modifier']),
  plu: Type.String(),
  name: Type.String(),
  quantity: Type.Integer({ description: 'Per one of the line above.' }),
  unitAmountMinor: Sum,
  amountMinor: Type.Integer({
    description: 'The whole quantity, without the lines below it; 0 when the line is void.',
  }),
  taxRateHundredths: Type.Optional(Hundredths),
  course: Text,
  note: Text,
  waiterId: Text,
  orderedAt: Time,
  readyAt: Type.Optional(Time),
  voidedAt: Type.Optional(Time),
  voidReason: Text,
})

const DiscountShown = Fields({
  id: Type.String(),
  name: Type.String(),
  rule: OneOf(['Given', 'Amount', 'Percent', 'Share']),
  amountMinor: Sum,
  askedMinor: Type.Optional(Sum),
  percentageHundredths: Type.Optional(Hundredths),
  lineId: Text,
  code: Text,
  reason: Text,
})

export const Tender = OneOf(tenders)
export const ChangeGiven = Type.Optional(
  Type.Integer({ description: 'The change: what was handed over, less what was due.' }),
)
export const Rounding = Type.Optional(
  Type.Integer({ description: 'What the cash differs from the amount, where it is rounded.' }),
)

export const PaymentShown = Fields({
  id: Type.String(),
  tender: Tender,
  paymentIntentId: Text,
  amountMinor: Sum,
  tipsMinor: Sum,
  refundedMinor: Sum,
  refundedTipsMinor: Sum,
  tenderedMinor: Type.Optional(Sum),
  changeMinor: ChangeGiven,
  roundingMinor: Rounding,
  reference: Text,
  lineIds: Type.Optional(
    Type.Array(Type.String(), { description: 'The items that it pays for, where it names them.' }),
  ),
  waiterId: Text,
  deviceId: Text,
  product: Text,
  recordedAt: Time,
  voided: Type.Boolean({ description: 'A void payment counts for nothing.' }),
  voidReason: Text,
})

export const LockShown = Fields({
  kind: OneOf(['DojoLock', 'TillHold']),
  id: Type.String(),
  till: Text,
  waiterId: Text,
  deviceId: Text,
  product: Text,
  expiresAt: Time,
  secondsLeft: Type.Integer(),
})

const CustomerShape = Fields({ id: Text, name: Text, emailAddress: Text, phoneNumber: Text })

export const OrderShape = Fields(
  {
    id: Type.String(),
    version: Version,
    status: OneOf(orderStatuses),
    payable: Type.Boolean(),
    orderType: OneOf(['DineIn', 'Collection']),
    displayName: Type.String(),
    tableId: Text,
    tableName: Text,
    waiterId: Text,
    partyId: Text,
    reservationId: Text,
    covers: Type.Optional(Type.Integer()),
    reference: Text,
    note: Text,
    customer: Type.Optional(CustomerShape),
    readyAt: Type.Optional(Time),
    collectAsap: Type.Optional(Type.Boolean()),
    collectAt: Type.Optional(Time),
    currency: Type.String(),
    lines: Type.Array(Line),
    discounts: Type.Array(DiscountShown),
    serviceCharge: Type.Optional(
      Fields({ amountMinor: Sum, percentageHundredths: Type.Optional(Hundredths) }),
    ),
    taxLines: Type.Array(
      Fields({ name: Text, percentageHundredths: Type.Optional(Hundredths), amountMinor: Sum }),
    ),
    taxesOnTop: Type.Boolean({
      description: 'Whether taxes are added to the prices; otherwise the prices contain them.',
    }),
    itemsMinor: Sum,
    discountsMinor: Sum,
    taxesMinor: Sum,
    adjustmentMinor: Type.Optional(
      Type.Integer({
        description:
          'For an order that Dojo or a till with orders of its own made: its total less the sum ' +
          'of its parts.',
      }),
    ),
    totalMinor: Sum,
    paidMinor: Sum,
    balanceMinor: Sum,
    tipsMinor: Sum,
    payments: Type.Array(PaymentShown),
    lock: Type.Optional(LockShown),
    mergedInto: Text,
    openedBy: Text,
    dojoOrderId: Text,
    mirrorId: Type.Optional(Type.String({ description: "The till's id of an order of its own." })),
    mirrorVersion: Type.Optional(Type.Integer()),
    waiting: Type.Optional(WaitingShown),
    createdAt: Time,
    updatedAt: Time,
  },
  { title: 'Order' },
)

export const OrderPage = PageOf(OrderShape)

export function orderView({ order, nowMs }: OrderNow, currency: string): object {
  const amounts = pricedAmounts(order)
  return {
    id: order.orderId,
    version: order.version,
    status: order.status,
    payable: isPayable(order, nowMs),
    ...detailsView(order),
    currency,
    lines: order.lines.map((line) => lineView(line, amounts.get(line.lineId) ?? 0)),
    discounts: order.discounts.map(discountView),
    ...amountsView(order, amounts),
    payments: order.payments.map(paymentView),
    lock: lockView(order, nowMs),
    mergedInto: order.mergedInto,
    openedBy: order.openedBy,
    dojoOrderId: order.dojoOrderId,
    mirrorId: order.mirrorId,
    mirrorVersion: order.mirrorVersion,
    waiting: waitingView(order),
    createdAt: order.createdAt,
    updatedAt: order.updatedAt,
  }
}

function detailsView(order: Order): object {
  return {
    orderType: order.orderType,
    displayName: displayNameOf(order),
    tableId: order.tableId,
    tableName: order.tableName,
    waiterId: order.waiterId,
    partyId: order.partyId,
    reservationId: order.reservationId,
    covers: order.covers,
    reference: order.reference,
    note: order.note,
    customer: order.customer,
    readyAt: order.readyAt,
    collectAsap: order.collectAsap,
    collectAt: order.collectAt,
  }
}

function lineView(line: OrderLine, amountMinor: number): object {
  return {
    id: line.lineId,
    parentId: line.parentLineId,
    kind: line.kind,
    plu: line.plu,
    name: line.name,
    quantity: line.quantity,
    unitAmountMinor: line.unitAmountMinor,
    amountMinor,
    taxRateHundredths: line.taxRateHundredths,
    course: line.course,
    note: line.note,
    waiterId: line.waiterId,
    orderedAt: line.orderedAt,
    readyAt: line.readyAt,
    voidedAt: line.voidedAt,
    voidReason: line.voidReason,
  }
}

function discountView(discount: Discount): object {
  return {
    id: discount.discountId,
    name: discount.name,
    rule: discount.rule,
    amountMinor: discount.amountMinor,
    askedMinor: discount.askedMinor,
    percentageHundredths: discount.percentageHundredths,
    lineId: discount.lineId,
    code: discount.code,
    reason: discount.reason,
  }
}

function amountsView(order: Order, amounts: ReadonlyMap<string, number>): object {
  const { serviceChargeMinor, serviceChargeHundredths } = order
  const adjustmentMinor = adjustmentOf(order)
  return {
    serviceCharge:
      serviceChargeMinor === undefined
        ? undefined
        : { amountMinor: serviceChargeMinor, percentageHundredths: serviceChargeHundredths },
    taxLines: order.taxLines.map(({ name, percentageHundredths, amountMinor }) => ({
      name,
      percentageHundredths,
      amountMinor,
    })),
    taxesOnTop: order.taxesOnTop,
    itemsMinor: sum(amounts.values()),
    discountsMinor: sum(order.discounts.map(({ amountMinor }) => amountMinor)),
    taxesMinor: sum(order.taxLines.map(({ amountMinor }) => amountMinor)),
    adjustmentMinor: adjustmentMinor === 0 ? undefined : adjustmentMinor,
    totalMinor: order.totalMinor,
    paidMinor: order.paidMinor,
    balanceMinor: balanceMinor(order),
    tipsMinor: order.tipsMinor,
  }
}

function sum(amounts: Iterable<number>): number {
  let total = 0
  for (const amount of amounts) total += amount
  return total
}

export function paymentView(payment: Payment): object {
  const { amountMinor, tipsMinor = 0, tenderedMinor } = payment
  return {
    id: payment.paymentId,
    tender: payment.tender,
    paymentIntentId: payment.paymentIntentId,
    amountMinor,
    tipsMinor,
    refundedMinor: payment.refundedMinor,
    refundedTipsMinor: payment.refundedTipsMinor,
    tenderedMinor,
    changeMinor: changeMinor(payment),
    roundingMinor: payment.roundingMinor,
    reference: payment.reference,
    lineIds: payment.lineIds,
    waiterId: payment.waiterId,
    deviceId: payment.deviceId,
    product: payment.product,
    recordedAt: payment.recordedAt,
    voided: isVoid(payment),
    voidReason: payment.voidReason,
  }
}

export function lockView({ lock }: Pick<Order, 'lock'>, nowMs: number): object | undefined {
  if (lock === undefined || !isLive(lock, nowMs)) return undefined
  const { waiterId, deviceId, product } = lock.origin
  return {
    kind: lock.kind,
    id: lock.lockId,
    till: lock.holder,
    waiterId,
    deviceId,
    product,
    expiresAt: new Date(lock.expiresAtMs).toISOString(),
    secondsLeft: Math.ceil((lock.expiresAtMs - nowMs) / 1000),
  }
}

/** What every change of an order answers. */
export function answerOrder(now: OrderNow, currency: string, status = 200): Answered {
  return { body: orderView(now, currency), version: now.order.version, status }
}

// A tab as a till sees it.
import { Type } from 'typebox'
import { balanceMinor, displayNameOf, isPayable, orderStatuses } from '../../domain/orders/order.ts'
import { isLive } from '../../domain/orders/order-lock.ts'
import { pricedAmounts } from '../../domain/orders/price.ts'
import type { Tab, TabPayment } from '../../domain/orders/tab.ts'
import type { TabNow } from '../../store/orders/tabs.ts'
import type { Answered } from '../kit/operation.ts'
import { Fields, Hundredths, OneOf, PageOf, Sum, Time, Version } from '../kit/shapes.ts'

const Text = Type.Optional(Type.String())

const Line = Fields({
  id: Type.String(),
  parentId: Type.Optional(
    Type.String({ description: 'Of the line that it is a modifier or sub-item of.' }),
  ),
  kind: OneOf(['Item', 'SubItem', 'Modifier']),
  plu: Type.String(),
  name: Type.String(),
  quantity: Type.Integer({ description: 'Per one of the line above.' }),
  unitAmountMinor: Sum,
  amountMinor: Type.Integer({
    description: 'All of it, without what is below it; 0 when it is void.',
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

export const PaymentShown = Fields({
  id: Type.String(),
  tender: OneOf(['Dojo', 'Cash', 'Voucher', 'Other']),
  paymentIntentId: Text,
  amountMinor: Sum,
  tipsMinor: Sum,
  refundedMinor: Sum,
  refundedTipsMinor: Sum,
  tenderedMinor: Type.Optional(Sum),
  changeMinor: Type.Optional(
    Type.Integer({ description: 'What the guest gets back of what was handed over.' }),
  ),
  reference: Text,
  waiterId: Text,
  deviceId: Text,
  product: Text,
  recordedAt: Time,
  stands: Type.Boolean(),
  voidReason: Text,
})

const LockShown = Fields({
  kind: OneOf(['DojoLock', 'TillHold']),
  id: Type.String(),
  till: Text,
  waiterId: Text,
  deviceId: Text,
  product: Text,
  expiresAt: Time,
  secondsLeft: Type.Integer(),
})

export const CustomerShape = Fields({ id: Text, name: Text, emailAddress: Text, phoneNumber: Text })

export const TabShape = Fields(
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
      description: 'Whether the taxes are added to the prices; else they are contained in them.',
    }),
    itemsMinor: Sum,
    discountsMinor: Sum,
    taxesMinor: Sum,
    adjustmentMinor: Type.Optional(
      Type.Integer({
        description: 'Of an order that Dojo made: how far its total was from the sum of its parts.',
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
    createdAt: Time,
    updatedAt: Time,
  },
  { title: 'Tab' },
)

export const TabPage = PageOf(TabShape)

export function tabView({ tab, nowMs }: TabNow, currency: string): object {
  const amounts = pricedAmounts(tab)
  return {
    id: tab.orderId,
    version: tab.version,
    status: tab.status,
    payable: isPayable(tab, nowMs),
    orderType: tab.orderType,
    displayName: displayNameOf(tab),
    tableId: tab.tableId,
    tableName: tab.tableName,
    waiterId: tab.waiterId,
    partyId: tab.partyId,
    reservationId: tab.reservationId,
    covers: tab.covers,
    reference: tab.reference,
    note: tab.note,
    customer: tab.customer,
    readyAt: tab.readyAt,
    collectAsap: tab.collectAsap,
    collectAt: tab.collectAt,
    currency,
    lines: tab.lines.map(
      ({ lineId: id, parentLineId: parentId, position: _, taxAdjustmentMinor: __, ...line }) => ({
        id,
        parentId,
        ...line,
        amountMinor: amounts.get(id) ?? 0,
      }),
    ),
    discounts: tab.discounts.map(
      ({
        discountId: id,
        name,
        rule,
        amountMinor,
        askedMinor,
        percentageHundredths,
        lineId,
        code,
        reason,
      }) => ({
        id,
        name,
        rule,
        amountMinor,
        askedMinor,
        percentageHundredths,
        lineId,
        code,
        reason,
      }),
    ),
    serviceCharge:
      tab.serviceChargeMinor === undefined
        ? undefined
        : {
            amountMinor: tab.serviceChargeMinor,
            percentageHundredths: tab.serviceChargeHundredths,
          },
    taxLines: tab.taxLines.map(({ name, percentageHundredths, amountMinor }) => ({
      name,
      percentageHundredths,
      amountMinor,
    })),
    taxesOnTop: tab.taxesOnTop,
    itemsMinor: [...amounts.values()].reduce((sum, amount) => sum + amount, 0),
    discountsMinor: tab.discounts.reduce((sum, each) => sum + each.amountMinor, 0),
    taxesMinor: tab.taxLines.reduce((sum, each) => sum + each.amountMinor, 0),
    adjustmentMinor: tab.adjustmentMinor === 0 ? undefined : tab.adjustmentMinor,
    totalMinor: tab.totalMinor,
    paidMinor: tab.paidMinor,
    balanceMinor: balanceMinor(tab),
    tipsMinor: tab.tipsMinor,
    payments: tab.payments.map(paymentView),
    lock: lockView(tab, nowMs),
    mergedInto: tab.mergedInto,
    openedBy: tab.openedBy,
    dojoOrderId: tab.dojoOrderId,
    createdAt: tab.createdAt,
    updatedAt: tab.updatedAt,
  }
}

export const paymentView = ({
  paymentId: id,
  tipsMinor = 0,
  recordedOn: _,
  ...payment
}: TabPayment): object => {
  const { tenderedMinor, amountMinor } = payment
  return {
    id,
    ...payment,
    tipsMinor,
    changeMinor: tenderedMinor === undefined ? undefined : tenderedMinor - amountMinor - tipsMinor,
  }
}

export function lockView({ lock }: Pick<Tab, 'lock'>, nowMs: number): object | undefined {
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

/** What every change of a tab answers. */
export const answerTab = (now: TabNow, currency: string, status = 200): Answered => ({
  body: tabView(now, currency),
  version: now.tab.version,
  status,
})

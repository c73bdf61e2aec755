// An order as Dojo sees it. Void payments and those that a till took by itself are in the sums or
// not, but never in the list.
import type { Schemas } from '../../contract/capabilities.ts'
import { money, type Money } from '../../domain/money.ts'
import {
  displayNameOf,
  isPayable,
  type Discount,
  type Order,
  type OrderItem,
  type TaxLine,
} from '../../domain/orders/order.ts'
import { standingMinor, standingTipsMinor } from '../../domain/payments/payment.ts'
import type { OrderNow } from '../../store/orders/orders.ts'

export function orderView({ order, nowMs }: OrderNow, currency: string): Schemas['Order'] {
  return {
    id: order.orderId,
    status: order.status,
    displayName: displayNameOf(order),
    reference: order.reference,
    note: order.note,
    details: detailsView(order),
    customer: order.customer,
    items: order.items.map((item) => itemView(item, currency)),
    discounts: order.discounts.map((discount) => discountView(discount, currency)),
    taxLines: order.taxLines.map((taxLine) => taxLineView(taxLine, currency)),
    serviceChargeAmount: optionalMoney(order.serviceChargeMinor, currency),
    totalAmount: money(order.totalMinor, currency),
    paidAmount: money(order.paidMinor, currency),
    tipsAmount: money(order.tipsMinor, currency),
    payments: paymentsView(order, currency),
    payable: isPayable(order, nowMs),
    createdAt: order.createdAt,
    updatedAt: order.updatedAt,
  }
}

const optionalMoney = (minor: number | undefined, currency: string): Money | undefined =>
  minor === undefined ? undefined : money(minor, currency)

function detailsView(order: Order): Schemas['OrderDetails'] {
  const {
    orderType,
    tableId,
    waiterId,
    partyId,
    reservationId,
    readyAt,
    collectAsap: asap,
    collectAt,
  } = order
  const hasDineIn =
    orderType === 'DineIn' ||
    (tableId ?? waiterId ?? partyId ?? reservationId ?? readyAt) !== undefined
  const hasCollection = orderType === 'Collection' || asap !== undefined || collectAt !== undefined
  return {
    orderType,
    dineIn: hasDineIn ? { tableId, waiterId, partyId, reservationId, readyAt } : undefined,
    collection: hasCollection ? { asap, collectAt } : undefined,
  }
}

const itemView = (item: OrderItem, currency: string): Schemas['OrderItem'] => ({
  name: item.name,
  plu: item.plu,
  quantity: item.quantity,
  amountPerItem: money(item.unitAmountMinor, currency),
  note: item.note,
  modifiers: item.modifiers?.map((modifier) => modifierView(modifier, currency)),
  subItems: item.subItems?.map((subItem) => ({
    name: subItem.name,
    plu: subItem.plu,
    quantity: subItem.quantity,
    amountPerItem: money(subItem.unitAmountMinor, currency),
    note: subItem.note,
    modifiers: subItem.modifiers?.map((modifier) => modifierView(modifier, currency)),
  })),
})

const modifierView = (
  { name, plu, quantity, unitAmountMinor }: OrderItem,
  currency: string,
): Schemas['Modifier'] => ({
  name,
  plu,
  quantity,
  amountPerModifier: money(unitAmountMinor, currency),
})

const discountView = (
  { amountMinor, percentageHundredths: amountPercentage, ...rest }: Discount,
  currency: string,
): Schemas['Discount'] => ({ ...rest, amountTotal: money(amountMinor, currency), amountPercentage })

const taxLineView = (
  { taxId: id, name, affectedPlu, amountMinor, percentageHundredths: amountPercentage }: TaxLine,
  currency: string,
): Schemas['TaxLine'] => ({
  id,
  name,
  affectedPlu,
  amountPercentage,
  amountTotal: money(amountMinor, currency),
})

function paymentsView(order: Order, currency: string): Schemas['Payment'][] {
  const shown: Schemas['Payment'][] = []
  for (const payment of order.payments) {
    const { paymentIntentId, tipsMinor, stands } = payment
    if (stands && paymentIntentId !== undefined) {
      shown.push({
        paymentIntentId,
        paidAmount: money(standingMinor(payment), currency),
        tipsAmount:
          tipsMinor === undefined ? undefined : money(standingTipsMinor(payment), currency),
      })
    }
  }
  return shown
}

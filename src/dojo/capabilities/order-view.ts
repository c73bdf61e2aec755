// An order as Dojo sees it. Void payments, and those that a till took by itself, are not listed;
// the sums count what the till took.
import type { Schemas } from '../../contract/capabilities.ts'
import { money, type Money } from '../../domain/money.ts'
import { displayNameOf, isPayable } from '../../domain/orders/order.ts'
import { isVoid, remainingMinor, remainingTipsMinor } from '../../domain/payments/payment.ts'
import { firstCharacters } from '../../lib/text.ts'
import { limits } from '../../limits.ts'
import type { OrderOutline } from '../../store/orders/order-outline.ts'
import type { OutlineNow } from '../../store/orders/read-order.ts'

export function orderView({ order, nowMs }: OutlineNow, currency: string): Schemas['Order'] {
  return {
    id: order.orderId,
    status: order.status,
    displayName: displayNameOf(order),
    reference: order.reference,
    note: order.note,
    details: detailsView(order),
    customer: order.customer && customerView(order.customer),
    items: itemsView(order, currency),
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

function optionalMoney(minor: number | undefined, currency: string): Money | undefined {
  return minor === undefined ? undefined : money(minor, currency)
}

function detailsView(order: OrderOutline): Schemas['OrderDetails'] {
  const { orderType, tableId, waiterId, partyId, reservationId, readyAt } = order
  const { collectAsap: asap, collectAt } = order
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

/** An address or number longer than the contract allows is left out; part of it is no use. */
function customerView({ emailAddress, phoneNumber, ...customer }: Customer): Customer {
  return {
    ...customer,
    emailAddress: ifWithin(emailAddress, limits.maxEmailCharacters),
    phoneNumber: ifWithin(phoneNumber, limits.maxPhoneCharacters),
  }
}
type Customer = Schemas['Customer']

function ifWithin(text: string | undefined, most: number): string | undefined {
  return text === undefined || firstCharacters(text, most) === text ? text : undefined
}

/** Dojo's tree of the lines that are not void; a line comes before the lines below it. */
function itemsView({ lines }: OrderOutline, currency: string): Schemas['OrderItem'][] {
  const items: Schemas['OrderItem'][] = []
  const byId = new Map<string, Schemas['OrderItem']>()
  for (const line of lines) {
    const { lineId, parentLineId, kind, name, plu, quantity, note, voidedAt } = line
    const amount = money(line.unitAmountMinor, currency)
    const above = parentLineId === undefined ? undefined : byId.get(parentLineId)
    // A line below a void one is void too.
    if (voidedAt !== undefined || (parentLineId !== undefined && above === undefined)) continue
    if (kind === 'Modifier') {
      // What it takes off comes off the item, as in the total.
      const taken = Math.min(0, amount.value)
      const amountPerModifier = money(amount.value - taken, currency)
      above!.amountPerItem.value += taken * quantity
      ;(above!.modifiers ??= []).push({ name, plu, quantity, amountPerModifier })
      continue
    }
    const item: Schemas['OrderItem'] = { name, plu, quantity, amountPerItem: amount, note }
    byId.set(lineId, item)
    if (above === undefined) items.push(item)
    else (above.subItems ??= []).push(item)
  }
  return items
}

function discountView(
  discount: OrderOutline['discounts'][number],
  currency: string,
): Schemas['Discount'] {
  const { name, affectedPlu, discountReference, code } = discount
  return {
    name,
    affectedPlu,
    discountReference,
    code,
    amountTotal: money(discount.amountMinor, currency),
    amountPercentage: discount.percentageHundredths,
  }
}

function taxLineView(
  { taxId: id, name, affectedPlu, amountMinor, percentageHundredths }: OrderTaxLine,
  currency: string,
): Schemas['TaxLine'] {
  return {
    id: id && firstCharacters(id, limits.maxTaxIdCharacters),
    name: name && firstCharacters(name, limits.maxTaxLineNameCharacters),
    affectedPlu,
    amountPercentage: percentageHundredths,
    amountTotal: money(amountMinor, currency),
  }
}
type OrderTaxLine = OrderOutline['taxLines'][number]

function paymentsView({ payments }: OrderOutline, currency: string): Schemas['Payment'][] {
  const shown: Schemas['Payment'][] = []
  for (const payment of payments) {
    const { paymentIntentId, tipsMinor } = payment
    if (isVoid(payment) || paymentIntentId === undefined) continue
    shown.push({
      paymentIntentId,
      paidAmount: money(remainingMinor(payment), currency),
      tipsAmount:
        tipsMinor === undefined ? undefined : money(remainingTipsMinor(payment), currency),
    })
  }
  return shown
}

// What Dojo is asked for when a till starts a card payment: the payment intent, with the bill.
import type { DojoInput, DojoSchemas } from '../../contract/dojo-api.ts'
import { displayNameOf, type Order, type OrderLine } from '../../domain/orders/order.ts'
import { pricedAmounts } from '../../domain/orders/priced-lines.ts'
import type { CardPayment } from '../../domain/payments/card-payment.ts'
import { limits } from '../../limits.ts'

/** The key of our id among the metadata of an intent, by which a lost answer is found again. */
export const CARD_PAYMENT_KEY = 'cardPaymentId'

export function intentRequest(
  payment: CardPayment,
  order: Order,
  currencyCode: string,
): DojoInput<'PaymentIntents_CreatePaymentIntent'> {
  const { amountMinor, tipsMinor, serviceChargeMinor, captureMode, cardNotPresent } = payment
  const money = (value: number): DojoSchemas['Money'] => ({ value, currencyCode })
  const paysAll = amountMinor === order.totalMinor
  const metadata: Record<string, string> = { [CARD_PAYMENT_KEY]: payment.cardPaymentId }
  if (payment.waiterId !== undefined) metadata['waiterId'] = payment.waiterId
  if (payment.tillName !== undefined) metadata['till'] = payment.tillName
  return {
    amount: money(amountMinor - serviceChargeMinor),
    ...(tipsMinor === 0 ? {} : { tipsAmount: money(tipsMinor) }),
    ...(serviceChargeMinor === 0 ? {} : { serviceChargeAmount: money(serviceChargeMinor) }),
    reference: displayNameOf(order).slice(0, limits.intentReferenceCharacters),
    captureMode,
    cardHolderNotPresent: cardNotPresent,
    // A part of a bill is not made of lines.
    ...(paysAll && !order.taxesOnTop ? { itemLines: itemLines(order, money) } : {}),
    ...(captureMode === 'Manual'
      ? { config: { payment: { customAmountAllowed: true, tipsAllowed: true } } }
      : {}),
    orderDetails: { externalId: order.orderId },
    metadata,
  }
}

type Money = (value: number) => DojoSchemas['Money']

/** Items with their modifiers and discounts; a discount of the whole bill is a line of its own. */
function itemLines(order: Order, money: Money): DojoSchemas['ItemLine'][] {
  const amounts = pricedAmounts(order)
  const lines = order.lines.filter(({ voidedAt }) => voidedAt === undefined)
  const items = lines.filter(({ parentLineId }) => parentLineId === undefined)
  const itemIds = new Set(items.map(({ lineId }) => lineId))
  const whole = order.discounts.filter(({ lineId }) => lineId === undefined || !itemIds.has(lineId))
  return [
    ...items.map((item) => ({
      id: item.lineId.slice(0, limits.intentReferenceCharacters),
      name: item.name.slice(0, limits.intentItemNameCharacters),
      plu: item.plu,
      quantity: item.quantity,
      amountTotal: money(amounts.get(item.lineId) ?? 0),
      modifiers: [
        ...below(lines, item.lineId).map((line) => ({
          id: line.lineId,
          name: line.name,
          quantity: 1,
          amountPerModifier: money(amounts.get(line.lineId) ?? 0),
        })),
        ...order.discounts.filter(({ lineId }) => lineId === item.lineId).map(asModifier(money)),
      ],
    })),
    ...whole.map((discount) => ({
      id: discount.discountId.slice(0, limits.intentReferenceCharacters),
      name: discount.name.slice(0, limits.intentItemNameCharacters),
      quantity: 1,
      amountTotal: money(0),
      modifiers: [asModifier(money)(discount)],
    })),
  ]
}

function asModifier(money: Money) {
  return ({ discountId, name, amountMinor }: Order['discounts'][number]) => ({
    id: discountId,
    name,
    quantity: 1,
    amountPerModifier: money(-amountMinor),
  })
}

/** The lines below an item, at any depth. */
function below(lines: readonly OrderLine[], lineId: string): OrderLine[] {
  return lines
    .filter(({ parentLineId }) => parentLineId === lineId)
    .flatMap((line) => [line, ...below(lines, line.lineId)])
}

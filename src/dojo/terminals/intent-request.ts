// What Dojo is asked for when a till starts a card payment: the payment intent, with the bill.
import type { DojoInput, DojoSchemas } from '../../contract/dojo-api.ts'
import { displayNameOf, type Order, type OrderLine } from '../../domain/orders/order.ts'
import { pricedAmounts } from '../../domain/orders/priced-lines.ts'
import type { CardPayment } from '../../domain/payments/card-payment.ts'
import { limits } from '../../limits.ts'
import { CARD_PAYMENT_KEY } from '../jobs/read-intent.ts'

export function intentRequest(
  payment: CardPayment,
  order: Order,
  currencyCode: string,
): DojoInput<'PaymentIntents_CreatePaymentIntent'> {
  const { amountMinor, tipsMinor, serviceChargeMinor, cashbackMinor, captureMode, cardNotPresent } =
    payment
  const money = (value: number): DojoSchemas['Money'] => ({ value, currencyCode })
  const metadata: Record<string, string> = { [CARD_PAYMENT_KEY]: payment.cardPaymentId }
  if (payment.waiterId !== undefined) metadata['waiterId'] = payment.waiterId
  if (payment.tillName !== undefined) metadata['till'] = payment.tillName
  return {
    amount: money(amountMinor - serviceChargeMinor),
    ...(tipsMinor === 0 ? {} : { tipsAmount: money(tipsMinor) }),
    ...(serviceChargeMinor === 0 ? {} : { serviceChargeAmount: money(serviceChargeMinor) }),
    ...(cashbackMinor === 0 ? {} : { cashbackAmount: money(cashbackMinor) }),
    reference: displayNameOf(order).slice(0, limits.intentReferenceCharacters),
    captureMode,
    cardHolderNotPresent: cardNotPresent,
    ...linesOf(payment, order, money),
    ...(captureMode === 'Manual'
      ? { config: { payment: { customAmountAllowed: true, tipsAllowed: true } } }
      : {}),
    orderDetails: { externalId: order.orderId },
    metadata,
  }
}

type Money = (value: number) => DojoSchemas['Money']
type Lines = Pick<DojoInput<'PaymentIntents_CreatePaymentIntent'>, 'itemLines' | 'taxLines'>

/**
 * The lines of the bill, with its taxes where they come on top, which together make the amount. A
 * part of a bill is not made of lines, nor is a bill whose total somebody gave otherwise: it is one
 * line.
 */
function linesOf(payment: CardPayment, order: Order, money: Money): Lines {
  const { amountMinor, serviceChargeMinor, captureMode } = payment
  const taxLines = order.taxesOnTop ? order.taxLines : []
  const onTopMinor = taxLines.reduce((sum, tax) => sum + tax.amountMinor, 0)
  const paysAll = captureMode === 'Auto' && amountMinor === order.totalMinor
  const itemsMinor = amountMinor - serviceChargeMinor - onTopMinor
  if (paysAll && itemsOf(order) === itemsMinor) {
    const taxes = taxLines.map(taxLine(money))
    return { itemLines: itemLines(order, money), taxLines: taxes.length === 0 ? undefined : taxes }
  }
  const name = `${payment.captureMode === 'Manual' ? 'Held for' : 'Part of'} ${displayNameOf(order)}`
  return {
    itemLines: [
      {
        id: payment.cardPaymentId.slice(0, limits.intentReferenceCharacters),
        name: name.slice(0, limits.intentItemNameCharacters),
        quantity: 1,
        amountTotal: money(amountMinor - serviceChargeMinor),
      },
    ],
  }
}

/** What the lines come to, less the discounts. */
function itemsOf(order: Order): number {
  const discounts = order.discounts.reduce((sum, { amountMinor }) => sum + amountMinor, 0)
  let itemsMinor = -discounts
  for (const minor of pricedAmounts(order).values()) itemsMinor += minor
  return itemsMinor
}

function taxLine(money: Money) {
  return ({
    taxLineId,
    name,
    affectedPlu,
    amountMinor,
  }: Order['taxLines'][number]): DojoSchemas['TaxLine'] => ({
    id: taxLineId.slice(0, limits.intentReferenceCharacters),
    caption: name?.slice(0, limits.intentItemNameCharacters),
    affectedPlu,
    amountTotal: money(amountMinor),
  })
}

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

// What CreateOrder carries, in the domain's terms.
import type { Schemas } from '../../contract/capabilities.ts'
import { invalid } from '../../domain/errors.ts'
import { foreignId, optionalForeignId, wellFormed } from '../../domain/ids.ts'
import { minorOf, optionalMinorOf } from '../../domain/money.ts'
import { optionalName, visibleName } from '../../domain/names.ts'
import type { OrderContent, OrderItem } from '../../domain/orders/new-order.ts'
import type { PaymentRequest } from '../../domain/payments/payment.ts'
import { optionalIsoTime } from '../../domain/time.ts'
import { limits } from '../../limits.ts'

/**
 * @throws Refusal InvalidRequest naming the field: an amount, quantity or time that is not valid,
 *   details of the wrong type
 */
export function orderContentOf(
  request: Schemas['CreateOrderRequest'],
  currency: string,
): OrderContent {
  const { details, items, discounts = [], taxLines = [], customer } = request
  mustBeOrderable(request)
  return {
    ...detailsOf(details),
    reference: request.reference,
    displayName: optionalName(request.displayName, 'displayName'),
    note: request.note,
    customer: customer && {
      id: customer.id,
      name: optionalName(customer.name, 'customer.name'),
      emailAddress: customer.emailAddress,
      phoneNumber: customer.phoneNumber,
    },
    items: items.map((item, index) => itemOf(item, currency, `items[${index}]`)),
    discounts: discounts.map((discount, index) => ({
      name: visibleName(discount.name, `discounts[${index}].name`),
      affectedPlu: discount.affectedPlu,
      discountReference: discount.discountReference,
      code: discount.code,
      ...amountOf(discount, currency, `discounts[${index}]`),
    })),
    taxLines: taxLines.map((taxLine, index) => ({
      taxId: taxLine.id,
      name: optionalName(taxLine.name, `taxLines[${index}].name`),
      affectedPlu: taxLine.affectedPlu,
      ...amountOf(taxLine, currency, `taxLines[${index}]`),
    })),
    serviceChargeMinor: optionalMinorOf(
      request.serviceChargeAmount,
      currency,
      'serviceChargeAmount',
    ),
    totalMinor: minorOf(request.totalAmount, currency, 'totalAmount'),
  }
}

/** @throws Refusal InvalidRequest: more lines or payments than one order may have */
function mustBeOrderable({ items, payments }: Schemas['CreateOrderRequest']): void {
  const lines = items.reduce((sum, item) => sum + linesIn(item), 0)
  if (lines > limits.maxLinesOfOrder) {
    throw invalid(
      `The field items has ${lines} lines, modifiers and sub-items included; ` +
        `an order has at most ${limits.maxLinesOfOrder}.`,
    )
  }
  if (payments.length > limits.maxPaymentsOfNewOrder) {
    throw invalid(
      `The field payments has ${payments.length} entries; a new order has at most ` +
        `${limits.maxPaymentsOfNewOrder}.`,
    )
  }
}

function linesIn({ modifiers = [], subItems = [] }: Schemas['OrderItem']): number {
  const below = subItems.reduce((sum, subItem) => sum + 1 + (subItem.modifiers?.length ?? 0), 0)
  return 1 + modifiers.length + below
}

function detailsOf({ orderType, dineIn, collection }: Schemas['CreateOrderRequest']['details']) {
  if (orderType === 'DineIn' && dineIn === undefined) {
    throw invalid('The field details.dineIn is missing; details.orderType DineIn requires it.')
  }
  if (orderType === 'Collection' && collection === undefined) {
    throw invalid(
      'The field details.collection is missing; details.orderType Collection requires it.',
    )
  }
  return {
    orderType,
    tableId: optionalForeignId(dineIn?.tableId, 'details.dineIn.tableId'),
    waiterId: optionalForeignId(dineIn?.waiterId, 'details.dineIn.waiterId'),
    partyId: optionalForeignId(dineIn?.partyId, 'details.dineIn.partyId'),
    reservationId: optionalForeignId(dineIn?.reservationId, 'details.dineIn.reservationId'),
    readyAt: optionalIsoTime(dineIn?.readyAt, 'details.dineIn.readyAt'),
    collectAsap: collection?.asap,
    collectAt: optionalIsoTime(collection?.collectAt, 'details.collection.collectAt'),
  }
}

/** What a discount and a tax line have in common. */
function amountOf(
  { amountTotal, amountPercentage }: Pick<Schemas['Discount'], 'amountTotal' | 'amountPercentage'>,
  currency: string,
  field: string,
): { amountMinor: number; percentageHundredths: number | undefined } {
  return {
    amountMinor: minorOf(amountTotal, currency, `${field}.amountTotal`),
    percentageHundredths: percentageOf(amountPercentage, `${field}.amountPercentage`),
  }
}

/** @param field the path of the payment in the request, with its full stop */
export function paymentRequestOf(
  payment: Schemas['Payment'],
  currency: string,
  field = '',
): PaymentRequest {
  return {
    paymentIntentId: foreignId(payment.paymentIntentId, `${field}paymentIntentId`),
    amountMinor: minorOf(payment.paidAmount, currency, `${field}paidAmount`),
    tipsMinor: optionalMinorOf(payment.tipsAmount, currency, `${field}tipsAmount`),
  }
}

function itemOf(item: Schemas['OrderItem'], currency: string, field: string): OrderItem {
  return {
    ...lineOf(item, currency, field),
    subItems: item.subItems?.map((subItem, index) =>
      lineOf(subItem, currency, `${field}.subItems[${index}]`),
    ),
  }
}

/** What an item and a sub-item have in common. */
function lineOf(line: Schemas['OrderSubItem'], currency: string, field: string): OrderItem {
  return {
    name: visibleName(line.name, `${field}.name`),
    plu: wellFormed(line.plu, `${field}.plu`),
    quantity: quantityOf(line.quantity, field),
    unitAmountMinor: minorOf(line.amountPerItem, currency, `${field}.amountPerItem`),
    note: line.note,
    modifiers: line.modifiers?.map((modifier, index) => ({
      name: visibleName(modifier.name, `${field}.modifiers[${index}].name`),
      plu: wellFormed(modifier.plu, `${field}.modifiers[${index}].plu`),
      quantity: quantityOf(modifier.quantity, `${field}.modifiers[${index}]`),
      unitAmountMinor: minorOf(
        modifier.amountPerModifier,
        currency,
        `${field}.modifiers[${index}].amountPerModifier`,
      ),
    })),
  }
}

function quantityOf(quantity: number, field: string): number {
  if (quantity < 1 || !Number.isSafeInteger(quantity)) {
    throw invalid(
      `The field ${field}.quantity is ${quantity}; a quantity is a whole number of at least 1.`,
    )
  }
  return quantity
}

function percentageOf(percentage: number | undefined, field: string): number | undefined {
  if (percentage !== undefined && !Number.isSafeInteger(percentage)) {
    throw invalid(`The field ${field} is ${percentage}, which is not exact.`)
  }
  return percentage
}

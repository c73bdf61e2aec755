// How an order begins: created by Dojo with everything on it, or opened by a till and empty.
import { sumOf } from '../../lib/sums.ts'
import type { Caller, Origin } from '../caller.ts'
import { conflict, type Refusal } from '../errors.ts'
import type { NewId } from '../ids.ts'
import { exact } from '../money.ts'
import type { PaymentRequest } from '../payments/payment.ts'
import { withServiceCharge } from './discounts.ts'
import { NO_ORDER } from './order-history.ts'
import type {
  Customer,
  Discount,
  LineKind,
  Order,
  OrderChange,
  OrderLine,
  OrderStatus,
  OrderType,
  TaxLine,
} from './order.ts'
import { priceOrder } from './price.ts'

// --- created by Dojo

/** What CreateOrder carries. Times are ISO 8601 in UTC; amounts are minor units. */
export interface OrderContent {
  orderType: OrderType
  tableId?: string
  waiterId?: string
  partyId?: string
  reservationId?: string
  readyAt?: string
  collectAsap?: boolean
  collectAt?: string
  reference?: string
  displayName?: string
  note?: string
  customer?: Customer
  items: OrderItem[]
  discounts: GivenDiscount[]
  taxLines: GivenTaxLine[]
  serviceChargeMinor?: number
  totalMinor: number
}

/**
 * Quantities are per one of the line above. A modifier has no lines below it, a sub-item has
 * modifiers only.
 */
export interface OrderItem {
  name: string
  plu: string
  quantity: number
  unitAmountMinor: number
  note?: string
  modifiers?: OrderItem[]
  subItems?: OrderItem[]
}

export type GivenDiscount = Pick<
  Discount,
  'name' | 'affectedPlu' | 'discountReference' | 'code' | 'amountMinor' | 'percentageHundredths'
>

export type GivenTaxLine = Pick<
  TaxLine,
  'taxId' | 'name' | 'affectedPlu' | 'amountMinor' | 'percentageHundredths'
>

/**
 * The order that Dojo created, before its payments are recorded. Its total is the one that the
 * customer saw, also where the parts add up to another.
 * @param payments those that come with it: they decide the status on arrival
 */
export function createdOrder(
  content: OrderContent,
  payments: readonly PaymentRequest[],
  { dojoOrderId, nowMs, caller, newId }: Creation,
): OrderChange {
  const { items, discounts, taxLines, ...rest } = content
  const at = new Date(nowMs).toISOString()
  const order: Order = {
    ...NO_ORDER,
    ...rest,
    orderId: newId('ord'),
    dojoOrderId,
    status: statusOnArrival(content.totalMinor - paidOnArrival(payments)),
    openedBy: caller.waiterId,
    taxesOnTop: comesOnTop(content),
    lines: linesOf(items, at, newId),
    discounts: discounts.map((each, index) => ({
      discountId: newId('dsc'),
      position: index + 1,
      rule: 'Given',
      ...each,
    })),
    taxLines: taxLines.map((each, index) => ({
      taxLineId: newId('tax'),
      position: index + 1,
      givenMinor: each.amountMinor,
      ...each,
    })),
    createdAt: at,
    updatedAt: at,
  }
  const detail = {
    dojoOrderId,
    totalMinor: content.totalMinor,
    items: items.length,
    payments: payments.length,
    discrepancyMinor: discrepancyMinor(content),
  }
  return { action: 'Created', detail, order }
}

export interface Creation {
  dojoOrderId: string
  nowMs: number
  caller: Caller
  newId: NewId
}

/** Paid for, it waits for somebody to take it on; else somebody looks at it first. */
export function statusOnArrival(balance: number): OrderStatus {
  return balance === 0 ? 'Confirmed' : 'New'
}

/** Each intent counts once; what does not fit is refused when it is recorded. */
function paidOnArrival(payments: readonly PaymentRequest[]): number {
  const amounts = new Map(
    payments.map(({ paymentIntentId, amountMinor }) => [paymentIntentId, amountMinor]),
  )
  return [...amounts.values()].reduce((sum, amountMinor) => sum + amountMinor, 0)
}

function linesOf(items: readonly OrderItem[], orderedAt: string, newId: NewId): OrderLine[] {
  const lines: OrderLine[] = []
  const add = (item: OrderItem, kind: LineKind, parentLineId?: string): void => {
    const { modifiers = [], subItems = [], ...own } = item
    const lineId = newId('lin')
    const position = lines.length + 1
    lines.push({ lineId, parentLineId, kind, position, ...own, taxAdjustmentMinor: 0, orderedAt })
    for (const each of modifiers) add(each, 'Modifier', lineId)
    for (const each of subItems) add(each, 'SubItem', lineId)
  }
  for (const item of items) add(item, 'Item')
  return lines
}

/** An item with the lines below it, times its quantity. */
export function itemAmountMinor(item: OrderItem): number {
  const below = [...(item.modifiers ?? []), ...(item.subItems ?? [])].reduce(
    (sum, line) => sum + itemAmountMinor(line),
    0,
  )
  return item.quantity * (item.unitAmountMinor + below)
}

/** What the parts add up to, with the taxes contained in the prices, and with them on top. */
function sumsOfParts(content: OrderContent): { taxesIncluded: number; taxesOnTop: number } {
  const items = exact(
    content.items.reduce((sum, item) => sum + itemAmountMinor(item), 0),
    'The sum of the items',
  )
  const discounts = exact(sumOf(content.discounts, 'amountMinor'), 'The sum of the discounts')
  const taxes = exact(sumOf(content.taxLines, 'amountMinor'), 'The sum of the taxes')
  const taxesIncluded = exact(
    items - discounts + (content.serviceChargeMinor ?? 0),
    'The sum of the parts',
  )
  return { taxesIncluded, taxesOnTop: exact(taxesIncluded + taxes, 'The sum of the parts') }
}

/** Whether a given total is nearer to what the parts add up to with the taxes on top. */
function comesOnTop(content: OrderContent): boolean {
  const { taxesIncluded, taxesOnTop } = sumsOfParts(content)
  return Math.abs(content.totalMinor - taxesOnTop) < Math.abs(content.totalMinor - taxesIncluded)
}

/**
 * How far the total is from what its parts add up to: undefined when it agrees with them under one
 * of the two tax conventions (taxes included in the prices, or on top of them), else total minus
 * the nearer sum.
 * @throws Refusal InvalidRequest when a sum is no longer exact
 */
export function discrepancyMinor(content: OrderContent): number | undefined {
  const { taxesIncluded, taxesOnTop } = sumsOfParts(content)
  const what = 'The difference between the total and its parts'
  const fromIncluded = exact(content.totalMinor - taxesIncluded, what)
  const fromOnTop = exact(content.totalMinor - taxesOnTop, what)
  const nearer = Math.abs(fromOnTop) < Math.abs(fromIncluded) ? fromOnTop : fromIncluded
  return nearer === 0 ? undefined : nearer
}

// --- opened by a till

/** The venue's terms for new orders. */
export interface Terms {
  taxesOnTop: boolean
  taxName: string
  serviceChargeHundredths?: number | undefined
  /** The tax rate of the service charge; no tax without it. */
  serviceChargeTaxRateHundredths?: number | undefined
}

export type Opening = Pick<
  OrderContent,
  'tableId' | 'waiterId' | 'partyId' | 'collectAsap' | 'collectAt' | 'displayName' | 'customer'
> &
  Pick<Order, 'orderType' | 'covers' | 'reference' | 'note'>

/** Empty and open, with the venue's service charge for guests who sit. */
export function openedOrder(
  opening: Opening,
  { orderId, terms, nowMs, origin }: { orderId: string } & OpeningContext,
): OrderChange {
  const { taxesOnTop, taxName, serviceChargeHundredths } = terms
  const { serviceChargeTaxRateHundredths: serviceTaxRateHundredths } = terms
  const at = new Date(nowMs).toISOString()
  const order: Order = {
    ...NO_ORDER,
    ...opening,
    orderId,
    status: 'Accepted',
    customer: someone(opening.customer),
    waiterId: opening.waiterId ?? origin.waiterId,
    openedBy: origin.waiterId,
    taxesOnTop,
    taxName,
    serviceTaxRateHundredths,
    createdAt: at,
    updatedAt: at,
  }
  const isCharged = opening.orderType === 'DineIn' && serviceChargeHundredths !== undefined
  const charged = isCharged
    ? withServiceCharge(order, { percentageHundredths: serviceChargeHundredths })
    : order
  return { action: 'Opened', detail: {}, order: priceOrder(charged) }
}

/**
 * The order, still empty, that a part of another becomes. It is served as that one is, by the same
 * waiter for the same party, and as far as that one; at its table unless it is given another. Its
 * name and covers are its own.
 */
export function orderForPart(
  { orderType, tableId, waiterId, partyId, status }: Order,
  own: Pick<Opening, 'tableId' | 'displayName' | 'covers'>,
  context: { orderId: string } & OpeningContext,
): Order {
  const opening = { orderType, waiterId, partyId, ...own, tableId: own.tableId ?? tableId }
  return { ...openedOrder(opening, context).order, status }
}

export interface OpeningContext {
  terms: Terms
  nowMs: number
  origin: Origin
}

/** Undefined for a customer without any detail. */
export function someone(customer: Customer | undefined): Customer | undefined {
  return customer === undefined || Object.keys(customer).length === 0 ? undefined : customer
}

// --- sent again

/** An order that a request may have made before, by the hash of that request. */
export interface MadeBefore {
  orderId: string
  creationHash: Uint8Array | undefined
}

/**
 * @param id by which the request names the order: our own, or Dojo's
 * @throws Refusal Conflict: the id names an order that was made with other content
 */
export function mustBeSameRequest(
  { orderId, creationHash }: MadeBefore,
  hash: Buffer,
  id: string,
): void {
  if (creationHash !== undefined && hash.equals(creationHash)) return
  if (id === orderId) throw refusedAsTaken(id)
  throw conflict(
    'content-differs',
    `The dojoOrderId ${id} already names the order ${orderId}, ` +
      'which was created with other content.',
  )
}

export function refusedAsTaken(orderId: string): Refusal {
  return conflict('content-differs', `The id ${orderId} already names another order.`)
}

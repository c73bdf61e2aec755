// An order (a tab): its statuses, its sums, and what may be done to it. Rules only; nothing here
// reads a clock or a database.
import { limits } from '../../limits.ts'
import type { Origin } from '../caller.ts'
import { conflict, type Refusal } from '../errors.ts'
import { exact } from '../money.ts'

export const orderStatuses = [
  'New',
  'Submitted',
  'Confirmed',
  'Accepted',
  'Preparing',
  'Prepared',
  'Ready',
  'Finalized',
  'Canceled',
  'Failed',
] as const
export type OrderStatus = (typeof orderStatuses)[number]
export type OrderType = 'DineIn' | 'Collection'

/**
 * Where a status may go. An order moves forward, steps may be left out (a bar pours at once), and
 * any open order can be finalized, canceled or fail. The three final statuses lead nowhere; a
 * Finalized order is reopened only because the money that settled it fell away (`reopened`).
 */
export const transitions: Readonly<Record<OrderStatus, readonly OrderStatus[]>> = {
  New: [
    'Submitted',
    'Confirmed',
    'Accepted',
    'Preparing',
    'Prepared',
    'Ready',
    'Finalized',
    'Canceled',
    'Failed',
  ],
  Submitted: [
    'Confirmed',
    'Accepted',
    'Preparing',
    'Prepared',
    'Ready',
    'Finalized',
    'Canceled',
    'Failed',
  ],
  Confirmed: ['Accepted', 'Preparing', 'Prepared', 'Ready', 'Finalized', 'Canceled', 'Failed'],
  Accepted: ['Preparing', 'Prepared', 'Ready', 'Finalized', 'Canceled', 'Failed'],
  Preparing: ['Prepared', 'Ready', 'Finalized', 'Canceled', 'Failed'],
  Prepared: ['Ready', 'Finalized', 'Canceled', 'Failed'],
  Ready: ['Finalized', 'Canceled', 'Failed'],
  Finalized: [],
  Canceled: [],
  Failed: [],
}

export const canBecome = (from: OrderStatus, to: OrderStatus): boolean =>
  transitions[from].includes(to)
export const isFinal = (status: OrderStatus): boolean => transitions[status].length === 0

export interface Customer {
  id?: string
  name?: string
  emailAddress?: string
  phoneNumber?: string
}

/**
 * What an order consists of when it is made. Times are ISO 8601 in UTC; amounts are minor units.
 */
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
  discounts: Discount[]
  taxLines: TaxLine[]
  serviceChargeMinor?: number
  totalMinor: number
}

export interface Order extends OrderContent {
  orderId: string
  status: OrderStatus
  statusBeforeFinal: OrderStatus | undefined
  tableName: string | undefined
  /** Over the payments that stand. */
  paidMinor: number
  tipsMinor: number
  createdAt: string
  updatedAt: string
  /** All of them, void ones included, oldest first. */
  payments: Payment[]
  /** The lock or hold that nobody has ended yet; it may have expired. */
  lock: OrderLock | undefined
}

/** All of an order but what was ordered: what payments and locks are decided by. */
export type OrderState = Omit<Order, 'items' | 'discounts' | 'taxLines'>

/** A payment against the order. It stands until its money goes back. */
export interface Payment {
  paymentId: string
  tender: 'Dojo' | 'Cash' | 'Voucher' | 'Other'
  /** Dojo's id of the payment; absent for what a till took by itself. */
  paymentIntentId: string | undefined
  /** Without the tip. */
  amountMinor: number
  tipsMinor: number | undefined
  /** Given back in parts while it stands: of the amount, and of the tip. */
  refundedMinor: number
  refundedTipsMinor: number
  /** False once it is void. */
  stands: boolean
  /** The order that Dojo recorded it on, where it went to this one since. */
  recordedOn?: string
}

/** Who excludes others from the order, and until when. */
export interface OrderLock {
  lockId: string
  kind: 'DojoLock' | 'TillHold'
  /** A till's name, for a hold. */
  holder: string | undefined
  expiresAtMs: number
  origin: Origin
}

/**
 * Quantities are per one of the line above; a modifier has no lines below it, a sub-item has
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

export interface Discount {
  name: string
  affectedPlu?: string
  discountReference?: string
  code?: string
  amountMinor: number
  percentageHundredths?: number
}

export interface TaxLine {
  taxId?: string
  name?: string
  affectedPlu?: string
  amountMinor: number
  percentageHundredths?: number
}

export const isOpen = (order: Pick<Order, 'status'>): boolean => !isFinal(order.status)

/** What is still to be paid, in minor units. Tips never count. */
export const balanceMinor = (order: Pick<Order, 'totalMinor' | 'paidMinor'>): number =>
  order.totalMinor - order.paidMinor

/**
 * Whether Dojo may take money for it: open, something left to pay (which an order without items and
 * total has not), and no till is editing it. A lock of Dojo's own leaves it payable.
 */
export function isPayable(
  order: Pick<Order, 'status' | 'totalMinor' | 'paidMinor' | 'lock'>,
  nowMs: number,
): boolean {
  const held = order.lock?.kind === 'TillHold' && order.lock.expiresAtMs > nowMs
  return isOpen(order) && balanceMinor(order) > 0 && !held
}

/**
 * What the card machine shows: the given name, else the table's, else the reference; at most 24
 * characters.
 */
export function displayNameOf(
  order: Pick<Order, 'orderId' | 'displayName' | 'tableName' | 'reference'>,
): string {
  const name =
    order.displayName || order.tableName || order.reference || `Order ${order.orderId.slice(-6)}`
  return name.length <= limits.maxDisplayNameCharacters
    ? name
    : [...name].slice(0, limits.maxDisplayNameCharacters).join('')
}

/** An item with everything below it, times its quantity, in minor units. */
export function itemAmountMinor(item: OrderItem): number {
  const below = [...(item.modifiers ?? []), ...(item.subItems ?? [])].reduce(
    (sum, line) => sum + itemAmountMinor(line),
    0,
  )
  return item.quantity * (item.unitAmountMinor + below)
}

/**
 * What the parts of an order add up to, with its taxes contained in the prices, and with them on
 * top.
 */
function sumsOfParts(content: OrderContent): { taxesIncluded: number; taxesOnTop: number } {
  const items = exact(
    content.items.reduce((sum, item) => sum + itemAmountMinor(item), 0),
    'The sum of the items',
  )
  const discounts = exact(
    content.discounts.reduce((sum, discount) => sum + discount.amountMinor, 0),
    'The sum of the discounts',
  )
  const taxes = exact(
    content.taxLines.reduce((sum, tax) => sum + tax.amountMinor, 0),
    'The sum of the taxes',
  )
  const taxesIncluded = exact(
    items - discounts + (content.serviceChargeMinor ?? 0),
    'The sum of the parts',
  )
  return { taxesIncluded, taxesOnTop: exact(taxesIncluded + taxes, 'The sum of the parts') }
}

/**
 * Whether a given total is (nearer to) what the parts add up to with the taxes on top of the
 * prices.
 */
export function comesOnTop(content: OrderContent): boolean {
  const { taxesIncluded, taxesOnTop } = sumsOfParts(content)
  return Math.abs(content.totalMinor - taxesOnTop) < Math.abs(content.totalMinor - taxesIncluded)
}

/**
 * How far the total is from what its parts add up to: undefined when it agrees with them under one
 * of the two tax conventions (taxes included in the prices, or on top of them), else total minus
 * the nearer sum.
 */
export function discrepancyMinor(content: OrderContent): number | undefined {
  const { taxesIncluded, taxesOnTop } = sumsOfParts(content)
  const fromIncluded = exact(
    content.totalMinor - taxesIncluded,
    'The difference between the total and its parts',
  )
  const fromOnTop = exact(
    content.totalMinor - taxesOnTop,
    'The difference between the total and its parts',
  )
  const nearer = Math.abs(fromOnTop) < Math.abs(fromIncluded) ? fromOnTop : fromIncluded
  return nearer === 0 ? undefined : nearer
}

/**
 * The status of an order whose balance has just become zero by a payment. A dine-in tab is settled
 * by paying it; food to collect goes on being prepared unless it is ready to hand over.
 */
export function statusWhenPaid(order: Pick<Order, 'status' | 'orderType'>): OrderStatus {
  return order.orderType === 'DineIn' || order.status === 'Ready' ? 'Finalized' : order.status
}

/**
 * The status of an order that Dojo creates: paid for, the kitchen has it; else it waits to be
 * looked at.
 */
export const statusOnArrival = (balance: number): OrderStatus =>
  balance === 0 ? 'Accepted' : 'New'

export const refusedAsFinal = (order: Pick<Order, 'orderId' | 'status'>): Refusal =>
  conflict(
    'final',
    `The order ${order.orderId} is ${order.status}; no further changes are possible.`,
  )

// The one order of the house: what Dojo, the tills and the kitchen see, each in its own view.
import { limits } from '../../limits.ts'
import type { Origin } from '../caller.ts'
import { conflict, type Refusal } from '../errors.ts'
import type { MirrorWaiting } from './mirror-waiting.ts'

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

/** Where an order ends. In one of these it is final, in the others it is open. */
export const finalStatuses = ['Finalized', 'Canceled', 'Failed'] as const satisfies OrderStatus[]
const fromPreparing = ['Prepared', 'Ready', ...finalStatuses] as const
const fromAccepted = ['Preparing', ...fromPreparing] as const
const fromConfirmed = ['Accepted', ...fromAccepted] as const
const fromSubmitted = ['Confirmed', ...fromConfirmed] as const

/**
 * Where a status may go. An order moves forward, may skip steps (a bar pours at once), and any open
 * order can be finalized, canceled or fail. The three final statuses lead nowhere; a Finalized
 * order opens again only because a payment is voided, or a manager reopens it.
 */
const transitions: Readonly<Record<OrderStatus, readonly OrderStatus[]>> = {
  New: ['Submitted', ...fromSubmitted],
  Submitted: fromSubmitted,
  Confirmed: fromConfirmed,
  Accepted: fromAccepted,
  Preparing: fromPreparing,
  Prepared: ['Ready', ...finalStatuses],
  Ready: finalStatuses,
  Finalized: [],
  Canceled: [],
  Failed: [],
}

export function canBecome(from: OrderStatus, to: OrderStatus): boolean {
  return transitions[from].includes(to)
}

export function isFinal(status: OrderStatus): boolean {
  return transitions[status].length === 0
}

export type OrderType = 'DineIn' | 'Collection'

/** Times are ISO 8601 in UTC; amounts are minor units. */
export interface Order {
  orderId: string
  /** Dojo's id of an order that Dojo created. */
  dojoOrderId?: string
  /** Counts the changes; locks and holds are not counted. */
  version: number
  orderType: OrderType
  status: OrderStatus
  /** Where a Finalized order returns to when a payment that settled it is voided. */
  statusBeforeFinal?: OrderStatus
  tableId?: string
  tableName?: string
  waiterId?: string
  partyId?: string
  reservationId?: string
  openedBy?: string
  covers?: number
  readyAt?: string
  collectAsap?: boolean
  collectAt?: string
  reference?: string
  displayName?: string
  note?: string
  customer?: Customer
  /** Void lines included, each line before the lines below it. */
  lines: OrderLine[]
  discounts: Discount[]
  taxLines: TaxLine[]
  taxesOnTop: boolean
  taxName: string
  serviceChargeMinor?: number
  /** The service charge is this part of the items less their discounts; absent for a fixed one. */
  serviceChargeHundredths?: number
  /** Keeps the pennies together when lines move between orders. */
  serviceAdjustmentMinor: number
  /** The tax rate of the service charge; absent for no tax. */
  serviceTaxRateHundredths?: number
  /** As the adjustment of the service charge, for its tax. */
  serviceTaxAdjustmentMinor?: number
  totalMinor: number
  /** Sums of the payments that are not void, less refunds. */
  paidMinor: number
  tipsMinor: number
  /** Void payments included, oldest first. */
  payments: Payment[]
  /** The lock or hold that nobody has ended; it may have expired. */
  lock?: OrderLock
  /** The order that took over everything that was on this one. */
  mergedInto?: string
  /** The till's id of an order that it keeps itself, and which version of it is here. */
  mirrorId?: string
  mirrorVersion?: number
  mirrorHash?: string
  /** What the till said while somebody paid, until it takes effect. */
  mirrorWaiting?: MirrorWaiting
  createdAt: string
  updatedAt: string
}

/** A change of an order: what the history calls it, its particulars, and the order after it. */
export interface OrderChange {
  action: string
  detail: object
  order: Order
  /** Dojo made the change itself and sees the order as before: no event is sent. */
  quiet?: true
  /** The till gives the prices and the total: they are kept, not made up. */
  isGiven?: true
  /** Belongs into the history although the order may stay as it is. */
  isNote?: true
}

export interface Customer {
  id?: string
  name?: string
  emailAddress?: string
  phoneNumber?: string
}

export type LineKind = 'Item' | 'SubItem' | 'Modifier'

export interface OrderLine {
  lineId: string
  parentLineId?: string
  kind: LineKind
  position: number
  name: string
  plu: string
  /** Per one of the parent line. */
  quantity: number
  unitAmountMinor: number
  /** Hundredths of a percent; absent for lines from Dojo, whose taxes come with the order. */
  taxRateHundredths?: number
  /** Both rates of an item that has two: for guests who sit, and for what they take away. */
  dineInTaxRateHundredths?: number
  takeawayTaxRateHundredths?: number
  /** Keeps the pennies together when a part of the line moves to another order. */
  taxAdjustmentMinor: number
  course?: string
  note?: string
  waiterId?: string
  orderedAt: string
  readyAt?: string
  voidedAt?: string
  voidReason?: string
}

export interface Discount {
  discountId: string
  position: number
  name: string
  /**
   * Given: an amount from Dojo. Amount: the amount asked for, as far as there is one to take it
   * from. Percent: a part of what it applies to. Share: what a line had of a discount before the
   * line moved to another order; it applies to that line alone.
   */
  rule: 'Given' | 'Amount' | 'Percent' | 'Share'
  amountMinor: number
  askedMinor?: number
  percentageHundredths?: number
  /** The line it applies to, with the lines below it; absent for the whole order. */
  lineId?: string
  affectedPlu?: string
  discountReference?: string
  code?: string
  reason?: string
}

export interface TaxLine {
  taxLineId: string
  position: number
  taxId?: string
  name?: string
  affectedPlu?: string
  amountMinor: number
  percentageHundredths?: number
  /** The amount that Dojo gave; absent where it is computed here. */
  givenMinor?: number
}

/** What pays. */
export const tenders = ['Dojo', 'Cash', 'Voucher', 'Other', 'Deposit'] as const

/** A payment counts until it is void. */
export interface Payment {
  paymentId: string
  tender: (typeof tenders)[number]
  /** Dojo's id of the payment; absent for money that a till took by itself. */
  paymentIntentId?: string
  /** Without the tip. */
  amountMinor: number
  tipsMinor?: number
  /** Given back in parts while the payment counts: from the amount, and from the tip. */
  refundedMinor: number
  refundedTipsMinor: number
  recordedAt: string
  /** The order that it was recorded on, where it has moved since. */
  recordedOn?: string
  lockId?: string
  /** What the guest handed over in cash. */
  tenderedMinor?: number
  /** What the cash differs from the amount, where cash is rounded. */
  roundingMinor?: number
  /** The items that it pays for, where it names them. */
  lineIds?: string[]
  /** The party whose deposit it is. */
  depositPartyId?: string
  /** The number of a voucher, or whatever the payment is known by. */
  reference?: string
  /** Who took it, and with what. */
  waiterId?: string
  product?: string
  deviceId?: string
  deviceType?: string
  voidedAt?: string
  voidReason?: string
}

/** Who excludes others from the order, and until when. */
export interface OrderLock {
  lockId: string
  kind: 'DojoLock' | 'TillHold'
  /** The till's name, for a hold. */
  holder?: string
  expiresAtMs: number
  origin: Origin
}

export function isOpen({ status }: Pick<Order, 'status'>): boolean {
  return !isFinal(status)
}

/** What is still to be paid. Tips never count. */
export function balanceMinor({
  totalMinor,
  paidMinor,
}: Pick<Order, 'totalMinor' | 'paidMinor'>): number {
  return totalMinor - paidMinor
}

/**
 * Whether Dojo may take money for it: open, something left to pay, and no till is editing it. A
 * lock of Dojo's own leaves it payable.
 */
export function isPayable(
  order: Pick<Order, 'status' | 'totalMinor' | 'paidMinor' | 'lock'>,
  nowMs: number,
): boolean {
  const isHeld = order.lock?.kind === 'TillHold' && order.lock.expiresAtMs > nowMs
  return isOpen(order) && balanceMinor(order) > 0 && !isHeld
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

export function refusedAsFinal(order: Pick<Order, 'orderId' | 'status'>): Refusal {
  return conflict(
    'final',
    `The order ${order.orderId} is ${order.status}; no further changes are possible.`,
  )
}

/** @throws Refusal Conflict: the order is final */
export function mustBeOpen(order: Order): void {
  if (isFinal(order.status)) throw refusedAsFinal(order)
}

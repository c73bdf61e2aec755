// The order of a till that keeps its own orders. Its figures are taken as the till has them: lines,
// discounts, taxes, service charge and total. Nothing is priced here; where the parts add up to
// another total than the till's, the till's total counts and the difference is shown.
import { limits } from '../../limits.ts'
import type { Caller } from '../caller.ts'
import { conflict, invalid, Refusal } from '../errors.ts'
import { exact, spoken } from '../money.ts'
import { mustHaveRoom } from './lines.ts'
import { mirroredLines, type MirroredLine } from './mirror-lines.ts'
import type { MirrorWaiting } from './mirror-waiting.ts'
import { someone } from './new-order.ts'
import { deltaOf, NO_ORDER } from './order-history.ts'
import { mustNotBeLockedByDojo } from './order-lock.ts'
import {
  balanceMinor,
  isFinal,
  refusedAsFinal,
  type Discount,
  type Order,
  type OrderChange,
  type OrderStatus,
  type TaxLine,
} from './order.ts'
import { pricedAmounts } from './priced-lines.ts'
import { cancelByTill, withStatus } from './status.ts'

/** The statuses that a till may give its orders. */
export const mirrorStatuses = [
  'Accepted',
  'Preparing',
  'Prepared',
  'Ready',
  'Finalized',
  'Canceled',
] as const satisfies readonly OrderStatus[]

/** The till's order as it is, without its payments. */
export interface MirroredOrder extends Pick<
  Order,
  | 'orderType'
  | 'tableId'
  | 'waiterId'
  | 'partyId'
  | 'reservationId'
  | 'covers'
  | 'reference'
  | 'displayName'
  | 'note'
  | 'customer'
  | 'collectAsap'
  | 'collectAt'
  | 'taxesOnTop'
  | 'serviceChargeMinor'
  | 'totalMinor'
> {
  /** The till's id of it. */
  id: string
  /** Counts the till's changes of it. */
  version: number
  /** The hash of all that the till sent with this version. */
  hash: string
  /** Left out: as it is, or open again where something is owed. */
  status?: (typeof mirrorStatuses)[number]
  lines: readonly MirroredLine[]
  discounts: readonly Pick<Discount, 'name' | 'amountMinor' | 'percentageHundredths' | 'code'>[]
  taxLines: readonly Pick<TaxLine, 'name' | 'amountMinor' | 'percentageHundredths'>[]
}

/** What is known here of a till's order. */
export type MirrorState = Pick<Order, 'orderId' | 'mirrorId' | 'mirrorVersion' | 'mirrorHash'> & {
  mirrorWaiting?: Pick<MirrorWaiting, 'version' | 'hash' | 'problem'>
}

/**
 * Whether this version is here already, or waits to take effect. One that waits and was refused is
 * `new`, so that the till hears why.
 * @throws Refusal Conflict: `stale`, a later version is here; `content-differs`, the same version
 *   with other content
 */
export function whereIs(
  { id, version, hash }: Pick<MirroredOrder, 'id' | 'version' | 'hash'>,
  { mirrorId, mirrorVersion, mirrorHash, mirrorWaiting: waiting }: MirrorState,
): 'here' | 'waiting' | 'new' {
  if (mirrorId !== undefined && mirrorId !== id) {
    throw conflict('content-differs', `The id ${id} already names another order.`)
  }
  const newest = waiting === undefined ? mirrorVersion : waiting.version
  if (newest === undefined || version > newest) return 'new'
  if (version < newest) {
    throw new Refusal(
      'Conflict',
      'stale',
      `The order ${id} is at version ${newest} already; version ${version} is older.`,
      { version: newest },
    )
  }
  const knownHash = waiting === undefined ? mirrorHash : waiting.hash
  if (knownHash === undefined) return 'new'
  if (hash !== knownHash) {
    throw conflict(
      'content-differs',
      `Version ${version} of the order ${id} was received with other content before; ` +
        'count the version up with every change.',
    )
  }
  if (waiting === undefined) return 'here'
  return waiting.problem === undefined ? 'waiting' : 'new'
}

/** A till's order that is new here, open and without payments. */
export function openedAtTill(
  content: MirroredOrder,
  { nowMs, caller }: { nowMs: number; caller: Caller },
): OrderChange {
  const at = new Date(nowMs).toISOString()
  const { id, status } = content
  const isOpen = status !== undefined && !isFinal(status)
  const opened: Order = {
    ...NO_ORDER,
    orderId: id,
    status: isOpen ? status : 'Accepted',
    createdAt: at,
    updatedAt: at,
    openedBy: caller.waiterId,
  }
  const order = withContent(opened, content, at)
  mustNotExceed(order, caller.currency)
  return { action: 'Mirrored', detail: { mirrorVersion: content.version }, order }
}

/**
 * The order as the till has it now, before its payments and its status. Under Dojo's lock what is
 * owed cannot change.
 * @throws Refusal Conflict: locked, and the total changes; Failed. InvalidRequest: what the till
 *   says makes no sense
 */
export function changedAtTill(
  order: Order,
  content: MirroredOrder,
  { nowMs, currency }: { nowMs: number; currency: string },
): OrderChange {
  if (order.status === 'Failed') throw refusedAsFinal(order)
  const after = withContent(order, content, new Date(nowMs).toISOString())
  mustNotExceed(after, currency)
  if (after.totalMinor !== order.totalMinor) mustNotBeLockedByDojo(order, nowMs)
  return {
    action: 'Mirrored',
    detail: { mirrorVersion: content.version, totalMinor: after.totalMinor },
    order: reopened(after, order, content),
    isGiven: true,
    ...(isOnlyCounted(order, after) ? { quiet: true } : {}),
  }
}

/**
 * The till's word opens an order again: one that it had left out of its list and sends after all,
 * one that it gives an open status, and a paid one that comes to more now.
 * @throws Refusal Conflict: canceled, and the till does not say that it is open
 */
function reopened(order: Order, before: Order, { status }: MirroredOrder): Order {
  const open = status === undefined || isFinal(status) ? undefined : status
  if (order.status === 'Finalized' && balanceMinor(order) > 0) {
    return withOpenStatus(order, open ?? order.statusBeforeFinal ?? 'Accepted')
  }
  if (order.status !== 'Canceled' || status === 'Canceled') return order
  if (status === undefined && before.mirrorHash !== undefined) {
    throw conflict(
      'final',
      `The order ${order.mirrorId} is Canceled; send it with the status Accepted to open it again.`,
    )
  }
  return withOpenStatus(order, open ?? 'Accepted')
}

function withOpenStatus(order: Order, status: OrderStatus): Order {
  return { ...order, status, statusBeforeFinal: undefined }
}

const COUNTED: ReadonlySet<string> = new Set(['mirrorVersion', 'mirrorHash', 'mirrorWaiting'])

function isOnlyCounted(before: Order, after: Order): boolean {
  const { set, ...others } = deltaOf(before, after)
  return (
    Object.keys(others).length === 0 && Object.keys(set ?? {}).every((name) => COUNTED.has(name))
  )
}

/**
 * The status that the till gives the order. Undefined where it has it already, or the till gives
 * none.
 * @throws Refusal Conflict: unpaid, paid, locked
 */
export function movedAtTill(
  order: Order,
  { status }: Pick<MirroredOrder, 'status'>,
  { nowMs, currency }: { nowMs: number; currency: string },
): OrderChange | undefined {
  if (status === undefined || status === order.status) return undefined
  if (status === 'Canceled') {
    return cancelByTill(order, { nowMs, currency, reason: 'Canceled at the till' })
  }
  // Paid, and so closed here: the till still shows it until somebody puts it away.
  if (isFinal(order.status)) return undefined
  if (status === 'Finalized') mustBeClosable(order, { nowMs, currency })
  return {
    action: 'StatusChanged',
    detail: { status, statusBefore: order.status },
    order: withStatus(order, status),
  }
}

/** @throws Refusal Conflict: locked; something is owed */
function mustBeClosable(
  order: Order,
  { nowMs, currency }: { nowMs: number; currency: string },
): void {
  mustNotBeLockedByDojo(order, nowMs)
  const balance = balanceMinor(order)
  if (balance === 0) return
  throw conflict(
    'unpaid',
    `The order ${order.mirrorId} owes ${spoken(balance, currency)}; ` +
      'send what the till took for it among its payments.',
    { balanceMinor: balance },
  )
}

/**
 * An order that the till has no longer, by its list of all open ones. Without the hash of its
 * version, the same version opens it again.
 * @throws Refusal Conflict: it has money on it, or Dojo locked it
 */
export function goneAtTill(
  order: Order,
  { nowMs, currency }: { nowMs: number; currency: string },
): OrderChange | undefined {
  if (isFinal(order.status)) return withoutWaiting(order)
  const reason = 'No longer open at the till'
  const change = cancelByTill(order, { nowMs, currency, reason })
  const mirrorVersion = order.mirrorWaiting?.version ?? order.mirrorVersion
  const isKnownAs = { mirrorVersion, mirrorHash: undefined, mirrorWaiting: undefined }
  return change && { ...change, order: { ...change.order, ...isKnownAs } }
}

/** It is closed already, whatever waits. */
function withoutWaiting(order: Order): OrderChange | undefined {
  if (order.mirrorWaiting === undefined) return undefined
  const { version: mirrorVersion } = order.mirrorWaiting
  return {
    action: 'Mirrored',
    detail: { mirrorVersion },
    order: { ...order, mirrorVersion, mirrorHash: undefined, mirrorWaiting: undefined },
    quiet: true,
  }
}

// --- the till's figures

function withContent(order: Order, content: MirroredOrder, at: string): Order {
  const { id, version, hash, status: _, lines, discounts, taxLines, customer, ...rest } = content
  return {
    ...order,
    ...ABSENT,
    ...rest,
    // The name goes with the table, and is the venue's.
    tableName: rest.tableId === order.tableId ? order.tableName : undefined,
    customer: someone(customer),
    mirrorId: id,
    mirrorVersion: version,
    mirrorHash: hash,
    mirrorWaiting: undefined,
    serviceChargeHundredths: undefined,
    lines: mirroredLines(order, lines, at),
    discounts: discountsOf(discounts),
    taxLines: taxLinesOf(taxLines),
  }
}

/** What the till leaves out, it does not have. */
const ABSENT = {
  waiterId: undefined,
  partyId: undefined,
  reservationId: undefined,
  covers: undefined,
  reference: undefined,
  displayName: undefined,
  note: undefined,
  collectAsap: undefined,
  collectAt: undefined,
  serviceChargeMinor: undefined,
} satisfies Partial<Order>

function discountsOf(discounts: MirroredOrder['discounts']): Discount[] {
  return discounts.map((discount, index) => ({
    discountId: `dsc_${index + 1}`,
    position: index + 1,
    rule: 'Given',
    ...discount,
  }))
}

function taxLinesOf(taxLines: MirroredOrder['taxLines']): TaxLine[] {
  return taxLines.map((taxLine, index) => ({
    taxLineId: `tax_${index + 1}`,
    position: index + 1,
    ...taxLine,
    givenMinor: taxLine.amountMinor,
  }))
}

/** @throws Refusal InvalidRequest: more than an order may have, or discounts of more than it has */
function mustNotExceed(order: Order, currency: string): void {
  const { lines, discounts, totalMinor } = order
  mustHaveRoom(lines.length, limits.maxLinesOfOrder, 'lines, modifiers and sub-items included')
  const items = [...pricedAmounts(order).values()].reduce((sum, amount) => sum + amount, 0)
  const itemsMinor = exact(items, 'The sum of the lines')
  const discountsMinor = discounts.reduce((sum, { amountMinor }) => sum + amountMinor, 0)
  if (discountsMinor > itemsMinor) {
    throw invalid(
      `The discounts come to ${spoken(discountsMinor, currency)}, which is more than the lines, ` +
        `which come to ${spoken(itemsMinor, currency)}.`,
    )
  }
  if (totalMinor > limits.maxOrderMinor) {
    throw invalid(
      `The field totalMinor is ${totalMinor}; an order may come to ` +
        `${spoken(limits.maxOrderMinor, currency)} at most.`,
    )
  }
}

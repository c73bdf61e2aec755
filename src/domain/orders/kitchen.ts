// What the kitchen has done of an order, and the status that follows from it.
import { nameKey } from '../names.ts'
import { activeLines, lineOf, withLinesBelow } from './lines.ts'
import {
  mustBeOpen,
  type Order,
  type OrderChange,
  type OrderLine,
  type OrderStatus,
} from './order.ts'

/** Nobody wants it any more, so the kitchen neither sees nor marks it. A paid order is cooked. */
export const notCookedStatuses = ['Canceled', 'Failed'] as const satisfies OrderStatus[]

/** The items that are still to be done, of one course or of all. */
export function itemsToCook(order: Order, course?: string): OrderLine[] {
  const wanted = course && nameKey(course)
  return activeLines(order).filter(
    (line) =>
      line.kind === 'Item' &&
      line.readyAt === undefined &&
      (wanted === undefined || nameKey(line.course ?? '') === wanted),
  )
}

/**
 * Marks items, with all lines below them, as done; also once the order is paid. An open order
 * follows: Preparing once one of its items is done, Ready once all are. Undefined where all are
 * done already.
 * @throws Refusal NotFound; Conflict: void; the order is Canceled or Failed
 */
export function bump(
  order: Order,
  lineIds: readonly string[],
  nowMs: number,
): OrderChange | undefined {
  const readyAt = new Date(nowMs).toISOString()
  return marked(order, 'Bumped', lineIds, (line) =>
    line.readyAt === undefined ? { ...line, readyAt } : line,
  )
}

/**
 * Takes a bump back. Undefined where nothing was bumped.
 * @throws Refusal NotFound; Conflict: void; the order is Canceled or Failed
 */
export function recall(order: Order, lineIds: readonly string[]): OrderChange | undefined {
  return marked(order, 'Recalled', lineIds, (line) =>
    line.readyAt === undefined ? line : { ...line, readyAt: undefined },
  )
}

function marked(
  order: Order,
  action: string,
  lineIds: readonly string[],
  mark: (line: OrderLine) => OrderLine,
): OrderChange | undefined {
  if ((notCookedStatuses as readonly OrderStatus[]).includes(order.status)) mustBeOpen(order)
  const items = lineIds.map((lineId) => lineOf(order, lineId))
  const all = new Set(withLinesBelow(order.lines, ...lineIds).map((line) => line.lineId))
  let isChanged = false
  const lines = order.lines.map((line) => {
    if (line.voidedAt !== undefined || !all.has(line.lineId)) return line
    const next = mark(line)
    isChanged ||= next !== line
    return next
  })
  if (!isChanged) return undefined
  return {
    action,
    detail: { lines: items.map(({ lineId, name, quantity }) => ({ lineId, name, quantity })) },
    order: followKitchen({ ...order, lines }),
  }
}

const BEFORE_KITCHEN: readonly OrderStatus[] = ['New', 'Submitted', 'Confirmed', 'Accepted']
const IN_KITCHEN: readonly OrderStatus[] = ['Preparing', 'Prepared', 'Ready']

/**
 * The status by what the kitchen has done. Items that are ordered later, or recalled, bring an
 * order that was Ready back to Preparing: the one way in which an open order moves backwards. A
 * Finalized order stays so; the status that it would open with follows instead.
 */
export function followKitchen(order: Order): Order {
  const before = order.status === 'Finalized' ? order.statusBeforeFinal : order.status
  const status = before && statusByKitchen(order, before)
  if (status === before) return order
  return order.status === 'Finalized'
    ? { ...order, statusBeforeFinal: status }
    : { ...order, status: status! }
}

function statusByKitchen(order: Order, status: OrderStatus): OrderStatus {
  const items = activeLines(order).filter((line) => line.kind === 'Item')
  const done = items.filter((line) => line.readyAt !== undefined).length
  if (done === 0) return status === 'Ready' || status === 'Prepared' ? 'Preparing' : status
  if (BEFORE_KITCHEN.includes(status) || IN_KITCHEN.includes(status)) {
    return done === items.length ? 'Ready' : 'Preparing'
  }
  return status
}

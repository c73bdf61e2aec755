// The lines of an order, added, changed and voided one by one, so that two devices at one table do
// not lose each other's.
import { limits } from '../../limits.ts'
import { conflict, invalid } from '../errors.ts'
import { inProportion } from './allocation.ts'
import { followKitchen } from './kitchen.ts'
import { copiedPart, lineOf, mustHaveRoom, withLinesBelow } from './lines.ts'
import { mustBeChangeable } from './order-lock.ts'
import type { LineRates } from './order-type.ts'
import { mustBeOpen, type Order, type OrderChange, type OrderLine } from './order.ts'

export type NewLine = Pick<
  OrderLine,
  'lineId' | 'parentLineId' | 'kind' | 'name' | 'plu' | 'quantity' | 'unitAmountMinor' | 'course'
> &
  Pick<OrderLine, 'note' | 'waiterId'> &
  LineRates

/**
 * Lines that the order has already are not added again.
 * @throws Refusal InvalidRequest: an id twice, or too many lines; Conflict: a line id with other
 *   content; final; locked by Dojo
 */
export function addLines(
  order: Order,
  added: readonly NewLine[],
  nowMs: number,
): OrderChange | undefined {
  const known = new Map(order.lines.map((line) => [line.lineId, line]))
  const ids = new Set<string>()
  for (const { lineId } of added) {
    if (ids.has(lineId)) throw invalid(`The id ${lineId} is used twice among these lines.`)
    ids.add(lineId)
  }
  const fresh = added.filter((line) => {
    const before = known.get(line.lineId)
    if (before === undefined) return true
    if (before.plu !== line.plu || before.parentLineId !== line.parentLineId) {
      throw otherContent(line.lineId)
    }
    return false
  })
  if (fresh.length === 0) return undefined
  mustBeChangeable(order, nowMs)
  mustHaveRoom(order.lines.length + fresh.length, limits.maxLinesOfOrder, 'lines')
  let position = Math.max(0, ...order.lines.map((line) => line.position))
  const orderedAt = new Date(nowMs).toISOString()
  const lines = [
    ...order.lines,
    ...fresh.map((line): OrderLine => ({
      ...line,
      position: ++position,
      orderedAt,
      taxAdjustmentMinor: 0,
    })),
  ]
  return {
    action: 'LinesAdded',
    detail: { lines: added.map(({ lineId, name, quantity }) => ({ lineId, name, quantity })) },
    order: followKitchen({ ...order, lines }),
  }
}

export function otherContent(lineId: string): Error {
  return conflict(
    'content-differs',
    `The line ${lineId} is already on this order, with other content.`,
  )
}

export interface LineEdit {
  quantity?: number
  /** Why fewer are left; needed for that, and for nothing else. */
  reason?: string
  /** Null empties it. */
  note?: string | null
  course?: string | null
}

/** What a change needs that no order knows. */
export interface LineChanging {
  nowMs: number
  newId: (prefix: 'lin') => string
}

/**
 * A note or course can be changed also while somebody pays. Fewer of a line is a void of the
 * others, which stay on record.
 * @throws Refusal NotFound; InvalidRequest: fewer without a reason; Conflict: void; final; locked
 *   by Dojo, for the quantity; more of a line from Dojo, or of one that the kitchen has finished,
 *   or of which a part is void
 */
export function changeLine(
  order: Order,
  lineId: string,
  edit: LineEdit,
  changing: LineChanging,
): OrderChange {
  const { quantity, note, course, reason } = edit
  if (quantity === undefined) mustBeOpen(order)
  else mustBeChangeable(order, changing.nowMs)
  const line = lineOf(order, lineId)
  const words: OrderLine = { ...line }
  if (note !== undefined) words.note = note || undefined
  if (course !== undefined) words.course = course || undefined
  if (quantity !== undefined && quantity < line.quantity) {
    if (reason === undefined) throw reasonMissing(line, quantity)
    const renamed = { ...order, lines: replaced(order.lines, line, words) }
    const {
      action,
      detail,
      order: left,
    } = voidPart(renamed, words, { quantity: line.quantity - quantity, reason }, changing)
    return { action, detail: { ...detail, note, course }, order: left }
  }
  if (quantity !== undefined && quantity > line.quantity) mustTakeMore(order, line)
  const changed = { ...words, quantity: quantity ?? line.quantity }
  const counts =
    quantity === undefined ? {} : { quantityBefore: line.quantity, quantityAfter: quantity }
  return {
    action: 'LineChanged',
    detail: { lineId, ...edit, ...counts },
    order: { ...order, lines: replaced(order.lines, line, changed) },
  }
}

function replaced(lines: readonly OrderLine[], line: OrderLine, by: OrderLine): OrderLine[] {
  return lines.map((each) => (each === line ? by : each))
}

function reasonMissing({ lineId, quantity }: OrderLine, left: number): Error {
  return invalid(
    `The field reason is missing: ${quantity - left} of ${quantity} would be taken off the line ` +
      `${lineId}; say why.`,
  )
}

function mustTakeMore(order: Order, { lineId, taxRateHundredths, readyAt }: OrderLine): void {
  if (taxRateHundredths === undefined) {
    throw conflict(
      'ordered-by-dojo',
      `The line ${lineId} was ordered through Dojo, so it cannot become more; ` +
        'order the others as a line of their own.',
    )
  }
  if (readyAt !== undefined) {
    throw conflict(
      'already-ready',
      `The kitchen has finished the line ${lineId}; order the others as a line of their own.`,
    )
  }
  // What is void counts for each of the line: with more of it, more would be void.
  if (withLinesBelow(order.lines, lineId).some((line) => line.voidedAt !== undefined)) {
    throw conflict(
      'void',
      `A part of the line ${lineId} is void; order the others as a line of their own.`,
    )
  }
}

/** A share of a discount belongs to all of a line: with fewer of it, the share shrinks. */
function withSmallerShares(order: Order, { lineId, quantity }: OrderLine, left: number): Order {
  if (left >= quantity) return order
  const below = new Set(withLinesBelow(order.lines, lineId).map((line) => line.lineId))
  const discounts = order.discounts.map((each) =>
    each.rule === 'Share' && below.has(each.lineId!)
      ? { ...each, askedMinor: inProportion(each.askedMinor!, left, quantity) }
      : each,
  )
  return { ...order, discounts }
}

export interface LineVoid {
  reason: string
  /** How many of the line; all when left out. */
  quantity?: number
}

/**
 * Voids a line, or so many of it, with all lines below it. Voided already for the same reason is a
 * success.
 * @throws Refusal NotFound; InvalidRequest: more than there is, or no room for the void part;
 *   Conflict: void already; final; locked by Dojo
 */
export function voidLine(
  order: Order,
  lineId: string,
  { reason, quantity }: LineVoid,
  changing: LineChanging,
): OrderChange | undefined {
  const known = order.lines.find((each) => each.lineId === lineId)
  if (known?.voidedAt !== undefined && known.voidReason === reason) return undefined
  mustBeChangeable(order, changing.nowMs)
  const line = lineOf(order, lineId)
  if (quantity === undefined || quantity === line.quantity) {
    return voidWhole(order, line, reason, changing.nowMs)
  }
  if (quantity > line.quantity) {
    throw invalid(`The line ${lineId} has a quantity of ${line.quantity}, less than ${quantity}.`)
  }
  return voidPart(order, line, { quantity, reason }, changing)
}

function voidWhole(
  order: Order,
  { lineId, name, quantity }: OrderLine,
  reason: string,
  nowMs: number,
): OrderChange {
  const below = new Set(withLinesBelow(order.lines, lineId).map((line) => line.lineId))
  const voidedAt = new Date(nowMs).toISOString()
  const lines = order.lines.map((line) =>
    below.has(line.lineId) && line.voidedAt === undefined
      ? { ...line, voidedAt, voidReason: reason }
      : line,
  )
  return {
    action: 'LineVoided',
    detail: { lineId, name, quantity, quantityBefore: quantity, quantityAfter: 0, reason },
    order: followKitchen({ ...order, lines }),
  }
}

/** So many of a line become a void line of their own, with copies of the lines below it. */
function voidPart(
  order: Order,
  line: OrderLine,
  { quantity, reason }: Required<LineVoid>,
  { nowMs, newId }: LineChanging,
): OrderChange {
  const { lineId, name, quantity: before } = line
  const { copies, ids } = copiedPart(order, { ...line, quantity }, newId)
  mustHaveRoom(order.lines.length + copies.length, limits.maxLinesOfOrder, 'lines')
  const voidedAt = new Date(nowMs).toISOString()
  let position = Math.max(...order.lines.map((each) => each.position))
  const voided = copies.map((each): OrderLine => {
    position++
    return each.voidedAt === undefined
      ? { ...each, position, voidedAt, voidReason: reason }
      : { ...each, position }
  })
  const quantityAfter = before - quantity
  const kept = replaced(order.lines, line, { ...line, quantity: quantityAfter })
  const left = withSmallerShares({ ...order, lines: [...kept, ...voided] }, line, quantityAfter)
  return {
    action: 'LineVoided',
    detail: {
      lineId,
      voidLineId: ids.get(lineId),
      name,
      quantity,
      quantityBefore: before,
      quantityAfter,
      reason,
    },
    order: followKitchen(left),
  }
}

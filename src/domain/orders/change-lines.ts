// The lines of an order, added, changed and voided one by one, so that two devices at one table do
// not lose each other's.
import { limits } from '../../limits.ts'
import { conflict, invalid } from '../errors.ts'
import { inProportion } from './allocation.ts'
import { followKitchen } from './kitchen.ts'
import { lineOf, mustHaveRoom, withLinesBelow } from './lines.ts'
import { mustBeChangeable } from './order-lock.ts'
import { mustBeOpen, type Order, type OrderChange, type OrderLine } from './order.ts'

export type NewLine = Pick<
  OrderLine,
  'lineId' | 'parentLineId' | 'kind' | 'name' | 'plu' | 'quantity' | 'unitAmountMinor' | 'course'
> &
  Pick<OrderLine, 'note' | 'waiterId'> & { taxRateHundredths: number }

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
  /** Null empties it. */
  note?: string | null
  course?: string | null
}

/**
 * A note or course can be changed also while somebody pays.
 * @throws Refusal NotFound; Conflict: void; final; locked by Dojo, for the quantity; the quantity
 *   of a line from Dojo; more of a line that the kitchen has finished
 */
export function changeLine(
  order: Order,
  lineId: string,
  edit: LineEdit,
  nowMs: number,
): OrderChange {
  const { quantity, note, course } = edit
  if (quantity === undefined) mustBeOpen(order)
  else mustBeChangeable(order, nowMs)
  const line = lineOf(order, lineId)
  if (quantity !== undefined) mustTakeQuantity(line, quantity)
  const changed: OrderLine = { ...line, quantity: quantity ?? line.quantity }
  if (note !== undefined) changed.note = note || undefined
  if (course !== undefined) changed.course = course || undefined
  const lines = order.lines.map((each) => (each === line ? changed : each))
  return {
    action: 'LineChanged',
    detail: { lineId, ...edit },
    order: withSmallerShares({ ...order, lines }, line, changed.quantity),
  }
}

function mustTakeQuantity(line: OrderLine, quantity: number): void {
  const { lineId } = line
  if (quantity !== line.quantity && line.taxRateHundredths === undefined) {
    throw conflict(
      'ordered-by-dojo',
      `The line ${lineId} was ordered through Dojo, so its quantity is fixed; ` +
        'void it, or add another.',
    )
  }
  if (quantity > line.quantity && line.readyAt !== undefined) {
    throw conflict(
      'already-ready',
      `The kitchen has finished the line ${lineId}; order the others as a line of their own.`,
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

/**
 * Voids a line with all lines below it. Voided already for the same reason is a success.
 * @throws Refusal NotFound; Conflict: void already; final; locked by Dojo
 */
export function voidLine(
  order: Order,
  lineId: string,
  reason: string,
  nowMs: number,
): OrderChange | undefined {
  const known = order.lines.find((each) => each.lineId === lineId)
  if (known?.voidedAt !== undefined && known.voidReason === reason) return undefined
  mustBeChangeable(order, nowMs)
  const { name, quantity } = lineOf(order, lineId)
  const below = new Set(withLinesBelow(order.lines, lineId).map((line) => line.lineId))
  const voidedAt = new Date(nowMs).toISOString()
  const lines = order.lines.map((line) =>
    below.has(line.lineId) && line.voidedAt === undefined
      ? { ...line, voidedAt, voidReason: reason }
      : line,
  )
  return {
    action: 'LineVoided',
    detail: { lineId, name, quantity, reason },
    order: followKitchen({ ...order, lines }),
  }
}

// The lines of an order, found and copied.
import { conflict, invalid, notFound } from '../errors.ts'
import type { Order, OrderLine } from './order.ts'

/** Without the void lines, and without the lines below them. */
export function activeLines({ lines }: Pick<Order, 'lines'>): OrderLine[] {
  const active = new Set<string>()
  return lines.filter(({ lineId, parentLineId, voidedAt }) => {
    if (voidedAt !== undefined || (parentLineId !== undefined && !active.has(parentLineId))) {
      return false
    }
    active.add(lineId)
    return true
  })
}

/** Lines and all lines below them, in the sequence of the order. */
export function withLinesBelow(
  lines: readonly OrderLine[],
  ...lineIds: readonly string[]
): OrderLine[] {
  const found = new Set(lineIds)
  return lines.filter((line) => {
    const isBelow = line.parentLineId !== undefined && found.has(line.parentLineId)
    if (!isBelow && !found.has(line.lineId)) return false
    found.add(line.lineId)
    return true
  })
}

/**
 * So many of a line as a line of its own, with copies of the lines below it. What is void is copied
 * as well: its quantity is for each of the line.
 * @returns with the new id of each line
 */
export function copiedPart(
  { lines }: Pick<Order, 'lines'>,
  { lineId, quantity }: Pick<OrderLine, 'lineId' | 'quantity'>,
  newId: (prefix: 'lin') => string,
): { copies: OrderLine[]; ids: ReadonlyMap<string, string> } {
  const part = withLinesBelow(lines, lineId)
  const ids = new Map(part.map((each) => [each.lineId, newId('lin')]))
  const copies = part.map((each): OrderLine => {
    const isTop = each.lineId === lineId
    return {
      ...each,
      lineId: ids.get(each.lineId)!,
      parentLineId: isTop ? each.parentLineId : ids.get(each.parentLineId!),
      quantity: isTop ? quantity : each.quantity,
      taxAdjustmentMinor: 0,
    }
  })
  return { copies, ids }
}

/** @throws Refusal NotFound; Conflict: the line is void */
export function lineOf({ lines }: Pick<Order, 'lines'>, lineId: string): OrderLine {
  const line = lines.find((each) => each.lineId === lineId)
  if (line === undefined) throw notFound('line', lineId)
  if (line.voidedAt !== undefined) {
    throw conflict('void', `The line ${lineId} is void; order it again.`)
  }
  return line
}

/** @throws Refusal InvalidRequest: the order has no room for so many */
export function mustHaveRoom(count: number, most: number, what: string): void {
  if (count > most) throw invalid(`An order has at most ${most} ${what}.`)
}

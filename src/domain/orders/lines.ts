// The lines of an order, found.
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

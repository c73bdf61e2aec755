// The lines of a till's order as rows. A row has a whole quantity and an amount for each, as Dojo
// shows them; what a till sells by weight, or three for a round price, is one of the whole amount,
// with the quantity in its name: `0.35 × Gouda`.
import { limits } from '../../limits.ts'
import { firstCharacters } from '../../lib/text.ts'
import { invalid } from '../errors.ts'
import type { LineKind, Order, OrderLine } from './order.ts'

export interface MirroredPart {
  name: string
  /** Left out: its name. */
  plu?: string
  /** Per one of the line above; not always a whole number. 1 when it is left out. */
  quantity?: number
  /**
   * For all of it, as it is on the till's bill, without what is below it. Minor units; below 0 for
   * a modifier that takes something off.
   */
  amountMinor: number
}

export interface MirroredSubItem extends MirroredPart {
  modifiers?: MirroredPart[]
}

export interface MirroredLine extends MirroredSubItem {
  /** The till's own, once in the order; left out: its place. */
  id?: string
  note?: string
  course?: string
  subItems?: MirroredSubItem[]
}

/**
 * @param order whose lines they become: a line that it has already keeps the time of its order
 * @throws Refusal InvalidRequest: two lines with one id
 */
export function mirroredLines(
  order: Pick<Order, 'orderId' | 'lines'>,
  lines: readonly MirroredLine[],
  at: string,
): OrderLine[] {
  const orderedAt = new Map(order.lines.map((line) => [line.lineId, line.orderedAt]))
  const rows = new Map<string, OrderLine>()
  const add = (part: Placed, { key, lineId: parentLineId, isInWholes, count: above }: Above) => {
    // A slash is in no id of a till's, so no two lines of the venue have the same.
    const lineId = `${order.orderId}/${key}`
    if (rows.has(lineId)) throw invalid(`lines: two of them have the id ${key}.`)
    const count = above * (part.quantity ?? 1)
    rows.set(lineId, {
      lineId,
      parentLineId,
      position: rows.size + 1,
      ...rowOf(part, count, isInWholes),
      taxAdjustmentMinor: 0,
      orderedAt: orderedAt.get(lineId) ?? at,
    })
    const below = { lineId, isInWholes, count }
    part.modifiers?.forEach((modifier, index) => {
      add({ ...modifier, kind: 'Modifier' }, { ...below, key: `${key}/m${index + 1}` })
    })
    part.subItems?.forEach((subItem, index) => {
      add({ ...subItem, kind: 'SubItem' }, { ...below, key: `${key}/s${index + 1}` })
    })
  }
  lines.forEach((line, index) => {
    const key = line.id ?? `${index + 1}`
    add({ ...line, kind: 'Item' }, { key, isInWholes: isInWholes(line), count: 1 })
  })
  return [...rows.values()]
}

type Placed = MirroredLine & { kind: LineKind }

/** What a row is below: nothing, or another row. */
interface Above {
  key: string
  lineId?: string
  isInWholes: boolean
  count: number
}

/** Whether a line, and everything below it, is so many at a whole amount each. */
function isInWholes(line: MirroredLine, above = 1): boolean {
  const count = above * (line.quantity ?? 1)
  const below = [...(line.modifiers ?? []), ...(line.subItems ?? [])]
  return (
    Number.isSafeInteger(count) &&
    line.amountMinor % count === 0 &&
    below.every((part) => isInWholes(part, count))
  )
}

function rowOf(
  { name, plu, quantity = 1, amountMinor, kind, note, course }: Placed,
  count: number,
  isInWholes: boolean,
): Pick<OrderLine, 'kind' | 'name' | 'plu' | 'quantity' | 'unitAmountMinor' | 'note' | 'course'> {
  const common = { kind, plu: plu ?? name, note, course }
  if (isInWholes) return { ...common, name, quantity, unitAmountMinor: amountMinor / count }
  const text = count === 1 ? name : `${quantityText(count)} × ${name}`
  return {
    ...common,
    name: firstCharacters(text, limits.maxNameCharacters),
    quantity: 1,
    unitAmountMinor: amountMinor,
  }
}

/** To the thousandth: scales show grams. */
function quantityText(count: number): string {
  return String(Math.round(count * 1000) / 1000)
}

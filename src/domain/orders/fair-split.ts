// Who pays what of an order: equal parts, or each guest's own items with their part of discounts,
// service charge and taxes. The parts sum to what is still owed, to the penny.
import { allocate } from './allocation.ts'
import { conflict, invalid, notFound } from '../errors.ts'
import { activeLines, withLinesBelow } from './lines.ts'
import { isVoid, remainingMinor } from '../payments/payment.ts'
import { balanceMinor, type Order } from './order.ts'
import { lineTotals } from './price.ts'

/** As even as pennies allow, the first a penny more. @param people at least 1 */
export function splitByPeople(order: Order, people: number): number[] {
  return allocate(
    Math.max(0, balanceMinor(order)),
    Array.from({ length: people }, () => 1),
  )
}

export interface ItemsPart {
  /** The items of the part, and how many parts share each. */
  items: { lineId: string; sharedBy: number }[]
  itemsMinor: number
  discountsMinor: number
  serviceMinor: number
  /** Contained in the prices, or on top of them. */
  taxesMinor: number
  totalMinor: number
  /** What payments that name these items have paid of them. */
  paidMinor: number
  /** Its part of what is still owed. */
  toPayMinor: number
}

const COLUMNS = ['itemsMinor', 'discountsMinor', 'serviceMinor', 'taxesMinor'] as const
/**
 * With the item's share of the difference between a given total and its parts, and what was paid of
 * the item by name.
 */
type Amounts = Record<(typeof COLUMNS)[number] | 'adjustmentMinor' | 'paidMinor', number>

/**
 * Each part pays its items; an item named in several parts is shared by them. Items that no part
 * names go to a last part of their own. A payment that names its items comes off those. What else
 * was paid comes off the last part first: named parts owe their items in full while the balance
 * allows it, and share the balance where it does not.
 * @param parts the ids of the items of each
 * @throws Refusal NotFound; InvalidRequest: a modifier or sub-item, or one item twice in a part;
 *   Conflict: void
 */
export function splitByItems(order: Order, parts: readonly (readonly string[])[]): ItemsPart[] {
  const totals = itemTotals(order)
  const sharers = new Map<string, number[]>()
  parts.forEach((lineIds, part) => {
    for (const lineId of lineIds) {
      if (!totals.has(lineId)) throw notAnItem(order, lineId)
      const known = sharers.get(lineId) ?? []
      if (known.includes(part)) {
        throw invalid(`The item ${lineId} is named twice in one part; name it once.`)
      }
      sharers.set(lineId, [...known, part])
    }
  })
  const rest = [...totals.keys()].filter((lineId) => !sharers.has(lineId))
  for (const lineId of rest) sharers.set(lineId, [parts.length])
  const count = parts.length + (rest.length > 0 ? 1 : 0)
  const split = Array.from({ length: count }, (): ItemsPart => ({
    items: [],
    itemsMinor: 0,
    discountsMinor: 0,
    serviceMinor: 0,
    taxesMinor: 0,
    totalMinor: 0,
    paidMinor: 0,
    toPayMinor: 0,
  }))
  for (const [lineId, amounts] of totals) {
    share(split, lineId, amounts, sharers.get(lineId)!, order.taxesOnTop)
  }
  oweParts(split, parts.length, Math.max(0, balanceMinor(order)))
  return split
}

/** @param named how many of the parts were named; they come first */
function oweParts(split: ItemsPart[], named: number, balance: number): void {
  const owing = split.slice(0, named)
  const owed = owing.map((part) => part.totalMinor - part.paidMinor)
  const namedMinor = owed.reduce((sum, minor) => sum + minor, 0)
  const rest = split[named]
  if (rest !== undefined) rest.toPayMinor = Math.max(0, balance - namedMinor)
  if (named === 0) return
  allocate(rest === undefined ? balance : Math.min(balance, namedMinor), owed).forEach(
    (toPayMinor, index) => {
      owing[index]!.toPayMinor = toPayMinor
    },
  )
}

function share(
  split: ItemsPart[],
  lineId: string,
  amounts: Amounts,
  sharers: readonly number[],
  taxesOnTop: boolean,
): void {
  const shared = (amount: number): number[] =>
    allocate(
      Math.abs(amount),
      sharers.map(() => 1),
    ).map((part) => part * Math.sign(amount))
  const columns = COLUMNS.map((column) => shared(amounts[column]))
  const adjustments = shared(amounts.adjustmentMinor)
  const totals: number[] = []
  sharers.forEach((index, place) => {
    const part = split[index]!
    const [itemsMinor, discountsMinor, serviceMinor, taxesMinor] = columns.map(
      (column) => column[place]!,
    ) as [number, number, number, number]
    part.items.push({ lineId, sharedBy: sharers.length })
    part.itemsMinor += itemsMinor
    part.discountsMinor += discountsMinor
    part.serviceMinor += serviceMinor
    part.taxesMinor += taxesMinor
    const ownMinor = itemsMinor - discountsMinor + serviceMinor + (taxesOnTop ? taxesMinor : 0)
    totals.push(ownMinor + adjustments[place]!)
    part.totalMinor += totals[place]!
  })
  // In proportion to what each has of the item, so that none has paid more than that.
  const owed = totals.map((total) => Math.max(0, total))
  allocate(amounts.paidMinor, owed).forEach((paidMinor, place) => {
    split[sharers[place]!]!.paidMinor += paidMinor
  })
}

/**
 * Each item with the lines below it. The difference between a given total and its parts goes to the
 * items in proportion.
 */
function itemTotals(order: Order): Map<string, Amounts> {
  const byLine = new Map(lineTotals(order).map((line) => [line.lineId, line]))
  const items = activeLines(order)
    .filter((line) => line.kind === 'Item')
    .map(({ lineId }) => {
      const sums: Amounts & { totalMinor: number } = {
        itemsMinor: 0,
        discountsMinor: 0,
        serviceMinor: 0,
        taxesMinor: 0,
        adjustmentMinor: 0,
        paidMinor: 0,
        totalMinor: 0,
      }
      for (const line of withLinesBelow(order.lines, lineId)) {
        const totals = byLine.get(line.lineId)
        if (totals === undefined) continue
        sums.itemsMinor += totals.itemsMinor
        sums.discountsMinor += totals.discountsMinor
        sums.serviceMinor += totals.serviceMinor
        sums.taxesMinor += totals.taxMinor
        sums.totalMinor += totals.totalMinor
      }
      return { lineId, sums }
    })
  if (items.length === 0) return new Map()
  const totals = items.map(({ sums }) => sums.totalMinor)
  const given = allocate(
    order.totalMinor,
    totals.some((total) => total > 0) ? totals : items.map(({ sums }) => sums.itemsMinor),
  )
  const paid = paidByName(order, new Map(items.map(({ lineId }, index) => [lineId, given[index]!])))
  return new Map(
    items.map(({ lineId, sums }, index) => [
      lineId,
      {
        ...sums,
        adjustmentMinor: given[index]! - sums.totalMinor,
        paidMinor: paid.get(lineId) ?? 0,
      },
    ]),
  )
}

/**
 * What payments that name their items have paid of each: in proportion to what is left of them, and
 * no more than that. Items that have left the order since are not counted.
 * @param totals what each item comes to
 */
function paidByName({ payments }: Order, totals: ReadonlyMap<string, number>): Map<string, number> {
  const paid = new Map<string, number>()
  for (const payment of payments) {
    if (payment.lineIds === undefined || isVoid(payment)) continue
    const named = payment.lineIds.filter((lineId) => totals.has(lineId))
    const left = named.map((lineId) => totals.get(lineId)! - (paid.get(lineId) ?? 0))
    const leftMinor = left.reduce((sum, minor) => sum + minor, 0)
    if (leftMinor === 0) continue
    allocate(Math.min(remainingMinor(payment), leftMinor), left).forEach((part, index) => {
      const lineId = named[index]!
      paid.set(lineId, (paid.get(lineId) ?? 0) + part)
    })
  }
  return paid
}

function notAnItem(order: Order, lineId: string): Error {
  const line = order.lines.find((each) => each.lineId === lineId)
  if (line === undefined) return notFound('line', lineId)
  if (line.kind !== 'Item') {
    return invalid(`The line ${lineId} is a part of another; name that one.`)
  }
  return conflict('void', `The line ${lineId} is void.`)
}

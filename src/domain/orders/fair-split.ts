// Who pays what of a tab: in equal parts, or each their own items with their part of discounts,
// service charge and taxes. The parts sum to what is still owed, to the penny.
import { allocate } from './allocation.ts'
import { conflict, invalid, notFound } from '../errors.ts'
import { balanceMinor } from './order.ts'
import { lineTotals } from './price.ts'
import { standingLines, withAllBelow, type Tab } from './tab.ts'

/** As even as pennies allow, the first a penny more. @param people at least 1 */
export const splitByPeople = (tab: Tab, people: number): number[] =>
  allocate(
    Math.max(0, balanceMinor(tab)),
    Array.from({ length: people }, () => 1),
  )

export interface ItemsPart {
  /** Items that the part has alone or shares, and with how many others. */
  items: { lineId: string; sharedBy: number }[]
  itemsMinor: number
  discountsMinor: number
  serviceMinor: number
  /** Contained in the prices, or on top of them. */
  taxesMinor: number
  totalMinor: number
  /** Its part of what is still owed. */
  toPayMinor: number
}

const COLUMNS = ['itemsMinor', 'discountsMinor', 'serviceMinor', 'taxesMinor'] as const
/** With what a given total is more than its parts, or less. */
type Amounts = Record<(typeof COLUMNS)[number] | 'adjustmentMinor', number>

/**
 * Each part pays its items; an item named in several parts is shared by them. What no part names is
 * in a last part of its own.
 * @param parts the ids of the items of each
 * @throws Refusal NotFound; InvalidRequest: a modifier or sub-item, or one item twice in a part;
 *   Conflict: void
 */
export function splitByItems(tab: Tab, parts: readonly (readonly string[])[]): ItemsPart[] {
  const totals = itemTotals(tab)
  const sharers = new Map<string, number[]>()
  parts.forEach((lineIds, part) => {
    for (const lineId of lineIds) {
      if (!totals.has(lineId)) throw notAnItem(tab, lineId)
      const known = sharers.get(lineId) ?? []
      if (known.includes(part)) throw invalid(`The item ${lineId} stands twice in a part.`)
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
    toPayMinor: 0,
  }))
  for (const [lineId, amounts] of totals) {
    share(split, lineId, amounts, sharers.get(lineId)!, tab.taxesOnTop)
  }
  if (count > 0) {
    allocate(
      Math.max(0, balanceMinor(tab)),
      split.map((part) => part.totalMinor),
    ).forEach((toPayMinor, index) => {
      split[index]!.toPayMinor = toPayMinor
    })
  }
  return split
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
    part.totalMinor +=
      itemsMinor -
      discountsMinor +
      serviceMinor +
      (taxesOnTop ? taxesMinor : 0) +
      adjustments[place]!
  })
}

/**
 * Each item with all below it; what a given total is more than its parts, or less, goes to the
 * items in proportion.
 */
function itemTotals(tab: Tab): Map<string, Amounts> {
  const byLine = new Map(lineTotals(tab).map((line) => [line.lineId, line]))
  const items = standingLines(tab)
    .filter((line) => line.kind === 'Item')
    .map(({ lineId }) => {
      const sums: Amounts & { totalMinor: number } = {
        itemsMinor: 0,
        discountsMinor: 0,
        serviceMinor: 0,
        taxesMinor: 0,
        adjustmentMinor: 0,
        totalMinor: 0,
      }
      for (const line of withAllBelow(tab.lines, lineId)) {
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
    tab.totalMinor,
    totals.some((total) => total > 0) ? totals : items.map(({ sums }) => sums.itemsMinor),
  )
  return new Map(
    items.map(({ lineId, sums }, index) => [
      lineId,
      { ...sums, adjustmentMinor: given[index]! - sums.totalMinor },
    ]),
  )
}

function notAnItem(tab: Tab, lineId: string): Error {
  const line = tab.lines.find((each) => each.lineId === lineId)
  if (line === undefined) return notFound('line', lineId)
  if (line.kind !== 'Item') {
    return invalid(`The line ${lineId} is a part of another; take that one.`)
  }
  return conflict('void', `The line ${lineId} is void.`)
}

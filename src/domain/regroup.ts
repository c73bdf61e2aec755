// Lines that move between tabs: two tabs become one, or a part of one becomes a tab of its own. No line and no penny is lost or
// made: what the tabs come to together is the same before and after.
import { allocate } from './allocation.ts'
import { conflict, invalid } from './errors.ts'
import { lineTotals, priceTab } from './price.ts'
import { lineOf, mustBeChangeable, standingLines, withAllBelow, type Tab, type TabDiscount, type TabLine } from './tab.ts'

/** Makes the ids that a change needs. */
export type NewIds = (prefix: 'lin' | 'dsc') => string

/**
 * Everything on `source` goes to `target`: lines, their discounts, service charge and payments. Discounts of a whole tab become
 * discounts of its lines, so that they are of what they were given for.
 * @throws Refusal Conflict: either is final, locked, or made by Dojo (which knows it by its own id and total); the taxes of one are on top
 *   of the prices and those of the other are not
 */
export function merge (target: Tab, source: Tab, nowMs: number, newId: NewIds): { target: Tab, source: Tab } {
  if (target.orderId === source.orderId) throw invalid('A tab cannot be merged with itself.')
  for (const each of [target, source]) mustBeRegroupable(each, nowMs)
  if (target.taxesOnTop !== source.taxesOnTop) throw conflict('content-differs', 'The taxes of one of these tabs are contained in its prices, and those of the other are not.')
  const into = spread(target, newId)
  const from = spread(source, newId)
  const lastPosition = Math.max(0, ...into.lines.map((line) => line.position))
  const lastDiscount = Math.max(0, ...into.discounts.map((each) => each.position))
  const merged = balanced({
    ...into,
    lines: [...into.lines, ...from.lines.map((line) => ({ ...line, position: lastPosition + line.position }))],
    discounts: [...into.discounts, ...from.discounts.map((each) => ({ ...each, position: lastDiscount + each.position }))],
    payments: [...into.payments, ...from.payments].sort((a, b) => a.recordedAt < b.recordedAt ? -1 : 1),
    paidMinor: into.paidMinor + from.paidMinor,
    tipsMinor: into.tipsMinor + from.tipsMinor,
    ...into.covers === undefined && from.covers === undefined ? {} : { covers: (into.covers ?? 0) + (from.covers ?? 0) },
  }, serviceOf(target) + serviceOf(source))
  const { serviceChargeMinor: _, serviceChargeHundredths: __, covers: ___, ...left } = from
  const emptied = priceTab({ ...left, lines: [], discounts: [], payments: [], paidMinor: 0, tipsMinor: 0, serviceAdjustmentMinor: 0, status: 'Canceled', mergedInto: target.orderId })
  return { target: merged, source: emptied }
}

/** All of a line with what is below it, or so many of it. */
export interface Portion { lineId: string, quantity?: number }

/**
 * Takes items off a tab, onto one that is new. Payments stay where they are.
 * @param fresh the new tab, without lines
 * @throws Refusal NotFound; InvalidRequest: more of a line than there is; Conflict: final, locked, made by Dojo, nothing would be left
 */
export function splitOff (tab: Tab, fresh: Tab, portions: readonly Portion[], nowMs: number, newId: NewIds): { kept: Tab, taken: Tab } {
  mustBeRegroupable(tab, nowMs)
  let { lines, discounts } = spread(tab, newId)
  const taken: { lines: TabLine[], discounts: TabDiscount[] } = { lines: [], discounts: [] }
  for (const { lineId, quantity } of portions) {
    const line = lineOf({ ...tab, lines }, lineId)
    if (line.kind !== 'Item') throw invalid(`The line ${lineId} is a part of another; take that one.`)
    const whole = quantity === undefined || quantity === line.quantity
    if (!whole && quantity > line.quantity) throw invalid(`The line ${lineId} is of ${line.quantity}, fewer than ${quantity}.`)
    const part = whole ? wholeLine(lines, discounts, lineId) : divided({ ...tab, lines, discounts }, line, quantity, newId)
    lines = part.kept.lines
    discounts = part.kept.discounts
    taken.lines.push(...part.taken.lines)
    taken.discounts.push(...part.taken.discounts)
  }
  const covers = tab.covers === undefined ? {} : { covers: tab.covers }
  const share = serviceShares(tab, { ...tab, lines, discounts }, { ...fresh, ...taken })
  return {
    kept: balanced({ ...tab, ...covers, lines, discounts }, share.kept),
    taken: balanced({ ...fresh, ...serviceRuleOf(tab), taxesOnTop: tab.taxesOnTop, lines: taken.lines, discounts: taken.discounts }, share.taken),
  }
}

// --- parts

function mustBeRegroupable (tab: Tab, nowMs: number): void {
  mustBeChangeable(tab, nowMs)
  if (tab.dojoOrderId !== undefined) throw conflict('ordered-by-dojo', `The order ${tab.orderId} was made by Dojo, which knows it by its id and total; it is neither merged nor split.`)
}

const serviceOf = (tab: Tab): number => tab.serviceChargeMinor ?? 0
const serviceRuleOf = ({ serviceChargeHundredths, serviceChargeMinor }: Tab) => ({ ...serviceChargeHundredths === undefined ? {} : { serviceChargeHundredths }, ...serviceChargeMinor === undefined ? {} : { serviceChargeMinor } })

/** The discounts of the whole tab as discounts of its items, each of the part that it is of it now. */
function spread (tab: Tab, newId: NewIds): Tab {
  const ofTab = tab.discounts.filter((each) => each.lineId === undefined && each.amountMinor > 0)
  if (ofTab.length === 0) return { ...tab, discounts: tab.discounts.filter((each) => each.lineId !== undefined) }
  const ofLines = tab.discounts.filter((each) => each.lineId !== undefined)
  let discounts = ofLines
  for (const discount of ofTab) {
    const weights = netByItem({ ...tab, discounts })
    const parts = allocate(discount.amountMinor, weights.map(({ netMinor }) => netMinor))
    discounts = [...discounts, ...weights.flatMap(({ item }, index) => parts[index] === 0 ? [] : [amountOn(item, discount, parts[index]!, newId)])]
  }
  return { ...tab, discounts }
}

const amountOn = (item: TabLine, { name, code, discountReference, reason, position }: TabDiscount, amountMinor: number, newId: NewIds): TabDiscount => ({
  discountId: newId('dsc'), name, position, rule: 'Amount', amountMinor, askedMinor: amountMinor, lineId: item.lineId, affectedPlu: item.plu,
  ...code === undefined ? {} : { code }, ...discountReference === undefined ? {} : { discountReference }, ...reason === undefined ? {} : { reason },
})

/** Each standing item with what it and all below it come to, less their discounts. */
function netByItem (tab: Tab): { item: TabLine, netMinor: number }[] {
  const byLine = new Map(lineTotals(tab).map(({ lineId, itemsMinor, discountsMinor }) => [lineId, itemsMinor - discountsMinor]))
  return standingLines(tab).filter((line) => line.kind === 'Item').map((item) => ({
    item, netMinor: withAllBelow(tab.lines, item.lineId).reduce((sum, line) => sum + (byLine.get(line.lineId) ?? 0), 0),
  }))
}

interface Half { lines: TabLine[], discounts: TabDiscount[] }

function wholeLine (lines: TabLine[], discounts: TabDiscount[], lineId: string): { kept: Half, taken: Half } {
  const ids = new Set(withAllBelow(lines, lineId).map((line) => line.lineId))
  const isTaken = (id: string | undefined): boolean => id !== undefined && ids.has(id)
  return {
    kept: { lines: lines.filter((line) => !isTaken(line.lineId)), discounts: discounts.filter((each) => !isTaken(each.lineId)) },
    taken: { lines: lines.filter((line) => isTaken(line.lineId)), discounts: discounts.filter((each) => isTaken(each.lineId)) },
  }
}

/** So many of a line: its discounts become amounts that sum to what they were, and so do its taxes. */
function divided (tab: Tab, line: TabLine, quantity: number, newId: NewIds): { kept: Half, taken: Half } {
  const below = withAllBelow(tab.lines, line.lineId).filter((each) => each.voidedAt === undefined)
  const newIds = new Map(below.map((each) => [each.lineId, newId('lin')]))
  const left = line.quantity - quantity
  const copies = below.map((each): TabLine => ({
    ...each, lineId: newIds.get(each.lineId)!, quantity: each === line ? quantity : each.quantity, taxAdjustmentMinor: 0,
    ...each.parentLineId === undefined ? {} : { parentLineId: newIds.get(each.parentLineId)! },
  }))
  const belongs = new Map<string, TabDiscount[]>()
  const amounts = new Map(priceTab(tab).discounts.map((each) => [each.discountId, each.amountMinor]))
  const discounts = tab.discounts.flatMap((each) => {
    if (each.lineId === undefined || !newIds.has(each.lineId)) return [each]
    const [keptMinor, takenMinor] = allocate(amounts.get(each.discountId)!, [left, quantity]) as [number, number]
    const asAmount = { ...each, rule: 'Amount' as const }
    delete asAmount.percentageHundredths
    const lineId = newIds.get(each.lineId)!
    belongs.set(lineId, [...belongs.get(lineId) ?? [], { ...asAmount, discountId: newId('dsc'), lineId, amountMinor: takenMinor, askedMinor: takenMinor }])
    return [{ ...asAmount, amountMinor: keptMinor, askedMinor: keptMinor }]
  })
  const keptLines = tab.lines.map((each) => each.lineId === line.lineId ? { ...each, quantity: left } : each)
  const halves = { kept: { lines: keptLines, discounts }, taken: { lines: copies, discounts: [...belongs.values()].flat() } }
  return withTaxesOf(tab, below, newIds, halves)
}

/** Rounded twice, the taxes of two halves may differ from those of the whole by a penny: the half that is taken bears it. */
function withTaxesOf (tab: Tab, below: readonly TabLine[], newIds: ReadonlyMap<string, string>, halves: { kept: Half, taken: Half }): { kept: Half, taken: Half } {
  const taxes = (half: Half) => new Map(lineTotals({ ...tab, ...half }).map(({ lineId, taxMinor }) => [lineId, taxMinor]))
  const before = taxes({ lines: tab.lines, discounts: tab.discounts })
  const kept = taxes(halves.kept)
  const taken = taxes(halves.taken)
  const missing = new Map(below.map(({ lineId }) => [newIds.get(lineId)!, (before.get(lineId) ?? 0) - (kept.get(lineId) ?? 0) - (taken.get(newIds.get(lineId)!) ?? 0)]))
  const lines = halves.taken.lines.map((line) => ({ ...line, taxAdjustmentMinor: missing.get(line.lineId) ?? 0 }))
  return { kept: halves.kept, taken: { ...halves.taken, lines } }
}

/** By what remains of the items on each side. */
function serviceShares (tab: Tab, kept: Tab, taken: Tab): { kept: number, taken: number } {
  const netOf = (half: Tab): number => netByItem(half).reduce((sum, each) => sum + each.netMinor, 0)
  const [keptMinor, takenMinor] = allocate(serviceOf(tab), [netOf(kept), netOf(taken)]) as [number, number]
  return { kept: keptMinor, taken: takenMinor }
}

/** The tab with exactly this service charge, by its own rule where it has one. */
function balanced (tab: Tab, serviceMinor: number): Tab {
  if (tab.serviceChargeHundredths === undefined) {
    const { serviceChargeMinor: _, ...rest } = tab
    return priceTab({ ...rest, serviceAdjustmentMinor: 0, ...serviceMinor === 0 ? {} : { serviceChargeMinor: serviceMinor } })
  }
  const byRule = priceTab({ ...tab, serviceAdjustmentMinor: 0 })
  return priceTab({ ...tab, serviceAdjustmentMinor: serviceMinor - serviceOf(byRule) })
}

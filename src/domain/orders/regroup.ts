// Lines that move between tabs: two tabs become one, or a part of one becomes a tab of its own. No
// line and no penny is lost or made: what the tabs come to together is the same before and after.
import { allocate } from './allocation.ts'
import { conflict, invalid } from '../errors.ts'
import { discountParts, lineTotals, priceTab } from './price.ts'
import {
  afterKitchen,
  afterTotals,
  defined,
  lineOf,
  mustBeChangeable,
  withAllBelow,
  type Tab,
  type TabDiscount,
  type TabLine,
} from './tab.ts'

/** Makes the ids that a change needs. */
export type NewIds = (prefix: 'lin' | 'dsc') => string

/**
 * Everything on `source` goes to `target`: lines, their discounts, service charge and payments.
 * Discounts of a whole tab become shares of its lines, so that they are of what they were given
 * for. What is paid may be all that there is to pay then.
 * @throws Refusal Conflict: either is final, locked, or made by Dojo (which knows it by its own id
 *   and total); the taxes of one are on top of the prices and those of the other are not
 */
export function merge(
  target: Tab,
  source: Tab,
  nowMs: number,
  newId: NewIds,
): { target: Tab; source: Tab } {
  if (target.orderId === source.orderId) throw invalid('A tab cannot be merged with itself.')
  for (const each of [target, source]) mustBeRegroupable(each, nowMs)
  if (target.taxesOnTop !== source.taxesOnTop) {
    throw conflict(
      'content-differs',
      'The taxes of one of these tabs are contained in its prices, and those of the other are not.',
    )
  }
  const into = spread(target, newId)
  const from = spread(source, newId)
  const lastPosition = Math.max(0, ...into.lines.map((line) => line.position))
  const lastDiscount = Math.max(0, ...into.discounts.map((each) => each.position))
  const known = new Set(into.discounts.map(({ discountId }) => discountId))
  // A till may give the discounts of every tab the same ids.
  const idOf = (discountId: string): string => (known.has(discountId) ? newId('dsc') : discountId)
  const merged = balanced(
    {
      ...into,
      lines: [
        ...into.lines,
        ...from.lines.map((line) => ({ ...line, position: lastPosition + line.position })),
      ],
      discounts: [
        ...into.discounts,
        ...from.discounts.map((each) => ({
          ...each,
          discountId: idOf(each.discountId),
          position: lastDiscount + each.position,
        })),
      ],
      payments: [
        ...into.payments,
        ...from.payments.map((payment) => ({
          ...payment,
          recordedOn: payment.recordedOn ?? source.orderId,
        })),
      ].sort((a, b) => (a.recordedAt < b.recordedAt ? -1 : 1)),
      paidMinor: into.paidMinor + from.paidMinor,
      tipsMinor: into.tipsMinor + from.tipsMinor,
      ...(into.covers === undefined && from.covers === undefined
        ? {}
        : { covers: (into.covers ?? 0) + (from.covers ?? 0) }),
    },
    serviceOf(target) + serviceOf(source),
  )
  const { serviceChargeMinor: _, serviceChargeHundredths: __, covers: ___, ...left } = from
  const emptied = priceTab({
    ...left,
    lines: [],
    discounts: [],
    payments: [],
    paidMinor: 0,
    tipsMinor: 0,
    serviceAdjustmentMinor: 0,
    status: 'Canceled',
    mergedInto: target.orderId,
  })
  return { target: afterTotals(target, afterKitchen(merged)), source: emptied }
}

/** All of a line with what is below it, or so many of it. */
export interface Portion {
  lineId: string
  quantity?: number
}

/**
 * Takes items off a tab, onto one that is new. Payments stay where they are, and may be all that
 * there is to pay then.
 * @param fresh the new tab, without lines
 * @throws Refusal NotFound; InvalidRequest: more of a line than there is; Conflict: final, locked,
 *   made by Dojo
 */
export function splitOff(
  tab: Tab,
  fresh: Tab,
  portions: readonly Portion[],
  nowMs: number,
  newId: NewIds,
): { kept: Tab; taken: Tab } {
  mustBeRegroupable(tab, nowMs)
  if (new Set(portions.map(({ lineId }) => lineId)).size < portions.length) {
    throw invalid('A line is named twice; name it once, with how many of it.')
  }
  let { lines, discounts } = spread(tab, newId)
  const taken: { lines: TabLine[]; discounts: TabDiscount[] } = { lines: [], discounts: [] }
  for (const { lineId, quantity } of portions) {
    const line = lineOf({ ...tab, lines }, lineId)
    if (line.kind !== 'Item') {
      throw invalid(`The line ${lineId} is a part of another; take that one.`)
    }
    const whole = quantity === undefined || quantity === line.quantity
    if (!whole && quantity > line.quantity) {
      throw invalid(`The line ${lineId} is of ${line.quantity}, fewer than ${quantity}.`)
    }
    const part = whole
      ? wholeLine(lines, discounts, lineId)
      : divided({ ...tab, lines, discounts }, line, quantity, newId)
    lines = part.kept.lines
    discounts = part.kept.discounts
    taken.lines.push(...part.taken.lines)
    taken.discounts.push(...part.taken.discounts)
  }
  // The service charge of its own tab goes with it, and not that of a tab that is opened.
  const { serviceChargeMinor: _, serviceChargeHundredths: __, ...bare } = fresh
  const share = serviceShares(tab, { ...tab, lines, discounts }, { ...bare, ...taken })
  return {
    kept: afterTotals(tab, afterKitchen(balanced({ ...tab, lines, discounts }, share.kept))),
    taken: afterKitchen(
      balanced(
        {
          ...bare,
          ...serviceRuleOf(tab),
          taxesOnTop: tab.taxesOnTop,
          lines: taken.lines,
          discounts: taken.discounts,
        },
        share.taken,
      ),
    ),
  }
}

// --- parts

function mustBeRegroupable(tab: Tab, nowMs: number): void {
  mustBeChangeable(tab, nowMs)
  if (tab.dojoOrderId !== undefined) {
    throw conflict(
      'ordered-by-dojo',
      `The order ${tab.orderId} was made by Dojo, which knows it by its id and total; it is neither merged nor split.`,
    )
  }
}

const serviceOf = (tab: Tab): number => tab.serviceChargeMinor ?? 0
const serviceRuleOf = ({ serviceChargeHundredths, serviceChargeMinor }: Tab) => ({
  ...(serviceChargeHundredths === undefined ? {} : { serviceChargeHundredths }),
  ...(serviceChargeMinor === undefined ? {} : { serviceChargeMinor }),
})

/** The discounts of the whole tab as shares of its lines, each of the part that it is of it now. */
function spread(tab: Tab, newId: NewIds): Tab {
  const discounts = tab.discounts.filter((each) => each.lineId !== undefined)
  let position = Math.max(0, ...tab.discounts.map((each) => each.position))
  const shares = discountParts(tab)
    .filter(({ discount }) => discount.lineId === undefined)
    .map(({ discount, lineId, amountMinor }) =>
      shareOf(discount, lineId, amountMinor, ++position, newId),
    )
  return { ...tab, discounts: [...discounts, ...shares] }
}

/**
 * How many discounts these tabs have at the most once each is a share of the lines that it is for.
 */
export const spreadDiscounts = (...tabs: readonly Tab[]): number =>
  tabs.reduce((sum, { lines, discounts }) => {
    const linesOf = ({ lineId, rule }: TabDiscount): number =>
      rule === 'Share'
        ? 1
        : lineId === undefined
          ? lines.length
          : withAllBelow(lines, lineId).length
    return discounts.reduce((count, each) => count + linesOf(each), sum)
  }, 0)

const shareOf = (
  { name, code, discountReference, reason, affectedPlu }: TabDiscount,
  lineId: string,
  amountMinor: number,
  position: number,
  newId: NewIds,
): TabDiscount => ({
  discountId: newId('dsc'),
  name,
  position,
  rule: 'Share',
  amountMinor,
  askedMinor: amountMinor,
  lineId,
  ...defined({ code, discountReference, reason, affectedPlu }),
})

const netOf = (tab: Tab): number =>
  lineTotals(tab).reduce((sum, line) => sum + line.itemsMinor - line.discountsMinor, 0)

interface Half {
  lines: TabLine[]
  discounts: TabDiscount[]
}

function wholeLine(
  lines: TabLine[],
  discounts: TabDiscount[],
  lineId: string,
): { kept: Half; taken: Half } {
  const ids = new Set(withAllBelow(lines, lineId).map((line) => line.lineId))
  const isTaken = (id: string | undefined): boolean => id !== undefined && ids.has(id)
  return {
    kept: {
      lines: lines.filter((line) => !isTaken(line.lineId)),
      discounts: discounts.filter((each) => !isTaken(each.lineId)),
    },
    taken: {
      lines: lines.filter((line) => isTaken(line.lineId)),
      discounts: discounts.filter((each) => isTaken(each.lineId)),
    },
  }
}

/**
 * So many of a line with all below it: the discounts and taxes of both halves sum to what they
 * were, line by line.
 */
function divided(
  tab: Tab,
  line: TabLine,
  quantity: number,
  newId: NewIds,
): { kept: Half; taken: Half } {
  const below = withAllBelow(tab.lines, line.lineId).filter((each) => each.voidedAt === undefined)
  const newIds = new Map(below.map((each) => [each.lineId, newId('lin')]))
  const left = line.quantity - quantity
  const copies = below.map((each): TabLine => ({
    ...each,
    lineId: newIds.get(each.lineId)!,
    quantity: each === line ? quantity : each.quantity,
    taxAdjustmentMinor: 0,
    ...defined({ parentLineId: each.parentLineId && newIds.get(each.parentLineId) }),
  }))
  const shares = dividedDiscounts(tab, newIds, left, quantity, newId)
  const kept = {
    lines: tab.lines.map((each) =>
      each.lineId === line.lineId ? { ...each, quantity: left } : each,
    ),
    discounts: shares.kept,
  }
  return withTaxesOf(tab, below, newIds, {
    kept,
    taken: { lines: copies, discounts: shares.taken },
  })
}

/**
 * Every discount of the lines of `newIds` as shares of both halves. Divided as running sums: no
 * half of a line has more taken off it than it comes to, however many discounts it has.
 */
function dividedDiscounts(
  tab: Tab,
  newIds: ReadonlyMap<string, string>,
  left: number,
  quantity: number,
  newId: NewIds,
): { kept: TabDiscount[]; taken: TabDiscount[] } {
  let position = Math.max(0, ...tab.discounts.map((each) => each.position))
  const kept = tab.discounts.filter((each) => each.lineId === undefined || !newIds.has(each.lineId))
  const taken: TabDiscount[] = []
  const soFar = new Map<string, number>()
  const keptOf = (amountMinor: number): number => allocate(amountMinor, [left, quantity])[0]!
  for (const { discount, lineId, amountMinor } of discountParts(tab).filter(
    (part) => part.discount.lineId !== undefined && newIds.has(part.lineId),
  )) {
    const before = soFar.get(lineId) ?? 0
    soFar.set(lineId, before + amountMinor)
    const keptMinor = keptOf(before + amountMinor) - keptOf(before)
    if (keptMinor > 0) kept.push(shareOf(discount, lineId, keptMinor, ++position, newId))
    if (keptMinor < amountMinor) {
      taken.push(shareOf(discount, newIds.get(lineId)!, amountMinor - keptMinor, ++position, newId))
    }
  }
  return { kept, taken }
}

/**
 * Rounded twice, the taxes of two halves may differ from those of the whole by a penny: the half
 * that is taken bears it.
 */
function withTaxesOf(
  tab: Tab,
  below: readonly TabLine[],
  newIds: ReadonlyMap<string, string>,
  halves: { kept: Half; taken: Half },
): { kept: Half; taken: Half } {
  const taxes = (half: Half) =>
    new Map(lineTotals({ ...tab, ...half }).map(({ lineId, taxMinor }) => [lineId, taxMinor]))
  const [before, kept, taken] = [taxes(tab), taxes(halves.kept), taxes(halves.taken)]
  const missing = new Map(
    below.map(({ lineId }) => {
      const copy = newIds.get(lineId)!
      return [copy, before.get(lineId)! - kept.get(lineId)! - taken.get(copy)!]
    }),
  )
  return {
    kept: halves.kept,
    taken: {
      ...halves.taken,
      lines: halves.taken.lines.map((line) => ({
        ...line,
        taxAdjustmentMinor: missing.get(line.lineId)!,
      })),
    },
  }
}

/** By what remains of the items on each side. */
function serviceShares(tab: Tab, kept: Tab, taken: Tab): { kept: number; taken: number } {
  const [keptMinor, takenMinor] = allocate(serviceOf(tab), [netOf(kept), netOf(taken)]) as [
    number,
    number,
  ]
  return { kept: keptMinor, taken: takenMinor }
}

/**
 * The tab with exactly this service charge: by its own rule where that can give it, else as an
 * amount.
 */
function balanced(tab: Tab, serviceMinor: number): Tab {
  if (tab.serviceChargeHundredths !== undefined) {
    const byRule = priceTab({ ...tab, serviceAdjustmentMinor: 0 })
    const adjusted = priceTab({ ...tab, serviceAdjustmentMinor: serviceMinor - serviceOf(byRule) })
    if (serviceOf(adjusted) === serviceMinor) return adjusted
  }
  const { serviceChargeMinor: _, serviceChargeHundredths: __, ...rest } = tab
  return priceTab({
    ...rest,
    serviceAdjustmentMinor: 0,
    ...(serviceMinor === 0 ? {} : { serviceChargeMinor: serviceMinor }),
  })
}

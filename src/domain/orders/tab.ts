// A tab as the venue's own tills see it: an order with its lines one by one, and the rules by which
// each of its parts makes the total. Dojo sees the same order; see domain/order.ts. Rules only:
// nothing here reads a clock or a database.
import { inProportion } from './allocation.ts'
import { conflict, invalid, notFound } from '../errors.ts'
import { spoken } from '../money.ts'
import { inTheWay, isLive } from './order-lock.ts'
import {
  balanceMinor,
  canBecome,
  isFinal,
  refusedAsFinal,
  statusWhenPaid,
  type OrderState,
  type OrderStatus,
  type Payment,
  type TaxLine,
} from './order.ts'

export type LineKind = 'Item' | 'SubItem' | 'Modifier'

/** Quantities are per one of the line above. A void line stays for the record. */
export interface TabLine {
  lineId: string
  parentLineId?: string
  kind: LineKind
  position: number
  name: string
  plu: string
  quantity: number
  unitAmountMinor: number
  /**
   * Hundredths of a percent; absent for what Dojo ordered, whose taxes are given with the order.
   */
  taxRateHundredths?: number
  /** Keeps the pennies of a line together when a part of it moves to another tab. */
  taxAdjustmentMinor: number
  course?: string
  note?: string
  waiterId?: string
  orderedAt: string
  readyAt?: string
  voidedAt?: string
  voidReason?: string
}

export interface TabDiscount {
  discountId: string
  position: number
  name: string
  /**
   * Given: as Dojo gave it. Amount: as much as was asked for, while there is as much. Percent: of
   * what it is for. Share: what a line had of a discount before it moved to another tab, of that
   * line alone.
   */
  rule: 'Given' | 'Amount' | 'Percent' | 'Share'
  amountMinor: number
  askedMinor?: number
  percentageHundredths?: number
  /** The line that it is for, with all below it; absent for the whole tab. */
  lineId?: string
  affectedPlu?: string
  discountReference?: string
  code?: string
  reason?: string
}

export interface TabTaxLine extends TaxLine {
  taxLineId: string
  position: number
  /** As Dojo gave it; absent where it is computed here. */
  givenMinor?: number
}

export interface TabPayment extends Payment {
  recordedAt: string
  tenderedMinor?: number
  reference?: string
  /** Who took it, and with what. */
  waiterId?: string
  deviceId?: string
  product?: string
  voidReason?: string
}

export interface Tab extends Omit<OrderState, 'payments'> {
  version: number
  dojoOrderId?: string
  /** Who opened it. */
  openedBy?: string
  covers?: number
  lines: TabLine[]
  discounts: TabDiscount[]
  taxLines: TabTaxLine[]
  payments: TabPayment[]
  taxesOnTop: boolean
  taxName: string
  serviceChargeHundredths?: number
  serviceAdjustmentMinor: number
  /** Of an order that Dojo made: how far its total was from what its parts add up to. */
  adjustmentMinor: number
  mergedInto?: string
}

// --- looking at it

export const standingLines = ({ lines }: Pick<Tab, 'lines'>): TabLine[] => {
  const standing = new Set<string>()
  return lines.filter(({ lineId, parentLineId, voidedAt }) => {
    if (voidedAt !== undefined || (parentLineId !== undefined && !standing.has(parentLineId))) {
      return false
    }
    standing.add(lineId)
    return true
  })
}

/** Lines and all below them, in the order of the tab. */
export function withAllBelow(lines: readonly TabLine[], ...lineIds: readonly string[]): TabLine[] {
  const found = new Set(lineIds)
  return lines.filter((line) => {
    if (
      !found.has(line.lineId) &&
      !(line.parentLineId !== undefined && found.has(line.parentLineId))
    ) {
      return false
    }
    found.add(line.lineId)
    return true
  })
}

/** @throws Refusal NotFound; Conflict: the line is void */
export function lineOf(tab: Tab, lineId: string): TabLine {
  const line = tab.lines.find((each) => each.lineId === lineId)
  if (line === undefined) throw notFound('line', lineId)
  if (line.voidedAt !== undefined) {
    throw conflict('void', `The line ${lineId} is void; order it again.`)
  }
  return line
}

// --- who may change it

/**
 * @throws Refusal Conflict: the tab is final; Dojo holds its lock (items and totals are frozen
 * then)
 */
export function mustBeChangeable(tab: Tab, nowMs: number): void {
  mustBeOpen(tab)
  const { lock } = tab
  if (lock?.kind === 'DojoLock' && isLive(lock, nowMs)) throw inTheWay(tab, lock, nowMs)
}

/** @throws Refusal Conflict: the tab is final */
export function mustBeOpen(tab: Tab): void {
  if (isFinal(tab.status)) throw refusedAsFinal(tab)
}

/**
 * A tab that is paid may still have food to come.
 * @throws Refusal Conflict: the tab is Canceled or Failed
 */
export function mustBeServed(tab: Tab): void {
  if (tab.status !== 'Finalized') mustBeOpen(tab)
}

// --- changing it; every function returns the tab as it becomes, before its prices are made up

export type NewTabLine = Pick<
  TabLine,
  | 'lineId'
  | 'kind'
  | 'name'
  | 'plu'
  | 'quantity'
  | 'unitAmountMinor'
  | 'course'
  | 'note'
  | 'waiterId'
> & { parentLineId?: string; taxRateHundredths: number }

/**
 * The same lines again are a repetition, and the tab stays as it is.
 * @throws Refusal InvalidRequest: an id twice; Conflict: a line id with other content
 */
export function addLines(tab: Tab, added: readonly NewTabLine[], nowMs: number): Tab {
  const known = new Map(tab.lines.map((line) => [line.lineId, line]))
  const ids = new Set<string>()
  for (const { lineId } of added) {
    if (ids.has(lineId)) throw invalid(`The id ${lineId} stands twice among these lines.`)
    ids.add(lineId)
  }
  const fresh = added.filter((line) => {
    const before = known.get(line.lineId)
    if (before === undefined) return true
    if (before.plu !== line.plu || before.parentLineId !== line.parentLineId) {
      throw conflict(
        'content-differs',
        `The line ${line.lineId} is already on this tab, with other content.`,
      )
    }
    return false
  })
  if (fresh.length === 0) return tab
  let position = Math.max(0, ...tab.lines.map((line) => line.position))
  const orderedAt = new Date(nowMs).toISOString()
  const lines = [
    ...tab.lines,
    ...fresh.map((line): TabLine => ({
      ...line,
      position: ++position,
      orderedAt,
      taxAdjustmentMinor: 0,
    })),
  ]
  return afterKitchen({ ...tab, lines })
}

export interface LineChange {
  quantity?: number
  note?: string | null
  course?: string | null
}

/**
 * @throws Refusal NotFound; Conflict: void; the quantity of what Dojo ordered; more of what the
 * kitchen is done with
 */
export function changeLine(tab: Tab, lineId: string, { quantity, note, course }: LineChange): Tab {
  const line = lineOf(tab, lineId)
  if (
    quantity !== undefined &&
    quantity !== line.quantity &&
    line.taxRateHundredths === undefined
  ) {
    throw conflict(
      'ordered-by-dojo',
      `The line ${lineId} was ordered through Dojo, so its quantity stays; void it, or add another.`,
    )
  }
  if (quantity !== undefined && quantity > line.quantity && line.readyAt !== undefined) {
    throw conflict(
      'already-ready',
      `The kitchen is done with the line ${lineId}; order the others as a line of their own.`,
    )
  }
  const changed: TabLine = { ...line, ...(quantity === undefined ? {} : { quantity }) }
  setOrClear(changed, 'note', note)
  setOrClear(changed, 'course', course)
  return withFewer(withLine(tab, changed), line, changed.quantity)
}

/**
 * Shares of a discount that lines have alone are of as many as there were: fewer of them have less
 * of it.
 */
function withFewer(tab: Tab, { lineId, quantity }: TabLine, left: number): Tab {
  if (left >= quantity) return tab
  const below = new Set(withAllBelow(tab.lines, lineId).map((line) => line.lineId))
  const discounts = tab.discounts.map((each) =>
    each.rule === 'Share' && below.has(each.lineId!)
      ? { ...each, askedMinor: inProportion(each.askedMinor!, left, quantity) }
      : each,
  )
  return { ...tab, discounts }
}

/** A void line takes all below it along. @throws Refusal NotFound; Conflict: void already */
export function voidLine(tab: Tab, lineId: string, reason: string, nowMs: number): Tab {
  lineOf(tab, lineId)
  const below = new Set(withAllBelow(tab.lines, lineId).map((line) => line.lineId))
  const voidedAt = new Date(nowMs).toISOString()
  const lines = tab.lines.map((line) =>
    below.has(line.lineId) && line.voidedAt === undefined
      ? { ...line, voidedAt, voidReason: reason }
      : line,
  )
  return afterKitchen({ ...tab, lines })
}

export type NewDiscount = Pick<TabDiscount, 'discountId' | 'name' | 'lineId' | 'code' | 'reason'> &
  ({ amountMinor: number } | { percentageHundredths: number })

/**
 * @throws Refusal NotFound: no such line; Conflict: the line is void; another discount has this id
 */
export function addDiscount(tab: Tab, discount: NewDiscount): Tab {
  const line = discount.lineId === undefined ? undefined : lineOf(tab, discount.lineId)
  const rule =
    'amountMinor' in discount
      ? { rule: 'Amount' as const, askedMinor: discount.amountMinor }
      : { rule: 'Percent' as const, percentageHundredths: discount.percentageHundredths }
  const before = tab.discounts.find((each) => each.discountId === discount.discountId)
  if (before !== undefined) {
    const same =
      before.rule === rule.rule &&
      before.lineId === discount.lineId &&
      (rule.rule === 'Amount'
        ? before.askedMinor === rule.askedMinor
        : before.percentageHundredths === rule.percentageHundredths)
    if (same) return tab
    throw conflict(
      'content-differs',
      `The discount ${discount.discountId} is already on this tab, with other content.`,
    )
  }
  const { discountId, name, lineId, code, reason } = discount
  const position = Math.max(0, ...tab.discounts.map((each) => each.position)) + 1
  const added: TabDiscount = {
    discountId,
    name,
    position,
    ...rule,
    amountMinor: 0,
    ...defined({ lineId, affectedPlu: line?.plu, code, reason }),
  }
  return { ...tab, discounts: [...tab.discounts, added] }
}

/** @throws Refusal NotFound */
export function removeDiscount(tab: Tab, discountId: string): Tab {
  if (!tab.discounts.some((each) => each.discountId === discountId)) {
    throw notFound('discount', discountId)
  }
  return { ...tab, discounts: tab.discounts.filter((each) => each.discountId !== discountId) }
}

export type ServiceCharge = { percentageHundredths: number } | { amountMinor: number } | null

export function setServiceCharge(tab: Tab, charge: ServiceCharge): Tab {
  const { serviceChargeHundredths: _, serviceChargeMinor: __, ...rest } = tab
  if (charge === null) return { ...rest, serviceAdjustmentMinor: 0 }
  if ('amountMinor' in charge) {
    return { ...rest, serviceAdjustmentMinor: 0, serviceChargeMinor: charge.amountMinor }
  }
  return {
    ...rest,
    serviceAdjustmentMinor: 0,
    serviceChargeHundredths: charge.percentageHundredths,
  }
}

// --- the kitchen

/** The items that are still to be done, of one course or of all. */
export const itemsInKitchen = (tab: Tab, course?: string): TabLine[] =>
  standingLines(tab).filter(
    (line) =>
      line.kind === 'Item' &&
      line.readyAt === undefined &&
      (course === undefined || line.course === course),
  )

/**
 * Marks items, with all below them, as done. An open tab follows: Preparing once one of its items
 * is done, Ready once all are.
 * @throws Refusal NotFound; Conflict: void
 */
export function bump(tab: Tab, lineIds: readonly string[], nowMs: number): Tab {
  const readyAt = new Date(nowMs).toISOString()
  return afterKitchen(
    marked(tab, lineIds, (line) => (line.readyAt === undefined ? { ...line, readyAt } : line)),
  )
}

/** Takes a bump back. @throws Refusal NotFound; Conflict: void */
export function recall(tab: Tab, lineIds: readonly string[]): Tab {
  return afterKitchen(
    marked(tab, lineIds, (line) => {
      const { readyAt: _, ...open } = line
      return open
    }),
  )
}

function marked(tab: Tab, lineIds: readonly string[], mark: (line: TabLine) => TabLine): Tab {
  const all = new Set(
    lineIds.flatMap((lineId) => {
      lineOf(tab, lineId)
      return withAllBelow(tab.lines, lineId).map((line) => line.lineId)
    }),
  )
  return {
    ...tab,
    lines: tab.lines.map((line) =>
      all.has(line.lineId) && line.voidedAt === undefined ? mark(line) : line,
    ),
  }
}

const BEFORE_KITCHEN: readonly OrderStatus[] = ['New', 'Submitted', 'Confirmed', 'Accepted']
const IN_KITCHEN: readonly OrderStatus[] = ['Preparing', 'Prepared', 'Ready']

/**
 * The status by what the kitchen has done of the items. What is ordered after, or called back,
 * brings a tab that was Ready back to Preparing, which is the one way in which an open order moves
 * backwards. A Finalized tab stays so, and it is what it was before that follows, for the day that
 * it is opened again.
 */
export function afterKitchen(tab: Tab): Tab {
  const before = tab.status === 'Finalized' ? tab.statusBeforeFinal : tab.status
  const status = before && statusByKitchen(tab, before)
  if (status === before) return tab
  return tab.status === 'Finalized'
    ? { ...tab, statusBeforeFinal: status }
    : { ...tab, status: status! }
}

function statusByKitchen(tab: Tab, status: OrderStatus): OrderStatus {
  const items = standingLines(tab).filter((line) => line.kind === 'Item')
  const done = items.filter((line) => line.readyAt !== undefined).length
  if (done === 0) return status === 'Ready' || status === 'Prepared' ? 'Preparing' : status
  if (BEFORE_KITCHEN.includes(status) || IN_KITCHEN.includes(status)) {
    return done === items.length ? 'Ready' : 'Preparing'
  }
  return status
}

// --- what settles it

/**
 * The status once the prices are made up: a change that leaves nothing to pay of what was partly
 * paid settles the tab as the last payment would have.
 */
export function afterTotals(before: Tab, after: Tab): Tab {
  const settles =
    !isFinal(after.status) &&
    after.totalMinor !== before.totalMinor &&
    after.paidMinor > 0 &&
    after.paidMinor === after.totalMinor
  return settles ? withStatus(after, statusWhenPaid(after)) : after
}

export function withStatus(tab: Tab, status: OrderStatus): Tab {
  if (status === tab.status) return tab
  return { ...tab, status, statusBeforeFinal: status === 'Finalized' ? tab.status : undefined }
}

/**
 * A step along the statuses, which only a tab that owes nothing may end by being Finalized.
 * @throws Refusal Conflict: final; locked by Dojo, where it would be Finalized; no such step;
 *   something is owed
 */
export function moveOn(tab: Tab, status: OrderStatus, nowMs: number, currency: string): Tab {
  if (status === tab.status) return tab
  if (status === 'Finalized') mustBeChangeable(tab, nowMs)
  else mustBeOpen(tab)
  if (!canBecome(tab.status, status)) {
    throw conflict(
      'transition',
      `The order ${tab.orderId} is ${tab.status}, which does not become ${status}.`,
    )
  }
  const balance = balanceMinor(tab)
  if (status === 'Finalized' && balance > 0) {
    throw conflict('unpaid', `The order ${tab.orderId} owes ${spoken(balance, currency)}.`, {
      balanceMinor: balance,
    })
  }
  return withStatus(tab, status)
}

/** @throws Refusal Conflict: final; locked by Dojo; a payment stands */
export function cancelTab(tab: Tab, nowMs: number): Tab {
  if (tab.status === 'Canceled') return tab
  mustBeChangeable(tab, nowMs)
  if (tab.payments.some((payment) => payment.stands)) {
    throw conflict('paid', `The order ${tab.orderId} has payments; give them back first.`, {
      giveBackMinor: tab.paidMinor,
    })
  }
  return withStatus(tab, 'Canceled')
}

/**
 * A Finalized tab is open again.
 * @throws Refusal Conflict: it is not Finalized, or it went into another
 */
export function reopen(tab: Tab): Tab {
  if (tab.status !== 'Finalized') {
    throw conflict(
      'not-final',
      `The order ${tab.orderId} is ${tab.status}; only a Finalized one can be reopened.`,
    )
  }
  return { ...tab, status: tab.statusBeforeFinal ?? 'Ready', statusBeforeFinal: undefined }
}

// --- parts

const withLine = (tab: Tab, changed: TabLine): Tab => ({
  ...tab,
  lines: tab.lines.map((line) => (line.lineId === changed.lineId ? changed : line)),
})

function setOrClear<Name extends string>(
  target: { [Key in Name]?: string },
  name: Name,
  value: string | null | undefined,
): void {
  if (value === undefined) return
  if (value === null || value === '') delete target[name]
  else target[name] = value
}

/** Without what is undefined, as exact types want it. */
export function defined<T extends object>(
  fields: T,
): { [Key in keyof T]?: Exclude<T[Key], undefined> } {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  ) as never
}

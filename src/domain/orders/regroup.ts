// Lines that move between orders: two orders become one, or a part of one becomes an order of its
// own. No line and no penny is lost or made: the orders come to the same together before and after.
import { limits } from '../../limits.ts'
import { conflict, invalid } from '../errors.ts'
import { allocate } from './allocation.ts'
import { lastPosition } from './discounts.ts'
import { followKitchen } from './kitchen.ts'
import { copiedPart, lineOf, mustHaveRoom, withLinesBelow } from './lines.ts'
import { mustBeChangeable } from './order-lock.ts'
import type { Discount, Order, OrderChange, OrderLine } from './order.ts'
import { discountParts } from './price-discounts.ts'
import { lineTotals, priceOrder } from './price.ts'
import { balanced, mergedService, serviceShares } from './service-shares.ts'
import { settledByTotal } from './status.ts'

/** Makes the ids that a change needs. */
export type NewIds = (prefix: 'lin' | 'dsc') => string

/**
 * Everything on `source` goes to `target`: lines, their discounts, service charge and payments.
 * Discounts of a whole order become shares of its lines, so that they stay discounts of what they
 * were given for. The merged order may be fully paid by that.
 * @throws Refusal Conflict: either is final, locked, or made by Dojo (which knows it by its own id
 *   and total); the taxes of only one are on top of the prices; their service charges are not taxed
 *   alike. InvalidRequest: too many lines
 */
export function merge(
  target: Order,
  source: Order,
  nowMs: number,
  newId: NewIds,
): { target: OrderChange; source: OrderChange } {
  if (target.orderId === source.orderId) throw invalid('An order cannot be merged with itself.')
  for (const each of [target, source]) mustBeRegroupable(each, nowMs)
  if (target.taxesOnTop !== source.taxesOnTop) {
    throw conflict(
      'content-differs',
      'The prices of one of these orders contain its taxes, and those of the other do not.',
    )
  }
  mustHaveRoomForShares(target, source)
  mustHaveRoom(target.lines.length + source.lines.length, limits.maxLinesOfOrder, 'lines')
  const service = mergedService(target, source)
  const merged = followKitchen(
    balanced({ ...joined(target, source, newId), ...service.terms }, service.sums),
  )
  const { orderId: fromOrderId, totalMinor } = source
  return {
    target: {
      action: 'Merged',
      detail: { fromOrderId, totalMinor },
      order: settledByTotal(target, merged),
    },
    source: {
      action: 'MergedInto',
      detail: { orderId: target.orderId, totalMinor },
      order: emptied(source, target.orderId),
    },
  }
}

function joined(target: Order, source: Order, newId: NewIds): Order {
  const [into, from] = [spread(target, newId), spread(source, newId)]
  const lastLine = Math.max(0, ...into.lines.map((line) => line.position))
  const lastDiscount = lastPosition(into)
  const known = new Set(into.discounts.map(({ discountId }) => discountId))
  const hasCovers = into.covers !== undefined || from.covers !== undefined
  return {
    ...into,
    lines: [
      ...into.lines,
      ...from.lines.map((line) => ({ ...line, position: lastLine + line.position })),
    ],
    discounts: [
      ...into.discounts,
      ...from.discounts.map((each) => ({
        ...each,
        // A till may give the discounts of all its orders the same ids.
        discountId: known.has(each.discountId) ? newId('dsc') : each.discountId,
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
    covers: hasCovers ? (into.covers ?? 0) + (from.covers ?? 0) : undefined,
  }
}

function emptied(order: Order, mergedInto: string): Order {
  return priceOrder({
    ...order,
    lines: [],
    discounts: [],
    payments: [],
    paidMinor: 0,
    tipsMinor: 0,
    covers: undefined,
    serviceChargeMinor: undefined,
    serviceChargeHundredths: undefined,
    serviceAdjustmentMinor: 0,
    serviceTaxAdjustmentMinor: undefined,
    status: 'Canceled',
    mergedInto,
  })
}

/** All of a line with the lines below it, or so many of it. */
export interface Portion {
  lineId: string
  quantity?: number
}

/**
 * Takes items off an order, onto a new one. Payments stay; the order may be fully paid by that.
 * @param fresh the new order, without lines
 * @throws Refusal NotFound; InvalidRequest: more of a line than there is; Conflict: final, locked,
 *   made by Dojo
 */
export function splitOff(
  order: Order,
  fresh: Order,
  portions: readonly Portion[],
  nowMs: number,
  newId: NewIds,
): { kept: OrderChange; taken: OrderChange } {
  mustBeRegroupable(order, nowMs)
  mustHaveRoomForShares(order)
  if (new Set(portions.map(({ lineId }) => lineId)).size < portions.length) {
    throw invalid('A line is named twice; name it once, with how many of it.')
  }
  let kept: Half = spread(order, newId)
  const taken: Half = { lines: [], discounts: [] }
  for (const portion of portions) {
    const part = takeOff({ ...order, ...halfOf(kept) }, portion, newId)
    kept = part.kept
    taken.lines.push(...part.taken.lines)
    taken.discounts.push(...part.taken.discounts)
  }
  const left: Order = { ...order, ...halfOf(kept) }
  // The service charge of the order goes with its lines; the venue's own for new orders does not
  // come on top.
  const opened: Order = {
    ...fresh,
    ...taken,
    taxesOnTop: order.taxesOnTop,
    serviceChargeMinor: order.serviceChargeMinor,
    serviceChargeHundredths: order.serviceChargeHundredths,
    serviceTaxRateHundredths: order.serviceTaxRateHundredths,
  }
  const bare = { serviceChargeMinor: undefined, serviceChargeHundredths: undefined }
  const service = serviceShares(order, left, { ...fresh, ...taken, ...bare })
  const takenOrder = followKitchen(balanced(opened, service.taken))
  return {
    kept: {
      action: 'SplitOff',
      detail: {
        newOrderId: fresh.orderId,
        lines: portions.map((portion) => named(portion, order)),
        totalMinor: takenOrder.totalMinor,
      },
      order: settledByTotal(order, followKitchen(balanced(left, service.kept))),
    },
    taken: { action: 'Opened', detail: { fromOrderId: order.orderId }, order: takenOrder },
  }
}

/** For those who read what left, after the line has. */
function named({ lineId, quantity }: Portion, { lines }: Order): object {
  const line = lines.find((each) => each.lineId === lineId)!
  return { lineId, name: line.name, quantity: quantity ?? line.quantity }
}

function takeOff(
  order: Order,
  { lineId, quantity }: Portion,
  newId: NewIds,
): { kept: Half; taken: Half } {
  const line = lineOf(order, lineId)
  if (line.kind !== 'Item') {
    throw invalid(`The line ${lineId} is a part of another; name that one.`)
  }
  if (quantity === undefined || quantity === line.quantity) return wholeLine(order, lineId)
  if (quantity > line.quantity) {
    throw invalid(`The line ${lineId} has a quantity of ${line.quantity}, less than ${quantity}.`)
  }
  return divided(order, line, quantity, newId)
}

// --- parts

function mustBeRegroupable(order: Order, nowMs: number): void {
  mustBeChangeable(order, nowMs)
  if (order.dojoOrderId !== undefined) {
    throw conflict(
      'ordered-by-dojo',
      `The order ${order.orderId} was made by Dojo, which knows it by its id and total; ` +
        'it cannot be merged or split.',
    )
  }
}

/** @throws Refusal InvalidRequest */
function mustHaveRoomForShares(...orders: readonly Order[]): void {
  const most = limits.maxDiscountSharesOfOrder
  mustHaveRoom(spreadDiscounts(orders), most, 'discounts of its lines')
}

/** With the discounts of the whole order as shares of its lines, each as it applies to it now. */
function spread(order: Order, newId: NewIds): Order {
  const discounts = order.discounts.filter((each) => each.lineId !== undefined)
  let position = lastPosition(order)
  const shares = discountParts(order)
    .filter(({ discount }) => discount.lineId === undefined)
    .map(({ discount, lineId, amountMinor }) =>
      shareOf(discount, { lineId, amountMinor, position: ++position }, newId),
    )
  return { ...order, discounts: [...discounts, ...shares] }
}

/** How many discounts these orders have at most once each is a share of the lines it is for. */
function spreadDiscounts(orders: readonly Order[]): number {
  let count = 0
  for (const { lines, discounts } of orders) {
    for (const { lineId, rule } of discounts) {
      if (rule === 'Share') count++
      else count += lineId === undefined ? lines.length : withLinesBelow(lines, lineId).length
    }
  }
  return count
}

function shareOf(
  { name, code, discountReference, reason, affectedPlu }: Discount,
  share: { lineId: string; amountMinor: number; position: number },
  newId: NewIds,
): Discount {
  return {
    discountId: newId('dsc'),
    name,
    rule: 'Share',
    ...share,
    askedMinor: share.amountMinor,
    code,
    discountReference,
    reason,
    affectedPlu,
  }
}

type Half = Pick<Order, 'lines' | 'discounts'>

function halfOf({ lines, discounts }: Half): Half {
  return { lines, discounts }
}

function wholeLine({ lines, discounts }: Half, lineId: string): { kept: Half; taken: Half } {
  const ids = new Set(withLinesBelow(lines, lineId).map((line) => line.lineId))
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
 * So many of a line, with the lines below it. The discounts and taxes of both halves sum to what
 * they were, line by line.
 */
function divided(
  order: Order,
  line: OrderLine,
  quantity: number,
  newId: NewIds,
): { kept: Half; taken: Half } {
  // What is void goes with both halves, so that the report still counts all of it.
  const { copies, ids } = copiedPart(order, { ...line, quantity }, newId)
  const below = withLinesBelow(order.lines, line.lineId).filter(
    (each) => each.voidedAt === undefined,
  )
  const newIds = new Map(below.map(({ lineId }) => [lineId, ids.get(lineId)!]))
  const left = line.quantity - quantity
  const shares = dividedDiscounts(order, newIds, { left, quantity }, newId)
  const kept = {
    lines: order.lines.map((each) =>
      each.lineId === line.lineId ? { ...each, quantity: left } : each,
    ),
    discounts: shares.kept,
  }
  return withTaxesOf(order, below, newIds, {
    kept,
    taken: { lines: copies, discounts: shares.taken },
  })
}

/**
 * Every discount of the lines of `newIds` as shares of both halves. They are divided as running
 * sums, so that no half of a line loses more than it comes to, however many discounts it has.
 */
function dividedDiscounts(
  order: Order,
  newIds: ReadonlyMap<string, string>,
  { left, quantity }: { left: number; quantity: number },
  newId: NewIds,
): { kept: Discount[]; taken: Discount[] } {
  let position = lastPosition(order)
  const kept = order.discounts.filter(
    (each) => each.lineId === undefined || !newIds.has(each.lineId),
  )
  const taken: Discount[] = []
  const soFar = new Map<string, number>()
  const keptOf = (amountMinor: number): number => allocate(amountMinor, [left, quantity])[0]!
  for (const { discount, lineId, amountMinor } of discountParts(order).filter(
    (part) => part.discount.lineId !== undefined && newIds.has(part.lineId),
  )) {
    const before = soFar.get(lineId) ?? 0
    soFar.set(lineId, before + amountMinor)
    const keptMinor = keptOf(before + amountMinor) - keptOf(before)
    if (keptMinor > 0) {
      const share = { lineId, amountMinor: keptMinor, position: ++position }
      kept.push(shareOf(discount, share, newId))
    }
    if (keptMinor < amountMinor) {
      const takenMinor = amountMinor - keptMinor
      const share = { lineId: newIds.get(lineId)!, amountMinor: takenMinor, position: ++position }
      taken.push(shareOf(discount, share, newId))
    }
  }
  return { kept, taken }
}

/**
 * Rounded twice, the taxes of two halves may differ from those of the whole by a penny; the half
 * that is taken bears it.
 */
function withTaxesOf(
  order: Order,
  below: readonly OrderLine[],
  newIds: ReadonlyMap<string, string>,
  halves: { kept: Half; taken: Half },
): { kept: Half; taken: Half } {
  const taxes = (half: Half) =>
    new Map(
      lineTotals({ ...order, ...half }).map(({ lineId, taxMinor, serviceTaxMinor }) => [
        lineId,
        taxMinor - serviceTaxMinor,
      ]),
    )
  const [before, kept, taken] = [taxes(order), taxes(halves.kept), taxes(halves.taken)]
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
        taxAdjustmentMinor: missing.get(line.lineId) ?? 0,
      })),
    },
  }
}

// An evening's money for tests: other tenders than Dojo's, and what happens to a payment
// afterwards, written as tills write it.
import { addDiscount, withStatus, type NewDiscount, type Tab } from '../../src/domain/orders/tab.ts'
import { statusWhenPaid, type Order, type Payment } from '../../src/domain/orders/order.ts'
import { refundPayment, restorePayment, voidPayment } from '../../src/domain/payments/payment.ts'
import { newId } from '../../src/domain/ids.ts'
import { merge } from '../../src/domain/orders/regroup.ts'
import { changeOrder } from '../../src/store/orders/orders.ts'
import { changeTab, holdTab, movePayments, writeTab } from '../../src/store/orders/tabs.ts'
import type { OrderChange } from '../../src/store/orders/order-changes.ts'
import type { TestServer, Venue } from './server.ts'

const callerOf = ({ locationId }: Venue, waiterId?: string) => ({
  locationId,
  currency: 'GBP',
  verifyPayments: 'off' as const,
  product: 'Till',
  ...(waiterId === undefined ? {} : { waiterId }),
})

export interface Taken {
  tender?: 'Cash' | 'Voucher' | 'Other'
  amountMinor: number
  tipsMinor?: number
  waiterId?: string
}

/** A payment without Dojo. Returns its id. */
export async function take(
  { store: { database } }: TestServer,
  venue: Venue,
  orderId: string,
  { tender = 'Cash', amountMinor, tipsMinor, waiterId }: Taken,
): Promise<string> {
  const paymentId = newId('pay')
  await changeOrder(database, callerOf(venue, waiterId), orderId, {}, (order): OrderChange => {
    const paidMinor = order.paidMinor + amountMinor
    return {
      kind: 'record-payment',
      payment: {
        paymentId,
        tender,
        paymentIntentId: undefined,
        amountMinor,
        tipsMinor,
        refundedMinor: 0,
        refundedTipsMinor: 0,
        stands: true,
      },
      lockId: undefined,
      paidMinor,
      tipsMinor: order.tipsMinor + (tipsMinor ?? 0),
      status:
        paidMinor === order.totalMinor && amountMinor > 0 ? statusWhenPaid(order) : order.status,
    }
  })
  return paymentId
}

async function changePayment(
  { store: { database } }: TestServer,
  venue: Venue,
  orderId: string,
  paymentId: string,
  change: (order: Order, payment: Payment, nowMs: number) => OrderChange | undefined,
): Promise<void> {
  await changeOrder(database, callerOf(venue), orderId, {}, (order, nowMs) =>
    change(
      order,
      order.payments.find((payment) => payment.paymentId === paymentId)!,
      nowMs,
    ),
  )
}

export const makeVoid = async (
  server: TestServer,
  venue: Venue,
  orderId: string,
  paymentId: string,
): Promise<void> =>
  await changePayment(server, venue, orderId, paymentId, (order, payment) => ({
    kind: 'void-payment',
    paymentId,
    reason: 'a test',
    detail: {},
    ...voidPayment(order, payment),
  }))

export const restore = async (
  server: TestServer,
  venue: Venue,
  orderId: string,
  paymentId: string,
): Promise<void> =>
  await changePayment(server, venue, orderId, paymentId, (order, payment, nowMs) => ({
    kind: 'restore-payment',
    paymentId,
    detail: {},
    ...restorePayment(order, nowMs, payment, {}, 'GBP'),
  }))

/** @param refundedMinor in all, of amount and tip together */
export const refund = async (
  server: TestServer,
  venue: Venue,
  orderId: string,
  paymentId: string,
  refundedMinor: number,
): Promise<void> =>
  await changePayment(server, venue, orderId, paymentId, (order, payment) => {
    const refunded = payment.stands ? refundPayment(order, payment, refundedMinor) : undefined
    return refunded && { kind: 'refund-payment', paymentId, detail: {}, ...refunded }
  })

/** A tab as a till changes it. */
export async function editTab(
  { store: { database } }: TestServer,
  venue: Venue,
  orderId: string,
  change: (tab: Tab, nowMs: number) => Tab,
): Promise<void> {
  await database.transaction(async (tx) => {
    changeTab(tx, callerOf(venue), await holdTab(tx, venue.locationId, orderId), (tab, nowMs) => ({
      action: 'Edited',
      detail: {},
      tab: change(tab, nowMs),
    }))
  })
}

export const discount = async (
  server: TestServer,
  venue: Venue,
  orderId: string,
  given: Omit<NewDiscount, 'discountId'> &
    ({ amountMinor: number } | { percentageHundredths: number }),
): Promise<void> =>
  await editTab(server, venue, orderId, (tab) =>
    addDiscount(tab, { discountId: newId('dsc'), ...given } as NewDiscount),
  )

export const finalize = async (server: TestServer, venue: Venue, orderId: string): Promise<void> =>
  await editTab(server, venue, orderId, (tab) => withStatus(tab, 'Finalized'))

/** All of one tab, its payments too, goes to another. */
export async function mergeInto(
  { store: { database } }: TestServer,
  venue: Venue,
  targetId: string,
  sourceId: string,
): Promise<void> {
  await database.transaction(async (tx) => {
    const [target, source] = [
      await holdTab(tx, venue.locationId, targetId),
      await holdTab(tx, venue.locationId, sourceId),
    ]
    const merged = merge(target.tab, source.tab, target.nowMs, newId)
    writeTab(
      tx,
      callerOf(venue),
      source.tab,
      { action: 'Merged', detail: {}, tab: merged.source },
      target.nowMs,
    )
    await movePayments(tx, venue.locationId, sourceId, targetId)
    writeTab(
      tx,
      callerOf(venue),
      target.tab,
      { action: 'TookOver', detail: {}, tab: merged.target },
      target.nowMs,
    )
  })
}

/** What stands of all payments of the venue, whatever the days say. */
export async function standing(
  { sql }: TestServer,
  { locationId }: Venue,
): Promise<{ takingsMinor: number; tipsMinor: number }> {
  const [row] = await sql<{ takings: string; tips: string }>(
    `SELECT coalesce(sum(amount_minor - refunded_minor), 0) AS takings, coalesce(sum(coalesce(tips_minor, 0) - refunded_tips_minor), 0) AS tips
    FROM payments WHERE location_id = $1 AND voided_at IS NULL`,
    [locationId],
  )
  return { takingsMinor: Number(row!.takings), tipsMinor: Number(row!.tips) }
}

/** What the movements that one day, or none, has counted come to. */
export async function movementsOf(
  { sql }: TestServer,
  { locationId }: Venue,
  dayId: string | null,
): Promise<{ takingsMinor: number; tipsMinor: number; rows: number }> {
  const [row] = await sql<{ takings: string; tips: string; rows: string }>(
    `SELECT coalesce(sum(amount_minor), 0) AS takings, coalesce(sum(tips_minor), 0) AS tips, count(*) AS rows
    FROM payment_movements WHERE location_id = $1 AND day_id IS NOT DISTINCT FROM $2`,
    [locationId, dayId],
  )
  return {
    takingsMinor: Number(row!.takings),
    tipsMinor: Number(row!.tips),
    rows: Number(row!.rows),
  }
}

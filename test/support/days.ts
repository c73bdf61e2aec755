// An evening's money for tests: tenders other than Dojo's, and what happens to a payment
// afterwards, written the way tills write it.
import { applyChange, changeOrder } from '../../src/actions/orders/change-order.ts'
import { mergeOrders } from '../../src/actions/orders/merge-orders.ts'
import { newId } from '../../src/domain/ids.ts'
import { addDiscount, type NewDiscount } from '../../src/domain/orders/discounts.ts'
import type { Order, OrderChange, Payment } from '../../src/domain/orders/order.ts'
import { withStatus } from '../../src/domain/orders/status.ts'
import {
  isVoid,
  refundPayment,
  restorePayment,
  voidPayment,
  withPayment,
} from '../../src/domain/payments/payment.ts'
import { readOrderForUpdate } from '../../src/store/orders/read-order.ts'
import type { TestServer, Venue } from './server.ts'

const tillCaller = ({ locationId }: Venue, waiterId?: string) => ({
  locationId,
  currency: 'GBP',
  verifyPayments: 'off' as const,
  kind: 'native' as const,
  isTill: true,
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
  const caller = tillCaller(venue, waiterId)
  const decide = (order: Order, nowMs: number): OrderChange => {
    const payment: Payment = {
      paymentId,
      tender,
      amountMinor,
      tipsMinor,
      refundedMinor: 0,
      refundedTipsMinor: 0,
      recordedAt: new Date(nowMs).toISOString(),
      waiterId,
      product: caller.product,
    }
    return { action: 'PaymentRecorded', ...withPayment(order, payment, { paymentId, tender }) }
  }
  await changeOrder(database, { caller, orderId, decide })
  return paymentId
}

async function changePayment(
  { store: { database } }: TestServer,
  venue: Venue,
  orderId: string,
  paymentId: string,
  change: (order: Order, payment: Payment, nowMs: number) => OrderChange | undefined,
): Promise<void> {
  await changeOrder(database, {
    caller: tillCaller(venue),
    orderId,
    decide: (order, nowMs) =>
      change(
        order,
        order.payments.find((payment) => payment.paymentId === paymentId)!,
        nowMs,
      ),
  })
}

export const makeVoid = async (
  server: TestServer,
  venue: Venue,
  orderId: string,
  paymentId: string,
): Promise<void> =>
  await changePayment(server, venue, orderId, paymentId, (order, payment, nowMs) =>
    voidPayment(order, payment, { nowMs, reason: 'a test' }),
  )

export const restore = async (
  server: TestServer,
  venue: Venue,
  orderId: string,
  paymentId: string,
): Promise<void> =>
  await changePayment(server, venue, orderId, paymentId, (order, payment, nowMs) =>
    restorePayment(order, payment, { nowMs, caller: { currency: 'GBP' } }),
  )

/** @param refundedMinor in all, amount and tip together */
export const refund = async (
  server: TestServer,
  venue: Venue,
  orderId: string,
  paymentId: string,
  refundedMinor: number,
): Promise<void> =>
  await changePayment(server, venue, orderId, paymentId, (order, payment) =>
    isVoid(payment) ? undefined : refundPayment(order, payment, refundedMinor),
  )

/** An order as a till changes it. */
async function editOrder(
  { store: { database } }: TestServer,
  venue: Venue,
  orderId: string,
  change: (order: Order, nowMs: number) => Order,
): Promise<void> {
  await database.transaction(async (tx) => {
    const now = await readOrderForUpdate(tx, venue.locationId, orderId)
    const order = change(now.order, now.nowMs)
    applyChange(tx, tillCaller(venue), now, { action: 'Edited', detail: {}, order })
  })
}

export const discount = async (
  server: TestServer,
  venue: Venue,
  orderId: string,
  given: Omit<NewDiscount, 'discountId'> &
    ({ amountMinor: number } | { percentageHundredths: number }),
): Promise<void> =>
  await editOrder(
    server,
    venue,
    orderId,
    (order, nowMs) =>
      addDiscount(order, { discountId: newId('dsc'), ...given } as NewDiscount, nowMs)!.order,
  )

export const finalize = async (server: TestServer, venue: Venue, orderId: string): Promise<void> =>
  await editOrder(server, venue, orderId, (order) => withStatus(order, 'Finalized'))

/** Merges an order into another, with its payments. */
export async function mergeInto(
  { store: { database } }: TestServer,
  venue: Venue,
  orderId: string,
  fromOrderId: string,
): Promise<void> {
  await database.transaction(async (tx) => {
    const request = { orderId, fromOrderId, version: undefined }
    await mergeOrders(tx, tillCaller(venue), newId, request)
  })
}

/** The sum of all valid payments of the venue, regardless of days. */
export async function standing(
  { sql }: TestServer,
  { locationId }: Venue,
): Promise<{ takingsMinor: number; tipsMinor: number }> {
  const [row] = await sql<{ takings: string; tips: string }>(
    `SELECT coalesce(sum(amount_minor - refunded_minor), 0) AS takings, coalesce(sum(coalesce(tips_minor, 0) - refunded_tips_minor),
      0) AS tips
    FROM payments WHERE location_id = $1 AND voided_at IS NULL`,
    [locationId],
  )
  return { takingsMinor: Number(row!.takings), tipsMinor: Number(row!.tips) }
}

/** The sum of the movements that a day has counted; without a day, those that none has. */
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

// The payments of a venue, newest first, with what is known of each at Dojo.
import type { Payment } from '../../domain/orders/order.ts'
import type { Page, PageRequest } from '../../domain/page.ts'
import type { Queryable } from '../database/database.ts'
import { readPage, type Condition } from '../database/keyset.ts'
import type { Row } from '../database/row.ts'
import { NAME_OF_ORDER } from '../orders/order-sql.ts'

export interface ListedPayment {
  paymentId: string
  orderId: string
  /** The order's table, or its own name. */
  orderName: string | undefined
  tender: Payment['tender']
  paymentIntentId: string | undefined
  amountMinor: number
  tipsMinor: number
  refundedMinor: number
  refundedTipsMinor: number
  tenderedMinor: number | undefined
  roundingMinor: number | undefined
  reference: string | undefined
  waiterId: string | undefined
  deviceId: string | undefined
  product: string | undefined
  recordedAt: Date
  voidedAt: Date | undefined
  voidReason: string | undefined
  /** What Dojo last reported of its intent. */
  dojoStatus: string | undefined
  /** The check with Dojo that waits, if one does. */
  check: { attempts: number; nextAttemptAt: string; lastError?: string } | undefined
}

type PaymentRow = Omit<
  Row<'Payment'>,
  'location_id' | 'lock_id' | 'recorded_on' | 'caller_device_type'
> & { order_name: string | null; dojo_status: string | null; check: ListedPayment['check'] | null }

const COLUMNS = `p.payment_id, p.order_id, p.tender, p.payment_intent_id, p.amount_minor, p.tips_minor, p.refunded_minor,
  p.refunded_tips_minor, p.tendered_minor, p.rounding_minor, p.reference, p.caller_waiter_id, p.caller_device_id, p.caller_product,
  p.recorded_at, p.voided_at, p.void_reason, ${NAME_OF_ORDER} AS order_name, i.dojo_status,
  (SELECT json_strip_nulls(json_build_object('attempts', j.attempts, 'nextAttemptAt', j.next_attempt_at, 'lastError', j.last_error))
    FROM jobs j WHERE j.location_id = $1 AND j.kind = 'PaymentCheck' AND j.entity_id = p.payment_intent_id) AS check`
const SOURCE = `FROM payments p
  JOIN orders o ON o.location_id = p.location_id AND o.order_id = p.order_id
  LEFT JOIN tables t ON t.location_id = p.location_id AND t.table_id = o.table_id
  LEFT JOIN payment_intents i ON i.location_id = p.location_id AND i.payment_intent_id = p.payment_intent_id`

export async function searchPayments(
  database: Queryable,
  locationId: string,
  { since }: { since?: Date | undefined },
  page: PageRequest,
): Promise<Page<ListedPayment>> {
  const conditions: Condition[] = [{ tag: 'v', sql: 'p.location_id = ?', value: locationId }]
  if (since !== undefined) {
    conditions.push({ tag: 's', sql: 'p.recorded_at >= ?::timestamptz', value: since })
  }
  return await readPage<PaymentRow, ListedPayment>(
    database,
    {
      name: 'payments',
      columns: COLUMNS,
      source: SOURCE,
      conditions,
      order: { at: 'p.recorded_at', id: 'p.payment_id', descending: true, atType: 'timestamptz' },
    },
    page,
    {
      keyOf: (row) => ({ at: row.recorded_at.getTime(), id: row.payment_id }),
      resultOf: paymentOf,
    },
  )
}

function paymentOf(row: PaymentRow): ListedPayment {
  return {
    paymentId: row.payment_id,
    orderId: row.order_id,
    orderName: row.order_name ?? undefined,
    tender: row.tender,
    paymentIntentId: row.payment_intent_id ?? undefined,
    amountMinor: row.amount_minor,
    tipsMinor: row.tips_minor ?? 0,
    refundedMinor: row.refunded_minor,
    refundedTipsMinor: row.refunded_tips_minor,
    tenderedMinor: row.tendered_minor ?? undefined,
    roundingMinor: row.rounding_minor ?? undefined,
    reference: row.reference ?? undefined,
    waiterId: row.caller_waiter_id ?? undefined,
    deviceId: row.caller_device_id ?? undefined,
    product: row.caller_product ?? undefined,
    recordedAt: row.recorded_at,
    voidedAt: row.voided_at ?? undefined,
    voidReason: row.void_reason ?? undefined,
    dojoStatus: row.dojo_status ?? undefined,
    check: row.check ?? undefined,
  }
}

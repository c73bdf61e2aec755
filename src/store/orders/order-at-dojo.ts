// What Dojo knows of an order: whether it has heard of the last change, and what it says of each
// payment.
import { notFound } from '../../domain/errors.ts'
import type { Queryable, Statement } from '../database/database.ts'
import { readMadeBefore } from './read-order.ts'

export interface PaymentShown {
  paymentIntentId: string
  status: string
  /** When it took this status, by Dojo's word. */
  at: Date
  /** With the tip; null while Dojo has not been asked. */
  amountMinor: number | null
}

export interface OrderAtDojo {
  /** Without a key, Dojo hears of nothing. */
  hasKey: boolean
  /** The event that waits. */
  waiting:
    | { attempts: number; nextAttemptAt: Date; lastError: string | null; isGivenUp: boolean }
    | undefined
  payments: PaymentShown[]
}

const selectKey: Statement = {
  name: 'order_dojo_key',
  text: 'SELECT dojo_key_sealed IS NOT NULL AS "hasKey" FROM locations WHERE location_id = $1',
}
const selectEvent: Statement = {
  name: 'order_dojo_event',
  text: `SELECT attempts, next_attempt_at AS "nextAttemptAt", last_error AS "lastError", dead_at IS NOT NULL AS "isGivenUp"
    FROM jobs WHERE location_id = $1 AND kind = 'OrderUpdated' AND entity_id = $2`,
}
const selectShown: Statement = {
  name: 'order_dojo_payments',
  text: `SELECT i.payment_intent_id AS "paymentIntentId", i.dojo_status AS status, i.dojo_status_at AS at,
      i.amount_minor + coalesce(i.tips_minor, 0) AS "amountMinor"
    FROM payments p JOIN payment_intents i ON i.location_id = p.location_id AND i.payment_intent_id = p.payment_intent_id
    WHERE p.location_id = $1 AND i.location_id = $1 AND p.order_id = $2 AND i.dojo_status_at IS NOT NULL
    ORDER BY i.dojo_status_at, i.payment_intent_id`,
}

/** @throws Refusal NotFound */
export async function readOrderAtDojo(
  database: Queryable,
  locationId: string,
  orderId: string,
): Promise<OrderAtDojo> {
  const [[venue], [waiting], payments, made] = await Promise.all([
    database.rows<{ hasKey: boolean }>(selectKey, [locationId]),
    database.rows<NonNullable<OrderAtDojo['waiting']>>(selectEvent, [locationId, orderId]),
    database.rows<PaymentShown>(selectShown, [locationId, orderId]),
    readMadeBefore(database, locationId, { orderId }),
  ])
  if (made === undefined) throw notFound('order', orderId)
  return { hasKey: venue!.hasKey, waiting, payments }
}

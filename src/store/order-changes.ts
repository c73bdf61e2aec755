// The changes of an order that Dojo causes: the one statement that writes each, its entry of history, and the order as it
// stands afterwards.
import type { Caller } from '../domain/caller.ts'
import type { Order, OrderStatus, Payment } from '../domain/order.ts'
import type { Sums } from '../domain/payment.ts'
import type { Statement, Value } from './database.ts'

export type OrderChange =
  | { kind: 'record-payment', payment: Payment & { paymentIntentId: string }, lockId: string | undefined, detail?: object } & Sums
  | { kind: 'void-payment', paymentId: string, reason: string, detail: object } & Sums
  | { kind: 'restore-payment', paymentId: string, detail: object } & Sums
  | { kind: 'refund-payment', paymentId: string, refundedMinor: number, refundedTipsMinor: number, detail: object } & Sums
  | { kind: 'take-lock', lockId: string, expiresAtMs: number, endOther: string | undefined }
  | { kind: 'extend-lock', lockId: string, expiresAtMs: number }
  | { kind: 'release-lock', lockId: string }
  | { kind: 'cancel' }
  | { kind: 'lose-party', partyId: string }
  | { kind: 'lose-reservation', reservationId: string }

interface Written { statement: Statement, values: Value[] }

/** `$1` to `$9` of every statement here: venue, order, time, who (four), what happened, and its particulars. */
const HISTORY = `
  INSERT INTO order_history (location_id, order_id, sequence, at, caller_waiter_id, caller_product, caller_device_id, caller_device_type, action, detail)
  SELECT $1, $2, coalesce(max(sequence), 0) + 1, $3::timestamptz, $4, $5, $6, $7, $8, $9::jsonb
  FROM order_history WHERE location_id = $1 AND order_id = $2`

const THE_ORDER = 'WHERE location_id = $1 AND order_id = $2'

const statements = {
  'record-payment': `
    WITH payment AS (
      INSERT INTO payments (location_id, order_id, recorded_at, caller_waiter_id, caller_product, caller_device_id, caller_device_type,
                            payment_id, payment_intent_id, amount_minor, tips_minor, lock_id)
      VALUES ($1, $2, $3::timestamptz, $4, $5, $6, $7, $10, $11, $12, $13, $14)
    ), matched AS (
      UPDATE payment_intents SET unmatched_at = NULL, unmatched_reason = NULL WHERE location_id = $1 AND payment_intent_id = $11 AND unmatched_at IS NOT NULL
    ), paid AS (
      UPDATE orders SET paid_minor = $15, tips_minor = $16, status = $17::order_status, status_before_final = $18::order_status, version = version + 1, updated_at = $3::timestamptz ${THE_ORDER}
    )${HISTORY}`,
  'void-payment': `
    WITH payment AS (
      UPDATE payments SET voided_at = $3::timestamptz, void_reason = $11 WHERE location_id = $1 AND payment_id = $10
    ), reopened AS (
      UPDATE orders SET paid_minor = $12, tips_minor = $13, status = $14::order_status, status_before_final = $15::order_status, version = version + 1, updated_at = $3::timestamptz ${THE_ORDER}
    )${HISTORY}`,
  'restore-payment': `
    WITH payment AS (
      UPDATE payments SET voided_at = NULL, void_reason = NULL WHERE location_id = $1 AND payment_id = $10
    ), paid AS (
      UPDATE orders SET paid_minor = $11, tips_minor = $12, status = $13::order_status, status_before_final = $14::order_status, version = version + 1, updated_at = $3::timestamptz ${THE_ORDER}
    )${HISTORY}`,
  'refund-payment': `
    WITH payment AS (
      UPDATE payments SET refunded_minor = $11, refunded_tips_minor = $12 WHERE location_id = $1 AND payment_id = $10
    ), opened AS (
      UPDATE orders SET paid_minor = $13, tips_minor = $14, status = $15::order_status, status_before_final = $16::order_status, version = version + 1, updated_at = $3::timestamptz ${THE_ORDER}
    )${HISTORY}`,
  'take-lock': `
    WITH lock AS (
      INSERT INTO order_locks (location_id, order_id, created_at, caller_waiter_id, caller_product, caller_device_id, caller_device_type, lock_id, expires_at)
      VALUES ($1, $2, $3::timestamptz, $4, $5, $6, $7, $10, $11::timestamptz)
      ON CONFLICT (location_id, order_id, lock_id) DO UPDATE SET
        kind = EXCLUDED.kind, holder = NULL, expires_at = EXCLUDED.expires_at, ended_at = NULL, caller_waiter_id = EXCLUDED.caller_waiter_id, caller_product = EXCLUDED.caller_product,
        caller_device_id = EXCLUDED.caller_device_id, caller_device_type = EXCLUDED.caller_device_type
    )${HISTORY}`,
  'extend-lock': `
    WITH lock AS (
      UPDATE order_locks SET expires_at = $11::timestamptz ${THE_ORDER} AND lock_id = $10
    )${HISTORY}`,
  'release-lock': `
    WITH lock AS (
      UPDATE order_locks SET ended_at = $3::timestamptz ${THE_ORDER} AND lock_id = $10
    )${HISTORY}`,
  cancel: `
    WITH canceled AS (
      UPDATE orders SET status = 'Canceled', version = version + 1, updated_at = $3::timestamptz ${THE_ORDER}
    )${HISTORY}`,
  'lose-party': `
    WITH unlinked AS (
      UPDATE orders SET party_id = NULL, version = version + 1, updated_at = $3::timestamptz ${THE_ORDER}
    )${HISTORY}`,
  'lose-reservation': `
    WITH unlinked AS (
      UPDATE orders SET reservation_id = NULL, version = version + 1, updated_at = $3::timestamptz ${THE_ORDER}
    )${HISTORY}`,
} satisfies Record<OrderChange['kind'], string>

/** Ends the expired lock whose place another takes; its own statement, because the live one is unique at every moment. */
export const END_LOCK: Statement = {
  name: 'order_end_lock',
  text: `UPDATE order_locks SET ended_at = expires_at ${THE_ORDER} AND lock_id = $3`,
}

export const CHANGES = Object.fromEntries(Object.entries(statements).map(([kind, text]) => [kind, { name: `order_${kind}`, text }])) as Record<OrderChange['kind'], Statement>

/** Of locks Dojo is told nothing: they are its own. */
export const isTold: Record<OrderChange['kind'], boolean> = {
  'record-payment': true,
  'void-payment': true,
  'restore-payment': true,
  'refund-payment': true,
  'take-lock': false,
  'extend-lock': false,
  'release-lock': false,
  cancel: true,
  'lose-party': true,
  'lose-reservation': true,
}

/** What happened, in the words of the record. */
const actions: Record<OrderChange['kind'], string> = {
  'record-payment': 'PaymentRecorded',
  'void-payment': 'PaymentVoided',
  'restore-payment': 'PaymentRestored',
  'refund-payment': 'PaymentRefunded',
  'take-lock': 'Locked',
  'extend-lock': 'LockExtended',
  'release-lock': 'Unlocked',
  cancel: 'Canceled',
  'lose-party': 'PartyDeleted',
  'lose-reservation': 'ReservationDeleted',
}

export function changeStatement (caller: Caller, order: Order, nowMs: number, change: OrderChange): Written {
  const written = (detail: object, ...values: Value[]): Written => ({
    statement: CHANGES[change.kind],
    values: [caller.locationId, order.orderId, new Date(nowMs), caller.waiterId, caller.product, caller.deviceId, caller.deviceType, actions[change.kind], JSON.stringify(detail), ...values],
  })
  switch (change.kind) {
    case 'record-payment': {
      const { payment, lockId, paidMinor, tipsMinor, status } = change
      const detail = { paymentIntentId: payment.paymentIntentId, amountMinor: payment.amountMinor, tipsMinor: payment.tipsMinor, ...change.detail, paidMinor, ...statusDetail(order, status) }
      return written(detail, payment.paymentId, payment.paymentIntentId, payment.amountMinor, payment.tipsMinor, lockId, paidMinor, tipsMinor, status, statusBeforeFinal(order, status))
    }
    case 'void-payment': {
      const { paymentId, reason, paidMinor, tipsMinor, status, detail } = change
      return written({ ...detail, reason, paidMinor, ...statusDetail(order, status) }, paymentId, reason, paidMinor, tipsMinor, status, statusBeforeFinal(order, status))
    }
    case 'restore-payment': {
      const { paymentId, paidMinor, tipsMinor, status, detail } = change
      return written({ ...detail, paidMinor, ...statusDetail(order, status) }, paymentId, paidMinor, tipsMinor, status, statusBeforeFinal(order, status))
    }
    case 'refund-payment': {
      const { paymentId, refundedMinor, refundedTipsMinor, paidMinor, tipsMinor, status, detail } = change
      return written({ ...detail, refundedMinor, refundedTipsMinor, paidMinor, ...statusDetail(order, status) }, paymentId, refundedMinor, refundedTipsMinor, paidMinor, tipsMinor, status, statusBeforeFinal(order, status))
    }
    case 'take-lock':
    case 'extend-lock': {
      const expiresAt = new Date(change.expiresAtMs)
      return written({ lockId: change.lockId, expiresAt }, change.lockId, expiresAt)
    }
    case 'release-lock': return written({ lockId: change.lockId }, change.lockId)
    case 'cancel': return written({ statusBefore: order.status })
    case 'lose-party': return written({ partyId: change.partyId })
    case 'lose-reservation': return written({ reservationId: change.reservationId })
  }
}

const statusDetail = (order: Order, status: OrderStatus): object => status === order.status ? {} : { status, statusBefore: order.status }

const statusBeforeFinal = (order: Order, status: OrderStatus): OrderStatus | undefined =>
  status !== 'Finalized' ? undefined : order.status === 'Finalized' ? order.statusBeforeFinal : order.status

/** The order once `change` is committed, without asking the database again. */
export function orderAfter (order: Order, nowMs: number, change: OrderChange): Order {
  const updatedAt = new Date(nowMs).toISOString()
  switch (change.kind) {
    case 'record-payment': {
      const { payment, paidMinor, tipsMinor, status } = change
      return { ...order, payments: [...order.payments, payment], paidMinor, tipsMinor, status, statusBeforeFinal: statusBeforeFinal(order, status), updatedAt }
    }
    case 'void-payment':
    case 'restore-payment':
    case 'refund-payment': {
      const { paymentId, paidMinor, tipsMinor, status } = change
      const now = change.kind === 'refund-payment' ? { refundedMinor: change.refundedMinor, refundedTipsMinor: change.refundedTipsMinor } : { stands: change.kind === 'restore-payment' }
      const payments = order.payments.map((payment) => payment.paymentId === paymentId ? { ...payment, ...now } : payment)
      return { ...order, payments, paidMinor, tipsMinor, status, statusBeforeFinal: statusBeforeFinal(order, status), updatedAt }
    }
    case 'cancel': return { ...order, status: 'Canceled', updatedAt }
    case 'lose-party': return { ...order, partyId: undefined, updatedAt }
    case 'lose-reservation': return { ...order, reservationId: undefined, updatedAt }
    // A lock is not part of what Dojo is told of an order, and an ended or extended one not of what is decided next.
    case 'take-lock':
    case 'extend-lock':
    case 'release-lock': return order
  }
}

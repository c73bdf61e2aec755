// The changes of an order other than those of its items: the one statement that writes each, its
// entry of history, and the order as it stands afterwards.
import type { Caller } from '../../domain/caller.ts'
import type { OrderLock, OrderState, OrderStatus, Payment } from '../../domain/orders/order.ts'
import type { Sums } from '../../domain/payments/payment.ts'
import { deltaOf, type TabDelta } from '../../domain/orders/order-history.ts'
import type { Statement, Value } from '../database/database.ts'

/** What a till knows of a payment that Dojo did not take. */
export interface TenderFacts {
  tenderedMinor?: number
  reference?: string
}

export type OrderChange =
  | ({
      kind: 'record-payment'
      payment: Payment
      lockId: string | undefined
      tender?: TenderFacts
      detail?: object
    } & Sums)
  | ({ kind: 'void-payment'; paymentId: string; reason: string; detail: object } & Sums)
  | ({ kind: 'restore-payment'; paymentId: string; detail: object } & Sums)
  | ({
      kind: 'refund-payment'
      paymentId: string
      refundedMinor: number
      refundedTipsMinor: number
      detail: object
    } & Sums)
  | { kind: 'take-lock'; lockId: string; expiresAtMs: number; endOther: string | undefined }
  | { kind: 'extend-lock'; lockId: string; expiresAtMs: number }
  | { kind: 'release-lock'; lockId: string }
  | {
      kind: 'take-hold'
      lockId: string
      holder: string
      expiresAtMs: number
      endOther: string | undefined
    }
  | { kind: 'release-hold'; lockId: string }
  | { kind: 'release-by-force'; lockId: string; reason: string }
  | { kind: 'cancel' }
  | { kind: 'lose-party'; partyId: string }
  | { kind: 'lose-reservation'; reservationId: string }

interface Written {
  statement: Statement
  values: Value[]
  delta: TabDelta
}

/**
 * `$1` to `$10` of every statement here: venue, order, time, who (four), what happened, its
 * particulars, and what became different.
 */
export const HISTORY = `
  INSERT INTO order_history (location_id, order_id, sequence, at, caller_waiter_id, caller_product, caller_device_id, caller_device_type, action, detail, delta)
  SELECT $1, $2, coalesce(max(sequence), 0) + 1, $3::timestamptz, $4, $5, $6, $7, $8, $9::jsonb, $10::jsonb
  FROM order_history WHERE location_id = $1 AND order_id = $2`

/** A change that is written by other statements. */
export const WRITE_HISTORY: Statement = { name: 'order_history_write', text: HISTORY }

const THE_ORDER = 'WHERE location_id = $1 AND order_id = $2'
const THE_PAYMENT = 'WHERE location_id = $1 AND payment_id = $11'

/**
 * `$11` to `$17` of what changes a payment: its id, the order's sums and statuses by it, and what
 * moved.
 */
const moneyMoved = (kind: 'Recorded' | 'Voided' | 'Restored' | 'Refunded'): string => `
    movement AS (
      INSERT INTO payment_movements (location_id, payment_id, sequence, at, kind, amount_minor, tips_minor)
      SELECT $1, $11, count(*) + 1, $3::timestamptz, '${kind}', $16::bigint, $17::bigint FROM payment_movements ${THE_PAYMENT}
    ), sums AS (
      UPDATE orders SET paid_minor = $12, tips_minor = $13, status = $14::order_status, status_before_final = $15::order_status, version = version + 1, updated_at = $3::timestamptz ${THE_ORDER}
    )`

const takeLock = (kind: 'DojoLock' | 'TillHold'): string => `
    WITH lock AS (
      INSERT INTO order_locks (location_id, order_id, created_at, caller_waiter_id, caller_product, caller_device_id, caller_device_type, kind, lock_id, expires_at, holder)
      VALUES ($1, $2, $3::timestamptz, $4, $5, $6, $7, '${kind}', $11, $12::timestamptz, $13)
      ON CONFLICT (location_id, order_id, lock_id) DO UPDATE SET
        kind = EXCLUDED.kind, holder = EXCLUDED.holder, expires_at = EXCLUDED.expires_at, ended_at = NULL, caller_waiter_id = EXCLUDED.caller_waiter_id, caller_product = EXCLUDED.caller_product,
        caller_device_id = EXCLUDED.caller_device_id, caller_device_type = EXCLUDED.caller_device_type
    )${HISTORY}`

const RELEASE_LOCK = `
    WITH lock AS (
      UPDATE order_locks SET ended_at = $3::timestamptz ${THE_ORDER} AND lock_id = $11
    )${HISTORY}`

const statements = {
  'record-payment': `
    WITH payment AS (
      INSERT INTO payments (location_id, order_id, recorded_at, caller_waiter_id, caller_product, caller_device_id, caller_device_type,
                            payment_id, payment_intent_id, amount_minor, tips_minor, lock_id, tender, tendered_minor, reference)
      VALUES ($1, $2, $3::timestamptz, $4, $5, $6, $7, $11, $18, $19, $20, $21, $22::tender, $23, $24)
    ), matched AS (
      UPDATE payment_intents SET unmatched_at = NULL, unmatched_reason = NULL WHERE location_id = $1 AND payment_intent_id = $18 AND unmatched_at IS NOT NULL
    ), ${moneyMoved('Recorded')}${HISTORY}`,
  'void-payment': `
    WITH payment AS (
      UPDATE payments SET voided_at = $3::timestamptz, void_reason = $18 ${THE_PAYMENT}
    ), ${moneyMoved('Voided')}${HISTORY}`,
  'restore-payment': `
    WITH payment AS (
      UPDATE payments SET voided_at = NULL, void_reason = NULL ${THE_PAYMENT}
    ), ${moneyMoved('Restored')}${HISTORY}`,
  'refund-payment': `
    WITH payment AS (
      UPDATE payments SET refunded_minor = $18, refunded_tips_minor = $19 ${THE_PAYMENT}
    ), ${moneyMoved('Refunded')}${HISTORY}`,
  'take-lock': takeLock('DojoLock'),
  'take-hold': takeLock('TillHold'),
  'extend-lock': `
    WITH lock AS (
      UPDATE order_locks SET expires_at = $12::timestamptz ${THE_ORDER} AND lock_id = $11
    )${HISTORY}`,
  'release-lock': RELEASE_LOCK,
  'release-hold': RELEASE_LOCK,
  'release-by-force': RELEASE_LOCK,
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

/**
 * Ends the expired lock whose place another takes; its own statement, because the live one is
 * unique at every moment.
 */
export const END_LOCK: Statement = {
  name: 'order_end_lock',
  text: `UPDATE order_locks SET ended_at = expires_at ${THE_ORDER} AND lock_id = $3`,
}

export const CHANGES = Object.fromEntries(
  Object.entries(statements).map(([kind, text]) => [kind, { name: `order_${kind}`, text }]),
) as Record<OrderChange['kind'], Statement>

/**
 * Of locks Dojo is told nothing, for they are its own; of a till's hold it is, for the order is not
 * payable meanwhile.
 */
export const isTold: Record<OrderChange['kind'], boolean> = {
  'record-payment': true,
  'void-payment': true,
  'restore-payment': true,
  'refund-payment': true,
  'take-lock': false,
  'extend-lock': false,
  'release-lock': false,
  'take-hold': true,
  'release-hold': true,
  'release-by-force': true,
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
  'take-hold': 'Held',
  'release-hold': 'LetGo',
  'release-by-force': 'UnlockedByForce',
  cancel: 'Canceled',
  'lose-party': 'PartyDeleted',
  'lose-reservation': 'ReservationDeleted',
}

/** The first ten values of whatever writes history. */
export const historyValues = (
  caller: Caller,
  orderId: string,
  nowMs: number,
  action: string,
  detail: object,
  delta: TabDelta,
): Value[] => [
  caller.locationId,
  orderId,
  new Date(nowMs),
  caller.waiterId,
  caller.product,
  caller.deviceId,
  caller.deviceType,
  action,
  JSON.stringify(detail),
  JSON.stringify(delta),
]

export function changeStatement(
  caller: Caller,
  order: OrderState,
  nowMs: number,
  change: OrderChange,
): Written {
  const delta = deltaOfChange(caller, order, nowMs, change)
  const written = (detail: object, ...values: Value[]): Written => ({
    statement: CHANGES[change.kind],
    values: [
      ...historyValues(caller, order.orderId, nowMs, actions[change.kind], detail, delta),
      ...values,
    ],
    delta,
  })
  const moved = (paymentId: string, { paidMinor, tipsMinor, status }: Sums): Value[] => [
    paymentId,
    paidMinor,
    tipsMinor,
    status,
    statusBeforeFinal(order, status),
    paidMinor - order.paidMinor,
    tipsMinor - order.tipsMinor,
  ]
  switch (change.kind) {
    case 'record-payment': {
      const { payment, lockId, paidMinor, status, tender = {} } = change
      const { paymentId, paymentIntentId, amountMinor, tipsMinor } = payment
      const how = payment.tender === 'Dojo' ? {} : { paymentId, tender: payment.tender, ...tender }
      const detail = {
        paymentIntentId,
        amountMinor,
        tipsMinor,
        ...how,
        ...change.detail,
        paidMinor,
        ...statusDetail(order, status),
      }
      return written(
        detail,
        ...moved(paymentId, change),
        paymentIntentId,
        amountMinor,
        tipsMinor,
        lockId,
        payment.tender,
        tender.tenderedMinor,
        tender.reference,
      )
    }
    case 'void-payment': {
      const { paymentId, reason, paidMinor, status, detail } = change
      return written(
        { ...detail, reason, paidMinor, ...statusDetail(order, status) },
        ...moved(paymentId, change),
        reason,
      )
    }
    case 'restore-payment': {
      const { paymentId, paidMinor, status, detail } = change
      return written(
        { ...detail, paidMinor, ...statusDetail(order, status) },
        ...moved(paymentId, change),
      )
    }
    case 'refund-payment': {
      const { paymentId, refundedMinor, refundedTipsMinor, paidMinor, status, detail } = change
      return written(
        { ...detail, refundedMinor, refundedTipsMinor, paidMinor, ...statusDetail(order, status) },
        ...moved(paymentId, change),
        refundedMinor,
        refundedTipsMinor,
      )
    }
    case 'take-lock':
    case 'take-hold': {
      const expiresAt = new Date(change.expiresAtMs)
      const holder = change.kind === 'take-hold' ? change.holder : undefined
      return written({ lockId: change.lockId, holder, expiresAt }, change.lockId, expiresAt, holder)
    }
    case 'extend-lock': {
      const expiresAt = new Date(change.expiresAtMs)
      return written({ lockId: change.lockId, expiresAt }, change.lockId, expiresAt)
    }
    case 'release-lock':
    case 'release-hold':
      return written({ lockId: change.lockId }, change.lockId)
    case 'release-by-force':
      return written(
        {
          lockId: change.lockId,
          kind: order.lock?.kind,
          of: order.lock?.holder ?? order.lock?.origin,
          reason: change.reason,
        },
        change.lockId,
      )
    case 'cancel':
      return written({ statusBefore: order.status })
    case 'lose-party':
      return written({ partyId: change.partyId })
    case 'lose-reservation':
      return written({ reservationId: change.reservationId })
  }
}

const statusDetail = (order: OrderState, status: OrderStatus): object =>
  status === order.status ? {} : { status, statusBefore: order.status }

const statusBeforeFinal = (order: OrderState, status: OrderStatus): OrderStatus | undefined =>
  status !== 'Finalized'
    ? undefined
    : order.status === 'Finalized'
      ? order.statusBeforeFinal
      : order.status

function deltaOfChange(
  caller: Caller,
  order: OrderState,
  nowMs: number,
  change: OrderChange,
): TabDelta {
  const { payments: was, lock: _, ...before } = order
  const { payments: is, lock: __, ...after } = orderAfter(order, nowMs, change)
  const delta = deltaOf(
    { ...before, payments: was } as object,
    { ...after, payments: is } as object,
  )
  const [payment] = delta.payments ?? []
  if (payment !== undefined) {
    if (change.kind === 'record-payment') {
      Object.assign(
        payment,
        {
          recordedAt: new Date(nowMs).toISOString(),
          waiterId: caller.waiterId,
          product: caller.product,
          deviceId: caller.deviceId,
        },
        change.tender,
      )
    }
    if (change.kind === 'void-payment') payment.voidReason = change.reason
    if (change.kind === 'restore-payment') payment.voidReason = null
  }
  const lock = lockAfter(caller, order, change)
  return lock === undefined ? delta : { ...delta, lock }
}

/** Undefined where the change is none of a lock, null where it ends one. */
function lockAfter(
  { waiterId, product, deviceId, deviceType }: Caller,
  { lock }: OrderState,
  change: OrderChange,
): OrderLock | null | undefined {
  switch (change.kind) {
    case 'take-lock':
    case 'take-hold': {
      const isHold = change.kind === 'take-hold'
      const origin = {
        ...(waiterId === undefined ? {} : { waiterId }),
        ...(product === undefined ? {} : { product }),
        ...(deviceId === undefined ? {} : { deviceId }),
        ...(deviceType === undefined ? {} : { deviceType }),
      }
      return {
        lockId: change.lockId,
        kind: isHold ? 'TillHold' : 'DojoLock',
        holder: isHold ? change.holder : undefined,
        expiresAtMs: change.expiresAtMs,
        origin,
      }
    }
    case 'extend-lock':
      return lock && { ...lock, expiresAtMs: change.expiresAtMs }
    case 'release-lock':
    case 'release-hold':
    case 'release-by-force':
      return null
    default:
      return undefined
  }
}

/** The order once `change` is committed, without asking the database again. */
export function orderAfter<Order extends OrderState>(
  order: Order,
  nowMs: number,
  change: OrderChange,
): Order {
  const updatedAt = new Date(nowMs).toISOString()
  switch (change.kind) {
    case 'record-payment': {
      const { payment, paidMinor, tipsMinor, status } = change
      return {
        ...order,
        payments: [...order.payments, payment],
        paidMinor,
        tipsMinor,
        status,
        statusBeforeFinal: statusBeforeFinal(order, status),
        updatedAt,
      }
    }
    case 'void-payment':
    case 'restore-payment':
    case 'refund-payment': {
      const { paymentId, paidMinor, tipsMinor, status } = change
      const now =
        change.kind === 'refund-payment'
          ? { refundedMinor: change.refundedMinor, refundedTipsMinor: change.refundedTipsMinor }
          : { stands: change.kind === 'restore-payment' }
      const payments = order.payments.map((payment) =>
        payment.paymentId === paymentId ? { ...payment, ...now } : payment,
      )
      return {
        ...order,
        payments,
        paidMinor,
        tipsMinor,
        status,
        statusBeforeFinal: statusBeforeFinal(order, status),
        updatedAt,
      }
    }
    case 'cancel':
      return { ...order, status: 'Canceled', updatedAt }
    case 'lose-party':
      return { ...order, partyId: undefined, updatedAt }
    case 'lose-reservation':
      return { ...order, reservationId: undefined, updatedAt }
    // A lock is not part of what Dojo is told of an order, and an ended or extended one not of what
    // is decided next.
    case 'take-lock':
    case 'extend-lock':
    case 'release-lock':
    case 'take-hold':
    case 'release-hold':
    case 'release-by-force':
      return order
  }
}

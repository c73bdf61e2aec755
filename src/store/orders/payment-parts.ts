// The payments of an order, as parts of a change.
import type { OrderWrite, PaymentWrite } from '../../domain/orders/order-write.ts'
import type { Payment } from '../../domain/orders/order.ts'
import type { Statement, Value } from '../database/database.ts'
import {
  assignments,
  who,
  type Apart,
  type Column,
  type Expression,
  type Part,
  type Source,
} from './part.ts'

/**
 * One payment that is recorded or changed, with its movement of money; or those that come over from
 * another order, which move no money.
 */
export function paymentParts({ payment: write, takenOver: ids }: OrderWrite): Part[] {
  if (ids.length > 0) return [takenOver(ids)]
  if (write === undefined) return []
  const { isNew, payment } = write
  return [isNew ? recorded(payment) : changed(payment), movement(write)]
}

const recordedColumns = [
  ['payment_id', 'text'],
  ['payment_intent_id', 'text'],
  ['amount_minor', 'bigint'],
  ['tips_minor', 'bigint'],
  ['lock_id', 'text'],
  ['tender', 'tender'],
  ['tendered_minor', 'bigint'],
  ['reference', 'text'],
  ['rounding_minor', 'bigint'],
  ['deposit_party_id', 'text'],
] as const satisfies Column[]

function recordedValues(payment: Payment): Value[] {
  return [
    payment.paymentId,
    payment.paymentIntentId,
    payment.amountMinor,
    payment.tipsMinor,
    payment.lockId,
    payment.tender,
    payment.tenderedMinor,
    payment.reference,
    payment.roundingMinor,
    payment.depositPartyId,
  ]
}

function recorded(payment: Payment): Part {
  const { lineIds } = payment
  return {
    name: 'recorded',
    columns: [...recordedColumns, ['line_ids', 'jsonb']],
    values: [...recordedValues(payment), lineIds && JSON.stringify(lineIds)],
    text: insertPayment,
    sendApart: (to) => {
      sendPayment(to, payment)
    },
  }
}

function insertPayment({ value, rows, after }: Source): Expression[] {
  const names = recordedColumns.map(([name]) => name)
  const origin = ['location_id', 'order_id', 'at', ...who].map(value)
  // Null where the payment names no items.
  const lineIds = `(SELECT array_agg(l.id ORDER BY l.n) FROM jsonb_array_elements_text(${value('line_ids')})
        WITH ORDINALITY AS l(id, n))`
  return [
    ['payment', `${intoPayments} ${rows([...origin, ...names.map(value), lineIds])}`],
    [
      'matched',
      `${setMatched} ${after('FROM')} WHERE i.location_id = ${value('location_id')}
        AND i.payment_intent_id = ${value('payment_intent_id')} AND i.unmatched_at IS NOT NULL`,
    ],
  ]
}

const intoPayments = `INSERT INTO payments (location_id, order_id, recorded_at,
        ${[...who, ...recordedColumns.map(([name]) => name)].join(', ')}, line_ids)`
const setMatched = `UPDATE payment_intents i SET unmatched_at = NULL, unmatched_reason = NULL,
        dismissed_at = NULL, dismissed_reason = NULL`

function sendPayment({ locationId, orderId, at, who, send }: Apart, payment: Payment): void {
  const values = [locationId, orderId, at, ...who, ...recordedValues(payment), payment.lineIds]
  send(`${intoPayments} VALUES (${values.map((_, index) => `$${index + 1}`).join(', ')})`, values)
  const { paymentIntentId } = payment
  if (paymentIntentId === undefined) return
  send(
    `${setMatched} WHERE i.location_id = $1 AND i.payment_intent_id = $2 AND i.unmatched_at IS NOT NULL`,
    [locationId, paymentIntentId],
  )
}

const changedPaymentColumns = [
  ['refunded_minor', 'bigint'],
  ['refunded_tips_minor', 'bigint'],
  ['voided_at', 'timestamptz'],
  ['void_reason', 'text'],
] as const satisfies Column[]

function changed(payment: Payment): Part {
  const { paymentId, refundedMinor, refundedTipsMinor, voidedAt, voidReason } = payment
  return {
    name: 'payment',
    columns: [['payment_id', 'text'], ...changedPaymentColumns],
    values: [paymentId, refundedMinor, refundedTipsMinor, voidedAt, voidReason],
    text: (sql) => [
      [
        'payment',
        `UPDATE payments p SET ${assignments(changedPaymentColumns, sql).join(', ')}
      ${sql.after('FROM')} WHERE p.location_id = ${sql.value('location_id')} AND p.payment_id = ${sql.value('payment_id')}`,
      ],
    ],
  }
}

function movement({ payment: { paymentId }, movement }: PaymentWrite): Part {
  const { kind, amountMinor, tipsMinor, roundingMinor } = movement
  return {
    name: 'movement',
    columns: [
      ['moved_id', 'text'],
      ['moved_kind', 'movement_kind'],
      ['moved_minor', 'bigint'],
      ['moved_tips_minor', 'bigint'],
      ['moved_rounding_minor', 'bigint'],
    ],
    values: [paymentId, kind, amountMinor, tipsMinor, roundingMinor],
    text: insertMovement,
    sendApart: ({ locationId, at, send, sendAtEnd }) => {
      const values = [locationId, paymentId, at, kind, amountMinor, tipsMinor, roundingMinor]
      sendAtEnd({
        questions: [{ statement: countMovements, values: [locationId, paymentId] }],
        write: ([counted], next) => {
          const key = `payment ${locationId} ${paymentId}`
          send(insertNumbered, [...values, next(key, Number(counted!['count']))])
        },
      })
    },
  }
}

const countMovements: Statement = {
  name: 'payment_count_movements',
  text: 'SELECT count(*) AS count FROM payment_movements WHERE location_id = $1 AND payment_id = $2',
}

const insertNumbered = `INSERT INTO payment_movements
      (location_id, payment_id, at, kind, amount_minor, tips_minor, rounding_minor, sequence)
    VALUES ($1, $2, $3, $4::movement_kind, $5, $6, $7, $8)`

function insertMovement({ value, rows }: Source): Expression[] {
  const [venue, payment] = [value('location_id'), value('moved_id')]
  const sequence = `(SELECT count(*) + 1 FROM payment_movements m WHERE m.location_id = ${venue} AND m.payment_id = ${payment})`
  const moved = ['moved_kind', 'moved_minor', 'moved_tips_minor', 'moved_rounding_minor'].map(value)
  return [
    [
      'movement',
      `INSERT INTO payment_movements (location_id, payment_id, sequence, at, kind, amount_minor, tips_minor, rounding_minor)
      ${rows([venue, payment, sequence, value('at'), ...moved])}`,
    ],
  ]
}

/** Payments of an order that this one takes over. */
function takenOver(paymentIds: readonly string[]): Part {
  return {
    name: 'taken_over',
    columns: [['taken_over', 'text[]']],
    values: [paymentIds],
    isOfOne: true,
    text: ({ value }) => [
      [
        'taken_over',
        `UPDATE payments SET order_id = ${value('order_id')}, recorded_on = coalesce(recorded_on, order_id)
      WHERE location_id = ${value('location_id')} AND payment_id = ANY(${value('taken_over')})`,
      ],
    ],
  }
}

/** For the bench: a payment that is recorded. */
export function recordedParts(): Part[] {
  const payment = { paymentId: '', tender: 'Dojo' } as Payment
  const moved = { kind: 'Recorded', amountMinor: 0, tipsMinor: 0, roundingMinor: 0 } as const
  return [recorded(payment), movement({ isNew: true, payment, movement: moved })]
}

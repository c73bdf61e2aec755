// Refunds without a payment. Their rows are card payments.
import { notFound } from '../../domain/errors.ts'
import { declinedStatuses } from '../../domain/payments/card-payment.ts'
import type { Queryable, Statement } from '../database/database.ts'
import {
  cardPaymentNow,
  readCardPayment,
  wholeCardPayment,
  type CardPaymentNow,
  type CardPaymentRow,
} from './card-payments.ts'

const { columns, source } = wholeCardPayment

/** @throws Refusal NotFound */
export async function readUnlinkedRefund(
  database: Queryable,
  locationId: string,
  refundId: string,
): Promise<CardPaymentNow> {
  const now = await readCardPayment(database, locationId, refundId)
  if (now.payment.kind !== 'UnlinkedRefund') throw notFound('refund', refundId)
  return now
}

const selectNewest: Statement = {
  name: 'unlinked_refunds',
  text: `SELECT ${columns} ${source} AND c.kind = 'UnlinkedRefund' ORDER BY c.started_at DESC, c.card_payment_id LIMIT $2`,
}

/** Newest first. */
export async function readUnlinkedRefunds(
  database: Queryable,
  locationId: string,
  most: number,
): Promise<CardPaymentNow[]> {
  const rows = await database.rows<CardPaymentRow>(selectNewest, [locationId, most])
  return rows.map(cardPaymentNow)
}

const isDeclined = declinedStatuses.map((status) => `@.status == "${status}"`).join(' || ')

/** Most that are not given were declined: those are not read, however many there have been. */
const selectNotSettled: Statement = {
  name: 'unlinked_refunds_not_settled',
  text: `SELECT ${columns} ${source} AND c.kind = 'UnlinkedRefund' AND c.given_at IS NULL AND c.by_hand IS NULL
      AND c.ended_at IS NOT NULL
      AND c.attempts @? '$[*] ? (exists(@.askedAtMs) && !exists(@.refused) && !(${isDeclined}))'
    ORDER BY c.started_at, c.card_payment_id`,
}

/**
 * Over, not known to be given, with an attempt that was not declined, and nobody has looked at the
 * machine. Oldest first.
 */
export async function readNotSettled(
  database: Queryable,
  locationId: string,
): Promise<CardPaymentNow[]> {
  const rows = await database.rows<CardPaymentRow>(selectNotSettled, [locationId])
  return rows.map(cardPaymentNow)
}

// Refunds without a payment. Their rows are card payments.
import { notFound } from '../../domain/errors.ts'
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

const selectEndedNotGiven: Statement = {
  name: 'unlinked_refunds_ended_not_given',
  text: `SELECT ${columns} ${source} AND c.kind = 'UnlinkedRefund' AND c.given_at IS NULL AND c.by_hand IS NULL
      AND c.ended_at IS NOT NULL ORDER BY c.started_at, c.card_payment_id`,
}

/** Over, not known to be given, and nobody has looked at the machine. Oldest first. */
export async function readEndedNotGiven(
  database: Queryable,
  locationId: string,
): Promise<CardPaymentNow[]> {
  const rows = await database.rows<CardPaymentRow>(selectEndedNotGiven, [locationId])
  return rows.map(cardPaymentNow)
}

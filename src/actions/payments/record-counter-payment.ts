// Records what Dojo's socket for the counter says has become of a payment or refund. The same
// outcome again changes nothing; after a process that dies in between, Dojo says it again.
import type { Caller } from '../../domain/caller.ts'
import type { NewId } from '../../domain/ids.ts'
import {
  afterRecord,
  factsOf,
  followsRecord,
  planOfRecord,
  strayReason,
  type CounterRecord,
} from '../../domain/payments/counter-record.ts'
import type { Database } from '../../store/database/database.ts'
import { lockIntent, writeUnmatched } from '../../store/payments/intents.ts'
import { readRefund } from '../../store/payments/refunds.ts'
import { readSocketPayment, writeSocketRecord } from '../../store/payments/socket-payments.ts'
import { changeCardPayment } from './change-card-payment.ts'
import { noteRefundOutcome } from './note-refund-outcome.ts'
import { settleIntent } from './settle-intent.ts'

export interface RecordDeps {
  database: Database
  newId: NewId
}

/**
 * @param isPushed Dojo sent it unasked and waits for an answer; otherwise it answers a question
 * @returns whether Dojo had pushed the same before
 */
export async function recordCounterPayment(
  deps: RecordDeps,
  caller: Caller,
  record: CounterRecord,
  isPushed: boolean,
): Promise<{ wasKnown: boolean }> {
  const { database } = deps
  const { locationId } = caller
  const { paymentId, outcome } = record
  const known = await readSocketPayment(database, locationId, paymentId)
  const { wasKnown, what } = planOfRecord(known, outcome, isPushed)
  if (what === 'stray') await keepStray(deps, caller, record, isPushed)
  if (what === 'take') await take(deps, caller, known!.cardPaymentId!, record)
  if (what === 'take' || what === 'keep') await keep(deps, caller, record, isPushed)
  return { wasKnown }
}

/** Its card payment, its bill or its refund. Each step can be repeated. */
async function take(
  deps: RecordDeps,
  caller: Caller,
  cardPaymentId: string,
  record: CounterRecord,
): Promise<void> {
  const { database } = deps
  const { locationId } = caller
  const { payment, nowMs } = await changeCardPayment(
    database,
    caller,
    { cardPaymentId },
    ({ payment: now, nowMs: atMs }) => afterRecord(now, record, atMs),
  )
  const next = followsRecord(payment, record)
  if (next?.what === 'settle') {
    const ageSeconds = Math.max(0, (nowMs - payment.startedAtMs) / 1000)
    await settleIntent(deps, caller, factsOf(record, payment, nowMs), ageSeconds)
  }
  if (next?.what !== 'refund') return
  const refund = await readRefund(database, locationId, next.refundId)
  await noteRefundOutcome(database, caller, refund, next.done)
  // Its row says now that it is done, and so the card payment is over.
  await changeCardPayment(database, caller, { cardPaymentId }, ({ payment: now }) => now)
}

async function keep(
  { database }: RecordDeps,
  { locationId }: Caller,
  record: CounterRecord,
  isPushed: boolean,
): Promise<void> {
  await database.transaction(async (tx) => {
    writeSocketRecord(tx, locationId, record, isPushed)
  })
}

/** No till of this server started it: staff have to know. */
async function keepStray(
  { database }: RecordDeps,
  { locationId }: Caller,
  record: CounterRecord,
  isPushed: boolean,
): Promise<void> {
  const reason = strayReason(record)
  await database.transaction(async (tx) => {
    writeSocketRecord(tx, locationId, record, isPushed)
    if (reason === undefined) return
    const { paymentId } = record
    await lockIntent(tx, locationId, paymentId)
    writeUnmatched(tx, locationId, paymentId, reason)
  })
}

// Records what Dojo's socket for the counter says has become of a payment or refund. The same
// outcome again changes nothing; after a process that dies in between, Dojo says it again.
import type { Caller } from '../../domain/caller.ts'
import type { NewId } from '../../domain/ids.ts'
import { spoken } from '../../domain/money.ts'
import type { CardPayment } from '../../domain/payments/card-payment.ts'
import { withFinding } from '../../domain/payments/card-payment-findings.ts'
import { factsOf, sessionOf, type CounterRecord } from '../../domain/payments/counter-record.ts'
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
 * @param wasTold Dojo tells it by itself and waits for the answer; otherwise it was asked
 * @returns whether Dojo had told the same before
 */
export async function recordCounterPayment(
  deps: RecordDeps,
  caller: Caller,
  record: CounterRecord,
  wasTold: boolean,
): Promise<{ wasKnown: boolean }> {
  const { database } = deps
  const { locationId } = caller
  const { paymentId, outcome } = record
  const known = await readSocketPayment(database, locationId, paymentId)
  const isSame = known?.outcome === outcome
  const wasKnown = isSame && known.wasTold
  // An outcome that is not known is looked at again and again.
  if (isSame && outcome !== 'Unknown') {
    if (wasTold && !wasKnown) await keep(deps, caller, record, true)
    return { wasKnown }
  }
  if (known?.cardPaymentId === undefined) await keepStray(deps, caller, record, wasTold)
  else {
    await take(deps, caller, known.cardPaymentId, record)
    await keep(deps, caller, record, wasTold)
  }
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
  if (payment.kind === 'Sale') {
    const ageSeconds = Math.max(0, (nowMs - payment.startedAtMs) / 1000)
    await settleIntent(deps, caller, factsOf(record, payment, nowMs), ageSeconds)
    return
  }
  if (payment.refund === undefined || record.outcome !== 'Captured') return
  const refund = await readRefund(database, locationId, payment.refund.refundId)
  const done = { outcome: 'done', dojoRefundId: record.paymentId } as const
  await noteRefundOutcome(database, caller, refund, done)
  // Its row says now that it is done, and so the card payment is over.
  await changeCardPayment(database, caller, { cardPaymentId }, ({ payment: now }) => now)
}

/**
 * An earlier try that was paid after all is settled by itself. What is under way in its place is
 * stopped, if it still can be.
 */
function afterRecord(payment: CardPayment, record: CounterRecord, nowMs: number): CardPayment {
  if (record.paymentId === payment.socketPaymentId) {
    return withFinding(payment, { found: 'session', session: sessionOf(record) }, nowMs)
  }
  if (record.outcome !== 'Captured' || payment.endedAtMs !== undefined) return payment
  return { ...payment, cancelWantedAtMs: payment.cancelWantedAtMs ?? nowMs }
}

async function keep(
  { database }: RecordDeps,
  { locationId }: Caller,
  record: CounterRecord,
  wasTold: boolean,
): Promise<void> {
  await database.transaction(async (tx) => {
    writeSocketRecord(tx, locationId, record, wasTold)
  })
}

/** No till of this server started it: staff have to know. */
async function keepStray(
  { database }: RecordDeps,
  { locationId }: Caller,
  record: CounterRecord,
  wasTold: boolean,
): Promise<void> {
  const { paymentId, outcome, amountMinor, tipsMinor, currency } = record
  await database.transaction(async (tx) => {
    writeSocketRecord(tx, locationId, record, wasTold)
    if (outcome === 'Declined' || outcome === 'Canceled') return
    await lockIntent(tx, locationId, paymentId)
    const amount = spoken(amountMinor + tipsMinor, currency)
    const reason =
      `Dojo recorded a card payment of ${amount} as ${outcome}, ` +
      'which no till of this venue started here.'
    writeUnmatched(tx, locationId, paymentId, reason)
  })
}

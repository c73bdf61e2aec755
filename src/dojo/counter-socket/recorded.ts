// Reads the outcome of a payment or refund as Dojo has it recorded. Nearly every field of it is
// assumed. Those that matter to money are required, so that one that makes no sense fails, and is
// sent again, instead of passing for another outcome.
import type { CounterSchemas, RecordedPayment } from '../../contract/counter-socket.ts'
import type { CounterOutcome, CounterRecord } from '../../domain/payments/counter-record.ts'
import { CounterUnreadable } from './errors.ts'

export interface Recorded {
  paymentId: string
  wasKnown: boolean
}

const OUTCOMES: Readonly<Record<string, CounterOutcome>> = {
  CARD_PRESENT_PAYMENT_STATUS_DECLINED: 'Declined',
  CARD_PRESENT_PAYMENT_STATUS_CANCELLED: 'Canceled',
}

/** @throws CounterUnreadable */
export function recordIn(params: Record<string, unknown>): CounterRecord {
  const record = params as Partial<RecordedPayment>
  const { paymentId, currency, baseAmount, tipsAmount = 0, cashbackAmount } = record
  if (typeof paymentId !== 'string' || paymentId === '') {
    throw new CounterUnreadable('A recorded payment has no paymentId.')
  }
  const refuse = (fault: string): never => {
    throw new CounterUnreadable(`The recorded payment ${paymentId} ${fault}.`)
  }
  const minorOf = (value: unknown, field: string): number =>
    Number.isSafeInteger(value) && (value as number) >= 0
      ? (value as number)
      : refuse(`has a ${field} that is not a whole number of minor units`)
  if (typeof record.paymentSuccessful !== 'boolean') return refuse('has no paymentSuccessful')
  if (typeof currency !== 'string') return refuse('has no currency')
  return {
    paymentId,
    outcome: outcomeOf(record as RecordedPayment),
    currency,
    amountMinor: minorOf(baseAmount, 'baseAmount'),
    tipsMinor: minorOf(tipsAmount, 'tipsAmount'),
    cashbackMinor: cashbackAmount == null ? undefined : minorOf(cashbackAmount, 'cashbackAmount'),
    kept: keptOf(record.methodDetails),
  }
}

/** Anything that is not known to be a no is not taken for one. */
function outcomeOf(record: RecordedPayment): CounterOutcome {
  const { paymentSuccessful, captureMode, captured = false, released = false } = record
  if (released) return 'Reversed'
  if (paymentSuccessful) return captureMode === 'MANUAL' && !captured ? 'Authorized' : 'Captured'
  return OUTCOMES[record.methodDetails?.cardPresentPaymentStatus ?? ''] ?? 'Unknown'
}

/** What helps to find the payment at the bank, and nothing of the card but its last digits. */
function keptOf(details: CounterSchemas['MethodDetails'] | undefined): Record<string, string> {
  const { method, cardPresentPaymentInfo: info } = details ?? {}
  const kept = {
    method,
    acquirerTransactionId: info?.acquirerTransactionId,
    authCode: info?.authCode,
    entryMode: info?.entryMode,
    scheme: info?.card?.scheme,
    last4: info?.card?.last4PAN,
  }
  return Object.fromEntries(
    Object.entries(kept).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  )
}

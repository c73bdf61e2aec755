// Idempotent by event id, in any order. Unknown kinds of event, and unknown words about a payment,
// are kept and change nothing. Refusals: InvalidRequest for a known kind without what it must
// carry, or a time that is none.
import { compileComponent, describeFault } from '../../contract/validation.ts'
import type { Schemas } from '../../contract/capabilities.ts'
import { invalid } from '../../domain/errors.ts'
import { foreignId } from '../../domain/ids.ts'
import { timeMs } from '../../domain/time.ts'
import { takeEvent, type EventOutcome } from '../../store/payments/dojo-events.ts'
import type { Handler } from './handler.ts'

const PAYMENT_INTENT_EVENTS = ['payment_intent.created', 'payment_intent.status_updated']

/** What staff or operators should know of. */
const MESSAGES: Partial<Record<EventOutcome, string>> = {
  'payment-voided': 'Dojo took a recorded payment back',
  unmatched: 'Dojo captured a payment that no order has',
  'foreign-account':
    'an event of another account of Dojo was kept and has no effect; if it is the right one, change --dojo-account-id with npx epos location set',
}

const isPaymentIntentEvent = compileComponent('PaymentIntentEvent')

export const handleEvent: Handler<'HandleEvent'> = async (
  { store, notice },
  caller,
  { id, accountId, event, createdAt, data },
) => {
  const speaksOfIntent = PAYMENT_INTENT_EVENTS.includes(event)
  if (speaksOfIntent && !isPaymentIntentEvent(data)) {
    throw invalid(`In data: ${describeFault(isPaymentIntentEvent.errors)}`)
  }
  const { paymentIntentId, paymentStatus: status } = data as Schemas['PaymentIntentEvent']
  const outcome = await takeEvent(store.database, caller, {
    eventId: foreignId(id, 'id'),
    accountId,
    eventType: event,
    createdAtMs: timeMs(createdAt, 'createdAt'),
    data,
    intent: speaksOfIntent
      ? { paymentIntentId: foreignId(paymentIntentId, 'data.paymentIntentId'), status }
      : undefined,
  })
  const message = MESSAGES[outcome]
  if (message !== undefined) notice(caller, message, { eventId: id, paymentIntentId, status })
  return {}
}

// Idempotent by event id; events may arrive in any order. Unknown event types and unknown statuses
// are kept and change nothing. What an event about a payment does is decided in
// domain/payments/event.ts. Refusals: InvalidRequest for a known event type without its data, or
// for a time that is not one.
import { receiveEvent, type EventOutcome } from '../../actions/payments/receive-event.ts'
import { compileComponent, describeFault } from '../../contract/validation.ts'
import type { Schemas } from '../../contract/capabilities.ts'
import { invalid } from '../../domain/errors.ts'
import { foreignId } from '../../domain/ids.ts'
import { timeMs } from '../../domain/time.ts'
import type { Handler } from './handler.ts'

const PAYMENT_INTENT_EVENTS = ['payment_intent.created', 'payment_intent.status_updated']

/** Outcomes that staff or operators should know of. */
const MESSAGES: Partial<Record<EventOutcome, string>> = {
  'payment-voided': 'a recorded payment was voided: Dojo returned the money',
  unmatched: 'Dojo captured a payment that no order has',
  'foreign-account':
    'an event of another Dojo account was kept without effect; if that account is the right one, ' +
    'set it with npx epos location set --dojo-account-id',
}

const isPaymentIntentEvent = compileComponent('PaymentIntentEvent')

export const handleEvent: Handler<'HandleEvent'> = async (
  { store, notice },
  caller,
  { id, accountId, event, createdAt, data },
) => {
  const isAboutIntent = PAYMENT_INTENT_EVENTS.includes(event)
  if (isAboutIntent && !isPaymentIntentEvent(data)) {
    throw invalid(`In data: ${describeFault(isPaymentIntentEvent.errors)}`)
  }
  const { paymentIntentId, paymentStatus: status } = data as Schemas['PaymentIntentEvent']
  const outcome = await receiveEvent(store.database, caller, {
    eventId: foreignId(id, 'id'),
    accountId: foreignId(accountId, 'accountId'),
    eventType: event,
    createdAtMs: timeMs(createdAt, 'createdAt'),
    data,
    intent: isAboutIntent
      ? { paymentIntentId: foreignId(paymentIntentId, 'data.paymentIntentId'), status }
      : undefined,
  })
  const message = MESSAGES[outcome]
  if (message !== undefined) notice(caller, message, { eventId: id, paymentIntentId, status })
  return {}
}

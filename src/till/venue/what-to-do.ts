// What a manager can do about a refused request of Dojo, by the reason of the refusal. The sentence
// of the refusal says what happened; this says what comes next.
import type { RefusalReason } from '../../domain/errors.ts'

const LOOK_AGAIN = 'Take the payment again on the card machine, which reads the bill anew.'
const THE_INTEGRATION =
  'Nothing can be done at the venue. Give the trace id to those who look after the connection ' +
  'with Dojo.'
const DOJO_PAYS_BACK = 'Dojo gives the money of a refused payment back by itself.'

type Refused = RefusalReason | 'unavailable' | 'bug' | 'json'

const ADVICE: Partial<Record<Refused, string>> = {
  overpaid:
    'The bill came down, or part of it was paid in the meantime. ' +
    `${DOJO_PAYS_BACK} ${LOOK_AGAIN}`,
  paid: `Open the order to see who paid it and how. ${DOJO_PAYS_BACK}`,
  final:
    'The order is closed. Open it to see when and by whom; a manager can reopen it, and then ' +
    'the payment can be taken again.',
  locked:
    'Somebody else pays on this table. Wait until the lock ends, or free the table on the floor ' +
    'if nobody is there any more.',
  held:
    'Somebody edits the order at a till. Finish there, or wait until the hold ends by itself; ' +
    'then pay again.',
  'lock-released':
    'The table was freed, or the lock ran out, before the payment came. Open the table on the ' +
    `card machine again. ${DOJO_PAYS_BACK}`,
  'intent-elsewhere': 'The same payment is on another order already. Open Money to see which one.',
  'intent-not-paid':
    'Dojo does not show the money as taken, so the bill stays open. Take the payment again, ' +
    'unless the guest has a receipt: then look under Money.',
  unverified:
    'What Dojo shows of the payment differs from what was sent. Look under Money before you ask ' +
    'the guest to pay again.',
  'content-differs':
    'Dojo sent this before, with other content, and the first one counts. Open the order to see ' +
    'what is on it.',
  currency: 'The payment is in another currency than the venue. Check the card machine’s account.',
  'not-found':
    'What it names was never here, or belongs to another venue. Refresh the list on the card ' +
    'machine, and check which venue the machine is set up for.',
  'unknown-reference':
    'It names a table, waiter or item that is not set up here. Add it under Setup, or choose ' +
    'another.',
  'unknown-waiter':
    'The waiter’s number is not set up here. Add the waiter under Setup, or enter another.',
  occupied: 'Guests sit there. Choose another table, or end their visit first.',
  overlapping: 'The table is booked at that time. Choose another table or another time.',
  'unavailable-item': 'It is not available today. Switch it on under Setup, or choose another.',
  cursor: 'The list changed while it was read. Open it anew on the card machine.',
  schema: THE_INTEGRATION,
  json: THE_INTEGRATION,
  invalid: THE_INTEGRATION,
  unavailable:
    'The server was busy or could not reach its database, usually for a moment. Try again; if it ' +
    `continues, call those who run the server. ${DOJO_PAYS_BACK}`,
  bug: 'The server failed. Give its operator the trace id, under which its log has the details.',
}

/** Undefined where the sentence has to do. */
export function whatToDo({ reason }: { reason: string | undefined }): string | undefined {
  return ADVICE[reason as Refused]
}

// Every code of a problem of the till API, with its status and meaning. Codes are stable, sentences
// are not.
import type { RefusalReason } from '../../domain/errors.ts'

/** Only Dojo is refused for these reasons. */
type OfDojo = 'currency' | 'intent-elsewhere' | 'intent-not-paid' | 'unverified'

/** Found before an operation runs, or while it fails. */
type OfFrame =
  | 'schema'
  | 'json'
  | 'request'
  | 'unauthenticated'
  | 'route'
  | 'method'
  | 'too-large'
  | 'media-type'
  | 'too-many-failures'
  | 'bug'
  | 'unavailable'

export type ProblemCode = Exclude<RefusalReason, OfDojo> | OfFrame

export const problemCodes: Readonly<
  Record<ProblemCode, readonly [status: number, meaning: string]>
> = {
  schema: [400, 'a field is missing, unknown or wrong; `errors` lists all of them'],
  json: [400, 'the body is not JSON that this server accepts'],
  request: [400, 'the server cannot understand the request'],
  'setup-faults': [400, 'the set-up has faults; `errors` lists them by line or field'],
  invalid: [400, 'the request makes no sense; `detail` says why'],
  'unknown-reference': [400, 'a field names something that this venue does not have'],
  'unknown-waiter': [
    400,
    'the header Waiter-Id names a waiter that the venue does not have, or not the one of the token',
  ],
  cursor: [400, 'the cursor is not one of this list'],
  unauthenticated: [401, 'the token is missing, wrong or revoked'],
  forbidden: [403, 'it needs a token with another role; `roles` lists them'],
  'not-found': [404, 'this venue has nothing with this id'],
  route: [404, 'there is no such path'],
  method: [405, 'the path does not take this method; the header Allow lists those it takes'],
  'content-differs': [409, 'the id that you chose already names something else'],
  final: [409, 'the order is Finalized, Canceled or Failed'],
  'not-final': [409, 'the order is not Finalized'],
  'not-locked': [409, 'nobody has locked the order'],
  transition: [409, 'the order cannot change from its status to the requested one'],
  void: [409, 'the line or payment is void'],
  'already-ready': [409, 'the kitchen has finished the line; add a new line for more of it'],
  'ordered-by-dojo': [409, 'what was ordered through Dojo cannot be changed here'],
  'line-elsewhere': [409, 'the line is on another order'],
  'unavailable-item': [409, 'the item is not available at the moment'],
  unpaid: [409, 'there is a balance left to pay; `balanceMinor` says how much'],
  paid: [409, 'there are payments; return them first'],
  overpaid: [409, 'it is more than the balance'],
  'below-paid': [409, 'the total would fall below what is paid; return `giveBackMinor` first'],
  'paid-by-dojo': [409, 'Dojo took the payment, so only Dojo can reverse it; refund it instead'],
  'no-deposit': [409, 'there is no deposit, or not so much; `depositMinor` says what is left'],
  'card-must-be-present': [409, 'a terminal read the card, so only a terminal can refund it'],
  'dojo-refused': [409, 'Dojo refused it'],
  'not-by-dojo': [409, 'Dojo did not take the payment; void it instead'],
  'more-than-refundable': [
    409,
    'it is more than what is left; `refundableMinor` says how much that is',
  ],
  'not-captured': [409, 'Dojo has not reported the payment as paid'],
  'amount-unknown': [409, 'Dojo has not shown how much the payment is'],
  'on-a-bill': [409, 'its payment counts on a bill; `paymentId` says which to refund'],
  'other-order': [409, 'at Dojo the payment is for another order'],
  'refund-unknown': [409, 'the outcome at Dojo is not known yet; send the same request again'],
  'card-under-way': [409, 'a card payment is under way; `cardPaymentId` says which'],
  'card-payment-over': [409, 'the card payment is past that; `cardPaymentStatus` says where it is'],
  'charge-unknown': [
    409,
    'it is not known whether the card was charged; `unknownUntil` says until when',
  ],
  'terminal-busy': [409, 'the card machine is taking another payment'],
  'not-allowed': [409, 'the settings of the venue do not allow it'],
  'lock-released': [409, 'the lock or hold has ended'],
  occupied: [409, 'the table is taken'],
  overlapping: [409, 'the table is booked at that time'],
  'name-taken': [409, 'another has this name'],
  'in-use': [409, 'it is in use, by what `detail` names'],
  'day-open': [409, 'a business day is open'],
  'day-closed': [409, 'no business day is open, or this one is closed already'],
  'open-orders': [409, 'orders are open'],
  'venue-kind': [409, 'it does not apply to this kind of venue; `kind` says which that is'],
  stale: [412, 'it has changed since the version in If-Match; `version` is the current one'],
  'too-large': [413, 'the body is larger than this server accepts'],
  'media-type': [415, 'the operation does not accept the media type of the body'],
  'key-reused': [422, 'the Idempotency-Key was used for another request'],
  locked: [423, 'Dojo has locked the order while a guest pays; `lock` says who, and until when'],
  held: [423, 'another till is editing the order; `lock` says which, and until when'],
  'too-many-streams': [429, 'too many streams are open; Retry-After says when to try again'],
  'too-many-failures': [
    429,
    'too many wrong tokens came from this address; Retry-After says when to try again',
  ],
  bug: [500, 'the server failed; its log has the details under `traceId`'],
  unavailable: [
    503,
    'the database is unreachable or slow, or the server overloaded; see Retry-After',
  ],
}

export function isProblemCode(code: string): code is ProblemCode {
  return Object.hasOwn(problemCodes, code)
}

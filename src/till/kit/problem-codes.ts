// Every code that a problem of the till API can have, with its status and what it means. Codes are
// stable; sentences are not.
import type { RefusalReason } from '../../domain/errors.ts'

/** What only Dojo is refused with. */
type OfDojo = 'currency' | 'intent-elsewhere' | 'intent-not-paid' | 'unverified'

/** What is found before an operation runs, or instead of it. */
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
  schema: [400, 'a field is missing, unknown or not as it should be; `errors` lists them'],
  json: [400, 'the body is not JSON that this server takes'],
  request: [400, 'the request is not one that this server understands'],
  'setup-faults': [400, 'the set-up has faults; `errors` lists them by line or field'],
  invalid: [400, 'what the request says makes no sense; `detail` says why'],
  'unknown-reference': [400, 'a field names something that this venue does not have'],
  'unknown-waiter': [
    400,
    'the header Waiter-Id names somebody whom the venue does not have, or whose token it is not',
  ],
  cursor: [400, 'the cursor is not one that this list gave'],
  unauthenticated: [401, 'the token is missing, wrong or revoked'],
  forbidden: [403, 'it takes a token of another role; `roles` lists those that may'],
  'not-found': [404, 'this venue has nothing with this id'],
  route: [404, 'there is no such path'],
  method: [405, 'the path does not take this method; the header Allow lists those that it takes'],
  'content-differs': [409, 'the id that was chosen names something else already'],
  final: [409, 'the order is Finalized, Canceled or Failed'],
  'not-final': [409, 'the order is not Finalized'],
  'not-locked': [409, 'nobody has locked the order'],
  transition: [409, 'the status does not become the one that was asked for'],
  void: [409, 'the line or payment is void'],
  'already-ready': [
    409,
    'the kitchen is done with the line; what is ordered more is a line of its own',
  ],
  'ordered-by-dojo': [409, 'what was ordered through Dojo stays as it is'],
  'line-elsewhere': [409, 'the line is on another order'],
  'unavailable-item': [409, 'the item is not available at the moment'],
  unpaid: [409, 'something is still owed; `balanceMinor` says how much'],
  paid: [409, 'there are payments; they go back first'],
  overpaid: [409, 'it is more than what is owed'],
  'below-paid': [
    409,
    'the total would be less than what is paid; `giveBackMinor` says what has to go back first',
  ],
  'paid-by-dojo': [409, 'the payment is one of Dojo, which only Dojo takes back'],
  'card-must-be-present': [
    409,
    'the card was read by a terminal, so only a terminal can give the money back',
  ],
  'dojo-refused': [409, 'Dojo refused it'],
  'not-by-dojo': [409, 'the payment is not one of Dojo; void it instead'],
  'more-than-stands': [
    409,
    'it is more than what is left of the payment; facts say how much that is',
  ],
  'refund-unknown': [409, 'Dojo has not said what came of it; send the same again'],
  'lock-released': [409, 'the lock or hold has ended'],
  occupied: [409, 'the table is taken'],
  overlapping: [409, 'the table is booked at that time'],
  'name-taken': [409, 'another has this name'],
  'in-use': [409, 'it is in use, by what `detail` names'],
  'day-open': [409, 'a business day is open'],
  'day-closed': [409, 'no business day is open, or it is closed already'],
  'open-tabs': [409, 'tabs are open'],
  stale: [412, 'it has changed since the version of If-Match; `version` says what it is now'],
  'too-large': [413, 'the body is larger than this server takes'],
  'media-type': [415, 'the body has a media type that the operation does not take'],
  'key-reused': [422, 'the Idempotency-Key was used for another request'],
  locked: [
    423,
    'Dojo holds the lock of the order while somebody pays; `lock` says who, and until when',
  ],
  held: [423, 'another till edits the order; `lock` says which, and until when'],
  'too-many-streams': [429, 'too many streams are open; Retry-After says when to try again'],
  'too-many-failures': [
    429,
    'too many wrong tokens came from this address; Retry-After says when to go on',
  ],
  bug: [500, 'the server failed; its log has the particulars under `traceId`'],
  unavailable: [
    503,
    'the database is away or too slow, or the server is overloaded; Retry-After says when to go on',
  ],
}

export const isProblemCode = (code: string): code is ProblemCode =>
  Object.hasOwn(problemCodes, code)

// The catalogue of refusals. Dojo's contracts, REST and WebSocket alike, know four kinds of error.
// A refusal is one of the first three, with a sentence for the person who reads Dojo's logs;
// anything else that is thrown is a bug or a fault of the machine, and becomes the fourth.

export type RefusalType = 'InvalidRequest' | 'NotFound' | 'Conflict'

/** Why, in one word, for metrics and logs. */
export type RefusalReason =
  | 'invalid'
  | 'schema'
  | 'currency'
  | 'unknown-reference'
  | 'cursor'
  | 'unknown-waiter'
  | 'not-found'
  | 'content-differs'
  | 'intent-elsewhere'
  | 'intent-not-paid'
  | 'unverified'
  | 'final'
  | 'locked'
  | 'held'
  | 'overpaid'
  | 'paid'
  | 'lock-released'
  | 'occupied'
  | 'overlapping'
  // Only tills are refused with the following.
  | 'not-final'
  | 'not-locked'
  | 'void'
  | 'already-ready'
  | 'ordered-by-dojo'
  | 'below-paid'
  | 'unpaid'
  | 'paid-by-dojo'
  | 'no-deposit'
  | 'unavailable-item'
  | 'line-elsewhere'
  | 'transition'
  | 'in-use'
  | 'stale'
  | 'key-reused'
  | 'forbidden'
  | 'card-must-be-present'
  | 'refund-unknown'
  | 'dojo-refused'
  | 'day-open'
  | 'day-closed'
  | 'open-orders'
  | 'not-by-dojo'
  | 'more-than-refundable'
  | 'card-under-way'
  | 'card-payment-over'
  | 'charge-unknown'
  | 'terminal-busy'
  | 'not-allowed'
  | 'setup-faults'
  | 'name-taken'
  | 'too-many-streams'
  | 'venue-kind'
  | 'not-captured'
  | 'amount-unknown'
  | 'on-a-bill'
  | 'other-order'

export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly type: RefusalType
  readonly reason: RefusalReason
  /** For programs: amounts, ids, who holds the lock. */
  readonly facts: object

  constructor(type: RefusalType, reason: RefusalReason, message: string, facts: object = {}) {
    super(message)
    this.type = type
    this.reason = reason
    this.facts = facts
  }
}

export function invalid(message: string, reason: RefusalReason = 'invalid'): Refusal {
  return new Refusal('InvalidRequest', reason, message)
}

/** The same, for a fault of one field, which a page shows beside it. */
export function invalidField(field: string, message: string): Refusal {
  return new Refusal('InvalidRequest', 'invalid', message, { errors: [{ field, message }] })
}

export function conflict(reason: RefusalReason, message: string, facts?: object): Refusal {
  return new Refusal('Conflict', reason, message, facts)
}

/** The same sentence for an id that does not exist and for one of another venue. */
export function notFound(what: string, id: string): Refusal {
  return new Refusal(
    'NotFound',
    'not-found',
    `There is no ${what} with the id ${id} in this venue.`,
  )
}

/**
 * The fault is the machine's, not the caller's: the database cannot be reached or is too slow.
 * Another try later may succeed.
 */
export class Unavailable extends Error {
  override readonly name = 'Unavailable'
  /** What the caller may know of it. */
  readonly debugMessage: string

  constructor(
    message: string,
    {
      debugMessage = 'The server cannot answer at the moment; try again shortly.',
      ...options
    }: ErrorOptions & { debugMessage?: string } = {},
  ) {
    super(message, options)
    this.debugMessage = debugMessage
  }
}

/** The caller itself asks for more than its share. No fault of ours, so nobody looks for one. */
export class Busy extends Unavailable {
  constructor(message: string) {
    super(message, {
      debugMessage: 'This venue has too many requests in progress; send fewer at once.',
    })
  }
}

/** What the answer to a failed call says, whatever carries it. */
export interface Fault {
  errorType: RefusalType | 'UnexpectedError'
  debugMessage: string
  /** Why, in one word, for logs and metrics. */
  reason: string
  /** When another try makes sense. */
  retryAfterSeconds?: number | undefined
}

/** Only a refusal says what went wrong; a bug says nothing but that there was one. */
export function faultOf(error: unknown): Fault {
  if (error instanceof Refusal) {
    return { errorType: error.type, debugMessage: error.message, reason: error.reason }
  }
  if (error instanceof Unavailable) {
    return {
      errorType: 'UnexpectedError',
      debugMessage: error.debugMessage,
      reason: 'unavailable',
      retryAfterSeconds: 1,
    }
  }
  return {
    errorType: 'UnexpectedError',
    debugMessage:
      'The server failed while working on this request; ' +
      'its log has the details under the trace id.',
    reason: 'bug',
  }
}

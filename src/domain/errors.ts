// The one catalogue of refusals. Dojo's contracts, REST and WebSocket alike, know four kinds of
// error; a refusal is one of them with a sentence for the person who reads Dojo's logs. Whatever
// else is thrown is a bug or a fault of the machine.

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
  // What only the venue's own tills are refused with.
  | 'not-final'
  | 'not-locked'
  | 'void'
  | 'already-ready'
  | 'ordered-by-dojo'
  | 'below-paid'
  | 'unpaid'
  | 'paid-by-dojo'
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
  | 'open-tabs'
  | 'not-by-dojo'
  | 'more-than-stands'
  | 'setup-faults'
  | 'name-taken'
  | 'too-many-streams'

export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly type: RefusalType
  readonly reason: RefusalReason
  /** For whoever can read more than a sentence: amounts, ids, who is in the way. */
  readonly facts: object

  constructor(type: RefusalType, reason: RefusalReason, message: string, facts: object = {}) {
    super(message)
    this.type = type
    this.reason = reason
    this.facts = facts
  }
}

export const invalid = (message: string, reason: RefusalReason = 'invalid'): Refusal =>
  new Refusal('InvalidRequest', reason, message)
export const conflict = (reason: RefusalReason, message: string, facts?: object): Refusal =>
  new Refusal('Conflict', reason, message, facts)

/** The same words for an id that nobody has and for another venue's. */
export const notFound = (what: string, id: string): Refusal =>
  new Refusal('NotFound', 'not-found', `There is no ${what} with the id ${id} in this venue.`)

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

/** What a caller is told of a failed call, whatever carries the answer. */
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
      'The server failed while working on this request; its log has the details under the trace id.',
    reason: 'bug',
  }
}

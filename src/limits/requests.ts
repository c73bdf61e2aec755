// What an HTTP request may be and take, and how many are worked on at once.
export const requestLimits = {
  maxBodyBytes: 1024 * 1024,
  /** An event of Dojo has a few hundred bytes. */
  maxWebhookBytes: 64 * 1024,
  maxHeaderBytes: 16 * 1024,
  /**
   * Far deeper than any message of the contract; unknown fields and event data may nest this deep.
   */
  maxJsonDepth: 64,
  /** From the first byte of a request to its last. A slower sender is cut off. */
  requestReceiveTimeoutMs: 10_000,
  headersReceiveTimeoutMs: 5_000,
  /** How often slow senders are looked for; they live this much longer at most. */
  slowSenderCheckMs: 1_000,
  /**
   * A connection on which nothing moves. Longer than any request is worked on, so that none is cut
   * off before its answer.
   */
  connectionIdleTimeoutMs: 60_000,
  keepAliveTimeoutMs: 72_000,
  /**
   * New connections that are read at once; more wait. One that sends nothing for this long makes
   * room for the next.
   */
  arrivalsAtOnce: 4,
  arrivalUnheardMs: 10,
  /**
   * Requests of one venue that a process works on at once; more wait unread. A body above
   * `largeBodyBytes` has a much smaller share, since reading it stops everybody for milliseconds.
   */
  venueRequestsAtOnce: 64,
  venueLargeRequestsAtOnce: 1,
  largeBodyBytes: 16 * 1024,
  /** A venue's request that waits longer for its turn is answered 503, with nothing done. */
  venueTurnWaitMs: 2_000,
  venueRequestsWaiting: 2_000,
  /** About as many as are worked on within that time; the next one is refused at once. */
  venueLargeRequestsWaiting: 10,
  /**
   * While more of them wait, the next begins after so many times as long as the last one took, and
   * after `venueLargeRestMs` at the latest: one venue has a part of the process, and no more.
   */
  venueLargeRestTimes: 4,
  venueLargeRestMs: 500,
  /** An order that has more lines is worked on in pieces, between which others are served. */
  linesInOnePiece: 100,
  /** An id that the caller chooses. An index entry of PostgreSQL holds about 2,700 bytes. */
  maxIdCharacters: 500,
  /** An id in a URL, percent-encoded. Every id that can be stored must fit. */
  maxPathParameterCharacters: 1_000,
} as const

// Every limit and timeout of the server, by name, with its unit last. Nothing here is read from the
// environment.

/**
 * Two instances of this server must agree on all of these, so they are constants and not
 * configuration.
 */
export const limits = {
  // Requests
  maxBodyBytes: 1024 * 1024,
  maxHeaderBytes: 16 * 1024,
  /**
   * Deeper than any message of the contract by far; unknown fields and event data may nest freely
   * up to it.
   */
  maxJsonDepth: 64,
  /** From the first byte of a request to its last: a slow sender is cut off. */
  requestReceiveTimeoutMs: 10_000,
  headersReceiveTimeoutMs: 5_000,
  keepAliveTimeoutMs: 72_000,
  /**
   * An id that Dojo chose and the server keeps: an index entry of PostgreSQL holds no more than
   * some 2,700 bytes.
   */
  maxIdCharacters: 500,
  /** An id in a URL; a lock's id, which Dojo chooses, must fit to be released by. */
  maxPathParameterCharacters: 1_000,
  /** In flight requests may take this long to finish when the server is told to stop. */
  closeTimeoutMs: 10_000,
  /** How often a server that stops looks whether it has answered all that was in flight. */
  closePollMs: 20,
  /**
   * Above this mean delay of the event loop over a second the server answers 503 and reports not
   * ready. A single stall, as on a busy machine at start, is no reason to turn a payment away.
   */
  maxEventLoopDelayMs: 3_000,
  /** Log lines are written together: once there is this much, or this time has passed. */
  logBufferBytes: 4_096,
  logFlushMs: 200,
  maxLoggedHeaderCharacters: 100,
  maxLoggedMessageCharacters: 500,

  // Authentication
  authFailuresPerAddress: 60,
  authFailuresPerUsername: 30,
  authFailureWindowMs: 60_000,
  /**
   * How long a credential that was once right is believed without asking the database again. A
   * revoked one can work this long.
   */
  credentialCacheMs: 2_000,
  credentialCacheEntries: 10_000,

  // Database
  /**
   * Waiting for a free connection, including making one. With the next two it keeps an answer of
   * 503 under two seconds.
   */
  databaseConnectTimeoutMs: 1_000,
  /** One statement, measured by the server; ends waits for a row as well. */
  databaseStatementTimeoutMs: 5_000,
  /** One statement, measured here: a database that stopped talking. */
  databaseReplyTimeoutMs: 1_500,
  /**
   * The same of a report or an import, which looks at much, and for which nobody waits with a card
   * in hand.
   */
  databaseReportTimeoutMs: 5_000,
  databaseIdleInTransactionTimeoutMs: 10_000,
  databaseProbeTimeoutMs: 1_000,
  /** A transaction that the database broke off to end a deadlock is tried again this often. */
  transactionAttempts: 3,

  // Order locks
  maxLockSeconds: 3_600,

  // Pages
  defaultPageRows: 50,
  maxPageRows: 100,

  // The order that is shown on a card machine
  maxDisplayNameCharacters: 24,

  // Bills
  maxBillLines: 60,
  maxSvgBytes: 64 * 1024,
  /**
   * Deeper than any drawing program groups its shapes; the parser's time grows with the square of
   * the depth.
   */
  maxSvgDepth: 64,
  maxBillTextCharacters: 500,
  /** Of a card machine's paper, in ordinary letters. */
  billPaperColumns: 48,
  /** What the largest QR code holds at the correction that is used. */
  maxQrBytes: 2_331,

  // The Dojo API
  dojoConnectTimeoutMs: 5_000,
  dojoReplyTimeoutMs: 10_000,
  dojoMaxAnswerBytes: 1024 * 1024,
  dojoAttempts: 4,
  dojoBackoffMs: 500,
  /** Dojo may ask for a wait with Retry-After. A longer wait than this is left to the caller. */
  dojoMaxRetryAfterMs: 10_000,

  // Jobs: work towards Dojo
  /** Running at once, of a process and of one lane of a venue: a slow venue delays no other. */
  jobsInFlight: 64,
  jobsInFlightPerLane: 4,
  /** How long a claim lasts; longer than any call takes. */
  jobClaimSeconds: 60,
  /** Due jobs that one claim considers, so that a long queue is not read whole each time. */
  jobScanRows: 1_000,
  /** While the database is away: how often a job's result is tried to be written down. */
  jobRecordRetryMs: 200,
  /** How long a server that stops waits for its running jobs. */
  jobStopMs: 5_000,
  /** How often a process checks for jobs of other processes, and for retries that are due. */
  jobPollMs: 1_000,
  /** The wait after a first failure. It doubles with each further one, up to the longest. */
  jobBackoffSeconds: 1,
  jobLongestBackoffSeconds: 900,
  jobGiveUpSeconds: 86_400,
  /** Dojo may ask for a longer wait; it is cut to this. */
  jobMaxRetryAfterSeconds: 3_600,
  /** How long a venue's jobs are paused after Dojo rejected its key, unless the key is replaced. */
  dojoKeyRefusedPauseSeconds: 900,
  jobListRows: 1_000,

  // Payments checked against Dojo's
  /** For verifying a payment before it is answered, in all: the answer must not be late. */
  verifyBeforeTimeoutMs: 2_000,
  /** For a payment check. It ends before its claim lapses, so that two never run at once. */
  checkTimeoutMs: 45_000,
  /** Dojo's API lags its events. A payment not yet authorised after this long was never made. */
  dojoLagSeconds: 30,
  /** A captured payment without an order is checked after this: mostly its call is on its way. */
  unmatchedCheckSeconds: 5,
  /** A payment whose answer may be lost is first checked after this. */
  replyLostCheckSeconds: 30,
  /** By then Dojo has either taken back a payment whose answer it missed, or keeps it. */
  replyLostCertainSeconds: 900,
  /** At start: payments this recent may have lost their answers with the process before. */
  replyLostRecoverySeconds: 3_600,
  /** How many of them one statement marks. */
  replyLostRecoveryRows: 2_000,
  /** Once the venue's Dojo account is corrected: how far back its ignored events are rechecked. */
  keptEventsCheckDays: 7,
  /** A venue without events never hears of a reversal: its payments are rechecked this long after. */
  unheardCheckSeconds: [60, 300, 900],
  /** What is uncertain is checked again after waits that double, between these. */
  checkAgainLeastSeconds: 5,
  checkAgainMostSeconds: 300,
  /** What is still unknown or contradictory after this goes to the unmatched list. */
  checkUncertainSeconds: 900,

  /** Before a refund, while the till waits: how long to wait for the payment's state from Dojo. */
  refundReadTimeoutMs: 5_000,
  /** For the refund itself, its retries included. After this its outcome is unknown. */
  refundTimeoutMs: 15_000,
  /** A refund whose outcome nobody has written down by then is looked up at Dojo. */
  refundCheckSeconds: 30,
  /** Dojo recognises a repeated refund by this id. */
  refundIdCharacters: 100,

  // Webhooks of Dojo
  /**
   * A secret that was replaced is believed for so long: what was signed with it may still be on its
   * way.
   */
  webhookSecretGraceSeconds: 3_600,

  // The nightly audit
  /** The day before is audited once the venue's own clock has reached this hour. */
  auditHour: 5,
  auditQueueMs: 60_000,
  /** Dojo is also searched this long before and after the day; the rest is asked for by id. */
  auditMarginSeconds: 3_600,
  /** Fewer than Dojo allows, so that a page of long bills fits into an answer. */
  auditPageIntents: 50,
  /** More than a venue ever takes in a day: a search that goes on after this has no end. */
  auditPages: 1_000,
  /** Payment intents asked for by id at once. */
  auditAsksAtOnce: 8,

  // The doctor
  /** The oldest whose features the tables use. */
  postgresLeastMajorVersion: 15,
  doctorDojoAttempts: 2,
  /** Of one request to the public URL, and of the look at its certificate. */
  doctorProbeTimeoutMs: 10_000,
  doctorProbeMaxAnswerBytes: 64 * 1024,
  /**
   * By how much two clocks may differ for certain, before somebody should know, and before things
   * go wrong.
   */
  clockWarningSeconds: 5,
  clockBrokenSeconds: 60,
  /** Whoever renews by itself does so with a month left; the weekend fits into the last days. */
  certificateWarningDays: 21,
  certificateBrokenDays: 3,
  eventWaitingWarningSeconds: 60,
  eventWaitingBrokenSeconds: 3_600,
  auditWarningDays: 2,

  // The till API
  /** A till may send a write again, and hears the same answer, for so long. */
  idempotencyKeptSeconds: 86_400,
  tillKeyCharacters: 200,
  maxListedFaults: 50,
  /**
   * Of a body with more values than this, only the first fault is told: looking for all of them
   * would take seconds.
   */
  maxValuesToListFaults: 5_000,
  /** Names, notes and reasons that people type. */
  maxNameCharacters: 200,
  maxNoteCharacters: 1_000,
  maxReasonCharacters: 300,
  /** Sent at once; a tab may have more. */
  maxLinesAtOnce: 100,
  /**
   * Of one tab, with all that is below them and with void ones: what a bill of a whole wedding has.
   */
  maxLinesOfTab: 2_000,
  /** A tab comes to no more, so that the sums of a day are exact. */
  maxTabMinor: 100_000_000_000,
  maxDiscountsOfTab: 100,
  /**
   * What becomes of the discounts of whole tabs when lines go from one to another: one for each
   * discount of each line.
   */
  maxDiscountSharesOfTab: 5_000,
  /** That one party sits at, or one reservation keeps. */
  maxTablesOfVisit: 50,
  maxQuantity: 10_000,
  /** Of one bill that guests split. */
  maxSplitParts: 100,
  /**
   * A price, a discount or a payment: ten million pounds, so that no sum of a tab is ever inexact.
   */
  maxAmountMinor: 1_000_000_000,
  /** A till that edits a tab holds it for so long, unless it says otherwise. */
  defaultHoldSeconds: 120,
  maxHoldSeconds: 900,
  /** Items on a kitchen screen; the oldest come first, so that the rest moves up. */
  kitchenItems: 200,
  /**
   * What was ordered longer ago is on no kitchen screen: a venue that has none says of nothing that
   * it is done.
   */
  kitchenDays: 14,
  /** Of a tab that is paid the food is out by then, whoever forgot to say so. */
  kitchenAfterPaidSeconds: 4 * 3_600,
  /** Entries of the history of a tab in one answer. */
  historyPageRows: 200,
  tillHousekeepingMs: 3_600_000,
  /** Deleted by one statement, so that it is over long before statements are cut off. */
  tillPurgeRows: 5_000,
  /**
   * What a venue is set up with; a file that describes all of it is held in memory, and written at
   * once.
   */
  maxAreas: 200,
  maxTables: 2_000,
  maxWaiters: 2_000,
  maxMenuItems: 5_000,
  /** Modifiers and sub-items that one item is offered with. */
  maxPartsOfItem: 200,
  maxPosition: 1_000_000,
  /** What the server asks of its own API at start, when the machine may be busy. */
  ownCallWaits: 100,
  ownCallWaitMs: 100,

  // Business days
  /**
   * Orders and movements of money that a business day reads or writes at once, so that no statement
   * takes long however much there is to count.
   */
  dayBatchOrders: 500,
  dayBatchMovements: 2_000,
  /** Open tabs, refunds and the like that a report names one by one; their sums are of all. */
  maxListedOfDay: 1_000,

  // The live stream of a venue
  /** Kept open at once: of one venue's, and of a process. */
  streamsPerVenue: 1_000,
  streamsPerProcess: 5_000,
  /** Of one venue: whoever has missed more reads everything again, which is less. */
  streamMostRows: 2_000,
  /** Venues that one statement looks at. */
  streamVenuesAtOnce: 100,
  /**
   * Between two looks for what is new; what is committed meanwhile is read and written together.
   */
  streamPauseMs: 20,
  /**
   * Writing takes at most so much of a process's time: the pause is that many times as long as the
   * writing took, up to the longest.
   */
  streamPausePerWriting: 9,
  streamLongestPauseMs: 100,
  /** Listeners that are written to before anything else of the process has its turn. */
  streamWritesAtOnce: 100,
  /** Other processes are told of changes at once, and then not more often than this. */
  streamTellPauseMs: 20,
  /** For what nobody was told of, because a process died before it could. */
  streamPollMs: 2_000,
  /** Shorter than any proxy waits for a word. */
  streamHeartbeatMs: 15_000,
  /** A token that was revoked hears for so long. */
  streamTokenCheckMs: 5_000,
  /**
   * What a listener has not taken yet. One that is behind by more, or takes nothing for so long, is
   * cut off.
   */
  streamBufferBytes: 1024 * 1024,
  streamStuckMs: 20_000,
  /**
   * A listener that is cut off comes back after this and up to twice as much, so that not all come
   * at once.
   */
  streamRetryMs: 1_000,
  /**
   * A listening connection to the database that broke is made again after this; each further wait
   * is twice as long, up to the longest.
   */
  streamReconnectMs: 100,
  streamLongestReconnectMs: 5_000,
  streamListenerCheckMs: 5_000,

  // The embedded database
  embeddedStartTimeoutMs: 30_000,
  embeddedStopTimeoutMs: 15_000,
} as const

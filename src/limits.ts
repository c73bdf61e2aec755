// Every limit and timeout of the server, by name, with its unit last. They are constants and not
// configuration, because all instances of the server must agree on them.

export const limits = {
  // Requests
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
  /** How long requests in flight may take to finish when the server stops. */
  closeTimeoutMs: 10_000,
  /** How often a stopping server checks whether it has answered all of them. */
  closePollMs: 20,
  /** How often a server that npm started checks that npm is still there. */
  parentCheckMs: 1_000,
  /**
   * When so many checks in a row come later than this, the server answers 503 and reports that it
   * is not ready. A single stall, as at the start on a busy machine, is no reason to refuse a
   * payment.
   */
  maxEventLoopDelayMs: 3_000,
  eventLoopLateChecks: 2,
  eventLoopCheckMs: 100,
  /** Log lines are written together, once there are this many bytes or after this time. */
  logBufferBytes: 4_096,
  logFlushMs: 200,
  /** Kept while nobody reads the log; what is more is lost. */
  logMostBytes: 1024 * 1024,
  maxLoggedHeaderCharacters: 100,
  maxLoggedMessageCharacters: 500,
  /** Calls without a credential that end alike: this many in a window have a line each. */
  strangerLinesPerWindow: 60,
  strangerLogWindowMs: 60_000,
  /** Fields outside of the contract that a process logs, each once. */
  maxUnknownFieldsLogged: 100,

  // Authentication
  authFailuresPerAddress: 60,
  authFailuresPerUsername: 30,
  authFailureWindowMs: 60_000,
  /** How long an accepted credential is accepted again without the database, even if revoked. */
  credentialCacheMs: 2_000,
  credentialCacheEntries: 20_000,
  unknownCredentialEntries: 10_000,
  /** How often it is asked which credentials have changed. */
  credentialLookMs: 1_000,
  /**
   * Where that cannot be asked, one that was used within this time is asked about again before it
   * would be forgotten.
   */
  credentialInUseMs: 30_000,
  /** How often those are looked for. */
  credentialAskAgainMs: 100,
  /** How long a username or token that opens nothing is refused again without the database. */
  unknownCredentialMs: 1_000,
  /** Longer usernames and passwords are refused unread. */
  maxCredentialCharacters: 1_000,

  // The console
  /** A session of the console ends when nobody has touched the page for this long. */
  sessionIdleSeconds: 15 * 60,
  /** However much it is used, it ends after a shift. */
  sessionLongestSeconds: 14 * 3600,
  /** How often the use of a session is written down. */
  sessionTouchSeconds: 20,
  operatorNameCharacters: 100,
  passwordLeastCharacters: 12,
  passwordMostCharacters: 200,
  /** Attempts to sign in as one operator, right or wrong, within pinAttemptWindowMs. */
  passwordAttempts: 10,
  /** The newest sign-ins to a venue's console that are listed. */
  signInRows: 200,
  /** The newest entries of the operators' record. */
  operatorActRows: 200,
  /** The newest nights of a venue that were compared with Dojo. */
  auditRows: 60,
  /** How often what Dojo called is written down. */
  dojoContactMs: 1_000,
  /** How often the last requests of Dojo are written down, and whose request log is on is read. */
  requestFlushMs: 1_000,
  /**
   * What one process writes of them at a time, in all and of one venue. With more, the oldest that
   * were answered are dropped first, and those that were refused last.
   */
  requestsPerFlush: 1_000,
  requestsPerVenueFlush: 50,
  /** The newest that a venue keeps of those that were answered, and of those that were not. */
  answeredRequestsKept: 1_000,
  refusedRequestsKept: 1_000,
  requestKeptDays: 14,
  /** How far back the figures of a venue's requests go, at most. */
  requestFigureMinutes: 120,
  /** A process deletes a venue's older ones each time it has written this many of them. */
  requestTrimRows: 250,
  requestTrimsAtOnce: 20,
  /** How often those that are too old are deleted, and bodies whose time is over. */
  requestPurgeMs: 60_000,
  /** How long bodies are kept once somebody has switched that on. */
  requestLogMostSeconds: 3_600,
  /** Times that a request log was switched on, in one answer. */
  requestLogSwitches: 20,
  /** Bodies that one flush writes; those of refused requests first. */
  requestBodiesPerFlush: 100,
  requestBodyCharacters: 8_000,
  /** Values of one body that are looked at, and entries of each of its lists. */
  requestBodyValues: 500,
  requestBodyListEntries: 50,
  /** A venue whose tills work while Dojo does not call for this long is silent. */
  silentAfterSeconds: 1_800,
  /** A venue whose tills rest for this long is closed. */
  closedAfterSeconds: 12 * 3600,
  /** More payments on no bill than this, or older ones, need help and not only a look. */
  unmatchedHelpCount: 10,
  unmatchedHelpSeconds: 24 * 3600,
  /** The newest changes of a venue, as many as somebody reads. */
  recentChanges: 60,
  exceptionRows: 500,
  pinDigits: 4,
  pinMostDigits: 8,
  /** Attempts to sign in as one waiter, right or wrong. */
  pinAttemptsPerWaiter: 10,
  pinAttemptWindowMs: 15 * 60_000,

  // Database
  /** What one venue may hold of the pool at once. The rest is left to the others. */
  venuePoolShare: 0.7,
  /** How long a venue waits for its share; a wait for a connection may follow. */
  venuePoolWaitMs: 800,
  /** Waiting for a connection, of a request that is worked on by itself. */
  databaseConnectTimeoutMs: 1_000,
  /**
   * One statement, measured by PostgreSQL; waiting for a row counts too. It gives up before the
   * server does: what is answered with 503 must not be done afterwards.
   */
  databaseStatementTimeoutMs: 1_200,
  /** One statement, measured here, in case the database stops responding. */
  databaseReplyTimeoutMs: 1_500,
  /** The same two for a report or an import, which reads much while no guest waits. */
  databaseReportStatementTimeoutMs: 4_700,
  databaseReportTimeoutMs: 5_000,
  /** COMMIT alone: what was sent is done, so its answer is waited for longer. */
  databaseCommitTimeoutMs: 5_000,
  /** A transaction that has taken longer is rolled back instead of committed. */
  transactionTimeoutMs: 4_000,
  reportTransactionTimeoutMs: 30_000,
  /** A server that is frozen in a transaction keeps its rows for this long. */
  databaseIdleInTransactionTimeoutMs: 5_000,
  databaseProbeTimeoutMs: 1_000,
  /** How long it is believed that the database takes writes, or does not. */
  databaseWriteProbeMs: 5_000,
  /** How often a transaction is tried that PostgreSQL aborts to end a deadlock. */
  transactionAttempts: 3,

  // Distributed database
  /** Parts that the venues are spread over, unless set otherwise; Citus' own default. */
  shards: 32,
  mostShards: 1_024,
  /** How far the clocks of two nodes may be apart; holds and claims last for seconds. */
  nodeClockWarningSeconds: 0.5,
  nodeClockBrokenSeconds: 5,

  // Work that waits for the database together: see lib/lanes.ts
  /** Trips of one kind of read under way at once, of a process. */
  readLanes: 2,
  /** Reads that share a statement. */
  readsTogether: 32,
  /** The same for changes of orders, and how many share a transaction. */
  changeLanes: 2,
  changesTogether: 32,
  /** How long a shared transaction waits for a row before each change is made by itself. */
  sharedLockTimeoutMs: 50,
  /** How long work waits for a lane, or for the change of the same order before it. */
  laneWaitMs: 800,
  /** Changes of one order wait longer as long as they are made one after the other. */
  laneLongestWaitMs: 4_000,
  /** A trip that takes longer keeps its connection, but no longer its lane. */
  slowTripMs: 50,

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
  /** Deeper than drawing programs nest; the parser's time grows with the square of the depth. */
  maxSvgDepth: 64,
  maxBillTextCharacters: 500,
  /** The width of a card machine's paper, in ordinary letters. */
  billPaperColumns: 48,
  /** The capacity of the largest QR code at the error correction used here. */
  maxQrBytes: 2_331,

  // The Dojo API
  dojoConnectTimeoutMs: 5_000,
  dojoReplyTimeoutMs: 10_000,
  dojoMaxAnswerBytes: 1024 * 1024,
  dojoAttempts: 4,
  dojoBackoffMs: 500,
  /** Dojo may ask for a wait with Retry-After. A longer wait than this is left to the caller. */
  dojoMaxRetryAfterMs: 10_000,

  // Sockets to Dojo
  /** TCP, TLS and the handshake together. */
  socketOpenTimeoutMs: 5_000,
  /** Dojo asks for one at least every 30 seconds. */
  socketPingMs: 20_000,
  /** After a ping. Then the connection is dead, and is destroyed. */
  socketSilenceMs: 10_000,
  /**
   * While a socket is in use, and for this long after it, a quiet one is pinged sooner and given up
   * sooner: a guest is waiting.
   */
  socketBusyMs: 60_000,
  socketBusyPingMs: 1_000,
  socketBusySilenceMs: 2_000,
  socketCloseTimeoutMs: 1_000,
  /** The longest wait after a first failure. It doubles with each one, up to the longest. */
  socketFirstRetryMs: 1_000,
  /** The same after a restart of the other side: turns pace the connects anyhow. */
  socketSoonRetryMs: 250,
  socketLongestRetryMs: 30_000,
  /** A socket that was open for this long was healthy. */
  socketHealthyMs: 60_000,
  /** Answers that Dojo has not read yet. With more, the connection is cut off. */
  socketBufferBytes: 4 * 1024 * 1024,
  /** A longer message ends the connection; one longer than a body is refused. */
  socketMaxMessageBytes: 16 * 1024 * 1024,
  /** For each venue. */
  socketRequestsInFlight: 256,
  /** How long a socket that is closed waits for its requests in flight. */
  socketDrainMs: 3_000,
  /**
   * All servers together connect a tenth of the sockets at once, rounded up, within these two. The
   * next tenth follows when those have been open for this long: a little more than a second.
   */
  socketFewestConnects: 5,
  socketMostConnects: 50,
  socketConnectsWithinMs: 1_005,
  /** One that is still connecting after this long is one whose server has died. */
  socketConnectingMs: 6_000,
  /** How long before a place to connect becomes free it is given to the next socket. */
  socketConnectAheadMs: 100,
  /** A permission to connect that takes longer than this to arrive is given back unused. */
  socketConnectDecisionMs: 500,
  /** How soon it asks again at the soonest, so that it hears of several at once. */
  socketConnectGatherMs: 15,
  /** While the gateway does not answer, one socket tries it this often. */
  socketProbeMs: 100,
  /** How long a server that dies keeps its venues. */
  socketLeaseSeconds: 4,
  /** Its holder stops before it ends. */
  socketLeaseMarginMs: 500,
  socketLeaseCheckMs: 200,
  /** How often a server renews its leases and looks for changes of the venues. */
  socketTickMs: 1_000,
  /** A socket that answered a request this recently is in use. */
  socketServingMs: 300_000,
  /** Free venues that one look claims. */
  socketClaimsAtOnce: 50,
  /** What venues that move to another server may take of the sockets that connect at once. */
  socketMovesShare: 1 / 4,
  /** With more than this part of its sockets not open, a server gives no venue to another. */
  socketMissingShare: 1 / 10,

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
  /** On a distributed database, how long a server that dies keeps the work over all venues. */
  dutySeconds: 10,
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
  /** For verifying a payment before it is answered: the answer must not be late. */
  verifyBeforeTimeoutMs: 2_000,
  /** For all payments of one new order, and how many of them Dojo is asked about at once. */
  verifyAllTimeoutMs: 2_500,
  verifyAsksAtOnce: 8,
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
  /**
   * A venue without events never hears of a reversal: its payments are rechecked this long after.
   */
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

  // The socket for the counter
  /** Payments whose last news from the card machine is kept. */
  counterNewsKept: 1_000,
  /** How soon its server makes sure that a card payment which it has taken up is followed. */
  counterRoundSeconds: 2,
  /** How often the server with the socket looks which card machines there are. */
  counterMachinesMs: 30_000,

  // Card machines driven by tills
  /** Who drives a card machine; after this another process may. Longer than a call to Dojo. */
  terminalLeaseSeconds: 10,
  /** For one call to Dojo while a cashier waits, its retries included. */
  cardCallTimeoutMs: 5_000,
  /** How long starting a card payment waits for the machine before it answers. */
  cardStartWaitMs: 6_000,
  /** How long a cancellation or a signature waits for its effect before it is answered. */
  cardEffectWaitMs: 3_000,
  sessionPollMs: 1_000,
  /** How often an answer that waits for a card machine looks for what it waits for. */
  cardLookMs: 100,
  /** A session of Dojo's lasts no longer than this, its signature included. */
  sessionMostSeconds: 300,
  /** A session that Dojo does not show as over this long after its end is in doubt. */
  sessionLagMs: 10_000,
  /** A signature that nobody judges counts as accepted after this. */
  signatureSeconds: 80,
  /** As long as this after the end of a session it is followed closely, then more slowly. */
  cashierWaitsMs: 30_000,
  cardPaymentSlowPollMs: 30_000,
  /** How long a declined card keeps its intent for another try. */
  declinedKeptSeconds: 900,
  /** How long an order is held after the last sign of a card machine. */
  cardHoldSeconds: 120,
  /** Card payments of one order that an answer lists. */
  cardPaymentsListed: 100,
  maxShareCharacters: 60,
  /** Addresses that one receipt is sent to at once. */
  receiptEmails: 5,
  /** Dojo's limit for the reference of a payment intent. */
  intentReferenceCharacters: 60,
  intentItemNameCharacters: 100,

  // Webhooks of Dojo
  /** A replaced secret is accepted this long: webhooks signed with it may still be on their way. */
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
  /** The oldest version that has every feature that the tables use. */
  postgresLeastMajorVersion: 15,
  doctorDojoAttempts: 2,
  /** For one request to the public URL, and for reading its certificate. */
  doctorProbeTimeoutMs: 10_000,
  doctorProbeMaxAnswerBytes: 64 * 1024,
  /** How far two clocks may be apart: above the first is a warning, above the second a failure. */
  clockWarningSeconds: 5,
  clockBrokenSeconds: 60,
  /** Automatic renewal happens a month before the end; the last days cover a weekend. */
  certificateWarningDays: 21,
  certificateBrokenDays: 3,
  eventWaitingWarningSeconds: 60,
  eventWaitingBrokenSeconds: 3_600,
  auditWarningDays: 2,

  // The till API
  /** How long a browser remembers what a page of another origin may do. */
  corsMaxAgeSeconds: 600,
  /** How long a till may repeat a write and get the same answer. */
  idempotencyKeptSeconds: 86_400,
  tillKeyCharacters: 200,
  maxListedFaults: 50,
  /**
   * In a body with more values, only the first fault is reported: finding all would take seconds.
   */
  maxValuesToListFaults: 5_000,
  /** Texts that people type. */
  maxNameCharacters: 200,
  maxNoteCharacters: 1_000,
  /** As far as Dojo's contract goes. */
  maxEmailCharacters: 254,
  maxPhoneCharacters: 50,
  maxTaxIdCharacters: 60,
  maxTaxLineNameCharacters: 100,
  /** With a rate, as in VAT 12.5%, it is the id of a tax line. */
  maxTaxNameCharacters: 50,
  maxReasonCharacters: 300,
  /** In one request; an order may have more. */
  maxLinesAtOnce: 100,
  /** Voided lines and lines below others included: enough for the bill of a wedding. */
  maxLinesOfOrder: 2_000,
  /** That come with one order that Dojo creates. */
  maxPaymentsOfNewOrder: 100,
  /** The highest total of an order, so that the sums of a day stay exact. */
  maxOrderMinor: 100_000_000_000,
  maxDiscountsOfOrder: 100,
  /**
   * When a line moves to another order, each discount of the whole order becomes a share on that
   * line.
   */
  maxDiscountSharesOfOrder: 5_000,
  /** Tables of one party or reservation. */
  maxTablesOfVisit: 50,
  maxQuantity: 10_000,
  /** Orders that a till with its own sends in one call, and how many are worked on at once. */
  maxMirroredOrders: 500,
  mirrorOrdersAtOnce: 4,
  /**
   * Reads and changes of such calls that one process does at once, of all venues, so that Dojo's
   * calls find a connection and the event loop; and how long one waits for its turn.
   */
  mirrorWorkAtOnce: 3,
  mirrorWorkWaitMs: 4_000,
  /**
   * How often orders are looked for whose lock has expired while a till's change waited for that,
   * and how many at once.
   */
  mirrorDueMs: 1_000,
  mirrorDueRows: 100,
  /** The till's own counter of changes; the time in milliseconds will do. */
  maxMirrorVersion: Number.MAX_SAFE_INTEGER,
  /** What waits for such a till, in one answer. */
  maxInboxRows: 100,
  maxInboxMinutes: 1_440,
  /** How often orders of Dojo's are looked for that no till acknowledged, and how many at once. */
  inboxMindMs: 10_000,
  inboxOverdueRows: 100,
  /** How long after a try the money of a refused order is tried to be given back again. */
  refusedOrderAgainSeconds: 30,
  /** Parts of one split bill. */
  maxSplitParts: 100,
  /** The highest price, discount or payment: ten million pounds, so that sums stay exact. */
  maxAmountMinor: 1_000_000_000,
  /** How long a till's hold lasts, unless the till says otherwise. */
  defaultHoldSeconds: 120,
  maxHoldSeconds: 900,
  /** Items on a kitchen screen, oldest first; the rest move up. */
  kitchenItems: 200,
  /** Older items are not shown: a venue without kitchen screens never marks anything done. */
  kitchenDays: 14,
  /** The food of a paid order has been served by then, even if nobody marked it done. */
  kitchenAfterPaidSeconds: 4 * 3_600,
  /** Entries of an order's history in one answer. */
  historyPageRows: 200,
  /** How often expired Idempotency-Keys are deleted. */
  keyPurgeMs: 3_600_000,
  /** Keys that one statement deletes, so that it ends well before its timeout. */
  keyPurgeRows: 5_000,
  /** The size of a venue's set-up, which is held in memory and written in one transaction. */
  maxAreas: 200,
  maxTables: 2_000,
  maxWaiters: 2_000,
  maxMenuItems: 5_000,
  /** Modifiers and sub-items of one item. */
  maxPartsOfItem: 200,
  maxPosition: 1_000_000,

  // Business days
  /**
   * Orders and movements of money that a business day reads or writes at once, so that no statement
   * takes long however much there is to count.
   */
  dayBatchOrders: 500,
  dayBatchMovements: 2_000,
  /** Open orders, refunds and the like that a report lists. Its sums include all of them. */
  maxListedOfDay: 1_000,

  // The live stream of a venue
  /** Open at once, per venue and per process. */
  streamsPerVenue: 1_000,
  streamsPerProcess: 5_000,
  /** One till, or one page: reconnecting, it may hold an old stream beside the new one. */
  streamsPerToken: 50,
  /**
   * Per venue. A listener further behind gets `reset` and reloads; that is cheaper than replaying.
   */
  streamMostRows: 2_000,
  /** Venues that one statement reads. */
  streamVenuesAtOnce: 100,
  /** The pause between two reads. What is committed in it is read and written together. */
  streamPauseMs: 20,
  /** The pause is at least this many times as long as the writing took, up to the longest. */
  streamPausePerWriting: 9,
  streamLongestPauseMs: 100,
  /** Listeners written to before the rest of the process has its turn. */
  streamWritesAtOnce: 100,
  /** The pause between two notifications of other processes. */
  streamNotifyPauseMs: 20,
  /** For changes of a process that died before it could notify the others. */
  streamPollMs: 2_000,
  /** How long a request for events may wait for one; shorter than proxies wait for an answer. */
  maxEventWaitSeconds: 25,
  /** Shorter than the idle timeout of proxies. */
  streamHeartbeatMs: 15_000,
  /** How long a stream may outlive the revocation of its token. */
  streamTokenCheckMs: 5_000,
  /** A listener that is this many bytes behind, or takes nothing for this long, is cut off. */
  streamBufferBytes: 1024 * 1024,
  streamStuckMs: 20_000,
  /** A listener that was cut off reconnects after once to twice this, so that they spread out. */
  streamRetryMs: 1_000,
  /** Wait before a broken LISTEN connection is opened again. It doubles up to the longest. */
  streamReconnectMs: 100,
  streamLongestReconnectMs: 5_000,
  streamListenerCheckMs: 5_000,

  // Webhooks to the venues' own systems
  maxEndpoints: 20,
  maxUrlCharacters: 2_000,
  /** Connection, request and answer together. */
  webhookTimeoutMs: 15_000,
  webhookMaxAnswerBytes: 64 * 1024,
  /** The waits after each failed attempt, as Svix has them: 27 h 35 min in all. */
  webhookRetrySeconds: [5, 300, 1_800, 7_200, 18_000, 36_000, 36_000],
  /** An endpoint that fails for longer is sent nothing more until somebody enables it again. */
  webhookGiveUpSeconds: 5 * 86_400,
  /** Longer than an attempt takes; then another process may try. */
  webhookClaimSeconds: 30,
  /** At once: of a process, and of one endpoint, so that a slow one delays no other. */
  webhooksInFlight: 128,
  webhooksInFlightPerEndpoint: 4,
  /** It hears of every venue. */
  webhooksInFlightPerOperatorEndpoint: 16,
  webhookScanRows: 1_000,
  /** On a distributed database, how many events are queued for an endpoint at once. */
  webhookQueueRows: 500,
  /** How often events that this process did not hear of, and retries, are looked for. */
  webhookPollMs: 1_000,
  webhookPauseMs: 20,
  /** How long the secret before a rotation signs beside the new one. */
  endpointSecretGraceSeconds: 86_400,
  /** How long delivered events can be looked up and sent again. */
  webhookKeptSeconds: 30 * 86_400,
  webhookPurgeRows: 5_000,
  /** How far back deliveries can be recovered. */
  maxDeliveryRows: 200,

  // The embedded database
  embeddedStartTimeoutMs: 30_000,
  embeddedStopTimeoutMs: 15_000,
  /** How often the server checks that it has not ended by itself. */
  embeddedCheckMs: 1_000,
  embeddedRestartAttempts: 20,
  embeddedRestartPauseMs: 250,

  // Workers: several processes on one port
  workerStartTimeoutMs: 30_000,
  /** A worker ends by itself within closeTimeoutMs, or by force after this time. */
  workerStopTimeoutMs: 11_000,
  workerForceMs: 1_000,
  /** The pause before one that died is started again, at first and after several attempts. */
  workerRestartMs: 200,
  workerRestartLongestMs: 10_000,
  /** So many attempts to start one that died; then the whole server ends. */
  workerStartAttempts: 6,
  workerMeasureTimeoutMs: 1_000,
  /** How often a worker says that it lives, and the silence after which it is killed. */
  workerAliveMs: 1_000,
  workerSilenceMs: 8_000,
  /**
   * A worker with a successor cuts the connections that are left once no request came for this
   * long: a client that is at work has got `connection: close` with an answer by then.
   */
  workerQuietMs: 300,
  /** It does not wait longer for quiet. */
  workerQuietLongestMs: 8_000,
  /** PIPE_BUF: a write of this size goes into a pipe in one piece, between those of others. */
  sharedWriteBytes: 4_096,
} as const

// Work towards Dojo: jobs, payments checked with it, refunds, the nightly audit.
export const jobLimits = {
  // Jobs
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

  // Refunds
  /** Before a refund, while the till waits: how long to wait for the payment's state from Dojo. */
  refundReadTimeoutMs: 5_000,
  /** For the refund itself, its retries included. After this its outcome is unknown. */
  refundTimeoutMs: 15_000,
  /** A refund whose outcome nobody has written down by then is looked up at Dojo. */
  refundCheckSeconds: 30,
  /** Dojo recognises a repeated refund by this id. */
  refundIdCharacters: 100,

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
} as const

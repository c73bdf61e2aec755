// Waits for the database, what travels to it together, and the embedded one.
export const databaseLimits = {
  // Waits
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

  // The embedded database
  embeddedStartTimeoutMs: 30_000,
  embeddedStopTimeoutMs: 15_000,
  /** How often the server checks that it has not ended by itself. */
  embeddedCheckMs: 1_000,
  embeddedRestartAttempts: 20,
  embeddedRestartPauseMs: 250,
} as const

// A process and its end, and several on one port.
export const processLimits = {
  // One process
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

  // Workers
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

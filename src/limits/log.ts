// What the server's own log says, and what is kept of a venue's calls by Dojo.
export const logLimits = {
  // The log
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

  // The last requests of Dojo
  /** How often what Dojo called is written down. */
  dojoContactMs: 1_000,
  /** One that is called all the time is written down this often. */
  dojoContactAgainMs: 10_000,
  /** Venues of one statement, and of all at a time; the others come a second later. */
  dojoContactsTogether: 100,
  dojoContactsAtOnce: 1_000,
  /** How often the last requests of Dojo are written down, and whose request log is on is read. */
  requestFlushMs: 1_000,
  /**
   * What one process writes of them at a time, in all and of one venue. With more, the oldest that
   * were answered are dropped first, and those that were refused last.
   */
  requestsPerFlush: 1_000,
  /** Requests of one statement. */
  requestsTogether: 50,
  /** Between two such statements, so that what they take delays nobody for long. */
  logRestMs: 30,
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
} as const

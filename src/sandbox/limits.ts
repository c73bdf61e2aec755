/**
 * Every limit of the stand-in for Dojo, its tester and its certifier. Where Dojo documents a number
 * it is Dojo's; the others are ours.
 */
export const limits = {
  // The HTTP server
  maxBodyBytes: 1024 * 1024,
  maxPathParameterCharacters: 1_000,
  /** Requests in flight get this long to finish once the process is asked to stop. */
  closeTimeoutMs: 10_000,
  defaultPageRows: 50,

  // Accounts
  maxAccounts: 1_000,
  /** Per account. The oldest entries are dropped first. */
  maxLogEntries: 2_000,
  maxLogCharacters: 1_000,
  stateFlushMs: 200,
  maxClockStepSeconds: 400 * 86_400,

  // The page
  /** Per account: the calls of the wire that are kept, the newest first. */
  maxWireEntries: 300,
  maxMachines: 6,
  maxSplitParts: 20,
  /** Per machine. The oldest are torn off first. */
  maxPapers: 8,
  /** A machine extends a lock at the next touch when less than this is left of it. */
  extendLockBelowMs: 30_000,
  slowCardMs: 5_000,
  streamHeartbeatMs: 15_000,
  /** A page that reads too slowly is cut off; it connects again and reads everything anew. */
  maxStreamBacklogBytes: 1024 * 1024,
  maxMenuItems: 500,
  /** Per account: the parties and reservations whose ids at Dojo are remembered. */
  maxDojoIds: 1_000,

  // Calls to an EPOS
  /** Dojo does not document how long it waits for an EPOS. */
  eposTimeoutMs: 10_000,
  eposConnections: 64,
  maxEposAnswerBytes: 8 * 1024 * 1024,
  /** A lock is short if ExtendOrderLock is registered to prolong it, and long if it is not. */
  shortLockSeconds: 60,
  longLockSeconds: 600,

  // The WebSocket gateway. Dojo documents 30 seconds for the pings of an EPOS, and a few seconds
  // for its pongs.
  socketPingMs: 20_000,
  socketPongMs: 5_000,
  socketKeepaliveMs: 30_000,
  /** A call waits this long for an EPOS to connect again. */
  socketReconnectMs: 10_000,
  /** A call whose connection is lost is sent again this often in all. */
  socketAttempts: 5,
  maxSocketConnections: 10,
  /** For the answer to a close frame. */
  socketCloseMs: 1_000,
  /** How long a certification waits for the EPOS to connect for the first time. */
  socketFirstConnectMs: 10 * 60_000,
  /** How soon an interrupted certification stops waiting. */
  socketInterruptMs: 250,

  // Webhooks and events
  /** After the last attempt the event is dropped. */
  deliveryAttempts: 5,
  /** Before the second attempt; each further wait is twice as long. */
  deliveryBackoffSeconds: 10,
  webhookSecrets: 10,

  // Payments and terminals
  idempotencyKeyCharacters: 100,
  authorizationDays: 7,
  terminalSessionSeconds: 90,
  terminalStepMs: 1_000,
  /** Above this a card is inserted, and its PIN entered. */
  contactlessMinor: 10_000,
  /** A signature that nobody has judged after this long counts as accepted. */
  signatureWindowSeconds: 80,

  /** A record over the socket for the counter is sent again until it is answered. */
  counterRecordAgainMs: 5_000,

  // The certifier of a till at the counter
  /** How soon a till asks how its session is doing, before the machine goes on without it. */
  counterPollMs: 2_500,
  /** Dojo wants a poll each second; twice as long is too slow. */
  counterPollEveryMs: 2_000,
  /** For how long the polls are watched. */
  counterWatchMs: 6_000,
  /** How long a till may take to show what came of a payment, or to ask Dojo for one. */
  counterShowMs: 30_000,
  counterLookEveryMs: 250,
  /** How long a till that should do nothing is watched. */
  counterQuietMs: 3_000,
  /** For the answer to one task. A person takes as long as it takes. */
  counterTaskMs: 60_000,
  /** A program gets this long to end once its input has. */
  counterEndMs: 2_000,

  // The tester and its reports
  maxTesterRuns: 200,
  /** Longer requests and answers are cut when a step shows them. */
  maxShownCharacters: 4_000,
} as const

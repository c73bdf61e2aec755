// How the venue's own side hears of changes.
export const feedLimits = {
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
} as const

// Sockets to Dojo.
export const socketLimits = {
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
} as const

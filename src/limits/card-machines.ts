// Card machines that tills drive.
export const cardMachineLimits = {
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

  // The socket for the counter
  /** Payments whose last news from the card machine is kept. */
  counterNewsKept: 1_000,
  /** How long Dojo may still say otherwise of a payment that staff recorded by hand. */
  counterByHandSeconds: 86_400,
  /** How soon its server makes sure that a card payment which it has taken up is followed. */
  counterRoundSeconds: 2,
  /** How often the server with the socket looks which card machines there are. */
  counterMachinesMs: 30_000,
} as const

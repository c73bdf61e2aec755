// Calls to Dojo's API, and its webhooks.
export const dojoLimits = {
  // The Dojo API
  dojoConnectTimeoutMs: 5_000,
  dojoReplyTimeoutMs: 10_000,
  dojoMaxAnswerBytes: 1024 * 1024,
  dojoAttempts: 4,
  dojoBackoffMs: 500,
  /** Dojo may ask for a wait with Retry-After. A longer wait than this is left to the caller. */
  dojoMaxRetryAfterMs: 10_000,

  // Webhooks of Dojo
  /** A replaced secret is accepted this long: webhooks signed with it may still be on their way. */
  webhookSecretGraceSeconds: 3_600,
} as const

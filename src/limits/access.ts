// Credentials, passwords, PINs and sessions.
export const accessLimits = {
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
  /** How long a request waits for that before its credential is looked up by itself. */
  credentialLookWaitMs: 250,
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
  pinDigits: 4,
  pinMostDigits: 8,
  /** Attempts to sign in as one waiter, right or wrong. */
  pinAttemptsPerWaiter: 10,
  pinAttemptWindowMs: 15 * 60_000,
} as const

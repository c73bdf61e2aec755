// What operators see of venues, and what the doctor warns of.
export const operatorLimits = {
  // Venues at a glance
  /** A venue whose tills work while Dojo does not call for this long is silent. */
  silentAfterSeconds: 1_800,
  /** A venue whose tills rest for this long is closed. */
  closedAfterSeconds: 12 * 3600,
  /** More payments on no bill than this, or older ones, need help and not only a look. */
  unmatchedHelpCount: 10,
  unmatchedHelpSeconds: 24 * 3600,
  /** The newest entries of the operators' record. */
  operatorActRows: 200,
  /** The newest nights of a venue that were compared with Dojo. */
  auditRows: 60,

  // The doctor
  /** The oldest version that has every feature that the tables use. */
  postgresLeastMajorVersion: 15,
  doctorDojoAttempts: 2,
  /** For one request to the public URL, and for reading its certificate. */
  doctorProbeTimeoutMs: 10_000,
  doctorProbeMaxAnswerBytes: 64 * 1024,
  /** How far two clocks may be apart: above the first is a warning, above the second a failure. */
  clockWarningSeconds: 5,
  clockBrokenSeconds: 60,
  /** Automatic renewal happens a month before the end; the last days cover a weekend. */
  certificateWarningDays: 21,
  certificateBrokenDays: 3,
  eventWaitingWarningSeconds: 60,
  eventWaitingBrokenSeconds: 3_600,
  auditWarningDays: 2,
} as const

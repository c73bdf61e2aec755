/**
 * On whose behalf a capability runs: the venue, and what Dojo said of the person and device behind
 * the call.
 */
export interface Caller extends Origin {
  locationId: string
  currency: string
  /** When its payments are held against Dojo's. */
  verifyPayments: VerifyPayments
}

export type VerifyPayments = 'before' | 'after' | 'off'

/** Where a change came from; kept on what it caused. From Dojo's four request headers. */
export interface Origin {
  waiterId?: string
  product?: string
  deviceId?: string
  deviceType?: string
}

import type { VenueKind, VerifyPayments } from './venue/venue.ts'

/** On whose behalf a call runs: the venue, and who and what is behind it by Dojo's headers. */
export interface Caller extends Origin {
  locationId: string
  currency: string
  /** When the venue's payments are checked against Dojo's. */
  verifyPayments: VerifyPayments
  /** Who keeps the venue's orders. */
  kind: VenueKind
  /** Whether it is the venue's own till, and not Dojo. */
  isTill?: boolean
}

export interface VenueCaller extends Caller {
  /** Signs the venue's page cursors. */
  cursorKey: Uint8Array
}

/** Where a change came from, from Dojo's four request headers. It is kept on what it changed. */
export interface Origin {
  waiterId?: string
  product?: string
  deviceId?: string
  deviceType?: string
}

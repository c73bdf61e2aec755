// Changes the settings of a venue, for the venue itself or for its operator.
import {
  checkCashRounding,
  checkCounter,
  checkKind,
  checkSettings,
  checkVerification,
  type DojoSettings,
  type VenueDetails,
  type VenueSettings,
} from '../../domain/venue/venue.ts'
import { mustMatch } from '../../domain/version.ts'
import type { Transaction } from '../../store/database/database.ts'
import { countOpenOrders, readVenueForUpdate, updateVenue } from '../../store/venue/venue.ts'

interface Change {
  settings: VenueSettings & DojoSettings
  /** The version that the caller has seen; left out, whatever it is. */
  ifMatch?: number | undefined
}

/**
 * @throws Refusal NotFound; InvalidRequest: as checkSettings, checkVerification, checkCashRounding
 *   and checkCounter; Conflict: stale; another kind of venue while orders are open
 */
export async function changeVenue(
  tx: Transaction,
  locationId: string,
  { settings, ifMatch }: Change,
): Promise<VenueDetails> {
  checkSettings(settings)
  const known = await readVenueForUpdate(tx, locationId)
  const { version, hasDojoKey, kind, currency } = known
  mustMatch(ifMatch, version, 'venue')
  checkCounter(settings, known)
  checkVerification(settings.verifyPayments, hasDojoKey, locationId)
  checkCashRounding(settings.cashRoundingMinor, currency)
  if (settings.kind !== undefined && settings.kind !== kind) {
    checkKind(settings.kind, { kind, openCount: await countOpenOrders(tx, locationId) })
  }
  return await updateVenue(tx, locationId, settings)
}

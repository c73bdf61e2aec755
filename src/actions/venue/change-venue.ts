// Changes the settings of a venue.
import {
  checkCashRounding,
  checkKind,
  checkSettings,
  checkVerification,
  type VenueDetails,
  type VenueSettings,
} from '../../domain/venue/venue.ts'
import { mustMatch } from '../../domain/version.ts'
import type { Transaction } from '../../store/database/database.ts'
import { countOpenOrders, readVenueForUpdate, updateVenue } from '../../store/venue/venue.ts'

/**
 * @throws Refusal InvalidRequest: as checkSettings, checkVerification and checkCashRounding.
 *   Conflict: stale; another kind of venue while orders are open
 */
export async function changeVenue(
  tx: Transaction,
  locationId: string,
  { settings, ifMatch }: { settings: VenueSettings; ifMatch: number | undefined },
): Promise<VenueDetails> {
  checkSettings(settings)
  const { version, hasDojoKey, kind, currency } = await readVenueForUpdate(tx, locationId)
  mustMatch(ifMatch, version, 'venue')
  checkVerification(settings.verifyPayments, hasDojoKey, locationId)
  checkCashRounding(settings.cashRoundingMinor, currency)
  if (settings.kind !== undefined && settings.kind !== kind) {
    checkKind(settings.kind, { kind, openOrders: await countOpenOrders(tx, locationId) })
  }
  return await updateVenue(tx, locationId, settings)
}

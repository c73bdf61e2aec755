// Changes the settings of a venue.
import { checkSettings, checkVerification, type VenueSettings } from '../../domain/venue/venue.ts'
import type { VenueDetails } from '../../domain/venue/venue.ts'
import { mustMatch } from '../../domain/version.ts'
import type { Transaction } from '../../store/database/database.ts'
import { readVenueForUpdate, updateVenue } from '../../store/venue/venue.ts'

/** @throws Refusal InvalidRequest: as checkSettings and checkVerification. Conflict: stale */
export async function changeVenue(
  tx: Transaction,
  locationId: string,
  { settings, ifMatch }: { settings: VenueSettings; ifMatch: number | undefined },
): Promise<VenueDetails> {
  checkSettings(settings)
  const { version, hasDojoKey } = await readVenueForUpdate(tx, locationId)
  mustMatch(ifMatch, version, 'venue')
  checkVerification(settings.verifyPayments, hasDojoKey, locationId)
  return await updateVenue(tx, locationId, settings)
}

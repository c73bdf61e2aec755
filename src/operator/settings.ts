// What an operator sets of a venue, by the same actions as the venue itself.
import { changeVenue } from '../actions/venue/change-venue.ts'
import { setBillTemplate as setTemplate } from '../actions/venue/set-bill-template.ts'
import type { DojoSettings, VenueSettings } from '../domain/venue/venue.ts'
import type { Database } from '../store/database/database.ts'
import type { Store } from '../store/index.ts'
import { showLocation, type LocationSummary } from './locations.ts'

export type Settings = VenueSettings & DojoSettings

/** @throws Refusal NotFound; InvalidRequest and Conflict, as changeVenue */
export async function changeSettings(
  { database, prisma }: Pick<Store, 'database' | 'prisma'>,
  locationId: string,
  settings: Settings,
): Promise<LocationSummary> {
  await database.transaction(async (tx) => await changeVenue(tx, locationId, { settings }))
  return await showLocation(prisma, locationId)
}

/** @throws Refusal NotFound; InvalidRequest naming the fault of the template */
export async function setBillTemplate(
  database: Database,
  locationId: string,
  template: unknown,
): Promise<void> {
  await database.transaction(async (tx) => await setTemplate(tx, locationId, { template }))
}

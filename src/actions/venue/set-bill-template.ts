// What the venue prints above and below a bill.
import { checkBillTemplate } from '../../domain/paper/bill.ts'
import type { VenueDetails } from '../../domain/venue/venue.ts'
import { mustMatch } from '../../domain/version.ts'
import type { Transaction } from '../../store/database/database.ts'
import { readVenueForUpdate, updateVenue } from '../../store/venue/venue.ts'

/** @throws Refusal NotFound; InvalidRequest naming the fault of the template; Conflict: stale */
export async function setBillTemplate(
  tx: Transaction,
  locationId: string,
  { template, ifMatch }: { template: unknown; ifMatch?: number | undefined },
): Promise<VenueDetails> {
  const billTemplate = checkBillTemplate(template)
  const { version } = await readVenueForUpdate(tx, locationId)
  mustMatch(ifMatch, version, 'venue')
  return await updateVenue(tx, locationId, { billTemplate })
}

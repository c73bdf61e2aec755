// Refusals: NotFound.
import { readParty } from '../../store/bookings/parties.ts'
import type { Handler } from './handler.ts'
import { partyView } from './party-view.ts'

export const getPartyById: Handler<'GetPartyById'> = async (
  { store },
  { locationId, currency },
  { partyId },
) => partyView(await readParty(store.database, locationId, partyId), currency)

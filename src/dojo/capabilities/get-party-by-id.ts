// Refusals: NotFound.
import { notFound } from '../../domain/errors.ts'
import { readParty } from '../../store/bookings/parties.ts'
import type { Handler } from './handler.ts'
import { partyView } from './party-view.ts'

export const getPartyById: Handler<'GetPartyById'> = async (
  { store },
  { locationId, currency },
  { partyId },
) => {
  const party = await readParty(store.database, locationId, partyId)
  if (party === undefined) throw notFound('party', partyId)
  return partyView(party, currency)
}

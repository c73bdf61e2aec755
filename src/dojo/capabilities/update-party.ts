// Replaces all that the request can carry: an optional field left out is cleared; the link to the
// reservation stays. Refusals in order: InvalidRequest for times and amounts; NotFound; Conflict
// for another party's dojoPartyId; InvalidRequest for tables that the venue does not have; Conflict
// for a table that is taken.
import { foreignId } from '../../domain/ids.ts'
import { updateParty as update } from '../../store/bookings/parties.ts'
import type { Handler } from './handler.ts'
import { partyContentOf, partyView } from './party-view.ts'

export const updateParty: Handler<'UpdateParty'> = async ({ store }, caller, input) => {
  const party = await update(
    store.database,
    caller,
    input.partyId,
    foreignId(input.dojoPartyId, 'dojoPartyId'),
    partyContentOf(input, caller.currency, input.endTime),
  )
  return partyView(party, caller.currency)
}

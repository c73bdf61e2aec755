// Replaces everything that the request can carry: an optional field left out is cleared; the link
// to the reservation stays. Refusals in order: InvalidRequest for times and amounts; NotFound;
// Conflict for another party's dojoPartyId; InvalidRequest for tables that the venue does not have;
// Conflict for a taken table.
import { updateParty as update } from '../../actions/bookings/update-party.ts'
import { foreignId } from '../../domain/ids.ts'
import type { Handler } from './handler.ts'
import { partyContentOf, partyView } from './party-view.ts'

export const updateParty: Handler<'UpdateParty'> = async ({ store }, caller, input) => {
  const dojoPartyId = foreignId(input.dojoPartyId, 'dojoPartyId')
  const content = partyContentOf(input, caller.currency, input.endTime)
  const party = await store.database.transaction(
    async (tx) => await update(tx, caller, input.partyId, { dojoPartyId, content }),
  )
  return partyView(party, caller.currency)
}

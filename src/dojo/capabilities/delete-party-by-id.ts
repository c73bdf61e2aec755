// Its orders stay and lose the link to it. Refusals: NotFound.
import { deleteParty } from '../../store/bookings/parties.ts'
import type { Handler } from './handler.ts'

export const deletePartyById: Handler<'DeletePartyById'> = async (
  { store },
  caller,
  { partyId },
) => {
  await deleteParty(store.database, caller, partyId)
  return undefined
}

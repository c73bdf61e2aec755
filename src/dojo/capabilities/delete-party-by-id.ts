// Its orders stay and lose the link to it. Refusals: NotFound.
import { deleteParty } from '../../actions/bookings/delete-party.ts'
import type { Handler } from './handler.ts'

export const deletePartyById: Handler<'DeletePartyById'> = async (
  { store },
  caller,
  { partyId },
) => {
  await store.database.transaction(async (tx) => {
    await deleteParty(tx, caller, partyId)
  })
  return undefined
}

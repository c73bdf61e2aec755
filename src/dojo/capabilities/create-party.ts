// Idempotent by dojoPartyId. Refusals in order: InvalidRequest for times and amounts; Conflict for
// the same dojoPartyId with other content; InvalidRequest for tables or a reservation that the
// venue does not have; Conflict for a table that is taken, where the venue seats one party at a
// table.
import { contentHash } from '../../domain/content-hash.ts'
import { foreignId } from '../../domain/ids.ts'
import { createParty as create } from '../../store/bookings/parties.ts'
import type { Handler } from './handler.ts'
import { partyContentOf, partyView } from './party-view.ts'

export const createParty: Handler<'CreateParty'> = async ({ store, newId }, caller, input) => {
  const { reservationId, dojoReservationId } = input
  const dojoPartyId = foreignId(input.dojoPartyId, 'dojoPartyId')
  const content = partyContentOf(input, caller.currency)
  const creationHash = contentHash({ content, reservationId, dojoReservationId })
  const party = await create(store.database, caller, {
    partyId: newId('pty'),
    dojoPartyId,
    creationHash,
    reservationId,
    dojoReservationId,
    content,
  })
  return partyView(party, caller.currency)
}

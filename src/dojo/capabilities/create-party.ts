// Idempotent by dojoPartyId. Refusals in order: InvalidRequest for times and amounts; Conflict for
// the same dojoPartyId with other content; InvalidRequest for tables or a reservation that the
// venue does not have; Conflict for a taken table, where the venue seats one party at a table.
import { seatParty } from '../../actions/bookings/seat-party.ts'
import { contentHash } from '../../domain/content-hash.ts'
import { foreignId } from '../../domain/ids.ts'
import type { Handler } from './handler.ts'
import { partyContentOf, partyView } from './party-view.ts'

export const createParty: Handler<'CreateParty'> = async ({ store, newId }, caller, input) => {
  const { reservationId, dojoReservationId } = input
  const content = partyContentOf(input, caller.currency)
  const wanted = {
    partyId: newId('pty'),
    dojoPartyId: foreignId(input.dojoPartyId, 'dojoPartyId'),
    creationHash: contentHash({ content, reservationId, dojoReservationId }),
    reservationId,
    dojoReservationId,
    content,
  }
  const { party } = await store.database.transaction(
    async (tx) => await seatParty(tx, caller, wanted),
  )
  return partyView(party, caller.currency)
}

// Idempotent by dojoPartyId. Refusals in order: InvalidRequest for times and amounts; Conflict for
// the same dojoPartyId with other content; InvalidRequest for tables that the venue does not have;
// Conflict for a taken table, where the venue seats one party at a table. A reservation is found by
// either of its ids; guests whose reservation the venue does not have are seated without it.
import { seatParty } from '../../actions/bookings/seat-party.ts'
import { contentHash } from '../../domain/content-hash.ts'
import { foreignId, optionalForeignId } from '../../domain/ids.ts'
import type { Handler } from './handler.ts'
import { partyContentOf, partyView } from './party-view.ts'

export const createParty: Handler<'CreateParty'> = async (deps, caller, input) => {
  const { store, newId, notice } = deps
  const reservationId = optionalForeignId(input.reservationId, 'reservationId')
  const dojoReservationId = optionalForeignId(input.dojoReservationId, 'dojoReservationId')
  const content = partyContentOf(input, caller.currency)
  const wanted = {
    partyId: newId('pty'),
    dojoPartyId: foreignId(input.dojoPartyId, 'dojoPartyId'),
    creationHash: contentHash({ content, reservationId, dojoReservationId }),
    reservationId,
    dojoReservationId,
    content,
  }
  const { party, isNew } = await store.database.transaction(
    async (tx) => await seatParty(tx, caller, wanted),
  )
  const isNamed = (reservationId ?? dojoReservationId) !== undefined
  if (isNew && isNamed && party.reservationId === undefined) {
    const { partyId } = party
    notice(caller, 'a party was seated without its reservation, which this venue does not have', {
      partyId,
      reservationId,
      dojoReservationId,
    })
  }
  return partyView(party, caller.currency)
}

// The seated parties, or with completedOnly those that have left; newest first. Refusals:
// InvalidRequest for a page out of range or a cursor that this venue did not issue.
import { wellFormedFilter } from '../../domain/ids.ts'
import { pageRequest } from '../../domain/page.ts'
import { searchParties as search } from '../../store/bookings/parties.ts'
import type { Handler } from './handler.ts'
import { pageView } from './page-view.ts'
import { partyView } from './party-view.ts'

export const searchParties: Handler<'SearchParties'> = async (
  { store },
  { locationId, currency, cursorKey },
  { tableId, completedOnly, cursor },
) => {
  const found = await search(
    store.database,
    locationId,
    { ...wellFormedFilter({ tableId }), completedOnly },
    pageRequest('parties', cursorKey, cursor),
  )
  return pageView('parties', cursorKey, found, (party) => partyView(party, currency))
}

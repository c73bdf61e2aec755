// Refusals: InvalidRequest for a page out of range or a cursor that this venue did not issue.
import { wellFormedFilter } from '../../domain/ids.ts'
import { pageRequest } from '../../domain/page.ts'
import { searchTables as search } from '../../store/venue/floor.ts'
import type { Handler } from './handler.ts'
import { pageView } from './page-view.ts'

export const searchTables: Handler<'SearchTables'> = async (
  { store },
  { locationId, cursorKey },
  { areaId, waiterId, cursor },
) => {
  const found = await search(
    store.database,
    locationId,
    wellFormedFilter({ areaId, waiterId }),
    pageRequest('tables', cursorKey, cursor),
  )
  return pageView('tables', cursorKey, found, ({ tableId, ...table }) => ({
    id: tableId,
    ...table,
  }))
}

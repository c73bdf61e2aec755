// Every area in the venue's order, with the waiters who serve it. No refusals.
import { listAreas as list } from '../../store/venue/floor.ts'
import type { Handler } from './handler.ts'

export const listAreas: Handler<'ListAreas'> = async ({ store }, { locationId }) =>
  (await list(store.prisma, locationId)).map(({ areaId: id, name, waiterIds }) => ({
    id,
    name,
    waiterIds,
  }))

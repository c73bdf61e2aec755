// Writes down the last requests of Dojo, and deletes what is too much or too old.
import type { Queryable } from '../../store/database/database.ts'
import {
  deleteOlderRequests,
  deleteOldRequests,
  insertRequests,
  type NewDojoRequest,
} from '../../store/venue/dojo-requests.ts'
import { deleteBodiesOver, insertBodies, type NewBodies } from '../../store/venue/request-log.ts'

export { readOpenLogs } from '../../store/venue/request-log.ts'
export type { NewBodies, NewDojoRequest }

/** For several venues. What is lost with the database is lost: no call waits for it. */
export async function keepRequests(
  database: Queryable,
  requests: readonly NewDojoRequest[],
  bodies: readonly NewBodies[],
): Promise<void> {
  await insertRequests(database, requests)
  if (bodies.length > 0) await insertBodies(database, bodies)
}

export async function trimRequests(
  database: Queryable,
  locationIds: readonly string[],
): Promise<void> {
  if (locationIds.length > 0) await deleteOlderRequests(database, locationIds)
}

/** For all venues. */
export async function purgeRequests(database: Queryable): Promise<void> {
  await deleteBodiesOver(database)
  await deleteOldRequests(database)
}

// Queues work with Dojo again that was given up.
import { retryDeadJobs } from '../../store/jobs/backlog.ts'
import type { Database } from '../../store/database/database.ts'

/**
 * @param locationId one venue; all when left out
 * @returns how many
 */
export async function retryJobs(database: Database, locationId?: string): Promise<number> {
  return await retryDeadJobs(database, locationId)
}

// Does something in the name of an operator, and keeps a record of it: written before it is done,
// and completed with what came of it.
import type { NewId } from '../../domain/ids.ts'
import type { Database } from '../../store/database/database.ts'
import { insertAct, writeOutcome, type Act } from '../../store/access/operators.ts'
import { limits } from '../../limits.ts'

/** @throws what `work` throws */
export async function recordAct<Result>(
  database: Database,
  { newId, ...act }: Omit<Act, 'actId'> & { newId: NewId },
  work: () => Promise<Result>,
): Promise<Result> {
  const actId = newId('act')
  await insertAct(database, { ...act, actId })
  try {
    const result = await work()
    await writeOutcome(database, actId, 'done')
    return result
  } catch (error) {
    const message = (error as Error).message.slice(0, limits.maxReasonCharacters)
    await writeOutcome(database, actId, message).catch(() => {})
    throw error
  }
}

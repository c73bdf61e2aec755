// Retires an area, a table, a waiter or a menu item: history still names it, and nothing else does.
import type { NewId } from '../../domain/ids.ts'
import { findIn, planRetirement } from '../../domain/venue/plan-setup.ts'
import { inUseFault, refuseFirst } from '../../domain/venue/setup-faults.ts'
import { mustExist, nouns, type SetupEntity, type SetupPart } from '../../domain/venue/setup.ts'
import { mustMatch } from '../../domain/version.ts'
import type { Transaction } from '../../store/database/database.ts'
import { findInUse, writeSetup } from '../../store/venue/setup-changes.ts'
import { findEntity, readSetupForUpdate } from '../../store/venue/setup.ts'

export interface Retirement<Part extends SetupPart> {
  part: Part
  id: string
  ifMatch: number | undefined
  newId: NewId
}

/**
 * One that is retired already stays as it is.
 * @throws Refusal NotFound; Conflict: stale, in use
 */
export async function retireEntity<Part extends SetupPart>(
  tx: Transaction,
  locationId: string,
  { part, id, ifMatch, newId }: Retirement<Part>,
): Promise<SetupEntity<Part>> {
  const current = await readSetupForUpdate(tx, locationId)
  const before = findIn(current, part, id)
  if (before !== undefined) {
    mustMatch(ifMatch, before.version, nouns[part])
    const plan = planRetirement(current, part, id, newId)
    const inUse = await findInUse(tx, locationId, plan.retire)
    refuseFirst([...plan.faults, ...inUse.map(inUseFault)])
    await writeSetup(tx, locationId, plan)
  }
  const entity = await tx.prisma(async (prisma) => await findEntity(prisma, locationId, part, id))
  return mustExist(part, id, entity)
}

// Changes an area, a table, a waiter or a menu item.
import type { NewId } from '../../domain/ids.ts'
import { findIn, planEntity } from '../../domain/venue/plan-setup.ts'
import { mustExist, nouns, type SetupEntity, type SetupPart } from '../../domain/venue/setup.ts'
import { mustMatch } from '../../domain/version.ts'
import type { Transaction } from '../../store/database/database.ts'
import { writeEntity } from '../../store/venue/setup-changes.ts'
import { readSetupForUpdate } from '../../store/venue/setup.ts'

export interface EntityChange<Part extends SetupPart> {
  part: Part
  id: string
  changes: object
  ifMatch: number | undefined
  newId: NewId
}

/** @throws Refusal NotFound; Conflict: stale; as planEntity */
export async function changeEntity<Part extends SetupPart>(
  tx: Transaction,
  locationId: string,
  { part, id, changes, ifMatch, newId }: EntityChange<Part>,
): Promise<SetupEntity<Part>> {
  const current = await readSetupForUpdate(tx, locationId)
  const before = mustExist(part, id, findIn(current, part, id))
  mustMatch(ifMatch, before.version, nouns[part])
  const plan = planEntity(current, part, { ...changes, id }, newId)
  return plan.write[part].length === 0 ? before : await writeEntity(tx, locationId, part, plan)
}

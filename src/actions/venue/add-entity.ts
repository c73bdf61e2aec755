// Adds an area, a table, a waiter or a menu item.
import type { NewId } from '../../domain/ids.ts'
import { planAddition } from '../../domain/venue/plan-setup.ts'
import type { SetupEntity, SetupPart } from '../../domain/venue/setup.ts'
import type { Transaction } from '../../store/database/database.ts'
import { writeEntity } from '../../store/venue/setup-changes.ts'
import { readSetupForUpdate } from '../../store/venue/setup.ts'

/**
 * The same id and content again is answered with what exists; a retired id comes back with the new
 * content.
 * @throws Refusal as planAddition
 */
export async function addEntity<Part extends SetupPart>(
  tx: Transaction,
  locationId: string,
  part: Part,
  { entity, newId }: { entity: object & { id?: string }; newId: NewId },
): Promise<{ entity: SetupEntity<Part>; isNew: boolean }> {
  const current = await readSetupForUpdate(tx, locationId)
  const { plan, existing } = planAddition(current, part, entity, newId)
  if (existing !== undefined) return { entity: existing, isNew: false }
  return { entity: await writeEntity(tx, locationId, part, plan), isNew: true }
}

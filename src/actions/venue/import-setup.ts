// A whole set-up at once, all or nothing.
import type { NewId } from '../../domain/ids.ts'
import { planSetup } from '../../domain/venue/plan-setup.ts'
import { inUseFault, refuseAll, withoutConsequences } from '../../domain/venue/setup-faults.ts'
import type {
  SetupCounts,
  SetupFault,
  SetupMode,
  SetupPart,
  WantedSetup,
} from '../../domain/venue/setup.ts'
import type { Transaction } from '../../store/database/database.ts'
import { findInUse, writeSetup } from '../../store/venue/setup-changes.ts'
import { readSetupForUpdate } from '../../store/venue/setup.ts'

export interface SetupImport {
  locationId: string
  wanted: WantedSetup
  /** The faults of entries that could not be read. */
  unread: readonly SetupFault[]
  mode: SetupMode
  /** Only checks. */
  dryRun: boolean
  newId: NewId
}

/** @throws Refusal `setup-faults` with everything that is wrong */
export async function importSetup(
  tx: Transaction,
  { locationId, wanted, unread, mode, dryRun, newId }: SetupImport,
): Promise<Record<SetupPart, SetupCounts>> {
  tx.takesLong()
  const current = await readSetupForUpdate(tx, locationId)
  const plan = planSetup(current, wanted, { mode, newId })
  const inUse = unread.length === 0 ? await findInUse(tx, locationId, plan.retire) : []
  refuseAll([...withoutConsequences(unread, plan.faults), ...inUse.map(inUseFault)])
  if (!dryRun) await writeSetup(tx, locationId, plan)
  return plan.counts
}

// Notes what was counted in the drawers; a second count replaces the first until the day is closed.
import type { Caller } from '../../domain/caller.ts'
import { checkCountable, type BusinessDay } from '../../domain/venue/business-day.ts'
import type { DrawerCount } from '../../domain/venue/day-report.ts'
import { mustMatch } from '../../domain/version.ts'
import type { Transaction } from '../../store/database/database.ts'
import { readDayForUpdate, writeCount } from '../../store/venue/days.ts'

/** @throws Refusal NotFound; Conflict `stale`, `day-closed` */
export async function countDrawers(
  tx: Transaction,
  { locationId }: Caller,
  dayId: string,
  { count, ifMatch }: { count: DrawerCount; ifMatch: number | undefined },
): Promise<BusinessDay> {
  const day = await readDayForUpdate(tx, locationId, dayId)
  mustMatch(ifMatch, day.version, 'business day')
  checkCountable(day)
  return await writeCount(tx, locationId, dayId, count)
}

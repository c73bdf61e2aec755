// Opens a business day. Orders and payments need no open day: those before it are counted in it.
import type { Caller } from '../../domain/caller.ts'
import {
  checkNewDay,
  openedAlready,
  type BusinessDay,
  type NewDay,
} from '../../domain/venue/business-day.ts'
import { dayAt } from '../../domain/venue/day.ts'
import type { Transaction } from '../../store/database/database.ts'
import { recordDay } from '../../store/venue/day-history.ts'
import { findDay, findOpenDay, insertDay, readNowMs } from '../../store/venue/days.ts'

/**
 * The same id again with the same content answers the day as it is.
 * @throws Refusal what domain/venue/business-day.ts refuses
 */
export async function openDay(
  tx: Transaction,
  caller: Caller & { timeZone: string },
  wanted: NewDay,
): Promise<{ day: BusinessDay; isNew: boolean }> {
  const { locationId, timeZone } = caller
  checkNewDay(wanted)
  const day = wanted.day ?? dayAt(await readNowMs(tx), timeZone)
  const opened = await insertDay(tx, locationId, { ...wanted, day })
  if (opened !== undefined) {
    const { dayId, floatMinor } = opened
    recordDay(tx, caller, { dayId, action: 'Opened', detail: { day, floatMinor } })
    return { day: opened, isNew: true }
  }
  const [existing, open] = await Promise.all([
    findDay(tx, locationId, wanted.dayId),
    findOpenDay(tx, locationId),
  ])
  return { day: openedAlready(wanted, existing, open), isNew: false }
}

// Switches the request log of a venue on or off. Who did it stays on record.
import type { NewId } from '../../domain/ids.ts'
import type { Transaction } from '../../store/database/database.ts'
import { endLog, startLog, type Switcher } from '../../store/venue/request-log.ts'
import { lockVenue } from '../../store/venue/venue.ts'

/** For so many seconds. One that is on stays as it is, so that nothing is kept for longer. */
export function startRequestLog(
  tx: Transaction,
  switcher: Switcher,
  { seconds, newId }: { seconds: number; newId: NewId },
): void {
  lockVenue(tx, switcher.locationId)
  startLog(tx, switcher, { switchId: newId('rls'), seconds })
}

/** Deletes the bodies that were kept. */
export function endRequestLog(tx: Transaction, switcher: Switcher): void {
  lockVenue(tx, switcher.locationId)
  endLog(tx, switcher)
}

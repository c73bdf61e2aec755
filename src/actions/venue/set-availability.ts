// A menu item has run out, or is back.
import { mustExist, nouns, type MenuItem } from '../../domain/venue/setup.ts'
import { mustMatch } from '../../domain/version.ts'
import type { Transaction } from '../../store/database/database.ts'
import { updateAvailability } from '../../store/venue/setup-changes.ts'
import { findMenuItemForUpdate } from '../../store/venue/setup.ts'

export interface Availability {
  plu: string
  available: boolean
  ifMatch: number | undefined
}

/** @throws Refusal NotFound, also when the item is retired; Conflict: stale */
export async function setAvailability(
  tx: Transaction,
  locationId: string,
  { plu, available, ifMatch }: Availability,
): Promise<MenuItem> {
  const found = await findMenuItemForUpdate(tx, locationId, plu)
  const item = mustExist('menu', plu, found?.retiredAt === undefined ? found : undefined)
  mustMatch(ifMatch, item.version, nouns.menu)
  if (item.available === available) return item
  const version = await updateAvailability(tx, locationId, { plu, available })
  return { ...item, available, version }
}

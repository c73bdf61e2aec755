import type { Transaction } from '../../store/database/database.ts'
import {
  clearPreferred,
  writeTerminalSettings,
  type TerminalSettings,
} from '../../store/payments/terminals.ts'

/** What a venue says of one of its card machines. One at a time is preferred. */
export async function setTerminal(
  tx: Transaction,
  locationId: string,
  settings: TerminalSettings,
): Promise<void> {
  if (settings.preferred) await clearPreferred(tx, locationId)
  await writeTerminalSettings(tx, locationId, settings)
}

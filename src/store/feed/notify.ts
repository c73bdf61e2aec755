import type { Transaction } from '../database/database.ts'

/** After the commit, those who follow the venue's feed hear that it goes on. */
export function notifyFeed(tx: Transaction, locationId: string): void {
  tx.announce('changes', locationId)
}

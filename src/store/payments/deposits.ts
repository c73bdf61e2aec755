// Deposits of parties, and what orders have taken of them.
import type { PartyDeposit } from '../../domain/payments/deposit.ts'
import type { Statement, Transaction } from '../database/database.ts'

const lockParty: Statement = {
  name: 'lockPartyOfDeposit',
  text: 'SELECT 1 FROM parties WHERE location_id = $1 AND party_id = $2 FOR NO KEY UPDATE',
}

const readDeposit: Statement = {
  name: 'readDeposit',
  text: `SELECT p.deposit_total_minor AS "totalMinor",
      (SELECT coalesce(sum(x.amount_minor), 0)::bigint FROM payments x
        WHERE x.location_id = $1 AND x.deposit_party_id = $2 AND x.voided_at IS NULL) AS "usedMinor"
    FROM parties p WHERE p.location_id = $1 AND p.party_id = $2`,
}

/** The party is locked until the transaction ends, so that orders take its deposit in turn. */
export async function readDepositForUpdate(
  tx: Transaction,
  locationId: string,
  partyId: string,
): Promise<PartyDeposit> {
  const key = [locationId, partyId]
  // Sent together and run in turn: the read sees what was taken while the lock waited.
  const [, [row]] = await Promise.all([
    tx.rows(lockParty, key),
    tx.rows<{ totalMinor: number | null; usedMinor: number }>(readDeposit, key),
  ])
  return { partyId, totalMinor: row?.totalMinor ?? undefined, usedMinor: row?.usedMinor ?? 0 }
}

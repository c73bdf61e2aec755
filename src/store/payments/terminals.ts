// The card machines of a venue: what the venue says of them, and who drives each. A lease lasts a
// few seconds by the database's clock and has a number that only grows: what a process does with a
// machine under a lease that has passed to another is refused.
import { limits } from '../../limits.ts'
import type { Queryable, Statement, Transaction } from '../database/database.ts'
import type { Row } from '../database/row.ts'

export interface TerminalSettings {
  terminalId: string
  name: string | undefined
  hidden: boolean
  preferred: boolean
}

export interface Lease {
  terminalId: string
  cardPaymentId: string
  term: number
}

const take: Statement = {
  name: 'terminal_lease_take',
  text: `INSERT INTO terminals AS t (location_id, terminal_id, leased_for, leased_until, lease_term)
    VALUES ($1, $2, $3, clock_timestamp() + make_interval(secs => $4), 1)
    ON CONFLICT (location_id, terminal_id) DO UPDATE
      SET leased_for = EXCLUDED.leased_for, leased_until = EXCLUDED.leased_until, lease_term = t.lease_term + 1
      WHERE t.leased_until IS NULL OR EXCLUDED.leased_until - t.leased_until > make_interval(secs => $4)
    RETURNING lease_term`,
}

/** Undefined while another drives the machine. */
export async function takeLease(
  database: Queryable,
  locationId: string,
  { terminalId, cardPaymentId }: Omit<Lease, 'term'>,
): Promise<Lease | undefined> {
  const [row] = await database.rows<Row<'Terminal', 'leaseTerm'>>(take, [
    locationId,
    terminalId,
    cardPaymentId,
    limits.terminalLeaseSeconds,
  ])
  return row && { terminalId, cardPaymentId, term: row.lease_term }
}

const renew: Statement = {
  name: 'terminal_lease_renew',
  text: `UPDATE terminals SET leased_until = statement_timestamp() + make_interval(secs => $4)
    WHERE location_id = $1 AND terminal_id = $2 AND lease_term = $3 AND leased_until IS NOT NULL RETURNING 1`,
}

/** False when another has taken the machine since. */
export async function renewLease(
  database: Queryable,
  locationId: string,
  { terminalId, term }: Lease,
): Promise<boolean> {
  const values = [locationId, terminalId, term, limits.terminalLeaseSeconds]
  return (await database.rows(renew, values)).length > 0
}

const release: Statement = {
  name: 'terminal_lease_release',
  text: `UPDATE terminals SET leased_until = NULL, leased_for = NULL
    WHERE location_id = $1 AND terminal_id = $2 AND lease_term = $3`,
}

export async function releaseLease(
  database: Queryable,
  locationId: string,
  { terminalId, term }: Lease,
): Promise<void> {
  await database.rows(release, [locationId, terminalId, term])
}

const selectSettings: Statement = {
  name: 'terminals_read',
  text: `SELECT terminal_id AS "terminalId", name, hidden, preferred FROM terminals WHERE location_id = $1
    ORDER BY preferred DESC, terminal_id`,
}

/** What the venue says of its machines, preferred ones first. */
export async function readTerminalSettings(
  database: Queryable,
  locationId: string,
): Promise<TerminalSettings[]> {
  return await database.rows(selectSettings, [locationId])
}

export async function writeTerminalSettings(
  tx: Transaction,
  locationId: string,
  { terminalId, name, hidden, preferred }: TerminalSettings,
): Promise<void> {
  const settings = { name: name ?? null, hidden, preferred }
  await tx.prisma(
    async (prisma) =>
      await prisma.terminal.upsert({
        where: { locationId_terminalId: { locationId, terminalId } },
        create: { locationId, terminalId, ...settings },
        update: settings,
      }),
  )
}

/** No machine of the venue is preferred any more. */
export async function clearPreferred(tx: Transaction, locationId: string): Promise<void> {
  await tx.prisma(
    async (prisma) =>
      await prisma.terminal.updateMany({
        where: { locationId, preferred: true },
        data: { preferred: false },
      }),
  )
}

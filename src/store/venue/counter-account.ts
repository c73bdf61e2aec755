// How the venue's tills reach its card machines, and as whom this server connects for them.
import type { CounterTransport } from '../../domain/venue/venue.ts'
import type { Queryable, Statement } from '../database/database.ts'
import type { Row } from '../database/row.ts'

export interface CounterAccount {
  transport: CounterTransport
  /** Undefined until its operator has set it. */
  account: string | undefined
  /** The venue's own id where it has set no other. */
  eposId: string
  /** The key of this account, or the venue's Dojo key where it has no other. */
  key: { sealed: Buffer; isOwn: boolean } | undefined
}

const select: Statement = {
  name: 'counter_account',
  text: `SELECT counter_transport, counter_account, coalesce(epos_id, location_id) AS epos_id, counter_key_sealed, dojo_key_sealed
    FROM locations WHERE location_id = $1`,
}

export async function readCounterAccount(
  database: Queryable,
  locationId: string,
): Promise<CounterAccount> {
  const [row] = await database.rows<
    Row<
      'Location',
      'counterTransport' | 'counterAccount' | 'counterKeySealed' | 'dojoKeySealed'
    > & { epos_id: string }
  >(select, [locationId])
  const { counter_key_sealed: own, dojo_key_sealed: dojo } = row!
  const sealed = own ?? dojo
  return {
    transport: row!.counter_transport,
    account: row!.counter_account ?? undefined,
    eposId: row!.epos_id,
    key: sealed === null ? undefined : { sealed, isOwn: own !== null },
  }
}

const writeMachinesSeen: Statement = {
  name: 'counter_machines_write',
  text: 'UPDATE counter_socket_leases SET machines = $2::jsonb WHERE location_id = $1',
}

/** What the server with the socket last saw, for those without it. */
export async function writeMachines(
  database: Queryable,
  locationId: string,
  machines: readonly object[],
): Promise<void> {
  await database.rows(writeMachinesSeen, [locationId, JSON.stringify(machines)])
}

const selectMachines: Statement = {
  name: 'counter_machines_read',
  text: `SELECT machines FROM counter_socket_leases
    WHERE location_id = $1 AND ends_at > clock_timestamp() AND opened_at IS NOT NULL`,
}

/** Undefined while no server has the venue's socket open. */
export async function readMachines<Machine extends object>(
  database: Queryable,
  locationId: string,
): Promise<Machine[] | undefined> {
  const [row] = await database.rows<{ machines: Machine[] | null }>(selectMachines, [locationId])
  return row?.machines ?? undefined
}

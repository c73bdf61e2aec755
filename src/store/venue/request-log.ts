// The request log of a venue: while it is on, what requests said is kept too. It ends by the
// database's clock, and what was kept cannot be read after that, whether it is deleted yet or not.
import type { Caller } from '../../domain/caller.ts'
import { limits } from '../../limits.ts'
import type { Queryable, Statement, Transaction } from '../database/database.ts'
import type { Row } from '../database/row.ts'

/** Who did it, as the history of the venue says it. */
export interface Switcher extends Pick<Caller, 'locationId' | 'waiterId' | 'deviceId'> {
  tokenId: string
}

export interface LogSwitch {
  startedAt: Date
  endsAt: Date
  startedBy: Omit<Switcher, 'locationId'>
  /** Undefined when it ends, or ended, by itself. */
  endedBy: Omit<Switcher, 'locationId'> | undefined
}

export interface OpenLog {
  locationId: string
  switchId: string
  /** How long it is on from now. */
  leftMs: number
}

const IS_ON = 'ends_at > clock_timestamp()'

const readOpen: Statement = {
  name: 'request_log_open',
  text: `SELECT location_id AS "locationId", switch_id AS "switchId",
      (extract(epoch FROM ends_at - clock_timestamp()) * 1000)::float8 AS "leftMs"
    FROM request_log_switches WHERE ${IS_ON}`,
}

/** The logs that are on, of all venues. */
export async function readOpenLogs(database: Queryable): Promise<OpenLog[]> {
  return await database.rows<OpenLog>(readOpen, [])
}

const start: Statement = {
  name: 'request_log_start',
  text: `INSERT INTO request_log_switches
      (location_id, switch_id, started_at, ends_at, starter_waiter_id, starter_device_id, starter_token_id)
    SELECT $1, $2, clock_timestamp(), clock_timestamp() + make_interval(secs => $3), $4, $5, $6
    WHERE NOT EXISTS (SELECT 1 FROM request_log_switches s WHERE s.location_id = $1 AND s.${IS_ON})`,
}

/** Does nothing while it is on. The transaction has locked the venue. */
export function startLog(
  tx: Transaction,
  { locationId, waiterId, deviceId, tokenId }: Switcher,
  { switchId, seconds }: { switchId: string; seconds: number },
): void {
  tx.send(start, [locationId, switchId, seconds, waiterId, deviceId, tokenId])
}

// Rounded down: the column has milliseconds, and would else be on for half of one more.
const end: Statement = {
  name: 'request_log_end',
  text: `UPDATE request_log_switches SET ends_at = date_trunc('milliseconds', now()),
      ender_waiter_id = $2, ender_device_id = $3, ender_token_id = $4
    WHERE location_id = $1 AND ends_at > now()`,
}
const deleteOfVenue: Statement = {
  name: 'request_log_forget',
  text: 'DELETE FROM dojo_request_bodies WHERE location_id = $1',
}

/** Also deletes what was kept. */
export function endLog(
  tx: Transaction,
  { locationId, waiterId, deviceId, tokenId }: Switcher,
): void {
  tx.send(end, [locationId, waiterId, deviceId, tokenId])
  tx.send(deleteOfVenue, [locationId])
}

const readSwitches: Statement = {
  name: 'request_log_switches',
  text: `SELECT started_at, ends_at, starter_waiter_id, starter_device_id, starter_token_id,
      ender_waiter_id, ender_device_id, ender_token_id, ${IS_ON} AS is_on
    FROM request_log_switches WHERE location_id = $1 ORDER BY started_at DESC, switch_id DESC LIMIT ${limits.requestLogSwitches}`,
}

type SwitchRow = Omit<Row<'RequestLogSwitch'>, 'location_id' | 'switch_id'> & { is_on: boolean }

/** Newest first. */
export async function readLogSwitches(
  database: Queryable,
  locationId: string,
): Promise<{ isOn: boolean; switches: LogSwitch[] }> {
  const rows = await database.rows<SwitchRow>(readSwitches, [locationId])
  return {
    isOn: rows[0]?.is_on ?? false,
    switches: rows.map((row) => ({
      startedAt: row.started_at,
      endsAt: row.ends_at,
      startedBy: {
        waiterId: row.starter_waiter_id ?? undefined,
        deviceId: row.starter_device_id ?? undefined,
        tokenId: row.starter_token_id,
      },
      endedBy:
        row.ender_token_id === null
          ? undefined
          : {
              waiterId: row.ender_waiter_id ?? undefined,
              deviceId: row.ender_device_id ?? undefined,
              tokenId: row.ender_token_id,
            },
    })),
  }
}

// --- bodies

export interface Bodies {
  /** JSON without personal data, which may be cut off. */
  request: string
  answer: string
}

export interface NewBodies extends Bodies {
  locationId: string
  requestId: string
  switchId: string
}

// Nothing is kept for a log that has ended in the meantime.
const insertKept: Statement = {
  name: 'dojo_requests_insert_bodies',
  text: `INSERT INTO dojo_request_bodies (location_id, request_id, switch_id, request, answer, ends_at)
    SELECT x."locationId", x."requestId", s.switch_id, x.request, x.answer, s.ends_at
    FROM jsonb_to_recordset($1::jsonb) AS x("locationId" text, "requestId" text, "switchId" text, request text, answer text)
      JOIN request_log_switches s ON s.location_id = x."locationId" AND s.switch_id = x."switchId" AND s.${IS_ON}`,
}

/** Their requests are there already. */
export async function insertBodies(
  database: Queryable,
  bodies: readonly NewBodies[],
): Promise<void> {
  await database.rows(insertKept, [JSON.stringify(bodies)])
}

const readKept: Statement = {
  name: 'dojo_request_bodies_read',
  text: `SELECT b.request, b.answer FROM dojo_request_bodies b
      JOIN request_log_switches s ON s.location_id = b.location_id AND s.switch_id = b.switch_id
    WHERE b.location_id = $1 AND b.request_id = $2 AND s.${IS_ON}`,
}

/** Undefined when they were not kept, or their time is over. */
export async function readBodies(
  database: Queryable,
  locationId: string,
  requestId: string,
): Promise<Bodies | undefined> {
  const [bodies] = await database.rows<Bodies>(readKept, [locationId, requestId])
  return bodies
}

const deleteOver: Statement = {
  name: 'dojo_requests_delete_bodies',
  text: 'DELETE FROM dojo_request_bodies WHERE ends_at <= now()',
}

export async function deleteBodiesOver(database: Queryable): Promise<void> {
  await database.rows(deleteOver, [])
}

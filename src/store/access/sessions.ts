// Who is signed in to the console. Looked up in every call that the console makes, so that a
// session ends on every server as soon as it or its token does.
import { createHash } from 'node:crypto'
import { limits } from '../../limits.ts'
import type { Queryable, Statement } from '../database/database.ts'
import { ACCESS_COLUMNS, accessOf, type AccessRow, type TillAccess } from '../venue/till-tokens.ts'

/** What the cookie says: a venue, and 256 random bits of which the hash is kept. */
export interface SessionKey {
  locationId: string
  secret: string
}

export interface NewSession extends SessionKey {
  tokenId: string
  withPin: boolean
  address: string
}

function hashSession(secret: string): Buffer {
  return createHash('sha256').update(secret).digest()
}

const insert: Statement = {
  name: 'console_session_insert',
  text: `INSERT INTO console_sessions (location_id, session_hash, token_id, with_pin, address, created_at, used_at)
    VALUES ($1, $2, $3, $4, $5, statement_timestamp(), statement_timestamp())`,
}

export async function insertSession(database: Queryable, session: NewSession): Promise<void> {
  const { locationId, secret, tokenId, withPin, address } = session
  await database.rows(insert, [locationId, hashSession(secret), tokenId, withPin, address])
}

const isOpen = `s.ended_at IS NULL
  AND s.used_at > clock_timestamp() - make_interval(secs => ${limits.sessionIdleSeconds})
  AND s.created_at > clock_timestamp() - make_interval(secs => ${limits.sessionLongestSeconds})`

const find: Statement = {
  name: 'console_session_find',
  text: `SELECT ${ACCESS_COLUMNS}, k.operator_name,
      s.used_at < clock_timestamp() - make_interval(secs => ${limits.sessionTouchSeconds}) AS is_due
    FROM console_sessions s
      JOIN till_tokens k ON k.location_id = s.location_id AND k.token_id = s.token_id
      JOIN locations l ON l.location_id = s.location_id
    WHERE s.location_id = $1 AND s.session_hash = $2 AND k.revoked_at IS NULL AND ${isOpen}`,
}

interface FoundSession {
  access: TillAccess
  /** The operator who entered the venue by it. */
  operatorName: string | null
  /** Nothing was noted of its use for a while. */
  isDue: boolean
}

/** Undefined when the session has ended. */
export async function findSession(
  database: Queryable,
  { locationId, secret }: SessionKey,
): Promise<FoundSession | undefined> {
  const [row] = await database.rows<AccessRow & { operator_name: string | null; is_due: boolean }>(
    find,
    [locationId, hashSession(secret)],
  )
  return row && { access: accessOf(row), operatorName: row.operator_name, isDue: row.is_due }
}

/** Writes the time of now into a column of a session that has not ended. */
function noteNow(name: string, column: 'used_at' | 'ended_at') {
  const statement: Statement = {
    name,
    text: `UPDATE console_sessions SET ${column} = statement_timestamp()
      WHERE location_id = $1 AND session_hash = $2 AND ended_at IS NULL`,
  }
  return async (database: Queryable, { locationId, secret }: SessionKey): Promise<void> => {
    await database.rows(statement, [locationId, hashSession(secret)])
  }
}

export const touchSession = noteNow('console_session_touch', 'used_at')
export const endSession = noteNow('console_session_end', 'ended_at')

const findEndedSessions: Statement = {
  name: 'console_sessions_ended',
  text: `SELECT asked.secret_hash FROM unnest($1::text[], $2::text[]) AS asked(location_id, secret_hash)
    WHERE NOT EXISTS (SELECT 1 FROM console_sessions s
      WHERE s.location_id = asked.location_id AND s.session_hash = decode(asked.secret_hash, 'hex') AND ${isOpen})`,
}

/** For a distributed database, whose nodes are not asked about a list of other tables. */
const findOpenSessions: Statement = {
  name: 'console_sessions_open',
  text: `SELECT encode(s.session_hash, 'hex') AS secret_hash FROM console_sessions s
    WHERE s.location_id = ANY ($1::text[]) AND encode(s.session_hash, 'hex') = ANY ($2::text[]) AND ${isOpen}`,
}

/** The secrets of these sessions that have ended. Open streams ask every few seconds. */
export async function findEnded(
  database: Queryable,
  sessions: readonly SessionKey[],
): Promise<Set<string>> {
  if (sessions.length === 0) return new Set()
  const secrets = new Map(
    sessions.map(({ secret }) => [hashSession(secret).toString('hex'), secret]),
  )
  const values = [sessions.map(({ locationId }) => locationId), [...secrets.keys()]]
  if (database.isDistributed) {
    const rows = await database.rows<{ secret_hash: string }>(findOpenSessions, values)
    for (const row of rows) secrets.delete(row.secret_hash)
    return new Set(secrets.values())
  }
  const rows = await database.rows<{ secret_hash: string }>(findEndedSessions, values)
  return new Set(rows.map((row) => secrets.get(row.secret_hash)!))
}

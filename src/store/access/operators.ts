// Operators, their sessions, and what they did. Looked up in every call of theirs, so that a
// session ends on every server as soon as the account does.
import { createHash } from 'node:crypto'
import { limits } from '../../limits.ts'
import type { Queryable, Statement, Transaction } from '../database/database.ts'
import type { Prisma, PrismaInTransaction } from '../database/prisma.ts'

/** The secrets have 256 random bits, so a fast hash protects them. */
const hashOf = (secret: string): Buffer => createHash('sha256').update(secret).digest()

export const hashOperatorToken = hashOf

const findByToken: Statement = {
  name: 'operator_by_token',
  text: 'SELECT name FROM operators WHERE token_hash = $1 AND revoked_at IS NULL',
}

/** The name of the operator whose token it is. */
export async function findOperator(
  database: Queryable,
  token: string,
): Promise<string | undefined> {
  const [row] = await database.rows<{ name: string }>(findByToken, [hashOf(token)])
  return row?.name
}

/** The hash that the password must match; undefined when nobody has that name. */
export async function findPasswordHash(prisma: Prisma, name: string): Promise<string | undefined> {
  const operator = await prisma.operator.findUnique({
    where: { name, revokedAt: null },
    select: { passwordHash: true },
  })
  return operator?.passwordHash
}

const lockOne: Statement = {
  name: 'operator_lock',
  text: 'SELECT password_hash FROM operators WHERE name = $1 AND revoked_at IS NULL FOR SHARE',
}

/**
 * Until the transaction ends, the account does not end, nor does its password change.
 * @returns the hash of the password; undefined when the account has ended
 */
export async function lockOperator(tx: Transaction, name: string): Promise<string | undefined> {
  const [row] = await tx.rows<{ password_hash: string }>(lockOne, [name])
  return row?.password_hash
}

// --- sessions

const insertOne: Statement = {
  name: 'operator_session_insert',
  text: `INSERT INTO operator_sessions (session_hash, operator_name, address, created_at, used_at)
    VALUES ($1, $2, $3, statement_timestamp(), statement_timestamp())`,
}

export async function insertOperatorSession(
  database: Queryable,
  { name, secret, address }: { name: string; secret: string; address: string },
): Promise<void> {
  await database.rows(insertOne, [hashOf(secret), name, address])
}

const findOne: Statement = {
  name: 'operator_session_find',
  text: `SELECT o.name, s.used_at < clock_timestamp() - make_interval(secs => ${limits.sessionTouchSeconds}) AS "isDue"
    FROM operator_sessions s JOIN operators o ON o.name = s.operator_name
    WHERE s.session_hash = $1 AND o.revoked_at IS NULL AND s.ended_at IS NULL
      AND s.used_at > clock_timestamp() - make_interval(secs => ${limits.sessionIdleSeconds})
      AND s.created_at > clock_timestamp() - make_interval(secs => ${limits.sessionLongestSeconds})`,
}

/** Undefined when the session has ended. `isDue`: nothing was noted of its use for a while. */
export async function findOperatorSession(
  database: Queryable,
  secret: string,
): Promise<{ name: string; isDue: boolean } | undefined> {
  const [row] = await database.rows<{ name: string; isDue: boolean }>(findOne, [hashOf(secret)])
  return row
}

/** Writes the time of now into a column of a session that has not ended. */
function noteNow(name: string, column: 'used_at' | 'ended_at') {
  const statement: Statement = {
    name,
    text: `UPDATE operator_sessions SET ${column} = clock_timestamp() WHERE session_hash = $1 AND ended_at IS NULL`,
  }
  return async (database: Queryable, secret: string): Promise<void> => {
    await database.rows(statement, [hashOf(secret)])
  }
}

export const touchOperatorSession = noteNow('operator_session_touch', 'used_at')
export const endOperatorSession = noteNow('operator_session_end', 'ended_at')

// --- in a venue

/** The token by which the operator is in the venue, if they were there before. */
export async function findTokenInVenue(
  prisma: PrismaInTransaction,
  locationId: string,
  operatorName: string,
): Promise<string | undefined> {
  const token = await prisma.tillToken.findFirst({
    where: { locationId, operatorName, revokedAt: null },
    select: { tokenId: true },
  })
  return token?.tokenId
}

const insertInVenue: Statement = {
  name: 'operator_token_insert',
  text: `INSERT INTO till_tokens (location_id, token_id, token_hash, role, till_name, operator_name)
    SELECT l.location_id, $2, $3, 'owner', $4, $5 FROM locations l WHERE l.location_id = $1
    ON CONFLICT (location_id, operator_name) WHERE operator_name IS NOT NULL AND revoked_at IS NULL DO NOTHING`,
}

/** Nothing happens where there is no such venue, or the operator has a token there. */
export async function insertTokenInVenue(
  database: Queryable,
  token: {
    locationId: string
    tokenId: string
    tokenHash: Buffer
    tillName: string
    operatorName: string
  },
): Promise<void> {
  const { locationId, tokenId, tokenHash, tillName, operatorName } = token
  await database.rows(insertInVenue, [locationId, tokenId, tokenHash, tillName, operatorName])
}

// --- the record

export interface Act {
  actId: string
  operatorName: string
  address: string
  operation: string
  locationId: string | undefined
  detail: object
}

const insertActOf: Statement = {
  name: 'operator_act_insert',
  text: `INSERT INTO operator_acts (act_id, operator_name, at, address, operation, location_id, detail)
    VALUES ($1, $2, clock_timestamp(), $3, $4, $5, $6)`,
}

export async function insertAct(database: Queryable, act: Act): Promise<void> {
  const { actId, operatorName, address, operation, locationId, detail } = act
  const values = [actId, operatorName, address, operation, locationId, JSON.stringify(detail)]
  await database.rows(insertActOf, values)
}

const updateAct: Statement = {
  name: 'operator_act_outcome',
  text: 'UPDATE operator_acts SET outcome = $2 WHERE act_id = $1',
}

export async function writeOutcome(
  database: Queryable,
  actId: string,
  outcome: string,
): Promise<void> {
  await database.rows(updateAct, [actId, outcome])
}

export interface PastAct {
  at: Date
  operatorName: string
  address: string
  operation: string
  locationId: string | null
  /** Undefined where there is no venue, or no longer. */
  venueName: string | undefined
  detail: object
  outcome: string | null
}

/** Newest first; of one venue, or of all. */
export async function readActs(
  prisma: Prisma,
  locationId: string | undefined,
  most: number,
): Promise<PastAct[]> {
  const acts = await prisma.operatorAct.findMany({
    where: locationId === undefined ? {} : { locationId },
    omit: { actId: true },
    orderBy: { actId: 'desc' },
    take: most,
  })
  const ids = acts.flatMap((act) => act.locationId ?? [])
  const venues = await prisma.location.findMany({
    where: { locationId: { in: [...new Set(ids)] } },
    select: { locationId: true, name: true },
  })
  const names = new Map(venues.map(({ locationId: id, name }) => [id, name]))
  return acts.map((act) => ({
    ...act,
    detail: act.detail as object,
    venueName: names.get(act.locationId ?? ''),
  }))
}

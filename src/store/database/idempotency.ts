// The answers to writes that a till may send again. An answer is kept in the transaction of its
// write, so there is an answer exactly where there is an effect.
import { limits } from '../../limits.ts'
import type { Database, Statement, Transaction } from './database.ts'
import type { Row } from './row.ts'

export interface KeptAnswer {
  status: number
  answer: string
  etag: string | undefined
}

/** What is known of a key. */
export interface ReservedKey {
  /** False when the key was used for another request. */
  isSameRequest: boolean
  /** Undefined when the key is new. */
  kept: KeptAnswer | undefined
}

const isExpired = 'EXCLUDED.created_at - idempotency_keys.created_at > make_interval(secs => $4)'

/**
 * Locks the row until the transaction ends, so a second request with the key waits for the first
 * one's answer. A key that is too old counts as new.
 */
const insertOrLockKey: Statement = {
  name: 'idempotency_reserve',
  text: `INSERT INTO idempotency_keys (location_id, key, request_hash, created_at) VALUES ($1, $2, $3, clock_timestamp())
    ON CONFLICT (location_id, key) DO UPDATE SET
      request_hash = CASE WHEN ${isExpired} THEN EXCLUDED.request_hash ELSE idempotency_keys.request_hash END,
      status = CASE WHEN ${isExpired} THEN NULL ELSE idempotency_keys.status END,
      created_at = CASE WHEN ${isExpired} THEN EXCLUDED.created_at ELSE idempotency_keys.created_at END
    RETURNING request_hash, status, answer, etag`,
}

const updateAnswer: Statement = {
  name: 'idempotency_keep',
  text: 'UPDATE idempotency_keys SET status = $3, answer = $4, etag = $5 WHERE location_id = $1 AND key = $2',
}

/** Compares the age twice: a key may be used anew between the SELECT and the DELETE. */
const deleteExpired: Statement = {
  name: 'idempotency_purge',
  text: `DELETE FROM idempotency_keys
    WHERE created_at < clock_timestamp() - make_interval(secs => $1) AND (location_id, key) IN (
      SELECT location_id, key FROM idempotency_keys
      WHERE created_at < clock_timestamp() - make_interval(secs => $1) ORDER BY created_at LIMIT $2
    ) RETURNING 1`,
}

export async function reserveKey(
  tx: Transaction,
  locationId: string,
  { key, requestHash }: { key: string; requestHash: Buffer },
): Promise<ReservedKey> {
  const [row] = await tx.rows<Row<'IdempotencyKey', 'requestHash' | 'status' | 'answer' | 'etag'>>(
    insertOrLockKey,
    [locationId, key, requestHash, limits.idempotencyKeptSeconds],
  )
  const { request_hash: hash, status, answer, etag } = row!
  return {
    isSameRequest: hash.equals(requestHash),
    kept: status === null ? undefined : { status, answer: answer ?? '', etag: etag ?? undefined },
  }
}

export function keepAnswer(
  tx: Transaction,
  locationId: string,
  { key, status, answer, etag }: KeptAnswer & { key: string },
): void {
  tx.send(updateAnswer, [locationId, key, status, answer, etag])
}

const readVenuesOfExpired: Statement = {
  name: 'idempotency_venues_expired',
  text: `SELECT DISTINCT location_id AS "locationId" FROM idempotency_keys
    WHERE created_at < clock_timestamp() - make_interval(secs => $1)`,
}
const deleteExpiredOfVenue: Statement = {
  name: 'idempotency_purge_venue',
  text: `DELETE FROM idempotency_keys
    WHERE location_id = $2 AND created_at < statement_timestamp() - make_interval(secs => $1) RETURNING key`,
}

/** On a distributed database, venue by venue. */
async function deleteApart(database: Database): Promise<number> {
  const keptSeconds = limits.idempotencyKeptSeconds
  const venues = await database.rows<{ locationId: string }>(readVenuesOfExpired, [keptSeconds])
  let deleted = 0
  for (const { locationId } of venues) {
    deleted += (await database.rows(deleteExpiredOfVenue, [keptSeconds, locationId])).length
  }
  return deleted
}

/** Deletes some of the keys that have become too old. @returns how many */
export async function deleteExpiredKeys(database: Database): Promise<number> {
  if (database.isDistributed) return await deleteApart(database)
  const values = [limits.idempotencyKeptSeconds, limits.keyPurgeRows]
  return (await database.rows(deleteExpired, values)).length
}

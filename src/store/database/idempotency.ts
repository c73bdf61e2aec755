// What a till was answered to a write that it may send again: kept in the transaction of the write,
// so that there is an answer exactly where there is an effect.
import { conflict, type Refusal } from '../../domain/errors.ts'
import { limits } from '../../limits.ts'
import type { Database, Statement, Transaction } from './database.ts'

export interface KeptAnswer {
  status: number
  answer: string
  etag: string | undefined
}

/**
 * The row is held until the transaction ends: the same key at the same time waits for the answer.
 * One that is too old counts as new.
 */
const RESERVE: Statement = {
  name: 'idempotency_reserve',
  text: `INSERT INTO idempotency_keys (location_id, key, request_hash, created_at) VALUES ($1, $2, $3, clock_timestamp())
    ON CONFLICT (location_id, key) DO UPDATE SET
      request_hash = CASE WHEN idempotency_keys.created_at < EXCLUDED.created_at - make_interval(secs => $4) THEN EXCLUDED.request_hash ELSE idempotency_keys.request_hash END,
      status = CASE WHEN idempotency_keys.created_at < EXCLUDED.created_at - make_interval(secs => $4) THEN NULL ELSE idempotency_keys.status END,
      created_at = CASE WHEN idempotency_keys.created_at < EXCLUDED.created_at - make_interval(secs => $4) THEN EXCLUDED.created_at ELSE idempotency_keys.created_at END
    RETURNING request_hash, status, answer, etag`,
}

const KEEP: Statement = {
  name: 'idempotency_keep',
  text: 'UPDATE idempotency_keys SET status = $3, answer = $4, etag = $5 WHERE location_id = $1 AND key = $2',
}

/** Once more held against its age when it is deleted: it may have been used anew meanwhile. */
const PURGE: Statement = {
  name: 'idempotency_purge',
  text: `DELETE FROM idempotency_keys WHERE created_at < clock_timestamp() - make_interval(secs => $1) AND (location_id, key) IN (
      SELECT location_id, key FROM idempotency_keys WHERE created_at < clock_timestamp() - make_interval(secs => $1) ORDER BY created_at LIMIT $2
    ) RETURNING 1`,
}

/**
 * The answer that this key had before; undefined when it is new.
 * @throws Refusal Conflict: it was used for another request
 */
export async function reserveKey(
  tx: Transaction,
  locationId: string,
  key: string,
  requestHash: Buffer,
): Promise<KeptAnswer | undefined> {
  const [row] = await tx.rows<{
    request_hash: Buffer
    status: number | null
    answer: string | null
    etag: string | null
  }>(RESERVE, [locationId, key, requestHash, limits.idempotencyKeptSeconds])
  if (!row!.request_hash.equals(requestHash)) throw keyReused(key)
  return row!.status === null
    ? undefined
    : { status: row!.status, answer: row!.answer ?? '', etag: row!.etag ?? undefined }
}

export const keyReused = (key: string): Refusal =>
  conflict('key-reused', `The Idempotency-Key ${key} was used for another request; take a new one.`)

export function keepAnswer(
  tx: Transaction,
  locationId: string,
  key: string,
  { status, answer, etag }: KeptAnswer,
): void {
  tx.send(KEEP, [locationId, key, status, answer, etag])
}

/** Forgets the keys that have become too old, some at a time. */
export async function purgeKeys(database: Database): Promise<void> {
  while (
    (await database.rows(PURGE, [limits.idempotencyKeptSeconds, limits.tillPurgeRows])).length ===
    limits.tillPurgeRows
  );
}

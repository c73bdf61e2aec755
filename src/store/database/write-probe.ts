// Whether the database takes writes, without writing into a table: on a full disk, or on a standby,
// reads go on while every payment fails.
import type pg from 'pg'
import { limits } from '../../limits.ts'

/**
 * More than fits into work_mem goes into a temporary file beside the tables, and the message into
 * the write-ahead log, which COMMIT brings to the disk.
 */
const PROBE = `SELECT pg_logical_emit_message(true, 'epos', 'ready'), (SELECT count(*) FROM generate_series(1, 40000)),
  current_setting('transaction_read_only') AS read_only`

/**
 * @returns a function that tells whether the database takes writes; it remembers the answer, and
 *   throws Error when the database cannot be reached
 */
export function createWriteProbe(pool: pg.Pool, nowMs: () => number): () => Promise<boolean> {
  let known: { answer: Promise<boolean>; untilMs: number } | undefined
  return async () => {
    if (known === undefined || known.untilMs <= nowMs()) {
      const answer = takesWrites(pool)
      known = { answer, untilMs: nowMs() + limits.databaseWriteProbeMs }
      answer.catch(() => {
        known = undefined
      })
    }
    return await known.answer
  }
}

async function takesWrites(pool: pg.Pool): Promise<boolean> {
  const client = await pool.connect()
  try {
    const [, , { rows }] = await Promise.all([
      client.query('BEGIN'),
      client.query("SET LOCAL work_mem = '64kB'"),
      client.query<{ read_only: string }>(PROBE),
      client.query('COMMIT'),
    ])
    return rows[0]!.read_only === 'off'
  } catch {
    await client.query('ROLLBACK').catch(() => {})
    return false
  } finally {
    client.release()
  }
}

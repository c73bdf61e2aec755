// How many connections PostgreSQL allows to programs.
import type pg from 'pg'

/** What is left of max_connections without the seats that are kept for superusers. */
export async function connectionsToSpare(pool: pg.Pool): Promise<number> {
  const { rows } = await pool.query<{ allowed: number }>(
    `SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int AS allowed`,
  )
  return rows[0]!.allowed
}

// The processor's time that a load costs, which says the same on a machine that has other work.
import { readFileSync } from 'node:fs'
import type pg from 'pg'
import type { Running } from './measure.ts'

/** Linux counts in these, whatever the kernel's own clock. */
const TICK_MS = 10

/** The server and PostgreSQL together, in milliseconds. Only differences mean something. */
export async function cpuMsOf(pool: pg.Pool, server: Running): Promise<number> {
  const { rows } = await pool.query<{ pid: number }>(
    'SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()',
  )
  const database = rows.reduce((sum, { pid }) => sum + ticksOf(pid) * TICK_MS, 0)
  return database + (await server.usage()).cpuMs
}

/** 0 where the system does not say, or the process has ended. */
function ticksOf(pid: number): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')
    return Number(fields[11]) + Number(fields[12])
  } catch {
    return 0
  }
}

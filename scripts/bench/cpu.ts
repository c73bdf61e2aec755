// The processor's time that a load costs, which says the same on a machine that has other work.
import { readFileSync } from 'node:fs'
import type pg from 'pg'
import type { Running } from './measure.ts'

/** Linux counts in these, whatever the kernel's own clock. */
const TICK_MS = 10

/** By process: the server, and those of PostgreSQL. */
export type CpuMs = ReadonlyMap<number | 'server', number>

export async function cpuMsOf(pool: pg.Pool, server: Running): Promise<CpuMs> {
  const { rows } = await pool.query<{ pid: number }>(
    'SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()',
  )
  return new Map<number | 'server', number>([
    ['server', (await server.usage()).cpuMs],
    ...rows.map(({ pid }) => [pid, ticksOf(pid) * TICK_MS] as const),
  ])
}

/** What those that are there now have used since then. What has ended meanwhile is left out. */
export function cpuMsSince(before: CpuMs, now: CpuMs): number {
  return [...now].reduce((sum, [process, ms]) => sum + ms - (before.get(process) ?? 0), 0)
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

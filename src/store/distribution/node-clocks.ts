// The clocks of a distributed database's nodes, as the coordinator sees them.
import type pg from 'pg'

export interface NodeClock {
  /** `host:port`. */
  node: string
  /** Against the coordinator's clock. */
  aheadMs: number
  uncertaintyMs: number
  /** Why the node could not be asked. */
  trouble: string | undefined
}

const READ_OWN = 'SELECT extract(epoch FROM clock_timestamp())::float8 * 1000 AS "nowMs"'

// All are asked at once, between two looks at the coordinator's own clock.
const READ_NODES = `SELECT nodename || ':' || nodeport AS node, success, result
  FROM run_command_on_workers('SELECT extract(epoch FROM clock_timestamp())::float8 * 1000')
  ORDER BY nodename, nodeport`

export async function readNodeClocks(pool: pg.Pool): Promise<NodeClock[]> {
  const beforeMs = await readOwnMs(pool)
  const { rows } = await pool.query<{ node: string; success: boolean; result: string }>(READ_NODES)
  const afterMs = await readOwnMs(pool)
  return rows.map(({ node, success, result }) => ({
    node,
    aheadMs: success ? Number(result) - (beforeMs + afterMs) / 2 : 0,
    uncertaintyMs: (afterMs - beforeMs) / 2,
    trouble: success ? undefined : result,
  }))
}

async function readOwnMs(pool: pg.Pool): Promise<number> {
  return (await pool.query<{ nowMs: number }>(READ_OWN)).rows[0]!.nowMs
}

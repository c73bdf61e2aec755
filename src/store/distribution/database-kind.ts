// Whether Citus distributes the database. The server finds it out by itself, with the first
// connection: it may start while the database is away.
import type pg from 'pg'
import { halfDistributed, meaningOf } from '../database/faults.ts'

export interface DatabaseKind {
  /** False until it is known. */
  readonly isDistributed: boolean
  readonly isKnown: boolean
  /**
   * Finds it out, unless it is known.
   * @throws Unavailable: the database is away, or half distributed
   */
  find: () => Promise<void>
}

export function knownKind(isDistributed: boolean): DatabaseKind {
  return { isDistributed, isKnown: true, find: async () => {} }
}

export function createKind(pool: pg.Pool): DatabaseKind {
  let isDistributed: boolean | undefined
  let finding: Promise<void> | undefined
  const find = async (): Promise<void> => {
    const extent = await readExtent(pool).catch((error: unknown) => {
      throw meaningOf(error)
    })
    if (extent === 'half') throw halfDistributed()
    isDistributed = extent === 'distributed'
  }
  return {
    get isDistributed() {
      return isDistributed === true
    },
    get isKnown() {
      return isDistributed !== undefined
    },
    find: async () => {
      if (isDistributed !== undefined) return
      finding ??= find().finally(() => {
        finding = undefined
      })
      await finding
    },
  }
}

/** What `epos distribute` keeps until it has finished. */
export const KEPT_KEYS = 'epos_kept_keys'

const FIND = `SELECT to_regclass('pg_dist_partition') IS NOT NULL AS "hasCitus",
  to_regclass('${KEPT_KEYS}') IS NOT NULL AS "isHalfDone"`
const FIND_ORDERS = `SELECT 1 FROM pg_dist_partition
  WHERE logicalrelid = to_regclass('orders') AND partmethod = 'h'`

/** `half`: `epos distribute` was interrupted. */
export async function readExtent(
  pool: Pick<pg.Pool, 'query'>,
): Promise<'single' | 'half' | 'distributed'> {
  const { rows } = await pool.query<{ hasCitus: boolean; isHalfDone: boolean }>(FIND)
  const { hasCitus, isHalfDone } = rows[0]!
  if (isHalfDone) return 'half'
  if (!hasCitus) return 'single'
  return (await pool.query(FIND_ORDERS)).rows.length > 0 ? 'distributed' : 'single'
}

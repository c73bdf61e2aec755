// The one pool of PostgreSQL connections of a process; prepared statements and Prisma share it.
import pg from 'pg'
import { limits } from '../../limits.ts'

const INT8 = 20

/**
 * Amounts are bigint in the database and at most Number.MAX_SAFE_INTEGER by the rules of
 * domain/money.ts.
 */
const parsers: pg.CustomTypesConfig = {
  getTypeParser: (oid: number, format?: string) =>
    oid === INT8 ? Number : pg.types.getTypeParser(oid, format as 'text'),
} as pg.CustomTypesConfig

export interface PoolOptions {
  databaseUrl: string
  poolSize: number
  /** Shown in pg_stat_activity. */
  applicationName?: string
}

export function createPool({
  databaseUrl,
  poolSize,
  applicationName = 'epos',
}: PoolOptions): pg.Pool {
  return openPool({
    connectionString: databaseUrl,
    max: poolSize,
    application_name: applicationName,
    types: parsers,
    connectionTimeoutMillis: limits.databaseConnectTimeoutMs,
    statement_timeout: limits.databaseStatementTimeoutMs,
    query_timeout: limits.databaseReplyTimeoutMs,
    idle_in_transaction_session_timeout: limits.databaseIdleInTransactionTimeoutMs,
    keepAlive: true,
    // Statements that do not wait for each other's rows travel together: a transaction takes two
    // round trips.
    pipeline: true,
    allowExitOnIdle: true,
  })
}

/** Any other pool: of statements that may take longer than the server allows its own. */
export function openPool(config: pg.PoolConfig): pg.Pool {
  const pool = new pg.Pool(config)
  // A connection that breaks is dropped by the pool, and whoever used it is told by its query; the
  // next one opens another.
  pool.on('error', () => {})
  pool.on('connect', (client) => {
    client.on('error', () => {})
  })
  return pool
}

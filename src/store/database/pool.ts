// The one pool of PostgreSQL connections of a process; prepared statements and Prisma share it.
import pg from 'pg'
import { limits } from '../../limits.ts'
import { Client } from './client.ts'

const INT8 = 20

/** Amounts are bigint, and never above Number.MAX_SAFE_INTEGER: see domain/money.ts. */
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
    Client: Client as unknown as new () => pg.Client,
    connectionString: databaseUrl,
    max: poolSize,
    application_name: applicationName,
    types: parsers,
    connectionTimeoutMillis: limits.databaseConnectTimeoutMs,
    statement_timeout: limits.databaseStatementTimeoutMs,
    idle_in_transaction_session_timeout: limits.databaseIdleInTransactionTimeoutMs,
    keepAlive: true,
    // Statements that do not need each other's rows travel together, so a transaction takes two
    // round trips.
    pipeline: true,
    allowExitOnIdle: true,
  })
}

/** A pool without the server's time limits. */
export function openPool(config: pg.PoolConfig): pg.Pool {
  const pool = new pg.Pool(config)
  // The pool drops a broken connection, and the query on it fails. The next query opens another.
  pool.on('error', () => {})
  pool.on('connect', (client) => {
    client.on('error', () => {})
  })
  return pool
}

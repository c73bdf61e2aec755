// Prepared statements and transactions on the pool.
import type pg from 'pg'
import { limits } from '../../limits.ts'
import { createTurns } from '../../lib/turns.ts'
import { isBrokenOff, isRefusedByDatabase, meaningOf, RolledBack, venueIsBusy } from './faults.ts'
import type { DatabaseKind } from '../distribution/database-kind.ts'
import type { JoinTransaction } from './prisma.ts'
import { queryOf, type Queryable, type Statement, type Value } from './statement.ts'
import { runTransaction, type Announced, type Topic, type Transaction } from './transaction.ts'

export {
  unhurried,
  type Queryable,
  type SharedStatement,
  type Statement,
  type Value,
} from './statement.ts'
export { RolledBack } from './faults.ts'
export type { Transaction } from './transaction.ts'

export type AnnouncementListener = (locationIds: ReadonlySet<string>) => void

export interface Database extends Queryable {
  pool: pg.Pool
  /** What kind of database it is; it may be away when the server starts. */
  kind: DatabaseKind
  /** Runs `work` as one transaction, again from its start when a deadlock ended it. */
  transaction: <T>(work: (tx: Transaction) => Promise<T>) => Promise<T>
  /**
   * Runs `work` as one transaction, once, for a caller that has another way when it fails.
   * @throws RolledBack: the database refused, and nothing has changed
   */
  attempt: <T>(work: (tx: Transaction) => Promise<T>) => Promise<T>
  /**
   * Calls the listener after each commit of this process that announced the topic.
   * @returns what ends that
   */
  listen: (topic: Topic, listener: AnnouncementListener) => () => void
  /**
   * Runs work of one venue: it has a connection to itself only while the venue holds less than its
   * share of the pool, so that a flood of one venue leaves connections to the others.
   * @param waitMs for the share; less for work that has waited for something else before
   * @throws Unavailable: the venue has held its whole share for too long
   */
  inTurn: <T>(locationId: string, work: () => Promise<T>, waitMs?: number) => Promise<T>
}

/** The same database for the work of one venue, which then waits for its turn. */
export function databaseOf(database: Database, locationId: string): Database {
  return {
    ...database,
    get isDistributed() {
      return database.isDistributed
    },
    rows: async <Row>(statement: Statement, values: readonly Value[]) =>
      await database.inTurn(locationId, async () => await database.rows<Row>(statement, values)),
    transaction: async (work) =>
      await database.inTurn(locationId, async () => await database.transaction(work)),
  }
}

function venueTurns(pool: pg.Pool): Database['inTurn'] {
  const turns = createTurns({
    atOnce: Math.max(1, Math.floor(pool.options.max * limits.venuePoolShare)),
    longestWaitMs: limits.venuePoolWaitMs,
    refused: venueIsBusy,
  })
  return async (locationId, work, waitMs) => {
    const release = await turns.take(locationId, waitMs)
    try {
      return await work()
    } finally {
      release()
    }
  }
}

export interface DatabaseOptions {
  pool: pg.Pool
  join: JoinTransaction
  kind: DatabaseKind
}

export function createDatabase(options: DatabaseOptions): Database {
  const { pool, kind } = options
  const listeners: Record<Topic, Set<AnnouncementListener>> = {
    jobs: new Set(),
    changes: new Set(),
  }
  const tell = (announced: Announced): void => {
    for (const [topic, locationIds] of announced) {
      for (const listener of listeners[topic]) listener(locationIds)
    }
  }
  return {
    pool,
    kind,
    get isDistributed() {
      return kind.isDistributed
    },
    inTurn: venueTurns(pool),
    async rows<Row>(statement: Statement, values: readonly Value[]) {
      if (statement.query_timeout !== undefined) {
        return await this.transaction(async (tx) => {
          tx.takesLong()
          return await tx.rows<Row>(statement, values)
        })
      }
      if (!kind.isKnown) await kind.find()
      try {
        return (await pool.query(queryOf(statement, values, kind.isDistributed))).rows as Row[]
      } catch (error) {
        throw meaningOf(error)
      }
    },
    async transaction(work) {
      for (let attempt = 1; ; attempt++) {
        try {
          const { result, announced } = await runTransaction(options, work)
          tell(announced)
          return result
        } catch (error) {
          if (!isBrokenOff(error) || attempt === limits.transactionAttempts) throw meaningOf(error)
        }
      }
    },
    async attempt(work) {
      try {
        const { result, announced } = await runTransaction(options, work)
        tell(announced)
        return result
      } catch (error) {
        throw isRefusedByDatabase(error) ? new RolledBack({ cause: error }) : meaningOf(error)
      }
    },
    listen(topic, listener) {
      listeners[topic].add(listener)
      return () => {
        listeners[topic].delete(listener)
      }
    },
  }
}

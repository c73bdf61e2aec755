// The store: one pool, prepared statements on it for the hot paths, Prisma on it for the rest.
import type pg from 'pg'
import { createDatabase, databaseOf, type Database } from './database/database.ts'
import { createPrisma, prismaOf, type Prisma } from './database/prisma.ts'
import { createKind, knownKind } from './distribution/database-kind.ts'
import { createSharedReads, type SharedReads } from './database/shared-reads.ts'

export interface Store {
  database: Database
  /** The same for reads that a guest or a till waits for: they share statements. */
  reads: SharedReads
  prisma: Prisma
  /**
   * The same for the work of one venue, which holds no more than its share of the connections.
   * Calls throw Unavailable when the venue has held its whole share for too long.
   */
  of: (locationId: string) => Store
}

export interface StoreOptions {
  /**
   * Whether Citus distributes the tables; found out by itself with the first connection when left
   * out.
   */
  isDistributed?: boolean | undefined
}

/** The store, with the first connection already made unless the database is away. */
export async function openStore(pool: pg.Pool, options: StoreOptions = {}): Promise<Store> {
  const store = createStore(pool, options)
  await store.database.kind.find().catch(() => {})
  return store
}

export function createStore(pool: pg.Pool, { isDistributed }: StoreOptions = {}): Store {
  const kind = isDistributed === undefined ? createKind(pool) : knownKind(isDistributed)
  const { prisma, join } = createPrisma(pool)
  const database = createDatabase({ pool, join, kind })
  const store: Store = {
    database,
    reads: createSharedReads(database),
    prisma,
    of: (locationId) => storeOf(store, locationId),
  }
  return store
}

function storeOf({ database, reads, prisma, of }: Store, locationId: string): Store {
  let own: Prisma | undefined
  return {
    database: databaseOf(database, locationId),
    // They take few connections, and turns by venue.
    reads,
    // Few calls use Prisma outside of a transaction, so it is made only for those.
    get prisma() {
      own ??= prismaOf(prisma, async (work) => await database.inTurn(locationId, work))
      return own
    },
    of,
  }
}

// The store: one pool, prepared statements on it for the hot paths, Prisma on it for the rest.
import type pg from 'pg'
import { createDatabase, type Database } from './database/database.ts'
import { createPrisma, type Prisma } from './database/prisma.ts'
import { createSharedReads, type SharedReads } from './database/shared-reads.ts'

export interface Store {
  database: Database
  /** The same for reads that a guest or a till waits for: they share statements. */
  reads: SharedReads
  prisma: Prisma
}

export function createStore(pool: pg.Pool): Store {
  const { prisma, join } = createPrisma(pool)
  const database = createDatabase(pool, join)
  return { database, reads: createSharedReads(database), prisma }
}

// The store: one pool, prepared statements on it for the hot paths, Prisma on it for the rest.
import type pg from 'pg'
import { createDatabase, type Database } from './database/database.ts'
import { createPrisma, type Prisma } from './database/prisma.ts'

export interface Store {
  database: Database
  prisma: Prisma
}

export function createStore(pool: pg.Pool): Store {
  const { prisma, join } = createPrisma(pool)
  return { database: createDatabase(pool, join), prisma }
}

// Prisma on the process's own pool, for what is not on a hot path: the venue's set-up and its
// credentials.
import { PrismaPg } from '@prisma/adapter-pg'
import type pg from 'pg'
import { PrismaClient } from '../generated/client.ts'

export type Prisma = PrismaClient

export const createPrisma = (pool: pg.Pool): Prisma =>
  new PrismaClient({ adapter: new PrismaPg(pool, { disposeExternalPool: false }) })

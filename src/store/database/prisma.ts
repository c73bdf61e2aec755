// Prisma on the process's own pool, for everything that is neither hot nor money. Inside one of our
// transactions it works on that transaction's connection.
import { AsyncLocalStorage } from 'node:async_hooks'
import { PrismaPg } from '@prisma/adapter-pg'
import type pg from 'pg'
import { limits } from '../../limits.ts'
import { meaningOf } from './faults.ts'
import { PrismaClient, type Prisma as Generated } from '../generated/client.ts'

export type Prisma = PrismaClient
export type PrismaInTransaction = Generated.TransactionClient

/** The models of prisma/schema.prisma, each with the fields of its rows. */
export type Models = {
  [Name in keyof Generated.TypeMap['model']]: Generated.TypeMap['model'][Name]['payload']['scalars']
}

/** Runs `work` with Prisma on `client`, which is inside a transaction that the caller ends. */
export type JoinTransaction = <T>(
  client: pg.PoolClient,
  work: (prisma: PrismaInTransaction) => Promise<T>,
) => Promise<T>

/**
 * One client serves the pool and every transaction: making one for each transaction would cost it
 * 20 to 60 ms.
 */
export function createPrisma(pool: pg.Pool): { prisma: Prisma; join: JoinTransaction } {
  const joined = new AsyncLocalStorage<pg.PoolClient>()
  const connections = poolWith(pool, async () => {
    const client = joined.getStore()
    return client === undefined ? await pool.connect() : withinTransaction(client)
  })
  const adapter = new PrismaPg(connections, { disposeExternalPool: false })
  const prisma = withMeanings(new PrismaClient({ adapter }))
  return {
    prisma,
    join: async (client, work) =>
      await joined.run(
        client,
        async () => await prisma.$transaction(work, { timeout: limits.databaseReportTimeoutMs }),
      ),
  }
}

/** An error of Prisma means what the same error of a statement of ours means. */
function withMeanings(prisma: PrismaClient): PrismaClient {
  const extended = prisma.$extends({
    query: {
      async $allOperations({ args, query }) {
        try {
          return (await query(args)) as unknown
        } catch (error) {
          throw meaningOf(error)
        }
      },
    },
  })
  return extended as unknown as PrismaClient
}

/** The same client, each of whose operations runs within `within`. */
export function prismaOf(
  prisma: Prisma,
  within: (work: () => Promise<unknown>) => Promise<unknown>,
): Prisma {
  const extended = prisma.$extends({
    query: {
      $allOperations: async ({ args, query }) => await within(async () => await query(args)),
    },
  })
  return extended as unknown as Prisma
}

/** The same pool, but for where Prisma finds the connection of a transaction. */
const poolWith = (pool: pg.Pool, connect: () => Promise<pg.PoolClient>): pg.Pool =>
  Object.create(pool, {
    connect: { value: connect },
    ...bound(pool, ['query', 'on', 'removeListener']),
  }) as pg.Pool

const CONTROL = /^(BEGIN|COMMIT|ROLLBACK)$/

/** The same connection, on which Prisma neither begins nor ends a transaction. */
const withinTransaction = (client: pg.PoolClient): pg.PoolClient =>
  Object.create(client, {
    query: {
      value: async (query: pg.QueryArrayConfig) =>
        CONTROL.test(query.text)
          ? { rows: [], fields: [], rowCount: 0 }
          : await client.query(inReportTime(query)),
    },
    release: { value: () => {} },
    ...bound(client, ['on', 'removeListener']),
  }) as pg.PoolClient

/** What goes through Prisma in a transaction is a set-up or an import. */
function inReportTime(query: pg.QueryArrayConfig): pg.QueryArrayConfig {
  return { ...query, query_timeout: limits.databaseReportTimeoutMs } as pg.QueryArrayConfig
}

/** Methods that work on the object itself, also when they are called on one that inherits them. */
function bound<Target extends object>(target: Target, names: (keyof Target)[]) {
  const properties: PropertyDescriptorMap = {}
  for (const name of names) {
    properties[name as string] = { value: (target[name] as () => unknown).bind(target) }
  }
  return properties
}

// One server under measurement, in a process of its own: this project's, or one of the bare ones
// that it is held against. Started by fork with its kind and the database's URL; says its port when
// it listens, and its memory when asked.
import Fastify, { type FastifyInstance } from 'fastify'
import type { AddressInfo } from 'node:net'
import type pg from 'pg'
import { loadConfig } from '../../src/config.ts'
import { createServer } from '../../src/server.ts'
import { createPool } from '../../src/store/database/pool.ts'

export type ServerKind = 'ours' | 'fastify' | 'statement'

export interface Assignment {
  kind: ServerKind
  databaseUrl: string
  poolSize: number
  /**
   * Of the bare servers: what to answer, and the statements that this project sends for the same.
   */
  bare?: Bare
}

export interface Bare {
  orderJson: string
  pageJson: string
  tabJson?: string
  read: Statement
  search: { statement: Statement; values: unknown[] }
  payment: { hold: Statement; readIntentForUpdate: Statement; read: Statement; write: Statement }
  lock: { take: Statement; release: Statement }
  locationId: string
}

interface Statement {
  name: string
  text: string
}

async function ours({ databaseUrl, poolSize }: Assignment): Promise<FastifyInstance> {
  const config = loadConfig({ PORT: '0', DATABASE_POOL_SIZE: String(poolSize), DOCS: 'false' })
  return (await createServer({ config, databaseUrl })).app
}

/** Fastify, the same JSON, and nothing else. */
function fastifyAlone({ bare }: Assignment): FastifyInstance {
  const app = Fastify()
  const order = JSON.parse(bare!.orderJson) as unknown
  const page = JSON.parse(bare!.pageJson) as unknown
  const tab = JSON.parse(bare!.tabJson ?? 'null') as unknown
  app.get('/v1/orders/:orderId', async () => order)
  app.post('/v1/orders/search', async () => page)
  app.post('/v1/orders/:orderId/lock', async () => order)
  app.delete('/v1/orders/:orderId/locks/:lockId', async () => order)
  app.post('/v1/orders/:orderId/record-payment', async () => order)
  app.get('/v1/orders/:orderId/bill', async () => order)
  app.post('/till/v1/orders/:orderId/lines', async () => tab)
  return app
}

/**
 * Fastify and the statements that this project sends for the same answer, on the same kind of pool:
 * no credential, no rule, no log.
 */
function statementsAlone({ databaseUrl, poolSize, bare }: Assignment): FastifyInstance {
  const { read, search, payment, lock, locationId } = bare!
  const app = Fastify()
  const pool = createPool({ databaseUrl, poolSize, applicationName: 'bare' })
  const one = async ({ name, text }: Statement, values: unknown[]) =>
    (await pool.query({ name, text, values })).rows
  const historyOf = (orderId: string, action: string): unknown[] => [
    locationId,
    orderId,
    new Date(),
    null,
    null,
    null,
    null,
    action,
    '{}',
    '{}',
  ]
  type Params = { Params: { orderId: string; lockId: string }; Body: Record<string, never> }

  app.get<Params>(
    '/v1/orders/:orderId',
    async ({ params }) => (await one(read, [locationId, params.orderId]))[0],
  )
  app.get<Params>(
    '/v1/orders/:orderId/bill',
    async ({ params }) => (await one(read, [locationId, params.orderId]))[0],
  )
  app.post('/v1/orders/search', async () => await one(search.statement, search.values))
  app.post<Params>(
    '/v1/orders/:orderId/record-payment',
    async ({ params, body }) =>
      await transaction(pool, async (send) => {
        const { paymentIntentId, paidAmount } = body as unknown as {
          paymentIntentId: string
          paidAmount: { value: number }
        }
        const [, , { rows }] = await Promise.all([
          send(payment.hold, [locationId, params.orderId]),
          send(payment.readIntentForUpdate, [locationId, paymentIntentId]),
          send(payment.read, [locationId, params.orderId, paymentIntentId, null]),
        ])
        const paid = Number((rows[0] as { paidMinor: number }).paidMinor) + paidAmount.value
        const write = [
          ...historyOf(params.orderId, 'PaymentRecorded'),
          ...[paid, 0, 'Accepted', null],
          ...[`pay_${paymentIntentId}`, paymentIntentId, paidAmount.value, null, null],
          ...['Dojo', null, null],
          ...[`pay_${paymentIntentId}`, 'Recorded', paidAmount.value, 0],
        ]
        return { last: send(payment.write, write), answer: rows[0] }
      }),
  )
  app.post<Params>(
    '/v1/orders/:orderId/lock',
    async ({ params, body }) =>
      await transaction(pool, async (send) => {
        const { lockId } = body as unknown as { lockId: string }
        const [, { rows }] = await Promise.all([
          send(payment.hold, [locationId, params.orderId]),
          send(payment.read, [locationId, params.orderId, null, null]),
        ])
        return {
          last: send(lock.take, [
            ...historyOf(params.orderId, 'Locked'),
            ...[lockId, 'DojoLock', null, new Date(Date.now() + 60_000)],
            ...[null, null, null, null],
          ]),
          answer: rows[0],
        }
      }),
  )
  app.delete<Params>(
    '/v1/orders/:orderId/locks/:lockId',
    async ({ params }) =>
      await transaction(pool, async (send) => {
        const [, { rows }] = await Promise.all([
          send(payment.hold, [locationId, params.orderId]),
          send(payment.read, [locationId, params.orderId, null, params.lockId]),
        ])
        return {
          last: send(lock.release, [...historyOf(params.orderId, 'Unlocked'), params.lockId]),
          answer: rows[0],
        }
      }),
  )
  return app
}

type Send = (statement: Statement, values: unknown[]) => Promise<pg.QueryResult>

/**
 * BEGIN with the first statements, COMMIT with the last: as few round trips as this project takes.
 */
async function transaction(
  pool: pg.Pool,
  work: (send: Send) => Promise<{ last: Promise<unknown>; answer: unknown }>,
): Promise<unknown> {
  const client = await pool.connect()
  try {
    const begun = client.query('BEGIN')
    begun.catch(() => {})
    const { last, answer } = await work(
      async ({ name, text }, values) => await client.query({ name, text, values }),
    )
    await Promise.all([last, client.query('COMMIT')])
    return answer
  } catch (error) {
    await client.query('ROLLBACK')
    throw error
  } finally {
    client.release()
  }
}

const kinds = { ours, fastify: fastifyAlone, statement: statementsAlone }

if (process.send !== undefined) {
  process.on('message', (message: { assignment: Assignment } | 'memory') => {
    if (message === 'memory') {
      process.send!({ rssBytes: process.memoryUsage.rss() })
      return
    }
    const { assignment } = message
    void Promise.resolve(kinds[assignment.kind](assignment)).then(async (app) => {
      await app.listen({ host: '127.0.0.1', port: 0 })
      process.send!({ port: (app.server.address() as AddressInfo).port })
    })
  })
  process.on('disconnect', () => process.exit())
}

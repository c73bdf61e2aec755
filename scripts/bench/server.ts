// One server under measurement, in a process of its own: this project's, or a bare one that it is
// compared with. Forked with its kind and the database's URL; sends its port when it listens, and
// its memory and processor time when asked.
import Fastify, { type FastifyInstance } from 'fastify'
import type { AddressInfo } from 'node:net'
import { loadConfig } from '../../src/config.ts'
import { createServer } from '../../src/server.ts'
import type { Bare } from './bare.ts'
import { statementsAlone } from './statements.ts'

export type ServerKind = 'ours' | 'fastify' | 'statement'

export interface Assignment {
  kind: ServerKind
  databaseUrl: string
  poolSize: number
  /** Variables of this project's server besides those that every bench has. */
  environment?: Record<string, string>
  /** For the bare servers: what to answer, and the statements that this project sends for it. */
  bare?: Bare
}

async function ours({ databaseUrl, poolSize, environment }: Assignment): Promise<FastifyInstance> {
  const config = loadConfig({
    PORT: '0',
    DATABASE_POOL_SIZE: String(poolSize),
    DOCS: 'false',
    ...environment,
  })
  return (await createServer({ config, databaseUrl })).app
}

/** Fastify, the same JSON, and nothing else. */
function fastifyAlone({ bare }: Assignment): FastifyInstance {
  const app = Fastify()
  const order = JSON.parse(bare!.orderJson) as unknown
  const page = JSON.parse(bare!.pageJson) as unknown
  const tillOrder = JSON.parse(bare!.tillOrderJson ?? 'null') as unknown
  app.get('/v1/orders/:orderId', async () => order)
  // A server that refuses whatever is sent, before its body: what a flood costs at least.
  app.post('/v1/orders', {
    onRequest: async (_request, reply) => reply.code(503).send({ errorType: 'UnexpectedError' }),
    handler: async () => undefined,
  })
  app.post('/v1/orders/search', async () => page)
  app.post('/v1/orders/:orderId/lock', async () => order)
  app.delete('/v1/orders/:orderId/locks/:lockId', async () => order)
  app.post('/v1/orders/:orderId/record-payment', async () => order)
  app.get('/v1/orders/:orderId/bill', async () => order)
  app.post('/till/v1/orders/:orderId/lines', async () => tillOrder)
  return app
}

const kinds = { ours, fastify: fastifyAlone, statement: statementsAlone }

if (process.send !== undefined) {
  process.on('message', (message: { assignment: Assignment } | 'usage') => {
    if (message === 'usage') {
      const { user, system } = process.cpuUsage()
      process.send!({ rssBytes: process.memoryUsage.rss(), cpuMs: (user + system) / 1000 })
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

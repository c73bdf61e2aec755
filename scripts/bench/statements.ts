// The bare server that sends the statements of this project for the same answers, on the same kind
// of pool: no credential, no rule, no log.
import Fastify, { type FastifyInstance } from 'fastify'
import type pg from 'pg'
import { createPool } from '../../src/store/database/pool.ts'
import type { Bare, Statement } from './bare.ts'

const LOCK_MS = 60_000

interface Request {
  Params: { orderId: string; lockId: string }
  Body: Record<string, never>
}

export function statementsAlone({
  databaseUrl,
  poolSize,
  bare,
}: {
  databaseUrl: string
  poolSize: number
  bare?: Bare
}): FastifyInstance {
  const app = Fastify()
  const pool = createPool({ databaseUrl, poolSize, applicationName: 'bare' })
  addReads(app, pool, bare!)
  addPayments(app, pool, bare!)
  addLocks(app, pool, bare!)
  return app
}

function addReads(app: FastifyInstance, pool: pg.Pool, { read, search, locationId }: Bare): void {
  const rowsOf = async ({ name, text }: Statement, values: unknown[]) =>
    (await pool.query({ name, text, values })).rows
  const readOrder = async ({ params }: { params: { orderId: string } }) =>
    (await rowsOf(read, [locationId, params.orderId]))[0]
  app.get<Request>('/v1/orders/:orderId', readOrder)
  app.get<Request>('/v1/orders/:orderId/bill', readOrder)
  app.post('/v1/orders/search', async () => await rowsOf(search.statement, search.values))
}

function addPayments(app: FastifyInstance, pool: pg.Pool, { payment, locationId }: Bare): void {
  app.post<Request>(
    '/v1/orders/:orderId/record-payment',
    async ({ params, body }) =>
      await transaction(pool, async (send) => {
        const { paymentIntentId, paidAmount } = body as unknown as PaymentBody
        const [, , { rows }] = await Promise.all([
          send(payment.hold, [locationId, params.orderId]),
          send(payment.readIntentForUpdate, [locationId, paymentIntentId]),
          send(payment.read, [locationId, params.orderId, paymentIntentId]),
        ])
        const paid = Number((rows[0] as { paidMinor: number }).paidMinor) + paidAmount.value
        const write = [
          ...historyOf(locationId, params.orderId, 'PaymentRecorded'),
          ...[paid, 0, 'Accepted', null],
          ...[`pay_${paymentIntentId}`, paymentIntentId, paidAmount.value, null, null],
          ...['Dojo', null, null],
          ...[`pay_${paymentIntentId}`, 'Recorded', paidAmount.value, 0],
        ]
        return { last: send(payment.write, write), answer: rows[0] }
      }),
  )
}

function addLocks(app: FastifyInstance, pool: pg.Pool, { payment, lock, locationId }: Bare): void {
  app.post<Request>(
    '/v1/orders/:orderId/lock',
    async ({ params, body }) =>
      await transaction(pool, async (send) => {
        const { lockId } = body as unknown as { lockId: string }
        const [, { rows }] = await Promise.all([
          send(payment.hold, [locationId, params.orderId]),
          send(lock.read, [locationId, params.orderId, lockId]),
        ])
        const take = [
          ...historyOf(locationId, params.orderId, 'Locked'),
          ...[lockId, 'DojoLock', null, new Date(Date.now() + LOCK_MS)],
          ...[null, null, null, null],
        ]
        return { last: send(lock.take, take), answer: rows[0] }
      }),
  )
  app.delete<Request>(
    '/v1/orders/:orderId/locks/:lockId',
    async ({ params }) =>
      await transaction(pool, async (send) => {
        const [, { rows }] = await Promise.all([
          send(payment.hold, [locationId, params.orderId]),
          send(lock.read, [locationId, params.orderId, params.lockId]),
        ])
        const release = [...historyOf(locationId, params.orderId, 'Unlocked'), params.lockId]
        return { last: send(lock.release, release), answer: rows[0] }
      }),
  )
}

interface PaymentBody {
  paymentIntentId: string
  paidAmount: { value: number }
}

/** The parameters with which every change of an order begins. */
function historyOf(locationId: string, orderId: string, action: string): unknown[] {
  return [locationId, orderId, new Date(), null, null, null, null, action, '{}', '{}']
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

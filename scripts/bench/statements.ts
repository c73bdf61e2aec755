// The bare server that sends the statements of this project for the same answers, on the same kind
// of pool and as few at a time: no credential, no rule, no log.
import Fastify, { type FastifyInstance } from 'fastify'
import type pg from 'pg'
import { createPool } from '../../src/store/database/pool.ts'
import { sendTogether } from '../../src/store/database/transaction.ts'
import type { Bare, LinesBare, Statement } from './bare.ts'

const LOCK_MS = 60_000
/** A page, and one more to know whether there are further ones. */
const SEARCHED_ROWS = 51

interface Request {
  Params: { orderId: string; lockId: string }
  Body: Record<string, never>
  Headers: { authorization: string }
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
  addBills(app, pool, bare!)
  addPayments(app, pool, bare!)
  addLocks(app, pool, bare!)
  addLines(app, pool, bare!)
  return app
}

type VenueFinder = (request: { headers: { authorization: string } }) => string

function venueFinder({ venues }: Pick<Bare, 'venues'>): VenueFinder {
  return ({ headers: { authorization } }) => venues[authorization]!
}

function addReads(app: FastifyInstance, pool: pg.Pool, bare: Bare): void {
  const { read, search } = bare
  const venueOf = venueFinder(bare)
  const rowsOf = async ({ name, text }: Statement, values: unknown[]) =>
    (await pool.query({ name, text, values })).rows
  app.get<Request>(
    '/v1/orders/:orderId',
    async (request) => (await rowsOf(read, [venueOf(request), request.params.orderId]))[0],
  )
  app.post<Request>('/v1/orders/search', async (request) => {
    const { dineIn } = request.body as unknown as { dineIn: { tableId: string } }
    return await rowsOf(search, [venueOf(request), dineIn.tableId, SEARCHED_ROWS])
  })
}

function addBills(app: FastifyInstance, pool: pg.Pool, { bill, payment, venues }: Bare): void {
  const venueOf = venueFinder({ venues })
  app.get<Request>('/v1/orders/:orderId/bill', async (request) => {
    const locationId = venueOf(request)
    const { orderId } = request.params
    const { rows: facts } = await pool.query({ ...bill.facts, values: [locationId, orderId] })
    const order = await transaction(pool, async (send) => {
      const [, { rows }] = await Promise.all([
        send(payment.hold, [locationId, orderId]),
        send(bill.read, [locationId, orderId]),
      ])
      const last = send(bill.note, historyOf(locationId, orderId, 'BillPrinted'))
      return { last, answer: rows[0] }
    })
    return { order, facts: facts[0] as object }
  })
}

function addPayments(app: FastifyInstance, pool: pg.Pool, bare: Bare): void {
  const { payment } = bare
  const venueOf = venueFinder(bare)
  app.post<Request>(
    '/v1/orders/:orderId/record-payment',
    async (request) =>
      await transaction(pool, async (send) => {
        const { params, body } = request
        const locationId = venueOf(request)
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
          ...['Dojo', null, null, null, null, null],
          ...[`pay_${paymentIntentId}`, 'Recorded', paidAmount.value, 0, 0],
        ]
        return { last: send(payment.write, write), answer: rows[0] }
      }),
  )
}

function addLocks(app: FastifyInstance, pool: pg.Pool, bare: Bare): void {
  const { payment, lock } = bare
  const venueOf = venueFinder(bare)
  app.post<Request>(
    '/v1/orders/:orderId/lock',
    async (request) =>
      await transaction(pool, async (send) => {
        const { params, body } = request
        const locationId = venueOf(request)
        const { lockId } = body as unknown as { lockId: string }
        const [, { rows }] = await Promise.all([
          send(payment.hold, [locationId, params.orderId]),
          send(lock.readToTake, [locationId, params.orderId]),
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
    async (request) =>
      await transaction(pool, async (send) => {
        const { params } = request
        const locationId = venueOf(request)
        const [, { rows }] = await Promise.all([
          send(payment.hold, [locationId, params.orderId]),
          send(lock.read, [locationId, params.orderId, params.lockId]),
        ])
        const release = [...historyOf(locationId, params.orderId, 'Unlocked'), params.lockId]
        return { last: send(lock.release, release), answer: rows[0] }
      }),
  )
}

/** Lines of the same content as this server writes, each with an id of its own. */
function addLines(app: FastifyInstance, pool: pg.Pool, { lines, payment, venues }: Bare): void {
  if (lines === undefined) return
  const { token, offers, read, write } = lines
  app.post<Request>('/till/v1/orders/:orderId/lines', async ({ params, headers }) => {
    const locationId = venues[headers.authorization]!
    const { orderId } = params
    await pool.query({ ...token, values: [Buffer.from(headers.authorization), null] })
    return await transaction(pool, async (send) => {
      const [, { rows }] = await Promise.all([
        send(payment.hold, [locationId, orderId]),
        send(read, [locationId, orderId]),
        send(offers, [locationId, ['bench']]),
      ])
      return { last: send(write, written(lines, locationId, orderId)), answer: rows[0] }
    })
  })
}

let lineIds = 0

function written({ values, lineId }: LinesBare, locationId: string, orderId: string): unknown[] {
  const id = `lin_bare_${process.pid}_${++lineIds}`
  const [, , ...rest] = values.map((value) =>
    typeof value === 'string' ? value.replaceAll(lineId, id) : value,
  )
  return [locationId, orderId, ...rest]
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
 * BEGIN with the first statements, COMMIT with the last, each in one write: as few round trips and
 * system calls as this project takes.
 */
async function transaction(
  pool: pg.Pool,
  work: (send: Send) => Promise<{ last: Promise<unknown>; answer: unknown }>,
): Promise<unknown> {
  const client = await pool.connect()
  try {
    sendTogether(client)
    const begun = client.query('BEGIN')
    begun.catch(() => {})
    const { last, answer } = await work(async ({ name, text }, values) => {
      sendTogether(client)
      return await client.query({ name, text, values })
    })
    await Promise.all([last, client.query('COMMIT')])
    return answer
  } catch (error) {
    await client.query('ROLLBACK')
    throw error
  } finally {
    client.release()
  }
}

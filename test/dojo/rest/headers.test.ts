// Who and what is behind a call: read from four headers, logged, and kept on what the call caused.
import t from 'tap'
import type { InjectOptions } from 'fastify'
import { operations } from '../../../src/contract/document.ts'
import { expireLock, gbp, inSeconds, newOrder, orderRequest } from '../../support/orders.ts'
import { startServer, type Headers } from '../../support/server.ts'
import { answered, json, memoryLog, raw } from '../../support/visits.ts'

const HEADERS: Headers = {
  'waiter-id': '42',
  'dojo-requesting-product': 'PayAtTable',
  'device-id': 'tm_7',
  'device-type': 'CardMachine',
}
const KEPT = { waiter: '42', product: 'PayAtTable', device: 'tm_7', type: 'CardMachine' }
const NOBODY = { waiter: null, product: null, device: null, type: null }
const CALLER =
  'caller_waiter_id AS waiter, caller_product AS product, ' +
  'caller_device_id AS device, caller_device_type AS type'

t.test('the four headers', async (t) => {
  const log = memoryLog()
  const server = await startServer(t, { overrides: { logger: log.logger } })
  const { venue, sql } = server
  const one = async (text: string, values: unknown[]): Promise<object> => {
    const rows = await sql(text, values)
    t.equal(rows.length, 1)
    return { ...rows[0] }
  }

  t.test(
    'are kept on an order that Dojo creates, on its payments and on its history',
    async (t) => {
      const order = answered(
        await venue.call(
          'CreateOrder',
          orderRequest(1000, { payments: [{ paymentIntentId: 'pi_1', paidAmount: gbp(400) }] }),
          HEADERS,
        ),
      )
      t.strictSame(await one(`SELECT ${CALLER} FROM orders WHERE order_id = $1`, [order.id]), KEPT)
      t.strictSame(
        await one(`SELECT ${CALLER} FROM payments WHERE order_id = $1`, [order.id]),
        KEPT,
      )
      const history = await sql(`SELECT ${CALLER} FROM order_history WHERE order_id = $1`, [
        order.id,
      ])
      t.equal(history.length, 2)
      t.strictSame(
        history.map((entry) => ({ ...entry })),
        [KEPT, KEPT],
      )
      t.notOk('waiterId' in order.details.dineIn!, 'who asks is not who serves the table')
    },
  )

  t.test('are kept on a payment, as they were when it was first recorded', async (t) => {
    const order = await newOrder(venue, 1000)
    const payment = { orderId: order.id, paymentIntentId: 'pi_2', paidAmount: gbp(100) }
    await venue.call('RecordOrderPaymentById', payment, HEADERS)
    await venue.call('RecordOrderPaymentById', payment, {
      ...HEADERS,
      'waiter-id': '43',
      'device-id': 'tm_8',
    })
    t.strictSame(await one(`SELECT ${CALLER} FROM payments WHERE order_id = $1`, [order.id]), KEPT)
    t.strictSame(
      await one(`SELECT ${CALLER} FROM orders WHERE order_id = $1`, [order.id]),
      NOBODY,
      'who made the order is another matter',
    )
  })

  t.test('are kept on a lock, which names its holder by them', async (t) => {
    const order = await newOrder(venue, 1000)
    const expiry = inSeconds(60)
    await venue.call('CreateOrderLock', { orderId: order.id, lockId: 'lock-1', expiry }, HEADERS)
    t.strictSame(
      await one(`SELECT ${CALLER} FROM order_locks WHERE order_id = $1`, [order.id]),
      KEPT,
    )
    const { status, error } = await venue.call(
      'CreateOrderLock',
      { orderId: order.id, lockId: 'lock-2', expiry },
      { 'waiter-id': '43' },
    )
    t.equal(status, 409)
    t.match(
      error.debugMessage,
      new RegExp(`locked by waiter 42 on terminal tm_7 until ${expiry.slice(11, 19)}`),
    )
    await expireLock(server, order.id)
    await venue.call(
      'CreateOrderLock',
      { orderId: order.id, lockId: 'lock-2', expiry },
      { 'waiter-id': '43' },
    )
    t.strictSame(
      await one(`SELECT ${CALLER} FROM order_locks WHERE order_id = $1 AND lock_id = 'lock-2'`, [
        order.id,
      ]),
      { ...NOBODY, waiter: '43' },
    )
  })

  t.test('are kept in the history of every change', async (t) => {
    const order = await newOrder(venue, 1000)
    await venue.call(
      'CreateOrderLock',
      { orderId: order.id, lockId: 'lock-1', expiry: inSeconds(60) },
      HEADERS,
    )
    await venue.call(
      'ExtendOrderLock',
      { orderId: order.id, lockId: 'lock-1', expiry: inSeconds(120) },
      HEADERS,
    )
    await venue.call('DeleteOrderLock', { orderId: order.id, lockId: 'lock-1' }, HEADERS)
    await venue.call('CancelOrderById', { orderId: order.id }, HEADERS)
    const [created, ...changes] = await sql(
      `SELECT ${CALLER} FROM order_history WHERE order_id = $1 ORDER BY sequence`,
      [order.id],
    )
    t.strictSame({ ...created }, NOBODY)
    t.strictSame(
      changes.map((entry) => ({ ...entry })),
      [KEPT, KEPT, KEPT, KEPT],
    )
  })

  t.test('may be missing, or empty, which is the same', async (t) => {
    const empty = {
      'waiter-id': '',
      'dojo-requesting-product': '',
      'device-id': '',
      'device-type': '',
    }
    const order = answered(await venue.call('CreateOrder', orderRequest(1000), empty))
    t.strictSame(await one(`SELECT ${CALLER} FROM orders WHERE order_id = $1`, [order.id]), NOBODY)
  })

  t.test('are kept whole and logged cut short, when they are long', async (t) => {
    const long = 'w'.repeat(3000)
    log.clear()
    const order = answered(
      await venue.call('CreateOrder', orderRequest(1000), { 'waiter-id': long }),
    )
    t.strictSame(await one(`SELECT ${CALLER} FROM orders WHERE order_id = $1`, [order.id]), {
      ...NOBODY,
      waiter: long,
    })
    const [line] = log.requests()
    t.match(String(line!['waiter']), /^w+/)
    t.ok(String(line!['waiter']).length < 200)
  })

  for (const { name, method, path, body } of operations) {
    t.test(`${name} logs them`, async (t) => {
      log.clear()
      const options: InjectOptions = {
        method,
        url: path.replaceAll(/\{\w+\}/g, 'x'),
        ...(body === undefined ? {} : json({})),
      }
      await raw(server, venue, { ...options, headers: { ...options.headers, ...HEADERS } })
      const lines = log.requests()
      t.equal(lines.length, 1)
      t.match(lines[0], {
        waiter: '42',
        device: 'tm_7',
        deviceType: 'CardMachine',
        product: 'PayAtTable',
        capability: name,
        venue: venue.locationId,
      })
    })
  }
})

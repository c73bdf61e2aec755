// One venue is flooded, and the others do not notice.
import pg from 'pg'
import t from 'tap'
import { limits } from '../../src/limits.ts'
import { holdOrderRows } from '../support/load.ts'
import { gbp, newOrder } from '../support/orders.ts'
import { startServer } from '../support/server.ts'
import { until, untilWaiting } from '../support/visits.ts'

t.test('a venue whose requests all wait for a row leaves connections to the others', async (t) => {
  const server = await startServer(t)
  const { venue: flooded, databaseUrl } = server
  const other = await server.newVenue('The White Hart')
  const { id } = await newOrder(flooded, 500)
  const theirs = await newOrder(other, 500)
  const holder = new pg.Client({ connectionString: databaseUrl })
  await holder.connect()
  await holder.query('BEGIN')
  await holder.query('SELECT 1 FROM orders WHERE order_id = $1 FOR UPDATE', [id])

  const paying = Array.from({ length: 3 * server.pool.options.max }, async (_, index) => {
    const payment = { orderId: id, paymentIntentId: `pi_${index}`, paidAmount: gbp(1) }
    return await flooded.call('RecordOrderPaymentById', payment)
  })
  await untilWaiting(server)
  t.equal((await other.call('GetOrderById', { orderId: theirs.id })).status, 200)
  const payment = { orderId: theirs.id, paymentIntentId: 'pi_theirs', paidAmount: gbp(500) }
  t.equal((await other.call('RecordOrderPaymentById', payment)).status, 200, 'meanwhile')
  await untilWaiting(server)

  const refused: number[] = []
  const padding = 'x'.repeat(limits.largeBodyBytes)
  const large = Array.from({ length: limits.venueLargeRequestsWaiting + 21 }, async (_, index) => {
    const paid = { orderId: id, paymentIntentId: `pi_large_${index}`, paidAmount: gbp(1), padding }
    const { status } = await flooded.call('RecordOrderPaymentById', paid)
    refused.push(status)
    return status
  })
  await until('more large requests than have time are refused', () => refused.length >= 20)
  t.same(new Set(refused), new Set([503]), 'while the others wait')

  await holder.query('ROLLBACK')
  await holder.end()
  t.ok((await Promise.all(large)).includes(200), 'whose turn comes')
  const replies = await Promise.all(paying)
  t.same(new Set(replies.map(({ status }) => status)), new Set([200]), 'and all are answered')
})

t.test('nor does one whose orders are all locked by another program', async (t) => {
  const server = await startServer(t)
  const { venue: flooded, databaseUrl } = server
  const other = await server.newVenue('The White Hart')
  const theirs = await newOrder(other, 500)
  const { max } = server.pool.options
  const ids: string[] = []
  while (ids.length < 2 * max) ids.push((await newOrder(flooded, 500)).id)
  const holder = await holdOrderRows(databaseUrl, ids)

  const paying = ids.map(async (id, index) => {
    const payment = { orderId: id, paymentIntentId: `pi_${index}`, paidAmount: gbp(1) }
    return (await flooded.call('RecordOrderPaymentById', payment)).status
  })
  await untilWaiting(server, Math.floor(max * limits.venuePoolShare))
  const payment = { orderId: theirs.id, paymentIntentId: 'pi_theirs', paidAmount: gbp(500) }
  t.equal((await other.call('RecordOrderPaymentById', payment)).status, 200, 'meanwhile')
  t.equal(server.pool.waitingCount, 0, 'nobody waits for a connection')

  await holder.release()
  t.same(new Set(await Promise.all(paying)), new Set([200]), 'and all are answered')
})

t.test('a venue holds at most its share of the connections', async (t) => {
  const server = await startServer(t)
  const { max } = server.pool.options
  const share = Math.floor(max * limits.venuePoolShare)
  t.ok(share >= 1 && share < max)
  const flooded = server.store.of('loc_flooded').database
  const sleep = { name: 'test_sleep', text: 'SELECT 1 AS done FROM pg_sleep($1)' }
  const transaction = async () =>
    await flooded.transaction(async (tx) => await tx.rows(sleep, [0.2]))
  const work = Array.from({ length: max }, async () => [
    await flooded.rows(sleep, [0.2]),
    await transaction(),
  ])
  await until('it holds its share', () => server.pool.totalCount - server.pool.idleCount === share)
  t.same(await server.store.of('loc_other').database.rows(sleep, [0]), [{ done: 1 }])
  t.equal(server.pool.waitingCount, 0, 'nobody waits for a connection')
  t.equal((await Promise.all(work)).length, max, 'and the rest has its turn')
})

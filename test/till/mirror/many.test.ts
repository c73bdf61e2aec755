// Orders that a till sends among many, or as all that are open.
import t from 'tap'
import { limits } from '../../../src/limits.ts'
import { holdOrderRows } from '../../support/load.ts'
import { inSeconds, pay, read } from '../../support/orders.ts'
import { startServer } from '../../support/server.ts'
import { isProblem, type Till } from '../../support/till.ts'
import { newMirror, orderAtTill, putOrder } from '../../support/till-mirror.ts'
import { untilWaiting } from '../../support/visits.ts'

t.test('many orders of a till', async (t) => {
  const server = await startServer(t)
  const till = await newMirror(t, server)

  /** All open orders of a till, each in this version. */
  const send = async (from: Till, ids: readonly string[], version = 1) => {
    const orders = ids.map((id) => ({ id, ...orderAtTill(1_000 * version, { version }) }))
    return await from.call('PUT /mirror/orders', {}, { orders })
  }

  t.test('many at once: a refusal keeps no other back', async (t) => {
    await putOrder(till, 'known-1', orderAtTill(900))
    await putOrder(till, 'known-2', orderAtTill(900, { version: 5 }))
    const { status, body } = await till.call(
      'POST /mirror/orders',
      {},
      {
        orders: [
          { id: 'many-1', ...orderAtTill(100) },
          { id: 'many-2', ...orderAtTill(200, { tableId: 'nowhere' }) },
          {
            id: 'many-3',
            ...orderAtTill(300, { discounts: [{ name: 'Too much', amountMinor: 301 }] }),
          },
          { id: 'known-1', ...orderAtTill(900) },
          { id: 'known-2', ...orderAtTill(900) },
        ],
      },
    )
    t.equal(status, 200)
    t.match(body.results, [
      { id: 'many-1', outcome: 'created', orderId: 'many-1', balanceMinor: 100 },
      {
        id: 'many-2',
        outcome: 'refused',
        problem: { status: 400, code: 'unknown-reference', field: 'tableId' },
      },
      {
        id: 'many-3',
        outcome: 'refused',
        problem: { status: 400, code: 'invalid', detail: /3\.01 GBP/ },
      },
      { id: 'known-1', outcome: 'unchanged', totalMinor: 900 },
      { id: 'known-2', outcome: 'refused', problem: { status: 412, code: 'stale', version: 5 } },
    ])
    const twice = [orderAtTill(1), orderAtTill(1)].map((order) => ({ id: 'twice', ...order }))
    isProblem(
      t,
      await till.call('POST /mirror/orders', {}, { orders: twice }),
      400,
      'invalid',
      /twice/,
    )
  })

  t.test('all that are open: the others are closed, unless there is money on them', async (t) => {
    const other = await server.newVenue('The White Hart')
    const till = await newMirror(t, server, other)
    for (const id of ['a', 'b', 'c', 'd']) await putOrder(till, id, orderAtTill(1_000))
    await pay(other, 'b', 300)
    await other.call('CreateOrderLock', { orderId: 'c', lockId: 'l', expiry: inSeconds(60) })
    const send = async (...ids: string[]) => {
      const orders = ids.map((id) => ({ id, ...orderAtTill(1_000) }))
      const { body } = await till.call('PUT /mirror/orders', {}, { orders })
      return body.results as { id: string; outcome: string; problem?: { code: string } }[]
    }
    t.match(await send('d', 'e'), [
      { id: 'd', outcome: 'unchanged' },
      { id: 'e', outcome: 'created' },
      { id: 'a', outcome: 'closed', status: 'Canceled' },
      { id: 'b', outcome: 'refused', problem: { code: 'paid', giveBackMinor: 300 } },
      { id: 'c', outcome: 'refused', problem: { code: 'locked' } },
    ])
    t.match(await send('a', 'b', 'c', 'd', 'e'), [
      { id: 'a', outcome: 'changed', status: 'Accepted' },
      { id: 'b', outcome: 'unchanged' },
      { id: 'c', outcome: 'unchanged' },
      { id: 'd', outcome: 'unchanged' },
      { id: 'e', outcome: 'unchanged' },
    ])
  })

  t.test('orders that are here as they are write nothing and wake nobody', async (t) => {
    const other = await server.newVenue('The Bell')
    const till = await newMirror(t, server, other)
    const ids = Array.from({ length: 30 }, (_, index) => `order-${index}`)
    t.equal((await send(till, ids)).status, 200)
    const written = async () =>
      await server.sql(
        `SELECT order_id, version, xmin::text, ctid::text, updated_at FROM orders WHERE location_id = $1 ORDER BY order_id`,
        [other.locationId],
      )
    const { body: before } = await till.call('GET /events')
    const rows = await written()
    const { body } = await send(till, ids)
    t.strictSame(
      (body.results as { outcome: string }[]).map(({ outcome }) => outcome),
      ids.map(() => 'unchanged'),
    )
    t.strictSame(await written(), rows)
    const { body: since } = await till.call(`GET /events?after=${String(before.position)}`)
    t.strictSame(since.events, [])
  })

  t.test('however many tills wait for rows, Dojo finds a connection', async (t) => {
    const names = ['The Anchor', 'The Crown', 'The Swan', 'The Ship']
    const venues = await Promise.all(names.map(async (name) => await server.newVenue(name)))
    const tills = await Promise.all(venues.map(async (each) => await newMirror(t, server, each)))
    const ids = ['a', 'b', 'c', 'd']
    for (const each of tills) await send(each, ids)
    const holder = await holdOrderRows(server.databaseUrl, ids)
    const sent = Promise.all(tills.map(async (each) => await send(each, ids, 2)))
    await untilWaiting(server, limits.mirrorWorkAtOnce)
    for (const each of venues) t.equal((await read(each, 'a')).totalAmount?.value, 1_000)
    await holder.release()
    for (const { status, body } of await sent) {
      t.equal(status, 200)
      t.match(
        body.results,
        ids.map((id) => ({ id, outcome: 'changed', totalMinor: 2_000 })),
      )
    }
  })
})

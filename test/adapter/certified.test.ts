// The two example tills pass Dojo's checklist for Pay at Table, while their till is restarted and
// while the network between is cut; and in the end till and server agree on every order.
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { httpTill } from '../../examples/http.ts'
import { sqliteTill } from '../../examples/sqlite.ts'
import { startAdapter, type Adapter, type Till } from '../../src/adapter/index.ts'
import { certify } from '../../src/sandbox/runs/certifier.ts'
import { createTillClient } from '../../src/till-client/index.ts'
import { cuttable } from '../support/cuttable.ts'
import { createHttpTill } from '../support/http-till.ts'
import { gbp, newOrder, newTables, newWaiter, read } from '../support/orders.ts'
import { startServer, type TestServer, type Venue } from '../support/server.ts'
import { newMirror } from '../support/till-mirror.ts'
import { until } from '../support/visits.ts'

/** Enough orders for every scenario of a till whose orders Dojo does not create. */
const ORDERS = 8
const ORDER_POUNDS = 100
const PAY_AT_TABLE = 37

/** A till under test: what it is opened as, how it is opened again, and what it thinks is owed. */
interface Bench {
  open: () => Promise<Till>
  close: () => Promise<void>
  openOrder: (tableId: string) => void
  /** What is left to pay of each of its orders, in pence, by the till's own rows. */
  owed: () => Record<string, number>
}

async function passes(t: Test, server: TestServer, venue: Venue, bench: Bench): Promise<void> {
  const { port } = server.app.server.address() as AddressInfo
  const { token } = await newMirror(t, server, venue)
  const tableIds = await newTables(server, venue, ['1', '2', '3', '4', '5', '6', '7', '8'])
  await newWaiter(server, venue, '42', { tableIds })
  const network = await cuttable(t, port)
  const client = createTillClient({ url: network.url, token, retryMs: 20 })
  let adapter: Adapter | undefined
  const start = async (): Promise<void> => {
    adapter = startAdapter({ client, till: await bench.open(), pollMs: 20 })
  }
  const stop = async (): Promise<void> => {
    await adapter!.stop()
    await bench.close()
  }
  await start()
  t.teardown(stop)
  for (let index = 0; index < ORDERS; index++) bench.openOrder(tableIds[index]!)
  const listed = async () =>
    (await venue.call('SearchOrders', { payableOnly: true })).body.data ?? []
  await until('the orders are listed', async () => (await listed()).length === ORDERS)
  const orderIds = (await listed()).map(({ id }) => id)

  const events: Promise<void>[] = []
  const { verdict, runs } = await certify({
    url: `http://127.0.0.1:${port}`,
    username: venue.username,
    password: venue.password,
    product: 'pay-at-table',
    orderIds,
    without: ['CreateOrder'],
    onStart: (_, finished) => {
      if (finished === 6) events.push(stop())
      if (finished === 14) events.push(Promise.all(events).then(start))
      if (finished === 20) network.cut()
      if (finished === 27) network.mend()
    },
  })
  await Promise.all(events)
  const failed = runs.filter(({ outcome }) => outcome !== 'passed')
  t.strictSame(
    failed.map(({ scenario, reason }) => [scenario.name, reason]),
    [],
  )
  t.equal(runs.length, PAY_AT_TABLE)
  t.equal(verdict, 'passed')
  const agree = async (): Promise<boolean> => {
    const here = await Promise.all(orderIds.map(async (id) => await read(venue, id)))
    const owed = bench.owed()
    return here.every(
      ({ id, totalAmount, paidAmount }) => owed[id] === totalAmount!.value - paidAmount!.value,
    )
  }
  await until('till and server agree', agree)
  t.pass('till and server agree')
}

t.test('an order of Dojo is one tab of the SQL till, however often it comes', async (t) => {
  const server = await startServer(t)
  const { venue } = server
  const mirror = await newMirror(t, server)
  const { id } = await newOrder(venue, 0, {
    items: [
      {
        name: 'Burger',
        plu: '1',
        quantity: 3,
        amountPerItem: gbp(1_000),
        modifiers: [{ name: 'Bacon', plu: '2', quantity: 2, amountPerModifier: gbp(100) }],
      },
    ],
    totalAmount: gbp(3_600),
  })
  const [entry] = (await mirror.call('GET /mirror/inbox')).body.entries
  const till = sqliteTill(new DatabaseSync(':memory:'))
  // The first acknowledgement was lost.
  const taken = await till.apply(entry)
  t.strictSame(await till.apply(entry), taken)
  t.match(await till.openOrders(), [{ id: taken!.mirrorId, totalMinor: 3_600 }])
  t.equal((await till.openOrders()).length, 1)

  const canceled = { ...entry, order: { ...entry.order, ...taken, status: 'Canceled' } }
  await till.apply(canceled)
  t.strictSame(await till.openOrders(), [])
  const other = await till.apply({ ...entry, order: { ...entry.order, id: `${id}-2`, lines: [] } })
  t.not(other!.mirrorId, taken!.mirrorId, 'no number is used twice')
  t.match(await till.openOrders(), [{ totalMinor: 0, lines: [] }])
})

t.test('adapters', async (t) => {
  const server = await startServer(t)
  await server.app.listen({ port: 0, host: '127.0.0.1' })

  t.test('of a till that is an SQL database', async (t) => {
    const file = join(t.testdir(), 'till.db')
    let database: DatabaseSync
    await passes(t, server, await server.newVenue('The SQL'), {
      open: async () => {
        database = new DatabaseSync(file)
        return sqliteTill(database)
      },
      close: async () => {
        database.close()
      },
      openOrder: (tableId) => {
        database.prepare('INSERT INTO tabs (table_id, waiter) VALUES (?, ?)').run(tableId, '42')
        database
          .prepare("INSERT INTO tab_lines SELECT max(number), 1, 'Set menu', 1, ? FROM tabs")
          .run(ORDER_POUNDS)
      },
      owed: () =>
        Object.fromEntries(
          database
            .prepare(
              `SELECT number, (SELECT sum(quantity * price) FROM tab_lines WHERE tab = number)
                 - coalesce((SELECT sum(amount) FROM tab_payments WHERE tab = number), 0) AS owed FROM tabs`,
            )
            .all()
            .map((row) => [String(row['number']), Math.round(Number(row['owed']) * 100)]),
        ),
    })
  })

  t.test('of a till that speaks JSON over HTTP', async (t) => {
    const till = createHttpTill()
    await passes(t, server, await server.newVenue('The HTTP'), {
      open: async () => {
        await till.start()
        return httpTill(till.url())
      },
      close: till.stop,
      openOrder: (tableId) => till.open(tableId, ORDER_POUNDS),
      owed: () =>
        Object.fromEntries(
          till.checks().map(({ id, total, cards }) => {
            const paid = Object.values(cards).reduce((sum, { amount }) => sum + amount, 0)
            return [String(id), Math.round((total - paid) * 100)]
          }),
        ),
    })
  })
})

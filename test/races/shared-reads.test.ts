// Reads of different requests in one statement: each gets its own answer.
import t from 'tap'
import { newOrder, newTables } from '../support/orders.ts'
import { strictly, tally } from '../support/load.ts'
import { onInstance, startServer, type TestServer } from '../support/server.ts'
import { newTill, openOrder } from '../support/till.ts'
import {
  forSets,
  valuesOfSets,
  type Queryable,
  type Statement,
  type Value,
} from '../../src/store/database/statement.ts'
import { selectOutline, selectWithAll } from '../../src/store/orders/read-order.ts'
import { readReferences } from '../../src/store/orders/read-references.ts'

/** How many reads of the statements so named shared one with others. */
function sharedReads({ store }: TestServer, name: RegExp): number {
  const found = [...store.reads.counts()].filter(([statement]) => name.test(statement))
  return found.reduce((sum, [, { asks, trips }]) => sum + asks - trips, 0)
}

const times = async <T>(count: number, call: (index: number) => Promise<T>): Promise<T[]> =>
  await Promise.all(Array.from({ length: count }, async (_, index) => await call(index)))

t.test('reads at once, of two venues', async (t) => {
  const server = await startServer(t)
  const venue = onInstance(strictly, server, server.venue)
  const other = onInstance(strictly, server, await server.newVenue('The White Hart'))
  const tables = await newTables(server, venue, ['1', '2', '3'])
  const orders: { venue: typeof venue; id: string; total: number }[] = []
  for (let index = 0; index < 24; index++) {
    const at = index % 2 === 0 ? venue : other
    const total = 1_000 + index
    const dineIn = at === venue ? { tableId: tables[(index / 2) % 3]! } : {}
    const { id } = await newOrder(at, total, { details: { orderType: 'DineIn', dineIn } })
    orders.push({ venue: at, id, total })
  }

  await t.test('orders by their ids, and some that are not there', async (t) => {
    const replies = await times(90, async (index) => {
      const { venue, id } = orders[index % 24]!
      const asker = index % 10 === 9 ? (venue === other ? server.venue : other) : venue
      return await onInstance(strictly, server, asker).call('GetOrderById', { orderId: id })
    })
    for (const [index, { status, body }] of replies.entries()) {
      const { id, total } = orders[index % 24]!
      const wanted = index % 10 === 9 ? { status: 404 } : { status: 200, id, total }
      const found =
        status === 200 ? { status, id: body.id, total: body.totalAmount!.value } : { status }
      strictly.equal(found, wanted, `read ${index}`)
    }
    t.ok(sharedReads(server, /^order_read_outline$/) > 40)
  })

  await t.test('a plan is kept, however few share a statement', async (t) => {
    const client = await server.store.database.pool.connect()
    const { locationId } = venue
    const onlyThis: Queryable = {
      isDistributed: false,
      rows: async <Row>(statement: Statement, values: readonly Value[]) =>
        (await client.query({ ...statement, values: [...values] })).rows as Row[],
    }
    const [outline, whole] = [forSets(selectOutline), forSets(selectWithAll)]
    for (let time = 1; time <= 12; time++) {
      await onlyThis.rows(outline, valuesOfSets([[locationId, orders[0]!.id]], 2))
      await onlyThis.rows(whole, valuesOfSets([[locationId, orders[0]!.id, null, null, true]], 5))
      await readReferences(onlyThis, locationId, { tableId: tables[0]! })
    }
    const { rows } = await client.query<{ name: string; isKept: boolean }>(
      `SELECT name, generic_plans > 0 AS "isKept" FROM pg_prepared_statements WHERE name = ANY($1) ORDER BY name`,
      [[outline.name, whole.name, 'order_references']],
    )
    client.release()
    t.same(
      rows,
      ['order_read_outline_sets', 'order_read_with_all_sets', 'order_references'].map((name) => ({
        name,
        isKept: true,
      })),
    )
  })

  await t.test('lists, by table and page', async (t) => {
    const byTable = await times(
      60,
      async (index) =>
        await venue.call('SearchOrders', {
          payableOnly: true,
          dineIn: { tableId: tables[index % 3]! },
        }),
    )
    t.strictSame(tally(byTable), { 200: 60 })
    for (const [index, { body }] of byTable.entries()) {
      strictly.equal(
        body.data!.map(({ details }) => details.dineIn!.tableId),
        Array(4).fill(tables[index % 3]),
      )
      strictly.equal(
        body
          .data!.map(({ totalAmount }) => totalAmount!.value)
          .sort()
          .reverse(),
        body.data!.map(({ totalAmount }) => totalAmount!.value),
        'newest first',
      )
    }
    const pages = await times(
      20,
      async (index) =>
        await (index % 2 === 0 ? venue : other).call('SearchOrders', {
          cursor: { limit: 1 + (index % 7) },
        }),
    )
    t.same(
      pages.map(({ body }) => body.data!.length),
      pages.map((_, index) => 1 + (index % 7)),
    )
    const next = await times(
      12,
      async (index) =>
        await (index % 2 === 0 ? venue : other).call('SearchOrders', {
          cursor: { limit: 3, after: pages[index]!.body.after! },
        }),
    )
    for (const [index, { body }] of next.entries()) {
      const seen = new Set(pages[index]!.body.data!.map(({ id }) => id))
      t.notOk(body.data!.some(({ id }) => seen.has(id)))
    }
    t.ok(sharedReads(server, /^order_outlines_/) > 40)
  })

  await t.test('bills', async (t) => {
    const bills = await times(40, async (index) => {
      const { venue, id } = orders[index % 24]!
      return await venue.call('GetOrderBillById', { orderId: id })
    })
    t.same(
      bills.map(({ body }) => body.order!.id),
      bills.map((_, index) => orders[index % 24]!.id),
    )
    t.ok(sharedReads(server, /^bill_facts_of_order$/) > 10)
  })

  await t.test('tokens of tills, one of them revoked', async (t) => {
    const tills = await Promise.all(
      ['Bar', 'Door', 'Garden'].map(async (tillName) => await newTill(t, server, { tillName })),
    )
    const order = await openOrder(tills[0]!)
    await server.sql('UPDATE till_tokens SET revoked_at = now() WHERE token_id = $1', [
      tills[1]!.tokenId,
    ])
    const replies = await times(
      30,
      async (index) => await tills[index % 3]!.call('GET /orders/{orderId}', { orderId: order.id }),
    )
    t.strictSame(tally(replies), { 200: 20, 401: 10 })
    t.ok(sharedReads(server, /^till_token_find$/) > 10)
  })

  await t.test('a read that fails refuses nobody else', async (t) => {
    const { reads } = server.store
    const divide = {
      name: 'test_divide',
      text: 'SELECT 12 / $1::int AS result',
      parameters: ['int'],
    }
    const results = await Promise.allSettled(
      [1, 2, 0, 3].map(
        async (by) => (await reads.rows<{ result: number }>(divide, [by]))[0]!.result,
      ),
    )
    t.same(
      results.map((result) => (result.status === 'fulfilled' ? result.value : 'refused')),
      [12, 6, 'refused', 4],
    )
  })
})

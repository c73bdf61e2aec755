import t, { type Test } from 'tap'
import type { Input, Schemas } from '../../../src/contract/capabilities.ts'
import {
  bar,
  gbp,
  holdOnTill,
  isRefused,
  lock,
  newArea,
  newOrder,
  newTables,
  newWaiter,
  pay,
  setStatus,
} from '../../support/orders.ts'
import { startServer, type Headers, type TestServer, type Venue } from '../../support/server.ts'

type Search = Input<'SearchOrders'>
interface Listed {
  ids: string[]
  before: string | undefined
  after: string | undefined
}

async function search(
  t: Test,
  venue: Venue,
  input: Search = {},
  headers?: Headers,
): Promise<Listed> {
  const { status, body } = await venue.call('SearchOrders', input, headers)
  t.equal(status, 200)
  return { ids: body.data!.map(({ id }) => id), before: body.before, after: body.after }
}

/**
 * All pages from a first one on, in the order in which they came; each but the last is full, and
 * none is empty.
 */
async function pages(
  t: Test,
  venue: Venue,
  input: Search,
  direction: 'before' | 'after',
  from?: string,
  headers?: Headers,
): Promise<string[][]> {
  const limit = input.cursor?.limit ?? 50
  const found: string[][] = []
  for (let cursor = from; ;) {
    const page = await search(
      t,
      venue,
      { ...input, cursor: { limit, ...(cursor === undefined ? {} : { [direction]: cursor }) } },
      headers,
    )
    found.push(page.ids)
    if (page[direction] === undefined) return found
    if (page.ids.length !== limit) t.fail('a page with another behind it is full')
    cursor = page[direction]
  }
}

/** Orders, newest first; three at a time share one millisecond, so that ids decide between them. */
async function manyOrders(
  t: Test,
  server: TestServer,
  venue: Venue,
  count: number,
): Promise<string[]> {
  const ids: string[] = []
  for (let n = 0; n < count; n++) ids.push((await newOrder(venue, 100)).id)
  await server.sql(
    `UPDATE orders SET created_at = timestamptz '2026-03-01 12:00Z' + (array_position($1, order_id) / 3) * interval '1 ms'
     WHERE order_id = ANY($1)`,
    [ids],
  )
  t.equal(new Set(ids).size, count)
  return (
    await server.sql<{ order_id: string }>(
      'SELECT order_id FROM orders WHERE order_id = ANY($1) ORDER BY created_at DESC, order_id DESC',
      [ids],
    )
  ).map(({ order_id: id }) => id)
}

t.test('SearchOrders', async (t) => {
  const server = await startServer(t)
  const { sql } = server
  const setWaiterAccess = async ({ locationId }: Venue, on: boolean): Promise<void> => {
    await sql('UPDATE locations SET waiter_access = $2 WHERE location_id = $1', [locationId, on])
  }

  t.test('refuses', async (t) => {
    const venue = await server.newVenue('Refusals')
    const other = await server.newVenue('Other')
    for (const { locationId } of [venue, other]) {
      await sql('UPDATE locations SET waiter_access = true WHERE location_id = $1', [locationId])
    }
    const cursorOf = async (of: Venue): Promise<string> => {
      for (let n = 0; n < 2; n++) await newOrder(of, 100)
      return (await search(t, of, { cursor: { limit: 1 } })).after!
    }
    const [own, foreign] = [await cursorOf(venue), await cursorOf(other)]
    await newTables(server, venue, ['Table 1', 'Table 2'])
    const ofTables = (await venue.call('SearchTables', { cursor: { limit: 1 } })).body.after!
    const middle = own.length >> 1
    const tampered =
      own.slice(0, middle) + (own[middle] === 'A' ? 'B' : 'A') + own.slice(middle + 1)
    const nobody: Headers = { 'waiter-id': 'nobody' }
    t.equal(typeof ofTables, 'string')

    const range = /cursor\.limit/
    const exclude = /^Send either cursor\.before or cursor\.after, not both\.$/
    const notOurs = (side: string) => new RegExp(`cursor\\.${side} is not a cursor of this search`)
    const cases: { name: string; input: unknown; headers?: Headers; message: RegExp }[] = [
      {
        name: 'a limit in words',
        input: { cursor: { limit: '5' } },
        message: /cursor\.limit must be an integer, not a string/,
      },
      { name: 'a limit of 101', input: { cursor: { limit: 101 } }, message: range },
      { name: 'a limit of 1.5', input: { cursor: { limit: 1.5 } }, message: range },
      {
        name: 'payableOnly in words',
        input: { payableOnly: 'true' },
        message: /payableOnly must be a boolean, not a string/,
      },
      { name: 'a limit of 0', input: { cursor: { limit: 0 } }, message: range },
      { name: 'a limit of -1', input: { cursor: { limit: -1 } }, message: range },
      {
        name: 'a limit of 0, before both sides',
        input: { cursor: { limit: 0, before: own, after: own } },
        message: range,
      },
      { name: 'both sides', input: { cursor: { before: own, after: own } }, message: exclude },
      {
        name: 'both sides, before what they are',
        input: { cursor: { before: 'x', after: tampered } },
        message: exclude,
      },
      {
        name: 'words as a cursor',
        input: { cursor: { after: 'the next ones' } },
        message: notOurs('after'),
      },
      {
        name: 'nothing as a cursor',
        input: { cursor: { before: '' } },
        message: notOurs('before'),
      },
      {
        name: 'a tampered cursor',
        input: { cursor: { after: tampered } },
        message: notOurs('after'),
      },
      {
        name: 'half a cursor',
        input: { cursor: { before: own.slice(0, middle) } },
        message: notOurs('before'),
      },
      {
        name: "another venue's cursor",
        input: { cursor: { after: foreign } },
        message: notOurs('after'),
      },
      {
        name: 'a cursor of another search',
        input: { cursor: { after: ofTables } },
        message: notOurs('after'),
      },
      {
        name: 'a tampered cursor, before an unknown waiter',
        input: { cursor: { after: tampered } },
        headers: nobody,
        message: notOurs('after'),
      },
      {
        name: 'an unknown waiter, where waiters see what they serve',
        input: {},
        headers: nobody,
        message: /^The header waiter-id is nobody, a waiter that this venue does not have\.$/,
      },
    ]
    for (const { name, input, headers, message } of cases) {
      await t.test(name, async (t) => {
        isRefused(
          t,
          await venue.call('SearchOrders', input as Search, headers),
          'InvalidRequest',
          message,
        )
      })
    }
  })

  t.test('filters, all of which must match', async (t) => {
    const venue = await server.newVenue('Filters')
    const [table1 = '', table2 = ''] = await newTables(server, venue, ['Table 1', 'Table 2'])
    const startTime = '2026-03-06T19:00:00.000Z'
    const {
      body: { id: reservationId },
    } = await venue.call('CreateReservation', {
      dojoReservationId: 'r',
      name: 'Ada',
      covers: 2,
      tableIds: [table1],
      startTime,
      endTime: '2026-03-06T21:00:00.000Z',
    })
    const {
      body: { id: partyId },
    } = await venue.call('CreateParty', { dojoPartyId: 'p', startTime, tableIds: [table1] })
    const orders: Record<string, Schemas['DineInDetails']> = {
      all: { tableId: table1, waiterId: '42', partyId, reservationId },
      table: { tableId: table1 },
      waiter: { waiterId: '42' },
      party: { partyId },
      reservation: { reservationId },
      tableAndWaiter: { tableId: table1, waiterId: '42' },
      others: { tableId: table2, waiterId: '7' },
      none: {},
    }
    const idOf: Record<string, string> = {}
    for (const [name, dineIn] of Object.entries(orders)) {
      idOf[name] = (await newOrder(venue, 100, { details: { orderType: 'DineIn', dineIn } })).id
    }
    // Each a millisecond after the one before it, so that none waits for a clock.
    await sql(
      `UPDATE orders SET created_at = timestamptz '2026-03-01 12:00Z' + array_position($1, order_id) * interval '1 ms'
       WHERE order_id = ANY($1)`,
      [Object.values(idOf)],
    )
    await pay(venue, idOf['table']!, 100)

    const cases: { name: string; input: Search; found: string[] }[] = [
      {
        name: 'no filter',
        input: {},
        found: [
          'none',
          'others',
          'tableAndWaiter',
          'reservation',
          'party',
          'waiter',
          'table',
          'all',
        ],
      },
      {
        name: 'an empty filter',
        input: { dineIn: {} },
        found: [
          'none',
          'others',
          'tableAndWaiter',
          'reservation',
          'party',
          'waiter',
          'table',
          'all',
        ],
      },
      {
        name: 'table',
        input: { dineIn: { tableId: table1 } },
        found: ['tableAndWaiter', 'table', 'all'],
      },
      {
        name: 'waiter',
        input: { dineIn: { waiterId: '42' } },
        found: ['tableAndWaiter', 'waiter', 'all'],
      },
      { name: 'party', input: { dineIn: { partyId } }, found: ['party', 'all'] },
      { name: 'reservation', input: { dineIn: { reservationId } }, found: ['reservation', 'all'] },
      {
        name: 'table and waiter',
        input: { dineIn: { tableId: table1, waiterId: '42' } },
        found: ['tableAndWaiter', 'all'],
      },
      {
        name: 'party and reservation',
        input: { dineIn: { partyId, reservationId } },
        found: ['all'],
      },
      {
        name: 'payable',
        input: { payableOnly: true },
        found: ['none', 'others', 'tableAndWaiter', 'reservation', 'party', 'waiter', 'all'],
      },
      {
        name: 'payable or not',
        input: { payableOnly: false, dineIn: { tableId: table1 } },
        found: ['tableAndWaiter', 'table', 'all'],
      },
      {
        name: 'table and payable',
        input: { payableOnly: true, dineIn: { tableId: table1 } },
        found: ['tableAndWaiter', 'all'],
      },
      {
        name: 'all of them',
        input: {
          payableOnly: true,
          dineIn: { tableId: table1, waiterId: '42', partyId, reservationId },
        },
        found: ['all'],
      },
      {
        name: 'two that no order has together',
        input: { dineIn: { tableId: table2, waiterId: '42' } },
        found: [],
      },
      { name: 'a table that nobody has', input: { dineIn: { tableId: 'tbl_nobody' } }, found: [] },
    ]
    for (const { name, input, found } of cases) {
      t.same(
        await search(t, venue, input),
        { ids: found.map((name) => idOf[name]), before: undefined, after: undefined },
        name,
      )
      const paged = (await pages(t, venue, { ...input, cursor: { limit: 1 } }, 'after')).flat()
      t.same(
        paged,
        found.map((name) => idOf[name]),
        `${name}: the same, one by one`,
      )
    }
    const other = await server.newVenue('Filters, next door')
    t.same(
      (await search(t, other, { dineIn: { tableId: table1 } })).ids,
      [],
      "another venue's orders are not found",
    )
    t.same((await search(t, other)).ids, [])
  })

  t.test('an order is found as it is read', async (t) => {
    const venue = await server.newVenue('Whole')
    const { id: orderId } = await newOrder(venue, 1_000, {
      note: 'Window seat',
      customer: { name: 'Ada' },
    })
    await pay(venue, orderId, 400, { tipsAmount: gbp(50) })
    const { body } = await venue.call('SearchOrders', {})
    t.same(body.data, [(await venue.call('GetOrderById', { orderId })).body])
  })

  t.test('payableOnly: what may be paid now', async (t) => {
    const venue = await server.newVenue('Payable')
    const payable: string[] = []
    const not: string[] = []
    for (const status of [
      'New',
      'Submitted',
      'Confirmed',
      'Accepted',
      'Preparing',
      'Prepared',
      'Ready',
      'Finalized',
      'Canceled',
      'Failed',
    ] as const) {
      const { id } = await newOrder(venue, 100)
      await setStatus(server, id, status)
      if (['Finalized', 'Canceled', 'Failed'].includes(status)) not.push(id)
      else payable.push(id)
    }
    const order = async (total = 1_000) =>
      (await newOrder(venue, total, { details: { orderType: 'Collection', collection: {} } })).id
    const [partlyPaid, paid, nothing, locked, held, releasedHold] = [
      await order(),
      await order(),
      await order(0),
      await order(),
      await order(),
      await order(),
    ]
    await pay(venue, partlyPaid, 999, { tipsAmount: gbp(500) })
    await pay(venue, paid, 1_000)
    await lock(venue, locked, 'lock-1', 60, bar)
    await holdOnTill(server, venue, held)
    await holdOnTill(server, venue, releasedHold)
    await sql('UPDATE order_locks SET expires_at = now() WHERE order_id = $1', [releasedHold])
    payable.push(partlyPaid, locked, releasedHold)
    not.push(paid, nothing, held)

    t.same(new Set((await search(t, venue, { payableOnly: true })).ids), new Set(payable))
    const { body } = await venue.call('SearchOrders', {})
    t.equal(body.data!.length, payable.length + not.length)
    for (const { id, payable: flag } of body.data!) {
      t.equal(flag, payable.includes(id), 'as the order itself says')
    }
  })

  t.test('pages', async (t) => {
    const venue = await server.newVenue('Pages')
    t.same(await search(t, venue), { ids: [], before: undefined, after: undefined }, 'of nothing')
    const newestFirst = await manyOrders(t, server, venue, 103)

    const first = await search(t, venue)
    t.same(first.ids, newestFirst.slice(0, 50), 'of 50 where nothing is said')
    t.same(
      [typeof first.before, typeof first.after],
      ['undefined', 'string'],
      'nothing before the first',
    )
    const middle = await search(t, venue, { cursor: { after: first.after! } })
    t.same(middle.ids, newestFirst.slice(50, 100), 'of 50 behind a cursor too')
    t.same(
      [typeof middle.before, typeof middle.after],
      ['string', 'string'],
      'in the middle there is something on both sides',
    )
    const last = await search(t, venue, { cursor: { after: middle.after! } })
    t.same(last.ids, newestFirst.slice(100))
    t.same(
      [typeof last.before, typeof last.after],
      ['string', 'undefined'],
      'nothing after the last',
    )
    t.same(
      await search(t, venue, { cursor: { limit: 50, before: last.before! } }),
      middle,
      'back to the middle',
    )
    t.same(
      await search(t, venue, { cursor: { limit: 50, before: middle.before! } }),
      first,
      'back to the first',
    )
    t.match(first.after, /^[\w-]+$/, 'a cursor needs no escaping')

    for (const limit of [1, 2, 3, 7, 51, 52, 99, 100]) {
      const forwards = await pages(t, venue, { cursor: { limit } }, 'after')
      t.same(forwards.flat(), newestFirst, `forwards by ${limit}`)
      t.equal(forwards.length, Math.ceil(103 / limit), `no empty page by ${limit}`)
      const lastPage = await search(t, venue, { cursor: { limit, ...(await cursorOfLast(limit)) } })
      const backwards = [
        lastPage.ids,
        ...(await pages(t, venue, { cursor: { limit } }, 'before', lastPage.before)),
      ]
      t.same(backwards.reverse().flat(), newestFirst, `backwards by ${limit}`)
    }

    async function cursorOfLast(limit: number): Promise<{ after: string }> {
      let page = await search(t, venue, { cursor: { limit } })
      for (;;) {
        const next = await search(t, venue, { cursor: { limit, after: page.after! } })
        if (next.after === undefined) return { after: page.after! }
        page = next
      }
    }
  })

  t.test('a page that holds all has no other', async (t) => {
    const venue = await server.newVenue('Exactly')
    const newestFirst = await manyOrders(t, server, venue, 4)
    t.same(await search(t, venue, { cursor: { limit: 4 } }), {
      ids: newestFirst,
      before: undefined,
      after: undefined,
    })
    const half = await search(t, venue, { cursor: { limit: 2 } })
    const { ids, before, after } = await search(t, venue, {
      cursor: { limit: 2, after: half.after! },
    })
    t.same([ids, typeof before, after], [newestFirst.slice(2), 'string', undefined])
  })

  t.test('orders that change while they are paged through', async (t) => {
    const venue = await server.newVenue('Changing')
    const newestFirst = await manyOrders(t, server, venue, 12)
    const payable: Search = { payableOnly: true, cursor: { limit: 4 } }
    const at = (index: number): string => newestFirst[index]!

    const first = await search(t, venue, payable)
    t.same(first.ids, newestFirst.slice(0, 4))
    // The last one seen, which the cursor names; one not seen yet; and one that is new, on top of
    // all.
    await pay(venue, at(3), 100)
    await pay(venue, at(5), 100)
    const { id: newest } = await newOrder(venue, 100)
    const second = await search(t, venue, { ...payable, cursor: { limit: 4, after: first.after! } })
    t.same(second.ids, [at(4), at(6), at(7), at(8)], 'none is lost and none doubled')
    await pay(venue, at(8), 100)
    await pay(venue, at(9), 100)
    await pay(venue, at(1), 100)
    const third = await search(t, venue, { ...payable, cursor: { limit: 4, after: second.after! } })
    t.same([third.ids, third.after], [[at(10), at(11)], undefined])
    const back = (await pages(t, venue, payable, 'before', third.before)).reverse().flat()
    t.same(back, [newest, at(0), at(2), at(4), at(6), at(7)], 'and going back')

    t.same(
      (await pages(t, venue, { cursor: { limit: 4 } }, 'after')).flat(),
      [newest, ...newestFirst],
      'paid ones are still there',
    )
  })

  t.test('a page whose orders have all gone', async (t) => {
    const venue = await server.newVenue('Vanishing')
    const newestFirst = await manyOrders(t, server, venue, 6)
    const payable: Search = { payableOnly: true, cursor: { limit: 3 } }
    const first = await search(t, venue, payable)
    for (const id of newestFirst.slice(3)) await pay(venue, id, 100)
    const empty = await search(t, venue, { ...payable, cursor: { limit: 3, after: first.after! } })
    t.same([empty.ids, empty.after], [[], undefined])
    t.same(
      (await search(t, venue, { ...payable, cursor: { limit: 3, before: empty.before! } })).ids,
      newestFirst.slice(0, 3),
      'the way back is open',
    )
    for (const id of newestFirst.slice(0, 3)) await pay(venue, id, 100)
    t.same(
      await search(t, venue, { ...payable, cursor: { limit: 3, after: first.after! } }),
      { ids: [], before: undefined, after: undefined },
      'and is not, when nothing is there',
    )
  })

  t.test('what a waiter may see', async (t) => {
    const venue = await server.newVenue('Waiters')
    const [garden, cellar] = [
      await newArea(server, venue, 'Garden'),
      await newArea(server, venue, 'Cellar'),
    ]
    const [inGarden = '', alsoInGarden = ''] = await newTables(server, venue, ['G1', 'G2'], garden)
    const [inCellar = ''] = await newTables(server, venue, ['C1'], cellar)
    const [nowhere = ''] = await newTables(server, venue, ['T1'])
    await newWaiter(server, venue, 'area', { areaIds: [garden] })
    await newWaiter(server, venue, 'table', { tableIds: [inCellar, nowhere] })
    await newWaiter(server, venue, 'both', { areaIds: [cellar], tableIds: [inCellar, inGarden] })
    await newWaiter(server, venue, 'none')
    await newWaiter(server, venue, 'left', { areaIds: [garden, cellar] })
    await sql(
      "UPDATE waiters SET retired_at = now() WHERE location_id = $1 AND waiter_id = 'left'",
      [venue.locationId],
    )

    const order = async (dineIn: Schemas['DineInDetails'], headers?: Headers): Promise<string> => {
      const { body } = await venue.call(
        'CreateOrder',
        {
          dojoOrderId: crypto.randomUUID(),
          details: { orderType: 'DineIn', dineIn },
          items: [],
          totalAmount: gbp(100),
          payments: [],
        },
        headers,
      )
      return body.id
    }
    const G1 = await order({ tableId: inGarden })
    const G2 = await order({ tableId: alsoInGarden })
    const C1 = await order({ tableId: inCellar })
    const T1 = await order({ tableId: nowhere })
    const unseated = await order({})
    const openedByNone = await order({ tableId: inGarden }, { 'waiter-id': 'none' })
    const namedNone = await order({ waiterId: 'none' })
    const all = [G1, G2, C1, T1, unseated, openedByNone, namedNone]
    const seen = async (waiterId: string, input: Search = {}) =>
      new Set((await search(t, venue, input, { 'waiter-id': waiterId })).ids)

    for (const waiterId of ['area', 'none', 'nobody', 'left']) {
      t.same(await seen(waiterId), new Set(all), `the setting off: ${waiterId} sees all`)
    }
    await setWaiterAccess(venue, true)
    const cases: { waiterId: string; found: string[] }[] = [
      { waiterId: 'area', found: [G1, G2, openedByNone] },
      { waiterId: 'table', found: [C1, T1] },
      { waiterId: 'both', found: [G1, C1, openedByNone] },
      { waiterId: 'none', found: [openedByNone, namedNone] },
    ]
    for (const { waiterId, found } of cases) {
      t.same(
        await seen(waiterId),
        new Set(found),
        `${waiterId} sees what they serve or have opened`,
      )
      t.same(
        new Set(
          (
            await pages(t, venue, { cursor: { limit: 1 } }, 'after', undefined, {
              'waiter-id': waiterId,
            })
          ).flat(),
        ),
        new Set(found),
        'in pages too',
      )
    }
    t.same(
      await seen('area', { dineIn: { tableId: inGarden } }),
      new Set([G1, openedByNone]),
      'with a filter',
    )
    t.same(
      await seen('area', { dineIn: { tableId: inCellar } }),
      new Set(),
      'with a filter for what they do not serve',
    )
    await pay(venue, G1, 100)
    t.same(
      await seen('area', { payableOnly: true }),
      new Set([G2, openedByNone]),
      'with payableOnly',
    )
    t.same(
      new Set((await search(t, venue)).ids),
      new Set(all),
      'without the header there is no limit',
    )
    for (const waiterId of ['nobody', 'left']) {
      isRefused(
        t,
        await venue.call('SearchOrders', {}, { 'waiter-id': waiterId }),
        'InvalidRequest',
        new RegExp(`waiter-id is ${waiterId},`),
      )
    }
    await setWaiterAccess(venue, false)
    t.same(await seen('nobody'), new Set(all), 'off again')
  })
})

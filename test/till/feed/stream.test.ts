// GET /till/v1/stream over sockets: what is heard, from where on, by whom, and when it ends.
import { notifyFeed } from '../../../src/store/feed/notify.ts'
import { randomUUID } from 'node:crypto'
import http from 'node:http'
import pg from 'pg'
import t from 'tap'
import { limits } from '../../../src/limits.ts'
import type { Transaction } from '../../../src/store/database/database.ts'
import { isAhead, isPosition } from '../../../src/store/feed/feed.ts'
import { createStreamHub, type StreamHub } from '../../../src/till/feed/hub.ts'
import { drawPosition } from '../../../src/store/feed/position-clock.ts'
import { LISTENER_NAME } from '../../../src/store/database/notifications.ts'
import { revokeToken } from '../../../src/operator/tokens.ts'
import { lock, newIntent, newOrder, newTables, pay } from '../../support/orders.ts'
import { chance } from '../../support/load.ts'
import { basic, onInstance, startServer, type TestServer } from '../../support/server.ts'
import { addressOf, openScreen, readyScreen, type Heard } from '../../support/stream.ts'
import { newMenu, newTill } from '../../support/till.ts'
import { until } from '../../support/visits.ts'

const NEVER_MS = 3_600_000

/** One entry of the history of a party or reservation, as whatever seats and books writes it. */
async function visit(
  { store: { database } }: TestServer,
  locationId: string,
  kind: 'Party' | 'Reservation',
  visitId: string,
  detail: object = {},
  during: (tx: Transaction) => Promise<unknown> = async () => {},
): Promise<void> {
  await database.transaction(async (tx) => {
    await tx.rows(
      {
        name: 'test_visit',
        text: `INSERT INTO visit_history (location_id, kind, visit_id, sequence, at, action, detail,
          caller_waiter_id, caller_product, caller_device_id)
        SELECT $1, $2::visit_kind, $3, count(*) + 1, clock_timestamp(), 'Seated', $4::jsonb, '42', 'Till', 'Bar'
        FROM visit_history WHERE location_id = $1 AND kind = $2::visit_kind AND visit_id = $3`,
      },
      [locationId, kind, visitId, JSON.stringify(detail)],
    )
    numberAtEnd(tx, locationId)
    notifyFeed(tx, locationId)
    await during(tx)
  })
}

/** On a distributed database, what was written by hand gets the next number of the clock. */
function numberAtEnd(tx: Transaction, locationId: string): void {
  if (!tx.isDistributed) return
  const text = `UPDATE visit_history SET transaction_id = $2
    WHERE location_id = $1 AND transaction_id > $2 AND transaction_id < 1000000000`
  tx.sendAtEnd({
    questions: [drawPosition(locationId)],
    write: ([clock]) => {
      tx.send({ name: 'test_number', text }, [locationId, Number(clock!['position'])])
    },
  })
}

async function numberByClock({ store }: TestServer, locationId: string): Promise<void> {
  await store.database.transaction(async (tx) => {
    numberAtEnd(tx, locationId)
  })
}

const told = ({ events }: { events: Heard[] }): string[] =>
  events.map(({ event, data }) => `${event} ${data.action ?? ''}`.trim())

t.test('what is heard', async (t) => {
  const server = await startServer(t)
  const { venue } = server
  await newMenu(server, venue, [{ plu: 'B', priceMinor: 450, name: 'Bitter' }])
  const till = await newTill(t, server, { tillName: 'Bar', role: 'waiter' })
  const screen = await readyScreen(t, server, (await newTill(t, server, { role: 'kitchen' })).token)

  t.equal(screen.status, 200)
  t.match(screen.headers, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'trace-id': /^[0-9a-f]{32}$/,
    connection: 'close',
  })
  t.notOk('transfer-encoding' in screen.headers)
  t.ok(isPosition(screen.events[0]!.id!), 'ready carries a position')
  t.ok(screen.retryMs! >= limits.streamRetryMs && screen.retryMs! < 2 * limits.streamRetryMs)

  const [tableId] = await newTables(server, venue, ['Table 1'])
  const {
    body: { id: orderId },
  } = await till.call('POST /orders', {}, { orderType: 'DineIn', tableId })
  const { body: order } = await till.call(
    'POST /orders/{orderId}/lines',
    { orderId },
    {
      lines: [
        { plu: 'B', quantity: 2, note: 'one\nevent: order\r\ndata: {}\n\n\u2028with\rlemon' },
      ],
    },
  )
  const line = await screen.hears('a line', ({ data }) => data.action === 'LinesAdded')
  t.match(line, {
    event: 'order',
    data: {
      action: 'LinesAdded',
      orderId,
      at: order.updatedAt,
      deviceId: 'Bar',
      product: 'Till',
      detail: { lines: [{ name: 'Bitter', quantity: 2 }] },
      order: {
        status: 'Accepted',
        version: order.version,
        totalMinor: 900,
        paidMinor: 0,
        balanceMinor: 900,
        tableId,
      },
    },
  })
  t.notOk('lock' in line.data.order)

  const machine = { 'waiter-id': '7', 'device-id': 'tm_1', 'dojo-requesting-product': 'PayAtTable' }
  await lock(venue, orderId, 'lock-1', 60, machine)
  const locked = await screen.hears('a lock', ({ event }) => event === 'lock')
  t.match(locked.data, {
    action: 'Locked',
    orderId,
    waiterId: '7',
    deviceId: 'tm_1',
    product: 'PayAtTable',
    detail: { lockId: 'lock-1' },
    order: { lock: { kind: 'DojoLock', id: 'lock-1', deviceId: 'tm_1', waiterId: '7' } },
  })

  const paymentIntentId = newIntent()
  await pay(venue, orderId, 500, { paymentIntentId, lockId: 'lock-1' }, machine)
  const paid = await screen.hears('a payment', ({ event }) => event === 'payment')
  t.match(paid.data, {
    action: 'PaymentRecorded',
    detail: { paymentIntentId, amountMinor: 500 },
    order: { paidMinor: 500, balanceMinor: 400, version: order.version + 1 },
  })

  await venue.call('DeleteOrderLock', { orderId, lockId: 'lock-1' })
  const unlocked = await screen.hears('an unlock', ({ data }) => data.action === 'Unlocked')
  t.notOk('lock' in unlocked.data.order)

  await visit(server, venue.locationId, 'Party', 'pty_1', { name: "O'Brien\n\ndata: x" })
  t.match(await screen.hears('a party', ({ event }) => event === 'party'), {
    data: {
      action: 'Seated',
      partyId: 'pty_1',
      detail: { name: "O'Brien\n\ndata: x" },
      waiterId: '42',
      deviceId: 'Bar',
    },
  })
  await visit(server, venue.locationId, 'Reservation', 'rsv_1')
  t.match(await screen.hears('a reservation', ({ event }) => event === 'reservation'), {
    data: { reservationId: 'rsv_1' },
  })

  t.same(told(screen), [
    'ready',
    'order Opened',
    'order LinesAdded',
    'lock Locked',
    'payment PaymentRecorded',
    'lock Unlocked',
    'party Seated',
    'reservation Seated',
  ])
  t.ok(screen.events.every(({ id }) => id === undefined || isPosition(id)))
  t.ok(isPosition(screen.events.at(-1)!.id!), 'the last of a batch carries the position')
})

t.test('a lock that has expired is not told as one', async (t) => {
  const server = await startServer(t)
  const screen = await readyScreen(t, server, (await newTill(t, server)).token)
  const { id } = await newOrder(server.venue, 1_000)
  await lock(server.venue, id, 'lock-1')
  await server.sql("UPDATE order_locks SET expires_at = now() - interval '1 second'")
  await pay(server.venue, id, 100)
  t.notOk(
    'lock' in (await screen.hears('a payment', ({ event }) => event === 'payment')).data.order,
  )
})

t.test('a venue hears only its own', async (t) => {
  const server = await startServer(t)
  const other = await server.newVenue('The White Hart')
  const [own, others] = [
    await readyScreen(t, server, (await newTill(t, server)).token),
    await readyScreen(t, server, (await newTill(t, server, { venue: other })).token),
  ]
  const [mine, theirs] = [await newOrder(server.venue, 1_000), await newOrder(other, 2_000)]
  // What is of both comes after all before it: one look reads both venues.
  for (const { locationId } of [server.venue, other]) {
    await visit(server, locationId, 'Party', 'pty_last')
  }
  for (const [screen, orderId] of [
    [own, mine.id],
    [others, theirs.id],
  ] as const) {
    await screen.hears('the last', ({ data }) => data.partyId === 'pty_last')
    t.same(
      screen.events.flatMap(({ data }) => data.orderId ?? []),
      [orderId],
    )
  }
  const resumed = await readyScreen(t, server, (await newTill(t, server, { venue: other })).token, {
    lastEventId: own.events[0]!.id,
  })
  t.same(
    resumed.events.flatMap(({ data }) => data.orderId ?? []),
    [theirs.id],
    'nor with a position of the other',
  )
})

t.test('who may not hear', async (t) => {
  const server = await startServer(t, { overrides: { stream: { perVenue: 2, perProcess: 3 } } })
  const other = await server.newVenue('The White Hart')
  const [till, stranger] = [await newTill(t, server), await newTill(t, server, { venue: other })]
  t.match(await openScreen(t, server, 'till_wrong'), {
    status: 401,
    problem: { code: 'unauthenticated' },
  })
  t.match(await openScreen(t, server, till.token, { method: 'POST' }), {
    status: 405,
    headers: { allow: 'GET' },
  })
  t.match(await openScreen(t, server, till.token, { method: 'HEAD' }), { status: 405 })

  const [first] = [
    await readyScreen(t, server, till.token),
    await readyScreen(t, server, till.token),
  ]
  t.match(
    await openScreen(t, server, till.token),
    { status: 429, problem: { code: 'too-many-streams', traceId: /./ } },
    'of a venue',
  )
  const theirs = await readyScreen(t, server, stranger.token)
  t.match(
    await openScreen(t, server, stranger.token),
    { status: 503, headers: { 'retry-after': '1' }, problem: { code: 'unavailable' } },
    'of the process',
  )
  first.leave()
  theirs.leave()
  await until('there is room again', async () => {
    const screen = await openScreen(t, server, till.token)
    return screen.status === 200
  })
})

t.test('one token does not take all streams of its venue', async (t) => {
  const server = await startServer(t, { overrides: { stream: { perToken: 2 } } })
  const [greedy, other] = [await newTill(t, server), await newTill(t, server)]
  const first = await readyScreen(t, server, greedy.token)
  await readyScreen(t, server, greedy.token)
  t.match(await openScreen(t, server, greedy.token), {
    status: 429,
    problem: { code: 'too-many-streams', detail: /This token has 2/ },
  })
  await readyScreen(t, server, other.token)
  first.leave()
  await until('there is room again', async () => {
    const screen = await openScreen(t, server, greedy.token)
    return screen.status === 200
  })
})

t.test('a screen comes back', async (t) => {
  const server = await startServer(t)
  const { venue, sql } = server
  const { token } = await newTill(t, server)
  const first = await readyScreen(t, server, token)
  const heard = await newOrder(venue, 1_000)
  await first.hears('the order', ({ data }) => data.orderId === heard.id)
  first.leave()
  const missed = [await newOrder(venue, 1_000), await newOrder(venue, 2_000)]
  await pay(venue, missed[0]!.id, 1_000)

  const back = await readyScreen(t, server, token, { lastEventId: first.lastEventId() })
  t.same(
    back.events.map(({ event, data }) => [event, data.orderId]),
    [
      ['order', missed[0]!.id],
      ['order', missed[1]!.id],
      ['payment', missed[0]!.id],
      ['ready', undefined],
    ],
  )
  t.equal(back.events[0]!.data.order.paidMinor, 1_000, 'with the order as it is now')
  t.same(
    back.events.map(({ id }) => id !== undefined),
    [false, false, true, true],
  )
  const quiet = await readyScreen(t, server, token, { lastEventId: back.lastEventId() })
  t.same(told(quiet), ['ready'], 'nothing twice')

  const xmax = async (): Promise<bigint> =>
    BigInt(
      (
        await sql<{ xmax: string }>('SELECT pg_snapshot_xmax(pg_current_snapshot())::text AS xmax')
      )[0]!.xmax,
    )
  const ahead = (await xmax()) + 1_000_000n
  for (const [what, lastEventId] of [
    ['of another cluster', `${ahead}:${ahead}:`],
    ['no position', 'yesterday'],
    ['one out of order', '10:20:15,12'],
    ['a position and more', "1:2:'); DROP TABLE orders"],
  ] as const) {
    const screen = await readyScreen(t, server, token, { lastEventId })
    t.same(told(screen), ['reset'], what)
    t.ok(
      isPosition(screen.events[0]!.id!) && !isAhead(screen.events[0]!.id!, `1:${await xmax()}:`),
      'and goes on from now',
    )
  }
  const reset = await readyScreen(t, server, token, { lastEventId: 'yesterday' })
  const next = await newOrder(venue, 1_000)
  await reset.hears('what comes after the reset', ({ data }) => data.orderId === next.id)

  const before = reset.lastEventId()
  const fill = async (count: number): Promise<void> => {
    await sql(
      `INSERT INTO visit_history (location_id, kind, visit_id, sequence, at, action, detail)
    SELECT $1, 'Party', $2, n, now(), 'Seated', '{}' FROM generate_series(1, $3::int) AS n`,
      [venue.locationId, randomUUID(), count],
    )
    await numberByClock(server, venue.locationId)
  }
  await fill(limits.streamMostRows)
  const most = await readyScreen(t, server, token, { lastEventId: before })
  t.equal(most.events.length, limits.streamMostRows + 1, 'the most that is sent again')
  await fill(1)
  t.same(
    told(await readyScreen(t, server, token, { lastEventId: before })),
    ['reset'],
    'and one more',
  )
})

t.test('positions', async (t) => {
  for (const [text, is] of [
    ['1:1:', true],
    ['10:20:', true],
    ['10:20:10,12,19', true],
    ['10:20:12,12', true],
    ['0:5:', false],
    ['20:10:', false],
    ['10:20:9', false],
    ['10:20:20', false],
    ['10:20:12,11', false],
    ['10:20', false],
    ['10:20:12,', false],
    ['10:20:,12', false],
    ['a:b:c', false],
    ['', false],
    [`1:${'9'.repeat(19)}:`, false],
    ['-1:5:', false],
  ] as const) {
    t.equal(isPosition(text), is, text)
  }
})

t.test('what is committed late is heard, and delays nobody', async (t) => {
  const server = await startServer(t)
  const { venue, sql } = server
  const { token } = await newTill(t, server)
  const screen = await readyScreen(t, server, token)
  const commit = Promise.withResolvers<void>()
  const written = Promise.withResolvers<void>()
  const late = visit(server, venue.locationId, 'Party', 'pty_late', {}, async () => {
    written.resolve()
    await commit.promise
  })
  await written.promise
  const { id } = await newOrder(venue, 1_000)
  await screen.hears('what was begun later and is committed', ({ data }) => data.orderId === id)
  screen.leave()
  const between = await readyScreen(t, server, token, { lastEventId: screen.lastEventId() })
  t.same(told(between), ['ready'])
  commit.resolve()
  await late
  const back = await readyScreen(t, server, token, { lastEventId: screen.lastEventId() })
  t.same(told(back), ['party Seated', 'ready'], 'a listener that reconnects gets it')
  await between.hears('the late one', ({ data }) => data.partyId === 'pty_late')
  t.same(told(between), ['ready', 'party Seated'], 'and so does one that stayed')

  // A program that tells nobody.
  await sql(
    `INSERT INTO visit_history (location_id, kind, visit_id, sequence, at, action, detail)
    VALUES ($1, 'Reservation', 'rsv_silent', 1, now(), 'Booked', '{}')`,
    [venue.locationId],
  )
  await numberByClock(server, venue.locationId)
  await between.hears('what nobody told of', ({ data }) => data.reservationId === 'rsv_silent')
})

t.test('what was restored from the copy of another database is no news', async (t) => {
  const server = await startServer(t)
  const {
    venue: { locationId },
    sql,
  } = server
  const { token } = await newTill(t, server)
  const screen = await readyScreen(t, server, token)
  await sql(
    `INSERT INTO visit_history (location_id, kind, visit_id, sequence, at, action, detail, transaction_id)
    SELECT $1, 'Party', 'pty_restored', n, now(), 'Seated', '{}', 1000000000 + n FROM generate_series(1, $2::int) AS n`,
    [locationId, limits.streamMostRows + 1],
  )
  await visit(server, locationId, 'Party', 'pty_new')
  await screen.hears('what is new', ({ data }) => data.partyId === 'pty_new')
  t.same(told(screen), ['ready', 'party Seated'])
  t.same(told(await readyScreen(t, server, token, { lastEventId: screen.events[0]!.id })), [
    'party Seated',
    'ready',
  ])
})

t.test('two instances', async (t) => {
  // Without the poll: whatever is heard went from one to the other.
  const overrides = { stream: { pollMs: NEVER_MS } }
  const server = await startServer(t, { overrides })
  const other = await startServer(t, { databaseUrl: server.databaseUrl, overrides })
  const { token } = await newTill(t, server)
  const here = await readyScreen(t, server, token)
  const there = await readyScreen(t, other, token)
  const listening = async (): Promise<number> =>
    (
      await server.sql(
        `SELECT 1 FROM pg_stat_activity WHERE datname = current_database()
        AND application_name = $1 AND query LIKE 'LISTEN%' AND state = 'idle'`,
        [LISTENER_NAME],
      )
    ).length
  await until('both listen', async () => (await listening()) === 2)
  const { id } = await newOrder(server.venue, 1_000)
  for (const screen of [here, there]) {
    await screen.hears('the order', ({ data }) => data.orderId === id)
  }
  await pay(onInstance(t, other, server.venue), id, 1_000)
  for (const screen of [here, there]) {
    await screen.hears('the payment', ({ event }) => event === 'payment')
  }
  t.same(told(here), told(there))

  here.leave()
  await pay(server.venue, (await newOrder(server.venue, 500)).id, 500)
  const moved = await readyScreen(t, other, token, { lastEventId: here.lastEventId() })
  t.same(
    told(moved),
    ['order Created', 'payment PaymentRecorded', 'ready'],
    'goes on where the other instance stopped',
  )

  const lost = await server.sql<{ pid: number }>(
    'SELECT pid, pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = $1',
    [LISTENER_NAME],
  )
  t.equal(lost.length, 2)
  const deaf = await newOrder(server.venue, 700)
  await there.hears(
    'what was committed while it did not listen',
    ({ data }) => data.orderId === deaf.id,
  )
  await until('both listen again', async () => (await listening()) === 2)
  const heard = await newOrder(server.venue, 800)
  await there.hears('what comes after', ({ data }) => data.orderId === heard.id)
})

t.test('nothing is missed and nothing doubled, however often a screen comes back', async (t) => {
  const server = await startServer(t)
  const other = await startServer(t, { databaseUrl: server.databaseUrl })
  const { whole, pick } = chance(t)
  const { venue, sql } = server
  const { token } = await newTill(t, server)
  const both = [venue, onInstance(t, other, venue)]
  const steady = await readyScreen(t, server, token)
  const orders = await Promise.all(
    Array.from({ length: 6 }, async () => (await newOrder(venue, 1_000_000)).id),
  )
  const under = { way: true }
  const writers = Promise.all(
    Array.from({ length: 8 }, async (_, writer) => {
      for (let n = 0; n < 30; n++) {
        const orderId = pick(orders)
        if (writer === 0) {
          await visit(
            server,
            venue.locationId,
            'Party',
            pick(['pty_1', 'pty_2']),
            { writer, n },
            async (tx) => {
              await tx.rows({ name: 'test_sleep', text: 'SELECT pg_sleep($1::float8)' }, [
                whole(0, 20) / 1000,
              ])
            },
          )
        } else await pay(pick(both), orderId, whole(1, 9), { lockId: undefined })
      }
    }),
  ).finally(() => {
    under.way = false
  })

  // What counts is heard up to the last event with an id; what comes after it is heard again.
  const counted: Heard[] = []
  let uncounted: Heard[] = []
  let lastEventId = steady.events[0]!.id
  const seen = (heard: readonly Heard[]): void => {
    for (const each of heard) {
      if (each.event !== 'ready') uncounted.push(each)
      if (each.id === undefined) continue
      counted.push(...uncounted)
      uncounted = []
      lastEventId = each.id
    }
  }
  let visits = 0
  while (under.way) {
    const screen = await openScreen(t, pick([server, other]), token, { lastEventId })
    const enough = whole(1, 12)
    await until('some events', () => screen.events.length >= enough || !under.way)
    screen.leave()
    await screen.untilEnded()
    seen(screen.events)
    uncounted = []
    visits++
  }
  await writers
  seen((await readyScreen(t, other, token, { lastEventId })).events)

  const keyOf = ({ data }: Heard): string =>
    JSON.stringify([
      data.orderId ?? data.partyId,
      data.action,
      data.at,
      data.detail.paymentIntentId ?? data.detail.n ?? null,
    ])
  const written = await sql<{
    id: string
    action: string
    at: Date
    detail: { paymentIntentId?: string; n?: number }
  }>(`
    SELECT order_id AS id, sequence, action, at, detail FROM order_history
    UNION ALL SELECT visit_id, sequence, action, at, detail FROM visit_history`)
  const expected = written
    .map(({ id, action, at, detail }) =>
      JSON.stringify([id, action, at.toISOString(), detail.paymentIntentId ?? detail.n ?? null]),
    )
    .sort()
  t.equal(expected.length, 6 + 8 * 30)
  t.comment(`${visits} connections`)
  t.same(counted.map(keyOf).sort(), expected, 'by one that comes and goes')
  await until('all is heard', () => steady.events.length >= expected.length + 1)
  t.same(steady.events.slice(1).map(keyOf).sort(), expected, 'by one that stays')

  const inOrder = await sql<{ order_id: string; intent: string }>(
    "SELECT order_id, detail->>'paymentIntentId' AS intent FROM order_history WHERE action = 'PaymentRecorded' ORDER BY order_id, sequence",
  )
  for (const [name, events] of [
    ['one that stays', steady.events],
    ['one that comes and goes', counted],
  ] as const) {
    const byOrder = events
      .filter(({ event }) => event === 'payment')
      .map(({ data }) => ({ order_id: data.orderId, intent: data.detail.paymentIntentId }))
    t.same(
      orders.toSorted().flatMap((id) => byOrder.filter(({ order_id: orderId }) => orderId === id)),
      inOrder.toSorted((a, b) => (a.order_id < b.order_id ? -1 : a.order_id > b.order_id ? 1 : 0)),
      `the payments of an order in their order, by ${name}`,
    )
  }
})

t.test('one that takes nothing is cut off, and the others go on', async (t) => {
  const server = await startServer(t)
  const { locationId } = server.venue
  const { token } = await newTill(t, server)
  const screen = await readyScreen(t, server, token)
  const url = `${await addressOf(server)}/till/v1/stream`
  const slow = http.get(url, { agent: false, headers: { authorization: `Bearer ${token}` } })
  t.teardown(() => {
    slow.destroy()
  })
  slow.on('error', () => {})
  const response = await new Promise<http.IncomingMessage>((resolve) => {
    slow.once('response', resolve)
  })
  response.on('error', () => {}).pause()
  const connections = async (): Promise<number> =>
    await new Promise((resolve) => {
      server.app.server.getConnections((_, count) => {
        resolve(count)
      })
    })
  t.equal(await connections(), 2)
  const detail = { text: 'x'.repeat(512 * 1024) }
  let sent = 0
  await until(
    'the slow one is cut off',
    async () => {
      const partyId = `pty_${++sent}`
      await visit(server, locationId, 'Party', partyId, detail)
      await screen.hears(partyId, ({ data }) => data.partyId === partyId)
      return (await connections()) === 1
    },
    30_000,
  )
  t.equal(screen.events.length, sent + 1)
  t.ok(sent < 100, `after ${sent} events of half a megabyte`)
})

t.test('the stream of a revoked token ends, and no other', async (t) => {
  const server = await startServer(t, {
    overrides: { stream: { tokenCheckMs: 20, heartbeatMs: 20 } },
  })
  const [revoked, good] = [await newTill(t, server), await newTill(t, server)]
  const [gone, stays] = [
    await readyScreen(t, server, revoked.token),
    await readyScreen(t, server, good.token),
  ]
  await until('heartbeats', () => stays.comments.length > 2 && gone.comments.length > 2)
  t.notOk(gone.ended)
  await revokeToken(server.store.prisma, server.venue.locationId, revoked.tokenId)
  await gone.untilEnded()
  t.equal((await openScreen(t, server, revoked.token)).status, 401)
  const { id } = await newOrder(server.venue, 1_000)
  await stays.hears('the order', ({ data }) => data.orderId === id)
})

t.test('a stream that opens while the server stops is refused', async (t) => {
  const server = await startServer(t)
  const { database } = server.store
  const { locationId } = server.venue
  const listener = { locationId, tokenId: 'tok_1', write: () => {}, cut: () => {} }
  const refused = { message: 'The server is stopping.' }
  let reads = 0
  const hub: StreamHub = createStreamHub({
    ...database,
    rows: async (statement, values) => {
      const rows = await database.rows(statement, values)
      // The second read is what this listener missed; the server stops in the middle of it.
      if (++reads === 2) await hub.stop()
      return rows as never
    },
  })
  await t.rejects(hub.join(listener, '1:1:'), refused)
  t.equal(reads, 2)
  await t.rejects(hub.join(listener, undefined), refused, 'and when it has stopped')
  t.equal(reads, 2, 'nothing is read for it')
})

t.test('a server that stops ends all streams at once', async (t) => {
  const server = await startServer(t)
  const { token } = await newTill(t, server)
  const address = await addressOf(server)
  const screens = await Promise.all(
    Array.from({ length: 20 }, async () => await readyScreen(t, server, token)),
  )
  const quick = http.request(`${address}/v1/orders/search`, {
    method: 'POST',
    agent: false,
    headers: {
      authorization: basic(server.venue.username, server.venue.password),
      'content-type': 'application/json',
    },
  })
  const answer = new Promise<http.IncomingMessage>((resolve, reject) => {
    quick.once('response', resolve).once('error', reject)
  })
  quick.write('{')
  await until(
    'a request in flight',
    async () =>
      await new Promise((resolve) => {
        server.app.server.getConnections((_, count) => {
          resolve(count === 21)
        })
      }),
  )
  const startedAtMs = performance.now()
  const closed = server.app.close()
  await Promise.all(
    screens.map(async (screen) => {
      await screen.untilEnded()
    }),
  )
  quick.end('}')
  t.equal((await answer).statusCode, 200, 'what is in flight is answered')
  await closed
  t.ok(performance.now() - startedAtMs < limits.closeTimeoutMs / 2, 'quickly')
})

t.test('without the database a stream stays open, and goes on when it is back', async (t) => {
  const server = await startServer(t, { overrides: { stream: { pollMs: 50 } } })
  const { token } = await newTill(t, server)
  const screen = await readyScreen(t, server, token)
  const name = new URL(server.databaseUrl).pathname.slice(1)
  const admin = new pg.Client({
    connectionString: Object.assign(new URL(server.databaseUrl), {
      pathname: '/postgres',
    }).toString(),
  })
  await admin.connect()
  t.teardown(async () => {
    await admin.end()
  })
  await admin.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS false`)
  await admin.query(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND application_name LIKE 'epos%'",
    [name],
  )
  await until('nothing answers', async () => (await openScreen(t, server, token)).status >= 500)
  await admin.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS true`)
  await until(
    'the database is back',
    async () => (await server.venue.call('SearchOrders', {})).status === 200,
  )
  const { id } = await newOrder(server.venue, 1_000)
  await screen.hears('the order', ({ data }) => data.orderId === id)
  t.notOk(screen.ended)
})

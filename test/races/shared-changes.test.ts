// Changes of different orders that are made in one transaction: each is made or refused as if it
// had come alone, whatever becomes of the others.
import t from 'tap'
import { newId } from '../../src/domain/ids.ts'
import { lock, newIntent, newOrder, pay, read, statusUpdated } from '../support/orders.ts'
import {
  chance,
  deadlocks,
  holdHistories,
  holdIntentRow,
  holdOrderRow,
  strictly,
  tally,
  testWithRules,
} from '../support/load.ts'
import { onInstance, startServer, type TestServer, type Venue } from '../support/server.ts'
import { newMenu, newTill, openOrder } from '../support/till.ts'
import { untilWaiting } from '../support/visits.ts'

interface Shared {
  /** How many changes of `work` shared a transaction with another. */
  changes: number
  trips: number
}

/** Runs `work`, and says whether its changes travelled together. */
async function sharing<T>(
  { changes: { counts } }: TestServer,
  work: () => Promise<T>,
): Promise<Shared & { result: T }> {
  const before = { ...counts }
  const result = await work()
  const trips = counts.shared - before.shared
  const asks = counts.asks - before.asks
  return { result, trips, changes: asks - (counts.trips - before.trips - trips) }
}

async function orders(venue: Venue, count: number, total = 1_000): Promise<string[]> {
  const ids: string[] = []
  while (ids.length < count) {
    const some = Array.from({ length: Math.min(20, count - ids.length) }, async () => {
      return (await newOrder(venue, total)).id
    })
    ids.push(...(await Promise.all(some)))
  }
  return ids
}

t.test('changes of different orders in one transaction', async (t) => {
  // The payments of the orders that end in the same id: see the test of constraints.
  let sameId: string | undefined
  const server = await startServer(t, {
    overrides: { newId: (prefix) => (prefix === 'pay' ? sameId : undefined) ?? newId(prefix) },
  })
  const { sql } = server
  const venue = onInstance(strictly, server, server.venue)
  const other = onInstance(strictly, server, await server.newVenue('The White Hart'))
  const test = testWithRules(t, server)

  test('payments of two venues: each is recorded, with its history and its job', async (t) => {
    await sql('UPDATE locations SET dojo_key_sealed = $1 WHERE location_id = $2', [
      Buffer.alloc(1),
      venue.locationId,
    ])
    const [ours, theirs] = await Promise.all([orders(venue, 30), orders(other, 30)])
    await sql('DELETE FROM jobs')
    const all = [
      ...ours.map((id) => ({ venue, id, intent: newIntent() })),
      ...theirs.map((id) => ({ venue: other, id, intent: newIntent() })),
    ]
    const { result, trips, changes } = await sharing(
      server,
      async () =>
        await Promise.all(
          all.map(
            async ({ venue, id, intent }) => await pay(venue, id, 400, { paymentIntentId: intent }),
          ),
        ),
    )
    t.strictSame(tally(result), { 200: 60 })
    t.ok(trips > 0 && changes > 40, `${changes} changes shared ${trips} transactions`)
    for (const [index, { id, intent }] of all.entries()) {
      t.match(result[index]!.body, {
        id,
        paidAmount: { value: 400 },
        payments: [{ paymentIntentId: intent }],
      })
    }
    t.same(
      await sql(
        "SELECT count(*)::int AS entries FROM order_history WHERE action = 'PaymentRecorded'",
      ),
      [{ entries: 60 }],
    )
    t.same(
      await sql(
        'SELECT kind, count(*)::int AS jobs FROM jobs WHERE location_id = $1 GROUP BY kind ORDER BY kind',
        [venue.locationId],
      ),
      [
        { kind: 'OrderUpdated', jobs: 30 },
        { kind: 'PaymentCheck', jobs: 30 },
      ],
    )
    t.same(await sql('SELECT 1 FROM jobs WHERE location_id = $1', [other.locationId]), [])
    await sql('UPDATE locations SET dojo_key_sealed = NULL')
  })

  test('what is refused refuses nobody else, and leaves nothing behind', async (t) => {
    const ids = await orders(venue, 12)
    const [twice, secondOfTwice, taken, reversed, repeated] = ids
    const [intent, goneIntent, knownIntent] = [newIntent(), newIntent(), newIntent()]
    await pay(venue, repeated!, 100, { paymentIntentId: knownIntent })
    await lock(venue, taken!, 'theirs')
    await venue.call('HandleEvent', statusUpdated(goneIntent, 'Reversed'))
    const blank = [newIntent(), newIntent()]
    const { result, trips } = await sharing(
      server,
      async () =>
        await Promise.all([
          pay(venue, twice!, 100, { paymentIntentId: intent }),
          pay(venue, secondOfTwice!, 100, { paymentIntentId: intent }),
          pay(venue, taken!, 100),
          pay(venue, reversed!, 100, { paymentIntentId: goneIntent }),
          pay(venue, repeated!, 100, { paymentIntentId: knownIntent }),
          pay(venue, ids[5]!, 1_001, { paymentIntentId: blank[0]! }),
          pay(venue, 'nobody', 100, { paymentIntentId: blank[1]! }),
          ...ids.slice(6, 9).map(async (id) => await pay(venue, id, 1_000)),
          ...ids.slice(9).map(async (id) => await lock(venue, id, `lock of ${id}`)),
        ]),
    )
    t.ok(trips > 0, 'they shared a transaction')
    const statuses = result.map(({ status }) => status)
    t.same(statuses.slice(0, 2).sort(), [200, 409], 'an intent is recorded on one of two orders')
    t.same(statuses.slice(2), [409, 409, 200, 409, 404, 200, 200, 200, 200, 200, 200])
    t.same(
      await sql('SELECT 1 FROM payment_intents WHERE payment_intent_id = ANY($1)', [blank]),
      [],
    )
    t.equal((await read(venue, repeated!)).payments!.length, 1)
  })

  test('locks, payments under them and releases, three rounds of 40 orders', async (t) => {
    const ids = await orders(venue, 40)
    const { result, trips } = await sharing(server, async () => {
      const rounds = [
        await Promise.all(ids.map(async (id) => await lock(venue, id, 'round'))),
        await Promise.all(ids.map(async (id) => await pay(venue, id, 300, { lockId: 'round' }))),
        await Promise.all(
          ids.map(
            async (id) => await venue.call('DeleteOrderLock', { orderId: id, lockId: 'round' }),
          ),
        ),
        await Promise.all(
          ids.map(
            async (id) => await venue.call('DeleteOrderLock', { orderId: id, lockId: 'round' }),
          ),
        ),
      ]
      return rounds.flat()
    })
    t.strictSame(tally(result), { 200: 160 })
    t.ok(trips >= 4, `${trips} shared transactions`)
    t.same(
      await sql(
        'SELECT count(*)::int AS live FROM order_locks WHERE ended_at IS NULL AND order_id = ANY($1)',
        [ids],
      ),
      [{ live: 0 }],
    )
  })

  test('changes of all kinds in one transaction, each with what it asks besides', async (t) => {
    const ids = await orders(venue, 20)
    const [paid, locked, released, billed] = [0, 5, 10, 15].map((at) => ids.slice(at, at + 5))
    await Promise.all(released!.map(async (id) => await lock(venue, id, 'before')))
    const print = async (id: string) => await venue.call('GetOrderBillById', { orderId: id })
    // One bill was printed already, and nothing has happened to it since.
    await print(billed![0]!)
    const { result, trips, changes } = await sharing(
      server,
      async () =>
        await Promise.all([
          ...paid!.map(async (id) => await pay(venue, id, 100)),
          ...locked!.map(async (id) => await lock(venue, id, 'beside')),
          ...released!.map(
            async (id) => await venue.call('DeleteOrderLock', { orderId: id, lockId: 'before' }),
          ),
          ...billed!.map(print),
        ]),
    )
    t.ok(trips > 0 && changes > 10, `${changes} of 20 shared ${trips} transactions`)
    t.strictSame(tally(result), { 200: 20 })
    const kept = async (some: string[]) =>
      await sql(
        `SELECT action, count(*)::int FROM order_history WHERE order_id = ANY($1) GROUP BY action ORDER BY action`,
        [some],
      )
    const created = { action: 'Created', count: 5 }
    t.same(await kept(paid!), [created, { action: 'PaymentRecorded', count: 5 }])
    t.same(await kept(locked!), [created, { action: 'Locked', count: 5 }])
    t.same(await kept(released!), [
      created,
      { action: 'Locked', count: 5 },
      { action: 'Unlocked', count: 5 },
    ])
    t.same(await kept(billed!), [{ action: 'BillPrinted', count: 5 }, created])
  })

  test('an order that somebody else has locked delays nobody but its own change', async (t) => {
    const ids = await orders(venue, 20)
    const holder = await holdOrderRow(server.databaseUrl, ids[7]!)
    const paying = ids.map(async (id) => await pay(venue, id, 100))
    const [held] = paying.splice(7, 1)
    t.strictSame(tally(await Promise.all(paying)), { 200: 19 }, 'while the row is still locked')
    await holder.release()
    t.equal((await held!).status, 200)
  })

  test('nor does a payment intent', async (t) => {
    const ids = await orders(venue, 20)
    const intents = ids.map(newIntent)
    const holder = await holdIntentRow(server.databaseUrl, venue.locationId, intents[3]!)
    const paying = ids.map(
      async (id, index) => await pay(venue, id, 100, { paymentIntentId: intents[index]! }),
    )
    const [held] = paying.splice(3, 1)
    t.strictSame(tally(await Promise.all(paying)), { 200: 19 }, 'while the row is still locked')
    await holder.release()
    t.equal((await held!).status, 200)
  })

  test('a change that violates a constraint is refused, and the others are made', async (t) => {
    const ids = await orders(venue, 16)
    sameId = newId('pay')
    await pay(venue, ids[0]!, 100)
    const single = ids.slice(1, 2).map(async (id) => await pay(venue, id, 100))
    const locks = ids.slice(2).map(async (id) => await lock(venue, id, 'beside'))
    const { result, trips } = await sharing(
      server,
      async () => await Promise.all([...single, ...locks]),
    )
    sameId = undefined
    t.ok(trips > 0)
    t.strictSame(tally(result), { 200: 14, 409: 1 })
    t.match(result[0]!.error.debugMessage, 'Another payment has this id.')
  })

  test('nothing is answered before the commit', async (t) => {
    const ids = await orders(venue, 8)
    const holder = await holdHistories(server.databaseUrl)
    const replies = Promise.all(ids.map(async (id) => await pay(venue, id, 100)))
    const first = await Promise.race([
      replies.then(() => 'answered'),
      holder.sql('SELECT pg_sleep(0.1)').then(() => 'waiting'),
    ])
    t.equal(first, 'waiting')
    await holder.release()
    t.strictSame(tally(await replies), { 200: 8 })
  })

  test('tills that order at the same moment on different orders', async (t) => {
    const till = await newTill(t, server)
    await newMenu(server, till, [{ plu: 'IPA', priceMinor: 520 }])
    const opened = await Promise.all(Array.from({ length: 20 }, async () => await openOrder(till)))
    const { result, trips } = await sharing(
      server,
      async () =>
        await Promise.all(
          opened.map(
            async ({ id }) =>
              await till.call(
                'POST /orders/{orderId}/lines',
                { orderId: id },
                { lines: [{ plu: 'IPA', quantity: 2 }] },
              ),
          ),
        ),
    )
    t.strictSame(tally(result), { 200: 20 })
    t.ok(trips > 0)
    t.ok(result.every(({ body }) => body.totalMinor === 1_040))
  })

  test('changes at random, of few orders and many', async (t) => {
    const { pick, percent, whole } = chance(t)
    const ids = await orders(venue, 25, 5_000)
    const { result, changes } = await sharing(
      server,
      async () =>
        await Promise.all(
          Array.from({ length: 300 }, async () => {
            const id = pick(ids)
            if (percent(60)) return await pay(venue, id, whole(1, 1_500))
            const lockId = `lock-${whole(1, 2)}`
            if (percent(50)) return await lock(venue, id, lockId)
            return await venue.call('DeleteOrderLock', { orderId: id, lockId })
          }),
        ),
    )
    t.ok(changes > 100, `${changes} of 300 shared a transaction`)
    t.ok(result.every(({ status }) => status < 500))
  })

  t.test('none of it was a deadlock', async (t) => {
    t.equal(await deadlocks(server), 0)
  })
})

t.test('a deadlock with another program ends no change', async (t) => {
  const { databaseUrl } = await startServer(t)
  // The server's own connections look for a deadlock first, and so are the ones that are ended:
  // once, shortly before the shared transaction would give up its wait.
  const url = new URL(databaseUrl)
  url.searchParams.set('options', '-c deadlock_timeout=40ms')
  const server = await startServer(t, { databaseUrl: url.href })
  // Five times: on a busy machine the shared transaction may give up before there is a deadlock.
  for (let round = 1; round <= 5; round++) {
    const { result, trips } = await sharing(server, async () => await deadlocked(server))
    t.ok(trips > 0)
    t.strictSame(tally(result), { 200: 12 })
  }
  t.ok((await deadlocks(server)) > 0)
})

/** Payments whose shared transaction runs into a deadlock. */
async function deadlocked(server: TestServer) {
  const { databaseUrl } = server
  const venue = onInstance(strictly, server, server.venue)
  const ids = (await orders(venue, 12)).sort()
  const intents = ids.map(newIntent)
  const holder = await holdIntentRow(databaseUrl, venue.locationId, intents[0]!)
  const paying = Promise.all(
    ids.map(async (id, index) => await pay(venue, id, 100, { paymentIntentId: intents[index]! })),
  )
  await untilWaiting(server)
  // The shared transaction has the orders and waits for the intent. This one has the intent and
  // waits for an order. It is not the first to look for a deadlock.
  await holder.sql('SET LOCAL deadlock_timeout = 10000')
  await holder.sql('SELECT 1 FROM orders WHERE order_id = $1 FOR UPDATE', [ids.at(-1)])
  await holder.release()
  return await paying
}

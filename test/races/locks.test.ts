import { randomUUID } from 'node:crypto'
import t from 'tap'
import {
  expireLock,
  holdOnTill,
  inSeconds,
  isRefused,
  lock,
  newIntent,
  newOrder,
  pay,
  read,
  statusUpdated,
} from '../support/orders.ts'
import {
  atOnce,
  chance,
  deadlocks,
  holdOrderRow,
  startPair,
  tally,
  testWithRules,
} from '../support/load.ts'
import type { Reply } from '../support/server.ts'
import { answered, untilWaiting } from '../support/visits.ts'

t.test('locks at once, on two instances', async (t) => {
  const pair = await startPair(t)
  const { server, venue, both } = pair
  const { sql } = server
  const test = testWithRules(t, server)
  const liveLocks = async (orderId: string): Promise<string[]> =>
    (
      await sql<{ lock_id: string }>(
        'SELECT lock_id FROM order_locks WHERE order_id = $1 AND ended_at IS NULL',
        [orderId],
      )
    ).map(({ lock_id: lockId }) => lockId)

  test('of 100 locks exactly one is given', async (t) => {
    const order = await newOrder(venue, 1_000)
    const replies = await atOnce(
      pair,
      100,
      async (venue, index) => await lock(venue, order.id, `lock-${index}`),
    )
    t.strictSame(tally(replies), { 200: 1, 409: 99 })
    const winner = replies.findIndex(({ status }) => status === 200)
    t.strictSame(await liveLocks(order.id), [`lock-${winner}`])
    t.ok(
      replies.every(
        ({ status, error }) =>
          status === 200 || error.debugMessage.includes(`locked by lock lock-${winner} until `),
      ),
      'all others learn who has it',
    )
  })

  test('the same lock 50 times at once is one lock', async (t) => {
    const order = await newOrder(venue, 1_000)
    const replies = await atOnce(pair, 50, async (venue) => await lock(venue, order.id, 'lock-1'))
    t.strictSame(tally(replies), { 200: 50 })
    t.strictSame(await liveLocks(order.id), ['lock-1'])
  })

  test('of 60 who want the place of an expired lock, one gets it', async (t) => {
    const order = await newOrder(venue, 1_000)
    answered(await lock(venue, order.id, 'lock-old'))
    await expireLock(server, order.id)
    const replies = await atOnce(
      pair,
      60,
      async (venue, index) => await lock(venue, order.id, `lock-${index}`),
    )
    t.strictSame(tally(replies), { 200: 1, 409: 59 })
    t.strictSame(await liveLocks(order.id), [
      `lock-${replies.findIndex(({ status }) => status === 200)}`,
    ])
    isRefused(
      t,
      await venue.call('ExtendOrderLock', {
        orderId: order.id,
        lockId: 'lock-old',
        expiry: inSeconds(60),
      }),
      'Conflict',
      /is locked by lock/,
    )
  })

  test('an expired lock is extended or taken by another, never both', async (t) => {
    await Promise.all(
      Array.from({ length: 15 }, async () => {
        const order = await newOrder(venue, 1_000)
        answered(await lock(venue, order.id, 'lock-old'))
        await expireLock(server, order.id)
        const [extended, taken] = await Promise.all([
          both[0].call('ExtendOrderLock', {
            orderId: order.id,
            lockId: 'lock-old',
            expiry: inSeconds(60),
          }),
          lock(both[1], order.id, 'lock-new'),
        ])
        t.strictSame(tally([extended, taken] as Reply<unknown>[]), { 200: 1, 409: 1 })
        t.strictSame(await liveLocks(order.id), [extended.status === 200 ? 'lock-old' : 'lock-new'])
      }),
    )
  })

  test('between lock and unlock there is nobody else', async (t) => {
    const order = await newOrder(venue, 1_000)
    let inside = 0
    let entered = 0
    await atOnce(pair, 12, async (venue, actor) => {
      for (let round = 0; round < 12; round++) {
        const lockId = `lock-${actor}-${round}`
        const taken = await lock(venue, order.id, lockId)
        if (taken.status === 409) continue
        answered(taken)
        if (++inside !== 1) throw new Error(`${inside} hold the lock at once`)
        entered++
        answered(await venue.call('GetOrderById', { orderId: order.id }))
        inside--
        answered(await venue.call('DeleteOrderLock', { orderId: order.id, lockId }))
      }
    })
    t.ok(entered > 1, `${entered} had it one after the other`)
    t.strictSame(await liveLocks(order.id), [])
  })

  test('payments that waited while the lock of another expired are recorded', async (t) => {
    const order = await newOrder(venue, 10_000)
    answered(await lock(venue, order.id, 'lock-1'))
    const holder = await holdOrderRow(server.databaseUrl, order.id)
    const replies = atOnce(pair, 6, async (venue) => await pay(venue, order.id, 1_000))
    // One of each instance; the others wait for their turn there.
    await untilWaiting(server, 2)
    await holder.sql(
      "UPDATE order_locks SET expires_at = now() - interval '1 millisecond' WHERE order_id = $1",
      [order.id],
    )
    await holder.release()
    t.strictSame(tally(await replies), { 200: 6 })
  })

  test('payments while a lock expires: refused before, recorded after', async (t) => {
    const order = await newOrder(venue, 1_000_000)
    answered(await lock(venue, order.id, 'lock-1'))
    const others = async (count: number) =>
      await atOnce(pair, count, async (venue) => await pay(venue, order.id, 100))
    const own = async (count: number) =>
      await atOnce(
        pair,
        count,
        async (venue) => await pay(venue, order.id, 100, { lockId: 'lock-1' }),
      )
    t.strictSame(tally(await others(5)), { 409: 5 }, 'before')
    const [ownMeanwhile, meanwhile] = await Promise.all([
      own(20),
      others(20),
      expireLock(server, order.id),
    ])
    t.strictSame(tally(ownMeanwhile), { 200: 20 })
    t.ok(
      meanwhile.every(
        ({ status, error }) =>
          status === 200 || / is locked by lock lock-1 until /.test(error.debugMessage),
      ),
    )
    t.strictSame(tally([...(await others(5)), ...(await own(5))]), { 200: 10 }, 'after')
    const recorded = 30 + meanwhile.filter(({ status }) => status === 200).length
    t.equal((await read(venue, order.id)).paidAmount!.value, recorded * 100)
  })

  test("a till's hold and a lock exclude each other", async (t) => {
    await Promise.all(
      Array.from({ length: 10 }, async () => {
        const order = await newOrder(venue, 1_000)
        const [held, locked] = await Promise.all([
          holdOnTill(server, venue, order.id).then(
            () => true,
            (error: { constraint?: string }) => {
              if (error.constraint !== 'order_locks_live_key') throw error
              return false
            },
          ),
          lock(both[1], order.id, 'lock-1'),
        ])
        t.equal(locked.status, held ? 409 : 200)
        t.equal((await liveLocks(order.id)).length, 1)
      }),
    )
  })

  test('a storm of locks, unlocks, payments, events and expiries keeps the rules', async (t) => {
    const { whole, pick, percent } = chance(t)
    const orders = await Promise.all(
      [2_000, 6_000, 30_000, 30_000].map(async (total) => await newOrder(venue, total)),
    )
    const intents: string[] = []
    const statuses = await atOnce(pair, 16, async (venue, actor) => {
      const seen: Reply<unknown>[] = []
      for (let round = 0; round < 25; round++) {
        const orderId = pick(orders).id
        const lockId = `lock-${whole(1, 4)}`
        const action = whole(1, 100)
        if (action <= 20) seen.push(await lock(venue, orderId, lockId))
        else if (action <= 35) seen.push(await venue.call('DeleteOrderLock', { orderId, lockId }))
        else if (action <= 45) {
          seen.push(await venue.call('ExtendOrderLock', { orderId, lockId, expiry: inSeconds(30) }))
        } else if (action <= 50) await expireLock(server, orderId)
        else if (action <= 85) {
          const paymentIntentId = percent(80) || intents.length === 0 ? newIntent() : pick(intents)
          intents.push(paymentIntentId)
          seen.push(
            await pay(
              venue,
              orderId,
              whole(1, 20) * 100,
              { paymentIntentId, ...(percent(50) ? { lockId } : {}) },
              { 'device-id': `tm_${actor}` },
            ),
          )
        } else if (intents.length > 0) {
          const seconds = whole(0, 50)
          seen.push(
            await venue.call('HandleEvent', {
              ...statusUpdated(
                pick(intents),
                pick(['Captured', 'Captured', 'Authorized', 'Reversed', 'Refunded']),
                `2026-03-01T19:00:${String(seconds).padStart(2, '0')}.000Z`,
              ),
              id: randomUUID(),
            }),
          )
        }
      }
      return seen
    })
    const counts = tally(statuses.flat())
    t.strictSame(
      Object.keys(counts).filter((status) => !['200', '404', '409'].includes(status)),
      [],
      'nothing fails',
    )
    t.ok(
      counts['200']! > 50 && counts['409']! > 10,
      `some succeed and some are refused: ${JSON.stringify(counts)}`,
    )
  })

  t.test('none of it was a deadlock', async (t) => {
    t.equal(await deadlocks(server), 0)
  })
})

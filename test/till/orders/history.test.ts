// What happened to an order, and the order as it was: its history, replayed, is what was answered
// at the time.
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import { limits } from '../../../src/limits.ts'
import { replay } from '../../../src/domain/orders/order-history.ts'
import { readOrderAt } from '../../../src/actions/orders/read-order-at.ts'
import { readOrder } from '../../../src/store/orders/read-order.ts'
import { orderView } from '../../../src/till/kit/order-view.ts'
import { strictly } from '../../support/load.ts'
import {
  bar,
  gbp,
  inSeconds,
  lock,
  newOrder,
  newTables,
  orderRequest,
  pay,
  statusUpdated,
} from '../../support/orders.ts'
import { assertRuns, runsOf } from '../../support/random-runs.ts'
import { onInstance, startServer, type TestServer, type Venue } from '../../support/server.ts'
import { isProblem, newMenu, newTill, type Till, type TillReply } from '../../support/till.ts'

interface Entry {
  sequence: number
  at: string
  action: string
  detail: Record<string, any>
  waiterId?: string
  deviceId?: string
  product?: string
  deviceType?: string
}

const historyOf = async (till: Till, orderId: string): Promise<Entry[]> =>
  (await till.call('GET /orders/{orderId}/history', { orderId })).body.rows as Entry[]
const at = async (till: Till, orderId: string, time: string): Promise<TillReply> =>
  await till.call(`GET /orders/{orderId}?at=${encodeURIComponent(time)}`, { orderId })

t.test('history', async (t) => {
  const server = await startServer(t)
  const { venue, sql } = server
  await newMenu(server, venue, [
    { plu: 'X', kind: 'Modifier', priceMinor: 50 },
    { plu: 'B', priceMinor: 1000, parts: ['X'] },
  ])
  await sql("INSERT INTO waiters (location_id, waiter_id, name) VALUES ($1, '7', 'Becky')", [
    venue.locationId,
  ])
  const [table] = (await newTables(server, venue, ['Table 1'])) as [string]
  const till = await newTill(t, server, { tillName: 'Bar', waiterId: '7' })
  const kitchen = await newTill(t, server, { role: 'kitchen' })

  t.test('beside it, what Dojo has heard and what it says of payments', async (t) => {
    const { id: orderId } = await newOrder(venue, 1_000)
    await pay(venue, orderId, 400, { paymentIntentId: 'pi-shown' })
    const atDojo = async () => (await till.call('GET /orders/{orderId}/dojo', { orderId })).body
    t.same(await atDojo(), { notified: 'Never', payments: [] }, 'the venue has no key')
    const at = '2026-11-27T20:30:58.000Z'
    await sql(
      "UPDATE payment_intents SET dojo_status = 'Captured', dojo_status_at = $1, amount_minor = 400, tips_minor = 50",
      [at],
    )
    await sql("UPDATE locations SET dojo_key_sealed = '\\x00' WHERE location_id = $1", [
      venue.locationId,
    ])
    const shown = { paymentIntentId: 'pi-shown', status: 'Captured', at, amountMinor: 450 }
    t.same(await atDojo(), { notified: 'Yes', payments: [shown] })
    await till.call('POST /orders/{orderId}/lines', { orderId }, { lines: [{ plu: 'B' }] })
    t.match(await atDojo(), { notified: 'Waiting', attempts: 0, nextAttemptAt: String })
    await sql("UPDATE jobs SET attempts = 9, last_error = 'Dojo answered 500', dead_at = now()")
    t.match(await atDojo(), { notified: 'GivenUp', attempts: 9, lastError: 'Dojo answered 500' })
    await sql('DELETE FROM jobs')
    await sql('UPDATE locations SET dojo_key_sealed = NULL')
    isProblem(
      t,
      await till.call('GET /orders/{orderId}/dojo', { orderId: 'none' }),
      404,
      'not-found',
    )
  })

  t.test('says who locked, edited and paid, and from where, oldest first', async (t) => {
    const {
      body: { id: orderId },
    } = await till.call('POST /orders', {}, { orderType: 'DineIn', tableId: table })
    await till.call(
      'POST /orders/{orderId}/lines',
      { orderId },
      { lines: [{ id: `lin-${orderId}`, plu: 'B', quantity: 2 }] },
    )
    await lock(venue, orderId, 'lock-1', 60, bar)
    await pay(venue, orderId, 500, { lockId: 'lock-1', paymentIntentId: 'pi_history' }, bar)
    await venue.call('DeleteOrderLock', { orderId, lockId: 'lock-1' }, bar)
    await till.call(
      'POST /orders/{orderId}/lines/{lineId}/void',
      { orderId, lineId: `lin-${orderId}` },
      { reason: 'wrong' },
    )
    const entries = await historyOf(kitchen, orderId)
    t.strictSame(
      entries.map(({ sequence, action, waiterId, deviceId, product, deviceType }) => [
        sequence,
        action,
        waiterId,
        deviceId,
        product,
        deviceType,
      ]),
      [
        [1, 'Opened', '7', 'Bar', 'Till', 'Till'],
        [2, 'LinesAdded', '7', 'Bar', 'Till', 'Till'],
        [3, 'Locked', '42', 'tm_bar', 'PayAtTable', 'CardMachine'],
        [4, 'PaymentRecorded', '42', 'tm_bar', 'PayAtTable', 'CardMachine'],
        [5, 'Unlocked', '42', 'tm_bar', 'PayAtTable', 'CardMachine'],
      ],
      'what was refused is not there',
    )
    t.match(entries[1]!.detail, {
      lines: [{ lineId: `lin-${orderId}`, name: 'Item B', quantity: 2 }],
    })
    t.match(entries[3]!.detail, { paymentIntentId: 'pi_history', amountMinor: 500 })
    t.ok(entries.every((entry, index) => index === 0 || entry.at >= entries[index - 1]!.at))

    const first = await till.call('GET /orders/{orderId}/history?limit=2', { orderId })
    t.strictSame([first.body.rows, first.body.after], [entries.slice(0, 2), 2])
    const rest = await till.call('GET /orders/{orderId}/history?after=2&limit=3', { orderId })
    t.strictSame(rest.body, { rows: entries.slice(2) }, 'there is no more')
    t.strictSame((await till.call('GET /orders/{orderId}/history?after=5', { orderId })).body, {
      rows: [],
    })
  })

  t.test('of what is not there, and of nonsense', async (t) => {
    const other = await server.newVenue('The White Hart')
    const { id: theirs } = await newOrder(other, 100)
    for (const orderId of [theirs, 'nothing']) {
      for (const operation of [
        'GET /orders/{orderId}/history',
        'GET /orders/{orderId}/history?after=3',
        'GET /orders/{orderId}?at=20:14',
        'GET /orders/{orderId}?at=2026-11-21T20:14:00Z',
      ]) {
        const { status, problem } = await till.call(operation, { orderId })
        t.strictSame(
          [status, problem.code, problem.detail],
          [404, 'not-found', `There is no order with the id ${orderId} in this venue.`],
          operation,
        )
      }
    }
    for (const query of [
      'after=-1',
      'after=x',
      'limit=0',
      `limit=${limits.historyPageRows + 1}`,
      'before=1',
    ]) {
      t.equal(
        (await till.call(`GET /orders/{orderId}/history?${query}`, { orderId: theirs })).status,
        400,
        query,
      )
    }
    const { id } = await newOrder(venue, 100)
    for (const time of [
      '',
      'noon',
      '24:00',
      '20:60',
      '9:05',
      '2026-11-21',
      '2026-11-21T20:14:00',
      '2026-02-30T25:00:00Z',
      '2026-11-21T20:14:00 01:00',
      '0',
      "'; DROP TABLE orders",
      '2026-11-21T20:14:00Z'.padEnd(300, ' '),
    ]) {
      t.equal((await at(till, id, time)).status, 400, time)
    }
  })

  t.test('the order as it was', async (t) => {
    const { body: opened } = await till.call(
      'POST /orders',
      {},
      { orderType: 'DineIn', tableId: table, covers: 2 },
    )
    const orderId = opened.id as string
    const answers: [string, object][] = []
    const change = async (reply: Promise<TillReply>): Promise<void> => {
      const { body, text, status } = await reply
      t.ok(status < 300, text)
      answers.push([body.updatedAt, body])
    }
    await change(
      till.call(
        'POST /orders/{orderId}/lines',
        { orderId },
        {
          lines: [
            { id: `a-${orderId}`, plu: 'B', modifiers: [{ plu: 'X' }] },
            { id: `b-${orderId}`, plu: 'B', quantity: 2 },
          ],
        },
      ),
    )
    await change(
      till.call(
        'PATCH /orders/{orderId}/lines/{lineId}',
        { orderId, lineId: `b-${orderId}` },
        { quantity: 1, note: 'rare', reason: 'one guest left' },
      ),
    )
    await change(
      till.call(
        'POST /orders/{orderId}/lines/{lineId}/void',
        { orderId, lineId: `a-${orderId}` },
        { reason: 'cold' },
      ),
    )
    await change(
      till.call(
        'PATCH /orders/{orderId}',
        { orderId },
        { tableId: null, covers: null, displayName: 'Ada', note: 'quiet' },
      ),
    )
    await pay(venue, orderId, 1000, {}, bar)
    for (const [time, answer] of answers.filter(
      ([time], index) => answers[index + 1]?.[0] !== time,
    )) {
      t.strictSame((await at(till, orderId, time)).body, answer, 'as it was answered')
    }
    const now = await till.call('GET /orders/{orderId}', { orderId })
    t.strictSame(
      (await at(till, orderId, inSeconds(3600))).body,
      now.body,
      'what is still to come is now',
    )

    await sql("UPDATE tables SET name = 'Table One' WHERE table_id = $1", [table])
    const [[time, answer]] = answers as [[string, any]]
    t.strictSame(
      (await at(till, orderId, time)).body,
      { ...answer, tableName: 'Table One', displayName: 'Table One' },
      'with the name that its table has now',
    )

    const before = await at(till, orderId, new Date(Date.parse(opened.createdAt) - 1).toISOString())
    t.strictSame([before.status, before.problem.code], [404, 'not-found'])
    t.equal(
      before.problem.detail,
      `The order ${orderId} was opened at ${String(opened.createdAt)}; ` +
        `it did not exist at ${new Date(Date.parse(opened.createdAt) - 1).toISOString()}.`,
    )
    t.equal(
      (await at(till, orderId, opened.createdAt.replace('Z', '+00:00'))).body.version,
      1,
      'another way to write it',
    )

    await sql("UPDATE order_history SET at = at - interval '1 day' WHERE order_id = $1", [orderId])
    const [{ time: clock }] = (await sql<{ time: string }>(
      "SELECT to_char(now() AT TIME ZONE 'Europe/London' + interval '2 minutes', 'HH24:MI') AS time",
    )) as [{ time: string }]
    t.equal(
      (await at(till, orderId, clock)).body.version,
      now.body.version,
      `${clock} is that of yesterday`,
    )
    await sql('UPDATE order_history SET delta = NULL WHERE order_id = $1 AND sequence = 2', [
      orderId,
    ])
    t.match((await at(till, orderId, inSeconds(0))).problem, {
      status: 404,
      detail: new RegExp(`^The history of the order ${orderId} does not say how it was at `),
    })
  })

  t.test('a lock that was live then is shown with what was left of it', async (t) => {
    const { id: orderId } = await newOrder(venue, 1000)
    await lock(venue, orderId, 'lock-1', 60, bar)
    const locked = await till.call('GET /orders/{orderId}', { orderId })
    const [, { at: since }] = (await historyOf(till, orderId)) as [Entry, Entry]
    await venue.call('DeleteOrderLock', { orderId, lockId: 'lock-1' }, bar)
    const then = await at(till, orderId, since)
    t.match(then.body.lock, {
      id: 'lock-1',
      kind: 'DojoLock',
      waiterId: '42',
      deviceId: 'tm_bar',
      expiresAt: locked.body.lock.expiresAt,
    })
    t.ok(
      then.body.lock.secondsLeft <= 60 &&
        then.body.lock.secondsLeft >= locked.body.lock.secondsLeft,
    )
    t.equal(then.body.version, locked.body.version, 'a lock is no new version')
    t.equal((await at(till, orderId, inSeconds(0))).body.lock, undefined)
  })
})

// --- any history

interface Real {
  server: TestServer
  venue: Venue
  till: Till
  orderId: string
  run: string
  lineIds: string[]
}
type Step = (real: Real, nth: number) => Promise<TillReply | void>

const line = fc.nat({ max: 5 })
const pick = ({ lineIds }: Real, index: number): string =>
  lineIds[index % Math.max(1, lineIds.length)] ?? 'none'
const intent = fc.integer({ min: 1, max: 4 })

const steps: fc.Arbitrary<Step>[] = [
  fc
    .tuple(fc.constantFrom('B', 'C', 'Z'), fc.integer({ min: 1, max: 3 }), fc.boolean())
    .map(([plu, quantity, modified]): Step => async ({ till, orderId, lineIds }, nth) => {
      const id = `lin-${orderId}-${nth}`
      lineIds.push(id)
      return await till.call(
        'POST /orders/{orderId}/lines',
        { orderId },
        {
          lines: [
            {
              id,
              plu,
              quantity,
              course: 'Mains',
              ...(modified ? { modifiers: [{ plu: 'X' }] } : {}),
            },
          ],
        },
      )
    }),
  fc.tuple(line, fc.integer({ min: 1, max: 4 })).map(
    ([index, quantity]): Step =>
      async (real) =>
        await real.till.call(
          'PATCH /orders/{orderId}/lines/{lineId}',
          { orderId: real.orderId, lineId: pick(real, index) },
          { quantity, reason: 'wrong' },
        ),
  ),
  fc.tuple(line, fc.constantFrom(null, 'rare')).map(
    ([index, note]): Step =>
      async (real) =>
        await real.till.call(
          'PATCH /orders/{orderId}/lines/{lineId}',
          { orderId: real.orderId, lineId: pick(real, index) },
          { note },
        ),
  ),
  line.map(
    (index): Step =>
      async (real) =>
        await real.till.call(
          'POST /orders/{orderId}/lines/{lineId}/void',
          { orderId: real.orderId, lineId: pick(real, index) },
          { reason: 'wrong' },
        ),
  ),
  fc
    .record({
      covers: fc.constantFrom(null, 2),
      displayName: fc.constantFrom(null, 'Ada'),
      customer: fc.constantFrom(null, { name: 'Ada', phoneNumber: '1' }),
    })
    .map(
      (details): Step =>
        async ({ till, orderId }) =>
          await till.call('PATCH /orders/{orderId}', { orderId }, details),
    ),
  fc.constantFrom('Accepted', 'Preparing', 'Ready', 'Finalized').map(
    (status): Step =>
      async ({ till, orderId }) =>
        await till.call('POST /orders/{orderId}/status', { orderId }, { status }),
  ),
  fc.constant<Step>(
    async ({ till, orderId }) =>
      await till.call('POST /orders/{orderId}/reopen', { orderId }, { reason: 'more' }),
  ),
  fc
    .tuple(intent, fc.integer({ min: 1, max: 1500 }), fc.nat({ max: 90 }))
    .map(([nth, amount, tip]): Step => async ({ venue, orderId, run }) => {
      await pay(
        venue,
        orderId,
        amount,
        { paymentIntentId: `${run}-${nth}`, tipsAmount: gbp(tip) },
        bar,
      )
    }),
  intent.map((nth): Step => async ({ venue, till, orderId, run }) => {
    const { body } = await till.call('GET /orders/{orderId}', { orderId })
    if (body.balanceMinor > 0) {
      await pay(venue, orderId, body.balanceMinor, { paymentIntentId: `${run}-${nth}` }, bar)
    }
  }),
  fc
    .tuple(intent, fc.constantFrom('Reversed', 'Refunded', 'Captured'), fc.nat({ max: 5 }))
    .map(([nth, word, second]): Step => async ({ venue, run }) => {
      await venue.call(
        'HandleEvent',
        statusUpdated(`${run}-${nth}`, word, `2026-03-01T19:00:0${second}.000Z`),
      )
    }),
  fc.constantFrom('a', 'b').map((lockId): Step => async ({ venue, orderId }) => {
    await lock(venue, orderId, lockId, 600, bar)
  }),
  fc.constantFrom('a', 'b').map((lockId): Step => async ({ venue, orderId }) => {
    await venue.call('ExtendOrderLock', { orderId, lockId, expiry: inSeconds(900) })
  }),
  fc.constantFrom('a', 'b').map((lockId): Step => async ({ venue, orderId }) => {
    await venue.call('DeleteOrderLock', { orderId, lockId })
  }),
]

const ofDojo = fc.record({
  discount: fc.nat({ max: 300 }),
  tax: fc.nat({ max: 200 }),
  off: fc.constantFrom(0, 0, 7, -7),
  payment: fc.constantFrom(0, 100),
})

t.test(
  'any history, replayed, is the order as it is read, and as it was answered each time',
  async (t) => {
    const server = await startServer(t)
    const venue = onInstance(strictly, server, server.venue)
    await newMenu(server, venue, [
      { plu: 'X', kind: 'Modifier', priceMinor: 55 },
      { plu: 'B', priceMinor: 999, parts: ['X'] },
      { plu: 'C', priceMinor: 333, taxRateHundredths: 500, parts: ['X'] },
      { plu: 'Z', priceMinor: 120, taxRateHundredths: 0, parts: ['X'] },
    ])
    const [table] = (await newTables(server, venue, ['Table 1'])) as [string]
    await server.sql(
      'UPDATE locations SET service_charge_hundredths = 1250 WHERE location_id = $1',
      [venue.locationId],
    )
    const till = await newTill(t, server, { tillName: 'Bar' })
    const NEEDED = [
      'Opened',
      'Created',
      'LinesAdded',
      'LineChanged',
      'LineVoided',
      'Described',
      'StatusChanged',
      'PaymentRecorded',
      'PaymentVoided',
      'Locked',
      'Unlocked',
    ]
    const met = new Set<string>()
    let compared = 0

    await assertRuns(
      t,
      fc.asyncProperty(
        fc.option(ofDojo, { nil: undefined }),
        fc.array(fc.oneof(...steps), { minLength: 1, maxLength: 25, size: 'max' }),
        async (dojo, steps) => {
          const run = randomUUID()
          const orderId =
            dojo === undefined
              ? ((await till.call('POST /orders', {}, { orderType: 'DineIn', tableId: table })).body
                  .id as string)
              : await orderedThroughDojo(venue, run, dojo)
          const real: Real = { server, venue, till, orderId, run, lineIds: [] }
          const answers: { time: string; answer: any }[] = []
          for (const [nth, step] of steps.entries()) {
            const reply = await step(real, nth)
            if (typeof reply === 'object' && reply.status < 300) {
              answers.push({ time: reply.body.updatedAt, answer: reply.body })
            }
          }
          const now = await readOrder(server.store.database, venue.locationId, orderId)
          const replayed = await readOrderAt(
            server.store.database,
            venue.locationId,
            orderId,
            now.nowMs,
          )
          strictly.equal(
            orderView(replayed, 'GBP'),
            orderView(now, 'GBP'),
            'the whole history is the order',
          )
          const entries = await historyOf(till, orderId)
          for (const { action } of entries) met.add(action)
          for (const { time, answer } of answers) {
            // Only the last of several changes in one millisecond can be found by its time, and a
            // call that changed nothing is not one.
            const last = entries.filter(({ at }) => at === time)
            if (last.length !== 1) continue
            const { body } = await at(till, orderId, time)
            // A call that changed nothing was answered later, when somebody may have locked it.
            strictly.equal(
              { ...body, lock: undefined, payable: 0 },
              { ...answer, lock: undefined, payable: 0 },
              `at ${time} it was as it was answered`,
            )
            compared++
          }
        },
      ),
      { runs: 60, missing: () => NEEDED.filter((action) => !met.has(action)) },
    )
    t.ok(compared > runsOf(50))
  },
)

async function orderedThroughDojo(
  venue: Venue,
  run: string,
  { discount, tax, off, payment }: { discount: number; tax: number; off: number; payment: number },
): Promise<string> {
  const { body } = await venue.call(
    'CreateOrder',
    orderRequest(1000 - discount + off, {
      items: [
        {
          name: 'Menu',
          plu: '1',
          quantity: 1,
          amountPerItem: gbp(600),
          modifiers: [{ name: 'M', plu: '2', quantity: 2, amountPerModifier: gbp(100) }],
        },
        { name: 'Tea', plu: '3', quantity: 2, amountPerItem: gbp(100) },
      ],
      discounts: discount === 0 ? [] : [{ name: 'D', amountTotal: gbp(discount) }],
      taxLines: tax === 0 ? [] : [{ name: 'VAT', amountTotal: gbp(tax) }],
      payments: payment === 0 ? [] : [{ paymentIntentId: `${run}-1`, paidAmount: gbp(payment) }],
    }),
  )
  return body.id
}

t.test('a history is replayed without what it does not name', async (t: Test) => {
  const order = replay([
    { at: '2026-11-21T20:00:00.000Z', delta: { set: { orderId: 'ord_1', covers: 2 }, lock: null } },
    {
      at: '2026-11-21T20:01:00.000Z',
      delta: {
        lock: { lockId: 'a', kind: 'DojoLock', holder: undefined, expiresAtMs: 0, origin: {} },
      },
    },
    { at: '2026-11-21T20:02:00.000Z', delta: { set: { covers: null } } },
  ])
  t.match(order, { version: 2, updatedAt: '2026-11-21T20:02:00.000Z', lock: { lockId: 'a' } })
  t.notOk('covers' in order)
})

t.test('a history from before void payments said when they became void', async (t) => {
  const server = await startServer(t)
  const { venue } = server
  const till = await newTill(t, server, { tillName: 'Bar' })
  const order = await newOrder(venue, 1_000)
  const path = { orderId: order.id }
  await till.call('POST /orders/{orderId}/payments', path, { id: 'p1', tender: 'Cash' })
  await till.call(
    'POST /orders/{orderId}/payments/{paymentId}/void',
    { ...path, paymentId: 'p1' },
    { reason: 'wrong order' },
  )
  await till.call('POST /orders/{orderId}/payments', path, {
    id: 'p2',
    tender: 'Cash',
    amountMinor: 400,
  })
  const setPayments = (action: string, payments: object[]) =>
    server.sql(
      `UPDATE order_history SET delta = jsonb_set(delta, '{payments}', $3::jsonb)
       WHERE location_id = $1 AND order_id = $2 AND action = $4`,
      [venue.locationId, order.id, JSON.stringify(payments), action],
    )
  const deltas = await server.sql<{ action: string; payments: Record<string, unknown>[] }>(
    `SELECT action, delta->'payments' AS payments FROM order_history
     WHERE location_id = $1 AND order_id = $2 AND delta ? 'payments' ORDER BY sequence`,
    [venue.locationId, order.id],
  )
  t.same(
    deltas.map(({ action }) => action),
    ['PaymentRecorded', 'PaymentVoided', 'PaymentRecorded'],
  )
  const voided = deltas[1]!.payments[0]!
  t.ok(voided['voidedAt'])
  await setPayments('PaymentVoided', [{ ...voided, voidedAt: undefined, stands: false }])
  await server.sql(
    `UPDATE order_history SET delta = jsonb_set(delta, '{payments,0,stands}', 'true')
     WHERE location_id = $1 AND order_id = $2 AND action = 'PaymentRecorded'`,
    [venue.locationId, order.id],
  )

  await server.sql(
    readFileSync('prisma/migrations/20261124120000_void_payments_say_when/migration.sql', 'utf8'),
  )

  const { database } = server.store
  const now = await readOrder(database, venue.locationId, order.id)
  const replayed = await readOrderAt(database, venue.locationId, order.id, now.nowMs)
  t.strictSame(replayed.order.payments, now.order.payments)
  t.match(now.order.payments, [
    { paymentId: 'p1', voidedAt: voided['voidedAt'] },
    { paymentId: 'p2', voidedAt: undefined },
  ])
})

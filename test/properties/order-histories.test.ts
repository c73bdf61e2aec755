// Random evenings of a few orders, by tills, kitchen and Dojo in any order: after each call
// the rules of the data hold, the total is the sum of its parts, and the history replayed gives the
// same order.
import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import t from 'tap'
import { deltaOf, replay } from '../../src/domain/orders/order-history.ts'
import type { Order, Payment } from '../../src/domain/orders/order.ts'
import { readOrderAt } from '../../src/actions/orders/read-order-at.ts'
import { readOrder } from '../../src/store/orders/read-order.ts'
import { brokenRules, strictly } from '../support/load.ts'
import { expireLock, inSeconds, pay, statusUpdated } from '../support/orders.ts'
import { assertRuns } from '../support/random-runs.ts'
import { onInstance, startServer, type Venue } from '../support/server.ts'
import { newMenu, newTill, openOrder } from '../support/till.ts'

/** One thing that somebody does: what, on which order, with which number. */
interface Step {
  what: string
  order: number
  other: number
  number: number
}

/** What matters most is named more than once. */
const WHAT = [
  'add',
  'add',
  'add',
  'add',
  'add',
  'add',
  'parts',
  'parts',
  'change',
  'change',
  'void',
  'void',
  'discount',
  'discount',
  'line discount',
  'line discount',
  'take back',
  'service',
  'cash',
  'cash',
  'cash',
  'pay',
  'pay',
  'pay',
  'pay rest',
  'void payment',
  'void payment',
  'reverse',
  'reverse',
  'lock',
  'unlock',
  'force',
  'hold',
  'let go',
  'expire',
  'merge',
  'merge',
  'split',
  'split',
  'split',
  'ready',
  'note',
  'reopen',
  'reopen',
  'cancel',
]

/** What the runs must have done, so that they prove something. */
const NEEDED = [
  'add',
  'void',
  'discount',
  'pay',
  'merge',
  'split',
  'reverse',
  'void payment',
  'force',
]

const steps = fc.array(
  fc.record({
    what: fc.constantFrom(...WHAT),
    order: fc.nat({ max: 2 }),
    other: fc.nat({ max: 2 }),
    number: fc.integer({ min: 1, max: 1_000 }),
  }),
  { minLength: 15, maxLength: 45, size: 'max' },
)

const LATER = Date.now() + 86_400_000

interface Playing {
  now: Order
  number: number
  otherId: string
  /** An item that is not void, a discount and payments of the order, where there are any. */
  line: string
  discountId: string
  payment: Payment | undefined
  tender: Payment | undefined
  at: (operation: string, body?: unknown, path?: Record<string, string>) => Promise<number>
  tookOff: (newOrderId: string) => void
}

type Plays = Record<string, () => Promise<number>>

function byTill(playing: Playing): Plays {
  const { number, otherId, discountId, tender, at, tookOff } = playing
  return {
    ...withLines(playing),
    'take back': async () =>
      await at('DELETE /orders/{orderId}/discounts/{discountId}', undefined, { discountId }),
    service: async () =>
      await at(
        'PUT /orders/{orderId}/service-charge',
        [{}, { amountMinor: number }, { percentageHundredths: number }][number % 3],
      ),
    cash: async () =>
      await at('POST /orders/{orderId}/payments', {
        tender: 'Cash',
        amountMinor: number,
        tipsMinor: number % 7,
        tenderedMinor: number * 2 + 10,
      }),
    'void payment': async () =>
      await at(
        'POST /orders/{orderId}/payments/{paymentId}/void',
        { reason: 'wrong' },
        { paymentId: tender?.paymentId ?? 'none' },
      ),
    force: async () => await at('POST /orders/{orderId}/unlock', { reason: 'dropped' }),
    hold: async () => await at('PUT /orders/{orderId}/hold', {}),
    'let go': async () => await at('DELETE /orders/{orderId}/hold'),
    merge: async () => await at('POST /orders/{orderId}/merge', { fromOrderId: otherId }),
    split: async () => {
      const id = randomUUID()
      const lines = [{ lineId: playing.line, quantity: 1 + (number % 2) }]
      const status = await at('POST /orders/{orderId}/split-off', { id, lines })
      if (status < 400) tookOff(id)
      return status
    },
    ready: async () =>
      await at('POST /orders/{orderId}/status', {
        status: ['Preparing', 'Ready', 'Finalized'][number % 3],
      }),
    note: async () =>
      await at('PATCH /orders/{orderId}', {
        note: number % 2 === 0 ? null : `note ${number}`,
        covers: number,
      }),
    reopen: async () => await at('POST /orders/{orderId}/reopen', { reason: 'more' }),
    cancel: async () => await at('POST /orders/{orderId}/cancel', { reason: 'left' }),
  }
}

function withLines({ number, line, at }: Playing): Plays {
  const lines = async (...ordered: object[]): Promise<number> =>
    await at('POST /orders/{orderId}/lines', { lines: ordered })
  const path = { lineId: line }
  const discount = (each: number): object =>
    number % 2 === 0 ? { percentageHundredths: number * each } : { amountMinor: number }
  return {
    add: async () => await lines({ plu: ['A', 'B', 'C'][number % 3]!, quantity: 1 + (number % 4) }),
    parts: async () =>
      await lines({
        plu: 'A',
        quantity: 1 + (number % 3),
        modifiers: [{ plu: 'M', quantity: 1 + (number % 2) }],
      }),
    change: async () =>
      await at(
        'PATCH /orders/{orderId}/lines/{lineId}',
        { quantity: 1 + (number % 6), reason: 'fewer' },
        path,
      ),
    void: async () =>
      await at(
        'POST /orders/{orderId}/lines/{lineId}/void',
        number % 2 === 0 ? { reason: 'dropped' } : { reason: 'dropped', quantity: 1 },
        path,
      ),
    discount: async () =>
      await at('POST /orders/{orderId}/discounts', { name: 'x', ...discount(5) }),
    'line discount': async () =>
      await at('POST /orders/{orderId}/discounts', { name: 'x', lineId: line, ...discount(10) }),
  }
}

function byDojo(venue: Venue, { now, number, payment }: Playing): Plays {
  const { orderId, lock } = now
  const lockId = lock?.lockId
  return {
    pay: async () => (await pay(venue, orderId, number, { lockId })).status,
    'pay rest': async () => {
      const rest = now.totalMinor - now.paidMinor
      return rest > 0 ? (await pay(venue, orderId, rest, { lockId })).status : 409
    },
    reverse: async () =>
      payment?.paymentIntentId === undefined
        ? 404
        : (await venue.call('HandleEvent', statusUpdated(payment.paymentIntentId, 'Reversed')))
            .status,
    lock: async () => {
      const request = { orderId, lockId: `lock-${number % 3}`, expiry: inSeconds(600) }
      return (await venue.call('CreateOrderLock', request)).status
    },
    unlock: async () =>
      (await venue.call('DeleteOrderLock', { orderId, lockId: lockId ?? 'none' })).status,
  }
}

t.test('whatever happens to orders, nothing of their money is lost or made', async (t) => {
  const server = await startServer(t)
  const venue = onInstance(strictly, server, server.venue)
  const {
    store: { database },
    sql,
  } = server
  await newMenu(server, venue, [
    { plu: 'M', kind: 'Modifier', priceMinor: 35 },
    { plu: 'A', priceMinor: 999, parts: ['M'] },
    { plu: 'B', priceMinor: 1, taxRateHundredths: 500 },
    { plu: 'C', priceMinor: 1337, taxRateHundredths: 0 },
  ])
  await sql('UPDATE locations SET service_charge_hundredths = 1250 WHERE location_id = $1', [
    venue.locationId,
  ])
  const till = await newTill(t, server, { tillName: 'Bar', waiterId: undefined as never })
  const done = new Map<string, number>()

  /** What orders are, without what the record does not tell. */
  const bare = (order: Order): Order => {
    const { version: _, updatedAt: __, taxName: ___, tableName: ____, ...rest } = order
    return rest as Order
  }
  const check = async (orderId: string): Promise<void> => {
    const { order } = await readOrder(database, venue.locationId, orderId)
    const { order: replayed } = await readOrderAt(database, venue.locationId, orderId, LATER)
    strictly.equal(deltaOf(bare(order), bare(replayed)), {}, 'the history replayed is the order')
  }

  await assertRuns(
    t,
    fc.asyncProperty(fc.boolean(), steps, async (onTop, evening) => {
      await sql('UPDATE locations SET taxes_on_top = $2 WHERE location_id = $1', [
        venue.locationId,
        onTop,
      ])
      const orders = [await openOrder(till), await openOrder(till), await openOrder(till)].map(
        ({ id }) => id as string,
      )
      const all = new Set(orders)
      const totals = async (): Promise<number> =>
        Number(
          (
            await sql<{ sum: string }>(
              'SELECT sum(total_minor) FROM orders WHERE order_id = ANY($1)',
              [[...all]],
            )
          )[0]!.sum,
        )
      for (const step of evening) {
        const before = await totals()
        const status = await play(step, orders, all)
        if (status < 400) done.set(step.what, (done.get(step.what) ?? 0) + 1)
        if (status < 400 && (step.what === 'merge' || step.what === 'split')) {
          strictly.equal(await totals(), before, `a ${step.what} loses and makes nothing`)
        }
        if (status >= 500) throw new Error(`${step.what} answered ${status}`)
        for (const orderId of all) await check(orderId)
      }
      strictly.equal(await brokenRules(sql), [], 'every rule of the data holds')
    }),
    { runs: 25, missing: () => NEEDED.filter((what) => !done.has(what)) },
  )
  t.comment(Object.fromEntries(done))

  async function play(
    { what, order, other, number }: Step,
    orders: string[],
    all: Set<string>,
  ): Promise<number> {
    const orderId = orders[order]!
    const { order: now } = await readOrder(database, venue.locationId, orderId)
    const pick = <Row>(rows: readonly Row[]): Row | undefined =>
      rows[number % Math.max(1, rows.length)]
    const playing: Playing = {
      now,
      number,
      otherId: orders[other]!,
      line:
        pick(now.lines.filter(({ kind, voidedAt }) => kind === 'Item' && voidedAt === undefined))
          ?.lineId ?? 'none',
      discountId: pick(now.discounts)?.discountId ?? 'none',
      payment: pick(now.payments),
      tender: pick(
        now.payments.filter(({ tender, voidedAt }) => tender !== 'Dojo' && voidedAt === undefined),
      ),
      at: async (operation, body, path = {}) =>
        (await till.call(operation, { orderId, ...path }, body)).status,
      tookOff: (id) => {
        all.add(id)
        orders[other] = id
      },
    }
    const plays = { ...byTill(playing), ...byDojo(venue, playing) }
    if (what !== 'expire') return await plays[what]!()
    if (now.lock === undefined) return 404
    await expireLock(server, orderId)
    // Time that passes is in no history: the lock's end is written there as the database has it.
    await sql(
      `UPDATE order_history SET delta = jsonb_set(delta, '{lock,expiresAtMs}', to_jsonb((
         SELECT (extract(epoch FROM expires_at) * 1000)::bigint FROM order_locks WHERE order_id = $1 AND ended_at IS NULL)))
       WHERE order_id = $1 AND sequence = (
         SELECT max(sequence) FROM order_history WHERE order_id = $1 AND delta->'lock' IS NOT NULL AND delta->'lock' <> 'null')`,
      [orderId],
    )
    return 200
  }
})

t.test('no history is no order', async (t) => {
  t.match(replay([]), { lines: [], totalMinor: 0 })
})

// Random evenings over several days: whatever happens to orders and payments, each day's takings
// are its sales plus the growth of what is paid on uncounted orders, and the days sum to the
// payments.
import fc from 'fast-check'
import t from 'tap'
import type { DayReport } from '../../src/domain/venue/day-report.ts'
import { Refusal } from '../../src/domain/errors.ts'
import {
  discount,
  finalize,
  makeVoid,
  mergeInto,
  movementsOf,
  refund,
  restore,
  standing,
  take,
} from '../support/days.ts'
import { brokenRules, strictly } from '../support/load.ts'
import {
  gbp,
  newArea,
  newIntent,
  newOrder,
  newTables,
  newWaiter,
  pay,
  statusUpdated,
} from '../support/orders.ts'
import { assertRuns } from '../support/random-runs.ts'
import { onInstance, startServer, type TestServer, type Venue } from '../support/server.ts'
import { newMenu, newTill, type Till } from '../support/till.ts'

interface Evening {
  server: TestServer
  venue: Venue
  till: Till
  tables: string[]
  orders: string[]
  payments: { orderId: string; paymentId?: string; intent?: string }[]
  reports: DayReport[]
  dayId: string
}

/** Each makes what it needs of three whole numbers; what the rules refuse does not happen. */
const ACTIONS: Record<
  string,
  (evening: Evening, a: number, b: number, c: number) => Promise<void>
> = {
  'opens an order': async ({ till, tables, orders }, a, b, c) => {
    const { body } = await till.call(
      'POST /orders',
      {},
      {
        orderType: a % 4 === 0 ? 'Collection' : 'DineIn',
        covers: b % 5,
        waiterId: `w${b % 3}`,
        ...(c % 3 === 0 ? {} : { tableId: tables[c % tables.length] }),
      },
    )
    orders.push(body.id)
    await till.call(
      'POST /orders/{orderId}/lines',
      { orderId: body.id },
      { lines: [{ plu: 'A', quantity: 1 + (a % 3), modifiers: [{ plu: 'X' }] }, { plu: 'B' }] },
    )
  },
  'Dojo makes an order': async ({ venue, orders }, a, b, c) => {
    const items = [{ name: 'Soup', plu: 'S', quantity: 1 + (a % 3), amountPerItem: gbp(100 + b) }]
    const sum = (1 + (a % 3)) * (100 + b)
    const totalMinor = Math.max(1, sum + (c % 7) - 3)
    orders.push(
      (
        await newOrder(venue, totalMinor, {
          items,
          totalAmount: gbp(totalMinor),
          ...(a % 2 === 0
            ? {}
            : { taxLines: [{ name: 'VAT', amountPercentage: 2000, amountTotal: gbp(b % 20) }] }),
        })
      ).id,
    )
  },
  'orders more': async ({ till, orders }, a, b) => {
    await till.call(
      'POST /orders/{orderId}/lines',
      { orderId: at(orders, a) },
      { lines: [{ plu: b % 2 === 0 ? 'A' : 'B' }] },
    )
  },
  'voids a line': async ({ till, orders }, a, b) => {
    const orderId = at(orders, a)
    const {
      body: { lines },
    } = await till.call('GET /orders/{orderId}', { orderId })
    if (lines.length > 0) {
      await till.call(
        'POST /orders/{orderId}/lines/{lineId}/void',
        { orderId, lineId: lines[b % lines.length].id },
        { reason: `reason ${b % 2}`, ...(b % 3 === 0 ? { quantity: 1 } : {}) },
      )
    }
  },
  'gives a discount': async ({ server, venue, orders }, a, b, c) => {
    await discount(server, venue, at(orders, a), {
      name: `discount ${b % 2}`,
      ...(c % 2 === 0 ? { amountMinor: b } : { percentageHundredths: b * 40 }),
    })
  },
  'pays a part by card': async (evening, a, b, c) => {
    await byCard(evening, at(evening.orders, a), b, c)
  },
  'pays the rest by card': async (evening, a, _, c) => {
    await byCard(evening, at(evening.orders, a), await balanceOf(evening, at(evening.orders, a)), c)
  },
  'pays a part otherwise': async (evening, a, b, c) => {
    await otherwise(evening, at(evening.orders, a), b, c)
  },
  'pays the rest otherwise': async (evening, a, _, c) => {
    await otherwise(
      evening,
      at(evening.orders, a),
      await balanceOf(evening, at(evening.orders, a)),
      c,
    )
  },
  'Dojo reports a payment': async ({ venue, payments }, a, b) => {
    const { intent } = at(payments, a)
    if (intent !== undefined) {
      await venue.call(
        'HandleEvent',
        statusUpdated(intent, ['Captured', 'Refunded', 'Reversed'][b % 3]!),
      )
    }
  },
  'refunds a part': async ({ server, venue, payments }, a, b) => {
    const { orderId, paymentId } = at(payments, a)
    if (paymentId !== undefined) await refund(server, venue, orderId, paymentId, b)
  },
  'makes a payment void, or takes that back': async ({ server, venue, payments, till }, a, b) => {
    const { orderId, paymentId } = at(payments, a)
    const { body } = await till.call('GET /orders/{orderId}', { orderId })
    const payment = body.payments.find(({ id }: { id: string }) => id === paymentId)
    if (payment !== undefined && payment.stands !== (b % 2 === 0)) return
    if (payment !== undefined) {
      await (payment.stands ? makeVoid : restore)(server, venue, orderId, paymentId!)
    }
  },
  reopens: async ({ till, orders }, a) => {
    await till.call('POST /orders/{orderId}/reopen', { orderId: at(orders, a) }, { reason: 'x' })
  },
  cancels: async ({ till, orders }, a, b) => {
    await till.call(
      'POST /orders/{orderId}/cancel',
      { orderId: at(orders, a) },
      { reason: `reason ${b % 2}` },
    )
  },
  'settles by hand': async ({ server, venue, orders }, a) => {
    if ((await balanceOf({ venue } as Evening, at(orders, a))) === 0) {
      await finalize(server, venue, at(orders, a))
    }
  },
  merges: async ({ server, venue, orders, payments }, a, b) => {
    const [target, source] = [at(orders, a), at(orders, b)]
    if (target === source) return
    await mergeInto(server, venue, target, source)
    for (const payment of payments) if (payment.orderId === source) payment.orderId = target
  },
  'the day closes': async (evening) => {
    await nextDay(evening)
  },
}

const at = <T>(list: readonly T[], index: number): T => list[index % list.length]!

async function balanceOf({ venue }: Evening, orderId: string): Promise<number> {
  const { totalAmount, paidAmount } = (await venue.call('GetOrderById', { orderId })).body
  return totalAmount!.value - paidAmount!.value
}

async function byCard(
  { venue, payments }: Evening,
  orderId: string,
  amountMinor: number,
  tip: number,
): Promise<void> {
  if (amountMinor < 1) return
  const intent = newIntent()
  const { status } = await pay(
    venue,
    orderId,
    amountMinor,
    { paymentIntentId: intent, tipsAmount: gbp(tip) },
    { 'waiter-id': `w${tip % 3}` },
  )
  if (status === 200) payments.push({ orderId, intent })
}

async function otherwise(
  evening: Evening,
  orderId: string,
  amountMinor: number,
  tip: number,
): Promise<void> {
  const { server, venue, payments } = evening
  const { status } = (await venue.call('GetOrderById', { orderId })).body
  if (
    amountMinor < 1 ||
    amountMinor > (await balanceOf(evening, orderId)) ||
    ['Finalized', 'Canceled'].includes(status!)
  ) {
    return
  }
  payments.push({
    orderId,
    paymentId: await take(server, venue, orderId, {
      tender: (['Cash', 'Voucher', 'Other'] as const)[tip % 3]!,
      amountMinor,
      tipsMinor: tip,
    }),
  })
}

async function nextDay(evening: Evening): Promise<void> {
  const { server, venue, till, dayId, reports } = evening
  const now = await till.call('GET /days/current')
  const {
    status,
    body: { report },
  } = await till.call('POST /days/{dayId}/close', { dayId }, { carryOpenOrders: true })
  strictly.equal(status, 200)
  strictly.equal(now.body.report, report, 'what it would be now is what it becomes')
  addsUp(report)
  const { takingsMinor, tipsMinor } = await movementsOf(server, venue, dayId)
  strictly.equal(
    [report.takingsMinor, report.tipsMinor],
    [takingsMinor, tipsMinor],
    'the report is what moved',
  )
  reports.push(report)
  evening.dayId = (await till.call('POST /days', {}, { floatMinor: 0 })).body.id
}

const sum = <Row>(rows: readonly Row[], of: (row: Row) => number): number =>
  rows.reduce((total, row) => total + of(row), 0)

/** The parts of a report add up. */
function addsUp(report: DayReport): void {
  strictly.equal(report.differenceMinor, 0, 'the difference')
  salesAddUp(report)
  takingsAddUp(report)
}

function salesAddUp(report: DayReport): void {
  const { sales, taxes, areas, waiters, items, categories, courses, discounts } = report
  for (const groups of [areas, waiters]) {
    strictly.equal(
      [
        sum(groups, (row) => row.salesMinor),
        sum(groups, (row) => row.orders),
        sum(groups, (row) => row.covers),
      ],
      [sales.totalMinor, sales.orders, sales.covers],
      'groups of orders',
    )
  }
  const netMinor = sales.itemsMinor - sales.discountsMinor
  for (const rows of [items, categories, courses]) {
    strictly.equal(
      sum<{ soldMinor: number }>(rows, (row) => row.soldMinor),
      netMinor,
      'groups of lines',
    )
  }
  strictly.equal(
    sum(taxes, (row) => row.netMinor + row.taxMinor),
    netMinor + sales.taxesOnTopMinor,
    'taxes and the net amounts',
  )
  strictly.equal(
    sum(items, (row) => row.taxMinor),
    sum(taxes, (row) => row.taxMinor),
    'taxes by item',
  )
  strictly.equal(
    sum(discounts, (row) => row.amountMinor),
    sales.discountsMinor,
    'discounts by name',
  )
}

function takingsAddUp(report: DayReport): void {
  const { tenders, takingsMinor, tipsMinor, tipsByWaiter, takingsByWaiter, drawers } = report
  strictly.equal(
    sum(
      tenders,
      (row) => row.recordedMinor + row.restoredMinor - row.voidedMinor - row.refundedMinor,
    ),
    takingsMinor,
    'tenders',
  )
  strictly.equal(
    sum(
      tenders,
      (row) =>
        row.recordedTipsMinor + row.restoredTipsMinor - row.voidedTipsMinor - row.refundedTipsMinor,
    ),
    tipsMinor,
    'tips by tender',
  )
  strictly.equal(
    [sum(takingsByWaiter, (row) => row.takingsMinor), sum(tipsByWaiter, (row) => row.tipsMinor)],
    [takingsMinor, tipsMinor],
    'waiters',
  )
  strictly.equal(
    sum(drawers, (row) => row.expectedMinor),
    sum(
      tenders.filter(({ tender }) => tender !== 'Dojo'),
      (row) => row.takingsMinor + row.tipsMinor,
    ),
    'drawers',
  )
}

/** A venue of its own, with the first day open. */
async function openEvening(server: TestServer, serviceHundredths: number): Promise<Evening> {
  const made = await server.newVenue('An evening')
  const venue = onInstance(strictly, server, made)
  await server.sql('UPDATE locations SET service_charge_hundredths = $2 WHERE location_id = $1', [
    venue.locationId,
    serviceHundredths,
  ])
  await newMenu(server, venue, [
    { plu: 'X', kind: 'Modifier', priceMinor: 33 },
    { plu: 'A', priceMinor: 199, course: 'Mains', parts: ['X'] },
    { plu: 'B', priceMinor: 77, taxRateHundredths: 500 },
  ])
  for (const index of [0, 1, 2]) await newWaiter(server, venue, `w${index}`)
  const tables = [
    ...(await newTables(server, venue, ['1', '2'], await newArea(server, venue, 'Garden'))),
    ...(await newTables(server, venue, ['3'])),
  ]
  const till = await newTill(strictly, server, { venue })
  const { body } = await till.call('POST /days', {}, { floatMinor: 0 })
  return { server, venue, till, tables, orders: [], payments: [], reports: [], dayId: body.id }
}

/** The days that an evening closed hold every payment and everything that was sold. */
async function daysHoldEverything({ server, venue, reports }: Evening): Promise<void> {
  strictly.equal(
    {
      takingsMinor: sum(reports, (report) => report.takingsMinor),
      tipsMinor: sum(reports, (report) => report.tipsMinor),
    },
    await standing(server, venue),
    'the days sum to the payments',
  )
  // A Finalized order was sold. One that was counted and reopened stays counted until it is
  // finalized or canceled.
  const [sold] = await server.sql<{ total: string }>(
    "SELECT coalesce(sum(CASE status WHEN 'Finalized' THEN total_minor WHEN 'Canceled' THEN " +
      '0 ELSE booked_minor END), 0) AS total FROM orders WHERE location_id = $1',
    [venue.locationId],
  )
  strictly.equal(
    sum(reports, (report) => report.sales.totalMinor),
    Number(sold!.total),
    'the days sum to what was sold',
  )
  reports.slice(1).forEach((report, index) => {
    strictly.equal(
      report.unsettledStartMinor,
      reports[index]!.unsettledEndMinor,
      'a day starts where the one before ended',
    )
  })
}

t.test('the days sum to the payments, and to what was sold', async (t) => {
  const server = await startServer(t)
  const names = Object.keys(ACTIONS)
  const number = fc.nat({ max: 250 })
  const action = fc.tuple(
    fc.constantFrom(
      ...names,
      'opens an order',
      'pays the rest by card',
      'pays the rest otherwise',
      'Dojo makes an order',
    ),
    number,
    number,
    number,
  )
  const met = new Set<string>()

  await assertRuns(
    t,
    fc.asyncProperty(
      fc.constantFrom(0, 1250),
      fc.array(action, { minLength: 10, maxLength: 60, size: 'max' }),
      async (serviceHundredths, actions) => {
        const evening = await openEvening(server, serviceHundredths)
        await ACTIONS['opens an order']!(evening, 1, 1, 1)
        await ACTIONS['pays a part by card']!(evening, 0, 50, 1)
        for (const [name, a, b, c] of actions) {
          try {
            await ACTIONS[name]!(evening, a, b, c)
            met.add(name)
          } catch (error) {
            if (!(error instanceof Refusal)) throw error
          }
        }
        await nextDay(evening)
        await daysHoldEverything(evening)
      },
    ),
    { runs: 30, missing: () => names.filter((name) => !met.has(name)) },
  )

  t.strictSame(
    (await brokenRules(server.sql)).filter((rule) =>
      /^(the movements|the paid amount|never more)/.test(rule),
    ),
    [],
  )
})

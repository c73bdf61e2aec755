// Business days: what a report counts, who may do what, what is refused, and that everything is
// counted in exactly one day.
import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import t, { type Test } from 'tap'
import { limits } from '../../../src/limits.ts'
import {
  discount,
  finalize,
  mergeInto,
  movementsOf,
  refund,
  restore,
  makeVoid,
  standing,
  take,
} from '../../support/days.ts'
import { brokenRules, holdOrderRow } from '../../support/load.ts'
import {
  gbp,
  newArea,
  newIntent,
  newOrder,
  newTables,
  newWaiter,
  pay,
  statusUpdated,
} from '../../support/orders.ts'
import { startServer, type TestServer, type Venue } from '../../support/server.ts'
import { newMenu, newTill, tillAt, type Till } from '../../support/till.ts'
import { untilWaiting } from '../../support/visits.ts'

interface House {
  server: TestServer
  venue: Venue
  till: Till
}

/** A venue of its own with a menu: beer, a burger with cheese, and a cake at another rate. */
async function newHouse(t: Test, server: TestServer): Promise<House> {
  const venue = await server.newVenue('A house')
  await newMenu(server, venue, [
    { plu: 'CHEESE', kind: 'Modifier', name: 'Cheese', priceMinor: 100 },
    { plu: 'BEER', name: 'Beer', priceMinor: 600, course: 'Drinks' },
    { plu: 'BURGER', name: 'Burger', priceMinor: 1200, course: 'Mains', parts: ['CHEESE'] },
    { plu: 'CAKE', name: 'Cake', priceMinor: 500, taxRateHundredths: 0 },
  ])
  await server.sql(
    "UPDATE menu_items SET category = CASE plu WHEN 'BEER' THEN 'Bar' WHEN 'BURGER' THEN 'Kitchen' END WHERE location_id = $1",
    [venue.locationId],
  )
  return { server, venue, till: await newTill(t, server, { venue, tillName: 'Office' }) }
}

/** A busy machine may have no time for a request, which Dojo then sends again as it was. */
async function statusAtLast(send: () => Promise<{ status: number }>): Promise<number> {
  for (let more = 100; ; more--) {
    const { status } = await send()
    if (status !== 503 || more === 0) return status
  }
}

interface Ordered {
  plu: string
  quantity?: number
  modifiers?: Ordered[]
}

async function orderOf({ till }: House, lines: Ordered[], opening: object = {}): Promise<string> {
  const {
    body: { id },
  } = await till.call('POST /orders', {}, { orderType: 'DineIn', ...opening })
  if (lines.length > 0) await till.call('POST /orders/{orderId}/lines', { orderId: id }, { lines })
  return id
}

const open = async ({ till }: House, body: object = {}) => {
  const opened = await till.call('POST /days', {}, { floatMinor: 0, ...body })
  if (opened.status !== 201) throw new Error(opened.text)
  return opened.body.id as string
}

/** With the names of fields that stored reports had. */
function asOnceStored(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(asOnceStored)
  if (typeof value !== 'object' || value === null) return value
  const renamed = Object.entries(value).map(([name, each]) => [
    ONCE[name] ?? name,
    asOnceStored(each),
  ])
  return Object.fromEntries(renamed) as object
}
const ONCE: Record<string, string> = { orders: 'tabs', openOrders: 'openTabs' }

/** Closes the day and checks its report against the database. */
async function close(
  t: Test,
  { server, venue, till }: House,
  dayId: string,
  carryOpenOrders = true,
) {
  const closed = await till.call('POST /days/{dayId}/close', { dayId }, { carryOpenOrders })
  t.equal(closed.status, 200, closed.text)
  const { report } = closed.body
  const { takingsMinor, tipsMinor } = await movementsOf(server, venue, dayId)
  t.match(
    {
      differenceMinor: report.differenceMinor,
      takingsMinor: report.takingsMinor,
      tipsMinor: report.tipsMinor,
    },
    { differenceMinor: 0, takingsMinor, tipsMinor },
    'the report agrees with the movements, to the penny',
  )
  return report
}

t.test('days', async (t) => {
  const server = await startServer(t)
  const { sql } = server

  t.test('food that is taken off a bill is in the report, however it was taken', async (t) => {
    const house = await newHouse(t, server)
    const { venue, till } = house
    const dayId = await open(house)
    const waiter = await newTill(t, server, { venue, role: 'waiter', tillName: 'Floor' })
    const burgers = { plu: 'BURGER', modifiers: [{ plu: 'CHEESE' }] }
    const orderId = await orderOf(house, [
      { ...burgers, quantity: 3 },
      { plu: 'BEER', quantity: 5 },
      { plu: 'CAKE', quantity: 2 },
    ])
    const lines = (await till.call('GET /orders/{orderId}', { orderId })).body.lines as {
      id: string
      plu: string
    }[]
    const on = async (operation: string, plu: string, body: object) => {
      const lineId = lines.find((line) => line.plu === plu)!.id
      const path = `/orders/{orderId}/lines/{lineId}${operation === 'PATCH' ? '' : '/void'}`
      const { status } = await waiter.call(`${operation} ${path}`, { orderId, lineId }, body)
      t.equal(status, 200)
    }
    // 2 burgers with cheese: 26.00. 1 and 2 beers: 18.00. A cake, then the other: 10.00.
    await waiter.call('POST /orders/{orderId}/lines/{lineId}/bump', {
      orderId,
      lineId: lines[0]!.id,
    })
    await on('PATCH', 'BURGER', { quantity: 1, reason: 'Burnt' })
    await on('POST', 'BEER', { quantity: 1, reason: 'Spilt' })
    await on('PATCH', 'BEER', { quantity: 2, reason: 'Flat' })
    await on('PATCH', 'CAKE', { quantity: 1, reason: 'Spilt' })
    await on('POST', 'CAKE', { reason: 'Spilt' })
    // What is void goes with neither half twice: one beer is on another bill.
    const off = await waiter.call(
      'POST /orders/{orderId}/split-off',
      { orderId },
      { lines: [{ lineId: lines.find(({ plu }) => plu === 'BEER')!.id, quantity: 1 }] },
    )
    await take(server, venue, orderId, { amountMinor: 1300 + 600 })
    await take(server, venue, off.body.newOrder.id, { amountMinor: 600 })
    const report = await close(t, house, dayId, false)
    t.strictSame(report.voids, [
      { name: 'Burnt', count: 2, amountMinor: 2600 },
      { name: 'Spilt', count: 3, amountMinor: 600 + 1000 },
      { name: 'Flat', count: 2, amountMinor: 1200 },
    ])
    t.equal(report.sales.totalMinor, 2500)
  })

  t.test('an evening is counted, to the penny', async (t) => {
    const house = await newHouse(t, server)
    const { venue, till } = house
    await sql('UPDATE locations SET service_charge_hundredths = 1000 WHERE location_id = $1', [
      venue.locationId,
    ])
    const garden = await newArea(server, venue, 'Garden')
    const [table] = (await newTables(server, venue, ['G1'], garden)) as [string]
    await newWaiter(server, venue, 'w1', { name: 'Ada' })
    await newWaiter(server, venue, 'w2', { name: 'Ben' })
    const dayId = await open(house, { floatMinor: 10_000, day: '2026-11-20' })

    // 2 burgers with cheese, 3 beers: 26.00 + 18.00 = 44.00, less 10 % = 39.60, service 3.96:
    // 43.56.
    const one = await orderOf(
      house,
      [
        { plu: 'BURGER', quantity: 2, modifiers: [{ plu: 'CHEESE' }] },
        { plu: 'BEER', quantity: 3 },
      ],
      { tableId: table, waiterId: 'w1', covers: 2 },
    )
    await discount(server, venue, one, { name: 'Friends', percentageHundredths: 1000 })
    // A cake and a burger that was sent back: 5.00, service 0.50: 5.50.
    const two = await orderOf(
      house,
      [{ plu: 'CAKE' }, { plu: 'BURGER', modifiers: [{ plu: 'CHEESE' }] }],
      { waiterId: 'w2', covers: 1 },
    )
    const {
      body: { lines },
    } = await till.call('GET /orders/{orderId}', { orderId: two })
    await till.call(
      'POST /orders/{orderId}/lines/{lineId}/void',
      { orderId: two, lineId: lines.find((line: { plu: string }) => line.plu === 'BURGER').id },
      { reason: 'Cold' },
    )
    await pay(venue, one, 2356, { tipsAmount: gbp(300) }, { 'waiter-id': 'w1' })
    await take(server, venue, one, { amountMinor: 2000, tipsMinor: 150 })
    await take(server, venue, two, { tender: 'Voucher', amountMinor: 500, waiterId: 'w1' })
    await take(server, venue, two, { tender: 'Other', amountMinor: 50 })
    const gone = await orderOf(house, [{ plu: 'BEER' }])
    await till.call('POST /orders/{orderId}/cancel', { orderId: gone }, { reason: 'Walked out' })

    const report = await close(t, house, dayId, false)
    t.strictSame(report.sales, {
      orders: 2,
      covers: 3,
      itemsMinor: 4400 + 500,
      discountsMinor: 440,
      serviceChargeMinor: 396 + 50,
      taxesOnTopMinor: 0,
      adjustmentsMinor: 0,
      totalMinor: 4356 + 550,
    })
    // 39.60 with 20 % in it, line by line: burgers 21.60 (3.60), cheese 1.80 (0.30), beer 16.20
    // (2.70).
    t.strictSame(report.taxes, [
      { name: 'VAT 20%', percentageHundredths: 2000, netMinor: 3300, taxMinor: 660 },
      { name: 'VAT 0%', percentageHundredths: 0, netMinor: 500, taxMinor: 0 },
    ])
    t.match(report.tenders, [
      { tender: 'Dojo', payments: 1, takingsMinor: 2356, tipsMinor: 300 },
      { tender: 'Cash', payments: 1, takingsMinor: 2000, tipsMinor: 150 },
      { tender: 'Voucher', payments: 1, takingsMinor: 500, tipsMinor: 0 },
      { tender: 'Other', payments: 1, takingsMinor: 50, tipsMinor: 0 },
    ])
    t.strictSame([report.takingsMinor, report.tipsMinor], [4906, 450])
    t.strictSame(report.tipsByWaiter, [{ waiterId: 'w1', name: 'Ada', tipsMinor: 450 }])
    t.strictSame(
      report.takingsByWaiter,
      [
        { waiterId: 'w1', name: 'Ada', tender: 'Dojo', takingsMinor: 2356, tipsMinor: 300 },
        { waiterId: 'w1', name: 'Ada', tender: 'Cash', takingsMinor: 2000, tipsMinor: 150 },
        { waiterId: 'w1', name: 'Ada', tender: 'Voucher', takingsMinor: 500, tipsMinor: 0 },
        { waiterId: 'w2', name: 'Ben', tender: 'Other', takingsMinor: 50, tipsMinor: 0 },
      ],
      'by the waiter who took it, or else by the order’s waiter',
    )
    t.strictSame(report.areas, [
      { id: garden, name: 'Garden', orders: 1, covers: 2, salesMinor: 4356 },
      { orders: 1, covers: 1, salesMinor: 550 },
    ])
    t.strictSame(report.waiters, [
      { id: 'w1', name: 'Ada', orders: 1, covers: 2, salesMinor: 4356 },
      { id: 'w2', name: 'Ben', orders: 1, covers: 1, salesMinor: 550 },
    ])
    t.strictSame(
      report.items.map(({ plu, quantity, itemsMinor, soldMinor }: Record<string, unknown>) => [
        plu,
        quantity,
        itemsMinor,
        soldMinor,
      ]),
      [
        ['BURGER', 2, 2400, 2160],
        ['BEER', 3, 1800, 1620],
        ['CAKE', 1, 500, 500],
        ['CHEESE', 2, 200, 180],
      ],
    )
    t.strictSame(
      report.categories,
      [
        { name: 'Kitchen', quantity: 4, soldMinor: 2340 },
        { name: 'Bar', quantity: 3, soldMinor: 1620 },
        { quantity: 1, soldMinor: 500 },
      ],
      'a part has the category of its item',
    )
    t.strictSame(report.courses, [
      { name: 'Mains', quantity: 4, soldMinor: 2340 },
      { name: 'Drinks', quantity: 3, soldMinor: 1620 },
      { quantity: 1, soldMinor: 500 },
    ])
    t.strictSame(report.discounts, [{ name: 'Friends', count: 1, amountMinor: 440 }])
    t.strictSame(report.voids, [{ name: 'Cold', count: 1, amountMinor: 1300 }])
    t.strictSame(report.cancellations, [{ name: 'Walked out', count: 1, amountMinor: 660 }])
    t.strictSame(report.drawers, [
      { tender: 'Cash', expectedMinor: 12_150 },
      { tender: 'Voucher', expectedMinor: 500 },
      { tender: 'Other', expectedMinor: 50 },
    ])
    t.strictSame(report.openOrders, { count: 0, totalMinor: 0, paidMinor: 0, orders: [] })
    t.strictSame([report.unsettledStartMinor, report.unsettledEndMinor], [0, 0])
  })

  t.test('the count is compared with what should be there', async (t) => {
    const house = await newHouse(t, server)
    const { venue, till } = house
    const dayId = await open(house, { floatMinor: 5000 })
    const id = await orderOf(house, [{ plu: 'BEER' }])
    const payment = await take(server, venue, id, { amountMinor: 600, tipsMinor: 40 })
    await refund(server, venue, id, payment, 100)
    const first = await till.call('POST /days/{dayId}/count', { dayId }, { cashMinor: 1 })
    const second = await till.call(
      'POST /days/{dayId}/count',
      { dayId },
      { cashMinor: 5500, vouchersMinor: 10, paidOutMinor: 30, note: 'a coin was bent' },
      { ifMatch: first.body.version },
    )
    t.strictSame(
      [first.status, second.status, second.body.version - first.body.version],
      [200, 200, 1],
    )
    const now = await till.call('GET /days/current')
    // 50.00 float + 6.00 + 0.40 tip - 1.00 refunded - 0.30 paid out = 55.10.
    t.strictSame(now.body.report.drawers, [
      { tender: 'Cash', expectedMinor: 5510, countedMinor: 5500, overMinor: -10 },
      { tender: 'Voucher', expectedMinor: 0, countedMinor: 10, overMinor: 10 },
      { tender: 'Other', expectedMinor: 0 },
    ])
    t.strictSame((await close(t, house, dayId)).drawers, now.body.report.drawers)
    const {
      body: {
        rows: [row],
      },
    } = await till.call('GET /days')
    t.match(row, {
      id: dayId,
      overMinor: -10,
      takingsMinor: 500,
      tipsMinor: 40,
      salesMinor: 0,
      count: { cashMinor: 5500, note: 'a coin was bent' },
    })
  })

  t.test('the first day counts everything before it, the next ones what came since', async (t) => {
    const house = await newHouse(t, server)
    const { venue, till } = house
    const early = await orderOf(house, [{ plu: 'BEER' }])
    await pay(venue, early, 600)
    const part = await orderOf(house, [{ plu: 'BURGER' }])
    await take(server, venue, part, { amountMinor: 200 })
    const first = await open(house)
    const refused = await till.call('POST /days/{dayId}/close', { dayId: first }, {})
    t.match(
      [refused.status, refused.problem],
      [
        409,
        {
          code: 'open-orders',
          count: 1,
          openOrders: [{ orderId: part, totalMinor: 1200, paidMinor: 200 }],
        },
      ],
    )
    t.match(refused.problem.detail, /^One order is open: Order \w+\. Finalize or cancel/)
    t.match(await close(t, house, first), {
      takingsMinor: 800,
      sales: { totalMinor: 600 },
      unsettledStartMinor: 0,
      unsettledEndMinor: 200,
      openOrders: { count: 1, totalMinor: 1200, paidMinor: 200, orders: [{ orderId: part }] },
    })
    const second = await open(house)
    await pay(venue, part, 1000)
    t.match(await close(t, house, second, false), {
      takingsMinor: 1000,
      sales: { totalMinor: 1200, orders: 1 },
      unsettledStartMinor: 200,
      unsettledEndMinor: 0,
    })
    const third = await open(house)
    t.match(await close(t, house, third, false), {
      takingsMinor: 0,
      sales: { totalMinor: 0, orders: 0 },
      items: [],
      unsettledStartMinor: 0,
      unsettledEndMinor: 0,
    })
    const { body } = await till.call('GET /days')
    t.strictSame(
      body.rows.map(({ id, salesMinor }: { id: string; salesMinor: number }) => [id, salesMinor]),
      [
        [third, 0],
        [second, 1200],
        [first, 600],
      ],
      'newest first',
    )
    const page = await till.call('GET /days?limit=2')
    const next = await till.call(`GET /days?limit=2&after=${page.body.after}`)
    t.strictSame(
      next.body.rows.map(({ id }: { id: string }) => id),
      [first],
    )
  })

  t.test('an order that is reopened and finalized again counts by the difference', async (t) => {
    const house = await newHouse(t, server)
    const { venue, till } = house
    await newWaiter(server, venue, 'w1')
    await newWaiter(server, venue, 'w2')
    const id = await orderOf(house, [{ plu: 'BEER', quantity: 2 }], { waiterId: 'w1', covers: 2 })
    await pay(venue, id, 1200)
    const first = await open(house)
    await close(t, house, first, false)
    await till.call('POST /orders/{orderId}/reopen', { orderId: id }, { reason: 'One more' })
    await till.call('POST /orders/{orderId}/lines', { orderId: id }, { lines: [{ plu: 'CAKE' }] })
    const second = await open(house)
    t.match((await till.call('GET /days/current')).body.report, {
      sales: { totalMinor: 0 },
      openOrders: { count: 1 },
      differenceMinor: 0,
    })
    await close(t, house, second)
    await till.call('PATCH /orders/{orderId}', { orderId: id }, { waiterId: 'w2' })
    await pay(venue, id, 500)
    const third = await open(house)
    const now = await till.call('GET /days/current')
    const report = await close(t, house, third, false)
    t.strictSame(now.body.report, report, 'what it would be now is what it becomes')
    t.match(report, {
      takingsMinor: 500,
      sales: { orders: 0, covers: 0, totalMinor: 500 },
      unsettledStartMinor: 0,
    })
    t.strictSame(
      report.items.map(({ plu, quantity }: Record<string, unknown>) => [plu, quantity]),
      [['CAKE', 1]],
      'not what was counted before',
    )
    t.strictSame(
      report.waiters.map(({ id, orders, salesMinor }: Record<string, unknown>) => [
        id,
        orders,
        salesMinor,
      ]),
      [
        ['w2', 1, 1700],
        ['w1', -1, -1200],
      ],
      "it is the other waiter's now",
    )
  })

  t.test('money that moves after the close belongs to the next day', async (t) => {
    const house = await newHouse(t, server)
    const { venue, till } = house
    const [one, two, three] = [
      await orderOf(house, [{ plu: 'BEER' }]),
      await orderOf(house, [{ plu: 'BEER' }]),
      await orderOf(house, [{ plu: 'BEER' }]),
    ]
    const intent = newIntent()
    await pay(venue, one, 600, { paymentIntentId: intent, tipsAmount: gbp(60) })
    const cash = await take(server, venue, two, { amountMinor: 600 })
    const voucher = await take(server, venue, three, { tender: 'Voucher', amountMinor: 600 })
    const first = await open(house)
    const before = await close(t, house, first, false)
    await venue.call('HandleEvent', statusUpdated(intent, 'Refunded'))
    await refund(server, venue, two, cash, 150)
    await makeVoid(server, venue, three, voucher)
    const second = await open(house)
    t.match(await close(t, house, second), {
      takingsMinor: -1350,
      tipsMinor: -60,
      sales: { totalMinor: 0 },
      unsettledStartMinor: 0,
      unsettledEndMinor: -1350,
      tenders: [
        { tender: 'Dojo', payments: 0, voidedMinor: 600, voidedTipsMinor: 60, takingsMinor: -600 },
        { tender: 'Cash', refundedMinor: 150, takingsMinor: -150 },
        { tender: 'Voucher', voidedMinor: 600, takingsMinor: -600 },
        { tender: 'Other', takingsMinor: 0 },
      ],
      refunds: [{ paymentId: cash, orderId: two, tender: 'Cash', amountMinor: 150, tipsMinor: 0 }],
      openOrders: { count: 3 },
    })
    const hoursOf = async (dayId: string): Promise<number[][]> =>
      (await till.call('GET /days/{dayId}/hours', { dayId })).body.rows.map(
        (row: { takingsMinor: number; tipsMinor: number }) => [row.takingsMinor, row.tipsMinor],
      )
    t.equal((await till.call('GET /days/{dayId}/hours', { dayId: 'current' })).status, 404)
    await restore(server, venue, three, voucher)
    await take(server, venue, two, { amountMinor: 150 })
    await server.sql(
      "UPDATE payment_movements SET at = at - interval '3 hours' WHERE payment_id = $1 AND day_id IS NULL",
      [voucher],
    )
    const third = await open(house)
    const byHour = [
      [600, 0],
      [150, 0],
    ]
    t.strictSame(await hoursOf('current'), byHour, 'what no day has claimed yet, by hour')
    t.match(await close(t, house, third), {
      takingsMinor: 750,
      sales: { totalMinor: 0, orders: 0 },
      unsettledEndMinor: -600,
      tenders: [{}, { takingsMinor: 150 }, { restoredMinor: 600, takingsMinor: 600 }, {}],
    })
    t.strictSame(await hoursOf(third), byHour, 'and what the day claimed')
    const ofSecond = (await hoursOf(second)).reduce(([sum, tips], [more, moreTips]) => [
      sum! + more!,
      tips! + moreTips!,
    ])
    t.strictSame(ofSecond, [-1350, -60], 'the sums of its report, also in two hours')
    t.strictSame(
      (await till.call('GET /days/{dayId}', { dayId: first })).body.report,
      before,
      'the report of the first day is as it was',
    )
    t.strictSame(await standing(server, venue), { takingsMinor: 1200 + 150 - 150, tipsMinor: 0 })
  })

  t.test('orders that Dojo made count with the taxes and total that Dojo gave', async (t) => {
    const house = await newHouse(t, server)
    const { venue } = house
    const items = [
      { name: 'Soup', plu: 'S', quantity: 2, amountPerItem: gbp(600) },
      { name: 'Wine', plu: 'W', quantity: 1, amountPerItem: gbp(1000) },
    ]
    const orders = [
      // One tax, contained in the prices of all lines; the total is 1 more than its parts.
      await newOrder(venue, 2201, {
        items,
        totalAmount: gbp(2201),
        taxLines: [{ name: 'VAT', amountPercentage: 2000, amountTotal: gbp(366) }],
      }),
      // Taxes on top, one for each PLU, with a discount and a service charge.
      await newOrder(venue, 2550, {
        items,
        totalAmount: gbp(2550),
        discounts: [{ name: 'Club', amountTotal: gbp(200) }],
        serviceChargeAmount: gbp(150),
        taxLines: [
          { name: 'Food', affectedPlu: 'S', amountTotal: gbp(100) },
          { name: 'Wine', affectedPlu: 'W', amountTotal: gbp(300) },
        ],
      }),
    ]
    for (const { id, totalAmount } of orders) await pay(venue, id, totalAmount!.value)
    const dayId = await open(house)
    const { sales, taxes, items: sold, discounts } = await close(t, house, dayId, false)
    t.strictSame(sales, {
      orders: 2,
      covers: 0,
      itemsMinor: 4400,
      discountsMinor: 200,
      serviceChargeMinor: 150,
      taxesOnTopMinor: 400,
      adjustmentsMinor: 1,
      totalMinor: 4751,
    })
    // The discount is split over what is left: 12/22 and 10/22 of 2.00.
    t.strictSame(taxes, [
      { name: 'VAT', percentageHundredths: 2000, netMinor: 2200 - 366, taxMinor: 366 },
      { name: 'Food', netMinor: 1200 - 109, taxMinor: 100 },
      { name: 'Wine', netMinor: 1000 - 91, taxMinor: 300 },
    ])
    t.strictSame(
      sold.map(({ plu, quantity, soldMinor }: Record<string, unknown>) => [
        plu,
        quantity,
        soldMinor,
      ]),
      [
        ['S', 4, 2291],
        ['W', 2, 1909],
      ],
    )
    t.strictSame(discounts, [{ name: 'Club', count: 1, amountMinor: 200 }])
  })

  t.test(
    'orders that were merged, that came to nothing, or that were finalized unpaid',
    async (t) => {
      const house = await newHouse(t, server)
      const { venue, till } = house
      const [one, other, free, empty] = [
        await orderOf(house, [{ plu: 'BEER' }]),
        await orderOf(house, [{ plu: 'BURGER' }]),
        await orderOf(house, [{ plu: 'CAKE' }]),
        await orderOf(house, []),
      ]
      await take(server, venue, other, { amountMinor: 300, tipsMinor: 20 })
      await mergeInto(server, venue, one, other)
      await pay(venue, one, 1500)
      await discount(server, venue, free, { name: 'Birthday', percentageHundredths: 10_000 })
      await finalize(server, venue, free)
      t.equal(
        (
          await till.call(
            'POST /orders/{orderId}/status',
            { orderId: empty },
            { status: 'Finalized' },
          )
        ).status,
        200,
      )
      // No operation does this; another program or an older version might.
      const unpaid = await orderOf(house, [{ plu: 'CAKE' }])
      await sql(
        "UPDATE orders SET status = 'Finalized', version = version + 1 WHERE order_id = $1",
        [unpaid],
      )
      const dayId = await open(house)
      t.match(
        await close(t, house, dayId, false),
        {
          sales: { orders: 4, itemsMinor: 2800, discountsMinor: 500, totalMinor: 2300 },
          takingsMinor: 1800,
          tipsMinor: 20,
          unsettledEndMinor: -500,
          cancellations: [],
        },
        'what nobody has paid is unsettled: negative',
      )
      const next = await open(house)
      t.match(await close(t, house, next, false), {
        sales: { totalMinor: 0 },
        unsettledStartMinor: -500,
        unsettledEndMinor: -500,
      })
    },
  )

  t.test('money that somebody must look into is listed', async (t) => {
    const house = await newHouse(t, server)
    const { venue, till } = house
    const id = await orderOf(house, [{ plu: 'BEER' }])
    const payment = await take(server, venue, id, { amountMinor: 600 })
    await sql(
      `INSERT INTO payment_intents (location_id, payment_intent_id, dojo_status, amount_minor, unmatched_at, unmatched_reason)
        VALUES ($1, 'pi_lost', 'Captured', 700, now(), 'No order has it.')`,
      [venue.locationId],
    )
    await sql(
      `INSERT INTO refunds (location_id, refund_id, payment_id, amount_minor, refunded_before_minor, request_hash, reason, status,
        requested_at, resolved_at) VALUES ($1, 'rfd_1', $2, 250, 0, '', 'Cold', 'CardRequired', now(), now()), ($1, 'rfd_2', $2, 10, 0,
        '', 'Cold', 'Done', now(), now())`,
      [venue.locationId, payment],
    )
    await open(house)
    t.match((await till.call('GET /days/current')).body.report, {
      refundsOwed: [{ refundId: 'rfd_1', orderId: id, amountMinor: 250 }],
      unmatchedPayments: [
        {
          paymentIntentId: 'pi_lost',
          reason: 'No order has it.',
          status: 'Captured',
          amountMinor: 700,
        },
      ],
    })
    t.equal((await till.call('GET /days/current')).body.report.refundsOwed.length, 1)
  })

  t.test('what Dojo has of the takings, and what it has not confirmed', async (t) => {
    const house = await newHouse(t, server)
    const { venue, till } = house
    const { locationId } = venue
    const dayId = await open(house)
    const paid = async (...statuses: string[]): Promise<string> => {
      const intent = newIntent()
      const orderId = await orderOf(house, [{ plu: 'BEER' }])
      await pay(venue, orderId, 600, { paymentIntentId: intent, tipsAmount: gbp(60) })
      for (const status of statuses) await venue.call('HandleEvent', statusUpdated(intent, status))
      return intent
    }
    await paid('Captured')
    await paid()
    await paid('Captured', 'Reversed')
    const checked = await paid('Captured')
    await sql(
      `INSERT INTO jobs (location_id, kind, entity_id, queued_at, changed_at, next_attempt_at)
       VALUES ($1, 'PaymentCheck', $2, now(), now(), now() + interval '1 hour')`,
      [locationId, checked],
    )
    await take(server, venue, await orderOf(house, [{ plu: 'BEER' }]), { amountMinor: 600 })
    const isAtDojo = async (expected: object): Promise<void> => {
      const { tenders } = (await till.call('GET /days/current')).body.report
      t.match(tenders[0], { tender: 'Dojo', takingsMinor: 1800, tipsMinor: 180, atDojo: expected })
      t.notOk('atDojo' in tenders[1], 'cash is nowhere else')
    }
    await isAtDojo({
      takingsMinor: 600,
      tipsMinor: 60,
      unconfirmed: { payments: 2, amountMinor: 1320 },
      differenceMinor: 1320,
    })
    await sql("DELETE FROM jobs WHERE location_id = $1 AND kind = 'PaymentCheck'", [locationId])
    await sql(
      `UPDATE payment_intents SET amount_minor = 600, tips_minor = 60, refunded_minor = 630
       WHERE location_id = $1 AND payment_intent_id = $2`,
      [locationId, checked],
    )
    const shown = {
      takingsMinor: 600,
      tipsMinor: 90,
      unconfirmed: { payments: 1, amountMinor: 660 },
      differenceMinor: 1290,
    }
    await isAtDojo(shown)
    t.strictSame((await close(t, house, dayId)).tenders[0].atDojo, shown, 'as it was at the close')
    const { text } = await till.call('GET /days/{dayId}?format=csv', { dayId })
    t.match(text, '\r\ntenders,Dojo,atDojo,,6.00,0.90,,,,,\r\n')
  })

  t.test('as a spreadsheet', async (t) => {
    const house = await newHouse(t, server)
    const { venue, till } = house
    await newWaiter(server, venue, '-7', { name: '=HYPERLINK("http://x")' })
    const id = await orderOf(house, [{ plu: 'BEER', quantity: 2 }], { waiterId: '-7', covers: 3 })
    await discount(server, venue, id, { name: '+Two, please', amountMinor: 5 })
    const gone = await orderOf(house, [{ plu: 'CAKE' }])
    for (const [reason, orderId] of [['@home\r\n"quoted"', gone]] as const) {
      await till.call('POST /orders/{orderId}/cancel', { orderId }, { reason })
    }
    const payment = await take(server, venue, id, { amountMinor: 1195, tipsMinor: 5 })
    await makeVoid(server, venue, id, payment)
    await take(server, venue, id, { amountMinor: 1195 })
    const dayId = await open(house, { day: '2026-11-20' })
    const current = await till.call('GET /days/current?format=csv')
    t.equal(current.headers['content-type'], 'text/csv; charset=utf-8')
    await close(t, house, dayId, false)
    const { text } = await till.call('GET /days/{dayId}?format=csv', { dayId })
    const lines = text.split(/(?<!@home)\r\n/)
    t.equal(lines.shift(), '\uFEFFsection,id,name,count,amount,tips,sold,net,tax,discounts,paid')
    t.equal(lines.pop(), '')
    for (const line of [
      `day,${dayId},2026-11-20,,,,,,,,`,
      'sales,,orders,1,,,,,,,',
      'sales,,covers,3,,,,,,,',
      'sales,,total,,11.95,,,,,,',
      'taxes,20%,VAT 20%,,,,,9.96,1.99,,',
      'tenders,Cash,voided,,-11.95,-0.05,,,,,',
      'tenders,Cash,takings,,11.95,0.00,,,,,',
      'takings,,all,,11.95,0.00,,,,,',
      'waiters,\'-7,"\'=HYPERLINK(""http://x"")",1,11.95,,,,,,',
      'items,BEER,Beer,2,12.00,,11.95,,1.99,0.05,',
      'discounts,,"\'+Two, please",1,0.05,,,,,,',
      'cancellations,,"\'@home\r\n""quoted""",1,5.00,,,,,,',
      'drawers,Cash,float,,0.00,,,,,,',
      'drawers,Cash,expected,,11.95,,,,,,',
      'proof,,difference,,0.00,,,,,,',
    ]) {
      t.ok(lines.includes(line), line)
    }
    t.ok(
      lines.every((line) => line.replaceAll(/"(?:[^"]|"")*"/g, '').split(',').length === 11),
      'every row has all columns',
    )
  })

  t.test('reports and bookings of the time when orders were called tabs are kept', async (t) => {
    const house = await newHouse(t, server)
    const { venue, till } = house
    const names = { area: '"tabs": 1, "openTabs": ', waiter: '\\"tabs": ' }
    const area = await newArea(server, venue, names.area)
    const [tableId] = await newTables(server, venue, ['T1'], area)
    await newWaiter(server, venue, 'w1', { name: names.waiter })
    const sold = await orderOf(house, [{ plu: 'BEER' }], { tableId, waiterId: 'w1' })
    await pay(venue, sold, 600)
    const left = await orderOf(house, [{ plu: 'CAKE' }], { tableId })
    const dayId = await open(house)
    const report = await close(t, house, dayId)
    t.match(report, {
      sales: { orders: 1 },
      areas: [{ name: names.area, orders: 1 }],
      waiters: [{ name: names.waiter, orders: 1 }],
      openOrders: { count: 1, orders: [{ orderId: left }] },
    })
    const readBooking = async (): Promise<object> =>
      (
        await sql<{ booking: object }>('SELECT booking FROM order_bookings WHERE order_id = $1', [
          sold,
        ])
      )[0]!.booking
    const booking = await readBooking()
    t.match(booking, { now: { orders: 1 } })

    await sql('UPDATE business_days SET report = $2 WHERE day_id = $1', [
      dayId,
      asOnceStored(report),
    ])
    await sql('UPDATE order_bookings SET booking = $2 WHERE order_id = $1', [
      sold,
      asOnceStored(booking),
    ])
    t.match(await readBooking(), { now: { tabs: 1 } })
    await sql(
      await readFile('prisma/migrations/20261128180000_reports_say_orders/migration.sql', 'utf8'),
    )
    t.strictSame((await till.call('GET /days/{dayId}', { dayId })).body.report, report)
    t.strictSame(await readBooking(), booking)
  })

  t.test('cash is rounded where the venue says so, and the day shows by how much', async (t) => {
    const house = await newHouse(t, server)
    const { venue, till } = house
    await sql("UPDATE locations SET currency = 'EUR' WHERE location_id = $1", [venue.locationId])
    const owner = await newTill(t, server, { venue, role: 'owner' })
    t.match((await owner.call('PATCH /venue', {}, { cashRoundingMinor: 5 })).body, {
      cashRoundingMinor: 5,
    })
    const dayId = await open(house, { floatMinor: 1000 })
    const paid = async (discount: number, body: object) => {
      const orderId = await orderOf(house, [{ plu: 'BEER' }])
      const path = { orderId }
      const off = { name: 'Off', amountMinor: discount }
      await till.call('POST /orders/{orderId}/discounts', path, off)
      return (await till.call('POST /orders/{orderId}/payments', path, body)).body
    }
    const down = await paid(28, { tender: 'Cash', tenderedMinor: 1000 })
    t.match(down, { status: 'Finalized', paidMinor: 572, balanceMinor: 0 })
    const handedOver = {
      amountMinor: 572,
      tenderedMinor: 1000,
      roundingMinor: -2,
      changeMinor: 430,
    }
    t.match(down.payments, [handedOver])
    t.match((await till.call('GET /payments')).body.rows, [handedOver], 'and in the list')
    const up = await paid(7, { tender: 'Cash' })
    t.match(up.payments, [{ amountMinor: 593, roundingMinor: 2 }])
    await paid(8, { tender: 'Cash' })
    t.notOk('roundingMinor' in (await paid(2, { tender: 'Other' })).payments[0])
    const wrong = await paid(24, { id: 'wrong', tender: 'Cash' })
    t.match(wrong.payments, [{ amountMinor: 576, roundingMinor: -1 }])
    await till.call(
      'POST /orders/{orderId}/payments/{paymentId}/void',
      { orderId: wrong.id, paymentId: 'wrong' },
      { reason: 'wrong table' },
    )
    const report = await close(t, house, dayId)
    t.match(report.tenders[1], { tender: 'Cash', takingsMinor: 1757, roundingMinor: -2 })
    t.match(report.drawers[0], { tender: 'Cash', expectedMinor: 2755 })
    const { text } = await till.call('GET /days/{dayId}?format=csv', { dayId })
    t.match(text, 'tenders,Cash,rounding,,-0.02,0.00')
  })

  t.test('opening', async (t) => {
    const house = await newHouse(t, server)
    const { venue, till } = house
    await sql("UPDATE locations SET time_zone = 'Pacific/Kiritimati' WHERE location_id = $1", [
      venue.locationId,
    ])
    const far = await newTill(t, server, { venue, tillName: 'Far' })
    t.equal((await till.call('GET /days/current')).problem.code, 'not-found')
    const opened = await far.call('POST /days', {}, { id: 'd1', floatMinor: 100 }, { key: 'k' })
    t.match(
      [opened.status, opened.body, opened.headers.etag],
      [
        201,
        {
          id: 'd1',
          floatMinor: 100,
          openedBy: 'Far',
          version: 1,
          day: new Date(Date.now() + 14 * 3_600_000).toISOString().slice(0, 10),
        },
        '"1"',
      ],
      "the day is that of the venue's own calendar",
    )
    t.strictSame(
      (await far.call('POST /days', {}, { id: 'd1', floatMinor: 100 }, { key: 'k' })).body,
      opened.body,
    )
    t.match(
      await till.call('POST /days', {}, { id: 'd1', floatMinor: 100 }),
      { status: 200, body: opened.body },
      'the same again',
    )
    for (const [body, code] of [
      [{ id: 'd1', floatMinor: 101 }, 'content-differs'],
      [{ id: 'd1', floatMinor: 100, day: '2020-01-01' }, 'content-differs'],
      [{ id: 'd2', floatMinor: 100 }, 'day-open'],
      [{ floatMinor: 100 }, 'day-open'],
    ] as const) {
      t.match(await till.call('POST /days', {}, body), { status: 409, problem: { code } }, code)
    }
    t.match((await till.call('POST /days', {}, { floatMinor: 1 })).problem, { dayId: 'd1' })
    for (const body of [
      {},
      { floatMinor: -1 },
      { floatMinor: 1.5 },
      { floatMinor: limits.maxAmountMinor + 1 },
      { floatMinor: '1' },
      { floatMinor: 0, day: 'today' },
      { floatMinor: 0, day: '2026-02-30' },
      { floatMinor: 0, id: 'current' },
      { floatMinor: 0, id: "';--" },
      { floatMinor: 0, more: 1 },
      [],
    ]) {
      t.equal((await till.call('POST /days', {}, body)).status, 400, JSON.stringify(body))
    }
    const all = await Promise.all(
      Array.from(
        { length: 5 },
        async (_, index) =>
          await (
            await newTill(t, server, { venue: (await newHouse(t, server)).venue })
          ).call('POST /days', {}, { id: `d${index}`, floatMinor: 0 }),
      ),
    )
    t.strictSame(
      all.map(({ status }) => status),
      [201, 201, 201, 201, 201],
      'another venue has days of its own',
    )
  })

  t.test('one at a time, however many tills open one', async (t) => {
    const house = await newHouse(t, server)
    const replies = await Promise.all(
      Array.from(
        { length: 8 },
        async (_, index) =>
          await house.till.call('POST /days', {}, { id: `d${index}`, floatMinor: 0 }),
      ),
    )
    t.strictSame(
      replies.map(({ status }) => status).sort(),
      [201, 409, 409, 409, 409, 409, 409, 409],
    )
  })

  t.test('counting and closing', async (t) => {
    const house = await newHouse(t, server)
    const { till } = house
    const dayId = await open(house)
    for (const body of [
      {},
      { cashMinor: -1 },
      { cashMinor: 0.5 },
      { cashMinor: 1, vouchersMinor: -1 },
      { cashMinor: limits.maxAmountMinor + 1 },
      { cashMinor: 1, note: 'x'.repeat(limits.maxNoteCharacters + 1) },
      { cashMinor: 1, cash: 1 },
    ]) {
      t.equal(
        (await till.call('POST /days/{dayId}/count', { dayId }, body)).status,
        400,
        JSON.stringify(body),
      )
    }
    for (const body of [{ carryOpenOrders: 'yes' }, { carry: true }]) {
      t.equal(
        (await till.call('POST /days/{dayId}/close', { dayId }, body)).status,
        400,
        JSON.stringify(body),
      )
    }
    const stale = { ifMatch: 99 }
    t.match(
      [
        await till.call('POST /days/{dayId}/count', { dayId }, { cashMinor: 1 }, stale),
        await till.call('POST /days/{dayId}/close', { dayId }, {}, stale),
      ],
      [{ status: 412, problem: { version: 1 } }, { status: 412 }],
    )
    const counted = await till.call(
      'POST /days/{dayId}/count',
      { dayId },
      { cashMinor: 1 },
      { key: 'count' },
    )
    t.strictSame(
      (await till.call('POST /days/{dayId}/count', { dayId }, { cashMinor: 1 }, { key: 'count' }))
        .body,
      counted.body,
    )
    t.equal(counted.headers.etag, '"2"')
    const closed = await till.call(
      'POST /days/{dayId}/close',
      { dayId },
      {},
      { ifMatch: 2, key: 'close' },
    )
    t.match(closed, { status: 200, body: { version: 3, closedBy: 'Office' } })
    for (const options of [{ key: 'close' }, { ifMatch: 2 }, {}]) {
      t.strictSame(
        (await till.call('POST /days/{dayId}/close', { dayId }, { carryOpenOrders: true }, options))
          .body,
        closed.body,
        'closing again answers the same',
      )
    }
    t.match(await till.call('POST /days/{dayId}/count', { dayId }, { cashMinor: 1 }), {
      status: 409,
      problem: { code: 'day-closed' },
    })
    t.equal((await till.call('GET /days/current')).status, 404)
    t.strictSame((await till.call('GET /days/{dayId}', { dayId })).body, closed.body)
    for (const path of [
      'GET /days/current?format=xml',
      'GET /days/current?x=1',
      'GET /days?limit=0',
      'GET /days?after=x',
    ]) {
      t.equal((await till.call(path)).status, 400, path)
    }
  })

  t.test('which roles may, and in which venue', async (t) => {
    const house = await newHouse(t, server)
    const { venue } = house
    await newWaiter(server, venue, 'w1')
    const dayId = await open(house)
    const calls = async (till: Till): Promise<number[]> => [
      (await till.call('POST /days', {}, { floatMinor: 1 })).status,
      (await till.call('GET /days')).status,
      (await till.call('GET /days/current')).status,
      (await till.call('GET /days/{dayId}', { dayId })).status,
      (await till.call('POST /days/{dayId}/count', { dayId }, { cashMinor: 1 })).status,
      (await till.call('POST /days/{dayId}/close', { dayId }, {})).status,
    ]
    for (const role of ['kitchen', 'waiter'] as const) {
      t.strictSame(
        await calls(
          await newTill(t, server, {
            venue,
            role,
            ...(role === 'waiter' ? { waiterId: 'w1' } : {}),
          }),
        ),
        [403, 403, 403, 403, 403, 403],
        role,
      )
    }
    const stranger = await newTill(t, server, {
      venue: await server.newVenue('Another'),
      role: 'owner',
    })
    t.equal((await stranger.call('POST /days', {}, { floatMinor: 0 })).status, 201)
    t.strictSame(await calls(stranger), [409, 200, 200, 404, 404, 404])
    t.strictSame((await stranger.call('GET /days')).body.rows.length, 1, 'its own')
    const { body } = await house.till.call('GET /days/{dayId}', { dayId })
    t.match(
      [body.version, body.closedAt, body.count],
      [1, undefined, undefined],
      'nothing has changed',
    )
    t.strictSame(
      await calls(await newTill(t, server, { venue, role: 'owner' })),
      [409, 200, 200, 200, 200, 200],
    )
  })

  t.test('two close it at once: one does, and both answer the same', async (t) => {
    const other = await startServer(t, { databaseUrl: server.databaseUrl })
    const house = await newHouse(t, server)
    const { venue, till } = house
    for (let index = 0; index < 20; index++) {
      await pay(venue, await orderOf(house, [{ plu: 'BEER' }]), 600)
    }
    const dayId = await open(house)
    const replies = await Promise.all(
      Array.from(
        { length: 6 },
        async (_, index) =>
          await (index % 2 === 0 ? till : tillAt(t, other, till)).call(
            'POST /days/{dayId}/close',
            { dayId },
            {},
          ),
      ),
    )
    for (const reply of replies) t.strictSame(reply.body, replies[0]!.body)
    t.match(replies[0]!.body.report, {
      takingsMinor: 12_000,
      sales: { totalMinor: 12_000, orders: 20 },
      differenceMinor: 0,
    })
    t.strictSame(
      (
        await sql<{ count: string }>('SELECT count(*) FROM order_bookings WHERE location_id = $1', [
          venue.locationId,
        ])
      )[0]!.count,
      '20',
    )
  })

  t.test(
    'payments go on while days close: each counts in exactly one day, and Dojo is never refused',
    async (t) => {
      const other = await startServer(t, { databaseUrl: server.databaseUrl })
      const house = await newHouse(t, server)
      const { venue, till } = house
      const orders = await Promise.all(
        Array.from({ length: 60 }, async () => await orderOf(house, [{ plu: 'BEER' }])),
      )
      const days: string[] = []
      const underWay = new Set(Array.from({ length: 6 }, (_, part) => part))
      const closing = (async () => {
        while (underWay.size > 0) {
          const dayId = await open(house)
          await close(
            t,
            { ...house, till: days.length % 2 === 0 ? till : tillAt(t, other, till) },
            dayId,
          )
          days.push(dayId)
        }
      })()
      await Promise.all(
        [...underWay].map(async (part) => {
          for (const [index, orderId] of orders.entries()) {
            if (index % 6 !== part) continue
            const [first, second] = [newIntent(), newIntent()]
            const sent: (() => Promise<{ status: number }>)[] = [
              async () =>
                await pay(venue, orderId, 200, { paymentIntentId: first, tipsAmount: gbp(index) }),
              async () => await pay(venue, orderId, 400, { paymentIntentId: second }),
            ]
            if (index % 3 === 0) {
              const reversed = statusUpdated(first, 'Reversed')
              sent.push(async () => await venue.call('HandleEvent', reversed))
            }
            if (index % 6 === 0) {
              const paymentIntentId = newIntent()
              sent.push(async () => await pay(venue, orderId, 200, { paymentIntentId }))
            }
            const statuses = new Set<number>()
            for (const send of sent) statuses.add(await statusAtLast(send))
            t.strictSame([...statuses], [200])
          }
          underWay.delete(part)
        }),
      )
      await closing
      const last = await open(house)
      await close(t, house, last)
      const reports = await Promise.all(
        [...days, last].map(
          async (dayId) => (await till.call('GET /days/{dayId}', { dayId })).body.report,
        ),
      )
      const sum = (of: (report: any) => number): number =>
        reports.reduce((sum, report) => sum + of(report), 0)
      t.ok(days.length > 1, `${days.length} days closed meanwhile`)
      t.strictSame(
        {
          takingsMinor: sum((report) => report.takingsMinor),
          tipsMinor: sum((report) => report.tipsMinor),
        },
        await standing(server, venue),
      )
      const [booked] = await sql<{ total: string }>(
        'SELECT sum(booked_minor) AS total FROM orders WHERE location_id = $1',
        [venue.locationId],
      )
      t.equal(
        sum((report) => report.sales.totalMinor),
        Number(booked!.total),
      )
      t.equal((await movementsOf(server, venue, null)).rows, 0)
      t.strictSame(
        (await brokenRules(sql)).filter((rule) => rule.startsWith('the movements')),
        [],
      )
    },
  )

  t.test('a payment that commits after the close belongs to the next day', async (t) => {
    const house = await newHouse(t, server)
    const { venue } = house
    const [one, late] = [
      await orderOf(house, [{ plu: 'BEER' }]),
      await orderOf(house, [{ plu: 'BEER' }]),
    ]
    await pay(venue, one, 600)
    const first = await open(house)
    const holder = await holdOrderRow(server.databaseUrl, late)
    const paying = pay(venue, late, 600)
    await untilWaiting(server)
    t.match(await close(t, house, first), { takingsMinor: 600, openOrders: { count: 1 } })
    await holder.release()
    t.equal((await paying).status, 200)
    const second = await open(house)
    t.match(await close(t, house, second, false), {
      takingsMinor: 600,
      sales: { totalMinor: 600 },
      openOrders: { count: 0 },
    })
  })

  t.test('an order that changes while it is being counted is left to the next day', async (t) => {
    const house = await newHouse(t, server)
    const { venue } = house
    const [one, changing] = [
      await orderOf(house, [{ plu: 'BEER' }]),
      await orderOf(house, [{ plu: 'BEER' }]),
    ]
    for (const id of [one, changing]) await pay(venue, id, 600)
    const first = await open(house)
    const holder = await holdOrderRow(server.databaseUrl, changing)
    const closing = close(t, house, first)
    await untilWaiting(server)
    await holder.sql(
      "UPDATE orders SET status = 'Ready', status_before_final = NULL, version = version + 1 WHERE order_id = $1",
      [changing],
    )
    await holder.release()
    t.match(await closing, {
      takingsMinor: 1200,
      sales: { totalMinor: 600, orders: 1 },
      unsettledEndMinor: 600,
      openOrders: { count: 1 },
    })
    await finalize(server, venue, changing)
    const second = await open(house)
    t.match(await close(t, house, second, false), {
      takingsMinor: 0,
      sales: { totalMinor: 600, orders: 1 },
      unsettledStartMinor: 600,
      unsettledEndMinor: 0,
    })
  })

  /** Finalized orders of six lines, paid by card with a tip and in cash, or by card alone. */
  async function seed(venue: Venue, orders: number): Promise<void> {
    const run = randomUUID()
    const v = venue.locationId
    await sql(
      `INSERT INTO orders (location_id, order_id, order_type, status, status_before_final, total_minor, paid_minor, tips_minor, waiter_id,
        covers, created_at)
      SELECT $1, $2 || n, 'DineIn', 'Finalized', 'Ready', 6600, 6600, 100, 'w' || n % 12, 2, now() FROM generate_series(1, $3::int) n`,
      [v, run, orders],
    )
    await sql(
      `INSERT INTO order_lines (location_id, order_id, line_id, kind, position, name, plu, quantity, unit_amount_minor, tax_rate_hundredths)
      SELECT $1, $2 || n, $2 || n || '-' || l, 'Item', l, 'Dish ' || (n + l) % 60, 'P' || (n + l) % 60, 1, 1100, 2000
        FROM generate_series(1, $3::int) n, generate_series(1, 6) l`,
      [v, run, orders],
    )
    await sql(
      `INSERT INTO payments (location_id, payment_id, order_id, tender, payment_intent_id, amount_minor, tips_minor)
      SELECT $1, $2 || n || '-' || p, $2 || n, CASE p WHEN 1 THEN 'Dojo' ELSE 'Cash' END::tender, CASE p WHEN 1 THEN $2 || n END,
        CASE WHEN n % 2 = 0 THEN 6600 ELSE 3300 END, CASE p WHEN 1 THEN 100 ELSE 0 END
      FROM generate_series(1, $3::int) n, generate_series(1, 2) p WHERE p = 1 OR n % 2 = 1`,
      [v, run, orders],
    )
    await sql(
      `INSERT INTO payment_movements (location_id, payment_id, sequence, at, kind, amount_minor, tips_minor)
      SELECT location_id, payment_id, 1, now(), 'Recorded', amount_minor, tips_minor FROM payments WHERE location_id = $1
        AND payment_id LIKE $2 || '%'`,
      [v, run],
    )
  }

  const timed = async <T>(work: () => Promise<T>): Promise<[T, number]> => {
    const startedMs = performance.now()
    return [await work(), performance.now() - startedMs]
  }

  t.test('400 orders with 600 payments are closed in one go', async (t) => {
    const house = await newHouse(t, server)
    await seed(house.venue, 400)
    const dayId = await open(house)
    const [now, lookedMs] = await timed(async () => await house.till.call('GET /days/current'))
    const [closed, tookMs] = await timed(
      async () => await house.till.call('POST /days/{dayId}/close', { dayId }, {}),
    )
    t.comment(`looked at in ${Math.round(lookedMs)} ms, closed in ${Math.round(tookMs)} ms`)
    t.match(closed.body.report, {
      takingsMinor: 400 * 6600,
      tipsMinor: 40_000,
      sales: { orders: 400, totalMinor: 400 * 6600 },
      differenceMinor: 0,
      tenders: [{ payments: 400 }, { payments: 200 }],
    })
    t.strictSame(now.body.report, closed.body.report)
    // A report that reads order by order would take minutes of a busy machine.
    t.ok(tookMs < 10_000)
  })

  t.test('however much there is, it is counted in batches', async (t) => {
    const house = await newHouse(t, server)
    // With a second payment on every other order, so more than a batch of both.
    const orders = limits.dayBatchMovements - 500
    await seed(house.venue, orders)
    const dayId = await open(house)
    const [now, lookedMs] = await timed(async () => await house.till.call('GET /days/current'))
    const [closed, tookMs] = await timed(
      async () => await house.till.call('POST /days/{dayId}/close', { dayId }, {}),
    )
    t.comment(
      `${orders} orders looked at in ${Math.round(lookedMs)} ms, closed in ${Math.round(tookMs)} ms`,
    )
    t.match(closed.body.report, {
      takingsMinor: orders * 6600,
      sales: { orders, totalMinor: orders * 6600 },
      differenceMinor: 0,
    })
    t.strictSame(now.body.report, closed.body.report)
    t.strictSame((await movementsOf(server, house.venue, dayId)).rows, orders * 1.5)
  })
})

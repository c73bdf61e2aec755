// What the kitchen has to do, and what it says is done: also while somebody pays, and of orders
// that are paid.
import t, { type Test } from 'tap'
import { limits } from '../../../src/limits.ts'
import {
  bar,
  gbp,
  lock,
  newOrder,
  newTables,
  orderRequest,
  pay,
  statusUpdated,
} from '../../support/orders.ts'
import { startServer, type TestServer } from '../../support/server.ts'
import { newMenu, newTill, type Till } from '../../support/till.ts'

const MENU = [
  { plu: 'RARE', kind: 'Modifier' as const, priceMinor: 0 },
  { plu: 'FRIES', kind: 'SubItem' as const, priceMinor: 300, parts: ['RARE'] },
  { plu: 'SOUP', priceMinor: 600, course: 'Starters' },
  { plu: 'STEAK', priceMinor: 2000, course: 'Mains', parts: ['RARE', 'FRIES'] },
  { plu: 'TEA', priceMinor: 200 },
]

async function stand(t: Test) {
  const server = await startServer(t)
  await newMenu(server, server.venue, MENU)
  const [till, kitchen] = [
    await newTill(t, server, { tillName: 'Bar' }),
    await newTill(t, server, { role: 'kitchen', tillName: 'Pass' }),
  ]
  return { server, till, kitchen }
}

let counter = 0
async function newOrderOf(
  till: Till,
  plus: string[],
  more: object = {},
): Promise<{ orderId: string; lineIds: string[] }> {
  const {
    body: { id: orderId },
  } = await till.call('POST /orders', {}, { orderType: 'DineIn', ...more })
  const lineIds = plus.map((plu) => `${plu}-${++counter}`)
  if (plus.length > 0) {
    await till.call(
      'POST /orders/{orderId}/lines',
      { orderId },
      { lines: plus.map((plu, index) => ({ id: lineIds[index], plu })) },
    )
  }
  return { orderId, lineIds }
}

const ticketsOf = async (till: Till, query = ''): Promise<any[]> =>
  (await till.call(`GET /kitchen/lines${query}`)).body.tickets as any[]
const open = async (till: Till, query = ''): Promise<string[]> =>
  (await ticketsOf(till, query)).flatMap((ticket) =>
    ticket.items.map(({ id }: { id: string }) => id),
  )
const bump = async (
  till: Till,
  orderId: string,
  lineId: string,
  what: 'bump' | 'recall' = 'bump',
) => await till.call(`POST /orders/{orderId}/lines/{lineId}/${what}`, { orderId, lineId })
/** As if it had been ordered so long ago. */
const age = async ({ sql }: TestServer, orderId: string, seconds: number) =>
  await sql(
    'UPDATE order_lines SET created_at = created_at - make_interval(secs => $2) WHERE ' +
      'order_id = $1',
    [orderId, seconds],
  )

t.test('what is to be done', async (t) => {
  const { server, till, kitchen } = await stand(t)
  const [table] = (await newTables(server, server.venue, ['Table 1'])) as [string]
  await server.sql("INSERT INTO waiters (location_id, waiter_id, name) VALUES ($1, '7', 'Becky')", [
    server.venue.locationId,
  ])
  t.strictSame((await kitchen.call('GET /kitchen/lines')).body, { tickets: [], more: false })

  const { orderId } = await newOrderOf(till, [], {
    tableId: table,
    waiterId: '7',
    note: 'in a hurry',
  })
  await till.call(
    'POST /orders/{orderId}/lines',
    { orderId },
    {
      lines: [
        { id: 'soup', plu: 'SOUP', quantity: 2 },
        {
          id: 'steak',
          plu: 'STEAK',
          quantity: 3,
          note: 'no salt',
          modifiers: [{ id: 'rare', plu: 'RARE' }],
          subItems: [
            { id: 'fries', plu: 'FRIES', quantity: 2, modifiers: [{ id: 'soft', plu: 'RARE' }] },
          ],
        },
        { id: 'tea', plu: 'TEA' },
      ],
    },
    { waiterId: '7' },
  )
  await age(server, orderId, 90)
  const tickets = await ticketsOf(kitchen)
  t.strictSame(
    tickets.map(({ course, items }) => [course, items.map(({ id }: { id: string }) => id)]),
    [
      ['Starters', ['soup']],
      ['Mains', ['steak']],
      [undefined, ['tea']],
    ],
  )
  t.match(tickets[1], {
    orderId,
    orderType: 'DineIn',
    status: 'Accepted',
    tableId: table,
    tableName: 'Table 1',
    displayName: 'Table 1',
    waiterId: '7',
    note: 'in a hurry',
  })
  t.ok(tickets[1].ageSeconds >= 90 && tickets[1].ageSeconds < 150)
  t.equal(tickets[1].ageSeconds, tickets[1].items[0].ageSeconds)
  const [{ ageSeconds: _, orderedAt: __, ...steak }] = tickets[1].items
  t.strictSame(steak, {
    id: 'steak',
    plu: 'STEAK',
    name: 'Item STEAK',
    quantity: 3,
    note: 'no salt',
    waiterId: '7',
    parts: [
      { id: 'rare', kind: 'Modifier', name: 'Item RARE', plu: 'RARE', quantity: 1, parts: [] },
      {
        id: 'fries',
        kind: 'SubItem',
        name: 'Item FRIES',
        plu: 'FRIES',
        quantity: 2,
        parts: [{ id: 'soft', kind: 'Modifier', name: 'Item RARE', plu: 'RARE', quantity: 1 }],
      },
    ],
  })

  t.test('oldest first, by order and course', async (t) => {
    const {
      orderId: later,
      lineIds: [tea],
    } = await newOrderOf(till, ['TEA'])
    const {
      orderId: earlier,
      lineIds: [soup, steak],
    } = await newOrderOf(till, ['SOUP', 'STEAK'])
    await age(server, earlier, 300)
    t.strictSame(
      (await ticketsOf(kitchen)).map(({ orderId, course }) => [orderId, course]),
      [
        [earlier, 'Starters'],
        [earlier, 'Mains'],
        [orderId, 'Starters'],
        [orderId, 'Mains'],
        [orderId, undefined],
        [later, undefined],
      ],
    )
    await till.call(
      'POST /orders/{orderId}/lines',
      { orderId: earlier },
      { lines: [{ id: 'more-soup', plu: 'SOUP' }] },
    )
    t.strictSame(
      await open(kitchen),
      [soup, 'more-soup', steak, 'soup', 'steak', 'tea', tea],
      'what is ordered after stands with its course',
    )
    t.strictSame(await open(kitchen, '?course=Starters'), [soup, 'more-soup', 'soup'])
    t.strictSame(await open(kitchen, '?course=Nothing'), [])
    const few = await kitchen.call('GET /kitchen/lines?limit=2')
    t.strictSame(
      [few.body.more, few.body.tickets.flatMap(({ items }: any) => items.map(({ id }: any) => id))],
      [true, [soup, steak]],
    )
    for (const query of [
      'limit=0',
      `limit=${limits.kitchenItems + 1}`,
      'course=',
      'table=1',
      `course=${'x'.repeat(201)}`,
    ]) {
      t.equal((await kitchen.call(`GET /kitchen/lines?${query}`)).status, 400, query)
    }
    for (const each of [later, earlier]) {
      await till.call('POST /orders/{orderId}/cancel', { orderId: each }, { reason: 'x' })
    }
    t.strictSame(
      await open(kitchen),
      ['soup', 'steak', 'tea'],
      'what is canceled is not to be done',
    )
  })

  t.test('neither what is void nor what is done', async (t) => {
    await till.call(
      'POST /orders/{orderId}/lines/{lineId}/void',
      { orderId, lineId: 'fries' },
      { reason: 'out' },
    )
    t.strictSame(
      (await ticketsOf(kitchen))[1].items[0].parts.map(({ id }: any) => id),
      ['rare'],
    )
    await till.call(
      'POST /orders/{orderId}/lines/{lineId}/void',
      { orderId, lineId: 'soup' },
      { reason: 'out' },
    )
    t.strictSame(await open(kitchen), ['steak', 'tea'])
    await bump(kitchen, orderId, 'tea')
    t.strictSame(await open(kitchen), ['steak'])
  })

  t.test('an order of Dojo is there too, and another venue is not', async (t) => {
    const other = await server.newVenue('The White Hart')
    await newOrder(other, 100)
    const order = (
      await server.venue.call(
        'CreateOrder',
        orderRequest(300, {
          details: { orderType: 'Collection', collection: { asap: true } },
          items: [
            {
              name: 'Pie',
              plu: 'P',
              quantity: 1,
              amountPerItem: gbp(200),
              subItems: [{ name: 'Mash', plu: 'M', quantity: 1, amountPerItem: gbp(100) }],
            },
          ],
          payments: [{ paymentIntentId: 'pi_kitchen', paidAmount: gbp(300) }],
        }),
      )
    ).body
    const ticket = (await ticketsOf(kitchen)).find((each) => each.orderId === order.id)
    t.match(ticket, {
      orderType: 'Collection',
      collectAsap: true,
      status: 'Confirmed',
      items: [{ name: 'Pie', parts: [{ name: 'Mash', kind: 'SubItem' }] }],
    })
    t.notOk('waiterId' in ticket)
    t.strictSame(
      (await ticketsOf(await newTill(t, server, { role: 'kitchen', venue: other }))).length,
      1,
    )
    t.equal((await bump(kitchen, order.id, ticket.items[0].id)).body.status, 'Ready')
  })

  t.test('what was forgotten leaves the screen', async (t) => {
    const { orderId, lineIds } = await newOrderOf(till, ['TEA'])
    await age(server, orderId, limits.kitchenDays * 86_400 - 60)
    t.ok((await open(kitchen)).includes(lineIds[0]!))
    await age(server, orderId, 120)
    t.notOk((await open(kitchen)).includes(lineIds[0]!))
  })
})

t.test('bump and recall', async (t) => {
  const { server, till, kitchen } = await stand(t)

  t.test('the order follows', async (t) => {
    const {
      orderId,
      lineIds: [soup, steak],
    } = (await newOrderOf(till, ['SOUP', 'STEAK'])) as {
      orderId: string
      lineIds: [string, string]
    }
    const dojo = async (): Promise<unknown> =>
      (await server.venue.call('GetOrderById', { orderId })).body.status
    t.equal((await bump(kitchen, orderId, soup)).body.status, 'Preparing')
    t.equal(await dojo(), 'Preparing')
    const ready = await bump(kitchen, orderId, steak)
    t.equal(ready.body.status, 'Ready')
    t.ok(ready.body.lines.every(({ readyAt }: any) => readyAt !== undefined))
    t.equal(await dojo(), 'Ready')
    t.strictSame((await bump(kitchen, orderId, steak)).body, ready.body, 'done already')
    t.equal((await bump(kitchen, orderId, steak, 'recall')).body.status, 'Preparing')
    t.strictSame(await open(kitchen), [steak])
    const recalled = await bump(kitchen, orderId, soup, 'recall')
    t.strictSame(
      [recalled.body.status, recalled.body.lines.some(({ readyAt }: any) => readyAt !== undefined)],
      ['Preparing', false],
    )
    t.equal((await bump(kitchen, orderId, soup, 'recall')).body.version, recalled.body.version)
    await till.call('POST /orders/{orderId}/bump', { orderId }, {})
    t.equal(
      (await till.call('POST /orders/{orderId}/lines', { orderId }, { lines: [{ plu: 'TEA' }] }))
        .body.status,
      'Preparing',
      'what is ordered after is still to be done',
    )
    const entries = (await till.call('GET /orders/{orderId}/history', { orderId })).body.rows
    t.strictSame(entries.map(({ action, deviceId }: any) => [action, deviceId]).slice(2), [
      ['Bumped', 'Pass'],
      ['Bumped', 'Pass'],
      ['Recalled', 'Pass'],
      ['Recalled', 'Pass'],
      ['Bumped', 'Bar'],
      ['LinesAdded', 'Bar'],
    ])
    t.match(entries[2].detail, { lines: [{ lineId: soup, name: 'Item SOUP', quantity: 1 }] })
    await till.call('POST /orders/{orderId}/cancel', { orderId }, { reason: 'x' })
  })

  t.test('of a whole order, or of a course', async (t) => {
    const {
      orderId,
      lineIds: [soup, steak, tea],
    } = await newOrderOf(till, ['SOUP', 'STEAK', 'TEA'])
    t.strictSame(
      (
        await kitchen.call('POST /orders/{orderId}/bump', { orderId }, { course: 'Starters' })
      ).body.lines.map(({ id, readyAt }: any) => [id, readyAt !== undefined]),
      [
        [soup, true],
        [steak, false],
        [tea, false],
      ],
    )
    const same = await kitchen.call(
      'POST /orders/{orderId}/bump',
      { orderId },
      { course: 'Starters' },
    )
    t.strictSame([same.status, same.body.version], [200, 3], 'nothing is left of it')
    t.equal(
      (await kitchen.call('POST /orders/{orderId}/bump', { orderId }, {})).body.status,
      'Ready',
    )
    t.strictSame(await open(kitchen), [])
  })

  t.test('while somebody pays, and while the lock is another', async (t) => {
    const {
      orderId,
      lineIds: [soup],
    } = await newOrderOf(till, ['SOUP', 'STEAK'])
    await lock(server.venue, orderId, 'lock-1', 60, bar)
    t.equal((await bump(kitchen, orderId, soup!)).status, 200)
    t.equal((await bump(kitchen, orderId, soup!, 'recall')).status, 200)
    const paid = await pay(
      server.venue,
      orderId,
      2600,
      { lockId: 'lock-1', paymentIntentId: 'pi_locked' },
      bar,
    )
    t.equal(paid.status, 200, 'and the payment is none the worse for it')
  })

  t.test('of an order that is paid, which stays paid', async (t) => {
    const {
      orderId,
      lineIds: [soup, steak],
    } = (await newOrderOf(till, ['SOUP', 'STEAK'])) as {
      orderId: string
      lineIds: [string, string]
    }
    await pay(server.venue, orderId, 2600, { paymentIntentId: 'pi_paid' })
    t.strictSame(
      await open(kitchen, '?course=Mains').then((ids) => ids.includes(steak)),
      true,
      'its food is still to come',
    )
    const bumped = await bump(kitchen, orderId, soup)
    t.match(bumped.body, { status: 'Finalized', totalMinor: 2600, paidMinor: 2600 })
    t.equal(
      (await kitchen.call('POST /orders/{orderId}/bump', { orderId }, {})).body.status,
      'Finalized',
    )
    t.equal((await bump(kitchen, orderId, steak, 'recall')).body.status, 'Finalized')
    t.equal((await bump(kitchen, orderId, steak)).body.status, 'Finalized')
    t.equal(
      (
        await till.call(
          'POST /orders/{orderId}/lines/{lineId}/void',
          { orderId, lineId: soup },
          { reason: 'x' },
        )
      ).problem.code,
      'final',
      'all else of it is closed',
    )
    await server.venue.call('HandleEvent', statusUpdated('pi_paid', 'Reversed'))
    t.match(
      (await till.call('GET /orders/{orderId}', { orderId })).body,
      { status: 'Ready', paidMinor: 0 },
      'once the money falls away it is as the kitchen left it',
    )
  })

  t.test('what a paid order never said leaves the screen earlier', async (t) => {
    const {
      orderId,
      lineIds: [soup],
    } = await newOrderOf(till, ['SOUP'])
    await pay(server.venue, orderId, 600, { paymentIntentId: 'pi_forgotten' })
    await age(server, orderId, limits.kitchenAfterPaidSeconds - 60)
    t.ok((await open(kitchen)).includes(soup!))
    await age(server, orderId, 120)
    t.notOk((await open(kitchen)).includes(soup!))
  })

  t.test('what cannot be', async (t) => {
    const {
      orderId,
      lineIds: [soup, tea],
    } = (await newOrderOf(till, ['SOUP', 'TEA'])) as { orderId: string; lineIds: [string, string] }
    const before = (await till.call('GET /orders/{orderId}', { orderId })).body
    const other = await newTill(t, server, {
      role: 'kitchen',
      venue: await server.newVenue('The White Hart'),
    })
    for (const [till, order, line, status] of [
      [kitchen, 'nothing', soup, 404],
      [kitchen, orderId, 'nothing', 404],
      [other, orderId, soup, 404],
    ] as const) {
      for (const what of ['bump', 'recall'] as const) {
        t.equal((await bump(till, order, line, what)).status, status)
      }
    }
    t.equal((await other.call('POST /orders/{orderId}/bump', { orderId }, {})).status, 404)
    for (const body of [{ course: 1 }, { course: '' }, { lines: [] }, []]) {
      t.equal((await kitchen.call('POST /orders/{orderId}/bump', { orderId }, body)).status, 400)
    }
    t.equal(
      (
        await kitchen.call(
          'POST /orders/{orderId}/lines/{lineId}/bump',
          { orderId, lineId: soup },
          undefined,
          { ifMatch: before.version - 1 },
        )
      ).problem.code,
      'stale',
    )
    t.strictSame(
      (await till.call('GET /orders/{orderId}', { orderId })).body,
      before,
      'nothing has changed',
    )

    const first = await kitchen.call(
      'POST /orders/{orderId}/lines/{lineId}/bump',
      { orderId, lineId: soup },
      undefined,
      { key: 'bump-1', ifMatch: before.version },
    )
    const again = await kitchen.call(
      'POST /orders/{orderId}/lines/{lineId}/bump',
      { orderId, lineId: soup },
      undefined,
      { key: 'bump-1', ifMatch: before.version },
    )
    t.strictSame(
      [again.status, again.body, again.headers['idempotent-replay']],
      [200, first.body, 'true'],
    )
    await till.call(
      'POST /orders/{orderId}/lines/{lineId}/void',
      { orderId, lineId: tea },
      { reason: 'x' },
    )
    t.equal((await bump(kitchen, orderId, tea)).problem.code, 'void')
    await till.call('POST /orders/{orderId}/cancel', { orderId }, { reason: 'x' })
    t.equal((await bump(kitchen, orderId, soup)).problem.code, 'final')
    t.equal(
      (await kitchen.call('POST /orders/{orderId}/bump', { orderId }, {})).problem.code,
      'final',
    )
  })
})

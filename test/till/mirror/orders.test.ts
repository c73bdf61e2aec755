// Orders of a till that keeps its own: sent whole, never priced here, and Dojo works on them.
import t from 'tap'
import {
  bar,
  gbp,
  lock,
  newIntent,
  newTables,
  pay,
  read,
  statusUpdated,
} from '../../support/orders.ts'
import { startServer } from '../../support/server.ts'
import { isProblem, newTill, openOrder } from '../../support/till.ts'
import { newMirror, orderAtTill, putOrder } from '../../support/till-mirror.ts'
import { MirroredOrderShape } from '../../../src/till/mirror/shapes.ts'

t.test('mirrored orders', async (t) => {
  const server = await startServer(t)
  const { venue } = server
  const [tableId = ''] = await newTables(server, venue, ['Table 5'])
  const till = await newMirror(t, server)

  t.test('the example of the documents adds up', async (t) => {
    const { examples } = MirroredOrderShape as { examples?: { totalMinor: number }[] }
    const example = { ...examples![0]!, tableId }
    const put = await putOrder(till, 'example', example)
    t.equal(put.status, 201, put.text)
    t.match(put.body, { itemsMinor: example.totalMinor, totalMinor: example.totalMinor })
    t.notOk(put.body.adjustmentMinor, 'nothing is left over')
  })

  t.test('what the till has is what Dojo shows, and the till counts', async (t) => {
    const put = await putOrder(till, 'order-1', {
      version: 7,
      tableId,
      waiterId: '42',
      reference: '1047',
      covers: 2,
      lines: [
        {
          id: '1',
          name: 'Burger',
          plu: 'B',
          quantity: 2,
          amountMinor: 2_000,
          note: 'rare',
          modifiers: [{ name: 'Cheese', amountMinor: 150 }],
        },
        { id: '2', name: 'Gouda', quantity: 0.35, amountMinor: 841 },
        { id: '3', name: 'Shots', quantity: 3, amountMinor: 1_000 },
      ],
      discounts: [{ name: 'Regulars', amountMinor: 91 }],
      taxes: [{ name: 'VAT 20%', amountMinor: 650, percentageHundredths: 2_000 }],
      serviceChargeMinor: 400,
      totalMinor: 4_299,
    })
    t.equal(put.status, 201)
    t.match(put.body, {
      id: 'order-1',
      mirrorId: 'order-1',
      mirrorVersion: 7,
      status: 'Accepted',
      tableName: 'Table 5',
      itemsMinor: 3_991,
      discountsMinor: 91,
      adjustmentMinor: -1,
      totalMinor: 4_299,
      balanceMinor: 4_299,
    })
    const { body } = await venue.call('SearchOrders', { dineIn: { tableId }, payableOnly: true })
    t.match(body.data, [
      {
        id: 'order-1',
        displayName: 'Table 5',
        reference: '1047',
        payable: true,
        totalAmount: gbp(4_299),
        serviceChargeAmount: gbp(400),
        discounts: [{ name: 'Regulars', amountTotal: gbp(91) }],
        taxLines: [{ name: 'VAT 20%', amountTotal: gbp(650), amountPercentage: 2_000 }],
        items: [
          {
            name: 'Burger',
            plu: 'B',
            quantity: 2,
            amountPerItem: gbp(1_000),
            note: 'rare',
            modifiers: [{ name: 'Cheese', quantity: 1, amountPerModifier: gbp(75) }],
          },
          { name: '0.35 × Gouda', plu: 'Gouda', quantity: 1, amountPerItem: gbp(841) },
          { name: '3 × Shots', plu: 'Shots', quantity: 1, amountPerItem: gbp(1_000) },
        ],
      },
    ])
    t.equal((await venue.call('GetOrderBillById', { orderId: 'order-1' })).status, 200)
    const bill = await till.call('GET /orders/{orderId}/bill?format=text', { orderId: 'order-1' })
    t.match(bill.text, '0.35 × Gouda')
    t.match(bill.text, '42.99')
  })

  t.test('a modifier may take something off its line, and no more than that', async (t) => {
    const withoutCheese = (amountMinor: number) => ({
      version: 1,
      lines: [
        { name: 'Burger', amountMinor: 1_000, modifiers: [{ name: 'No cheese', amountMinor }] },
      ],
      totalMinor: 900,
    })
    const put = await putOrder(till, 'no-cheese', withoutCheese(-100))
    t.match(put, { status: 201, body: { itemsMinor: 900, totalMinor: 900 } })
    t.notOk(put.body.adjustmentMinor, 'the parts add up to the total')
    const tooMuch = await putOrder(till, 'no-burger', withoutCheese(-1_001))
    isProblem(t, tooMuch, 400, 'invalid', /No cheese .* takes off more/)
  })

  t.test('each version once, and none undone by an older one', async (t) => {
    const id = 'order-2'
    await putOrder(till, id, orderAtTill(1_000, { version: 4 }))
    const again = await putOrder(till, id, orderAtTill(1_000, { version: 4 }))
    t.match(again, { status: 200, body: { version: 1 } }, 'the same again changes nothing')
    isProblem(t, await putOrder(till, id, orderAtTill(900, { version: 4 })), 409, 'content-differs')
    const older = await putOrder(till, id, orderAtTill(900, { version: 3 }))
    isProblem(t, older, 412, 'stale', /at version 4 already; version 3 is older/)
    t.equal(older.problem['version'], 4)
    const newer = await putOrder(till, id, orderAtTill(900, { version: 9 }))
    t.match(newer, { status: 200, body: { totalMinor: 900, mirrorVersion: 9, version: 2 } })
    t.equal((await read(venue, id)).totalAmount?.value, 900)
  })

  t.test("under Dojo's lock what is owed stays as it is", async (t) => {
    const id = 'order-3'
    await putOrder(till, id, orderAtTill(2_000))
    await lock(venue, id, 'lock-3', 60, bar)
    const more = orderAtTill(2_500, { version: 2 })
    const refused = await putOrder(till, id, more)
    isProblem(t, refused, 423, 'locked', /locked by waiter 42 on terminal tm_bar until/)
    t.match(refused.problem['lock'], { waiterId: '42', secondsLeft: /^(5\d|60)$/ })
    const cash = { payments: [{ id: 'c1', tender: 'Cash', amountMinor: 500 }] }
    isProblem(
      t,
      await putOrder(till, id, orderAtTill(2_000, { version: 2, ...cash })),
      423,
      'locked',
    )
    isProblem(
      t,
      await putOrder(till, id, orderAtTill(2_000, { version: 2, status: 'Canceled' })),
      423,
      'locked',
    )
    const noted = await putOrder(till, id, orderAtTill(2_000, { version: 2, note: 'birthday' }))
    t.match(noted, { status: 200, body: { note: 'birthday' } }, 'the rest may change')
    await venue.call('DeleteOrderLock', { orderId: id, lockId: 'lock-3' })
    t.match(await putOrder(till, id, { ...more, version: 3 }), {
      status: 200,
      body: { totalMinor: 2_500 },
    })
  })

  t.test('Dojo pays a part, the till takes the rest, and no penny more', async (t) => {
    const id = 'order-4'
    await putOrder(till, id, orderAtTill(5_000))
    const paymentIntentId = newIntent()
    t.equal((await pay(venue, id, 3_000, { paymentIntentId })).status, 200)
    const below = await putOrder(till, id, orderAtTill(2_400, { version: 2 }))
    isProblem(t, below, 409, 'below-paid', /give 6\.00 GBP back first/)
    t.equal(below.problem['giveBackMinor'], 600)
    isProblem(
      t,
      await putOrder(till, id, orderAtTill(5_000, { version: 2, status: 'Finalized' })),
      409,
      'unpaid',
    )
    isProblem(
      t,
      await putOrder(till, id, orderAtTill(5_000, { version: 2, status: 'Canceled' })),
      409,
      'paid',
    )
    const cash = (amountMinor: number) => ({
      payments: [{ id: 'c1', tender: 'Cash', amountMinor }],
    })
    isProblem(
      t,
      await putOrder(till, id, orderAtTill(5_000, { version: 2, ...cash(2_001) })),
      409,
      'overpaid',
    )
    const paid = await putOrder(
      till,
      id,
      orderAtTill(5_000, { version: 2, status: 'Finalized', ...cash(2_000) }),
    )
    t.match(paid, { status: 200, body: { status: 'Finalized', balanceMinor: 0 } })
    t.match(await read(venue, id), { payable: false, paidAmount: gbp(5_000) })
    isProblem(
      t,
      await putOrder(
        till,
        id,
        orderAtTill(5_000, {
          version: 3,
          payments: [...cash(2_000).payments, { id: 'c2', tender: 'Cash', amountMinor: 1 }],
        }),
      ),
      409,
      'overpaid',
      /paid already/,
    )
    await venue.call('HandleEvent', statusUpdated(paymentIntentId, 'Reversed'))
    t.match(await read(venue, id), { status: 'Accepted', payable: true, paidAmount: gbp(2_000) })
    const without = await putOrder(till, id, orderAtTill(5_000, { version: 4, payments: [] }))
    t.match(without.body, { balanceMinor: 5_000, payments: [{ voided: true }, { voided: true }] })
    const back = await putOrder(till, id, orderAtTill(5_000, { version: 5, ...cash(2_000) }))
    t.match(back.body, { balanceMinor: 3_000, paidMinor: 2_000 }, 'the same payment counts again')
  })

  t.test('what is ordered after the payment opens the order again', async (t) => {
    const id = 'order-5'
    await putOrder(till, id, orderAtTill(1_000))
    await pay(venue, id, 1_000)
    t.equal((await read(venue, id)).status, 'Finalized')
    const still = await putOrder(till, id, orderAtTill(1_000, { version: 2, note: 'bye' }))
    t.equal(still.body.status, 'Finalized', 'the till may still show it')
    const more = await putOrder(till, id, orderAtTill(1_400, { version: 3 }))
    t.match(more.body, { status: 'Accepted', balanceMinor: 400, payable: true })
    const canceled = await putOrder(till, 'order-6', orderAtTill(100, { status: 'Canceled' }))
    t.match(canceled, { status: 201, body: { status: 'Canceled' } })
    isProblem(
      t,
      await putOrder(till, 'order-6', orderAtTill(100, { version: 2 })),
      409,
      'final',
      /send it with the status Accepted/,
    )
    const open = await putOrder(
      till,
      'order-6',
      orderAtTill(100, { version: 2, status: 'Accepted' }),
    )
    t.equal(open.body.status, 'Accepted')
  })

  t.test('what does not apply says so', async (t) => {
    const native = await server.newVenue('The Plough')
    const owner = await newTill(t, server, { venue: native, role: 'owner' })
    const refused = await putOrder(owner, 'x', orderAtTill(1))
    isProblem(t, refused, 409, 'venue-kind', /native.*PATCH \/venue/)
    const { id: orderId } = await openOrder(owner)
    isProblem(t, await owner.call('PATCH /venue', {}, { kind: 'mirrored' }), 409, 'open-orders')
    await owner.call('POST /orders/{orderId}/cancel', { orderId }, { reason: 'moving' })
    const changed = await owner.call('PATCH /venue', {}, { kind: 'mirrored' })
    t.match(changed, { status: 200, body: { kind: 'mirrored' } })
    isProblem(
      t,
      await owner.call('POST /orders', {}, { orderType: 'DineIn' }),
      409,
      'venue-kind',
      /mirrored.*PUT \/mirror\/orders/,
    )
    t.equal((await putOrder(owner, 'x', orderAtTill(1))).status, 201)
  })
})

import { randomUUID } from 'node:crypto'
import t from 'tap'
import {
  actionsOf,
  gbp,
  newIntent,
  newOrder,
  newTables,
  orderRequest,
  pay,
  read,
} from '../support/orders.ts'
import {
  atOnce,
  chance,
  deadlocks,
  startPair,
  tally,
  testWithRules,
  turns,
} from '../support/load.ts'
import type { Reply, Venue } from '../support/server.ts'
import {
  ELEVEN,
  newParty,
  newReservation,
  NINE,
  partyRequest,
  reservationRequest,
  setRules,
} from '../support/visits.ts'

t.test('orders, parties and reservations at once, on two instances', async (t) => {
  const pair = await startPair(t)
  const { server, venue, both } = pair
  const { sql } = server
  const test = testWithRules(t, server)
  const [tableId] = await newTables(server, venue, ['1'])
  const forParty = (partyId: string) =>
    orderRequest(1_000, { details: { orderType: 'DineIn', dineIn: { partyId } } })

  test('the same order 50 times is one order and 50 times the same answer', async (t) => {
    const paymentIntentId = newIntent()
    const request = orderRequest(1_500, {
      items: [
        {
          name: 'Burger',
          plu: '1',
          quantity: 1,
          amountPerItem: gbp(1_000),
          modifiers: [{ name: 'Cheese', plu: '2', quantity: 1, amountPerModifier: gbp(500) }],
        },
      ],
      payments: [
        { paymentIntentId, paidAmount: gbp(700) },
        { paymentIntentId: newIntent(), paidAmount: gbp(800), tipsAmount: gbp(50) },
      ],
    })
    const replies = await atOnce(
      pair,
      50,
      async (venue) => await venue.call('CreateOrder', request),
    )
    t.strictSame(tally(replies), { 200: 50 })
    t.equal(new Set(replies.map(({ body }) => JSON.stringify(body))).size, 1)
    const { body: order } = replies[0]!
    t.match(order, {
      status: 'Confirmed',
      payable: false,
      paidAmount: gbp(1_500),
      tipsAmount: gbp(50),
    })
    t.equal(
      (await sql('SELECT 1 FROM orders WHERE dojo_order_id = $1', [request.dojoOrderId])).length,
      1,
    )
    t.equal((await sql('SELECT 1 FROM order_lines WHERE order_id = $1', [order.id])).length, 2)
    t.strictSame(await actionsOf(server, order.id), [
      'Created',
      'PaymentRecorded',
      'PaymentRecorded',
    ])
  })

  test('one dojoOrderId with two contents is one of the two', async (t) => {
    const dojoOrderId = randomUUID()
    const replies = await atOnce(
      pair,
      40,
      async (venue, index) =>
        await venue.call(
          'CreateOrder',
          orderRequest(index % 4 < 2 ? 1_000 : 2_000, { dojoOrderId }),
        ),
    )
    t.strictSame(tally(replies), { 200: 20, 409: 20 })
    t.equal(
      new Set(
        replies.filter(({ status }) => status === 200).map(({ body }) => body.totalAmount!.value),
      ).size,
      1,
    )
  })

  test('orders that bring the same two payments in opposite order: one gets them', async (t) => {
    for (let round = 0; round < 4; round++) {
      const payments = Array.from({ length: 2 }, () => ({
        paymentIntentId: newIntent(),
        paidAmount: gbp(500),
      }))
      const replies = await atOnce(
        pair,
        4,
        async (venue, index) =>
          await venue.call(
            'CreateOrder',
            orderRequest(1_000, { payments: index % 2 === 0 ? payments : payments.toReversed() }),
          ),
      )
      t.strictSame(tally(replies), { 200: 1, 409: 3 })
    }
  })

  test('a party that is deleted while orders name it leaves no link to it', async (t) => {
    const { whole } = chance(t)
    const seen: Record<string, number> = {}
    for (let batch = 0; batch < 5; batch++) {
      await Promise.all(
        Array.from({ length: 5 }, async () => {
          const { id: partyId } = await newParty(venue, [tableId!])
          const before = await newOrder(venue, 1_000, {
            details: { orderType: 'DineIn', dineIn: { partyId } },
          })
          const place = whole(0, 4)
          const replies: Reply<unknown>[] = await Promise.all(
            Array.from({ length: 5 }, async (_, index) =>
              index === place
                ? ((await both[0].call('DeletePartyById', { partyId })) as Reply<unknown>)
                : await both[index % 2]!.call('CreateOrder', forParty(partyId)),
            ),
          )
          const [deleted] = replies.splice(place, 1)
          t.equal(deleted!.status, 200)
          for (const { status, error } of replies) {
            seen[status] = (seen[status] ?? 0) + 1
            t.ok(
              status === 200 || (status === 400 && error.debugMessage.includes('partyId')),
              'created before, or refused by name',
            )
          }
          t.equal((await venue.call('GetPartyById', { partyId })).status, 404)
          const ids = [
            before.id,
            ...replies
              .filter(({ status }) => status === 200)
              .map(({ body }) => (body as { id: string }).id),
          ]
          for (const id of ids) {
            t.notOk(
              (await read(venue, id)).details.dineIn?.partyId,
              'the order stays and lost the link',
            )
          }
        }),
      )
    }
    t.comment(JSON.stringify(seen))
  })

  test('a reservation deleted while orders and parties name it leaves no link', async (t) => {
    const { whole } = chance(t)
    const seen: Record<string, number> = {}
    for (let batch = 0; batch < 5; batch++) {
      await Promise.all(
        Array.from({ length: 4 }, async () => {
          const { id: reservationId } = await newReservation(venue, [tableId!])
          const remove = async (venue: Venue) => {
            await turns(whole(0, 12))
            return await venue.call('DeleteReservationById', { reservationId })
          }
          const [created, deleted, seated] = await Promise.all([
            both[0].call(
              'CreateOrder',
              orderRequest(1_000, { details: { orderType: 'DineIn', dineIn: { reservationId } } }),
            ),
            remove(both[whole(0, 1)]!),
            both[1].call('CreateParty', partyRequest([tableId!], { reservationId })),
          ])
          const statuses = `${created.status} ${seated.status}`
          seen[statuses] = (seen[statuses] ?? 0) + 1
          t.equal(deleted.status, 200)
          t.match(statuses, /^(200|400) (200|400)$/)
          if (created.status === 200) {
            t.notOk((await read(venue, created.body.id)).details.dineIn?.reservationId)
          }
          if (seated.status === 200) {
            t.notOk(
              (await venue.call('GetPartyById', { partyId: seated.body.id })).body.reservationId,
            )
          }
        }),
      )
    }
    t.comment(JSON.stringify(seen))
  })

  test('a party and its reservation, deleted at once, are both gone', async (t) => {
    for (let round = 0; round < 6; round++) {
      const { id: reservationId } = await newReservation(venue, [tableId!])
      const { id: partyId } = await newParty(venue, [tableId!], { reservationId })
      const orders = await Promise.all(
        Array.from(
          { length: 3 },
          async () =>
            await newOrder(venue, 1_000, {
              details: { orderType: 'DineIn', dineIn: { partyId, reservationId } },
            }),
        ),
      )
      const deleted: Reply<unknown>[] = await Promise.all([
        both[0].call('DeletePartyById', { partyId }),
        both[1].call('DeleteReservationById', { reservationId }),
      ])
      t.strictSame(tally(deleted), { 200: 2 })
      for (const { id } of orders) {
        t.same((await read(venue, id)).details, { orderType: 'DineIn', dineIn: {} })
      }
    }
  })

  test('an order is canceled or paid, never both', async (t) => {
    const { percent } = chance(t)
    for (let batch = 0; batch < 5; batch++) {
      await Promise.all(
        Array.from({ length: 8 }, async () => {
          const order = await newOrder(venue, 1_000)
          const cancel = async () => await both[0].call('CancelOrderById', { orderId: order.id })
          const settle = async () => await pay(both[1], order.id, 400)
          const replies = await Promise.all(
            percent(50) ? [cancel(), settle(), settle()] : [settle(), cancel(), settle()],
          )
          const now = await read(venue, order.id)
          if (now.status === 'Canceled') {
            t.strictSame(tally(replies), { 200: 1, 409: 2 })
            t.match(now, { paidAmount: gbp(0), payable: false })
          } else {
            t.strictSame(tally(replies), { 200: 2, 409: 1 })
            t.match(now, { status: 'New', paidAmount: gbp(800), payable: true })
          }
        }),
      )
    }
  })

  test('the same party, and the same reservation, 30 times at once are one', async (t) => {
    for (const [name, request] of [
      ['CreateParty', partyRequest([tableId!])],
      ['CreateReservation', reservationRequest([tableId!])],
    ] as const) {
      const replies: Reply<{ id: string }>[] = await atOnce(
        pair,
        30,
        async (venue) => (await venue.call(name, request as never)) as Reply<{ id: string }>,
      )
      t.strictSame(tally(replies), { 200: 30 }, name)
      t.equal(new Set(replies.map(({ body }) => body.id)).size, 1, name)
    }
  })

  t.test(
    'one party per table, one reservation of a table at a time, where the venue asks for it',
    async (t) => {
      await setRules(server, venue, { onePartyPerTable: true, refuseOverlappingReservations: true })
      t.teardown(async () => {
        await setRules(server, venue, {
          onePartyPerTable: false,
          refuseOverlappingReservations: false,
        })
      })
      for (let round = 0; round < 6; round++) {
        // Many of them, named from both ends: two that take them one by one meet halfway.
        const tables = await newTables(
          server,
          venue,
          Array.from({ length: 12 }, (_, index) => `${round}-${index}`),
        )
        const tablesOf = (index: number) => (index % 4 < 2 ? tables : tables.toReversed())
        const seated = await atOnce(
          pair,
          16,
          async (venue, index) => await venue.call('CreateParty', partyRequest(tablesOf(index))),
        )
        t.strictSame(tally(seated), { 200: 1, 409: 15 }, 'parties')
        const booked = await atOnce(
          pair,
          16,
          async (venue, index) =>
            await venue.call('CreateReservation', reservationRequest(tablesOf(index))),
        )
        t.strictSame(tally(booked), { 200: 1, 409: 15 }, 'reservations')
        const later = await venue.call(
          'CreateReservation',
          reservationRequest(tables, { startTime: NINE, endTime: ELEVEN }),
        )
        t.equal(later.status, 200, 'the table is free again afterwards')
      }
    },
  )

  t.test('none of it was a deadlock', async (t) => {
    t.equal(await deadlocks(server), 0)
  })
})

import pg from 'pg'
import t from 'tap'
import { inSeconds, newOrder, newTables } from '../../support/orders.ts'
import { startServer } from '../../support/server.ts'
import {
  answered,
  dump,
  newParty,
  newReservation,
  partyRequest,
  seatByVenue,
  untilWaiting,
} from '../../support/visits.ts'

t.test('DeletePartyById', async (t) => {
  const server = await startServer(t)
  const { venue, sql } = server
  const other = await server.newVenue('The White Hart')
  const [table] = (await newTables(server, venue, ['Table 1'])) as [string]
  const party = await newParty(venue, [table], { dojoPartyId: 'dojo-1' })
  const orderOf = async (partyId: string, totalMinor = 1000) =>
    await newOrder(venue, totalMinor, {
      details: { orderType: 'DineIn', dineIn: { tableId: table, partyId } },
    })

  const cases = [
    { name: 'an id that nobody has', partyId: 'pty_nobody', caller: venue },
    { name: "another venue's id", partyId: party.id, caller: other },
    { name: "Dojo's id of the party, which is not its id", partyId: 'dojo-1', caller: venue },
  ]
  for (const { name, partyId, caller } of cases) {
    t.test(`refuses ${name}`, async (t) => {
      const before = await dump(server)
      const { status, error } = await caller.call('DeletePartyById', { partyId })
      t.equal(status, 404)
      t.equal(error.errorType, 'NotFound')
      t.equal(error.debugMessage, `There is no party with the id ${partyId} in this venue.`)
      t.strictSame(await dump(server), before, 'nothing has changed')
    })
  }

  t.test('deletes it, with an empty answer; then it is NotFound for everything', async (t) => {
    const request = partyRequest([table])
    const { id } = answered(await venue.call('CreateParty', request))
    const { status, body } = await venue.call('DeletePartyById', { partyId: id })
    t.equal(status, 200)
    t.equal(body, undefined, 'the answer has no body')
    t.equal((await venue.call('GetPartyById', { partyId: id })).status, 404)
    t.equal(
      (await venue.call('UpdateParty', { ...request, partyId: id, status: 'Seated' })).status,
      404,
    )
    t.notOk(answered(await venue.call('SearchParties', {})).data!.some((found) => found.id === id))
    t.equal(
      (
        await venue.call('CreateOrder', {
          dojoOrderId: 'dojo-late',
          details: { orderType: 'DineIn', dineIn: { partyId: id } },
          items: [],
          totalAmount: { value: 0, currencyCode: 'GBP' },
          payments: [],
        })
      ).status,
      400,
    )

    t.test('the repeat is NotFound too', async (t) => {
      t.equal((await venue.call('DeletePartyById', { partyId: id })).status, 404)
    })
  })

  t.test(
    'its orders stay as they are and lose the link, with an entry of their history',
    async (t) => {
      const { id } = await newParty(venue, [table])
      const open = await orderOf(id)
      const paid = await orderOf(id)
      const bystander = await orderOf(party.id)
      await venue.call('RecordOrderPaymentById', {
        orderId: paid.id,
        paymentIntentId: 'pi_1',
        paidAmount: { value: 1000, currencyCode: 'GBP' },
      })
      await venue.call('CreateOrderLock', {
        orderId: open.id,
        lockId: 'lock-1',
        expiry: inSeconds(60),
      })
      const before = await Promise.all(
        [open, paid].map(async (order) =>
          answered(await venue.call('GetOrderById', { orderId: order.id })),
        ),
      )

      const { status } = await venue.call(
        'DeletePartyById',
        { partyId: id },
        {
          'waiter-id': '42',
          'device-id': 'tm_7',
          'device-type': 'CardMachine',
          'dojo-requesting-product': 'Bookings',
        },
      )
      t.equal(status, 200, 'a lock is not in the way')
      for (const order of before) {
        const after = answered(await venue.call('GetOrderById', { orderId: order.id }))
        const { partyId, ...dineIn } = order.details.dineIn!
        t.equal(partyId, id)
        t.strictSame(
          { ...after, updatedAt: '' },
          { ...order, updatedAt: '', details: { ...order.details, dineIn } },
        )
        t.ok(after.updatedAt! > order.updatedAt!, 'that it changed can be seen')
        const history = await sql(
          'SELECT action, detail, caller_waiter_id AS waiter, caller_device_id AS device, ' +
            'caller_device_type AS type, caller_product AS product FROM order_history WHERE ' +
            "order_id = $1 AND detail ->> 'partyId' IS NOT NULL",
          [order.id],
        )
        t.equal(history.length, 1)
        t.match(history[0], {
          detail: { partyId: id },
          waiter: '42',
          device: 'tm_7',
          type: 'CardMachine',
          product: 'Bookings',
        })
      }
      t.strictSame(
        answered(await venue.call('GetOrderById', { orderId: bystander.id })),
        bystander,
        "another party's order is untouched",
      )
      t.strictSame(answered(await venue.call('SearchOrders', { dineIn: { partyId: id } })).data, [])
    },
  )

  t.test('the reservation that it came with stays', async (t) => {
    const reservation = await newReservation(venue, [table])
    const { id } = await newParty(venue, [table], { reservationId: reservation.id })
    await venue.call('DeletePartyById', { partyId: id })
    t.strictSame(
      answered(await venue.call('GetReservationById', { reservationId: reservation.id })),
      reservation,
    )
  })

  t.test('deletes a party that the venue seated itself', async (t) => {
    const partyId = await seatByVenue(server, venue, [table])
    t.equal((await venue.call('DeletePartyById', { partyId })).status, 200)
  })

  t.test('20 at once: one deletes it, the others do not find it', async (t) => {
    const { id } = await newParty(venue, [table])
    const order = await orderOf(id)
    const replies = await Promise.all(
      Array.from({ length: 20 }, async () => await venue.call('DeletePartyById', { partyId: id })),
    )
    t.equal(replies.filter(({ status }) => status === 200).length, 1)
    t.equal(replies.filter(({ status }) => status === 404).length, 19)
    t.equal(
      (
        await sql(
          "SELECT 1 FROM order_history WHERE order_id = $1 AND detail ->> 'partyId' IS NOT NULL",
          [order.id],
        )
      ).length,
      1,
    )
  })

  t.test('at once with payments on its order: neither is lost', async (t) => {
    const { id } = await newParty(venue, [table])
    const order = await orderOf(id, 500)
    const [deleted, ...payments] = await Promise.all([
      venue.call('DeletePartyById', { partyId: id }),
      ...Array.from(
        { length: 5 },
        async (_, index) =>
          await venue.call('RecordOrderPaymentById', {
            orderId: order.id,
            paymentIntentId: `pi_race_${index}`,
            paidAmount: { value: 100, currencyCode: 'GBP' },
          }),
      ),
    ])
    t.strictSame([deleted.status, ...payments.map(({ status }) => status)], Array(6).fill(200))
    const after = answered(await venue.call('GetOrderById', { orderId: order.id }))
    t.equal(after.paidAmount!.value, 500)
    t.notOk('partyId' in after.details.dineIn!)
  })

  t.test(
    'an order that names it while it is being deleted is refused or loses the link',
    async (t) => {
      const { id } = await newParty(venue, [table])
      const client = new pg.Client({ connectionString: server.databaseUrl })
      await client.connect()
      await client.query('BEGIN')
      await client.query('DELETE FROM parties WHERE party_id = $1', [id])
      const call = venue.call('CreateOrder', {
        dojoOrderId: 'dojo-meanwhile',
        details: { orderType: 'DineIn', dineIn: { partyId: id } },
        items: [],
        totalAmount: { value: 0, currencyCode: 'GBP' },
        payments: [],
      })
      await untilWaiting(server)
      await client.query('COMMIT')
      await client.end()
      const { status, error } = await call
      t.equal(status, 400)
      t.equal(error.errorType, 'InvalidRequest')
      t.match(error.debugMessage, /partyId/)
    },
  )
})

import pg from 'pg'
import t from 'tap'
import { newOrder, newTables } from '../../support/orders.ts'
import { startServer } from '../../support/server.ts'
import {
  answered,
  bookByVenue,
  dump,
  newParty,
  newReservation,
  partyRequest,
  reservationRequest,
  untilWaiting,
} from '../../support/visits.ts'

t.test('DeleteReservationById', async (t) => {
  const server = await startServer(t)
  const { venue, sql } = server
  const other = await server.newVenue('The White Hart')
  const [table] = (await newTables(server, venue, ['Table 1'])) as [string]
  const reservation = await newReservation(venue, [table], { dojoReservationId: 'dojo-1' })

  const cases = [
    { name: 'an id that nobody has', reservationId: 'rsv_nobody', caller: venue },
    { name: "another venue's id", reservationId: reservation.id, caller: other },
    {
      name: "Dojo's id of the reservation, which is not its id",
      reservationId: 'dojo-1',
      caller: venue,
    },
  ]
  for (const { name, reservationId, caller } of cases) {
    t.test(`refuses ${name}`, async (t) => {
      const before = await dump(server)
      const { status, error } = await caller.call('DeleteReservationById', { reservationId })
      t.equal(status, 404)
      t.equal(error.errorType, 'NotFound')
      t.equal(
        error.debugMessage,
        `There is no reservation with the id ${reservationId} in this venue.`,
      )
      t.strictSame(await dump(server), before, 'nothing has changed')
    })
  }

  t.test('deletes it, with an empty answer; then it is NotFound for everything', async (t) => {
    const request = reservationRequest([table])
    const { id } = answered(await venue.call('CreateReservation', request))
    const { status, body } = await venue.call('DeleteReservationById', { reservationId: id })
    t.equal(status, 200)
    t.equal(body, undefined, 'the answer has no body')
    t.equal((await venue.call('GetReservationById', { reservationId: id })).status, 404)
    t.equal((await venue.call('UpdateReservation', { ...request, reservationId: id })).status, 404)
    t.notOk(
      answered(await venue.call('SearchReservations', {})).data!.some((found) => found.id === id),
    )
    t.equal(
      (await venue.call('CreateParty', partyRequest([table], { reservationId: id }))).status,
      200,
    )

    t.test('the repeat is NotFound too', async (t) => {
      t.equal((await venue.call('DeleteReservationById', { reservationId: id })).status, 404)
    })
  })

  t.test(
    'its parties and orders stay and lose the link, the orders with an entry of their history',
    async (t) => {
      const { id } = await newReservation(venue, [table])
      const party = await newParty(venue, [table], { reservationId: id, name: 'Grace' })
      const order = await newOrder(venue, 1000, {
        details: {
          orderType: 'DineIn',
          dineIn: { tableId: table, partyId: party.id, reservationId: id },
        },
      })
      const { status } = await venue.call(
        'DeleteReservationById',
        { reservationId: id },
        {
          'waiter-id': '42',
          'device-id': 'tm_7',
          'device-type': 'CardMachine',
          'dojo-requesting-product': 'Bookings',
        },
      )
      t.equal(status, 200)

      const { reservationId: _, ...partyKept } = party
      t.strictSame(
        { ...answered(await venue.call('GetPartyById', { partyId: party.id })) },
        partyKept,
      )
      const after = answered(await venue.call('GetOrderById', { orderId: order.id }))
      t.strictSame(
        { ...after, updatedAt: '' },
        {
          ...order,
          updatedAt: '',
          details: { orderType: 'DineIn', dineIn: { tableId: table, partyId: party.id } },
        },
      )
      const history = await sql(
        'SELECT detail, caller_waiter_id AS waiter, caller_device_id AS device FROM ' +
          "order_history WHERE order_id = $1 AND detail ->> 'reservationId' IS NOT NULL",
        [order.id],
      )
      t.equal(history.length, 1)
      t.match(history[0], { detail: { reservationId: id }, waiter: '42', device: 'tm_7' })
      t.strictSame(
        answered(await venue.call('SearchOrders', { dineIn: { reservationId: id } })).data,
        [],
      )
    },
  )

  t.test('another reservation and its party are untouched', async (t) => {
    const party = await newParty(venue, [table], { reservationId: reservation.id })
    const { id } = await newReservation(venue, [table])
    await venue.call('DeleteReservationById', { reservationId: id })
    t.strictSame(
      answered(await venue.call('GetReservationById', { reservationId: reservation.id })),
      reservation,
    )
    t.strictSame(answered(await venue.call('GetPartyById', { partyId: party.id })), party)
  })

  t.test('deletes a reservation that the venue took itself', async (t) => {
    const reservationId = await bookByVenue(server, venue, [table])
    t.equal((await venue.call('DeleteReservationById', { reservationId })).status, 200)
  })

  t.test('20 at once: one deletes it, the others do not find it', async (t) => {
    const { id } = await newReservation(venue, [table])
    const order = await newOrder(venue, 1000, {
      details: { orderType: 'DineIn', dineIn: { reservationId: id } },
    })
    const replies = await Promise.all(
      Array.from(
        { length: 20 },
        async () => await venue.call('DeleteReservationById', { reservationId: id }),
      ),
    )
    t.equal(replies.filter(({ status }) => status === 200).length, 1)
    t.equal(replies.filter(({ status }) => status === 404).length, 19)
    t.equal(
      (
        await sql(
          "SELECT 1 FROM order_history WHERE order_id = $1 AND detail ->> 'reservationId' IS " +
            'NOT NULL',
          [order.id],
        )
      ).length,
      1,
    )
  })

  t.test('a party that names it while it is being deleted is seated without it', async (t) => {
    const { id } = await newReservation(venue, [table])
    const client = new pg.Client({ connectionString: server.databaseUrl })
    await client.connect()
    await client.query('BEGIN')
    await client.query('DELETE FROM reservations WHERE reservation_id = $1', [id])
    const call = venue.call('CreateParty', partyRequest([table], { reservationId: id }))
    await untilWaiting(server)
    await client.query('COMMIT')
    await client.end()
    const { status, body } = await call
    t.equal(status, 200)
    t.notOk('reservationId' in body)
  })
})

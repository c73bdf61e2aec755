// "RMS to POS" of Dojo's guide: Dojo Bookings reserves, amends, seats and updates; the venue takes
// the order; Dojo cancels.
import t from 'tap'
import { gbp, newTables, orderRequest } from '../support/orders.ts'
import { startServer, type Headers } from '../support/server.ts'
import { answered, ELEVEN, newArea, newWaiter, NINE, SEVEN } from '../support/visits.ts'

const BOOKINGS: Headers = { 'dojo-requesting-product': 'Bookings' }

t.test('Bookings from Dojo', async (t) => {
  const server = await startServer(t)
  const { venue } = server
  const area = await newArea(server, venue, 'Dining room')
  const [seven, eight] = (await newTables(server, venue, ['Table 7', 'Table 8'], area)) as [
    string,
    string,
  ]
  await newWaiter(server, venue, '42', { areaIds: [area] })

  // What Dojo knows about the venue before anybody books.
  t.strictSame(
    answered(await venue.call('ListAreas', {}, BOOKINGS)).map(({ id, name }) => ({ id, name })),
    [{ id: area, name: 'Dining room' }],
  )
  const tables = answered(await venue.call('SearchTables', { areaId: area }, BOOKINGS)).data!
  t.strictSame(
    tables.map(({ id, name }) => ({ id, name })),
    [
      { id: seven, name: 'Table 7' },
      { id: eight, name: 'Table 8' },
    ],
  )
  t.strictSame(
    answered(await venue.call('SearchParties', { tableId: seven }, BOOKINGS)).data,
    [],
    'nobody sits there',
  )

  // Step 1: a reservation is made ahead of time.
  const booking = {
    dojoReservationId: 'dojo-booking-1',
    name: 'Ada Lovelace',
    covers: 2,
    startTime: SEVEN,
    endTime: NINE,
    tableIds: [seven],
  }
  const reserved = answered(await venue.call('CreateReservation', booking, BOOKINGS))
  t.strictSame(
    answered(
      await venue.call(
        'SearchReservations',
        { tableId: seven, fromTime: SEVEN, toTime: NINE },
        BOOKINGS,
      ),
    ).data,
    [reserved],
  )
  t.strictSame(
    answered(await venue.call('CreateReservation', booking, BOOKINGS)),
    reserved,
    'sent twice, it is one',
  )

  // Step 2: it is amended: more guests, another table, later.
  const amendment = {
    ...booking,
    covers: 4,
    tableIds: [seven, eight],
    startTime: '2026-03-06T19:30:00.000Z',
    endTime: ELEVEN,
    guestRequests: 'A high chair',
  }
  const amended = answered(
    await venue.call('UpdateReservation', { ...amendment, reservationId: reserved.id }, BOOKINGS),
  )
  t.match(
    { ...amended },
    {
      id: reserved.id,
      covers: 4,
      tableIds: [seven, eight],
      startTime: '2026-03-06T19:30:00.000Z',
      guestRequests: 'A high chair',
    },
  )
  t.strictSame(
    answered(await venue.call('SearchReservations', { tableId: eight }, BOOKINGS)).data,
    [amended],
  )

  // Step 3: the guests arrive and are seated as a party that names its reservation, which does not
  // change.
  const seating = {
    dojoPartyId: 'dojo-party-1',
    dojoReservationId: booking.dojoReservationId,
    reservationId: reserved.id,
    name: 'Ada Lovelace',
    covers: 4,
    tableIds: [seven, eight],
    startTime: '2026-03-06T19:32:10.250Z',
  }
  const party = answered(await venue.call('CreateParty', seating, BOOKINGS))
  t.match({ ...party }, { status: 'Seated', reservationId: reserved.id, tableIds: [seven, eight] })
  t.strictSame(
    answered(await venue.call('GetReservationById', { reservationId: reserved.id }, BOOKINGS)),
    amended,
    'seating leaves the reservation as it is',
  )
  // A walk-in is the same without a reservation.
  const walkIn = answered(
    await venue.call(
      'CreateParty',
      { dojoPartyId: 'dojo-party-2', tableIds: [eight], startTime: SEVEN },
      BOOKINGS,
    ),
  )
  t.notOk('reservationId' in walkIn)
  t.strictSame(
    answered(await venue.call('SearchParties', { tableId: eight }, BOOKINGS)).data!.map(
      ({ id }) => id,
    ),
    [walkIn.id, party.id],
  )

  // Step 4: the party is updated: allergies, another table, an expected end, a deposit.
  const update = {
    dojoPartyId: 'dojo-party-1',
    name: 'Ada Lovelace',
    covers: 5,
    tableIds: [seven],
    status: 'Starters',
    startTime: seating.startTime,
    expectedEndTime: ELEVEN,
    guestRequests: 'No nuts',
    deposit: { totalAmount: gbp(1000), paymentIntentIds: ['pi_deposit'] },
  }
  const updated = answered(
    await venue.call('UpdateParty', { ...update, partyId: party.id }, BOOKINGS),
  )
  t.match(
    { ...updated },
    {
      id: party.id,
      status: 'Starters',
      tableIds: [seven],
      guestRequests: 'No nuts',
      reservationId: reserved.id,
    },
  )
  t.strictSame(
    answered(await venue.call('SearchParties', { tableId: eight }, BOOKINGS)).data!.map(
      ({ id }) => id,
    ),
    [walkIn.id],
  )

  // The party orders; Dojo attributes the order to it by the partyId in its details.
  const ordered = answered(
    await venue.call(
      'CreateOrder',
      orderRequest(4500, {
        details: {
          orderType: 'DineIn',
          dineIn: { tableId: seven, partyId: party.id, reservationId: reserved.id, waiterId: '42' },
        },
      }),
    ),
  )
  t.equal(
    answered(await venue.call('GetOrderById', { orderId: ordered.id }, BOOKINGS)).details.dineIn!
      .partyId,
    party.id,
  )
  t.strictSame(
    answered(
      await venue.call('SearchOrders', { dineIn: { partyId: party.id } }, BOOKINGS),
    ).data!.map(({ id }) => id),
    [ordered.id],
  )

  // The party pays and leaves: it is completed, and its table is free.
  const paid = answered(
    await venue.call('RecordOrderPaymentById', {
      orderId: ordered.id,
      paymentIntentId: 'pi_bill',
      paidAmount: gbp(4500),
    }),
  )
  t.equal(paid.status, 'Finalized')
  const left = answered(
    await venue.call(
      'UpdateParty',
      { ...update, partyId: party.id, status: 'Left', endTime: ELEVEN },
      BOOKINGS,
    ),
  )
  t.equal(left.endTime, ELEVEN)
  t.strictSame(answered(await venue.call('SearchParties', { tableId: seven }, BOOKINGS)).data, [])
  t.strictSame(
    answered(await venue.call('SearchParties', { tableId: seven, completedOnly: true }, BOOKINGS))
      .data,
    [left],
  )

  // Step 5: a guest cancels: Dojo deletes the reservation and the party that belongs to it.
  t.equal(
    (await venue.call('DeleteReservationById', { reservationId: reserved.id }, BOOKINGS)).status,
    200,
  )
  t.equal(
    (await venue.call('GetReservationById', { reservationId: reserved.id }, BOOKINGS)).status,
    404,
  )
  t.notOk(
    'reservationId' in answered(await venue.call('GetPartyById', { partyId: party.id }, BOOKINGS)),
  )
  t.equal((await venue.call('DeletePartyById', { partyId: party.id }, BOOKINGS)).status, 200)
  t.equal((await venue.call('GetPartyById', { partyId: party.id }, BOOKINGS)).status, 404)

  // The order and its payment stay.
  const kept = answered(await venue.call('GetOrderById', { orderId: ordered.id }, BOOKINGS))
  t.strictSame(kept.details.dineIn, { tableId: seven, waiterId: '42' })
  t.strictSame({ ...kept, details: 0, updatedAt: 0 }, { ...paid, details: 0, updatedAt: 0 })
})

t.test('Bookings from the venue, which Dojo reads', async (t) => {
  const server = await startServer(t)
  const { venue } = server
  const [table] = (await newTables(server, venue, ['Table 1'])) as [string]
  // The venue itself seats the guests of a reservation; Dojo is sent the party's id and reads it.
  const reserved = answered(
    await venue.call('CreateReservation', {
      dojoReservationId: 'dojo-1',
      name: 'Mary',
      covers: 2,
      startTime: SEVEN,
      endTime: NINE,
      tableIds: [table],
    }),
  )
  await server.store.prisma.party.create({
    data: {
      locationId: venue.locationId,
      partyId: 'pty_seated_here',
      status: 'Seated',
      startTime: SEVEN,
      reservationId: reserved.id,
      tables: { create: { tableId: table, position: 1, alone: false } },
    },
  })
  t.strictSame(
    { ...answered(await venue.call('GetPartyById', { partyId: 'pty_seated_here' }, BOOKINGS)) },
    {
      id: 'pty_seated_here',
      status: 'Seated',
      startTime: SEVEN,
      tableIds: [table],
      reservationId: reserved.id,
    },
  )
  // The venue deletes the reservation; Dojo asks for it and finds it gone.
  t.equal((await venue.call('DeleteReservationById', { reservationId: reserved.id })).status, 200)
  const { status, error } = await venue.call(
    'GetReservationById',
    { reservationId: reserved.id },
    BOOKINGS,
  )
  t.equal(status, 404)
  t.equal(error.errorType, 'NotFound')
})

import t from 'tap'
import { newTables } from '../../support/orders.ts'
import { startServer } from '../../support/server.ts'
import {
  answered,
  bookByVenue,
  newParty,
  newReservation,
  NINE,
  retire,
  SEVEN,
} from '../../support/visits.ts'

t.test('GetReservationById', async (t) => {
  const server = await startServer(t)
  const { venue } = server
  const other = await server.newVenue('The White Hart')
  const [table] = (await newTables(server, venue, ['Table 1'])) as [string]
  const reservation = await newReservation(venue, [table], {
    dojoReservationId: 'dojo-1',
    hostNotes: 'Regulars',
  })

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
      const { status, error } = await caller.call('GetReservationById', { reservationId })
      t.equal(status, 404)
      t.equal(error.errorType, 'NotFound')
      t.equal(
        error.debugMessage,
        `There is no reservation with the id ${reservationId} in this venue.`,
      )
    })
  }

  t.test('answers the reservation, again and again', async (t) => {
    t.strictSame(
      answered(await venue.call('GetReservationById', { reservationId: reservation.id })),
      reservation,
    )
    t.strictSame(
      answered(await venue.call('GetReservationById', { reservationId: reservation.id })),
      reservation,
    )
  })

  t.test('seating leaves the reservation as it is', async (t) => {
    const [elsewhere] = (await newTables(server, venue, ['Table 2'])) as [string]
    await newParty(venue, [elsewhere], {
      reservationId: reservation.id,
      covers: 9,
      name: 'Somebody else',
    })
    t.strictSame(
      answered(await venue.call('GetReservationById', { reservationId: reservation.id })),
      reservation,
    )
  })

  t.test('answers a reservation that the venue took itself', async (t) => {
    const id = await bookByVenue(server, venue, [table])
    t.strictSame(
      { ...answered(await venue.call('GetReservationById', { reservationId: id })) },
      { id, name: 'Mary', covers: 2, startTime: SEVEN, endTime: NINE, tableIds: [table] },
    )
  })

  t.test('names a table that was retired since', async (t) => {
    const [old] = (await newTables(server, venue, ['Old'])) as [string]
    const { id } = await newReservation(venue, [old])
    await retire(server, 'table', old)
    t.strictSame(answered(await venue.call('GetReservationById', { reservationId: id })).tableIds, [
      old,
    ])
  })
})

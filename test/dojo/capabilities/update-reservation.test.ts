import { randomBytes } from 'node:crypto'
import pg from 'pg'
import t from 'tap'
import type { Input } from '../../../src/contract/capabilities.ts'
import { newTables } from '../../support/orders.ts'
import { startServer } from '../../support/server.ts'
import {
  answered,
  bookByVenue,
  dump,
  ELEVEN,
  newParty,
  newReservation,
  NINE,
  reservationRequest,
  retire,
  SEVEN,
  setRules,
  untilWaiting,
} from '../../support/visits.ts'

t.test('UpdateReservation', async (t) => {
  const server = await startServer(t)
  const { venue } = server
  const other = await server.newVenue('The White Hart')
  const [one, two] = (await newTables(server, venue, ['Table 1', 'Table 2'])) as [string, string]
  const [theirs] = (await newTables(server, other, ['Table 1'])) as [string]
  const [retired] = (await newTables(server, venue, ['Table 99'])) as [string]
  await retire(server, 'table', retired)
  const reservation = await newReservation(venue, [one], { dojoReservationId: 'dojo-1' })
  await newReservation(venue, [one], { dojoReservationId: 'dojo-2' })
  const valid: Input<'UpdateReservation'> = {
    ...reservationRequest([one], { dojoReservationId: 'dojo-1' }),
    reservationId: reservation.id,
  }

  const cases: {
    name: string
    input: Record<string, unknown>
    status: number
    errorType: string
    message: RegExp
  }[] = [
    ...['dojoReservationId', 'name', 'covers', 'startTime', 'endTime', 'tableIds'].map((field) => ({
      name: `no ${field}`,
      input: { [field]: undefined },
      status: 400,
      errorType: 'InvalidRequest',
      message: new RegExp(`^The field ${field} is missing\\.$`),
    })),
    {
      name: 'no table',
      input: { tableIds: [] },
      status: 400,
      errorType: 'InvalidRequest',
      message: /tableIds/,
    },
    {
      name: 'a start that no calendar has',
      input: { startTime: '2026-12-31T23:59:60Z' },
      status: 400,
      errorType: 'InvalidRequest',
      message: /startTime/,
    },
    {
      name: 'an end before the start',
      input: { endTime: '2026-03-06T18:59:59.999Z' },
      status: 400,
      errorType: 'InvalidRequest',
      message: /endTime.*startTime/,
    },
    {
      name: 'an end before the start, before an id that nobody has',
      input: { reservationId: 'rsv_nobody', endTime: '2026-03-06T18:00:00Z' },
      status: 400,
      errorType: 'InvalidRequest',
      message: /endTime/,
    },
    {
      name: 'an id that nobody has',
      input: { reservationId: 'rsv_nobody' },
      status: 404,
      errorType: 'NotFound',
      message: /^There is no reservation with the id rsv_nobody in this venue\.$/,
    },
    {
      name: 'an id that nobody has, before tables that nobody has',
      input: { reservationId: 'rsv_nobody', tableIds: ['tbl_nobody'] },
      status: 404,
      errorType: 'NotFound',
      message: /rsv_nobody/,
    },
    {
      name: "another reservation's dojoReservationId",
      input: { dojoReservationId: 'dojo-2' },
      status: 409,
      errorType: 'Conflict',
      message: /dojo-2/,
    },
    {
      name: "a dojoReservationId that is not the reservation's",
      input: { dojoReservationId: 'dojo-3' },
      status: 409,
      errorType: 'Conflict',
      message: /dojo-3/,
    },
    {
      name: "another's dojoReservationId, before tables that nobody has",
      input: { dojoReservationId: 'dojo-2', tableIds: ['tbl_nobody'] },
      status: 409,
      errorType: 'Conflict',
      message: /dojo-2/,
    },
    {
      name: 'tables that nobody has, naming each',
      input: { tableIds: ['tbl_a', one, 'tbl_b'] },
      status: 400,
      errorType: 'InvalidRequest',
      message: /tableIds.*tbl_a.*tbl_b/,
    },
    {
      name: "another venue's table",
      input: { tableIds: [theirs] },
      status: 400,
      errorType: 'InvalidRequest',
      message: new RegExp(`tableIds.*${theirs}`),
    },
    {
      name: 'a retired table',
      input: { tableIds: [retired] },
      status: 400,
      errorType: 'InvalidRequest',
      message: new RegExp(`tableIds.*${retired}`),
    },
  ]
  for (const { name, input, status, errorType, message } of cases) {
    t.test(`refuses ${name}`, async (t) => {
      const before = await dump(server)
      const reply = await venue.call('UpdateReservation', { ...valid, ...input })
      t.equal(reply.status, status)
      t.equal(reply.error.errorType, errorType)
      t.match(reply.error.debugMessage, message)
      t.strictSame(await dump(server), before, 'nothing has changed')
    })
  }

  t.test("refuses another venue's id in the words for an id that nobody has", async (t) => {
    const { status, error } = await other.call('UpdateReservation', {
      ...valid,
      tableIds: [theirs],
    })
    t.equal(status, 404)
    t.equal(
      error.debugMessage,
      `There is no reservation with the id ${reservation.id} in this venue.`,
    )
  })

  t.test('replaces everything that it can carry', async (t) => {
    const { id } = await newReservation(venue, [one], { dojoReservationId: 'dojo-all' })
    const update = {
      dojoReservationId: 'dojo-all',
      name: 'Mary',
      covers: 9,
      startTime: NINE,
      endTime: ELEVEN,
      tableIds: [two, one],
      hostNotes: 'Window',
      guestRequests: 'No nuts',
    }
    const { status, body } = await venue.call('UpdateReservation', { ...update, reservationId: id })
    t.equal(status, 200)
    const { dojoReservationId: _, ...kept } = update
    t.strictSame({ ...body }, { id, ...kept })
    t.strictSame(answered(await venue.call('GetReservationById', { reservationId: id })), body)

    t.test('the repeat changes nothing', async (t) => {
      t.strictSame(
        answered(await venue.call('UpdateReservation', { ...update, reservationId: id })),
        body,
      )
    })
  })

  t.test('clears what is left out', async (t) => {
    const { id } = await newReservation(venue, [one, two], {
      dojoReservationId: 'dojo-clear',
      hostNotes: 'Window',
      guestRequests: 'No nuts',
    })
    const { status, body } = await venue.call('UpdateReservation', {
      ...reservationRequest([two], { dojoReservationId: 'dojo-clear' }),
      reservationId: id,
    })
    t.equal(status, 200)
    t.strictSame(
      { ...body },
      { id, name: 'Ada Lovelace', covers: 2, startTime: SEVEN, endTime: NINE, tableIds: [two] },
    )
  })

  t.test('a party that came of it keeps its link', async (t) => {
    const { id } = await newReservation(venue, [one], { dojoReservationId: 'dojo-seated' })
    const party = await newParty(venue, [one], { reservationId: id })
    await venue.call('UpdateReservation', {
      ...reservationRequest([two], { dojoReservationId: 'dojo-seated' }),
      reservationId: id,
    })
    t.strictSame(answered(await venue.call('GetPartyById', { partyId: party.id })), party)
  })

  t.test("gives Dojo's id to a reservation that the venue took itself", async (t) => {
    const reservationId = await bookByVenue(server, venue, [one])
    const update = (dojoReservationId: string) =>
      venue.call('UpdateReservation', {
        ...reservationRequest([one], { dojoReservationId }),
        reservationId,
      })
    t.equal((await update('dojo-2')).status, 409, "another's is a Conflict")
    t.equal((await update('dojo-given')).status, 200)
    t.equal((await update('dojo-other')).status, 409, 'it stays')
  })

  t.test("refuses Dojo's id that another reservation gets at the same moment", async (t) => {
    const reservationId = await bookByVenue(server, venue, [one])
    const client = new pg.Client({ connectionString: server.databaseUrl })
    await client.connect()
    await client.query('BEGIN')
    await client.query(
      'INSERT INTO reservations (location_id, reservation_id, dojo_reservation_id, name, ' +
        "covers, start_time, end_time) VALUES ($1, 'rsv_meanwhile', 'dojo-meanwhile', 'Mary', " +
        '2, now(), now())',
      [venue.locationId],
    )
    const call = venue.call('UpdateReservation', {
      ...reservationRequest([one], { dojoReservationId: 'dojo-meanwhile' }),
      reservationId,
    })
    await untilWaiting(server)
    await client.query('COMMIT')
    await client.end()
    const { status, error } = await call
    t.equal(status, 409)
    t.equal(error.errorType, 'Conflict')
    t.match(error.debugMessage, /dojoReservationId/)
  })

  t.test(
    'a dojoReservationId longer than any index takes is refused, not a failure of the server',
    async (t) => {
      const reservationId = await bookByVenue(server, venue, [one])
      const { status, error } = await venue.call('UpdateReservation', {
        ...reservationRequest([one], { dojoReservationId: randomBytes(8000).toString('base64') }),
        reservationId,
      })
      t.equal(status, 400)
      t.match(error.debugMessage, /dojoReservationId/)
    },
  )
})

t.test('UpdateReservation where the venue refuses overlapping reservations', async (t) => {
  const server = await startServer(t)
  const { venue } = server
  await setRules(server, venue, { refuseOverlappingReservations: true })
  let count = 0
  const table = async (): Promise<string> =>
    (await newTables(server, venue, [`Table ${++count}`]))[0]!
  const update = (
    reservationId: string,
    dojoReservationId: string,
    tableIds: string[],
    more: object = {},
  ) =>
    venue.call('UpdateReservation', {
      ...reservationRequest(tableIds, { dojoReservationId }),
      reservationId,
      ...more,
    })

  t.test(
    'refuses to move to a table that is kept then, and leaves the reservation where it was',
    async (t) => {
      const [here, there] = [await table(), await table()]
      const moving = await newReservation(venue, [here], { dojoReservationId: 'dojo-moving' })
      const kept = await newReservation(venue, [there])
      const { status, error } = await update(moving.id, 'dojo-moving', [there])
      t.equal(status, 409)
      t.equal(error.errorType, 'Conflict')
      t.match(error.debugMessage, new RegExp(`Table 2.*${kept.id}`))
      t.strictSame(
        answered(await venue.call('GetReservationById', { reservationId: moving.id })),
        moving,
      )
      t.equal(
        (await venue.call('CreateReservation', reservationRequest([here]))).status,
        409,
        'its table is still kept',
      )
    },
  )

  t.test('refuses a time that overlaps, and takes one that touches', async (t) => {
    const here = await table()
    await newReservation(venue, [here])
    const { id } = await newReservation(venue, [here], {
      dojoReservationId: 'dojo-time',
      startTime: NINE,
      endTime: ELEVEN,
    })
    t.equal(
      (
        await update(id, 'dojo-time', [here], {
          startTime: '2026-03-06T20:59:59.999Z',
          endTime: ELEVEN,
        })
      ).status,
      409,
    )
    t.equal(
      (
        await update(id, 'dojo-time', [here], {
          startTime: '2026-03-06T17:00:00.000Z',
          endTime: SEVEN,
        })
      ).status,
      200,
    )
  })

  t.test('refuses tables that nobody has before an overlap', async (t) => {
    const [here, there] = [await table(), await table()]
    const { id } = await newReservation(venue, [here], { dojoReservationId: 'dojo-order' })
    await newReservation(venue, [there])
    const { status, error } = await update(id, 'dojo-order', [there, 'tbl_nobody'])
    t.equal(status, 400)
    t.match(error.debugMessage, /tbl_nobody/)
  })

  t.test('its own time is not in its way, and what it leaves is free', async (t) => {
    const [here, there] = [await table(), await table()]
    const { id } = await newReservation(venue, [here], { dojoReservationId: 'dojo-own' })
    t.equal(
      (
        await update(id, 'dojo-own', [here], {
          startTime: '2026-03-06T20:00:00.000Z',
          endTime: '2026-03-06T22:00:00.000Z',
        })
      ).status,
      200,
    )
    t.equal((await update(id, 'dojo-own', [there])).status, 200)
    t.equal((await venue.call('CreateReservation', reservationRequest([here]))).status, 200)
    t.equal((await venue.call('CreateReservation', reservationRequest([there]))).status, 409)
  })

  t.test('20 reservations that move to one table at once: exactly one does', async (t) => {
    const there = await table()
    const reservations = await Promise.all(
      Array.from(
        { length: 20 },
        async (_, index) =>
          await newReservation(venue, [await table()], { dojoReservationId: `dojo-race-${index}` }),
      ),
    )
    const replies = await Promise.all(
      reservations.map(async ({ id }, index) => await update(id, `dojo-race-${index}`, [there])),
    )
    t.equal(replies.filter(({ status }) => status === 200).length, 1)
    t.strictSame(
      replies.filter(({ status }) => status !== 200).map(({ error }) => error.errorType),
      Array(19).fill('Conflict'),
    )
  })

  t.test('where the setting is off, reservations may overlap', async (t) => {
    await setRules(server, venue, { refuseOverlappingReservations: false })
    const [here, there] = [await table(), await table()]
    const { id } = await newReservation(venue, [here], { dojoReservationId: 'dojo-off' })
    await newReservation(venue, [there])
    t.equal((await update(id, 'dojo-off', [there])).status, 200)
  })
})

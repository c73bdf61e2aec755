import { randomBytes } from 'node:crypto'
import t from 'tap'
import type { Input } from '../../../src/contract/capabilities.ts'
import { newTables } from '../../support/orders.ts'
import { onInstance, startServer } from '../../support/server.ts'
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
} from '../../support/visits.ts'

t.test('CreateReservation', async (t) => {
  const server = await startServer(t)
  const { venue, sql } = server
  const other = await server.newVenue('The White Hart')
  const [one, two] = (await newTables(server, venue, ['Table 1', 'Table 2'])) as [string, string]
  const [theirs] = (await newTables(server, other, ['Table 1'])) as [string]
  const [retired] = (await newTables(server, venue, ['Table 99'])) as [string]
  await retire(server, 'table', retired)
  const taken = reservationRequest([one])
  await venue.call('CreateReservation', taken)

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
      name: 'covers in quotes',
      input: { covers: '5' },
      status: 400,
      errorType: 'InvalidRequest',
      message: /covers must be an integer, not a string/,
    },
    {
      name: 'covers that are no whole number',
      input: { covers: 2.5 },
      status: 400,
      errorType: 'InvalidRequest',
      message: /covers must be an integer/,
    },
    {
      name: 'covers beyond what is exact',
      input: { covers: 2 ** 60 },
      status: 400,
      errorType: 'InvalidRequest',
      message: /covers/,
    },
    {
      name: 'a start that no calendar has',
      input: { startTime: '2026-12-31T23:59:60Z' },
      status: 400,
      errorType: 'InvalidRequest',
      message: /startTime/,
    },
    {
      name: 'an end that is no time',
      input: { endTime: '2026-13-01T00:00:00Z' },
      status: 400,
      errorType: 'InvalidRequest',
      message: /endTime/,
    },
    {
      name: 'an end before the start',
      input: { endTime: '2026-03-06T18:59:59.999Z' },
      status: 400,
      errorType: 'InvalidRequest',
      message: /endTime.*startTime/,
    },
    {
      name: 'an end before the start, before the same dojoReservationId with other content',
      input: { dojoReservationId: taken.dojoReservationId, endTime: '2026-03-06T18:00:00Z' },
      status: 400,
      errorType: 'InvalidRequest',
      message: /endTime/,
    },
    {
      name: 'the same dojoReservationId with other covers',
      input: { dojoReservationId: taken.dojoReservationId, covers: 3 },
      status: 409,
      errorType: 'Conflict',
      message: new RegExp(taken.dojoReservationId),
    },
    {
      name: 'the same dojoReservationId with a table that nobody has, as a Conflict',
      input: { dojoReservationId: taken.dojoReservationId, tableIds: ['tbl_nobody'] },
      status: 409,
      errorType: 'Conflict',
      message: new RegExp(taken.dojoReservationId),
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
      const reply = await venue.call('CreateReservation', {
        ...reservationRequest([one]),
        ...input,
      })
      t.equal(reply.status, status)
      t.equal(reply.error.errorType, errorType)
      t.match(reply.error.debugMessage, message)
      t.strictSame(await dump(server), before, 'nothing has changed')
    })
  }

  t.test('books with everything that the contract has', async (t) => {
    const request: Input<'CreateReservation'> = {
      dojoReservationId: 'dojo-full',
      name: 'Ada Lovelace',
      covers: 5,
      startTime: '2026-03-06T20:00:00.5+01:00',
      endTime: NINE,
      tableIds: [two, one],
      hostNotes: 'Regulars',
      guestRequests: 'No nuts, ευχαριστώ 🥜',
    }
    const { status, body } = await venue.call('CreateReservation', request)
    t.equal(status, 200)
    t.match(body.id, /^rsv_[0-9a-f]{32}$/)
    const { dojoReservationId: _, ...kept } = request
    t.strictSame(
      { ...body },
      { ...kept, id: body.id, startTime: '2026-03-06T19:00:00.500Z' },
      'times are in UTC with milliseconds, tables in the order given',
    )
    t.strictSame(answered(await venue.call('GetReservationById', { reservationId: body.id })), body)
  })

  t.test('what is missing stays missing; a table named twice is one table', async (t) => {
    const request = reservationRequest([two, one, two])
    const body = answered(await venue.call('CreateReservation', request))
    t.strictSame(
      { ...body },
      {
        id: body.id,
        name: request.name,
        covers: 2,
        startTime: SEVEN,
        endTime: NINE,
        tableIds: [two, one],
      },
    )
  })

  t.test('may end at the moment in which it starts', async (t) => {
    t.equal(
      (await venue.call('CreateReservation', reservationRequest([one], { endTime: SEVEN }))).status,
      200,
    )
  })

  t.test('reservations of a table may overlap, unless the venue says otherwise', async (t) => {
    t.equal((await venue.call('CreateReservation', reservationRequest([two]))).status, 200)
    t.equal((await venue.call('CreateReservation', reservationRequest([two]))).status, 200)
  })

  t.test('the repeat', async (t) => {
    const request = reservationRequest([one], { hostNotes: 'Again' })
    const first = answered(await venue.call('CreateReservation', request))

    t.test('with the same content answers the same reservation', async (t) => {
      t.strictSame(answered(await venue.call('CreateReservation', request)), first)
    })
    t.test(
      'in another order of fields, with a field that the contract does not know, and the ' +
        'same instant written otherwise',
      async (t) => {
        const entries = Object.entries({
          ...request,
          endTime: '2026-03-06T22:00:00+01:00',
          somethingNew: [1],
        }).reverse()
        t.strictSame(
          answered(await venue.call('CreateReservation', Object.fromEntries(entries) as never)),
          first,
        )
      },
    )
    t.test('by another venue is a reservation of its own', async (t) => {
      const { status, body } = await other.call(
        'CreateReservation',
        reservationRequest([theirs], { dojoReservationId: request.dojoReservationId }),
      )
      t.equal(status, 200)
      t.not(body.id, first.id)
    })
    t.test('after an update answers the reservation as it now is', async (t) => {
      const updated = answered(
        await venue.call('UpdateReservation', { ...request, reservationId: first.id, covers: 9 }),
      )
      t.strictSame(answered(await venue.call('CreateReservation', request)), updated)
      t.equal(updated.covers, 9)
    })
    t.test('after its table was retired', async (t) => {
      const [table] = (await newTables(server, venue, ['Soon gone'])) as [string]
      const repeated = reservationRequest([table])
      const { id } = answered(await venue.call('CreateReservation', repeated))
      await retire(server, 'table', table)
      t.equal(answered(await venue.call('CreateReservation', repeated)).id, id)
    })
    t.test('after the reservation was deleted books a new one', async (t) => {
      const again = reservationRequest([one])
      const { id } = answered(await venue.call('CreateReservation', again))
      await venue.call('DeleteReservationById', { reservationId: id })
      t.not(answered(await venue.call('CreateReservation', again)).id, id)
    })
  })

  t.test(
    '20 at once with the same dojoReservationId are one reservation, on two instances',
    async (t) => {
      const second = onInstance(t, await startServer(t, { databaseUrl: server.databaseUrl }), venue)
      const request = reservationRequest([one, two])
      const replies = await Promise.all(
        Array.from(
          { length: 20 },
          async (_, index) =>
            await (index % 2 === 0 ? venue : second).call('CreateReservation', request),
        ),
      )
      t.strictSame(
        replies.map(({ status }) => status),
        Array(20).fill(200),
      )
      t.equal(new Set(replies.map(({ body }) => body.id)).size, 1)
      t.equal(
        (
          await sql('SELECT 1 FROM reservations WHERE dojo_reservation_id = $1', [
            request.dojoReservationId,
          ])
        ).length,
        1,
      )
    },
  )

  t.test(
    '20 at once with the same dojoReservationId and each with other content: one wins, the ' +
      'others are Conflict',
    async (t) => {
      const request = reservationRequest([one])
      const replies = await Promise.all(
        Array.from(
          { length: 20 },
          async (_, index) =>
            await venue.call('CreateReservation', { ...request, covers: index + 1 }),
        ),
      )
      t.equal(replies.filter(({ status }) => status === 200).length, 1)
      t.equal(replies.filter(({ status }) => status === 409).length, 19)
    },
  )

  t.test(
    'a dojoReservationId longer than any index takes is refused, not a failure of the server',
    async (t) => {
      const { status, error } = await venue.call(
        'CreateReservation',
        reservationRequest([one], { dojoReservationId: randomBytes(8000).toString('base64') }),
      )
      t.equal(status, 400)
      t.equal(error.errorType, 'InvalidRequest')
      t.match(error.debugMessage, /dojoReservationId/)
    },
  )
})

t.test('CreateReservation where the venue refuses overlapping reservations', async (t) => {
  const server = await startServer(t)
  const { venue } = server
  await setRules(server, venue, { refuseOverlappingReservations: true })
  let count = 0
  const table = async (): Promise<string> =>
    (await newTables(server, venue, [`Table ${++count}`]))[0]!
  const at = (time: string): string => `2026-03-06T${time}Z`

  // Half open: one may start at the moment in which another ends.
  const times: { name: string; startTime: string; endTime: string; status: number }[] = [
    { name: 'the same time', startTime: SEVEN, endTime: NINE, status: 409 },
    {
      name: 'a time within it',
      startTime: at('19:30:00.000'),
      endTime: at('20:00:00.000'),
      status: 409,
    },
    {
      name: 'a time around it',
      startTime: at('18:00:00.000'),
      endTime: at('22:00:00.000'),
      status: 409,
    },
    {
      name: 'a time that ends a millisecond after it starts',
      startTime: at('18:00:00.000'),
      endTime: at('19:00:00.001'),
      status: 409,
    },
    {
      name: 'a time that ends when it starts',
      startTime: at('18:00:00.000'),
      endTime: SEVEN,
      status: 200,
    },
    {
      name: 'a time that starts a millisecond before it ends',
      startTime: at('20:59:59.999'),
      endTime: ELEVEN,
      status: 409,
    },
    { name: 'a time that starts when it ends', startTime: NINE, endTime: ELEVEN, status: 200 },
    {
      name: 'another day',
      startTime: '2026-03-07T19:00:00.000Z',
      endTime: '2026-03-07T21:00:00.000Z',
      status: 200,
    },
  ]
  for (const { name, startTime, endTime, status } of times) {
    t.test(`${status === 200 ? 'takes' : 'refuses'} ${name}`, async (t) => {
      const place = await table()
      const kept = await newReservation(venue, [place])
      const reply = await venue.call(
        'CreateReservation',
        reservationRequest([place], { startTime, endTime }),
      )
      t.equal(reply.status, status)
      if (status === 200) return
      t.equal(reply.error.errorType, 'Conflict')
      t.match(
        reply.error.debugMessage,
        new RegExp(`Table ${count}\\b.*${kept.id}`),
        'naming the table and what it is kept for',
      )
    })
  }

  t.test('refuses when one of several tables is kept, and keeps none of the others', async (t) => {
    const [free, kept] = [await table(), await table()]
    await newReservation(venue, [kept])
    t.equal((await venue.call('CreateReservation', reservationRequest([free, kept]))).status, 409)
    t.equal((await venue.call('CreateReservation', reservationRequest([free]))).status, 200)
  })

  t.test('refuses unknown tables before an overlap', async (t) => {
    const kept = await table()
    await newReservation(venue, [kept])
    const { status, error } = await venue.call(
      'CreateReservation',
      reservationRequest([kept, 'tbl_nobody']),
    )
    t.equal(status, 400)
    t.match(error.debugMessage, /tbl_nobody/)
  })

  t.test('the repeat is not in its own way', async (t) => {
    const request = reservationRequest([await table()])
    const first = answered(await venue.call('CreateReservation', request))
    t.strictSame(answered(await venue.call('CreateReservation', request)), first)
  })

  t.test('a deleted reservation keeps nothing', async (t) => {
    const place = await table()
    const { id } = await newReservation(venue, [place])
    await venue.call('DeleteReservationById', { reservationId: id })
    t.equal((await venue.call('CreateReservation', reservationRequest([place]))).status, 200)
  })

  t.test('parties at the table do not count', async (t) => {
    const place = await table()
    await newParty(venue, [place])
    t.equal((await venue.call('CreateReservation', reservationRequest([place]))).status, 200)
  })

  t.test('20 at once: exactly one', async (t) => {
    const place = await table()
    const replies = await Promise.all(
      Array.from(
        { length: 20 },
        async () => await venue.call('CreateReservation', reservationRequest([place])),
      ),
    )
    t.equal(replies.filter(({ status }) => status === 200).length, 1)
    t.strictSame(
      replies.filter(({ status }) => status !== 200).map(({ error }) => error.errorType),
      Array(19).fill('Conflict'),
    )
  })

  t.test('20 at once that name two tables in either order: exactly one', async (t) => {
    const places = [await table(), await table()]
    const replies = await Promise.all(
      Array.from(
        { length: 20 },
        async (_, index) =>
          await venue.call(
            'CreateReservation',
            reservationRequest(index % 2 === 0 ? places : places.toReversed()),
          ),
      ),
    )
    t.equal(replies.filter(({ status }) => status === 200).length, 1)
    t.strictSame(
      replies.filter(({ status }) => status !== 200).map(({ error }) => error.errorType),
      Array(19).fill('Conflict'),
    )
  })

  t.test('20 at once, one after the other in time: all of them', async (t) => {
    const place = await table()
    const hour = (index: number): string =>
      new Date(Date.parse('2026-03-06T00:00:00Z') + index * 3_600_000).toISOString()
    const replies = await Promise.all(
      Array.from(
        { length: 20 },
        async (_, index) =>
          await venue.call(
            'CreateReservation',
            reservationRequest([place], { startTime: hour(index), endTime: hour(index + 1) }),
          ),
      ),
    )
    t.strictSame(
      replies.map(({ status }) => status),
      Array(20).fill(200),
    )
  })

  t.test(
    'counts what was booked before the setting was on or by the venue itself, and stops when ' +
      'it is off',
    async (t) => {
      const place = await table()
      await bookByVenue(server, venue, [place])
      t.equal((await venue.call('CreateReservation', reservationRequest([place]))).status, 409)
      await setRules(server, venue, { refuseOverlappingReservations: false })
      t.equal((await venue.call('CreateReservation', reservationRequest([place]))).status, 200)
      await setRules(server, venue, { refuseOverlappingReservations: true })
      t.equal((await venue.call('CreateReservation', reservationRequest([place]))).status, 409)
    },
  )

  t.test('is a matter of each venue', async (t) => {
    const other = await server.newVenue('The White Hart')
    const [place] = (await newTables(server, other, ['Table 1'])) as [string]
    t.equal((await other.call('CreateReservation', reservationRequest([place]))).status, 200)
    t.equal((await other.call('CreateReservation', reservationRequest([place]))).status, 200)
  })
})

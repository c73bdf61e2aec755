// Reservations at the tills, and the book of a day.
import t from 'tap'
import { newOrder, newTables } from '../../support/orders.ts'
import { startServer } from '../../support/server.ts'
import { newTill } from '../../support/till.ts'
import {
  done,
  isProblem,
  keepWhatIsTold,
  takeTold,
  tillsOfAllRoles,
  visitHistory,
} from '../../support/till-visits.ts'
import {
  answered,
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

t.test('reservations', async (t) => {
  const server = await startServer(t)
  const { venue, sql } = server
  const other = await server.newVenue('The White Hart')
  const [one, two] = (await newTables(server, venue, ['Table 1', 'Table 2'])) as [string, string]
  const [retired] = (await newTables(server, venue, ['Table 99'])) as [string]
  const [theirs] = (await newTables(server, other, ['Table 1'])) as [string]
  await retire(server, 'table', retired)
  const { kitchen, waiter, manager } = await tillsOfAllRoles(t, server)
  const stranger = await newTill(t, server, { venue: other })
  await keepWhatIsTold(server, venue)
  const booking = { name: 'Ada', covers: 2, tableIds: [one], startTime: SEVEN, endTime: NINE }
  const book = async (more: object = {}) =>
    await waiter.call('POST /reservations', {}, { ...booking, ...more })

  t.test('is taken, and Dojo reads it', async (t) => {
    const { status, body, headers } = await book({
      id: 'mine-1',
      tableIds: [two, one, two],
      hostNotes: 'Window',
      startTime: '2026-03-06T20:00:00+01:00',
    })
    t.equal(status, 201)
    t.equal(headers.etag, '"1"')
    t.strictSame(body, {
      id: 'mine-1',
      version: 1,
      name: 'Ada',
      covers: 2,
      tableIds: [two, one],
      startTime: SEVEN,
      endTime: NINE,
      hostNotes: 'Window',
      seated: false,
      parties: [],
    })
    t.strictSame(await takeTold(server), ['ReservationUpdated mine-1'])
    t.strictSame(
      { ...answered(await venue.call('GetReservationById', { reservationId: 'mine-1' })) },
      {
        id: 'mine-1',
        name: 'Ada',
        covers: 2,
        tableIds: [two, one],
        startTime: SEVEN,
        endTime: NINE,
        hostNotes: 'Window',
      },
    )
    t.ok(
      answered(await venue.call('SearchReservations', { tableId: two })).data!.some(
        ({ id }) => id === 'mine-1',
      ),
    )
    t.match(await visitHistory(server, 'mine-1'), [
      {
        kind: 'Reservation',
        action: 'Booked',
        detail: { set: { name: 'Ada', startTime: SEVEN } },
        caller_device_id: "The waiter's",
      },
    ])
    t.strictSame(
      done(await kitchen.call('GET /reservations/{reservationId}', { reservationId: 'mine-1' })),
      body,
    )
  })

  t.test('the same id with the same content again succeeds', async (t) => {
    t.equal((await book({ id: 'mine-2' })).status, 201)
    done(
      await waiter.call(
        'PATCH /reservations/{reservationId}',
        { reservationId: 'mine-2' },
        { covers: 6 },
      ),
    )
    const again = await book({ id: 'mine-2' })
    t.equal(again.status, 200)
    t.match(again.body, { version: 2, covers: 6 })
    isProblem(t, await book({ id: 'mine-2', covers: 3 }), {
      status: 409,
      code: 'content-differs',
      detail: /mine-2/,
    })
    const dojos = await newReservation(venue, [one])
    isProblem(t, await book({ id: dojos.id, name: dojos.name }), {
      status: 409,
      code: 'content-differs',
    })
    done(
      await waiter.call(
        'POST /reservations/{reservationId}/cancel',
        { reservationId: 'mine-2' },
        { reason: 'Ill' },
      ),
    )
    isProblem(t, await book({ id: 'mine-2' }), {
      status: 409,
      code: 'content-differs',
      detail: /deleted/,
    })
    const first = await waiter.call('POST /reservations', {}, booking, { key: 'book-1' })
    t.strictSame(
      (await waiter.call('POST /reservations', {}, booking, { key: 'book-1' })).body,
      first.body,
    )
  })

  t.test('a change touches what it names; the guests’ requests stay', async (t) => {
    const { id: reservationId } = await newReservation(venue, [one], {
      guestRequests: 'No nuts',
      hostNotes: 'Shy',
    })
    await takeTold(server)
    const { status, body } = await waiter.call(
      'PATCH /reservations/{reservationId}',
      { reservationId },
      { covers: 5, tableIds: [two], endTime: ELEVEN, hostNotes: null },
      { ifMatch: 1 },
    )
    t.equal(status, 200)
    t.notOk('hostNotes' in body)
    t.match(body, {
      version: 2,
      covers: 5,
      tableIds: [two],
      startTime: SEVEN,
      endTime: ELEVEN,
      guestRequests: 'No nuts',
    })
    t.match(
      { ...answered(await venue.call('GetReservationById', { reservationId })) },
      { covers: 5, tableIds: [two], endTime: ELEVEN, guestRequests: 'No nuts' },
    )
    t.strictSame(await takeTold(server), [`ReservationUpdated ${reservationId}`])
    t.strictSame((await visitHistory(server, reservationId))[1]!.detail, {
      set: { covers: 5, tableIds: [two], endTime: ELEVEN, hostNotes: null },
    })
    t.equal(
      done(
        await waiter.call('PATCH /reservations/{reservationId}', { reservationId }, { covers: 5 }),
      ).version,
      2,
    )
    t.strictSame(await takeTold(server), [], 'what changes nothing is no change')
    isProblem(
      t,
      await waiter.call(
        'PATCH /reservations/{reservationId}',
        { reservationId },
        { covers: 6 },
        { ifMatch: 1 },
      ),
      { status: 412, code: 'stale' },
    )
  })

  t.test('the details can still be changed at a table that was retired since', async (t) => {
    const [going] = (await newTables(server, venue, ['Table 50'])) as [string]
    const { id: reservationId } = done(await book({ tableIds: [going] }))
    await retire(server, 'table', going)
    t.equal(
      done(
        await waiter.call('PATCH /reservations/{reservationId}', { reservationId }, { covers: 9 }),
      ).covers,
      9,
    )
  })

  t.test(
    'the venue cancels it, also one of Dojo’s: Dojo finds it gone; its orders and parties stay',
    async (t) => {
      const { id: reservationId } = await newReservation(venue, [one], {
        dojoReservationId: 'dojo-off',
      })
      const { id: partyId } = await newParty(venue, [one], { reservationId })
      const { id: orderId } = await newOrder(venue, 1000, {
        details: { orderType: 'DineIn', dineIn: { tableId: one, reservationId } },
      })
      await takeTold(server)
      isProblem(
        t,
        await waiter.call(
          'POST /reservations/{reservationId}/cancel',
          { reservationId },
          { reason: 'Ill' },
          { ifMatch: 7 },
        ),
        { status: 412, code: 'stale' },
      )
      const { status, body } = await waiter.call(
        'POST /reservations/{reservationId}/cancel',
        { reservationId },
        { reason: 'Ill' },
        { ifMatch: 1 },
      )
      t.equal(status, 200)
      t.match(body, {
        id: reservationId,
        seated: true,
        parties: [{ id: partyId, startTime: SEVEN }],
      })
      t.strictSame(await takeTold(server), [
        `OrderUpdated ${orderId}`,
        `PartyUpdated ${partyId}`,
        `ReservationUpdated ${reservationId}`,
      ])
      t.equal((await venue.call('GetReservationById', { reservationId })).status, 404)
      t.notOk('reservationId' in answered(await venue.call('GetPartyById', { partyId })))
      t.notOk(
        'reservationId' in answered(await venue.call('GetOrderById', { orderId })).details.dineIn!,
      )
      const history = done(
        await kitchen.call('GET /reservations/{reservationId}/history', { reservationId }),
      )
      t.match(history.rows, [
        { action: 'Booked', sequence: 1 },
        {
          action: 'Canceled',
          sequence: 2,
          detail: { reason: 'Ill' },
          product: 'Till',
          deviceId: "The waiter's",
        },
      ])
      t.equal((await visitHistory(server, partyId)).at(-1)!.action, 'ReservationDeleted')
      isProblem(
        t,
        await waiter.call(
          'POST /reservations/{reservationId}/cancel',
          { reservationId },
          { reason: 'Ill' },
        ),
        { status: 404, code: 'not-found' },
      )
      isProblem(
        t,
        await stranger.call('GET /reservations/{reservationId}/history', { reservationId }),
        { status: 404, code: 'not-found' },
      )
    },
  )

  t.test('the history has Dojo’s changes too', async (t) => {
    const request = reservationRequest([one], { dojoReservationId: 'dojo-w' })
    const { id: reservationId } = answered(
      await venue.call('CreateReservation', request, { 'dojo-requesting-product': 'Bookings' }),
    )
    const update = { ...request, reservationId, covers: 3 }
    answered(await venue.call('UpdateReservation', update))
    answered(await venue.call('UpdateReservation', update))
    t.equal((await venue.call('DeleteReservationById', { reservationId })).status, 200)
    t.match(await visitHistory(server, reservationId), [
      { action: 'Booked', caller_product: 'Bookings' },
      { action: 'Updated', detail: { set: { covers: 3 } } },
      { action: 'Deleted' },
    ])
    t.equal((await visitHistory(server, reservationId)).length, 3)
  })

  t.test('the book of a day is by the clocks of the venue, in the order of arrival', async (t) => {
    await sql('DELETE FROM reservation_tables')
    await sql('UPDATE parties SET reservation_id = NULL')
    await sql('DELETE FROM reservations')
    await setRules(server, venue, { timeZone: 'Europe/London' })
    // The clocks go forward that night: the day has 23 hours and ends an hour earlier, in UTC, than
    // it began.
    const at = async (startTime: string, tableIds = [one]): Promise<string> =>
      done(await book({ startTime, endTime: '2026-04-30T00:00:00Z', tableIds })).id
    await at('2026-03-28T23:59:59.999Z')
    const late = await at('2026-03-29T22:59:59.999Z', [two])
    const noon = await at('2026-03-29T11:00:00Z')
    const midnight = await at('2026-03-29T00:00:00Z')
    await at('2026-03-29T23:00:00Z')
    const party = done(await waiter.call('POST /parties', {}, { reservationId: noon }))
    const listed = async (query: string) => done(await kitchen.call(`GET /reservations?${query}`))
    const idsOf = ({ rows }: { rows: { id: string }[] }) => rows.map(({ id }) => id)
    const whole = await listed('day=2026-03-29')
    t.strictSame(idsOf(whole), [midnight, noon, late])
    t.strictSame(
      whole.rows.map(({ seated, parties }: { seated: boolean; parties: object[] }) => ({
        seated,
        parties,
      })),
      [
        { seated: false, parties: [] },
        { seated: true, parties: [{ id: party.id, startTime: party.startTime }] },
        { seated: false, parties: [] },
      ],
    )
    t.strictSame(idsOf(await listed(`day=2026-03-29&tableId=${two}`)), [late])
    const first = await listed('day=2026-03-29&limit=2')
    const second = await listed(`day=2026-03-29&limit=2&after=${first.after}`)
    t.strictSame([idsOf(first), idsOf(second)], [[midnight, noon], [late]])
    t.strictSame(idsOf(await listed(`day=2026-03-29&limit=2&before=${second.before}`)), [
      midnight,
      noon,
    ])
    done(await waiter.call('POST /parties/{partyId}/finish', { partyId: party.id }, {}))
    t.ok((await listed('day=2026-03-29')).rows[1].parties[0].endTime, 'they were there')
    t.strictSame((await stranger.call('GET /reservations?day=2026-03-29')).body, { rows: [] })
    const dojosCursor = answered(
      await venue.call('SearchReservations', { cursor: { limit: 1 } }),
    ).after!
    isProblem(t, await kitchen.call(`GET /reservations?day=2026-03-29&after=${dojosCursor}`), {
      status: 400,
      code: 'cursor',
    })
    for (const query of [
      '',
      'day=tonight',
      'day=2026-02-30',
      'day=2026-03-29&limit=101',
      'day=2026-03-29&colour=red',
    ]) {
      isProblem(t, await kitchen.call(`GET /reservations?${query}`), {
        status: 400,
        code: 'schema',
      })
    }
  })

  t.test(
    'overlapping ones are refused as Dojo is refused them, where the venue does',
    async (t) => {
      await setRules(server, venue, { refuseOverlappingReservations: true })
      t.teardown(async () => {
        await setRules(server, venue, { refuseOverlappingReservations: false })
      })
      const day = '2027-03-06'
      const from = (start: number, end: number) => ({
        startTime: `${day}T${start}:00:00.000Z`,
        endTime: `${day}T${end}:00:00.000Z`,
      })
      const first = await newReservation(venue, [one], from(19, 21))
      isProblem(t, await book({ ...from(20, 22), tableIds: [two, one] }), {
        status: 409,
        code: 'overlapping',
        detail: new RegExp(first.id),
      })
      const { id: reservationId } = done(await book(from(21, 22)))
      isProblem(
        t,
        await waiter.call(
          'PATCH /reservations/{reservationId}',
          { reservationId },
          { startTime: `${day}T20:59:59.999Z` },
        ),
        { status: 409, code: 'overlapping' },
      )
      t.equal(
        done(
          await waiter.call(
            'PATCH /reservations/{reservationId}',
            { reservationId },
            { startTime: `${day}T20:59:59.999Z`, tableIds: [two] },
          ),
        ).tableIds[0],
        two,
      )
      t.equal(
        (await venue.call('CreateReservation', reservationRequest([two], from(20, 22)))).status,
        409,
        'Dojo meets the one of the till',
      )
      // An overlap from before the venue refused them does not stop a change of the details.
      await setRules(server, venue, { refuseOverlappingReservations: false })
      const { id: doubled } = done(await book(from(19, 21)))
      await setRules(server, venue, { refuseOverlappingReservations: true })
      isProblem(
        t,
        await waiter.call(
          'PATCH /reservations/{reservationId}',
          { reservationId: doubled },
          { endTime: `${day}T20:00:00Z` },
        ),
        { status: 409, code: 'overlapping' },
      )
    },
  )

  t.test('refusals, which change nothing', async (t) => {
    const { id: reservationId } = done(await book())
    const theirReservation = await newReservation(other, [theirs])
    const patch = 'PATCH /reservations/{reservationId}'
    const cancel = 'POST /reservations/{reservationId}/cancel'
    const cases: {
      name: string
      call: string
      path?: Record<string, string>
      body?: unknown
      status: number
      code: string
      detail?: RegExp
    }[] = [
      {
        name: 'no name',
        call: 'POST /reservations',
        body: { ...booking, name: undefined },
        status: 400,
        code: 'schema',
        detail: /name/,
      },
      {
        name: 'an empty name',
        call: 'POST /reservations',
        body: { ...booking, name: '' },
        status: 400,
        code: 'schema',
      },
      {
        name: 'no tables',
        call: 'POST /reservations',
        body: { ...booking, tableIds: [] },
        status: 400,
        code: 'schema',
      },
      {
        name: 'an end before its start',
        call: 'POST /reservations',
        body: { ...booking, endTime: '2026-03-06T18:00:00Z' },
        status: 400,
        code: 'invalid',
        detail: /endTime/,
      },
      {
        name: 'a time that no calendar has',
        call: 'POST /reservations',
        body: { ...booking, endTime: '2026-12-31T23:59:60Z' },
        status: 400,
        code: 'invalid',
      },
      {
        name: 'a table that nobody has',
        call: 'POST /reservations',
        body: { ...booking, tableIds: ['nowhere'] },
        status: 400,
        code: 'unknown-reference',
      },
      {
        name: "another venue's table",
        call: 'POST /reservations',
        body: { ...booking, tableIds: [theirs] },
        status: 400,
        code: 'unknown-reference',
      },
      {
        name: 'a retired table',
        call: 'POST /reservations',
        body: { ...booking, tableIds: [retired] },
        status: 400,
        code: 'unknown-reference',
      },
      {
        name: 'requests of guests',
        call: 'POST /reservations',
        body: { ...booking, guestRequests: 'x' },
        status: 400,
        code: 'schema',
        detail: /guestRequests/,
      },
      {
        name: 'notes without an end',
        call: 'POST /reservations',
        body: { ...booking, hostNotes: 'x'.repeat(1001) },
        status: 400,
        code: 'schema',
      },
      {
        name: 'an id that is SQL',
        call: 'POST /reservations',
        body: { ...booking, id: "'; DROP TABLE parties" },
        status: 400,
        code: 'schema',
      },
      {
        name: 'requests of guests in a change',
        call: patch,
        path: { reservationId },
        body: { guestRequests: 'x' },
        status: 400,
        code: 'schema',
        detail: /guestRequests/,
      },
      {
        name: 'a name that is emptied',
        call: patch,
        path: { reservationId },
        body: { name: null },
        status: 400,
        code: 'schema',
      },
      {
        name: 'a start after its end',
        call: patch,
        path: { reservationId },
        body: { startTime: ELEVEN },
        status: 400,
        code: 'invalid',
        detail: /endTime/,
      },
      {
        name: 'to go to a retired table',
        call: patch,
        path: { reservationId },
        body: { tableIds: [retired] },
        status: 400,
        code: 'unknown-reference',
      },
      {
        name: 'to be called off without a reason',
        call: cancel,
        path: { reservationId },
        body: {},
        status: 400,
        code: 'schema',
        detail: /reason/,
      },
      ...[theirReservation.id, 'nobody'].flatMap((id) =>
        [
          { call: 'GET /reservations/{reservationId}' },
          { call: patch, body: { covers: 1 } },
          { call: cancel, body: { reason: 'Ill' } },
          { call: 'GET /reservations/{reservationId}/history' },
        ].map((each) => ({
          ...each,
          name: `${each.call} with ${id === 'nobody' ? "nobody's id" : "another venue's"}`,
          path: { reservationId: id },
          status: 404,
          code: 'not-found',
          detail: new RegExp(`^There is no reservation with the id ${id} in this venue\\.$`),
        })),
      ),
    ]
    const before = await dump(server)
    for (const { name, call, path, body, ...expected } of cases) {
      await t.test(name, async (t) => {
        isProblem(t, await manager.call(call, path, body), expected)
        t.strictSame(await dump(server), before, 'nothing has changed')
      })
    }
    for (const [call, body] of [
      ['POST /reservations', booking],
      [patch, { covers: 1 }],
      [cancel, { reason: 'Ill' }],
    ] as const) {
      isProblem(t, await kitchen.call(call, { reservationId }, body), {
        status: 403,
        code: 'forbidden',
      })
    }
    t.strictSame(await dump(server), before, 'the kitchen changes nothing')
  })
})

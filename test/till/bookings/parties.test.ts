// Parties at the tills: seated, described, moved, finished; and what Dojo sees and hears of that.
import t from 'tap'
import { newOrder, newTables, pay, gbp } from '../../support/orders.ts'
import { startServer } from '../../support/server.ts'
import { newTill } from '../../support/till.ts'
import {
  done,
  isProblem,
  keepWhatIsTold,
  seat,
  orderOf,
  takeTold,
  tillsOfAllRoles,
  visitHistory,
} from '../../support/till-visits.ts'
import {
  answered,
  dump,
  newParty,
  newPartyThatLeft,
  newReservation,
  NINE,
  partyRequest,
  retire,
  SEVEN,
  setRules,
} from '../../support/visits.ts'

t.test('parties', async (t) => {
  const server = await startServer(t)
  const { venue, sql } = server
  const other = await server.newVenue('The White Hart')
  const [one, two, three] = (await newTables(server, venue, ['Table 1', 'Table 2', 'Table 3'])) as [
    string,
    string,
    string,
  ]
  const [retired] = (await newTables(server, venue, ['Table 99'])) as [string]
  const [theirs] = (await newTables(server, other, ['Table 1'])) as [string]
  await retire(server, 'table', retired)
  const { kitchen, waiter, manager } = await tillsOfAllRoles(t, server)
  const stranger = await newTill(t, server, { venue: other })
  await keepWhatIsTold(server, venue)
  const onePartyPerTable = async (on: boolean): Promise<void> => {
    await setRules(server, venue, { onePartyPerTable: on })
  }

  t.test('a walk-in is seated now, by the clock of the database', async (t) => {
    const [before] = await sql<{ now: Date }>('SELECT clock_timestamp()::timestamptz(3) AS now')
    const { status, body, headers } = await seat(waiter, [one, two, one], {
      name: 'Grace',
      covers: 3,
      hostNotes: 'Birthday',
    })
    const [after] = await sql<{ now: Date }>('SELECT clock_timestamp()::timestamptz(3) AS now')
    t.equal(status, 201)
    t.equal(headers.etag, '"1"')
    t.match(body, {
      version: 1,
      name: 'Grace',
      covers: 3,
      tableIds: [one, two],
      status: 'Seated',
      hostNotes: 'Birthday',
    })
    t.ok(before!.now.toISOString() <= body.startTime && body.startTime <= after!.now.toISOString())
    t.strictSame(await takeTold(server), [`PartyUpdated ${body.id}`])
    t.strictSame(
      { ...answered(await venue.call('GetPartyById', { partyId: body.id })) },
      {
        id: body.id,
        name: 'Grace',
        covers: 3,
        tableIds: [one, two],
        status: 'Seated',
        startTime: body.startTime,
        hostNotes: 'Birthday',
      },
    )
    t.ok(
      answered(await venue.call('SearchParties', { tableId: two })).data!.some(
        ({ id }) => id === body.id,
      ),
    )
    t.match(await visitHistory(server, body.id), [
      {
        kind: 'Party',
        sequence: 1,
        action: 'Seated',
        detail: { set: { name: 'Grace', tableIds: [one, two], startTime: body.startTime } },
        caller_product: 'Till',
        caller_device_id: "The waiter's",
      },
    ])
    t.strictSame(done(await waiter.call('GET /parties/{partyId}', { partyId: body.id })), body)
  })

  t.test(
    'the guests of a reservation bring its details; the reservation itself does not change',
    async (t) => {
      const reserved = await newReservation(venue, [two, three], {
        name: 'Ada',
        covers: 4,
        hostNotes: 'Window',
        guestRequests: 'No nuts',
        dojoReservationId: 'dojo-r',
      })
      await takeTold(server)
      const party = done(
        await waiter.call('POST /parties', {}, { reservationId: reserved.id, covers: 5 }),
      )
      t.match(party, {
        name: 'Ada',
        covers: 5,
        tableIds: [two, three],
        hostNotes: 'Window',
        guestRequests: 'No nuts',
        reservationId: reserved.id,
      })
      t.notOk('expectedEndTime' in party, 'its end was long ago')
      t.strictSame(
        answered(await venue.call('GetReservationById', { reservationId: reserved.id })),
        reserved,
      )
      t.match(
        { ...answered(await venue.call('GetPartyById', { partyId: party.id })) },
        { reservationId: reserved.id, guestRequests: 'No nuts' },
      )
      t.strictSame(await takeTold(server), [`PartyUpdated ${party.id}`])
      isProblem(t, await waiter.call('POST /parties', {}, { reservationId: reserved.id }), {
        status: 409,
        code: 'in-use',
        detail: new RegExp(party.id),
      })
      done(await waiter.call('POST /parties/{partyId}/finish', { partyId: party.id }, {}))
      t.equal(
        (await waiter.call('POST /parties', {}, { reservationId: reserved.id, tableIds: [one] }))
          .status,
        201,
        'they came back',
      )
    },
  )

  t.test('a reservation that is not over sets the expected end of its party', async (t) => {
    const end = '2999-01-01T21:00:00.000Z'
    const { id: reservationId } = await newReservation(venue, [three], { endTime: end })
    t.equal(done(await waiter.call('POST /parties', {}, { reservationId })).expectedEndTime, end)
  })

  t.test('with an id of its own, the same request again succeeds', async (t) => {
    const body = { id: 'walk-in-1', tableIds: [one], name: 'Ada' }
    t.equal((await waiter.call('POST /parties', {}, body)).status, 201)
    done(await waiter.call('PATCH /parties/{partyId}', { partyId: body.id }, { covers: 2 }))
    const again = await waiter.call('POST /parties', {}, body)
    t.equal(again.status, 200)
    t.match(again.body, { id: 'walk-in-1', version: 2, covers: 2 }, 'as it is now')
    isProblem(t, await waiter.call('POST /parties', {}, { ...body, name: 'Eve' }), {
      status: 409,
      code: 'content-differs',
      detail: /walk-in-1/,
    })
    const dojos = await newParty(venue, [one])
    isProblem(t, await waiter.call('POST /parties', {}, { ...body, id: dojos.id }), {
      status: 409,
      code: 'content-differs',
    })
    t.equal((await venue.call('DeletePartyById', { partyId: body.id })).status, 200)
    isProblem(t, await waiter.call('POST /parties', {}, body), {
      status: 409,
      code: 'content-differs',
      detail: /deleted/,
    })
    t.equal(
      (await stranger.call('POST /parties', {}, { ...body, tableIds: [theirs] })).status,
      201,
      'ids are each venue’s own',
    )
    const { id: reservationId } = await newReservation(venue, [two])
    const ofReservation = { id: 'guests-1', reservationId }
    t.equal((await waiter.call('POST /parties', {}, ofReservation)).status, 201)
    t.match(await waiter.call('POST /parties', {}, ofReservation), {
      status: 200,
      body: { reservationId },
    })
    done(
      await waiter.call(
        'POST /reservations/{reservationId}/cancel',
        { reservationId },
        { reason: 'Twice in the book' },
      ),
    )
    t.match(
      await waiter.call('POST /parties', {}, ofReservation),
      { status: 200, body: { id: 'guests-1', tableIds: [two] } },
      'even after its reservation is gone',
    )
  })

  t.test('the same Idempotency-Key seats one party', async (t) => {
    const body = { tableIds: [one] }
    const first = await waiter.call('POST /parties', {}, body, { key: 'seat-1' })
    const again = await waiter.call('POST /parties', {}, body, { key: 'seat-1' })
    t.equal(again.headers['idempotent-replay'], 'true')
    t.equal(again.headers.etag, '"1"')
    t.strictSame(again.body, first.body)
    isProblem(t, await waiter.call('POST /parties', {}, { tableIds: [two] }, { key: 'seat-1' }), {
      status: 422,
      code: 'key-reused',
    })
  })

  t.test('describes a party; null clears', async (t) => {
    const { id: partyId } = done(await seat(waiter, [one], { name: 'Ada', covers: 2 }))
    await takeTold(server)
    const { status, body, headers } = await waiter.call(
      'PATCH /parties/{partyId}',
      { partyId },
      {
        name: null,
        covers: 4,
        status: 'Dessert',
        hostNotes: 'Cake',
        expectedEndTime: '2026-11-21T22:00:00+01:00',
      },
      { ifMatch: 1 },
    )
    t.equal(status, 200)
    t.equal(headers.etag, '"2"')
    t.notOk('name' in body)
    t.match(body, {
      version: 2,
      covers: 4,
      status: 'Dessert',
      hostNotes: 'Cake',
      expectedEndTime: '2026-11-21T21:00:00.000Z',
    })
    t.match(
      { ...answered(await venue.call('GetPartyById', { partyId })) },
      { covers: 4, status: 'Dessert', hostNotes: 'Cake' },
    )
    t.strictSame(await takeTold(server), [`PartyUpdated ${partyId}`])
    t.strictSame((await visitHistory(server, partyId))[1]!.detail, {
      set: {
        name: null,
        covers: 4,
        status: 'Dessert',
        hostNotes: 'Cake',
        expectedEndTime: '2026-11-21T21:00:00.000Z',
      },
    })
    const same = await waiter.call('PATCH /parties/{partyId}', { partyId }, { covers: 4 })
    t.equal(same.body.version, 2, 'what changes nothing is no change')
    t.strictSame(await takeTold(server), [])
    t.notOk(
      'expectedEndTime' in
        done(await waiter.call('PATCH /parties/{partyId}', { partyId }, { expectedEndTime: null })),
    )
  })

  t.test("the guests' requests and the deposit are Dojo's and stay", async (t) => {
    const deposit = { totalAmount: gbp(2500), description: 'Lunch', paymentIntentIds: ['pi_1'] }
    const { id: partyId } = await newParty(venue, [one], { guestRequests: 'No nuts', deposit })
    for (const body of [
      { guestRequests: 'Nuts' },
      { deposit },
      { deposit: { paymentIntentIds: [] } },
      { startTime: SEVEN },
      { endTime: NINE },
      { tableIds: [two] },
      { reservationId: null },
    ]) {
      isProblem(t, await manager.call('PATCH /parties/{partyId}', { partyId }, body), {
        status: 400,
        code: 'schema',
        detail: new RegExp(Object.keys(body)[0]!),
      })
    }
    const described = done(
      await manager.call('PATCH /parties/{partyId}', { partyId }, { hostNotes: 'Mild' }),
    )
    t.match(described, {
      guestRequests: 'No nuts',
      deposit: { totalMinor: 2500, description: 'Lunch', paymentIntentIds: ['pi_1'] },
    })
    const moved = done(
      await manager.call('POST /parties/{partyId}/move', { partyId }, { tableIds: [two] }),
    )
    t.match(moved, { guestRequests: 'No nuts', deposit: { totalMinor: 2500 } })
    t.match(
      { ...answered(await venue.call('GetPartyById', { partyId })) },
      { guestRequests: 'No nuts', deposit, hostNotes: 'Mild' },
    )
  })

  t.test('moves with its open orders at the tables that it leaves', async (t) => {
    const party = done(await seat(waiter, [one, two]))
    const stays = await orderOf(server, waiter, { tableId: two, partyId: party.id }, 100)
    const goes = [
      await orderOf(server, waiter, { tableId: one, partyId: party.id }, 500),
      await orderOf(server, waiter, { tableId: one, partyId: party.id }, 0),
    ].sort()
    const atNoTable = await orderOf(server, waiter, { partyId: party.id }, 300)
    t.equal(
      (await waiter.call('GET /orders/{orderId}', { orderId: atNoTable })).body.tableId,
      one,
      'an order is at the table of its party unless it names one',
    )
    await waiter.call('PATCH /orders/{orderId}', { orderId: atNoTable }, { tableId: null })
    const ofNobody = await orderOf(server, waiter, { tableId: one }, 300)
    const settled = await orderOf(server, waiter, { tableId: one, partyId: party.id }, 700)
    t.equal(answered(await pay(venue, settled, 700)).status, 'Finalized')
    await takeTold(server)
    const moved = await waiter.call(
      'POST /parties/{partyId}/move',
      { partyId: party.id },
      { tableIds: [three, two] },
      { ifMatch: 1 },
    )
    t.equal(moved.status, 200)
    t.match(moved.body, { version: 2, tableIds: [three, two] })
    t.strictSame(
      await takeTold(server),
      [...goes.map((id) => `OrderUpdated ${id}`), `PartyUpdated ${party.id}`].sort(),
    )
    const tableOf = async (orderId: string) =>
      answered(await venue.call('GetOrderById', { orderId })).details.dineIn!.tableId
    for (const id of goes) t.equal(await tableOf(id), three)
    t.equal(await tableOf(stays), two)
    t.equal(await tableOf(atNoTable), undefined)
    t.equal(await tableOf(ofNobody), one)
    t.equal(await tableOf(settled), one, 'what is over stays where it was')
    t.strictSame(answered(await venue.call('GetPartyById', { partyId: party.id })).tableIds, [
      three,
      two,
    ])
    t.strictSame((await visitHistory(server, party.id))[1]!.detail, {
      from: [one, two],
      to: [three, two],
      orderIds: goes,
      set: { tableIds: [three, two] },
    })
    const history = await sql<{ detail: object }>(
      "SELECT detail FROM order_history WHERE order_id = ANY($1) AND action = 'Moved'",
      [goes],
    )
    t.strictSame(
      history.map(({ detail }) => detail),
      goes.map(() => ({ from: one, to: three, partyId: party.id })),
    )
  })

  t.test('an order moves even while somebody pays it', async (t) => {
    const party = done(await seat(waiter, [one]))
    const { id: orderId } = await newOrder(venue, 1000, {
      details: { orderType: 'DineIn', dineIn: { tableId: one, partyId: party.id } },
    })
    answered(
      await venue.call('CreateOrderLock', {
        orderId,
        lockId: 'paying',
        expiry: '2999-01-01T00:00:00Z',
      }),
    )
    done(
      await waiter.call('POST /parties/{partyId}/move', { partyId: party.id }, { tableIds: [two] }),
    )
    t.equal(answered(await venue.call('GetOrderById', { orderId })).details.dineIn!.tableId, two)
  })

  t.test('finishes once its orders are paid; a manager may force it before', async (t) => {
    const party = done(await seat(waiter, [one]))
    const path = { partyId: party.id }
    const owing = await orderOf(server, waiter, { tableId: one, partyId: party.id }, 500)
    await orderOf(server, waiter, { tableId: one, partyId: party.id }, 0)
    const refused = await waiter.call('POST /parties/{partyId}/finish', path, {})
    isProblem(t, refused, { status: 409, code: 'unpaid', detail: /5\.00 GBP/ })
    t.match(refused.problem, { orders: [{ id: owing, balanceMinor: 500 }] })
    isProblem(
      t,
      await waiter.call('POST /parties/{partyId}/finish', path, {
        force: true,
        reason: 'Ran away',
      }),
      { status: 403, code: 'forbidden' },
    )
    isProblem(t, await manager.call('POST /parties/{partyId}/finish', path, { force: true }), {
      status: 400,
      code: 'invalid',
      detail: /reason/,
    })
    isProblem(
      t,
      await manager.call('POST /parties/{partyId}/finish', path, { reason: 'Ran away' }),
      { status: 409, code: 'unpaid' },
    )
    t.equal((await visitHistory(server, party.id)).length, 1, 'nothing has changed')
    await takeTold(server)
    const finished = await manager.call('POST /parties/{partyId}/finish', path, {
      force: true,
      reason: 'Ran away',
    })
    t.match(finished.body, { version: 2, status: 'Seated' })
    t.ok(finished.body.endTime >= party.startTime)
    t.strictSame(await takeTold(server), [`PartyUpdated ${party.id}`])
    t.strictSame((await visitHistory(server, party.id))[1]!.detail, {
      reason: 'Ran away',
      owing: [{ orderId: owing, balanceMinor: 500 }],
      set: { endTime: finished.body.endTime },
    })
    t.equal(answered(await venue.call('GetPartyById', path)).endTime, finished.body.endTime)
    t.notOk(answered(await venue.call('SearchParties', {})).data!.some(({ id }) => id === party.id))
    t.ok(
      answered(await venue.call('SearchParties', { completedOnly: true })).data!.some(
        ({ id }) => id === party.id,
      ),
    )
    const again = await waiter.call('POST /parties/{partyId}/finish', path, {})
    t.strictSame(again.body, finished.body, 'the same again changes nothing')
    isProblem(t, await manager.call('POST /parties/{partyId}/move', path, { tableIds: [two] }), {
      status: 409,
      code: 'final',
      detail: /has left/,
    })
  })

  t.test('a party that Dojo seated a little in the future can still leave', async (t) => {
    const { id: partyId } = await newParty(venue, [one], { startTime: '2999-01-01T00:00:00.000Z' })
    t.equal(
      done(await waiter.call('POST /parties/{partyId}/finish', { partyId }, {})).endTime,
      '2999-01-01T00:00:00.000Z',
    )
  })

  t.test('one party per table holds for tills as for Dojo', async (t) => {
    await sql('UPDATE parties SET end_time = start_time WHERE end_time IS NULL')
    await onePartyPerTable(true)
    t.teardown(async () => {
      await onePartyPerTable(false)
    })
    const dojos = await newParty(venue, [one])
    isProblem(t, await seat(waiter, [two, one]), {
      status: 409,
      code: 'occupied',
      detail:
        `The table Table 1 is taken by the party ${dojos.id}, and this venue seats one party at ` +
        'a table. Choose another table, or finish that party first.',
    })
    const { id: partyId } = done(await seat(waiter, [two]))
    isProblem(
      t,
      await waiter.call('POST /parties/{partyId}/move', { partyId }, { tableIds: [three, one] }),
      { status: 409, code: 'occupied' },
    )
    done(await waiter.call('POST /parties/{partyId}/move', { partyId }, { tableIds: [two, three] }))
    t.equal(
      (
        await venue.call('UpdateParty', {
          partyId: dojos.id,
          dojoPartyId: 'any',
          status: 'Seated',
          startTime: SEVEN,
          tableIds: [three],
        })
      ).status,
      409,
    )
    done(await waiter.call('POST /parties/{partyId}/finish', { partyId: dojos.id }, {}))
    t.equal((await seat(waiter, [one])).status, 201, 'the table is free')
  })

  t.test('lists the seated parties, or those that have left, by table and in pages', async (t) => {
    await sql('UPDATE parties SET end_time = start_time WHERE end_time IS NULL')
    const ids: string[] = []
    for (const tables of [[one], [two], [one, two]]) {
      ids.unshift(done(await seat(waiter, tables)).id)
    }
    const listed = async (query: string) => done(await kitchen.call(`GET /parties?${query}`))
    const idsOf = ({ rows }: { rows: { id: string }[] }) => rows.map(({ id }) => id)
    t.strictSame(idsOf(await listed('')), ids)
    t.strictSame(idsOf(await listed(`tableId=${one}`)), [ids[0], ids[2]])
    const first = await listed('limit=2')
    t.strictSame(idsOf(first), ids.slice(0, 2))
    const second = await listed(`limit=2&after=${first.after}`)
    t.strictSame(idsOf(second), ids.slice(2))
    t.strictSame(idsOf(await listed(`limit=2&before=${second.before}`)), ids.slice(0, 2))
    const left = await newPartyThatLeft(venue, [three])
    t.ok(idsOf(await listed('completed=true&limit=100')).includes(left.id))
    t.strictSame(idsOf(await listed('completed=true&tableId=nowhere')), [])
    isProblem(t, await kitchen.call('GET /parties?after=nonsense'), { status: 400, code: 'cursor' })
    isProblem(t, await kitchen.call('GET /parties?limit=0'), { status: 400, code: 'schema' })
    isProblem(t, await stranger.call(`GET /parties?after=${first.after}`), {
      status: 400,
      code: 'cursor',
    })
  })

  t.test('the history has Dojo’s changes too, and outlives the party', async (t) => {
    const origin = {
      'waiter-id': '7',
      'dojo-requesting-product': 'Bookings',
      'device-id': 'web',
      'device-type': 'Browser',
    }
    const { id: reservationId } = await newReservation(venue, [one])
    const create = {
      dojoPartyId: 'dojo-h',
      tableIds: [one],
      startTime: SEVEN,
      name: 'Ada',
      reservationId,
    }
    const { id: partyId } = answered(await venue.call('CreateParty', create, origin))
    answered(await venue.call('CreateParty', create, origin))
    const update = {
      partyId,
      dojoPartyId: 'dojo-h',
      tableIds: [one],
      startTime: SEVEN,
      status: 'Mains',
      guestRequests: 'No nuts',
    }
    answered(await venue.call('UpdateParty', update, origin))
    answered(await venue.call('UpdateParty', update, origin))
    t.equal((await venue.call('DeleteReservationById', { reservationId }, origin)).status, 200)
    t.equal((await venue.call('DeletePartyById', { partyId }, origin)).status, 200)
    const page = done(await kitchen.call('GET /parties/{partyId}/history?limit=3', { partyId }))
    const rest = done(
      await kitchen.call(`GET /parties/{partyId}/history?limit=3&after=${page.after}`, { partyId }),
    )
    const rows = [...page.rows, ...rest.rows]
    t.match(rows, [
      {
        sequence: 1,
        action: 'Seated',
        detail: { set: { name: 'Ada', reservationId, dojoPartyId: 'dojo-h' } },
      },
      {
        sequence: 2,
        action: 'Updated',
        detail: { set: { name: null, status: 'Mains', guestRequests: 'No nuts' } },
      },
      { sequence: 3, action: 'ReservationDeleted', detail: { reservationId } },
      { sequence: 4, action: 'Deleted' },
    ])
    t.equal(rows.length, 4, 'repetitions are no changes')
    t.ok(
      rows.every(
        (row) =>
          row.waiterId === '7' &&
          row.product === 'Bookings' &&
          row.deviceId === 'web' &&
          row.deviceType === 'Browser',
      ),
    )
    isProblem(t, await kitchen.call('GET /parties/{partyId}', { partyId }), {
      status: 404,
      code: 'not-found',
    })
    isProblem(t, await stranger.call('GET /parties/{partyId}/history', { partyId }), {
      status: 404,
      code: 'not-found',
      detail: `There is no party with the id ${partyId} in this venue.`,
    })
  })

  t.test('every change, and nothing else, goes to the venue’s stream', async (t) => {
    let streamed: string[] = []
    const hear = (locationIds: ReadonlySet<string>): void => {
      streamed.push(...locationIds)
    }
    t.teardown(server.store.database.listen('changes', hear))
    const goesOn = async (
      what: string,
      change: () => Promise<{ status: number; body: { id: string } }>,
    ): Promise<string> => {
      streamed = []
      const { status, body } = await change()
      t.ok(status === 200 || status === 201, what)
      t.strictSame(streamed, [venue.locationId], what)
      return body?.id
    }
    const partyId = await goesOn('seating', async () => await seat(waiter, [one]))
    await goesOn(
      'describing',
      async () => await waiter.call('PATCH /parties/{partyId}', { partyId }, { covers: 2 }),
    )
    await goesOn(
      'moving',
      async () =>
        await waiter.call('POST /parties/{partyId}/move', { partyId }, { tableIds: [two] }),
    )
    await goesOn(
      'finishing',
      async () => await waiter.call('POST /parties/{partyId}/finish', { partyId }, {}),
    )
    const dojos = partyRequest([one])
    const dojosId = await goesOn('CreateParty', async () => await venue.call('CreateParty', dojos))
    const update = { ...dojos, partyId: dojosId, status: 'Mains' }
    await goesOn('UpdateParty', async () => await venue.call('UpdateParty', update))
    streamed = []
    answered(await venue.call('UpdateParty', update))
    await waiter.call('PATCH /parties/{partyId}', { partyId }, { covers: 2 })
    await waiter.call('PATCH /parties/{partyId}', { partyId }, { covers: 3 }, { ifMatch: 1 })
    t.strictSame(streamed, [], 'what changes nothing')
    await goesOn(
      'DeletePartyById',
      async () => (await venue.call('DeletePartyById', { partyId: dojosId })) as never,
    )
    const reservationId = await goesOn(
      'booking',
      async () =>
        await waiter.call(
          'POST /reservations',
          {},
          { name: 'Ada', covers: 2, tableIds: [one], startTime: SEVEN, endTime: NINE },
        ),
    )
    await goesOn(
      'changing',
      async () =>
        await waiter.call('PATCH /reservations/{reservationId}', { reservationId }, { covers: 3 }),
    )
    await goesOn(
      'cancelling',
      async () =>
        await waiter.call(
          'POST /reservations/{reservationId}/cancel',
          { reservationId },
          { reason: 'Ill' },
        ),
    )
  })

  t.test('If-Match', async (t) => {
    const { id: partyId } = done(await seat(waiter, [one]))
    done(await waiter.call('PATCH /parties/{partyId}', { partyId }, { covers: 3 }))
    for (const [operation, body] of [
      ['PATCH /parties/{partyId}', { covers: 4 }],
      ['POST /parties/{partyId}/move', { tableIds: [two] }],
      ['POST /parties/{partyId}/finish', {}],
    ] as const) {
      const before = await dump(server)
      const stale = await waiter.call(operation, { partyId }, body, { ifMatch: 1 })
      isProblem(t, stale, { status: 412, code: 'stale' })
      t.match(stale.problem, { version: 2 })
      t.strictSame(await dump(server), before)
    }
  })

  t.test('refusals, which change nothing', async (t) => {
    const { id: partyId } = done(await seat(waiter, [one]))
    const theirReservation = await newReservation(other, [theirs])
    const theirParty = done(await seat(stranger, [theirs]))
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
        name: 'no tables',
        call: 'POST /parties',
        body: {},
        status: 400,
        code: 'invalid',
        detail: /tableIds/,
      },
      {
        name: 'an empty list of tables',
        call: 'POST /parties',
        body: { tableIds: [] },
        status: 400,
        code: 'schema',
      },
      {
        name: 'more tables than a party sits at',
        call: 'POST /parties',
        body: { tableIds: Array(51).fill(one) },
        status: 400,
        code: 'schema',
      },
      {
        name: 'a table that nobody has',
        call: 'POST /parties',
        body: { tableIds: [one, 'nowhere'] },
        status: 400,
        code: 'unknown-reference',
        detail: /nowhere/,
      },
      {
        name: "another venue's table",
        call: 'POST /parties',
        body: { tableIds: [theirs] },
        status: 400,
        code: 'unknown-reference',
      },
      {
        name: 'a retired table',
        call: 'POST /parties',
        body: { tableIds: [retired] },
        status: 400,
        code: 'unknown-reference',
      },
      {
        name: 'a reservation that nobody has',
        call: 'POST /parties',
        body: { tableIds: [one], reservationId: 'nobody' },
        status: 400,
        code: 'unknown-reference',
        detail: /^The field reservationId is nobody, but this venue has no such reservation\.$/,
      },
      {
        name: "another venue's reservation",
        call: 'POST /parties',
        body: { tableIds: [one], reservationId: theirReservation.id },
        status: 400,
        code: 'unknown-reference',
      },
      {
        name: 'requests of guests',
        call: 'POST /parties',
        body: { tableIds: [one], guestRequests: 'x' },
        status: 400,
        code: 'schema',
        detail: /guestRequests/,
      },
      {
        name: 'a start of its own',
        call: 'POST /parties',
        body: { tableIds: [one], startTime: SEVEN },
        status: 400,
        code: 'schema',
      },
      {
        name: 'fewer than no covers',
        call: 'POST /parties',
        body: { tableIds: [one], covers: -1 },
        status: 400,
        code: 'schema',
      },
      {
        name: 'covers as text',
        call: 'POST /parties',
        body: { tableIds: [one], covers: '2' },
        status: 400,
        code: 'schema',
      },
      {
        name: 'covers beyond all numbers',
        call: 'POST /parties',
        body: { tableIds: [one], covers: 1e300 },
        status: 400,
        code: 'schema',
      },
      {
        name: 'a name that no book has',
        call: 'POST /parties',
        body: { tableIds: [one], name: 'x'.repeat(201) },
        status: 400,
        code: 'schema',
      },
      {
        name: 'an end that no calendar has',
        call: 'POST /parties',
        body: { tableIds: [one], expectedEndTime: '2026-12-31T23:59:60Z' },
        status: 400,
        code: 'invalid',
      },
      {
        name: 'an end that is no time',
        call: 'POST /parties',
        body: { tableIds: [one], expectedEndTime: 'soon' },
        status: 400,
        code: 'schema',
      },
      {
        name: 'an id that is a path',
        call: 'POST /parties',
        body: { tableIds: [one], id: '../1' },
        status: 400,
        code: 'schema',
      },
      {
        name: 'an id beyond all indexes',
        call: 'POST /parties',
        body: { tableIds: [one], id: 'x'.repeat(501) },
        status: 400,
        code: 'schema',
      },
      {
        name: 'a body that is a list',
        call: 'POST /parties',
        body: [],
        status: 400,
        code: 'schema',
      },
      {
        name: 'a character that no text has',
        call: 'POST /parties',
        body: { tableIds: [one], name: 'a\u0000b' },
        status: 400,
        code: 'json',
      },
      {
        name: 'an empty status',
        call: 'PATCH /parties/{partyId}',
        path: { partyId },
        body: { status: '' },
        status: 400,
        code: 'schema',
      },
      {
        name: 'a status that is emptied',
        call: 'PATCH /parties/{partyId}',
        path: { partyId },
        body: { status: null },
        status: 400,
        code: 'schema',
      },
      {
        name: 'to move nowhere',
        call: 'POST /parties/{partyId}/move',
        path: { partyId },
        body: { tableIds: [] },
        status: 400,
        code: 'schema',
      },
      {
        name: 'to move to a retired table',
        call: 'POST /parties/{partyId}/move',
        path: { partyId },
        body: { tableIds: [retired] },
        status: 400,
        code: 'unknown-reference',
      },
      {
        name: "to move to another venue's table",
        call: 'POST /parties/{partyId}/move',
        path: { partyId },
        body: { tableIds: [theirs] },
        status: 400,
        code: 'unknown-reference',
      },
      {
        name: 'a reason that says nothing',
        call: 'POST /parties/{partyId}/finish',
        path: { partyId },
        body: { force: true, reason: ' ' },
        status: 400,
        code: 'schema',
      },
      ...[theirParty.id as string, 'nobody'].flatMap((id) =>
        [
          {
            name: 'reading',
            call: 'GET /parties/{partyId}',
            path: { partyId: id },
            status: 404,
            code: 'not-found',
          },
          {
            name: 'describing',
            call: 'PATCH /parties/{partyId}',
            path: { partyId: id },
            body: { covers: 1 },
            status: 404,
            code: 'not-found',
          },
          {
            name: 'moving',
            call: 'POST /parties/{partyId}/move',
            path: { partyId: id },
            body: { tableIds: [one] },
            status: 404,
            code: 'not-found',
          },
          {
            name: 'finishing',
            call: 'POST /parties/{partyId}/finish',
            path: { partyId: id },
            body: {},
            status: 404,
            code: 'not-found',
          },
          {
            name: 'the history',
            call: 'GET /parties/{partyId}/history',
            path: { partyId: id },
            status: 404,
            code: 'not-found',
          },
        ].map((each) => ({
          ...each,
          name: `${each.name} ${id === 'nobody' ? 'what nobody has' : "another venue's"}`,
          detail: new RegExp(`^There is no party with the id ${id} in this venue\\.$`),
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
  })

  t.test('the kitchen may read and not write', async (t) => {
    const { id: partyId } = done(await seat(waiter, [one]))
    const before = await dump(server)
    for (const [operation, body] of [
      ['POST /parties', { tableIds: [one] }],
      ['PATCH /parties/{partyId}', { covers: 1 }],
      ['POST /parties/{partyId}/move', { tableIds: [two] }],
      ['POST /parties/{partyId}/finish', {}],
    ] as const) {
      isProblem(t, await kitchen.call(operation, { partyId }, body), {
        status: 403,
        code: 'forbidden',
      })
    }
    t.strictSame(await dump(server), before)
    t.equal((await kitchen.call('GET /parties/{partyId}', { partyId })).status, 200)
    t.equal((await kitchen.call('GET /parties/{partyId}/history', { partyId })).status, 200)
  })
})

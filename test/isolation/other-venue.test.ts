// Every operation with another venue's ids: answered exactly as for ids that do not exist, and
// without a trace there.
import { randomUUID } from 'node:crypto'
import t, { type Test } from 'tap'
import {
  capabilityNames,
  type CapabilityName,
  type Schemas,
} from '../../src/contract/capabilities.ts'
import { expireLock, gbp, inSeconds, newOrder, newTables, orderRequest } from '../support/orders.ts'
import { startServer, type Headers, type TestServer, type Venue } from '../support/server.ts'
import {
  answered,
  dump,
  NINE,
  newArea,
  newParty,
  newPartyThatLeft,
  newReservation,
  newWaiter,
  partyRequest,
  reservationRequest,
  SEVEN,
  setRules,
} from '../support/visits.ts'

/** What a venue has that another could name. */
interface Things {
  table: string
  area: string
  waiter: string
  order: string
  lock: string
  party: string
  reservation: string
  intent: string
  dojoOrder: string
  dojoParty: string
  dojoReservation: string
  event: string
  cursors: Record<'orders' | 'parties' | 'reservations' | 'tables', string>
}

/** Ids of the same kind and length that nobody has. */
function nobodys(things: Things): Things {
  const different = (id: string): string => id.slice(0, -12) + randomUUID().slice(-12)
  const ids = Object.fromEntries(
    Object.entries(things)
      .filter(([name]) => name !== 'cursors')
      .map(([name, id]) => [name, different(id as string)]),
  )
  return {
    ...ids,
    cursors: Object.fromEntries(
      Object.entries(things.cursors).map(([name, cursor]) => [name, `${cursor.slice(0, -4)}AAAA`]),
    ),
  } as Things
}

async function furnish(server: TestServer, venue: Venue): Promise<Things> {
  const mark = randomUUID()
  const area = await newArea(server, venue, 'Garden')
  const [table] = (await newTables(server, venue, ['Table 1', 'Table 2'], area)) as [string]
  const waiter = `waiter-${mark}`
  await newWaiter(server, venue, waiter, { tableIds: [table], areaIds: [area] })
  const names = {
    dojoOrder: `order-${mark}`,
    dojoParty: `party-${mark}`,
    dojoReservation: `reservation-${mark}`,
    intent: `pi-${mark}`,
    lock: `lock-${mark}`,
    event: `evt-${mark}`,
  }
  const reservation = await newReservation(venue, [table], {
    dojoReservationId: names.dojoReservation,
    hostNotes: 'Theirs',
  })
  await newReservation(venue, [table])
  const party = await newParty(venue, [table], {
    dojoPartyId: names.dojoParty,
    reservationId: reservation.id,
    hostNotes: 'Theirs',
  })
  await newParty(venue, [table])
  await newPartyThatLeft(venue, [table])
  const order = await newOrder(venue, 1000, {
    dojoOrderId: names.dojoOrder,
    details: {
      orderType: 'DineIn',
      dineIn: {
        tableId: table,
        waiterId: waiter,
        partyId: party.id,
        reservationId: reservation.id,
      },
    },
  })
  await newOrder(venue, 1000, { details: { orderType: 'DineIn', dineIn: { tableId: table } } })
  await venue.call('RecordOrderPaymentById', {
    orderId: order.id,
    paymentIntentId: names.intent,
    paidAmount: gbp(100),
  })
  await venue.call('CreateOrderLock', {
    orderId: order.id,
    lockId: names.lock,
    expiry: inSeconds(600),
  })
  await venue.call('HandleEvent', {
    id: names.event,
    accountId: 'a',
    event: 'payment_intent.status_updated',
    createdAt: SEVEN,
    data: { paymentIntentId: names.intent, paymentStatus: 'Captured', captureMode: 'Auto' },
  })
  const cursors = await cursorsOf(venue)
  return {
    ...names,
    table,
    area,
    waiter,
    order: order.id,
    party: party.id,
    reservation: reservation.id,
    cursors,
  }
}

/** A cursor into each list. */
async function cursorsOf(venue: Venue): Promise<Things['cursors']> {
  const cursor = { limit: 1 }
  return {
    orders: answered(await venue.call('SearchOrders', { cursor })).after!,
    parties: answered(await venue.call('SearchParties', { cursor })).after!,
    reservations: answered(await venue.call('SearchReservations', { cursor })).after!,
    tables: answered(await venue.call('SearchTables', { cursor })).after!,
  }
}

type Probe = [name: CapabilityName, status: number, input: object, headers?: Headers]

/**
 * Calls that name `things`, by a venue that has none of them; `own` is its own order, locked by
 * `own-lock`, and its table.
 */
function probes(
  things: Things,
  own: { order: string; table: string; party: string; reservation: string },
): Probe[] {
  const { table, area, waiter, order, lock, party, reservation, intent, cursors } = things
  const expiry = inSeconds(300)
  const dineIn = (details: Schemas['DineInDetails']) => ({
    details: { orderType: 'DineIn' as const, dineIn: details },
  })
  const update = { ...partyRequest([own.table], { dojoPartyId: 'mine' }), status: 'Seated' }
  return [
    ['GetOrderById', 404, { orderId: order }],
    ['GetOrderBillById', 404, { orderId: order }],
    ['CancelOrderById', 404, { orderId: order }],
    [
      'RecordOrderPaymentById',
      404,
      { orderId: order, paymentIntentId: `new-${intent}`, paidAmount: gbp(1) },
    ],
    [
      'RecordOrderPaymentById',
      404,
      { orderId: order, paymentIntentId: intent, paidAmount: gbp(100) },
    ],
    [
      'RecordOrderPaymentById',
      404,
      { orderId: order, paymentIntentId: intent, paidAmount: gbp(1), lockId: lock },
    ],
    ['CreateOrderLock', 404, { orderId: order, lockId: lock, expiry }],
    ['CreateOrderLock', 404, { orderId: order, lockId: 'another', expiry }],
    ['ExtendOrderLock', 404, { orderId: order, lockId: lock, expiry }],
    ['ExtendOrderLock', 404, { orderId: own.order, lockId: lock, expiry }],
    ['DeleteOrderLock', 404, { orderId: order, lockId: lock }],
    ['DeleteOrderLock', 409, { orderId: own.order, lockId: lock }],
    ['GetPartyById', 404, { partyId: party }],
    ['UpdateParty', 404, { ...update, partyId: party }],
    ['UpdateParty', 404, { ...update, partyId: party, dojoPartyId: things.dojoParty }],
    ['UpdateParty', 409, { ...update, partyId: own.party, dojoPartyId: things.dojoParty }],
    ['UpdateParty', 400, { ...update, partyId: own.party, tableIds: [own.table, table] }],
    ['DeletePartyById', 404, { partyId: party }],
    ['GetReservationById', 404, { reservationId: reservation }],
    [
      'UpdateReservation',
      404,
      {
        ...reservationRequest([own.table], { dojoReservationId: 'mine' }),
        reservationId: reservation,
      },
    ],
    [
      'UpdateReservation',
      404,
      {
        ...reservationRequest([own.table], { dojoReservationId: things.dojoReservation }),
        reservationId: reservation,
      },
    ],
    [
      'UpdateReservation',
      409,
      {
        ...reservationRequest([own.table], { dojoReservationId: things.dojoReservation }),
        reservationId: own.reservation,
      },
    ],
    [
      'UpdateReservation',
      400,
      {
        ...reservationRequest([table], { dojoReservationId: 'mine' }),
        reservationId: own.reservation,
      },
    ],
    ['DeleteReservationById', 404, { reservationId: reservation }],
    ['CreateParty', 400, partyRequest([table], { dojoPartyId: 'probe' })],
    ['CreateParty', 400, partyRequest([own.table, table], { dojoPartyId: 'probe' })],
    ['CreateReservation', 400, reservationRequest([table], { dojoReservationId: 'probe' })],
    [
      'CreateOrder',
      400,
      orderRequest(100, { dojoOrderId: 'probe', ...dineIn({ tableId: table }) }),
    ],
    [
      'CreateOrder',
      400,
      orderRequest(100, { dojoOrderId: 'probe', ...dineIn({ partyId: party }) }),
    ],
    [
      'CreateOrder',
      400,
      orderRequest(100, { dojoOrderId: 'probe', ...dineIn({ reservationId: reservation }) }),
    ],
    ['SearchOrders', 200, { dineIn: { tableId: table } }],
    ['SearchOrders', 200, { dineIn: { partyId: party } }],
    ['SearchOrders', 200, { dineIn: { reservationId: reservation } }],
    ['SearchOrders', 200, { dineIn: { waiterId: waiter }, payableOnly: true }],
    ['SearchOrders', 400, {}, { 'waiter-id': waiter }],
    ['SearchOrders', 400, { cursor: { after: cursors.orders } }],
    ['SearchOrders', 400, { cursor: { before: cursors.orders } }],
    ['SearchParties', 200, { tableId: table }],
    ['SearchParties', 200, { tableId: table, completedOnly: true }],
    ['SearchParties', 400, { cursor: { after: cursors.parties } }],
    ['SearchReservations', 200, { tableId: table, fromTime: SEVEN, toTime: NINE }],
    ['SearchReservations', 400, { cursor: { before: cursors.reservations } }],
    ['SearchTables', 200, { areaId: area }],
    ['SearchTables', 200, { waiterId: waiter }],
    ['SearchTables', 400, { cursor: { after: cursors.tables } }],
    ['ListAreas', 200, {}, { 'waiter-id': waiter }],
  ]
}

t.test('another venue', async (t) => {
  const server = await startServer(t)
  const other = await server.newVenue('The White Hart')
  const { venue } = server
  const theirs = await furnish(server, other)
  const nobody = nobodys(theirs)
  const mine = await furnish(server, venue)
  await setRules(server, venue, { waiterAccess: true })
  const [table] = await newTables(server, venue, ['Mine'])
  const own = {
    order: (await newOrder(venue, 1000)).id,
    table: table!,
    party: (await newParty(venue, [table!], { dojoPartyId: 'mine' })).id,
    reservation: (await newReservation(venue, [table!], { dojoReservationId: 'mine' })).id,
  }
  await venue.call('CreateOrderLock', {
    orderId: own.order,
    lockId: 'own-lock',
    expiry: inSeconds(600),
  })
  const before = await dump(server, other.locationId)

  const called = new Set<CapabilityName>()
  const named = probes(theirs, own)
  const unnamed = probes(nobody, own)
  for (const [index, [name, status, input, headers]] of named.entries()) {
    called.add(name)
    t.test(`${name} with ${JSON.stringify(input).slice(0, 120)}`, async (t) => {
      const [, , sameInput, sameHeaders] = unnamed[index]!
      const toTheirs = await venue.call(name, input as never, headers)
      const toNobodys = await venue.call(name, sameInput as never, sameHeaders)
      t.equal(toTheirs.status, status)
      t.strictSame(
        wordsOf(toTheirs, theirs),
        wordsOf(toNobodys, nobody),
        'the same answer but for the id',
      )
      const payload = JSON.stringify(toTheirs.body)
      for (const secret of ['Theirs', other.locationId]) t.notOk(payload?.includes(secret) ?? false)
      t.strictSame(await dump(server, other.locationId), before, 'nothing has changed there')
    })
  }

  // Ids that Dojo chose are each venue's own: what another venue did with the same one does not
  // matter.
  t.test('the same ids of Dojo make things of its own', async (t) => {
    const order = answered(
      await venue.call('CreateOrder', orderRequest(500, { dojoOrderId: theirs.dojoOrder })),
    )
    t.not(order.id, theirs.order)
    t.equal(order.totalAmount!.value, 500)
    const paid = answered(
      await venue.call('RecordOrderPaymentById', {
        orderId: order.id,
        paymentIntentId: theirs.intent,
        paidAmount: gbp(250),
      }),
    )
    t.equal(
      paid.paidAmount!.value,
      250,
      'the intent of another venue is no repetition and no Conflict',
    )
    t.equal(
      (
        await venue.call('CreateOrderLock', {
          orderId: order.id,
          lockId: theirs.lock,
          expiry: inSeconds(60),
        })
      ).status,
      200,
    )
    t.equal(
      (
        await venue.call('ExtendOrderLock', {
          orderId: order.id,
          lockId: theirs.lock,
          expiry: inSeconds(90),
        })
      ).status,
      200,
    )
    t.equal(
      (await venue.call('DeleteOrderLock', { orderId: order.id, lockId: theirs.lock })).status,
      200,
    )
    const party = answered(
      await venue.call('CreateParty', partyRequest([table!], { dojoPartyId: theirs.dojoParty })),
    )
    t.not(party.id, theirs.party)
    const reservation = answered(
      await venue.call(
        'CreateReservation',
        reservationRequest([table!], { dojoReservationId: theirs.dojoReservation }),
      ),
    )
    t.not(reservation.id, theirs.reservation)
    t.strictSame(await dump(server, other.locationId), before, 'nothing has changed there')
  })

  t.test(
    'an event about their payment, and one with the id of theirs, change nothing of it',
    async (t) => {
      const data = {
        paymentIntentId: theirs.intent,
        paymentStatus: 'Refunded',
        captureMode: 'Auto',
      }
      called.add('HandleEvent')
      t.strictSame(
        {
          ...answered(
            await venue.call('HandleEvent', {
              id: 'evt_mine',
              accountId: 'a',
              event: 'payment_intent.status_updated',
              createdAt: NINE,
              data,
            }),
          ),
        },
        {},
      )
      t.strictSame(
        {
          ...answered(
            await venue.call('HandleEvent', {
              id: theirs.event,
              accountId: 'a',
              event: 'payment_intent.status_updated',
              createdAt: NINE,
              data,
            }),
          ),
        },
        {},
      )
      t.strictSame(await dump(server, other.locationId), before, 'nothing has changed there')
      t.equal(
        answered(await other.call('GetOrderById', { orderId: theirs.order })).paidAmount!.value,
        100,
      )
    },
  )

  t.test('searches find what is its own and nothing else', async (t) => {
    await setRules(server, venue, { waiterAccess: false })
    const found = [
      ...answered(await venue.call('SearchOrders', {})).data!,
      ...answered(await venue.call('SearchParties', {})).data!,
      ...answered(await venue.call('SearchParties', { completedOnly: true })).data!,
      ...answered(await venue.call('SearchReservations', {})).data!,
      ...answered(await venue.call('SearchTables', {})).data!,
      ...answered(await venue.call('ListAreas', {})),
    ].map(({ id }) => id)
    for (const id of [mine.order, mine.party, mine.reservation, mine.table, mine.area]) {
      t.ok(found.includes(id), 'its own')
    }
    const text = JSON.stringify(before)
    t.strictSame(
      found.filter((id) => text.includes(id)),
      [],
      'nothing of the other',
    )
  })

  t.test('of two venues with one setting each, each has its own', async (t) => {
    await setRules(server, other, { onePartyPerTable: true, refuseOverlappingReservations: true })
    t.equal((await venue.call('CreateParty', partyRequest([table!]))).status, 200)
    t.equal((await venue.call('CreateReservation', reservationRequest([table!]))).status, 200)
    t.equal((await other.call('CreateParty', partyRequest([theirs.table]))).status, 409)
    await setRules(server, other, { onePartyPerTable: false, refuseOverlappingReservations: false })
  })

  t.test('an expired lock of theirs is not to be taken', async (t) => {
    await expireLock(server, theirs.order)
    t.equal(
      (
        await venue.call('CreateOrderLock', {
          orderId: theirs.order,
          lockId: 'mine',
          expiry: inSeconds(60),
        })
      ).status,
      404,
    )
  })

  t.test('every operation was called', async (t) => {
    t.strictSame([...called].toSorted(), capabilityNames.toSorted())
  })
})

t.test('ids that two venues share', async (t) => {
  // Nothing makes ids of two venues differ but chance; a key begins with the venue, so they may as
  // well be equal.
  const server = await startServer(t)
  const { venue, sql } = server
  const other = await server.newVenue('The White Hart')
  const [mine, theirs] = (await newTables(server, venue, ['Mine', 'Also mine'])) as [string, string]
  const [otherTable] = (await newTables(server, other, ['Theirs'])) as [string]
  const [order, party, reservation] = [
    await newOrder(venue, 100),
    await newParty(venue, [mine]),
    await newReservation(venue, [mine]),
  ]
  const [otherOrder, otherParty, otherReservation] = [
    await newOrder(other, 999),
    await newParty(other, [otherTable]),
    await newReservation(other, [otherTable]),
  ]
  await renameId(server, otherOrder.id, order.id)
  await renameId(server, otherParty.id, party.id)
  await renameId(server, otherReservation.id, reservation.id)
  await renameId(server, otherTable, mine)
  const before = await dump(server, other.locationId)

  t.equal(answered(await venue.call('GetOrderById', { orderId: order.id })).totalAmount!.value, 100)
  t.equal(answered(await other.call('GetOrderById', { orderId: order.id })).totalAmount!.value, 999)
  await checkUntouched(t, 'RecordOrderPaymentById', {
    orderId: order.id,
    paymentIntentId: 'pi',
    paidAmount: gbp(50),
  })
  await checkUntouched(t, 'CreateOrderLock', {
    orderId: order.id,
    lockId: 'lock',
    expiry: inSeconds(60),
  })
  await checkUntouched(t, 'ExtendOrderLock', {
    orderId: order.id,
    lockId: 'lock',
    expiry: inSeconds(90),
  })
  await checkUntouched(t, 'DeleteOrderLock', { orderId: order.id, lockId: 'lock' })
  await checkUntouched(t, 'HandleEvent', {
    id: 'evt',
    accountId: 'a',
    event: 'payment_intent.status_updated',
    createdAt: NINE,
    data: { paymentIntentId: 'pi', paymentStatus: 'Refunded', captureMode: 'Auto' },
  })
  await checkUntouched(t, 'CancelOrderById', { orderId: order.id })
  await checkUntouched(t, 'UpdateParty', {
    ...partyRequest([theirs], { dojoPartyId: await dojoIdOf('party', party.id) }),
    partyId: party.id,
    status: 'Moved',
  })
  await checkUntouched(t, 'UpdateReservation', {
    ...reservationRequest([theirs], {
      dojoReservationId: await dojoIdOf('reservation', reservation.id),
    }),
    reservationId: reservation.id,
  })
  await checkUntouched(t, 'DeletePartyById', { partyId: party.id })
  await checkUntouched(t, 'DeleteReservationById', { reservationId: reservation.id })

  async function checkUntouched(t: Test, name: CapabilityName, input: object): Promise<void> {
    t.equal((await venue.call(name, input as never)).status, 200, name)
    t.strictSame(
      await dump(server, other.locationId),
      before,
      `${name} has changed nothing of the other venue`,
    )
  }

  async function dojoIdOf(what: 'party' | 'reservation', id: string): Promise<string> {
    const table = what === 'party' ? 'parties' : 'reservations'
    const [row] = await sql<{ dojo: string }>(
      `SELECT dojo_${what}_id AS dojo FROM ${table} WHERE location_id = $1 AND ${what}_id = $2`,
      [venue.locationId, id],
    )
    return row!.dojo
  }
})

/** An answer with the ids that it repeats blotted out, and without what is of the moment. */
function wordsOf(
  { status, body, headers }: { status: number; body: unknown; headers: Record<string, unknown> },
  things: Things,
): object {
  let text = JSON.stringify(body) ?? ''
  for (const id of Object.values(things)) {
    if (typeof id === 'string') text = text.replaceAll(id, '(id)')
  }
  const { 'trace-id': _, date: __, 'content-length': ___, ...rest } = headers
  return {
    status,
    text: text
      .replaceAll(/"traceId":"[0-9a-f]{32}"/g, '')
      .replaceAll(/until \d\d:\d\d:\d\d/g, 'until'),
    headers: rest,
  }
}

/** Changes an id wherever it is kept. As a replica, because no foreign key cascades an update. */
async function renameId({ sql }: TestServer, from: string, to: string): Promise<void> {
  const columns = await sql<{ table: string; column: string }>(
    `SELECT attrelid::regclass AS table, quote_ident(attname) AS column
      FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
      WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND atttypid = 'text'::regtype`,
  )
  await sql('SET session_replication_role = replica')
  for (const { table, column } of columns) {
    await sql(`UPDATE ${table} SET ${column} = $2 WHERE ${column} = $1`, [from, to])
  }
  await sql('RESET session_replication_role')
}

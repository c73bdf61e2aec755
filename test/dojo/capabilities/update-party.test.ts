import { randomBytes } from 'node:crypto'
import pg from 'pg'
import t from 'tap'
import type { Input } from '../../../src/contract/capabilities.ts'
import { gbp, newOrder, newTables } from '../../support/orders.ts'
import { startServer } from '../../support/server.ts'
import {
  answered,
  dump,
  ELEVEN,
  newParty,
  newReservation,
  NINE,
  partyRequest,
  retire,
  seatByVenue,
  SEVEN,
  setRules,
  untilWaiting,
} from '../../support/visits.ts'

t.test('UpdateParty', async (t) => {
  const server = await startServer(t)
  const { venue } = server
  const other = await server.newVenue('The White Hart')
  const [one, two] = (await newTables(server, venue, ['Table 1', 'Table 2'])) as [string, string]
  const [theirs] = (await newTables(server, other, ['Table 1'])) as [string]
  const [retired] = (await newTables(server, venue, ['Table 99'])) as [string]
  await retire(server, 'table', retired)
  const party = await newParty(venue, [one], { dojoPartyId: 'dojo-1', name: 'Grace' })
  await newParty(venue, [one], { dojoPartyId: 'dojo-2' })
  const valid: Input<'UpdateParty'> = {
    partyId: party.id,
    dojoPartyId: 'dojo-1',
    status: 'Dessert',
    startTime: SEVEN,
    tableIds: [one],
  }

  const cases: {
    name: string
    input: Record<string, unknown>
    status: number
    errorType: string
    message: RegExp
  }[] = [
    {
      name: 'no status',
      input: { status: undefined },
      status: 400,
      errorType: 'InvalidRequest',
      message: /^The field status is missing\.$/,
    },
    {
      name: 'an empty status',
      input: { status: '' },
      status: 400,
      errorType: 'InvalidRequest',
      message: /status/,
    },
    {
      name: 'no dojoPartyId',
      input: { dojoPartyId: undefined },
      status: 400,
      errorType: 'InvalidRequest',
      message: /^The field dojoPartyId is missing\.$/,
    },
    {
      name: 'no tables',
      input: { tableIds: [] },
      status: 400,
      errorType: 'InvalidRequest',
      message: /tableIds/,
    },
    {
      name: 'an end before the start',
      input: { endTime: '2026-03-06T18:59:59.999Z' },
      status: 400,
      errorType: 'InvalidRequest',
      message: /endTime.*startTime/,
    },
    {
      name: 'an end before the start, each written in another offset',
      input: { startTime: '2026-03-06T19:00:00+00:00', endTime: '2026-03-06T19:30:00+01:00' },
      status: 400,
      errorType: 'InvalidRequest',
      message: /endTime.*startTime/,
    },
    {
      name: 'an end that no calendar has',
      input: { endTime: '2026-12-31T23:59:60Z' },
      status: 400,
      errorType: 'InvalidRequest',
      message: /endTime/,
    },
    {
      name: 'a deposit in another currency',
      input: {
        deposit: { totalAmount: { value: 500, currencyCode: 'EUR' }, paymentIntentIds: [] },
      },
      status: 400,
      errorType: 'InvalidRequest',
      message: /deposit\.totalAmount\.currencyCode/,
    },
    {
      name: 'a negative deposit',
      input: { deposit: { totalAmount: gbp(-1), paymentIntentIds: [] } },
      status: 400,
      errorType: 'InvalidRequest',
      message: /deposit\.totalAmount/,
    },
    {
      name: 'an end before the start, before an id that nobody has',
      input: { partyId: 'pty_nobody', endTime: '2026-03-06T18:00:00Z' },
      status: 400,
      errorType: 'InvalidRequest',
      message: /endTime/,
    },
    {
      name: 'an id that nobody has',
      input: { partyId: 'pty_nobody' },
      status: 404,
      errorType: 'NotFound',
      message: /^There is no party with the id pty_nobody in this venue\.$/,
    },
    {
      name: 'an id that nobody has, before tables that nobody has',
      input: { partyId: 'pty_nobody', tableIds: ['tbl_nobody'] },
      status: 404,
      errorType: 'NotFound',
      message: /pty_nobody/,
    },
    {
      name: "another party's dojoPartyId",
      input: { dojoPartyId: 'dojo-2' },
      status: 409,
      errorType: 'Conflict',
      message: /dojo-2/,
    },
    {
      name: "a dojoPartyId that is not the party's",
      input: { dojoPartyId: 'dojo-3' },
      status: 409,
      errorType: 'Conflict',
      message: /dojo-3/,
    },
    {
      name: "another party's dojoPartyId, before tables that nobody has",
      input: { dojoPartyId: 'dojo-2', tableIds: ['tbl_nobody'] },
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
      const reply = await venue.call('UpdateParty', { ...valid, ...input })
      t.equal(reply.status, status)
      t.equal(reply.error.errorType, errorType)
      t.match(reply.error.debugMessage, message)
      t.strictSame(await dump(server), before, 'nothing has changed')
    })
  }

  t.test("refuses another venue's id in the words for an id that nobody has", async (t) => {
    const { status, error } = await other.call('UpdateParty', { ...valid, tableIds: [theirs] })
    t.equal(status, 404)
    t.equal(error.debugMessage, `There is no party with the id ${party.id} in this venue.`)
  })

  t.test('replaces everything that it can carry', async (t) => {
    const { id } = await newParty(venue, [one], {
      dojoPartyId: 'dojo-all',
      name: 'Grace',
      covers: 2,
    })
    const update = {
      dojoPartyId: 'dojo-all',
      name: 'Grace Hopper',
      covers: 6,
      tableIds: [two, one],
      status: 'Bill printed',
      startTime: '2026-03-06T19:05:00.000Z',
      expectedEndTime: NINE,
      endTime: ELEVEN,
      hostNotes: 'Regulars',
      guestRequests: 'No nuts',
      deposit: { totalAmount: gbp(2500), description: 'Christmas', paymentIntentIds: ['pi_1'] },
    }
    const { status, body } = await venue.call('UpdateParty', { ...update, partyId: id })
    t.equal(status, 200)
    const { dojoPartyId: _, ...kept } = update
    t.strictSame({ ...body }, { id, ...kept })
    t.strictSame(answered(await venue.call('GetPartyById', { partyId: id })), body)

    t.test('the repeat changes nothing', async (t) => {
      t.strictSame(answered(await venue.call('UpdateParty', { ...update, partyId: id })), body)
    })
  })

  t.test('clears what is left out, and keeps the link to the reservation', async (t) => {
    const reservation = await newReservation(venue, [one])
    const full = await newParty(venue, [one, two], {
      dojoPartyId: 'dojo-clear',
      name: 'Grace',
      covers: 2,
      status: 'Ordering',
      expectedEndTime: NINE,
      hostNotes: 'Regulars',
      guestRequests: 'No nuts',
      reservationId: reservation.id,
      deposit: { totalAmount: gbp(2500), description: 'Christmas', paymentIntentIds: ['pi_1'] },
    })
    const { status, body } = await venue.call('UpdateParty', {
      partyId: full.id,
      dojoPartyId: 'dojo-clear',
      status: 'Eating',
      startTime: SEVEN,
      tableIds: [two],
    })
    t.equal(status, 200)
    t.strictSame(
      { ...body },
      {
        id: full.id,
        status: 'Eating',
        startTime: SEVEN,
        tableIds: [two],
        reservationId: reservation.id,
      },
    )
  })

  t.test('clears an endTime that is left out: the guests are back', async (t) => {
    const { id } = await newParty(venue, [one], { dojoPartyId: 'dojo-back' })
    const update = {
      partyId: id,
      dojoPartyId: 'dojo-back',
      status: 'Left',
      startTime: SEVEN,
      tableIds: [one],
    }
    t.equal(answered(await venue.call('UpdateParty', { ...update, endTime: NINE })).endTime, NINE)
    t.notOk('endTime' in answered(await venue.call('UpdateParty', { ...update, status: 'Seated' })))
  })

  t.test('may end at the moment in which it starts', async (t) => {
    const { id } = await newParty(venue, [one], { dojoPartyId: 'dojo-short' })
    const { status, body } = await venue.call('UpdateParty', {
      partyId: id,
      dojoPartyId: 'dojo-short',
      status: 'Left',
      startTime: SEVEN,
      endTime: SEVEN,
      tableIds: [one],
    })
    t.equal(status, 200)
    t.equal(body.endTime, SEVEN)
  })

  t.test('ignores a reservationId, which is no part of this request', async (t) => {
    const { id } = await newParty(venue, [one], { dojoPartyId: 'dojo-none' })
    const { status, body } = await venue.call('UpdateParty', {
      partyId: id,
      dojoPartyId: 'dojo-none',
      status: 'Seated',
      startTime: SEVEN,
      tableIds: [one],
      reservationId: 'rsv_nobody',
    } as never)
    t.equal(status, 200)
    t.notOk('reservationId' in body)
  })

  t.test('keeps its orders', async (t) => {
    const { id } = await newParty(venue, [one], { dojoPartyId: 'dojo-orders' })
    const order = await newOrder(venue, 1000, {
      details: { orderType: 'DineIn', dineIn: { tableId: one, partyId: id } },
    })
    await venue.call('UpdateParty', {
      partyId: id,
      dojoPartyId: 'dojo-orders',
      status: 'Eating',
      startTime: SEVEN,
      tableIds: [two],
    })
    t.strictSame(answered(await venue.call('GetOrderById', { orderId: order.id })), order)
  })

  t.test("gives Dojo's id to a party that the venue seated itself", async (t) => {
    const id = await seatByVenue(server, venue, [one])
    const update = { partyId: id, status: 'Seated', startTime: SEVEN, tableIds: [one] }
    t.equal(
      (await venue.call('UpdateParty', { ...update, dojoPartyId: 'dojo-2' })).status,
      409,
      "another's is a Conflict",
    )
    t.equal((await venue.call('UpdateParty', { ...update, dojoPartyId: 'dojo-given' })).status, 200)
    t.equal(
      (await venue.call('UpdateParty', { ...update, dojoPartyId: 'dojo-other' })).status,
      409,
      'it stays',
    )
    const { status, error } = await venue.call(
      'CreateParty',
      partyRequest([one], { dojoPartyId: 'dojo-given' }),
    )
    t.equal(status, 409, 'it names this party now')
    t.match(error.debugMessage, /dojo-given/)
  })

  t.test("refuses Dojo's id that another party gets at the same moment", async (t) => {
    const id = await seatByVenue(server, venue, [one])
    const client = new pg.Client({ connectionString: server.databaseUrl })
    await client.connect()
    await client.query('BEGIN')
    await client.query(
      'INSERT INTO parties (location_id, party_id, dojo_party_id, status, start_time, ' +
        "deposit_payment_intent_ids) VALUES ($1, 'pty_meanwhile', 'dojo-meanwhile', 'Seated', " +
        "now(), '{}')",
      [venue.locationId],
    )
    const call = venue.call('UpdateParty', {
      partyId: id,
      dojoPartyId: 'dojo-meanwhile',
      status: 'Seated',
      startTime: SEVEN,
      tableIds: [one],
    })
    await untilWaiting(server)
    await client.query('COMMIT')
    await client.end()
    const { status, error } = await call
    t.equal(status, 409)
    t.equal(error.errorType, 'Conflict')
    t.match(error.debugMessage, /dojoPartyId/)
  })

  t.test(
    'a dojoPartyId longer than any index takes is refused, not a failure of the server',
    async (t) => {
      const id = await seatByVenue(server, venue, [one])
      const { status, error } = await venue.call('UpdateParty', {
        partyId: id,
        dojoPartyId: randomBytes(8000).toString('base64'),
        status: 'Seated',
        startTime: SEVEN,
        tableIds: [one],
      })
      t.equal(status, 400)
      t.match(error.debugMessage, /dojoPartyId/)
    },
  )

  t.test('20 at once leave one of them, whole', async (t) => {
    const { id } = await newParty(venue, [one], { dojoPartyId: 'dojo-race' })
    const replies = await Promise.all(
      Array.from(
        { length: 20 },
        async (_, index) =>
          await venue.call('UpdateParty', {
            partyId: id,
            dojoPartyId: 'dojo-race',
            name: `Guest ${index}`,
            hostNotes: `Note ${index}`,
            status: 'Seated',
            startTime: SEVEN,
            tableIds: index % 2 === 0 ? [one] : [two, one],
          }),
      ),
    )
    t.strictSame(
      replies.map(({ status }) => status),
      Array(20).fill(200),
    )
    const last = answered(await venue.call('GetPartyById', { partyId: id }))
    const index = Number(last.name!.split(' ')[1])
    t.equal(last.hostNotes, `Note ${index}`)
    t.strictSame(last.tableIds, index % 2 === 0 ? [one] : [two, one])
  })
})

t.test('UpdateParty where the venue seats one party at a table', async (t) => {
  const server = await startServer(t)
  const { venue } = server
  await setRules(server, venue, { onePartyPerTable: true })
  let count = 0
  const table = async (): Promise<string> =>
    (await newTables(server, venue, [`Table ${++count}`]))[0]!
  const update = (partyId: string, dojoPartyId: string, tableIds: string[], more: object = {}) =>
    venue.call('UpdateParty', {
      partyId,
      dojoPartyId,
      status: 'Seated',
      startTime: SEVEN,
      tableIds,
      ...more,
    })

  t.test(
    'refuses to move to an occupied table, naming it, and leaves the party where it was',
    async (t) => {
      const [here, there] = [await table(), await table()]
      const moving = await newParty(venue, [here], { dojoPartyId: 'dojo-moving' })
      const sitting = await newParty(venue, [there])
      const { status, error } = await update(moving.id, 'dojo-moving', [there])
      t.equal(status, 409)
      t.equal(error.errorType, 'Conflict')
      t.match(error.debugMessage, new RegExp(`Table 2.*${sitting.id}`))
      t.strictSame(answered(await venue.call('GetPartyById', { partyId: moving.id })), moving)
      t.equal(
        (await venue.call('CreateParty', partyRequest([here]))).status,
        409,
        'its table is still taken',
      )
    },
  )

  t.test('refuses tables that nobody has before occupied ones', async (t) => {
    const [here, there] = [await table(), await table()]
    const { id } = await newParty(venue, [here], { dojoPartyId: 'dojo-order' })
    await newParty(venue, [there])
    const { status, error } = await update(id, 'dojo-order', [there, 'tbl_nobody'])
    t.equal(status, 400)
    t.match(error.debugMessage, /tbl_nobody/)
  })

  t.test('moving frees the table that it leaves, and takes the other', async (t) => {
    const [here, there] = [await table(), await table()]
    const { id } = await newParty(venue, [here], { dojoPartyId: 'dojo-free' })
    t.equal((await update(id, 'dojo-free', [there])).status, 200)
    t.equal((await venue.call('CreateParty', partyRequest([here]))).status, 200)
    t.equal((await venue.call('CreateParty', partyRequest([there]))).status, 409)
  })

  t.test('its own table is not in its way', async (t) => {
    const [here, there] = [await table(), await table()]
    const { id } = await newParty(venue, [here], { dojoPartyId: 'dojo-own' })
    t.equal((await update(id, 'dojo-own', [here])).status, 200)
    t.equal((await update(id, 'dojo-own', [there, here])).status, 200)
  })

  t.test(
    'a party that has left may be written down at an occupied table, and not come back to it',
    async (t) => {
      const here = await table()
      const { id } = await newParty(venue, [here], { dojoPartyId: 'dojo-left' })
      t.equal((await update(id, 'dojo-left', [here], { endTime: NINE })).status, 200)
      t.equal((await venue.call('CreateParty', partyRequest([here]))).status, 200)
      t.equal((await update(id, 'dojo-left', [here], { endTime: ELEVEN })).status, 200)
      t.equal((await update(id, 'dojo-left', [here])).status, 409)
    },
  )

  t.test('20 parties that move to one table at once: exactly one does', async (t) => {
    const there = await table()
    const parties = await Promise.all(
      Array.from(
        { length: 20 },
        async (_, index) =>
          await newParty(venue, [await table()], { dojoPartyId: `dojo-race-${index}` }),
      ),
    )
    const replies = await Promise.all(
      parties.map(async ({ id }, index) => await update(id, `dojo-race-${index}`, [there])),
    )
    t.equal(replies.filter(({ status }) => status === 200).length, 1)
    t.strictSame(
      replies.filter(({ status }) => status !== 200).map(({ error }) => error.errorType),
      Array(19).fill('Conflict'),
    )
    const found = answered(await venue.call('SearchParties', { tableId: there }))
    t.equal(found.data!.length, 1)
  })

  t.test('where the setting is off, parties move together', async (t) => {
    await setRules(server, venue, { onePartyPerTable: false })
    const [here, there] = [await table(), await table()]
    const { id } = await newParty(venue, [here], { dojoPartyId: 'dojo-off' })
    await newParty(venue, [there])
    t.equal((await update(id, 'dojo-off', [there])).status, 200)
  })
})

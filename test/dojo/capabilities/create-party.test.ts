import { randomBytes } from 'node:crypto'
import t from 'tap'
import type { Input } from '../../../src/contract/capabilities.ts'
import { gbp, newTables } from '../../support/orders.ts'
import { startServer } from '../../support/server.ts'
import {
  answered,
  dump,
  newParty,
  newReservation,
  NINE,
  partyRequest,
  retire,
  SEVEN,
  setRules,
} from '../../support/visits.ts'

t.test('CreateParty', async (t) => {
  const server = await startServer(t)
  const { venue, sql } = server
  const other = await server.newVenue('The White Hart')
  const [one, two] = (await newTables(server, venue, ['Table 1', 'Table 2'])) as [string, string]
  const [theirs] = (await newTables(server, other, ['Table 1'])) as [string]
  const [retired] = (await newTables(server, venue, ['Table 99'])) as [string]
  await retire(server, 'table', retired)
  const reservation = await newReservation(venue, [one])
  const theirReservation = await newReservation(other, [theirs])
  const taken = partyRequest([one], { name: 'The first' })
  await venue.call('CreateParty', taken)

  const cases: {
    name: string
    input: Record<string, unknown>
    status: number
    errorType: string
    message: RegExp
  }[] = [
    {
      name: 'no table',
      input: { tableIds: [] },
      status: 400,
      errorType: 'InvalidRequest',
      message: /tableIds/,
    },
    {
      name: 'no start',
      input: { startTime: undefined },
      status: 400,
      errorType: 'InvalidRequest',
      message: /^The field startTime is missing\.$/,
    },
    {
      name: 'a start that is no time',
      input: { startTime: 'at seven' },
      status: 400,
      errorType: 'InvalidRequest',
      message: /startTime/,
    },
    {
      name: 'a start that no calendar has',
      input: { startTime: '2026-12-31T23:59:60Z' },
      status: 400,
      errorType: 'InvalidRequest',
      message: /startTime/,
    },
    {
      name: 'an expected end that no calendar has',
      input: { expectedEndTime: '2026-12-31T23:59:60Z' },
      status: 400,
      errorType: 'InvalidRequest',
      message: /expectedEndTime/,
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
      name: 'a deposit beyond what is exact',
      input: { deposit: { totalAmount: gbp(2 ** 53), paymentIntentIds: [] } },
      status: 400,
      errorType: 'InvalidRequest',
      message: /deposit\.totalAmount/,
    },
    {
      name: 'covers beyond what is exact',
      input: { covers: 2 ** 60 },
      status: 400,
      errorType: 'InvalidRequest',
      message: /covers/,
    },
    {
      name: 'a time that is none, before the same dojoPartyId with other content',
      input: { dojoPartyId: taken.dojoPartyId, startTime: '2026-12-31T23:59:60Z' },
      status: 400,
      errorType: 'InvalidRequest',
      message: /startTime/,
    },
    {
      name: 'the same dojoPartyId with another name',
      input: { dojoPartyId: taken.dojoPartyId, name: 'The second' },
      status: 409,
      errorType: 'Conflict',
      message: new RegExp(taken.dojoPartyId),
    },
    {
      name: 'the same dojoPartyId with a reservation',
      input: { dojoPartyId: taken.dojoPartyId, name: 'The first', reservationId: reservation.id },
      status: 409,
      errorType: 'Conflict',
      message: new RegExp(taken.dojoPartyId),
    },
    {
      name: 'the same dojoPartyId with a table that nobody has, as a Conflict',
      input: { dojoPartyId: taken.dojoPartyId, tableIds: ['tbl_nobody'] },
      status: 409,
      errorType: 'Conflict',
      message: new RegExp(taken.dojoPartyId),
    },
    {
      name: 'a table that nobody has',
      input: { tableIds: [one, 'tbl_nobody'] },
      status: 400,
      errorType: 'InvalidRequest',
      message: /tableIds.*tbl_nobody/,
    },
    {
      name: 'several tables that nobody has, naming each',
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
    {
      name: 'an unknown table before an unknown reservation',
      input: { tableIds: ['tbl_nobody'], reservationId: 'rsv_nobody' },
      status: 400,
      errorType: 'InvalidRequest',
      message: /tableIds.*tbl_nobody/,
    },
  ]
  for (const { name, input, status, errorType, message } of cases) {
    t.test(`refuses ${name}`, async (t) => {
      const before = await dump(server)
      const reply = await venue.call('CreateParty', { ...partyRequest([one]), ...input })
      t.equal(reply.status, status)
      t.equal(reply.error.errorType, errorType)
      t.match(reply.error.debugMessage, message)
      t.strictSame(await dump(server), before, 'nothing has changed')
    })
  }

  t.test('seats a party with every field of the contract', async (t) => {
    const request: Input<'CreateParty'> = {
      dojoPartyId: 'dojo-full',
      dojoReservationId: 'dojo-reservation',
      name: 'Grace Hopper',
      covers: 5,
      tableIds: [two, one],
      status: 'Main course',
      startTime: '2026-03-06T20:00:00.5+01:00',
      expectedEndTime: NINE,
      hostNotes: 'Regulars',
      guestRequests: 'No nuts, ευχαριστώ 🥜',
      reservationId: reservation.id,
      deposit: {
        totalAmount: gbp(2500),
        description: 'Christmas',
        paymentIntentIds: ['pi_1', 'pi_2'],
      },
    }
    const { status, body } = await venue.call('CreateParty', request)
    t.equal(status, 200)
    const { dojoPartyId: _, dojoReservationId: __, ...kept } = request
    t.match(body.id, /^pty_[0-9a-f]{32}$/)
    t.strictSame(
      { ...body },
      { ...kept, id: body.id, startTime: '2026-03-06T19:00:00.500Z' },
      'times are in UTC with milliseconds, tables in the order given',
    )
    t.strictSame(answered(await venue.call('GetPartyById', { partyId: body.id })), body)
  })

  t.test('a reservation is found by either id, and an unknown one left out', async (t) => {
    const known = { dojoReservationId: `dojo-rsv-${randomBytes(4).toString('hex')}` }
    const mine = await newReservation(venue, [one], known)
    await newReservation(other, [theirs], { dojoReservationId: 'dojo-theirs' })
    for (const [named, linked] of [
      [known, mine.id],
      [{ reservationId: mine.id }, mine.id],
      [{ reservationId: reservation.id, ...known }, reservation.id],
      [{ reservationId: 'rsv_nobody', ...known }, mine.id],
      [{ reservationId: 'rsv_nobody' }, undefined],
      [{ dojoReservationId: 'dojo-nobody' }, undefined],
      [{ reservationId: theirReservation.id }, undefined],
      [{ dojoReservationId: 'dojo-theirs' }, undefined],
    ] as const) {
      const party = await newParty(venue, [one], named)
      t.equal(party.reservationId, linked, JSON.stringify(named))
      const again = answered(await venue.call('GetPartyById', { partyId: party.id }))
      t.equal(again.reservationId, linked)
    }
  })

  t.test('a reservation that comes after its party is linked', async (t) => {
    const reservationOf = async (partyId: string): Promise<string | undefined> =>
      answered(await venue.call('GetPartyById', { partyId })).reservationId
    const newName = (): string => `dojo-late-${randomBytes(4).toString('hex')}`

    const booked = newName()
    const party = await newParty(venue, [one], { dojoReservationId: booked })
    await newReservation(other, [theirs], { dojoReservationId: booked })
    t.equal(await reservationOf(party.id), undefined, "another venue's is another one")
    const { id } = await newReservation(venue, [one], { dojoReservationId: booked })
    t.equal(await reservationOf(party.id), id)
    const [entry] = await server.sql(
      'SELECT action, detail FROM visit_history WHERE visit_id = $1 ORDER BY sequence DESC LIMIT 1',
      [party.id],
    )
    t.same(entry, { action: 'Updated', detail: { set: { reservationId: id } } })

    for (let round = 0; round < 10; round++) {
      const both = { dojoReservationId: newName() }
      const [seated, reserved] = await Promise.all([
        newParty(venue, [one], both),
        newReservation(venue, [two], both),
      ])
      t.equal(await reservationOf(seated.id), reserved.id, 'also when both come at once')
    }
  })

  t.test('a missing status is Seated, and other missing fields stay missing', async (t) => {
    const body = await newParty(venue, [one])
    t.strictSame({ ...body }, { id: body.id, status: 'Seated', startTime: SEVEN, tableIds: [one] })
  })

  t.test(
    'an empty status, which the contract allows only in requests, is Seated too',
    async (t) => {
      const { status, body } = await venue.call('CreateParty', partyRequest([one], { status: '' }))
      t.equal(status, 200)
      t.equal(body.status, 'Seated')
    },
  )

  t.test('an endTime is ignored here like any unknown field', async (t) => {
    for (const endTime of [NINE, 'at nine', null, 5]) {
      const { status, body } = await venue.call('CreateParty', {
        ...partyRequest([one]),
        endTime,
      } as never)
      t.equal(status, 200, `endTime ${String(endTime)}`)
      t.notOk('endTime' in (body ?? {}), 'the guests are in the venue')
    }
  })

  t.test('a table named twice is one table', async (t) => {
    t.strictSame((await newParty(venue, [one, two, one])).tableIds, [one, two])
  })

  t.test('a deposit of nothing is a deposit', async (t) => {
    const { deposit } = await newParty(venue, [one], {
      deposit: { totalAmount: gbp(0), paymentIntentIds: [] },
    })
    t.strictSame(deposit, { totalAmount: gbp(0), paymentIntentIds: [] })
  })

  t.test('the largest exact deposit is kept to the penny', async (t) => {
    const { deposit } = await newParty(venue, [one], {
      deposit: { totalAmount: gbp(Number.MAX_SAFE_INTEGER), paymentIntentIds: [] },
    })
    t.equal(deposit!.totalAmount.value, Number.MAX_SAFE_INTEGER)
  })

  t.test('several parties may sit at one table, unless the venue says otherwise', async (t) => {
    const [table] = (await newTables(server, venue, ['Shared'])) as [string]
    t.equal((await venue.call('CreateParty', partyRequest([table]))).status, 200)
    t.equal((await venue.call('CreateParty', partyRequest([table]))).status, 200)
  })

  t.test('the repeat', async (t) => {
    const request = partyRequest([one], {
      name: 'Again',
      covers: 3,
      reservationId: reservation.id,
      dojoReservationId: 'dojo-r',
    })
    const first = answered(await venue.call('CreateParty', request))

    t.test('with the same content answers the same party', async (t) => {
      t.strictSame(answered(await venue.call('CreateParty', request)), first)
    })
    t.test(
      'in another order of fields, with a field that the contract does not know, and the ' +
        'same instant written otherwise',
      async (t) => {
        const entries = Object.entries({
          ...request,
          startTime: '2026-03-06T19:00:00Z',
          somethingNew: { a: 1 },
        }).reverse()
        t.strictSame(
          answered(await venue.call('CreateParty', Object.fromEntries(entries) as never)),
          first,
        )
      },
    )
    t.test('by another venue is a party of its own', async (t) => {
      const { status, body } = await other.call(
        'CreateParty',
        partyRequest([theirs], { dojoPartyId: request.dojoPartyId }),
      )
      t.equal(status, 200)
      t.not(body.id, first.id)
    })
    t.test('after an update answers the party as it now is', async (t) => {
      const updated = answered(
        await venue.call('UpdateParty', { ...request, partyId: first.id, status: 'Dessert' }),
      )
      t.strictSame(answered(await venue.call('CreateParty', request)), updated)
      t.equal(updated.status, 'Dessert')
    })
    t.test('after its reservation was deleted and its table retired', async (t) => {
      const [table] = (await newTables(server, venue, ['Soon gone'])) as [string]
      const booking = await newReservation(venue, [table])
      const repeated = partyRequest([table], { reservationId: booking.id })
      const { id } = answered(await venue.call('CreateParty', repeated))
      await venue.call('DeleteReservationById', { reservationId: booking.id })
      await retire(server, 'table', table)
      const { status, body } = await venue.call('CreateParty', repeated)
      t.equal(status, 200)
      t.equal(body.id, id)
    })
    t.test('after the party was deleted seats a new one', async (t) => {
      const again = partyRequest([one])
      const { id } = answered(await venue.call('CreateParty', again))
      await venue.call('DeletePartyById', { partyId: id })
      const { status, body } = await venue.call('CreateParty', again)
      t.equal(status, 200)
      t.not(body.id, id)
    })
  })

  t.test('20 at once with the same dojoPartyId are one party', async (t) => {
    const request = partyRequest([one, two], { name: 'At once' })
    const replies = await Promise.all(
      Array.from({ length: 20 }, async () => await venue.call('CreateParty', request)),
    )
    t.strictSame(
      replies.map(({ status }) => status),
      Array(20).fill(200),
    )
    t.equal(new Set(replies.map(({ body }) => body.id)).size, 1)
    t.equal(
      (await sql('SELECT 1 FROM parties WHERE dojo_party_id = $1', [request.dojoPartyId])).length,
      1,
    )
  })

  t.test(
    '20 at once with the same dojoPartyId and each with other content: one wins, the others ' +
      'are Conflict',
    async (t) => {
      const request = partyRequest([one])
      const replies = await Promise.all(
        Array.from(
          { length: 20 },
          async (_, index) =>
            await venue.call('CreateParty', { ...request, name: `Guest ${index}` }),
        ),
      )
      t.equal(replies.filter(({ status }) => status === 200).length, 1)
      t.equal(replies.filter(({ status }) => status === 409).length, 19)
    },
  )

  t.test(
    'a dojoPartyId longer than any index takes is refused, not a failure of the server',
    async (t) => {
      const { status, error } = await venue.call(
        'CreateParty',
        partyRequest([one], { dojoPartyId: randomBytes(8000).toString('base64') }),
      )
      t.equal(status, 400)
      t.equal(error.errorType, 'InvalidRequest')
      t.match(error.debugMessage, /dojoPartyId/)
    },
  )
})

t.test('CreateParty where the venue seats one party at a table', async (t) => {
  const server = await startServer(t)
  const { venue } = server
  await setRules(server, venue, { onePartyPerTable: true })
  let count = 0
  const table = async (): Promise<string> =>
    (await newTables(server, venue, [`Table ${++count}`]))[0]!

  t.test('refuses a second party at an occupied table, naming the table', async (t) => {
    const [free, occupied] = [await table(), await table()]
    const sitting = await newParty(venue, [occupied])
    const { status, error } = await venue.call('CreateParty', partyRequest([free, occupied]))
    t.equal(status, 409)
    t.equal(error.errorType, 'Conflict')
    t.match(error.debugMessage, /Table 2/)
    t.match(error.debugMessage, new RegExp(sitting.id))
    t.equal(
      (await venue.call('CreateParty', partyRequest([free]))).status,
      200,
      'the other table was left free',
    )
  })

  t.test('refuses unknown tables before occupied ones', async (t) => {
    const occupied = await table()
    await newParty(venue, [occupied])
    const { status, error } = await venue.call(
      'CreateParty',
      partyRequest([occupied, 'tbl_nobody']),
    )
    t.equal(status, 400)
    t.match(error.debugMessage, /tbl_nobody/)
  })

  t.test('a repeat does not conflict with itself', async (t) => {
    const request = partyRequest([await table()])
    const first = answered(await venue.call('CreateParty', request))
    t.strictSame(answered(await venue.call('CreateParty', request)), first)
  })

  t.test('takes a table whose party has left, or was deleted', async (t) => {
    const place = await table()
    const request = partyRequest([place])
    const { id } = answered(await venue.call('CreateParty', request))
    await venue.call('UpdateParty', { ...request, partyId: id, status: 'Left', endTime: NINE })
    const next = await venue.call('CreateParty', partyRequest([place]))
    t.equal(next.status, 200)
    await venue.call('DeletePartyById', { partyId: next.body.id })
    t.equal((await venue.call('CreateParty', partyRequest([place]))).status, 200)
  })

  t.test('20 at once: exactly one', async (t) => {
    const place = await table()
    const replies = await Promise.all(
      Array.from(
        { length: 20 },
        async () => await venue.call('CreateParty', partyRequest([place])),
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
            'CreateParty',
            partyRequest(index % 2 === 0 ? places : places.toReversed()),
          ),
      ),
    )
    t.equal(replies.filter(({ status }) => status === 200).length, 1)
    t.strictSame(
      replies.filter(({ status }) => status !== 200).map(({ error }) => error.errorType),
      Array(19).fill('Conflict'),
    )
  })

  t.test('counts parties seated before the setting was on, and stops when it is off', async (t) => {
    const place = await table()
    await setRules(server, venue, { onePartyPerTable: false })
    await newParty(venue, [place])
    await setRules(server, venue, { onePartyPerTable: true })
    t.equal((await venue.call('CreateParty', partyRequest([place]))).status, 409)
    await setRules(server, venue, { onePartyPerTable: false })
    t.equal((await venue.call('CreateParty', partyRequest([place]))).status, 200)
  })

  t.test('each venue has its own setting', async (t) => {
    const other = await server.newVenue('The White Hart')
    const [place] = (await newTables(server, other, ['Table 1'])) as [string]
    t.equal((await other.call('CreateParty', partyRequest([place]))).status, 200)
    t.equal((await other.call('CreateParty', partyRequest([place]))).status, 200)
  })
})

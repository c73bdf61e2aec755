// Tills and Dojo at one party or reservation at once, on two instances: nothing is doubled, and
// every lost change is in the history.
import t, { type Test } from 'tap'
import { readParty } from '../../../src/store/bookings/parties.ts'
import { readReservation } from '../../../src/store/bookings/reservations.ts'
import { deadlocks, startPair, testWithRules } from '../../support/load.ts'
import { newTables, pay } from '../../support/orders.ts'
import { newTill, tillAt, type TillReply } from '../../support/till.ts'
import { done, seat, orderOf, visitHistory } from '../../support/till-visits.ts'
import {
  answered,
  newParty,
  newReservation,
  partyRequest,
  SEVEN,
  setRules,
} from '../../support/visits.ts'

t.test('parties and reservations at once', async (t) => {
  const pair = await startPair(t)
  const { server, other, venue, both } = pair
  const { sql } = server
  const { locationId } = venue
  const test = testWithRules(t, server)
  const [one, two, three] = (await newTables(server, venue, ['1', '2', '3'])) as [
    string,
    string,
    string,
  ]
  const here = await newTill(t, server, { tillName: 'Bar' })
  const there = tillAt(t, other, here)
  const tills = [here, there] as const
  const tally = (replies: readonly { status: number }[]): Record<number, number> =>
    replies.reduce<Record<number, number>>(
      (counts, { status }) => ({ ...counts, [status]: (counts[status] ?? 0) + 1 }),
      {},
    )
  const atTills = async (
    times: number,
    call: (till: typeof here, index: number) => Promise<TillReply>,
  ): Promise<TillReply[]> =>
    await Promise.all(
      Array.from({ length: times }, async (_, index) => await call(tills[index % 2]!, index)),
    )
  const emptyFloor = async (): Promise<void> => {
    await sql('UPDATE parties SET end_time = start_time WHERE end_time IS NULL')
    await sql('UPDATE party_tables SET alone = false')
  }
  const oneAtATime = async (t: Test): Promise<void> => {
    await emptyFloor()
    await setRules(server, venue, { onePartyPerTable: true, refuseOverlappingReservations: true })
    t.teardown(async () => {
      await setRules(server, venue, {
        onePartyPerTable: false,
        refuseOverlappingReservations: false,
      })
    })
  }
  /**
   * The history, replayed from its first entry to its last, gives the present state, and shows who
   * overwrote whom.
   */
  const isWhole = async (t: Test, visitId: string): Promise<void> => {
    const history = await visitHistory(server, visitId)
    t.strictSame(
      history.map(({ sequence }) => sequence),
      history.map((_, index) => index + 1),
    )
    const told = Object.assign({}, ...history.map(({ detail }) => detail['set'])) as object
    const { database } = server.store
    const { version, ...seen } = visitId.startsWith('pty_')
      ? { ...(await readParty(database, locationId, visitId)), partyId: undefined }
      : {
          ...(await readReservation(database, locationId, visitId)),
          reservationId: undefined,
          parties: undefined,
        }
    t.equal(version, history.length, 'as many changes as entries')
    const known = (fields: object): object =>
      Object.fromEntries(
        Object.entries(fields)
          .filter(([, value]) => value !== undefined && value !== null)
          .sort(([a], [b]) => (a < b ? -1 : 1)),
      )
    t.strictSame(known(told), known(seen), 'the fields by their last entry')
  }

  test('of 20 parties that want one of two tables, each table gets one', async (t) => {
    await oneAtATime(t)
    const replies = await atTills(
      20,
      async (till, index) =>
        await seat(till, index % 3 === 0 ? [two, one] : index % 3 === 1 ? [one] : [one, two]),
    )
    t.ok(replies.every(({ status, problem }) => status === 201 || problem.code === 'occupied'))
    const seated = await sql<{ table_id: string; count: string }>(
      'SELECT s.table_id, count(*) FROM party_tables s JOIN parties p USING (location_id, ' +
        'party_id) WHERE p.end_time IS NULL GROUP BY 1',
    )
    t.ok(seated.some(({ table_id: table }) => table === one))
    t.ok(seated.every(({ count }) => Number(count) === 1))
  })

  test('a till and Dojo seat two parties at one table', async (t) => {
    await oneAtATime(t)
    for (let round = 0; round < 5; round++) {
      const [mine, dojos] = await Promise.all([
        seat(tills[round % 2]!, [one]),
        both[(round + 1) % 2]!.call('CreateParty', partyRequest([one])),
      ])
      t.strictSame(
        [mine.status, dojos.status].sort(),
        mine.status === 201 ? [201, 409] : [200, 409],
      )
      await emptyFloor()
    }
  })

  test('the same id 20 times at once makes one party, and one reservation', async (t) => {
    await oneAtATime(t)
    const parties = await atTills(
      20,
      async (till) => await seat(till, [one], { id: 'same', name: 'Ada' }),
    )
    t.strictSame(tally(parties), { 200: 19, 201: 1 })
    t.equal((await visitHistory(server, 'same')).length, 1)
    const booking = {
      id: 'same-booking',
      name: 'Ada',
      covers: 2,
      tableIds: [one],
      startTime: '2030-01-01T19:00:00Z',
      endTime: '2030-01-01T21:00:00Z',
    }
    const booked = await atTills(
      20,
      async (till) => await till.call('POST /reservations', {}, booking),
    )
    t.strictSame(tally(booked), { 200: 19, 201: 1 })
    const overlapping = await atTills(
      20,
      async (till, index) =>
        await till.call(
          'POST /reservations',
          {},
          { ...booking, id: undefined, tableIds: index % 2 === 0 ? [two, three] : [three, two] },
        ),
    )
    t.strictSame(tally(overlapping), { 201: 1, 409: 19 })
  })

  test('the guests of a reservation are seated once', async (t) => {
    const { id: reservationId } = await newReservation(venue, [one])
    const replies = await atTills(
      10,
      async (till) => await till.call('POST /parties', {}, { reservationId }),
    )
    t.strictSame(tally(replies), { 201: 1, 409: 9 })
    t.ok(replies.every(({ status, problem }) => status === 201 || problem.code === 'in-use'))
  })

  test('a reservation is canceled while its guests are seated', async (t) => {
    for (let round = 0; round < 8; round++) {
      const { id: reservationId } = await newReservation(venue, [one])
      const [seated, canceled] = await Promise.all([
        here.call('POST /parties', {}, { reservationId }),
        there.call(
          'POST /reservations/{reservationId}/cancel',
          { reservationId },
          { reason: 'Ill' },
        ),
      ])
      t.equal(canceled.status, 200, canceled.text)
      if (seated.status === 201) {
        t.equal(
          (await venue.call('GetPartyById', { partyId: seated.body.id })).body.reservationId,
          undefined,
        )
        await isWhole(t, seated.body.id)
      } else t.equal(seated.problem.code, 'unknown-reference')
    }
  })

  test('moved and finished at once', async (t) => {
    for (let round = 0; round < 10; round++) {
      const { id: partyId } = done(await seat(here, [one]))
      const orderId = await orderOf(server, here, { tableId: one, partyId }, 0)
      const [moved, finished] = await Promise.all([
        tills[round % 2]!.call('POST /parties/{partyId}/move', { partyId }, { tableIds: [two] }),
        tills[(round + 1) % 2]!.call('POST /parties/{partyId}/finish', { partyId }, {}),
      ])
      t.equal(finished.status, 200, finished.text)
      if (moved.status !== 200) t.equal(moved.problem.code, 'final')
      const party = answered(await venue.call('GetPartyById', { partyId }))
      t.ok(party.endTime)
      t.strictSame(party.tableIds, [moved.status === 200 ? two : one])
      t.equal(
        answered(await venue.call('GetOrderById', { orderId })).details.dineIn!.tableId,
        party.tableIds[0],
        'its order is at its table',
      )
      await isWhole(t, partyId)
    }
  })

  test('finished while its order is paid: never between the two', async (t) => {
    for (let round = 0; round < 8; round++) {
      const { id: partyId } = done(await seat(here, [one]))
      const orderId = await orderOf(server, here, { tableId: one, partyId }, 500)
      const [paid, finished] = await Promise.all([
        pay(both[0], orderId, 500),
        there.call('POST /parties/{partyId}/finish', { partyId }, {}),
      ])
      t.equal(paid.status, 200)
      t.ok(finished.status === 200 || finished.problem.code === 'unpaid', finished.text)
      if (finished.status === 200) {
        t.ok(
          finished.body.endTime >=
            answered(await venue.call('GetOrderById', { orderId })).updatedAt!,
          'it left after it had paid',
        )
      }
      t.equal((await there.call('POST /parties/{partyId}/finish', { partyId }, {})).status, 200)
    }
  })

  test('Dojo updates and a till describes: the history shows both, in either order', async (t) => {
    for (let round = 0; round < 10; round++) {
      const created = partyRequest([one], { name: 'Ada' })
      const { id: partyId } = answered(await venue.call('CreateParty', created))
      const [updated, described] = await Promise.all([
        both[round % 2]!.call('UpdateParty', {
          ...created,
          partyId,
          status: 'Mains',
          guestRequests: 'No nuts',
        }),
        tills[(round + 1) % 2]!.call(
          'PATCH /parties/{partyId}',
          { partyId },
          { hostNotes: 'Cake' },
          { ifMatch: 1 },
        ),
      ])
      t.equal(updated.status, 200)
      const party = answered(await venue.call('GetPartyById', { partyId }))
      t.equal(party.guestRequests, 'No nuts', 'no till takes away what guests asked for')
      t.equal(party.status, 'Mains')
      const actions = (await visitHistory(server, partyId)).map(({ action }) => action)
      if (described.status === 200) t.strictSame(actions, ['Seated', 'Described', 'Updated'])
      else {
        t.equal(described.status, 412)
        t.strictSame(actions, ['Seated', 'Updated'])
        done(
          await here.call(
            'PATCH /parties/{partyId}',
            { partyId },
            { hostNotes: 'Cake' },
            { ifMatch: described.problem['version' as never] as number },
          ),
        )
      }
      await isWhole(t, partyId)
    }
  })

  test('20 tills describe a party at once: one succeeds with If-Match, all without', async (t) => {
    const { id: partyId } = await newParty(venue, [one])
    const matched = await atTills(
      20,
      async (till, index) =>
        await till.call(
          'PATCH /parties/{partyId}',
          { partyId },
          { covers: index + 1 },
          { ifMatch: 1 },
        ),
    )
    t.strictSame(tally(matched), { 200: 1, 412: 19 })
    const free = await atTills(
      20,
      async (till, index) =>
        await till.call('PATCH /parties/{partyId}', { partyId }, { hostNotes: `Note ${index}` }),
    )
    t.strictSame(tally(free), { 200: 20 })
    await isWhole(t, partyId)
    const { id: reservationId } = await newReservation(venue, [one])
    const changed = await atTills(
      20,
      async (till, index) =>
        await till.call(
          'PATCH /reservations/{reservationId}',
          { reservationId },
          { covers: index + 10 },
        ),
    )
    t.strictSame(tally(changed), { 200: 20 })
    await isWhole(t, reservationId)
  })

  test('everything at once ends without a deadlock', async (t) => {
    const parties = await Promise.all(
      Array.from({ length: 4 }, async () => done(await seat(here, [one, two])).id as string),
    )
    const orders: string[] = []
    for (const partyId of parties) {
      orders.push(
        await orderOf(server, here, { tableId: one, partyId }, 300),
        await orderOf(server, here, { tableId: two, partyId }, 300),
      )
    }
    const { id: dojosId } = await newParty(venue, [one], { dojoPartyId: 'dojo-all' })
    const before = await deadlocks(server)
    const replies = await Promise.all(
      Array.from({ length: 60 }, async (_, index): Promise<{ status: number }> => {
        const till = tills[index % 2]!
        const partyId = parties[index % 4]!
        const orderId = orders[(index * 3) % 8]!
        switch (index % 6) {
          case 0:
            return await till.call(
              'POST /parties/{partyId}/move',
              { partyId },
              { tableIds: index % 4 === 0 ? [three] : [one, two] },
            )
          case 1:
            return await till.call('PATCH /parties/{partyId}', { partyId }, { covers: index })
          case 2:
            return await pay(both[index % 2]!, orderId, 10)
          case 3:
            return await till.call(
              'PATCH /orders/{orderId}',
              { orderId },
              { note: `Note ${index}` },
            )
          case 4:
            return await both[index % 2]!.call('UpdateParty', {
              partyId: dojosId,
              dojoPartyId: 'dojo-all',
              status: `Course ${index}`,
              startTime: SEVEN,
              tableIds: [three, one],
            })
          default:
            return await till.call('POST /parties/{partyId}/finish', { partyId }, {})
        }
      }),
    )
    t.ok(
      replies.every(({ status }) => status === 200 || status === 409),
      JSON.stringify(tally(replies)),
    )
    for (const partyId of [...parties, dojosId]) await isWhole(t, partyId)
    t.equal(await deadlocks(server), before)
  })
})

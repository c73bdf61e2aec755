// The floor: which tables are free, reserved or taken, now and at another time.
import t from 'tap'
import { newTables } from '../../support/orders.ts'
import { startServer } from '../../support/server.ts'
import { newTill } from '../../support/till.ts'
import { done, isProblem, seat, orderOf, tillsOfAllRoles } from '../../support/till-visits.ts'
import { answered, newArea, newParty, newReservation, retire } from '../../support/visits.ts'

const hours = (from: number): string => new Date(Date.now() + from * 3_600_000).toISOString()

t.test('occupancy', async (t) => {
  const server = await startServer(t)
  const { venue, sql } = server
  const area = await newArea(server, venue, 'Garden')
  const [one, two, three, four, five] = (await newTables(
    server,
    venue,
    ['1', '2', '3', '4', '5'],
    area,
  )) as [string, string, string, string, string]
  const [gone] = (await newTables(server, venue, ['99'], area)) as [string]
  await retire(server, 'table', gone)
  const { kitchen, waiter, manager } = await tillsOfAllRoles(t, server)
  const stranger = await newTill(t, server, { venue: await server.newVenue('The White Hart') })
  const floor = async (at?: string) => {
    const { at: seenAt, tables } = done(
      await kitchen.call(
        `GET /tables/occupancy${at === undefined ? '' : `?at=${encodeURIComponent(at)}`}`,
      ),
    )
    return {
      at: seenAt as string,
      tables: tables as any[],
      of: (id: string) => tables.find(({ tableId }: { tableId: string }) => tableId === id),
    }
  }

  const empty = await floor()
  t.strictSame(
    empty.tables,
    [one, two, three, four, five].map((tableId, index) => ({
      tableId,
      name: String(index + 1),
      areaId: area,
      status: 'free',
      parties: [],
      orders: [],
      owedMinor: 0,
    })),
  )

  // One: a walk-in with two orders, one of which is Dojo's to be paid. Two: a late guest. Three:
  // one who came. Four: one to come.
  const walkIn = done(
    await seat(waiter, [one], { name: 'Grace', covers: 2, expectedEndTime: hours(1) }),
  )
  const orders = [
    await orderOf(server, waiter, { tableId: one, partyId: walkIn.id }, 500),
    await orderOf(server, waiter, { tableId: one }, 0),
  ]
  const late = await newReservation(venue, [two], {
    startTime: hours(-1),
    endTime: hours(1),
    name: 'Late',
    covers: 4,
  })
  const after = await newReservation(venue, [two], {
    startTime: hours(3),
    endTime: hours(4),
    name: 'After',
  })
  const came = await newReservation(venue, [three], {
    startTime: hours(-1),
    endTime: hours(1),
    name: 'Came',
  })
  const party = done(await waiter.call('POST /parties', {}, { reservationId: came.id }))
  const toCome = await newReservation(venue, [four], {
    startTime: hours(2),
    endTime: hours(4),
    name: 'Soon',
  })
  await newReservation(venue, [five], {
    startTime: hours(-3),
    endTime: hours(-1),
    name: 'Never came',
  })
  const leaving = done(await seat(waiter, [five]))
  done(await waiter.call('POST /parties/{partyId}/finish', { partyId: leaving.id }, {}))

  t.test('now', async (t) => {
    const { tables, of } = await floor()
    t.strictSame(
      tables.map(({ status }) => status),
      ['seated', 'reserved', 'seated', 'free', 'free'],
    )
    t.strictSame(of(one).parties, [
      {
        id: walkIn.id,
        name: 'Grace',
        covers: 2,
        status: 'Seated',
        startTime: walkIn.startTime,
        expectedEndTime: walkIn.expectedEndTime,
      },
    ])
    t.strictSame(of(one).orders, [
      { id: orders[0], status: 'Accepted', partyId: walkIn.id, totalMinor: 500, balanceMinor: 500 },
      { id: orders[1], status: 'Accepted', totalMinor: 0, balanceMinor: 0 },
    ])
    t.equal(of(one).owedMinor, 500)
    t.notOk('nextReservation' in of(one))
    t.strictSame(of(two).nextReservation, {
      id: late.id,
      name: 'Late',
      covers: 4,
      startTime: late.startTime,
      endTime: late.endTime,
    })
    t.match(of(three).parties, [{ id: party.id, reservationId: came.id }])
    t.notOk('nextReservation' in of(three), 'its guests are here')
    t.equal(of(four).nextReservation.id, toCome.id)
    t.notOk('nextReservation' in of(five), 'they never came')
  })

  t.test('later, as far as it can be expected, without what will be owed', async (t) => {
    const { at, tables, of } = await floor(hours(3.5))
    t.ok(Date.parse(at) > Date.now() + 3 * 3_600_000)
    t.strictSame(
      tables.map(({ status }) => status),
      ['free', 'reserved', 'free', 'reserved', 'free'],
    )
    t.equal(of(two).nextReservation.id, after.id)
    t.ok(tables.every((table) => !('orders' in table) && !('owedMinor' in table)))
    const { of: stays } = await floor(hours(0.5))
    t.equal(stays(one).status, 'seated')
    t.equal(stays(two).nextReservation.id, late.id)
  })

  t.test('earlier, with the parties that have left since', async (t) => {
    await sql(
      "UPDATE parties SET start_time = now() - interval '3 hours', end_time = now() - interval '2 hours' WHERE party_id = $1",
      [leaving.id],
    )
    const { of } = await floor(hours(-2.5))
    t.match(of(five), { status: 'seated', parties: [{ id: leaving.id }] })
    t.equal(of(one).status, 'free', 'they had not come yet')
    t.equal((await floor(hours(-1.5))).of(five).status, 'reserved')
  })

  t.test(
    'a party without an expected end stays, one at two tables is at both, and Dojo’s count at once',
    async (t) => {
      const { id } = await newParty(venue, [four, five], { startTime: hours(0.001) })
      const { of } = await floor()
      t.strictSame([of(four).parties[0].id, of(five).parties[0].id], [id, id])
      t.equal((await floor(hours(100))).of(four).status, 'seated')
      t.equal((await venue.call('DeletePartyById', { partyId: id })).status, 200)
      t.equal((await floor()).of(four).status, 'free')
    },
  )

  t.test('a table that was retired with guests at it is shown until they are gone', async (t) => {
    const [going] = (await newTables(server, venue, ['6'], area)) as [string]
    const { id: partyId } = done(await seat(waiter, [going]))
    await retire(server, 'table', going)
    t.equal((await floor()).of(going).status, 'seated')
    done(await manager.call('POST /parties/{partyId}/finish', { partyId }, {}))
    t.equal((await floor()).of(going), undefined)
  })

  t.test('what is refused, and another venue', async (t) => {
    isProblem(t, await kitchen.call('GET /tables/occupancy?at=tonight'), {
      status: 400,
      code: 'schema',
    })
    isProblem(t, await kitchen.call('GET /tables/occupancy?at=2026-12-31T23:59:60Z'), {
      status: 400,
      code: 'invalid',
      detail: /\bat\b/,
    })
    isProblem(t, await kitchen.call('GET /tables/occupancy?on=now'), {
      status: 400,
      code: 'schema',
    })
    t.strictSame(done(await stranger.call('GET /tables/occupancy')).tables, [])
    t.equal(answered(await venue.call('SearchTables', {})).data!.length, 5)
  })

  t.test('one statement, whatever the number of tables', async (t) => {
    const asked: string[] = []
    const { pool } = server.store.database
    const query = pool.query.bind(pool)
    pool.query = ((statement: { name: string }, ...rest: never[]) => {
      asked.push(statement.name)
      return query(statement as never, ...rest)
    }) as never
    t.teardown(() => {
      pool.query = query
    })
    await floor()
    const background = /^(till_token_find|webhooks_|dojo_contacts_|dojo_requests_|request_log_)/
    t.strictSame(
      asked.filter((name) => !background.test(name)),
      ['readOccupancy'],
    )
  })
})

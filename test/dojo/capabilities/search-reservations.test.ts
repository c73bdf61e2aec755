import t from 'tap'
import type { Schemas } from '../../../src/contract/capabilities.ts'
import { newTables } from '../../support/orders.ts'
import { startServer } from '../../support/server.ts'
import {
  answered,
  checkPages,
  ELEVEN,
  newParty,
  newReservation,
  NINE,
  SEVEN,
} from '../../support/visits.ts'

t.test('SearchReservations', async (t) => {
  const server = await startServer(t)
  const { venue } = server
  const other = await server.newVenue('The White Hart')
  const [one, two, three] = (await newTables(server, venue, ['Table 1', 'Table 2', 'Table 3'])) as [
    string,
    string,
    string,
  ]
  const [theirs] = (await newTables(server, other, ['Table 1'])) as [string]
  const early = await newReservation(venue, [one], { startTime: SEVEN, endTime: NINE })
  const late = await newReservation(venue, [one, two], { startTime: NINE, endTime: ELEVEN })
  const long = await newReservation(venue, [two], { startTime: SEVEN, endTime: ELEVEN })
  await newReservation(other, [theirs])
  const at = (time: string): string => `2026-03-06T${time}Z`

  const filters: {
    name: string
    input: Schemas['SearchReservationsRequest']
    found: Schemas['Reservation'][]
  }[] = [
    { name: 'nothing given', input: {}, found: [long, late, early] },
    { name: 'a table', input: { tableId: one }, found: [late, early] },
    {
      name: 'a table that is the second of a reservation',
      input: { tableId: two },
      found: [long, late],
    },
    { name: 'a table that nothing keeps', input: { tableId: three }, found: [] },
    { name: 'a table that nobody has', input: { tableId: 'tbl_nobody' }, found: [] },
    { name: "another venue's table", input: { tableId: theirs }, found: [] },
    // Half open at both edges: what ends at fromTime, or starts at toTime, is not in between.
    {
      name: 'fromTime a millisecond before an end',
      input: { fromTime: at('20:59:59.999') },
      found: [long, late, early],
    },
    { name: 'fromTime at an end', input: { fromTime: NINE }, found: [long, late] },
    { name: 'fromTime at the last end', input: { fromTime: ELEVEN }, found: [] },
    {
      name: 'toTime a millisecond after a start',
      input: { toTime: at('21:00:00.001') },
      found: [long, late, early],
    },
    { name: 'toTime at a start', input: { toTime: NINE }, found: [long, early] },
    { name: 'toTime at the first start', input: { toTime: SEVEN }, found: [] },
    {
      name: 'a time within',
      input: { fromTime: at('20:00:00.000'), toTime: at('20:30:00.000') },
      found: [long, early],
    },
    {
      name: 'a time around',
      input: { fromTime: at('10:00:00.000'), toTime: at('23:59:00.000') },
      found: [long, late, early],
    },
    {
      name: 'exactly the time of one, which the next only touches',
      input: { fromTime: SEVEN, toTime: NINE },
      found: [long, early],
    },
    {
      name: 'a time before all',
      input: { fromTime: at('10:00:00.000'), toTime: at('12:00:00.000') },
      found: [],
    },
    {
      name: 'a time written in another offset',
      input: { fromTime: '2026-03-06T22:00:00+01:00' },
      found: [long, late],
    },
    { name: 'a table and a time', input: { tableId: one, fromTime: NINE }, found: [late] },
  ]
  for (const { name, input, found } of filters) {
    t.test(`finds by ${name}`, async (t) => {
      const { status, body } = await venue.call('SearchReservations', input)
      t.equal(status, 200)
      t.strictSame(
        { ...body },
        { data: found },
        'whole reservations, newest first, and no other page',
      )
    })
  }

  t.test('a seated reservation is still found', async (t) => {
    await newParty(venue, [one], { reservationId: early.id })
    t.strictSame(answered(await venue.call('SearchReservations', { toTime: NINE })).data, [
      long,
      early,
    ])
  })

  const refusals: { name: string; input: unknown; message: RegExp }[] = [
    {
      name: 'a page out of range, before times that are none',
      input: { cursor: { limit: 0 }, fromTime: '2026-12-31T23:59:60Z' },
      message: /cursor\.limit/,
    },
    {
      name: 'a fromTime that is no text',
      input: { fromTime: 5 },
      message: /fromTime must be a string/,
    },
    {
      name: 'a fromTime that is no time',
      input: { fromTime: 'tonight' },
      message: /fromTime must be a time/,
    },
    {
      name: 'a fromTime without an offset',
      input: { fromTime: '2026-03-06T19:00:00' },
      message: /fromTime/,
    },
    {
      name: 'a fromTime that no calendar has',
      input: { fromTime: '2026-12-31T23:59:60Z' },
      message: /fromTime/,
    },
    {
      name: 'a toTime that no calendar has',
      input: { toTime: '2026-12-31T23:59:60Z' },
      message: /toTime/,
    },
    {
      name: 'a tableId that is no text',
      input: { tableId: 5 },
      message: /tableId must be a string, not a number/,
    },
  ]
  for (const { name, input, message } of refusals) {
    t.test(`refuses ${name}`, async (t) => {
      const { status, error } = await venue.call('SearchReservations', input as never)
      t.equal(status, 400)
      t.equal(error.errorType, 'InvalidRequest')
      t.match(error.debugMessage, message)
    })
  }
})

t.test('SearchReservations in pages', async (t) => {
  const server = await startServer(t)
  const { venue } = server
  const other = await server.newVenue('The White Hart')
  const [table] = (await newTables(server, venue, ['Table 1'])) as [string]
  const [theirs] = (await newTables(server, other, ['Table 1'])) as [string]
  const ids: string[] = []
  for (let index = 0; index < 6; index++) ids.unshift((await newReservation(venue, [table])).id)
  for (let index = 0; index < 3; index++) await newReservation(other, [theirs])

  await checkPages(
    t,
    ids,
    async (cursor) =>
      await venue.call('SearchReservations', { tableId: table, fromTime: SEVEN, cursor }),
  )

  t.test("another venue's cursor, and one of another search, is none", async (t) => {
    const theirPage = answered(await other.call('SearchReservations', { cursor: { limit: 1 } }))
    t.equal(
      (await venue.call('SearchReservations', { cursor: { after: theirPage.after! } })).status,
      400,
    )
    await newParty(venue, [table])
    await newParty(venue, [table])
    const parties = answered(await venue.call('SearchParties', { cursor: { limit: 1 } }))
    t.equal(
      (await venue.call('SearchReservations', { cursor: { after: parties.after! } })).status,
      400,
    )
  })
})

import t from 'tap'
import type { Schemas } from '../../../src/contract/capabilities.ts'
import { newTables } from '../../support/orders.ts'
import { startServer } from '../../support/server.ts'
import {
  answered,
  checkPages,
  newParty,
  newPartyThatLeft,
  partyRequest,
  retire,
  SEVEN,
} from '../../support/visits.ts'

const idsOf = (page: Schemas['PagedPartiesResponse']): string[] => page.data!.map(({ id }) => id)

t.test('SearchParties', async (t) => {
  const server = await startServer(t)
  const { venue } = server
  const other = await server.newVenue('The White Hart')
  const [one, two, three] = (await newTables(server, venue, ['Table 1', 'Table 2', 'Table 3'])) as [
    string,
    string,
    string,
  ]
  const [theirs] = (await newTables(server, other, ['Table 1'])) as [string]
  const atOne = await newParty(venue, [one], { name: 'At one' })
  const atBoth = await newParty(venue, [one, two], { name: 'At both' })
  const atTwo = await newParty(venue, [two])
  const leftOne = await newPartyThatLeft(venue, [one])
  const leftBoth = await newPartyThatLeft(venue, [two, one])
  await newParty(other, [theirs])
  await newPartyThatLeft(other, [theirs])

  const filters: {
    name: string
    input: Schemas['SearchPartiesRequest']
    found: Schemas['Party'][]
  }[] = [
    { name: 'nothing given: those who are in the venue', input: {}, found: [atTwo, atBoth, atOne] },
    {
      name: 'completedOnly false is the same',
      input: { completedOnly: false },
      found: [atTwo, atBoth, atOne],
    },
    {
      name: 'completedOnly: those who have left, and no others',
      input: { completedOnly: true },
      found: [leftBoth, leftOne],
    },
    { name: 'a table', input: { tableId: one }, found: [atBoth, atOne] },
    {
      name: 'a table that is the second of a party',
      input: { tableId: two },
      found: [atTwo, atBoth],
    },
    {
      name: 'a table, completedOnly',
      input: { tableId: two, completedOnly: true },
      found: [leftBoth],
    },
    { name: 'a table where nobody sits', input: { tableId: three }, found: [] },
    { name: 'a table that nobody has', input: { tableId: 'tbl_nobody' }, found: [] },
    { name: "another venue's table", input: { tableId: theirs }, found: [] },
  ]
  for (const { name, input, found } of filters) {
    t.test(`finds by ${name}`, async (t) => {
      const { status, body } = await venue.call('SearchParties', input)
      t.equal(status, 200)
      t.strictSame({ ...body }, { data: found }, 'whole parties, newest first, and no other page')
    })
  }

  const refusals: { name: string; input: unknown; message: RegExp }[] = [
    {
      name: 'completedOnly that is no boolean',
      input: { completedOnly: 'true' },
      message: /completedOnly must be a boolean/,
    },
    {
      name: 'a tableId that is no text',
      input: { tableId: 5 },
      message: /tableId must be a string/,
    },
    {
      name: 'a cursor that is no object',
      input: { cursor: 'x' },
      message: /cursor must be an object/,
    },
  ]
  for (const { name, input, message } of refusals) {
    t.test(`refuses ${name}`, async (t) => {
      const { status, error } = await venue.call('SearchParties', input as never)
      t.equal(status, 400)
      t.match(error.debugMessage, message)
    })
  }

  t.test('a party that leaves goes from one list to the other, and back', async (t) => {
    const request = partyRequest([three])
    const { id } = answered(await venue.call('CreateParty', request))
    const update = { ...request, partyId: id, status: 'Seated' }
    const lists = async (): Promise<boolean[]> => [
      idsOf(answered(await venue.call('SearchParties', { tableId: three }))).includes(id),
      idsOf(
        answered(await venue.call('SearchParties', { tableId: three, completedOnly: true })),
      ).includes(id),
    ]
    t.strictSame(await lists(), [true, false])
    await venue.call('UpdateParty', { ...update, endTime: SEVEN })
    t.strictSame(await lists(), [false, true])
    await venue.call('UpdateParty', update)
    t.strictSame(await lists(), [true, false])
    await venue.call('DeletePartyById', { partyId: id })
    t.strictSame(await lists(), [false, false])
  })

  t.test('a retired table is still a filter', async (t) => {
    const [old] = (await newTables(server, venue, ['Old'])) as [string]
    const { id } = await newParty(venue, [old])
    await retire(server, 'table', old)
    t.strictSame(idsOf(answered(await venue.call('SearchParties', { tableId: old }))), [id])
    await venue.call('DeletePartyById', { partyId: id })
  })
})

t.test('SearchParties in pages', async (t) => {
  const server = await startServer(t)
  const { venue } = server
  const other = await server.newVenue('The White Hart')
  const [table] = (await newTables(server, venue, ['Table 1'])) as [string]
  const [theirs] = (await newTables(server, other, ['Table 1'])) as [string]
  const ids: string[] = []
  for (let index = 0; index < 7; index++) ids.unshift((await newParty(venue, [table])).id)
  await newPartyThatLeft(venue, [table])
  for (let index = 0; index < 3; index++) await newParty(other, [theirs])

  await checkPages(
    t,
    ids,
    async (cursor) => await venue.call('SearchParties', { tableId: table, cursor }),
  )

  t.test('parties of one instant are neither lost nor doubled', async (t) => {
    await server.sql('UPDATE parties SET created_at = $1 WHERE location_id = $2', [
      SEVEN,
      venue.locationId,
    ])
    const sorted = ids.toSorted().reverse()
    await checkPages(t, sorted, async (cursor) => await venue.call('SearchParties', { cursor }))
  })

  t.test("another venue's cursor is none", async (t) => {
    const theirPage = answered(await other.call('SearchParties', { cursor: { limit: 1 } }))
    const { status, error } = await venue.call('SearchParties', {
      cursor: { after: theirPage.after! },
    })
    t.equal(status, 400)
    t.match(error.debugMessage, /cursor\.after/)
  })

  t.test('a cursor of another search is none', async (t) => {
    await newTables(server, venue, ['Table 2', 'Table 3'])
    const tables = answered(await venue.call('SearchTables', { cursor: { limit: 1 } }))
    t.equal((await venue.call('SearchParties', { cursor: { after: tables.after! } })).status, 400)
  })

  t.test('what comes, goes and changes while paging shifts nothing', async (t) => {
    const requests = Array.from({ length: 6 }, () => partyRequest([theirs]))
    const made: string[] = []
    for (const request of requests) {
      made.unshift(answered(await other.call('CreateParty', request)).id)
    }
    const first = answered(await other.call('SearchParties', { cursor: { limit: 2 } }))
    t.strictSame(idsOf(first), made.slice(0, 2))
    // One more in front; the row that the cursor names goes; one ahead changes.
    await newParty(other, [theirs])
    await other.call('DeletePartyById', { partyId: made[1]! })
    await other.call('UpdateParty', { ...requests[3]!, partyId: made[2]!, status: 'Dessert' })
    const second = answered(
      await other.call('SearchParties', { cursor: { limit: 2, after: first.after! } }),
    )
    t.strictSame(idsOf(second), made.slice(2, 4))
    t.equal(second.data![0]!.status, 'Dessert')
    const back = answered(
      await other.call('SearchParties', { cursor: { limit: 2, before: second.before! } }),
    )
    t.equal(idsOf(back).at(-1), made[0], 'the one that is gone is gone, the one before it is there')
  })

  t.test('a page beyond which everything has gone is empty and leads back', async (t) => {
    const venue = await server.newVenue('The Plough')
    const [table] = (await newTables(server, venue, ['Table 1'])) as [string]
    const made: string[] = []
    for (let index = 0; index < 4; index++) made.unshift((await newParty(venue, [table])).id)
    const first = answered(await venue.call('SearchParties', { cursor: { limit: 2 } }))
    for (const partyId of made.slice(2)) await venue.call('DeletePartyById', { partyId })
    const empty = answered(
      await venue.call('SearchParties', { cursor: { limit: 2, after: first.after! } }),
    )
    t.strictSame(empty.data, [])
    t.notOk('after' in empty)
    const back = answered(
      await venue.call('SearchParties', { cursor: { limit: 2, before: empty.before! } }),
    )
    t.strictSame(idsOf(back), made.slice(0, 2), 'the way back meets what was on the page before')
  })

  t.test('a page before which everything has gone is empty and leads on', async (t) => {
    const venue = await server.newVenue('The Ship')
    const [table] = (await newTables(server, venue, ['Table 1'])) as [string]
    const made: string[] = []
    for (let index = 0; index < 4; index++) made.unshift((await newParty(venue, [table])).id)
    const first = answered(await venue.call('SearchParties', { cursor: { limit: 2 } }))
    const second = answered(
      await venue.call('SearchParties', { cursor: { limit: 2, after: first.after! } }),
    )
    for (const partyId of made.slice(0, 2)) await venue.call('DeletePartyById', { partyId })
    const empty = answered(
      await venue.call('SearchParties', { cursor: { limit: 2, before: second.before! } }),
    )
    t.strictSame(empty.data, [])
    t.notOk('before' in empty)
    const on = answered(
      await venue.call('SearchParties', { cursor: { limit: 2, after: empty.after! } }),
    )
    t.strictSame(idsOf(on), made.slice(2))
  })

  t.test('without a limit a page has 50', async (t) => {
    const venue = await server.newVenue('The Crown')
    const [table] = (await newTables(server, venue, ['Table 1'])) as [string]
    await Promise.all(Array.from({ length: 51 }, async () => await newParty(venue, [table])))
    const first = answered(await venue.call('SearchParties', {}))
    t.equal(first.data!.length, 50)
    const rest = answered(await venue.call('SearchParties', { cursor: { after: first.after! } }))
    t.equal(rest.data!.length, 1)
    t.equal(new Set([...idsOf(first), ...idsOf(rest)]).size, 51)
  })
})

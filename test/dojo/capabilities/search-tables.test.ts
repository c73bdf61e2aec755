import t from 'tap'
import type { Schemas } from '../../../src/contract/capabilities.ts'
import { newId } from '../../../src/domain/ids.ts'
import { newTables } from '../../support/orders.ts'
import { startServer } from '../../support/server.ts'
import { answered, checkPages, newArea, newParty, newWaiter, retire } from '../../support/visits.ts'

t.test('SearchTables', async (t) => {
  const server = await startServer(t)
  const { venue, sql } = server
  const other = await server.newVenue('The White Hart')
  const bar = await newArea(server, venue, 'Bar')
  const garden = await newArea(server, venue, 'Garden')
  const cellar = await newArea(server, venue, 'Cellar')
  const [bar1, bar2] = (await newTables(server, venue, ['Bar 1', 'Bar 2'], bar)) as [string, string]
  const [garden1] = (await newTables(server, venue, ['Garden 1'], garden)) as [string]
  const [loose] = (await newTables(server, venue, ['By the door'])) as [string]
  await sql('UPDATE tables SET max_covers = 4 WHERE table_id = $1', [bar1])
  await newWaiter(server, venue, 'ana', { areaIds: [bar] })
  await newWaiter(server, venue, 'bob', { tableIds: [garden1, bar1] })
  await newWaiter(server, venue, 'cid', { areaIds: [garden], tableIds: [garden1] })
  await newWaiter(server, venue, 'idle')
  await newWaiter(server, venue, 'gone', { areaIds: [bar], tableIds: [loose] })
  await retire(server, 'waiter', 'gone')
  const [retired] = (await newTables(server, venue, ['Bar 3'], bar)) as [string]
  await retire(server, 'table', retired)
  const theirArea = await newArea(server, other, 'Bar')
  const [theirs] = (await newTables(server, other, ['Bar 1'], theirArea)) as [string]
  await newWaiter(server, other, 'dee', { areaIds: [theirArea] })
  await newWaiter(server, other, 'ana', { tableIds: [theirs] })

  const tables: Record<string, Schemas['Table']> = {
    bar1: { id: bar1, name: 'Bar 1', maxCovers: 4, areaId: bar, waiterIds: ['ana', 'bob'] },
    bar2: { id: bar2, name: 'Bar 2', areaId: bar, waiterIds: ['ana'] },
    garden1: { id: garden1, name: 'Garden 1', areaId: garden, waiterIds: ['bob', 'cid'] },
    loose: { id: loose, name: 'By the door', waiterIds: [] },
  }
  const filters: { name: string; input: Schemas['SearchTablesRequest']; found: string[] }[] = [
    {
      name: 'nothing given: every table in use, in the order of the venue',
      input: {},
      found: ['bar1', 'bar2', 'garden1', 'loose'],
    },
    { name: 'an area', input: { areaId: bar }, found: ['bar1', 'bar2'] },
    { name: 'an area without tables', input: { areaId: cellar }, found: [] },
    { name: 'an area that nobody has', input: { areaId: 'area_nobody' }, found: [] },
    { name: "another venue's area", input: { areaId: theirArea }, found: [] },
    { name: 'a waiter who serves an area', input: { waiterId: 'ana' }, found: ['bar1', 'bar2'] },
    { name: 'a waiter who serves tables', input: { waiterId: 'bob' }, found: ['bar1', 'garden1'] },
    {
      name: 'a waiter who serves a table and its area, which is found once',
      input: { waiterId: 'cid' },
      found: ['garden1'],
    },
    { name: 'a waiter who serves nothing', input: { waiterId: 'idle' }, found: [] },
    { name: 'a waiter who has left', input: { waiterId: 'gone' }, found: [] },
    { name: 'a waiter whom nobody has', input: { waiterId: 'nobody' }, found: [] },
    { name: "another venue's waiter", input: { waiterId: 'dee' }, found: [] },
    { name: 'an area and a waiter', input: { areaId: bar, waiterId: 'bob' }, found: ['bar1'] },
    {
      name: 'an area and a waiter who does not serve there',
      input: { areaId: garden, waiterId: 'ana' },
      found: [],
    },
  ]
  for (const { name, input, found } of filters) {
    t.test(`finds by ${name}`, async (t) => {
      const { status, body } = await venue.call('SearchTables', input)
      t.equal(status, 200)
      t.notOk(Array.isArray(body), 'one page, not an array of pages')
      t.notOk('before' in body || 'after' in body)
      const wanted = found.map((each) => ({ ...tables[each]! }))
      // A table without waiters may have an empty list, or none.
      t.strictSame(
        body.data!.map((table) => ({ ...table, waiterIds: table.waiterIds ?? [] })),
        wanted,
      )
    })
  }

  const refusals: { name: string; input: unknown; message: RegExp }[] = [
    { name: 'an areaId that is no text', input: { areaId: 5 }, message: /areaId must be a string/ },
    {
      name: 'a waiterId that is no text',
      input: { waiterId: true },
      message: /waiterId must be a string/,
    },
  ]
  for (const { name, input, message } of refusals) {
    t.test(`refuses ${name}`, async (t) => {
      const { status, error } = await venue.call('SearchTables', input as never)
      t.equal(status, 400)
      t.match(error.debugMessage, message)
    })
  }

  t.test('the names of tables are unique in their area', async (t) => {
    const add = (name: string, areaId?: string) => newTables(server, venue, [name], areaId)
    await t.rejects(add('Bar 1', bar), 'the same name in the same area')
    await t.rejects(add('By the door'), 'the same name where there is no area')
    await t.resolves(add('Bar 1', garden), 'the same name in another area')
    await t.resolves(add('Bar 1'), 'the same name outside the areas')
    await t.resolves(add('Bar 3', bar), 'the name of a retired table')
    await t.rejects(
      sql("UPDATE tables SET name = 'Bar 1' WHERE table_id = $1", [bar2]),
      'renaming to a name that is taken',
    )
    await t.rejects(
      sql('UPDATE tables SET retired_at = NULL WHERE table_id = $1', [retired]),
      'coming back while another has the name',
    )
  })

  t.test('a party at a table changes nothing of it', async (t) => {
    const before = answered(await venue.call('SearchTables', { areaId: bar }))
    await newParty(venue, [bar1])
    t.strictSame(answered(await venue.call('SearchTables', { areaId: bar })), before)
  })
})

t.test('SearchTables in pages', async (t) => {
  const server = await startServer(t)
  const { venue } = server
  const other = await server.newVenue('The White Hart')
  const area = await newArea(server, venue, 'Garden')
  const ids = await newTables(
    server,
    venue,
    Array.from({ length: 7 }, (_, index) => `Table ${index + 1}`),
    area,
  )
  await newWaiter(server, venue, 'ana', { areaIds: [area] })
  await newTables(server, other, ['Table 1', 'Table 2'])

  await checkPages(t, ids, async (cursor) => await venue.call('SearchTables', { cursor }))

  t.test('with filters', async (t) => {
    await checkPages(
      t,
      ids,
      async (cursor) => await venue.call('SearchTables', { areaId: area, waiterId: 'ana', cursor }),
    )
  })

  t.test('tables of one position are neither lost nor doubled', async (t) => {
    await server.sql('UPDATE tables SET position = 0 WHERE location_id = $1', [venue.locationId])
    await checkPages(
      t,
      ids.toSorted(),
      async (cursor) => await venue.call('SearchTables', { cursor }),
    )
  })

  t.test("another venue's cursor is none", async (t) => {
    const theirPage = answered(await other.call('SearchTables', { cursor: { limit: 1 } }))
    t.equal((await venue.call('SearchTables', { cursor: { after: theirPage.after! } })).status, 400)
  })

  t.test('a table that is retired while paging shifts nothing', async (t) => {
    const venue = await server.newVenue('The Plough')
    const made = await newTables(server, venue, ['A', 'B', 'C', 'D', 'E'])
    const first = answered(await venue.call('SearchTables', { cursor: { limit: 2 } }))
    await retire(server, 'table', made[1]!)
    await server.store.prisma.table.create({
      data: { locationId: venue.locationId, tableId: newId('tbl'), name: 'Z', position: -1 },
    })
    const second = answered(
      await venue.call('SearchTables', { cursor: { limit: 2, after: first.after! } }),
    )
    t.strictSame(
      second.data!.map(({ id }) => id),
      made.slice(2, 4),
    )
  })
})

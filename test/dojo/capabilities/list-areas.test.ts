import t from 'tap'
import { newTables } from '../../support/orders.ts'
import { startServer } from '../../support/server.ts'
import { answered, newArea, newWaiter, retire } from '../../support/visits.ts'

t.test('ListAreas', async (t) => {
  const server = await startServer(t)
  const { venue, sql } = server
  const other = await server.newVenue('The White Hart')

  t.test('an empty array when the venue has none', async (t) => {
    const { status, body } = await venue.call('ListAreas', {})
    t.equal(status, 200)
    t.strictSame(body, [])
  })

  t.test('every area in use, in the order of the venue, with who serves it', async (t) => {
    const garden = await newArea(server, venue, 'Garden')
    const bar = await newArea(server, venue, 'Bar')
    const cellar = await newArea(server, venue, 'Cellar')
    const closed = await newArea(server, venue, 'Closed')
    const [table] = (await newTables(server, venue, ['Garden 1'], garden)) as [string]
    await newWaiter(server, venue, 'ana', { areaIds: [bar, garden] })
    await newWaiter(server, venue, 'bob', { areaIds: [bar] })
    await newWaiter(server, venue, 'cid', { tableIds: [table] })
    await newWaiter(server, venue, 'gone', { areaIds: [bar] })
    await retire(server, 'waiter', 'gone')
    await retire(server, 'area', closed)
    await newArea(server, other, 'Theirs')

    const { status, body } = await venue.call('ListAreas', {})
    t.equal(status, 200)
    t.strictSame(
      body.map((area) => ({ ...area, waiterIds: area.waiterIds ?? [] })),
      [
        { id: garden, name: 'Garden', waiterIds: ['ana'] },
        { id: bar, name: 'Bar', waiterIds: ['ana', 'bob'] },
        { id: cellar, name: 'Cellar', waiterIds: [] },
      ],
      'who serves a single table does not serve its area',
    )

    t.test('the repeat is the same', async (t) => {
      t.strictSame(answered(await venue.call('ListAreas', {})), body)
    })

    t.test('an area is moved in the order by its position', async (t) => {
      await sql('UPDATE areas SET position = -1 WHERE area_id = $1', [cellar])
      t.strictSame(
        answered(await venue.call('ListAreas', {})).map(({ name }) => name),
        ['Cellar', 'Garden', 'Bar'],
      )
    })

    t.test(
      'names of areas are unique in the venue; a closed one gives its name back',
      async (t) => {
        await t.rejects(newArea(server, venue, 'Bar'))
        await t.resolves(newArea(server, other, 'Bar'))
        await t.resolves(newArea(server, venue, 'Closed'))
      },
    )
  })

  t.test('all of them, however many', async (t) => {
    const venue = await server.newVenue('The Maze')
    for (let index = 0; index < 120; index++) await newArea(server, venue, `Room ${index}`)
    t.equal(answered(await venue.call('ListAreas', {})).length, 120)
  })
})

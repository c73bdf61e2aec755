import t from 'tap'
import { checkFailure, databaseNote, runEpos } from '../support/scripts.ts'
import { startServer } from '../support/server.ts'

t.test('seed', async (t) => {
  const { venue, newVenue, databaseUrl } = await startServer(t)
  const other = await newVenue('The White Hart', 'EUR')
  const environment = { DATABASE_URL: databaseUrl }

  const ran = await runEpos(['seed', '--location', venue.locationId], { environment })
  t.equal(ran.code, 0)
  t.equal(ran.stderr, '')
  t.ok(ran.stdout.endsWith(databaseNote(databaseUrl)))
  const first = ran.stdout.match(/ord_\w+/g) ?? []
  const again = JSON.parse(
    (await runEpos(['seed', '--location', venue.locationId, '--json'], { environment })).stdout,
  ) as { locationId: string; tables: number; orderIds: string[] }

  const {
    body: { data: orders = [] },
  } = await venue.call('SearchOrders', { payableOnly: true })
  t.same(
    orders.map(({ id }) => id).sort(),
    [...first, ...again.orderIds].sort(),
    'each run opens orders, which can be paid',
  )
  const {
    body: { data: tables = [] },
  } = await venue.call('SearchTables', {})
  t.match(ran.stdout, `has ${tables.length} tables`)
  t.same(
    { locationId: again.locationId, tables: again.tables },
    { locationId: venue.locationId, tables: tables.length },
    'the floor is built once',
  )
  t.same((await other.call('SearchOrders', {})).body.data, [], "another venue's is left alone")

  checkFailure(t, await runEpos(['seed', '--location', 'loc_nobody'], { environment }), {
    code: 1,
    message: 'There is no venue with the id loc_nobody. See: npx epos location list',
  })
})

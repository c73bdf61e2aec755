// What a manager sees of the connection with Dojo, and work that is tried again.
import t from 'tap'
import { newOrder, pay } from '../../support/orders.ts'
import { startServer } from '../../support/server.ts'
import { newTill } from '../../support/till.ts'

const server = await startServer(t)
const { venue, sql } = server
const till = await newTill(t, server)
const read = async () => (await till.call('GET /dojo')).body

t.test('a venue that Dojo never called', async (t) => {
  t.same(await read(), { hasKey: false, work: [] })
})

t.test('what Dojo last did; what a till does is not Dojo’s', async (t) => {
  const { id } = await newOrder(venue, 1_000)
  await till.call('POST /orders', {}, { orderType: 'Collection', displayName: 'Ada' })
  t.equal((await read()).lastCallAt, undefined)
  await pay(venue, id, 500, {}, { 'dojo-requesting-product': 'PayAtTable' })
  t.type((await read()).lastCallAt, 'string')
})

t.test('work in its states; what was given up is queued again, of this venue only', async (t) => {
  const other = await server.newVenue('The Other Lion')
  const add = async (locationId: string, id: string, attempts: number, dead: boolean) => {
    await sql(
      `INSERT INTO jobs (location_id, kind, entity_id, queued_at, changed_at, next_attempt_at, attempts, last_error, dead_at)
       VALUES ($1, 'OrderUpdated', $2, now(), now(), now() + interval '1 hour', $3, 'Dojo answered 500', $4)`,
      [locationId, id, attempts, dead ? new Date() : null],
    )
  }
  await add(venue.locationId, 'waits', 0, false)
  await add(venue.locationId, 'tries', 2, false)
  await add(venue.locationId, 'dead', 9, true)
  await add(other.locationId, 'dead', 9, true)
  const states = async (): Promise<Record<string, string>> =>
    Object.fromEntries(
      (await read()).work.map(({ id, state }: { id: string; state: string }) => [id, state]),
    )
  t.match(await states(), { waits: 'Waiting', tries: 'Retrying', dead: 'GivenUp' })
  t.same((await till.call('POST /dojo/retry')).body, { count: 1 })
  t.match(await states(), { dead: 'Waiting' })
  const left = await sql('SELECT location_id FROM jobs WHERE dead_at IS NOT NULL')
  t.same(left, [{ location_id: other.locationId }])
})

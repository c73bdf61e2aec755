// What a manager sees of the connection with Dojo, and work that is tried again.
import t from 'tap'
import { createContacts } from '../../../src/dojo/contacts.ts'
import type { CallRecord } from '../../../src/http/call.ts'
import { limits } from '../../../src/limits.ts'
import type { Database } from '../../../src/store/database/database.ts'
import { newOrder } from '../../support/orders.ts'
import { startServer } from '../../support/server.ts'
import { newTill } from '../../support/till.ts'

const server = await startServer(t)
const { venue, sql } = server
const till = await newTill(t, server)
const read = async () => (await till.call('GET /dojo')).body

t.test('a venue that Dojo never called', async (t) => {
  t.same(await read(), { hasKey: false, transport: 'rest', socket: 'None', work: [] })
})

t.test('when Dojo last called; a call of a till is not Dojo’s', async (t) => {
  await till.call('POST /orders', {}, { orderType: 'Collection', displayName: 'Ada' })
  await server.contacts.flush()
  t.equal((await read()).lastCallAt, undefined)
  await newOrder(venue, 1_000)
  await server.contacts.flush()
  t.type((await read()).lastCallAt, 'string')
})

t.test('a venue that is called all the time is written down every few seconds', async (t) => {
  const written: number[] = []
  let nowMs = 0
  const database = {
    isDistributed: false,
    rows: async (_: unknown, [, ages]: [unknown, number[]]) => {
      written.push(...ages)
      return []
    },
  }
  const contacts = createContacts(database as unknown as Database, () => nowMs)
  const record = { served: { api: 'dojo' }, caller: { locationId: 'loc' } } as CallRecord
  for (const second of [1, 2, 3]) {
    nowMs = second * 1_000
    contacts.note(record)
    await contacts.writeDue()
  }
  t.same(written.splice(0), [0], 'the first call at once, the next ones not')
  nowMs = 1_000 + limits.dojoContactAgainMs
  await contacts.writeDue()
  t.same(written.splice(0), [limits.dojoContactAgainMs / 1_000 - 2], 'when the newest was')
  nowMs += limits.dojoContactAgainMs
  await contacts.writeDue()
  t.same(written, [], 'nothing without a call')
  contacts.note(record)
  await contacts.writeDue()
  t.same(written, [0], 'and after silence at once again')
})

t.test('the socket is open by the word of the server that holds it', async (t) => {
  await sql(
    "UPDATE locations SET transport = 'socket', dojo_key_sealed = 'x' WHERE location_id = $1",
    [venue.locationId],
  )
  t.match(await read(), { transport: 'socket', socket: 'Down' }, 'nobody holds it')
  await sql(
    `INSERT INTO socket_leases (location_id, holder, ends_at, opened_at, served_at)
     VALUES ($1, 'a-server', now() + interval '1 min', now(), now())`,
    [venue.locationId],
  )
  const { socket, socketOpenedAt, socketServedAt } = await read()
  t.same([socket, typeof socketOpenedAt, typeof socketServedAt], ['Open', 'string', 'string'])
  await sql("UPDATE socket_leases SET ends_at = now() - interval '1 s', trouble = 'closed: 1006'")
  t.match(await read(), { socket: 'Down', socketTrouble: 'closed: 1006' }, 'its server is gone')
  await sql("UPDATE locations SET transport = 'rest', dojo_key_sealed = NULL")
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

t.test('the doctor looks at this venue, and says what to do', async (t) => {
  const { body } = await till.call('GET /dojo/doctor')
  t.match(body.healthy, false)
  const key = body.checks.find(({ name }: { name: string }) => name === 'Dojo key')
  t.match(key, { state: 'broken', advice: new RegExp(`--location ${venue.locationId}$`) })
  t.equal(body.extent, undefined, 'Dojo could not be asked')
})

// By night, on the venue's own clock, the audit of the day before is queued once, and the server
// runs it.
import { setTimeout as wait } from 'node:timers/promises'
import t from 'tap'
import { createNightly } from '../../../src/dojo/jobs/nightly.ts'
import type { Database } from '../../../src/store/database/database.ts'
import {
  accountOf,
  giveKey,
  makeIntent,
  payAt,
  recordPayment,
  SECRETS_KEY,
} from '../../support/evening.ts'
import { startServer, type TestServer, type Venue } from '../../support/server.ts'
import { startSandbox } from '../../sandbox/support/dojo.ts'

async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let i = 0; i < 1_000; i++) {
    if (await holds()) return
    await wait(10)
  }
  throw new Error(`It never came to: ${what}`)
}

/** A venue with a key that has been there for long. */
async function oldVenue(server: TestServer, timeZone: string): Promise<Venue> {
  const venue = await server.newVenue(timeZone)
  await giveKey(server, venue)
  await server.sql('UPDATE locations SET time_zone = $2, created_at = $3 WHERE location_id = $1', [
    venue.locationId,
    timeZone,
    '2020-01-01T00:00:00Z',
  ])
  return venue
}

const queuedDays = async ({ sql }: TestServer, { locationId }: Venue): Promise<string[]> =>
  (
    await sql<{ entity_id: string }>(
      "SELECT entity_id FROM jobs WHERE location_id = $1 AND kind = 'DayAudit' ORDER BY entity_id",
      [locationId],
    )
  ).map((row) => row.entity_id)

t.test("a day is due at five o'clock the next morning", async (t) => {
  const server = await startServer(t)
  const nightly = createNightly(server.store.database)
  const cases = [
    {
      timeZone: 'Europe/London',
      before: '2026-11-21T04:59:59.999Z',
      due: '2026-11-21T05:00:00.000Z',
      day: '2026-11-20',
      name: 'in winter',
    },
    {
      timeZone: 'Europe/London',
      before: '2026-07-02T03:59:59.999Z',
      due: '2026-07-02T04:00:00.000Z',
      day: '2026-07-01',
      name: 'in summer',
    },
    {
      timeZone: 'Europe/London',
      before: '2026-10-25T04:59:59.999Z',
      due: '2026-10-25T05:00:00.000Z',
      day: '2026-10-24',
      name: 'in a night with one hour more',
    },
    {
      timeZone: 'Europe/London',
      before: '2026-03-29T03:59:59.999Z',
      due: '2026-03-29T04:00:00.000Z',
      day: '2026-03-28',
      name: 'in a night with one hour less',
    },
    {
      timeZone: 'europe/madrid',
      before: '2027-01-01T03:59:59.999Z',
      due: '2027-01-01T04:00:00.000Z',
      day: '2026-12-31',
      name: "a zone in other letters, over a year's end",
    },
    {
      timeZone: 'America/New_York',
      before: '2026-11-21T09:59:59.999Z',
      due: '2026-11-21T10:00:00.000Z',
      day: '2026-11-20',
      name: 'in the west',
    },
    {
      timeZone: 'Pacific/Auckland',
      before: '2026-11-20T15:59:59.999Z',
      due: '2026-11-20T16:00:00.000Z',
      day: '2026-11-20',
      name: 'in the east',
    },
    {
      timeZone: '+01:00',
      before: '2026-11-21T16:59:59.999Z',
      due: '2026-11-21T17:00:00.000Z',
      day: '2026-11-20',
      name: 'a zone that PostgreSQL does not know',
    },
  ]
  for (const { timeZone, before, due, day, name } of cases) {
    const venue = await oldVenue(server, timeZone)
    t.equal(await nightly.queueDue(new Date(before)), 0, `${name}: not yet`)
    t.equal(await nightly.queueDue(new Date(due)), 1, `${name}: now`)
    t.same(await queuedDays(server, venue), [day], name)
    t.equal(await nightly.queueDue(new Date(Date.parse(due) + 3_600_000)), 0, `${name}: not again`)
    await server.sql('DELETE FROM jobs; UPDATE locations SET dojo_key_sealed = NULL')
  }
})

t.test('what is not queued', async (t) => {
  const server = await startServer(t)
  const { sql } = server
  const nightly = createNightly(server.store.database)
  const morning = new Date('2026-11-21T06:00:00.000Z')
  const venue = await oldVenue(server, 'Europe/London')
  const look = async (): Promise<string[]> => {
    await nightly.queueDue(morning)
    return await queuedDays(server, venue)
  }
  await sql(
    "INSERT INTO day_audits (location_id, day, audited_at, differences, report) VALUES ($1, '2026-11-20', now(), 0, '{}')",
    [venue.locationId],
  )
  t.same(await look(), [], 'a day that was audited')
  await sql("UPDATE day_audits SET day = '2026-11-19'")
  await sql("UPDATE locations SET created_at = '2026-11-21T00:00:00Z' WHERE location_id = $1", [
    venue.locationId,
  ])
  t.same(await look(), [], 'a day before there was the venue')
  await sql(
    "UPDATE locations SET created_at = '2026-11-20T23:59:59Z', dojo_key_sealed = NULL WHERE location_id = $1",
    [venue.locationId],
  )
  t.same(await look(), [], 'a venue without a key')
  await giveKey(server, venue)
  t.same(await look(), ['2026-11-20'], 'none of it')
  await sql('UPDATE jobs SET dead_at = now(), attempts = 20')
  await look()
  t.match(
    await sql('SELECT attempts, version, dead_at FROM jobs'),
    [{ attempts: 20, version: 1, dead_at: Date }],
    'a job that was given up waits for an operator',
  )
})

t.test('two instances at once queue one job, and the server runs it', async (t) => {
  const dojo = await startSandbox(t)
  const environment = { DOJO_API_URL: dojo.url, SOFTWARE_HOUSE_ID: 'house', SECRETS_KEY }
  const server = await startServer(t, { environment })
  const second = await startServer(t, { environment, databaseUrl: server.databaseUrl })
  const { sql, venue } = server
  const lines: object[] = []
  for (const { app } of [server, second]) {
    app.log.warn = ((detail: object, message: string) => {
      lines.push({ ...detail, message })
    }) as never
  }

  const at = '2026-11-20T20:00:00.000Z'
  await payAt(server, venue, dojo, { at, amountMinor: 1_000, tipsMinor: 100 })
  await recordPayment(server, venue, { paymentIntentId: 'pi_unknown', at, amountMinor: 500 })
  makeIntent(dojo, accountOf(dojo, venue), { at, amountMinor: 300 })
  await sql("UPDATE locations SET created_at = '2026-01-01T00:00:00Z'")
  await giveKey(server, venue)
  const searches = dojo.sandbox.simulation.faultsOf(accountOf(dojo, venue))
  searches.add({ kind: 'api-slow', on: 'PaymentIntents_Search', delayMs: 0 })

  const morning = new Date('2026-11-21T05:00:00.000Z')
  const looks = await Promise.all(
    Array.from(
      { length: 10 },
      async (_, index) => await (index % 2 === 0 ? server : second).nightly!.queueDue(morning),
    ),
  )
  t.equal(
    looks.reduce((sum, queued) => sum + queued, 0),
    1,
  )
  await until('it is audited', async () => (await sql('SELECT 1 FROM day_audits')).length === 1)
  await until('nothing of it is left', async () => (await queuedDays(server, venue)).length === 0)
  t.equal(searches.list()[0]!.hits, 1, 'Dojo was searched once')
  t.match(
    await sql(
      "SELECT location_id, day::text, differences, report->'matched' AS matched FROM day_audits",
    ),
    [
      {
        location_id: venue.locationId,
        day: '2026-11-20',
        differences: 2,
        matched: { count: 1, hereMinor: 1_100, thereMinor: 1_100 },
      },
    ],
  )
  t.same(
    lines.filter((line) => 'missingThere' in line),
    [
      {
        venue: venue.locationId,
        day: '2026-11-20',
        matched: 1,
        missingHere: 1,
        missingThere: 1,
        differentAmount: 0,
        differentState: 0,
        refunded: 0,
        message: 'the payments of a day differ from those at Dojo; see npx epos audit',
      },
    ],
  )
  t.equal(await server.nightly!.queueDue(morning), 0, 'and not once more')
})

t.test('while Dojo answers nonsense there is no report, and the job is retried', async (t) => {
  const dojo = await startSandbox(t)
  const server = await startServer(t, {
    environment: { DOJO_API_URL: `${dojo.url}/sandbox`, SOFTWARE_HOUSE_ID: 'house', SECRETS_KEY },
  })
  const { sql } = server
  await oldVenue(server, 'Europe/London')
  await server.nightly!.queueDue(new Date('2026-11-21T05:00:00.000Z'))
  await until(
    'it was tried',
    async () => (await sql('SELECT 1 FROM jobs WHERE last_error IS NOT NULL')).length === 1,
  )
  t.match(await sql('SELECT last_error, dead_at FROM jobs'), [
    { last_error: /^Dojo answered POST \/payment-intents\/search with 404/, dead_at: null },
  ])
  t.same(await sql('SELECT 1 FROM day_audits'), [])
})

t.test('it checks from time to time, even after a failed check, until it is stopped', async (t) => {
  let looks = 0
  const { promise: answered, resolve: answer } = Promise.withResolvers<[]>()
  const rows = async (): Promise<[]> => {
    looks++
    if (looks === 1) throw new Error('The database is away.')
    return await answered
  }
  const nightly = createNightly({ rows } as unknown as Database, 1)
  nightly.start()
  await until('a second look', () => looks >= 2)
  const stopped = nightly.stop().then(() => 'stopped')
  const seen = looks
  t.equal(
    await Promise.race([stopped, wait(20, 'waiting')]),
    'waiting',
    'a running check is waited for',
  )
  answer([])
  t.equal(await stopped, 'stopped')
  t.equal(looks, seen, 'and none has begun since')
})

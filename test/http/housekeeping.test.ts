// What a server forgets by itself, and what it keeps.
import t from 'tap'
import { limits } from '../../src/limits.ts'
import { createHousekeeping } from '../../src/till/kit/housekeeping.ts'
import { purgeKeys } from '../../src/store/database/idempotency.ts'
import { startServer } from '../support/server.ts'
import { until } from '../support/visits.ts'

t.test('answers that are too old are forgotten, however many', async (t) => {
  const {
    sql,
    store: { database },
    venue: { locationId },
  } = await startServer(t)
  const keep = async (prefix: string, count: number, ageSeconds: number): Promise<void> => {
    await sql(
      "INSERT INTO idempotency_keys (location_id, key, request_hash, created_at) SELECT $1, $2 || n, '\\x00', now() - make_interval(secs => $4) FROM generate_series(1, $3::int) AS n",
      [locationId, prefix, count, ageSeconds],
    )
  }
  const kept = async (): Promise<string[]> =>
    (await sql<{ key: string }>('SELECT key FROM idempotency_keys ORDER BY key')).map(
      ({ key }) => key,
    )
  await keep('old', 2 * limits.tillPurgeRows, limits.idempotencyKeptSeconds + 60)
  await keep('young', 3, limits.idempotencyKeptSeconds - 60)
  await purgeKeys(database)
  t.same(await kept(), ['young1', 'young2', 'young3'])

  await keep('later', 1, limits.idempotencyKeptSeconds + 60)
  const housekeeping = createHousekeeping(database, 10)
  housekeeping.start()
  await until('it is forgotten by itself', async () => (await kept()).length === 3)
  await housekeeping.stop()
  await keep('last', 1, limits.idempotencyKeptSeconds + 60)
  t.same(await kept(), ['last1', 'young1', 'young2', 'young3'])
})

// Answers kept for an Idempotency-Key are deleted once they are too old.
import t from 'tap'
import { limits } from '../../../src/limits.ts'
import { every } from '../../../src/lib/every.ts'
import { purgeKeys } from '../../../src/actions/keys/purge-keys.ts'
import { startServer } from '../../support/server.ts'
import { until } from '../../support/visits.ts'

t.test('answers that are too old are deleted, however many there are', async (t) => {
  const {
    sql,
    store: { database },
    venue: { locationId },
  } = await startServer(t)
  const keep = async (prefix: string, count: number, ageSeconds: number): Promise<void> => {
    await sql(
      `INSERT INTO idempotency_keys (location_id, key, request_hash, created_at)
      SELECT $1, $2 || n, '\\x00', now() - make_interval(secs => $4)
      FROM generate_series(1, $3::int) AS n`,
      [locationId, prefix, count, ageSeconds],
    )
  }
  const kept = async (): Promise<string[]> =>
    (await sql<{ key: string }>('SELECT key FROM idempotency_keys ORDER BY key')).map(
      ({ key }) => key,
    )
  await keep('old', 2 * limits.keyPurgeRows, limits.idempotencyKeptSeconds + 60)
  await keep('young', 3, limits.idempotencyKeptSeconds - 60)
  await purgeKeys(database)
  t.same(await kept(), ['young1', 'young2', 'young3'])

  await keep('later', 1, limits.idempotencyKeptSeconds + 60)
  const purging = every(10, async () => await purgeKeys(database))
  purging.start()
  await until('it is deleted', async () => (await kept()).length === 3)
  await purging.stop()
  await keep('last', 1, limits.idempotencyKeptSeconds + 60)
  t.same(await kept(), ['last1', 'young1', 'young2', 'young3'])
})

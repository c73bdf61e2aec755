import t from 'tap'
import { setDojoKey } from '../../src/operator/locations.ts'
import { checkFailure, runScript } from '../support/scripts.ts'
import { startServer } from '../support/server.ts'

t.test('what waits, what was given up, and once more', async (t) => {
  const {
    databaseUrl,
    sql,
    venue: { locationId },
    newVenue,
    store,
  } = await startServer(t)
  const environment = { DATABASE_URL: databaseUrl }
  t.match(await runScript('outbox', ['list'], { environment }), {
    code: 0,
    stdout: 'Dojo was told and asked everything.\n',
    stderr: '',
  })

  await setDojoKey(store.prisma, locationId, 'sk_sandbox_outbox', '00'.repeat(32))
  const queue =
    "INSERT INTO jobs (location_id, kind, entity_id, queued_at, changed_at, next_attempt_at, attempts, last_error, dead_at) VALUES ($1, 'OrderUpdated', $2, $3, $3, $3, $4, 'Dojo was away.', $5)"
  await sql(queue, [locationId, 'ord_1', '2026-11-20T20:00:00Z', 1, null])
  await sql(queue, [locationId, 'ord_2', '2026-11-20T21:00:00Z', 14, '2026-11-21T21:00:00Z'])
  t.match(await runScript('outbox', ['list'], { environment }), {
    code: 0,
    stdout: `2026-11-20T20:00:00.000Z ${locationId} OrderUpdated ord_1: tried once, again at 2026-11-20T20:00:00.000Z. Dojo was away.\n2026-11-20T21:00:00.000Z ${locationId} OrderUpdated ord_2: given up at 2026-11-21T21:00:00.000Z. Dojo was away.\n`,
  })
  t.match(
    JSON.parse((await runScript('outbox', ['list', '--dead', '--json'], { environment })).stdout),
    [
      {
        locationId,
        kind: 'OrderUpdated',
        entityId: 'ord_2',
        attempts: 14,
        lastError: 'Dojo was away.',
      },
    ],
  )
  for (const subcommand of ['list', 'retry']) {
    checkFailure(
      t,
      await runScript('outbox', [subcommand, '--location', 'loc_none'], { environment }),
      { code: 1, message: 'There is no venue with the id loc_none. See: npm run location -- list' },
    )
  }
  const { locationId: quiet } = await newVenue('The White Hart')
  t.same(
    JSON.parse(
      (await runScript('outbox', ['list', '--location', quiet, '--json'], { environment })).stdout,
    ),
    [],
  )

  await sql(
    "UPDATE locations SET dojo_key_refused_at = '2026-11-20T20:00:01Z' WHERE location_id = $1",
    [locationId],
  )
  t.match(
    (await runScript('outbox', ['list', '--location', locationId], { environment })).stdout.split(
      '\n',
    ),
    [
      /ord_1: paused, the key was refused at 2026-11-20T20:00:01\.000Z; set it again with npm run location -- set-dojo-key\. Dojo was away\.$/,
      /ord_2: given up at 2026-11-21T21:00:00\.000Z\. Dojo was away\.$/,
    ],
  )

  t.match(await runScript('outbox', ['retry'], { environment }), {
    code: 0,
    stdout: 'One errand is sent once more, by the next server that runs.\n',
  })
  t.same(await sql('SELECT entity_id FROM jobs WHERE dead_at IS NOT NULL'), [])
  checkFailure(t, await runScript('outbox', [], { environment }), {
    code: 2,
    message: 'list or retry?',
  })
  checkFailure(t, await runScript('outbox', ['burn'], { environment }), {
    code: 2,
    message: 'list or retry?',
  })
})

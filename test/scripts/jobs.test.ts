import t from 'tap'
import { setDojoKey } from '../../src/operator/dojo-keys.ts'
import { checkFailure, databaseNote, hostAndName, runEpos } from '../support/scripts.ts'
import { startServer } from '../support/server.ts'

t.test('jobs: what is queued, what was given up, and what is queued again', async (t) => {
  const {
    databaseUrl,
    sql,
    venue: { locationId },
    newVenue,
    store,
  } = await startServer(t)
  const environment = { DATABASE_URL: databaseUrl }
  t.match(await runEpos(['jobs', 'list'], { environment }), {
    code: 0,
    stdout: '',
    stderr: 'No work is queued.\n',
  })

  await setDojoKey(store.prisma, locationId, 'sk_sandbox_outbox', '00'.repeat(32))
  const queue = `
    INSERT INTO jobs (location_id, kind, entity_id, queued_at, changed_at, next_attempt_at,
      attempts, last_error, dead_at)
    VALUES ($1, 'OrderUpdated', $2, $3, $3, $3, $4, 'Dojo was away.', $5)`
  await sql(queue, [locationId, 'ord_1', '2026-11-20T20:00:00Z', 1, null])
  await sql(queue, [locationId, 'ord_2', '2026-11-20T21:00:00Z', 14, '2026-11-21T21:00:00Z'])
  t.match(await runEpos(['jobs', 'list'], { environment }), {
    code: 0,
    stderr: '',
    stdout: new RegExp(
      [
        '^QUEUED +LOCATION +KIND +SUBJECT +STATE +LAST ERROR',
        `2026-11-20T20:00:00.000Z +${locationId} +OrderUpdated +ord_1 +attempt 2 at ` +
          '2026-11-20T20:00:00.000Z +Dojo was away.',
        `2026-11-20T21:00:00.000Z +${locationId} +OrderUpdated +ord_2 +given up at ` +
          '2026-11-21T21:00:00.000Z +Dojo was away.\n$',
      ].join('\n'),
    ),
  })
  t.match(
    JSON.parse((await runEpos(['jobs', 'list', '--dead', '--json'], { environment })).stdout),
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
      await runEpos(['jobs', subcommand, '--location', 'loc_none'], { environment }),
      { code: 1, message: 'There is no venue with the id loc_none. See: npx epos location list' },
    )
  }
  const { locationId: quiet } = await newVenue('The White Hart')
  t.same(
    JSON.parse(
      (await runEpos(['jobs', 'list', '--location', quiet, '--json'], { environment })).stdout,
    ),
    [],
  )

  await sql("INSERT INTO dojo_key_refusals VALUES ($1, '2026-11-20T20:00:01Z')", [locationId])
  t.match(await runEpos(['jobs', 'list', '--location', locationId], { environment }), {
    stdout: new RegExp(
      'ord_1 +paused, key rejected at 2026-11-20T20:00:01\\.000Z +Dojo was away\\.\\n' +
        '.*ord_2 +given up at 2026-11-21T21:00:00\\.000Z +Dojo was away\\.\\n$',
    ),
    stderr:
      "Dojo rejected the API key of a paused job's venue. " +
      'Replace it with: npx epos location set-dojo-key\n',
  })

  t.match(await runEpos(['jobs', 'retry'], { environment }), {
    code: 0,
    stdout: `1 job is queued again.\n${databaseNote(databaseUrl)}`,
  })
  t.same(await sql('SELECT entity_id FROM jobs WHERE dead_at IS NOT NULL'), [])
  t.same(JSON.parse((await runEpos(['jobs', 'retry', '--json'], { environment })).stdout), {
    count: 0,
    database: hostAndName(databaseUrl),
  })
})

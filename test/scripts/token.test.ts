import t from 'tap'
import { admitTill } from '../../src/actions/venue/admit-till.ts'
import { listTokens } from '../../src/operator/tokens.ts'
import { checkFailure, databaseNote, hostAndName, runEpos, type Ran } from '../support/scripts.ts'
import { startServer } from '../support/server.ts'

t.test('token', async (t) => {
  const server = await startServer(t)
  const {
    databaseUrl,
    sql,
    store: { prisma, database },
    venue: { locationId },
  } = server
  const other = await server.newVenue('The White Hart')
  await sql("INSERT INTO waiters (location_id, waiter_id, name) VALUES ($1, '42', 'Becky')", [
    locationId,
  ])
  const run = async (...args: string[]): Promise<Ran> =>
    await runEpos(['token', ...args], { environment: { DATABASE_URL: databaseUrl } })

  t.test('without a token', async (t) => {
    t.same(await run('list', '--location', locationId), {
      code: 0,
      stdout: '',
      stderr: `There is no token yet. Create one with: npx epos token create --location ${locationId} --role ROLE\n`,
    })
  })

  t.test('create', async (t) => {
    const ran = await run(
      'create',
      '--location',
      locationId,
      '--role',
      'waiter',
      '--waiter',
      '42',
      '--till',
      'Bar',
    )
    t.equal(ran.code, 0)
    const [, venue, tokenId, role, token] = new RegExp(
      `^location {2}(\\S+)\\nid {8}(\\S+)\\nrole {6}(\\S+)\\ntoken {5}(\\S+)\\n${databaseNote(databaseUrl)}$`,
    ).exec(ran.stdout)!
    t.equal(ran.stderr, 'The token is not shown again.\n')
    t.match(
      await admitTill(database, token!),
      { locationId, tokenId, role: 'waiter', waiterId: '42', tillName: 'Bar' },
      'it opens the venue',
    )
    t.same([venue, role], [locationId, 'waiter'])

    const made = await run('create', '--location', locationId, '--role', 'kitchen', '--json')
    const shown = JSON.parse(made.stdout) as { tokenId: string; token: string }
    t.same(shown, {
      locationId,
      tokenId: shown.tokenId,
      token: shown.token,
      role: 'kitchen',
      database: hostAndName(databaseUrl),
    })
    t.equal(made.stderr, '')
    t.match(await admitTill(database, shown.token), {
      tokenId: shown.tokenId,
      role: 'kitchen',
      waiterId: undefined,
      tillName: undefined,
    })

    const list = await run('list', '--location', locationId)
    const [header, ...rows] = list.stdout.trimEnd().split('\n')
    t.match(header, /^TOKEN +ROLE +WAITER +TILL +CREATED +REVOKED$/)
    t.match(rows, [
      new RegExp(`^${shown.tokenId} +kitchen +\\S+Z$`),
      new RegExp(`^${tokenId} +waiter +42 +Bar +\\S+Z$`),
    ])
    t.equal(rows.length, 2)
    t.same(
      JSON.parse((await run('list', '--location', locationId, '--json')).stdout),
      JSON.parse(JSON.stringify(await listTokens(prisma, locationId))),
    )
    t.notMatch(list.stdout, token!)
    t.equal(
      (await run('list', '--location', other.locationId)).stdout,
      '',
      "another venue's are not listed",
    )
  })

  t.test('refusals', async (t) => {
    const before = (await listTokens(prisma, locationId)).length
    checkFailure(
      t,
      await run('create', '--location', locationId, '--role', 'waiter', '--waiter', '43'),
      { code: 1, message: 'The venue has no waiter 43.' },
    )
    checkFailure(
      t,
      await run('create', '--location', other.locationId, '--role', 'waiter', '--waiter', '42'),
      { code: 1, message: 'The venue has no waiter 42.' },
    )
    for (const [name, message] of [
      ['\u2800', 'The field till has nothing in it that can be seen; give it a readable name.'],
      ['x'.repeat(201), 'The name of a till must have 1 to 200 characters.'],
    ] as const) {
      checkFailure(
        t,
        await run('create', '--location', locationId, '--role', 'waiter', '--till', name),
        { code: 1, message },
      )
    }
    for (const args of [['create', '--role', 'owner'], ['list']]) {
      checkFailure(t, await run(...args, '--location', 'loc_nobody'), {
        code: 1,
        message: 'There is no venue with the id loc_nobody. See: npx epos location list',
      })
    }
    t.equal((await listTokens(prisma, locationId)).length, before)
  })

  t.test('revoke', async (t) => {
    const { tokenId, token } = JSON.parse(
      (await run('create', '--location', locationId, '--role', 'owner', '--json')).stdout,
    ) as { tokenId: string; token: string }
    checkFailure(t, await run('revoke', '--location', other.locationId, '--token', tokenId), {
      code: 1,
      message: `There is no active token with the id ${tokenId} in this venue.`,
    })
    t.match(await admitTill(database, token), { tokenId }, 'another venue cannot')
    t.same(await run('revoke', '--location', locationId, '--token', tokenId), {
      code: 0,
      stdout: `${tokenId} no longer works.\n${databaseNote(databaseUrl)}`,
      stderr: '',
    })
    t.equal(await admitTill(database, token), undefined)
    t.match(
      (await run('list', '--location', locationId)).stdout,
      new RegExp(`^${tokenId}  owner +\\S+Z  \\S+Z$`, 'm'),
    )
    checkFailure(t, await run('revoke', '--location', locationId, '--token', tokenId), {
      code: 1,
      message: `There is no active token with the id ${tokenId} in this venue.`,
    })
  })
})

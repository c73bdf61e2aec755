import { once } from 'node:events'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { basic } from '../support/server.ts'
import { checkNothingRuns, newDataDir, runEpos, runServer } from '../support/scripts.ts'

t.test('without a server, a command starts the database for as long as it runs', async (t) => {
  const dataDir = newDataDir(t)
  const environment = { DATA_DIR: dataDir }
  t.equal((await runEpos(['migrate'], { environment })).code, 0)
  checkNothingRuns(t, dataDir)

  const { locationId } = JSON.parse(
    (
      await runEpos(
        ['location', 'create', '--name', 'The Red Lion', '--currency', 'GBP', '--json'],
        { environment },
      )
    ).stdout,
  ) as { locationId: string }
  checkNothingRuns(t, dataDir)
  t.notOk(existsSync(join(dataDir, 'secrets-key')), 'no key is made before one is needed')

  t.equal(
    (
      await runEpos(['location', 'set-dojo-key', '--location', locationId], {
        environment,
        input: 'sk_sandbox_key\n',
      })
    ).code,
    0,
  )
  t.match(readFileSync(join(dataDir, 'secrets-key'), 'utf8'), /^[0-9a-f]{64}\n$/)
  t.equal(statSync(join(dataDir, 'secrets-key')).mode & 0o777, 0o600)
  const dry = await runEpos(['register', '--location', locationId, '--dry-run'], {
    environment: {
      ...environment,
      PUBLIC_URL: 'https://epos.example.com',
      SOFTWARE_HOUSE_ID: 'acme',
    },
  })
  t.equal(dry.code, 0, 'the sealed key opens', { dry })

  t.equal(
    (await runEpos(['location', 'show', '--location', 'loc_nobody'], { environment })).code,
    1,
  )
  checkNothingRuns(t, dataDir)
})

t.test('beside a server, a command uses its database and leaves it running', async (t) => {
  const dataDir = newDataDir(t)
  const environment = { DATA_DIR: dataDir }
  const server = await runServer(t, { ...environment, LOG_LEVEL: 'silent' })
  const areas = async (username: string, password: string): Promise<number> =>
    (
      await fetch(`${server.url}/v1/areas`, {
        headers: { authorization: basic(username, password) },
      })
    ).status

  t.same(await runEpos(['migrate', '--status'], { environment }), {
    code: 0,
    stdout: 'up to date\n',
    stderr: '',
  })
  const made = JSON.parse(
    (
      await runEpos(
        ['location', 'create', '--name', 'The White Hart', '--currency', 'GBP', '--json'],
        { environment },
      )
    ).stdout,
  ) as { locationId: string; username: string; password: string }
  t.equal(await areas(made.username, made.password), 200, 'the server knows the new venue')
  const rotated = JSON.parse(
    (
      await runEpos(['location', 'rotate-credential', '--location', made.locationId, '--json'], {
        environment,
      })
    ).stdout,
  ) as { username: string; password: string }
  t.equal(await areas(rotated.username, rotated.password), 200)
  t.equal(await areas(made.username, made.password), 200, 'as does the old credential')
  await runEpos(
    [
      'location',
      'revoke-credential',
      '--location',
      made.locationId,
      '--username',
      rotated.username,
    ],
    { environment },
  )
  t.equal(await areas(made.username, made.password), 200)

  const { code, stdout } = await server.stop()
  t.equal(code, 0)
  t.equal(stdout, '')
  checkNothingRuns(t, dataDir)
})

t.test('a taken port is reported with the name of its variable', async (t) => {
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  t.teardown(() => {
    taken.close()
  })
  const dataDir = newDataDir(t)
  const { port } = taken.address() as AddressInfo
  await t.rejects(runServer(t, { DATA_DIR: dataDir, PORT: String(port) }), {
    message: new RegExp(
      `The server did not start: .*EADDRINUSE.*:${port}\\. Another program listens there: set PORT to another port`,
    ),
  })
  checkNothingRuns(t, dataDir)
})

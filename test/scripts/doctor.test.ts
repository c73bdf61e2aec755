import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { newPatient, openPlace } from '../support/healthy-venue.ts'
import { checkNothingRuns, newDataDir, runEpos } from '../support/scripts.ts'

t.test('doctor', async (t) => {
  const patient = await newPatient(t, await openPlace(t))
  const {
    account,
    environment,
    locationId,
    key,
    publicUrl,
    server: { sql },
  } = patient
  const doctor = async (args: string[] = [], more: Record<string, string> = {}) => {
    const ran = await runEpos(['doctor', '--location', locationId, '--allow-insecure', ...args], {
      environment: { ...environment, ...more },
    })
    for (const secret of [key, environment['SECRETS_KEY']!, account.rest!.password]) {
      t.notOk(`${ran.stdout}${ran.stderr}`.includes(secret), 'no secret is printed')
    }
    return ran
  }

  t.test('a healthy venue', async (t) => {
    const { code, stdout, stderr } = await doctor()
    t.same({ code, stderr }, { code: 0, stderr: '' })
    const lines = stdout.trimEnd().split('\n')
    t.equal(lines[3], '✓ venue               The Red Lion, GBP, Europe/London.')
    t.match(
      lines.filter((line) => !line.startsWith('✓')),
      [/^- certificate {9}Not checked/],
    )
    t.equal(
      new Set(lines.map((line) => line.search(/(?<= {2,}|unmatched payments {2})\S/))).size,
      1,
      'one column',
    )
  })

  t.test('a warning is not a failure, and its advice is printed below it', async (t) => {
    await sql('UPDATE locations SET dojo_account_id = NULL WHERE location_id = $1', [locationId])
    const { code, stdout } = await doctor(['--json'])
    t.equal(code, 0)
    const told = JSON.parse(stdout) as { checks: { name: string }[] }
    t.same(Object.keys(told), ['locationId', 'healthy', 'checks'])
    t.match(told, { locationId, healthy: true })
    t.same(
      told.checks.find(({ name }) => name === 'account'),
      {
        name: 'account',
        state: 'warning',
        finding:
          "The id of the venue's Dojo account is not known, so events of any account are accepted.",
        advice:
          `Set it with: npx epos location set --location ${locationId} --dojo-account-id ` +
          `${account.accountId}`,
      },
    )
    await sql('UPDATE locations SET dojo_account_id = $2 WHERE location_id = $1', [
      locationId,
      account.accountId,
    ])
  })

  t.test('a fault of the environment does not end it', async (t) => {
    const { code, stdout, stderr } = await doctor([], {
      PORT: 'x',
      PUBLIC_URL: `${publicUrl}/nowhere`,
    })
    t.same({ code, stderr }, { code: 1, stderr: '' })
    t.match(stdout, /^✗ configuration {7}PORT=x: .*\n {22}Correct it/m)
    t.match(stdout, /^✗ reachable {11}.*\n {22}Check PUBLIC_URL/m)
    t.match(stdout, /^✓ audit /m)
  })

  t.test('--fix', async (t) => {
    account.rest!.capabilities = []
    const { code, stdout, stderr } = await doctor(['--fix'])
    t.equal(code, 0)
    t.equal(
      stderr,
      'Registered again with a new credential; the checks above were run afterwards.\n',
    )
    t.match(stdout, /^✓ registration /m)
    t.notMatch(stdout, /^✗/m, 'the earlier result is not printed')
    t.ok(account.rest!.capabilities.length > 0)
  })
})

t.test('with the embedded database it makes nothing and leaves nothing running', async (t) => {
  const dataDir = newDataDir(t)
  const without = await runEpos(['doctor', '--location', 'loc_1'], {
    environment: { DATA_DIR: dataDir },
  })
  t.equal(without.code, 1)
  t.match(
    without.stdout,
    new RegExp(
      `^✗ database {12}The database does not answer: there is none under ${dataDir}\\.\\n ` +
        '{22}Set DATA_DIR to the folder that the server uses',
      'm',
    ),
  )
  t.same(readdirSync(dataDir), [], 'and none is made')

  await runEpos(['migrate', '--status'], { environment: { DATA_DIR: dataDir } })
  const { code, stdout } = await runEpos(['doctor', '--location', 'loc_1'], {
    environment: { DATA_DIR: dataDir },
  })
  t.equal(code, 1)
  t.match(stdout, /^✗ migrations .*_start, /m)
  t.match(stdout, /^- venue {15}Not checked: migrations is broken\.$/m)
  t.notOk(existsSync(join(dataDir, 'secrets-key')), 'no key is made')
  checkNothingRuns(t, dataDir)
})

t.test('a wrong DATABASE_URL does not fall back to the embedded database', async (t) => {
  const dataDir = newDataDir(t)
  const { code, stdout } = await runEpos(['doctor', '--location', 'loc_1'], {
    environment: { DATA_DIR: dataDir, DATABASE_URL: 'mysql://me:hush@db' },
  })
  t.equal(code, 1)
  t.match(stdout, /^✗ configuration {7}DATABASE_URL=\(not shown\)/m)
  t.match(stdout, /^- database {12}Not checked: DATABASE_URL is missing or invalid\.$/m)
  t.notMatch(stdout, /hush/)
  t.notOk(existsSync(join(dataDir, 'postgres')))
})

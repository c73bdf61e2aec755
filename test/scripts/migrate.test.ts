import pg from 'pg'
import t from 'tap'
import { migrationNames } from '../../src/store/database/migrations.ts'
import { emptyDatabase } from '../support/database.ts'
import { checkFailure, databaseNote, runEpos, type Ran } from '../support/scripts.ts'

const lines = (verb: string): string =>
  migrationNames()
    .map((name) => `${verb} ${name}\n`)
    .join('')
const applied = (databaseUrl: string): string => lines('applied') + databaseNote(databaseUrl)

t.test('migrate', async (t) => {
  const environment = { DATABASE_URL: await emptyDatabase(t) }
  const client = new pg.Client({ connectionString: environment.DATABASE_URL })
  await client.connect()
  t.teardown(async () => {
    await client.end()
  })
  const tables = async (): Promise<number> =>
    (await client.query("SELECT FROM information_schema.tables WHERE table_schema = 'public'"))
      .rowCount ?? 0
  const migrate = async (...args: string[]): Promise<Ran> =>
    await runEpos(['migrate', ...args], { environment })

  t.same(await migrate('--status'), { code: 1, stdout: lines('missing'), stderr: '' })
  t.equal(await tables(), 0, '--status changes nothing')
  checkFailure(t, await runEpos(['location', 'list'], { environment }), {
    code: 1,
    message: 'The database lacks migrations of this version. Apply them with: npm run migrate',
  })
  t.equal(await tables(), 0, 'nor does a refused command')

  t.same(await migrate(), { code: 0, stdout: applied(environment.DATABASE_URL), stderr: '' })
  t.ok((await tables()) > 0)
  t.same(await migrate(), { code: 0, stdout: 'up to date\n', stderr: '' })
  t.same(await migrate('--status'), { code: 0, stdout: 'up to date\n', stderr: '' })
  t.equal((await runEpos(['location', 'list'], { environment })).code, 0)
})

t.test('two at once wait for each other', async (t) => {
  const environment = { DATABASE_URL: await emptyDatabase(t) }
  const runs = await Promise.all([
    runEpos(['migrate'], { environment }),
    runEpos(['migrate'], { environment }),
  ])
  t.same(
    runs.map(({ code, stderr }) => ({ code, stderr })),
    [
      { code: 0, stderr: '' },
      { code: 0, stderr: '' },
    ],
  )
  t.ok(runs.some(({ stdout }) => stdout === applied(environment.DATABASE_URL)))
  t.match((await runEpos(['migrate', '--status'], { environment })).stdout, 'up to date')
})

t.test('a database that does not answer', async (t) => {
  checkFailure(
    t,
    await runEpos(['migrate'], {
      environment: { DATABASE_URL: 'postgresql://epos:secret@127.0.0.1:1/epos' },
    }),
    { code: 1, message: /^(?!.*secret).*\S/ },
  )
  const { code, stdout, stderr } = await runEpos(['migrate'], {
    environment: { DATABASE_URL: 'mysql://epos:secret@db/epos' },
  })
  t.same({ code, stdout }, { code: 1, stdout: '' })
  t.match(stderr, /DATABASE_URL/)
  t.notMatch(stderr, /secret/)
})

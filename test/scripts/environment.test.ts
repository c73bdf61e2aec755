// Where a command finds its settings and its database, and what it says when it cannot.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import t from 'tap'
import { emptyDatabase, freshDatabase } from '../support/database.ts'
import { checkFailure, databaseNote, newDataDir, runEpos, runProcess } from '../support/scripts.ts'

const list = ['location', 'list']

t.test('.env of the current folder, but what the environment sets wins', async (t) => {
  const cwd = newDataDir(t)
  const url = await freshDatabase(t)
  writeFileSync(join(cwd, '.env'), `DATABASE_URL="${url}"\nLOG_LEVEL=silent\n`)
  t.match(await runProcess('scripts/epos.ts', list, { cwd }), { code: 0 })
  const environment = { DATABASE_URL: 'postgresql://epos:hush@127.0.0.1:1/nowhere' }
  checkFailure(t, await runProcess('scripts/epos.ts', list, { cwd, environment }), {
    code: 1,
    message: /nothing answers there/,
  })
  const odd = newDataDir(t)
  mkdirSync(join(odd, '.env'))
  checkFailure(t, await runProcess('scripts/epos.ts', list, { cwd: odd }), {
    code: 1,
    message: /\.env cannot be read: /,
  })
})

t.test('at a terminal every command says which database it was', async (t) => {
  const environment = { DATABASE_URL: await freshDatabase(t) }
  const note = databaseNote(environment.DATABASE_URL)
  const read = await runEpos(list, { environment, isTTY: true })
  t.equal(read.code, 0)
  t.ok(read.stderr.startsWith(note) || read.stderr.endsWith(note), read.stderr)
  const missing = ['location', 'show', '--location', 'loc_nobody']
  t.ok((await runEpos(missing, { environment, isTTY: true })).stderr.includes(note), 'or failed')
  const create = ['location', 'create', '--name', 'The Red Lion', '--currency', 'GBP']
  const made = await runEpos(create, { environment, isTTY: true })
  t.ok(made.stdout.endsWith(note))
  t.notOk(made.stderr.includes(note), 'once')
  t.equal((await runEpos(list, { environment })).stderr, '', 'programs are spared it')
})

t.test('no command makes a new database in passing', async (t) => {
  const dataDir = join(newDataDir(t), 'none')
  const environment = { DATA_DIR: dataDir }
  checkFailure(t, await runEpos(list, { environment }), {
    code: 1,
    message: /^DATABASE_URL is not set, and there is no embedded database in .*none\. Start the/,
  })
  t.notOk(existsSync(dataDir))
})

t.test('each fault of the database has a sentence, without the password', async (t) => {
  const url = await emptyDatabase(t)
  const admin = new pg.Client({ connectionString: url })
  await admin.connect()
  const role = `stranger_${process.pid}`
  await admin.query(`CREATE ROLE ${role} LOGIN PASSWORD 'hush'`)
  t.teardown(async () => {
    await admin.query(`DROP ROLE ${role}`)
    await admin.end()
  })
  const urlWith = (change: Partial<URL>): string =>
    Object.assign(new URL(url), { password: 'hush', ...change }).toString()
  const cases: [name: string, databaseUrl: string, message: RegExp][] = [
    ['no rights', urlWith({ username: role }), /may not do this there\. .*GRANT USAGE, CREATE/],
    ['a wrong password', urlWith({}), /refuses the user or the password\. Check both/],
    [
      'no such database',
      urlWith({ username: role, pathname: '/nowhere' }),
      /no such database\. Create it with createdb/,
    ],
    ['no such host', urlWith({ hostname: 'db.invalid' }), /no host has that name\./],
    ['nothing there', urlWith({ port: '1' }), /nothing answers there\./],
  ]
  for (const [name, databaseUrl, message] of cases) {
    const ran = await runEpos(['migrate'], { environment: { DATABASE_URL: databaseUrl } })
    checkFailure(t, ran, { code: 1, message })
    t.notMatch(ran.stderr, /hush/, name)
  }
})

t.test('migrate notices a migration that was edited after it had been applied', async (t) => {
  const environment = { DATABASE_URL: await freshDatabase(t) }
  const client = new pg.Client({ connectionString: environment.DATABASE_URL })
  await client.connect()
  const { rows } = await client.query<{ name: string }>(
    `UPDATE _prisma_migrations SET checksum = repeat('0', 64)
      WHERE migration_name = (SELECT min(migration_name) FROM _prisma_migrations) RETURNING migration_name AS name`,
  )
  await client.end()
  checkFailure(t, await runEpos(['migrate'], { environment }), {
    code: 1,
    message: new RegExp(`^The migration ${rows[0]!.name} was edited after .* new migration\\.$`),
  })
  t.match(await runEpos(['migrate', '--status'], { environment }), {
    code: 1,
    stderr: `edited since it was applied: ${rows[0]!.name}\n`,
  })
})

t.test('an older Node.js says so before it meets TypeScript', async (t) => {
  const old = `Object.defineProperty(process.versions, 'node', { value: '20.19.0' })`
  const environment = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(old)}` }
  checkFailure(t, await runProcess('bin/check-node.js', [], { environment }), {
    code: 1,
    message: /^The server needs Node\.js 24, and this is v.*\. Run npm ci/,
  })
  t.match(await runProcess('bin/check-node.js', []), { code: 0, stderr: '' })
})

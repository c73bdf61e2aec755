// `epos distribute`, and what comes after it, on one PostgreSQL with a stand-in for Citus.
import pg from 'pg'
import t from 'tap'
import { createPool } from '../../src/store/database/pool.ts'
import { createStore } from '../../src/store/index.ts'
import { migrate } from '../../src/store/database/migrations.ts'
import { tableKinds } from '../../src/store/distribution/table-kinds.ts'
import { createExaminer } from '../../src/operator/doctor.ts'
import { loadConfig } from '../../src/config.ts'
import { installStandIn } from '../support/citus-stand-in.ts'
import { emptyDatabase } from '../support/database.ts'
import { newOrder } from '../support/orders.ts'
import { runEpos, type Ran } from '../support/scripts.ts'
import { startServer } from '../support/server.ts'

const LEFT_OUT = /^(till_tokens_location_id_waiter_id|(counter_)?socket_leases_location_id)_fkey /

t.test('a database is distributed, stays so, and is served so', async (t) => {
  const databaseUrl = await emptyDatabase(t)
  const pool = createPool({ databaseUrl, poolSize: 2 })
  await migrate(pool, databaseUrl)
  await pool.end()
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  t.teardown(async () => {
    await client.end()
  })
  const rows = async <Row extends object>(sql: string, values: unknown[] = []): Promise<Row[]> =>
    (await client.query<Row>(sql, values)).rows
  const epos = async (...args: string[]): Promise<Ran> =>
    await runEpos(args, { environment: { DATABASE_URL: databaseUrl } })
  const keys = async (): Promise<string[]> =>
    (
      await rows<{ key: string }>(
        "SELECT conname || ' ' || pg_get_constraintdef(oid) AS key FROM pg_constraint WHERE contype = 'f' ORDER BY 1",
      )
    ).map(({ key }) => key)
  const before = await keys()

  const refused = async (message: RegExp, why: string): Promise<void> => {
    const { code, stdout, stderr } = await epos('distribute')
    t.equal(code, 1, why)
    t.equal(stdout, '')
    t.match(stderr, message)
    t.same(await keys(), before, 'nothing has changed')
  }
  await refused(/^This database has no Citus\./, 'without the extension')
  await installStandIn(databaseUrl)
  await refused(/citus_set_coordinator_host/, 'without the address of the coordinator')
  await rows('INSERT INTO stand_in.pg_dist_node VALUES (0)')
  await refused(/^No worker is active\. .*citus_add_node/, 'without a worker')
  await rows("INSERT INTO stand_in.workers VALUES ('w1', 5432), ('w2', 5432)")

  // Rows from before, whose changes have the numbers of transactions.
  const first = await startServer(t, { databaseUrl })
  t.notOk(first.store.database.isDistributed)
  const { id: orderId } = await newOrder(first.venue, 1_000)
  await refused(/^Servers have \d+ connections to this database\. Stop them/, 'beside a server')
  await first.close()

  const dry = await epos('distribute', '--dry-run', '--shards', '8')
  t.equal(dry.code, 0, dry.stderr)
  t.same(await keys(), before, 'a dry run changes nothing')
  for (const [name, kind] of Object.entries(tableKinds)) {
    const placed = dry.stdout.match(new RegExp(`create_\\w+_table\\('${name}'.*`, 'g')) ?? []
    const expected = {
      local: [],
      reference: [`create_reference_table('${name}');`],
      distributed: [
        name === 'orders'
          ? `create_distributed_table('orders', 'location_id', colocate_with => 'none', shard_count => 8);`
          : `create_distributed_table('${name}', 'location_id', colocate_with => 'orders');`,
      ],
    }[kind]
    t.same([...placed], expected, `${name} is ${kind}`)
  }
  t.equal((await epos('distribute', '--shards', '0')).code, 2)

  await rows("INSERT INTO stand_in.failing VALUES ('payments')")
  t.match(await epos('distribute'), { code: 1, stderr: /connection to the remote node failed/ })
  t.match(
    await epos('migrate'),
    { code: 1, stderr: /half distributed\. Run npx epos distribute once more/ },
    'an interruption is noticed',
  )
  const half = createStore(createPool({ databaseUrl, poolSize: 1 }))
  await t.rejects(half.database.kind.find(), /half distributed/, 'by a server too')
  await half.database.pool.end()
  await rows('DELETE FROM stand_in.failing')
  t.match(await epos('distribute'), {
    code: 0,
    stdout: /The database is distributed by venue\. Servers find that out when they start\./,
  })
  t.same(
    await keys(),
    before.filter((key) => !LEFT_OUT.test(key)),
    'every foreign key is back, but those between tables in different places',
  )
  t.same(
    await rows(
      `SELECT relname AS name, CASE p.partmethod WHEN 'h' THEN 'distributed' ELSE 'reference' END AS kind
        FROM stand_in.pg_dist_partition p JOIN pg_class c ON c.oid = p.logicalrelid ORDER BY 1`,
    ),
    Object.entries(tableKinds)
      .filter(([, kind]) => kind !== 'local')
      .map(([name, kind]) => ({ name, kind })),
  )
  t.same(await epos('distribute'), {
    code: 0,
    stdout: 'Every table is in its place.\n',
    stderr: '',
  })
  t.match(await epos('migrate', '--status'), { code: 0, stdout: 'up to date\n' })

  // As a migration leaves a new table.
  await rows("DELETE FROM stand_in.pg_dist_partition WHERE logicalrelid = 'inbox'::regclass")
  t.match(await epos('migrate', '--status'), { code: 1, stderr: /distribute: inbox: by venue/ })
  t.match(await epos('migrate'), { code: 0, stderr: /^inbox: by venue\.$/m })
  t.match(await epos('migrate', '--status'), { code: 0, stderr: '' })

  await t.test('it is served as what it is', async (t) => {
    const server = await startServer(t, { databaseUrl })
    t.ok(server.store.database.isDistributed)
    const venue = { ...server.venue, locationId: first.venue.locationId }
    const [clock] = await rows<{ position: string; last: string }>(
      `SELECT position, (SELECT max(transaction_id) FROM order_history h WHERE h.location_id = c.location_id) AS last
        FROM feed_clocks c WHERE location_id = $1`,
      [venue.locationId],
    )
    t.ok(BigInt(clock!.position) >= BigInt(clock!.last), 'clocks go on after the transactions')
    t.equal((await rows('SELECT 1 FROM orders WHERE order_id = $1', [orderId])).length, 1)
    const created = await newOrder(server.venue, 1_000)
    t.equal((await server.venue.call('GetOrderById', { orderId: created.id })).status, 200)

    const look = createExaminer({
      store: server.store,
      config: loadConfig({}),
      embedded: true,
      secretsKey: () => '00'.repeat(32),
    })
    const checksOf = async (check: string): Promise<unknown[]> =>
      (await look({ locationId: server.venue.locationId })).checks
        .filter(({ name }) => name === check)
        .map(({ state, finding }) => `${state}: ${finding}`)
    t.match(await checksOf('database clock'), [/^ok/, /^ok: The clocks of 2 nodes agree/])
    await rows("UPDATE stand_in.workers SET ahead_seconds = -9 WHERE name = 'w1'")
    await rows("UPDATE stand_in.workers SET ahead_seconds = 2 WHERE name = 'w2'")
    t.match(await checksOf('database clock'), [
      /^ok/,
      /^broken: The clock of the node w1:5432 is at least 9 seconds behind the coordinator's\.$/,
      /^warning: The clock of the node w2:5432 is at least 2 seconds ahead of the coordinator's\.$/,
    ])
    await rows('UPDATE stand_in.workers SET success = false')
    t.match((await checksOf('database clock'))[1], /^broken: The node w1:5432 does not answer/)
    t.match(await checksOf('migrations'), [/^ok/])
    await rows(
      "UPDATE stand_in.pg_dist_partition SET partkey = 'name' WHERE logicalrelid = 'areas'::regclass",
    )
    t.match(await checksOf('migrations'), [/^broken: Somebody has placed areas otherwise/])
  })
})

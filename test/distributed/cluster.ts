// Databases on a Citus cluster: one that is migrated and distributed once, and copies of it. What
// Citus knows of a database is in that database, on each node, so a copy on each node is one more
// distributed database.
import { createHash, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { migrate, migrationNames } from '../../src/store/database/migrations.ts'
import { createPool } from '../../src/store/database/pool.ts'
import { distribute } from '../../src/store/distribution/distribute.ts'

const ROOT = join(import.meta.dirname, '../..')
/** Few, so that a copy is quick, and several on each node. */
const SHARDS = 8
const ATTEMPTS = 20
const OBJECT_IN_USE = '55006'

interface Node {
  host: string
  port: number
}

/** @param url of a database on the coordinator which has Citus and knows its workers */
export interface Cluster {
  url: string
  coordinator: Node
  workers: Node[]
}

export async function openCluster(url: string): Promise<Cluster> {
  return await connected(url, async (client) => {
    const { rows } = await client.query<Node & { groupid: number }>(
      'SELECT nodename AS host, nodeport AS port, groupid FROM pg_dist_node WHERE isactive ORDER BY groupid',
    )
    const coordinator = rows.find(({ groupid }) => groupid === 0)
    const workers = rows.filter(({ groupid }) => groupid !== 0)
    if (coordinator === undefined || workers.length === 0) {
      throw new Error(
        'CITUS_URL names no coordinator with workers: run citus_set_coordinator_host and ' +
          'citus_add_node in that database first.',
      )
    }
    return { url, coordinator, workers }
  })
}

/** @returns the URL of a new database, which is distributed and has no rows */
export async function copyTemplate(cluster: Cluster): Promise<string> {
  const template = await templateOf(cluster)
  const name = `test_${randomBytes(8).toString('hex')}`
  for (const url of urlsOf(cluster)) {
    await connected(url, async (client) => {
      await copyOnNode(client, template, name)
    })
  }
  return named(cluster.url, name)
}

/** @param copy the URL of a copy */
export async function dropCopy(cluster: Cluster, copy: string): Promise<void> {
  const name = new URL(copy).pathname.slice(1)
  for (const url of urlsOf(cluster)) {
    await connected(url, async (client) => {
      await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)
    })
  }
}

/** Citus has a process of its own connected to each of its databases, which has to end first. */
async function copyOnNode(client: pg.Client, template: string, name: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    await client.query(
      `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '${template}'`,
    )
    try {
      await client.query(`CREATE DATABASE ${name} TEMPLATE ${template}`)
      return
    } catch (error) {
      const isInUse = (error as { code?: string }).code === OBJECT_IN_USE
      if (!isInUse || attempt === ATTEMPTS) throw error
    }
  }
}

async function templateOf(cluster: Cluster): Promise<string> {
  const sql = migrationNames()
    .map((name) => readFileSync(join(ROOT, 'prisma/migrations', name, 'migration.sql'), 'utf8'))
    .join('')
  const plan = readFileSync(join(ROOT, 'src/store/distribution/plan.ts'), 'utf8')
  const kinds = readFileSync(join(ROOT, 'src/store/distribution/table-kinds.ts'), 'utf8')
  const hash = createHash('sha256').update(`${sql}${plan}${kinds}`).digest('hex').slice(0, 16)
  const template = `epos_template_${hash}`
  await connected(cluster.url, async (client) => {
    await client.query('SELECT pg_advisory_lock(1)') // one process makes it, the others wait
    const { rows } = await client.query<{ comment: string | null }>(
      "SELECT shobj_description(oid, 'pg_database') AS comment FROM pg_database WHERE datname = $1",
      [template],
    )
    if (rows[0]?.comment === 'finished') return
    await makeTemplate(cluster, template)
    await client.query(`COMMENT ON DATABASE ${template} IS 'finished'`)
  })
  return template
}

async function makeTemplate(cluster: Cluster, template: string): Promise<void> {
  for (const url of urlsOf(cluster)) {
    await connected(url, async (client) => {
      await client.query(`DROP DATABASE IF EXISTS ${template} WITH (FORCE)`)
      await client.query(`CREATE DATABASE ${template}`)
    })
    await connected(named(url, template), async (client) => {
      await client.query('CREATE EXTENSION citus')
      await client.query('CREATE EXTENSION btree_gist')
    })
  }
  const databaseUrl = named(cluster.url, template)
  await connected(databaseUrl, async (client) => {
    const { coordinator, workers } = cluster
    await client.query('SELECT citus_set_coordinator_host($1, $2)', [
      coordinator.host,
      coordinator.port,
    ])
    for (const { host, port } of workers) {
      await client.query('SELECT citus_add_node($1, $2)', [host, port])
    }
  })
  const pool = createPool({ databaseUrl, poolSize: 2 })
  await migrate(pool, databaseUrl)
  await pool.end()
  await distribute(databaseUrl, { shards: SHARDS })
}

/** The coordinator's and the workers', with the user and the password of `CITUS_URL`. */
function urlsOf({ url, workers }: Cluster): string[] {
  return [
    url,
    ...workers.map(({ host, port }) =>
      Object.assign(new URL(url), { hostname: host, port: String(port) }).toString(),
    ),
  ]
}

function named(url: string, name: string): string {
  return Object.assign(new URL(url), { pathname: `/${name}` }).toString()
}

async function connected<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => {})
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

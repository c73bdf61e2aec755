// npm run test:distributed [-- FILES]: the main suites on a Citus cluster, and then what Citus
// plans for every prepared statement that they used. CITUS_URL names a database on the coordinator,
// which knows its workers, with a user who may create databases on each node.
//
// With --on-one-node the suites run on the PostgreSQL of the other tests, which is sent what a
// distributed one is sent, and the statements are held to the rules of test/house/shards.ts.
import { spawn } from 'node:child_process'
import { globSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { leftOf } from '../house/shard-exceptions.ts'
import { faultsOnCitus } from '../house/shards.ts'
import { readStatementsOf, type RecordedStatement } from '../support/recorded-statements.ts'
import { copyTemplate, dropCopy, openCluster } from './cluster.ts'
import { faultsOfPlan } from './explain.ts'

const ROOT = join(import.meta.dirname, '../..')

const SUITES = [
  'test/dojo/capabilities/*.test.ts',
  'test/dojo/jobs/*.test.ts',
  'test/till/**/*.test.ts',
  'test/races/*.test.ts',
  'test/crash/*.test.ts',
]

const citusUrl = process.env['CITUS_URL']
const isOnOneNode = process.argv.includes('--on-one-node')
const files = process.argv.slice(2).filter((each) => !each.startsWith('--'))

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}

async function runSuites(folder: string): Promise<number> {
  const paths = files.length > 0 ? files : SUITES.flatMap((each) => globSync(each, { cwd: ROOT }))
  const child = spawn('node_modules/.bin/tap', ['--jobs=1', ...paths.sort()], {
    cwd: ROOT,
    stdio: 'inherit',
    env: {
      ...process.env,
      RECORD_STATEMENTS: folder,
      ...(isOnOneNode ? { TEST_AS_DISTRIBUTED: 'true', CITUS_URL: '' } : {}),
    },
  })
  return await new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', (code) => {
      resolve(code ?? 1)
    })
  })
}

type Judge = (statement: RecordedStatement) => Promise<string[]>

/** As Citus plans it, on an empty database. */
async function onCluster(url: string, work: (judge: Judge) => Promise<void>): Promise<void> {
  const cluster = await openCluster(url)
  const copy = await copyTemplate(cluster)
  const client = new pg.Client({ connectionString: copy })
  await client.connect()
  try {
    await work(async ({ text, values }) => {
      try {
        const { rows } = await client.query<{ 'QUERY PLAN': string }>(
          `EXPLAIN (COSTS OFF) ${text}`,
          values,
        )
        return faultsOfPlan(rows.map((row) => row['QUERY PLAN']))
      } catch (error) {
        return [`it is refused: ${(error as Error).message}`]
      }
    })
  } finally {
    await client.end()
    await dropCopy(cluster, copy)
  }
}

/** @returns how many are sent to more than one node, or refused, and may not be */
async function judgeAll(folder: string, judge: Judge): Promise<number> {
  let wrong = 0
  const statements = [...readStatementsOf(folder)].sort(([a], [b]) => (a < b ? -1 : 1))
  for (const [name, statement] of statements) {
    if (name.startsWith('test_')) continue // a test's own
    const faults = await judge(statement)
    const left = isOnOneNode ? leftOf(name, faults) : leftOfPlan(name, faults)
    if (left.length === 0) continue
    wrong++
    say(`${name}: ${left.join('; ')}`)
  }
  say(`${statements.length} statements were used; ${wrong} of them are not one task and should be.`)
  return wrong
}

/** What looks over all venues may be many tasks, and may not be refused. */
function leftOfPlan(name: string, faults: readonly string[]): string[] {
  const wide = 'x has no location_id = $n: every shard is asked'
  const mayBeWide = leftOf(name, [wide]).length === 0
  return faults.filter((each) => !mayBeWide || each.startsWith('it is refused'))
}

async function main(): Promise<number> {
  if (citusUrl === undefined && !isOnOneNode) {
    say(
      'Skipped: CITUS_URL names no coordinator of a Citus cluster. To try on one PostgreSQL what ' +
        'a cluster is sent: npm run test:distributed -- --on-one-node',
    )
    return 0
  }
  const folder = mkdtempSync(join(tmpdir(), 'epos-statements-'))
  try {
    const failed = await runSuites(folder)
    let wrong = 0
    const judge = async (each: Judge): Promise<void> => {
      wrong = await judgeAll(folder, each)
    }
    if (isOnOneNode) await judge(async ({ text }) => faultsOnCitus(text))
    else await onCluster(citusUrl!, judge)
    return failed === 0 && wrong === 0 ? 0 : 1
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

process.exitCode = await main()

// A connection, and what becomes of it when an answer comes too late.
import type pg from 'pg'
import t, { type Test } from 'tap'
import { createPool } from '../../src/store/database/pool.ts'
import { createStore } from '../../src/store/index.ts'
import { freshDatabase } from '../support/database.ts'

async function newPool(t: Test): Promise<pg.Pool> {
  const pool = createPool({ databaseUrl: await freshDatabase(t), poolSize: 2 })
  t.teardown(async () => {
    await pool.end()
  })
  return pool
}

const sleep = (timeoutMs: number) => ({ text: 'SELECT pg_sleep(1)', query_timeout: timeoutMs })
const one = 'SELECT 1 AS one'

t.test('an answer that is too late ends its connection, and no other', async (t) => {
  const pool = await newPool(t)
  const [client, other] = [await pool.connect(), await pool.connect()]
  const [late, behind] = await Promise.allSettled([client.query(sleep(30)), client.query(one)])
  t.match(late, { status: 'rejected', reason: { message: 'Query read timeout' } })
  t.match(behind, { status: 'rejected', reason: { message: /^Connection terminated/ } })
  t.strictSame((await other.query(one)).rows, [{ one: 1 }])
  client.release()
  other.release()
  t.strictSame((await pool.query(one)).rows, [{ one: 1 }], 'the pool opens another')
})

t.test('each query has its own time', async (t) => {
  const pool = await newPool(t)
  const client = await pool.connect()
  const startedAtMs = performance.now()
  const [first, second] = await Promise.allSettled([
    client.query(sleep(5_000)),
    client.query({ text: one, query_timeout: 30 } as pg.QueryConfig),
  ])
  t.match(second, { status: 'rejected', reason: { message: 'Query read timeout' } })
  t.match(first, { status: 'rejected', reason: { message: /^Connection terminated/ } })
  t.ok(performance.now() - startedAtMs < 900, 'before the first was answered')
  client.release()
})

t.test('with a callback, as pg has it', async (t) => {
  const pool = await newPool(t)
  const client = await pool.connect()
  const rows = await new Promise((resolve, reject) => {
    client.query(one, (error: Error | null, answer?: pg.QueryResult) => {
      if (error) reject(error)
      else resolve(answer!.rows)
    })
  })
  t.strictSame(rows, [{ one: 1 }])
  await t.rejects(client.query('SELECT nonsense'), { code: '42703' })
  client.release()
})

t.test('a transaction that is rolled back keeps its connection', async (t) => {
  const pool = await newPool(t)
  const { database } = createStore(pool, { isDistributed: false })
  const readPid = { name: 'test_pid', text: 'SELECT pg_backend_pid() AS pid' }
  const pids: number[] = []
  for (let time = 0; time < 3; time++) {
    const refused = database.transaction(async (tx) => {
      pids.push((await tx.rows<{ pid: number }>(readPid, []))[0]!.pid)
      throw new Error('refused')
    })
    await t.rejects(refused, { message: 'refused' })
  }
  t.equal(new Set(pids).size, 1, 'to open one takes far longer than what is done with it')
})

// A transaction on one connection of the pool. Statements that do not wait for each other's rows
// travel together, BEGIN with the first and COMMIT with the last.
import type { Writable } from 'node:stream'
import type pg from 'pg'
import { limits } from '../../limits.ts'
import { tookTooLong } from './faults.ts'
import type { DatabaseKind } from '../distribution/database-kind.ts'
import type { JoinTransaction, PrismaInTransaction } from './prisma.ts'
import { sendEndings, type Ending } from './endings.ts'
import { queryOf, unhurried, type Queryable, type Statement, type Value } from './statement.ts'

/** What listeners of this process hear of after a commit: jobs for Dojo, or changes of a venue. */
export type Topic = 'jobs' | 'changes'

export interface Transaction extends Queryable {
  /**
   * Sends a statement whose rows are not needed, without waiting for it. The commit waits, and
   * fails when the statement failed.
   */
  send: (statement: Statement, values: readonly Value[]) => void
  /**
   * Sends statements when the work is done, with the answers to what they ask then: on a
   * distributed database, numbers that one statement would find by itself.
   */
  sendAtEnd: (ending: Ending) => void
  /** After the commit, this process's listeners to the topic hear of the venue. */
  announce: (topic: Topic, locationId: string) => void
  /** For a report or an import: the transaction may take longer than those that guests wait for. */
  takesLong: () => void
  /** Prisma on this transaction's connection. */
  prisma: <T>(work: (prisma: PrismaInTransaction) => Promise<T>) => Promise<T>
}

type Query = ReturnType<typeof queryOf>

export interface TransactionOptions {
  pool: pg.Pool
  join: JoinTransaction
  kind: DatabaseKind
}

/** The venues that a transaction announced, by topic. */
export type Announced = ReadonlyMap<Topic, ReadonlySet<string>>

/** Runs `work` between BEGIN and COMMIT, or ROLLBACK when it throws. */
export async function runTransaction<T>(
  { pool, join, kind }: TransactionOptions,
  work: (tx: Transaction) => Promise<T>,
): Promise<{ result: T; announced: Announced }> {
  if (!kind.isKnown) await kind.find()
  const client = await pool.connect()
  const { tx, announced, commit, causeOf } = begin(client, join, kind.isDistributed)
  try {
    const result = await work(tx)
    await commit()
    client.release()
    return { result, announced }
  } catch (thrown) {
    const cause = await causeOf(thrown)
    await rollBack(client)
    throw cause
  }
}

function begin(client: pg.PoolClient, join: JoinTransaction, isDistributed: boolean) {
  const announced = new Map<Topic, Set<string>>()
  const sent: Promise<unknown>[] = []
  const endings: Ending[] = []
  const deadline = startDeadline()
  let isLong = false
  const rows = async <Row>(statement: Statement, values: readonly Value[]): Promise<Row[]> => {
    deadline.check()
    return await (isLong ? runLong : run)<Row>(client, queryOf(statement, values, isDistributed))
  }
  const tx: Transaction = {
    isDistributed,
    rows,
    send(statement, values) {
      const answer = rows(statement, values)
      answer.catch(() => {})
      sent.push(answer)
    },
    sendAtEnd(ending) {
      endings.push(ending)
    },
    announce(topic, locationId) {
      const venues = announced.get(topic) ?? new Set()
      announced.set(topic, venues.add(locationId))
    },
    takesLong() {
      deadline.takesLong()
      if (isLong) return
      isLong = true
      // If this fails, so does the statement after it.
      client.query(LET_STATEMENTS_TAKE_LONG).catch(() => {})
    },
    async prisma(work) {
      deadline.check()
      return await (isLong ? join(client, work) : joinForLong(client, join, work))
    },
  }
  sendTogether(client)
  // BEGIN travels with the first statement of the work. If BEGIN fails, so does that statement.
  const begun = client.query('BEGIN')
  begun.catch(() => {})
  return {
    tx,
    announced,
    commit: async () => {
      await begun
      deadline.check()
      if (endings.length > 0) await sendEndings(tx, endings)
      await Promise.all([...sent, client.query(COMMIT)])
    },
    /** Every statement after a failed one fails too, with an error that says nothing. */
    causeOf: async (thrown: unknown): Promise<unknown> => {
      const failed = (await Promise.allSettled(sent)).find(({ status }) => status === 'rejected')
      return failed === undefined ? thrown : (failed as PromiseRejectedResult).reason
    },
  }
}

function startDeadline() {
  const startedAtMs = performance.now()
  let timeoutMs: number = limits.transactionTimeoutMs
  return {
    /** @throws Unavailable: what the transaction did so far is rolled back */
    check: (): void => {
      if (performance.now() - startedAtMs > timeoutMs) throw tookTooLong()
    },
    takesLong: (): void => {
      timeoutMs = limits.reportTransactionTimeoutMs
    },
  }
}

async function run<Row>(client: pg.PoolClient, query: Query): Promise<Row[]> {
  sendTogether(client)
  if (query.query_timeout === undefined) return (await client.query(query)).rows as Row[]
  const [, { rows }] = await Promise.all([
    client.query(LET_STATEMENTS_TAKE_LONG),
    client.query(query),
    client.query(LET_STATEMENTS_TAKE_AS_USUAL),
  ])
  return rows as Row[]
}

async function joinForLong<T>(
  client: pg.PoolClient,
  join: JoinTransaction,
  work: (prisma: PrismaInTransaction) => Promise<T>,
): Promise<T> {
  await client.query(LET_STATEMENTS_TAKE_LONG)
  const result = await join(client, work)
  await client.query(LET_STATEMENTS_TAKE_AS_USUAL)
  return result
}

/**
 * In a transaction that takes long. What is quick by itself waits here too, for the answers to what
 * was sent before it.
 */
async function runLong<Row>(client: pg.PoolClient, query: Query): Promise<Row[]> {
  sendTogether(client)
  return (await client.query({ ...query, ...unhurried(query) })).rows as Row[]
}

const COMMIT = { text: 'COMMIT', query_timeout: limits.databaseCommitTimeoutMs }
const LET_STATEMENTS_TAKE_LONG = setStatementTimeout(limits.databaseReportStatementTimeoutMs)
const LET_STATEMENTS_TAKE_AS_USUAL = setStatementTimeout(limits.databaseStatementTimeoutMs)

/** Its answer may come as late as that of the report which it is sent with. */
function setStatementTimeout(timeoutMs: number): pg.QueryConfig & { query_timeout: number } {
  return {
    text: `SET LOCAL statement_timeout = ${timeoutMs}`,
    query_timeout: limits.databaseReportTimeoutMs,
  }
}

/** A connection that cannot even roll back is dropped. */
async function rollBack(client: pg.PoolClient): Promise<void> {
  const isBroken = await client.query('ROLLBACK').then(
    () => false,
    () => true,
  )
  client.release(isBroken)
}

/**
 * Everything sent until the end of this tick leaves in one write: on a busy server the system calls
 * are the largest part of a transaction's cost.
 */
export function sendTogether(client: pg.PoolClient): void {
  const { stream } = (client as unknown as { connection: { stream: Writable } }).connection
  stream.cork()
  process.nextTick(() => {
    stream.uncork()
  })
}

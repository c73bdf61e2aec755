// Prepared statements and transactions on the pool, and what a failed one means.
import type { Writable } from 'node:stream'
import pg from 'pg'
import { limits } from '../../limits.ts'
import { conflict, invalid, Refusal, Unavailable } from '../../domain/errors.ts'
import { queueJob, type JobKind } from '../jobs/jobs.ts'
import type { JoinTransaction, PrismaInTransaction } from './prisma.ts'

/** SQL that is prepared once on every connection, under its name. */
export interface Statement {
  name: string
  text: string
  /** Where nobody waits with a card in hand: the time that it may take, as pg calls it. */
  query_timeout?: number
}

/** A statement that looks at much, such as a report; see limits. */
export const unhurried = (statement: Statement): Statement => ({
  ...statement,
  query_timeout: limits.databaseReportTimeoutMs,
})

export type Value =
  | string
  | number
  | boolean
  | Date
  | Buffer
  | null
  | undefined
  | readonly (string | number | boolean | null | undefined)[]

export interface Queryable {
  rows: <Row>(statement: Statement, values: readonly Value[]) => Promise<Row[]>
}

export interface Transaction extends Queryable {
  /**
   * Sends the last statement together with COMMIT. Nothing may follow.
   * @throws what the statement threw, in which case nothing was committed
   */
  commitWith: (statement: Statement, values: readonly Value[]) => Promise<void>
  /**
   * Sends a statement whose rows nobody needs, without waiting for it: the commit does, and fails
   * when it failed.
   */
  send: (statement: Statement, values: readonly Value[]) => void
  /**
   * Queues, in this transaction, that Dojo is told or asked of the entity. Needs no waiting for:
   * the commit does.
   */
  queue: (locationId: string, kind: JobKind, entityId: string, afterSeconds?: number) => void
  /**
   * That the venue's stream of changes goes on with this transaction; whoever listens is told after
   * the commit.
   */
  streams: (locationId: string) => void
  /** Prisma on this transaction's connection. */
  prisma: <T>(work: (prisma: PrismaInTransaction) => Promise<T>) => Promise<T>
}

export interface Database extends Queryable {
  pool: pg.Pool
  /** Called after each commit that queued something. */
  onQueued: Set<() => void>
  /** Called after each commit that goes on with the streams of these venues. */
  onStreamed: Set<(locationIds: ReadonlySet<string>) => void>
  /**
   * Runs `work` between BEGIN and COMMIT, again from its start when the database broke it off to
   * end a deadlock.
   */
  transaction: <T>(work: (tx: Transaction) => Promise<T>) => Promise<T>
}

export function createDatabase(pool: pg.Pool, join: JoinTransaction): Database {
  const onQueued = new Set<() => void>()
  const onStreamed = new Set<(locationIds: ReadonlySet<string>) => void>()
  const hear: Hear = {
    queued: () => {
      for (const each of onQueued) each()
    },
    streamed: (locationIds) => {
      for (const each of onStreamed) each(locationIds)
    },
  }
  return {
    pool,
    onQueued,
    onStreamed,
    async rows<Row>(statement: Statement, values: readonly Value[]) {
      try {
        return (await pool.query({ ...statement, values: values as unknown[] })).rows as Row[]
      } catch (error) {
        throw meaningOf(error)
      }
    },
    async transaction(work) {
      for (let attempt = 1; ; attempt++) {
        try {
          return await once({ pool, join, hear }, work)
        } catch (error) {
          if (!isBrokenOff(error) || attempt === limits.transactionAttempts) throw meaningOf(error)
        }
      }
    },
  }
}

interface Hear {
  queued: () => void
  streamed: (locationIds: ReadonlySet<string>) => void
}

async function once<T>(
  { pool, join, hear }: { pool: pg.Pool; join: JoinTransaction; hear: Hear },
  work: (tx: Transaction) => Promise<T>,
): Promise<T> {
  const client = await pool.connect()
  const query = async <Row>(statement: Statement, values: readonly Value[]): Promise<Row[]> => {
    sendTogether(client)
    return (await client.query({ ...statement, values: values as unknown[] })).rows as Row[]
  }
  let committed = false
  const sent: Promise<unknown>[] = []
  let hasQueued = false
  const send = (statement: Statement, values: readonly Value[]): void => {
    const answer = query(statement, values)
    answer.catch(() => {})
    sent.push(answer)
  }
  const streamed = new Set<string>()
  sendTogether(client)
  // BEGIN travels with the first statement of `work`; if it fails, so does that.
  const begun = client.query('BEGIN')
  begun.catch(() => {})
  try {
    const result = await work({
      rows: query,
      async commitWith(statement, values) {
        committed = true
        await Promise.all([query(statement, values), ...sent, client.query('COMMIT')])
      },
      queue(locationId, kind, entityId, afterSeconds = 0) {
        send(queueJob, [locationId, kind, entityId, afterSeconds])
        hasQueued = true
      },
      send,
      streams(locationId) {
        streamed.add(locationId)
      },
      prisma: async (work) => await join(client, work),
    })
    await begun
    if (!committed) await Promise.all([...sent, client.query('COMMIT')])
    client.release()
    if (hasQueued) hear.queued()
    if (streamed.size > 0) hear.streamed(streamed)
    return result
  } catch (thrown) {
    // Whatever comes after a statement that failed fails as well, and says nothing.
    const error =
      ((await Promise.allSettled(sent)).find((each) => each.status === 'rejected')
        ?.reason as unknown) ?? thrown
    // A connection that cannot even roll back is not given to anybody else.
    await client.query('ROLLBACK').then(
      () => {
        client.release()
      },
      () => {
        client.release(true)
      },
    )
    throw error
  }
}

/**
 * What is sent until the end of this tick leaves in one write: on a busy server the system calls
 * for sending are the largest part of a transaction's cost.
 */
function sendTogether(client: pg.PoolClient): void {
  const { stream } = (client as unknown as { connection: { stream: Writable } }).connection
  stream.cork()
  process.nextTick(() => {
    stream.uncork()
  })
}

const DEADLOCK = '40P01'
const SERIALIZATION = '40001'
function isBrokenOff(error: unknown): boolean {
  const { code } = databaseFault(error)
  return code === DEADLOCK || code === SERIALIZATION
}

/**
 * Constraints, by how their names begin (a distributed database adds a suffix), and the refusal
 * that each means.
 */
const constraintMeanings: readonly [prefix: string, refusal: () => Refusal][] = [
  [
    'payments_intent_key',
    () => conflict('intent-elsewhere', 'This payment intent is already recorded on another order.'),
  ],
  ['payments_pkey', () => conflict('content-differs', 'Another payment has this id.')],
  [
    'orders_paid_check',
    () => conflict('overpaid', 'The payment is more than the balance of the order.'),
  ],
  [
    'order_lines_line_key',
    () => conflict('line-elsewhere', 'A line of this id is already on another tab.'),
  ],
  ['order_locks_live_key', () => conflict('locked', 'The order has just been locked by another.')],
  [
    'parties_dojo_party_key',
    () => conflict('content-differs', 'The dojoPartyId has just been given to another party.'),
  ],
  [
    'reservations_dojo_reservation_key',
    () =>
      conflict(
        'content-differs',
        'The dojoReservationId has just been given to another reservation.',
      ),
  ],
  [
    'party_tables_alone_key',
    () => conflict('occupied', 'Another party has just been seated at one of these tables.'),
  ],
  [
    'reservation_tables_alone_excl',
    () => conflict('overlapping', 'Another reservation of one of these tables overlaps this time.'),
  ],
  ['orders_location_id_table_id_fkey', () => unknown('tableId', 'table')],
  ['orders_location_id_party_id_fkey', () => unknown('partyId', 'party')],
  ['orders_location_id_reservation_id_fkey', () => unknown('reservationId', 'reservation')],
  ['parties_location_id_reservation_id_fkey', () => unknown('reservationId', 'reservation')],
  ['party_tables_location_id_table_id_fkey', () => unknown('tableIds', 'table')],
  ['reservation_tables_location_id_table_id_fkey', () => unknown('tableIds', 'table')],
]

const unknown = (field: string, what: string): Refusal =>
  invalid(`The field ${field} names a ${what} that this venue does not have.`, 'unknown-reference')

/**
 * What an error of the database means to the caller: a refusal, a machine that is not there, or a
 * bug (the error itself).
 */
export function meaningOf(error: unknown): unknown {
  if (error instanceof Refusal || error instanceof Unavailable) return error
  const { constraint, code } = databaseFault(error)
  if (constraint !== undefined) {
    const meaning = constraintMeanings.find(([prefix]) => constraint.startsWith(prefix))
    if (meaning !== undefined) return meaning[1]()
  }
  if (isUnavailable(error, code)) {
    return new Unavailable('The database cannot be reached or does not answer in time.', {
      cause: error,
    })
  }
  return error
}

/** SQLSTATE and constraint of an error of `pg`, or of one that Prisma wrapped. */
function databaseFault(error: unknown): {
  constraint?: string | undefined
  code?: string | undefined
} {
  if (error instanceof pg.DatabaseError) return { constraint: error.constraint, code: error.code }
  const cause = (
    error as {
      meta?: {
        driverAdapterError?: { cause?: { originalCode?: string; originalMessage?: string } }
      }
    } | null
  )?.meta?.driverAdapterError?.cause
  return {
    code: cause?.originalCode,
    constraint: /constraint "([^"]+)"/.exec(cause?.originalMessage ?? '')?.[1],
  }
}

function isUnavailable(error: unknown, code: string | undefined): boolean {
  // 08: connection, 53: out of resources, 57: shutting down or cancelled by a timeout, 55P03:
  // waited too long for a row.
  if (code !== undefined && /^(08|53|57|55P03|25P03|3D000)/.test(code)) return true
  const { code: systemCode, message = '' } = error as { code?: string; message?: string }
  return (
    /^(ECONN|ENOTFOUND|EAI_AGAIN|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH)/.test(
      systemCode ?? '',
    ) ||
    /timeout exceeded when trying to connect|Query read timeout|Connection terminated|Client has encountered a connection error|Client was closed/i.test(
      message,
    )
  )
}

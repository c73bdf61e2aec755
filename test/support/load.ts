// What the tests of races, crashes and generated requests share: seeded chance, rules that hold in
// the database at every moment, and assertions that throw, so that thousands of answers are checked
// without a line of output for each.
import { setImmediate } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import pg from 'pg'
import type { Test } from 'tap'
import { onInstance, startServer, type TestServer, type Venue } from './server.ts'
import { until } from './visits.ts'

// --- assertions that throw

const demand = (holds: boolean, message: string | undefined, detail: unknown): true => {
  if (!holds) throw new Error(`${message ?? 'an assertion failed'}: ${JSON.stringify(detail)}`)
  return true
}

/**
 * The assertions that test/support uses, for the many answers of a storm: silent when they hold, an
 * exception when not.
 */
export const strictly = {
  ok: (value: unknown, message?: string, extra?: unknown) =>
    demand(Boolean(value), message, extra ?? value),
  equal: (found: unknown, wanted: unknown, message?: string) =>
    demand(isDeepStrictEqual(found, wanted), message, { found, wanted }),
  fail: (message: string, extra?: unknown) => demand(false, message, extra),
  match: (found: string, pattern: RegExp, message?: string) =>
    demand(pattern.test(found), message, { found, pattern: String(pattern) }),
} as unknown as Test

// --- chance

export interface Chance {
  seed: number
  /** A whole number from `least` to `most`. */
  whole: (least: number, most: number) => number
  pick: <T>(from: readonly T[]) => T
  /** True in so many of a hundred cases. */
  percent: (often: number) => boolean
  shuffled: <T>(list: readonly T[]) => T[]
}

/** Printed, so that a failure can be run again with TEST_SEED. */
export function chance(t: Test): Chance {
  const seed = Number(process.env['TEST_SEED'] ?? Math.floor(Math.random() * 2 ** 31))
  t.comment(`TEST_SEED=${seed}`)
  return chanceOf(seed)
}

export function chanceOf(seed: number): Chance {
  let state = seed
  const next = (): number => {
    // mulberry32
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const whole = (least: number, most: number): number =>
    least + Math.floor(next() * (most - least + 1))
  return {
    seed,
    whole,
    pick: (from) => from[whole(0, from.length - 1)]!,
    percent: (often) => next() * 100 < often,
    shuffled: (list) => {
      const shuffled = [...list]
      for (let i = shuffled.length - 1; i > 0; i--) {
        const j = whole(0, i)
        ;[shuffled[i], shuffled[j]] = [shuffled[j]!, shuffled[i]!]
      }
      return shuffled
    },
  }
}

// --- two instances

export interface Pair {
  server: TestServer
  other: TestServer
  venue: Venue
  /** The venue on the one instance, and on the other one. */
  both: readonly [Venue, Venue]
}

/**
 * Two instances on one database, and one venue on both. Answers that do not fit the contract throw.
 */
export async function startPair(t: Test): Promise<Pair> {
  const server = await startServer(t)
  const other = await startServer(t, { databaseUrl: server.databaseUrl })
  const both = [
    onInstance(strictly, server, server.venue),
    onInstance(strictly, other, server.venue),
  ] as const
  return { server, other, venue: both[0], both }
}

/** Calls `times` times at once, on the two instances in turns. */
export const atOnce = async <T>(
  { both }: Pair,
  times: number,
  call: (venue: Venue, index: number) => Promise<T>,
): Promise<T[]> =>
  await Promise.all(Array.from({ length: times }, (_, index) => call(both[index % 2]!, index)))

/**
 * How often each status was answered, with what was said where it is a 5xx, which none should be.
 */
export function tally(
  replies: readonly { status: number; body: unknown }[],
): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { status, body } of replies) {
    const { debugMessage, detail } = (body ?? {}) as { debugMessage?: string; detail?: string }
    const key = status >= 500 ? `${status} ${debugMessage ?? detail}` : String(status)
    counts[key] = (counts[key] ?? 0) + 1
  }
  return counts
}

// --- rows held from outside

export interface Holder {
  /** In a transaction of its own, which `release` commits. */
  sql: (text: string, values?: unknown[]) => Promise<void>
  release: () => Promise<void>
}

/** Another program that holds rows in the database, so that those who need them wait. */
export async function heldBy(
  databaseUrl: string,
  text: string,
  values: unknown[] = [],
): Promise<Holder> {
  const client = new pg.Client({ connectionString: databaseUrl })
  client.on('error', () => {})
  await client.connect()
  await client.query('BEGIN')
  await client.query(text, values)
  return {
    sql: async (text, values) => {
      await client.query(text, values)
    },
    release: async () => {
      await client.query('COMMIT')
      await client.end()
    },
  }
}

export const holdOrderRow = async (databaseUrl: string, orderId: string): Promise<Holder> =>
  await heldBy(databaseUrl, 'SELECT 1 FROM orders WHERE order_id = $1 FOR UPDATE', [orderId])

export const holdOrderRows = async (databaseUrl: string, orderIds: string[]): Promise<Holder> =>
  await heldBy(databaseUrl, 'SELECT 1 FROM orders WHERE order_id = ANY ($1) FOR UPDATE', [orderIds])

export const holdIntentRow = async (
  databaseUrl: string,
  locationId: string,
  paymentIntentId: string,
): Promise<Holder> =>
  await heldBy(
    databaseUrl,
    'INSERT INTO payment_intents (location_id, payment_intent_id) VALUES ($1, $2)',
    [locationId, paymentIntentId],
  )

/** Nobody writes a history meanwhile, and so nobody finishes a change of an order. */
export const holdHistories = async (databaseUrl: string): Promise<Holder> =>
  await heldBy(databaseUrl, 'LOCK TABLE order_history IN SHARE MODE')

/** Lets others go first: so many turns of the event loop. */
export async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await setImmediate()
}

// --- rules of the data

export type Sql = TestServer['sql']

const NOT_PAID = "('Reversed', 'Refunded', 'Canceled')"

/** Each selects what breaks the rule that it is named after. */
const rules: Record<string, string> = {
  'the paid amount and the tips are the sums of the payments that stand': `
    SELECT o.order_id FROM orders o LEFT
      JOIN payments p ON p.location_id = o.location_id AND p.order_id = o.order_id AND p.voided_at IS NULL
    GROUP BY o.location_id, o.order_id HAVING o.paid_minor <> coalesce(sum(p.amount_minor - p.refunded_minor), 0)
      OR o.tips_minor <> coalesce(sum(coalesce(p.tips_minor, 0) - p.refunded_tips_minor), 0)`,
  'the total of what a till opened is the sum of its parts': `
    WITH RECURSIVE standing AS (
      SELECT location_id, order_id, line_id, quantity, quantity * unit_amount_minor AS amount FROM order_lines
        WHERE parent_line_id IS NULL AND voided_at IS NULL
      UNION ALL
      SELECT l.location_id, l.order_id, l.line_id, s.quantity * l.quantity, s.quantity * l.quantity * l.unit_amount_minor
      FROM standing s
        JOIN order_lines l ON l.location_id = s.location_id AND l.order_id = s.order_id
          AND l.parent_line_id = s.line_id AND l.voided_at IS NULL)
    SELECT o.order_id FROM orders o
      JOIN order_history h ON h.location_id = o.location_id AND h.order_id = o.order_id AND h.action = 'Opened'
      WHERE o.total_minor <>
      coalesce((SELECT sum(s.amount) FROM standing s WHERE s.location_id = o.location_id AND s.order_id = o.order_id), 0)
      - coalesce((SELECT sum(d.amount_minor) FROM order_discounts d WHERE d.location_id = o.location_id AND d.order_id = o.order_id), 0)
      + coalesce(o.service_charge_minor, 0)
      + CASE WHEN o.taxes_on_top THEN coalesce((SELECT sum(x.amount_minor) FROM order_tax_lines x
        WHERE x.location_id = o.location_id AND x.order_id = o.order_id), 0) ELSE 0 END`,
  'the movements of each payment sum to what stands of it': `
    SELECT p.payment_id FROM payments p LEFT JOIN payment_movements m ON m.location_id = p.location_id AND m.payment_id = p.payment_id
    GROUP BY p.location_id, p.payment_id
      HAVING coalesce(sum(m.amount_minor), 0) <> CASE WHEN p.voided_at IS NULL THEN p.amount_minor - p.refunded_minor ELSE 0 END
      OR coalesce(sum(m.tips_minor), 0) <> CASE WHEN p.voided_at IS NULL THEN coalesce(p.tips_minor, 0) - p.refunded_tips_minor ELSE 0 END`,
  'never more is paid than the total': 'SELECT order_id FROM orders WHERE paid_minor > total_minor',
  'an intent is one payment': `SELECT payment_intent_id FROM payments WHERE payment_intent_id IS NOT NULL
    GROUP BY location_id, payment_intent_id HAVING count(*) > 1`,
  'an order has one lock at the most':
    'SELECT order_id FROM order_locks WHERE ended_at IS NULL GROUP BY location_id, order_id HAVING count(*) > 1',
  'a history counts from 1 without gaps':
    'SELECT order_id FROM order_history GROUP BY location_id, order_id HAVING min(sequence) <> 1 OR max(sequence) <> count(*)',
  // Payments go to another order with all that is on theirs; their histories stay.
  'the histories have every payment once, and of every payment that fell': `
    SELECT l.location_id FROM locations l WHERE
      (SELECT count(*) FROM order_history h
        WHERE h.location_id = l.location_id AND h.action = 'PaymentRecorded') <> (SELECT count(*) FROM payments p
        WHERE p.location_id = l.location_id)
      OR (SELECT count(*) FROM order_history h WHERE h.location_id = l.location_id AND h.action = 'PaymentVoided')
        - (SELECT count(*) FROM order_history h WHERE h.location_id = l.location_id AND h.action = 'PaymentRestored')
        <> (SELECT count(*) FROM payments p WHERE p.location_id = l.location_id AND p.voided_at IS NOT NULL)`,
  'no payment stands whose money went back': `
    SELECT p.payment_intent_id FROM payments p
      JOIN payment_intents i ON i.location_id = p.location_id AND i.payment_intent_id = p.payment_intent_id
    WHERE p.voided_at IS NULL AND i.dojo_status IN ${NOT_PAID}`,
  'no payment of Dojo falls without a word of Dojo': `
    SELECT p.payment_intent_id FROM payments p WHERE p.tender = 'Dojo' AND p.voided_at IS NOT NULL AND NOT EXISTS (
      SELECT 1 FROM dojo_events e
        WHERE e.location_id = p.location_id AND e.payment_intent_id = p.payment_intent_id AND e.data->>'paymentStatus' IN ${NOT_PAID})`,
  'what is known of an intent is the newest word of it': `
    SELECT i.payment_intent_id FROM payment_intents i JOIN LATERAL (
      SELECT e.created_at, e.data->>'paymentStatus' AS status FROM dojo_events e
        WHERE e.location_id = i.location_id AND e.payment_intent_id = i.payment_intent_id
      ORDER BY e.created_at DESC, e.data->>'paymentStatus' IN ${NOT_PAID} DESC LIMIT 1) newest ON true
    WHERE i.dojo_status_at IS DISTINCT FROM newest.created_at
      OR (coalesce(i.dojo_status, '') IN ${NOT_PAID}) <> (newest.status IN ${NOT_PAID})`,
  'nothing stands on an order that was canceled': `
    SELECT o.order_id FROM orders o JOIN payments p ON p.location_id = o.location_id AND p.order_id = o.order_id
      WHERE o.status = 'Canceled' AND p.voided_at IS NULL`,
  'an order that was settled by paying has nothing left to pay':
    "SELECT order_id FROM orders WHERE status = 'Finalized' AND paid_minor < total_minor",
  'an order names no party and no reservation that is gone': `
    SELECT o.order_id FROM orders o WHERE
      (o.party_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM parties p WHERE p.location_id = o.location_id AND p.party_id = o.party_id))
      OR (o.reservation_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM reservations r
        WHERE r.location_id = o.location_id AND r.reservation_id = o.reservation_id))`,
}

/** What breaks a rule that holds at every moment, whatever was called: none should. */
export async function brokenRules(sql: Sql): Promise<string[]> {
  const broken: string[] = []
  for (const [rule, text] of Object.entries(rules)) {
    const rows = await sql<Record<string, string>>(text)
    if (rows.length > 0) {
      broken.push(`${rule}: not so for ${rows.map((row) => Object.values(row)[0]).join(', ')}`)
    }
  }
  return broken
}

/** Adds tests to `parent`, each of which ends by looking whether the rules still hold. */
export const testWithRules =
  (parent: Test, { sql }: TestServer) =>
  (name: string, work: (t: Test) => Promise<void>): void => {
    void parent.test(name, async (t) => {
      await work(t)
      t.strictSame(await brokenRules(sql), [], 'every rule of the data holds')
    })
  }

/** How often this database had to break off a transaction to end a deadlock. */
export async function deadlocks({ sql }: TestServer): Promise<number> {
  // A session writes its counts down when it ends, at the latest; the pool opens new ones.
  await until(
    'the sessions of the server are over',
    async () =>
      (
        await sql<{ ended: boolean }>(
          `SELECT pg_terminate_backend(pid) AS ended FROM pg_stat_activity
          WHERE datname = current_database() AND application_name = 'epos server' AND pid <> pg_backend_pid()`,
        )
      ).length === 0,
  )
  const [row] = await sql<{ deadlocks: string }>(
    'SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()',
  )
  return Number(row!.deadlocks)
}

// A PostgreSQL that Citus distributes by venue is asked for a venue's work on one node. There is no
// Citus here: this holds what the text of the statements shows. test/distributed holds the rest.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { tableKinds } from '../../src/store/distribution/table-kinds.ts'
import { readSources, ROOT } from './sources.ts'
import { EXCEPTIONS, leftOf } from './shard-exceptions.ts'
import { faultsOnCitus } from './shards.ts'
import { readStatements, statementsInFunctions } from './statements.ts'

/** Where the text is made of columns and conditions, and is not seen here. */
const MADE_IN_FUNCTIONS = [
  'src/store/access/operators.ts: noteNow',
  'src/store/access/sessions.ts: noteNow',
  'src/store/database/keyset.ts: listStatement',
  'src/store/database/shared-reads.ts: createReadLanes',
  'src/store/database/statement.ts: forSets',
  'src/store/orders/list-parts.ts: rowsPart',
  'src/store/orders/list-parts.ts: gonePart',
  'src/store/orders/order-parts.ts: moneyPart',
  'src/store/orders/order-parts.ts: wholePart',
  'src/store/orders/order-parts.ts: waitingPart',
  'src/store/orders/order-parts.ts: locked',
  'src/store/orders/order-parts.ts: unlocked',
  'src/store/orders/payment-parts.ts: recorded',
  'src/store/orders/payment-parts.ts: changed',
  'src/store/orders/payment-parts.ts: movement',
  'src/store/orders/payment-parts.ts: takenOver',
  'src/store/orders/read-order.ts: selectWith',
  'src/store/orders/write-order.ts: prepared',
  'src/store/venue/socket-leases.ts: statementsOf',
]

t.test('a statement for one venue goes to the node of that venue', async (t) => {
  const statements = await readStatements(readSources('src/store'))
  t.ok(statements.length > 200, 'the statements were found')
  const found = new Set<string>()
  for (const { path, name, text } of statements) {
    const faults = faultsOnCitus(text)
    if (faults.length === 0) continue
    found.add(name)
    t.strictSame(leftOf(name, faults), [], `${path}: ${name}`)
  }
  const needless = Object.keys(EXCEPTIONS).filter((name) => !found.has(name))
  t.strictSame(needless, [], 'every exception is one')
})

t.test('statements that functions make are found by no test but these', (t) => {
  t.strictSame([...new Set(statementsInFunctions(readSources('src/store')))], MADE_IN_FUNCTIONS)
  t.end()
})

// Prisma returns every column of what it writes, and reads an enum as a text, which Citus refuses.
t.test('what Prisma writes returns no enum', (t) => {
  const schema = readFileSync(join(ROOT, 'prisma/schema.prisma'), 'utf8')
  const enums = [...schema.matchAll(/^enum (\w+)/gm)].map(([, name]) => name)
  const hasEnum = new RegExp(`^  \\w+ +(${enums.join('|')})\\b`, 'm')
  const models = [...schema.matchAll(/^model (\w)(\w*) \{([\s\S]*?)^\}/gm)]
    .filter(([, , , fields]) => hasEnum.test(fields!))
    .map(([, first, rest]) => first!.toLowerCase() + rest!)
  t.ok(models.includes('location') && models.includes('menuItem'))
  const write = new RegExp(
    `\\b(?:prisma|tx)\\.(${models.join('|')})\\.(create|update|upsert)\\(`,
    'g',
  )
  let found = 0
  for (const { path, text } of readSources('src')) {
    for (const { index } of text.matchAll(write)) {
      found++
      // To the end of the call, as Prettier indents it.
      const call = text.slice(index, text.indexOf('})', index))
      t.match(call, /\bselect: \{/, `${path}: ${call.slice(0, 60)}`)
    }
  }
  t.ok(found >= 5)
  t.end()
})

t.test('every table has a kind', (t) => {
  const schema = readFileSync(join(ROOT, 'prisma/schema.prisma'), 'utf8')
  const models = [...schema.matchAll(/^model [\s\S]*?@@map\("(\w+)"\)\n\}/gm)].map(
    ([, name]) => name,
  )
  t.strictSame(models.sort(), Object.keys(tableKinds).sort())
  t.end()
})

const wide = 'has no location_id = $n: every shard is asked'

/** SQL, and the only fault of it. */
const BROKEN: Record<string, string> = {
  'SELECT 1 FROM orders o WHERE o.order_id = $1': `o ${wide}`,
  'SELECT (SELECT 1 FROM payments p WHERE p.location_id = o.location_id) FROM orders o WHERE o.location_id = $1': `p ${wide}`,
  'SELECT 1 FROM orders o WHERE o.location_id = $1 AND EXISTS (SELECT 1 FROM payments WHERE location_id = $2)':
    'location_id is compared with several parameters',
  'SELECT 1 FROM orders o WHERE o.location_id = $1 OR o.order_id = $2': `o ${wide}`,
  'UPDATE orders SET updated_at = clock_timestamp() WHERE location_id = $1':
    'functions used in UPDATE queries on distributed tables must not be VOLATILE',
  'UPDATE orders SET updated_at = coalesce(updated_at, now()) WHERE location_id = $1':
    'non-IMMUTABLE functions are not allowed in CASE or COALESCE statements',
  "SELECT CASE o.status WHEN 'New' THEN 1 END FROM orders o WHERE o.location_id = $1":
    'CASE with a value before WHEN: Citus writes it wrongly for its workers',
  "INSERT INTO orders (location_id) VALUES ($1) RETURNING to_char(created_at, 'YYYY')":
    'non-IMMUTABLE functions are not allowed in the RETURNING clause: name columns only',
  'INSERT INTO orders (location_id) SELECT $1':
    'INSERT ... SELECT goes through the coordinator, and commits by 2PC',
  "INSERT INTO orders (location_id) VALUES ('bar')":
    'location_id of what is inserted is no parameter',
  'INSERT INTO orders (location_id, version) VALUES ($1, (SELECT 1))':
    'subqueries are not supported within INSERT queries',
  'INSERT INTO orders (location_id) VALUES ($1) ON CONFLICT (location_id) DO UPDATE SET updated_at = now()':
    'functions used in the DO UPDATE SET clause of INSERTs must be marked IMMUTABLE',
  'INSERT INTO jobs AS j (location_id) VALUES ($1) ON CONFLICT (location_id) DO UPDATE SET at = j.at + make_interval(secs => 1)':
    'functions used in the DO UPDATE SET clause of INSERTs must be marked IMMUTABLE',
  'SELECT 1 FROM orders o JOIN socket_leases s ON s.location_id = o.location_id WHERE o.location_id = $1':
    'a table of the coordinator is read together with one of the nodes',
  'WITH gone AS (DELETE FROM orders WHERE location_id = $1) SELECT 1':
    'DELETE in WITH commits by 2PC',
  'UPDATE locations SET name = $2 WHERE EXISTS (SELECT 1 FROM orders WHERE location_id = $1)':
    'cannot perform select on a distributed table and modify a reference table',
  'SELECT EXISTS (SELECT 1 FROM waiters w WHERE w.location_id = $1 AND w.waiter_id = k.waiter_id) FROM till_tokens k':
    'correlated subqueries are not supported when the FROM clause contains a reference table',
}

const KEPT = [
  'SELECT 1 FROM orders WHERE location_id = $1',
  'SELECT 1 FROM orders o JOIN payments p ON p.location_id = o.location_id WHERE $1::text = o.location_id',
  'SELECT 1 FROM orders o LEFT JOIN payments p USING (location_id, order_id) WHERE o.location_id = $1',
  'SELECT (SELECT 1 FROM payments p WHERE p.location_id = $1) FROM orders o WHERE o.location_id = $1',
  'WITH open AS (SELECT order_id FROM orders WHERE location_id = $1) SELECT 1 FROM open',
  'UPDATE orders SET updated_at = statement_timestamp() WHERE location_id = $1 RETURNING order_id',
  'UPDATE orders SET ready_at = coalesce(ready_at, (SELECT clock_timestamp())) WHERE location_id = $1',
  'INSERT INTO orders AS o (location_id) VALUES ($1) ON CONFLICT (location_id) DO UPDATE SET version = o.version + 1',
  'SELECT name FROM operators WHERE token_hash = $1',
  'UPDATE socket_leases SET ends_at = clock_timestamp() WHERE holder = $1 RETURNING term + 1',
]

t.test('the rules find what breaks them, and nothing else', (t) => {
  for (const [sql, fault] of Object.entries(BROKEN)) t.strictSame(faultsOnCitus(sql), [fault], sql)
  for (const sql of KEPT) t.strictSame(faultsOnCitus(sql), [], sql)
  t.end()
})

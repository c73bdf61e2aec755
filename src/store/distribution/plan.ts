// What is to be done so that every table is placed by its kind. Foreign keys are dropped before and
// added again after: Citus distributes no table with a key to one that is not distributed yet.
import { CALLER_TRIGGERS } from '../venue/caller-changes.ts'
import { KEPT_KEYS } from './database-kind.ts'
import type { Facts, ForeignKey } from './facts.ts'
import { tableKinds, type TableKind } from './table-kinds.ts'

/** One transaction. */
export interface Step {
  /** For people. */
  says: string
  sql: string
}

/** Why the database cannot be distributed as it is, and what to do. */
export class NotDistributable extends Error {}

const FIRST = 'orders'

/**
 * @param shards how many parts the venues are spread over, when the database is distributed first
 * @returns nothing when every table is in its place
 * @throws NotDistributable
 */
export function planOf(facts: Facts, shards: number): Step[] {
  const moved = new Set(
    facts.tables
      .filter(({ name, placement }) => placement === 'local' && kindOf(name) !== 'local')
      .map(({ name }) => name),
  )
  check(facts, moved)
  const isTouched = ({ table, refersTo }: ForeignKey): boolean =>
    moved.has(table) || moved.has(refersTo)
  const dropped = facts.keys.filter(isTouched)
  const keys = [...facts.keptKeys, ...dropped]
  if (moved.size + keys.length === 0) return []
  const stale = facts.tables.filter(
    ({ name, placement, localBytes }) =>
      moved.has(name) || (placement !== 'local' && localBytes > 0),
  )
  return [
    ...(dropped.length > 0 ? [dropKeys(dropped)] : []),
    ...(moved.has('locations') || moved.has('credentials') ? [dropTriggers] : []),
    ...(moved.has(FIRST) ? [startClocks] : []),
    ...inSequence(moved).map((name) => place(name, shards)),
    ...stale.filter(({ name }) => kindOf(name) !== 'local').map(({ name }) => forgetLocal(name)),
    ...keys.map(addKey),
    { says: 'Every foreign key is back.', sql: `DROP TABLE IF EXISTS ${KEPT_KEYS}` },
  ]
}

function kindOf(name: string): TableKind | undefined {
  return (tableKinds as Record<string, TableKind>)[name]
}

/** Reference tables first: others refer to them. Orders before what is placed beside them. */
function inSequence(moved: ReadonlySet<string>): string[] {
  const rankOf = (name: string): number => {
    if (kindOf(name) === 'reference') return 0
    return name === FIRST ? 1 : 2
  }
  return [...moved].sort((a, b) => rankOf(a) - rankOf(b) || (a < b ? -1 : 1))
}

// --- what must be so before

function check(facts: Facts, moved: ReadonlySet<string>): void {
  checkNodes(facts)
  checkTables(facts)
  if (moved.has(FIRST) && facts.servers > 0) {
    throw new NotDistributable(
      `Servers have ${facts.servers} connections to this database. Stop them, and run the command again.`,
    )
  }
  for (const { name, table, columns } of facts.uniques) {
    if (moved.has(table) && kindOf(table) === 'distributed' && !columns.includes('location_id')) {
      throw new NotDistributable(
        `The unique index ${name} of ${table} does not have location_id, so Citus refuses the table.`,
      )
    }
  }
  for (const { name, table, refersTo, onUpdate } of facts.keys) {
    if ((moved.has(table) || moved.has(refersTo)) && onUpdate !== 'a') {
      throw new NotDistributable(
        `The foreign key ${name} of ${table} has ON UPDATE, so Citus refuses it. Change it to NO ACTION.`,
      )
    }
  }
}

function checkNodes({ citus }: Facts): void {
  if (citus === undefined) {
    throw new NotDistributable(
      'This database has no Citus. Install Citus on every node, have shared_preload_libraries ' +
        'load it, and run CREATE EXTENSION citus in this database on the coordinator and on each worker.',
    )
  }
  if (!citus.hasCoordinator) {
    throw new NotDistributable(
      'The coordinator does not know its own address. On it, run: ' +
        "SELECT citus_set_coordinator_host('HOST', PORT)",
    )
  }
  if (citus.workers === 0) {
    throw new NotDistributable(
      "No worker is active. On the coordinator, add each one with: SELECT citus_add_node('HOST', PORT)",
    )
  }
}

function checkTables({ tables }: Facts): void {
  const unknown = tables.filter(({ name }) => kindOf(name) === undefined)
  if (unknown.length > 0) {
    throw new NotDistributable(
      `This version does not know where to place ${listOf(unknown)}. Use the version that made it, or drop it.`,
    )
  }
  const wrong = tables.filter(
    ({ name, placement }) => placement !== 'local' && placement !== kindOf(name),
  )
  if (wrong.length > 0) {
    throw new NotDistributable(
      `Somebody has placed ${listOf(wrong)} otherwise than this version needs it. Undo it with ` +
        "SELECT undistribute_table('NAME', cascade_via_foreign_keys => true), and run the command again.",
    )
  }
}

function listOf(tables: readonly { name: string }[]): string {
  return tables.map(({ name }) => name).join(', ')
}

// --- the steps

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

function dropKeys(keys: readonly ForeignKey[]): Step {
  const rows = keys.map(({ name, table, refersTo, columns, definition }) => {
    const array = `ARRAY[${columns.map(literal).join(', ')}]`
    return `  (${[name, table, refersTo].map(literal).join(', ')}, ${array}, ${literal(definition)})`
  })
  const drops = keys.map(
    ({ name, table }) => `ALTER TABLE ${identifier(table)} DROP CONSTRAINT ${identifier(name)};`,
  )
  return {
    says: `Drops ${keys.length} foreign keys, and keeps what they were in ${KEPT_KEYS}.`,
    sql: `BEGIN;
CREATE TABLE IF NOT EXISTS ${KEPT_KEYS} (name text PRIMARY KEY, on_table text NOT NULL, refers_to text NOT NULL,
  columns text[] NOT NULL, definition text NOT NULL);
INSERT INTO ${KEPT_KEYS} (name, on_table, refers_to, columns, definition) VALUES
${rows.join(',\n')};
${drops.join('\n')}
COMMIT`,
  }
}

/** Citus has none on a table that is whole on every node. */
const dropTriggers: Step = {
  says: `Drops the triggers that say which credentials changed: servers look each up instead.`,
  sql: CALLER_TRIGGERS.map(
    ({ name, table }) => `DROP TRIGGER IF EXISTS ${identifier(name)} ON ${identifier(table)}`,
  ).join(';\n'),
}

/** After all numbers so far, also those of a database that was restored here. */
const startClocks: Step = {
  says: "Starts each venue's clock where the numbers of its changes are.",
  sql: `INSERT INTO feed_clocks AS c (location_id, position)
SELECT l.location_id, greatest(pg_snapshot_xmax(pg_current_snapshot())::text::bigint,
  (SELECT max(h.transaction_id) FROM order_history h WHERE h.location_id = l.location_id),
  (SELECT max(h.transaction_id) FROM visit_history h WHERE h.location_id = l.location_id)) FROM locations l
ON CONFLICT (location_id) DO UPDATE SET position = greatest(c.position, EXCLUDED.position)`,
}

function place(name: string, shards: number): Step {
  if (kindOf(name) === 'reference') {
    return {
      says: `${name}: whole on every node.`,
      sql: `SELECT create_reference_table(${literal(name)})`,
    }
  }
  const how =
    name === FIRST
      ? `colocate_with => 'none', shard_count => ${shards}`
      : `colocate_with => ${literal(FIRST)}`
  return {
    says: `${name}: by venue${name === FIRST ? `, in ${shards} shards` : ''}.`,
    sql: `SELECT create_distributed_table(${literal(name)}, 'location_id', ${how})`,
  }
}

/** The rows were copied; what is left on the coordinator would break foreign keys. */
function forgetLocal(name: string): Step {
  return {
    says: `${name}: what was copied is removed from the coordinator.`,
    sql: `SELECT truncate_local_data_after_distributing_table(${literal(name)})`,
  }
}

function addKey(key: ForeignKey): Step {
  const { name, table, definition } = key
  const forget = `DELETE FROM ${KEPT_KEYS} WHERE name = ${literal(name)}`
  if (!mayBe(key)) {
    return { says: `${name}: left out. The two tables are not in the same place.`, sql: forget }
  }
  return {
    says: `${name}: added again.`,
    sql: `BEGIN;
ALTER TABLE ${identifier(table)} ADD CONSTRAINT ${identifier(name)} ${definition};
${forget};
COMMIT`,
  }
}

/**
 * Whether Citus has such a foreign key, with both tables in their places. A table of the
 * coordinator that refers to one of all nodes would become one of Citus', with the rules of its
 * statements.
 */
function mayBe({ table, refersTo, columns }: ForeignKey): boolean {
  const [from, to] = [kindOf(table), kindOf(refersTo)]
  if (to === 'reference') return from !== 'local'
  if (from === 'distributed' && to === 'distributed') return columns.includes('location_id')
  return from === 'local' && to === 'local'
}

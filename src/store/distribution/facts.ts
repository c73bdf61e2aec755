// How the tables of a database are placed now, and what they would keep from being distributed.
import type pg from 'pg'
import { KEPT_KEYS } from './database-kind.ts'

/** `elsewhere`: by another column, or not beside the orders. */
export type Placement = 'local' | 'reference' | 'distributed' | 'elsewhere'

export interface PlacedTable {
  name: string
  placement: Placement
  /** How much is still on the coordinator, though it was copied to the nodes. */
  localBytes: number
}

export interface ForeignKey {
  name: string
  table: string
  refersTo: string
  columns: string[]
  /** What follows `ADD CONSTRAINT name`. */
  definition: string
  /** What happens when the key it refers to changes: PostgreSQL's letter, `a` for nothing. */
  onUpdate: string
}

export interface UniqueIndex {
  name: string
  table: string
  columns: string[]
}

export interface Facts {
  /** Undefined without the extension. */
  citus: { workers: number; hasCoordinator: boolean } | undefined
  tables: PlacedTable[]
  keys: ForeignKey[]
  /** Foreign keys that a run has dropped which was interrupted. */
  keptKeys: ForeignKey[]
  uniques: UniqueIndex[]
  /** Connections of servers. */
  servers: number
}

type Queries = Pick<pg.ClientBase, 'query'>

const OF_THIS_SCHEMA = `c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r'
    AND c.relname NOT IN ('_prisma_migrations', '${KEPT_KEYS}')`

const LOCAL_TABLES = `SELECT c.relname AS name, 'local' AS placement, 0 AS "localBytes" FROM pg_class c
  WHERE ${OF_THIS_SCHEMA} ORDER BY c.relname`

const PLACED_TABLES = `SELECT c.relname AS name, pg_relation_size(c.oid)::float8 AS "localBytes",
    CASE WHEN p.logicalrelid IS NULL OR (p.partmethod = 'n' AND p.repmodel <> 't') THEN 'local'
      WHEN p.partmethod = 'n' THEN 'reference'
      WHEN p.partmethod = 'h' AND column_to_column_name(p.logicalrelid, p.partkey) = 'location_id' AND p.colocationid =
        (SELECT o.colocationid FROM pg_dist_partition o WHERE o.logicalrelid = to_regclass('orders')) THEN 'distributed'
      ELSE 'elsewhere' END AS placement
  FROM pg_class c LEFT JOIN pg_dist_partition p ON p.logicalrelid = c.oid
  WHERE ${OF_THIS_SCHEMA} ORDER BY c.relname`

const KEYS = `SELECT k.conname AS name, t.relname AS "table", r.relname AS "refersTo", k.confupdtype AS "onUpdate",
    pg_get_constraintdef(k.oid) AS definition,
    ARRAY(SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY AS n (number, place)
      JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = n.number ORDER BY n.place) AS columns
  FROM pg_constraint k JOIN pg_class t ON t.oid = k.conrelid JOIN pg_class r ON r.oid = k.confrelid
  WHERE k.contype = 'f' AND t.relnamespace = current_schema()::regnamespace
  ORDER BY t.relname, k.conname`

const UNIQUES = `SELECT i.relname AS name, t.relname AS "table",
    ARRAY(SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = x.indexrelid) AS columns
  FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid
  WHERE (x.indisunique OR x.indisexclusion) AND t.relnamespace = current_schema()::regnamespace
  ORDER BY t.relname, i.relname`

const NODES = `SELECT (SELECT count(*)::int FROM citus_get_active_worker_nodes()) AS workers,
  EXISTS (SELECT 1 FROM pg_dist_node WHERE groupid = 0) AS "hasCoordinator"`

const SERVERS = `SELECT count(*)::int AS servers FROM pg_stat_activity
  WHERE datname = current_database() AND application_name = 'epos server'`

const KEPT = `SELECT name, on_table AS "table", refers_to AS "refersTo", columns, definition, 'a' AS "onUpdate"
  FROM ${KEPT_KEYS} ORDER BY on_table, name`

export async function readFacts(client: Queries): Promise<Facts> {
  const rowsOf = async <Row extends object>(sql: string): Promise<Row[]> =>
    (await client.query<Row>(sql)).rows
  const [there] = await rowsOf<{ citus: boolean; kept: boolean }>(
    `SELECT to_regclass('pg_dist_partition') IS NOT NULL AS citus, to_regclass('${KEPT_KEYS}') IS NOT NULL AS kept`,
  )
  const { citus, kept } = there!
  const [nodes] = citus ? await rowsOf<NonNullable<Facts['citus']>>(NODES) : []
  const tables = await rowsOf<PlacedTable>(citus ? PLACED_TABLES : LOCAL_TABLES)
  const names = new Set(tables.map(({ name }) => name))
  // A coordinator that has shards too has their indexes and keys beside those of the tables.
  const isOurs = ({ table }: { table: string }): boolean => names.has(table)
  const [counted] = await rowsOf<{ servers: number }>(SERVERS)
  return {
    citus: nodes,
    tables,
    keys: (await rowsOf<ForeignKey>(KEYS)).filter(isOurs),
    keptKeys: kept ? await rowsOf<ForeignKey>(KEPT) : [],
    uniques: (await rowsOf<UniqueIndex>(UNIQUES)).filter(isOurs),
    servers: counted!.servers,
  }
}

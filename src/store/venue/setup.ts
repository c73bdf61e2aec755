// The set-up of a venue: read whole, and written along one path. Changes of one venue's set-up
// happen one after the other.
import { notFound } from '../../domain/errors.ts'
import type { Page, PageRequest } from '../../domain/page.ts'
import {
  setupParts,
  type Fault,
  type MenuItem,
  type Setup,
  type SetupPart,
  type SetupPlan,
} from '../../domain/venue/setup.ts'
import type { LineKind } from '../../domain/orders/tab.ts'
import type { Queryable, Statement, Transaction } from '../database/database.ts'
import { readPage, type Condition } from '../database/keyset.ts'

/** How the rows of a part become its entities, and in which order they are listed. */
const ROWS: Readonly<
  Record<SetupPart, { entity: string; source: string; id: string; order: string }>
> = {
  areas: {
    entity: entity("'id', x.area_id, 'name', x.name, 'position', x.position"),
    source: 'areas x',
    id: 'x.area_id',
    order: 'x.position, x.area_id',
  },
  tables: {
    entity: entity(
      "'id', x.table_id, 'name', x.name, 'position', x.position, 'areaId', x.area_id, 'maxCovers', x.max_covers",
    ),
    source: 'tables x',
    id: 'x.table_id',
    order: 'x.position, x.table_id',
  },
  waiters: {
    entity: entity(`'id', x.waiter_id, 'name', x.name, 'position', 0,
      'areaIds', ARRAY(SELECT s.area_id FROM waiter_areas s WHERE s.location_id = x.location_id AND s.waiter_id = x.waiter_id ORDER BY s.area_id COLLATE "C"),
      'tableIds', ARRAY(SELECT s.table_id FROM waiter_tables s WHERE s.location_id = x.location_id AND s.waiter_id = x.waiter_id ORDER BY s.table_id COLLATE "C")`),
    source: 'waiters x',
    id: 'x.waiter_id',
    // Most are numbers, and people count 2 before 10.
    order: 'length(x.waiter_id), x.waiter_id',
  },
  menu: {
    entity:
      entity(`'id', x.plu, 'name', x.name, 'position', x.position, 'kind', x.kind, 'priceMinor', x.price_minor, 'taxRateHundredths', x.tax_rate_hundredths, 'course', x.course,
      'category', x.category, 'available', x.available,
      'parts', ARRAY(SELECT s.part_plu FROM menu_parts s WHERE s.location_id = x.location_id AND s.plu = x.plu ORDER BY s.position, s.part_plu)`),
    source: 'menu_items x',
    id: 'x.plu',
    order: 'x.position, x.plu',
  },
}

function entity(fields: string): string {
  return `jsonb_strip_nulls(jsonb_build_object(${fields}, 'version', x.version, 'retiredAt', to_char(x.retired_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')))`
}

const listOf = (
  part: SetupPart,
): string => `(SELECT coalesce(jsonb_agg(${ROWS[part].entity} ORDER BY ${ROWS[part].order}), '[]')
      FROM ${ROWS[part].source} WHERE x.location_id = $1 AND x.retired_at IS NULL) AS ${part}`

const READ: Statement = { name: 'setup_read', text: `SELECT ${setupParts.map(listOf).join(', ')}` }
const LISTS = byPart((part): Statement => ({
  name: `setup_list_${part}`,
  text: `SELECT ${listOf(part)}`,
}))
const ONES = byPart((part): Statement => ({
  name: `setup_one_${part}`,
  text: `SELECT ${ROWS[part].entity} AS entity FROM ${ROWS[part].source} WHERE x.location_id = $1 AND ${ROWS[part].id} = $2`,
}))

function byPart<Result>(of: (part: SetupPart) => Result): Record<SetupPart, Result> {
  return Object.fromEntries(setupParts.map((part) => [part, of(part)])) as Record<SetupPart, Result>
}

/** All that is not retired, each part in its order. */
export async function readSetup(database: Queryable, locationId: string): Promise<Setup> {
  const [setup] = await database.rows<Setup>(READ, [locationId])
  return setup!
}

/** One part of it. */
export async function readSetupPart<Part extends SetupPart>(
  database: Queryable,
  locationId: string,
  part: Part,
): Promise<Setup[Part]> {
  const [row] = await database.rows<Pick<Setup, Part>>(LISTS[part], [locationId])
  return row![part]
}

/** Also what is retired: history names it. Undefined when there was never one of this id. */
export async function findInSetup<Part extends SetupPart>(
  database: Queryable,
  locationId: string,
  part: Part,
  id: string,
): Promise<Setup[Part][number] | undefined> {
  const [row] = await database.rows<{ entity: Setup[Part][number] }>(ONES[part], [locationId, id])
  return row?.entity
}

const HOLD: Statement = {
  name: 'setup_hold',
  text: 'SELECT 1 FROM locations WHERE location_id = $1 FOR NO KEY UPDATE',
}

/** The set-up, which nobody else changes until the transaction ends. */
export async function holdSetup(tx: Transaction, locationId: string): Promise<Setup> {
  // Sent together, run one after the other: the second sees what was committed while the first
  // waited.
  const [, setup] = await Promise.all([tx.rows(HOLD, [locationId]), readSetup(tx, locationId)])
  return setup
}

// --- written

const upsert = (
  part: SetupPart,
  table: string,
  id: string,
  columns: Record<string, readonly [type: string, field: string]>,
): Statement => ({
  name: `setup_write_${part}`,
  text: `INSERT INTO ${table} (location_id, ${id}, name, ${Object.keys(columns).join(', ')})
    SELECT $1, x.id, x.name, ${Object.values(columns)
      .map(([, field]) => `x."${field}"`)
      .join(', ')}
    FROM jsonb_to_recordset($2::jsonb) AS x(id text, name text, ${Object.values(columns)
      .map(([type, field]) => `"${field}" ${type}`)
      .join(', ')})
    ON CONFLICT (location_id, ${id}) DO UPDATE SET ${['name', ...Object.keys(columns)].map((column) => `${column} = EXCLUDED.${column}`).join(', ')}, retired_at = NULL, version = ${table}.version + 1
    RETURNING ${id} AS id, version`,
})

const WRITES: Readonly<Record<SetupPart, Statement>> = {
  areas: upsert('areas', 'areas', 'area_id', { position: ['int', 'position'] }),
  tables: upsert('tables', 'tables', 'table_id', {
    position: ['int', 'position'],
    area_id: ['text', 'areaId'],
    max_covers: ['int', 'maxCovers'],
  }),
  waiters: {
    name: 'setup_write_waiters',
    text: `INSERT INTO waiters (location_id, waiter_id, name) SELECT $1, x.id, x.name FROM jsonb_to_recordset($2::jsonb) AS x(id text, name text)
      ON CONFLICT (location_id, waiter_id) DO UPDATE SET name = EXCLUDED.name, retired_at = NULL, version = waiters.version + 1
      RETURNING waiter_id AS id, version`,
  },
  menu: upsert('menu', 'menu_items', 'plu', {
    position: ['int', 'position'],
    kind: ['line_kind', 'kind'],
    price_minor: ['bigint', 'priceMinor'],
    tax_rate_hundredths: ['bigint', 'taxRateHundredths'],
    course: ['text', 'course'],
    category: ['text', 'category'],
    available: ['boolean', 'available'],
  }),
}

const UNLINK: Statement = {
  name: 'setup_unlink',
  text: `WITH areas_gone AS (DELETE FROM waiter_areas WHERE location_id = $1 AND waiter_id = ANY($2::text[])
    ), tables_gone AS (DELETE FROM waiter_tables WHERE location_id = $1 AND waiter_id = ANY($2::text[])
    ) DELETE FROM menu_parts WHERE location_id = $1 AND plu = ANY($3::text[])`,
}

const LINK: Statement = {
  name: 'setup_link',
  text: `WITH areas_served AS (
      INSERT INTO waiter_areas (location_id, waiter_id, area_id)
      SELECT $1, x.id, s.id FROM jsonb_to_recordset($2::jsonb) AS x(id text, "areaIds" text[]), unnest(x."areaIds") AS s(id)
    ), tables_served AS (
      INSERT INTO waiter_tables (location_id, waiter_id, table_id)
      SELECT $1, x.id, s.id FROM jsonb_to_recordset($2::jsonb) AS x(id text, "tableIds" text[]), unnest(x."tableIds") AS s(id)
    )
    INSERT INTO menu_parts (location_id, plu, part_plu, position)
    SELECT $1, x.id, s.id, s.position FROM jsonb_to_recordset($3::jsonb) AS x(id text, parts text[]), unnest(x.parts) WITH ORDINALITY AS s(id, position)`,
}

const retirement = (part: SetupPart, table: string, id: string, more = ''): Statement => ({
  name: `setup_retire_${part}`,
  text: `${more}UPDATE ${table} SET retired_at = clock_timestamp(), version = version + 1 WHERE location_id = $1 AND ${id} = ANY($2::text[]) AND retired_at IS NULL`,
})

const RETIREMENTS: Readonly<Record<SetupPart, Statement>> = {
  areas: retirement('areas', 'areas', 'area_id'),
  tables: retirement('tables', 'tables', 'table_id'),
  // Who does not work here any more signs in no more.
  waiters: retirement(
    'waiters',
    'waiters',
    'waiter_id',
    `WITH tokens AS (
      UPDATE till_tokens SET revoked_at = clock_timestamp() WHERE location_id = $1 AND waiter_id = ANY($2::text[]) AND revoked_at IS NULL
    ) `,
  ),
  menu: retirement('menu', 'menu_items', 'plu'),
}

/**
 * Writes what a plan without faults says, while the set-up is held; as many statements however much
 * it is.
 * @returns the versions of what was written, by id
 */
export async function writeSetup(
  tx: Transaction,
  locationId: string,
  { write, retire }: Pick<SetupPlan, 'write' | 'retire'>,
): Promise<Record<SetupPart, Map<string, number>>> {
  for (const part of setupParts) {
    if (retire[part].length > 0) tx.send(RETIREMENTS[part], [locationId, retire[part]])
  }
  // In this order: tables are in areas.
  const written = setupParts.map(async (part) =>
    write[part].length === 0
      ? []
      : await tx.rows<{ id: string; version: number }>(WRITES[part], [
          locationId,
          JSON.stringify(write[part]),
        ]),
  )
  if (write.waiters.length + write.menu.length > 0) {
    tx.send(UNLINK, [locationId, idsOf(write.waiters), idsOf(write.menu)])
    tx.send(LINK, [locationId, JSON.stringify(write.waiters), JSON.stringify(write.menu)])
  }
  const versions = (await Promise.all(written)).map(
    (rows) => new Map(rows.map(({ id, version }) => [id, version])),
  )
  return byPart((part) => versions[setupParts.indexOf(part)]!)
}

const idsOf = (entities: readonly { id: string }[]): string[] => entities.map(({ id }) => id)

// --- what is in use is not retired

/** Whoever opens a tab or seats a party there meanwhile waits, and finds it retired. */
const HOLD_TABLES: Statement = {
  name: 'setup_hold_tables',
  text: 'SELECT 1 FROM tables WHERE location_id = $1 AND table_id = ANY($2::text[]) ORDER BY table_id FOR UPDATE',
}
const HOLD_WAITERS: Statement = {
  name: 'setup_hold_waiters',
  text: 'SELECT 1 FROM waiters WHERE location_id = $1 AND waiter_id = ANY($2::text[]) ORDER BY waiter_id FOR UPDATE',
}

const OPEN = "o.status NOT IN ('Finalized', 'Canceled', 'Failed')"
const IN_USE: Statement = {
  name: 'setup_in_use',
  text: `SELECT 'table' AS noun, x.table_id AS id, x.name,
      ARRAY(SELECT o.order_id FROM orders o WHERE o.location_id = $1 AND o.table_id = x.table_id AND ${OPEN} ORDER BY o.order_id) AS orders,
      ARRAY(SELECT p.party_id FROM party_tables s JOIN parties p ON p.location_id = s.location_id AND p.party_id = s.party_id
        WHERE s.location_id = $1 AND s.table_id = x.table_id AND p.end_time IS NULL ORDER BY p.party_id) AS parties
    FROM tables x WHERE x.location_id = $1 AND x.table_id = ANY($2::text[])
    UNION ALL
    SELECT 'waiter', x.waiter_id, x.name,
      ARRAY(SELECT o.order_id FROM orders o WHERE o.location_id = $1 AND o.waiter_id = x.waiter_id AND ${OPEN} ORDER BY o.order_id), '{}'
    FROM waiters x WHERE x.location_id = $1 AND x.waiter_id = ANY($3::text[])`,
}

interface InUseRow {
  noun: string
  id: string
  name: string
  orders: string[]
  parties: string[]
}

/** What of it has open tabs or seated parties; it stays so until the transaction ends. */
export async function findInUse(
  tx: Transaction,
  locationId: string,
  { tables, waiters }: SetupPlan['retire'],
): Promise<Fault[]> {
  if (tables.length + waiters.length === 0) return []
  const [, , rows] = await Promise.all([
    tx.rows(HOLD_TABLES, [locationId, tables]),
    tx.rows(HOLD_WAITERS, [locationId, waiters]),
    tx.rows<InUseRow>(IN_USE, [locationId, tables, waiters]),
  ])
  return rows
    .filter(({ orders, parties }) => orders.length + parties.length > 0)
    .map(({ noun, id, name, orders, parties }) => ({
      at: undefined,
      reason: 'in-use',
      message: `The ${noun} ${name} (${id}) cannot be retired while ${[...orders.map((each) => `the order ${each} is open`), ...parties.map((each) => `the party ${each} sits there`)].slice(0, 3).join(' and ')}.`,
      facts: { orderIds: orders, partyIds: parties },
    }))
}

// --- the menu by pages, and what has run out

export interface MenuFilter {
  category?: string
  kind?: LineKind
  available?: boolean
}

/** In the order of the menu. */
export async function searchMenu(
  database: Queryable,
  locationId: string,
  { category, kind, available }: MenuFilter,
  page: PageRequest,
): Promise<Page<MenuItem>> {
  const conditions: Condition[] = [
    { tag: 'v', sql: 'x.location_id = ? AND x.retired_at IS NULL', value: locationId },
  ]
  if (category !== undefined) conditions.push({ tag: 'c', sql: 'x.category = ?', value: category })
  if (kind !== undefined) conditions.push({ tag: 'k', sql: 'x.kind = ?::line_kind', value: kind })
  if (available !== undefined) {
    conditions.push({ tag: 'a', sql: 'x.available = ?', value: available })
  }
  return await readPage<{ entity: MenuItem }, MenuItem>(
    database,
    {
      name: 'menu',
      columns: `${ROWS.menu.entity} AS entity`,
      source: `FROM ${ROWS.menu.source}`,
      conditions,
      order: { at: 'x.position', id: 'x.plu', descending: false, atType: 'int' },
    },
    page,
    ({ entity }) => ({ at: entity.position, id: entity.id }),
    ({ entity }) => entity,
  )
}

const SET_AVAILABLE: Statement = {
  name: 'menu_set_available',
  text: 'UPDATE menu_items SET available = $3, version = version + 1 WHERE location_id = $1 AND plu = $2',
}

/**
 * Whether an item can be ordered now.
 * @param look is given the version that it is at
 * @throws Refusal NotFound; what `look` throws
 */
export async function setAvailable(
  tx: Transaction,
  locationId: string,
  plu: string,
  available: boolean,
  look: (version: number) => void,
): Promise<MenuItem> {
  // An import at the same time would write what it read before.
  const [, item] = await Promise.all([
    tx.rows(HOLD, [locationId]),
    findInSetup(tx, locationId, 'menu', plu),
  ])
  if (item === undefined || item.retiredAt !== undefined) throw notFound('menu item', plu)
  look(item.version)
  if (item.available === available) return item
  tx.send(SET_AVAILABLE, [locationId, plu, available])
  return { ...item, available, version: item.version + 1 }
}

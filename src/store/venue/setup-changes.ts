// Changes of a venue's set-up, along one path, in a transaction that has locked it.
import type { InUse } from '../../domain/venue/setup-faults.ts'
import type { SetupEntity, SetupPart, SetupPlan } from '../../domain/venue/setup.ts'
import type { Statement, Transaction, Value } from '../database/database.ts'
import { isOpenSql } from '../orders/order-sql.ts'

/**
 * New entities and changed ones in one statement, however many they are. Prisma has no such thing:
 * its createMany takes 100 ms for the 400 items that this takes 15 ms for, and changes none.
 */
const upsert = (
  part: SetupPart,
  { table, id, columns }: { table: string; id: string; columns: [type: string, field: string][] },
): Upsert => {
  const names = columns.map(([, field]) => field.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`))
  const into = `INSERT INTO ${table} (location_id, ${[id, ...names].join(', ')})`
  const onConflict = `ON CONFLICT (location_id, ${id}) DO UPDATE
        SET ${names.map((name) => `${name} = EXCLUDED.${name}`).join(', ')}, retired_at = NULL, version = ${table}.version + 1
      RETURNING ${id} AS id, version`
  return {
    all: {
      name: `setup_upsert_${part}`,
      text: `${into}
      SELECT $1, x.id, ${columns.map(([, field]) => `x."${field}"`).join(', ')}
      FROM jsonb_to_recordset($2::jsonb) AS x(id text, ${columns.map(([type, field]) => `"${field}" ${type}`).join(', ')})
      ${onConflict}`,
    },
    one: {
      name: `setup_upsert_one_of_${part}`,
      text: `${into}
      VALUES ($1, $2, ${columns.map(([type], index) => `$${index + 3}::${type}`).join(', ')}) ${onConflict}`,
    },
    fields: columns.map(([, field]) => field),
  }
}

interface Upsert {
  all: Statement
  /** For a distributed database. */
  one: Statement
  /** The fields of an entity, in the sequence of the parameters of `one`. */
  fields: string[]
}

const upserts: Readonly<Record<SetupPart, Upsert>> = {
  areas: upsert('areas', {
    table: 'areas',
    id: 'area_id',
    columns: [
      ['text', 'name'],
      ['int', 'position'],
    ],
  }),
  tables: upsert('tables', {
    table: 'tables',
    id: 'table_id',
    columns: [
      ['text', 'name'],
      ['int', 'position'],
      ['text', 'areaId'],
      ['int', 'maxCovers'],
    ],
  }),
  waiters: upsert('waiters', { table: 'waiters', id: 'waiter_id', columns: [['text', 'name']] }),
  menu: upsert('menu', {
    table: 'menu_items',
    id: 'plu',
    columns: [
      ['text', 'name'],
      ['int', 'position'],
      ['line_kind', 'kind'],
      ['bigint', 'priceMinor'],
      ['bigint', 'taxRateHundredths'],
      ['bigint', 'takeawayTaxRateHundredths'],
      ['text', 'course'],
      ['text', 'category'],
      ['boolean', 'available'],
    ],
  }),
}

// What waiters serve and items offer: two statements for all of them, for the same reason.
const deleteLinks: Statement = {
  name: 'setup_delete_links',
  text: `WITH areas_gone AS (DELETE FROM waiter_areas WHERE location_id = $1 AND waiter_id = ANY($2::text[])
    ), tables_gone AS (DELETE FROM waiter_tables WHERE location_id = $1 AND waiter_id = ANY($2::text[])
    ) DELETE FROM menu_parts WHERE location_id = $1 AND plu = ANY($3::text[])`,
}

const insertLinks: Statement = {
  name: 'setup_insert_links',
  text: `WITH areas_served AS (
      INSERT INTO waiter_areas (location_id, waiter_id, area_id)
      SELECT $1, x.id, s.id FROM jsonb_to_recordset($2::jsonb) AS x(id text, "areaIds" text[]), unnest(x."areaIds") AS s(id)
    ), tables_served AS (
      INSERT INTO waiter_tables (location_id, waiter_id, table_id)
      SELECT $1, x.id, s.id FROM jsonb_to_recordset($2::jsonb) AS x(id text, "tableIds" text[]), unnest(x."tableIds") AS s(id)
    )
    INSERT INTO menu_parts (location_id, plu, part_plu, position)
    SELECT $1, x.id, s.id, s.position
      FROM jsonb_to_recordset($3::jsonb) AS x(id text, parts text[]), unnest(x.parts) WITH ORDINALITY AS s(id, position)`,
}

const deleteLinksOf = (table: string, id: string): Statement => ({
  name: `setup_delete_${table}`,
  text: `DELETE FROM ${table} WHERE location_id = $1 AND ${id} = ANY($2::text[])`,
})

/** The same for a distributed database. */
const linksApart = {
  deleteAreas: deleteLinksOf('waiter_areas', 'waiter_id'),
  deleteTables: deleteLinksOf('waiter_tables', 'waiter_id'),
  deleteParts: deleteLinksOf('menu_parts', 'plu'),
  insertArea: {
    name: 'setup_insert_waiter_area',
    text: 'INSERT INTO waiter_areas (location_id, waiter_id, area_id) VALUES ($1, $2, $3)',
  },
  insertTable: {
    name: 'setup_insert_waiter_table',
    text: 'INSERT INTO waiter_tables (location_id, waiter_id, table_id) VALUES ($1, $2, $3)',
  },
  insertPart: {
    name: 'setup_insert_menu_part',
    text: 'INSERT INTO menu_parts (location_id, plu, part_plu, position) VALUES ($1, $2, $3, $4)',
  },
} as const satisfies Record<string, Statement>

function sendLinksApart(
  tx: Transaction,
  locationId: string,
  { waiters, menu }: Pick<SetupPlan['write'], 'waiters' | 'menu'>,
): void {
  const { deleteAreas, deleteTables, deleteParts } = linksApart
  tx.send(deleteAreas, [locationId, idsOf(waiters)])
  tx.send(deleteTables, [locationId, idsOf(waiters)])
  tx.send(deleteParts, [locationId, idsOf(menu)])
  for (const { id, areaIds, tableIds } of waiters) {
    for (const each of areaIds) tx.send(linksApart.insertArea, [locationId, id, each])
    for (const each of tableIds) tx.send(linksApart.insertTable, [locationId, id, each])
  }
  for (const { id, parts } of menu) {
    for (const [index, part] of parts.entries()) {
      tx.send(linksApart.insertPart, [locationId, id, part, index + 1])
    }
  }
}

function sendLinks(
  tx: Transaction,
  locationId: string,
  { waiters, menu }: Pick<SetupPlan['write'], 'waiters' | 'menu'>,
): void {
  if (tx.isDistributed) sendLinksApart(tx, locationId, { waiters, menu })
  else {
    tx.send(deleteLinks, [locationId, idsOf(waiters), idsOf(menu)])
    tx.send(insertLinks, [locationId, JSON.stringify(waiters), JSON.stringify(menu)])
  }
}

interface Written {
  id: string
  version: number
}

async function upsertAll(
  tx: Transaction,
  locationId: string,
  part: SetupPart,
  entities: readonly { id: string }[],
): Promise<Written[]> {
  if (entities.length === 0) return []
  const { all, one, fields } = upserts[part]
  if (!tx.isDistributed) {
    return await tx.rows<Written>(all, [locationId, JSON.stringify(entities)])
  }
  const written = entities.map(async (entity) => {
    const values = fields.map((field) => (entity as unknown as Record<string, Value>)[field])
    return await tx.rows<Written>(one, [locationId, entity.id, ...values])
  })
  return (await Promise.all(written)).flat()
}

/** Tables refer to areas, and waiters to both. */
const WRITE_ORDER = ['areas', 'tables', 'waiters', 'menu'] as const satisfies SetupPart[]

/**
 * Writes a plan without faults, while the set-up is locked.
 * @returns the versions of what was written, by id
 */
export async function writeSetup(
  tx: Transaction,
  locationId: string,
  { write, retire }: Pick<SetupPlan, 'write' | 'retire'>,
): Promise<Record<SetupPart, Map<string, number>>> {
  await retireEntities(tx, locationId, retire)
  const written = WRITE_ORDER.map(
    async (part) => await upsertAll(tx, locationId, part, write[part]),
  )
  if (write.waiters.length + write.menu.length > 0) sendLinks(tx, locationId, write)
  const [areas, tables, waiters, menu] = await Promise.all(written)
  const versions = (rows: Written[] | undefined): Map<string, number> =>
    new Map(rows?.map(({ id, version }) => [id, version]))
  return {
    areas: versions(areas),
    tables: versions(tables),
    waiters: versions(waiters),
    menu: versions(menu),
  }
}

/** Writes a plan of one entity, and returns that as it now is. */
export async function writeEntity<Part extends SetupPart>(
  tx: Transaction,
  locationId: string,
  part: Part,
  plan: SetupPlan,
): Promise<SetupEntity<Part>> {
  const [id = ''] = plan.ids[part]
  const versions = await writeSetup(tx, locationId, plan)
  const written: SetupEntity<Part> = plan.write[part].find((each) => each.id === id)!
  return { ...written, version: versions[part].get(id)! }
}

const idsOf = (entities: readonly { id: string }[]): string[] => entities.map(({ id }) => id)

async function retireEntities(
  tx: Transaction,
  locationId: string,
  { areas, tables, waiters, menu }: SetupPlan['retire'],
): Promise<void> {
  if (areas.length + tables.length + waiters.length + menu.length === 0) return
  const data = { retiredAt: new Date(), version: { increment: 1 } }
  const present = { locationId, retiredAt: null }
  await tx.prisma(async (prisma) => {
    if (areas.length > 0) {
      await prisma.area.updateMany({ where: { ...present, areaId: { in: areas } }, data })
    }
    if (tables.length > 0) {
      await prisma.table.updateMany({ where: { ...present, tableId: { in: tables } }, data })
    }
    if (menu.length > 0) {
      await prisma.menuItem.updateMany({ where: { ...present, plu: { in: menu } }, data })
    }
    if (waiters.length > 0) {
      await prisma.waiter.updateMany({ where: { ...present, waiterId: { in: waiters } }, data })
      // Nobody signs in as a waiter who no longer works here.
      await prisma.tillToken.updateMany({
        where: { locationId, waiterId: { in: waiters }, revokedAt: null },
        data: { revokedAt: new Date() },
      })
    }
  })
}

// --- in use

// Opening an order or seating a party takes a key share of these rows: it waits for the end of
// this transaction and then finds them retired. Prisma locks no rows.
const lockTables: Statement = {
  name: 'setup_lock_tables',
  text: 'SELECT 1 FROM tables WHERE location_id = $1 AND table_id = ANY($2::text[]) ORDER BY table_id FOR UPDATE',
}
const lockWaiters: Statement = {
  name: 'setup_lock_waiters',
  text: 'SELECT 1 FROM waiters WHERE location_id = $1 AND waiter_id = ANY($2::text[]) ORDER BY waiter_id FOR UPDATE',
}

const OPEN = isOpenSql('o')
const readInUse: Statement = {
  name: 'setup_read_in_use',
  text: `SELECT 'tables' AS part, x.table_id AS id, x.name,
      ARRAY(SELECT o.order_id FROM orders o
        WHERE o.location_id = $1 AND o.table_id = x.table_id AND ${OPEN} ORDER BY o.order_id) AS "orderIds",
      ARRAY(SELECT p.party_id FROM party_tables s JOIN parties p ON p.location_id = s.location_id AND p.party_id = s.party_id
        WHERE s.location_id = $1 AND s.table_id = x.table_id AND p.end_time IS NULL ORDER BY p.party_id) AS "partyIds"
    FROM tables x WHERE x.location_id = $1 AND x.table_id = ANY($2::text[])
    UNION ALL
    SELECT 'waiters', x.waiter_id, x.name,
      ARRAY(SELECT o.order_id FROM orders o WHERE o.location_id = $1 AND o.waiter_id = x.waiter_id AND ${OPEN} ORDER BY o.order_id), '{}'
    FROM waiters x WHERE x.location_id = $1 AND x.waiter_id = ANY($3::text[])`,
}

/** Those with open orders or seated parties, which stay as they are until the transaction ends. */
export async function findInUse(
  tx: Transaction,
  locationId: string,
  { tables, waiters }: SetupPlan['retire'],
): Promise<InUse[]> {
  if (tables.length + waiters.length === 0) return []
  tx.send(lockTables, [locationId, tables])
  tx.send(lockWaiters, [locationId, waiters])
  const found = await tx.rows<InUse>(readInUse, [locationId, tables, waiters])
  return found.filter(({ orderIds, partyIds }) => orderIds.length + partyIds.length > 0)
}

// --- availability

/** @returns the item's new version */
export async function updateAvailability(
  tx: Transaction,
  locationId: string,
  { plu, available }: { plu: string; available: boolean },
): Promise<number> {
  const { version } = await tx.prisma(
    async (prisma) =>
      await prisma.menuItem.update({
        where: { locationId_plu: { locationId, plu } },
        data: { available, version: { increment: 1 } },
        select: { version: true },
      }),
  )
  return version
}

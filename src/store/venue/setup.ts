// The set-up of a venue, read in parts or whole. Changes of one venue's set-up happen one after the
// other.
import type { Page, PageRequest } from '../../domain/page.ts'
import type { MenuItem, Setup, SetupEntity, SetupPart } from '../../domain/venue/setup.ts'
import type { Queryable, Statement, Transaction } from '../database/database.ts'
import { readPage, type Condition } from '../database/keyset.ts'
import type { PrismaInTransaction } from '../database/prisma.ts'
import type { Row } from '../database/row.ts'
import { areaOf, menuItemOf, tableOf, waiterOf } from './setup-entities.ts'

type List<Part extends SetupPart> = (
  prisma: PrismaInTransaction,
  locationId: string,
) => Promise<Setup[Part]>

const SERVES = { areas: { select: { areaId: true } }, tables: { select: { tableId: true } } }
const OFFERS = {
  parts: {
    select: { partPlu: true },
    orderBy: [{ position: 'asc' as const }, { partPlu: 'asc' as const }],
  },
}

const lists: { [Part in SetupPart]: List<Part> } = {
  areas: async (prisma, locationId) =>
    (
      await prisma.area.findMany({
        where: { locationId, retiredAt: null },
        orderBy: [{ position: 'asc' }, { areaId: 'asc' }],
      })
    ).map(areaOf),
  tables: async (prisma, locationId) =>
    (
      await prisma.table.findMany({
        where: { locationId, retiredAt: null },
        orderBy: [{ position: 'asc' }, { tableId: 'asc' }],
      })
    ).map(tableOf),
  waiters: async (prisma, locationId) =>
    (
      await prisma.waiter.findMany({
        where: { locationId, retiredAt: null },
        include: SERVES,
        orderBy: { waiterId: 'asc' },
      })
    )
      .map(waiterOf)
      // Most ids are numbers, and people count 2 before 10.
      .sort((a, b) => a.id.length - b.id.length),
  menu: async (prisma, locationId) =>
    (
      await prisma.menuItem.findMany({
        where: { locationId, retiredAt: null },
        include: OFFERS,
        orderBy: [{ position: 'asc' }, { plu: 'asc' }],
      })
    ).map(menuItemOf),
}

/** Everything that is not retired, each part in its order. */
export async function readSetup(prisma: PrismaInTransaction, locationId: string): Promise<Setup> {
  const [areas, tables, waiters, menu] = await Promise.all([
    lists.areas(prisma, locationId),
    lists.tables(prisma, locationId),
    lists.waiters(prisma, locationId),
    lists.menu(prisma, locationId),
  ])
  return { areas, tables, waiters, menu }
}

/** One part of it. */
export async function listSetup<Part extends SetupPart>(
  prisma: PrismaInTransaction,
  locationId: string,
  part: Part,
): Promise<Setup[Part]> {
  return await (lists[part] as List<Part>)(prisma, locationId)
}

const finds: {
  [Part in SetupPart]: (
    prisma: PrismaInTransaction,
    locationId: string,
    id: string,
  ) => Promise<SetupEntity<Part> | undefined>
} = {
  async areas(prisma, locationId, areaId) {
    const where = { locationId_areaId: { locationId, areaId } }
    const row = await prisma.area.findUnique({ where })
    return row === null ? undefined : areaOf(row)
  },
  async tables(prisma, locationId, tableId) {
    const where = { locationId_tableId: { locationId, tableId } }
    const row = await prisma.table.findUnique({ where })
    return row === null ? undefined : tableOf(row)
  },
  async waiters(prisma, locationId, waiterId) {
    const where = { locationId_waiterId: { locationId, waiterId } }
    const row = await prisma.waiter.findUnique({ where, include: SERVES })
    return row === null ? undefined : waiterOf(row)
  },
  async menu(prisma, locationId, plu) {
    const where = { locationId_plu: { locationId, plu } }
    const row = await prisma.menuItem.findUnique({ where, include: OFFERS })
    return row === null ? undefined : menuItemOf(row)
  },
}

/** Retired ones too: history names them. Undefined when the id was never used. */
export async function findEntity<Part extends SetupPart>(
  prisma: PrismaInTransaction,
  locationId: string,
  part: Part,
  id: string,
): Promise<SetupEntity<Part> | undefined> {
  return (await finds[part](prisma, locationId, id)) as SetupEntity<Part> | undefined
}

// Prisma locks no rows.
const lockSetup: Statement = {
  name: 'setup_lock',
  text: 'SELECT 1 FROM locations WHERE location_id = $1 FOR NO KEY UPDATE',
}

/** Until the transaction ends, nobody else changes the set-up. */
export async function readSetupForUpdate(tx: Transaction, locationId: string): Promise<Setup> {
  tx.send(lockSetup, [locationId])
  return await tx.prisma(async (prisma) => await readSetup(prisma, locationId))
}

/** As findEntity, while nobody else changes the set-up. */
export async function findMenuItemForUpdate(
  tx: Transaction,
  locationId: string,
  plu: string,
): Promise<MenuItem | undefined> {
  tx.send(lockSetup, [locationId])
  return await tx.prisma(async (prisma) => await findEntity(prisma, locationId, 'menu', plu))
}

// --- the menu by pages

export interface MenuFilter {
  category?: string | undefined
  kind?: MenuItem['kind'] | undefined
  available?: boolean | undefined
}

type MenuItemRow = Row<'MenuItem'> & { parts: string[] }

const PARTS =
  'ARRAY(SELECT s.part_plu FROM menu_parts s WHERE s.location_id = $1 AND s.plu = x.plu ORDER BY s.position, s.part_plu)'

/** In the order of the menu, by the cursors that all pages share, which are built on statements. */
export async function searchMenu(
  database: Queryable,
  locationId: string,
  { category, kind, available }: MenuFilter,
  page: PageRequest,
): Promise<Page<MenuItem>> {
  const conditions: Condition[] = [
    { tag: 'v', sql: 'x.location_id = ? AND x.retired_at IS NULL', value: locationId },
  ]
  if (category !== undefined) {
    conditions.push({ tag: 'c', sql: 'normalize(x.category) = normalize(?)', value: category })
  }
  if (kind !== undefined) conditions.push({ tag: 'k', sql: 'x.kind = ?::line_kind', value: kind })
  if (available !== undefined) {
    conditions.push({ tag: 'a', sql: 'x.available = ?', value: available })
  }
  return await readPage<MenuItemRow, MenuItem>(
    database,
    {
      name: 'menu',
      columns: `x.*, ${PARTS} AS parts`,
      source: 'FROM menu_items x',
      conditions,
      order: { at: 'x.position', id: 'x.plu', descending: false, atType: 'int' },
    },
    page,
    {
      keyOf: ({ position, plu }) => ({ at: position, id: plu }),
      resultOf: (row) =>
        menuItemOf({
          ...row,
          priceMinor: row.price_minor,
          taxRateHundredths: row.tax_rate_hundredths,
          takeawayTaxRateHundredths: row.takeaway_tax_rate_hundredths,
          retiredAt: row.retired_at,
          parts: row.parts.map((partPlu) => ({ partPlu })),
        }),
    },
  )
}

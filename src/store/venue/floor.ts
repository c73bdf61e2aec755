// The venue's floor: areas, tables, and which waiters serve them.
import type { Page, PageRequest } from '../../domain/page.ts'
import type { Database } from '../database/database.ts'
import { readPage, type Condition } from '../database/keyset.ts'
import type { Prisma } from '../database/prisma.ts'
import type { Row } from '../database/row.ts'

export interface Area {
  areaId: string
  name: string
  waiterIds: string[]
}
export interface Table {
  tableId: string
  name: string
  maxCovers?: number
  areaId?: string
  waiterIds: string[]
}

export async function listAreas(prisma: Prisma, locationId: string): Promise<Area[]> {
  const areas = await prisma.area.findMany({
    where: { locationId, retiredAt: null },
    orderBy: [{ position: 'asc' }, { areaId: 'asc' }],
    select: {
      areaId: true,
      name: true,
      waiters: {
        where: { waiter: { retiredAt: null } },
        select: { waiterId: true },
        orderBy: { waiterId: 'asc' },
      },
    },
  })
  return areas.map(({ waiters, ...area }) => ({
    ...area,
    waiterIds: waiters.map(({ waiterId }) => waiterId),
  }))
}

/** A waiter serves the tables assigned to them, and every table of an area assigned to them. */
const WAITERS = `ARRAY(
  SELECT w.waiter_id FROM waiters w WHERE w.location_id = $1 AND w.retired_at IS NULL AND (
    EXISTS (SELECT 1 FROM waiter_tables s WHERE s.location_id = $1 AND s.waiter_id = w.waiter_id AND s.table_id = t.table_id)
    OR EXISTS (SELECT 1 FROM waiter_areas s WHERE s.location_id = $1 AND s.waiter_id = w.waiter_id AND s.area_id = t.area_id))
  ORDER BY w.waiter_id)`

type TableRow = Row<'Table', 'tableId' | 'name' | 'maxCovers' | 'areaId' | 'position'> & {
  waiter_ids: string[]
}

/** In the venue's order. Card machines run this, so it is prepared. */
export async function searchTables(
  database: Database,
  locationId: string,
  { areaId, waiterId }: { areaId?: string; waiterId?: string },
  page: PageRequest,
): Promise<Page<Table>> {
  const conditions: Condition[] = [
    { tag: 'v', sql: 't.location_id = ? AND t.retired_at IS NULL', value: locationId },
  ]
  if (areaId !== undefined) conditions.push({ tag: 'a', sql: 't.area_id = ?', value: areaId })
  if (waiterId !== undefined) {
    conditions.push({ tag: 'w', sql: `? = ANY(${WAITERS})`, value: waiterId })
  }
  return await readPage<TableRow, Table>(
    database,
    {
      name: 'tables',
      columns: `t.table_id, t.name, t.max_covers, t.area_id, t.position, ${WAITERS} AS waiter_ids`,
      source: 'FROM tables t',
      conditions,
      order: { at: 't.position', id: 't.table_id', descending: false, atType: 'int' },
    },
    page,
    {
      keyOf: (row) => ({ at: row.position, id: row.table_id }),
      resultOf: (row) => ({
        tableId: row.table_id,
        name: row.name,
        maxCovers: row.max_covers ?? undefined,
        areaId: row.area_id ?? undefined,
        waiterIds: row.waiter_ids,
      }),
    },
  )
}

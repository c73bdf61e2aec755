// The rows of business days. What they count is in day-bookings.ts and day-money.ts.
import type { BusinessDay, NewDay } from '../../domain/venue/business-day.ts'
import type { DayReport, DrawerCount } from '../../domain/venue/day-report.ts'
import { notFound } from '../../domain/errors.ts'
import type { Page, PageRequest } from '../../domain/page.ts'
import type { Queryable, Statement, Transaction } from '../database/database.ts'
import { readPage } from '../database/keyset.ts'
import type { Row } from '../database/row.ts'

const columns = `d.day_id, to_char(d.day, 'YYYY-MM-DD') AS day, d.opened_at, d.opened_by, d.float_minor, d.counted, d.closed_at,
  d.closed_by, d.unsettled_minor, d.report, d.version`

type DayRow = Row<
  'BusinessDay',
  | 'dayId'
  | 'openedAt'
  | 'openedBy'
  | 'floatMinor'
  | 'closedAt'
  | 'closedBy'
  | 'unsettledMinor'
  | 'version'
> & { day: string; counted: DrawerCount | null; report: DayReport | null }

function dayOf(row: DayRow): BusinessDay {
  return {
    dayId: row.day_id,
    day: row.day,
    openedAt: row.opened_at.toISOString(),
    openedBy: row.opened_by ?? undefined,
    floatMinor: row.float_minor,
    count: row.counted ?? undefined,
    closedAt: row.closed_at?.toISOString(),
    closedBy: row.closed_by ?? undefined,
    unsettledMinor: row.unsettled_minor ?? undefined,
    report: row.report ?? undefined,
    version: row.version,
  }
}

// --- read

const readNow: Statement = { name: 'readDayNow', text: 'SELECT clock_timestamp() AS now' }

/** The database's time, in milliseconds since 1970. */
export async function readNowMs(database: Queryable): Promise<number> {
  const [row] = await database.rows<{ now: Date }>(readNow, [])
  return row!.now.getTime()
}

const readOne: Statement = {
  name: 'readDay',
  text: `SELECT ${columns} FROM business_days d WHERE d.location_id = $1 AND d.day_id = $2`,
}
const readOpen: Statement = {
  name: 'readOpenDay',
  text: `SELECT ${columns} FROM business_days d WHERE d.location_id = $1 AND d.closed_at IS NULL`,
}
const readForUpdate: Statement = {
  name: 'readDayForUpdate',
  text: `${readOne.text} FOR NO KEY UPDATE`,
}

export async function findDay(
  database: Queryable,
  locationId: string,
  dayId: string,
): Promise<BusinessDay | undefined> {
  const [row] = await database.rows<DayRow>(readOne, [locationId, dayId])
  return row && dayOf(row)
}

export async function findOpenDay(
  database: Queryable,
  locationId: string,
): Promise<BusinessDay | undefined> {
  const [row] = await database.rows<DayRow>(readOpen, [locationId])
  return row && dayOf(row)
}

/** Locked until the transaction ends. @throws Refusal NotFound */
export async function readDayForUpdate(
  tx: Transaction,
  locationId: string,
  dayId: string,
): Promise<BusinessDay> {
  const [row] = await tx.rows<DayRow>(readForUpdate, [locationId, dayId])
  if (row === undefined) throw notFound('business day', dayId)
  return dayOf(row)
}

/** Newest first. */
export async function listDays(
  database: Queryable,
  locationId: string,
  page: PageRequest,
): Promise<Page<BusinessDay>> {
  return await readPage<DayRow, BusinessDay>(
    database,
    {
      name: 'days',
      columns,
      source: 'FROM business_days d',
      conditions: [{ tag: 'v', sql: 'd.location_id = ?', value: locationId }],
      order: { at: 'd.opened_at', id: 'd.day_id', descending: true, atType: 'timestamptz' },
    },
    page,
    { keyOf: (row) => ({ at: row.opened_at.getTime(), id: row.day_id }), resultOf: dayOf },
  )
}

// --- write

const insertOne: Statement = {
  name: 'insertDay',
  text: `INSERT INTO business_days AS d (location_id, day_id, day, opened_at, opened_by, float_minor)
    VALUES ($1, $2, $3::date, clock_timestamp(), $4, $5)
    ON CONFLICT DO NOTHING RETURNING day_id`,
}

/** Undefined where the id is taken, or a day is open. */
export async function insertDay(
  tx: Transaction,
  locationId: string,
  { dayId, day, openedBy, floatMinor }: NewDay & { day: string },
): Promise<BusinessDay | undefined> {
  const [inserted, [row]] = await Promise.all([
    tx.rows(insertOne, [locationId, dayId, day, openedBy, floatMinor]),
    tx.rows<DayRow>(readOne, [locationId, dayId]),
  ])
  return inserted.length === 0 ? undefined : dayOf(row!)
}

const updateCount: Statement = {
  name: 'updateDayCount',
  text: `UPDATE business_days d SET counted = $3::jsonb, version = version + 1
    WHERE d.location_id = $1 AND d.day_id = $2`,
}

/** Replaces the count of a locked day. */
export async function writeCount(
  tx: Transaction,
  locationId: string,
  dayId: string,
  count: DrawerCount,
): Promise<BusinessDay> {
  const values = [locationId, dayId, JSON.stringify(count)]
  tx.send(updateCount, values)
  return await readWritten(tx, locationId, dayId)
}

const updateClosed: Statement = {
  name: 'updateDayClosed',
  text: `UPDATE business_days d SET closed_at = statement_timestamp(), closed_by = $3, unsettled_minor = $4, report = $5::jsonb,
      version = version + 1
    WHERE d.location_id = $1 AND d.day_id = $2`,
}

/** Closes a locked day with its report. */
export async function writeClose(
  tx: Transaction,
  locationId: string,
  { dayId, closedBy, report }: { dayId: string; closedBy: string; report: DayReport },
): Promise<BusinessDay> {
  const { unsettledEndMinor } = report
  const values = [locationId, dayId, closedBy, unsettledEndMinor, JSON.stringify(report)]
  tx.send(updateClosed, values)
  return await readWritten(tx, locationId, dayId)
}

async function readWritten(
  tx: Transaction,
  locationId: string,
  dayId: string,
): Promise<BusinessDay> {
  return dayOf((await tx.rows<DayRow>(readOne, [locationId, dayId]))[0]!)
}

// Tabs: read whole, and written along one path. A change is decided while the transaction holds the
// order's row; what became different is written, to the tables and to the history, in one
// statement.
import { notifyFeed } from '../feed/notify.ts'
import { queueJob } from '../jobs/jobs.ts'
import type { Caller } from '../../domain/caller.ts'
import { conflict, invalid, notFound, Refusal } from '../../domain/errors.ts'
import { priceTab, proveTotals } from '../../domain/orders/price.ts'
import { afterTotals, type Tab } from '../../domain/orders/tab.ts'
import {
  deltaOf,
  replay,
  same,
  type HistoryEntry,
  type TabDelta,
} from '../../domain/orders/order-history.ts'
import type { Page, PageRequest } from '../../domain/page.ts'
import type { Queryable, Statement, Transaction, Value } from '../database/database.ts'
import { readPage, type Condition } from '../database/keyset.ts'
import { HISTORY, historyValues } from './order-changes.ts'
import { HOLD } from './orders.ts'
import { TAB_COLUMNS, TAB_SOURCE, tabOf, withAdjustment, type TabRow } from './tab-rows.ts'

/** A tab, and the database's time when it was read. */
export interface TabNow {
  tab: Tab
  nowMs: number
}

export const READ_TAB: Statement = {
  name: 'tab_read',
  text: `SELECT ${TAB_COLUMNS} ${TAB_SOURCE} WHERE o.location_id = $1 AND o.order_id = $2`,
}

const nowOf = (row: TabRow): TabNow => ({ tab: tabOf(row), nowMs: row.now.getTime() })

/** @throws Refusal NotFound */
export async function readTab(
  database: Queryable,
  locationId: string,
  orderId: string,
): Promise<TabNow> {
  const [row] = await database.rows<TabRow>(READ_TAB, [locationId, orderId])
  if (row === undefined) throw notFound('order', orderId)
  return nowOf(row)
}

/** The tab, held until the transaction ends. @throws Refusal NotFound */
export async function holdTab(
  tx: Transaction,
  locationId: string,
  orderId: string,
): Promise<TabNow> {
  // Sent together, run one after the other: the second sees what was committed while the first
  // waited.
  const [, tab] = await Promise.all([
    tx.rows(HOLD, [locationId, orderId]),
    readTab(tx, locationId, orderId),
  ])
  return tab
}

/** What a change of a tab is called in its history, its particulars, and the tab as it becomes. */
export interface TabChange {
  action: string
  detail: object
  tab: Tab
}

/**
 * The write path of a tab that is held: decide, make up its prices, prove them, write what is
 * different. What leaves the tab as it is writes nothing, and tells nobody.
 * @param decide returns undefined when there is nothing to change
 * @throws Refusal what `decide` throws, and Conflict when more is paid than the tab would come to;
 *   then nothing has changed
 */
export function changeTab(
  tx: Transaction,
  caller: Caller,
  { tab, nowMs }: TabNow,
  decide: (tab: Tab, nowMs: number) => TabChange | undefined,
): TabNow {
  const change = decide(tab, nowMs)
  if (change === undefined || change.tab === tab) return { tab, nowMs }
  const after = afterTotals(tab, priceTab(change.tab))
  return same(tab, after)
    ? { tab, nowMs }
    : writeTab(tx, caller, tab, { ...change, tab: after }, nowMs)
}

const LINE_COLUMNS = {
  line_id: ['text', 'lineId'],
  parent_line_id: ['text', 'parentLineId'],
  kind: ['line_kind', 'kind'],
  position: ['int', 'position'],
  name: ['text', 'name'],
  plu: ['text', 'plu'],
  quantity: ['bigint', 'quantity'],
  unit_amount_minor: ['bigint', 'unitAmountMinor'],
  tax_rate_hundredths: ['bigint', 'taxRateHundredths'],
  tax_adjustment_minor: ['bigint', 'taxAdjustmentMinor'],
  course: ['text', 'course'],
  note: ['text', 'note'],
  waiter_id: ['text', 'waiterId'],
  created_at: ['timestamptz', 'orderedAt'],
  ready_at: ['timestamptz', 'readyAt'],
  voided_at: ['timestamptz', 'voidedAt'],
  void_reason: ['text', 'voidReason'],
} as const
const DISCOUNT_COLUMNS = {
  discount_id: ['text', 'discountId'],
  position: ['int', 'position'],
  name: ['text', 'name'],
  rule: ['discount_rule', 'rule'],
  amount_minor: ['bigint', 'amountMinor'],
  asked_minor: ['bigint', 'askedMinor'],
  percentage_hundredths: ['bigint', 'percentageHundredths'],
  line_id: ['text', 'lineId'],
  affected_plu: ['text', 'affectedPlu'],
  discount_reference: ['text', 'discountReference'],
  code: ['text', 'code'],
  reason: ['text', 'reason'],
} as const
const TAX_COLUMNS = {
  tax_line_id: ['text', 'taxLineId'],
  position: ['int', 'position'],
  tax_id: ['text', 'taxId'],
  name: ['text', 'name'],
  affected_plu: ['text', 'affectedPlu'],
  amount_minor: ['bigint', 'amountMinor'],
  given_minor: ['bigint', 'givenMinor'],
  percentage_hundredths: ['bigint', 'percentageHundredths'],
} as const

type Columns = Readonly<Record<string, readonly [type: string, field: string]>>

/** Rows of a JSON array by the domain's names of their fields, there already or not. */
function upsert(table: string, id: string, columns: Columns, parameter: string): string {
  const names = Object.keys(columns)
  return `INSERT INTO ${table} (location_id, order_id, ${names.join(', ')})
      SELECT $1, $2, ${Object.values(columns)
        .map(([, field]) => `x."${field}"`)
        .join(', ')}
      FROM jsonb_to_recordset(${parameter}::jsonb) AS x(${Object.values(columns)
        .map(([type, field]) => `"${field}" ${type}`)
        .join(', ')})
      ON CONFLICT (location_id, order_id, ${id}) DO UPDATE SET ${names
        .filter((name) => name !== id)
        .map((name) => `${name} = EXCLUDED.${name}`)
        .join(', ')}`
}

const without = (table: string, id: string, parameter: string): string =>
  `DELETE FROM ${table} WHERE location_id = $1 AND order_id = $2 AND ${id} = ANY(${parameter}::text[])`

/**
 * The columns of an order that a till may change, by the names that the domain has for their
 * values.
 */
const ORDER_VALUES = {
  table_id: (tab) => tab.tableId,
  waiter_id: (tab) => tab.waiterId,
  party_id: (tab) => tab.partyId,
  reservation_id: (tab) => tab.reservationId,
  ready_at: (tab) => tab.readyAt,
  collect_asap: (tab) => tab.collectAsap,
  collect_at: (tab) => tab.collectAt,
  status: (tab) => tab.status,
  status_before_final: (tab) => tab.statusBeforeFinal,
  reference: (tab) => tab.reference,
  display_name: (tab) => tab.displayName,
  note: (tab) => tab.note,
  customer_id: (tab) => tab.customer?.id,
  customer_name: (tab) => tab.customer?.name,
  customer_email: (tab) => tab.customer?.emailAddress,
  customer_phone: (tab) => tab.customer?.phoneNumber,
  covers: (tab) => tab.covers,
  total_minor: (tab) => tab.totalMinor,
  service_charge_minor: (tab) => tab.serviceChargeMinor,
  service_charge_hundredths: (tab) => tab.serviceChargeHundredths,
  service_adjustment_minor: (tab) => tab.serviceAdjustmentMinor,
  paid_minor: (tab) => tab.paidMinor,
  tips_minor: (tab) => tab.tipsMinor,
  merged_into: (tab) => tab.mergedInto,
} satisfies Record<string, (tab: Tab) => Value>

const FIRST_ORDER_VALUE = 17
const ORDER_TYPES: Readonly<Record<string, string>> = {
  status: '::order_status',
  status_before_final: '::order_status',
  ready_at: '::timestamptz',
  collect_at: '::timestamptz',
}

/**
 * `$1` to `$10` as HISTORY has them; `$11` to `$16` the lines, discounts and tax lines that are
 * different, and the ids of those that are gone.
 */
const WRITE: Statement = {
  name: 'tab_write',
  text: `WITH lines AS (${upsert('order_lines', 'line_id', LINE_COLUMNS, '$11')}
    ), discounts AS (${upsert('order_discounts', 'discount_id', DISCOUNT_COLUMNS, '$13')}
    ), gone_lines AS (${without('order_lines', 'line_id', '$12')}
    ), gone_discounts AS (${without('order_discounts', 'discount_id', '$14')}
    ), tax_lines AS (${upsert('order_tax_lines', 'tax_line_id', TAX_COLUMNS, '$15')}
    ), gone_tax_lines AS (${without('order_tax_lines', 'tax_line_id', '$16')}
    ), tab AS (
      UPDATE orders SET ${Object.keys(ORDER_VALUES)
        .map(
          (column, index) =>
            `${column} = $${FIRST_ORDER_VALUE + index}${ORDER_TYPES[column] ?? ''}`,
        )
        .join(', ')}, version = version + 1, updated_at = $3::timestamptz
      WHERE location_id = $1 AND order_id = $2
    )${HISTORY}`,
}

/** Writes a tab whose prices are made up, after proving them; the commit waits for it. */
export function writeTab(
  tx: Transaction,
  caller: Caller,
  before: Tab,
  { action, detail, tab }: TabChange,
  nowMs: number,
): TabNow {
  proveTotals(tab, caller.currency)
  const delta = deltaOf(before, tab)
  tx.send(WRITE, [
    ...historyValues(caller, tab.orderId, nowMs, action, detail, delta),
    ...listValues(delta, 'lines', 'lineId', tab.lines),
    ...listValues(delta, 'discounts', 'discountId', tab.discounts),
    ...listValues(delta, 'taxLines', 'taxLineId', tab.taxLines),
    ...Object.values(ORDER_VALUES).map((valueOf) => valueOf(tab)),
  ])
  queueJob(tx, { locationId: caller.locationId, kind: 'OrderUpdated', entityId: tab.orderId })
  notifyFeed(tx, caller.locationId)
  return {
    tab: { ...tab, version: before.version + 1, updatedAt: new Date(nowMs).toISOString() },
    nowMs,
  }
}

/** The rows that are different, whole, and the ids of those that are gone. */
function listValues<Row extends object>(
  delta: TabDelta,
  list: 'lines' | 'discounts' | 'taxLines',
  id: keyof Row,
  rows: readonly Row[],
): [string, string[]] {
  const changed = new Set(delta[list]?.map((row) => (row as Row)[id]))
  return [JSON.stringify(rows.filter((row) => changed.has(row[id]))), delta.gone?.[list] ?? []]
}

const OPEN: Statement = {
  name: 'tab_open',
  text: `INSERT INTO orders (location_id, order_id, creation_hash, order_type, taxes_on_top, status, total_minor, caller_waiter_id, caller_product, caller_device_id, caller_device_type, created_at, updated_at, version)
    VALUES ($1, $2, $3, $4::order_type, $5, 'New', 0, $6, $7, $8, $9, $10::timestamptz, $10::timestamptz, 0)
    ON CONFLICT (location_id, order_id) DO NOTHING RETURNING order_id`,
}

/** Makes a tab that is new. False when there is an order of this id. */
export async function openTab(
  tx: Transaction,
  caller: Caller,
  tab: Tab,
  creationHash: Buffer,
  nowMs: number,
  detail: object = {},
): Promise<TabNow | undefined> {
  const opened = await tx.rows(OPEN, [
    caller.locationId,
    tab.orderId,
    creationHash,
    tab.orderType,
    tab.taxesOnTop,
    caller.waiterId,
    caller.product,
    caller.deviceId,
    caller.deviceType,
    new Date(nowMs),
  ])
  if (opened.length === 0) return undefined
  return writeTab(
    tx,
    caller,
    { lines: [], discounts: [], taxLines: [], payments: [], version: 0 } as never,
    { action: 'Opened', detail, tab },
    nowMs,
  )
}

/**
 * What is named is not retired until the transaction ends: whoever wants to waits, and finds the
 * tab.
 */
const OPENING: Statement = {
  name: 'tab_opening',
  text: `SELECT clock_timestamp()::timestamptz(3) AS now,
    $2::text IS NULL OR EXISTS (SELECT 1 FROM tables WHERE location_id = $1 AND table_id = $2 AND retired_at IS NULL FOR KEY SHARE) AS table_known,
    $3::text IS NULL OR EXISTS (SELECT 1 FROM parties WHERE location_id = $1 AND party_id = $3) AS party_known,
    (SELECT json_strip_nulls(json_build_object('covers', p.covers, 'tableId', (SELECT s.table_id FROM party_tables s WHERE s.location_id = $1 AND s.party_id = $3 ORDER BY s.position LIMIT 1)))
      FROM parties p WHERE p.location_id = $1 AND p.party_id = $3) AS party,
    $4::text IS NULL OR EXISTS (SELECT 1 FROM waiters WHERE location_id = $1 AND waiter_id = $4 AND retired_at IS NULL FOR KEY SHARE) AS waiter_known`,
}

/** The database's time, and what a tab takes over from the party that it names. */
export interface Opening {
  nowMs: number
  party: { covers?: number; tableId?: string }
}

/**
 * Makes certain that the venue has what a tab names.
 * @throws Refusal InvalidRequest
 */
export async function checkReferences(
  tx: Queryable,
  locationId: string,
  { tableId, partyId, waiterId }: Pick<Tab, 'tableId' | 'partyId' | 'waiterId'>,
): Promise<Opening> {
  const [row] = await tx.rows<{
    now: Date
    party: Opening['party'] | null
    table_known: boolean
    party_known: boolean
    waiter_known: boolean
  }>(OPENING, [locationId, tableId, partyId, waiterId])
  const unknown = !row!.table_known
    ? ['tableId', tableId]
    : !row!.party_known
      ? ['partyId', partyId]
      : !row!.waiter_known
        ? ['waiterId', waiterId]
        : undefined
  if (unknown !== undefined) {
    throw invalid(
      `The field ${unknown[0]} is ${unknown[1]}, which this venue does not have.`,
      'unknown-reference',
    )
  }
  return { nowMs: row!.now.getTime(), party: row!.party ?? {} }
}

const CREATION: Statement = {
  name: 'tab_creation',
  text: 'SELECT creation_hash FROM orders WHERE location_id = $1 AND order_id = $2',
}

/**
 * The tab that was opened by the same request before; undefined when there is no order of this id.
 * @param hash of what it is opened with
 * @throws Refusal Conflict: the id names an order that was made with other content
 */
export async function readOpenedBefore(
  database: Queryable,
  locationId: string,
  orderId: string,
  hash: Buffer,
): Promise<TabNow | undefined> {
  const [row] = await database.rows<{ creation_hash: Buffer | null }>(CREATION, [
    locationId,
    orderId,
  ])
  if (row === undefined) return undefined
  if (row.creation_hash?.equals(hash) !== true) {
    throw conflict('content-differs', `The id ${orderId} already names another order.`)
  }
  return await readTab(database, locationId, orderId)
}

const MOVE_PAYMENTS: Statement = {
  name: 'tab_move_payments',
  text: 'UPDATE payments SET order_id = $3, recorded_on = coalesce(recorded_on, order_id) WHERE location_id = $1 AND order_id = $2',
}

/** All payments of an order, void ones too, to the order that took it over. */
export function movePayments(
  tx: Transaction,
  locationId: string,
  fromOrderId: string,
  toOrderId: string,
): void {
  tx.send(MOVE_PAYMENTS, [locationId, fromOrderId, toOrderId])
}

// --- lists

export interface TabFilter {
  tableId?: string
  waiterId?: string
  partyId?: string
  openOnly?: boolean
}

/** Newest first. */
export async function searchTabs(
  database: Queryable,
  locationId: string,
  filter: TabFilter,
  page: PageRequest,
): Promise<Page<TabNow>> {
  const conditions: Condition[] = [{ tag: 'v', sql: 'o.location_id = ?', value: locationId }]
  if (filter.tableId !== undefined) {
    conditions.push({ tag: 't', sql: 'o.table_id = ?', value: filter.tableId })
  }
  if (filter.waiterId !== undefined) {
    conditions.push({ tag: 'w', sql: 'o.waiter_id = ?', value: filter.waiterId })
  }
  if (filter.partyId !== undefined) {
    conditions.push({ tag: 'p', sql: 'o.party_id = ?', value: filter.partyId })
  }
  if (filter.openOnly === true) {
    conditions.push({ tag: 'open', sql: "o.status NOT IN ('Finalized', 'Canceled', 'Failed')" })
  }
  return await readPage<TabRow, TabNow>(
    database,
    {
      name: 'tabs',
      columns: TAB_COLUMNS,
      source: TAB_SOURCE,
      conditions,
      order: { at: 'o.created_at', id: 'o.order_id', descending: true, atType: 'timestamptz' },
    },
    page,
    (row) => ({ at: row.created_at.getTime(), id: row.order_id }),
    nowOf,
  )
}

// --- history

export interface HistoryRow {
  sequence: number
  at: Date
  action: string
  detail: object
  caller_waiter_id: string | null
  caller_product: string | null
  caller_device_id: string | null
  caller_device_type: string | null
}

const READ_HISTORY: Statement = {
  name: 'tab_history',
  text: `SELECT sequence, at, action, detail, caller_waiter_id, caller_product, caller_device_id, caller_device_type
    FROM order_history WHERE location_id = $1 AND order_id = $2 AND sequence > $3 ORDER BY sequence LIMIT $4`,
}

/**
 * What happened to an order, oldest first.
 * @param after the sequence of the last entry that is known
 * @throws Refusal NotFound
 */
export async function readHistory(
  database: Queryable,
  locationId: string,
  orderId: string,
  { after = 0, rows: limit }: { after?: number | undefined; rows: number },
): Promise<HistoryRow[]> {
  const rows = await database.rows<HistoryRow>(READ_HISTORY, [locationId, orderId, after, limit])
  if (rows.length === 0 && (await database.rows(CREATION, [locationId, orderId])).length === 0) {
    throw notFound('order', orderId)
  }
  return rows
}

const DISCOUNT_WAS_THERE: Statement = {
  name: 'tab_discount_was_there',
  text: `SELECT 1 FROM (
      SELECT action FROM order_history WHERE location_id = $1 AND order_id = $2 AND action IN ('DiscountAdded', 'DiscountRemoved') AND detail->>'discountId' = $3 ORDER BY sequence DESC LIMIT 1
    ) AS last WHERE action = 'DiscountAdded'`,
}

/** Whether a discount of this id was added to the order, and never taken back. */
export const wasDiscounted = async (
  tx: Queryable,
  locationId: string,
  orderId: string,
  discountId: string,
): Promise<boolean> =>
  (await tx.rows(DISCOUNT_WAS_THERE, [locationId, orderId, discountId])).length > 0

const NOW: Statement = { name: 'tab_now', text: 'SELECT clock_timestamp()::timestamptz(3) AS now' }

/** The database's time, in milliseconds since 1970. */
export const readNow = async (database: Queryable): Promise<number> =>
  (await database.rows<{ now: Date }>(NOW, []))[0]!.now.getTime()

const READ_DELTAS: Statement = {
  name: 'tab_deltas',
  text: `SELECT at, delta FROM order_history WHERE location_id = $1 AND order_id = $2
      AND (at <= $3::timestamptz OR sequence = (SELECT min(sequence) FROM order_history WHERE location_id = $1 AND order_id = $2))
    ORDER BY sequence`,
}

const NAMES: Statement = {
  name: 'tab_names',
  text: 'SELECT l.tax_name, (SELECT t.name FROM tables t WHERE t.location_id = $1 AND t.table_id = $2) AS table_name FROM locations l WHERE l.location_id = $1',
}

/**
 * The tab as it was, by its history; its table has the name that it has now.
 * @throws Refusal NotFound: no such order, none yet, or a record from before changes said what
 *   became different
 */
export async function readTabAt(
  database: Queryable,
  locationId: string,
  orderId: string,
  atMs: number,
): Promise<TabNow> {
  const rows = await database.rows<{ at: Date; delta: TabDelta | null }>(READ_DELTAS, [
    locationId,
    orderId,
    new Date(atMs),
  ])
  if (rows.length === 0) throw notFound('order', orderId)
  const at = new Date(atMs).toISOString()
  if (rows[0]!.at.getTime() > atMs) {
    throw new Refusal(
      'NotFound',
      'not-found',
      `The order ${orderId} was opened at ${rows[0]!.at.toISOString()}; at ${at} it was not there yet.`,
    )
  }
  if (rows.some(({ delta }) => delta === null)) {
    throw new Refusal(
      'NotFound',
      'not-found',
      `The record of the order ${orderId} does not say how it was at ${at}.`,
    )
  }
  const tab = replay(
    rows.map((row): HistoryEntry => ({ at: row.at.toISOString(), delta: row.delta! })),
  )
  const [names] = await database.rows<{ tax_name: string; table_name: string | null }>(NAMES, [
    locationId,
    tab.tableId,
  ])
  return {
    tab: withAdjustment({
      ...tab,
      taxName: names!.tax_name,
      tableName: names!.table_name ?? undefined,
    }),
    nowMs: atMs,
  }
}

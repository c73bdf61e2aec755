// Where the database keeps each field of an order: the one map from the domain's names to columns,
// from which every SELECT and every write of an order is made. And the whole order, as it is read.
import type { Discount, Order, OrderLine, Payment, TaxLine } from '../../domain/orders/order.ts'
import { object } from '../database/json-sql.ts'

type Type = 'text' | 'text[]' | 'int' | 'bigint' | 'boolean' | 'timestamptz' | 'jsonb' | Enum
type Enum = 'order_type' | 'order_status' | 'line_kind' | 'discount_rule' | 'tender'
export type Columns<Field extends string = string> = Readonly<
  Record<Field, readonly [column: string, type: Type]>
>

export const orderColumns = {
  orderId: ['order_id', 'text'],
  dojoOrderId: ['dojo_order_id', 'text'],
  version: ['version', 'int'],
  orderType: ['order_type', 'order_type'],
  status: ['status', 'order_status'],
  statusBeforeFinal: ['status_before_final', 'order_status'],
  tableId: ['table_id', 'text'],
  waiterId: ['waiter_id', 'text'],
  partyId: ['party_id', 'text'],
  reservationId: ['reservation_id', 'text'],
  openedBy: ['caller_waiter_id', 'text'],
  covers: ['covers', 'bigint'],
  readyAt: ['ready_at', 'timestamptz'],
  collectAsap: ['collect_asap', 'boolean'],
  collectAt: ['collect_at', 'timestamptz'],
  reference: ['reference', 'text'],
  displayName: ['display_name', 'text'],
  note: ['note', 'text'],
  taxesOnTop: ['taxes_on_top', 'boolean'],
  serviceChargeMinor: ['service_charge_minor', 'bigint'],
  serviceChargeHundredths: ['service_charge_hundredths', 'bigint'],
  serviceAdjustmentMinor: ['service_adjustment_minor', 'bigint'],
  serviceTaxRateHundredths: ['service_tax_rate_hundredths', 'bigint'],
  serviceTaxAdjustmentMinor: ['service_tax_adjustment_minor', 'bigint'],
  totalMinor: ['total_minor', 'bigint'],
  paidMinor: ['paid_minor', 'bigint'],
  tipsMinor: ['tips_minor', 'bigint'],
  mergedInto: ['merged_into', 'text'],
  mirrorId: ['mirror_id', 'text'],
  mirrorVersion: ['mirror_version', 'bigint'],
  mirrorHash: ['mirror_hash', 'text'],
  mirrorWaiting: ['mirror_waiting', 'jsonb'],
  createdAt: ['created_at', 'timestamptz'],
  updatedAt: ['updated_at', 'timestamptz'],
} as const satisfies Columns<OrderField>
type OrderField = Exclude<keyof Order, keyof Lists | Joined | 'customer' | 'lock'>
type Joined = 'tableName' | 'taxName'

export const customerColumns = {
  id: ['customer_id', 'text'],
  name: ['customer_name', 'text'],
  emailAddress: ['customer_email', 'text'],
  phoneNumber: ['customer_phone', 'text'],
} as const satisfies Columns<keyof NonNullable<Order['customer']>>

export const lineColumns = {
  lineId: ['line_id', 'text'],
  parentLineId: ['parent_line_id', 'text'],
  kind: ['kind', 'line_kind'],
  position: ['position', 'int'],
  name: ['name', 'text'],
  plu: ['plu', 'text'],
  quantity: ['quantity', 'bigint'],
  unitAmountMinor: ['unit_amount_minor', 'bigint'],
  taxRateHundredths: ['tax_rate_hundredths', 'bigint'],
  dineInTaxRateHundredths: ['dine_in_tax_rate_hundredths', 'bigint'],
  takeawayTaxRateHundredths: ['takeaway_tax_rate_hundredths', 'bigint'],
  taxAdjustmentMinor: ['tax_adjustment_minor', 'bigint'],
  course: ['course', 'text'],
  note: ['note', 'text'],
  waiterId: ['waiter_id', 'text'],
  orderedAt: ['created_at', 'timestamptz'],
  readyAt: ['ready_at', 'timestamptz'],
  voidedAt: ['voided_at', 'timestamptz'],
  voidReason: ['void_reason', 'text'],
} as const satisfies Columns<keyof OrderLine>

export const discountColumns = {
  discountId: ['discount_id', 'text'],
  position: ['position', 'int'],
  name: ['name', 'text'],
  rule: ['rule', 'discount_rule'],
  amountMinor: ['amount_minor', 'bigint'],
  askedMinor: ['asked_minor', 'bigint'],
  percentageHundredths: ['percentage_hundredths', 'bigint'],
  lineId: ['line_id', 'text'],
  affectedPlu: ['affected_plu', 'text'],
  discountReference: ['discount_reference', 'text'],
  code: ['code', 'text'],
  reason: ['reason', 'text'],
} as const satisfies Columns<keyof Discount>

export const taxLineColumns = {
  taxLineId: ['tax_line_id', 'text'],
  position: ['position', 'int'],
  taxId: ['tax_id', 'text'],
  name: ['name', 'text'],
  affectedPlu: ['affected_plu', 'text'],
  amountMinor: ['amount_minor', 'bigint'],
  percentageHundredths: ['percentage_hundredths', 'bigint'],
  givenMinor: ['given_minor', 'bigint'],
} as const satisfies Columns<keyof TaxLine>

const paymentColumns = {
  paymentId: ['payment_id', 'text'],
  tender: ['tender', 'tender'],
  paymentIntentId: ['payment_intent_id', 'text'],
  amountMinor: ['amount_minor', 'bigint'],
  tipsMinor: ['tips_minor', 'bigint'],
  refundedMinor: ['refunded_minor', 'bigint'],
  refundedTipsMinor: ['refunded_tips_minor', 'bigint'],
  recordedAt: ['recorded_at', 'timestamptz'],
  recordedOn: ['recorded_on', 'text'],
  lockId: ['lock_id', 'text'],
  tenderedMinor: ['tendered_minor', 'bigint'],
  roundingMinor: ['rounding_minor', 'bigint'],
  lineIds: ['line_ids', 'text[]'],
  depositPartyId: ['deposit_party_id', 'text'],
  reference: ['reference', 'text'],
  waiterId: ['caller_waiter_id', 'text'],
  product: ['caller_product', 'text'],
  deviceId: ['caller_device_id', 'text'],
  deviceType: ['caller_device_type', 'text'],
  voidedAt: ['voided_at', 'timestamptz'],
  voidReason: ['void_reason', 'text'],
} as const satisfies Columns<keyof Payment>

/**
 * The lock of the order `o` that nobody has ended; it may have expired.
 * @param venue SQL of the venue's id
 */
export function lockJson(venue = '$1'): string {
  return `(SELECT json_strip_nulls(${object({
    lockId: 'k.lock_id',
    kind: 'k.kind',
    holder: 'k.holder',
    expiresAtMs: '(extract(epoch FROM k.expires_at) * 1000)::bigint',
    origin: object({
      waiterId: 'k.caller_waiter_id',
      product: 'k.caller_product',
      deviceId: 'k.caller_device_id',
      deviceType: 'k.caller_device_type',
    }),
  })}) FROM order_locks k WHERE k.location_id = ${venue} AND k.order_id = o.order_id AND k.ended_at IS NULL)`
}

// --- reading

interface Lists {
  lines: OrderLine
  discounts: Discount
  taxLines: TaxLine
  payments: Payment
}

const lists = {
  lines: { table: 'order_lines', columns: lineColumns, sequence: 'position, x.line_id' },
  discounts: {
    table: 'order_discounts',
    columns: discountColumns,
    sequence: 'position, x.discount_id',
  },
  taxLines: {
    table: 'order_tax_lines',
    columns: taxLineColumns,
    sequence: 'position, x.tax_line_id',
  },
  payments: { table: 'payments', columns: paymentColumns, sequence: 'recorded_at, x.payment_id' },
} as const satisfies Record<keyof Lists, { table: string; columns: Columns; sequence: string }>
type ListName = keyof typeof lists
const listNames = Object.keys(lists) as ListName[]

/** A SELECT list, and how a row of it becomes an order. */
export interface Selection<T> {
  columns: string
  source: string
  orderOf: (row: OrderRow) => T
}

/** By the domain's names. Lists are JSON arrays of arrays, the cheapest to make and to read. */
export interface OrderRow {
  orderId: string
  createdAt: Date
  now: Date
  lock: Order['lock'] | null
  [field: string]: unknown
}

/** The names of fields, by the domain's names. */
export interface Fields {
  order: readonly (keyof Order)[]
  lines: readonly (keyof OrderLine)[]
  discounts: readonly (keyof Discount)[]
  taxLines: readonly (keyof TaxLine)[]
  payments: readonly (keyof Payment)[]
}

/** The columns of an order `o`, with what is below it, and where they come from. */
export function selectOf(
  fields: Fields,
  { activeLinesOnly }: { activeLinesOnly: boolean },
): { columns: string; source: string } {
  const scalars = fields.order.map(
    (field) => `o.${orderColumns[field as OrderField][0]} AS "${field}"`,
  )
  const customer = Object.entries(customerColumns).map(
    ([field, [column]]) => `o.${column} AS "customer.${field}"`,
  )
  const rows = listNames.map((list) => {
    const where = list === 'lines' && activeLinesOnly ? ' AND x.voided_at IS NULL' : ''
    return `${listJson(list, fields[list], where)} AS "${list}"`
  })
  return {
    columns: `${scalars.join(', ')}, t.name AS "tableName", ${customer.join(', ')},
      clock_timestamp()::timestamptz(3) AS now,
      ${rows.join(',\n      ')},
      ${lockJson()} AS "lock"`,
    source:
      'FROM orders o LEFT JOIN tables t ON t.location_id = o.location_id AND t.table_id = o.table_id',
  }
}

function listJson(list: ListName, fields: readonly string[], where: string): string {
  const { table, columns, sequence } = lists[list]
  const columnOf = (field: string): string => `x.${(columns as Columns)[field]![0]}`
  return `(SELECT json_agg(json_build_array(${fields.map(columnOf).join(', ')}) ORDER BY x.${sequence})
        FROM ${table} x WHERE x.location_id = $1 AND x.order_id = o.order_id${where})`
}

// --- the whole order

const wholeFields = {
  order: Object.keys(orderColumns),
  lines: Object.keys(lineColumns),
  discounts: Object.keys(discountColumns),
  taxLines: Object.keys(taxLineColumns),
  payments: Object.keys(paymentColumns),
} as Fields
const whole = selectOf(wholeFields, { activeLinesOnly: false })
const readers = listNames.map((list) => [list, rowReader(list, wholeFields[list])] as const)

export const wholeOrder: Selection<Order> = {
  columns: `${whole.columns}, v.tax_name AS "taxName"`,
  source: `${whole.source} JOIN locations v ON v.location_id = o.location_id`,
  orderOf: (row) => {
    const order: Record<string, unknown> = {}
    for (const field of wholeFields.order) put(order, field, row[field])
    put(order, 'tableName', row['tableName'])
    put(order, 'taxName', row['taxName'])
    put(order, 'lock', row.lock)
    put(order, 'customer', customerOf(row))
    for (const [list, read] of readers) {
      order[list] = ((row[list] as unknown[][] | null) ?? []).map(read)
    }
    return order as unknown as Order
  },
}

function put(target: Record<string, unknown>, field: string, value: unknown): void {
  if (value === null || value === undefined) return
  target[field] = value instanceof Date ? value.toISOString() : value
}

function rowReader(list: ListName, fields: readonly string[]): (values: unknown[]) => object {
  const columns: Columns = lists[list].columns
  const isTime = fields.map((field) => columns[field]![1] === 'timestamptz')
  return (values) => {
    const row: Record<string, unknown> = {}
    // By index: this runs for every line of every order that is read.
    for (let index = 0; index < fields.length; index++) {
      const value = values[index]
      if (value === null) continue
      // PostgreSQL writes times with an offset, and leaves out zeros.
      row[fields[index]!] = isTime[index] === true ? new Date(value as string).toISOString() : value
    }
    return row
  }
}

export function customerOf(row: OrderRow): Order['customer'] {
  let customer: Record<string, unknown> | undefined
  for (const field of Object.keys(customerColumns)) {
    const value = row[`customer.${field}`]
    if (value !== null) (customer ??= {})[field] = value
  }
  return customer
}

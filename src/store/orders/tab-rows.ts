// How a tab stands in the database, and how it is read: whole, with its void lines, in one
// statement.
import type { Tab, TabDiscount, TabLine, TabPayment, TabTaxLine } from '../../domain/orders/tab.ts'
import { adjustmentOf } from '../../domain/orders/price.ts'
import type { OrderLock } from '../../domain/orders/order.ts'

export const iso = (column: string): string =>
  `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`

/** `[camelCase name, column]` as one JSON object; what is null is left out. */
export const object = (fields: Readonly<Record<string, string>>): string =>
  `json_build_object(${Object.entries(fields)
    .map(([name, column]) => `'${name}', ${column}`)
    .join(', ')})`

const list = (fields: Readonly<Record<string, string>>, table: string, order: string): string =>
  `(SELECT json_strip_nulls(json_agg(${object(fields)} ORDER BY ${order})) FROM ${table} x WHERE x.location_id = o.location_id AND x.order_id = o.order_id)`

/**
 * Arrays, which cost half of what objects do: of all that a tab has, its lines are by far the most.
 */
const LINES = `(SELECT json_agg(json_build_array(x.line_id, x.parent_line_id, x.kind, x.position, x.name, x.plu, x.quantity, x.unit_amount_minor, x.tax_rate_hundredths, x.tax_adjustment_minor,
    x.course, x.note, x.waiter_id, x.created_at, x.ready_at, x.voided_at, x.void_reason) ORDER BY x.position, x.line_id)
  FROM order_lines x WHERE x.location_id = o.location_id AND x.order_id = o.order_id)`

type Nullable<T> = T | null
type LineRow = [
  lineId: string,
  parentLineId: Nullable<string>,
  kind: TabLine['kind'],
  position: number,
  name: string,
  plu: string,
  quantity: number,
  unitAmountMinor: number,
  taxRateHundredths: Nullable<number>,
  taxAdjustmentMinor: number,
  course: Nullable<string>,
  note: Nullable<string>,
  waiterId: Nullable<string>,
  orderedAt: string,
  readyAt: Nullable<string>,
  voidedAt: Nullable<string>,
  voidReason: Nullable<string>,
]

/** PostgreSQL writes times with an offset, and leaves out zeros. */
const timeOf = (text: string): string => new Date(text).toISOString()

function lineOf([
  lineId,
  parentLineId,
  kind,
  position,
  name,
  plu,
  quantity,
  unitAmountMinor,
  taxRateHundredths,
  taxAdjustmentMinor,
  course,
  note,
  waiterId,
  orderedAt,
  readyAt,
  voidedAt,
  voidReason,
]: LineRow): TabLine {
  const line: TabLine = {
    lineId,
    kind,
    position,
    name,
    plu,
    quantity,
    unitAmountMinor,
    taxAdjustmentMinor,
    orderedAt: timeOf(orderedAt),
  }
  if (parentLineId !== null) line.parentLineId = parentLineId
  if (taxRateHundredths !== null) line.taxRateHundredths = taxRateHundredths
  if (course !== null) line.course = course
  if (note !== null) line.note = note
  if (waiterId !== null) line.waiterId = waiterId
  if (readyAt !== null) line.readyAt = timeOf(readyAt)
  if (voidedAt !== null) line.voidedAt = timeOf(voidedAt)
  if (voidReason !== null) line.voidReason = voidReason
  return line
}

const DISCOUNTS = list(
  {
    discountId: 'x.discount_id',
    position: 'x.position',
    name: 'x.name',
    rule: 'x.rule',
    amountMinor: 'x.amount_minor',
    askedMinor: 'x.asked_minor',
    percentageHundredths: 'x.percentage_hundredths',
    lineId: 'x.line_id',
    affectedPlu: 'x.affected_plu',
    discountReference: 'x.discount_reference',
    code: 'x.code',
    reason: 'x.reason',
  },
  'order_discounts',
  'x.position, x.discount_id',
)

const TAX_LINES = list(
  {
    taxLineId: 'x.tax_line_id',
    position: 'x.position',
    taxId: 'x.tax_id',
    name: 'x.name',
    affectedPlu: 'x.affected_plu',
    amountMinor: 'x.amount_minor',
    percentageHundredths: 'x.percentage_hundredths',
    givenMinor: 'x.given_minor',
  },
  'order_tax_lines',
  'x.position, x.tax_line_id',
)

const PAYMENTS = list(
  {
    paymentId: 'x.payment_id',
    tender: 'x.tender',
    paymentIntentId: 'x.payment_intent_id',
    amountMinor: 'x.amount_minor',
    tipsMinor: 'x.tips_minor',
    refundedMinor: 'x.refunded_minor',
    refundedTipsMinor: 'x.refunded_tips_minor',
    stands: 'x.voided_at IS NULL',
    recordedOn: 'x.recorded_on',
    recordedAt: iso('x.recorded_at'),
    tenderedMinor: 'x.tendered_minor',
    reference: 'x.reference',
    waiterId: 'x.caller_waiter_id',
    deviceId: 'x.caller_device_id',
    product: 'x.caller_product',
    voidReason: 'x.void_reason',
  },
  'payments',
  'x.recorded_at, x.payment_id',
)

/** Of the order `o`: the lock that has not ended; it may have expired. */
export const LOCK = `(SELECT json_strip_nulls(${object({
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
})}) FROM order_locks k WHERE k.location_id = o.location_id AND k.order_id = o.order_id AND k.ended_at IS NULL)`

/** The columns of the order itself, by the names that the domain has for them. */
const SCALARS = {
  orderId: 'o.order_id',
  dojoOrderId: 'o.dojo_order_id',
  orderType: 'o.order_type',
  tableId: 'o.table_id',
  tableName: 't.name',
  waiterId: 'o.waiter_id',
  partyId: 'o.party_id',
  reservationId: 'o.reservation_id',
  readyAt: iso('o.ready_at'),
  collectAsap: 'o.collect_asap',
  collectAt: iso('o.collect_at'),
  status: 'o.status',
  statusBeforeFinal: 'o.status_before_final',
  reference: 'o.reference',
  displayName: 'o.display_name',
  note: 'o.note',
  covers: 'o.covers',
  totalMinor: 'o.total_minor',
  serviceChargeMinor: 'o.service_charge_minor',
  serviceChargeHundredths: 'o.service_charge_hundredths',
  serviceAdjustmentMinor: 'o.service_adjustment_minor',
  taxesOnTop: 'o.taxes_on_top',
  taxName: 'v.tax_name',
  paidMinor: 'o.paid_minor',
  tipsMinor: 'o.tips_minor',
  version: 'o.version',
  openedBy: 'o.caller_waiter_id',
  mergedInto: 'o.merged_into',
  createdAt: iso('o.created_at'),
  updatedAt: iso('o.updated_at'),
} satisfies Partial<Record<keyof Tab, string>>

export const TAB_COLUMNS = `o.order_id, o.created_at, clock_timestamp()::timestamptz(3) AS now,
  json_strip_nulls(${object(SCALARS)}) AS tab,
  json_strip_nulls(${object({ id: 'o.customer_id', name: 'o.customer_name', emailAddress: 'o.customer_email', phoneNumber: 'o.customer_phone' })}) AS customer,
  ${LINES} AS lines, ${DISCOUNTS} AS discounts, ${TAX_LINES} AS tax_lines, ${PAYMENTS} AS payments, ${LOCK} AS lock`

export const TAB_SOURCE = `
  FROM orders o JOIN locations v ON v.location_id = o.location_id LEFT JOIN tables t ON t.location_id = o.location_id AND t.table_id = o.table_id`

export interface TabRow {
  order_id: string
  created_at: Date
  now: Date
  tab: Omit<
    Tab,
    'lines' | 'discounts' | 'taxLines' | 'payments' | 'lock' | 'customer' | 'adjustmentMinor'
  >
  customer: NonNullable<Tab['customer']>
  lines: LineRow[] | null
  discounts: TabDiscount[] | null
  tax_lines: TabTaxLine[] | null
  payments: TabPayment[] | null
  lock: OrderLock | null
}

export function tabOf({
  tab,
  customer,
  lines,
  discounts,
  tax_lines: taxLines,
  payments,
  lock,
}: TabRow): Tab {
  const whole: Tab = {
    ...tab,
    lines: (lines ?? []).map(lineOf),
    discounts: discounts ?? [],
    taxLines: taxLines ?? [],
    payments: payments ?? [],
    lock: lock ?? undefined,
    adjustmentMinor: 0,
    ...(Object.keys(customer).length === 0 ? {} : { customer }),
  }
  return withAdjustment(whole)
}

/** Only what Dojo made has a total that somebody else added up. */
export const withAdjustment = (tab: Tab): Tab =>
  tab.dojoOrderId === undefined ? tab : { ...tab, adjustmentMinor: adjustmentOf(tab) }

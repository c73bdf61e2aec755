// How an order stands in the database, and how it is read: whole, in one statement.
import type { Order, OrderItem, OrderLock, Payment } from '../../domain/orders/order.ts'

/**
 * Everything below the order comes as JSON arrays of arrays, which are the cheapest to make and to
 * read.
 */
export const ORDER_COLUMNS = `
  o.order_id, o.order_type, o.table_id, t.name AS table_name, o.waiter_id, o.party_id, o.reservation_id, o.ready_at,
  o.collect_asap, o.collect_at, o.status, o.status_before_final, o.reference, o.display_name, o.note, o.customer_id,
  o.customer_name, o.customer_email, o.customer_phone, o.total_minor, o.service_charge_minor, o.paid_minor, o.tips_minor,
  o.created_at, o.updated_at, clock_timestamp()::timestamptz(3) AS now,
  (SELECT json_agg(json_build_array(l.line_id, l.parent_line_id, l.kind, l.name, l.plu, l.quantity, l.unit_amount_minor, l.note) ORDER BY l.position)
     FROM order_lines l WHERE l.location_id = o.location_id AND l.order_id = o.order_id AND l.voided_at IS NULL) AS lines,
  (SELECT json_agg(json_build_array(d.name, d.affected_plu, d.discount_reference, d.code, d.amount_minor, d.percentage_hundredths) ORDER BY d.position)
     FROM order_discounts d WHERE d.location_id = o.location_id AND d.order_id = o.order_id) AS discounts,
  (SELECT json_agg(json_build_array(x.tax_id, x.name, x.affected_plu, x.amount_minor, x.percentage_hundredths) ORDER BY x.position)
     FROM order_tax_lines x WHERE x.location_id = o.location_id AND x.order_id = o.order_id) AS tax_lines,
  (SELECT json_agg(json_build_array(p.payment_id, p.tender, p.payment_intent_id, p.amount_minor, p.tips_minor, p.voided_at IS NULL, p.refunded_minor, p.refunded_tips_minor, p.recorded_on) ORDER BY p.recorded_at, p.payment_id)
     FROM payments p WHERE p.location_id = o.location_id AND p.order_id = o.order_id) AS payments,
  (SELECT json_build_array(k.lock_id, k.kind, k.holder, (extract(epoch FROM k.expires_at) * 1000)::bigint, k.caller_waiter_id, k.caller_product, k.caller_device_id, k.caller_device_type)
     FROM order_locks k WHERE k.location_id = o.location_id AND k.order_id = o.order_id AND k.ended_at IS NULL) AS lock`

export const ORDER_SOURCE = `
  FROM orders o LEFT JOIN tables t ON t.location_id = o.location_id AND t.table_id = o.table_id`

type Nullable<T> = T | null
type LineRow = [
  lineId: string,
  parentLineId: Nullable<string>,
  kind: 'Item' | 'SubItem' | 'Modifier',
  name: string,
  plu: string,
  quantity: number,
  unitAmountMinor: number,
  note: Nullable<string>,
]
type DiscountRow = [
  name: string,
  affectedPlu: Nullable<string>,
  discountReference: Nullable<string>,
  code: Nullable<string>,
  amountMinor: number,
  percentageHundredths: Nullable<number>,
]
type TaxRow = [
  taxId: Nullable<string>,
  name: Nullable<string>,
  affectedPlu: Nullable<string>,
  amountMinor: number,
  percentageHundredths: Nullable<number>,
]
type PaymentRow = [
  paymentId: string,
  tender: Payment['tender'],
  paymentIntentId: Nullable<string>,
  amountMinor: number,
  tipsMinor: Nullable<number>,
  stands: boolean,
  refundedMinor: number,
  refundedTipsMinor: number,
  recordedOn: Nullable<string>,
]
type LockRow = [
  lockId: string,
  kind: OrderLock['kind'],
  holder: Nullable<string>,
  expiresAtMs: number,
  waiterId: Nullable<string>,
  product: Nullable<string>,
  deviceId: Nullable<string>,
  deviceType: Nullable<string>,
]

export interface OrderRow {
  order_id: string
  order_type: Order['orderType']
  table_id: Nullable<string>
  table_name: Nullable<string>
  waiter_id: Nullable<string>
  party_id: Nullable<string>
  reservation_id: Nullable<string>
  ready_at: Nullable<Date>
  collect_asap: Nullable<boolean>
  collect_at: Nullable<Date>
  status: Order['status']
  status_before_final: Nullable<Order['status']>
  reference: Nullable<string>
  display_name: Nullable<string>
  note: Nullable<string>
  customer_id: Nullable<string>
  customer_name: Nullable<string>
  customer_email: Nullable<string>
  customer_phone: Nullable<string>
  total_minor: number
  service_charge_minor: Nullable<number>
  paid_minor: number
  tips_minor: number
  created_at: Date
  updated_at: Date
  now: Date
  lines: Nullable<LineRow[]>
  discounts: Nullable<DiscountRow[]>
  tax_lines: Nullable<TaxRow[]>
  payments: Nullable<PaymentRow[]>
  lock: Nullable<LockRow>
}

export function orderOf(row: OrderRow): Order {
  return {
    orderId: row.order_id,
    orderType: row.order_type,
    tableId: row.table_id ?? undefined,
    tableName: row.table_name ?? undefined,
    waiterId: row.waiter_id ?? undefined,
    partyId: row.party_id ?? undefined,
    reservationId: row.reservation_id ?? undefined,
    readyAt: row.ready_at?.toISOString(),
    collectAsap: row.collect_asap ?? undefined,
    collectAt: row.collect_at?.toISOString(),
    status: row.status,
    statusBeforeFinal: row.status_before_final ?? undefined,
    reference: row.reference ?? undefined,
    displayName: row.display_name ?? undefined,
    note: row.note ?? undefined,
    customer: customerOf(row),
    items: itemsOf(row.lines ?? []),
    discounts: (row.discounts ?? []).map(discountOf),
    taxLines: (row.tax_lines ?? []).map(taxLineOf),
    serviceChargeMinor: row.service_charge_minor ?? undefined,
    totalMinor: row.total_minor,
    paidMinor: row.paid_minor,
    tipsMinor: row.tips_minor,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
    payments: (row.payments ?? []).map(paymentOf),
    lock: row.lock === null ? undefined : lockOf(row.lock),
  }
}

function customerOf(row: OrderRow): Order['customer'] {
  const {
    customer_id: id,
    customer_name: name,
    customer_email: emailAddress,
    customer_phone: phoneNumber,
  } = row
  if (id === null && name === null && emailAddress === null && phoneNumber === null) {
    return undefined
  }
  return {
    id: id ?? undefined,
    name: name ?? undefined,
    emailAddress: emailAddress ?? undefined,
    phoneNumber: phoneNumber ?? undefined,
  }
}

/** Lines come in the order of their positions, a line before what is below it. */
function itemsOf(rows: LineRow[]): OrderItem[] {
  const items: OrderItem[] = []
  const byId = new Map<string, OrderItem>()
  for (const [lineId, parentLineId, kind, name, plu, quantity, unitAmountMinor, note] of rows) {
    const item: OrderItem = { name, plu, quantity, unitAmountMinor, note: note ?? undefined }
    byId.set(lineId, item)
    if (parentLineId === null) {
      items.push(item)
      continue
    }
    const parent = byId.get(parentLineId)
    if (parent === undefined) continue // the line above is void, and so is all below it
    if (kind === 'Modifier') (parent.modifiers ??= []).push(item)
    else (parent.subItems ??= []).push(item)
  }
  return items
}

const discountOf = ([
  name,
  affectedPlu,
  discountReference,
  code,
  amountMinor,
  percentageHundredths,
]: DiscountRow) => ({
  name,
  affectedPlu: affectedPlu ?? undefined,
  discountReference: discountReference ?? undefined,
  code: code ?? undefined,
  amountMinor,
  percentageHundredths: percentageHundredths ?? undefined,
})

const taxLineOf = ([taxId, name, affectedPlu, amountMinor, percentageHundredths]: TaxRow) => ({
  taxId: taxId ?? undefined,
  name: name ?? undefined,
  affectedPlu: affectedPlu ?? undefined,
  amountMinor,
  percentageHundredths: percentageHundredths ?? undefined,
})

const paymentOf = ([
  paymentId,
  tender,
  paymentIntentId,
  amountMinor,
  tipsMinor,
  stands,
  refundedMinor,
  refundedTipsMinor,
  recordedOn,
]: PaymentRow): Payment => ({
  paymentId,
  tender,
  paymentIntentId: paymentIntentId ?? undefined,
  amountMinor,
  tipsMinor: tipsMinor ?? undefined,
  refundedMinor,
  refundedTipsMinor,
  stands,
  ...(recordedOn === null ? {} : { recordedOn }),
})

const lockOf = ([
  lockId,
  kind,
  holder,
  expiresAtMs,
  waiterId,
  product,
  deviceId,
  deviceType,
]: LockRow): OrderLock => ({
  lockId,
  kind,
  holder: holder ?? undefined,
  expiresAtMs,
  origin: {
    waiterId: waiterId ?? undefined,
    product: product ?? undefined,
    deviceId: deviceId ?? undefined,
    deviceType: deviceType ?? undefined,
  },
})

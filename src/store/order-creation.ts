// Writing an order that did not exist before, with everything below it, in the caller's transaction.
import type { Caller } from '../domain/caller.ts'
import { conflict, invalid } from '../domain/errors.ts'
import type { NewId } from '../domain/ids.ts'
import type { OrderContent, OrderItem, OrderStatus } from '../domain/order.ts'
import { newPayment, recordPayment, type PaymentRequest } from '../domain/payment.ts'
import type { Database, Queryable, Statement, Transaction } from './database.ts'
import { HOLD_INTENT, holdOrder, readOrder, writeChange, type OrderNow } from './orders.ts'

export interface NewOrder {
  orderId: string
  dojoOrderId: string
  /** Over everything that the request carried. */
  creationHash: Buffer
  content: OrderContent
  /** The total as given minus the total as its parts add up, where these differ. */
  discrepancyMinor: number | undefined
  payments: PaymentRequest[]
  /** What the order becomes once its payments are recorded; its argument is what is left to pay. */
  statusOnArrival: (balanceMinor: number) => OrderStatus
}

/** The order, and how many payments came with it; none when it was there before. */
export interface CreatedOrder extends OrderNow { paymentsRecorded: number }

const REFERENCES: Statement = {
  name: 'order_references',
  text: `SELECT
    $2::text IS NULL OR EXISTS (SELECT 1 FROM tables WHERE location_id = $1 AND table_id = $2 AND retired_at IS NULL) AS table_known,
    $3::text IS NULL OR EXISTS (SELECT 1 FROM parties WHERE location_id = $1 AND party_id = $3) AS party_known,
    $4::text IS NULL OR EXISTS (SELECT 1 FROM reservations WHERE location_id = $1 AND reservation_id = $4) AS reservation_known`,
}

const INSERT_ORDER: Statement = {
  name: 'order_insert',
  text: `INSERT INTO orders (location_id, order_id, dojo_order_id, creation_hash, order_type, table_id, waiter_id, party_id, reservation_id, ready_at,
      collect_asap, collect_at, status, reference, display_name, note, customer_id, customer_name, customer_email, customer_phone, total_minor,
      service_charge_minor, discrepancy_minor, caller_waiter_id, caller_product, caller_device_id, caller_device_type, created_at, updated_at)
    VALUES ($1, $2, $3, $4, $5::order_type, $6, $7, $8, $9, $10, $11, $12, 'New', $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26,
      clock_timestamp(), clock_timestamp())
    ON CONFLICT (location_id, dojo_order_id) DO NOTHING RETURNING order_id`,
}

const INSERT_LINES: Statement = {
  name: 'order_insert_lines',
  text: `INSERT INTO order_lines (location_id, order_id, line_id, parent_line_id, kind, position, name, plu, quantity, unit_amount_minor, note)
    SELECT $1, $2, l.line_id, l.parent_line_id, l.kind::line_kind, l.position, l.name, l.plu, l.quantity, l.unit_amount_minor, l.note
    FROM unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::bigint[], $9::bigint[], $10::text[])
      WITH ORDINALITY AS l(line_id, parent_line_id, kind, name, plu, quantity, unit_amount_minor, note, position)`,
}

const INSERT_DISCOUNTS: Statement = {
  name: 'order_insert_discounts',
  text: `INSERT INTO order_discounts (location_id, order_id, discount_id, position, name, affected_plu, discount_reference, code, amount_minor, percentage_hundredths)
    SELECT $1, $2, d.discount_id, d.position, d.name, d.affected_plu, d.discount_reference, d.code, d.amount_minor, d.percentage_hundredths
    FROM unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::bigint[], $9::bigint[])
      WITH ORDINALITY AS d(discount_id, name, affected_plu, discount_reference, code, amount_minor, percentage_hundredths, position)`,
}

const INSERT_TAX_LINES: Statement = {
  name: 'order_insert_tax_lines',
  text: `INSERT INTO order_tax_lines (location_id, order_id, tax_line_id, position, tax_id, name, affected_plu, amount_minor, percentage_hundredths)
    SELECT $1, $2, x.tax_line_id, x.position, x.tax_id, x.name, x.affected_plu, x.amount_minor, x.percentage_hundredths
    FROM unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::bigint[])
      WITH ORDINALITY AS x(tax_line_id, tax_id, name, affected_plu, amount_minor, percentage_hundredths, position)`,
}

const INSERT_CREATED: Statement = {
  name: 'order_history_created',
  text: `INSERT INTO order_history (location_id, order_id, sequence, caller_waiter_id, caller_product, caller_device_id, caller_device_type, action, detail)
    VALUES ($1, $2, 1, $3, $4, $5, $6, 'Created', $7::jsonb)`,
}

const SETTLE: Statement = {
  name: 'order_settle_arrival',
  text: 'UPDATE orders SET status = $3::order_status WHERE location_id = $1 AND order_id = $2',
}

const EXISTING: Statement = {
  name: 'order_by_dojo_id',
  text: 'SELECT order_id, creation_hash FROM orders WHERE location_id = $1 AND dojo_order_id = $2',
}

/**
 * Makes the order and records its payments, all or nothing; the same `dojoOrderId` with the same content answers the order
 * as it now is.
 * @throws Refusal InvalidRequest: a table, party or reservation that the venue does not have. Conflict: the same
 *   `dojoOrderId` with other content; a payment that `recordPayment` refuses
 */
export async function createOrder (database: Database, newId: NewId, caller: Caller, order: NewOrder): Promise<CreatedOrder> {
  return await database.transaction(async (tx) => {
    const repeated = await existingOrder(tx, caller, order)
    if (repeated !== undefined) return { ...repeated, paymentsRecorded: 0 }
    const { tableId, partyId, reservationId } = order.content
    const [known] = await tx.rows<{ table_known: boolean, party_known: boolean, reservation_known: boolean }>(REFERENCES, [caller.locationId, tableId, partyId, reservationId])
    if (!known!.table_known) throw unknownReference('tableId', tableId)
    if (!known!.party_known) throw unknownReference('partyId', partyId)
    if (!known!.reservation_known) throw unknownReference('reservationId', reservationId)
    if (!await insertOrder(tx, newId, caller, order)) return { ...(await existingOrder(tx, caller, order))!, paymentsRecorded: 0 }
    const paymentsRecorded = await recordPayments(tx, newId, caller, order)
    return { ...(await readOrder(tx, caller.locationId, order.orderId))!, paymentsRecorded }
  })
}

const unknownReference = (field: string, id: string | undefined) => invalid(`The field details.dineIn.${field} is ${id}, which this venue does not have.`, 'unknown-reference')

export const isCreated = async (database: Queryable, locationId: string, dojoOrderId: string): Promise<boolean> => (await database.rows(EXISTING, [locationId, dojoOrderId])).length > 0

async function existingOrder (tx: Transaction, caller: Caller, { dojoOrderId, creationHash }: NewOrder): Promise<OrderNow | undefined> {
  const [existing] = await tx.rows<{ order_id: string, creation_hash: Buffer }>(EXISTING, [caller.locationId, dojoOrderId])
  if (existing === undefined) return undefined
  if (!creationHash.equals(existing.creation_hash)) throw conflict('content-differs', `The dojoOrderId ${dojoOrderId} already names the order ${existing.order_id}, which was created with other content.`)
  return await readOrder(tx, caller.locationId, existing.order_id)
}

/** False when another transaction has just created an order of the same `dojoOrderId`. */
async function insertOrder (tx: Transaction, newId: NewId, caller: Caller, { orderId, dojoOrderId, creationHash, content, discrepancyMinor, payments }: NewOrder): Promise<boolean> {
  const { locationId } = caller
  const inserted = await tx.rows(INSERT_ORDER, [
    locationId, orderId, dojoOrderId, creationHash, content.orderType, content.tableId, content.waiterId, content.partyId, content.reservationId, content.readyAt,
    content.collectAsap, content.collectAt, content.reference, content.displayName, content.note, content.customer?.id, content.customer?.name,
    content.customer?.emailAddress, content.customer?.phoneNumber, content.totalMinor, content.serviceChargeMinor, discrepancyMinor,
    caller.waiterId, caller.product, caller.deviceId, caller.deviceType,
  ])
  if (inserted.length === 0) return false
  tx.queue(locationId, 'OrderUpdated', orderId)
  const lines = linesOf(newId, content.items)
  const { discounts, taxLines } = content
  const detail = { dojoOrderId, totalMinor: content.totalMinor, items: content.items.length, payments: payments.length, ...discrepancyMinor === undefined ? {} : { discrepancyMinor } }
  await Promise.all([
    lines.length === 0 ? undefined : tx.rows(INSERT_LINES, [
      locationId, orderId, lines.map((line) => line.lineId), lines.map((line) => line.parentLineId), lines.map((line) => line.kind), lines.map(({ item }) => item.name),
      lines.map(({ item }) => item.plu), lines.map(({ item }) => item.quantity), lines.map(({ item }) => item.unitAmountMinor), lines.map(({ item }) => item.note),
    ]),
    discounts.length === 0 ? undefined : tx.rows(INSERT_DISCOUNTS, [
      locationId, orderId, discounts.map(() => newId('dsc')), discounts.map((each) => each.name), discounts.map((each) => each.affectedPlu),
      discounts.map((each) => each.discountReference), discounts.map((each) => each.code), discounts.map((each) => each.amountMinor), discounts.map((each) => each.percentageHundredths),
    ]),
    taxLines.length === 0 ? undefined : tx.rows(INSERT_TAX_LINES, [
      locationId, orderId, taxLines.map(() => newId('tax')), taxLines.map((each) => each.taxId), taxLines.map((each) => each.name),
      taxLines.map((each) => each.affectedPlu), taxLines.map((each) => each.amountMinor), taxLines.map((each) => each.percentageHundredths),
    ]),
    tx.rows(INSERT_CREATED, [locationId, orderId, caller.waiterId, caller.product, caller.deviceId, caller.deviceType, JSON.stringify(detail)]),
  ])
  return true
}

interface NewLine { lineId: string, parentLineId: string | undefined, kind: 'Item' | 'SubItem' | 'Modifier', item: OrderItem }

function linesOf (newId: NewId, items: OrderItem[], kind: NewLine['kind'] = 'Item', parentLineId?: string): NewLine[] {
  return items.flatMap((item) => {
    const lineId = newId('lin')
    return [{ lineId, parentLineId, kind, item }, ...linesOf(newId, item.modifiers ?? [], 'Modifier', lineId), ...linesOf(newId, item.subItems ?? [], 'SubItem', lineId)]
  })
}

/** Each as RecordOrderPaymentById would; how many were not there before. */
async function recordPayments (tx: Transaction, newId: NewId, caller: Caller, { orderId, content, payments, statusOnArrival }: NewOrder): Promise<number> {
  // All intents first and in one order, so that two orders with the same payments wait for each other and do not entangle.
  const intents = [...new Set(payments.map(({ paymentIntentId }) => paymentIntentId))].sort()
  await Promise.all(intents.map(async (intent) => await tx.rows(HOLD_INTENT, [caller.locationId, intent])))
  let paidMinor = 0
  let recorded = 0
  for (const request of payments) {
    const { order, nowMs, knowledge } = await holdOrder(tx, caller.locationId, orderId, { paymentIntentId: request.paymentIntentId })
    const decision = recordPayment(order, nowMs, request, knowledge.intent, caller, caller.currency)
    if (decision.repeated) continue
    paidMinor = decision.paidMinor
    recorded++
    // What it is on arrival is decided by all of its payments together, below.
    await writeChange(tx, caller, order, nowMs, { kind: 'record-payment', payment: newPayment(newId('pay'), request), lockId: undefined, paidMinor, tipsMinor: decision.tipsMinor, status: order.status }, tx.rows)
  }
  await tx.rows(SETTLE, [caller.locationId, orderId, statusOnArrival(content.totalMinor - paidMinor)])
  return recorded
}

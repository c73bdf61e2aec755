// Writing an order that did not exist before, with everything below it, in the caller's
// transaction.
import { notifyFeed } from '../feed/notify.ts'
import { queueJob } from '../jobs/jobs.ts'
import type { Caller } from '../../domain/caller.ts'
import { conflict, invalid } from '../../domain/errors.ts'
import type { NewId } from '../../domain/ids.ts'
import {
  comesOnTop,
  type OrderContent,
  type OrderItem,
  type OrderStatus,
} from '../../domain/orders/order.ts'
import { newPayment, recordPayment, type PaymentRequest } from '../../domain/payments/payment.ts'
import { deltaOf } from '../../domain/orders/order-history.ts'
import type { Tab, TabDiscount, TabLine, TabTaxLine } from '../../domain/orders/tab.ts'
import type { Database, Queryable, Statement, Transaction } from '../database/database.ts'
import { historyValues, WRITE_HISTORY } from './order-changes.ts'
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
  /** What the order becomes by its payments; its argument is what is left to pay. */
  statusOnArrival: (balanceMinor: number) => OrderStatus
}

/** The order, and how many payments came with it; none when it was there before. */
export interface CreatedOrder extends OrderNow {
  paymentsRecorded: number
}

/** The table is not retired until the transaction ends. */
const REFERENCES: Statement = {
  name: 'order_references',
  text: `SELECT
    $2::text IS NULL OR EXISTS (SELECT 1 FROM tables WHERE location_id = $1 AND table_id = $2 AND retired_at IS NULL FOR KEY SHARE) AS table_known,
    $3::text IS NULL OR EXISTS (SELECT 1 FROM parties WHERE location_id = $1 AND party_id = $3) AS party_known,
    $4::text IS NULL OR EXISTS (SELECT 1 FROM reservations WHERE location_id = $1 AND reservation_id = $4) AS reservation_known`,
}

const INSERT_ORDER: Statement = {
  name: 'order_insert',
  text: `INSERT INTO orders (location_id, order_id, dojo_order_id, creation_hash, order_type, table_id, waiter_id, party_id, reservation_id, ready_at,
      collect_asap, collect_at, reference, display_name, note, customer_id, customer_name, customer_email, customer_phone, total_minor,
      service_charge_minor, discrepancy_minor, caller_waiter_id, caller_product, caller_device_id, caller_device_type, status, taxes_on_top, created_at, updated_at)
    SELECT $1, $2, $3, $4, $5::order_type, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26,
      $27::order_status, $28, clock.now, clock.now
    FROM (SELECT clock_timestamp()::timestamptz(3) AS now) AS clock
    ON CONFLICT (location_id, dojo_order_id) DO NOTHING RETURNING created_at`,
}

const INSERT_LINES: Statement = {
  name: 'order_insert_lines',
  text: `INSERT INTO order_lines (location_id, order_id, line_id, parent_line_id, kind, position, name, plu, quantity, unit_amount_minor, note, created_at)
    SELECT $1, $2, l.line_id, l.parent_line_id, l.kind::line_kind, l.position, l.name, l.plu, l.quantity, l.unit_amount_minor, l.note, $11::timestamptz
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
  text: `INSERT INTO order_tax_lines (location_id, order_id, tax_line_id, position, tax_id, name, affected_plu, amount_minor, given_minor, percentage_hundredths)
    SELECT $1, $2, x.tax_line_id, x.position, x.tax_id, x.name, x.affected_plu, x.amount_minor, x.amount_minor, x.percentage_hundredths
    FROM unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::bigint[])
      WITH ORDINALITY AS x(tax_line_id, tax_id, name, affected_plu, amount_minor, percentage_hundredths, position)`,
}

const EXISTING: Statement = {
  name: 'order_by_dojo_id',
  text: 'SELECT order_id, creation_hash FROM orders WHERE location_id = $1 AND dojo_order_id = $2',
}

/**
 * Makes the order and records its payments, all or nothing; the same `dojoOrderId` with the same
 * content answers the order as it now is.
 * @throws Refusal InvalidRequest: a table, party or reservation that the venue does not have.
 *   Conflict: the same `dojoOrderId` with other content; a payment that `recordPayment` refuses
 */
export async function createOrder(
  database: Database,
  newId: NewId,
  caller: Caller,
  order: NewOrder,
): Promise<CreatedOrder> {
  return await database.transaction(async (tx) => {
    const repeated = await existingOrder(tx, caller, order)
    if (repeated !== undefined) return { ...repeated, paymentsRecorded: 0 }
    const { tableId, partyId, reservationId } = order.content
    const [known] = await tx.rows<{
      table_known: boolean
      party_known: boolean
      reservation_known: boolean
    }>(REFERENCES, [caller.locationId, tableId, partyId, reservationId])
    if (!known!.table_known) throw unknownReference('tableId', tableId)
    if (!known!.party_known) throw unknownReference('partyId', partyId)
    if (!known!.reservation_known) throw unknownReference('reservationId', reservationId)
    if (!(await insertOrder(tx, newId, caller, order))) {
      return { ...(await existingOrder(tx, caller, order))!, paymentsRecorded: 0 }
    }
    const paymentsRecorded = await recordPayments(tx, newId, caller, order)
    return { ...(await readOrder(tx, caller.locationId, order.orderId))!, paymentsRecorded }
  })
}

const unknownReference = (field: string, id: string | undefined) =>
  invalid(
    `The field details.dineIn.${field} is ${id}, which this venue does not have.`,
    'unknown-reference',
  )

export const isCreated = async (
  database: Queryable,
  locationId: string,
  dojoOrderId: string,
): Promise<boolean> => (await database.rows(EXISTING, [locationId, dojoOrderId])).length > 0

async function existingOrder(
  tx: Transaction,
  caller: Caller,
  { dojoOrderId, creationHash }: NewOrder,
): Promise<OrderNow | undefined> {
  const [existing] = await tx.rows<{ order_id: string; creation_hash: Buffer }>(EXISTING, [
    caller.locationId,
    dojoOrderId,
  ])
  if (existing === undefined) return undefined
  if (!creationHash.equals(existing.creation_hash)) {
    throw conflict(
      'content-differs',
      `The dojoOrderId ${dojoOrderId} already names the order ${existing.order_id}, which was created with other content.`,
    )
  }
  return await readOrder(tx, caller.locationId, existing.order_id)
}

/** False when another transaction has just created an order of the same `dojoOrderId`. */
async function insertOrder(
  tx: Transaction,
  newId: NewId,
  caller: Caller,
  order: NewOrder,
): Promise<boolean> {
  const { orderId, dojoOrderId, creationHash, content, discrepancyMinor, payments } = order
  const { locationId } = caller
  const status = order.statusOnArrival(content.totalMinor - paidOnArrival(payments))
  const taxesOnTop = comesOnTop(content)
  const [inserted] = await tx.rows<{ created_at: Date }>(INSERT_ORDER, [
    locationId,
    orderId,
    dojoOrderId,
    creationHash,
    content.orderType,
    content.tableId,
    content.waiterId,
    content.partyId,
    content.reservationId,
    content.readyAt,
    content.collectAsap,
    content.collectAt,
    content.reference,
    content.displayName,
    content.note,
    content.customer?.id,
    content.customer?.name,
    content.customer?.emailAddress,
    content.customer?.phoneNumber,
    content.totalMinor,
    content.serviceChargeMinor,
    discrepancyMinor,
    caller.waiterId,
    caller.product,
    caller.deviceId,
    caller.deviceType,
    status,
    taxesOnTop,
  ])
  if (inserted === undefined) return false
  queueJob(tx, { locationId, kind: 'OrderUpdated', entityId: orderId })
  notifyFeed(tx, locationId)
  const createdAt = inserted.created_at
  const lines = linesOf(newId, createdAt.toISOString(), content.items)
  const discounts = content.discounts.map((each, index): TabDiscount => ({
    discountId: newId('dsc'),
    position: index + 1,
    rule: 'Given',
    ...each,
  }))
  const taxLines = content.taxLines.map((each, index): TabTaxLine => ({
    taxLineId: newId('tax'),
    position: index + 1,
    givenMinor: each.amountMinor,
    ...each,
  }))
  const { items: _, ...kept } = content
  const created = deltaOf({}, {
    ...kept,
    orderId,
    dojoOrderId,
    status,
    taxesOnTop,
    openedBy: caller.waiterId,
    createdAt: createdAt.toISOString(),
    adjustmentMinor: discrepancyMinor ?? 0,
    lines,
    discounts,
    taxLines,
  } as Partial<Tab>)
  const detail = {
    dojoOrderId,
    totalMinor: content.totalMinor,
    items: content.items.length,
    payments: payments.length,
    ...(discrepancyMinor === undefined ? {} : { discrepancyMinor }),
  }
  await Promise.all([
    lines.length === 0
      ? undefined
      : tx.rows(INSERT_LINES, [
          locationId,
          orderId,
          lines.map((line) => line.lineId),
          lines.map((line) => line.parentLineId),
          lines.map((line) => line.kind),
          lines.map((line) => line.name),
          lines.map((line) => line.plu),
          lines.map((line) => line.quantity),
          lines.map((line) => line.unitAmountMinor),
          lines.map((line) => line.note),
          createdAt,
        ]),
    discounts.length === 0
      ? undefined
      : tx.rows(INSERT_DISCOUNTS, [
          locationId,
          orderId,
          discounts.map((each) => each.discountId),
          discounts.map((each) => each.name),
          discounts.map((each) => each.affectedPlu),
          discounts.map((each) => each.discountReference),
          discounts.map((each) => each.code),
          discounts.map((each) => each.amountMinor),
          discounts.map((each) => each.percentageHundredths),
        ]),
    taxLines.length === 0
      ? undefined
      : tx.rows(INSERT_TAX_LINES, [
          locationId,
          orderId,
          taxLines.map((each) => each.taxLineId),
          taxLines.map((each) => each.taxId),
          taxLines.map((each) => each.name),
          taxLines.map((each) => each.affectedPlu),
          taxLines.map((each) => each.amountMinor),
          taxLines.map((each) => each.percentageHundredths),
        ]),
    tx.rows(
      WRITE_HISTORY,
      historyValues(caller, orderId, createdAt.getTime(), 'Created', detail, created),
    ),
  ])
  return true
}

/** Each intent counts once; what does not fit is refused when it is recorded. */
const paidOnArrival = (payments: readonly PaymentRequest[]): number =>
  [
    ...new Map(
      payments.map(({ paymentIntentId, amountMinor }) => [paymentIntentId, amountMinor]),
    ).values(),
  ].reduce((sum, amountMinor) => sum + amountMinor, 0)

function linesOf(newId: NewId, orderedAt: string, items: OrderItem[]): TabLine[] {
  const lines: TabLine[] = []
  const add = (item: OrderItem, kind: TabLine['kind'], parentLineId?: string): void => {
    const { modifiers = [], subItems = [], ...own } = item
    const lineId = newId('lin')
    lines.push({
      lineId,
      kind,
      position: lines.length + 1,
      ...own,
      taxAdjustmentMinor: 0,
      orderedAt,
      ...(parentLineId === undefined ? {} : { parentLineId }),
    })
    for (const each of modifiers) add(each, 'Modifier', lineId)
    for (const each of subItems) add(each, 'SubItem', lineId)
  }
  for (const item of items) add(item, 'Item')
  return lines
}

/** Each as RecordOrderPaymentById would; how many were not there before. */
async function recordPayments(
  tx: Transaction,
  newId: NewId,
  caller: Caller,
  { orderId, payments }: NewOrder,
): Promise<number> {
  // All intents first and in one order, so that two orders with the same payments wait for each
  // other and do not entangle.
  const intents = [...new Set(payments.map(({ paymentIntentId }) => paymentIntentId))].sort()
  await Promise.all(
    intents.map(async (intent) => await tx.rows(HOLD_INTENT, [caller.locationId, intent])),
  )
  let recorded = 0
  for (const request of payments) {
    const { order, nowMs, knowledge } = await holdOrder(tx, caller.locationId, orderId, {
      paymentIntentId: request.paymentIntentId,
    })
    const decision = recordPayment(order, nowMs, request, knowledge.intent, caller, caller.currency)
    if (decision.repeated) continue
    recorded++
    // What it is on arrival was decided by all of its payments together.
    const { paidMinor, tipsMinor } = decision
    await writeChange(
      tx,
      caller,
      order,
      nowMs,
      {
        kind: 'record-payment',
        payment: newPayment(newId('pay'), request),
        lockId: undefined,
        paidMinor,
        tipsMinor,
        status: order.status,
      },
      tx.rows,
    )
  }
  return recorded
}

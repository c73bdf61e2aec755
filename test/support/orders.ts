// Orders and floors for tests, as small as the contract allows.
import { randomUUID } from 'node:crypto'
import type { Test } from 'tap'
import type { Input, Output, Schemas } from '../../src/contract/capabilities.ts'
import type { RefusalType } from '../../src/domain/errors.ts'
import { newId } from '../../src/domain/ids.ts'
import type { Order } from '../../src/domain/orders/order.ts'
import type { Headers, Reply, TestServer, Venue } from './server.ts'

export const gbp = (value: number): Schemas['Money'] => ({ value, currencyCode: 'GBP' })

/** A CreateOrder whose parts add up: one item of `totalMinor`, dine-in without a table. */
export function orderRequest(
  totalMinor: number,
  more: Partial<Input<'CreateOrder'>> = {},
): Input<'CreateOrder'> {
  return {
    dojoOrderId: `dojo-${randomUUID()}`,
    details: { orderType: 'DineIn', dineIn: {} },
    items: [{ name: 'Set menu', plu: '100', quantity: 1, amountPerItem: gbp(totalMinor) }],
    totalAmount: gbp(totalMinor),
    payments: [],
    ...more,
  }
}

/**
 * Creates an order and returns it. What a machine that is too busy answers 503 is asked again, as
 * Dojo would: it was not done, or is found under its id.
 */
export async function newOrder(
  venue: Venue,
  totalMinor: number,
  more: Partial<Input<'CreateOrder'>> = {},
): Promise<Schemas['Order']> {
  const request = orderRequest(totalMinor, more)
  let reply = await venue.call('CreateOrder', request)
  for (let again = 0; again < 3 && reply.status === 503; again++) {
    reply = await venue.call('CreateOrder', request)
  }
  const { status, body, error } = reply
  if (status !== 200) throw new Error(`CreateOrder answered ${status}: ${error.debugMessage}`)
  return body
}

/** Seconds from now, as Dojo writes a lock's expiry. */
export const inSeconds = (seconds: number): string =>
  new Date(Date.now() + seconds * 1000).toISOString()

/** Makes the lock of an order expire, as time would. */
export async function expireLock({ sql }: TestServer, orderId: string): Promise<void> {
  await sql(
    "UPDATE order_locks SET expires_at = now() - interval '1 second' WHERE order_id = $1 AND ended_at IS NULL",
    [orderId],
  )
}

/** A till holds an order for editing. */
export async function holdOnTill(
  { sql }: TestServer,
  { locationId }: Venue,
  orderId: string,
  till = 'Till 2',
): Promise<void> {
  await sql(
    `INSERT INTO order_locks (location_id, order_id, lock_id, kind, holder, expires_at)
    VALUES ($1, $2, $3, 'TillHold', $4, now() + interval '5 minutes')`,
    [locationId, orderId, randomUUID(), till],
  )
}

/** Adds tables to a venue and returns their ids, in their order. */
export async function newTables(
  { store: { prisma } }: TestServer,
  { locationId }: Venue,
  names: string[],
  areaId?: string,
): Promise<string[]> {
  const position = await prisma.table.count({ where: { locationId } })
  const tables = names.map((name, index) => ({
    locationId,
    tableId: newId('tbl'),
    name,
    areaId,
    position: position + index,
  }))
  await prisma.table.createMany({ data: tables })
  return tables.map(({ tableId }) => tableId)
}

/** Adds an area to a venue and returns its id. */
export async function newArea(
  { store: { prisma } }: TestServer,
  { locationId }: Venue,
  name: string,
): Promise<string> {
  const areaId = newId('area')
  await prisma.area.create({
    data: {
      locationId,
      areaId,
      name,
      position: await prisma.area.count({ where: { locationId } }),
    },
  })
  return areaId
}

/** Adds a waiter to a venue, and what the waiter serves. */
export async function newWaiter(
  { sql }: TestServer,
  { locationId }: Venue,
  waiterId: string,
  {
    name = `Waiter ${waiterId}`,
    tableIds = [],
    areaIds = [],
  }: { name?: string; tableIds?: string[]; areaIds?: string[] } = {},
): Promise<void> {
  await sql('INSERT INTO waiters (location_id, waiter_id, name) VALUES ($1, $2, $3)', [
    locationId,
    waiterId,
    name,
  ])
  await sql(
    'INSERT INTO waiter_tables (location_id, waiter_id, table_id) SELECT $1, $2, unnest($3::text[])',
    [locationId, waiterId, tableIds],
  )
  await sql(
    'INSERT INTO waiter_areas (location_id, waiter_id, area_id) SELECT $1, $2, unnest($3::text[])',
    [locationId, waiterId, areaIds],
  )
}

/** Two card machines, each with all four headers, in the hands of two waiters. */
export const bar: Headers = {
  'waiter-id': '42',
  'dojo-requesting-product': 'PayAtTable',
  'device-id': 'tm_bar',
  'device-type': 'CardMachine',
}
export const garden: Headers = {
  'waiter-id': '7',
  'dojo-requesting-product': 'QRToPay',
  'device-id': 'tm_garden',
  'device-type': 'Phone',
}

/**
 * The columns in which the four headers are kept, and what stands in them after a call with
 * `headers`.
 */
export const CALLER = 'caller_waiter_id, caller_product, caller_device_id, caller_device_type'
export const callerColumns = (headers: Headers = {}) => ({
  caller_waiter_id: headers['waiter-id'] ?? null,
  caller_product: headers['dojo-requesting-product'] ?? null,
  caller_device_id: headers['device-id'] ?? null,
  caller_device_type: headers['device-type'] ?? null,
})

/** What was written down of an order, oldest first. */
export const historyOf = async ({ sql }: TestServer, orderId: string) =>
  await sql<{
    action: string
    detail: Record<string, unknown>
    caller_waiter_id: string | null
    caller_product: string | null
    caller_device_id: string | null
    caller_device_type: string | null
  }>(`SELECT action, detail, ${CALLER} FROM order_history WHERE order_id = $1 ORDER BY sequence`, [
    orderId,
  ])

export const actionsOf = async (server: TestServer, orderId: string): Promise<string[]> =>
  (await historyOf(server, orderId)).map(({ action }) => action)

/** Moves an order on, as a till or a kitchen would. */
export async function setStatus(
  { sql }: TestServer,
  orderId: string,
  status: Schemas['OrderStatus'],
): Promise<void> {
  await sql('UPDATE orders SET status = $2::order_status WHERE order_id = $1', [orderId, status])
}

export const read = async (venue: Venue, orderId: string): Promise<Schemas['Order']> =>
  (await venue.call('GetOrderById', { orderId })).body

/** Records a payment of pence, of a new intent unless `more` names one. */
export const pay = async (
  venue: Venue,
  orderId: string,
  value: number,
  more: Partial<Input<'RecordOrderPaymentById'>> = {},
  headers?: Headers,
): Promise<Reply<Output<'RecordOrderPaymentById'>>> =>
  await venue.call(
    'RecordOrderPaymentById',
    { orderId, paymentIntentId: newIntent(), paidAmount: gbp(value), ...more },
    headers,
  )

/** Locks an order for `seconds`. */
export const lock = async (
  venue: Venue,
  orderId: string,
  lockId: string,
  seconds = 60,
  headers?: Headers,
): Promise<Reply<Output<'CreateOrderLock'>>> =>
  await venue.call('CreateOrderLock', { orderId, lockId, expiry: inSeconds(seconds) }, headers)

export const newIntent = (): string => `pi-${randomUUID()}`

/** What Dojo says when the status of a payment intent changes. */
export const statusUpdated = (
  paymentIntentId: string,
  paymentStatus: string,
  createdAt = new Date().toISOString(),
): Input<'HandleEvent'> => ({
  id: `evt-${randomUUID()}`,
  accountId: 'acc-1',
  event: 'payment_intent.status_updated',
  createdAt,
  data: { paymentIntentId, paymentStatus, captureMode: 'Auto' },
})

const STATUS: Record<RefusalType, number> = { InvalidRequest: 400, NotFound: 404, Conflict: 409 }

/** That a call was refused, as what, and in which words. */
export function isRefused(
  t: Test,
  { status, error }: Reply<unknown>,
  errorType: RefusalType,
  message: string | RegExp,
): void {
  t.equal(status, STATUS[errorType])
  t.equal(error.errorType, errorType)
  if (typeof message === 'string') t.equal(error.debugMessage, message)
  else t.match(error.debugMessage, message)
}

/**
 * What every operation answers for an order that the venue does not have, another venue's included.
 */
export const noOrder = (orderId: string): string =>
  `There is no order with the id ${orderId} in this venue.`

/** An order as the rules see it: a dine-in order of 100.00 with nothing paid. */
export const orderOfDojo = (more: Partial<Order> = {}): Order => ({
  orderId: 'ord_1',
  orderType: 'DineIn',
  status: 'New',
  statusBeforeFinal: undefined,
  tableName: undefined,
  version: 1,
  lines: [],
  discounts: [],
  taxLines: [],
  taxesOnTop: false,
  taxName: 'VAT',
  serviceAdjustmentMinor: 0,
  totalMinor: 10_000,
  paidMinor: 0,
  tipsMinor: 0,
  createdAt: '2026-03-01T19:00:00.000Z',
  updatedAt: '2026-03-01T19:00:00.000Z',
  payments: [],
  lock: undefined,
  ...more,
})

// The requests that the servers are measured with. They go to many orders of many venues, as those
// of card machines do, and each carries the credential of its venue.
import type autocannon from 'autocannon'
import type pg from 'pg'
import { newOrders, type PlacedOrder } from './data.ts'
import type { Load } from './measure.ts'

const CONNECTIONS = 64
const LOCK_MS = 60_000

/** Makes open orders that no load has touched yet, in venues in turn. */
export type OrderSupply = (count: number) => Promise<PlacedOrder[]>

type VenueOfOrders = Pick<PlacedOrder, 'locationId' | 'authorization'>

/** @param prefix of the ids of a series; no two supplies of a venue share one */
export function createSupply(
  pool: pg.Pool,
  venues: readonly VenueOfOrders[],
  prefix: string,
): OrderSupply {
  let series = 0
  return async (count) => {
    const each = Math.ceil(count / venues.length)
    const number = ++series
    const made = await Promise.all(
      venues.map(async ({ locationId, authorization }) => {
        const ids = { locationId, prefix: `${prefix}${number}t`, count: each }
        const orderIds = await newOrders(pool, ids)
        return orderIds.map((orderId) => ({ locationId, authorization, orderId }))
      }),
    )
    return Array.from({ length: each }, (_, index) => made.map((orders) => orders[index]!)).flat()
  }
}

interface Sent {
  sequences: number
  connections?: number
}

export function readLoad(
  orders: readonly PlacedOrder[],
  { sequences, connections = CONNECTIONS }: Sent,
): Load {
  const next = inTurn(orders)
  return {
    connections,
    sequences,
    length: 1,
    requests: () => {
      const order = next()
      return [get(order, `/v1/orders/${order.orderId}`)]
    },
  }
}

export function searchLoad(
  orders: readonly PlacedOrder[],
  { sequences, connections = CONNECTIONS }: Sent,
): Load {
  const next = inTurn(orders)
  return { connections, sequences, length: 1, requests: () => [search(next())] }
}

export async function lockLoad(
  supply: OrderSupply,
  { sequences, connections = CONNECTIONS }: Sent,
): Promise<Load> {
  const next = inTurn(await supply(sequences + connections))
  return {
    connections,
    sequences,
    length: 2,
    requests: () => {
      const order = next()
      return [lock(order), unlock(order)]
    },
  }
}

/** Each payment on its own order. */
export async function paymentLoad(
  supply: OrderSupply,
  { sequences, connections = CONNECTIONS }: Sent,
): Promise<Load> {
  const next = inTurn(await supply(sequences + connections))
  return { connections, sequences, length: 1, requests: () => [payment(next())] }
}

/** All payments on one order. */
export async function contendedLoad(
  supply: OrderSupply,
  { sequences, connections }: Required<Sent>,
): Promise<Load> {
  const [order] = await supply(1)
  return { connections, sequences, length: 1, requests: () => [payment(order!)] }
}

/** Pay at Table with two payments. */
export async function flowLoad(
  supply: OrderSupply,
  tables: readonly PlacedOrder[],
  { sequences, connections = CONNECTIONS }: Sent,
): Promise<Load> {
  const next = inTurn(await supply(sequences + connections))
  const nextTable = inTurn(tables)
  return {
    connections,
    sequences,
    length: 6,
    requests: () => {
      const order = next()
      return [
        search(nextTable()),
        lock(order),
        payment(order, LOCK_ID),
        payment(order, LOCK_ID),
        get(order, `/v1/orders/${order.orderId}/bill`),
        unlock(order),
      ]
    },
  }
}

const LOCK_ID = 'lock'
let intents = 0

function payment(order: PlacedOrder, lockId?: string): autocannon.Request {
  return json(order, 'POST', `/v1/orders/${order.orderId}/record-payment`, {
    paymentIntentId: `pi_${process.pid}_${++intents}`,
    paidAmount: { value: 100, currencyCode: 'GBP' },
    lockId,
  })
}

function search(order: PlacedOrder): autocannon.Request {
  const dineIn = { tableId: order.tableId }
  return json(order, 'POST', '/v1/orders/search', { payableOnly: true, dineIn })
}

function lock(order: PlacedOrder): autocannon.Request {
  const expiry = new Date(Date.now() + LOCK_MS).toISOString()
  return json(order, 'POST', `/v1/orders/${order.orderId}/lock`, { lockId: LOCK_ID, expiry })
}

function unlock({ orderId, authorization }: PlacedOrder): autocannon.Request {
  const path = `/v1/orders/${orderId}/locks/${LOCK_ID}`
  return { method: 'DELETE', path, headers: { authorization } }
}

function get({ authorization }: PlacedOrder, path: string): autocannon.Request {
  return { method: 'GET', path, headers: { authorization } }
}

function json(
  { authorization }: PlacedOrder,
  method: 'POST',
  path: string,
  body: object,
): autocannon.Request {
  const headers = { authorization, 'content-type': 'application/json' }
  return { method, path, headers, body: JSON.stringify(body) }
}

/** Hands out one after the other, again from the first. */
function inTurn<T>(items: readonly T[]): () => T {
  let next = 0
  return () => items[next++ % items.length]!
}

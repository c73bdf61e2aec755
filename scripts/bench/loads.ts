// The requests that the servers are measured with.
import type autocannon from 'autocannon'
import type pg from 'pg'
import { newOrders, type BenchVenue } from './data.ts'
import type { Load } from './measure.ts'

const CONNECTIONS = 16
const LOCK_MS = 60_000

/** Makes open orders that no load has touched yet. */
export type OrderSupply = (count: number) => Promise<string[]>

/** @param prefix of the ids of a series; no two supplies of a venue share one */
export function createSupply(
  pool: pg.Pool,
  { locationId }: BenchVenue,
  prefix: string,
): OrderSupply {
  let series = 0
  return async (count) =>
    await newOrders(pool, { locationId, prefix: `${prefix}${++series}t`, count })
}

export function readLoad({ openOrderId }: BenchVenue, sequences: number): Load {
  return {
    connections: CONNECTIONS,
    sequences,
    length: 1,
    requests: () => [get(`/v1/orders/${openOrderId}`)],
  }
}

export function searchLoad(venue: BenchVenue, sequences: number): Load {
  return { connections: CONNECTIONS, sequences, length: 1, requests: () => [search(venue)] }
}

export async function lockLoad(orders: OrderSupply, sequences: number): Promise<Load> {
  const next = inTurn(await orders(sequences + CONNECTIONS))
  return {
    connections: CONNECTIONS,
    sequences,
    length: 2,
    requests: () => {
      const orderId = next()
      return [lock(orderId), unlock(orderId)]
    },
  }
}

/** Each payment on its own order. */
export async function paymentLoad(orders: OrderSupply, sequences: number): Promise<Load> {
  const next = inTurn(await orders(sequences + CONNECTIONS))
  return { connections: CONNECTIONS, sequences, length: 1, requests: () => [payment(next())] }
}

/** All payments on one order. */
export async function contendedLoad(
  orders: OrderSupply,
  connections: number,
  sequences: number,
): Promise<Load> {
  const [orderId] = await orders(1)
  return { connections, sequences, length: 1, requests: () => [payment(orderId!)] }
}

/** Pay at Table with two payments. */
export async function flowLoad(
  orders: OrderSupply,
  venue: BenchVenue,
  sequences: number,
): Promise<Load> {
  const next = inTurn(await orders(sequences + CONNECTIONS))
  return {
    connections: CONNECTIONS,
    sequences,
    length: 6,
    requests: () => {
      const orderId = next()
      return [
        search(venue),
        lock(orderId),
        payment(orderId, LOCK_ID),
        payment(orderId, LOCK_ID),
        get(`/v1/orders/${orderId}/bill`),
        unlock(orderId),
      ]
    },
  }
}

const LOCK_ID = 'lock'
let intents = 0

function payment(orderId: string, lockId?: string): autocannon.Request {
  return json('POST', `/v1/orders/${orderId}/record-payment`, {
    paymentIntentId: `pi_${process.pid}_${++intents}`,
    paidAmount: { value: 100, currencyCode: 'GBP' },
    lockId,
  })
}

function search({ tableId }: BenchVenue): autocannon.Request {
  return json('POST', '/v1/orders/search', { payableOnly: true, dineIn: { tableId } })
}

function lock(orderId: string): autocannon.Request {
  const expiry = new Date(Date.now() + LOCK_MS).toISOString()
  return json('POST', `/v1/orders/${orderId}/lock`, { lockId: LOCK_ID, expiry })
}

function unlock(orderId: string): autocannon.Request {
  return json('DELETE', `/v1/orders/${orderId}/locks/${LOCK_ID}`)
}

function get(path: string): autocannon.Request {
  return { method: 'GET', path }
}

function json(method: 'POST' | 'DELETE', path: string, body?: object): autocannon.Request {
  if (body === undefined) return { method, path }
  const headers = { 'content-type': 'application/json' }
  return { method, path, headers, body: JSON.stringify(body) }
}

/** Hands out one after the other; a load never asks for more than it was made for. */
function inTurn<T>(items: T[]): () => T {
  let next = 0
  return () => items[next++ % items.length]!
}

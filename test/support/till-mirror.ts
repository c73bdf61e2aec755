// A venue whose till keeps its own orders, and orders as that till sends them.
import type { Test } from 'tap'
import type { TestServer, Venue } from './server.ts'
import { newTill, type Till, type TillReply } from './till.ts'

/** The venue becomes mirrored; returns its till. */
export async function newMirror(
  t: Test,
  server: TestServer,
  venue: Venue = server.venue,
): Promise<Till> {
  await server.sql("UPDATE locations SET kind = 'mirrored' WHERE location_id = $1", [
    venue.locationId,
  ])
  return await newTill(t, server, { venue, tillName: 'Old till' })
}

/** One line of the whole amount, unless more is said. */
export const orderAtTill = (totalMinor: number, more: object = {}): object => ({
  version: 1,
  lines: [{ id: '1', name: 'Set menu', amountMinor: totalMinor }],
  totalMinor,
  ...more,
})

export const putOrder = async (till: Till, id: string, order: object): Promise<TillReply> =>
  await till.call('PUT /mirror/orders/{id}', { id }, order)

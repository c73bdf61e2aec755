// What the tests of parties and reservations at the tills share.
import type { Test } from 'tap'
import { newId } from '../../src/domain/ids.ts'
import type { TillRole } from '../../src/domain/venue/till-role.ts'
import type { TestServer, Venue } from './server.ts'
import { newTill, type Till, type TillReply } from './till.ts'

/** A till of each role. */
export async function tillsOfAllRoles(
  t: Test,
  server: TestServer,
  venue?: Venue,
): Promise<Record<TillRole, Till>> {
  const till = async (role: TillRole): Promise<Till> =>
    await newTill(t, server, {
      role,
      tillName: `The ${role}'s`,
      ...(venue === undefined ? {} : { venue }),
    })
  return {
    kitchen: await till('kitchen'),
    waiter: await till('waiter'),
    manager: await till('manager'),
    owner: await till('owner'),
  }
}

/** The answer of a call that must succeed. */
export function done<Body>({ status, body, text }: TillReply<Body>): Body {
  if (status >= 300) throw new Error(`the till was answered ${status}: ${text}`)
  return body
}

export function isProblem(
  t: Test,
  { status, problem, text }: TillReply,
  expected: { status: number; code: string; detail?: RegExp | string },
): void {
  t.equal(status, expected.status, text)
  t.equal(problem.code, expected.code)
  if (expected.detail instanceof RegExp) t.match(problem.detail, expected.detail)
  else if (expected.detail !== undefined) t.equal(problem.detail, expected.detail)
}

export const seat = async (till: Till, tableIds: string[], more: object = {}): Promise<TillReply> =>
  await till.call('POST /parties', {}, { tableIds, ...more })

/** An order with one untaxed item, at a table or of a party. */
export async function orderOf(
  { sql }: TestServer,
  till: Till,
  more: { tableId?: string; partyId?: string },
  totalMinor: number,
): Promise<string> {
  const { id } = done(await till.call('POST /orders', {}, { orderType: 'DineIn', ...more }))
  if (totalMinor === 0) return id
  const plu = newId('lin')
  await sql(
    `INSERT INTO menu_items (location_id, plu, kind, name, price_minor, tax_rate_hundredths, position)
      VALUES ($1, $2, 'Item', 'Set menu', $3, 0, 0)`,
    [till.locationId, plu, totalMinor],
  )
  done(await till.call('POST /orders/{orderId}/lines', { orderId: id }, { lines: [{ plu }] }))
  return id
}

/** From now on, notifications to Dojo about the venue stay queued. */
export async function keepWhatIsTold(
  { sql }: TestServer,
  { locationId }: Pick<Venue, 'locationId'>,
): Promise<void> {
  await sql(
    "UPDATE locations SET dojo_key_sealed = 'nobody opens it', verify_payments = 'off' WHERE location_id = $1",
    [locationId],
  )
}

/** The notifications queued since the last call, sorted, each as `PartyUpdated pty_1`. */
export const takeTold = async ({ sql }: TestServer): Promise<string[]> =>
  (await sql<{ told: string }>("DELETE FROM jobs RETURNING kind::text || ' ' || entity_id AS told"))
    .map(({ told }) => told)
    .sort()

/** The history of a party or reservation, oldest first. */
export const visitHistory = async ({ sql }: TestServer, visitId: string) =>
  await sql<{
    kind: string
    sequence: number
    action: string
    detail: Record<string, unknown>
    caller_waiter_id: string | null
    caller_product: string | null
    caller_device_id: string | null
    caller_device_type: string | null
  }>(
    `SELECT kind::text AS kind, sequence, action, detail, caller_waiter_id, caller_product, caller_device_id, caller_device_type
      FROM visit_history WHERE visit_id = $1 ORDER BY sequence`,
    [visitId],
  )

// The demo venue's evening for pictures: made in a moment, and then spread over two hours.
import { setTimeout as sleep } from 'node:timers/promises'
import { createAsDojo } from '../../src/operator/as-dojo.ts'
import { DEMO_NAME, seedDemo } from '../../src/operator/demo.ts'
import { openEvening } from '../../src/operator/demo-evening.ts'
import { rotateCredential } from '../../src/operator/credentials.ts'
import { createLocation } from '../../src/operator/locations.ts'
import { createToken } from '../../src/operator/tokens.ts'
import type { Database } from '../../src/store/database/database.ts'
import { moneyAt, registerAt, type Stand } from '../demo-stand.ts'

const FLOAT_MINOR = 15_000
/** Money at Dojo that is on no bill is looked at after some seconds. */
const LOOK_MS = 250
const MOST_LOOKS = 60

/**
 * The stand-in calls the venue and has its money.
 * @returns a token of the role
 */
export async function openVenue(
  stand: Stand,
  role: 'manager' | 'owner',
): Promise<{ token: string; locationId: string; orderIds: string[] }> {
  const {
    app,
    asOwner,
    store: { prisma, database },
  } = stand.server
  const venue = { name: DEMO_NAME, currency: 'GBP' } as const
  const { locationId } = await createLocation(prisma, venue)
  await registerAt(stand, locationId)
  const credential = await rotateCredential(prisma, locationId)
  const orderIds = await asOwner(locationId, async (till) => {
    await till.post('/days', { floatMinor: FLOAT_MINOR })
    const { orderIds } = await seedDemo(till)
    await openEvening(
      { till, dojo: createAsDojo(app, '', credential), money: moneyAt(stand) },
      orderIds,
    )
    return orderIds
  })
  await settled(database, locationId)
  await spreadPast(database, locationId)
  const { token } = await createToken(prisma, locationId, { role, tillName: 'Office' })
  return { token, locationId, orderIds }
}

/** Resolves once Dojo has heard of everything, and has shown each payment. */
async function settled(database: Database, locationId: string): Promise<void> {
  const count = 'SELECT count(*)::int AS waiting FROM jobs WHERE location_id = $1'
  for (let look = 0; look < MOST_LOOKS; look++) {
    const [row] = await database.rows<{ waiting: number }>(
      { name: 'pictures_waiting', text: count },
      [locationId],
    )
    if (row!.waiting === 0) return
    await sleep(LOOK_MS)
  }
}

/**
 * The evening was made in a moment. For the pictures its past is spread over two hours, the first
 * order the longest ago.
 */
async function spreadPast(database: Database, locationId: string): Promise<void> {
  for (const [index, text] of SPREAD.entries()) {
    await database.rows({ name: `pictures_${index}`, text }, [locationId])
  }
}

const SPREAD = [
  `WITH placed AS (
      SELECT order_id, sequence, dense_rank() OVER (ORDER BY order_id) AS place,
        (row_number() OVER (PARTITION BY order_id ORDER BY sequence) - 1)::float8 / count(*) OVER (PARTITION BY order_id) AS share
      FROM order_history WHERE location_id = $1
    )
    UPDATE order_history h SET at = h.at - make_interval(secs => (1 - p.share) * 60 * greatest(7, 115 - 11 * p.place))
    FROM placed p WHERE h.location_id = $1 AND p.order_id = h.order_id AND p.sequence = h.sequence`,
  `UPDATE orders o SET created_at = (
      SELECT min(h.at) FROM order_history h WHERE h.location_id = $1 AND h.order_id = o.order_id
    ) WHERE o.location_id = $1`,
  `UPDATE payments p SET recorded_at = (
      SELECT max(h.at) FROM order_history h
      WHERE h.location_id = $1 AND h.order_id = p.order_id AND h.action = 'PaymentRecorded'
    ) WHERE p.location_id = $1`,
  `UPDATE payment_movements m SET at = p.recorded_at FROM payments p
    WHERE m.location_id = $1 AND p.location_id = $1 AND p.payment_id = m.payment_id`,
  `UPDATE parties y SET start_time = o.created_at FROM orders o
    WHERE y.location_id = $1 AND o.location_id = $1 AND o.party_id = y.party_id`,
  `UPDATE visit_history h SET at = y.start_time FROM parties y
    WHERE h.location_id = $1 AND y.location_id = $1 AND y.party_id = h.visit_id AND h.action = 'Seated'`,
  `UPDATE visit_history SET at = at - interval '4 hours' WHERE location_id = $1 AND action = 'Booked'`,
  "UPDATE business_days SET opened_at = opened_at - interval '5 hours' WHERE location_id = $1",
]

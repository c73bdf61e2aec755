// An evening at the demo venue to look at: guests at tables, bookings, a bill that is being paid,
// one that is paid, an order that a till holds, a line that left a bill after it was printed, and
// money that fits no bill. It is made through the till API and by Dojo's own calls.
import { randomUUID } from 'node:crypto'
import type { CallDojo, Machine } from './as-dojo.ts'
import type { TillBody, TillCalls } from '../till-client/index.ts'

/** Where cards pay. Left out, payments have ids that no Dojo knows. */
export interface MoneyAtDojo {
  accountId: string
  /** @returns the id of the payment intent */
  take: (money: Money) => string
}

export interface Money {
  amountMinor: number
  tipsMinor?: number
  /** The order that it pays; without one it is on no bill. */
  orderId?: string
}

const nowhere: MoneyAtDojo = {
  accountId: 'acc_demo',
  take: () => `pi_demo_${randomUUID().slice(0, 8)}`,
}

interface Venue {
  till: TillCalls
  dojo: CallDojo
  money: MoneyAtDojo
  /** The ids of the tables by their place in the venue's list, from 0. */
  tableIds: readonly string[]
}

const MINUTE_MS = 60_000
const inMinutes = (minutes: number): string =>
  new Date(Date.now() + minutes * MINUTE_MS).toISOString()
const gbp = (value: number) => ({ value, currencyCode: 'GBP' })

const DOOR: Machine = { product: 'PayAtTable', deviceId: 'tm_door', waiterId: '1' }
const DEMO: Machine = { product: 'PayAtTable', deviceId: 'tm_demo', waiterId: '1' }
const GARDEN: Machine = { product: 'PayAtTable', deviceId: 'tm_garden', waiterId: '2' }
const PHONE: Machine = { product: 'PayAtTableQr' }

/** How long the lock of the table that is being paid lasts: long enough to find it. */
const LOCK_MINUTES = 12
const HOLD_SECONDS = 600

/**
 * For a venue that has the demo's floor, waiters and menu, and whose first tables have open orders.
 * @param orders the ids of these orders, as seedDemo returns them
 */
export async function openEvening(
  { till, dojo, money = nowhere }: Pick<Venue, 'till' | 'dojo'> & { money?: MoneyAtDojo },
  [first, third, ninth]: readonly string[],
): Promise<void> {
  const { rows } = await till.get('/tables')
  const venue = { till, dojo, money, tableIds: rows.map(({ id }) => id) }
  await takeBookings(venue)
  await beingServed(venue, { first: first!, ninth: ninth! })
  await beingPaid(venue)
  await paid(venue)
  await held(venue)
  await takenOffAfterTheBill(venue, third!)
  await seat(venue, 11, { name: 'Noah', covers: 5 })
  await moneyOnNoBill(venue)
}

async function takeBookings({ till, tableIds }: Venue): Promise<void> {
  const bookings = [
    { name: 'Patel', covers: 4, table: 1, startsIn: 14 },
    { name: 'Murphy', covers: 2, table: 3, startsIn: -16 },
    { name: 'Okafor', covers: 2, table: 7, startsIn: 45 },
    { name: 'Fraser', covers: 6, table: 10, startsIn: 60 },
  ]
  for (const { name, covers, table, startsIn } of bookings) {
    await till.post('/reservations', {
      name,
      covers,
      tableIds: [tableIds[table]!],
      startTime: inMinutes(startsIn),
      endTime: inMinutes(startsIn + 90),
    })
  }
}

/** Guests sit down at a table; the order is theirs. @returns the id of the order */
async function seat(
  { till, tableIds }: Venue,
  table: number,
  { name, covers, waiterId, lines = [] }: Guests,
): Promise<string> {
  const party = await till.post('/parties', { name, covers, tableIds: [tableIds[table]!] })
  const { id: orderId } = await till.post('/orders', {
    orderType: 'DineIn',
    partyId: party.id,
    waiterId,
  })
  if (lines.length > 0) await till.post('/orders/{orderId}/lines', { orderId }, { lines })
  return orderId
}

interface Guests {
  name: string
  covers: number
  waiterId?: string
  lines?: TillBody<'post', '/orders/{orderId}/lines'>['lines']
}

async function beingServed(
  { till, dojo }: Venue,
  { first, ninth }: { first: string; ninth: string },
): Promise<void> {
  await till.post('/orders/{orderId}/bump', { orderId: first }, {})
  await dojo('GET', `/v1/orders/${first}/bill`, DOOR)
  await till.post('/orders/{orderId}/bump', { orderId: ninth }, {})
}

async function beingPaid(venue: Venue): Promise<void> {
  const { till, dojo } = venue
  const orderId = await seat(venue, 4, {
    name: 'Anna',
    covers: 2,
    waiterId: '1',
    lines: [
      { plu: '1002', quantity: 2, modifiers: [{ plu: '9001' }] },
      { plu: '3001', quantity: 2 },
    ],
  })
  await till.post('/orders/{orderId}/bump', { orderId }, {})
  const discount = {
    name: 'Sorry for the wait',
    percentageHundredths: 1000,
    reason: 'The burgers took half an hour',
  }
  await till.post('/orders/{orderId}/discounts', { orderId }, discount)
  await dojo('GET', `/v1/orders/${orderId}/bill`, DEMO)
  const lockId = randomUUID()
  const lock = { lockId, expiry: inMinutes(LOCK_MINUTES) }
  await dojo('POST', `/v1/orders/${orderId}/lock`, DEMO, lock)
  await pay(venue, orderId, DEMO, { amountMinor: 1_500, tipsMinor: 200, lockId })
}

async function pay(
  { dojo, money }: Venue,
  orderId: string,
  machine: Machine,
  { amountMinor, tipsMinor, lockId }: { amountMinor: number; tipsMinor?: number; lockId?: string },
): Promise<void> {
  await dojo('POST', `/v1/orders/${orderId}/record-payment`, machine, {
    paymentIntentId: money.take({
      orderId,
      amountMinor,
      ...(tipsMinor !== undefined && { tipsMinor }),
    }),
    paidAmount: gbp(amountMinor),
    ...(tipsMinor === undefined ? {} : { tipsAmount: gbp(tipsMinor) }),
    ...(lockId === undefined ? {} : { lockId }),
  })
}

async function paid(venue: Venue): Promise<void> {
  const { till } = venue
  const sixth = await seat(venue, 5, {
    name: 'Chen',
    covers: 4,
    waiterId: '42',
    lines: [
      { plu: '1001', quantity: 2 },
      { plu: '1003', quantity: 2 },
      { plu: '3002', quantity: 4 },
    ],
  })
  await pay(venue, sixth, PHONE, { amountMinor: 8_420, tipsMinor: 900 })
  const { id: orderId } = await till.post('/orders', {
    orderType: 'Collection',
    displayName: 'Takeaway 114',
  })
  const lines = [{ plu: '1001', quantity: 2 }]
  await till.post('/orders/{orderId}/lines', { orderId }, { lines })
  const cash = { tender: 'Cash', tenderedMinor: 3_000 } as const
  await till.post('/orders/{orderId}/payments', { orderId }, cash)
}

async function held(venue: Venue): Promise<void> {
  const orderId = await seat(venue, 6, {
    name: 'Ortiz',
    covers: 3,
    waiterId: '1',
    lines: [
      { plu: '1002', quantity: 3 },
      { plu: '3003', quantity: 3 },
    ],
  })
  await venue.till.put('/orders/{orderId}/hold', { orderId }, { seconds: HOLD_SECONDS })
}

/** Dessert leaves the bill of one table for another's, after the guests have seen it. */
async function takenOffAfterTheBill(venue: Venue, otherOrderId: string): Promise<void> {
  const { till, dojo } = venue
  const orderId = await seat(venue, 9, {
    name: 'Becker',
    covers: 6,
    waiterId: '2',
    lines: [
      { plu: '1003', quantity: 4 },
      { plu: '3001', quantity: 4 },
      { plu: '2001', quantity: 2 },
    ],
  })
  await dojo('GET', `/v1/orders/${orderId}/bill`, GARDEN)
  const { lines } = await till.get('/orders/{orderId}', { orderId })
  const dessert = lines.find(({ plu }) => plu === '2001')!
  const taken = { lines: [{ lineId: dessert.id, quantity: 1 }] }
  const { newOrder } = await till.post('/orders/{orderId}/split-off', { orderId }, taken)
  const merged = { fromOrderId: newOrder.id }
  await till.post('/orders/{orderId}/merge', { orderId: otherOrderId }, merged)
  await pay(venue, orderId, GARDEN, { amountMinor: 6_000 })
}

async function moneyOnNoBill({ dojo, money }: Venue): Promise<void> {
  const { accountId, take } = money
  await dojo('POST', '/v1/events', GARDEN, {
    id: `evt_demo_${randomUUID().slice(0, 8)}`,
    event: 'payment_intent.status_updated',
    accountId,
    createdAt: new Date().toISOString(),
    data: {
      paymentIntentId: take({ amountMinor: 1_495, tipsMinor: 150 }),
      paymentStatus: 'Captured',
      captureMode: 'Auto',
    },
  })
}

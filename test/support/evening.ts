// Days of a venue in the past, here and in the stand-in for Dojo: payments with the times that a
// test gives them.
import { createDojoClient, type DojoClient } from '../../src/dojo/client/index.ts'
import { createIntent, payByCard } from '../../src/sandbox/dojo/payment-intents.ts'
import type { Account, IntentRecord } from '../../src/sandbox/dojo/state.ts'
import { setDojoKey } from '../../src/operator/dojo-keys.ts'
import type { StartedSandbox } from '../sandbox/support/dojo.ts'
import { gbp, newOrder, pay } from './orders.ts'
import type { Headers, TestServer, Venue } from './server.ts'

export const SECRETS_KEY = '00'.repeat(32)

export const keyOf = ({ locationId }: Venue): string => `sk_sandbox_${locationId}`

/** Given after the payments of a test were recorded, so that only the audit checks them. */
export const giveKey = async ({ store: { prisma } }: TestServer, venue: Venue): Promise<void> => {
  await setDojoKey(prisma, venue.locationId, keyOf(venue), SECRETS_KEY)
}

export const accountOf = (
  { sandbox: { simulation: world } }: StartedSandbox,
  venue: Venue,
): Account => world.account(keyOf(venue))

export const clientOf = (apiUrl: string, venue: Venue): DojoClient =>
  createDojoClient({ apiUrl, key: keyOf(venue), softwareHouseId: 'house', attempts: 1 })

/** `orderId` is the order that the intent names. */
export interface Card {
  at: string
  amountMinor: number
  tipsMinor?: number
  orderId?: string
}

/** An intent made at a time, and paid by a card unless `isPaid` is false. */
export function makeIntent(
  { sandbox: { simulation: world } }: StartedSandbox,
  account: Account,
  { at, amountMinor, tipsMinor, orderId }: Card,
  isPaid = true,
): IntentRecord {
  const record = createIntent(world, account, {
    amount: gbp(amountMinor),
    ...(tipsMinor === undefined ? {} : { tipsAmount: gbp(tipsMinor) }),
    reference: 'an evening',
    ...(orderId === undefined ? {} : { orderDetails: { externalId: orderId } }),
  })
  if (isPaid) payByCard(world, account, record, 'online')
  record.shown.createdAt = record.shown.updatedAt = at
  return record
}

export interface Recorded {
  paymentIntentId: string
  at: string
  amountMinor: number
  tipsMinor?: number
}

/** The order, and the card machine that the payment comes from. */
export interface Where {
  name?: string
  waiterId?: string
  headers?: Headers
}

/** A payment on an order of its own, recorded at a time. Returns the order's id. */
export async function recordPayment(
  server: TestServer,
  venue: Venue,
  { paymentIntentId, at, amountMinor, tipsMinor }: Recorded,
  { name, waiterId, headers }: Where = {},
): Promise<string> {
  const { id } = await newOrder(venue, amountMinor, {
    displayName: name,
    details: { orderType: 'DineIn', dineIn: { waiterId } },
  })
  const { status, error } = await pay(
    venue,
    id,
    amountMinor,
    { paymentIntentId, ...(tipsMinor === undefined ? {} : { tipsAmount: gbp(tipsMinor) }) },
    headers,
  )
  if (status !== 200) {
    throw new Error(`RecordOrderPaymentById answered ${status}: ${error.debugMessage}`)
  }
  await server.sql(
    'UPDATE payments SET recorded_at = $3 WHERE location_id = $1 AND payment_intent_id = $2',
    [venue.locationId, paymentIntentId, at],
  )
  return id
}

/** A card that is paid, and its payment recorded, as it goes most evenings. */
export async function payAt(
  server: TestServer,
  venue: Venue,
  dojo: StartedSandbox,
  card: Card,
  where: Where = {},
): Promise<IntentRecord> {
  const record = makeIntent(dojo, accountOf(dojo, venue), card)
  await recordPayment(server, venue, { ...card, paymentIntentId: record.shown.id }, where)
  return record
}

/** A payment becomes void, as by an event of Dojo's. */
export async function voidPayment(
  { sql }: TestServer,
  { locationId }: Venue,
  paymentIntentId: string,
): Promise<void> {
  await sql(
    "UPDATE payments SET voided_at = now(), void_reason = 'a test' WHERE location_id = $1 AND payment_intent_id = $2",
    [locationId, paymentIntentId],
  )
}

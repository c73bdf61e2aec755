// Events about a payment and checks of it, all at once, in any order, twice, on two instances: one
// state in the end.
import t, { type Test } from 'tap'
import { newId } from '../../src/domain/ids.ts'
import type { IntentFacts } from '../../src/domain/payments/intent.ts'
import { settleIntent, type Settled } from '../../src/actions/payments/settle-intent.ts'
import { chance, startPair, testWithRules } from '../support/load.ts'
import { gbp, newIntent, newOrder, pay, read, statusUpdated } from '../support/orders.ts'
import { answered } from '../support/visits.ts'

interface Moment {
  status: string
  refundedMinor: number
}

/** How an intent of 10.00 with a tip of 1.00 may go, from the moment that it is captured. */
const STORIES: Record<string, Moment[]> = {
  captured: [{ status: 'Captured', refundedMinor: 0 }],
  'captured, then refunded twice in part': [
    { status: 'Captured', refundedMinor: 0 },
    { status: 'Captured', refundedMinor: 300 },
    { status: 'Captured', refundedMinor: 1_050 },
  ],
  'refunded in part, then whole': [
    { status: 'Captured', refundedMinor: 0 },
    { status: 'Captured', refundedMinor: 400 },
    { status: 'Refunded', refundedMinor: 1_100 },
  ],
  'taken back': [
    { status: 'Captured', refundedMinor: 0 },
    { status: 'Reversed', refundedMinor: 0 },
  ],
}

const START = Date.parse('2026-03-01T19:00:00.000Z')
const at = (index: number): number => START + index * 1000

interface Round {
  pair: Awaited<ReturnType<typeof startPair>>
  story: readonly Moment[]
  orderId: string
  paymentIntentId: string
}

/** What one moment of the story becomes when it is checked, on one of the instances. */
async function check(
  { pair, story, orderId, paymentIntentId }: Round,
  index: number,
  on: number,
): Promise<Settled> {
  const facts: IntentFacts = {
    paymentIntentId,
    ...story[index]!,
    atMs: at(index),
    createdAtMs: START,
    amountMinor: 1_000,
    tipsMinor: 100,
    currency: 'GBP',
    externalId: orderId,
  }
  const { database } = (on % 2 === 0 ? pair.server : pair.other).store
  const { locationId } = pair.venue
  const caller = { locationId, currency: 'GBP', verifyPayments: 'after', kind: 'native' } as const
  return await settleIntent({ database, newId }, caller, facts, 0)
}

/** Every event and every check, twice each. */
function everything(round: Round): ((on: number) => Promise<unknown>)[] {
  const { pair, story, paymentIntentId } = round
  return story.flatMap(({ status }, index) => {
    const event = statusUpdated(paymentIntentId, status, new Date(at(index)).toISOString())
    const send = async (on: number) => await pair.both[on % 2]!.call('HandleEvent', event)
    const compare = async (on: number) => await check(round, index, on)
    return [send, send, compare, compare]
  })
}

async function play(t: Test, round: Round, shuffled: ReturnType<typeof chance>['shuffled']) {
  const { pair, story, orderId, paymentIntentId } = round
  await Promise.all(shuffled(everything(round)).map(async (work, on) => await work(on)))
  await check(round, story.length - 1, 0)
  const { status, refundedMinor } = story.at(-1)!
  const counts = status === 'Captured'
  const left = {
    paid: counts ? Math.max(0, 1_000 - refundedMinor) : 0,
    tips: counts ? Math.min(100, 1_100 - refundedMinor) : 0,
  }
  const now = await read(pair.venue, orderId)
  t.same(
    [now.paidAmount, now.tipsAmount, now.payable, now.payments!.length],
    [gbp(left.paid), gbp(left.tips), left.paid < 1_000, counts ? 1 : 0],
  )
  t.same(
    await pair.server.sql(
      'SELECT unmatched_reason FROM payment_intents WHERE payment_intent_id = $1',
      [paymentIntentId],
    ),
    [{ unmatched_reason: null }],
  )
}

t.test('events and checks at once, on two instances', async (t) => {
  const pair = await startPair(t)
  const { server, venue } = pair
  const test = testWithRules(t, server)
  for (const [name, story] of Object.entries(STORIES)) {
    test(name, async (t) => {
      const { shuffled, percent } = chance(t)
      await Promise.all(
        Array.from({ length: 10 }, async () => {
          const { id: orderId } = await newOrder(venue, 1_000)
          const paymentIntentId = newIntent()
          // Either Dojo records it, or its call was lost and the intent names the order.
          if (percent(60)) {
            answered(await pay(venue, orderId, 1_000, { paymentIntentId, tipsAmount: gbp(100) }))
          }
          await play(t, { pair, story, orderId, paymentIntentId }, shuffled)
        }),
      )
    })
  }
})

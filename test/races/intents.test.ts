// Events about a payment and checks of it, all at once, in any order, twice, on two instances: one
// state in the end.
import t from 'tap'
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

t.test('events and checks at once, on two instances', async (t) => {
  const pair = await startPair(t)
  const { server, other, venue, both } = pair
  const test = testWithRules(t, server)
  const caller = { locationId: venue.locationId, currency: 'GBP', verifyPayments: 'after' as const }
  const START = Date.parse('2026-03-01T19:00:00.000Z')

  for (const [name, story] of Object.entries(STORIES)) {
    test(name, async (t) => {
      const { shuffled, percent } = chance(t)
      await Promise.all(
        Array.from({ length: 10 }, async () => {
          const order = await newOrder(venue, 1_000)
          const paymentIntentId = newIntent()
          // Dojo records it, or that call was lost and the order is found by what the intent shows.
          const isRecorded = percent(60)
          if (isRecorded) {
            answered(await pay(venue, order.id, 1_000, { paymentIntentId, tipsAmount: gbp(100) }))
          }
          const shown = (index: number): IntentFacts => ({
            paymentIntentId,
            ...story[index]!,
            atMs: START + index * 1000,
            createdAtMs: START,
            amountMinor: 1_000,
            tipsMinor: 100,
            currency: 'GBP',
            externalId: order.id,
          })
          const settle = async (index: number, on: number): Promise<Settled> =>
            await settleIntent(
              { database: (on % 2 === 0 ? server : other).store.database, newId },
              caller,
              shown(index),
              0,
            )
          const events = story.map(({ status }, index) =>
            statusUpdated(paymentIntentId, status, new Date(START + index * 1000).toISOString()),
          )
          await Promise.all(
            shuffled(
              [...events, ...events]
                .map((event) => async (on: number) => {
                  await both[on % 2]!.call('HandleEvent', event)
                })
                .concat(
                  story.flatMap((_, index) =>
                    [0, 1].map(() => async (on: number) => {
                      await settle(index, on)
                    }),
                  ),
                ),
            ).map(async (work, on) => {
              await work(on)
            }),
          )
          await settle(story.length - 1, 0)
          const { status, refundedMinor } = story.at(-1)!
          const stands = status === 'Captured'
          const left = {
            paid: stands ? Math.max(0, 1_000 - refundedMinor) : 0,
            tips: stands ? Math.min(100, 1_100 - refundedMinor) : 0,
          }
          const now = await read(venue, order.id)
          t.same(
            [now.paidAmount, now.tipsAmount, now.payable, now.payments!.length],
            [gbp(left.paid), gbp(left.tips), left.paid < 1_000, stands ? 1 : 0],
            isRecorded ? 'recorded by Dojo' : 'found by its intent',
          )
          t.same(
            await server.sql(
              'SELECT unmatched_reason FROM payment_intents WHERE payment_intent_id = $1',
              [paymentIntentId],
            ),
            [{ unmatched_reason: null }],
          )
        }),
      )
    })
  }
})

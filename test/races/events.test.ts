import t from 'tap'
import {
  actionsOf,
  gbp,
  newIntent,
  newOrder,
  orderRequest,
  pay,
  read,
  statusUpdated,
} from '../support/orders.ts'
import {
  atOnce,
  chance,
  deadlocks,
  holdHistories,
  startPair,
  tally,
  testWithRules,
  turns,
} from '../support/load.ts'
import type { Reply } from '../support/server.ts'
import { answered, untilWaiting } from '../support/visits.ts'

const at = (second: number): string => `2026-03-01T19:00:${String(second).padStart(2, '0')}.000Z`

/** None of these voids a payment. */
function harmlessEvents(intents: readonly string[]) {
  return [
    // Older reports about the first payment, and reports about the others that change nothing.
    statusUpdated(intents[0]!, 'Authorized', at(10)),
    statusUpdated(intents[0]!, 'Captured', at(20)),
    ...intents
      .slice(1)
      .flatMap((intent) => [
        statusUpdated(intent, 'Captured', at(20)),
        statusUpdated(intent, 'Authorized', at(10)),
      ]),
    // An unknown status: the payment counts.
    statusUpdated(intents[1]!, 'Settled', at(50)),
    { ...statusUpdated(newIntent(), 'Created', at(10)), event: 'payment_intent.created' },
    {
      ...statusUpdated(newIntent(), 'Reversed', at(10)),
      event: 'something.new',
      data: { any: 'thing' },
    },
  ]
}

t.test('events at once, on two instances', async (t) => {
  const pair = await startPair(t)
  const { server, venue, both } = pair
  const { sql } = server
  const test = testWithRules(t, server)

  test('one event 100 times, shuffled with others, has one effect', async (t) => {
    const { shuffled } = chance(t)
    const order = await newOrder(venue, 10_000)
    const intents = Array.from({ length: 4 }, newIntent)
    for (const paymentIntentId of intents) {
      answered(await pay(venue, order.id, 2_500, { paymentIntentId, tipsAmount: gbp(100) }))
    }
    t.equal((await read(venue, order.id)).status, 'Finalized')
    const reversed = statusUpdated(intents[0]!, 'Reversed', at(40))
    const others = harmlessEvents(intents)
    const events = shuffled([
      ...Array.from({ length: 100 }, () => reversed),
      ...others.flatMap((event) => [event, event]),
    ])
    const replies = await atOnce(
      pair,
      events.length,
      async (venue, index) => await venue.call('HandleEvent', events[index]!),
    )
    t.strictSame(tally(replies), { 200: events.length })

    t.match(await read(venue, order.id), {
      status: 'New',
      paidAmount: gbp(7_500),
      tipsAmount: gbp(300),
      payable: true,
    })
    t.strictSame(await actionsOf(server, order.id), [
      'Created',
      'PaymentRecorded',
      'PaymentRecorded',
      'PaymentRecorded',
      'PaymentRecorded',
      'PaymentVoided',
    ])
    t.equal((await sql('SELECT 1 FROM dojo_events WHERE event_id = $1', [reversed.id])).length, 1)
    t.equal(
      (await sql('SELECT 1 FROM dojo_events')).length,
      1 + others.length,
      'each event is kept once',
    )
    t.same(
      await sql('SELECT version FROM orders WHERE order_id = $1', [order.id]),
      [{ version: 6 }],
      'the order changed once for it',
    )
  })

  test('the newest report about a payment wins, however they arrive', async (t) => {
    const { shuffled } = chance(t)
    await Promise.all(
      Array.from({ length: 12 }, async (_, round) => {
        const order = await newOrder(venue, 1_000)
        const paymentIntentId = newIntent()
        answered(await pay(venue, order.id, 1_000, { paymentIntentId }))
        const words = [
          'Created',
          'Authorized',
          'Captured',
          round % 2 === 0 ? 'Refunded' : 'Captured',
        ]
        const events = words.map((word, index) => statusUpdated(paymentIntentId, word, at(index)))
        const replies = await Promise.all(
          shuffled([...events, ...events]).map(
            async (event, index) => await both[index % 2]!.call('HandleEvent', event),
          ),
        )
        t.strictSame(tally(replies), { 200: 8 })
        t.equal((await read(venue, order.id)).paidAmount!.value, round % 2 === 0 ? 0 : 1_000)
      }),
    )
  })

  test('a reversal that comes while its payment is being written finds it', async (t) => {
    const order = await newOrder(venue, 1_000)
    const paymentIntentId = newIntent()
    const holder = await holdHistories(server.databaseUrl)
    const recorded = pay(both[0], order.id, 1_000, { paymentIntentId })
    await untilWaiting(server, 1)
    const reversed = both[1].call('HandleEvent', statusUpdated(paymentIntentId, 'Reversed'))
    await untilWaiting(server, 2)
    await holder.release()
    t.match(await recorded, { status: 200, body: { status: 'Finalized', paidAmount: gbp(1_000) } })
    t.equal((await reversed).status, 200)
    t.match(await read(venue, order.id), {
      paidAmount: gbp(0),
      status: 'New',
      payable: true,
      payments: [],
    })
    t.strictSame(await actionsOf(server, order.id), ['Created', 'PaymentRecorded', 'PaymentVoided'])
  })

  test('a payment and its reversal at once: it never stands', async (t) => {
    const { whole } = chance(t)
    const outcomes = { recordedFirst: 0, reversedFirst: 0 }
    for (let batch = 0; batch < 10; batch++) {
      await Promise.all(
        Array.from({ length: 8 }, async () => {
          const order = await newOrder(venue, 1_000)
          const paymentIntentId = newIntent()
          const event = statusUpdated(paymentIntentId, 'Reversed')
          const record = async () => {
            await turns(whole(0, 12))
            return await pay(both[0], order.id, 1_000, { paymentIntentId })
          }
          const reverse = async () => {
            await turns(whole(0, 6))
            return await both[1].call('HandleEvent', event)
          }
          const [recorded, ...reversed] = await Promise.all([record(), reverse(), reverse()])
          t.strictSame(tally(reversed), { 200: 2 })
          if (recorded.status === 200) outcomes.recordedFirst++
          else outcomes.reversedFirst++
          t.ok(
            recorded.status === 200 ||
              (recorded.status === 409 &&
                / as Reversed; it cannot be recorded/.test(recorded.error.debugMessage)),
            'recorded before, or refused after',
          )
          t.match(await read(venue, order.id), {
            paidAmount: gbp(0),
            status: 'New',
            payable: true,
            payments: [],
          })
        }),
      )
    }
    t.comment(JSON.stringify(outcomes))
  })

  test('an order that comes with a payment, and the reversal of that, at once', async (t) => {
    await Promise.all(
      Array.from({ length: 20 }, async () => {
        const paymentIntentId = newIntent()
        const request = orderRequest(1_000, {
          payments: [{ paymentIntentId, paidAmount: gbp(1_000) }],
        })
        const [created, reversed] = await Promise.all([
          both[0].call('CreateOrder', request),
          both[1].call('HandleEvent', statusUpdated(paymentIntentId, 'Reversed')),
        ])
        t.equal(reversed.status, 200)
        if (created.status === 200) {
          t.match(await read(venue, created.body.id), {
            paidAmount: gbp(0),
            payable: true,
            status: 'Confirmed',
          })
        } else {
          t.equal(created.status, 409)
          t.equal(
            (await sql('SELECT 1 FROM orders WHERE dojo_order_id = $1', [request.dojoOrderId]))
              .length,
            0,
            'none of it was kept',
          )
        }
      }),
    )
  })

  test('a settled bill that a reversal opens while others pay it is paid once', async (t) => {
    await Promise.all(
      Array.from({ length: 12 }, async () => {
        const order = await newOrder(venue, 1_000)
        const first = newIntent()
        answered(await pay(venue, order.id, 1_000, { paymentIntentId: first }))
        const [reversed, ...replies] = await Promise.all<Reply<unknown>>([
          both[0].call('HandleEvent', statusUpdated(first, 'Refunded')),
          ...Array.from(
            { length: 6 },
            async (_, index) => await pay(both[index % 2]!, order.id, 1_000),
          ),
          // What was recorded once is a repetition, whatever has happened since.
          pay(both[1], order.id, 1_000, { paymentIntentId: first }),
        ])
        t.equal(reversed!.status, 200)
        t.equal(replies.pop()!.status, 200)
        const paid = replies.filter(({ status }) => status === 200).length
        t.ok(paid <= 1, 'at most one took its place')
        t.strictSame(tally(replies), paid === 1 ? { 200: 1, 409: 5 } : { 409: 6 })
        t.match(await read(venue, order.id), {
          paidAmount: gbp(paid * 1_000),
          payable: paid === 0,
          status: paid === 1 ? 'Finalized' : 'New',
        })
      }),
    )
  })

  t.test('none of it was a deadlock', async (t) => {
    t.equal(await deadlocks(server), 0)
  })
})

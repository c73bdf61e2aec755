import t, { type Test } from 'tap'
import type { Input, Schemas } from '../../../src/contract/capabilities.ts'
import { readUnmatchedPayments } from '../../../src/store/payments/unmatched.ts'
import {
  actionsOf,
  gbp,
  historyOf,
  isRefused,
  newIntent,
  newOrder,
  pay,
  read,
  setStatus,
  statusUpdated,
} from '../../support/orders.ts'
import { startServer, type Venue } from '../../support/server.ts'

type Event = Input<'HandleEvent'>

const NOT_PAID = ['Reversed', 'Refunded', 'Canceled']
/** Seconds after some evening's beginning. */
const at = (seconds: number): string =>
  new Date(Date.parse('2026-03-01T19:00:00.000Z') + seconds * 1000).toISOString()

function permutations<T>(items: T[]): T[][] {
  if (items.length < 2) return [items]
  return items.flatMap((item, index) =>
    permutations(items.toSpliced(index, 1)).map((rest) => [item, ...rest]),
  )
}

t.test('HandleEvent', async (t) => {
  const server = await startServer(t)
  const {
    venue,
    sql,
    store: { database },
  } = server
  const kept = async (eventId: string, { locationId }: Venue = venue) =>
    await sql<{
      account_id: string
      event_type: string
      payment_intent_id: string | null
      created_at: Date
      data: object
    }>(
      'SELECT account_id, event_type, payment_intent_id, created_at, data FROM dojo_events WHERE location_id = $1 AND event_id = $2',
      [locationId, eventId],
    )
  const unmatched = async ({ locationId }: Venue = venue): Promise<string[]> =>
    (await readUnmatchedPayments(database, locationId)).map(
      ({ paymentIntentId }) => paymentIntentId,
    )
  const isTaken = async (t: Test, event: Event, name = 'taken in', by = venue): Promise<void> => {
    const { status, body } = await by.call('HandleEvent', event)
    t.equal(status, 200, name)
    t.same(body, {})
  }
  /** An order of 10.00 that one payment of an intent has settled, with a tip. */
  const paidOrder = async (
    details: Schemas['OrderDetails'] = { orderType: 'DineIn', dineIn: {} },
  ) => {
    const { id: orderId } = await newOrder(venue, 1_000, { details })
    const paymentIntentId = newIntent()
    const { body } = await pay(venue, orderId, 1_000, { paymentIntentId, tipsAmount: gbp(100) })
    return { orderId, paymentIntentId, paid: body }
  }

  t.test('refuses what is not an event', async (t) => {
    const cases: { name: string; more: object; message: RegExp }[] = [
      ...(['id', 'accountId', 'event', 'data', 'createdAt'] as const).map((field) => ({
        name: `no ${field}`,
        more: { [field]: undefined },
        message: new RegExp(`${field} is missing`),
      })),
      {
        name: 'data that is not an object',
        more: { data: 'pi-1' },
        message: /data must be an object/,
      },
      {
        name: 'a time in words',
        more: { createdAt: 'yesterday' },
        message: /createdAt must be a time/,
      },
      {
        name: 'a known type without its intent',
        more: { data: { paymentStatus: 'Reversed', captureMode: 'Auto' } },
        message: /^In data: The field paymentIntentId is missing\.$/,
      },
      {
        name: 'a known type without its status',
        more: { data: { paymentIntentId: 'pi-1', captureMode: 'Auto' } },
        message: /^In data: The field paymentStatus is missing\.$/,
      },
      {
        name: 'a known type without its capture mode',
        more: { data: { paymentIntentId: 'pi-1', paymentStatus: 'Reversed' } },
        message: /^In data: The field captureMode is missing\.$/,
      },
      {
        name: 'a known type with a number for its status',
        more: { data: { paymentIntentId: 'pi-1', paymentStatus: 1, captureMode: 'Auto' } },
        message: /^In data: The field paymentStatus must be a string, not a number\.$/,
      },
      {
        name: 'the other known type without its status',
        more: {
          event: 'payment_intent.created',
          data: { paymentIntentId: 'pi-1', captureMode: 'Auto' },
        },
        message: /^In data: The field paymentStatus is missing\.$/,
      },
      {
        name: 'missing data, before a time that is not one',
        more: { data: {}, createdAt: '2026-12-31T23:59:60Z' },
        message: /^In data: /,
      },
      {
        name: 'a time that no calendar has',
        more: { createdAt: '2026-12-31T23:59:60Z' },
        message: /createdAt/,
      },
    ]
    for (const { name, more, message } of cases) {
      await t.test(name, async (t) => {
        const whole = statusUpdated(newIntent(), 'Captured')
        isRefused(
          t,
          await venue.call('HandleEvent', { ...whole, ...more } as Event),
          'InvalidRequest',
          message,
        )
        t.same(await kept(whole.id), [], 'it is not kept')
        await isTaken(t, whole, 'so that it may come again as it should be')
      })
    }
  })

  t.test('keeps every event, known or not', async (t) => {
    const intent = { paymentIntentId: newIntent(), paymentStatus: 'Created', captureMode: 'Manual' }
    const cases: {
      name: string
      event: string
      data: Event['data']
      paymentIntentId: string | null
    }[] = [
      {
        name: 'an intent that is created',
        event: 'payment_intent.created',
        data: intent,
        paymentIntentId: intent.paymentIntentId,
      },
      {
        name: 'an intent whose status has changed',
        event: 'payment_intent.status_updated',
        data: { ...intent, paymentStatus: 'Authorized', more: [1] },
        paymentIntentId: intent.paymentIntentId,
      },
      {
        name: 'an unknown status',
        event: 'payment_intent.status_updated',
        data: { ...intent, paymentStatus: 'Pending3DS' },
        paymentIntentId: intent.paymentIntentId,
      },
      {
        name: 'an unknown type',
        event: 'terminal.restarted',
        data: { terminalId: 'tm_1', nested: { deep: [null] } },
        paymentIntentId: null,
      },
      {
        name: 'an unknown type, about an intent',
        event: 'payment_intent.admired',
        data: { ...intent, paymentStatus: 'Reversed' },
        paymentIntentId: null,
      },
      { name: 'no data', event: 'ping', data: {}, paymentIntentId: null },
    ]
    for (const { name, event, data, paymentIntentId } of cases) {
      const id = newIntent()
      await isTaken(
        t,
        { id, accountId: 'acc-7', event, createdAt: '2026-03-01T20:00:00+01:00', data },
        name,
      )
      t.strictSame(
        await kept(id),
        [
          {
            account_id: 'acc-7',
            event_type: event,
            payment_intent_id: paymentIntentId,
            created_at: new Date('2026-03-01T19:00:00.000Z'),
            data,
          },
        ],
        `${name}: kept`,
      )
    }
  })

  t.test('what changes nothing', async (t) => {
    const { orderId, paymentIntentId, paid } = await paidOrder()
    for (const status of ['Created', 'Authorized', 'Captured', 'Pending3DS', 'reversed']) {
      await isTaken(t, statusUpdated(paymentIntentId, status), status)
    }
    await isTaken(
      t,
      { ...statusUpdated(paymentIntentId, 'Reversed'), event: 'payment_intent.admired' },
      'an unknown type',
    )
    await isTaken(t, statusUpdated(newIntent(), 'Reversed'), "another intent's")
    t.same(await read(venue, orderId), paid)
    t.same(await actionsOf(server, orderId), ['Created', 'PaymentRecorded'])
  })

  t.test('money that goes back reopens the balance', async (t) => {
    for (const word of NOT_PAID) {
      await t.test(word, async (t) => {
        const { orderId, paymentIntentId, paid } = await paidOrder()
        t.same([paid.status, paid.payable], ['Finalized', false])
        const event = statusUpdated(paymentIntentId, word)
        await isTaken(t, event)
        const order = await read(venue, orderId)
        const { updatedAt, ...rest } = order
        const { updatedAt: paidAt, ...restPaid } = paid
        t.same(rest, {
          ...restPaid,
          status: 'New',
          payable: true,
          paidAmount: gbp(0),
          tipsAmount: gbp(0),
          payments: [],
        })
        t.ok(updatedAt! >= paidAt!)

        const history = await historyOf(server, orderId)
        t.same(
          history.map(({ action }) => action),
          ['Created', 'PaymentRecorded', 'PaymentVoided'],
        )
        t.match(history[2]!.detail, {
          paymentIntentId,
          eventId: event.id,
          amountMinor: 1_000,
          paidMinor: 0,
          status: 'New',
          statusBefore: 'Finalized',
        })
        t.match(String(history[2]!.detail['reason']), word, 'the history says why')
        const [payment] = await sql<{ voided: boolean; void_reason: string }>(
          'SELECT voided_at IS NOT NULL AS voided, void_reason FROM payments WHERE payment_intent_id = $1',
          [paymentIntentId],
        )
        t.equal(payment!.voided, true)
        t.match(payment!.void_reason, word)
        t.same(
          (await venue.call('SearchOrders', { payableOnly: true })).body.data!.some(
            ({ id }) => id === orderId,
          ),
          true,
          'the card machine lists it again',
        )

        t.equal((await pay(venue, orderId, 1_001)).status, 409)
        const again = await pay(venue, orderId, 1_000)
        t.same(
          [again.status, again.body.status, again.body.payments!.length],
          [200, 'Finalized', 1],
          'and it can be paid again',
        )
      })
    }
  })

  t.test('the status returns to what it was before the bill was settled', async (t) => {
    for (const status of [
      'New',
      'Submitted',
      'Confirmed',
      'Accepted',
      'Preparing',
      'Prepared',
      'Ready',
    ] as const) {
      const { id: orderId } = await newOrder(venue, 1_000)
      await setStatus(server, orderId, status)
      const paymentIntentId = newIntent()
      t.equal((await pay(venue, orderId, 1_000, { paymentIntentId })).body.status, 'Finalized')
      await isTaken(t, statusUpdated(paymentIntentId, 'Refunded'))
      const order = await read(venue, orderId)
      t.same([order.status, order.payable], [status, true], status)
    }
    const ready = await newOrder(venue, 1_000, {
      details: { orderType: 'Collection', collection: {} },
    })
    await setStatus(server, ready.id, 'Ready')
    const paymentIntentId = newIntent()
    t.equal((await pay(venue, ready.id, 1_000, { paymentIntentId })).body.status, 'Finalized')
    await isTaken(t, statusUpdated(paymentIntentId, 'Refunded'))
    t.equal((await read(venue, ready.id)).status, 'Ready', 'food that was ready to collect')
  })

  t.test('an order that is still being cooked', async (t) => {
    const paymentIntentId = newIntent()
    const order = await newOrder(venue, 1_000, {
      payments: [{ paymentIntentId, paidAmount: gbp(1_000) }],
    })
    t.same([order.status, order.payable], ['Confirmed', false])
    await isTaken(t, statusUpdated(paymentIntentId, 'Reversed'))
    const after = await read(venue, order.id)
    t.same([after.status, after.payable, after.paidAmount], ['Confirmed', true, gbp(0)])
  })

  t.test('one of several payments', async (t) => {
    const { id: orderId } = await newOrder(venue, 1_000)
    const [first, second] = [newIntent(), newIntent()]
    await pay(venue, orderId, 400, { paymentIntentId: first, tipsAmount: gbp(30) })
    await pay(venue, orderId, 600, { paymentIntentId: second, tipsAmount: gbp(20) })
    await isTaken(t, statusUpdated(first, 'Reversed'))
    const order = await read(venue, orderId)
    t.same(
      [order.status, order.payable, order.paidAmount, order.tipsAmount],
      ['New', true, gbp(600), gbp(20)],
    )
    t.same(
      order.payments,
      [{ paymentIntentId: second, paidAmount: gbp(600), tipsAmount: gbp(20) }],
      'the other counts',
    )
    t.equal((await pay(venue, orderId, 401)).status, 409, 'what is left to pay is the first part')
    await isTaken(t, statusUpdated(second, 'Refunded'))
    t.same((await read(venue, orderId)).paidAmount, gbp(0))
    t.equal((await pay(venue, orderId, 1_000)).body.status, 'Finalized')
  })

  t.test('an order that ended another way stays ended', async (t) => {
    const { orderId, paymentIntentId } = await paidOrder()
    await sql(
      "UPDATE orders SET status = 'Failed', status_before_final = NULL WHERE order_id = $1",
      [orderId],
    )
    await isTaken(t, statusUpdated(paymentIntentId, 'Reversed'))
    const order = await read(venue, orderId)
    t.same([order.status, order.payable, order.paidAmount], ['Failed', false, gbp(0)])
  })

  t.test('the same event again', async (t) => {
    const { orderId, paymentIntentId } = await paidOrder()
    const event = statusUpdated(paymentIntentId, 'Reversed')
    await isTaken(t, event)
    await pay(venue, orderId, 1_000)
    const before = await read(venue, orderId)
    for (let n = 0; n < 3; n++) await isTaken(t, event, 'again')
    await isTaken(t, { ...event, id: `${event.id}-webhook` }, 'by another way, under another id')
    const another = newIntent()
    await isTaken(
      t,
      {
        ...event,
        data: { paymentIntentId: another, paymentStatus: 'Captured', captureMode: 'Auto' },
      },
      'with other content under the same id',
    )
    t.equal((await unmatched()).includes(another), false, 'which has no effect')
    t.same(await read(venue, orderId), before)
    t.same(await actionsOf(server, orderId), [
      'Created',
      'PaymentRecorded',
      'PaymentVoided',
      'PaymentRecorded',
    ])
    const [row] = await kept(event.id)
    t.same(row!.data, event.data, 'the first is kept')
  })

  t.test('many times at once', async (t) => {
    const { orderId, paymentIntentId } = await paidOrder()
    const event = statusUpdated(paymentIntentId, 'Reversed')
    const replies = await Promise.all(
      Array.from(
        { length: 20 },
        async (_, n) =>
          await venue.call(
            'HandleEvent',
            n % 2 === 0 ? event : { ...event, id: `${event.id}-${n}` },
          ),
      ),
    )
    t.same(
      replies.map(({ status }) => status),
      Array(20).fill(200),
    )
    t.same(
      await actionsOf(server, orderId),
      ['Created', 'PaymentRecorded', 'PaymentVoided'],
      'one effect',
    )
    t.equal((await kept(event.id)).length, 1)
  })

  t.test('in any order, the newest report counts', async (t) => {
    const stories: { name: string; words: string[]; stands: boolean }[] = [
      {
        name: 'captured, then refunded',
        words: ['Created', 'Authorized', 'Captured', 'Refunded'],
        stands: false,
      },
      {
        name: 'authorized, then reversed',
        words: ['Authorized', 'Captured', 'Reversed'],
        stands: false,
      },
      { name: 'captured', words: ['Created', 'Authorized', 'Captured'], stands: true },
    ]
    for (const { name, words, stands } of stories) {
      for (const [index, order] of permutations(
        words.map((word, second) => ({ word, second })),
      ).entries()) {
        const { orderId, paymentIntentId, paid } = await paidOrder()
        const events = order.map(({ word, second }) =>
          statusUpdated(paymentIntentId, word, at(second)),
        )
        for (const event of [...events, ...events]) await isTaken(t, event)
        const after = await read(venue, orderId)
        t.same(after.paidAmount, gbp(stands ? 1_000 : 0), `${name}, order ${index}`)
        t.same([after.status, after.payable], stands ? [paid.status, false] : ['New', true])
        t.equal(
          (await actionsOf(server, orderId)).filter((action) => action === 'PaymentVoided').length,
          stands ? 0 : 1,
        )
      }
    }
  })

  t.test('an older event never undoes a newer one', async (t) => {
    const { orderId, paymentIntentId, paid } = await paidOrder()
    await isTaken(t, statusUpdated(paymentIntentId, 'Captured', at(10)))
    for (const word of NOT_PAID) {
      await isTaken(t, statusUpdated(paymentIntentId, word, at(9.999)), `${word}, but earlier`)
    }
    t.same(await read(venue, orderId), paid, 'the payment stands')
    await isTaken(
      t,
      statusUpdated(paymentIntentId, 'Refunded', at(10)),
      'of two reports of one instant, the one that the money went back counts',
    )
    t.same((await read(venue, orderId)).paidAmount, gbp(0))
    await isTaken(t, statusUpdated(paymentIntentId, 'Captured', at(5)))
    t.same((await read(venue, orderId)).paidAmount, gbp(0), 'the payment stays void')
    t.equal(
      (await unmatched()).includes(paymentIntentId),
      false,
      'a refunded payment is not unmatched',
    )
  })

  t.test('before the payment is recorded', async (t) => {
    const { id: orderId } = await newOrder(venue, 1_000)
    for (const word of NOT_PAID) {
      const paymentIntentId = newIntent()
      await isTaken(t, statusUpdated(paymentIntentId, word, at(10)))
      await isTaken(t, statusUpdated(paymentIntentId, 'Captured', at(5)), 'late')
      isRefused(
        t,
        await pay(venue, orderId, 100, { paymentIntentId }),
        'Conflict',
        new RegExp(`${paymentIntentId} as ${word};`),
      )
      t.same((await read(venue, orderId)).paidAmount, gbp(0), 'it does not stand')
    }
    const paymentIntentId = newIntent()
    await isTaken(t, statusUpdated(paymentIntentId, 'Reversed', at(5)))
    await isTaken(t, statusUpdated(paymentIntentId, 'Captured', at(10)))
    t.equal(
      (await pay(venue, orderId, 100, { paymentIntentId })).status,
      200,
      'unless a newer report says that it was captured after all',
    )
    t.same((await read(venue, orderId)).paidAmount, gbp(100))
  })

  t.test('captured money that no order has is unmatched', async (t) => {
    const here = await server.newVenue('Unmatched')
    const there = await server.newVenue('Unmatched, next door')
    const { id: orderId } = await newOrder(here, 1_000)
    const [lost, late, reversed, authorized] = [newIntent(), newIntent(), newIntent(), newIntent()]
    await isTaken(t, statusUpdated(lost, 'Captured', at(2)), undefined, here)
    await isTaken(t, statusUpdated(late, 'Captured', at(1)), undefined, here)
    await isTaken(t, statusUpdated(reversed, 'Captured', at(3)), undefined, here)
    await isTaken(t, statusUpdated(authorized, 'Authorized', at(4)), undefined, here)
    await isTaken(t, statusUpdated(lost, 'Captured', at(2)), 'again', here)
    const reason = 'Dojo captured it, but no order has it.'
    t.match(
      await readUnmatchedPayments(database, here.locationId),
      [
        { paymentIntentId: lost, reason },
        { paymentIntentId: late, reason },
        { paymentIntentId: reversed, reason },
      ],
      'as they came',
    )
    t.same(await unmatched(there), [], "not for another venue's")

    t.equal((await pay(here, orderId, 400, { paymentIntentId: late })).status, 200)
    await isTaken(t, statusUpdated(reversed, 'Reversed', at(5)), undefined, here)
    t.same(await unmatched(here), [lost], 'not once it is recorded, or went back')
    const paymentIntentId = newIntent()
    await pay(here, orderId, 100, { paymentIntentId })
    await isTaken(t, statusUpdated(paymentIntentId, 'Captured', at(6)), undefined, here)
    t.same(await unmatched(here), [lost], 'nor what an order has')
  })

  t.test(
    'captured after it went back: the payment stays void, and the money is unmatched',
    async (t) => {
      const { orderId, paymentIntentId } = await paidOrder()
      await isTaken(t, statusUpdated(paymentIntentId, 'Reversed', at(5)))
      t.equal((await unmatched()).includes(paymentIntentId), false)
      await isTaken(t, statusUpdated(paymentIntentId, 'Captured', at(10)))
      t.same((await read(venue, orderId)).paidAmount, gbp(0))
      t.equal((await unmatched()).includes(paymentIntentId), true)
    },
  )

  t.test('events belong to their venue', async (t) => {
    const next = await server.newVenue('Next door')
    const { orderId, paymentIntentId, paid } = await paidOrder()
    const event = statusUpdated(paymentIntentId, 'Reversed')
    await isTaken(t, event, undefined, next)
    t.same(await read(venue, orderId), paid)
    t.equal((await kept(event.id, next)).length, 1)
    await isTaken(t, event)
    t.same((await read(venue, orderId)).paidAmount, gbp(0), 'the same id is new to this one')
  })

  t.test('an event and the payment at once', async (t) => {
    for (let round = 0; round < 10; round++) {
      const { id: orderId } = await newOrder(venue, 1_000)
      const paymentIntentId = newIntent()
      const [paid] = await Promise.all([
        pay(venue, orderId, 1_000, { paymentIntentId }),
        venue.call('HandleEvent', statusUpdated(paymentIntentId, 'Reversed')),
      ])
      t.ok(paid.status === 200 || paid.status === 409)
      const order = await read(venue, orderId)
      t.same(
        [order.paidAmount, order.payable],
        [gbp(0), true],
        'whichever came first, the money is not counted',
      )
    }
  })
})

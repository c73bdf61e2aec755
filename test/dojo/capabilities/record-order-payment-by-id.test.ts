import t, { type Test } from 'tap'
import type { Input, Schemas } from '../../../src/contract/capabilities.ts'
import {
  actionsOf,
  bar,
  CALLER,
  callerColumns,
  expireLock,
  garden,
  gbp,
  historyOf,
  holdOnTill,
  isRefused,
  lock,
  newIntent,
  newOrder,
  noOrder,
  pay,
  read,
  setStatus,
  statusUpdated,
} from '../../support/orders.ts'
import { startServer, type Headers } from '../../support/server.ts'

type Payment = Input<'RecordOrderPaymentById'>

const collection: Schemas['OrderDetails'] = { orderType: 'Collection', collection: { asap: true } }

t.test('RecordOrderPaymentById', async (t) => {
  const server = await startServer(t)
  const { venue, sql } = server
  const other = await server.newVenue('The White Hart')
  const order = async (more: Partial<Input<'CreateOrder'>> = {}): Promise<string> =>
    (await newOrder(venue, 1_000, more)).id
  const payments = async (orderId: string) =>
    await sql('SELECT payment_intent_id FROM payments WHERE order_id = $1', [orderId])

  t.test('refuses a request that is not one', async (t) => {
    const orderId = await order()
    const cases: { name: string; input: object; message: RegExp }[] = [
      {
        name: 'no intent',
        input: { paymentIntentId: undefined },
        message: /paymentIntentId is missing/,
      },
      { name: 'no amount', input: { paidAmount: undefined }, message: /paidAmount is missing/ },
      {
        name: 'an amount in words',
        input: { paidAmount: { value: '100', currencyCode: 'GBP' } },
        message: /paidAmount\.value must be an integer, not a string/,
      },
      { name: 'half a penny', input: { paidAmount: gbp(0.5) }, message: /paidAmount\.value/ },
      {
        name: 'no currency',
        input: { paidAmount: { value: 100 } },
        message: /paidAmount\.currencyCode is missing/,
      },
      {
        name: 'a lockId that is a number',
        input: { lockId: 1 },
        message: /lockId must be a string, not a number/,
      },
      {
        name: 'another currency',
        input: { paidAmount: { value: 100, currencyCode: 'EUR' } },
        message: /^The field paidAmount\.currencyCode is EUR, but this venue takes GBP only\.$/,
      },
      {
        name: 'another currency of the tip',
        input: { tipsAmount: { value: 100, currencyCode: 'EUR' } },
        message: /^The field tipsAmount\.currencyCode is EUR/,
      },
      {
        name: 'less than nothing',
        input: { paidAmount: gbp(-1) },
        message: /^The field paidAmount\.value is -1, but an amount is never negative\.$/,
      },
      {
        name: 'a tip below nothing',
        input: { tipsAmount: gbp(-1) },
        message: /^The field tipsAmount\.value is -1/,
      },
      {
        name: 'an amount that is not exact',
        input: { paidAmount: gbp(2 ** 53) },
        message: /^The field paidAmount\.value is larger than 9007199254740991/,
      },
      {
        name: 'a tip that is not exact',
        input: { tipsAmount: gbp(2 ** 53) },
        message: /^The field tipsAmount\.value is larger than 9007199254740991/,
      },
    ]
    for (const { name, input, message } of cases) {
      await t.test(name, async (t) => {
        isRefused(
          t,
          await pay(venue, orderId, 100, input as Partial<Payment>),
          'InvalidRequest',
          message,
        )
      })
    }
    isRefused(t, await pay(venue, 'ord_nobody', -1), 'InvalidRequest', /paidAmount/)
    t.same(await payments(orderId), [])
  })

  t.test('refuses an order that the venue does not have', async (t) => {
    const orderId = await order()
    const paymentIntentId = newIntent()
    isRefused(
      t,
      await pay(venue, 'ord_nobody', 100, { paymentIntentId }),
      'NotFound',
      noOrder('ord_nobody'),
    )
    isRefused(t, await pay(other, orderId, 100, { paymentIntentId }), 'NotFound', noOrder(orderId))
    const { status } = await pay(venue, orderId, 100, { paymentIntentId })
    t.equal(status, 200, 'nothing is left of it')
    isRefused(
      t,
      await pay(venue, 'ord_nobody', 100, { paymentIntentId }),
      'NotFound',
      noOrder('ord_nobody'),
    )
  })

  t.test('refuses the same intent with other content, before all else', async (t) => {
    const paymentIntentId = newIntent()
    const orderId = await order()
    await lock(venue, orderId, 'theirs', 600, bar)
    await pay(venue, orderId, 1_000, { paymentIntentId, tipsAmount: gbp(100), lockId: 'theirs' })
    t.equal(
      (await read(venue, orderId)).status,
      'Finalized',
      'final, locked by another, and nothing to pay',
    )
    const before = await read(venue, orderId)
    const others: { name: string; value: number; tip: number | undefined }[] = [
      { name: 'less', value: 999, tip: 100 },
      { name: 'more', value: 1_001, tip: 100 },
      { name: 'a larger tip', value: 1_000, tip: 101 },
      { name: 'no tip', value: 1_000, tip: undefined },
      { name: 'the two the other way round', value: 100, tip: 1_000 },
    ]
    for (const { name, value, tip } of others) {
      await t.test(name, async (t) => {
        isRefused(
          t,
          await pay(
            venue,
            orderId,
            value,
            { paymentIntentId, ...(tip === undefined ? {} : { tipsAmount: gbp(tip) }) },
            garden,
          ),
          'Conflict',
          `The payment intent ${paymentIntentId} is already recorded on this order with ` +
            '10.00 GBP and a tip of 1.00 GBP; it cannot be recorded again with other amounts.',
        )
      })
    }
    t.same(await read(venue, orderId), before)
  })

  t.test('refuses an intent that is on another order, before all else', async (t) => {
    const paymentIntentId = newIntent()
    await pay(venue, await order(), 100, { paymentIntentId })
    const [open, final, locked] = [await order(), await order(), await order()]
    await setStatus(server, final, 'Finalized')
    await lock(venue, locked, 'theirs', 60, bar)
    for (const [orderId, value] of [
      [open, 100],
      [open, 9_999],
      [final, 100],
      [locked, 100],
    ] as const) {
      isRefused(
        t,
        await pay(venue, orderId, value, { paymentIntentId }, garden),
        'Conflict',
        `The payment intent ${paymentIntentId} is already recorded on another order.`,
      )
      t.same(await payments(orderId), [])
    }
    t.equal(
      (await pay(other, (await newOrder(other, 1_000)).id, 100, { paymentIntentId })).status,
      200,
      'what another venue has recorded is not looked at',
    )
  })

  t.test('refuses a final order, before its lock and its balance', async (t) => {
    for (const status of ['Finalized', 'Canceled', 'Failed'] as const) {
      const orderId = await order()
      await lock(venue, orderId, 'theirs', 60, bar)
      await setStatus(server, orderId, status)
      for (const value of [100, 9_999]) {
        isRefused(
          t,
          await pay(venue, orderId, value, {}, garden),
          'Conflict',
          `The order ${orderId} is ${status}; no further changes are possible.`,
        )
      }
      t.same(await payments(orderId), [])
    }
  })

  t.test("refuses while another's lock is live, before the balance", async (t) => {
    const words =
      /^The order \S+ is locked by waiter 42 on terminal tm_bar until \d\d:\d\d:\d\d UTC\.$/
    const orderId = await order()
    await lock(venue, orderId, 'theirs', 60, bar)
    const cases: { name: string; lockId?: string; headers?: Headers }[] = [
      { name: 'without a lock', headers: garden },
      { name: 'without a lock and without a device' },
      { name: 'with a lock that is not there', lockId: 'mine', headers: garden },
      {
        name: 'with a lock that is not there, from the device that has the other',
        lockId: 'mine',
        headers: bar,
      },
      {
        name: 'by the same waiter on another device',
        headers: { 'waiter-id': '42', 'device-id': 'tm_garden' },
      },
    ]
    for (const { name, lockId, headers } of cases) {
      for (const value of [100, 9_999]) {
        await t.test(`${name}: ${value}`, async (t) => {
          isRefused(
            t,
            await pay(venue, orderId, value, lockId === undefined ? {} : { lockId }, headers),
            'Conflict',
            words,
          )
        })
      }
    }
    const expiredOwn = await order()
    await lock(venue, expiredOwn, 'mine', 60, garden)
    await expireLock(server, expiredOwn)
    await lock(venue, expiredOwn, 'theirs', 60, bar)
    isRefused(t, await pay(venue, expiredOwn, 100, { lockId: 'mine' }, garden), 'Conflict', words)

    const anonymous = await order()
    await lock(venue, anonymous, 'theirs')
    isRefused(t, await pay(venue, anonymous, 100), 'Conflict', /is locked by/)
    for (const id of [orderId, expiredOwn, anonymous]) t.same(await payments(id), [])
  })

  t.test('refuses while a till holds the order, before the balance', async (t) => {
    const orderId = await order()
    await holdOnTill(server, venue, orderId)
    for (const value of [100, 9_999]) {
      isRefused(
        t,
        await pay(venue, orderId, value, {}, bar),
        'Conflict',
        /^The order \S+ is held for editing by Till 2 until \d\d:\d\d:\d\d UTC\.$/,
      )
    }
    await expireLock(server, orderId)
    t.equal(
      (await pay(venue, orderId, 100, {}, bar)).status,
      200,
      'an expired hold refuses nothing',
    )
  })

  t.test('refuses more than the balance, and names it', async (t) => {
    const orderId = await order()
    const words = (paid: string, balance: string, minor: number) =>
      `The payment of ${paid} GBP is more than the balance of ${balance} GBP (${minor} minor units) on the order ${orderId}.`
    isRefused(t, await pay(venue, orderId, 1_001), 'Conflict', words('10.01', '10.00', 1_000))
    await pay(venue, orderId, 750, { tipsAmount: gbp(200) })
    isRefused(t, await pay(venue, orderId, 251), 'Conflict', words('2.51', '2.50', 250))
    isRefused(
      t,
      await pay(venue, orderId, 251, { tipsAmount: gbp(1) }),
      'Conflict',
      words('2.51', '2.50', 250),
    )
    await pay(venue, orderId, 245)
    isRefused(t, await pay(venue, orderId, 6), 'Conflict', words('0.06', '0.05', 5))
    isRefused(
      t,
      await pay(venue, orderId, Number.MAX_SAFE_INTEGER),
      'Conflict',
      words('90071992547409.91', '0.05', 5),
    )
    t.same((await read(venue, orderId)).paidAmount, gbp(995))

    const cooked = await newOrder(venue, 1_000, {
      details: collection,
      payments: [{ paymentIntentId: newIntent(), paidAmount: gbp(1_000) }],
    })
    t.equal(cooked.status, 'Confirmed')
    isRefused(
      t,
      await pay(venue, cooked.id, 1),
      'Conflict',
      /more than the balance of 0\.00 GBP \(0 minor units\)/,
    )
    const free = await newOrder(venue, 0)
    isRefused(
      t,
      await pay(venue, free.id, 1),
      'Conflict',
      /more than the balance of 0\.00 GBP \(0 minor units\)/,
    )
  })

  t.test('refuses money that Dojo has already given back', async (t) => {
    for (const word of ['Reversed', 'Refunded', 'Canceled']) {
      const orderId = await order()
      const paymentIntentId = newIntent()
      await venue.call('HandleEvent', statusUpdated(paymentIntentId, word))
      isRefused(
        t,
        await pay(venue, orderId, 9_999, { paymentIntentId }),
        'Conflict',
        /more than the balance/,
      )
      isRefused(
        t,
        await pay(venue, orderId, 100, { paymentIntentId }),
        'Conflict',
        `Dojo has reported the payment intent ${paymentIntentId} as ${word}; it cannot be recorded as paid.`,
      )
      t.same(await payments(orderId), [])
    }
  })

  t.test('records a part', async (t) => {
    const before = await newOrder(venue, 1_000)
    const paymentIntentId = newIntent()
    const { status, body } = await pay(venue, before.id, 400, {
      paymentIntentId,
      tipsAmount: gbp(50),
    })
    t.equal(status, 200)
    const { updatedAt, ...rest } = body
    const { updatedAt: createdAt, ...restBefore } = before
    t.same(rest, {
      ...restBefore,
      paidAmount: gbp(400),
      tipsAmount: gbp(50),
      payments: [{ paymentIntentId, paidAmount: gbp(400), tipsAmount: gbp(50) }],
      payable: true,
      status: 'New',
    })
    t.ok(updatedAt! >= createdAt!)
    t.same(await read(venue, before.id), body, 'as it is read afterwards')
    const second = newIntent()
    const after = await pay(venue, before.id, 100, { paymentIntentId: second })
    t.same(
      after.body.payments,
      [
        { paymentIntentId, paidAmount: gbp(400), tipsAmount: gbp(50) },
        { paymentIntentId: second, paidAmount: gbp(100) },
      ],
      'in the order in which they came',
    )
    t.same([after.body.paidAmount, after.body.tipsAmount], [gbp(500), gbp(50)])
  })

  t.test('tips never count, and a penny does', async (t) => {
    const orderId = await order()
    const { body: almost } = await pay(venue, orderId, 999, { tipsAmount: gbp(5_000) })
    t.same(
      [almost.status, almost.payable, almost.paidAmount, almost.tipsAmount],
      ['New', true, gbp(999), gbp(5_000)],
    )
    const { body: tipped } = await pay(venue, orderId, 0, { tipsAmount: gbp(1) })
    t.same(
      [tipped.status, tipped.payable, tipped.paidAmount, tipped.tipsAmount],
      ['New', true, gbp(999), gbp(5_001)],
    )
    const { body: paid } = await pay(venue, orderId, 1, { tipsAmount: gbp(200) })
    t.same(
      [paid.status, paid.payable, paid.paidAmount, paid.tipsAmount],
      ['Finalized', false, gbp(1_000), gbp(5_201)],
    )
  })

  t.test('the largest exact amount', async (t) => {
    const { id } = await newOrder(venue, Number.MAX_SAFE_INTEGER)
    t.equal(
      (await pay(venue, id, Number.MAX_SAFE_INTEGER - 1)).body.paidAmount!.value,
      9_007_199_254_740_990,
    )
    t.equal(
      (await pay(venue, id, 1, { tipsAmount: gbp(Number.MAX_SAFE_INTEGER) })).body.status,
      'Finalized',
    )
    const another = await order()
    await pay(venue, another, 1, { tipsAmount: gbp(Number.MAX_SAFE_INTEGER) })
    isRefused(
      t,
      await pay(venue, another, 1, { tipsAmount: gbp(1) }),
      'InvalidRequest',
      /The sum of the tips is larger than 9007199254740991/,
    )
  })

  t.test('paid to the penny', async (t) => {
    for (const status of [
      'New',
      'Submitted',
      'Confirmed',
      'Accepted',
      'Preparing',
      'Prepared',
      'Ready',
    ] as const) {
      for (const { kind, details, becomes } of [
        {
          kind: 'a dine-in order',
          details: { orderType: 'DineIn' as const, dineIn: {} },
          becomes: 'Finalized',
        },
        {
          kind: 'food to collect',
          details: collection,
          becomes: status === 'Ready' ? 'Finalized' : status,
        },
      ]) {
        const orderId = await order({ details })
        await setStatus(server, orderId, status)
        t.equal((await pay(venue, orderId, 600)).body.status, status, `${kind}, ${status}, in part`)
        const { body } = await pay(venue, orderId, 400)
        t.same([body.status, body.payable], [becomes, false], `${kind}, ${status}, in full`)
        const { detail } = (await historyOf(server, orderId)).at(-1)!
        t.equal(
          detail['status'],
          becomes === status ? undefined : 'Finalized',
          'the history says what became of it',
        )
      }
    }
  })

  t.test('with and without locks', async (t) => {
    const cases: {
      name: string
      lockId?: string
      headers?: Headers
      expired?: boolean
      none?: boolean
    }[] = [
      { name: 'with the own lock', lockId: 'mine', headers: bar },
      { name: 'with the own lock, from another device', lockId: 'mine', headers: garden },
      { name: 'from the device that has the lock', headers: bar },
      { name: 'with the own lock, which has expired', lockId: 'mine', headers: bar, expired: true },
      { name: 'without a lock, where one has expired', headers: garden, expired: true },
      {
        name: 'with another lock, where one has expired',
        lockId: 'other',
        headers: garden,
        expired: true,
      },
      { name: 'without any lock', none: true },
      { name: 'with a lock that never was', lockId: 'mine', none: true },
    ]
    for (const { name, lockId, headers, expired, none } of cases) {
      await t.test(name, async (t) => {
        const orderId = await order()
        if (none !== true) await lock(venue, orderId, 'mine', 60, bar)
        if (expired === true) await expireLock(server, orderId)
        const { status, body } = await pay(
          venue,
          orderId,
          100,
          lockId === undefined ? {} : { lockId },
          headers,
        )
        t.equal(status, 200)
        t.same(body.paidAmount, gbp(100))
        t.strictSame(await sql('SELECT lock_id FROM payments WHERE order_id = $1', [orderId]), [
          { lock_id: lockId ?? null },
        ])
      })
    }
    const orderId = await order()
    await lock(venue, orderId, 'mine', 60, bar)
    await venue.call('DeleteOrderLock', { orderId, lockId: 'mine' })
    t.equal(
      (await pay(venue, orderId, 100, { lockId: 'mine' }, bar)).status,
      200,
      'with the own lock, which is released',
    )
  })

  t.test('keeps who paid, and where', async (t) => {
    for (const headers of [bar, undefined]) {
      const orderId = await order()
      const paymentIntentId = newIntent()
      await pay(venue, orderId, 400, { paymentIntentId, tipsAmount: gbp(50) }, headers)
      t.strictSame(
        await sql(
          `SELECT payment_intent_id, tender::text, amount_minor::int, tips_minor::int, voided_at, ${CALLER}
           FROM payments WHERE order_id = $1`,
          [orderId],
        ),
        [
          {
            payment_intent_id: paymentIntentId,
            tender: 'Dojo',
            amount_minor: 400,
            tips_minor: 50,
            voided_at: null,
            ...callerColumns(headers),
          },
        ],
      )
      const history = await historyOf(server, orderId)
      t.equal(history.length, 2)
      t.match(history[1], {
        action: 'PaymentRecorded',
        detail: { paymentIntentId, amountMinor: 400, tipsMinor: 50, paidMinor: 400 },
      })
      t.match(history[1], callerColumns(headers))
      t.strictSame(
        await sql('SELECT paid_minor::int, tips_minor::int FROM orders WHERE order_id = $1', [
          orderId,
        ]),
        [{ paid_minor: 400, tips_minor: 50 }],
      )
    }
  })

  t.test('the same again, whatever has happened since', async (t) => {
    const orderId = await order()
    const first = { paymentIntentId: newIntent(), tipsAmount: gbp(50) }
    const untipped = { paymentIntentId: newIntent() }
    await pay(venue, orderId, 400, first)
    await pay(venue, orderId, 100, untipped)
    const again = async (t: Test, name: string): Promise<void> => {
      const before = await read(venue, orderId)
      for (const [value, more] of [
        [400, first],
        [100, untipped],
        [100, { ...untipped, tipsAmount: gbp(0) }],
        [400, { ...first, lockId: 'long-gone' }],
      ] as const) {
        const { status, body } = await pay(venue, orderId, value, more, garden)
        t.equal(status, 200, name)
        t.same(body, before, `${name}: the order as it now is`)
      }
    }
    await again(t, 'at once')
    await lock(venue, orderId, 'theirs', 60, bar)
    await again(t, "under another's lock")
    const last = { paymentIntentId: newIntent() }
    await pay(venue, orderId, 500, { ...last, lockId: 'theirs' }, bar)
    t.equal((await read(venue, orderId)).status, 'Finalized')
    await again(t, 'when it is final')
    await venue.call('HandleEvent', statusUpdated(first.paymentIntentId, 'Reversed'))
    t.same((await read(venue, orderId)).paidAmount, gbp(600))
    await again(t, 'when its money went back')
    await setStatus(server, orderId, 'Failed')
    await again(t, 'when it has failed')
    t.equal((await payments(orderId)).length, 3)
    t.same(
      (await actionsOf(server, orderId)).filter((action) => action === 'PaymentRecorded').length,
      3,
    )
  })

  t.test('many at once', async (t) => {
    const orderId = await order()
    const replies = await Promise.all(
      Array.from({ length: 15 }, async () => (await pay(venue, orderId, 100)).status),
    )
    t.same(
      replies.sort(),
      [...Array<number>(10).fill(200), ...Array<number>(5).fill(409)],
      'never above the total, none lost',
    )
    t.same((await read(venue, orderId)).paidAmount, gbp(1_000))
    t.equal((await payments(orderId)).length, 10)

    const paymentIntentId = newIntent()
    const [one, two] = [await order(), await order()]
    const elsewhere = await Promise.all(
      [one, two, one, two].map(
        async (orderId) => (await pay(venue, orderId, 100, { paymentIntentId })).status,
      ),
    )
    t.same(elsewhere.sort(), [200, 200, 409, 409], 'one intent pays for one order')
    t.equal(
      (await read(venue, one)).paidAmount!.value + (await read(venue, two)).paidAmount!.value,
      100,
    )
  })
})

import { Pool } from 'undici'
import t from 'tap'
import type { Schemas } from '../../src/contract/capabilities.ts'
import { basic } from '../support/server.ts'
import { gbp, newIntent, newOrder, pay, read } from '../support/orders.ts'
import { atOnce, chance, deadlocks, startPair, tally, testWithRules } from '../support/load.ts'

t.test('payments at once, on two instances', async (t) => {
  const pair = await startPair(t)
  const { server, other, venue, both } = pair
  const { sql } = server
  const test = testWithRules(t, server)

  test('100 equal ones are one payment and 100 times the same answer', async (t) => {
    const order = await newOrder(venue, 5_000)
    const paymentIntentId = newIntent()
    const replies = await atOnce(
      pair,
      100,
      async (venue) => await pay(venue, order.id, 2_000, { paymentIntentId, tipsAmount: gbp(150) }),
    )
    t.strictSame(tally(replies), { 200: 100 })
    t.equal(
      new Set(replies.map(({ body }) => JSON.stringify(body))).size,
      1,
      'all answer the same order',
    )
    t.match(replies[0]!.body, {
      paidAmount: gbp(2_000),
      tipsAmount: gbp(150),
      payments: [{ paymentIntentId }],
    })
    t.same(
      await sql(
        'SELECT amount_minor::int, tips_minor::int FROM payments WHERE payment_intent_id = $1',
        [paymentIntentId],
      ),
      [{ amount_minor: 2_000, tips_minor: 150 }],
    )
  })

  test('100 equal ones over sockets', async (t) => {
    const order = await newOrder(venue, 5_000)
    const body = JSON.stringify({ paymentIntentId: newIntent(), paidAmount: gbp(5_000) })
    const pools = await Promise.all(
      [server, other].map(
        async ({ app }) =>
          new Pool(await app.listen({ host: '127.0.0.1', port: 0 }), { connections: 50 }),
      ),
    )
    const headers = {
      authorization: basic(venue.username, venue.password),
      'content-type': 'application/json',
    }
    const answers = await Promise.all(
      Array.from({ length: 100 }, async (_, index) => {
        const { statusCode, body: answer } = await pools[index % 2]!.request({
          method: 'POST',
          path: `/v1/orders/${order.id}/record-payment`,
          headers,
          body,
        })
        return { statusCode, text: await answer.text() }
      }),
    )
    await Promise.all(
      pools.map(async (pool) => {
        await pool.close()
      }),
    )
    t.strictSame(
      answers.map(({ statusCode }) => statusCode),
      Array(100).fill(200),
    )
    t.equal(new Set(answers.map(({ text }) => text)).size, 1)
    t.equal((JSON.parse(answers[0]!.text) as Schemas['Order']).status, 'Finalized')
    t.equal((await sql('SELECT 1 FROM payments WHERE order_id = $1', [order.id])).length, 1)
  })

  for (const { name, details, status } of [
    { name: 'a dine-in order', details: { orderType: 'DineIn', dineIn: {} }, status: 'Finalized' },
    {
      name: 'an order to collect',
      details: { orderType: 'Collection', collection: { asap: true } },
      status: 'New',
    },
  ] satisfies { name: string; details: Schemas['OrderDetails']; status: string }[]) {
    test(`of 50 payments of 10.00 on a bill of 100.00, ${name}, exactly 10 succeed`, async (t) => {
      const order = await newOrder(venue, 10_000, { details })
      const replies = await atOnce(pair, 50, async (venue) => await pay(venue, order.id, 1_000))
      t.strictSame(tally(replies), { 200: 10, 409: 40 })
      t.ok(replies.every(({ status, error }) => status === 200 || error.errorType === 'Conflict'))
      const now = await read(venue, order.id)
      t.match(now, { paidAmount: gbp(10_000), payable: false, status })
      t.equal(now.payments!.length, 10)
    })
  }

  test('one intent on two orders at once is recorded on one of them', async (t) => {
    const { shuffled } = chance(t)
    await Promise.all(
      Array.from({ length: 20 }, async () => {
        const orders = await Promise.all([newOrder(venue, 1_000), newOrder(venue, 1_000)])
        const paymentIntentId = newIntent()
        // Each order is paid on both instances, so that the same instance also meets itself.
        const calls = shuffled(orders.flatMap(({ id }) => both.map((venue) => ({ id, venue }))))
        const replies = await Promise.all(
          calls.map(async ({ id, venue }) => ({
            id,
            ...(await pay(venue, id, 1_000, { paymentIntentId })),
          })),
        )
        t.strictSame(tally(replies), { 200: 2, 409: 2 })
        t.equal(
          new Set(replies.filter(({ status }) => status === 200).map(({ id }) => id)).size,
          1,
          'both times on the same order',
        )
        const paid = await Promise.all(
          orders.map(async ({ id }) => (await read(venue, id)).paidAmount!.value),
        )
        t.same(paid.sort(), [0, 1_000])
      }),
    )
  })

  test('payments of any size: those above the balance are refused, all others count', async (t) => {
    const { whole, percent } = chance(t)
    const order = await newOrder(venue, 20_000, {
      details: { orderType: 'Collection', collection: { asap: true } },
    })
    const requests = Array.from({ length: 80 }, () => ({
      paymentIntentId: newIntent(),
      amount: whole(1, 2_500),
      tip: percent(50) ? whole(0, 500) : undefined,
    }))
    const replies = await atOnce(pair, requests.length, async (venue, index) => {
      const { paymentIntentId, amount, tip } = requests[index]!
      return await pay(venue, order.id, amount, {
        paymentIntentId,
        tipsAmount: tip === undefined ? undefined : gbp(tip),
      })
    })
    const recorded = requests.filter((_, index) => replies[index]!.status === 200)
    const refused = requests.filter((_, index) => replies[index]!.status === 409)
    t.equal(
      recorded.length + refused.length,
      requests.length,
      'each was recorded or was a Conflict',
    )
    t.ok(refused.length > 0, 'there was more to pay with than to pay')
    const sum = (values: (number | undefined)[]): number =>
      values.reduce<number>((total, value) => total + (value ?? 0), 0)
    const { paidAmount, tipsAmount, payments } = await read(venue, order.id)
    t.equal(paidAmount!.value, sum(recorded.map(({ amount }) => amount)))
    t.equal(tipsAmount!.value, sum(recorded.map(({ tip }) => tip)))
    t.same(
      payments!.map(({ paymentIntentId }) => paymentIntentId).sort(),
      recorded.map(({ paymentIntentId }) => paymentIntentId).sort(),
    )
    // The balance only fell, so what is left at the end was there whenever one was refused.
    const left = 20_000 - paidAmount!.value
    t.ok(
      refused.every(({ amount }) => amount > left),
      'none was refused that would still fit',
    )
  })

  t.test('none of it was a deadlock', async (t) => {
    t.equal(await deadlocks(server), 0)
  })
})

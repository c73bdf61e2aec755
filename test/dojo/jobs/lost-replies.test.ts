// Ghost payments: recorded here, the answer lost, the money taken back by Dojo. However the answer
// is lost, and with or without an event about the reversal, the bill can be paid again.
import { once } from 'node:events'
import { connect } from 'node:net'
import t from 'tap'
import { limits } from '../../../src/limits.ts'
import { reverseByDojo } from '../../../src/sandbox/dojo/payment-intents.ts'
import { takePayment } from '../../../src/sandbox/products/payment.ts'
import { createRunner } from '../../../src/sandbox/products/runner.ts'
import { holdHistories, holdOrderRow } from '../../support/load.ts'
import {
  gbp,
  newIntent,
  newOrder,
  orderRequest,
  pay,
  read,
  statusUpdated,
} from '../../support/orders.ts'
import { rawPost } from '../../support/raw-request.ts'
import { basic, startServer } from '../../support/server.ts'
import { until, untilWaiting } from '../../support/visits.ts'
import {
  SECRETS_KEY,
  SOFTWARE_HOUSE_ID,
  startWithDojo,
  type WithDojo,
} from '../../support/with-dojo.ts'

const WITHOUT_EVENTS = ['SearchOrders', 'GetOrderById', 'CreateOrder', 'RecordOrderPaymentById']

const lostOf = async ({ server: { sql } }: WithDojo): Promise<string[]> =>
  (
    await sql<{ id: string }>(
      'SELECT payment_intent_id AS id FROM payment_intents WHERE reply_lost_at IS NOT NULL ORDER BY 1',
    )
  ).map(({ id }) => id)
const checksOf = async ({ server: { sql } }: WithDojo) =>
  await sql<{ id: string; seconds: number }>(
    `SELECT entity_id AS id, extract(epoch FROM next_attempt_at - clock_timestamp())::float8 AS seconds FROM jobs
      WHERE kind = 'PaymentCheck'`,
  )

t.test('a connection that is gone before the answer', async (t) => {
  const stand = await startWithDojo(t)
  const { server, paidIntent, later } = stand
  const { venue, databaseUrl } = server
  const { port, hostname } = new URL(await stand.url())

  /** Sends a call, ends the connection while the server is at it, and lets the server finish. */
  async function callAndLeave(
    path: string,
    body: object,
    { orderId, leave }: { orderId: string; leave: 'end' | 'destroy' | 'reset' },
  ): Promise<void> {
    const holder = await holdOrderRow(databaseUrl, orderId)
    const socket = connect(Number(port), hostname)
    socket.write(rawPost(venue, path, body))
    await untilWaiting(server)
    if (leave === 'end') socket.end()
    else if (leave === 'destroy') socket.destroy()
    else socket.resetAndDestroy()
    await once(socket, 'close').catch(() => {})
    await holder.release()
  }

  for (const leave of ['destroy', 'reset', 'end'] as const) {
    await t.test(
      `left with ${leave}: it is recorded, noted, looked at until it is certain, and void once Dojo took it back`,
      async (t) => {
        const { id: orderId } = await newOrder(venue, 1_000)
        const record = paidIntent(1_000, { orderDetails: { externalId: orderId } })
        await callAndLeave(
          `/v1/orders/${orderId}/record-payment`,
          { paymentIntentId: record.shown.id, paidAmount: gbp(1_000) },
          { orderId, leave },
        )
        await until(
          'it is recorded',
          async () => (await read(venue, orderId)).status === 'Finalized',
        )
        await until('it is noted', async () => (await lostOf(stand)).includes(record.shown.id))
        await later()
        const [check] = await checksOf(stand)
        t.ok(
          check!.seconds > limits.replyLostCheckSeconds - 5 &&
            check!.seconds <= limits.replyLostCheckSeconds,
          'it is to be checked again after a while',
        )
        await later(limits.replyLostCheckSeconds)
        t.match(await read(venue, orderId), { status: 'Finalized' }, 'Dojo has kept it so far')
        t.equal((await checksOf(stand)).length, 1, 'which is not certain yet')

        reverseByDojo(stand.world, stand.account, record)
        await later(limits.checkAgainMostSeconds)
        t.match(
          await read(venue, orderId),
          { status: 'New', payable: true, paidAmount: gbp(0) },
          'and then no event was needed',
        )
        t.same(await checksOf(stand), [])
      },
    )
  }

  await t.test('certain in the end', async (t) => {
    const { id: orderId } = await newOrder(venue, 1_000)
    const record = paidIntent(1_000, { orderDetails: { externalId: orderId } })
    await callAndLeave(
      `/v1/orders/${orderId}/record-payment`,
      { paymentIntentId: record.shown.id, paidAmount: gbp(1_000) },
      { orderId, leave: 'destroy' },
    )
    await until('it is noted', async () => (await lostOf(stand)).includes(record.shown.id))
    await later(limits.replyLostCheckSeconds)
    t.equal((await checksOf(stand)).length, 1)
    await later(limits.replyLostCertainSeconds)
    t.same(await checksOf(stand), [])
    t.match(await read(venue, orderId), { status: 'Finalized' })
  })

  await t.test('an answer that was sent is not noted', async (t) => {
    const before = await lostOf(stand)
    const { id: orderId } = await newOrder(venue, 1_000)
    const record = paidIntent(1_000)
    await venue.call(
      'HandleEvent',
      statusUpdated(newIntent(), 'Authorized', new Date().toISOString()),
    ) // it hears of reversals
    const response = await fetch(`${await stand.url()}/v1/orders/${orderId}/record-payment`, {
      method: 'POST',
      headers: {
        authorization: basic(venue.username, venue.password),
        'content-type': 'application/json',
      },
      body: JSON.stringify({ paymentIntentId: record.shown.id, paidAmount: gbp(1_000) }),
    })
    t.equal(response.status, 200)
    await response.text()
    t.equal((await pay(venue, orderId, 1_000, { paymentIntentId: record.shown.id })).status, 200)
    await later()
    t.same(await lostOf(stand), before)
    t.same(await checksOf(stand), [])
  })

  await t.test('nor is the answer to a refused payment', async (t) => {
    const before = await lostOf(stand)
    const { id: orderId } = await newOrder(venue, 1_000)
    const record = paidIntent(1_001)
    await callAndLeave(
      `/v1/orders/${orderId}/record-payment`,
      { paymentIntentId: record.shown.id, paidAmount: gbp(1_001) },
      { orderId, leave: 'destroy' },
    )
    await server.jobs!.idle()
    t.match(await read(venue, orderId), { paidAmount: gbp(0) })
    t.same(await lostOf(stand), before)
  })
})

t.test('an order that came with its payment', async (t) => {
  const stand = await startWithDojo(t)
  const { server } = stand
  const { venue, sql, databaseUrl } = server
  const intent = stand.paidIntent(1_000)
  const holder = await holdHistories(databaseUrl)
  const order = orderRequest(1_000, {
    payments: [{ paymentIntentId: intent.shown.id, paidAmount: gbp(1_000) }],
  })
  const { port, hostname } = new URL(await stand.url())
  const socket = connect(Number(port), hostname)
  socket.write(rawPost(venue, '/v1/orders', order))
  await untilWaiting(server)
  socket.resetAndDestroy()
  await holder.release()
  await until('the order is there', async () => (await sql('SELECT 1 FROM payments')).length === 1)
  await until('it is noted', async () => (await lostOf(stand)).length === 1)
})

t.test('a process that ended before it had answered', async (t) => {
  const stand = await startWithDojo(t, { settings: { verifyPayments: 'off' } })
  const { server, paidIntent, later } = stand
  const [young, old] = [paidIntent(1_000), paidIntent(1_000)]
  const orders = await Promise.all(
    [young, old].map(async ({ shown }) => {
      const { id } = await newOrder(server.venue, 1_000)
      await pay(server.venue, id, 1_000, { paymentIntentId: shown.id })
      return id
    }),
  )
  await server.sql(
    'UPDATE payments SET recorded_at = recorded_at - make_interval(secs => $2) WHERE payment_intent_id = $1',
    [old.shown.id, limits.replyLostRecoverySeconds],
  )
  t.same(await checksOf(stand), [])
  await startServer(t, {
    databaseUrl: server.databaseUrl,
    environment: { DOJO_API_URL: stand.dojo.url, SOFTWARE_HOUSE_ID, SECRETS_KEY },
  })
  await until(
    'the next one checks the most recent payments',
    async () => (await checksOf(stand)).length === 1,
  )
  t.same(await lostOf(stand), [young.shown.id])
  reverseByDojo(stand.world, stand.account, young)
  await later(limits.replyLostCheckSeconds)
  await until(
    'the ghost is healed',
    async () => (await read(server.venue, orders[0]!)).payable === true,
  )
  t.match(await read(server.venue, orders[1]!), { status: 'Finalized' })
})

t.test('as the stand-in plays it', async (t) => {
  const cases = [
    {
      name: 'the answer is lost, and an event reports the reversal',
      fault: { kind: 'reply-lost' },
      capabilities: undefined,
      waitSeconds: 0,
    },
    {
      name: 'the connection breaks, and an event reports the reversal',
      fault: { kind: 'reply-cut' },
      capabilities: undefined,
      waitSeconds: 0,
    },
    {
      name: 'Dojo does not wait long enough, and nothing reports the reversal',
      fault: undefined,
      capabilities: WITHOUT_EVENTS,
      waitSeconds: limits.replyLostCheckSeconds,
    },
  ] as const
  for (const { name, fault, capabilities, waitSeconds } of cases) {
    await t.test(name, async (t) => {
      const stand = await startWithDojo(t, { sandbox: { eposTimeoutMs: 1_000 } })
      const { server, world, account, later } = stand
      await stand.register(capabilities)
      const { id: orderId } = await newOrder(server.venue, 1_000)
      const holder =
        fault === undefined ? await holdOrderRow(server.databaseUrl, orderId) : undefined
      if (fault !== undefined) {
        world.faultsOf(account).add({ ...fault, on: 'RecordOrderPaymentById', times: 1 })
      }
      const stage = createRunner({ simulation: world, account, seed: 'ghost' })
      const taken = await stage.step(
        'Pay',
        async () =>
          await takePayment(
            stage,
            { orderId, amountMinor: 1_000, currencyCode: 'GBP', paidBy: 'terminal' },
            {},
          ),
      )
      t.equal(taken.outcome, 'reversed', 'the guest has the money back')
      await holder?.release()
      // Where the connection breaks at once, the reversal may even come first; then the payment is
      // refused.
      await until(
        'it was recorded all the same',
        async () =>
          (
            await server.sql(
              "SELECT 1 FROM payments UNION SELECT 1 FROM payment_intents WHERE dojo_status = 'Reversed'",
            )
          ).length > 0,
      )
      if (waitSeconds > 0) {
        await until('the lost answer is noted', async () => (await lostOf(stand)).length === 1)
        await later(waitSeconds)
      }
      await until(
        'the bill can be paid again',
        async () => (await read(server.venue, orderId)).payable === true,
      )
      const again = await stage.step(
        'Pay again',
        async () =>
          await takePayment(
            stage,
            { orderId, amountMinor: 1_000, currencyCode: 'GBP', paidBy: 'terminal' },
            {},
          ),
      )
      t.match(again, { outcome: 'recorded', order: { status: 'Finalized' } })
    })
  }
})

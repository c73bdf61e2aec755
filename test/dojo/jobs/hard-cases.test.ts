// Hard cases of clocks, processes and connections. Each is a way in which a bill and the money at
// Dojo would come apart without anybody noticing.
import { once } from 'node:events'
import { connect } from 'node:net'
import t from 'tap'
import type pg from 'pg'
import { handlers } from '../../../src/dojo/capabilities/index.ts'
import { limits } from '../../../src/limits.ts'
import { reverseByDojo } from '../../../src/sandbox/dojo/payment-intents.ts'
import { settleIntent } from '../../../src/actions/payments/settle-intent.ts'
import { readUnmatchedPayments } from '../../../src/store/payments/unmatched.ts'
import { markRecentRepliesLost } from '../../../src/store/payments/lost-replies.ts'
import { claimJobs, completeJob } from '../../../src/store/jobs/claims.ts'
import { holdHistories, holdOrderRow } from '../../support/load.ts'
import {
  gbp,
  newOrder,
  newTables,
  orderRequest,
  pay,
  read,
  statusUpdated,
} from '../../support/orders.ts'
import { rawPost } from '../../support/raw-request.ts'
import { onInstance, startServer } from '../../support/server.ts'
import { newParty, until, untilWaiting } from '../../support/visits.ts'
import {
  SECRETS_KEY,
  SOFTWARE_HOUSE_ID,
  startWithDojo,
  type WithDojo,
} from '../../support/with-dojo.ts'

const plus = (time: string, ms: number): string => new Date(Date.parse(time) + ms).toISOString()
const lostOf = async ({ server: { sql } }: WithDojo) =>
  await sql<{ id: string }>(
    'SELECT payment_intent_id AS id FROM payment_intents WHERE reply_lost_at IS NOT NULL',
  )

t.test(
  'an intent that Dojo shows as reversed is not recorded, although a later event says Captured',
  async (t) => {
    const stand = await startWithDojo(t)
    const { server, paidIntent, later } = stand
    const { venue } = server
    const { id: orderId } = await newOrder(venue, 1_000)
    const record = paidIntent(1_000, { orderDetails: { externalId: orderId } })
    reverseByDojo(stand.world, stand.account, record)
    t.equal(record.shown.status, 'Reversed')
    await venue.call(
      'HandleEvent',
      statusUpdated(record.shown.id, 'Captured', plus(record.shown.updatedAt, 50)),
    )
    await later(limits.unmatchedCheckSeconds)
    await later(limits.checkUncertainSeconds)
    t.match(
      await read(venue, orderId),
      { status: 'New', payable: true, paidAmount: gbp(0) },
      'the bill is open',
    )
  },
)

t.test('and its payment does not count', async (t) => {
  const stand = await startWithDojo(t)
  const { server, paidIntent, later } = stand
  const { venue } = server
  const { id: orderId } = await newOrder(venue, 1_000)
  const record = paidIntent(1_000, { orderDetails: { externalId: orderId } })
  await pay(venue, orderId, 1_000, { paymentIntentId: record.shown.id })
  reverseByDojo(stand.world, stand.account, record)
  await venue.call(
    'HandleEvent',
    statusUpdated(record.shown.id, 'Captured', plus(record.shown.updatedAt, 50)),
  )
  await later()
  await later(limits.checkUncertainSeconds)
  t.match(await read(venue, orderId), { status: 'New', payable: true }, 'the bill is open')
  t.same(await readUnmatchedPayments(server.store.database, venue.locationId), [])
})

t.test('a reversal reported as slightly older than what Dojo showed is checked', async (t) => {
  const stand = await startWithDojo(t)
  const { server, paidIntent, later } = stand
  const { venue } = server
  const { id: orderId } = await newOrder(venue, 1_000)
  const record = paidIntent(1_000, { orderDetails: { externalId: orderId } })
  await pay(venue, orderId, 1_000, { paymentIntentId: record.shown.id })
  await later()
  const seen = record.shown.updatedAt
  // Nothing but the event makes the server ask Dojo again.
  await server.sql("DELETE FROM jobs WHERE kind = 'PaymentCheck'")
  reverseByDojo(stand.world, stand.account, record)
  await venue.call('HandleEvent', statusUpdated(record.shown.id, 'Reversed', plus(seen, -50)))
  await later()
  await later(limits.checkUncertainSeconds)
  t.match(await read(venue, orderId), { status: 'New', payable: true }, 'the bill is open')
})

t.test('a payment that was recorded without its call is checked until it is certain', async (t) => {
  const stand = await startWithDojo(t)
  const { server, paidIntent, later } = stand
  const { venue } = server
  const { id: orderId } = await newOrder(venue, 1_000)
  const record = paidIntent(1_000, { orderDetails: { externalId: orderId } })
  await venue.call(
    'HandleEvent',
    statusUpdated(record.shown.id, 'Captured', record.shown.updatedAt),
  )
  await later(limits.unmatchedCheckSeconds)
  t.match(await read(venue, orderId), { status: 'Finalized' }, 'recorded')
  reverseByDojo(stand.world, stand.account, record)
  await later(30)
  await later(300)
  await later(900)
  t.match(await read(venue, orderId), { status: 'New', payable: true }, 'the bill is open')
})

t.test('a new reason to check restarts the time until it must be certain', async (t) => {
  const stand = await startWithDojo(t)
  const { server, paidIntent, later } = stand
  const { venue, sql } = server
  const { id: orderId } = await newOrder(venue, 1_000)
  const record = paidIntent(1_000, { orderDetails: { externalId: orderId } })
  stand.world.faultsOf(stand.account).add({ kind: 'api-500', on: 'PaymentIntents_Get' })
  await server.jobs!.stop()
  await pay(venue, orderId, 1_000, { paymentIntentId: record.shown.id })
  await sql(
    "UPDATE jobs SET queued_at = queued_at - interval '20 minutes' WHERE kind = 'PaymentCheck'",
  ) // Dojo was away
  stand.world.faultsOf(stand.account).clear()
  const shownBefore = { ...record.shown }
  reverseByDojo(stand.world, stand.account, record)
  const shownAfter = { ...record.shown }
  Object.assign(record.shown, shownBefore) // the API lags a second behind the event
  server.jobs!.start()
  await server.jobs!.stop()
  await venue.call('HandleEvent', statusUpdated(record.shown.id, 'Reversed', shownAfter.updatedAt))
  t.match(await read(venue, orderId), { payable: true })
  server.jobs!.start()
  await later(limits.unmatchedCheckSeconds)
  const unmatched = await readUnmatchedPayments(server.store.database, venue.locationId)
  t.same(unmatched, [], 'not yet told to somebody')
  Object.assign(record.shown, shownAfter)
  await later(300)
  t.same(
    await readUnmatchedPayments(server.store.database, venue.locationId),
    [],
    'and not for ever',
  )
})

t.test('an intent may name its order by the id that Dojo gave it', async (t) => {
  for (const verifyPayments of ['after', 'before'] as const) {
    const stand = await startWithDojo(t, { settings: { verifyPayments } })
    const {
      server: { venue },
      paidIntent,
      later,
    } = stand
    const request = orderRequest(1_000)
    const {
      body: { id: orderId },
    } = await venue.call('CreateOrder', request)
    const record = paidIntent(1_000, { orderDetails: { externalId: request.dojoOrderId } })
    const answer = await pay(venue, orderId, 1_000, { paymentIntentId: record.shown.id })
    t.equal(answer.status, 200, verifyPayments)
    await later()
    t.match(await read(venue, orderId), { status: 'Finalized' }, verifyPayments)
  }
})

t.test('one rejection of the key does not keep guests from paying', async (t) => {
  const stand = await startWithDojo(t, { settings: { verifyPayments: 'before' } })
  const { server, world, account, paidIntent, notices } = stand
  const { venue, sql } = server
  const told = () =>
    notices.filter(({ message }) => /rejected this venue's API key/.test(message)).length
  const { id: orderId } = await newOrder(venue, 3_000)
  await server.jobs!.idle()
  world.faultsOf(account).add({ kind: 'api-401', on: 'PaymentIntents_Get', times: 1 })
  t.equal(
    (await pay(venue, orderId, 1_000, { paymentIntentId: paidIntent(1_000).shown.id })).status,
    503,
  )
  t.equal(told(), 1)
  t.equal(
    (await pay(venue, orderId, 1_000, { paymentIntentId: paidIntent(1_000).shown.id })).status,
    200,
    'one refusal of Dojo, and the next payment goes well',
  )
  await sql("UPDATE dojo_key_refusals SET refused_at = refused_at - interval '1 hour'")
  t.equal(
    (await pay(venue, orderId, 1_000, { paymentIntentId: paidIntent(1_000).shown.id })).status,
    200,
  )
  await until(
    'told',
    async () => (await sql("SELECT 1 FROM jobs WHERE kind = 'OrderUpdated'")).length === 0,
  )
  t.match(await sql('SELECT refused_at FROM dojo_key_refusals'), [], 'known to be accepted')
  world.faultsOf(account).add({ kind: 'api-401' })
  t.equal(
    (await pay(venue, orderId, 1_000, { paymentIntentId: paidIntent(1_000).shown.id })).status,
    503,
  )
  t.equal(told(), 2, 'the operator hears of the second rejection')
})

t.test(
  'the commit is done but the answer to it is lost: the payment is checked until it is certain',
  async (t) => {
    const stand = await startWithDojo(t)
    const { server, paidIntent, later } = stand
    const { venue, pool } = server
    const { id: orderId } = await newOrder(venue, 1_000)
    const record = paidIntent(1_000, { orderDetails: { externalId: orderId } })
    await later()
    const connectPool = pool.connect.bind(pool) as () => Promise<pg.PoolClient>
    let broken = false
    pool.connect = (async (callback?: unknown) => {
      // So asks `pool.query`, for what goes on beside the call.
      if (callback !== undefined) return (connectPool as (callback: unknown) => unknown)(callback)
      const client = await connectPool()
      const query = client.query
      client.query = ((...args: unknown[]) => {
        const done = (query as (...args: unknown[]) => Promise<unknown>).apply(client, args)
        const isCommit = (args[0] as { text?: string }).text === 'COMMIT'
        if (!isCommit || broken) return done
        broken = true
        client.query = query
        return done.then(() => {
          throw new Error('Query read timeout')
        })
      }) as never
      return client
    }) as never
    const answer = await pay(venue, orderId, 1_000, { paymentIntentId: record.shown.id })
    pool.connect = connectPool as never
    t.equal(answer.status, 503, answer.error.debugMessage)
    t.match(await read(venue, orderId), { status: 'Finalized' }, 'it was recorded')
    await later()
    t.equal((await lostOf(stand)).length, 1, 'noted as lost')
    reverseByDojo(stand.world, stand.account, record)
    await later(limits.replyLostCheckSeconds)
    await later(limits.replyLostCertainSeconds)
    t.match(await read(venue, orderId), { status: 'New', payable: true }, 'the ghost is healed')
  },
)

t.test('what the database cannot do in time is not done later', async (t) => {
  const stand = await startWithDojo(t)
  const { server, paidIntent } = stand
  const { venue, sql, databaseUrl } = server
  const { id: orderId } = await newOrder(venue, 1_000)
  const record = paidIntent(1_000, { orderDetails: { externalId: orderId } })
  const holder = await holdHistories(databaseUrl)
  t.equal((await pay(venue, orderId, 1_000, { paymentIntentId: record.shown.id })).status, 503)
  await holder.release()
  // Waits for whatever still holds the order.
  await sql('SELECT 1 FROM orders WHERE order_id = $1 FOR UPDATE', [orderId])
  t.same(await sql('SELECT payment_id FROM payments'), [])
  t.match(await read(venue, orderId), { status: 'New', payable: true, paidAmount: gbp(0) })
})

t.test('a deposit that was captured before its party came is not unmatched', async (t) => {
  const stand = await startWithDojo(t)
  const { server, paidIntent, later } = stand
  const { venue } = server
  const { shown } = paidIntent(1_000)
  await venue.call('HandleEvent', statusUpdated(shown.id, 'Captured', shown.updatedAt))
  await later(limits.unmatchedCheckSeconds)
  t.equal((await readUnmatchedPayments(server.store.database, venue.locationId)).length, 1)
  await newParty(venue, await newTables(server, venue, ['1']), {
    deposit: { totalAmount: gbp(1_000), paymentIntentIds: [shown.id] },
  })
  t.same(await readUnmatchedPayments(server.store.database, venue.locationId), [])
})

t.test('an answer that fails while it is written counts as lost', async (t) => {
  const stand = await startWithDojo(t)
  const { server, paidIntent } = stand
  const other = await startServer(t, {
    databaseUrl: server.databaseUrl,
    environment: { DOJO_API_URL: stand.dojo.url, SOFTWARE_HOUSE_ID, SECRETS_KEY },
    overrides: {
      handlers: {
        RecordOrderPaymentById: async (...args) => {
          const output = await handlers.RecordOrderPaymentById(...args)
          return {
            ...output,
            get totalAmount(): never {
              throw new Error('a bug in the answer')
            },
          }
        },
      },
    },
  })
  const { id: orderId } = await newOrder(server.venue, 1_000)
  const record = paidIntent(1_000, { orderDetails: { externalId: orderId } })
  const { status } = await pay(onInstance(t, other, server.venue), orderId, 1_000, {
    paymentIntentId: record.shown.id,
  })
  t.equal(status, 500)
  t.match(await read(server.venue, orderId), { status: 'Finalized' })
  await until('it is noted', async () => (await lostOf(stand)).length === 1)
})

t.test('so does one that waits behind another on its connection', async (t) => {
  const stand = await startWithDojo(t)
  const { server, paidIntent } = stand
  const { venue, databaseUrl } = server
  const { port, hostname } = new URL(await stand.url())
  const { id: slow } = await newOrder(venue, 1_000)
  const { id: orderId } = await newOrder(venue, 1_000)
  const record = paidIntent(1_000, { orderDetails: { externalId: orderId } })
  const holder = await holdOrderRow(databaseUrl, slow)
  const socket = connect(Number(port), hostname)
  socket.write(
    rawPost(venue, `/v1/orders/${slow}/record-payment`, {
      paymentIntentId: 'pi_slow',
      paidAmount: gbp(1_000),
    }) +
      rawPost(venue, `/v1/orders/${orderId}/record-payment`, {
        paymentIntentId: record.shown.id,
        paidAmount: gbp(1_000),
      }),
  )
  await untilWaiting(server)
  await until(
    'the second is recorded',
    async () => (await read(venue, orderId)).status === 'Finalized',
  )
  socket.resetAndDestroy()
  await holder.release()
  await until('the first is recorded', async () => (await read(venue, slow)).status === 'Finalized')
  await until('both are noted', async () => (await lostOf(stand)).length === 2)
  t.same(
    (await lostOf(stand)).map(({ id }) => id).sort(),
    ['pi_slow', record.shown.id].sort(),
    'both are noted as lost',
  )
})

t.test(
  'a server that starts just after another has checked a payment has it checked again',
  async (t) => {
    const stand = await startWithDojo(t)
    const { server, paidIntent } = stand
    const {
      venue,
      store: { database },
      sql,
    } = server
    const { id: orderId } = await newOrder(venue, 1_000)
    const record = paidIntent(1_000, { orderDetails: { externalId: orderId } })
    await server.jobs!.stop()
    await pay(venue, orderId, 1_000, { paymentIntentId: record.shown.id })
    const jobs = await claimJobs(database, {
      claimant: 'B',
      busyLanes: [],
      most: 10,
      mostPerLane: 10,
    })
    const job = jobs.find(({ kind }) => kind === 'PaymentCheck')!
    const { shown } = record
    const checked = await settleIntent(
      { database, newId: () => 'x' },
      { locationId: venue.locationId, currency: 'GBP', verifyPayments: 'after', kind: 'native' },
      {
        paymentIntentId: shown.id,
        status: shown.status,
        atMs: Date.parse(shown.updatedAt),
        createdAtMs: 0,
        amountMinor: 1000,
        tipsMinor: 0,
        currency: 'GBP',
        refundedMinor: 0,
        externalId: orderId,
      },
      0,
    )
    t.match(checked, { outcome: 'verified', checkAgain: false })
    await markRecentRepliesLost(database) // another process begins
    await completeJob(database, job)
    t.equal((await lostOf(stand)).length, 1, 'noted')
    t.equal(
      (await sql("SELECT 1 FROM jobs WHERE kind = 'PaymentCheck'")).length,
      1,
      'and to be checked',
    )
  },
)

t.test('a server whose caller left before its answer stops in time', async (t) => {
  const stand = await startWithDojo(t)
  const {
    server: { venue, databaseUrl, app },
    server,
  } = stand
  const { port, hostname } = new URL(await stand.url())
  const { id: orderId } = await newOrder(venue, 1_000)
  const holder = await holdOrderRow(databaseUrl, orderId)
  const socket = connect(Number(port), hostname)
  const payment = { paymentIntentId: 'pi_left', paidAmount: gbp(1_000) }
  socket.write(rawPost(venue, `/v1/orders/${orderId}/record-payment`, payment))
  await untilWaiting(server)
  socket.destroy()
  await once(socket, 'close')
  await holder.release()
  await until('it is recorded', async () => (await read(venue, orderId)).status === 'Finalized')
  // A connection that asked for nothing yet, as a pool of Dojo's may have.
  const idle = connect(Number(port), hostname)
  await once(idle, 'connect')
  const began = Date.now()
  const closed = await Promise.race([
    app.close().then(() => true),
    new Promise((resolve) =>
      setTimeout(() => {
        resolve(false)
      }, limits.closeTimeoutMs * 0.9),
    ),
  ])
  t.ok(closed, `stopped in ${Date.now() - began} ms`)
  idle.destroy()
})

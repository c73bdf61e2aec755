// What becomes of those who wait for a row in vain: a 503 in time, and a server that goes on.
import t from 'tap'
import { gbp, newIntent, newOrder, pay, read } from '../support/orders.ts'
import { atOnce, holdOrderRow, startPair, tally, testWithRules } from '../support/load.ts'
import { untilWaiting } from '../support/visits.ts'

t.test('waiting for an order that somebody does not give back', async (t) => {
  const pair = await startPair(t)
  const { server, venue } = pair
  const test = testWithRules(t, server)
  const unavailable = { '503 The server cannot answer at the moment; try again shortly.': 1 }

  test('is answered 503 within two seconds, and recorded once it is sent again', async (t) => {
    const order = await newOrder(venue, 1_000)
    const paymentIntentId = newIntent()
    const holder = await holdOrderRow(server.databaseUrl, order.id)
    const started = performance.now()
    const refused = await pay(venue, order.id, 1_000, { paymentIntentId })
    const waitedMs = performance.now() - started
    t.strictSame(tally([refused]), unavailable)
    t.ok(
      waitedMs < 3_000,
      `after ${Math.round(waitedMs)} ms; two seconds, and one for a busy machine`,
    )
    await holder.release()
    t.equal((await pay(venue, order.id, 1_000, { paymentIntentId })).status, 200)
    t.match(await read(venue, order.id), {
      paidAmount: gbp(1_000),
      payments: [{ paymentIntentId }],
    })
  })

  test('ends with the connection, and the server connects again', async (t) => {
    const order = await newOrder(venue, 10_000)
    const intents = Array.from({ length: 6 }, newIntent)
    const record = async () =>
      await atOnce(
        pair,
        intents.length,
        async (venue, index) =>
          await pay(venue, order.id, 1_000, { paymentIntentId: intents[index]! }),
      )
    const holder = await holdOrderRow(server.databaseUrl, order.id)
    const waiting = record()
    // One of each instance; the others wait for their turn there, and then for the row in vain.
    await untilWaiting(server, 2)
    await server.sql(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'epos server'",
    )
    t.strictSame(tally(await waiting), {
      '503 The server cannot answer at the moment; try again shortly.': intents.length,
    })
    await holder.release()
    t.strictSame(tally(await record()), { 200: intents.length })
    t.equal((await read(venue, order.id)).paidAmount!.value, 6_000)
  })
})

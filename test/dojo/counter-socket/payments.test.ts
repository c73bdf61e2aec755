// Payments that a till starts on a card machine, through Dojo's socket for the counter. The
// stand-in for Dojo is the other end; its clock is moved, and the pauses between two looks are
// short.
import { randomUUID } from 'node:crypto'
import t from 'tap'
import { WebSocket } from 'ws'
import { COUNTER_PATH } from '../../../src/sandbox/counter-socket/gateway.ts'
import { createPayment } from '../../../src/sandbox/counter-socket/payments.ts'
import { setTerminalStatus } from '../../../src/sandbox/dojo/terminals.ts'
import { settleIntent } from '../../../src/actions/payments/settle-intent.ts'
import { newId } from '../../../src/domain/ids.ts'
import type { IntentFacts } from '../../../src/domain/payments/intent.ts'
import { changeSettings } from '../../../src/operator/settings.ts'
import { CUT } from '../../../src/sandbox/gateway/connection.ts'
import { eitherWay } from '../../support/card-payments.ts'
import { ONE, openCounter } from '../../support/counter.ts'
import { gbp } from '../../support/orders.ts'
import { startServer } from '../../support/server.ts'
import { isProblem, newMenu, newTill } from '../../support/till.ts'
import { until, untilWaiting } from '../../support/visits.ts'
import { SECRETS_KEY, SOFTWARE_HOUSE_ID } from '../../support/with-dojo.ts'

const counter = await openCounter(t, 'socket', { unlinkedRefundMostMinor: 5_000 })
const { machine, bill, start, ask, becomes, intentOf, orderNow, till, office } = counter
const { server, world, account, dojo } = counter
const { locationId } = server.venue

const socketUrl = `${dojo.url.replace('http', 'ws')}${COUNTER_PATH}`
const faults = () => world.faultsOf(account)
const connection = () => world.counter.connections(account).get(locationId)
/** What Dojo's side noted of a payment. */
const noted = (paymentId: string, words: string): number =>
  account.log.filter(({ text }) => text.includes(paymentId) && text.includes(words)).length

t.test('a sale from its start to the bill', async (t) => {
  const orderId = await bill()
  const { body } = await till.call('GET /terminals')
  t.match(
    body.rows.find(({ id }: { id: string }) => id === machine('AIP0')),
    { tid: /AIP0$/, status: 'Available' },
  )
  const started = await start(orderId, machine('AIP0'), { id: 'sale-1', tipsMinor: 150 })
  t.equal(started.status, 201)
  t.match(started.body, { id: 'sale-1', chargeAgain: 'notSafe', amountMinor: 1_000 })
  const ids = "SELECT payment_id FROM socket_payments WHERE card_payment_id = 'sale-1'"
  const [{ payment_id: paymentId } = {}] = await server.sql(ids)
  t.match(paymentId, /^[0-9a-f]{8}-/, 'its id is kept before Dojo is asked')
  await becomes(started, 'Prompting', { prompt: 'PresentCard' })
  const taken = await becomes(started, 'Captured')
  t.equal(taken.paymentIntentId, paymentId, 'an id that was made here')
  t.match(intentOf(taken).shown, { amount: gbp(1_000), tipsAmount: gbp(150), status: 'Captured' })
  const order = await orderNow(orderId)
  t.match(order, { status: 'Finalized', balanceMinor: 0, tipsMinor: 150 })
  t.equal(order.payments.length, 1)
  t.equal(order.lock, undefined, 'and nobody holds it any more')
  const path = { orderId, cardPaymentId: 'sale-1' }
  const receipt = await till.call(`GET ${ONE}/receipt`, path)
  isProblem(t, receipt, 409, 'card-payment-over', /the card machine prints them/)
})

await newMenu(server, server.venue, [{ plu: 'A', name: 'Burger', priceMinor: 900 }])
eitherWay(t, counter, 'socket')

t.test('what is heard late of a try says nothing of the next one', async (t) => {
  const orderId = await bill()
  const started = await start(orderId, machine('DIP0'))
  const { paymentIntentId } = await becomes(started, 'Declined')
  const { database } = server.store
  // As a retry that commits while the outcome of the try before it waits for the order.
  const client = await database.pool.connect()
  await client.query('BEGIN')
  await client.query('SELECT 1 FROM orders WHERE location_id = $1 AND order_id = $2 FOR UPDATE', [
    locationId,
    orderId,
  ])
  const facts: IntentFacts = {
    paymentIntentId,
    status: 'Canceled',
    atMs: Date.now(),
    createdAtMs: Date.now() - 1_000,
    amountMinor: 1_000,
    tipsMinor: 0,
    cashbackMinor: undefined,
    currency: 'GBP',
    cardPaymentId: started.body.id,
    refundedMinor: 0,
    externalId: orderId,
  }
  const caller = { locationId, currency: 'GBP', verifyPayments: 'off', kind: 'native' } as const
  const settled = settleIntent({ database, newId }, caller, facts, 0)
  await untilWaiting(server)
  const next = `payment_intent_id = $3, socket_payment_id = $3, ended_at = NULL,
    intent_read_at = NULL, intent_read_status = NULL, attempts = attempts || '[{"terminalId":"m"}]'`
  await client.query(
    `UPDATE card_payments SET ${next} WHERE location_id = $1 AND card_payment_id = $2`,
    [locationId, started.body.id, randomUUID()],
  )
  await client.query('COMMIT')
  client.release()
  await settled
  const kept = 'SELECT ended_at, intent_read_status FROM card_payments WHERE card_payment_id = $1'
  const [row] = await server.sql(kept, [started.body.id])
  t.same(row, { ended_at: null, intent_read_status: null }, 'it is under way')
  // Nobody asked Dojo for it, so it is not left to the other tests.
  await server.sql('UPDATE card_payments SET ended_at = now() WHERE card_payment_id = $1', [
    started.body.id,
  ])
})

t.test('a cancellation is possible while the machine asks for a card', async (t) => {
  const orderId = await bill()
  const started = await start(orderId, machine('AIP0'))
  await ask('cancel', started)
  await becomes(started, 'Canceled', { chargeAgain: 'safe' })
  t.equal((await orderNow(orderId)).lock, undefined)
  isProblem(t, await ask('retry', started), 409, 'card-payment-over')

  const late = await start(orderId, machine('AIP0'))
  await becomes(late, 'Prompting')
  const { sessionId } = account.counterPayments!.get(late.body.paymentIntentId)!
  account.sessions.get(sessionId)!.cardRead = true
  t.match((await ask('cancel', late)).body, { message: /goes on/ }, 'its answer is no outcome')
  await becomes(late, 'Captured')
  t.equal((await orderNow(orderId)).balanceMinor, 0)
})

t.test('a machine that lost touch leaves the charge unknown, and no second try', async (t) => {
  const orderId = await bill()
  const started = await start(orderId, machine('TIP0'))
  await becomes(started, 'Expired', { chargeAgain: 'unknown' })
  const again = await ask('retry', started, { noApprovalSeen: true })
  isProblem(t, again, 409, 'charge-unknown', /another try is another payment/)
  isProblem(t, await start(orderId, machine('AIP0')), 409, 'card-under-way')
  await counter.pass(started.body.id, 901)
  await becomes(started, 'Expired', { chargeAgain: 'safe' })
  await until('the bill is free', async () => (await orderNow(orderId)).lock === undefined)
})

t.test('a tab is raised and captured; it cannot be released, and the till hears so', async (t) => {
  const orderId = await bill(3_000)
  const tab = await start(orderId, machine('AIP0'), { captureMode: 'Manual', amountMinor: 2_000 })
  await becomes(tab, 'Authorized', { chargeAgain: 'notSafe' })
  t.match(await orderNow(orderId), { balanceMinor: 3_000, payments: [] }, 'nothing is taken yet')
  const raised = await ask('amount', tab, { amountMinor: 3_200 })
  t.match(raised.body, { status: 'Authorized', amountMinor: 3_200 })
  t.equal(intentOf(raised.body).shown.amount.value, 3_200)
  isProblem(t, await ask('release', tab), 409, 'dojo-refused', /no message to release/)
  faults().add({ kind: 'api-answer-lost', times: 1, on: 'CapturePayment' })
  await ask('capture', tab, { amountMinor: 2_700, tipsMinor: 300 })
  await becomes(tab, 'Captured')
  t.match(await orderNow(orderId), { balanceMinor: 300, paidMinor: 2_700, tipsMinor: 300 })
  t.equal(intentOf(raised.body).capturedMinor, 3_000, 'captured once')
})

t.test('a refund without a payment', async (t) => {
  const request = { amountMinor: 500, reason: 'Bought at our stall', terminalId: machine('AIP0') }
  const { body, status } = await office.call('POST /refunds', {}, request)
  t.equal(status, 201)
  const one = 'GET /refunds/unlinked/{refundId}'
  await until('it is given', async () => {
    await world.clock.advance(1_000)
    return (await office.call(one, { refundId: body.id })).body.status === 'Refunded'
  })
})

t.test('an answer that is lost at any step changes no outcome', async (t) => {
  for (const [method, ending, status] of [
    ['CreatePayment', 'AIP0', 'Captured'],
    ['GetPayment', 'AIP0', 'Captured'],
    ['CreatePayment', 'DIP0', 'Declined'],
    ['CancelPayment', 'AIP0', 'Canceled'],
    ['signatureVerification', 'SIP0', 'Captured'],
  ] as const) {
    const orderId = await bill()
    if (method !== 'CancelPayment') faults().add({ kind: 'api-answer-lost', times: 1, on: method })
    const started = await start(orderId, machine(ending))
    if (method === 'CancelPayment') {
      await becomes(started, 'Prompting')
      faults().add({ kind: 'api-answer-lost', times: 1, on: method })
      await ask('cancel', started)
    }
    if (method === 'signatureVerification') {
      await becomes(started, 'SignatureRequired')
      await ask('signature', started, { accepted: true })
    }
    await becomes(started, status)
    const { payments } = await orderNow(orderId)
    t.equal(payments.length, status === 'Captured' ? 1 : 0, `${method} on ${ending}`)
    t.equal(
      [...account.intents.values()].filter(
        ({ shown }) => shown.reference === started.body.paymentIntentId,
      ).length,
      1,
      'one payment at Dojo',
    )
  }
})

t.test('a record that comes again and again is recorded once', async (t) => {
  const orderId = await bill()
  await until('nothing else waits for an answer', () =>
    [...account.counterPayments!.values()].every(({ answered }) => answered !== undefined),
  )
  faults().add({ kind: 'reply-lost', times: 2, on: 'RecordPayment' })
  faults().add({ kind: 'sent-twice', times: 1, on: 'RecordPayment' })
  const started = await start(orderId, machine('AIP0'))
  const { paymentIntentId } = await becomes(started, 'Captured')
  await until(
    'both were answered in vain',
    () => noted(paymentIntentId, 'the answer is lost') === 2,
  )
  t.equal(account.counterPayments!.get(paymentIntentId)!.answered, undefined)
  await world.clock.advance(5_000)
  await until('Dojo has its answer', () => noted(paymentIntentId, 'PAYMENT_ALREADY_RECORDED') === 1)
  t.equal((await orderNow(orderId)).payments.length, 1)
})

t.test('a refund that Dojo records twice goes back once', async (t) => {
  const orderId = await bill()
  await becomes(await start(orderId, machine('AIP0')), 'Captured')
  const [{ id: paymentId }] = (await orderNow(orderId)).payments
  faults().add({ kind: 'reply-lost', times: 2, on: 'RecordRefund' })
  faults().add({ kind: 'sent-twice', times: 1, on: 'RecordRefund' })
  const request = { amountMinor: 300, reason: 'Cold soup', terminalId: machine('AIP0') }
  const answer = await office.call('POST /payments/{paymentId}/refunds', { paymentId }, request)
  const { sessionId } = await becomes(counter.refundOf(answer, orderId), 'Refunded')
  await until('both were answered in vain', () => noted(sessionId, 'the answer is lost') === 2)
  await world.clock.advance(5_000)
  await until('Dojo has its answer', () => noted(sessionId, 'PAYMENT_ALREADY_RECORDED') === 1)
  t.match(await orderNow(orderId), { paidMinor: 700, payments: [{ refundedMinor: 300 }] })
})

t.test('a machine that is not there: the sentence says how it is', async (t) => {
  const { simulation } = dojo.sandbox
  setTerminalStatus(simulation, account, machine('AIP0'), 'Offline')
  const refused = await start(await bill(), machine('AIP0'))
  setTerminalStatus(simulation, account, machine('AIP0'), 'Available')
  isProblem(t, refused, 409, 'dojo-refused', /^The card machine VM01AIP0 is Offline: check that/)
  const unknown = await start(await bill(), 'tm_unknown')
  isProblem(t, unknown, 409, 'dojo-refused', /^Dojo did not accept the request/)
})

t.test('the venue changes its way while payments are under way', async (t) => {
  const go = async (counterTransport: 'rest' | 'socket') => {
    await changeSettings(server.store, locationId, { counterTransport })
  }
  const over = await bill()
  const overSocket = await start(over, machine('AIP0'))
  await becomes(overSocket, 'Prompting')
  await go('rest')
  const rest = await bill()
  const overRest = await start(rest, machine('AMT0'))
  t.match(overRest.body.paymentIntentId, /^pi_/, 'a new one goes the new way')
  await becomes(overRest, 'Prompting')
  await becomes(overSocket, 'Captured')
  t.match(await orderNow(over), { balanceMinor: 0, payments: [{}] }, 'and the old one its own')
  await go('socket')
  await becomes(overRest, 'Captured')
  t.match(await orderNow(rest), { balanceMinor: 0, payments: [{}] })
  await until('the socket is open', () => connection()?.isOpen() === true)
})

t.test('what an operator watches of the socket', async (t) => {
  const metrics = async (): Promise<string> => (await server.app.inject('/metrics')).body
  await until('it is open', async () =>
    (await metrics()).includes('epos_counter_sockets{state="open"} 1'),
  )
  await till.call('GET /terminals')
  t.match(await metrics(), /epos_counter_sockets_serving 1\n/)
  connection()!.send('not JSON')
  connection()!.send('{"jsonrpc":"2.0","id":1,"method":"Sing","params":{}}')
  await until('they were counted', async () => (await metrics()).includes('kind="no-method"'))
  t.match(await metrics(), /epos_counter_socket_bad_messages_total\{kind="unreadable"\} 1\n/)
  t.match(await metrics(), /epos_counter_socket_endings_total\{reason="lost"\} \d+\n/)
})

t.test('what was recorded while the socket was away comes with the next one', async (t) => {
  const orderId = await bill()
  const started = await start(orderId, machine('AIP0'))
  await becomes(started, 'Prompting')
  connection()!.close(CUT)
  await world.clock.advance(10_000)
  t.equal(intentOf(started.body).shown.status, 'Captured', 'the card was charged meanwhile')
  await becomes(started, 'Captured')
  t.equal((await orderNow(orderId)).balanceMinor, 0)
})

t.test('another connection of the same epos-id ends the older one', async (t) => {
  const headers = {
    authorization: `Basic ${Buffer.from(`any:${dojo.key}`).toString('base64')}`,
    'epos-id': locationId,
    'software-house-id': 'house',
  }
  const before = connection()!
  const other = new WebSocket(socketUrl, { headers })
  await until('the other is there', () => other.readyState === WebSocket.OPEN)
  await until('the older one is ended', () => !before.isOpen())
  const { status } = await till.call('GET /terminals')
  t.ok([200, 503].includes(status), 'the till gets what was seen last, or hears that it is away')
  await until('this server is back', () => other.readyState === WebSocket.CLOSED)
  t.ok(connection()!.isOpen())
})

t.test('a payment that no till started is on the list for staff', async (t) => {
  await until('the socket is open', () => connection()?.isOpen() === true)
  const paymentId = 'stray-1'
  createPayment(world, account, locationId, {
    ...{ paymentId, terminalId: machine('AIP0'), captureMode: 'AUTO' },
    ...{ currency: 'GBP', baseAmount: 700 },
  })
  const list = async (): Promise<any[]> =>
    (await office.call('GET /unmatched-payments')).body.rows.filter(
      (row: any) => row.paymentIntentId === paymentId,
    )
  await until('it is listed', async () => {
    await world.clock.advance(1_000)
    return (await list()).length === 1
  })
  t.match(await list(), [{ reason: /7\.00 GBP .* no till of this venue started/ }])
})

t.test('what the socket has no message for is refused before Dojo hears of it', async (t) => {
  const orderId = await bill()
  const typed = await start(orderId, machine('AIP0'), { cardNotPresent: true })
  isProblem(t, typed, 409, 'not-allowed', /no message for a card that is not there/)
  t.equal((await orderNow(orderId)).lock, undefined)
})

t.test('two servers: one has the socket, tills talk to either, and one takes over', async (t) => {
  const other = await startServer(t, {
    environment: {
      ...{ DOJO_API_URL: dojo.url, DOJO_COUNTER_SOCKET_URL: socketUrl },
      ...{ SOFTWARE_HOUSE_ID, SECRETS_KEY },
    },
    overrides: { cardPauseMs: 10 },
    databaseUrl: server.databaseUrl,
  })
  const there = await newTill(t, other, { role: 'waiter', tillName: 'Cellar', venue: server.venue })
  const first = connection()!
  const orderId = await bill()
  const started = await start(orderId, machine('AIP0'), {}, there)
  t.equal(started.status, 201)
  await becomes(started, 'Captured')
  t.equal(connection(), first, 'nobody disconnected the other')
  const { body } = await there.call('GET /terminals')
  t.ok(
    body.rows.some(({ id }: { id: string }) => id === machine('AIP0')),
    'as the other saw them',
  )

  const next = await bill()
  const left = await start(next, machine('AIP0'))
  await server.close()
  const read = async () =>
    (await there.call(`GET ${ONE}`, { orderId: next, cardPaymentId: left.body.id })).body
  await until('the other server has taken it', async () => {
    await world.clock.advance(1_000)
    return (await read()).status === 'Captured'
  })
  const order = (await there.call('GET /orders/{orderId}', { orderId: next })).body
  t.match(order, { balanceMinor: 0, status: 'Finalized' })
  t.equal(order.payments.length, 1)
})

// Payments that a till starts on a card machine. The stand-in for Dojo is the other side; its clock
// is moved, and the pauses between two looks are short.
import t, { type Test } from 'tap'
import { createDojoClient } from '../../../src/dojo/client/index.ts'
import { auditDay } from '../../../src/dojo/jobs/audit-day.ts'
import { payByCard } from '../../../src/sandbox/dojo/payment-intents.ts'
import { ALL, ONE, openCounter } from '../../support/counter.ts'
import { gbp } from '../../support/orders.ts'
import { openScreen } from '../../support/stream.ts'
import { isProblem, newMenu, openOrder, type TillReply } from '../../support/till.ts'

const counter = await openCounter(t)
const { server, world, account, till, office } = counter
const { machine, bill, start, ask, becomes, intentOf, orderNow } = counter

t.test('the machines of the venue: named, preferred, hidden', async (t) => {
  const [first, second] = [machine('AIP0'), machine('DIP0')]
  await office.call(
    'PUT /terminals/{terminalId}',
    { terminalId: first },
    { name: 'Bar', preferred: true },
  )
  await office.call('PUT /terminals/{terminalId}', { terminalId: second }, { hidden: true })
  const { body } = await till.call('GET /terminals')
  t.match(body.rows[0], {
    id: first,
    name: 'Bar',
    tid: /AIP0$/,
    status: 'Available',
    preferred: true,
  })
  t.notOk(body.rows.some(({ id }: { id: string }) => id === second))
  const all = await till.call('GET /terminals?hidden=true')
  t.ok(all.body.rows.some(({ id }: { id: string }) => id === second))
  const started = await till.call(`POST ${ALL}`, { orderId: await bill() }, {})
  t.match(started.body, { terminalId: first }, 'the preferred one is used')
  await becomes(started, 'Captured')
})

t.test('a sale from its start to the bill', async (t) => {
  await newMenu(server, server.venue, [
    { plu: 'M', kind: 'Modifier', name: 'Cheese', priceMinor: 100 },
    { plu: 'A', name: 'Burger', priceMinor: 900, parts: ['M'] },
  ])
  const { id: orderId } = await openOrder(till, {})
  await till.call(
    'POST /orders/{orderId}/lines',
    { orderId },
    { lines: [{ id: 'burger', plu: 'A', modifiers: [{ plu: 'M' }] }] },
  )
  const screen = await openScreen(t, server, till.token)
  const started = await start(orderId, machine('AIP0'), { id: 'sale-1', tipsMinor: 150 })
  t.equal(started.status, 201)
  t.match(started.body, {
    id: 'sale-1',
    chargeAgain: 'notSafe',
    amountMinor: 1_000,
    tipsMinor: 150,
  })
  const again = await start(orderId, machine('AIP0'), { id: 'sale-1', tipsMinor: 150 })
  t.strictSame([again.status, again.body.sessionId], [200, started.body.sessionId])
  isProblem(t, await start(orderId, machine('AIP0'), { id: 'sale-1' }), 409, 'content-differs')

  isProblem(
    t,
    await till.call('POST /orders/{orderId}/lines', { orderId }, { lines: [{ plu: 'A' }] }),
    423,
    'locked',
  )
  const taken = await becomes(started, 'Captured')
  const intent = intentOf(taken)
  t.match(intent.shown, {
    amount: gbp(1_000),
    tipsAmount: gbp(150),
    captureMode: 'Auto',
    orderDetails: { externalId: orderId },
    metadata: { cardPaymentId: 'sale-1', till: 'Bar' },
    itemLines: [
      {
        name: 'Burger',
        amountTotal: gbp(900),
        modifiers: [{ name: 'Cheese', amountPerModifier: gbp(100) }],
      },
    ],
  })
  const order = await orderNow(orderId)
  t.match(order, {
    status: 'Finalized',
    balanceMinor: 0,
    tipsMinor: 150,
    payments: [
      {
        tender: 'Dojo',
        amountMinor: 1_000,
        tipsMinor: 150,
        product: 'Pay at Counter',
        deviceId: machine('AIP0'),
      },
    ],
  })
  t.equal(order.lock, undefined, 'and nobody holds it any more')
  const last = await screen.hears('the end', ({ data }) => data.action === 'CardPaymentCaptured')
  t.match(last.data, { orderId, detail: { status: 'Captured', chargeAgain: 'notSafe' } })
  const said = screen.events.filter(({ event }) => event === 'card-payment')
  t.match(said[0]!.data, { action: 'CardPaymentWaiting', orderId })
  t.ok(
    said.some(({ data: { detail } }) => detail.prompt === 'PresentCard'),
    'the prompts come too',
  )
  screen.leave()
})

t.test('a declined card: the next one pays the same intent', async (t) => {
  const orderId = await bill()
  const started = await start(orderId, machine('DIP0'))
  const declined = await becomes(started, 'Declined', { chargeAgain: 'safe', canRetry: true })
  t.equal((await orderNow(orderId)).lock, undefined)
  const again = await ask('retry', started, { terminalId: machine('AIP0') })
  t.match(again.body, { attempts: 2, chargeAgain: 'notSafe' })
  const taken = await becomes(started, 'Captured')
  t.equal(taken.paymentIntentId, declined.paymentIntentId)
  t.equal((await orderNow(orderId)).balanceMinor, 0)
})

/** Dojo has reversed the intent, so no other card can pay it. */
async function payAnew(t: Test, rejected: TillReply): Promise<void> {
  const shown = await becomes(rejected, 'Declined', { intentStatus: 'Reversed' })
  t.match(shown, { canRetry: false, message: /Start a new payment/ })
  isProblem(t, await ask('retry', rejected), 409, 'card-payment-over', /start a new one/)
  const another = await start(shown.orderId, machine('AIP0'))
  await becomes(another, 'Captured')
  t.equal((await orderNow(shown.orderId)).balanceMinor, 0)
}

t.test('a signature is accepted, rejected, or left alone for 80 seconds', async (t) => {
  for (const [answer, status, balanceMinor] of [
    [true, 'Captured', 0],
    [false, 'Declined', 1_000],
    [undefined, 'Captured', 0],
  ] as const) {
    const orderId = await bill()
    const started = await start(orderId, machine('SIP0'))
    const asked = await becomes(started, 'SignatureRequired')
    t.ok(asked.secondsToSign > 0 && asked.secondsToSign <= 80)
    const { rows } = (await till.call('GET /card-payments')).body
    const { secondsToSign: _, ...listed } = rows.find(({ id }: any) => id === asked.id)
    t.match(asked, listed, 'it is among those under way')
    t.equal((await orderNow(orderId)).balanceMinor, 1_000, 'nothing is recorded before')
    if (answer !== undefined) await ask('signature', started, { accepted: answer })
    else await world.clock.advance(81_000)
    await becomes(started, status, { chargeAgain: status === 'Captured' ? 'notSafe' : 'safe' })
    t.equal((await orderNow(orderId)).balanceMinor, balanceMinor)
    if (answer === false) await payAnew(t, started)
    const after = (await till.call('GET /card-payments')).body.rows
    t.notOk(
      after.some(({ id }: any) => id === asked.id),
      'and no longer',
    )
    const late = await ask('signature', started, { accepted: answer === false })
    isProblem(t, late, 409, 'card-payment-over')
  }
})

t.test('a cancellation stops the machine while no card was read, and only then', async (t) => {
  const orderId = await bill()
  const started = await start(orderId, machine('AIP0'))
  await ask('cancel', started)
  const canceled = await becomes(started, 'Canceled', { chargeAgain: 'safe' })
  t.equal(intentOf(canceled).shown.status, 'Canceled', 'its intent can take nothing any more')
  t.equal((await orderNow(orderId)).lock, undefined)
  isProblem(t, await ask('retry', started), 409, 'card-payment-over')

  const late = await start(orderId, machine('AIP0'))
  await becomes(late, 'Prompting')
  account.sessions.get(late.body.sessionId)!.cardRead = true
  const { status, body } = await ask('cancel', late)
  t.equal(status, 200)
  t.match(body.message, /goes on/)
  await becomes(late, 'Captured')
  t.equal((await orderNow(orderId)).balanceMinor, 0)
  isProblem(t, await ask('cancel', late), 409, 'card-payment-over')
})

t.test('Expired says that nobody knows, until somebody makes sure', async (t) => {
  const orderId = await bill()
  const started = await start(orderId, machine('TIP0'))
  const expired = await becomes(started, 'Expired', { chargeAgain: 'unknown' })
  t.match(expired, { unknownUntil: /^20/, message: /cannot be confirmed/ })
  t.equal((await orderNow(orderId)).lock.kind, 'DojoLock', 'the order is held meanwhile')
  const twin = await start(orderId, machine('AIP0'))
  isProblem(t, twin, 409, 'card-under-way')
  t.match(twin.problem, {
    cardPaymentId: started.body.id,
    cardPaymentStatus: 'Expired',
    chargeAgain: 'unknown',
  })
  isProblem(t, await ask('retry', started), 409, 'charge-unknown')
  await ask('cancel', started)
  await becomes(started, 'Expired', { chargeAgain: 'safe' })
  t.equal((await orderNow(orderId)).lock, undefined)
})

t.test(
  'a capture that comes after Expired finds its bill, and the next card is refused',
  async (t) => {
    const orderId = await bill()
    const started = await start(orderId, machine('TIP0'))
    const expired = await becomes(started, 'Expired')
    payByCard(world, account, intentOf(expired), 'terminal')
    await becomes(started, 'Captured', { chargeAgain: 'notSafe' })
    t.match(await orderNow(orderId), { balanceMinor: 0, status: 'Finalized' })
    isProblem(t, await ask('retry', started), 409, 'card-under-way')
  },
)

t.test('what cannot work is refused, with the facts', async (t) => {
  const orderId = await bill()
  isProblem(t, await start(orderId, machine('AIP0'), { amountMinor: 0 }), 400, 'schema')
  isProblem(t, await start(orderId, machine('AIP0'), { amountMinor: 1_001 }), 409, 'overpaid')
  account.terminals.get(machine('AIP0'))!.status = 'InUse'
  const busy = await start(orderId, machine('AIP0'))
  account.terminals.get(machine('AIP0'))!.status = 'Available'
  isProblem(t, busy, 409, 'dojo-refused', /card machine .* is not available: check that it is on/)
  t.equal(busy.problem['chargeAgain'], 'safe')
  isProblem(t, await start(orderId, 'tm_nowhere'), 409, 'dojo-refused', /not available/)
  t.equal((await orderNow(orderId)).lock, undefined, 'and the bill is free')
  world.faultsOf(account).add({ kind: 'api-401', times: 1 })
  isProblem(t, await start(orderId, machine('AIP0')), 409, 'dojo-refused', /API key/)
})

t.test('two tills, two machines, one bill: shares side by side, and never twice', async (t) => {
  const orderId = await bill(2_000)
  const anna = await start(orderId, machine('AIP0'), { amountMinor: 1_200, share: 'Anna' })
  t.equal(anna.status, 201)
  const sameMachine = await start(
    orderId,
    machine('AIP0'),
    { amountMinor: 800, share: 'Ben' },
    office,
  )
  isProblem(t, sameMachine, 409, 'terminal-busy')
  const sameShare = await start(
    orderId,
    machine('DIP0'),
    { amountMinor: 800, share: 'Anna' },
    office,
  )
  isProblem(t, sameShare, 409, 'card-under-way')
  const tooMuch = await start(orderId, machine('DIP0'), { amountMinor: 801, share: 'Ben' }, office)
  isProblem(t, tooMuch, 409, 'overpaid')
  t.match(tooMuch.problem, { leftMinor: 800, underWayMinor: 1_200 })
  const ben = await start(orderId, machine('SIP0'), { share: 'Ben' }, office)
  t.match(ben.body, { amountMinor: 800 })
  await becomes(ben, 'SignatureRequired')
  await becomes(anna, 'Captured')
  const line = async () =>
    await till.call('POST /orders/{orderId}/lines', { orderId }, { lines: [{ plu: 'A' }] })
  // Ben's machine still holds the bill.
  isProblem(t, await line(), 423, 'locked')
  await ask('signature', ben, { accepted: false })
  await becomes(ben, 'Declined')
  t.match(await orderNow(orderId), { balanceMinor: 800, paidMinor: 1_200 })
  const cash = await till.call('POST /orders/{orderId}/payments', { orderId }, { tender: 'Cash' })
  t.match(cash.body, { balanceMinor: 0, status: 'Finalized' })
})

t.test('a card payment of another venue or order does not exist', async (t) => {
  const started = await start(await bill(), machine('AIP0'))
  const other = await bill()
  const {
    body: { id },
  } = started
  isProblem(
    t,
    await till.call(`GET ${ONE}`, { orderId: other, cardPaymentId: id }),
    404,
    'not-found',
  )
  await becomes(started, 'Captured')
})

t.test('a tab: authorised, raised, captured in part with a tip, or released', async (t) => {
  const orderId = await bill(3_000)
  const manual = { captureMode: 'Manual', amountMinor: 2_000 }
  isProblem(t, await start(orderId, machine('AIP0'), { captureMode: 'Manual' }), 400, 'invalid')
  const tab = await start(orderId, machine('AIP0'), manual)
  await becomes(tab, 'Authorized', { chargeAgain: 'notSafe' })
  t.match(await orderNow(orderId), { balanceMinor: 3_000, payments: [] }, 'nothing is taken yet')
  t.equal((await orderNow(orderId)).lock, undefined, 'and the tab may grow')
  isProblem(t, await ask('capture', tab, { amountMinor: 2_500 }), 409, 'overpaid', /raise/)
  isProblem(t, await ask('capture', tab, { tipsMinor: 2_000 }), 409, 'overpaid', /raise/)
  const raised = await ask('amount', tab, { amountMinor: 3_200 })
  t.match(raised.body, { status: 'Authorized', amountMinor: 3_200 })
  t.equal(intentOf(raised.body).shown.amount.value, 3_200)
  const taken = await ask('capture', tab, { amountMinor: 2_700, tipsMinor: 300 })
  t.match(taken.body, { status: 'Captured' })
  t.match(await orderNow(orderId), { balanceMinor: 300, paidMinor: 2_700, tipsMinor: 300 })
  isProblem(t, await ask('amount', tab, { amountMinor: 1 }), 409, 'card-payment-over')
  isProblem(t, await ask('release', tab), 409, 'card-payment-over')

  const second = await start(orderId, machine('AIP0'), { captureMode: 'Manual', amountMinor: 500 })
  await becomes(second, 'Authorized')
  const released = await ask('release', second)
  t.match(released.body, { status: 'Canceled', chargeAgain: 'safe' })
  t.match(await orderNow(orderId), { balanceMinor: 300 })
})

t.test('recorded by hand: right, and put right where Dojo shows otherwise', async (t) => {
  for (const isCaptured of [true, false]) {
    const orderId = await bill()
    const started = await start(orderId, machine('TIP0'))
    isProblem(t, await ask('record', started, { reason: 'x' }, office), 409, 'card-payment-over')
    const expired = await becomes(started, 'Expired', { chargeAgain: 'unknown' })
    isProblem(t, await ask('record', started, { reason: 'x' }), 403, 'forbidden')
    const byHand = await ask('record', started, { reason: 'The receipt says approved' }, office)
    t.match(byHand.body, { chargeAgain: 'notSafe', recordedByHand: 'The receipt says approved' })
    t.match(await orderNow(orderId), { balanceMinor: 0, status: 'Finalized', lock: undefined })
    if (isCaptured) payByCard(world, account, intentOf(expired), 'terminal')
    else await counter.pass(started.body.id, 901)
    await becomes(started, isCaptured ? 'Captured' : 'Expired', {
      chargeAgain: isCaptured ? 'notSafe' : 'safe',
    })
    t.equal((await orderNow(orderId)).balanceMinor, isCaptured ? 0 : 1_000)
    const listed = await server.sql(
      'SELECT 1 FROM payment_intents WHERE payment_intent_id = $1 AND unmatched_at IS NOT NULL',
      [expired.paymentIntentId],
    )
    t.equal(listed.length, isCaptured ? 0 : 1, 'staff see that it was never taken')
  }
})

t.test('a refund that the card machine gives', async (t) => {
  const orderId = await bill()
  const sale = await start(orderId, machine('AIP0'))
  await becomes(sale, 'Captured')
  const [{ id: paymentId }] = (await orderNow(orderId)).payments
  const refund = 'POST /payments/{paymentId}/refunds'
  const request = {
    id: 'rfd-1',
    reason: 'Cold soup',
    amountMinor: 400,
    terminalId: machine('DIP0'),
  }
  const declined = await office.call(refund, { paymentId }, request)
  t.match([declined.status, declined.body], [202, { status: 'CardRequired' }])
  const first = counter.refundOf(declined, orderId)
  await becomes(first, 'Declined', { kind: 'MatchedRefund', chargeAgain: 'safe' })
  t.equal((await office.call(refund, { paymentId }, request)).body.cardPaymentId, first.body.id)
  const give = 'POST /refunds/{refundId}/give'
  const refundId = 'rfd-1'
  const again = await office.call(give, { refundId }, { terminalId: machine('AIP0') })
  const twice = await office.call(give, { refundId }, { terminalId: machine('SIS0') })
  isProblem(t, twice, 409, 'card-under-way')
  await becomes(counter.refundOf(again, orderId), 'Refunded', { chargeAgain: 'notSafe' })
  const { rows } = (await till.call('GET /payments/{paymentId}/refunds', { paymentId })).body
  t.match(rows, [{ id: 'rfd-1', status: 'Done', amountMinor: 400 }])
  t.match(await orderNow(orderId), { paidMinor: 600, balanceMinor: 400 })
  isProblem(t, await office.call(give, { refundId }, {}), 409, 'final')

  const all = { reason: 'All of it', terminalId: machine('SIS0') }
  const signed = await office.call(refund, { paymentId }, { id: 'rfd-2', ...all })
  const second = counter.refundOf(signed, orderId)
  await becomes(second, 'SignatureRequired')
  const withdraw = 'POST /refunds/{refundId}/withdraw'
  const withdrawn = await office.call(withdraw, { refundId: 'rfd-2' }, { reason: 'Gone home' })
  isProblem(t, withdrawn, 409, 'card-under-way', /card machine gives the refund rfd-2/)
  await ask('signature', second, { accepted: true })
  await becomes(second, 'Refunded')
  t.match(await orderNow(orderId), { paidMinor: 0, balanceMinor: 1_000 })
})

t.test('the receipt of the machine: as lines, as paper, and by e-mail', async (t) => {
  const started = await start(await bill(1_250), machine('AIP0'))
  const path = { orderId: started.body.orderId, cardPaymentId: started.body.id }
  isProblem(t, await till.call(`GET ${ONE}/receipt`, path), 409, 'card-payment-over')
  await becomes(started, 'Captured')
  const { body } = await till.call(`GET ${ONE}/receipt`, path)
  t.match(body.lines[0], { lineType: 'Text', text: { value: 'CUSTOMER COPY', align: 'Center' } })
  const { text } = await till.call(`GET ${ONE}/receipt?format=text`, path)
  t.match(text, /^ +CUSTOMER COPY\n/)
  t.match(text, /\nAMOUNT 12\.50 GBP\n/)
  t.match((await till.call(`GET ${ONE}/receipt?format=svg`, path)).text, /^<svg/)
  const sent = await till.call(`POST ${ONE}/receipt/email`, path, { emails: ['guest@example.com'] })
  t.strictSame(sent.body, { sent: 1 })
  isProblem(t, await till.call(`POST ${ONE}/receipt/email`, path, { emails: [] }), 400, 'schema')
})

t.test('the day agrees with Dojo to the penny', async (t) => {
  const { venue, store, sql } = server
  await sql("UPDATE payments SET recorded_at = now() - interval '1 minute'")
  const { url: apiUrl, key } = counter.dojo
  const client = createDojoClient({ apiUrl, key, softwareHouseId: 'house' })
  const format = new Intl.DateTimeFormat('en-CA', { timeZone: 'Europe/London' })
  const day = format.format(Date.now() - 60_000)
  const { differences, matched } = await auditDay(store.database, client, venue.locationId, day)
  await client.close()
  t.same(differences, [])
  t.ok(matched.count > 5)
})

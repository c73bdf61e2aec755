// Payments that a till starts on a card machine. The stand-in for Dojo is the other side; its clock
// is moved, and the pauses between two looks are short.
import t from 'tap'
import { createDojoClient } from '../../../src/dojo/client/index.ts'
import { auditDay } from '../../../src/dojo/jobs/audit-day.ts'
import { eitherWay } from '../../support/card-payments.ts'
import { ALL, ONE, openCounter } from '../../support/counter.ts'
import { gbp } from '../../support/orders.ts'
import { openScreen } from '../../support/stream.ts'
import { isProblem, newMenu, openOrder } from '../../support/till.ts'

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

eitherWay(t, counter, 'rest')

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
  const lowered = await ask('amount', tab, { amountMinor: 3_050 })
  t.match(lowered.body, { status: 'Authorized', amountMinor: 3_050 })
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

// What a venue allows at the counter: tips, cashback, refunds without a payment; what Dojo
// learns of a bill; and how it is counted.
import t from 'tap'
import { createDojoClient } from '../../../src/dojo/client/index.ts'
import { auditDay } from '../../../src/dojo/jobs/audit-day.ts'
import { ONE, openCounter } from '../../support/counter.ts'
import { gbp } from '../../support/orders.ts'
import { isProblem, newMenu, newTill, openOrder, type Till } from '../../support/till.ts'
import { until } from '../../support/visits.ts'

const counter = await openCounter(t)
const { server, world, account, till, office } = counter
const { machine, bill, start, ask, becomes, intentOf, orderNow } = counter
const owner = await newTill(t, server, { role: 'owner' })
const allow = async (settings: object): Promise<void> => {
  t.equal((await owner.call('PATCH /venue', {}, settings)).status, 200)
}
await newMenu(server, server.venue, [{ plu: 'A', name: 'Burger', priceMinor: 1_000 }])
const UNLINKED = '/refunds/unlinked/{refundId}'

/** An order of a till, with that many burgers. */
async function burgers(quantity: number): Promise<string> {
  const { id: orderId } = await openOrder(till, {})
  const lines = [{ plu: 'A', quantity }]
  t.equal((await till.call('POST /orders/{orderId}/lines', { orderId }, { lines })).status, 200)
  return orderId
}

const dayId = (await office.call('POST /days', {}, { floatMinor: 10_000 })).body.id
const reportNow = async (): Promise<any> =>
  (await office.call('GET /days/{dayId}', { dayId })).body.report

t.test('a tip where the venue takes none', async (t) => {
  await allow({ cardTips: false })
  const orderId = await bill()
  const tipped = await start(orderId, machine('AIP0'), { tipsMinor: 100 })
  isProblem(t, tipped, 409, 'not-allowed', /tipsMinor is 100/)
  const tab = await start(orderId, machine('AIP0'), { captureMode: 'Manual', amountMinor: 1_000 })
  await becomes(tab, 'Authorized')
  isProblem(t, await ask('capture', tab, { tipsMinor: 1 }), 409, 'not-allowed')
  t.match((await ask('capture', tab, {})).body, { status: 'Captured' })
  await allow({ cardTips: true })
})

t.test('cashback: as far as the venue allows it, on the card and out of the drawer', async (t) => {
  const cash = { cashbackMinor: 2_000 }
  const orderId = await bill()
  isProblem(t, await start(orderId, machine('AIP0'), cash), 409, 'not-allowed', /no cashback/)
  await allow({ cashbackMostMinor: 2_000 })
  for (const more of [
    { cashbackMinor: 2_001 },
    { ...cash, captureMode: 'Manual', amountMinor: 500 },
    { ...cash, cardNotPresent: true },
  ]) {
    isProblem(t, await start(orderId, machine('AIP0'), more), 409, 'not-allowed')
  }
  const before = await reportNow()
  const sale = await start(orderId, machine('AIP0'), { id: 'cash-1', ...cash, tipsMinor: 100 })
  t.match(sale.body, { amountMinor: 1_000, cashbackMinor: 2_000 })
  isProblem(t, await start(orderId, machine('AIP0'), { id: 'cash-1' }), 409, 'content-differs')
  const taken = await becomes(sale, 'Captured')
  const { shown } = intentOf(taken)
  t.match(shown, { amount: gbp(1_000), cashbackAmount: gbp(2_000), totalAmount: gbp(3_100) })
  t.match(await orderNow(orderId), { balanceMinor: 0, paidMinor: 1_000, tipsMinor: 100 })
  const after = await reportNow()
  t.same(after.paidOut.cashback, { count: 1, amountMinor: 2_000 })
  t.equal(after.drawers[0].expectedMinor, before.drawers[0].expectedMinor - 2_000)
  t.equal(after.takingsMinor - before.takingsMinor, 1_000)
  t.equal(after.differenceMinor, 0)

  const declined = await start(await bill(), machine('DIP0'), cash)
  await becomes(declined, 'Declined')
  t.same(
    (await reportNow()).paidOut.cashback,
    { count: 1, amountMinor: 2_000 },
    'nothing was given',
  )
})

t.test('a card that is not there is typed in', async (t) => {
  const sale = await start(await bill(), machine('AIP0'), { cardNotPresent: true })
  t.equal(intentOf(sale.body).shown.cardHolderNotPresent, true)
  const taken = await becomes(sale, 'Captured')
  t.match(intentOf(taken).shown.paymentDetails, { card: { entryMode: 'ManualEntry' } })
  const prompts = account.sessions.get(taken.sessionId)!.shown.notificationEvents
  t.notOk(prompts.some(({ notificationType }) => notificationType === 'PresentCard'))
})

t.test('the lines that Dojo gets make up the amount', async (t) => {
  const linesOf = (shown: { paymentIntentId: string }) => {
    const { amount, itemLines, taxLines } = intentOf(shown).shown
    const lines = itemLines!.map(({ amountTotal }) => amountTotal!.value)
    const taxes = (taxLines ?? []).map(({ amountTotal }) => amountTotal!.value)
    return { amountMinor: amount.value, lines, taxes }
  }
  const parts = await burgers(3)
  const part = await start(parts, machine('AIP0'), { amountMinor: 700 })
  t.same(linesOf(part.body), { amountMinor: 700, lines: [700], taxes: [] })
  t.match(intentOf(part.body).shown.itemLines, [{ name: /^Part of / }])
  await becomes(part, 'Captured')
  const tab = await start(parts, machine('AIP0'), { captureMode: 'Manual', amountMinor: 2_300 })
  t.match(intentOf(tab.body).shown.itemLines, [{ name: /^Held for / }])
  await becomes(tab, 'Authorized')
  await ask('release', tab)

  await allow({ taxesOnTop: true, serviceChargeHundredths: 1_000 })
  const whole = await burgers(2)
  const sale = await start(whole, machine('AIP0'))
  t.same(linesOf(sale.body), { amountMinor: 2_400, lines: [2_000], taxes: [400] })
  t.match(intentOf(sale.body).shown, {
    serviceChargeAmount: gbp(200),
    taxLines: [{ caption: 'VAT' }],
  })
  await becomes(sale, 'Captured')
  t.match(await orderNow(whole), { totalMinor: 2_600, paidMinor: 2_600 })
  await allow({ taxesOnTop: false, serviceChargeHundredths: null })
})

t.test("the guest's receipt and the venue's", async (t) => {
  const sale = await start(await bill(), machine('SIS0'))
  await becomes(sale, 'SignatureRequired')
  await ask('signature', sale, { accepted: true })
  await becomes(sale, 'Captured')
  const path = { orderId: sale.body.orderId, cardPaymentId: sale.body.id }
  const receipt = async (query: string) => await till.call(`GET ${ONE}/receipt${query}`, path)
  t.match((await receipt('')).body, { copy: 'customer', lines: [{ text: { value: /CUSTOMER/ } }] })
  t.match((await receipt('?copy=merchant&format=text')).text, /MERCHANT COPY[^]*SIGNATURE VERIFIED/)
  t.match((await receipt('?copy=customer&format=svg')).text, /^<svg[^]*CUSTOMER COPY/)
  const { shown } = account.sessions.get(sale.body.sessionId)!
  Object.assign(shown, { customerReceipt: undefined, merchantReceipt: undefined })
  t.match((await receipt('?copy=customer')).body, { copy: 'unnamed', lines: [{}] }, 'the only one')
})

// --- refunds without a payment

async function refund(ending: string, more: object = {}, by = office) {
  const request = { amountMinor: 500, reason: 'Bought at our stall', terminalId: machine(ending) }
  return await by.call('POST /refunds', {}, { ...request, ...more })
}

async function refundBecomes(refundId: string, status: string): Promise<any> {
  let shown: any
  await until(`the refund is ${status}`, async () => {
    shown = (await office.call(`GET ${UNLINKED}`, { refundId })).body
    if (shown.status === status) return true
    await world.clock.advance(1_000)
    // The till may have stopped waiting; the job goes on.
    await server.sql('UPDATE jobs SET next_attempt_at = now() WHERE claimed_until IS NULL')
    await server.jobs!.idle()
    return false
  })
  return shown
}

t.test('a refund without a payment: who may, and how much', async (t) => {
  isProblem(t, await refund('AIP0', {}, till), 403, 'forbidden')
  isProblem(t, await refund('AIP0'), 409, 'not-allowed', /gives no refunds without a payment/)
  await allow({ unlinkedRefundMostMinor: 500 })
  isProblem(t, await refund('AIP0', { amountMinor: 501 }), 409, 'not-allowed', /at most 5\.00 GBP/)
  isProblem(t, await refund('AIP0', { reason: undefined }), 400, 'schema')
  t.same((await office.call('GET /refunds/unlinked')).body.rows, [], 'nothing was written down')
})

t.test('refunds without a payment, by what becomes of them', async (t) => {
  const after = (await office.call('GET /events')).body.position
  const atOnce = await Promise.all([1, 2, 3].map(async () => await refund('AIP0', { id: 'u-1' })))
  t.same(atOnce.map(({ status }) => status).sort(), [200, 200, 201])
  const given = atOnce[0]!
  t.match(given.body, { id: 'u-1', kind: 'UnlinkedRefund', chargeAgain: 'notSafe' })
  t.equal((await refund('AIP0', { id: 'u-1' })).status, 200, 'the same request, the same refund')
  isProblem(t, await refund('AIP0', { id: 'u-1', amountMinor: 1 }), 409, 'content-differs')
  isProblem(t, await refund('AIP0'), 409, 'terminal-busy', /busy with a refund/)
  t.match(account.sessions.get(given.body.sessionId)!.shown.details, {
    sessionType: 'UnlinkedRefund',
    unlinkedRefund: { amount: gbp(500) },
  })
  t.match(await refundBecomes('u-1', 'Refunded'), { chargeAgain: 'notSafe', endedAt: /^20/ })
  const { events } = (await office.call(`GET /events?${new URLSearchParams({ after })}`)).body
  t.match(
    [events[0], events.at(-1)],
    ['waiting', 'refunded'].map((state) => ({
      ...{ type: `card-payment.${state}`, refundId: 'u-1', orderId: undefined },
      detail: { kind: 'UnlinkedRefund', amountMinor: 500 },
    })),
  )
  t.ok(
    events.some(({ detail }: any) => detail.prompt === 'PresentCard'),
    'with the prompts of the machine',
  )
  t.match((await office.call('GET /changes')).body.rows[0], { entity: 'Refund', id: 'u-1' })
  const paper = `GET ${UNLINKED}/receipt?format=text`
  t.match((await office.call(paper, { refundId: 'u-1' })).text, /CUSTOMER COPY[^]*REFUND/)

  const declined = await refund('DIP0')
  t.match(await refundBecomes(declined.body.id, 'Declined'), { chargeAgain: 'safe' })
  for (const [accepted, status] of [
    [true, 'Refunded'],
    [false, 'Declined'],
  ] as const) {
    const { id: refundId } = (await refund('SIS0')).body
    await refundBecomes(refundId, 'SignatureRequired')
    const seenBy = async (who: Till) =>
      (await who.call('GET /card-payments')).body.rows.map(({ id }: { id: string }) => id)
    t.ok(
      (await seenBy(office)).includes(refundId),
      'those who may give it see that it is under way',
    )
    t.notOk((await seenBy(till)).includes(refundId))
    await office.call(`POST ${UNLINKED}/signature`, { refundId }, { accepted })
    await refundBecomes(refundId, status)
  }
  const { id: refundId } = (await refund('AIP0')).body
  await office.call(`POST ${UNLINKED}/cancel`, { refundId })
  const canceled = await refundBecomes(refundId, 'Canceled')
  t.match(canceled, { chargeAgain: 'unknown', unknownUntil: /^20/ }, 'it proves nothing by itself')
  isProblem(t, await till.call(`GET ${UNLINKED}`, { refundId }), 403, 'forbidden')
  isProblem(t, await office.call(`GET ${UNLINKED}`, { refundId: 'no' }), 404, 'not-found')
})

t.test('where the machine lost touch, a manager says what it shows', async (t) => {
  const record = `POST ${UNLINKED}/record`
  const busy = await refund('TIP0', { id: 'u-gone' })
  const said = { reason: 'Receipt seen' }
  const early = await office.call(record, { refundId: 'u-gone' }, { ...said, given: true })
  isProblem(t, early, 409, 'card-payment-over')
  t.equal(busy.status, 201)
  const expired = await refundBecomes('u-gone', 'Expired')
  t.match(expired, { chargeAgain: 'unknown', message: /A manager records/ })
  const shown = async (): Promise<string[]> =>
    (await reportNow()).paidOut.unlinkedRefundsUnknown.map((each: any) => each.refundId)
  t.same(await shown(), ['u-gone'])
  // As if it had been tried more than once: one try in doubt keeps it on the list.
  const tried = `UPDATE card_payments SET attempts = $2::jsonb WHERE location_id = $1 AND card_payment_id = 'u-gone'`
  const [{ attempts } = {}] = await server.sql(
    "SELECT attempts FROM card_payments WHERE card_payment_id = 'u-gone'",
  )
  const [lost] = attempts as object[]
  const declined = { ...lost, status: 'Declined' }
  for (const [tries, ids] of [
    [[lost, declined], ['u-gone']],
    [[declined, lost], ['u-gone']],
    [[declined, { ...lost, status: 'SignatureVerificationRejected' }], []],
    [[declined, { ...lost, refused: 'busy' }], []],
    [[lost], ['u-gone']],
  ] as const) {
    await server.sql(tried, [server.venue.locationId, JSON.stringify(tries)])
    t.same(await shown(), ids, JSON.stringify(tries))
  }
  const recorded = await office.call(record, { refundId: 'u-gone' }, { ...said, given: true })
  t.match(recorded.body, { status: 'Refunded', recordedByHand: 'Receipt seen' })

  const { id: refundId } = (await refund('TIP0')).body
  await refundBecomes(refundId, 'Expired')
  const not = await office.call(record, { refundId }, { ...said, given: false })
  t.match(not.body, { status: 'Expired', chargeAgain: 'safe' })
  t.same((await reportNow()).paidOut.unlinkedRefundsUnknown, [])
})

t.test('an answer that is lost leaves the refund to somebody who looks', async (t) => {
  world.faultsOf(account).add({ kind: 'api-answer-lost', times: 1, on: 'TerminalSession_Create' })
  const refundId = 'u-lost'
  // The till waits about as long as it takes to know that nothing is known.
  const { status } = await refund('AIP0', { id: refundId })
  t.ok([201, 409].includes(status), 'under way, or in doubt already', { status })
  await server.sql(
    `UPDATE card_payments SET attempts = jsonb_set(attempts, '{0,askedAtMs}',
        to_jsonb((attempts->0->>'askedAtMs')::bigint - 20000)) WHERE card_payment_id = $1`,
    [refundId],
  )
  t.match(await refundBecomes(refundId, 'Unknown'), { chargeAgain: 'unknown' })
  const { shown } = [...account.sessions.values()].at(-1)!
  t.equal(shown.details!.sessionType, 'UnlinkedRefund', 'the machine had got it')
  const given = { given: true, reason: 'Seen' }
  const { body } = await office.call(`POST ${UNLINKED}/record`, { refundId }, given)
  t.match(body, { status: 'Refunded' })
})

t.test('the day has its line, once, and agrees with Dojo to the penny', async (t) => {
  const { unlinkedRefunds, unlinkedRefundsUnknown } = (await reportNow()).paidOut
  t.match(unlinkedRefunds, { count: 4, amountMinor: 2_000 })
  t.same(unlinkedRefundsUnknown, [])
  const closed = await office.call('POST /days/{dayId}/close', { dayId }, { carryOpenOrders: true })
  t.match(closed.body.report.paidOut.unlinkedRefunds, { count: 4, amountMinor: 2_000 })
  t.equal(closed.body.report.differenceMinor, 0)
  const { text } = await office.call('GET /days/{dayId}?format=csv', { dayId })
  t.match(text, 'unlinkedRefunds,u-1,Bought at our stall,,5.00')
  t.match(text, 'cashback,,all,1,20.00')
  const next = (await office.call('POST /days', {}, { floatMinor: 0 })).body.id
  const { paidOut } = (await office.call('GET /days/{dayId}', { dayId: next })).body.report
  t.match(paidOut.unlinkedRefunds, { count: 0 }, 'no day counts it again')

  await server.sql("UPDATE payments SET recorded_at = now() - interval '1 minute'")
  await server.sql("UPDATE card_payments SET given_at = given_at - interval '1 minute'")
  const client = createDojoClient({
    apiUrl: counter.dojo.url,
    key: counter.dojo.key,
    softwareHouseId: 'house',
  })
  const format = new Intl.DateTimeFormat('en-CA', { timeZone: 'Europe/London' })
  const today = format.format(Date.now() - 60_000)
  const { database } = server.store
  const audit = await auditDay(database, client, server.venue.locationId, today)
  await client.close()
  t.same(audit.differences, [])
  t.ok(audit.matched.count >= 5)
  t.same(audit.unlinkedRefunds, { count: 4, amountMinor: 2_000 })
})

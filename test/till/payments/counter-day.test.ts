// A day at the counter, with sales, tabs and refunds of every kind. What the guests paid, what the
// bills and the day's report say, and what Dojo has in the night's audit are the same to the penny.
import t from 'tap'
import { createDojoClient } from '../../../src/dojo/client/index.ts'
import { auditDay } from '../../../src/dojo/jobs/audit-day.ts'
import { payByCard } from '../../../src/sandbox/dojo/payment-intents.ts'
import { openCounter } from '../../support/counter.ts'
import { newTill } from '../../support/till.ts'
import { until } from '../../support/visits.ts'

const counter = await openCounter(t)
const { server, world, account, till, office } = counter
const { machine, bill, start, ask, becomes, intentOf, orderNow } = counter
const owner = await newTill(t, server, { role: 'owner' })
const REFUND = 'POST /payments/{paymentId}/refunds'

/** A bill that one card pays. */
async function sale(amountMinor: number, more: object = {}): Promise<string> {
  const orderId = await bill(amountMinor)
  await becomes(await start(orderId, machine('AIP0'), more), 'Captured')
  return orderId
}

async function paymentOf(orderId: string): Promise<string> {
  return (await orderNow(orderId)).payments[0].id
}

async function sellAll(): Promise<{ plain: string; declined: string }> {
  const plain = await sale(1_000)
  await sale(1_250, { tipsMinor: 150, cashbackMinor: 2_000 })

  const tabbed = await bill(3_000)
  const held = { captureMode: 'Manual', amountMinor: 2_000 }
  const tab = await start(tabbed, machine('AIP0'), held)
  await becomes(tab, 'Authorized')
  await ask('amount', tab, { amountMinor: 3_200 })
  await ask('capture', tab, { amountMinor: 2_700, tipsMinor: 300 })
  const spare = await start(tabbed, machine('AIP0'), { captureMode: 'Manual', amountMinor: 500 })
  await becomes(spare, 'Authorized')
  await ask('release', spare)
  await till.call('POST /orders/{orderId}/payments', { orderId: tabbed }, { tender: 'Cash' })

  const declined = await bill(1_100)
  const second = await start(declined, machine('DIP0'))
  await becomes(second, 'Declined')
  await ask('retry', second, { terminalId: machine('AIP0') })
  await becomes(second, 'Captured')

  const late = await start(await bill(900), machine('TIP0'))
  payByCard(world, account, intentOf(await becomes(late, 'Expired')), 'terminal')
  await becomes(late, 'Captured')

  const signed = await bill(700)
  const rejected = await start(signed, machine('SIP0'))
  await becomes(rejected, 'SignatureRequired')
  await ask('signature', rejected, { accepted: false })
  await becomes(rejected, 'Declined', { intentStatus: 'Reversed' })
  await becomes(await start(signed, machine('AIP0')), 'Captured')
  return { plain, declined }
}

async function refundAll({ plain, declined }: Awaited<ReturnType<typeof sellAll>>): Promise<void> {
  const onMachine = await office.call(
    REFUND,
    { paymentId: await paymentOf(plain) },
    { amountMinor: 400, reason: 'Cold soup', terminalId: machine('AIP0') },
  )
  await becomes(counter.refundOf(onMachine, plain), 'Refunded')
  const atDojo = await office.call(
    REFUND,
    { paymentId: await paymentOf(declined) },
    { amountMinor: 250, reason: 'Wrong wine' },
  )
  t.equal(atDojo.status, 200)

  const request = { amountMinor: 500, reason: 'Bought at our stall', terminalId: machine('AIP0') }
  const { id: refundId } = (await office.call('POST /refunds', {}, request)).body
  await until('the refund without a payment is given', async () => {
    await world.clock.advance(1_000)
    const { body } = await office.call('GET /refunds/unlinked/{refundId}', { refundId })
    return body.status === 'Refunded'
  })
}

/** By the stand-in's own books. */
function atDojoMinor(): { linkedMinor: number; unlinkedMinor: number } {
  let [linkedMinor, unlinkedMinor] = [0, 0]
  for (const { shown, capturedMinor, refundedMinor } of account.intents.values()) {
    if (shown.status !== 'Reversed') linkedMinor += capturedMinor - refundedMinor
  }
  for (const { shown } of account.sessions.values()) {
    const { unlinkedRefund } = shown.details!
    if (shown.status === 'Captured') unlinkedMinor += unlinkedRefund?.amount.value ?? 0
  }
  return { linkedMinor, unlinkedMinor }
}

t.test('the bills, the report of the day, the audit and Dojo agree', async (t) => {
  const settings = { cashbackMostMinor: 2_000, unlinkedRefundMostMinor: 500 }
  await owner.call('PATCH /venue', {}, settings)
  const dayId = (await office.call('POST /days', {}, { floatMinor: 10_000 })).body.id
  await refundAll(await sellAll())

  const closed = await office.call('POST /days/{dayId}/close', { dayId }, { carryOpenOrders: true })
  const { report } = closed.body
  const cards = report.tenders.find(({ tender }: { tender: string }) => tender === 'Dojo')
  // 1000, 1250, 2700, 1100, 900 and 700; less 400 and 250 that went back.
  t.match(cards, { payments: 6, recordedMinor: 7_650, refundedMinor: 650, takingsMinor: 7_000 })
  t.match(report, { takingsMinor: 7_300, tipsMinor: 450, differenceMinor: 0 })
  t.match(report.paidOut, {
    cashback: { count: 1, amountMinor: 2_000 },
    unlinkedRefunds: { count: 1, amountMinor: 500 },
    unlinkedRefundsUnknown: [],
  })
  t.same(report.unmatchedPayments, [])

  const { linkedMinor, unlinkedMinor } = atDojoMinor()
  t.equal(linkedMinor, cards.takingsMinor + cards.tipsMinor + 2_000, 'the cashback is on the card')
  t.equal(unlinkedMinor, report.paidOut.unlinkedRefunds.amountMinor)

  // The night comes: nothing of the day may still be on its way.
  await server.sql("UPDATE payments SET recorded_at = now() - interval '1 minute'")
  await server.sql("UPDATE card_payments SET given_at = given_at - interval '1 minute'")
  const { url: apiUrl, key } = counter.dojo
  const client = createDojoClient({ apiUrl, key, softwareHouseId: 'house' })
  const format = new Intl.DateTimeFormat('en-CA', { timeZone: 'Europe/London' })
  const day = format.format(Date.now() - 60_000)
  const audit = await auditDay(server.store.database, client, server.venue.locationId, day)
  await client.close()
  t.same(audit.differences, [])
  const cardsMinor = cards.takingsMinor + cards.tipsMinor
  t.match(audit.matched, { count: 6, hereMinor: cardsMinor, thereMinor: cardsMinor })
  t.same(audit.unlinkedRefunds, { count: 1, amountMinor: unlinkedMinor })
})

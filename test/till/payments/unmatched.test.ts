// Money at Dojo that is on no bill: found, recorded on the order that it belongs to, refunded, or
// dismissed.
import t from 'tap'
import type { RefundAtDojo } from '../../../src/actions/payments/refund-at-dojo.ts'
import type { RefundOutcome } from '../../../src/domain/payments/refund.ts'
import { refund as giveBackElsewhere } from '../../../src/sandbox/dojo/refunds.ts'
import type { IntentRecord } from '../../../src/sandbox/dojo/state.ts'
import { readDismissedPayments } from '../../../src/store/payments/unmatched.ts'
import { gbp, newIntent, statusUpdated } from '../../support/orders.ts'
import { isProblem, newMenu, newTill, openOrder } from '../../support/till.ts'
import { startWithDojo } from '../../support/with-dojo.ts'

/** What a refund seems to have come to, instead of what Dojo says; Dojo does it all the same. */
let seems: RefundOutcome | undefined
const refundAtDojo = ({ readIntent, refund }: RefundAtDojo): RefundAtDojo => ({
  readIntent,
  refund: async (...asked) => {
    const outcome = seems?.outcome === 'refused' ? seems : await refund(...asked)
    return seems ?? outcome
  },
})
const stand = await startWithDojo(t, { overrides: { refundAtDojo } })
const { server, account } = stand
const { venue, sql } = server
await newMenu(server, venue, [{ plu: 'A', priceMinor: 1_000 }])
const till = await newTill(t, server, { role: 'manager', tillName: 'Office' })

const order = async (): Promise<string> => {
  const { id } = await openOrder(till)
  await till.call('POST /orders/{orderId}/lines', { orderId: id }, { lines: [{ plu: 'A' }] })
  return id
}

/** Dojo reports it, and has shown what it is. */
const captured = async (
  { amountMinor, tipsMinor, externalId }: Partial<Record<string, number | string>> = {},
  status = 'Captured',
): Promise<string> => {
  const paymentIntentId = newIntent()
  const event = statusUpdated(paymentIntentId, 'Captured')
  await venue.call('HandleEvent', { ...event, accountId: account.accountId })
  await sql(
    `UPDATE payment_intents SET amount_minor = $2, tips_minor = $3, external_id = $4, dojo_status = $5
     WHERE payment_intent_id = $1`,
    [paymentIntentId, amountMinor, tipsMinor, externalId, status],
  )
  return paymentIntentId
}
/** Dojo took it, told this server, and no bill has it. */
const taken = async ({
  amountMinor,
  ...more
}: { amountMinor: number } & Parameters<typeof stand.paidIntent>[1]): Promise<IntentRecord> => {
  const record = stand.paidIntent(amountMinor, more)
  const { accountId } = account
  await venue.call('HandleEvent', { ...statusUpdated(record.shown.id, 'Captured'), accountId })
  await stand.later(300)
  return record
}
const recordOn = async (paymentIntentId: string, orderId: string) =>
  await till.call(
    'POST /unmatched-payments/{paymentIntentId}/record',
    { paymentIntentId },
    { orderId },
  )
const listed = async (): Promise<{ paymentIntentId: string }[]> =>
  (await till.call('GET /unmatched-payments')).body.rows

t.test('is recorded on an order, once, with who did it', async (t) => {
  const orderId = await order()
  const { shown } = await taken({ amountMinor: 600, tipsAmount: gbp(50) })
  const intent = shown.id
  t.match(
    (await listed()).find(({ paymentIntentId }) => paymentIntentId === intent),
    { status: 'Captured', amountMinor: 600, tipsMinor: 50 },
  )
  const { status, body } = await recordOn(intent, orderId)
  t.equal(status, 200)
  t.match(body, {
    paidMinor: 600,
    tipsMinor: 50,
    balanceMinor: 400,
    payments: [{ tender: 'Dojo', paymentIntentId: intent, deviceId: 'Office' }],
  })
  t.notOk((await listed()).some(({ paymentIntentId }) => paymentIntentId === intent))
  isProblem(t, await recordOn(intent, orderId), 404, 'not-found')
  t.match(
    await server.sql(
      "SELECT detail FROM order_history WHERE order_id = $1 AND action = 'PaymentRecorded'",
      [orderId],
    ),
    [{ detail: { byHand: true } }],
  )

  await stand.later()
  const { rows } = (await till.call('GET /payments')).body
  t.match(rows[0], { orderId, state: 'Verified', amountMinor: 600, tipsMinor: 50 })
})

t.test('is refused, and stays on the list', async (t) => {
  const orderId = await order()
  const other = await order()
  const cases = [
    [await captured(), 'amount-unknown'],
    [await captured({ amountMinor: 500 }, 'Created'), 'not-captured'],
    [await captured({ amountMinor: 500, externalId: other }), 'other-order'],
    [await captured({ amountMinor: 1_001 }), 'overpaid'],
  ] as const
  for (const [intent, code] of cases) {
    isProblem(t, await recordOn(intent, orderId), 409, code)
    t.ok((await listed()).some(({ paymentIntentId }) => paymentIntentId === intent))
  }
  t.match((await till.call('GET /orders/{orderId}', { orderId })).body, { paidMinor: 0 })
})

t.test('is dismissed with a reason', async (t) => {
  const paymentIntentId = await captured({ amountMinor: 500 })
  const dismiss = async (reason: string) =>
    await till.call(
      'POST /unmatched-payments/{paymentIntentId}/dismiss',
      { paymentIntentId },
      { reason },
    )
  isProblem(t, await dismiss(' '), 400, 'schema')
  t.equal((await dismiss('A test of the machine')).status, 200)
  t.notOk((await listed()).some((each) => each.paymentIntentId === paymentIntentId))
  isProblem(t, await dismiss('Again'), 404, 'not-found')
  t.match(await readDismissedPayments(server.store.database, venue.locationId), [
    { paymentIntentId, dismissedBy: 'Office', dismissedReason: 'A test of the machine' },
  ])
})

const refund = async ({ shown: { id: paymentIntentId } }: Pick<IntentRecord, 'shown'>) =>
  await till.call(
    'POST /unmatched-payments/{paymentIntentId}/refund',
    { paymentIntentId },
    { reason: 'Nobody knows it' },
  )
const onList = async ({ shown: { id } }: IntentRecord) =>
  (await listed()).find(({ paymentIntentId }) => paymentIntentId === id)

t.test('is refunded once, tip included, with who did it', async (t) => {
  const record = await taken({ amountMinor: 700, tipsAmount: gbp(50) })
  t.match(await onList(record), { amountMinor: 700, tipsMinor: 50, refundedMinor: 0 })
  // Two managers press at the same moment, and one of them once more.
  const replies = [...(await Promise.all([refund(record), refund(record)])), await refund(record)]
  for (const { status, body } of replies) {
    t.equal(status, 200)
    t.match(body, { status: 'Done', amountMinor: 750, till: 'Office', reason: 'Nobody knows it' })
  }
  t.equal(new Set(replies.map(({ body }) => body.id)).size, 1, 'it is one refund')
  t.equal(record.refundedMinor, 750)
  await stand.later(300)
  t.equal(await onList(record), undefined)
})

t.test('is refunded less what went back at Dojo', async (t) => {
  const record = await taken({ amountMinor: 900 })
  giveBackElsewhere(stand.world, account, record, { amount: 200 })
  t.match((await refund(record)).body, { status: 'Done', amountMinor: 700 })
  t.equal(record.refundedMinor, 900)
})

t.test('a refund whose answer is lost is asked for again, and given once', async (t) => {
  const record = await taken({ amountMinor: 800 })
  seems = { outcome: 'unknown', problem: 'Dojo did not answer.' }
  const { status, body } = await refund(record)
  t.equal(status, 202)
  t.match(body, { status: 'Pending', problem: 'Dojo did not answer.' })
  seems = undefined
  const again = await refund(record)
  t.match(again, { status: 200, body: { id: body.id, status: 'Done' } })
  t.equal(record.refundedMinor, 800)
  t.equal(await onList(record), undefined)
})

t.test(
  'while its refund may be done it is on no order; when it is not done, it may be',
  async (t) => {
    const record = await taken({ amountMinor: 600 })
    const { id } = record.shown
    seems = { outcome: 'refused', problem: 'Not today.' }
    isProblem(t, await refund(record), 409, 'dojo-refused')
    t.match(await onList(record), { refund: { status: 'Refused', problem: 'Not today.' } })
    await sql(
      `UPDATE payment_intents SET refund = jsonb_set(refund, '{status}', '"Pending"') WHERE payment_intent_id = $1`,
      [id],
    )
    const orderId = await order()
    isProblem(t, await recordOn(id, orderId), 409, 'refund-unknown')
    isProblem(t, await refund(record), 409, 'dojo-refused')
    seems = undefined
    t.equal((await recordOn(id, orderId)).status, 200)
    t.equal(record.refundedMinor, 0)
  },
)

t.test('what its order can take by now goes onto its bill, and not back', async (t) => {
  const { id: orderId } = await openOrder(till)
  const record = await taken({ amountMinor: 1_000, orderDetails: { externalId: orderId } })
  t.match(await onList(record), { reason: /cannot be recorded/ })
  await till.call('POST /orders/{orderId}/lines', { orderId }, { lines: [{ plu: 'A' }] })
  const reply = await refund(record)
  isProblem(t, reply, 409, 'on-a-bill')
  t.match(reply.body, { orderId })
  t.match((await till.call('GET /orders/{orderId}', { orderId })).body, { paidMinor: 1_000 })
  t.equal(record.refundedMinor, 0)
})

t.test('what Dojo does not know, or is not on the list, is not refunded', async (t) => {
  isProblem(t, await refund(stand.paidIntent(500)), 404, 'not-found')
  const unknown = { shown: { id: await captured({ amountMinor: 500 }) } } as IntentRecord
  isProblem(t, await refund(unknown), 409, 'dojo-refused')
})

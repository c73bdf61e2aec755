// Money at Dojo that is on no bill: found, recorded on the order that it belongs to, or dismissed.
import t from 'tap'
import { newIntent, statusUpdated } from '../../support/orders.ts'
import { startServer } from '../../support/server.ts'
import { isProblem, newMenu, newTill, openOrder } from '../../support/till.ts'

const server = await startServer(t)
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
  await venue.call('HandleEvent', statusUpdated(paymentIntentId, 'Captured'))
  await sql(
    `UPDATE payment_intents SET amount_minor = $2, tips_minor = $3, external_id = $4, dojo_status = $5
     WHERE payment_intent_id = $1`,
    [paymentIntentId, amountMinor, tipsMinor, externalId, status],
  )
  return paymentIntentId
}
const record = async (paymentIntentId: string, orderId: string) =>
  await till.call(
    'POST /unmatched-payments/{paymentIntentId}/record',
    { paymentIntentId },
    { orderId },
  )
const listed = async (): Promise<{ paymentIntentId: string }[]> =>
  (await till.call('GET /unmatched-payments')).body.rows

t.test('is recorded on an order, once, with who did it', async (t) => {
  const orderId = await order()
  const intent = await captured({ amountMinor: 600, tipsMinor: 50 })
  t.match(
    (await listed()).find(({ paymentIntentId }) => paymentIntentId === intent),
    { status: 'Captured', amountMinor: 600, tipsMinor: 50 },
  )
  const { status, body } = await record(intent, orderId)
  t.equal(status, 200)
  t.match(body, {
    paidMinor: 600,
    tipsMinor: 50,
    balanceMinor: 400,
    payments: [{ tender: 'Dojo', paymentIntentId: intent, deviceId: 'Office' }],
  })
  t.notOk((await listed()).some(({ paymentIntentId }) => paymentIntentId === intent))
  isProblem(t, await record(intent, orderId), 404, 'not-found')

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
    isProblem(t, await record(intent, orderId), 409, code)
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
})

// What goes wrong between a till, Dojo and a card machine: the stand-in does it on request, so that
// a till can show that it charges nobody twice.
import t from 'tap'
import type { DojoSchemas } from '../../../src/contract/dojo-api.ts'
import { startSandbox, type Answer, type Body } from '../support/dojo.ts'
import { startReceiver } from '../support/receiver.ts'

const { call, sandbox } = await startSandbox(t)

let keys = 0

interface Counter {
  ask: (method: string, path: string, body?: unknown) => Promise<Answer>
  fault: (kind: string, more?: object) => Promise<void>
  pass: (seconds: number) => Promise<void>
  machine: (ending: string) => Promise<DojoSchemas['Terminal']>
  newIntent: (amountMinor?: number) => Promise<string>
  start: (ending: string, paymentIntentId: string) => Promise<Answer>
  session: (id: string) => Promise<Body>
  intent: (id: string) => Promise<Body>
}

function newCounter(): Counter {
  const key = `sk_sandbox_counter_${++keys}`
  const ask: Counter['ask'] = async (method, path, body) =>
    await call(method, path, body, { authorization: `Basic ${key}` })
  const machine: Counter['machine'] = async (ending) => {
    const { body } = await ask('GET', '/terminals')
    return (body as DojoSchemas['Terminal'][]).find(({ properties }) =>
      properties.tid.endsWith(ending),
    )!
  }
  return {
    ask,
    machine,
    fault: async (kind, more = {}) => {
      const { status, body } = await ask('POST', '/sandbox/faults', { kind, times: 1, ...more })
      if (status !== 200) throw new Error(body.detail)
    },
    pass: async (seconds) => {
      await sandbox.simulation.clock.advance(seconds * 1000)
    },
    newIntent: async (value = 1000) => {
      const amount = { value, currencyCode: 'GBP' }
      const { body } = await ask('POST', '/payment-intents', { amount, reference: 'Order 7' })
      return body.id as string
    },
    start: async (ending, paymentIntentId) =>
      await ask('POST', '/terminal-sessions', {
        terminalId: (await machine(ending)).id,
        details: { sessionType: 'Sale', sale: { paymentIntentId } },
      }),
    session: async (id) => (await ask('GET', `/terminal-sessions/${id}`)).body,
    intent: async (id) => (await ask('GET', `/payment-intents/${id}?returnCanceled=true`)).body,
  }
}

t.test('the last digits of the amount decide on the machine AMT0, and on no other', async (t) => {
  const cases: Array<[number, string, number]> = [
    [1_051, 'Declined', 8],
    [1_052, 'SignatureVerificationRequired', 8],
    [1_053, 'Expired', 95],
    [1_054, 'Captured', 8],
  ]
  for (const [amountMinor, status, seconds] of cases) {
    for (const [ending, expected] of [
      ['AMT0', status],
      ['AIP0', 'Captured'],
    ] as const) {
      const { newIntent, start, pass, session } = newCounter()
      const { body } = await start(ending, await newIntent(amountMinor))
      await pass(seconds)
      t.equal((await session(body.id)).status, expected, `${amountMinor} on ${ending}`)
    }
  }
})

t.test('the card is charged after the session has expired', async (t) => {
  const { fault, newIntent, start, pass, session, intent } = newCounter()
  await fault('captured-after-expired', { delayMs: 60_000 })
  const paymentIntentId = await newIntent()
  const { body } = await start('AIP0', paymentIntentId)
  await pass(95)
  t.equal((await session(body.id)).status, 'Expired')
  t.equal((await intent(paymentIntentId)).status, 'Created', 'nothing shows yet')
  await pass(60)
  t.equal((await session(body.id)).status, 'Expired', 'the session never tells')
  t.match(await intent(paymentIntentId), { status: 'Captured', captures: [{ amount: 1000 }] })
})

t.test('the card is charged after the session was canceled', async (t) => {
  const cancel = {
    'from the till': async ({ ask }: Counter, id: string) =>
      await ask('PUT', `/terminal-sessions/${id}/cancel`),
    'on the machine': async ({ ask }: Counter, id: string) =>
      await ask('POST', `/sandbox/terminal-sessions/${id}/cancel`),
  }
  for (const [where, press] of Object.entries(cancel)) {
    const counter = newCounter()
    await counter.fault('captured-after-canceled', { delayMs: 30_000 })
    const paymentIntentId = await counter.newIntent()
    const { body } = await counter.start('AIP0', paymentIntentId)
    await counter.pass(2)
    t.equal((await press(counter, body.id)).status, 200, where)
    await counter.pass(5)
    t.equal((await counter.session(body.id)).status, 'Canceled', where)
    t.equal((await counter.intent(paymentIntentId)).status, 'Created', where)
    await counter.pass(30)
    t.equal((await counter.session(body.id)).status, 'Canceled', where)
    t.equal((await counter.intent(paymentIntentId)).status, 'Captured', where)
  }
})

t.test('an intent is charged once, although a late charge follows a second try', async (t) => {
  const { fault, newIntent, start, pass, session, intent } = newCounter()
  await fault('captured-after-expired', { delayMs: 60_000 })
  const paymentIntentId = await newIntent()
  await start('AIP0', paymentIntentId)
  await pass(95)
  const { body: second } = await start('AIP0', paymentIntentId)
  await pass(8)
  t.equal((await session(second.id)).status, 'Captured')
  await pass(60)
  t.match(await intent(paymentIntentId), { status: 'Captured', captures: [{ amount: 1000 }] })
  t.equal((await intent(paymentIntentId)).captures.length, 1)
})

t.test('an intent with a failed and a good attempt', async (t) => {
  const { fault, newIntent, start, pass, session, intent } = newCounter()
  await fault('card-declined')
  const paymentIntentId = await newIntent()
  const { body: first } = await start('AIP0', paymentIntentId)
  await pass(8)
  const { body: second } = await start('AIP0', paymentIntentId)
  await pass(8)
  t.equal((await session(first.id)).status, 'Declined')
  t.equal((await session(second.id)).status, 'Captured')
  t.match(await intent(paymentIntentId), { status: 'Captured', captures: [{ amount: 1000 }] })
})

t.test('two sessions on one machine', async (t) => {
  const { fault, newIntent, start, pass, session } = newCounter()
  const { body: first } = await start('AIP0', await newIntent())
  t.equal((await start('AIP0', await newIntent())).status, 404, 'a machine in use takes no other')
  await fault('machine-shared')
  const { status, body: second } = await start('AIP0', await newIntent())
  t.equal(status, 200)
  t.equal(second.terminalId, first.terminalId)
  await pass(8)
  t.same(
    [(await session(first.id)).status, (await session(second.id)).status],
    ['Captured', 'Captured'],
  )
})

t.test('the answer is lost at each step, and the step is done', async (t) => {
  const counter = newCounter()
  const { fault, ask, newIntent, start, pass, session, intent, machine } = counter
  const lost = async (on: string, work: () => Promise<unknown>): Promise<void> => {
    await fault('api-answer-lost', { on })
    await t.rejects(work(), { message: /fetch failed/ }, on)
  }
  await lost('PaymentIntents_CreatePaymentIntent', newIntent)
  const { body: found } = await ask('POST', '/payment-intents/search', {})
  t.match(found.data, [{ status: 'Created', reference: 'Order 7' }])

  const paymentIntentId = await newIntent()
  await lost('TerminalSession_Create', async () => await start('AIP0', paymentIntentId))
  t.equal((await machine('AIP0')).status, 'InUse')
  await pass(8)
  t.match(await intent(paymentIntentId), {
    status: 'Captured',
    terminalSessionHistory: [{ terminalSession: { status: 'Captured' } }],
  })

  const canceled = await start('AIP0', await newIntent())
  await lost(
    'TerminalSession_Cancel',
    async () => await ask('PUT', `/terminal-sessions/${canceled.body.id}/cancel`),
  )
  await pass(2)
  t.equal((await session(canceled.body.id)).status, 'Canceled')

  const signed = await start('SIP0', await newIntent())
  await pass(8)
  await lost(
    'TerminalSession_Signature',
    async () =>
      await ask('PUT', `/terminal-sessions/${signed.body.id}/signature`, { accepted: true }),
  )
  t.equal((await session(signed.body.id)).status, 'Captured')
})

t.test('a webhook never comes', async (t) => {
  const { fault, ask, newIntent, pass } = newCounter()
  const receiver = await startReceiver(t)
  await ask('POST', '/webhooks', { url: receiver.url, events: ['payment_intent.created'] })
  await fault('events-lost', { on: 'Webhook' })
  const lost = await newIntent()
  const heard = await newIntent()
  await pass(600)
  const ids = receiver.deliveries.map(({ event }) => event.data.paymentIntentId)
  t.same(ids, [heard])
  t.not(lost, heard)
})

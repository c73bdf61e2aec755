// The file that keeps a sandbox over a restart: everything is there again, what is still planned
// included.
import { copyFile, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { limits } from '../../../src/sandbox/limits.ts'
import { newFolder, startSandbox, type Body, type StartedSandbox } from '../support/dojo.ts'
import { startEpos } from '../support/epos.ts'
import { startReceiver } from '../support/receiver.ts'
import { bodyOf } from '../support/registered.ts'
import { checkUnreadable, fileOf } from '../support/state-file.ts'

const BACKOFF_MS = limits.deliveryBackoffSeconds * 1000
const DAY_MS = 86_400_000
const create = async ({ call }: StartedSandbox, more: object = {}): Promise<Body> =>
  (
    await call('POST', '/payment-intents', {
      amount: { value: 1000, currencyCode: 'GBP' },
      reference: 'Order 1',
      ...more,
    })
  ).body

async function restart(
  t: Test,
  { sandbox }: StartedSandbox,
  stateFile: string,
): Promise<StartedSandbox> {
  await sandbox.close()
  return await startSandbox(t, { stateFile })
}

async function everything({ call, sandbox, key }: StartedSandbox): Promise<object> {
  const get = async (path: string): Promise<unknown> => (await call('GET', path)).body
  const { bookings, log } = sandbox.simulation.account(key)
  return {
    intents: (await call('POST', '/payment-intents/search', { cursor: { limit: 100 } })).body,
    integrations: await get('/epos/integrations'),
    webhooks: await get('/webhooks'),
    terminals: await get('/terminals'),
    bookings,
    log: [...log],
  }
}

t.test('a missing state file starts afresh', async (t) => {
  const stateFile = join(newFolder(t), 'deeper', 'still', 'state.json')
  const started = await startSandbox(t, { stateFile })
  t.strictSame((await started.call('POST', '/payment-intents/search', {})).body.data, [])
  await started.sandbox.close()
  t.match(JSON.parse(await readFile(stateFile, 'utf8')), { version: 1 })
})

t.test('everything survives a restart', async (t) => {
  const stateFile = fileOf(t)
  const epos = await startEpos()
  t.teardown(epos.close)
  const started = await startSandbox(t, { stateFile })
  const { call, sandbox } = started
  await call('PUT', '/epos/integrations/rest', bodyOf(epos, ['GetOrderById']))
  await call('PUT', '/epos/integrations/ws', {
    capabilities: [{ name: 'ListAreas', version: 'v1' }],
  })
  const { body: subscription } = await call('POST', '/webhooks', {
    events: ['payment_intent.send-receipt'],
    url: 'https://till.example.com/',
  })
  await call('POST', `/webhooks/${subscription.id}/secrets`)
  const orderId = epos.addOrder()
  await call('POST', '/epos/events', { eventType: 'OrderUpdated', event: { orderId } })
  const paid = await create(started, {
    orderDetails: { externalId: orderId },
    metadata: { waiterId: 'W1', 'ä💳"\\': '\u2028' },
  })
  await call('POST', `/sandbox/payment-intents/${paid.id}/pay`)
  const { body: refund } = await call(
    'POST',
    `/payment-intents/${paid.id}/refunds`,
    { amount: 400 },
    { IdempotencyKey: 'one' },
  )
  const held = await create(started, { captureMode: 'Manual' })
  await call('POST', `/sandbox/payment-intents/${held.id}/pay`)
  await call('POST', `/payment-intents/${held.id}/captures`, { amount: 300 })
  await sandbox.simulation.clock.idle()
  const before = await everything(started)

  const again = await restart(t, started, stateFile)
  t.strictSame(await everything(again), before)
  t.strictSame(
    (await again.call('GET', `/payment-intents/refunds/${refund.refundId}`)).body,
    refund,
  )
  t.strictSame(
    (
      await again.call(
        'POST',
        `/payment-intents/${paid.id}/refunds`,
        { amount: 400 },
        { IdempotencyKey: 'one' },
      )
    ).body,
    refund,
    'an idempotency key is still used',
  )
  t.equal(
    (
      await again.call(
        'POST',
        `/payment-intents/${paid.id}/refunds`,
        { amount: 700 },
        { IdempotencyKey: 'two' },
      )
    ).status,
    400,
    'what was refunded still counts',
  )
  t.equal(
    (await again.call('POST', `/payment-intents/${held.id}/captures`, { amount: 701 })).status,
    400,
    'what was captured still counts',
  )
  epos.orders.delete(orderId)
  await again.call('POST', '/epos/events', { eventType: 'OrderUpdated', event: { orderId } })
  await again.sandbox.simulation.clock.idle()
  t.equal(
    again.sandbox.simulation.account(again.key).bookings.orders.size,
    0,
    'the EPOS is called with the credential that was registered',
  )
})

t.test('ids continue and do not repeat', async (t) => {
  const stateFile = fileOf(t)
  let started = await startSandbox(t, { stateFile })
  const ids = new Set<string>()
  for (let round = 0; round < 3; round++) {
    for (let i = 0; i < 5; i++) ids.add((await create(started)).id)
    started = await restart(t, started, stateFile)
  }
  t.equal(ids.size, 15)
})

t.test('accounts stay separate, and the seed stays', async (t) => {
  const stateFile = fileOf(t)
  const started = await startSandbox(t, { stateFile, seed: 99 })
  await create(started)
  const other = await started.call(
    'POST',
    '/payment-intents',
    { amount: { value: 1, currencyCode: 'GBP' }, reference: 'Other' },
    { authorization: 'Basic sk_sandbox_other' },
  )
  const again = await restart(t, started, stateFile)
  t.match((await again.call('GET', '/sandbox')).body, { seed: 99, accounts: 2 })
  t.match(
    (
      await again.call(
        'POST',
        '/payment-intents/search',
        {},
        { authorization: 'Basic sk_sandbox_other' },
      )
    ).body.data,
    [{ id: other.body.id }],
  )
})

t.test('the clock keeps its offset', async (t) => {
  const stateFile = fileOf(t)
  const started = await startSandbox(t, { stateFile })
  const {
    body: { now },
  } = await started.call('POST', '/sandbox/clock', { advanceSeconds: 10 * 86_400 })
  const again = await restart(t, started, stateFile)
  const sinceMs = Date.parse((await again.call('GET', '/sandbox')).body.now) - Date.parse(now)
  t.ok(sinceMs >= 0 && sinceMs < 60_000, 'to the moment', { sinceMs })
})

// --- what is still planned

t.test(
  'a webhook that is due for another attempt is sent after a restart, with the same id',
  async (t) => {
    const stateFile = fileOf(t)
    const receiver = await startReceiver(t)
    const started = await startSandbox(t, { stateFile })
    await started.call('POST', '/webhooks', {
      events: ['payment_intent.created'],
      url: receiver.url,
    })
    receiver.answers.push(500, 500)
    await create(started)
    await started.sandbox.simulation.clock.idle()
    const again = await restart(t, started, stateFile)
    await again.sandbox.simulation.clock.advance(BACKOFF_MS)
    t.equal(receiver.deliveries.length, 2)
    const onceMore = await restart(t, again, stateFile)
    await onceMore.sandbox.simulation.clock.advance(BACKOFF_MS)
    t.equal(receiver.deliveries.length, 2, 'the waits go on growing')
    await onceMore.sandbox.simulation.clock.advance(BACKOFF_MS)
    t.equal(receiver.deliveries.length, 3)
    t.equal(new Set(receiver.deliveries.map(({ raw }) => raw)).size, 1)
    await onceMore.sandbox.simulation.clock.advance(DAY_MS)
    t.equal(receiver.deliveries.length, 3, 'until it is taken')
  },
)

t.test('jobs that fell due while nothing ran are done at once', async (t) => {
  const stateFile = fileOf(t)
  const receiver = await startReceiver(t)
  const started = await startSandbox(t, { stateFile })
  await started.call('POST', '/webhooks', { events: ['payment_intent.created'], url: receiver.url })
  receiver.answers.push(500)
  await create(started)
  await started.sandbox.simulation.clock.idle()
  await started.sandbox.close()
  const state = JSON.parse(await readFile(stateFile, 'utf8'))
  t.equal(state.jobs.length, 1)
  state.jobs[0].dueMs -= DAY_MS
  await writeFile(stateFile, JSON.stringify(state))
  await startSandbox(t, { stateFile })
  await receiver.arrived(2)
  t.equal(receiver.deliveries[1]!.raw, receiver.deliveries[0]!.raw)
})

t.test('an authorisation is released, and a late reversal arrives, after a restart', async (t) => {
  const stateFile = fileOf(t)
  const started = await startSandbox(t, { stateFile })
  const held = await create(started, { captureMode: 'Manual' })
  await started.call('POST', `/sandbox/payment-intents/${held.id}/pay`)
  const taken = await create(started)
  await started.call('POST', `/sandbox/payment-intents/${taken.id}/pay`)
  started.sandbox.simulation.clock.scheduleIn(3_600_000, {
    kind: 'reverse',
    key: started.key,
    paymentIntentId: taken.id,
  })
  const again = await restart(t, started, stateFile)
  const statuses = async (): Promise<string[]> =>
    (await again.call('POST', '/payment-intents/search', {})).body.data.map(
      ({ status }: Body) => status,
    )
  t.strictSame(await statuses(), ['Captured', 'Authorized'])
  await again.sandbox.simulation.clock.advance(3_600_000)
  t.strictSame(await statuses(), ['Reversed', 'Authorized'])
  await again.sandbox.simulation.clock.advance(7 * DAY_MS)
  t.strictSame(await statuses(), ['Reversed', 'Reversed'])
})

t.test('a delivery in flight when the sandbox stops is not lost', async (t) => {
  const stateFile = fileOf(t)
  const receiver = await startReceiver(t)
  const started = await startSandbox(t, { stateFile })
  await started.call('POST', '/webhooks', { events: ['payment_intent.created'], url: receiver.url })
  let answer = (): void => {}
  receiver.held = new Promise((resolve) => {
    answer = resolve
  })
  receiver.answers.push(500)
  await create(started)
  await receiver.arrived(1)
  const closed = started.sandbox.close()
  // An answer that it may wait for comes once it began to stop.
  await setImmediate()
  answer()
  receiver.held = undefined
  await closed
  const again = await startSandbox(t, { stateFile })
  await again.sandbox.simulation.clock.advance(DAY_MS)
  t.equal(receiver.deliveries.length, 2)
  t.equal(receiver.deliveries[1]?.raw, receiver.deliveries[0]!.raw)
})

// --- the file itself

/** Polls, because writing a file sends no event. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  const endsAt = Date.now() + 10_000
  while (!(await holds())) {
    if (Date.now() > endsAt) throw new Error('It did not happen in time.')
    await setImmediate()
  }
}

t.test('a killed sandbox has kept what it answered a moment before', async (t) => {
  const stateFile = fileOf(t)
  const started = await startSandbox(t, { stateFile })
  const { id } = await create(started)
  await until(async () => (await readFile(stateFile, 'utf8').catch(() => '')).includes(id))
  const copy = `${stateFile}.copy`
  await copyFile(stateFile, copy)
  const again = await startSandbox(t, { stateFile: copy })
  t.match(await again.call('GET', `/payment-intents/${id}`), {
    status: 200,
    body: { id, status: 'Created' },
  })
})

t.test('the state file is readable by its owner only, because it holds keys', async (t) => {
  const stateFile = fileOf(t)
  const { sandbox } = await startSandbox(t, { stateFile })
  await sandbox.close()
  t.equal((await stat(stateFile)).mode & 0o777, 0o600)
})

const damaged: Array<[string, string]> = [
  ['nothing', ''],
  ['no JSON', 'hello'],
  ['half of it', '{"version":1,"seed":1,"offsetMs":0,"accounts":{"$map":['],
  ['null', 'null'],
  ['a list', '[]'],
  ['a number', '5'],
  ['an empty object', '{}'],
  ['another version', '{"version":2,"seed":1,"offsetMs":0,"accounts":{"$map":[]},"jobs":[]}'],
  ['accounts that are none', '{"version":1,"seed":1,"offsetMs":0,"accounts":[],"jobs":[]}'],
  ['a map that is none', '{"version":1,"seed":1,"offsetMs":0,"accounts":{"$map":5},"jobs":[]}'],
  [
    'entries that are none',
    '{"version":1,"seed":1,"offsetMs":0,"accounts":{"$map":["a"]},"jobs":[]}',
  ],
  ['bytes', '\u0000\uFFFD\u0001'],
]

for (const [what, text] of damaged) {
  t.test(`a file with ${what} is an error that says so, and stays as it is`, async (t) => {
    await checkUnreadable(t, text)
  })
}

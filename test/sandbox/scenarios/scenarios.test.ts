// This server, on its own database, and the stand-in for Dojo at its door: every scenario, and the
// faults of the way between.
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import type { Schemas } from '../../../src/contract/capabilities.ts'
import { runScenario } from '../../../src/sandbox/runs/scenario-run.ts'
import type { Fault } from '../../../src/sandbox/kit/faults.ts'
import { payAtTable, type PayAtTable } from '../../../src/sandbox/products/pay-at-table.ts'
import { scenarios } from '../../../src/sandbox/scenarios/index.ts'
import type { Sandbox } from '../../../src/sandbox/server.ts'
import { createRunner } from '../../../src/sandbox/products/runner.ts'
import type { Account } from '../../../src/sandbox/dojo/state.ts'
import { seedDemo } from '../../../src/operator/demo.ts'
import { rotateCredential } from '../../../src/operator/credentials.ts'
import { setDojoKey } from '../../../src/operator/dojo-keys.ts'
import { registerVenue } from '../../../src/operator/register.ts'
import { onInstance, startServer, type TestServer, type Venue } from '../../support/server.ts'
import { KEY, startSandbox } from '../support/dojo.ts'

const SECRETS_KEY = '00'.repeat(32)

interface Stood {
  server: TestServer
  venue: Venue
  sandbox: Sandbox
  account: Account
}

/** Both listen, and the venue has registered as an operator does it. */
async function stand(t: Test, capabilities?: readonly string[]): Promise<Stood> {
  const server = await startServer(t)
  await server.app.listen({ host: '127.0.0.1', port: 0 })
  const { sandbox, url } = await startSandbox(t, { seed: 11 })
  const {
    store,
    venue: { locationId },
  } = server
  await server.asOwner(locationId, seedDemo)
  await setDojoKey(store.prisma, locationId, KEY, SECRETS_KEY)
  await registerVenue(
    {
      store,
      config: {
        publicUrl: `http://127.0.0.1:${(server.app.server.address() as AddressInfo).port}`,
        routePrefix: '',
        softwareHouseId: 'house',
        resellerId: undefined,
        dojoApiUrl: url,
      },
      secretsKey: () => SECRETS_KEY,
    },
    { locationId, allowInsecure: true, ...(capabilities === undefined ? {} : { capabilities }) },
  )
  // Registering ended the credential that the venue had.
  const venue = onInstance(t, server, {
    ...server.venue,
    ...(await rotateCredential(store.prisma, locationId)),
  })
  return { server, venue, sandbox, account: sandbox.simulation.account(KEY) }
}

t.test('every scenario passes', async (t) => {
  const {
    sandbox: { simulation },
    account,
  } = await stand(t)
  for (const scenario of scenarios.filter(({ transport }) => transport !== 'socket')) {
    const { outcome, reason } = await runScenario(scenario, {
      simulation,
      account,
      seed: scenario.name,
    })
    t.equal(outcome, 'passed', `${scenario.name}${reason === undefined ? '' : `: ${reason}`}`)
  }
})

const NO_LOCKS = [
  'SearchOrders',
  'GetOrderById',
  'CreateOrder',
  'GetOrderBillById',
  'RecordOrderPaymentById',
  'HandleEvent',
]

t.test('without registered locks no lock is created', async (t) => {
  const {
    sandbox: { simulation },
    account,
  } = await stand(t, NO_LOCKS)
  const asked: string[] = []
  simulation.onExchange.add((_account, { capability }) => {
    asked.push(capability)
  })
  const { outcome, reason } = await runScenario(
    scenarios.find(({ name }) => name === 'Pay at Table')!,
    { simulation, account, seed: 'without locks' },
  )
  t.equal(outcome, 'passed', reason ?? 'it passed')
  t.notOk(
    asked.some((capability) => capability.includes('Lock')),
    asked.join(' '),
  )
})

/** An order is paid under faults; once all is quiet the bill and the money agree. */
async function paid(
  t: Test,
  faults: Fault[],
  plan: Partial<PayAtTable> = {},
  capabilities?: readonly string[],
): Promise<{ order: Schemas['Order']; standingMinor: number; stood: Stood }> {
  const stood = await stand(t, capabilities)
  const {
    sandbox: { simulation },
    account,
    venue,
  } = stood
  const [open] = (await venue.call('SearchOrders', { payableOnly: true })).body.data!
  for (const fault of faults) simulation.faultsOf(account).add(fault)
  const runner = createRunner({ simulation, account, seed: t.name })
  await payAtTable(runner, {
    orderId: open!.id,
    payments: [{ amountMinor: 1000, tipsMinor: 50 }, { amountMinor: 500 }, {}],
    ...plan,
  }).catch(() => {})
  simulation.faultsOf(account).clear()
  await simulation.clock.advance(3_600_000)
  const { body: order } = await venue.call('GetOrderById', { orderId: open!.id })
  const standing = [...account.intents.values()].filter(
    ({ shown }) => shown.status === 'Captured' && shown.orderDetails?.externalId === open!.id,
  )
  return {
    order,
    stood,
    standingMinor: standing.reduce((sum, { shown }) => sum + shown.amount.value, 0),
  }
}

const onPayments = { on: 'RecordOrderPaymentById' } as const
const cases: Array<[string, Fault[]]> = [
  ['no fault', []],
  ['a reply is lost', [{ kind: 'reply-lost', ...onPayments, times: 1 }]],
  ['every reply is lost', [{ kind: 'reply-lost', ...onPayments }]],
  [
    'the connection breaks before the answer',
    [{ kind: 'reply-cut', ...onPayments, times: 1, after: 1 }],
  ],
  ['a reply comes too late', [{ kind: 'reply-late', ...onPayments, times: 1, delayMs: 60_000 }]],
  ['each request is sent twice', [{ kind: 'sent-twice' }]],
  [
    'events are doubled and shuffled',
    [
      { kind: 'events-doubled' },
      { kind: 'events-shuffled', delayMs: 60_000 },
      { kind: 'reply-lost', ...onPayments, times: 2 },
    ],
  ],
  [
    'payments are reversed later',
    [{ kind: 'late-reversal', ...onPayments, times: 2, delayMs: 5_000 }],
  ],
  [
    'a payment is reversed before its recording is known',
    [
      { kind: 'reply-lost', ...onPayments, times: 1 },
      { kind: 'events-delayed', delayMs: 30_000 },
    ],
  ],
]

t.test('whatever happens in transit, the bill agrees with Dojo', async (t) => {
  for (const [what, faults] of cases) {
    t.test(what, async (t) => {
      const { order, standingMinor } = await paid(t, faults)
      t.equal(order.paidAmount!.value, standingMinor, 'what is paid is what was captured and kept')
      t.equal(order.payable, standingMinor < order.totalAmount!.value)
      t.same(
        order.payments!.map(({ paidAmount }) => paidAmount.value).reduce((a, b) => a + b, 0),
        standingMinor,
      )
    })
  }
})

t.test('a card machine that loses power leaves a lock that expires', async (t) => {
  const {
    order,
    standingMinor,
    stood: { server, venue },
  } = await paid(t, [{ kind: 'crash', ...onPayments, after: 1, times: 1 }])
  t.equal(order.paidAmount!.value, 1000)
  t.not(
    standingMinor,
    1000,
    'the second card was charged, and nobody heard of it: only Dojo can give that back',
  )
  const lock = { orderId: order.id, expiry: new Date(Date.now() + 60_000).toISOString() }
  t.equal(
    (await venue.call('CreateOrderLock', { ...lock, lockId: 'another' })).status,
    409,
    'it is locked still',
  )
  await server.sql(
    "UPDATE order_locks SET expires_at = now() - interval '1 second' WHERE order_id = $1",
    [order.id],
  )
  t.equal((await venue.call('CreateOrderLock', { ...lock, lockId: 'another' })).status, 200)
})

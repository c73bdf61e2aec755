// Card machines that are touched, the wire that shows what they did, and the checklist on a button.
import t, { type Test } from 'tap'
import { capabilityNames, registerableNames } from '../../../src/contract/capabilities.ts'
import type { MachineView, Touch } from '../../../src/sandbox/bench/views.ts'
import { curlOfCall } from '../../../src/sandbox/browser/wire/curl.ts'
import { minorOf, shareOf } from '../../../src/sandbox/browser/bench/amounts.ts'
import type { CertificationView } from '../../../src/sandbox/runs/certification.ts'
import { checklistRow } from '../../../src/sandbox/wire/checklist.ts'
import type { WireEntry, WireSummary } from '../../../src/sandbox/wire/entry.ts'
import { startSandbox, type Answer, type StartedSandbox } from '../support/dojo.ts'
import type { InMemoryEpos } from '../support/epos.ts'
import { startRegistered } from '../support/registered.ts'

const MACHINE = '/sandbox/machines/tm_demo'
const TOTAL_MINOR = 5_001

interface Counter extends StartedSandbox {
  epos: InMemoryEpos
  orderId: string
  /** Touches keys one after the other; each must be taken. */
  touch: (...touches: Touch[]) => Promise<MachineView>
  wire: () => Promise<WireSummary[]>
}

async function setCounter(t: Test, names = registerableNames): Promise<Counter> {
  const waited: number[] = []
  const started = await startSandbox(t, {
    wait: async (ms) => {
      waited.push(ms)
    },
  })
  const epos = await startRegistered(t, started, names)
  const orderId = epos.addOrder({ totalMinor: TOTAL_MINOR })
  return {
    ...started,
    epos,
    orderId,
    touch: async (...touches) => {
      let answer: Answer | undefined
      for (const touch of touches) {
        answer = await started.call('POST', `${MACHINE}/touches`, touch)
        if (answer.status !== 200) {
          throw new Error(`${touch.key} was answered ${answer.status}: ${answer.body.detail}`)
        }
      }
      return answer!.body
    },
    wire: async () => (await started.call('GET', '/sandbox/wire')).body.calls,
  }
}

const toCard = (orderId: string, tipMinor = 0): Touch[] => [
  { key: 'waiter' },
  { key: 'choose', orderId },
  { key: 'pay' },
  { key: 'tip', tipMinor },
]

t.test('a machine lists, locks, prints, takes a split with tips, and unlocks', async (t) => {
  const { epos, orderId, touch, wire } = await setCounter(t)
  const listed = await touch({ key: 'waiter', waiterId: '' })
  t.match(listed, { screen: 'tables', orders: [{ id: orderId, balanceMinor: TOTAL_MINOR }] })
  const chosen = await touch({ key: 'choose', orderId })
  t.equal(chosen.screen, 'order')
  t.ok(Date.parse(chosen.lockedUntil!) > Date.now(), 'the order is locked for a while')
  const printed = await touch({ key: 'bill' })
  t.match(printed.papers, [{ kind: 'bill' }])
  const split = await touch({ key: 'pay', parts: 2 })
  t.match(split.due, { amountMinor: 2_500, part: 1, parts: 2 })
  const first = await touch({ key: 'tip', tipMinor: 250 }, { key: 'card' })
  t.match(first, { screen: 'result', result: { tone: 'good', paidMinor: 2_750, isMoreDue: true } })
  t.match(first.papers.at(-1)!.text, /Paid by card +£25\.00\nTip +£2\.50\nTotal +£27\.50\n/)
  const second = await touch({ key: 'next' })
  t.match(second, { screen: 'tip', due: { amountMinor: 2_501, tipMinor: 0, part: 2 } })
  const last = await touch({ key: 'tip', tipMinor: 0 }, { key: 'card' })
  t.match(last.result, { tone: 'good', isMoreDue: false })
  t.match(epos.orders.get(orderId), { paidMinor: TOTAL_MINOR, tipsMinor: 250, locks: [] })
  t.match(await touch({ key: 'next' }), { screen: 'tables', orders: [] })
  const called = (await wire()).filter(({ to }) => to === 'epos').map(({ name }) => name)
  t.same(called.filter((name) => name !== 'HandleEvent').reverse(), [
    'SearchTables',
    'SearchOrders',
    'GetOrderById',
    'CreateOrderLock',
    'GetOrderBillById',
    'RecordOrderPaymentById',
    'RecordOrderPaymentById',
    'DeleteOrderLock',
    'SearchOrders',
  ])
})

t.test('what a card can do', async (t) => {
  const counter = await setCounter(t)
  const { epos, touch } = counter
  const cases: {
    name: string
    touches: Touch[]
    screen: MachineView['screen']
    isPaid: boolean
    says: RegExp
  }[] = [
    {
      name: 'declined',
      touches: [{ key: 'card', outcome: 'declined' }],
      screen: 'card',
      isPaid: false,
      says: /was declined\. Nothing was paid/,
    },
    {
      name: 'slow',
      touches: [{ key: 'card', outcome: 'slow' }],
      screen: 'result',
      isPaid: true,
      says: /The bill is paid/,
    },
    {
      name: 'a signature that matches',
      touches: [
        { key: 'card', outcome: 'signature' },
        { key: 'sign', accepted: true },
      ],
      screen: 'result',
      isPaid: true,
      says: /Signature compared/,
    },
    {
      name: 'a signature that does not',
      touches: [
        { key: 'card', outcome: 'signature' },
        { key: 'sign', accepted: false },
      ],
      screen: 'card',
      isPaid: false,
      says: /was not accepted/,
    },
    {
      name: 'an answer that is lost',
      touches: [{ key: 'card', outcome: 'answer-lost' }],
      screen: 'result',
      isPaid: false,
      says: /got its money back.*lost in transit.*REVERSED/s,
    },
  ]
  for (const { name, touches, screen, isPaid, says } of cases) {
    const orderId = epos.addOrder({ totalMinor: TOTAL_MINOR })
    const view = await touch(...toCard(orderId, 100), ...touches)
    t.equal(view.screen, screen, name)
    t.match(JSON.stringify(view), says, `${name}: it says so`)
    await counter.sandbox.simulation.clock.idle()
    t.equal(epos.orders.get(orderId)!.paidMinor, isPaid ? TOTAL_MINOR : 0, `${name}: the money`)
    if (view.screen === 'result') await touch({ key: 'next' })
    for (let view = await touch({ key: 'tear', paper: 1 }); view.screen !== 'waiter';) {
      view = await touch({ key: 'back' })
    }
    t.same(epos.orders.get(orderId)!.locks, [], `${name}: it is unlocked at the end`)
    t.same(counter.sandbox.simulation.faultsOf(accountOf(counter)).list(), [], 'no fault is left')
  }
})

const accountOf = ({ sandbox, key }: StartedSandbox) => sandbox.simulation.account(key)

t.test('a machine refuses what it cannot do, and says what to do', async (t) => {
  const { call, touch, orderId, epos } = await setCounter(t)
  const refused = async (touch: object, status: number, says: RegExp): Promise<void> => {
    const answer = await call('POST', `${MACHINE}/touches`, touch)
    t.equal(answer.status, status)
    t.match(answer.body.detail, says)
  }
  await refused({ key: 'card' }, 409, /no key card on its screen waiter/)
  await refused({ key: 'dance' }, 400, /The field key must be equal to one of/)
  await touch({ key: 'waiter' })
  await refused({ key: 'choose' }, 400, /needs the field orderId/)
  t.equal((await call('POST', '/sandbox/machines/tm_none/touches', { key: 'list' })).status, 404)
  // Another machine has it.
  await call('POST', '/sandbox/machines/tm_garden/touches', { key: 'waiter' })
  await call('POST', '/sandbox/machines/tm_garden/touches', { key: 'choose', orderId })
  t.match(await touch({ key: 'choose', orderId }), {
    screen: 'tables',
    orders: [{ id: orderId, heldBy: 'tm_garden' }],
    problem: /^It cannot be locked: /,
  })
  t.equal((await call('DELETE', '/sandbox/machines/tm_garden')).status, 409, 'it holds a lock')
  await call('POST', '/sandbox/machines/tm_garden/touches', { key: 'back' })
  t.match(await touch({ key: 'choose', orderId }, { key: 'pay', amountMinor: 9_999 }), {
    screen: 'order',
    problem: '£50.01 is owed. Enter an amount up to that.',
  })
  await touch({ key: 'back' })
  for (let machines = 3; machines < 6; machines++) await call('POST', '/sandbox/machines')
  t.match(await call('POST', '/sandbox/machines'), { status: 409, body: { detail: /6 machines/ } })
  t.match((await call('DELETE', '/sandbox/machines/tm_garden')).body.machines.length, 5)
  await epos.close()
  t.match(await touch({ key: 'list' }), { screen: 'tables', problem: /got no answer/ })
})

t.test('a machine that loses its power leaves its lock behind', async (t) => {
  const { call, touch, orderId, epos } = await setCounter(t)
  await call('POST', '/sandbox/faults', { kind: 'crash', on: 'RecordOrderPaymentById', times: 1 })
  const view = await touch(...toCard(orderId), { key: 'card' })
  t.match(view, { screen: 'waiter', problem: /crashed before RecordOrderPaymentById/ })
  t.equal(epos.orders.get(orderId)!.locks.length, 1)
  const { body } = await call('DELETE', '/sandbox/faults/crash')
  t.same(body, { active: [] })
  t.equal((await call('DELETE', '/sandbox/faults/none')).status, 400)
})

t.test('the wire keeps each call with its row, and shows it at once', async (t) => {
  const { call, touch, wire, url, key } = await setCounter(t)
  const [registration] = await wire()
  t.match(registration, { to: 'dojo', name: 'EposIntegrations_PutRest', status: 200 })
  const { body: asked } = await call('GET', `/sandbox/wire/${registration!.number}`)
  t.match(asked, { sent: '', received: '' }, 'without the credential')
  await call('POST', '/payment-intents', { amount: { value: 0, currencyCode: 'GBP' } })
  t.match((await wire())[0], { to: 'dojo', name: /Create/, status: 400, about: /./ })
  const ending = new AbortController()
  const stream = await fetch(`${url}/sandbox/stream`, {
    headers: { authorization: `Basic ${key}` },
    signal: ending.signal,
  })
  const heard = textUntil(stream, 'event: wire')
  await touch({ key: 'waiter' })
  t.match(await heard, /"name":"SearchTables"/)
  ending.abort()
  await call('POST', '/sandbox/calls/GetOrderById', { input: { orderId: "o'none" } })
  const [newest] = await wire()
  t.match(newest, { name: 'GetOrderById', status: 404, row: { section: 'Error handling' } })
  const { body: entry } = await call('GET', `/sandbox/wire/${newest!.number}`)
  t.match(entry, { method: 'GET', headers: { 'dojo-requesting-product': 'Bookings' } })
  t.notMatch(JSON.stringify(entry), /authorization/i, 'without the credential')
  const curl = curlOfCall(entry as WireEntry, { url: 'http://till/', username: "o'neill" })
  t.match(curl, /^curl -X GET 'http:\/\/till\/v1\/orders\/o'\\''none' \\\n {2}-u 'o'\\''neill'/)
  t.equal((await call('GET', '/sandbox/wire/99999')).status, 404)
  t.equal((await call('POST', '/sandbox/calls/Dance', { input: {} })).status, 400)
  t.match((await call('GET', '/sandbox/account')).body, {
    rest: { username: 'dojo' },
    capabilities: /SearchOrders/,
  })
})

async function textUntil({ body }: Response, wanted: string): Promise<string> {
  let text = ''
  const decoder = new TextDecoder()
  for await (const chunk of body!) {
    text += decoder.decode(chunk as Uint8Array, { stream: true })
    const at = text.indexOf(wanted)
    if (at >= 0 && text.indexOf('\n\n', at) >= 0) return text
  }
  return text
}

t.test('every capability has a row of the checklist', async (t) => {
  for (const capability of capabilityNames) {
    const row = checklistRow({
      capability,
      caller: { product: 'PayAtTable' },
      status: 200,
      sent: {},
    })
    t.ok(row, `${capability} belongs to ${row?.name}`)
  }
  const caller = { product: 'PayAtTable', scenario: 'Overpayment' }
  const row = checklistRow({ capability: 'GetOrderById', caller, sent: undefined })
  t.equal(row?.name, 'Overpayment', 'a scenario keeps its calls')
})

t.test('the checklist is played, watched, reported and stopped', async (t) => {
  const { call, epos, sandbox, key } = await setCounter(t)
  for (let count = 0; count < 3; count++) epos.addOrder()
  const path = '/sandbox/certification'
  t.equal((await call('GET', path)).status, 404)
  await call('POST', '/sandbox/faults', { kind: 'sent-twice' })
  t.match(await call('POST', path, { product: 'bookings' }), {
    status: 409,
    body: { detail: /Faults are switched on/ },
  })
  await call('DELETE', '/sandbox/faults')
  const started = (await call('POST', path, { product: 'bookings' })).body as CertificationView
  t.ok(started.isRunning)
  t.equal((await call('POST', path, { product: 'bookings' })).status, 409, 'one at a time')
  t.equal((await call('POST', `${MACHINE}/touches`, { key: 'waiter' })).status, 409, 'alone')
  t.equal((await call('GET', `${path}/report.md`)).status, 409, 'not before it ends')
  const account = sandbox.simulation.account(key)
  const finished = async (): Promise<CertificationView> => {
    while ((await call('GET', path)).body.isRunning === true) await sandbox.simulation.clock.idle()
    return (await call('GET', path)).body
  }
  const view = await finished()
  t.same(
    view.rows.filter(({ state }) => state !== 'passed'),
    [],
  )
  t.match(view, { verdict: 'passed', sentence: /^All mandatory scenarios passed/ })
  t.match((await call('GET', `${path}/report.md`)).body, /# Certification of an EPOS Data server/)
  t.match((await call('GET', `${path}/report.json`)).body, { verdict: 'passed' })
  await call('POST', path, { product: 'bookings' })
  t.ok((await call('DELETE', path)).body.isStopping)
  t.match(await finished(), { verdict: 'incomplete', sentence: /interrupted/ })
  t.ok(account.accountId.startsWith('acc_'), 'the account keeps its id')
})

t.test('amounts that a hand types', async (t) => {
  const cases: [string, number | undefined][] = [
    ['12.50', 1250],
    ['12,5', 1250],
    [' 7 ', 700],
    ['0.29', 29],
    ['0', undefined],
    ['1.234', undefined],
    ['-1', undefined],
    ['1e3', undefined],
    ['', undefined],
  ]
  for (const [text, minor] of cases) t.equal(minorOf(text), minor, JSON.stringify(text))
  t.equal(shareOf(3_940, 1_250), 493)
})

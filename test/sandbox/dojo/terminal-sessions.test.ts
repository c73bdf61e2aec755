// Card machines over HTTP, as a till sees them. Every answer is held to its schema.
import { join } from 'node:path'
import { mock } from 'node:test'
import type { ValidateFunction } from 'ajv/dist/2020.js'
import t, { type Test } from 'tap'
import {
  dojoOperations,
  type DojoInput,
  type DojoOperation,
  type DojoOperationName,
  type DojoOutput,
  type DojoSchemas,
} from '../../../src/contract/dojo-api.ts'
import { compileSchema } from '../../../src/contract/validation.ts'
import type { SandboxOptions } from '../../../src/sandbox/server.ts'
import { newFolder, startSandbox, type Answer } from '../support/dojo.ts'

// Real time is frozen: only the sandbox's clock moves, and every time is exact.
mock.timers.enable({ apis: ['Date'], now: Date.parse('2026-03-06T12:00:00.000Z') })

type Session = DojoSchemas['TerminalSession']
type Intent = DojoSchemas['PaymentIntent']
type Details = DojoSchemas['TerminalSessionDetails']
type Terminal = DojoSchemas['Terminal']
type Headers = Record<string, string | undefined>

const operationOf = new Map(dojoOperations.map((operation) => [operation.name, operation]))
const fits = new Map(
  dojoOperations.flatMap(({ name, answer }) =>
    answer === undefined ? [] : [[name, compileSchema(answer)]],
  ),
)
const isTerminalProblem = compileSchema({
  $ref: 'dojo-api#/components/schemas/ProblemDetailsTerminals',
})
const isProblem = compileSchema({ $ref: 'dojo-api#/components/schemas/ProblemDetails' })

/** Where it does not fit, and how. */
const faultsOf = (fit: ValidateFunction, body: unknown): string[] =>
  fit(body)
    ? []
    : fit.errors!.map(
        ({ instancePath, message, params }) =>
          `${instancePath} ${message} ${JSON.stringify(params)}`,
      )

const gbp = (value: number): DojoSchemas['Money'] => ({ value, currencyCode: 'GBP' })
const saleOf = (paymentIntentId: string): Details => ({
  sessionType: 'Sale',
  sale: { paymentIntentId },
})
const refundOf = (paymentIntentId: string, amount?: DojoSchemas['Money']): Details => ({
  sessionType: 'MatchedRefund',
  matchedRefund: { paymentIntentId, ...(amount === undefined ? {} : { amount }) },
})
const unlinked = (value: number): Details => ({
  sessionType: 'UnlinkedRefund',
  unlinkedRefund: { amount: gbp(value) },
})

/** `Initiated@1`: what happened, and how many seconds after the session began. */
function courseOf(session: Session): { statuses: string[]; notifications: string[] } {
  const after = (createdAt: string): number =>
    (Date.parse(createdAt) - Date.parse(session.createdAt)) / 1000
  return {
    statuses: session.statusEvents.map(({ status, createdAt }) => `${status}@${after(createdAt)}`),
    notifications: session.notificationEvents.map(
      ({ notificationType, createdAt }) => `${notificationType}@${after(createdAt)}`,
    ),
  }
}

interface Till {
  call: (method: string, path: string, body?: unknown, headers?: Headers) => Promise<Answer>
  /** Wants 200 and an answer that fits. */
  ask: <Name extends DojoOperationName>(
    name: Name,
    input: DojoInput<Name>,
  ) => Promise<NonNullable<DojoOutput<Name>>>
  /** Wants to be refused with that status, whatever it sends. */
  refused: (
    status: number,
    name: DojoOperationName,
    input: object,
    headers?: Headers,
  ) => Promise<string>
  /** Moves the clock. */
  pass: (seconds: number) => Promise<void>
  machine: (ending: string) => Promise<Terminal>
  newIntent: (more?: Partial<DojoInput<'PaymentIntents_CreatePaymentIntent'>>) => Promise<string>
  /** An intent that a card machine has already paid. */
  paidIntent: (more?: Partial<DojoInput<'PaymentIntents_CreatePaymentIntent'>>) => Promise<string>
  intent: (paymentIntentId: string) => Promise<Intent>
  session: (terminalSessionId: string) => Promise<Session>
  start: (ending: string, details: Details) => Promise<Session>
  statusOf: (ending: string) => Promise<Terminal['status']>
  cancelOnDevice: (terminalSessionId: string) => Promise<Answer>
}

async function newTill(t: Test, options: SandboxOptions = {}): Promise<Till> {
  const { call } = await startSandbox(t, options)
  return tillOf(t, call)
}

/** Sends the operation with its input spread over path, query and body. */
async function send(
  call: Till['call'],
  name: DojoOperationName,
  input: object,
  headers: Headers = {},
): Promise<Answer> {
  const { method, path, pathParameters, query, body } = operationOf.get(name)!
  const left: Record<string, unknown> = { ...input }
  const taken = (field: string): unknown => {
    const value = left[field]
    delete left[field]
    return value
  }
  const filled = pathParameters.reduce(
    (path, field) => path.replace(`{${field}}`, encodeURIComponent(String(taken(field)))),
    path,
  )
  const search = new URLSearchParams(
    query.flatMap(({ name }) =>
      [taken(name) ?? []].flat().map((value): [string, string] => [name, String(value)]),
    ),
  )
  const target = search.size === 0 ? filled : `${filled}?${search}`
  return await call(method, target, body === undefined ? undefined : left, headers)
}

function tillOf(t: Test, call: Till['call']): Till {
  const till: Till = {
    call,
    ask: async (name, input) => {
      const { status, body } = await send(call, name, input)
      t.equal(status, 200, name)
      t.same(faultsOf(fits.get(name)!, body), [], `${name} answers as the contract says`)
      return body
    },
    refused: async (status, name, input, headers) => {
      const answer = await send(call, name, input, headers)
      t.equal(answer.status, status, `${name} is refused with ${status}`)
      t.same(
        faultsOf(name.startsWith('Terminal') ? isTerminalProblem : isProblem, answer.body),
        [],
        'it says why as the contract has it',
      )
      t.match(answer.headers.get('content-type'), /^application\/problem\+json/)
      t.match(answer.body, { status, detail: /\w/ })
      return String(answer.body.detail)
    },
    pass: async (seconds) => {
      t.equal((await call('POST', '/sandbox/clock', { advanceSeconds: seconds })).status, 200)
    },
    machine: async (ending) =>
      (await till.ask('Terminals_ListTerminals', {})).find(({ properties }) =>
        properties.tid.endsWith(ending),
      )!,
    newIntent: async (more = {}) =>
      (
        await till.ask('PaymentIntents_CreatePaymentIntent', {
          amount: gbp(1000),
          reference: 'Order 7',
          ...more,
        })
      ).id!,
    paidIntent: async (more) => {
      const paymentIntentId = await till.newIntent(more)
      await till.start('AIP0', saleOf(paymentIntentId))
      await till.pass(6)
      return paymentIntentId
    },
    intent: async (paymentIntentId) =>
      await till.ask('PaymentIntents_Get', { paymentIntentId, returnCanceled: true }),
    session: async (terminalSessionId) =>
      await till.ask('TerminalSession_Get', { terminalSessionId }),
    start: async (ending, details) =>
      await till.ask('TerminalSession_Create', {
        terminalId: (await till.machine(ending)).id,
        details,
      }),
    statusOf: async (ending) =>
      (await till.ask('Terminals_GetTerminal', { terminalId: (await till.machine(ending)).id }))
        .status,
    cancelOnDevice: async (terminalSessionId) =>
      await call('POST', `/sandbox/terminal-sessions/${terminalSessionId}/cancel`),
  }
  return till
}

// --- machines

t.test('a new account has card machines', async (t) => {
  const { ask } = await newTill(t)
  const terminals = await ask('Terminals_ListTerminals', {})
  for (const ending of ['SIP0', 'DIP0', 'TIP0', 'SIS0', 'AMT0']) {
    t.equal(terminals.filter(({ properties }) => properties.tid.endsWith(ending)).length, 1, ending)
  }
  t.ok(
    terminals.some(({ properties }) => !/([SDT]IP|SIS|AMT)0$/.test(properties.tid)),
    'one that approves',
  )
  t.ok(terminals.every(({ status }) => status === 'Available'))
  t.equal(new Set(terminals.map(({ id }) => id)).size, terminals.length)
  for (const terminal of terminals) {
    t.same(await ask('Terminals_GetTerminal', { terminalId: terminal.id }), terminal)
  }
})

t.test('machines are listed by status', async (t) => {
  const { ask, call, machine, start, refused } = await newTill(t)
  const busy = await machine('AIP0')
  const off = await machine('DIP0')
  const { status } = await call('POST', `/sandbox/terminals/${off.id}`, { status: 'Offline' })
  t.equal(status, 200)
  await start('AIP0', unlinked(100))
  const listed = async (...statuses: Array<Terminal['status']>): Promise<string[]> =>
    (await ask('Terminals_ListTerminals', { statuses }))
      .map(({ properties }) => properties.tid.slice(-4))
      .sort()
  t.same(await listed('Available'), ['AMT0', 'SIP0', 'SIS0', 'TIP0'])
  t.same(await listed('InUse'), ['AIP0'])
  t.same(await listed('Offline'), ['DIP0'])
  t.same(await listed('InUse', 'Offline'), ['AIP0', 'DIP0'])
  t.same(await listed('Available', 'InUse', 'Offline'), [
    'AIP0',
    'AMT0',
    'DIP0',
    'SIP0',
    'SIS0',
    'TIP0',
  ])
  t.same(await listed(), ['AIP0', 'AMT0', 'DIP0', 'SIP0', 'SIS0', 'TIP0'])
  t.equal((await ask('Terminals_GetTerminal', { terminalId: busy.id })).status, 'InUse')
  await refused(400, 'Terminals_ListTerminals', { statuses: ['Broken'] })
  await refused(400, 'Terminals_ListTerminals', { statuses: ['Available', 'available'] })
})

t.test('an account sees only its own machines and sessions', async (t) => {
  const { call, key, sandbox } = await startSandbox(t)
  const other = 'sk_sandbox_other'
  const mine = tillOf(t, call)
  const theirs = tillOf(
    t,
    async (method, path, body, headers) =>
      await call(method, path, body, { authorization: `Basic ${other}`, ...headers }),
  )
  const session = await mine.start('AIP0', unlinked(100))
  const intentOfMine = await mine.newIntent()
  t.equal(await theirs.statusOf('AIP0'), 'Available')
  await theirs.refused(404, 'Terminals_GetTerminal', { terminalId: session.terminalId })
  await theirs.refused(404, 'TerminalSession_Get', { terminalSessionId: session.id })
  await theirs.refused(404, 'TerminalSession_Cancel', { terminalSessionId: session.id })
  await theirs.refused(404, 'TerminalSession_Create', {
    terminalId: (await mine.machine('TIP0')).id,
    details: unlinked(100),
  })
  await theirs.refused(404, 'TerminalSession_Create', {
    terminalId: (await theirs.machine('AIP0')).id,
    details: saleOf(intentOfMine),
  })
  t.notSame(sandbox.simulation.account(key).accountId, sandbox.simulation.account(other).accountId)
})

// --- sessions from beginning to end

interface Ending {
  name: string
  machine: string
  /** What somebody does, and how many seconds after the beginning. */
  act?: {
    at: number
    what: 'acceptSignature' | 'reject' | 'cancel on the till' | 'cancel on the device'
  }
  statuses: string[]
  notifications: string[]
  /** Whether the money moves. */
  moves: boolean
  /** Whether the money of a sale was taken, and given back. */
  isReversed?: boolean
}

const BEGUN = ['InitiateRequested@0', 'Initiated@1']
const CARD_READ = ['PresentCard@2', 'PleaseWait@5']
const SIGNING = [...BEGUN, 'SignatureVerificationRequired@6']

const ENDINGS: Ending[] = [
  {
    name: 'approved',
    machine: 'AIP0',
    statuses: [...BEGUN, 'Captured@6'],
    notifications: [...CARD_READ, 'Approved@6', 'RemoveCard@6'],
    moves: true,
  },
  {
    name: 'declined',
    machine: 'DIP0',
    statuses: [...BEGUN, 'Declined@6'],
    notifications: [...CARD_READ, 'Declined@6', 'RemoveCard@6'],
    moves: false,
  },
  {
    name: 'expired',
    machine: 'TIP0',
    statuses: [...BEGUN, 'Expired@90'],
    notifications: CARD_READ,
    moves: false,
  },
  {
    name: 'signature accepted',
    machine: 'SIP0',
    act: { at: 20, what: 'acceptSignature' },
    statuses: [...SIGNING, 'SignatureVerificationAccepted@20', 'Captured@20'],
    notifications: [...CARD_READ, 'Approved@20', 'RemoveCard@20'],
    moves: true,
  },
  {
    name: 'signature rejected at the last moment',
    machine: 'SIP0',
    act: { at: 85.999, what: 'reject' },
    statuses: [...SIGNING, 'SignatureVerificationRejected@85.999'],
    notifications: [...CARD_READ, 'Declined@85.999', 'RemoveCard@85.999'],
    moves: false,
    isReversed: true,
  },
  {
    name: 'nobody judges the signature for 80 seconds',
    machine: 'SIP0',
    statuses: [...SIGNING, 'SignatureVerificationAccepted@86', 'Captured@86'],
    notifications: [...CARD_READ, 'Approved@86', 'RemoveCard@86'],
    moves: true,
  },
  {
    name: 'canceled on the till at once',
    machine: 'AIP0',
    act: { at: 0, what: 'cancel on the till' },
    statuses: ['InitiateRequested@0', 'CancelRequested@0', 'Canceled@1'],
    notifications: [],
    moves: false,
  },
  {
    name: 'canceled on the till before it asks for a card',
    machine: 'SIP0',
    act: { at: 1.5, what: 'cancel on the till' },
    statuses: [...BEGUN, 'CancelRequested@1.5', 'Canceled@2.5'],
    notifications: [],
    moves: false,
  },
  {
    name: 'canceled on the till before a card',
    machine: 'AIP0',
    act: { at: 4.999, what: 'cancel on the till' },
    statuses: [...BEGUN, 'CancelRequested@4.999', 'Canceled@5.999'],
    notifications: ['PresentCard@2'],
    moves: false,
  },
  {
    name: 'canceled on the device at once',
    machine: 'TIP0',
    act: { at: 0, what: 'cancel on the device' },
    statuses: ['InitiateRequested@0', 'Canceled@0'],
    notifications: [],
    moves: false,
  },
  {
    name: 'canceled on the device before a card',
    machine: 'DIP0',
    act: { at: 3, what: 'cancel on the device' },
    statuses: [...BEGUN, 'Canceled@3'],
    notifications: ['PresentCard@2'],
    moves: false,
  },
]

async function act(
  { ask, cancelOnDevice }: Till,
  t: Test,
  terminalSessionId: string,
  what: NonNullable<Ending['act']>['what'],
): Promise<void> {
  if (what === 'cancel on the device') {
    t.equal((await cancelOnDevice(terminalSessionId)).status, 200, what)
  } else if (what === 'cancel on the till') {
    t.equal(
      (await ask('TerminalSession_Cancel', { terminalSessionId })).status,
      'CancelRequested',
      what,
    )
  } else {
    t.match(
      (
        await ask('TerminalSession_Signature', {
          terminalSessionId,
          accepted: what === 'acceptSignature',
        })
      ).statusEvents
        .map(({ status }) => status)
        .at(3),
      /^SignatureVerification(Accepted|Rejected)$/,
      what,
    )
  }
}

/** Runs a session to its end and compares all of it with what must happen. */
async function play(till: Till, t: Test, ending: Ending, details: Details): Promise<Session> {
  const { session, start, statusOf, pass } = till
  const { id, ...begun } = await start(ending.machine, details)
  t.same(courseOf({ id, ...begun }), { statuses: ['InitiateRequested@0'], notifications: [] })
  t.equal(begun.status, 'InitiateRequested')
  t.same(begun.details, details, 'it tells what it is about')
  t.equal(Date.parse(begun.expireAt) - Date.parse(begun.createdAt), 90_000)
  t.equal(await statusOf(ending.machine), 'InUse')

  let now = 0
  const until = async (seconds: number): Promise<void> => {
    if (seconds > now) await pass(Number((seconds - now).toFixed(3)))
    now = Math.max(now, seconds)
  }
  const endsAt = Number(ending.statuses.at(-1)!.split('@')[1])
  if (ending.act !== undefined) {
    await until(ending.act.at)
    t.equal(
      await statusOf(ending.machine),
      'InUse',
      `still in use before somebody does something at ${ending.act.at} s`,
    )
    await act(till, t, id, ending.act.what)
  }
  if (endsAt > now) {
    await until(endsAt - 0.001)
    t.equal(await statusOf(ending.machine), 'InUse', 'still in use just before the end')
    t.equal(
      (await session(id)).statusEvents.length,
      ending.statuses.filter((event) => !event.endsWith(`@${endsAt}`)).length,
    )
    await until(endsAt)
  }
  const over = await session(id)
  t.same(courseOf(over), { statuses: ending.statuses, notifications: ending.notifications })
  t.equal(over.status, ending.statuses.at(-1)!.split('@')[0])
  t.equal(over.updatedAt, over.statusEvents.at(-1)!.createdAt)
  t.equal(
    over.paymentDetails != null,
    ending.moves,
    'paymentDetails are there exactly when the money moves',
  )
  t.equal(over.receipt != null, ending.moves, 'and so is the receipt')
  t.equal(await statusOf(ending.machine), 'Available')
  await pass(3600)
  t.same(await session(id), over, 'nothing follows')
  t.equal(await statusOf(ending.machine), 'Available')
  return over
}

for (const ending of ENDINGS) {
  t.test(`a sale: ${ending.name}`, async (t) => {
    const till = await newTill(t)
    const { intent, newIntent, start, pass, session } = till
    const paymentIntentId = await newIntent()
    const over = await play(till, t, ending, saleOf(paymentIntentId))
    const after = await intent(paymentIntentId)
    t.match(
      after,
      ending.moves
        ? {
            status: 'Captured',
            totalAmount: gbp(1000),
            captures: [{ amount: 1000, status: 'Successful' }],
          }
        : ending.isReversed === true
          ? { status: 'Reversed', captures: [{ amount: 1000 }] }
          : { status: 'Created', captures: [] },
    )
    if (ending.isReversed === true) return
    if (ending.moves) {
      t.match(
        after.terminalSessionHistory,
        [{ terminalSession: { id: over.id, terminalId: over.terminalId, status: 'Captured' } }],
        'the intent names the session that paid it',
      )
    } else {
      const { id } = await start('AIP0', saleOf(paymentIntentId))
      await pass(6)
      t.equal(
        (await session(id)).status,
        'Captured',
        'the intent can be used again in another session',
      )
      t.equal((await intent(paymentIntentId)).status, 'Captured')
    }
  })

  t.test(`a matched refund: ${ending.name}`, async (t) => {
    const till = await newTill(t)
    const paymentIntentId = await till.paidIntent()
    await play(till, t, ending, refundOf(paymentIntentId))
    t.match(
      await till.intent(paymentIntentId),
      ending.moves
        ? { status: 'Refunded', refundedAmount: 1000 }
        : { status: 'Captured', refundedAmount: 0 },
    )
  })

  t.test(`an unlinked refund: ${ending.name}`, async (t) => {
    await play(await newTill(t), t, ending, unlinked(700))
  })
}

t.test('a sale with manual capture', async (t) => {
  for (const [machine, seconds, accepted, statuses] of [
    ['AIP0', 6, undefined, [...BEGUN, 'Authorized@6']],
    ['SIP0', 6, true, [...SIGNING, 'SignatureVerificationAccepted@6', 'Authorized@6']],
    ['SIP0', 86, undefined, [...SIGNING, 'SignatureVerificationAccepted@86', 'Authorized@86']],
  ] as const) {
    t.test(`on ${machine}, over after ${seconds} s`, async (t) => {
      const { ask, refused, call, newIntent, intent, start, session, pass, statusOf } =
        await newTill(t)
      const paymentIntentId = await newIntent({
        captureMode: 'Manual',
        config: { payment: { customAmountAllowed: true } },
      })
      const { id } = await start(machine, saleOf(paymentIntentId))
      await pass(seconds)
      if (accepted !== undefined) {
        await ask('TerminalSession_Signature', { terminalSessionId: id, accepted })
      }
      t.same(courseOf(await session(id)).statuses, statuses)
      t.equal(await statusOf(machine), 'Available')
      t.match(await intent(paymentIntentId), { status: 'Authorized', captures: [] })
      await refused(400, 'TerminalSession_Create', {
        terminalId: (await session(id)).terminalId,
        details: saleOf(paymentIntentId),
      })
      await refused(400, 'TerminalSession_Create', {
        terminalId: (await session(id)).terminalId,
        details: refundOf(paymentIntentId),
      })

      await ask('PaymentIntents_SetCustomAmount', { paymentIntentId, amount: gbp(5500) })
      await ask('Captures_Create', { paymentIntentId, amount: 2000 })
      t.match(await intent(paymentIntentId), { status: 'Captured', captures: [{ amount: 2000 }] })
      t.equal((await session(id)).status, 'Authorized', 'the session is over and stays as it was')
      const { status } = await call(
        'POST',
        `/payment-intents/${paymentIntentId}/refunds`,
        { amount: 2000, refundReason: 'Cold soup' },
        { idempotencykey: 'r-1' },
      )
      t.equal(status, 200)
      t.match(await intent(paymentIntentId), { refundedAmount: 2000 })
    })
  }

  t.test('is reversed while it is only authorized', async (t) => {
    const { ask, paidIntent, intent } = await newTill(t)
    const paymentIntentId = await paidIntent({ captureMode: 'Manual' })
    await ask('Reversal_Create', { paymentIntentId })
    t.equal((await intent(paymentIntentId)).status, 'Reversed')
  })
})

// --- a terminal's payment goes back on a terminal

t.test('a payment that a terminal took can be refunded without it', async (t) => {
  const { call, paidIntent, intent } = await newTill(t)
  const paymentIntentId = await paidIntent()
  const { status } = await call(
    'POST',
    `/payment-intents/${paymentIntentId}/refunds`,
    { amount: 400, refundReason: 'Cold soup' },
    { idempotencykey: 'r-1' },
  )
  t.equal(status, 200)
  t.match(await intent(paymentIntentId), { status: 'Captured', refundedAmount: 400 })
})

t.test('refund-needs-card: a payment that a terminal took is refunded on a terminal', async (t) => {
  const { refused, call, paidIntent, newIntent, intent, start, pass, session } = await newTill(t)
  await call('POST', '/sandbox/faults', { kind: 'refund-needs-card' })
  const paymentIntentId = await paidIntent()
  t.match(
    await refused(
      400,
      'Refunds_Create',
      { paymentIntentId, amount: 1000, refundReason: 'Cold soup' },
      { idempotencykey: 'r-1' },
    ),
    paymentIntentId,
  )
  t.match(
    await refused(
      400,
      'Refunds_Create',
      { paymentIntentId, amount: 1, refundReason: 'Cold soup' },
      { idempotencykey: 'r-2' },
    ),
    paymentIntentId,
  )
  t.match(await refused(409, 'Reversal_Create', { paymentIntentId }), paymentIntentId)
  t.match(await intent(paymentIntentId), { status: 'Captured', refundedAmount: 0 })
  const { id } = await start('AIP0', refundOf(paymentIntentId))
  await pass(6)
  t.equal((await session(id)).status, 'Captured')
  t.match(await intent(paymentIntentId), { status: 'Refunded', refundedAmount: 1000 })

  const paidOnline = await newIntent()
  t.equal((await call('POST', `/sandbox/payment-intents/${paidOnline}/pay`)).status, 200)
  const { status } = await call(
    'POST',
    `/payment-intents/${paidOnline}/refunds`,
    { amount: 1000, refundReason: 'Cold soup' },
    { idempotencykey: 'r-3' },
  )
  t.equal(status, 200, 'what was paid online is given back online')
})

t.test('matched refunds never exceed the captured amount', async (t) => {
  const { refused, paidIntent, intent, start, pass, session, machine, statusOf } = await newTill(t)
  const paymentIntentId = await paidIntent({ tipsAmount: gbp(200) })
  const { id: terminalId } = await machine('AIP0')
  const tooMuch = async (value: number): Promise<void> => {
    await refused(400, 'TerminalSession_Create', {
      terminalId,
      details: refundOf(paymentIntentId, gbp(value)),
    })
    t.equal(await statusOf('AIP0'), 'Available')
  }
  const refundMatched = async (value?: number): Promise<void> => {
    const { id } = await start(
      'AIP0',
      refundOf(paymentIntentId, value === undefined ? undefined : gbp(value)),
    )
    await pass(6)
    t.equal((await session(id)).status, 'Captured')
  }
  await tooMuch(1201)
  await refundMatched(400)
  t.match(
    await intent(paymentIntentId),
    { status: 'Captured', refundedAmount: 400 },
    'a payment of which a part went back stays captured',
  )
  await tooMuch(801)
  await refundMatched(100)
  t.match(await intent(paymentIntentId), { status: 'Captured', refundedAmount: 500 })
  await refundMatched()
  t.match(
    await intent(paymentIntentId),
    { status: 'Refunded', refundedAmount: 1200 },
    'without an amount all that is left goes back',
  )
  await tooMuch(1)
  await refused(400, 'TerminalSession_Create', { terminalId, details: refundOf(paymentIntentId) })
})

t.test('two machines refund the same payment', async (t) => {
  const { paidIntent, intent, start, pass, session, statusOf, ask } = await newTill(t)
  const paymentIntentId = await paidIntent()
  const slow = await start('SIP0', refundOf(paymentIntentId, gbp(600)))
  const quick = await start('AIP0', refundOf(paymentIntentId, gbp(600)))
  await pass(6)
  t.equal((await session(quick.id)).status, 'Captured')
  await ask('TerminalSession_Signature', { terminalSessionId: slow.id, accepted: true })
  const late = await session(slow.id)
  t.equal(late.status, 'Declined')
  t.notMatch(
    late.notificationEvents.map(({ notificationType }) => notificationType).join(' '),
    /Approved/,
    'the machine does not say that it was approved',
  )
  t.notOk(late.paymentDetails, 'no card got anything')
  t.equal((await intent(paymentIntentId)).refundedAmount, 600)
  t.equal(await statusOf('SIP0'), 'Available')
})

// --- several sessions

t.test('a machine holds one session at a time', async (t) => {
  const { refused, newIntent, start, machine, pass, session, intent } = await newTill(t)
  const [first, second] = [await newIntent(), await newIntent()]
  const { id: terminalId } = await machine('AIP0')
  const begun = await start('AIP0', saleOf(first))
  t.match(
    await refused(404, 'TerminalSession_Create', { terminalId, details: saleOf(second) }),
    /unavailable/,
  )
  await refused(404, 'TerminalSession_Create', { terminalId, details: unlinked(100) })
  await pass(3)
  await refused(404, 'TerminalSession_Create', { terminalId, details: saleOf(second) })
  await pass(3)
  t.same(
    courseOf(await session(begun.id)).statuses,
    [...BEGUN, 'Captured@6'],
    'the second session did not disturb it',
  )
  const next = await start('AIP0', saleOf(second))
  await pass(6)
  t.same(courseOf(await session(next.id)).statuses, [...BEGUN, 'Captured@6'])
  t.same([(await intent(first)).status, (await intent(second)).status], ['Captured', 'Captured'])
})

t.test('steps of a canceled session do not affect the next session on its machine', async (t) => {
  const till = await newTill(t)
  const { newIntent, start, pass, session, statusOf, cancelOnDevice } = till
  const first = await start('AIP0', saleOf(await newIntent()))
  await pass(3)
  t.equal((await cancelOnDevice(first.id)).status, 200)
  const second = await start('AIP0', saleOf(await newIntent()))
  await pass(3)
  t.same(courseOf(await session(second.id)), { statuses: BEGUN, notifications: ['PresentCard@2'] })
  t.equal(await statusOf('AIP0'), 'InUse')
  await pass(3)
  t.same(courseOf(await session(first.id)).statuses, [...BEGUN, 'Canceled@3'])
  t.same(courseOf(await session(second.id)).statuses, [...BEGUN, 'Captured@6'])
})

t.test('a machine that is busy or off starts no session', async (t) => {
  const { refused, call, machine, newIntent, intent, start, pass } = await newTill(t)
  const { id: terminalId } = await machine('AIP0')
  const paymentIntentId = await newIntent()
  for (const status of ['InUse', 'Offline']) {
    t.match((await call('POST', `/sandbox/terminals/${terminalId}`, { status })).body, {
      id: terminalId,
      status,
    })
    t.match(
      await refused(404, 'TerminalSession_Create', {
        terminalId,
        details: saleOf(paymentIntentId),
      }),
      /unavailable/,
      status,
    )
  }
  t.equal(
    (await call('POST', `/sandbox/terminals/${terminalId}`, { status: 'Available' })).status,
    200,
  )
  await start('AIP0', saleOf(paymentIntentId))
  await pass(6)
  t.equal((await intent(paymentIntentId)).status, 'Captured')
  for (const body of [{}, { status: 'Broken' }, { status: 'InUse', more: 1 }, []]) {
    t.equal(
      (await call('POST', `/sandbox/terminals/${terminalId}`, body)).status,
      400,
      JSON.stringify(body),
    )
  }
  t.equal(
    (await call('POST', '/sandbox/terminals/tm_sandbox_none', { status: 'InUse' })).status,
    404,
  )
})

t.test('a machine that is switched off during a session stays off after it', async (t) => {
  const { call, start, machine, pass, statusOf } = await newTill(t)
  const { id: terminalId } = await machine('AIP0')
  await start('AIP0', unlinked(100))
  await call('POST', `/sandbox/terminals/${terminalId}`, { status: 'Offline' })
  await pass(100)
  t.equal(await statusOf('AIP0'), 'Offline')
})

t.test('an intent on several machines is paid once', async (t) => {
  /** The second machine finds the intent paid, and declines. */
  const lost = async (
    t: Test,
    { session, statusOf }: Till,
    { id }: Session,
    machine: string,
  ): Promise<void> => {
    const over = await session(id)
    t.equal(over.status, 'Declined')
    t.notMatch(
      over.notificationEvents.map(({ notificationType }) => notificationType).join(' '),
      /Approved/,
      'the machine does not say that it was approved',
    )
    t.notOk(over.paymentDetails, 'no card paid')
    t.equal(await statusOf(machine), 'Available')
  }
  const onceOnly = async (t: Test, { intent }: Till, paymentIntentId: string): Promise<void> => {
    const { status, captures } = await intent(paymentIntentId)
    t.equal(status, 'Captured')
    t.match(captures, [{ amount: 1000 }])
    t.equal(captures!.length, 1)
  }

  t.test('when another machine was faster', async (t) => {
    const till = await newTill(t)
    const paymentIntentId = await till.newIntent()
    const quick = await till.start('AIP0', saleOf(paymentIntentId))
    const slow = await till.start('SIP0', saleOf(paymentIntentId))
    await till.pass(6)
    t.equal((await till.session(quick.id)).status, 'Captured')
    await lost(t, till, slow, 'SIP0')
    await onceOnly(t, till, paymentIntentId)
    t.same(
      (await till.intent(paymentIntentId)).terminalSessionHistory!.map(
        ({ terminalSession }) => terminalSession!.id,
      ),
      [quick.id],
    )
  })

  t.test('when a signature is awaited, it is paid already', async (t) => {
    const till = await newTill(t)
    const paymentIntentId = await till.newIntent()
    const slow = await till.start('SIP0', saleOf(paymentIntentId))
    await till.pass(5.999)
    t.equal((await till.intent(paymentIntentId)).status, 'Created')
    await till.pass(0.001)
    t.equal((await till.session(slow.id)).status, 'SignatureVerificationRequired')
    await onceOnly(t, till, paymentIntentId)
    await till.refused(400, 'TerminalSession_Create', {
      terminalId: (await till.machine('AIP0')).id,
      details: saleOf(paymentIntentId),
    })
    await till.ask('TerminalSession_Signature', { terminalSessionId: slow.id, accepted: true })
    t.equal((await till.session(slow.id)).status, 'Captured')
    await onceOnly(t, till, paymentIntentId)
  })

  t.test('when its money went back before the signature was accepted', async (t) => {
    const till = await newTill(t)
    const paymentIntentId = await till.newIntent()
    const slow = await till.start('SIP0', saleOf(paymentIntentId))
    await till.pass(6)
    await till.call('POST', `/sandbox/payment-intents/${paymentIntentId}/reverse`)
    await till.ask('TerminalSession_Signature', { terminalSessionId: slow.id, accepted: true })
    await lost(t, till, slow, 'SIP0')
    t.equal((await till.intent(paymentIntentId)).status, 'Reversed')
  })

  t.test('when it was paid online in the meantime', async (t) => {
    const till = await newTill(t)
    const paymentIntentId = await till.newIntent()
    const session = await till.start('AIP0', saleOf(paymentIntentId))
    await till.pass(3)
    t.equal(
      (await till.call('POST', `/sandbox/payment-intents/${paymentIntentId}/pay`)).status,
      200,
    )
    await till.pass(3)
    await lost(t, till, session, 'AIP0')
    await onceOnly(t, till, paymentIntentId)
  })

  t.test('and never when it was canceled in the meantime', async (t) => {
    const till = await newTill(t)
    const paymentIntentId = await till.newIntent()
    const session = await till.start('AIP0', saleOf(paymentIntentId))
    await till.pass(3)
    await till.ask('PaymentIntents_Delete', { paymentIntentId })
    await till.pass(3)
    await lost(t, till, session, 'AIP0')
    t.match(await till.intent(paymentIntentId), { status: 'Canceled', captures: [] })
  })
})

t.test('how the card is read', async (t) => {
  for (const [name, more, notifications, entryMode] of [
    ['up to 100.00 it is held to the machine', { amount: gbp(10_000) }, CARD_READ, 'Contactless'],
    [
      'above, it is inserted and its PIN entered',
      { amount: gbp(9_900), tipsAmount: gbp(101) },
      ['PresentCard@2', 'InsertCard@5', 'EnterPin@5', 'PleaseWait@5'],
      'ContactChip',
    ],
    [
      'a card that is not present is typed in, and nobody is asked to present it',
      { amount: gbp(20_000), cardHolderNotPresent: true },
      ['PleaseWait@5'],
      'ManualEntry',
    ],
  ] as const) {
    t.test(name, async (t) => {
      const { newIntent, start, pass, session, intent } = await newTill(t)
      const paymentIntentId = await newIntent(more)
      const { id } = await start('AIP0', saleOf(paymentIntentId))
      await pass(6)
      const over = await session(id)
      t.same(courseOf(over).notifications, [...notifications, 'Approved@6', 'RemoveCard@6'])
      t.equal(over.paymentDetails?.card?.entryMode, entryMode)
      t.equal((await intent(paymentIntentId)).paymentDetails?.card?.entryMode, entryMode)
    })
  }
})

t.test('a receipt says what was paid or refunded, and on which machine', async (t) => {
  const { newIntent, start, pass, session, ask } = await newTill(t)
  const linesOf = async (id: string): Promise<string> =>
    (await session(id)).receipt!.lines.map(({ text }) => text?.value ?? '').join('\n')
  const paymentIntentId = await newIntent({ tipsAmount: gbp(150) })
  const sale = await start('SIS0', saleOf(paymentIntentId))
  await pass(6)
  await ask('TerminalSession_Signature', { terminalSessionId: sale.id, accepted: true })
  const printed = await linesOf(sale.id)
  for (const line of ['SALE', 'AMOUNT 11.50 GBP', 'TID:****SIS0', 'SIGNATURE VERIFIED']) {
    t.ok(printed.split('\n').includes(line), line)
  }
  const part = await start('AIP0', refundOf(paymentIntentId, gbp(250)))
  const loose = await start('SIS0', unlinked(700))
  await pass(86)
  t.match(await linesOf(part.id), /REFUND\nAMOUNT 2\.50 GBP/)
  t.notMatch(await linesOf(part.id), /SIGNATURE/)
  t.match(await linesOf(loose.id), /REFUND\nAMOUNT 7\.00 GBP/)
  const rest = await start('AIP0', refundOf(paymentIntentId))
  await pass(6)
  t.match(await linesOf(rest.id), /REFUND\nAMOUNT 9\.00 GBP/)
})

t.test('a card pays the amount that the intent has when the card is read', async (t) => {
  const { ask, newIntent, start, pass, intent } = await newTill(t)
  const paymentIntentId = await newIntent({
    config: { payment: { customAmountAllowed: true, tipsAllowed: true } },
  })
  await start('AIP0', saleOf(paymentIntentId))
  await ask('PaymentIntents_SetTipsAmount', { paymentIntentId, tipsAmount: gbp(150) })
  await pass(6)
  t.match(await intent(paymentIntentId), {
    status: 'Captured',
    totalAmount: gbp(1150),
    captures: [{ amount: 1150 }],
  })
})

// --- too early, too late

t.test('canceling after a card was read is refused and changes nothing', async (t) => {
  for (const [machine, at, end, statuses] of [
    ['AIP0', 5, 1, [...BEGUN, 'Captured@6']],
    ['DIP0', 5.5, 0.5, [...BEGUN, 'Declined@6']],
    ['TIP0', 60, 30, [...BEGUN, 'Expired@90']],
    ['SIP0', 30, 56, [...SIGNING, 'SignatureVerificationAccepted@86', 'Captured@86']],
  ] as const) {
    const { refused, start, pass, session, statusOf, cancelOnDevice } = await newTill(t)
    const { id: terminalSessionId } = await start(machine, unlinked(100))
    await pass(at)
    await refused(422, 'TerminalSession_Cancel', { terminalSessionId })
    t.equal((await cancelOnDevice(terminalSessionId)).status, 422)
    t.equal(await statusOf(machine), 'InUse')
    await pass(end)
    t.same(courseOf(await session(terminalSessionId)).statuses, statuses, `${machine} at ${at} s`)
    t.equal(await statusOf(machine), 'Available')
  }
})

t.test('a session that is over cannot be canceled, nor its signature decided', async (t) => {
  for (const ending of ENDINGS) {
    const till = await newTill(t)
    const { id: terminalSessionId } = await till.start(ending.machine, unlinked(100))
    await till.pass(ending.act?.at ?? 90)
    if (ending.act !== undefined) await act(till, t, terminalSessionId, ending.act.what)
    await till.pass(1)
    const over = await till.session(terminalSessionId)
    await till.refused(422, 'TerminalSession_Cancel', { terminalSessionId })
    await till.refused(422, 'TerminalSession_Signature', { terminalSessionId, accepted: false })
    await till.refused(422, 'TerminalSession_Signature', { terminalSessionId, accepted: true })
    t.equal((await till.cancelOnDevice(terminalSessionId)).status, 422)
    t.same(await till.session(terminalSessionId), over, ending.name)
  }
})

t.test('a late answer does not undo a payment', async (t) => {
  const { refused, newIntent, start, pass, session, intent } = await newTill(t)
  const paymentIntentId = await newIntent()
  const { id: terminalSessionId } = await start('SIP0', saleOf(paymentIntentId))
  await pass(86)
  await refused(422, 'TerminalSession_Signature', { terminalSessionId, accepted: false })
  t.equal((await session(terminalSessionId)).status, 'Captured')
  t.equal((await intent(paymentIntentId)).status, 'Captured')
})

t.test('a signature can be decided only while one is due', async (t) => {
  const { refused, ask, start, pass, session } = await newTill(t)
  const { id: terminalSessionId } = await start('SIP0', unlinked(100))
  await refused(422, 'TerminalSession_Signature', { terminalSessionId, accepted: true })
  await pass(5.999)
  await refused(422, 'TerminalSession_Signature', { terminalSessionId, accepted: true })
  await pass(0.001)
  for (const wrong of [{}, { accepted: null }, { accepted: 'true' }, { accepted: 1 }]) {
    await refused(400, 'TerminalSession_Signature', { terminalSessionId, ...wrong })
  }
  t.equal((await session(terminalSessionId)).status, 'SignatureVerificationRequired')
  t.equal(
    (await ask('TerminalSession_Signature', { terminalSessionId, accepted: true })).status,
    'Captured',
  )
  const { id: other } = await start('AIP0', unlinked(100))
  await pass(5)
  await refused(422, 'TerminalSession_Signature', { terminalSessionId: other, accepted: false })
})

t.test('canceling twice cancels once', async (t) => {
  const till = await newTill(t)
  const { call, start, pass, session, statusOf } = till
  const twice = await start('AIP0', unlinked(100))
  await act(till, t, twice.id, 'cancel on the till')
  t.ok([200, 422].includes((await call('PUT', `/terminal-sessions/${twice.id}/cancel`)).status))
  await pass(1)
  t.same(courseOf(await session(twice.id)).statuses, [
    'InitiateRequested@0',
    'CancelRequested@0',
    'Canceled@1',
  ])

  const both = await start('AIP0', unlinked(100))
  await pass(3)
  await act(till, t, both.id, 'cancel on the till')
  await pass(0.5)
  await act(till, t, both.id, 'cancel on the device')
  t.equal(await statusOf('AIP0'), 'Available')
  const next = await start('AIP0', unlinked(100))
  await pass(3)
  t.same(courseOf(await session(both.id)).statuses, [...BEGUN, 'CancelRequested@3', 'Canceled@3.5'])
  t.equal(
    (await session(next.id)).status,
    'Initiated',
    'the next session of the machine is not canceled with it',
  )
  t.equal(await statusOf('AIP0'), 'InUse')
})

// --- refused requests

/** Brings an intent into a state. */
const STATES = {
  created: async ({ newIntent }: Till) => await newIntent(),
  authorized: async ({ paidIntent }: Till) => await paidIntent({ captureMode: 'Manual' }),
  captured: async ({ paidIntent }: Till) => await paidIntent(),
  canceled: async ({ newIntent, ask }: Till) => {
    const paymentIntentId = await newIntent()
    await ask('PaymentIntents_Delete', { paymentIntentId })
    return paymentIntentId
  },
  reversed: async ({ paidIntent, call }: Till) => {
    const paymentIntentId = await paidIntent()
    await call('POST', `/sandbox/payment-intents/${paymentIntentId}/reverse`)
    return paymentIntentId
  },
  unknown: async () => 'pi_sandbox_none',
}

t.test('sessions that cannot be created', async (t) => {
  for (const [name, state, details, status] of [
    ['a sale of an authorized intent', 'authorized', saleOf, 400],
    ['a sale of a captured intent', 'captured', saleOf, 400],
    ['a sale of a canceled intent', 'canceled', saleOf, 400],
    ['a sale of a reversed intent', 'reversed', saleOf, 400],
    ['a sale of an unknown intent', 'unknown', saleOf, 404],
    ['a refund of an unpaid intent', 'created', refundOf, 400],
    ['a refund of an authorized intent', 'authorized', refundOf, 400],
    ['a refund of a canceled intent', 'canceled', refundOf, 400],
    ['a refund of a reversed intent', 'reversed', refundOf, 400],
    ['a refund of an unknown intent', 'unknown', refundOf, 404],
    ['a refund of more than was captured', 'captured', (id) => refundOf(id, gbp(1001)), 400],
    ['a refund of nothing', 'captured', (id) => refundOf(id, gbp(0)), 400],
    ['a refund of less than nothing', 'captured', (id) => refundOf(id, gbp(-1)), 400],
    [
      'a refund in another currency',
      'captured',
      (id) => refundOf(id, { value: 100, currencyCode: 'EUR' }),
      400,
    ],
    ['an unlinked refund of nothing', 'unknown', () => unlinked(0), 400],
    ['an unlinked refund of less than nothing', 'unknown', () => unlinked(-100), 400],
  ] as Array<[string, keyof typeof STATES, (paymentIntentId: string) => Details, number]>) {
    t.test(name, async (t) => {
      const till = await newTill(t)
      const paymentIntentId = await STATES[state](till)
      const { id: terminalId } = await till.machine('AIP0')
      await till.refused(status, 'TerminalSession_Create', {
        terminalId,
        details: details(paymentIntentId),
      })
      t.equal(await till.statusOf('AIP0'), 'Available', 'the machine is left alone')
    })
  }
})

t.test('wrong details', async (t) => {
  const { refused, call, newIntent, intent, statusOf, machine } = await newTill(t)
  const { id: terminalId } = await machine('AIP0')
  const paymentIntentId = await newIntent()
  const { sale } = saleOf(paymentIntentId)
  for (const wrong of [
    {},
    { details: saleOf(paymentIntentId) },
    { terminalId },
    { terminalId, details: null },
    { terminalId: 7, details: saleOf(paymentIntentId) },
    { terminalId, details: saleOf(paymentIntentId), till: 1 },
    { terminalId, details: {} },
    { terminalId, details: { sale } },
    { terminalId, details: { sessionType: 'Sale' } },
    { terminalId, details: { sessionType: 'sale', sale } },
    { terminalId, details: { sessionType: 'Sale', sale: {} } },
    { terminalId, details: { sessionType: 'Sale', sale: { paymentIntentId: 7 } } },
    { terminalId, details: { sessionType: 'MatchedRefund', sale } },
    { terminalId, details: { sessionType: 'UnlinkedRefund', sale } },
    { terminalId, details: { sessionType: 'Sale', unlinkedRefund: { amount: gbp(100) } } },
    { terminalId, details: { sessionType: 'Sale', matchedRefund: { paymentIntentId } } },
    { terminalId, details: { sessionType: 'UnlinkedRefund', unlinkedRefund: {} } },
    { terminalId, details: { sessionType: 'UnlinkedRefund', unlinkedRefund: { amount: 100 } } },
    {
      terminalId,
      details: { sessionType: 'UnlinkedRefund', unlinkedRefund: { amount: { value: 100 } } },
    },
    {
      terminalId,
      details: {
        sessionType: 'UnlinkedRefund',
        unlinkedRefund: { amount: { value: 1.5, currencyCode: 'GBP' } },
      },
    },
    {
      terminalId,
      details: {
        sessionType: 'UnlinkedRefund',
        unlinkedRefund: { amount: { value: '100', currencyCode: 'GBP' } },
      },
    },
  ]) {
    await refused(400, 'TerminalSession_Create', wrong)
  }
  for (const text of ['', '{', '[]', 'null', '"sale"']) {
    t.equal(
      (await call('POST', '/terminal-sessions', text)).status,
      400,
      `the body ${JSON.stringify(text)}`,
    )
  }
  t.equal(await statusOf('AIP0'), 'Available')
  t.equal((await intent(paymentIntentId)).status, 'Created')
})

t.test('unknown ids', async (t) => {
  const { refused } = await newTill(t)
  for (const id of ['ts_sandbox_none', 'null', ' ', '%']) {
    await refused(404, 'Terminals_GetTerminal', { terminalId: id })
    await refused(404, 'TerminalSession_Create', { terminalId: id, details: unlinked(100) })
    await refused(404, 'TerminalSession_Get', { terminalSessionId: id })
    await refused(404, 'TerminalSession_Cancel', { terminalSessionId: id })
    await refused(404, 'TerminalSession_Signature', { terminalSessionId: id, accepted: true })
  }
})

t.test('headers', async (t) => {
  const { refused, start, machine, pass, session, call } = await newTill(t)
  const { id: terminalId } = await machine('AIP0')
  const { id: terminalSessionId } = await start('SIP0', unlinked(100))
  const inputs: Partial<Record<DojoOperationName, object>> = {
    Terminals_ListTerminals: {},
    Terminals_GetTerminal: { terminalId },
    TerminalSession_Create: { terminalId, details: unlinked(100) },
    TerminalSession_Get: { terminalSessionId },
    TerminalSession_Cancel: { terminalSessionId },
    TerminalSession_Signature: { terminalSessionId, accepted: true },
  }
  const terminalOperations = dojoOperations.filter(({ name }: DojoOperation) =>
    name.startsWith('Terminal'),
  )
  t.same(
    terminalOperations.map(({ name }) => name).sort(),
    Object.keys(inputs).sort(),
    'every operation of machines is met',
  )
  for (const { name } of terminalOperations) {
    const input = inputs[name]!
    t.match(await refused(400, name, input, { version: undefined }), /version/)
    t.match(await refused(400, name, input, { version: 'latest' }), /version/)
    t.match(
      await refused(400, name, input, { 'software-house-id': undefined }),
      /software-house-id/,
    )
    await refused(401, name, input, { authorization: undefined })
    await refused(401, name, input, {
      authorization: `Basic ${Buffer.from('sk_sandbox_test:').toString('base64')}`,
    })
    await refused(401, name, input, { authorization: 'Basic sk_prod_test' })
  }
  await pass(6)
  t.equal(
    (await session(terminalSessionId)).status,
    'SignatureVerificationRequired',
    'none of them did anything',
  )
  t.equal(
    (await call('GET', `/terminals/${terminalId}`, undefined, { 'reseller-id': 'reseller1' }))
      .status,
    200,
  )
  t.equal(
    (await call('GET', `/terminals/${terminalId}`, undefined, { version: '2024-02-05' })).status,
    200,
    'an earlier version will do',
  )
})

// --- the clock

t.test('the clock', async (t) => {
  const { call, pass } = await newTill(t)
  for (const body of [
    {},
    { advanceSeconds: -1 },
    { advanceSeconds: '80' },
    { advanceSeconds: null },
    { advanceSeconds: 400 * 86_400 + 1 },
    { advanceSeconds: 1, more: 1 },
    [],
  ]) {
    t.equal((await call('POST', '/sandbox/clock', body)).status, 400, JSON.stringify(body))
  }
  t.match((await call('GET', '/sandbox')).body, { now: '2026-03-06T12:00:00.000Z' })
  t.match((await call('POST', '/sandbox/clock', { advanceSeconds: 80 })).body, {
    now: '2026-03-06T12:01:20.000Z',
  })
  await pass(0)
  await pass(0.25)
  t.match((await call('POST', '/sandbox/clock', { advanceSeconds: 400 * 86_400 })).body, {
    now: '2027-04-10T12:01:20.250Z',
  })
})

t.test('sessions of one clock keep their own times', async (t) => {
  const { sandbox, call } = await startSandbox(t)
  const { start, session } = tillOf(t, call)
  const { advance } = sandbox.simulation.clock
  const first = await start('AIP0', unlinked(100))
  await advance(1500)
  const second = await start('DIP0', unlinked(100))
  await advance(250)
  const third = await start('TIP0', unlinked(100))
  await advance(200_000)
  t.same(courseOf(await session(first.id)), {
    statuses: [...BEGUN, 'Captured@6'],
    notifications: [...CARD_READ, 'Approved@6', 'RemoveCard@6'],
  })
  t.same(courseOf(await session(second.id)), {
    statuses: [...BEGUN, 'Declined@6'],
    notifications: [...CARD_READ, 'Declined@6', 'RemoveCard@6'],
  })
  t.same(courseOf(await session(third.id)), {
    statuses: [...BEGUN, 'Expired@90'],
    notifications: CARD_READ,
  })
})

t.test('a session continues after a restart', async (t) => {
  const stateFile = join(newFolder(t), 'state.json')
  const before = await startSandbox(t, { stateFile })
  const till = tillOf(t, before.call)
  const paymentIntentId = await till.newIntent()
  const signing = await till.start('SIP0', saleOf(paymentIntentId))
  await till.pass(3)
  const waiting = await till.start('AIP0', unlinked(100))
  await till.pass(4)
  await before.sandbox.close()

  const later = tillOf(t, (await startSandbox(t, { stateFile })).call)
  t.equal((await later.session(signing.id)).status, 'SignatureVerificationRequired')
  t.equal(await later.statusOf('SIP0'), 'InUse')
  await later.pass(79)
  t.same(courseOf(await later.session(signing.id)).statuses, [
    ...SIGNING,
    'SignatureVerificationAccepted@86',
    'Captured@86',
  ])
  t.same(courseOf(await later.session(waiting.id)).statuses, [...BEGUN, 'Captured@6'])
  t.equal((await later.intent(paymentIntentId)).status, 'Captured')
  t.same([await later.statusOf('SIP0'), await later.statusOf('AIP0')], ['Available', 'Available'])
})

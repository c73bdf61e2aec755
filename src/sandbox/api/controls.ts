// What a sandbox offers beyond Dojo's API, below /sandbox: its log, its clock, its faults, guests
// who pay, hands at a card machine, and Pay at Table on demand.
import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import { intentOf, payByCard, reverseByDojo } from '../dojo/payment-intents.ts'
import { badRequest, Problem } from '../dojo/problem.ts'
import type { Simulation } from '../dojo/simulation.ts'
import { cancelOnDevice, sessionOf } from '../dojo/terminal-sessions.ts'
import { setTerminalStatus } from '../dojo/terminals.ts'
import { SimulatedCrash } from '../epos/faulty-transport.ts'
import { faultKinds, faultSchema, whyImpossible, type FaultKind } from '../kit/faults.ts'
import { limits } from '../limits.ts'
import { payAtTable, type PayAtTable } from '../products/pay-at-table.ts'
import { createRunner, ExpectationFailed } from '../products/runner.ts'
import { authenticate } from './authentication.ts'
import { bodyOf, GuestCardBody } from './bodies.ts'

const CONTROLS = {
  'GET /sandbox': 'this list, and the time in the sandbox',
  'GET /sandbox/log': "the account's log, one event per line",
  'POST /sandbox/clock': 'moves the time forward: { "advanceSeconds": 80 }',
  'GET /sandbox/faults': 'the kinds of fault, and those that are switched on',
  'POST /sandbox/faults':
    'switches a fault on: { "kind": "reply-lost", "on": "RecordOrderPaymentById", "times": 1 }',
  'DELETE /sandbox/faults': 'switches all faults off; DELETE /sandbox/faults/{kind} one kind',
  'POST /sandbox/payment-intents/{paymentIntentId}/pay': 'a guest pays by card',
  'POST /sandbox/payment-intents/{paymentIntentId}/reverse': 'Dojo reverses the payment',
  'POST /sandbox/terminals/{terminalId}':
    'somebody uses a card machine or switches it off: { "status": "InUse" }',
  'POST /sandbox/terminal-sessions/{terminalSessionId}/cancel':
    'somebody presses cancel on the card machine',
  'GET /sandbox/account': 'what Dojo knows of the account and its EPOS',
  'POST /sandbox/calls/{capability}':
    'calls the EPOS as Dojo does: { "input": { "payableOnly": true } }',
  'GET /sandbox/dojo-ids': "Dojo's ids of what such calls made, by the ids of the EPOS",
  'GET /sandbox/machines': 'card machines to touch, and what they show',
  'POST /sandbox/machines': 'switches another one on',
  'POST /sandbox/machines/{machineId}/touches':
    'touches a key: { "key": "waiter", "waiterId": "1" }, { "key": "choose", "orderId": "..." }',
  'DELETE /sandbox/machines/{machineId}': 'puts it away',
  'GET /sandbox/menu': 'what guests can order; PUT /sandbox/menu replaces it',
  'POST /sandbox/order-and-pay':
    'a guest orders and pays: { "tableId": "...", "items": [{ "plu": "101", "quantity": 1 }] }',
  'GET /sandbox/wire':
    'the calls of the EPOS and of Dojo, the newest first; /wire/{number} has all of one',
  'POST /sandbox/certification':
    'plays the checklist: { "product": "pay-at-table" }; GET shows how far it is, DELETE stops it',
  'GET /sandbox/certification/report.md': 'its report, and report.json',
  'GET /sandbox/stream': 'each call and each touch at once, as server-sent events',
  'GET /sandbox/socket': 'the WebSockets that the EPOS has opened',
  'POST /sandbox/socket/close':
    'closes them, and refuses new ones for a while: { "code": 1012, "refuseMs": 2000 }',
  'POST /sandbox/socket/freeze': 'stops reading from them, and leaves them open',
  'POST /sandbox/pay-at-table':
    'runs Pay at Table: ' +
    '{ "orderId": "...", "payments": [{ "amountMinor": 1000, "tipsMinor": 100 }, {}] }',
}

export function serveControls(
  app: FastifyInstance,
  simulation: Simulation,
  onChange: () => void,
): void {
  app.addHook('onResponse', async (request) => {
    if (request.url.startsWith('/sandbox') && request.method !== 'GET') onChange()
  })
  serveOverview(app, simulation)
  serveFaults(app, simulation)
  servePaymentIntents(app, simulation)
  serveTerminals(app, simulation)
  servePayAtTable(app, simulation)
}

// --- overview, log and clock

const clockBody = Type.Object(
  { advanceSeconds: Type.Number({ minimum: 0, maximum: limits.maxClockStepSeconds }) },
  { additionalProperties: false },
)

function serveOverview(app: FastifyInstance, simulation: Simulation): void {
  app.get('/sandbox', async () => ({
    seed: simulation.seed,
    now: simulation.clock.now(),
    accounts: [...simulation.accounts()].length,
    controls: CONTROLS,
  }))
  app.get('/sandbox/log', async (request, reply) => {
    const { log } = authenticate(simulation, request)
    return await reply
      .type('text/plain; charset=utf-8')
      .send(log.map(({ at, text }) => `${at} ${text}\n`).join(''))
  })
  app.post('/sandbox/clock', async (request) => {
    await simulation.clock.advance(bodyOf(clockBody, request).advanceSeconds * 1000)
    return { now: simulation.clock.now() }
  })
}

// --- faults

function serveFaults(app: FastifyInstance, simulation: Simulation): void {
  app.get('/sandbox/faults', async (request) => ({
    kinds: faultKinds,
    active: simulation.faultsOf(authenticate(simulation, request)).list(),
  }))
  app.post('/sandbox/faults', async (request) => {
    const faults = simulation.faultsOf(authenticate(simulation, request))
    const { kind, on, code } = (request.body ?? {}) as Record<string, unknown>
    if (typeof kind === 'string') {
      const reason = whyImpossible({
        kind,
        on: typeof on === 'string' ? on : undefined,
        code: typeof code === 'number' ? code : undefined,
      })
      if (reason !== undefined) throw badRequest(reason, { fault: [reason] })
    }
    faults.add(bodyOf(faultSchema, request))
    return { seed: simulation.seed, active: faults.list() }
  })
  app.delete<{ Params: { kind: string } }>('/sandbox/faults/:kind', async (request) => {
    const { kind } = request.params
    const reason = whyImpossible({ kind })
    if (reason !== undefined) throw badRequest(reason, { kind: [reason] })
    const faults = simulation.faultsOf(authenticate(simulation, request))
    faults.remove(kind as FaultKind)
    return { active: faults.list() }
  })
  app.delete('/sandbox/faults', async (request) => {
    simulation.faultsOf(authenticate(simulation, request)).clear()
    return { active: [] }
  })
}

// --- payment intents

interface IntentParams {
  Params: { paymentIntentId: string }
}

function servePaymentIntents(app: FastifyInstance, simulation: Simulation): void {
  const path = '/sandbox/payment-intents/:paymentIntentId'
  app.post<IntentParams>(`${path}/pay`, async (request) => {
    const account = authenticate(simulation, request)
    const record = intentOf(account, request.params.paymentIntentId)
    payByCard(simulation, account, record, 'online')
    return record.shown
  })
  app.post<IntentParams>(`${path}/reverse`, async (request) => {
    const account = authenticate(simulation, request)
    const record = intentOf(account, request.params.paymentIntentId)
    reverseByDojo(simulation, account, record)
    return record.shown
  })
}

// --- terminals

const terminalBody = Type.Object(
  {
    status: Type.Unsafe<'Available' | 'Offline' | 'InUse'>({
      type: 'string',
      enum: ['Available', 'Offline', 'InUse'],
    }),
  },
  { additionalProperties: false },
)

function serveTerminals(app: FastifyInstance, simulation: Simulation): void {
  app.post<{ Params: { terminalId: string } }>('/sandbox/terminals/:terminalId', async (request) =>
    setTerminalStatus(
      simulation,
      authenticate(simulation, request),
      request.params.terminalId,
      bodyOf(terminalBody, request).status,
    ),
  )
  app.post<{ Params: { terminalSessionId: string } }>(
    '/sandbox/terminal-sessions/:terminalSessionId/cancel',
    async (request) => {
      const account = authenticate(simulation, request)
      const session = sessionOf(account, request.params.terminalSessionId)
      cancelOnDevice(simulation, account, session)
      return session.shown
    },
  )
}

// --- Pay at Table

const amountMinor = Type.Integer({ minimum: 0 })
const payAtTableBody = Type.Object(
  {
    orderId: Type.Optional(Type.String()),
    waiterId: Type.Optional(Type.String()),
    tableId: Type.Optional(Type.String()),
    with: Type.Optional(
      Type.Unsafe<NonNullable<PayAtTable['with']>>({
        type: 'string',
        enum: ['card-machine', 'qr-page'],
      }),
    ),
    payments: Type.Array(
      Type.Object(
        {
          amountMinor: Type.Optional(amountMinor),
          tipsMinor: Type.Optional(amountMinor),
          card: Type.Optional(GuestCardBody),
        },
        { additionalProperties: false },
      ),
      { minItems: 1, maxItems: 50, default: [{}] },
    ),
    printBill: Type.Optional(Type.Boolean()),
    lock: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false },
)

function servePayAtTable(app: FastifyInstance, simulation: Simulation): void {
  app.post('/sandbox/pay-at-table', async (request) => {
    const account = authenticate(simulation, request)
    const plan = bodyOf(payAtTableBody, request)
    const seed = `pay-at-table ${account.intents.size}`
    const runner = createRunner({ simulation, account, seed })
    try {
      const { payments, declined, lockRefused, bill } = await payAtTable(runner, plan)
      return {
        lockRefused,
        payments: [
          ...payments.map(({ exchange, ...payment }) => ({
            ...payment,
            status: exchange.status ?? null,
            milliseconds: exchange.milliseconds,
          })),
          ...declined,
        ],
        bill,
        steps: runner.steps.map(({ name, status, information }) => ({ name, status, information })),
      }
    } catch (error) {
      if (error instanceof SimulatedCrash) {
        throw new Problem(409, `${error.message} Locks and payments are left as they were.`)
      }
      if (!(error instanceof ExpectationFailed)) throw error
      await runner.cleanUp()
      throw new Problem(422, [error.message, ...error.advice].join(' '))
    }
  })
}

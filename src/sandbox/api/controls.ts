// What only a sandbox can be asked, below /sandbox: its log, its clock, faults, cards, and products
// that play at once.
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Type, type Static, type TSchema } from 'typebox'
import { Value } from 'typebox/value'
import { limits } from '../limits.ts'
import { authenticate } from './routes.ts'
import { SimulatedCrash } from '../epos/faulty-transport.ts'
import { faultKinds, whyImpossible, faultSchema } from '../kit/faults.ts'
import { intentOf, payByCard, reverseByDojo } from '../dojo/payment-intents.ts'
import { badRequest, Problem } from '../dojo/problem.ts'
import { payAtTable, type PayAtTable } from '../products/pay-at-table.ts'
import { createRunner, ExpectationFailed } from '../products/runner.ts'
import { cancelOnDevice, sessionOf, setTerminalStatus } from '../dojo/terminal-sessions.ts'
import type { Simulation } from '../dojo/simulation.ts'

const amount = Type.Integer({ minimum: 0 })
const clockBody = Type.Object(
  { advanceSeconds: Type.Number({ minimum: 0, maximum: limits.maxClockStepSeconds }) },
  { additionalProperties: false },
)
const terminalBody = Type.Object(
  {
    status: Type.Unsafe<'Available' | 'Offline' | 'InUse'>({
      type: 'string',
      enum: ['Available', 'Offline', 'InUse'],
    }),
  },
  { additionalProperties: false },
)
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
        { amountMinor: Type.Optional(amount), tipsMinor: Type.Optional(amount) },
        { additionalProperties: false },
      ),
      { minItems: 1, maxItems: 50, default: [{}] },
    ),
    printBill: Type.Optional(Type.Boolean()),
    lock: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false },
)

const CONTROLS = {
  'GET /sandbox': 'this list, and the time of the sandbox',
  'GET /sandbox/log': 'what happened in the account, a line each',
  'POST /sandbox/clock': 'moves the time forward: { "advanceSeconds": 80 }',
  'GET /sandbox/faults': 'the faults that there are, and those at work',
  'POST /sandbox/faults':
    'puts a fault to work: { "kind": "reply-lost", "on": "RecordOrderPaymentById", "times": 1 }',
  'DELETE /sandbox/faults': 'ends every fault',
  'POST /sandbox/payment-intents/{paymentIntentId}/pay': 'a guest pays with a card',
  'POST /sandbox/payment-intents/{paymentIntentId}/reverse': 'Dojo takes the payment back',
  'POST /sandbox/terminals/{terminalId}':
    'somebody uses a card machine, or switches it off: { "status": "InUse" }',
  'POST /sandbox/terminal-sessions/{terminalSessionId}/cancel':
    'the cross on the screen of the card machine',
  'POST /sandbox/pay-at-table':
    'plays Pay at Table: { "orderId": "...", "payments": [{ "amountMinor": 1000, "tipsMinor": 100 }, {}] }',
}

export function serveControls(
  app: FastifyInstance,
  simulation: Simulation,
  onChange: () => void,
): void {
  app.addHook('onResponse', async (request) => {
    if (request.url.startsWith('/sandbox') && request.method !== 'GET') onChange()
  })

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

  app.get('/sandbox/faults', async (request) => ({
    kinds: faultKinds,
    atWork: simulation.faultsOf(authenticate(simulation, request)).list(),
  }))
  app.post('/sandbox/faults', async (request) => {
    const faults = simulation.faultsOf(authenticate(simulation, request))
    const { kind, on } = (request.body ?? {}) as { kind?: unknown; on?: unknown }
    const impossible =
      typeof kind === 'string'
        ? whyImpossible({ kind, on: typeof on === 'string' ? on : undefined })
        : undefined
    if (impossible !== undefined) throw badRequest(impossible, { fault: [impossible] })
    faults.add(bodyOf(faultSchema, request))
    return { seed: simulation.seed, atWork: faults.list() }
  })
  app.delete('/sandbox/faults', async (request) => {
    simulation.faultsOf(authenticate(simulation, request)).clear()
    return { atWork: [] }
  })

  app.post<{ Params: { paymentIntentId: string } }>(
    '/sandbox/payment-intents/:paymentIntentId/pay',
    async (request) => {
      const account = authenticate(simulation, request)
      const record = intentOf(account, request.params.paymentIntentId)
      payByCard(simulation, account, record, 'online')
      return record.shown
    },
  )
  app.post<{ Params: { paymentIntentId: string } }>(
    '/sandbox/payment-intents/:paymentIntentId/reverse',
    async (request) => {
      const account = authenticate(simulation, request)
      const record = intentOf(account, request.params.paymentIntentId)
      reverseByDojo(simulation, account, record)
      return record.shown
    },
  )
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

  app.post('/sandbox/pay-at-table', async (request) => {
    const account = authenticate(simulation, request)
    const runner = createRunner({
      simulation,
      account,
      seed: `pay-at-table ${account.intents.size}`,
    })
    try {
      const { payments, lockRefused, bill } = await payAtTable(
        runner,
        bodyOf(payAtTableBody, request),
      )
      return {
        lockRefused,
        payments: payments.map(({ exchange, ...payment }) => ({
          ...payment,
          status: exchange.status ?? null,
          milliseconds: exchange.milliseconds,
        })),
        ...(bill === undefined ? {} : { bill }),
        steps: runner.steps.map(({ name, status, information }) => ({ name, status, information })),
      }
    } catch (error) {
      if (error instanceof SimulatedCrash) {
        throw new Problem(409, `${error.message} A fault on demand did it; nothing is tidied up.`)
      }
      if (!(error instanceof ExpectationFailed)) throw error
      await runner.cleanUp()
      throw new Problem(422, [error.message, ...error.advice].join(' '))
    }
  })
}

/** @throws Problem 400 that names the field */
function bodyOf<T extends TSchema>(schema: T, { body }: FastifyRequest): Static<T> {
  if (Value.Check(schema, body)) return body
  const [fault] = Value.Errors(schema, body)
  const field = fault?.instancePath.slice(1).replaceAll('/', '.') ?? ''
  throw badRequest(
    `${field === '' ? 'The request body' : `The field ${field}`} ${fault?.message ?? 'is wrong'}.`,
    { [field]: [fault?.message ?? 'is wrong'] },
  )
}

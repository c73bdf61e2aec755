// What Dojo knows of an account, and calls of its EPOS that somebody makes by hand.
import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import { capabilityNames, type CapabilityName } from '../../contract/capabilities.ts'
import { badRequest, Problem } from '../dojo/problem.ts'
import type { Simulation } from '../dojo/simulation.ts'
import type { Account } from '../dojo/state.ts'
import { SimulatedCrash } from '../epos/faulty-transport.ts'
import { limits } from '../limits.ts'
import { whyNotCalled } from '../products/runner.ts'
import { authenticate } from './authentication.ts'
import { bodyOf } from './bodies.ts'

export interface AccountView {
  accountId: string
  now: string
  seed: number
  timeZone: string
  rest?: { url: string; username: string }
  /** Whether the EPOS has a WebSocket open; undefined when it has not registered one. */
  ws?: { isConnected: boolean }
  /** What the EPOS has registered. */
  capabilities: string[]
}

const callBody = Type.Object(
  {
    input: Type.Record(Type.String(), Type.Unknown(), { default: {} }),
    caller: Type.Optional(
      Type.Object(
        {
          product: Type.Optional(Type.String()),
          deviceId: Type.Optional(Type.String()),
          deviceType: Type.Optional(Type.String()),
          waiterId: Type.Optional(Type.String()),
        },
        { additionalProperties: false },
      ),
    ),
  },
  { additionalProperties: false },
)

export function serveAccount(
  app: FastifyInstance,
  simulation: Simulation,
  { timeZone }: { timeZone: string },
): void {
  app.get('/sandbox/account', async (request): Promise<AccountView> => {
    const account = authenticate(simulation, request)
    const { accountId, rest, ws } = account
    return {
      accountId,
      now: simulation.clock.now(),
      seed: simulation.seed,
      timeZone,
      rest: rest && { url: rest.url, username: rest.username },
      ws: ws && { isConnected: simulation.gateway.lineOf(account).routed() !== undefined },
      capabilities: [...simulation.registered(account)],
    }
  })
  serveCalls(app, simulation)
}

function serveCalls(app: FastifyInstance, simulation: Simulation): void {
  const idsByKey = new Map<string, Map<string, string>>()
  app.get('/sandbox/dojo-ids', async (request) => {
    const { key } = authenticate(simulation, request)
    return { ids: Object.fromEntries(idsByKey.get(key) ?? []) }
  })
  app.post<{ Params: { capability: string } }>('/sandbox/calls/:capability', async (request) => {
    const { input, caller = {} } = bodyOf(callBody, request)
    const account = authenticate(simulation, request)
    const answered = await callEpos(simulation, account, capabilityOf(request.params.capability), {
      input,
      caller: { product: 'Bookings', ...caller },
    })
    const dojoId = input['dojoReservationId'] ?? input['dojoPartyId']
    const { id } = (answered.output ?? {}) as { id?: string }
    if (typeof dojoId === 'string' && id !== undefined) {
      const ids = idsByKey.get(account.key) ?? new Map<string, string>()
      idsByKey.set(account.key, ids.set(id, dojoId))
      if (ids.size > limits.maxDojoIds) ids.delete(ids.keys().next().value!)
    }
    return answered
  })
}

interface Answered {
  status?: number
  noAnswer?: string
  output?: unknown
  refusal?: unknown
  contractErrors: string[]
  milliseconds: number
}

/** @throws Problem 400 */
function capabilityOf(name: string): CapabilityName {
  const known = capabilityNames.find((capability) => capability === name)
  if (known !== undefined) return known
  throw badRequest(`${name} is not a capability. Use one of ${capabilityNames.join(', ')}.`, {
    capability: ['must be the name of a capability'],
  })
}

/**
 * What the EPOS answers is the result, whatever it is.
 * @throws Problem 409 when a fault takes the power away, 422 when Dojo cannot call it
 */
async function callEpos(
  simulation: Simulation,
  account: Account,
  name: CapabilityName,
  { input, caller }: { input: Record<string, unknown>; caller: { product: string } },
): Promise<Answered> {
  const reason = whyNotCalled(simulation, account, name)
  if (reason !== undefined) throw new Problem(422, reason.join('. '))
  try {
    const { status, noAnswer, output, refusal, contractErrors, milliseconds } = await simulation
      .eposClientOf(account)!
      .call(name, input as never, caller)
    return { status, noAnswer, output, refusal, contractErrors, milliseconds }
  } catch (error) {
    if (error instanceof SimulatedCrash) throw new Problem(409, error.message)
    throw error
  }
}

// The Dojo API as openapi/dojo-api.yaml describes it: a route for each operation, with the faults
// that are switched on for it.
import { setTimeout as wait } from 'node:timers/promises'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { dojoOperations, type DojoOperationName } from '../../contract/dojo-api.ts'
import { Problem } from '../dojo/problem.ts'
import type { Simulation } from '../dojo/simulation.ts'
import type { Account } from '../dojo/state.ts'
import { authenticate } from './authentication.ts'
import { createHandlers, type FlowTester, type Handler } from './handlers.ts'
import { createRequestReader } from './requests.ts'

export function serveDojo(
  app: FastifyInstance,
  simulation: Simulation,
  tester: FlowTester,
  onChange: () => void,
): void {
  const handlers = createHandlers(simulation, tester) as Record<
    DojoOperationName,
    Handler<DojoOperationName>
  >
  for (const operation of dojoOperations) {
    const read = createRequestReader(operation)
    app.route({
      method: operation.method,
      url: operation.path.replace(/\{(\w+)\}/g, ':$1'),
      // Before the body is read: a stranger learns nothing about it.
      onRequest: async (request) => {
        authenticate(simulation, request)
      },
      handler: async (request, reply) => {
        const account = authenticate(simulation, request)
        if (await injectFault(simulation, account, operation.name, reply)) return await reply
        const answer = handlers[operation.name](account, read(request), request.headers)
        if (operation.method !== 'GET') onChange()
        if (simulation.faultsOf(account).take('api-answer-lost', operation.name) !== undefined) {
          return cut(reply)
        }
        if (answer === undefined) return await reply.status(204).send()
        return await reply.type('application/json').send(JSON.stringify(answer))
      },
    })
  }
}

function cut(reply: FastifyReply): FastifyReply {
  reply.hijack()
  reply.raw.destroy()
  return reply
}

/** Resolves to true when the connection was cut and nothing is left to answer. @throws Problem */
async function injectFault(
  simulation: Simulation,
  account: Account,
  name: string,
  reply: FastifyReply,
): Promise<boolean> {
  const faults = simulation.faultsOf(account)
  const slow = faults.take('api-slow', name)
  if (slow !== undefined) await wait(slow.delayMs ?? 0)
  if (faults.take('api-cut', name) !== undefined) {
    cut(reply)
    return true
  }
  if (faults.take('api-401', name) !== undefined) {
    throw new Problem(401, 'The API key was rejected (injected fault).')
  }
  if (faults.take('api-429', name) !== undefined) {
    void reply.header('retry-after', '1')
    throw new Problem(429, 'Too many requests (injected fault).')
  }
  if (faults.take('api-500', name) !== undefined) {
    throw new Problem(500, 'The Dojo API failed (injected fault).')
  }
  return false
}

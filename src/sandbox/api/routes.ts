// The Dojo API as openapi/dojo-api.yaml describes it: a route for each operation, with the faults
// that are switched on for it.
import { setTimeout as wait } from 'node:timers/promises'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import {
  dojoOperations,
  type DojoOperation,
  type DojoOperationName,
} from '../../contract/dojo-api.ts'
import { Problem } from '../dojo/problem.ts'
import type { DojoCall, Simulation } from '../dojo/simulation.ts'
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
      config: { operation: operation.name },
      // Before the body is read: a stranger learns nothing about it.
      onRequest: async (request) => {
        authenticate(simulation, request)
      },
      onSend: async (request, reply, payload) => {
        noteCall(simulation, operation, { request, reply, status: reply.statusCode, payload })
      },
      handler: async (request, reply) => {
        const account = authenticate(simulation, request)
        const lost = { request, reply, status: undefined, payload: undefined }
        if (await injectFault(simulation, account, operation.name, reply)) {
          noteCall(simulation, operation, lost)
          return await reply
        }
        const answer = handlers[operation.name](account, read(request), request.headers)
        if (operation.method !== 'GET') onChange()
        if (simulation.faultsOf(account).take('api-answer-lost', operation.name) !== undefined) {
          noteCall(simulation, operation, lost)
          return cut(reply)
        }
        if (answer === undefined) return await reply.status(204).send()
        return await reply.type('application/json').send(JSON.stringify(answer))
      },
    })
  }
}

interface Answered {
  request: FastifyRequest
  reply: FastifyReply
  status: number | undefined
  payload: unknown
}

function noteCall(
  simulation: Simulation,
  { name, method }: DojoOperation,
  { request, reply, status, payload }: Answered,
): void {
  if (simulation.onDojoCall.size === 0) return
  const { headers, url, body } = request
  const text = typeof payload === 'string' ? payload : ''
  const call: DojoCall = {
    operation: name,
    key: (headers.authorization ?? '').replace(/^basic /i, ''),
    method,
    path: url,
    sent: body,
    idempotencyKey: headers['idempotencykey']?.toString(),
    version: headers['version']?.toString(),
    status,
    received: text === '' ? undefined : (JSON.parse(text) as unknown),
    milliseconds: reply.elapsedTime,
  }
  for (const listener of simulation.onDojoCall) listener(call)
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
  if (faults.take('api-400', name) !== undefined) {
    throw new Problem(400, 'The request was not accepted (injected fault).')
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

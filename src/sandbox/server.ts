// The sandbox as a whole: one HTTP server with the Dojo API, the tester tool and the controls.
import { randomUUID } from 'node:crypto'
import Fastify, { type FastifyInstance, type FastifyReply } from 'fastify'
import { parseJson, UnreadableJson } from '../contract/json.ts'
import { limits } from './limits.ts'
import { serveControls } from './api/controls.ts'
import { deliverEvent, deliverWebhook } from './dojo/event-deliveries.ts'
import { serveDojo } from './api/routes.ts'
import { serveSocketControls } from './api/socket-controls.ts'
import type { SocketTimes } from './gateway/connection.ts'
import type { Fault } from './kit/faults.ts'
import { intentOf, releaseAuthorization, reverseByDojo } from './dojo/payment-intents.ts'
import { readEntity } from './dojo/epos-events.ts'
import { badRequest, Problem, problemBody } from './dojo/problem.ts'
import { openStateFile } from './dojo/state-file.ts'
import { performStep } from './dojo/session-steps.ts'
import { createTester, type Tester } from './runs/tester.ts'
import { createSimulation, type SandboxJob, type Simulation } from './dojo/simulation.ts'

export interface SandboxOptions {
  seed?: number
  keys?: readonly string[]
  faults?: readonly Fault[]
  /** Keeps everything across restarts. */
  stateFile?: string
  /** How long Dojo waits for an EPOS to answer. */
  eposTimeoutMs?: number
  /** Replaces waiting in tests. */
  wait?: (milliseconds: number) => Promise<void>
  /** Shortens the waits of the WebSocket gateway in tests. */
  socketTimes?: Partial<SocketTimes>
}

export interface Sandbox {
  app: FastifyInstance
  simulation: Simulation
  tester: Tester
  close: () => Promise<void>
}

/** @throws Error when the state file cannot be read */
export async function createSandbox({
  seed = 1,
  keys = [],
  faults = [],
  stateFile,
  eposTimeoutMs = limits.eposTimeoutMs,
  wait,
  socketTimes,
}: SandboxOptions = {}): Promise<Sandbox> {
  const file = stateFile === undefined ? undefined : await openStateFile(stateFile)
  const perform = async (simulation: Simulation, job: SandboxJob): Promise<void> => {
    await performJob(simulation, job)
    file?.changed(simulation)
  }
  const simulation = createSimulation({
    seed: file?.restored?.seed ?? seed,
    keys,
    faults,
    eposTimeoutMs,
    perform,
    wait,
    socketTimes,
    restored: file?.restored,
  })
  file?.changed(simulation)
  const tester = createTester(simulation)
  const app = createApp(simulation, tester, () => file?.changed(simulation))
  return {
    app,
    simulation,
    tester,
    close: async () => {
      // The server waits for its WebSockets to end.
      simulation.gateway.end()
      await app.close()
      await simulation.close()
      await file?.close(simulation)
    },
  }
}

/** The HTTP server: Dojo's API, the WebSocket gateway and the controls. */
export function createApp(
  simulation: Simulation,
  tester: Tester,
  onChange: () => void,
): FastifyInstance {
  const app = Fastify({
    bodyLimit: limits.maxBodyBytes,
    routerOptions: { maxParamLength: limits.maxPathParameterCharacters },
    // Errors of the router itself.
    frameworkErrors: (error, request, reply) => {
      void sendProblem(
        new Problem(error.code === 'FST_ERR_MAX_PARAM_LENGTH' ? 404 : 400, error.message),
        request,
        reply,
      )
    },
  })
  readBodies(app)
  answerProblems(app)
  serveDojo(app, simulation, tester, onChange)
  serveControls(app, simulation, onChange)
  serveSocketControls(app, simulation)
  simulation.gateway.serve(app.server)
  return app
}

async function performJob(simulation: Simulation, job: SandboxJob): Promise<void> {
  const account = simulation.account(job.key)
  switch (job.kind) {
    case 'deliver-webhook':
      await deliverWebhook(simulation, account, job)
      break
    case 'deliver-event':
      await deliverEvent(simulation, account, job)
      break
    case 'read-entity':
      await readEntity(simulation, account, job.eventType, job.id)
      break
    case 'session-step':
      performStep(simulation, account, job)
      break
    case 'reverse':
      reverseByDojo(simulation, account, intentOf(account, job.paymentIntentId))
      break
    case 'release-authorization':
      releaseAuthorization(simulation, account, job.paymentIntentId)
      break
  }
}

function readBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => {
    if (body === '') {
      done(null, undefined)
      return
    }
    try {
      done(null, parseJson(body as string))
    } catch (error) {
      done(error instanceof UnreadableJson ? badRequest(error.message) : (error as Error))
    }
  })
}

function answerProblems(app: FastifyInstance): void {
  app.setNotFoundHandler((request) => {
    throw new Problem(
      404,
      `There is no ${request.method} ${request.url.split('?')[0]} here. ` +
        'GET /sandbox lists what there is.',
    )
  })
  app.setErrorHandler(async (error: Error & { statusCode?: number }, request, reply) => {
    const problem =
      error instanceof Problem ? error : new Problem(error.statusCode ?? 500, error.message)
    if (problem.status >= 500 && !(error instanceof Problem)) {
      process.stderr.write(`${request.method} ${request.url}: ${error.stack}\n`)
    }
    await sendProblem(problem, request, reply)
  })
}

async function sendProblem(
  problem: Problem,
  { url }: { url: string },
  reply: FastifyReply,
): Promise<void> {
  await reply
    .status(problem.status)
    .type('application/problem+json')
    .send(JSON.stringify(problemBody(problem, randomUUID(), url)))
}

// The sandbox as a whole: one HTTP server with the Dojo API, the tester tool and the controls.
import { randomUUID } from 'node:crypto'
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { parseJson, UnreadableJson } from '../contract/json.ts'
import { servePage } from '../page/serve.ts'
import { limits } from './limits.ts'
import { serveAccount } from './api/account.ts'
import { serveBench } from './api/bench.ts'
import { serveCertification } from './api/certification.ts'
import { serveGuests } from './api/guests.ts'
import { keyOf } from './api/key.ts'
import { serveControls } from './api/controls.ts'
import { deliverEvent, deliverWebhook } from './dojo/event-deliveries.ts'
import { serveDojo } from './api/routes.ts'
import { serveSocketControls } from './api/socket-controls.ts'
import { recordDojoCalls, serveWire } from './api/wire.ts'
import { createBench } from './bench/bench.ts'
import type { SocketTimes } from './gateway/connection.ts'
import type { Fault } from './kit/faults.ts'
import { intentOf, releaseAuthorization, reverseByDojo } from './dojo/payment-intents.ts'
import { readEntity } from './dojo/epos-events.ts'
import { badRequest, Problem, problemBody } from './dojo/problem.ts'
import { openStateFile } from './dojo/state-file.ts'
import { performStep } from './dojo/session-steps.ts'
import { createCertifications } from './runs/certification.ts'
import { createTester, type Tester } from './runs/tester.ts'
import { createLive } from './wire/live.ts'
import { createWire } from './wire/wire.ts'
import { createSimulation, type SandboxJob, type Simulation } from './dojo/simulation.ts'

export interface SandboxOptions {
  seed?: number
  keys?: readonly string[]
  faults?: readonly Fault[]
  /** Keeps everything across restarts. */
  stateFile?: string
  /** An IANA name: by which clock bills and receipts are printed. */
  timeZone?: string
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
  timeZone = 'Europe/London',
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
  await serveFace(app, simulation, timeZone)
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

/** What people look at and touch: card machines, the wire, and the page that shows them. */
async function serveFace(
  app: FastifyInstance,
  simulation: Simulation,
  timeZone: string,
): Promise<void> {
  const live = createLive()
  const wire = createWire(live)
  simulation.onExchange.add((account, exchange) => {
    wire.recordExchange(account, exchange, simulation.clock.now())
  })
  app.addHook('onResponse', async ({ method, url, headers }, { statusCode }) => {
    if (method === 'GET' || statusCode >= 300) return
    if (url.startsWith('/sandbox/faults')) live.publish(keyOf(headers), 'faults', null)
    if (url.startsWith('/epos/integrations')) live.publish(keyOf(headers), 'account', null)
  })
  serveAccount(app, simulation, { timeZone })
  const certifications = createCertifications(simulation, live)
  serveCertification(app, simulation, certifications)
  const bench = createBench(simulation, live, { timeZone, isBusy: certifications.isRunning })
  serveBench(app, simulation, bench)
  recordDojoCalls(app, simulation, wire)
  serveWire(app, simulation, { wire, live })
  serveGuests(app, simulation)
  await servePage(app, {
    name: 'sandbox',
    path: '',
    prefix: '',
    below: true,
    toOthers: (request) => {
      throw noSuchRoute(request)
    },
  })
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
    case 'counter-record':
      simulation.counter.sendAgain(account, job.paymentId)
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
    throw noSuchRoute(request)
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

function noSuchRoute({ method, url }: FastifyRequest): Problem {
  return new Problem(
    404,
    `There is no ${method} ${url.split('?')[0]} here. GET /sandbox lists what there is.`,
  )
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

// The factory of the server: what production boots and what the tests boot.
import { randomUUID } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import underPressure from '@fastify/under-pressure'
import Fastify, {
  LogController,
  type FastifyInstance,
  type FastifyRequest,
  type FastifyServerOptions,
} from 'fastify'
import type pg from 'pg'
import { destination } from 'pino'
import { handlers as allHandlers } from './dojo/capabilities/index.ts'
import type { Deps, Handlers } from './dojo/capabilities/handler.ts'
import type { Config } from './config.ts'
import { Unavailable } from './domain/errors.ts'
import { newId, type NewId } from './domain/ids.ts'
import { answerFor, noSuchRoute, sendAnswer, type ErrorBody } from './http/errors.ts'
import { dojoRest } from './dojo/rest/index.ts'
import { dojoWebhooks, type FindSender } from './dojo/webhooks/index.ts'
import { createDojoAgent, createDojoClient } from './dojo/client/index.ts'
import { refuseOtherMethods } from './http/methods.ts'
import { limits } from './limits.ts'
import { createJobWorker, type JobWorker } from './dojo/jobs/worker.ts'
import { jobRunners } from './dojo/jobs/runners.ts'
import { createAskForIntent, cannotAskForIntent, type AskForIntent } from './dojo/jobs/ask-dojo.ts'
import { createLostReplies, type LostReplies } from './dojo/jobs/lost-replies.ts'
import { createNightly, type Nightly } from './dojo/jobs/nightly.ts'
import { cannotRefundAtDojo, createRefundAtDojo } from './dojo/jobs/refund.ts'
import { createAuthenticate } from './dojo/rest/credential-cache.ts'
import { serveDocs } from './http/docs.ts'
import { serveHealth } from './http/health.ts'
import { createHousekeeping } from './till/kit/housekeeping.ts'
import { createMetrics, serveMetrics, type Metrics } from './http/metrics.ts'
import { loggableError, logRequest } from './http/call-log.ts'
import { createStore, type Store } from './store/index.ts'
import { createPool } from './store/database/pool.ts'
import { findWebhookVenue } from './store/venue/webhook-secrets.ts'
import { BASE as TILL_BASE, tillDocument } from './till/kit/document.ts'
import { sendProblem, tillApi } from './till/index.ts'
import type { TillDeps } from './till/kit/operation.ts'
import type { RefundAtDojo } from './actions/payments/refund-at-dojo.ts'
import { createStream, type StreamPace } from './till/feed/stream-hub.ts'
import type { CallTill } from './operator/demo.ts'
import { unseal, type Sealed } from './operator/secrets.ts'
import { secretsKeyOf } from './operator/secrets-key.ts'
import { createToken, revokeToken } from './operator/tokens.ts'

export interface ServerOptions {
  config: Readonly<Config>
  /** Where the data is: config.databaseUrl, or the embedded database's. */
  databaseUrl: string
}

/** For tests: each replaces a part of what production uses. */
export interface Overrides {
  newId?: NewId
  nowMs?: () => number
  handlers?: Partial<Handlers>
  refundAtDojo?: (real: RefundAtDojo) => RefundAtDojo
  logger?: FastifyServerOptions['loggerInstance']
  stream?: Partial<StreamPace>
  /** Told of every instance before its routes are added. */
  prepare?: (app: FastifyInstance) => void
}

export interface Server {
  app: FastifyInstance
  store: Store
  pool: pg.Pool
  /** Undefined where there is nobody to tell. */
  jobs: JobWorker | undefined
  /** Undefined where there is nobody to ask. */
  nightly: Nightly | undefined
  /**
   * Lets `work` call the till API as an owner of the venue, with a token that ends with it.
   * @throws Refusal NotFound: no such venue
   */
  asOwner: <Result>(
    locationId: string,
    work: (call: CallTill) => Promise<Result>,
  ) => Promise<Result>
  /** Lets requests in flight finish, then gives the connections back. */
  close: () => Promise<void>
}

export async function createServer(
  { config, databaseUrl }: ServerOptions,
  overrides: Overrides = {},
): Promise<Server> {
  const pool = createPool({
    databaseUrl,
    poolSize: config.databasePoolSize,
    applicationName: 'epos server',
  })
  const store = createStore(pool)
  const app = createApp(config, overrides)
  const metrics = createMetrics(pool, store.database)
  const open = openerOf(config)
  const talk = createTalk(config, store, app, metrics, open, overrides.newId ?? newId)
  const handlers = { ...allHandlers, ...overrides.handlers }
  const deps: Deps = {
    store,
    newId: overrides.newId ?? newId,
    askForIntent: talk?.askForIntent ?? cannotAskForIntent,
    countPayment: metrics.countPayment,
    notice: (caller, message, detail) => {
      app.log.warn({ venue: caller.locationId, ...detail }, message)
    },
  }
  const stream = createStream(store.database, overrides.stream)
  const till: TillDeps = {
    store,
    newId: deps.newId,
    refundAtDojo: (overrides.refundAtDojo ?? ((real) => real))(
      talk?.refundAtDojo ?? cannotRefundAtDojo,
    ),
    stream,
    notice: (locationId, message, detail) => {
      app.log.warn({ venue: locationId, ...detail }, message)
    },
  }

  overrides.prepare?.(app)
  // Before the server waits for what is in flight, which streams would be for ever.
  app.addHook('preClose', stream.stop)
  app.addHook('onResponse', (request, reply, done) => {
    logRequest(request, reply, reply.elapsedTime)
    metrics.observeRequest(request, reply.statusCode, reply.elapsedTime / 1000)
    done()
  })
  await app.register(underPressure, {
    maxEventLoopDelay: limits.maxEventLoopDelayMs,
    // Health and metrics are wanted most of all then.
    pressureHandler: ({ routeOptions: { config } }) => {
      if (config.capability !== undefined || config.webhook === true || config.till !== undefined) {
        throw new Unavailable('overloaded')
      }
    },
  })
  await app.register(
    async (prefixed) => {
      serveHealth(prefixed, pool)
      if (config.metrics) serveMetrics(prefixed, metrics)
      if (config.docs) {
        await serveDocs(prefixed, config.routePrefix, tillDocument(config.routePrefix))
      }
      const authenticate = createAuthenticate(store.database, overrides.nowMs ?? Date.now)
      await dojoRest(prefixed, {
        deps,
        handlers,
        authenticate,
        replyLost: talk?.replyLost ?? (() => {}),
      })
      await dojoWebhooks(prefixed, {
        deps,
        handleEvent: handlers.HandleEvent,
        findSender: senderFinder(store, open),
      })
      await tillApi(prefixed, {
        deps: till,
        describe: answerFor,
        noSuchRoute,
        loggableError,
        refuseOtherMethods,
      })
    },
    { prefix: config.routePrefix },
  )
  await app.ready()
  talk?.start()
  const housekeeping = createHousekeeping(store.database)
  housekeeping.start()

  return {
    app,
    store,
    pool,
    jobs: talk?.jobs,
    nightly: talk?.nightly,
    async asOwner(locationId, work) {
      const { tokenId, token } = await createToken(store.prisma, locationId, {
        role: 'owner',
        tillName: 'EPOS server',
      })
      try {
        return await work(callerOf(app, config.routePrefix + TILL_BASE, token))
      } finally {
        await revokeToken(store.prisma, locationId, tokenId)
      }
    },
    async close() {
      await app.close()
      await talk?.stop()
      await housekeeping.stop()
      await store.prisma.$disconnect()
      await pool.end()
    },
  }
}

/**
 * Calls the server without a network. Just after its start a busy machine may still look
 * overloaded, which is waited for.
 */
const callerOf =
  (app: FastifyInstance, base: string, token: string): CallTill =>
  async (method, path, body) => {
    for (let waits = 0; app.isUnderPressure() && waits < limits.ownCallWaits; waits++) {
      await setTimeout(limits.ownCallWaitMs)
    }
    const { statusCode, payload } = await app.inject({
      method,
      url: base + path,
      headers: { authorization: `Bearer ${token}` },
      ...(body === undefined ? {} : { payload: body }),
    })
    if (statusCode >= 400) {
      throw new Error(
        `${method} ${path} was refused: ${(JSON.parse(payload) as { detail: string }).detail}`,
      )
    }
    return JSON.parse(payload)
  }

type Open = (sealed: Buffer, locationId: string, what?: Sealed) => string

/** Opens what is kept sealed for a venue. */
const openerOf =
  ({ secretsKey, dataDir, databaseUrl }: Readonly<Config>): Open =>
  (sealed, locationId, what) =>
    unseal(
      sealed,
      secretsKeyOf({ secretsKey, dataDir, embedded: databaseUrl === undefined }),
      locationId,
      what,
    )

const senderFinder =
  ({ database }: Store, open: Open): FindSender =>
  async (locationId) => {
    const found = await findWebhookVenue(database, locationId)
    return (
      found && {
        venue: found.venue,
        secrets: found.sealedSecrets.map(
          (sealed) => () => open(sealed, locationId, 'webhook secret'),
        ),
      }
    )
  }

/** What this server says to Dojo by itself, and asks. */
interface Talk {
  jobs: JobWorker
  nightly: Nightly
  askForIntent: AskForIntent
  refundAtDojo: RefundAtDojo
  replyLost: LostReplies['note']
  start: () => void
  stop: () => Promise<void>
}

/** Nothing, unless Dojo has given the EPOS company its id. */
function createTalk(
  { dojoApiUrl: apiUrl, softwareHouseId, resellerId }: Readonly<Config>,
  { database }: Store,
  app: FastifyInstance,
  metrics: Metrics,
  openKey: Open,
  newId: NewId,
): Talk | undefined {
  if (softwareHouseId === undefined) return undefined
  const agent = createDojoAgent()
  const way = {
    database,
    openKey,
    connect: (key: string) => createDojoClient({ apiUrl, key, softwareHouseId, resellerId, agent }),
    notice: (locationId: string, message: string, detail: object) => {
      app.log.warn({ venue: locationId, ...detail }, message)
    },
  }
  const jobs = createJobWorker({
    ...way,
    run: jobRunners({ ...way, newId, onOutcome: metrics.countCheck }),
    onOutcome: metrics.countJob,
  })
  const nightly = createNightly(database)
  const lostReplies = createLostReplies(database)
  return {
    jobs,
    nightly,
    askForIntent: createAskForIntent(way),
    refundAtDojo: createRefundAtDojo(way),
    replyLost: lostReplies.note,
    start: () => {
      jobs.start()
      lostReplies.start()
      nightly.start()
    },
    stop: async () => {
      lostReplies.stop()
      await nightly.stop()
      await jobs.stop()
      await agent.destroy()
    },
  }
}

function createApp(config: Readonly<Config>, { logger }: Overrides): FastifyInstance {
  // A write for each line would cost as much as a request's own work; lines wait for others, but
  // not for long.
  const logs = destination({
    dest: 1,
    sync: false,
    minLength: limits.logBufferBytes,
    periodicFlush: limits.logFlushMs,
  })
  const app = Fastify({
    ...(logger === undefined
      ? { logger: { level: config.logLevel, base: null, stream: logs } }
      : { loggerInstance: logger }),
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: ({ headers }) => {
      const traceId = traceIdOf(headers['traceparent'])
      // Whoever traces goes on from the same id as the log and the answer.
      headers['traceparent'] ??= `00-${traceId}-${traceId.slice(16)}-01`
      return traceId
    },
    trustProxy: config.trustProxy as boolean, // a number of hops works too, which its type does not know
    bodyLimit: limits.maxBodyBytes,
    connectionTimeout: limits.requestReceiveTimeoutMs,
    requestTimeout: limits.requestReceiveTimeoutMs,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    http: { maxHeaderSize: limits.maxHeaderBytes, headersTimeout: limits.headersReceiveTimeoutMs },
    routerOptions: { maxParamLength: limits.maxPathParameterCharacters },
    // What arrives before its connection has ended is answered, not turned away: see
    // endConnectionsOnClose.
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    // Before there is a route: no hook has run, and none will.
    frameworkErrors: (error, request, reply) => {
      reply.headers(headersOf(request))
      if (request.url.startsWith(`${config.routePrefix}${TILL_BASE}/`)) {
        sendProblem(request, reply, error, answerFor)
      } else sendAnswer(request, reply, answerFor(error))
      logRequest(request, reply, reply.elapsedTime)
    },
    clientErrorHandler: (error, socket) => {
      if (!socket.writable) return
      const tooLarge = error.code === 'HPE_HEADER_OVERFLOW'
      const late = error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
      const status = tooLarge
        ? '431 Request Header Fields Too Large'
        : late
          ? '408 Request Timeout'
          : '400 Bad Request'
      const debugMessage = tooLarge
        ? 'The request headers are larger than this server takes.'
        : late
          ? 'The request took too long to arrive.'
          : 'The request is not valid HTTP.'
      const body: ErrorBody = {
        errorType: 'InvalidRequest',
        debugMessage,
        traceId: traceIdOf(undefined),
      }
      const text = JSON.stringify(body)
      socket.end(
        `HTTP/1.1 ${status}\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(text)}\r\nTrace-Id: ${body.traceId}\r\nConnection: close\r\n\r\n${text}`,
      )
    },
  }) as unknown as FastifyInstance
  app.decorateRequest('refusal', null)
  app.addHook('onClose', async () => {
    await new Promise<void>((resolve) => {
      logs.flush(() => {
        resolve()
      })
    })
  })
  app.addHook('onRequest', (request, reply, done) => {
    reply.headers(headersOf(request))
    done()
  })
  endConnectionsOnClose(app)
  app.setErrorHandler((error, request, reply) => {
    const answer = answerFor(error)
    if (answer.status >= 500) {
      app.log.error({ traceId: request.id, error: loggableError(error) }, 'unexpected error')
    }
    return sendAnswer(request, reply, answer)
  })
  app.setNotFoundHandler((request, reply) => sendAnswer(request, reply, noSuchRoute(request)))
  return app
}

/**
 * What is in flight when the server stops is answered, and told that its connection ends; then the
 * connections that are left are cut. Node would wait for those that have not asked for anything
 * yet.
 */
function endConnectionsOnClose(app: FastifyInstance): void {
  let inFlight = 0
  let stopping = false
  app.addHook('onRequest', (_request, { raw }, done) => {
    inFlight++
    // Also of a caller that left before its answer, of which no other hook tells.
    raw.once('close', () => {
      inFlight--
    })
    done()
  })
  app.addHook('onSend', (_request, reply, _payload, done) => {
    if (stopping) reply.header('connection', 'close')
    done()
  })
  app.addHook('preClose', (done) => {
    stopping = true
    if (!app.server.listening) {
      done()
      return
    }
    const cut = setInterval(() => {
      if (inFlight === 0) app.server.closeAllConnections()
    }, limits.closePollMs)
    app.server.once('close', () => {
      clearInterval(cut)
    })
    cut.unref()
    done()
  })
}

const headersOf = ({ id }: FastifyRequest) => ({
  'trace-id': id,
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
})

/** The caller's trace (W3C Trace Context) when it sent one, else a new one. */
function traceIdOf(traceparent: unknown): string {
  const given =
    typeof traceparent === 'string'
      ? /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/.exec(
          traceparent,
        )?.[1]
      : undefined
  return given ?? randomUUID().replaceAll('-', '')
}

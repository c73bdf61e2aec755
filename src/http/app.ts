// The Fastify app that every HTTP face is added to: trace ids, headers, limits, errors, one log
// line per call, and an orderly end.
import Fastify, {
  LogController,
  type FastifyInstance,
  type FastifyRequest,
  type FastifyServerOptions,
} from 'fastify'
import type { DestinationStream } from 'pino'
import type { VenueCaller } from '../domain/caller.ts'
import { Busy, invalid, Unavailable } from '../domain/errors.ts'
import { watchEventLoop } from '../lib/event-loop.ts'
import { limits } from '../limits.ts'
import { hearArrivalsInTurns } from './arrivals.ts'
import type { CallRecord, Served } from './call.ts'
import { httpRecord } from './call-log.ts'
import {
  answerClientError,
  answerForNode,
  endConnectionsOnClose,
  hostFault,
} from './connections.ts'
import { answerFor, noSuchRoute, sendAnswer, sendError } from './errors.ts'
import type { SendError } from './errors.ts'
import { openLogOutput } from './log-output.ts'
import { loggableError } from './loggable.ts'
import { createCallLog, type CallLog } from './stranger-log.ts'
import { traceIdOfRequest } from './trace-id.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Set on the routes of our APIs, not on those for operators. */
    serves?: Served
  }
  interface FastifyInstance {
    callLog: CallLog
    isOverloaded: () => boolean
  }
  interface FastifyRequest {
    /** Null until the credential has been accepted. */
    caller: VenueCaller | null
    /** What dispatch recorded of the call; null where it was not dispatched. */
    call: CallRecord | null
  }
}

export interface AppOptions {
  logLevel: string
  trustProxy: boolean | number | string
  /** Replaces the log on standard output. */
  logger?: FastifyServerOptions['loggerInstance'] | undefined
  /** Below these paths, errors before routing are sent in another form than Dojo's. */
  otherErrors: { below: readonly string[]; send: SendError }
  onCall: (record: CallRecord) => void
  /** Other processes write to the same standard output. */
  sharesOutput?: boolean | undefined
  /** Called with the app before anything is added to it. */
  prepare?: ((app: FastifyInstance) => void) | undefined
}

export async function createApp(options: AppOptions): Promise<FastifyInstance> {
  const logs = await openLogOutput(process.stdout, options)
  const app = newFastify(options, logs.stream)
  options.prepare?.(app)
  app.decorateRequest('caller', null)
  app.decorateRequest('call', null)
  app.decorateRequest('refusal', null)
  app.decorate('callLog', createCallLog(app.log))
  app.addHook('onClose', async () => {
    app.callLog.end()
    await logs.flush()
  })
  app.addHook('onRequest', (request, reply, done) => {
    reply.headers(headersOf(request))
    done(hostFault(request) ?? queryFault(request))
  })
  // Before the body: nobody's credential was asked for, and nothing wants it.
  app.addHook('preParsing', (request, _reply, _payload, done) => {
    done(request.is404 ? noSuchRoute(request) : undefined)
  })
  answerForNode(app)
  hearArrivalsInTurns(app.server)
  endConnectionsOnClose(app)
  app.setErrorHandler((error, request, reply) => {
    const answer = answerFor(error)
    if (answer.status >= 500) logUnexpected(app, request.id, error)
    return sendAnswer(request, reply, answer)
  })
  app.setNotFoundHandler((request, reply) => sendError(request, reply, noSuchRoute(request)))
  app.addHook('onResponse', (request, reply, done) => {
    const record = httpRecord(request, reply)
    app.callLog.write(record)
    options.onCall(record)
    done()
  })
  refuseWhenOverloaded(app)
  return app
}

/** Logs the details of an error, which the caller does not get. */
export function logUnexpected({ log }: FastifyInstance, traceId: string, error: unknown): void {
  if (error instanceof Busy) return
  log.error({ traceId, error: loggableError(error) }, 'unexpected error')
}

function newFastify(
  { logLevel, trustProxy, logger, otherErrors }: AppOptions,
  logs: DestinationStream,
): FastifyInstance {
  const app = Fastify({
    ...(logger === undefined
      ? { logger: { level: logLevel, base: null, stream: logs } }
      : { loggerInstance: logger }),
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: ({ headers }) => traceIdOfRequest(headers),
    trustProxy: trustProxy as boolean, // a number of hops works too, which its type does not know
    bodyLimit: limits.maxBodyBytes,
    connectionTimeout: limits.connectionIdleTimeoutMs,
    requestTimeout: limits.requestReceiveTimeoutMs,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    http: {
      requireHostHeader: false,
      maxHeaderSize: limits.maxHeaderBytes,
      headersTimeout: limits.headersReceiveTimeoutMs,
      connectionsCheckingInterval: limits.slowSenderCheckMs,
    },
    routerOptions: { maxParamLength: limits.maxPathParameterCharacters },
    // A request that arrives before its connection has ended is still answered: see
    // endConnectionsOnClose.
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    // Before there is a route no hook has run, and none will.
    frameworkErrors: (error, request, reply) => {
      reply.headers(headersOf(request))
      const isOther = otherErrors.below.some((path) => request.url.startsWith(`${path}/`))
      const send = isOther ? otherErrors.send : sendError
      send(request, reply, error)
      request.server.callLog.write(httpRecord(request, reply))
    },
    clientErrorHandler: answerClientError,
  })
  return app as unknown as FastifyInstance
}

/** Bodies are checked when they are parsed, and ids in paths by their shape. */
function queryFault({ url, routeOptions }: FastifyRequest): Error | undefined {
  if (routeOptions.schema?.querystring === undefined) return undefined
  const [, query = ''] = url.split('?')
  if (!query.includes('%00')) return undefined
  return invalid('The query contains the character U+0000, which cannot be searched for.')
}

function headersOf({ id }: FastifyRequest): Record<string, string> {
  return { 'trace-id': id, 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' }
}

function refuseWhenOverloaded(app: FastifyInstance): void {
  const watch = watchEventLoop({
    lateMs: limits.maxEventLoopDelayMs,
    checks: limits.eventLoopLateChecks,
    checkMs: limits.eventLoopCheckMs,
  })
  app.decorate('isOverloaded', watch.isLate)
  app.addHook('onRequest', ({ routeOptions: { config } }, _reply, done) => {
    // Health and metrics stay: they are needed most when the server is overloaded.
    const isRefused = config.serves !== undefined && app.isOverloaded()
    done(isRefused ? new Unavailable('overloaded') : undefined)
  })
  app.addHook('onClose', (_app, done) => {
    watch.stop()
    done()
  })
}

/** Tells the log about something that a venue's staff should know. */
export function noticesOf({ log }: FastifyInstance) {
  return (locationId: string, message: string, detail: object): void => {
    log.warn({ venue: locationId, ...detail }, message)
  }
}

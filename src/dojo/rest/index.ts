// The EPOS Data API over HTTP. Every route comes from the document, every handler from the
// capability table: authenticate, validate, hand over, serialise.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Deps, Handlers, VenueCaller } from '../capabilities/handler.ts'
import { paymentsIn } from '../capabilities/payments-in.ts'
import type { CapabilityName } from '../../contract/capabilities.ts'
import {
  component,
  operations,
  shapeOf,
  type JsonSchema,
  type Operation,
} from '../../contract/document.ts'
import { parseJson } from '../../contract/json.ts'
import { compileSchema } from '../../contract/validation.ts'
import { invalid } from '../../domain/errors.ts'
import { registerAuthentication, type Authenticate } from './authentication.ts'
import { noSuchRoute, sendAnswer } from '../../http/errors.ts'
import { refuseOtherMethods } from '../../http/methods.ts'

export interface DojoRestOptions {
  deps: Deps
  handlers: Handlers
  authenticate: Authenticate
  /** Told of payments whose answer was not sent. */
  replyLost: (locationId: string, paymentIntentIds: readonly string[]) => void
}

/**
 * All operations of the document live under this, and so does what their 404 and 401 are given for.
 */
const BASE = '/v1'

declare module 'fastify' {
  interface FastifyContextConfig {
    capability?: CapabilityName
  }
}

export async function dojoRest(parent: FastifyInstance, options: DojoRestOptions): Promise<void> {
  const { handlers, authenticate } = options
  await parent.register(
    async (app) => {
      await registerAuthentication(app, authenticate)
      app.removeAllContentTypeParsers()
      app.addContentTypeParser(
        'application/json',
        { parseAs: 'string' },
        async (_request: FastifyRequest, body: string) =>
          body === '' ? undefined : parseJson(body),
      )
      app.setValidatorCompiler<JsonSchema>(({ schema }) => compileSchema(schema))
      app.setNotFoundHandler((request, reply) => sendAnswer(request, reply, noSuchRoute(request)))

      for (const operation of operations) {
        route(app, operation, handlers[operation.name] as AnyHandler, options)
      }
      for (const [path, allowed] of methodsByPath()) {
        refuseOtherMethods(app, { url: urlOf(path), path, allowed })
      }
    },
    { prefix: BASE },
  )
}

type AnyHandler = (deps: Deps, caller: VenueCaller, input: object) => Promise<unknown>

function route(
  app: FastifyInstance,
  { name, method, path, pathParameters, body, answer }: Operation,
  handler: AnyHandler,
  { deps, replyLost }: DojoRestOptions,
): void {
  const payments = paymentsIn(name)
  const error = shapeOf(component('EPOSError'))
  const hasPath = pathParameters.length > 0
  app.route({
    method,
    url: urlOf(path),
    schema: {
      ...(body === undefined ? {} : { body }),
      response: {
        ...(answer === undefined ? {} : { 200: shapeOf(answer) }),
        '4xx': error,
        '5xx': error,
      },
    },
    config: { capability: name },
    handler: async (request, reply) => {
      const { caller, body, params } = request
      if (hasPath) checkPath(params as Record<string, string>)
      // What the path says wins over a field of the same name that the schema does not know.
      const input = { ...(body as object), ...(params as object) }
      const answering = handler(deps, caller!, input)
      if (payments !== undefined) {
        unlessAnswered(request, reply, answering, () => {
          replyLost(caller!.locationId, payments(input))
        })
      }
      const output = await answering
      return answer === undefined ? reply.send() : output
    },
  })
}

/**
 * Calls `lost` once the call is over, where its answer was not handed to the connection, or was a
 * fault of ours: what was asked may be done all the same.
 */
function unlessAnswered(
  { raw: { socket } }: FastifyRequest,
  { raw }: FastifyReply,
  answering: Promise<unknown>,
  lost: () => void,
): void {
  let isAnswered = false
  const ended = new Promise<void>((resolve) => {
    const end = (): void => {
      socket.off('close', end)
      resolve()
    }
    raw.once('finish', () => {
      isAnswered = raw.statusCode < 500
      end()
    })
    if (socket.destroyed) end()
    else socket.once('close', end)
  })
  void Promise.allSettled([answering, ended]).then(() => {
    if (!isAnswered) lost()
  })
}

function checkPath(parameters: Record<string, string>): void {
  for (const [name, value] of Object.entries(parameters)) {
    if (value.includes('\0')) {
      throw invalid(`The ${name} in the URL contains the character U+0000, which no id does.`)
    }
  }
}

/** `/v1/orders/{orderId}` as the router writes it below `/v1`. */
const urlOf = (path: string): string => path.slice(BASE.length).replaceAll(/\{(\w+)\}/g, ':$1')

function methodsByPath(): Map<string, string[]> {
  const methods = new Map<string, string[]>()
  for (const { path, method } of operations) {
    methods.set(path, [...(methods.get(path) ?? []), method, ...(method === 'GET' ? ['HEAD'] : [])])
  }
  return methods
}

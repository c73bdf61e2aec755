// The EPOS Data API over HTTP. Routes come from the document; what a call does is decided by
// dispatch. This room adds the credential, the body, the status and whether the answer was sent.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { operations, type Operation } from '../../contract/document.ts'
import { takeJson } from '../../http/bodies.ts'
import { noSuchRoute, sendAnswer, sendError, withStatus } from '../../http/errors.ts'
import { refuseOtherMethods, routerPath } from '../../http/methods.ts'
import { createVenueTurns } from '../../http/venue-turns.ts'
import type { Call, Dispatch } from '../dispatch.ts'
import { answerShape, errorShape } from '../answers.ts'
import { registerAuthentication, type Authenticate } from './authentication.ts'
import { isSearch, sendPage } from './older-guide.ts'

export interface DojoRestOptions {
  dispatch: Dispatch
  authenticate: Authenticate
}

/**
 * Every operation of the document is below this path, and so are the 404 and 401 that are given
 * in its name.
 */
const BASE = '/v1'

const routes = operations.map(({ method, path }) => ({ method, path: path.slice(BASE.length) }))

export async function dojoRest(
  parent: FastifyInstance,
  { dispatch, authenticate }: DojoRestOptions,
): Promise<void> {
  await parent.register(
    async (app) => {
      await registerAuthentication(app, authenticate)
      app.addHook('preParsing', createVenueTurns().take)
      takeJson(app)
      app.setNotFoundHandler((request, reply) => sendError(request, reply, noSuchRoute(request)))
      for (const operation of operations) addRoute(app, operation, dispatch)
      refuseOtherMethods(app, routes, BASE)
    },
    { prefix: BASE },
  )
}

function addRoute(app: FastifyInstance, operation: Operation, dispatch: Dispatch): void {
  const { name, method, path } = operation
  const answer = answerShape(name)
  const readInput = inputReader(operation)
  app.route({
    method,
    url: routerPath(path.slice(BASE.length)),
    schema: {
      response: {
        ...(answer === undefined ? {} : { 200: answer }),
        '4xx': errorShape,
        '5xx': errorShape,
      },
    },
    config: { serves: { api: 'dojo', name } },
    handler: async (request, reply) => {
      const input = readInput(request)
      const asked = name === 'CreateOrder' && isSearch(input) ? 'SearchOrders' : name
      const { call, output, error } = await dispatch(asked, request.caller!, input, {
        transport: 'rest',
        traceId: request.id,
      })
      request.call = call
      if (call.paymentIntentIds.length > 0) tellWhetherAnswered(call, request, reply)
      if (error !== undefined) return sendAnswer(request, reply, withStatus(error))
      if (asked !== name) return sendPage(reply, output)
      return answer === undefined ? reply.send() : output
    },
  })
}

/**
 * Reads body and path parameters into one object; the path has the last word. A body that is no
 * object stays as it is, to be refused.
 */
function inputReader({ body: schema, pathParameters }: Operation) {
  return ({ body = null, params }: FastifyRequest): unknown => {
    if (schema === undefined) return params
    if (typeof body !== 'object' || body === null || Array.isArray(body)) return body
    return pathParameters.length === 0 ? body : { ...body, ...(params as object) }
  }
}

/**
 * The answer counts as sent once the connection has taken all of it. A call that outlives its
 * connection is lost, although what it asked for may have been done.
 */
function tellWhetherAnswered(
  call: Call,
  { raw: { socket } }: FastifyRequest,
  { raw }: FastifyReply,
): void {
  if (socket.destroyed) {
    call.lost()
    return
  }
  const lost = (): void => {
    call.lost()
  }
  socket.once('close', lost)
  raw.once('finish', () => {
    socket.off('close', lost)
    // A serialiser may still have failed.
    if (raw.statusCode < 500) call.answered()
    else call.lost()
  })
}

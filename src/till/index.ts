// The till API over HTTP: every route comes from the list of operations. Authenticate, check the
// role, validate, hand over.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { parseJson } from '../contract/json.ts'
import { contentHash } from '../domain/content-hash.ts'
import { invalid, Refusal } from '../domain/errors.ts'
import { limits } from '../limits.ts'
import { keepAnswer, reserveKey } from '../store/database/idempotency.ts'
import { NotSignedIn, registerTokens } from './kit/authentication.ts'
import { BASE } from './kit/document.ts'
import { serveStream } from './feed/stream.ts'
import type { Answered, Operation, TextAnswer, TillCaller, TillDeps } from './kit/operation.ts'
import { operations } from './operations.ts'
import { problemOf, type Description } from './kit/problems.ts'
import { validatorOf } from './kit/validation.ts'

export interface TillOptions {
  deps: TillDeps
  /** What is not the till's own to describe. */
  describe: (error: unknown) => Description
  noSuchRoute: (request: FastifyRequest) => Description
  loggableError: (error: unknown) => object
  refuseOtherMethods: (
    app: FastifyInstance,
    path: { url: string; path: string; allowed: readonly string[] },
  ) => void
}

declare module 'fastify' {
  interface FastifyContextConfig {
    till?: string
  }
}

export async function tillApi(parent: FastifyInstance, options: TillOptions): Promise<void> {
  const { deps, describe, noSuchRoute, loggableError, refuseOtherMethods } = options
  await parent.register(
    async (app) => {
      app.removeAllContentTypeParsers()
      app.addContentTypeParser(
        'application/json',
        { parseAs: 'string' },
        async (_request: FastifyRequest, body: string) =>
          body === '' ? undefined : parseJson(body),
      )
      app.setValidatorCompiler<object>(
        ({ schema, httpPart }) => validatorOf(schema, httpPart) as never,
      )
      app.setSerializerCompiler(() => JSON.stringify)
      app.setErrorHandler((error, request, reply) => {
        const sent = sendProblem(request, reply, error, describe)
        if (reply.statusCode >= 500) {
          app.log.error({ traceId: request.id, error: loggableError(error) }, 'unexpected error')
        }
        return sent
      })
      app.setNotFoundHandler((request, reply) =>
        sendProblem(request, reply, undefined, () => noSuchRoute(request)),
      )
      await registerTokens(app, deps.store.database)
      for (const operation of operations) route(app, operation, deps)
      serveStream(app, deps)
      for (const [path, allowed] of methodsByPath()) {
        refuseOtherMethods(app, { url: urlOf(path), path: BASE + path, allowed })
      }
    },
    { prefix: BASE },
  )
}

function route(app: FastifyInstance, operation: Operation, deps: TillDeps): void {
  const { id, method, path, roles, params, query, body, textBodies = [] } = operation
  app.register(async (scope) => {
    for (const type of textBodies) {
      scope.addContentTypeParser(
        type,
        { parseAs: 'string' },
        async (_request: FastifyRequest, text: string) => text,
      )
    }
    scope.route({
      method,
      url: urlOf(path),
      // A body of text is looked at by the operation itself.
      schema: {
        ...(params === undefined ? {} : { params }),
        ...(query === undefined ? {} : { querystring: query }),
        ...(body === undefined || textBodies.length > 0 ? {} : { body }),
      },
      config: { till: id },
      preParsing: async (request) => {
        mustBeAllowed(request.till!, roles)
      },
      // A body of which nothing has to be there need not be there.
      preValidation: async (request) => {
        if (request.body === undefined && mayBeEmpty(body)) request.body = {}
      },
      handler: async (request, reply) => send(reply, await run(operation, deps, request)),
    })
  })
}

const mayBeEmpty = (body: object | undefined): boolean =>
  (body as { type?: string } | undefined)?.type === 'object' &&
  ((body as { required?: string[] }).required ?? []).length === 0

/** @throws Refusal `forbidden` */
function mustBeAllowed({ role }: TillCaller, roles: Operation['roles']): void {
  if (roles.includes(role)) return
  throw new Refusal(
    'Conflict',
    'forbidden',
    `A token of the role ${role} may not do this; it takes ${roles.length === 1 ? 'the role' : 'one of the roles'} ${roles.join(', ')}.`,
    { roles },
  )
}

type Done = Answered | TextAnswer | { kept: string; status: number; etag: string | undefined }

async function run(operation: Operation, deps: TillDeps, request: FastifyRequest): Promise<Done> {
  const given = {
    caller: request.till!,
    deps,
    params: request.params as never,
    query: request.query as never,
    body: request.body,
  }
  const { database } = deps.store
  if (operation.does === 'read') return await operation.run({ ...given, database })
  const ifMatch = versionOf(request.headers['if-match'])
  const key = keyOf(request.headers['idempotency-key'])
  if (operation.does === 'alone') {
    return await operation.run({ ...given, database, ifMatch, idempotencyKey: key })
  }
  return await database.transaction(async (tx): Promise<Done> => {
    if (key === undefined) return await operation.run({ ...given, tx, ifMatch })
    const { locationId, tokenId } = given.caller
    // Two tills that number what they do choose the same keys: what one was answered is no answer
    // to the other.
    const kept = await reserveKey(
      tx,
      locationId,
      key,
      contentHash([tokenId, request.method, request.url, request.body]),
    )
    if (kept !== undefined) return { kept: kept.answer, status: kept.status, etag: kept.etag }
    const done = await operation.run({ ...given, tx, ifMatch })
    const { status = 200, version, body } = done
    keepAnswer(tx, locationId, key, { status, answer: JSON.stringify(body), etag: etagOf(version) })
    return done
  })
}

function send(reply: FastifyReply, done: Done): FastifyReply {
  if ('text' in done) return reply.type(done.type).send(done.text)
  if ('kept' in done) {
    if (done.etag !== undefined) reply.header('etag', done.etag)
    return reply
      .header('idempotent-replay', 'true')
      .code(done.status)
      .type('application/json; charset=utf-8')
      .serializer((text: string) => text)
      .send(done.kept)
  }
  const etag = etagOf(done.version)
  if (etag !== undefined) reply.header('etag', etag)
  return reply
    .code(done.status ?? 200)
    .type('application/json; charset=utf-8')
    .send(done.body)
}

const etagOf = (version: number | undefined): string | undefined =>
  version === undefined ? undefined : `"${version}"`

/** @throws Refusal InvalidRequest */
function versionOf(header: string | undefined): number | undefined {
  if (header === undefined || header.trim() === '*') return undefined
  const version = /^(?:W\/)?"?(\d{1,9})"?$/.exec(header.trim())?.[1]
  if (version === undefined) {
    throw invalid('The header If-Match must be an ETag that this API gave, as "7".')
  }
  return Number(version)
}

/** @throws Refusal InvalidRequest */
function keyOf(header: string | string[] | undefined): string | undefined {
  if (header === undefined) return undefined
  if (
    typeof header !== 'string' ||
    !/^[\x21-\x7e]+$/.test(header) ||
    header.length > limits.tillKeyCharacters
  ) {
    throw invalid(
      `The header Idempotency-Key must be one word of 1 to ${limits.tillKeyCharacters} characters.`,
    )
  }
  return header
}

function describeHere(error: unknown, describe: TillOptions['describe']): Description {
  if (!(error instanceof NotSignedIn)) return describe(error)
  const { message: debugMessage, retryAfterSeconds } = error
  return retryAfterSeconds === undefined
    ? { status: 401, debugMessage, reason: 'unauthenticated' }
    : { status: 429, debugMessage, reason: 'too-many-failures', retryAfterSeconds }
}

/**
 * Also for what goes wrong before there is a route.
 * @param describe what is not the till's own to describe
 */
export function sendProblem(
  request: FastifyRequest,
  reply: FastifyReply,
  error: unknown,
  describe: TillOptions['describe'],
): FastifyReply {
  const { retryAfterSeconds, ...problem } = problemOf(error, request.id, () =>
    describeHere(error, describe),
  )
  const { status, code: reason, detail: debugMessage } = problem
  request.refusal = {
    status,
    errorType:
      status >= 500
        ? 'UnexpectedError'
        : status === 404
          ? 'NotFound'
          : status === 400
            ? 'InvalidRequest'
            : 'Conflict',
    debugMessage,
    reason,
  }
  if (retryAfterSeconds !== undefined) reply.header('retry-after', retryAfterSeconds)
  if (status === 401) reply.header('www-authenticate', 'Bearer realm="till"')
  return reply
    .code(status)
    .type('application/problem+json; charset=utf-8')
    .serializer(JSON.stringify)
    .send(problem)
}

/** `/orders/{orderId}` as the router writes it. */
const urlOf = (path: string): string => path.replaceAll(/\{(\w+)\}/g, ':$1')

function methodsByPath(): Map<string, string[]> {
  const methods = new Map<string, string[]>([['/stream', ['GET']]])
  for (const { path, method } of operations) {
    methods.set(path, [...(methods.get(path) ?? []), method, ...(method === 'GET' ? ['HEAD'] : [])])
  }
  return methods
}

// The route of an operation: check the role, validate, run, answer. A write runs in one transaction,
// together with its Idempotency-Key.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { contentHash } from '../../domain/content-hash.ts'
import { invalid, Refusal } from '../../domain/errors.ts'
import { takeText } from '../../http/bodies.ts'
import { routerPath } from '../../http/methods.ts'
import { limits } from '../../limits.ts'
import { keepAnswer, reserveKey } from '../../store/database/idempotency.ts'
import type { Answered, Operation, TextAnswer, TillCaller, TillDeps } from './operation.ts'

export function addRoute(app: FastifyInstance, operation: Operation, deps: TillDeps): void {
  const { id, method, path, roles, params, query, body, textBodies = [] } = operation
  app.register(async (scope) => {
    takeText(scope, textBodies)
    scope.route({
      method,
      url: routerPath(path),
      // A body of text is looked at by the operation itself.
      schema: {
        ...(params === undefined ? {} : { params }),
        ...(query === undefined ? {} : { querystring: query }),
        ...(body === undefined || textBodies.length > 0 ? {} : { body }),
      },
      config: { serves: { api: 'till', name: id } },
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

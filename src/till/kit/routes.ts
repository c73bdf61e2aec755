// The route of an operation: check the role, validate, run, answer.
import type { FastifyInstance, FastifyReply, RouteOptions } from 'fastify'
import { Refusal } from '../../domain/errors.ts'
import { notInVenue, type VenueKind } from '../../domain/venue/venue.ts'
import { takeText } from '../../http/bodies.ts'
import { routerPath } from '../../http/methods.ts'
import type { VenueTurns } from '../../http/venue-turns.ts'
import { alternatives } from '../../lib/text.ts'
import type { Operation, TillCaller, TillDeps } from './operation.ts'
import { etagOf, runOperation, type Outcome } from './run.ts'

export function addRoute(
  app: FastifyInstance,
  operation: Operation,
  { deps, turns }: { deps: TillDeps; turns: VenueTurns },
): void {
  const { textBodies = [] } = operation
  const route = routeOf(operation, deps, turns)
  if (textBodies.length === 0) {
    app.route(route)
    return
  }
  app.register(async (scope) => {
    takeText(scope, textBodies)
    scope.route(route)
  })
}

function routeOf(operation: Operation, deps: TillDeps, turns: VenueTurns): RouteOptions {
  const { id, method, path, roles, venues, params, query, body, textBodies = [] } = operation
  return {
    method,
    url: routerPath(path),
    // An operation that takes text reads its body itself.
    schema: {
      ...(params === undefined ? {} : { params }),
      ...(query === undefined ? {} : { querystring: query }),
      ...(body === undefined || textBodies.length > 0 ? {} : { body }),
    },
    config: { serves: { api: 'till', name: id } },
    preParsing: [
      async (request) => {
        mustBeAllowed(request.till!, roles)
        mustApply(request.till!.kind, venues)
      },
      takesNoTurn(operation) ? turns.takeIfLarge : turns.take,
    ],
    preValidation: async (request) => {
      if (request.body === undefined && mayBeAbsent(body)) request.body = {}
    },
    handler: async (request, reply) => {
      const { body } = request
      const given = {
        caller: request.till!,
        deps: { ...deps, store: deps.store.of(request.till!.locationId) },
        params: request.params as never,
        query: request.query as never,
        body,
      }
      return send(reply, await runOperation(operation, given, request))
    },
  }
}

/** It would keep the turn while it waits for Dojo, or for a change, or while an import is read. */
function takesNoTurn({ transaction, waits = false }: Operation): boolean {
  return transaction === 'own' || waits
}

/** A body without required fields need not be sent. */
function mayBeAbsent(body: object | undefined): boolean {
  const { type, required = [] } = (body ?? {}) as { type?: string; required?: string[] }
  return type === 'object' && required.length === 0
}

/** @throws Refusal `forbidden` */
function mustBeAllowed({ role }: TillCaller, roles: Operation['roles']): void {
  if (roles.includes(role)) return
  throw new Refusal(
    'Conflict',
    'forbidden',
    `This needs the role ${alternatives(roles)}; your token is a ${role}'s.`,
    { roles },
  )
}

/** @throws Refusal `venue-kind` */
function mustApply(kind: VenueKind, venues: Operation['venues']): void {
  if (venues !== undefined && venues !== kind) throw notInVenue(kind)
}

function send(reply: FastifyReply, outcome: Outcome): FastifyReply {
  if ('text' in outcome) return reply.type(outcome.type).send(outcome.text)
  const etag = 'replayed' in outcome ? outcome.etag : etagOf(outcome.version)
  if (etag !== undefined) reply.header('etag', etag)
  reply.code(outcome.status ?? 200).type('application/json; charset=utf-8')
  if (!('replayed' in outcome)) return reply.send(outcome.body)
  return reply
    .header('idempotent-replay', 'true')
    .serializer((text: string) => text)
    .send(outcome.replayed)
}

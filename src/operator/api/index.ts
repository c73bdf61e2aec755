// The operator's API: what the `epos` command does, for the console and for programs. Every change
// is on record, with who, from where and what came of it.
import type { FastifyInstance } from 'fastify'
import { recordAct } from '../../actions/access/record-act.ts'
import { refuseOtherMethods, routerPath } from '../../http/methods.ts'
import { answerUnknownRoutes, answerWithProblems } from '../../till/kit/face.ts'
import { registerOperators } from './authentication.ts'
import { BASE } from './document.ts'
import type { OperatorCaller, OperatorDeps, OperatorOperation } from './operation.ts'
import { operations } from './operations.ts'

export async function serveOperatorApi(app: FastifyInstance, deps: OperatorDeps): Promise<void> {
  await app.register(
    async (scope) => {
      answerWithProblems(scope)
      answerUnknownRoutes(scope)
      await registerOperators(scope, deps.store.database)
      for (const operation of operations) addRoute(scope, operation, deps)
      refuseOtherMethods(scope, operations, BASE)
    },
    { prefix: BASE },
  )
}

function addRoute(app: FastifyInstance, operation: OperatorOperation, deps: OperatorDeps): void {
  const { id, method, path, params, query, body } = operation
  app.route({
    method,
    url: routerPath(path),
    schema: {
      ...(params === undefined ? {} : { params }),
      ...(query === undefined ? {} : { querystring: query }),
      ...(body === undefined ? {} : { body }),
    },
    config: { serves: { api: 'operator', name: id } },
    handler: async (request, reply) => {
      const given = {
        caller: request.operator!,
        deps,
        params: request.params as never,
        query: request.query as never,
        body: request.body,
      }
      const run = async (): Promise<object> => await operation.run(given)
      const answer =
        method === 'GET' ? await run() : await recorded(operation, request.operator!, given, run)
      return await reply.type('application/json; charset=utf-8').send(answer)
    },
  })
}

async function recorded(
  { id, secrets = [] }: OperatorOperation,
  { name, address }: OperatorCaller,
  { deps, params, body }: { deps: OperatorDeps; params: Record<string, string>; body: unknown },
  run: () => Promise<object>,
): Promise<object> {
  const { venueId, ...others } = params
  const detail: Record<string, unknown> = { ...others, ...(body as object | undefined) }
  for (const field of secrets) delete detail[field]
  const act = { operatorName: name, address, operation: id, locationId: venueId, detail }
  return await recordAct(deps.store.database, { ...act, newId: deps.newId }, run)
}

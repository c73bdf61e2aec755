// The till API over HTTP: its operations, its stream, and problems for everything that goes wrong.
import type { FastifyInstance } from 'fastify'
import { logUnexpected } from '../http/app.ts'
import { takeJson } from '../http/bodies.ts'
import { noSuchRoute } from '../http/errors.ts'
import { refuseOtherMethods } from '../http/methods.ts'
import { serveStream, STREAM_ROUTE } from './feed/stream.ts'
import { registerTokens } from './kit/authentication.ts'
import { BASE } from './kit/document.ts'
import type { TillDeps } from './kit/operation.ts'
import { sendProblem } from './kit/problems.ts'
import { addRoute } from './kit/routes.ts'
import { validatorOf } from './kit/validation.ts'
import { operations } from './operations.ts'

export async function tillApi(parent: FastifyInstance, deps: TillDeps): Promise<void> {
  await parent.register(
    async (app) => {
      takeJson(app)
      app.setValidatorCompiler<object>(
        ({ schema, httpPart }) => validatorOf(schema, httpPart) as never,
      )
      app.setSerializerCompiler(() => JSON.stringify)
      app.setErrorHandler((error, request, reply) => {
        const sent = sendProblem(request, reply, error)
        if (reply.statusCode >= 500) logUnexpected(app, request.id, error)
        return sent
      })
      app.setNotFoundHandler((request, reply) => sendProblem(request, reply, noSuchRoute(request)))
      await registerTokens(app, deps.store.database)
      for (const operation of operations) addRoute(app, operation, deps)
      serveStream(app, deps)
      refuseOtherMethods(app, [...operations, STREAM_ROUTE], BASE)
    },
    { prefix: BASE },
  )
}

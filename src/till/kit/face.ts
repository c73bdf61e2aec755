// What every face has that answers with problems: JSON in, checked by its schema, and JSON out.
import type { FastifyInstance } from 'fastify'
import { logUnexpected } from '../../http/app.ts'
import { takeJson } from '../../http/bodies.ts'
import { noSuchRoute } from '../../http/errors.ts'
import { sendProblem } from './problems.ts'
import { validatorOf } from './validation.ts'

export function answerWithProblems(app: FastifyInstance): void {
  takeJson(app)
  app.setValidatorCompiler<object>(({ schema, httpPart }) => validatorOf(schema, httpPart) as never)
  app.setSerializerCompiler(() => JSON.stringify)
  app.setErrorHandler((error, request, reply) => {
    const sent = sendProblem(request, reply, error)
    if (reply.statusCode >= 500) logUnexpected(app, request.id, error)
    return sent
  })
}

/** For an API that has everything below its path to itself. */
export function answerUnknownRoutes(app: FastifyInstance): void {
  app.setNotFoundHandler((request, reply) => sendProblem(request, reply, noSuchRoute(request)))
}

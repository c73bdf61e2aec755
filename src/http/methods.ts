// What a path answers to the methods that it does not take.
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { MethodNotAllowed } from './errors.ts'

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const

/** @param path as people read it, with `{orderId}` where the router has `:orderId` */
export function refuseOtherMethods(
  app: FastifyInstance,
  { url, path, allowed }: { url: string; path: string; allowed: readonly string[] },
): void {
  const others = METHODS.filter((method) => !allowed.includes(method))
  const refuse = (request: FastifyRequest): never => {
    throw new MethodNotAllowed(
      `${request.method} is not a method of ${path}; it takes ${allowed.join(', ')}.`,
    )
  }
  app.route({
    method: others,
    url,
    exposeHeadRoute: false,
    // Before a body is read, and after a credential was.
    onRequest: async (request, reply) => {
      reply.header('allow', allowed.join(', '))
      refuse(request)
    },
    handler: async (request) => refuse(request),
  })
}

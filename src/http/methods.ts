// Paths of a document as the router has them, and the answer to methods that a path does not take.
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { methodNotAllowed } from './errors.ts'

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const

/** `/orders/{orderId}` as the router writes it: `/orders/:orderId`. */
export function routerPath(path: string): string {
  return path.replaceAll(/\{(\w+)\}/g, ':$1')
}

export interface Route {
  method: string
  path: string
  /** Whether GET has no HEAD beside it. */
  withoutHead?: boolean
}

/**
 * Answers 405 to every other method of these routes.
 * @param base what the app's prefix adds to the paths, for the sentence
 */
export function refuseOtherMethods(
  app: FastifyInstance,
  routes: readonly Route[],
  base = '',
): void {
  for (const [path, allowed] of methodsByPath(routes)) {
    const refuse = ({ method }: FastifyRequest): never => {
      throw methodNotAllowed(
        `${method} is not allowed on ${base}${path}; it takes ${allowed.join(', ')}.`,
      )
    }
    app.route({
      method: METHODS.filter((method) => !allowed.includes(method)),
      url: routerPath(path),
      exposeHeadRoute: false,
      // Before the body is read, but after the credential was checked.
      onRequest: async (request, reply) => {
        reply.header('allow', allowed.join(', '))
        refuse(request)
      },
      handler: async (request) => refuse(request),
    })
  }
}

function methodsByPath(routes: readonly Route[]): Map<string, readonly string[]> {
  const methods = new Map<string, readonly string[]>()
  for (const { path, method, withoutHead = false } of routes) {
    const own = method === 'GET' && !withoutHead ? ['GET', 'HEAD'] : [method]
    methods.set(path, [...(methods.get(path) ?? []), ...own])
  }
  return methods
}

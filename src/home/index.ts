// `/`: a browser gets a page that says what runs here and where to go. Everybody else gets what
// every unknown path gets.
import type { FastifyInstance } from 'fastify'
import { noSuchRoute, sendError } from '../http/errors.ts'
import { servePage } from '../page/serve.ts'

export async function serveHome(app: FastifyInstance, routePrefix: string): Promise<void> {
  await servePage(app, {
    name: 'home',
    path: '',
    prefix: routePrefix,
    below: false,
    toOthers: (request, reply) => sendError(request, reply, noSuchRoute(request)),
  })
}

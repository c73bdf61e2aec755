// The console: the page, and signing in to it. Everything else that it shows or does goes through
// the operations of the till API, with the session in place of a token.
import type { FastifyInstance } from 'fastify'
import { servePage } from '../page/serve.ts'
import type { Store } from '../store/index.ts'
import { serveSessions } from './sessions.ts'

/** Where it is below the prefix of all routes. */
export const CONSOLE = '/console'

export async function serveConsole(
  app: FastifyInstance,
  { store, routePrefix }: { store: Store; routePrefix: string },
): Promise<void> {
  await servePage(app, { name: 'console', path: CONSOLE, prefix: routePrefix, below: true })
  await app.register(async (scope) => {
    await serveSessions(scope, { store, path: `${CONSOLE}/session`, routePrefix })
  })
}

import helmet from '@fastify/helmet'
import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance } from 'fastify'
import { document } from '../contract/document.ts'
import { serveGuides } from './guides.ts'

/** The documents of the APIs as served here, and a page to read them. */
export async function serveDocs(
  app: FastifyInstance,
  routePrefix: string,
  { tillDocument, operatorDocument }: { tillDocument: object; operatorDocument: object },
): Promise<void> {
  const served = { ...document, servers: [{ url: routePrefix === '' ? '/' : routePrefix }] }
  const urls = [
    { name: 'EPOS Data API', url: `${routePrefix}/openapi.json` },
    { name: 'Till API', url: `${routePrefix}/till/openapi.json` },
    { name: 'Operator API', url: `${routePrefix}/operator/openapi.json` },
  ]
  await app.register(async (pages) => {
    await pages.register(helmet, { contentSecurityPolicy: false, strictTransportSecurity: false })
    await pages.register(swagger, { mode: 'static', specification: { document: served as never } })
    await pages.register(swaggerUi, {
      routePrefix: '/docs',
      staticCSP: true,
      transformStaticCSP: withoutUpgrade,
      uiConfig: { docExpansion: 'list', deepLinking: true, urls },
    })
  })
  app.get(
    '/openapi.json',
    { schema: { hide: true } },
    async (_request, reply) => await reply.send(served),
  )
  app.get(
    '/till/openapi.json',
    { schema: { hide: true } },
    async (_request, reply) => await reply.send(tillDocument),
  )
  app.get(
    '/operator/openapi.json',
    { schema: { hide: true } },
    async (_request, reply) => await reply.send(operatorDocument),
  )
  serveGuides(app, routePrefix)
}

/** Over http from another machine, a browser would ask for the scripts over https and find none. */
function withoutUpgrade(policy: string): string {
  return policy.replace(/\s*upgrade-insecure-requests;?/, '')
}

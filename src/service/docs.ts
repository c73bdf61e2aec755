import helmet from '@fastify/helmet'
import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance } from 'fastify'
import { document } from '../contract/document.ts'

/** The contract as it is served here, and a page that shows it. */
export async function serveDocs (app: FastifyInstance, routePrefix: string): Promise<void> {
  const served = { ...document, servers: [{ url: routePrefix === '' ? '/' : routePrefix }] }
  await app.register(async (pages) => {
    await pages.register(helmet, { contentSecurityPolicy: false, strictTransportSecurity: false })
    await pages.register(swagger, { mode: 'static', specification: { document: served as never } })
    await pages.register(swaggerUi, { routePrefix: '/docs', staticCSP: true, uiConfig: { docExpansion: 'list', deepLinking: true } })
  })
  app.get('/openapi.json', { schema: { hide: true } }, async (_request, reply) => await reply.send(served))
}

// Serves a page that was built for browsers: one document for every path below its own, and assets
// that a browser keeps for ever, because their names change with their content. Nothing of it comes
// from elsewhere, and the policy says so to the browser.
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import helmet from '@fastify/helmet'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

export interface ServedPage {
  /** The room whose browser folder it was built from. */
  name: string
  /** Where it is below the app's prefix: `/console`, or empty for `/`. */
  path: string
  /** The app's prefix. */
  prefix: string
  /** Whether it also answers every path below its own, as a page does that has pages of its own. */
  below: boolean
  /** Answers callers that want something else than a page. Left out, everybody gets the page. */
  toOthers?: (request: FastifyRequest, reply: FastifyReply) => FastifyReply
}

/** No inline script or style, no other host, no frame around it. */
const POLICY = {
  useDefaults: false,
  directives: {
    defaultSrc: ["'none'"],
    scriptSrc: ["'self'"],
    styleSrc: ["'self'"],
    fontSrc: ["'self'"],
    imgSrc: ["'self'", 'blob:', 'data:'],
    connectSrc: ["'self'"],
    formAction: ["'none'"],
    baseUri: ["'none'"],
    frameAncestors: ["'none'"],
  },
}

const NOT_BUILT = 'The page was not built. Build it with: npm run generate\n'

export async function servePage(app: FastifyInstance, page: ServedPage): Promise<void> {
  const { name, path, prefix, below, toOthers } = page
  const folder = fileURLToPath(new URL(`./built/${name}/`, import.meta.url))
  const isBuilt = existsSync(folder)
  const document = isBuilt ? documentOf(folder, prefix + path) : undefined
  await app.register(async (scope) => {
    await scope.register(helmet, { contentSecurityPolicy: POLICY, strictTransportSecurity: false })
    const send = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
      if (toOthers !== undefined && !wantsPage(request)) return toOthers(request, reply)
      return document === undefined
        ? await reply.code(503).type('text/plain; charset=utf-8').send(NOT_BUILT)
        : await reply.type('text/html; charset=utf-8').send(document)
    }
    scope.get(path === '' ? '/' : path, send)
    if (below) scope.get(`${path}/*`, send)
    if (!isBuilt) return
    await scope.register(fastifyStatic, {
      root: `${folder}assets`,
      prefix: `${path}/assets/`,
      preCompressed: true,
      index: false,
      decorateReply: false,
      immutable: true,
      maxAge: '365d',
    })
  })
}

function wantsPage({ headers: { accept = '' } }: FastifyRequest): boolean {
  return accept.includes('text/html')
}

function documentOf(folder: string, base: string): string {
  return readFileSync(`${folder}index.html`, 'utf8').replaceAll('{{base}}', base)
}

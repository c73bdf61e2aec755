// Lets web pages of other origins call the till API from a browser, where the operator says so. A
// preflight carries no token, so this comes before the authentication.
import cors from '@fastify/cors'
import type { FastifyInstance } from 'fastify'
import { limits } from '../../limits.ts'

/** What a page may read of an answer besides its body. */
const EXPOSED = ['Allow', 'ETag', 'Idempotent-Replay', 'Retry-After', 'Trace-Id']

/** Does nothing without origins: browsers then keep other pages out. */
export async function allowOrigins(
  app: FastifyInstance,
  origins: readonly string[],
): Promise<void> {
  if (origins.length === 0) return
  await app.register(cors, {
    origin: origins.includes('*') ? '*' : [...origins],
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    exposedHeaders: EXPOSED,
    maxAge: limits.corsMaxAgeSeconds,
    strictPreflight: false,
  })
}

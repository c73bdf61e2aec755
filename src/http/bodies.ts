// How request bodies are read. Nothing else is parsed: what a route does not expect is refused with
// 415.
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { othersFirst } from '../lib/others-first.ts'
import { parseJson } from '../contract/json.ts'
import { limits } from '../limits.ts'

export function takeJson(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(
    'application/json',
    { parseAs: 'string' },
    async (_request: FastifyRequest, body: string) => {
      if (body === '') return undefined
      const value = parseJson(body)
      if (body.length > limits.largeBodyBytes) await othersFirst()
      return value
    },
  )
}

export function takeText(app: FastifyInstance, mediaTypes: readonly string[]): void {
  for (const type of mediaTypes) {
    app.addContentTypeParser(
      type,
      { parseAs: 'string' },
      async (_request: FastifyRequest, text: string) => text,
    )
  }
}

/** The bytes as they came, whatever they are: a signature is over them. */
export function takeBytes(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(
    '*',
    { parseAs: 'buffer' },
    async (_request: FastifyRequest, body: Buffer) => body,
  )
}

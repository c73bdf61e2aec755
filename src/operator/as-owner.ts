// The server calling its own till API, as an owner of a venue.
import type { Prisma } from '../store/database/prisma.ts'
import { createTillCalls, createTillClient, type TillCalls } from '../till-client/index.ts'
import { createToken, revokeToken } from './tokens.ts'

/** As much of Fastify as a call without a network needs. */
interface Injectable {
  inject: (request: {
    method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
    url: string
    headers: Record<string, string>
    payload: string
  }) => Promise<{ statusCode: number; headers: Record<string, unknown>; payload: string }>
}

export type AsOwner = <Result>(
  locationId: string,
  work: (till: TillCalls) => Promise<Result>,
) => Promise<Result>

/**
 * Lets `work` call the till API with an owner's token, which is revoked afterwards.
 * @param prefix the server's own
 */
export function createAsOwner(app: Injectable, prisma: Prisma, prefix: string): AsOwner {
  return async (locationId, work) => {
    const { tokenId, token } = await createToken(prisma, locationId, {
      role: 'owner',
      tillName: 'EPOS server',
    })
    const client = createTillClient({ url: `http://server${prefix}`, token, fetch: through(app) })
    try {
      return await work(createTillCalls(client))
    } finally {
      await revokeToken(prisma, locationId, tokenId)
    }
  }
}

function through(app: Injectable): (request: Request) => Promise<Response> {
  return async (request) => {
    const { pathname, search } = new URL(request.url)
    const { statusCode, headers, payload } = await app.inject({
      method: request.method as 'GET',
      url: pathname + search,
      headers: Object.fromEntries(request.headers),
      payload: await request.text(),
    })
    return new Response(payload, {
      status: statusCode,
      headers: { 'content-type': String(headers['content-type']) },
    })
  }
}

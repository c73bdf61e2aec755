// The server calling its own till API, as an owner of a venue.
import type { Prisma } from '../store/database/prisma.ts'
import type { CallTill } from './demo.ts'
import { createToken, revokeToken } from './tokens.ts'

/** As much of Fastify as a call without a network needs. */
interface Injectable {
  inject: (request: {
    method: 'GET' | 'POST' | 'PUT'
    url: string
    headers: Record<string, string>
    payload?: object
  }) => Promise<{ statusCode: number; payload: string }>
}

export type AsOwner = <Result>(
  locationId: string,
  work: (call: CallTill) => Promise<Result>,
) => Promise<Result>

/**
 * Lets `work` call the till API with an owner's token, which is revoked afterwards.
 * @param base where the till API is on this server
 */
export function createAsOwner(app: Injectable, prisma: Prisma, base: string): AsOwner {
  return async (locationId, work) => {
    const { tokenId, token } = await createToken(prisma, locationId, {
      role: 'owner',
      tillName: 'EPOS server',
    })
    try {
      return await work(injectAs(app, base, token))
    } finally {
      await revokeToken(prisma, locationId, tokenId)
    }
  }
}

function injectAs(app: Injectable, base: string, token: string): CallTill {
  return async (method, path, body) => {
    const { statusCode, payload } = await app.inject({
      method,
      url: base + path,
      headers: { authorization: `Bearer ${token}` },
      ...(body === undefined ? {} : { payload: body }),
    })
    if (statusCode >= 400) {
      const { detail } = JSON.parse(payload) as { detail: string }
      throw new Error(`${method} ${path} was refused: ${detail}`)
    }
    return JSON.parse(payload)
  }
}

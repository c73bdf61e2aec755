// Bearer tokens: the token finds the venue and says who is asking. Failures are counted by address.
import rateLimit from '@fastify/rate-limit'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { defined } from '../../domain/orders/tab.ts'
import { limits } from '../../limits.ts'
import type { Database } from '../../store/database/database.ts'
import { findTillAccess } from '../../store/venue/till-tokens.ts'
import type { TillCaller } from './operation.ts'

export class NotSignedIn extends Error {
  override readonly name = 'NotSignedIn'
  readonly retryAfterSeconds: number | undefined

  constructor(message: string, retryAfterSeconds?: number) {
    super(message)
    this.retryAfterSeconds = retryAfterSeconds
  }
}

declare module 'fastify' {
  interface FastifyRequest {
    till: TillCaller | null
  }
}

export async function registerTokens(app: FastifyInstance, database: Database): Promise<void> {
  app.decorateRequest('till', null)
  app.decorateRequest('caller', null)
  await app.register(rateLimit, { global: false })
  const failures = app.createRateLimit({
    timeWindow: limits.authFailureWindowMs,
    max: limits.authFailuresPerAddress,
    keyGenerator: (request) => `till ${request.ip}`,
  })
  app.addHook('onRequest', async (request) => {
    const token = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1]
    const named = namedWaiter(request)
    const access = token === undefined ? undefined : await findTillAccess(database, token, named)
    if (access !== undefined) {
      request.till = { ...access, tokenOf: access.waiterId, ...originOf(access, named) }
      request.caller = request.till
      return
    }
    const count = await failures(request)
    if (!count.isAllowed && count.isExceeded) {
      throw new NotSignedIn(
        'There have been too many attempts with a wrong token; wait before the next one.',
        count.ttlInSeconds,
      )
    }
    throw new NotSignedIn(
      token === undefined
        ? 'The header Authorization must carry a token, with the scheme Bearer. Make one with: npm run token -- create'
        : 'The token is wrong, or was revoked.',
    )
  })
}

/** A till that several share names the waiter with each request. */
function namedWaiter({ headers }: FastifyRequest): string | undefined {
  const named = headers['waiter-id']
  return typeof named === 'string' && named !== '' ? named : undefined
}

/** What history says of whoever is at the till. */
const originOf = (
  { tillName, waiterId }: Pick<TillCaller, 'tillName'> & { waiterId: string | undefined },
  named: string | undefined,
) => ({
  product: 'Till',
  deviceType: 'Till',
  ...defined({ deviceId: tillName, waiterId: waiterId ?? named }),
})

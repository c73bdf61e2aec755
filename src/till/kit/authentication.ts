// Bearer tokens: the token finds the venue and says who is calling. Failures are counted by
// address.
import rateLimit from '@fastify/rate-limit'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { defined } from '../../lib/same.ts'
import { notAuthenticated, tooManyFailures } from '../../http/errors.ts'
import { limits } from '../../limits.ts'
import type { Database } from '../../store/database/database.ts'
import { admitTill } from '../../actions/venue/admit-till.ts'
import type { TillCaller } from './operation.ts'

const CHALLENGE = 'Bearer realm="till"'

declare module 'fastify' {
  interface FastifyRequest {
    till: TillCaller | null
  }
}

export async function registerTokens(app: FastifyInstance, database: Database): Promise<void> {
  app.decorateRequest('till', null)
  await app.register(rateLimit, { global: false })
  const failures = app.createRateLimit({
    timeWindow: limits.authFailureWindowMs,
    max: limits.authFailuresPerAddress,
    keyGenerator: (request) => `till ${request.ip}`,
  })
  app.addHook('onRequest', async (request) => {
    const token = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1]
    const named = namedWaiter(request)
    const access = token === undefined ? undefined : await admitTill(database, token, named)
    if (access !== undefined) {
      request.till = { ...access, tokenOf: access.waiterId, ...originOf(access, named) }
      request.caller = request.till
      return
    }
    const count = await failures(request)
    if (!count.isAllowed && count.isExceeded) {
      throw tooManyFailures(
        'There have been too many attempts with a wrong token; wait before the next one.',
        count.ttlInSeconds,
      )
    }
    throw notAuthenticated(token === undefined ? NO_TOKEN : WRONG_TOKEN, CHALLENGE)
  })
}

const NO_TOKEN =
  'The header Authorization must carry a token, with the scheme Bearer. ' +
  'Make one with: npx epos token create'
const WRONG_TOKEN = 'The token is wrong or was revoked.'

/** A till that several waiters share names the waiter in each request. */
function namedWaiter({ headers }: FastifyRequest): string | undefined {
  const named = headers['waiter-id']
  return typeof named === 'string' && named !== '' ? named : undefined
}

/** Who is at the till, for the history. */
const originOf = (
  { tillName, waiterId }: Pick<TillCaller, 'tillName'> & { waiterId: string | undefined },
  named: string | undefined,
) => ({
  isTill: true,
  product: 'Till',
  deviceType: 'Till',
  ...defined({ deviceId: tillName, waiterId: waiterId ?? named }),
})

// HTTP Basic: the username finds the credential, the credential finds the venue. A right credential
// is never slowed by wrong ones: it is looked at first, and only failures are counted, by address
// and by username.
import basicAuth from '@fastify/basic-auth'
import rateLimit from '@fastify/rate-limit'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { VenueCaller } from '../capabilities/handler.ts'
import { limits } from '../../limits.ts'
import { NotAuthenticated } from '../../http/errors.ts'

/** The venue that a credential opens, or undefined for a wrong one; takes as long for both. */
export type Authenticate = (
  username: string,
  password: string,
) => Promise<
  Pick<VenueCaller, 'locationId' | 'currency' | 'cursorKey' | 'verifyPayments'> | undefined
>

declare module 'fastify' {
  interface FastifyRequest {
    caller: VenueCaller | null
    attemptedUsername: string
  }
}

export async function registerAuthentication(
  app: FastifyInstance,
  authenticate: Authenticate,
): Promise<void> {
  app.decorateRequest('caller', null)
  app.decorateRequest('attemptedUsername', '')
  await app.register(rateLimit, { global: false })
  const window = { timeWindow: limits.authFailureWindowMs }
  const failuresOfAddress = app.createRateLimit({
    ...window,
    max: limits.authFailuresPerAddress,
    keyGenerator: (request) => `address ${request.ip}`,
  })
  const failuresOfUsername = app.createRateLimit({
    ...window,
    max: limits.authFailuresPerUsername,
    keyGenerator: (request) => `username ${request.attemptedUsername}`,
  })

  await app.register(basicAuth, {
    validate: async (username, password, request) => {
      const venue = await authenticate(username, password).catch(asServerFault)
      if (venue !== undefined) {
        request.caller = { ...venue, ...origin(request) }
        return
      }
      request.attemptedUsername = username
      const counts = await Promise.all([failuresOfAddress(request), failuresOfUsername(request)])
      const exceeded = counts.filter((count) => !count.isAllowed && count.isExceeded)
      if (exceeded.length > 0) {
        throw new NotAuthenticated(
          'There have been too many attempts with a wrong credential; wait before the next one.',
          Math.max(...exceeded.map((count) => ('ttlInSeconds' in count ? count.ttlInSeconds : 1))),
        )
      }
      throw new NotAuthenticated(
        'The credential is wrong: no venue has this username with this password.',
      )
    },
  })
  app.addHook('onRequest', app.basicAuth)
}

/** Left as it is, the plugin would answer a fault of ours as if the credential were wrong. */
function asServerFault(error: unknown): never {
  throw Object.assign(error instanceof Error ? error : new Error(String(error)), {
    statusCode: 500,
  })
}

function origin({
  headers,
}: FastifyRequest): Pick<VenueCaller, 'waiterId' | 'product' | 'deviceId' | 'deviceType'> {
  const header = (name: string): string | undefined => {
    const value = headers[name]
    return typeof value === 'string' && value !== '' ? value : undefined
  }
  return {
    waiterId: header('waiter-id'),
    product: header('dojo-requesting-product'),
    deviceId: header('device-id'),
    deviceType: header('device-type'),
  }
}

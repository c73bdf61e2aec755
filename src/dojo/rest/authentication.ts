// HTTP Basic: the username finds the credential, the credential finds the venue. Wrong credentials
// never slow down a right one: it is checked first, and only failures are counted, by address and
// by username.
import basicAuth from '@fastify/basic-auth'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Origin, VenueCaller } from '../../domain/caller.ts'
import { byAddress, limitAttempts } from '../../http/attempts.ts'
import { notAuthenticated } from '../../http/errors.ts'
import { limits } from '../../limits.ts'

/** The venue of a credential; undefined for a wrong one, after just as long. */
export type Authenticate = (
  username: string,
  password: string,
) => Promise<Omit<VenueCaller, keyof Origin> | undefined>

const CHALLENGE = 'Basic realm="EPOS Data API", charset="UTF-8"'

declare module 'fastify' {
  interface FastifyRequest {
    attemptedUsername: string
  }
}

export async function registerAuthentication(
  app: FastifyInstance,
  authenticate: Authenticate,
): Promise<void> {
  app.decorateRequest('attemptedUsername', '')
  const countFailure = await limitAttempts(app, 'with a wrong credential', [
    byAddress('address'),
    {
      most: limits.authFailuresPerUsername,
      withinMs: limits.authFailureWindowMs,
      keyOf: ({ attemptedUsername }) => `username ${attemptedUsername}`,
    },
  ])

  await app.register(basicAuth, {
    validate: async (username, password, request) => {
      const venue = await authenticate(username, password).catch(asServerFault)
      if (venue !== undefined) {
        request.caller = { ...venue, ...originOf(request) }
        return
      }
      request.attemptedUsername = username
      await countFailure(request)
      throw notAuthenticated(
        'The credential is wrong: no venue has this username with this password.',
        CHALLENGE,
      )
    },
  })
  app.addHook('onRequest', (request, reply, done) => {
    app.basicAuth(request, reply, (error?: Error) => {
      done(isHeaderFault(error) ? notAuthenticated(NO_CREDENTIAL, CHALLENGE, error.code) : error)
    })
  })
}

const NO_CREDENTIAL =
  'The header Authorization must carry the credential of the venue, with the scheme Basic.'

/** The plugin's own error for a header that is missing or cannot be read. */
function isHeaderFault(error: unknown): error is { code: string } {
  const { code } = (error ?? {}) as { code?: string }
  return code === 'FST_BASIC_AUTH_MISSING_OR_BAD_AUTHORIZATION_HEADER'
}

/** Otherwise the plugin would answer a fault of ours as if the credential were wrong. */
function asServerFault(error: unknown): never {
  throw Object.assign(error instanceof Error ? error : new Error(String(error)), {
    statusCode: 500,
  })
}

function originOf({ headers }: FastifyRequest): Origin {
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

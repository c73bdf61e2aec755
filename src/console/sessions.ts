// Signing in and out. A session is a cookie that no script can read and that no other site can use.
import rateLimit from '@fastify/rate-limit'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { signIn } from '../actions/access/sign-in.ts'
import { signOut } from '../actions/access/sign-out.ts'
import { logUnexpected } from '../http/app.ts'
import { takeJson } from '../http/bodies.ts'
import { notAuthenticated, tooManyFailures } from '../http/errors.ts'
import { refuseOtherMethods } from '../http/methods.ts'
import { isFromConsole, sessionIn, setSession } from '../http/session-cookie.ts'
import { limits } from '../limits.ts'
import type { Store } from '../store/index.ts'
import { sendProblem } from '../till/kit/problems.ts'
import { validatorOf } from '../till/kit/validation.ts'

const CHALLENGE = 'Cookie realm="console"'

const text = (maxLength: number) => Type.String({ minLength: 1, maxLength })
const strict = { additionalProperties: false }
/** A till's token, or a waiter of a venue with their PIN. */
const ByToken = Type.Object({ token: text(limits.maxIdCharacters) }, strict)
const ByPin = Type.Object(
  {
    locationId: text(limits.maxIdCharacters),
    waiterId: text(limits.maxIdCharacters),
    pin: text(limits.pinMostDigits),
  },
  strict,
)
type Given = Type.Static<typeof ByToken> | Type.Static<typeof ByPin>

export async function serveSessions(
  app: FastifyInstance,
  { store, path, routePrefix }: { store: Store; path: string; routePrefix: string },
): Promise<void> {
  takeJson(app)
  app.setValidatorCompiler<object>(({ schema, httpPart }) => validatorOf(schema, httpPart) as never)
  app.setErrorHandler((error, request, reply) => {
    const sent = sendProblem(request, reply, error)
    if (reply.statusCode >= 500) logUnexpected(app, request.id, error)
    return sent
  })
  const mustBeSlow = await attemptLimits(app)
  const cookiePath = routePrefix === '' ? '/' : routePrefix
  const config = { serves: { api: 'console' as const, name: 'session' } }
  const schema = { body: Type.Union([ByToken, ByPin]) }

  app.post<{ Body: Given }>(path, { config, schema }, async (request, reply) => {
    if (!isFromConsole(request)) throw notAuthenticated(NOT_OUR_PAGE, CHALLENGE)
    const { body, ip } = request
    await mustBeSlow(request)
    const session = await signIn(store, body, ip)
    if (session === undefined) {
      throw notAuthenticated('token' in body ? WRONG_TOKEN : WRONG_PIN, CHALLENGE)
    }
    setSession(request, reply, session, cookiePath)
    return { locationId: session.locationId }
  })

  app.delete(path, { config }, async (request, reply) => {
    const session = sessionIn(request)
    if (session !== undefined) await signOut(store.database, session)
    setSession(request, reply, undefined, cookiePath)
    return {}
  })
  refuseOtherMethods(app, [
    { method: 'POST', path },
    { method: 'DELETE', path },
  ])
}

const WRONG_TOKEN = 'The token is wrong or was revoked.'
const WRONG_PIN = 'The waiter number or the PIN is wrong.'
const NOT_OUR_PAGE =
  'Only the console itself can sign somebody in: the header epos-console is missing.'

/** Counts every attempt, right or wrong, so that a PIN cannot be guessed. */
async function attemptLimits(
  app: FastifyInstance,
): Promise<(request: FastifyRequest) => Promise<void>> {
  await app.register(rateLimit, { global: false })
  const byAddress = app.createRateLimit({
    timeWindow: limits.authFailureWindowMs,
    max: limits.authFailuresPerAddress,
    keyGenerator: ({ ip }) => `console ${ip}`,
  })
  const byWaiter = app.createRateLimit({
    timeWindow: limits.pinAttemptWindowMs,
    max: limits.pinAttemptsPerWaiter,
    keyGenerator: ({ body }) => {
      const { locationId, waiterId } = body as Type.Static<typeof ByPin>
      return `pin ${locationId} ${waiterId}`
    },
  })
  return async (request) => {
    const counts = [byAddress, ...('pin' in (request.body as Given) ? [byWaiter] : [])]
    for (const count of counts) {
      const found = await count(request)
      if (!found.isAllowed && found.isExceeded) {
        throw tooManyFailures(
          'There have been too many attempts to sign in. Wait before the next one.',
          found.ttlInSeconds,
        )
      }
    }
  }
}

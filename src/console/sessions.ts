// Signing in and out. A session is a cookie that no script can read and that no other site can use.
// An operator has one of their own, from which they enter the venues.
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { admitOperator } from '../actions/access/admit-operator.ts'
import { enterVenue } from '../actions/access/enter-venue.ts'
import { signInOperator, signOutOperator } from '../actions/access/sign-in-operator.ts'
import { signIn } from '../actions/access/sign-in.ts'
import { signOut } from '../actions/access/sign-out.ts'
import { newId } from '../domain/ids.ts'
import { byAddress, limitAttempts } from '../http/attempts.ts'
import { notAuthenticated } from '../http/errors.ts'
import { refuseOtherMethods } from '../http/methods.ts'
import {
  isFromConsole,
  operatorSessionIn,
  sessionIn,
  setOperatorSession,
  setSession,
} from '../http/session-cookie.ts'
import { limits } from '../limits.ts'
import type { SessionKey } from '../store/access/sessions.ts'
import type { Store } from '../store/index.ts'
import { answerWithProblems } from '../till/kit/face.ts'

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
/** An operator who is signed in goes into the console of one venue. */
const IntoVenue = Type.Object({ locationId: text(limits.maxIdCharacters) }, strict)
const Operator = Type.Object(
  { name: text(limits.operatorNameCharacters), password: text(limits.passwordMostCharacters) },
  strict,
)
type Given =
  | Type.Static<typeof ByToken>
  | Type.Static<typeof ByPin>
  | Type.Static<typeof IntoVenue>
  | Type.Static<typeof Operator>

export async function serveSessions(
  app: FastifyInstance,
  { store, path, routePrefix }: { store: Store; path: string; routePrefix: string },
): Promise<void> {
  answerWithProblems(app)
  const place = {
    store,
    mustBeSlow: await attemptLimits(app),
    cookiePath: routePrefix === '' ? '/' : routePrefix,
  }
  serveStaff(app, path, place)
  serveOperators(app, `${path}/operator`, place)
}

interface Place {
  store: Store
  mustBeSlow: (request: FastifyRequest) => Promise<void>
  cookiePath: string
}

const config = { serves: { api: 'console' as const, name: 'session' } }

function serveStaff(
  app: FastifyInstance,
  path: string,
  { store, mustBeSlow, cookiePath }: Place,
): void {
  const schema = { body: Type.Union([ByToken, ByPin, IntoVenue]) }
  app.post<{ Body: Given }>(path, { config, schema }, async (request, reply) => {
    if (!isFromConsole(request)) throw notAuthenticated(NOT_OUR_PAGE, CHALLENGE)
    const { body, ip } = request
    const isOperator = !('token' in body || 'pin' in body)
    if (!isOperator) await mustBeSlow(request)
    const session = isOperator
      ? await enter(store, request as FastifyRequest<{ Body: Type.Static<typeof IntoVenue> }>)
      : await signIn(store, body, ip)
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

/** @throws Refusal NotFound: no such venue */
async function enter(
  { database }: Store,
  request: FastifyRequest<{ Body: Type.Static<typeof IntoVenue> }>,
): Promise<SessionKey> {
  const cookie = operatorSessionIn(request)
  const operatorName =
    cookie && (await admitOperator(database, { session: cookie.secret, isPerson: cookie.isPerson }))
  if (operatorName === undefined) throw notAuthenticated(NO_OPERATOR, CHALLENGE)
  const { locationId } = request.body
  const by = { operatorName, locationId, address: request.ip }
  const session = await enterVenue(database, by, newId)
  if (session === undefined) throw notAuthenticated(NO_OPERATOR, CHALLENGE)
  return session
}

function serveOperators(
  app: FastifyInstance,
  path: string,
  { store, mustBeSlow, cookiePath }: Place,
): void {
  type Body = Type.Static<typeof Operator>
  app.post<{ Body: Body }>(path, { config, schema: { body: Operator } }, async (request, reply) => {
    if (!isFromConsole(request)) throw notAuthenticated(NOT_OUR_PAGE, CHALLENGE)
    await mustBeSlow(request)
    const proof = { ...request.body, address: request.ip }
    const secret = await signInOperator(store, proof, newId)
    if (secret === undefined) throw notAuthenticated(WRONG_PASSWORD, CHALLENGE)
    setOperatorSession(request, reply, secret, cookiePath)
    return { name: request.body.name }
  })

  app.delete(path, { config }, async (request, reply) => {
    const cookie = operatorSessionIn(request)
    if (cookie !== undefined) await signOutOperator(store.database, cookie.secret)
    setOperatorSession(request, reply, undefined, cookiePath)
    return {}
  })
  refuseOtherMethods(app, [
    { method: 'POST', path },
    { method: 'DELETE', path },
  ])
}

const NO_OPERATOR = 'Sign in as an operator first.'
const WRONG_PASSWORD = 'The name or the password is wrong.'
const WRONG_TOKEN = 'The token is wrong or was revoked.'
const WRONG_PIN = 'The waiter number or the PIN is wrong.'
const NOT_OUR_PAGE =
  'Only the console itself can sign somebody in: the header epos-console is missing.'

/** Counts every attempt, right or wrong, so that a PIN cannot be guessed. */
async function attemptLimits(
  app: FastifyInstance,
): Promise<(request: FastifyRequest) => Promise<void>> {
  const withinMs = limits.pinAttemptWindowMs
  return await limitAttempts(app, 'to sign in', [
    byAddress('console'),
    {
      most: limits.pinAttemptsPerWaiter,
      withinMs,
      keyOf: (request) => {
        const body = request.body as Given
        return 'pin' in body ? `pin ${body.locationId} ${body.waiterId}` : undefined
      },
    },
    {
      most: limits.passwordAttempts,
      withinMs,
      keyOf: (request) => {
        const body = request.body as Given
        return 'password' in body ? `operator ${body.name}` : undefined
      },
    },
  ])
}

// Who is calling: a till by its token, or somebody who is signed in to the console. Failures are
// counted by address.
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { defined } from '../../lib/same.ts'
import { byAddress, limitAttempts } from '../../http/attempts.ts'
import { notAuthenticated } from '../../http/errors.ts'
import { operatorSessionIn, sessionIn, type Session } from '../../http/session-cookie.ts'
import { limits } from '../../limits.ts'
import type { Database } from '../../store/database/database.ts'
import type { Store } from '../../store/index.ts'
import { admitSession } from '../../actions/access/admit-session.ts'
import { admitTill } from '../../actions/venue/admit-till.ts'
import { isToken, type TillAccess } from '../../store/venue/till-tokens.ts'
import type { TillCaller } from './operation.ts'

const CHALLENGE = 'Bearer realm="till"'

declare module 'fastify' {
  interface FastifyRequest {
    till: TillCaller | null
  }
}

export async function registerTokens(
  app: FastifyInstance,
  { database, reads }: Pick<Store, 'database' | 'reads'>,
): Promise<void> {
  app.decorateRequest('till', null)
  const countFailure = await limitAttempts(app, 'with a wrong token', [byAddress('till')])
  const unknown = createUnknownTokens()
  const admit: Admit = async (token, named) => {
    if (!isToken(token) || unknown.has(token)) return undefined
    const access = await admitTill(reads, token, named)
    if (access === undefined) unknown.add(token)
    return access
  }
  app.addHook('onRequest', async (request) => {
    const token = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1]
    const session = token === undefined ? sessionIn(request) : undefined
    const till =
      session === undefined
        ? await tillOf(admit, token, namedWaiter(request))
        : await personOf(database, session, operatorSessionIn(request)?.secret)
    if (till !== undefined) {
      request.till = till
      request.caller = till
      return
    }
    if (session !== undefined) throw notAuthenticated(SESSION_ENDED, CHALLENGE)
    await countFailure(request)
    throw notAuthenticated(token === undefined ? NO_TOKEN : WRONG_TOKEN, CHALLENGE)
  })
}

type Admit = (token: string, named: string | undefined) => Promise<TillAccess | undefined>

async function tillOf(
  admit: Admit,
  token: string | undefined,
  named: string | undefined,
): Promise<TillCaller | undefined> {
  const access = token === undefined ? undefined : await admit(token, named)
  return access && { ...access, tokenOf: access.waiterId, ...originOf(access, named) }
}

async function personOf(
  database: Database,
  session: Session,
  operatorSecret: string | undefined,
): Promise<TillCaller | undefined> {
  const access = await admitSession(database, { ...session, operatorSecret })
  return (
    access && {
      ...access,
      session,
      tokenOf: access.waiterId,
      ...originOf(access, undefined),
      product: 'Console',
      deviceType: 'Browser',
    }
  )
}

const SESSION_ENDED = 'You are signed out. Sign in again.'
/**
 * Tokens that opened nothing a moment ago. None begins to open something: a new token is random,
 * and a revoked one stays revoked.
 */
function createUnknownTokens() {
  const untilMs = new Map<string, number>()
  return {
    has: (token: string): boolean => (untilMs.get(token) ?? 0) > performance.now(),
    add: (token: string): void => {
      if (untilMs.size >= limits.unknownCredentialEntries) untilMs.clear()
      untilMs.set(token, performance.now() + limits.unknownCredentialMs)
    },
  }
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

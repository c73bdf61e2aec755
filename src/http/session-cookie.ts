// The cookie of a session of the console. It counts only in a request that also has a header which
// no other site can make a browser send: so a foreign page cannot act for people who are signed in.
import { parseCookie, stringifySetCookie } from 'cookie'
import type { FastifyReply, FastifyRequest } from 'fastify'

const COOKIE = 'epos_session'
/** The session of an operator, who may be in a venue at the same time. */
const OPERATOR_COOKIE = 'epos_operator'
/** `person` when somebody did something, `page` when the page asks by itself. */
const CONSOLE_HEADER = 'epos-console'

export interface Session {
  locationId: string
  secret: string
  /** Whether a person did something, which keeps the session open. */
  isPerson: boolean
}

type Headed = Pick<FastifyRequest, 'headers'>

export function isFromConsole({ headers }: Headed): boolean {
  return headers[CONSOLE_HEADER] === 'person' || headers[CONSOLE_HEADER] === 'page'
}

/** Undefined without a session, and where the header is missing. */
export function sessionIn(request: Headed): Session | undefined {
  if (!isFromConsole(request)) return undefined
  const { headers } = request
  const value = parseCookie(headers.cookie ?? '')[COOKIE] ?? ''
  const [, locationId, secret] = /^([\w.~:-]{1,500})\/([\w-]{43})$/.exec(value) ?? []
  if (locationId === undefined || secret === undefined) return undefined
  return { locationId, secret, isPerson: headers[CONSOLE_HEADER] === 'person' }
}

/** @param path below which the browser sends it */
export function setSession(
  request: FastifyRequest,
  reply: FastifyReply,
  session: { locationId: string; secret: string } | undefined,
  path: string,
): void {
  const value = session === undefined ? '' : `${session.locationId}/${session.secret}`
  setCookie(request, reply, { name: COOKIE, value, path })
}

export interface OperatorCookie {
  secret: string
  /** Whether a person did something, which keeps the session open. */
  isPerson: boolean
}

/** Undefined without a session of an operator, and where the header is missing. */
export function operatorSessionIn(request: Headed): OperatorCookie | undefined {
  if (!isFromConsole(request)) return undefined
  const { headers } = request
  const secret = parseCookie(headers.cookie ?? '')[OPERATOR_COOKIE] ?? ''
  if (!/^[\w-]{43}$/.test(secret)) return undefined
  return { secret, isPerson: headers[CONSOLE_HEADER] === 'person' }
}

/** @param path below which the browser sends it */
export function setOperatorSession(
  request: FastifyRequest,
  reply: FastifyReply,
  secret: string | undefined,
  path: string,
): void {
  setCookie(request, reply, { name: OPERATOR_COOKIE, value: secret ?? '', path })
}

/** An empty value ends it. */
function setCookie(
  request: FastifyRequest,
  reply: FastifyReply,
  cookie: { name: string; value: string; path: string },
): void {
  const text = stringifySetCookie({
    ...cookie,
    httpOnly: true,
    sameSite: 'strict',
    secure: request.protocol === 'https',
    ...(cookie.value === '' ? { maxAge: 0 } : {}),
  })
  reply.header('set-cookie', text)
}

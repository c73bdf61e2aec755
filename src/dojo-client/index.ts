// A client of the part of the Dojo API that this server calls.
import { setTimeout as wait } from 'node:timers/promises'
import type { TSchema, Static } from 'typebox'
import { Value } from 'typebox/value'
import { Agent, request } from 'undici'
import { limits } from '../limits.ts'
import { DojoRefusal, DojoUnreachable, DojoUnreadable, type Problem } from './errors.ts'
import { integrations, restIntegrations, type Integrations, type RestIntegrations, type RestRegistration } from './shapes.ts'

/** The version of the Dojo API that this client was written for. */
export const DOJO_API_VERSION = '2026-02-27'

export interface DojoClientOptions {
  /** Without a slash at its end. */
  apiUrl: string
  key: string
  softwareHouseId: string
  resellerId?: string | undefined
  connectTimeoutMs?: number
  /** For the headers of an answer, and again for each pause in its body. */
  replyTimeoutMs?: number
  /** In all, of a call that nobody answers. */
  attempts?: number
  /** Waits between two attempts. */
  delay?: (ms: number) => Promise<unknown>
}

export interface DojoClient {
  /** Tells Dojo the full set of capabilities and where they are; what it leaves out is no longer called. */
  registerRest: (registration: RestRegistration) => Promise<RestIntegrations>
  /** What is registered for the account of the key. */
  readIntegrations: () => Promise<Integrations>
  close: () => Promise<void>
}

interface Call<Answer extends TSchema> { method: 'GET' | 'PUT', path: string, body?: object, answer: Answer, secrets?: string[] }

/** Every call throws DojoRefusal, DojoUnreachable or DojoUnreadable, and none of their messages has the key in it. */
export function createDojoClient (options: DojoClientOptions): DojoClient {
  const { apiUrl, key, connectTimeoutMs = limits.dojoConnectTimeoutMs, replyTimeoutMs = limits.dojoReplyTimeoutMs, attempts = limits.dojoAttempts, delay = wait } = options
  const agent = new Agent({
    connect: { timeout: connectTimeoutMs },
    headersTimeout: replyTimeoutMs,
    bodyTimeout: replyTimeoutMs,
    maxResponseSize: limits.dojoMaxAnswerBytes,
  })

  async function send ({ method, path, body }: Call<TSchema>): Promise<{ status: number, text: string }> {
    const { statusCode, body: answer } = await request(`${apiUrl}${path}`, {
      dispatcher: agent,
      method,
      headers: headersOf(options, body !== undefined),
      ...body === undefined ? {} : { body: JSON.stringify(body) },
    })
    return { status: statusCode, text: await answer.text() }
  }

  /** Every call here may be sent twice: a PUT states the whole. */
  async function sendUntilAnswered (call: Call<TSchema>): Promise<{ status: number, text: string, mayBeDone: boolean }> {
    let mayBeDone = false
    for (let attempt = 1; ; attempt++) {
      try {
        return { ...await send(call), mayBeDone }
      } catch (cause) {
        const code = networkFault(cause)
        if (code === undefined) throw cause
        if (!NEVER_SENT.has(code)) mayBeDone = true
        if (attempt === attempts) throw new DojoUnreachable(nameOf(call), { apiUrl, attempts: attempt, mayBeDone, reason: reasons[code] ?? code, cause })
        await delay(backoffMs(attempt))
      }
    }
  }

  async function perform<Answer extends TSchema> (call: Call<Answer>): Promise<Static<Answer>> {
    const { status, text, mayBeDone } = await sendUntilAnswered(call)
    if (status < 200 || status > 299) throw new DojoRefusal(nameOf(call), status, problemOf(text, [key, ...call.secrets ?? []]), mayBeDone)
    const value = parseJson(text)
    if (value === undefined) throw new DojoUnreadable(nameOf(call), status, 'the answer is not JSON')
    if (!Value.Check(call.answer, value)) {
      const [fault] = Value.Errors(call.answer, value)
      throw new DojoUnreadable(nameOf(call), status, `the answer is not of the shape that the Dojo API gives it: ${fault?.instancePath || 'as a whole, it'} ${fault?.message}`)
    }
    return value
  }

  return {
    registerRest: async (registration) => await perform({ method: 'PUT', path: '/epos/integrations/rest', body: registration, answer: restIntegrations, secrets: [registration.auth.basic.password] }),
    readIntegrations: async () => await perform({ method: 'GET', path: '/epos/integrations', answer: integrations }),
    close: async () => { await agent.destroy() },
  }
}

const nameOf = ({ method, path }: Call<TSchema>): string => `${method} ${path}`

function headersOf ({ key, softwareHouseId, resellerId }: DojoClientOptions, hasBody: boolean): Record<string, string> {
  return {
    // Dojo takes the key as it is, although the scheme is named Basic.
    authorization: `Basic ${key}`,
    version: DOJO_API_VERSION,
    'software-house-id': softwareHouseId,
    ...resellerId === undefined ? {} : { 'reseller-id': resellerId },
    accept: 'application/json',
    ...hasBody ? { 'content-type': 'application/json' } : {},
  }
}

/** Grows from attempt to attempt, at random in its upper half, so that many servers do not come back at one moment. */
const backoffMs = (attempt: number): number => limits.dojoBackoffMs * 2 ** (attempt - 1) * (1 + Math.random()) / 2

const reasons: Record<string, string> = {
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was cut',
  UND_ERR_SOCKET: 'the connection was cut',
  ENOTFOUND: 'there is no host of that name',
  EAI_AGAIN: 'the name of the host could not be looked up',
  UND_ERR_CONNECT_TIMEOUT: 'no connection within the time limit',
  UND_ERR_HEADERS_TIMEOUT: 'no answer within the time limit',
  UND_ERR_BODY_TIMEOUT: 'the answer stopped before its end',
  UND_ERR_RES_EXCEEDED_MAX_SIZE: 'the answer is larger than any of the Dojo API',
}

/** Faults of making the connection: Dojo has not seen the request. */
const NEVER_SENT: ReadonlySet<string> = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT'])

/** The code of a failure on the way, undefined for a fault of our own. */
function networkFault (error: unknown): string | undefined {
  const code = (error as NodeJS.ErrnoException).code
  return typeof code !== 'string' || code === 'UND_ERR_INVALID_ARG' ? undefined : code
}

function parseJson (text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

/** Problem details, whose fields Dojo writes in either letter case. */
function problemOf (text: string, secrets: readonly string[]): Problem {
  const value = parseJson(text)
  if (typeof value !== 'object' || value === null) return {}
  const fields = Object.fromEntries(Object.entries(value).map(([name, field]) => [name.toLowerCase(), field as unknown]))
  const line = (field: unknown): string | undefined => {
    if (typeof field !== 'string' || field.trim() === '') return undefined
    return secrets.reduce((text, secret) => text.replaceAll(secret, '(hidden)'), field).replace(/\s+/g, ' ').trim().slice(0, limits.maxLoggedMessageCharacters)
  }
  return { title: line(fields['title']), detail: line(fields['detail']) ?? line(faultsOf(fields['errors'])), traceId: line(fields['traceid']) }
}

/** What is wrong with which field, where Dojo lists that instead of a detail. */
function faultsOf (errors: unknown): string | undefined {
  if (typeof errors !== 'object' || errors === null) return undefined
  return Object.entries(errors).map(([field, faults]) => `${field}: ${[faults].flat().join(' ')}`).join('; ')
}

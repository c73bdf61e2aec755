// A request of Dojo as a command line that makes it again, as far as it is known what it said.
import type { Static } from 'typebox'
import { curlOf } from '../../../page/browser/curl.ts'
import type { RequestWithBodiesShape } from '../../../till/venue/dojo-requests.ts'
import { CAPABILITIES } from './capabilities.ts'

export type KnownRequest = Static<typeof RequestWithBodiesShape>

export interface Copied {
  text: string
  /** Whether personal data, or what was too long, is missing from it. */
  isIncomplete: boolean
}

/** For the shell to fill in: `name:password`, as `epos location rotate-credential` prints them. */
const USER = '"$EPOS_CREDENTIAL"'

/**
 * Undefined where too little is known of it.
 * @param serverUrl where the EPOS Data API is, without `/v1`
 */
export function curlOfRequest(request: KnownRequest, serverUrl: string): Copied | undefined {
  const input = inputOf(request)
  const [method, template] = CAPABILITIES[request.capability]?.split(' ') ?? []
  if (input === undefined || method === undefined || template === undefined) return undefined
  const { path, rest } = filledIn(template, input)
  if (path === undefined) return undefined
  const hasBody = method === 'POST' || method === 'PUT'
  const { value, isIncomplete } = withoutMarks(rest)
  return {
    text: curlOf({
      method,
      url: serverUrl + path,
      user: USER,
      headers: headersOf(request),
      body: hasBody ? JSON.stringify(value, null, 2) : '',
    }),
    isIncomplete,
  }
}

type Input = Record<string, unknown>

/** What was kept of it; without that, what its row says is enough where it has no body. */
function inputOf({ capability, transport, bodies, orderId }: KnownRequest): Input | undefined {
  if (transport === 'webhook') return undefined
  if (bodies === undefined) {
    const isRead = CAPABILITIES[capability]?.startsWith('GET ') === true
    return isRead ? { ...(orderId === undefined ? {} : { orderId }) } : undefined
  }
  if (bodies.request === '') return {}
  try {
    return JSON.parse(bodies.request) as Input
  } catch {
    return undefined // cut off
  }
}

/** The path, undefined when a part of it is not known, and what is left for the body. */
function filledIn(template: string, input: Input): { path: string | undefined; rest: Input } {
  const rest = { ...input }
  let isKnown = true
  const path = template.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = rest[name]
    delete rest[name]
    isKnown &&= typeof value === 'string' && !isMark(value)
    return encodeURIComponent(String(value))
  })
  return { path: isKnown ? path : undefined, rest }
}

function headersOf(request: KnownRequest): Record<string, string> {
  const { waiterId, deviceId, deviceType, product } = request
  const all = {
    'waiter-id': waiterId,
    'device-id': deviceId,
    'device-type': deviceType,
    'dojo-requesting-product': product,
  }
  return Object.fromEntries(
    Object.entries(all).filter((each): each is [string, string] => each[1] !== undefined),
  )
}

/** What the server writes in place of what it does not keep: `(left out)`, `(3 more)`. */
const isMark = (value: unknown): boolean => typeof value === 'string' && /^\(.*\)$/.test(value)

/** The same without what was not kept, so that nothing is sent that Dojo never said. */
function withoutMarks(value: unknown): { value: unknown; isIncomplete: boolean } {
  let isIncomplete = false
  const text = JSON.stringify(value, (name, each: unknown) => {
    if (Array.isArray(each)) {
      const kept = each.filter((one) => !isMark(one))
      isIncomplete ||= kept.length < each.length
      return kept
    }
    if (!isMark(each) && name !== '(other fields)') return each
    isIncomplete = true
    return undefined
  })
  return { value: JSON.parse(text) as unknown, isIncomplete }
}

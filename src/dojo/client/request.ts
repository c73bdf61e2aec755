// A call to Dojo as an HTTP request: where each input goes, and which headers travel along.
import type { DojoOperation, DojoOperationName } from '../../contract/dojo-api.ts'
import type { Method } from '../../contract/openapi.ts'

/** The version of the Dojo API that this client was written for. */
const DOJO_API_VERSION = '2026-02-27'

export interface Sender {
  /** Without a slash at its end. */
  apiUrl: string
  key: string
  softwareHouseId: string
  resellerId?: string | undefined
}

export interface DojoRequest {
  /** For messages, such as `PUT /epos/integrations/rest`. */
  name: string
  method: Method
  url: string
  headers: Record<string, string>
  body: string | undefined
  /** Whether sending it twice has the same effect as once. */
  mayRepeat: boolean
}

/** POST requests that change nothing. */
const READING_POSTS: ReadonlySet<DojoOperationName> = new Set(['PaymentIntents_Search'])

export function requestOf(
  sender: Sender,
  { name, method, path, pathParameters, query, body }: DojoOperation,
  input: Record<string, unknown>,
  idempotencyKey: string | undefined,
): DojoRequest {
  const rest = { ...input }
  const take = (field: string): unknown => {
    const value = rest[field]
    delete rest[field]
    return value
  }
  let filled = path
  for (const field of pathParameters) {
    filled = filled.replace(`{${field}}`, encodeURIComponent(String(take(field))))
  }
  const search = new URLSearchParams()
  for (const { name: field } of query) {
    for (const value of [take(field)].flat()) {
      if (value !== undefined) search.append(field, String(value))
    }
  }
  return {
    name: `${method} ${path}`,
    method,
    url: `${sender.apiUrl}${filled}${search.size === 0 ? '' : `?${search.toString()}`}`,
    headers: headersOf(sender, path, body !== undefined, idempotencyKey),
    body: body === undefined ? undefined : JSON.stringify(rest),
    mayRepeat:
      method === 'GET' ||
      method === 'PUT' ||
      idempotencyKey !== undefined ||
      READING_POSTS.has(name),
  }
}

/** Payments belong to the venue, not to the reseller of its software. */
const WITHOUT_RESELLER = /^\/payment-intents/
/** Card machines take no call without one: who has no reseller sells the software itself. */
const WITH_RESELLER = /^\/terminal/

function headersOf(
  { key, softwareHouseId, resellerId }: Sender,
  path: string,
  hasBody: boolean,
  idempotencyKey: string | undefined,
): Record<string, string> {
  const headers: Record<string, string> = {
    // Dojo takes the key as it is, although the scheme is named Basic.
    authorization: `Basic ${key}`,
    version: DOJO_API_VERSION,
    'software-house-id': softwareHouseId,
    accept: 'application/json',
  }
  const reseller = resellerId ?? (WITH_RESELLER.test(path) ? softwareHouseId : undefined)
  if (reseller !== undefined && !WITHOUT_RESELLER.test(path)) headers['reseller-id'] = reseller
  if (hasBody) headers['content-type'] = 'application/json'
  if (idempotencyKey !== undefined) headers['idempotencyKey'] = idempotencyKey
  return headers
}

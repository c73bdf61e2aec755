// Reads a request of the Dojo API: checks headers, query and body against openapi/dojo-api.yaml.
import type { ValidateFunction } from 'ajv'
import type { FastifyRequest } from 'fastify'
import type { DojoInput, DojoOperation, DojoOperationName } from '../../contract/dojo-api.ts'
import type { RawParameter } from '../../contract/openapi.ts'
import { compileSchema, describeFault } from '../../contract/validation.ts'
import { badRequest } from '../dojo/problem.ts'

type QueryParameter = RawParameter & { check: ValidateFunction }
interface Checks {
  body: ValidateFunction | undefined
  query: QueryParameter[]
}

/** The reader puts path, query and body together. It throws Problem 400 for what does not fit. */
export function createRequestReader(
  operation: DojoOperation,
): (request: FastifyRequest) => DojoInput<DojoOperationName> {
  // Compiled on first use: most operations are never called, and the sandbox starts faster.
  let checks: Checks | undefined
  return (request) => {
    checks ??= compileChecks(operation)
    checkHeaders(operation, request)
    const query = readQuery(checks.query, request.query as Record<string, unknown>)
    checkBody(operation, checks.body, request.body)
    return {
      ...(request.body as object),
      ...query,
      ...(request.params as object),
    } as DojoInput<DojoOperationName>
  }
}

const compileChecks = ({ body, query }: DojoOperation): Checks => ({
  body: body && compileSchema(body),
  query: query.map((parameter) => ({ ...parameter, check: compileSchema(parameter.schema) })),
})

function checkHeaders({ requiredHeaders }: DojoOperation, { headers }: FastifyRequest): void {
  for (const header of requiredHeaders) {
    if (headers[header.toLowerCase()] === undefined) {
      throw badRequest(`The header \`${header}\` is missing.`, { [header]: ['is required'] })
    }
  }
  const { version } = headers
  if (version !== undefined && !isDate(String(version))) {
    throw badRequest(
      `The header \`version\` is ${String(version)}; send a date such as 2026-02-27.`,
      { version: ['must be a date'] },
    )
  }
}

const isDate = (text: string): boolean =>
  /^\d{4}-\d{2}-\d{2}$/.test(text) &&
  !Number.isNaN(Date.parse(text)) &&
  new Date(text).toISOString().startsWith(text)

function readQuery(
  parameters: readonly QueryParameter[],
  query: Record<string, unknown>,
): Record<string, unknown> {
  const values: Record<string, unknown> = {}
  for (const { name, schema, required, check } of parameters) {
    const value = queryValue(query[name], schema)
    if (value === undefined && required !== true) continue
    if (!check(value)) {
      throw badRequest(`The query parameter \`${name}\` is invalid.`, {
        [name]: [describeFault(check.errors).replace('The request body', 'it')],
      })
    }
    values[name] = value
  }
  return values
}

function queryValue(text: unknown, { type }: { type?: unknown }): unknown {
  if (text === undefined) return undefined
  if (type === 'array') return [text].flat().flatMap((part) => String(part).split(','))
  if (type === 'boolean' && (text === 'true' || text === 'false')) return text === 'true'
  return text
}

function checkBody(
  { name }: DojoOperation,
  check: ValidateFunction | undefined,
  body: unknown,
): void {
  if (check === undefined || check(name.startsWith('Webhooks_') ? allowLoopback(body) : body)) {
    return
  }
  const fault = describeFault(check.errors)
  const field = check.errors?.[0]?.instancePath.slice(1).replaceAll('/', '.') ?? ''
  throw badRequest(fault, { [field]: [fault] })
}

const LOOPBACK = ['127.0.0.1', 'localhost', '[::1]']
/** Matches no schema of a url. */
const NO_URL = 'not a url'

/** Dojo wants HTTPS for a subscription; here a server on the same machine may use HTTP. */
function allowLoopback(body: unknown): unknown {
  const { url } = (body ?? {}) as { url?: unknown }
  if (typeof url !== 'string') return body
  if (!URL.canParse(url)) return { ...(body as object), url: NO_URL }
  const { protocol, hostname, username, password } = new URL(url)
  if (hostname === '' || username !== '' || password !== '') {
    return { ...(body as object), url: NO_URL }
  }
  return protocol === 'http:' && LOOPBACK.includes(hostname)
    ? { ...(body as object), url: url.replace(/^http:/, 'https:') }
    : body
}

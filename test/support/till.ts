// A till of a venue, calling the server as a till does. Every answer is held against the shape of
// its operation.
import type { LightMyRequestResponse } from 'fastify'
import type { Test } from 'tap'
import { isProblemCode, problemCodes } from '../../src/till/kit/problem-codes.ts'
import type { Problem } from '../../src/till/kit/problems.ts'
import { BASE, tillDocument } from '../../src/till/document.ts'
import { operations } from '../../src/till/operations.ts'
import { validatorOf } from '../../src/till/kit/validation.ts'
import type { TillRole } from '../../src/domain/venue/till-role.ts'
import { createToken } from '../../src/operator/tokens.ts'
import type { Server } from '../../src/server.ts'
import type { TestServer, Venue } from './server.ts'

export interface TillReply<Body = any> {
  status: number
  /** The answer, when `status` is below 400. */
  body: Body
  /** The problem, when it is not. */
  problem: Problem
  headers: LightMyRequestResponse['headers']
  text: string
}

export interface CallOptions {
  key?: string
  ifMatch?: string | number
  waiterId?: string
  headers?: Record<string, string>
}

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

export interface Till {
  locationId: string
  token: string
  tokenId: string
  /**
   * `call('POST /orders/{orderId}/lines', { orderId }, body)`: the path as the document has it, and
   * what goes into it.
   */
  call: (
    operation: string,
    path?: Record<string, string>,
    body?: unknown,
    options?: CallOptions,
  ) => Promise<TillReply>
}

/** What the document says that each operation may answer, by status. */
const described = new Map(
  Object.entries(
    tillDocument('')['paths'] as Record<string, Record<string, { responses: object }>>,
  ).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { responses }]) => [
      `${method.toUpperCase()} ${path.slice(BASE.length)}`,
      responses,
    ]),
  ),
)
const checks = new Map(
  operations.map(({ method, path, answer }) => [`${method} ${path}`, validatorOf(answer, 'body')]),
)

export interface TillOptions {
  role?: TillRole
  waiterId?: string
  tillName?: string
  venue?: Venue
}

export async function newTill(
  t: Test,
  server: TestServer,
  { role = 'manager', venue = server.venue, ...more }: TillOptions = {},
): Promise<Till> {
  const { tokenId, token } = await createToken(server.store.prisma, venue.locationId, {
    role,
    ...more,
  })
  return tillWith(t, server, venue.locationId, tokenId, token)
}

/** The same till at another instance of the server. */
export const tillAt = (t: Test, server: Server, till: Till): Till =>
  tillWith(t, server, till.locationId, till.tokenId, till.token)

function tillWith(
  t: Test,
  server: Server,
  locationId: string,
  tokenId: string,
  token: string,
): Till {
  return {
    locationId,
    token,
    tokenId,
    call: async (operation, path = {}, body, { key, ifMatch, waiterId, headers = {} } = {}) => {
      const [method, template] = operation.split(' ') as [Method, string]
      const [pattern, query] = template.split('?') as [string, string | undefined]
      const url = pattern.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
        encodeURIComponent((path[name] ?? `{${name}}`).toWellFormed()),
      )
      const response = await server.app.inject({
        method,
        url: `${BASE}${url}${query === undefined ? '' : `?${query}`}`,
        headers: {
          authorization: `Bearer ${token}`,
          ...(key === undefined ? {} : { 'idempotency-key': key }),
          ...(ifMatch === undefined
            ? {}
            : { 'if-match': typeof ifMatch === 'number' ? `"${ifMatch}"` : ifMatch }),
          ...(waiterId === undefined ? {} : { 'waiter-id': waiterId }),
          ...headers,
        },
        ...(body === undefined ? {} : { payload: body as object }),
      })
      return replyOf(t, `${method} ${pattern}`, response)
    },
  }
}

function replyOf(
  t: Test,
  operation: string,
  { statusCode: status, payload: text, headers }: LightMyRequestResponse,
): TillReply {
  const isJson = /json/.test(String(headers['content-type']))
  const parsed = isJson && text !== '' ? (JSON.parse(text) as unknown) : undefined
  const responses = described.get(operation)
  if (responses !== undefined && !(status in responses)) {
    t.fail(`the document says that ${operation} may answer ${status}`, { text })
  }
  if (status >= 400) {
    const problem = parsed as Problem | undefined
    if (
      problem?.status !== status ||
      !/^application\/problem\+json/.test(String(headers['content-type'])) ||
      problem.traceId !== headers['trace-id'] ||
      !isProblemCode(problem.code) ||
      problem.type !== `urn:epos:problem:${problem.code}` ||
      problemCodes[problem.code][0] !== status ||
      problem.detail === ''
    ) {
      t.fail(`${operation} answers ${status} as a problem`, { text })
    }
    if (status >= 500 && status !== 503) t.fail(`${operation} answered ${status}`, { text })
  } else if (parsed !== undefined) {
    const valid = checks.get(operation)?.(parsed)
    if (valid !== undefined && valid !== true) {
      t.fail(`the answer of ${operation} is as its document says`, {
        faults: (valid.error as { validation?: unknown }).validation,
        parsed,
      })
    }
  }
  return { status, body: parsed, problem: parsed as Problem, headers, text }
}

/** Adds items to the menu, each offered with all of the parts. */
export async function newMenu(
  { sql }: TestServer,
  { locationId }: Pick<Venue, 'locationId'>,
  items: MenuEntry[],
): Promise<void> {
  for (const [
    index,
    {
      plu,
      kind = 'Item',
      name = `Item ${plu}`,
      priceMinor,
      taxRateHundredths = 2000,
      takeawayTaxRateHundredths = null,
      course = null,
      available = true,
      parts = [],
    },
  ] of items.entries()) {
    await sql(
      `INSERT INTO menu_items (location_id, plu, kind, name, price_minor, tax_rate_hundredths, takeaway_tax_rate_hundredths,
        course, available, position)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
      [
        locationId,
        plu,
        kind,
        name,
        priceMinor,
        taxRateHundredths,
        takeawayTaxRateHundredths,
        course,
        available,
        index,
      ],
    )
    await sql(
      `INSERT INTO menu_parts (location_id, plu, part_plu, position)
      SELECT $1, $2, part, place FROM unnest($3::text[]) WITH ORDINALITY AS x(part, place)`,
      [locationId, plu, parts],
    )
  }
}

/** Parts before what they are parts of. */
export interface MenuEntry {
  plu: string
  kind?: 'Item' | 'SubItem' | 'Modifier'
  name?: string
  priceMinor: number
  taxRateHundredths?: number
  takeawayTaxRateHundredths?: number
  course?: string
  available?: boolean
  parts?: string[]
}

/** That a call was refused, how, as what, and in which words. */
export function isProblem(
  t: Test,
  { status, problem, text }: TillReply,
  expected: number,
  code: string,
  detail?: string | RegExp,
): void {
  t.strictSame([status, problem?.code], [expected, code], text)
  if (typeof detail === 'string') t.equal(problem.detail, detail)
  else if (detail !== undefined) t.match(problem.detail, detail)
}

/** Opens a dine-in order and returns it. */
export async function openOrder(till: Till, more: object = {}): Promise<any> {
  const { status, body, text } = await till.call(
    'POST /orders',
    {},
    { orderType: 'DineIn', ...more },
  )
  if (status !== 201) throw new Error(`POST /orders answered ${status}: ${text}`)
  return body
}

// The server as production makes it, on a database of its own, and Dojo calling it. Every answer is
// held against the contract.
import pg from 'pg'
import type { LightMyRequestResponse } from 'fastify'
import type { Test } from 'tap'
import { loadConfig } from '../../src/config.ts'
import type { CapabilityName, Input, Output, Schemas } from '../../src/contract/capabilities.ts'
import { operations } from '../../src/contract/document.ts'
import type { SocketResponse } from '../../src/contract/socket.ts'
import type { Overrides } from '../../src/server-options.ts'
import { createServer, type Server } from '../../src/server.ts'
import { createLocation, type Currency } from '../../src/operator/locations.ts'
import { checkAnswer } from './contract.ts'
import { freshDatabase } from './database.ts'
import { directSocket } from './socket.ts'
import { testTransport, writesRowByRow } from './transport.ts'

/** What Dojo says of the person and device behind a call. */
export interface Headers {
  'waiter-id'?: string
  'dojo-requesting-product'?: string
  'device-id'?: string
  'device-type'?: string
  authorization?: string
}

export interface Reply<Body> {
  status: number
  /** The answer, when `status` is 200. */
  body: Body
  /** The error, when it is not. */
  error: Required<Schemas['EPOSError']>
  headers: LightMyRequestResponse['headers']
}

/** A venue, and Dojo calling it by the names of capabilities. */
export interface Venue {
  locationId: string
  username: string
  password: string
  /**
   * The contract's own shapes; pass `unknown` things with a cast where the point is that they are
   * wrong.
   */
  call: <Name extends CapabilityName>(
    name: Name,
    input: Input<Name>,
    headers?: Headers,
  ) => Promise<Reply<Output<Name>>>
}

export interface TestServer extends Server {
  databaseUrl: string
  /** SQL straight to the test's database, for what only time or another program would do. */
  sql: <Row extends object = Record<string, unknown>>(
    text: string,
    values?: unknown[],
  ) => Promise<Row[]>
  venue: Venue
  /** Another venue on the same server. */
  newVenue: (name: string, currency?: Currency) => Promise<Venue>
}

export interface TestServerOptions {
  environment?: Record<string, string>
  overrides?: Overrides
  /** Another server's, to be a second instance beside it. */
  databaseUrl?: string
}

export async function startServer(
  t: Test,
  { environment = {}, overrides = {}, databaseUrl }: TestServerOptions = {},
): Promise<TestServer> {
  const url = databaseUrl ?? (await freshDatabase(t))
  const config = loadConfig({ LOG_LEVEL: 'silent', DOCS: 'false', ...environment })
  const server = await createServer(
    { config, databaseUrl: url },
    { ...(writesRowByRow() ? { isDistributed: true } : {}), ...overrides },
  )
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => {}) // tests may end its connection
  await client.connect()
  // Runs before the database is dropped: teardowns go from the last to the first.
  let closed: Promise<void> | undefined
  const close = async (): Promise<void> => {
    closed ??= server.close()
    await closed
  }
  t.teardown(async () => {
    await close()
    await client.end()
  })
  const newVenue = async (name: string, currency: Currency = 'GBP'): Promise<Venue> => {
    const { locationId, credential } = await createLocation(server.store.prisma, { name, currency })
    return callable(t, server, config.routePrefix, locationId, credential)
  }
  return {
    ...server,
    close,
    databaseUrl: url,
    sql: async <Row>(text: string, values: unknown[] = []) =>
      (await client.query(text, values)).rows as Row[],
    venue: await newVenue('The Red Lion'),
    newVenue,
  }
}

/** The same venue on another instance of the server. */
export const onInstance = (t: Test, server: Server, venue: Venue): Venue =>
  callable(t, server, '', venue.locationId, venue)

function callable(
  t: Test,
  server: Server,
  prefix: string,
  locationId: string,
  { username, password }: { username: string; password: string },
): Venue {
  return {
    locationId,
    username,
    password,
    call: async (name, input, headers = {}) => {
      const call: Asked = { name, fields: input as Record<string, unknown>, headers }
      // No header of a socket says who asks.
      const isOverSocket = testTransport() === 'socket' && headers.authorization === undefined
      const response = isOverSocket
        ? await askOverSocket(server, username, call)
        : await askOverRest(server, prefix, { authorization: basic(username, password) }, call)
      checkAnswer(t, name, response)
      const parsed = response.payload === '' ? undefined : (JSON.parse(response.payload) as unknown)
      return {
        status: response.statusCode,
        body: parsed as never,
        error: parsed as never,
        headers: response.headers,
      }
    },
  }
}

interface Asked {
  name: CapabilityName
  fields: Record<string, unknown>
  headers: Headers
}

type Answered = Pick<LightMyRequestResponse, 'statusCode' | 'payload' | 'headers'>

async function askOverRest(
  { app }: Server,
  prefix: string,
  credential: Headers,
  { name, fields: input, headers }: Asked,
): Promise<Answered> {
  const { method, path, pathParameters, body } = operations.find(
    (operation) => operation.name === name,
  )!
  const fields = { ...input }
  const url =
    prefix +
    pathParameters.reduce((url, parameter) => {
      const value = String(fields[parameter])
      delete fields[parameter] // no field of a body is also in its path
      return url.replace(`{${parameter}}`, encodeURIComponent(value))
    }, path)
  return await app.inject({
    method,
    url,
    headers: { ...credential, ...headers },
    ...(body === undefined ? {} : { payload: fields }),
  })
}

const STATUS: Record<string, number> = { InvalidRequest: 400, NotFound: 404, Conflict: 409 }

/** As if it had come over REST, for tables that know statuses. */
async function askOverSocket(
  server: Server,
  username: string,
  { name, fields, headers }: Asked,
): Promise<Answered> {
  const { ask } = await directSocket(server, { username })
  const text = await ask(name, fields as never, {
    headers: {
      waiterId: headers['waiter-id'],
      dojoRequestingProduct: headers['dojo-requesting-product'],
      deviceId: headers['device-id'],
      deviceType: headers['device-type'],
    },
  })
  const { result, error } = JSON.parse(text) as SocketResponse
  if (error !== undefined) {
    return {
      statusCode: STATUS[error.errorType] ?? 500,
      payload: JSON.stringify(error),
      headers: { 'trace-id': error.traceId },
    }
  }
  const hasBody = operations.find((operation) => operation.name === name)!.answer !== undefined
  const payload = hasBody ? JSON.stringify(result) : ''
  return { statusCode: 200, payload, headers: {} }
}

export const basic = (username: string, password: string): string =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`

// The server as production makes it, on a database of its own, and Dojo calling it. Every answer is
// held against the contract.
import pg from 'pg'
import type { LightMyRequestResponse } from 'fastify'
import type { Test } from 'tap'
import { loadConfig } from '../../src/config.ts'
import type { CapabilityName, Input, Output, Schemas } from '../../src/contract/capabilities.ts'
import { operations } from '../../src/contract/document.ts'
import { createServer, type Overrides, type Server } from '../../src/server.ts'
import { createLocation, type Currency } from '../../src/operator/locations.ts'
import { checkAnswer } from './contract.ts'
import { freshDatabase } from './database.ts'

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
  const server = await createServer({ config, databaseUrl: url }, overrides)
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => {}) // tests may end its connection
  await client.connect()
  // Runs before the database is dropped: teardowns go from the last to the first.
  t.teardown(async () => {
    await server.close()
    await client.end()
  })
  const newVenue = async (name: string, currency: Currency = 'GBP'): Promise<Venue> => {
    const { locationId, credential } = await createLocation(server.store.prisma, { name, currency })
    return callable(t, server, config.routePrefix, locationId, credential)
  }
  return {
    ...server,
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
      const { method, path, pathParameters, body } = operations.find(
        (operation) => operation.name === name,
      )!
      const fields = { ...(input as Record<string, unknown>) }
      const url =
        prefix +
        pathParameters.reduce((url, parameter) => {
          const value = String(fields[parameter])
          delete fields[parameter] // no field of a body is also in its path
          return url.replace(`{${parameter}}`, encodeURIComponent(value))
        }, path)
      const response = await server.app.inject({
        method,
        url,
        headers: { authorization: basic(username, password), ...headers },
        ...(body === undefined ? {} : { payload: fields }),
      })
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

export const basic = (username: string, password: string): string =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`

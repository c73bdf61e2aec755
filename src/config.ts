// The environment, checked as a whole: every fault is listed at once. Nothing else in the server
// reads a variable.
import { existsSync } from 'node:fs'
import { isIP } from 'node:net'
import { resolve } from 'node:path'
import { Ajv, type ValidateFunction } from 'ajv'
import { Type, type Static, type TSchema } from 'typebox'

interface Variable<T extends TSchema> {
  schema: T
  description: string
  example?: string
  /** The form of its value, for the message about a fault, where the schema does not say it. */
  form?: string
}

function variable<T extends TSchema>(
  schema: T,
  description: string,
  more: { example?: string; form?: string } = {},
): Variable<T> {
  return { schema, description, ...more }
}

const URL_FORM = 'It begins with https:// or http:// and a host, and has no space, ? or #.'

const ORIGIN = 'https?://[^\\s/,?#@]+'

/** What the pools of all workers may come to. PostgreSQL slows down long before. */
const MOST_CONNECTIONS = 500

/** Every variable with its default. A test holds the documentation to this list. */
export const variables = {
  HOST: variable(
    Type.String({ default: '127.0.0.1', minLength: 1 }),
    'Address to listen on; 0.0.0.0 for every interface.',
  ),
  PORT: variable(
    Type.Integer({ default: 8080, minimum: 0, maximum: 65535 }),
    'Port to listen on; 0 picks a free one.',
  ),
  DATA_DIR: variable(
    Type.String({ default: '.data', minLength: 1 }),
    'Folder of the embedded database, demo.json and the generated secrets key.',
  ),
  DATABASE_URL: variable(
    Type.Optional(Type.String({ pattern: '^postgres(ql)?://.+' })),
    'PostgreSQL to use instead of the embedded one.',
    {
      example: 'postgresql://epos:secret@db:5432/epos',
      form: 'It begins with postgresql:// or postgres://.',
    },
  ),
  DATABASE_POOL_SIZE: variable(
    Type.Integer({ default: 10, minimum: 1, maximum: MOST_CONNECTIONS }),
    'Connections that one process holds at most.',
  ),
  WORKERS: variable(
    Type.Integer({ default: 1, minimum: 1, maximum: 64 }),
    'Processes that serve on the one port; above 1 there is a parent process besides.',
  ),
  MIGRATE_ON_START: variable(
    Type.Boolean({ default: false }),
    'Apply missing migrations at start; the embedded database always does.',
  ),
  PUBLIC_URL: variable(
    Type.Optional(Type.String({ pattern: '^https?://[^\\s?#]+$' })),
    'Where Dojo reaches this server, with the prefix if there is one.',
    { example: 'https://epos.example.com', form: URL_FORM },
  ),
  ROUTE_PREFIX: variable(
    Type.String({ default: '', pattern: '^(/[A-Za-z0-9._~-]+)*$' }),
    'Path below which all routes live.',
    {
      example: '/dojo',
      form:
        'It begins with a slash, does not end with one, and has only letters, digits and ._~- ' +
        'between slashes.',
    },
  ),
  LOG_LEVEL: variable(
    Type.Union(
      (['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const).map((level) =>
        Type.Literal(level),
      ),
      { default: 'info' },
    ),
    'fatal, error, warn, info, debug, trace or silent.',
  ),
  METRICS: variable(Type.Boolean({ default: true }), 'Serve /metrics.'),
  DOCS: variable(
    Type.Boolean({ default: true }),
    'Serve /docs, /llms.txt and the documents of the APIs.',
  ),
  CONSOLE: variable(Type.Boolean({ default: true }), 'Serve the console, /console.'),
  DOJO_API_URL: variable(
    Type.String({ default: 'https://api.dojo.tech', pattern: '^https?://[^\\s?#]+$' }),
    'The Dojo API.',
    { form: URL_FORM },
  ),
  DOJO_SOCKET_URL: variable(
    Type.String({ default: 'wss://eu.ws.dojo.tech/epos', pattern: '^wss?://[^\\s?#]+$' }),
    "Dojo's gateway, for venues that Dojo reaches through a socket.",
    { form: 'It begins with wss:// or ws:// and a host, and has no space, ? or #.' },
  ),
  DOJO_COUNTER_SOCKET_URL: variable(
    Type.String({ default: 'wss://api.dojo.tech/ws/v2/pac/epos', pattern: '^wss?://[^\\s?#]+$' }),
    "Dojo's gateway for card machines, for venues whose tills reach them through a socket.",
    { form: 'It begins with wss:// or ws:// and a host, and has no space, ? or #.' },
  ),
  DOJO_SOCKET_PER: variable(
    Type.Union([Type.Literal('venue'), Type.Literal('software-house')], { default: 'venue' }),
    'venue: each venue has a socket; software-house: only the first venue has one.',
    { form: 'It is venue or software-house.' },
  ),
  SOFTWARE_HOUSE_ID: variable(
    Type.Optional(Type.String({ minLength: 1 })),
    "The EPOS company's id, given by Dojo; needed to register, to send events and to ask about " +
      'payments.',
    { example: 'acme-epos' },
  ),
  RESELLER_ID: variable(
    Type.Optional(Type.String({ minLength: 1 })),
    "The reseller's id, given by Dojo, where there is one.",
    { example: 'acme-reseller' },
  ),
  SECRETS_KEY: variable(
    Type.Optional(Type.String({ pattern: '^[0-9a-fA-F]{64}$' })),
    "64 hexadecimal digits that seal the venues' Dojo keys and webhook secrets " +
      '(openssl rand -hex 32); created in DATA_DIR for the embedded database.',
    { example: '0000000000000000000000000000000000000000000000000000000000000000' },
  ),
  CORS_ORIGINS: variable(
    Type.Optional(Type.String({ pattern: `^(\\*|${ORIGIN}( *, *${ORIGIN})*)$` })),
    'Origins whose web pages may call the till API from a browser, separated by commas; * for any.',
    {
      example: 'https://till.example.com,http://localhost:5173',
      form: 'Each begins with https:// or http:// and ends with the host or its port.',
    },
  ),
  WEBHOOKS_ALLOW_PRIVATE: variable(
    Type.Boolean({ default: false }),
    "Send the venues' own webhooks also to private addresses, and without TLS.",
    { example: 'true' },
  ),
  TRUST_PROXY: variable(
    Type.String({ default: 'false' }),
    'Whose X-Forwarded-For to trust: true, false, a number of hops, or addresses separated by ' +
      'commas.',
    { example: '10.0.0.0/8' },
  ),
} as const

type VariableName = keyof typeof variables
const wholeNumbers: readonly VariableName[] = ['PORT', 'DATABASE_POOL_SIZE', 'WORKERS']
const secret: ReadonlySet<VariableName> = new Set(['SECRETS_KEY', 'DATABASE_URL'])
type Values = { [Name in VariableName]: Static<(typeof variables)[Name]['schema']> }

export interface Config {
  host: string
  port: number
  dataDir: string
  /** Undefined: the embedded database. */
  databaseUrl: string | undefined
  /** In each process. */
  databasePoolSize: number
  workers: number
  migrateOnStart: boolean
  publicUrl: string | undefined
  routePrefix: string
  logLevel: Values['LOG_LEVEL']
  metrics: boolean
  docs: boolean
  console: boolean
  dojoApiUrl: string
  dojoSocketUrl: string
  dojoCounterSocketUrl: string
  dojoSocketPer: Values['DOJO_SOCKET_PER']
  softwareHouseId: string | undefined
  resellerId: string | undefined
  /** 32 bytes, hexadecimal. */
  secretsKey: string | undefined
  /** Origins of web pages that may call the till API; `*` among them means any. */
  corsOrigins: readonly string[]
  webhooksAllowPrivate: boolean
  trustProxy: boolean | number | string
}

export class ConfigFault extends Error {
  override readonly name = 'ConfigFault'
  readonly faults: readonly string[]

  constructor(faults: readonly string[]) {
    const count = faults.length === 1 ? 'a fault' : `${faults.length} faults`
    const list = faults.map((fault) => `  ${fault}`).join('\n')
    super(`The environment has ${count}:\n${list}`)
    this.faults = faults
  }
}

/**
 * Adds the variables of the file .env in the current folder to the environment of this process,
 * where they are not set yet.
 * @throws Error that says why the file cannot be read
 */
export function readEnvFile(): void {
  const file = resolve('.env')
  if (!existsSync(file)) return
  try {
    process.loadEnvFile(file)
  } catch (error) {
    throw new Error(`${file} cannot be read: ${(error as Error).message}`, { cause: error })
  }
}

/**
 * @param environment variables as text; an empty one counts as unset
 * @throws ConfigFault listing every variable that is wrong
 */
export function loadConfig(
  environment: Readonly<Record<string, string | undefined>>,
): Readonly<Config> {
  const given = Object.fromEntries(
    Object.keys(variables).map((name) => [
      name,
      environment[name] === '' ? undefined : environment[name],
    ]),
  )
  const values = { ...given } as unknown as Values
  validate ??= compileVariables()
  validate(values)
  const wrong = new Set(
    (validate.errors ?? []).map(({ instancePath }) => instancePath.slice(1) as VariableName),
  )
  for (const name of wholeNumbers) {
    // The schema would accept 1e3.
    if (given[name] !== undefined && !/^\d+$/.test(given[name])) wrong.add(name)
  }
  const faults = [...wrong].map((name) => faultOf(name, given[name]))
  if (!isProxyList(values.TRUST_PROXY)) {
    faults.push(`TRUST_PROXY=${values.TRUST_PROXY}: ${variables.TRUST_PROXY.description}`)
  }
  const connections = values.WORKERS * values.DATABASE_POOL_SIZE
  if (faults.length === 0 && connections > MOST_CONNECTIONS) {
    faults.push(
      `WORKERS=${values.WORKERS}: With DATABASE_POOL_SIZE=${values.DATABASE_POOL_SIZE} for each they ` +
        `take ${connections} connections; ${MOST_CONNECTIONS} is the most.`,
    )
  }
  if (faults.length > 0) throw new ConfigFault(faults)
  return Object.freeze(configOf(values))
}

let validate: ValidateFunction | undefined

function compileVariables(): ValidateFunction {
  const schemas = Object.entries(variables).map(([name, { schema }]) => [name, schema] as const)
  const ajv = new Ajv({
    strict: false,
    coerceTypes: true,
    useDefaults: true,
    allErrors: true,
    // The schemas are written here. A check of them would double the time.
    validateSchema: false,
  })
  return ajv.compile(Type.Object(Object.fromEntries(schemas)))
}

function faultOf(name: VariableName, given: string | undefined): string {
  const { schema, description, form = formOf(schema) } = variables[name] as Variable<TSchema>
  const value = secret.has(name) ? '(not shown)' : given
  return `${name}=${value}: ${description}${form === undefined ? '' : ` ${form}`}`
}

function formOf(schema: TSchema): string | undefined {
  const { type, minimum, maximum } = schema as { type?: string; minimum?: number; maximum?: number }
  if (type === 'boolean') return 'It is true or false.'
  return type === 'integer' ? `It is a whole number from ${minimum} to ${maximum}.` : undefined
}

function configOf(values: Values): Config {
  return {
    host: values.HOST,
    port: values.PORT,
    dataDir: values.DATA_DIR,
    databaseUrl: values.DATABASE_URL,
    databasePoolSize: values.DATABASE_POOL_SIZE,
    workers: values.WORKERS,
    migrateOnStart: values.MIGRATE_ON_START,
    publicUrl: values.PUBLIC_URL?.replace(/\/+$/, ''),
    routePrefix: values.ROUTE_PREFIX,
    logLevel: values.LOG_LEVEL,
    metrics: values.METRICS,
    docs: values.DOCS,
    console: values.CONSOLE,
    dojoApiUrl: values.DOJO_API_URL.replace(/\/+$/, ''),
    dojoSocketUrl: values.DOJO_SOCKET_URL,
    dojoCounterSocketUrl: values.DOJO_COUNTER_SOCKET_URL,
    dojoSocketPer: values.DOJO_SOCKET_PER,
    softwareHouseId: values.SOFTWARE_HOUSE_ID,
    resellerId: values.RESELLER_ID,
    secretsKey: values.SECRETS_KEY?.toLowerCase(),
    corsOrigins: values.CORS_ORIGINS?.split(',').map((origin) => origin.trim()) ?? [],
    webhooksAllowPrivate: values.WEBHOOKS_ALLOW_PRIVATE,
    trustProxy: proxies(values.TRUST_PROXY),
  }
}

/** The same, but a variable with a fault counts as unset; `faults` has its fault by its name. */
export function loadWhatIsRight(environment: Readonly<Record<string, string | undefined>>): {
  config: Readonly<Config>
  faults: ReadonlyMap<string, string>
} {
  try {
    return { config: loadConfig(environment), faults: new Map() }
  } catch (error) {
    if (!(error instanceof ConfigFault)) throw error
    const faults = new Map(error.faults.map((fault) => [fault.slice(0, fault.indexOf('=')), fault]))
    return {
      config: loadConfig(
        Object.fromEntries(Object.entries(environment).filter(([name]) => !faults.has(name))),
      ),
      faults,
    }
  }
}

/** The software house's account at Dojo, and where Dojo is; undefined without a software house. */
export function dojoAccountOf({ softwareHouseId, resellerId, ...config }: Readonly<Config>) {
  if (softwareHouseId === undefined) return undefined
  const { dojoApiUrl: apiUrl, dojoSocketUrl: socketUrl, dojoSocketPer: socketPer } = config
  const { dojoCounterSocketUrl: counterSocketUrl } = config
  return { apiUrl, socketUrl, socketPer, counterSocketUrl, softwareHouseId, resellerId }
}

/** Accepts the names of the `proxy-addr` package, which Fastify uses. */
function isProxyList(text: string): boolean {
  if (/^(true|false|\d+)$/.test(text)) return true
  return text
    .split(',')
    .map((part) => part.trim())
    .every((part) => {
      const [address = '', bits, ...rest] = part.split('/')
      if (['loopback', 'linklocal', 'uniquelocal'].includes(part)) return true
      const version = isIP(address)
      return (
        version !== 0 &&
        rest.length === 0 &&
        (bits === undefined || (/^\d+$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128)))
      )
    })
}

function proxies(text: string): boolean | number | string {
  if (text === 'true' || text === 'false') return text === 'true'
  return /^\d+$/.test(text) ? Number(text) : text
}

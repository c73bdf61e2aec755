import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { parse } from 'yaml'
import { ConfigFault, loadConfig, loadWhatIsRight, variables } from '../../src/config.ts'

const ROOT = join(import.meta.dirname, '../..')
const NAMES = Object.keys(variables)
const text = (file: string): string => readFileSync(join(ROOT, file), 'utf8')

const DEFAULTS = {
  host: '127.0.0.1',
  port: 8080,
  dataDir: '.data',
  databaseUrl: undefined,
  databasePoolSize: 10,
  workers: 1,
  migrateOnStart: false,
  publicUrl: undefined,
  routePrefix: '',
  logLevel: 'info',
  metrics: true,
  docs: true,
  console: true,
  dojoApiUrl: 'https://api.dojo.tech',
  dojoSocketUrl: 'wss://eu.ws.dojo.tech/epos',
  dojoCounterSocketUrl: 'wss://api.dojo.tech/ws/v2/pac/epos',
  dojoSocketPer: 'venue',
  softwareHouseId: undefined,
  resellerId: undefined,
  secretsKey: undefined,
  corsOrigins: [],
  webhooksAllowPrivate: false,
  trustProxy: false,
}

t.test('nothing set: the defaults', async (t) => {
  t.strictSame(loadConfig({}), DEFAULTS)
  t.strictSame(
    loadConfig(Object.fromEntries(NAMES.map((name) => [name, '']))),
    DEFAULTS,
    'an empty variable counts as unset',
  )
  t.strictSame(
    loadConfig({ HOSTNAME: 'elsewhere', port: '1', LANG: 'C' }),
    DEFAULTS,
    'other variables are not looked at',
  )
  t.ok(Object.isFrozen(loadConfig({})))
})

t.test('everything set', async (t) => {
  t.strictSame(
    loadConfig({
      HOST: '0.0.0.0',
      PORT: '0',
      DATA_DIR: '/var/lib/epos',
      DATABASE_URL: 'postgres://epos@db/epos',
      DATABASE_POOL_SIZE: '50',
      WORKERS: '10',
      MIGRATE_ON_START: 'true',
      PUBLIC_URL: 'http://localhost:8080/dojo',
      ROUTE_PREFIX: '/dojo/v2',
      LOG_LEVEL: 'silent',
      METRICS: 'false',
      DOCS: 'false',
      CONSOLE: 'false',
      DOJO_API_URL: 'http://127.0.0.1:9090',
      DOJO_SOCKET_URL: 'ws://127.0.0.1:9090/epos',
      DOJO_COUNTER_SOCKET_URL: 'ws://127.0.0.1:9090/ws/v2/pac/epos',
      DOJO_SOCKET_PER: 'software-house',
      SOFTWARE_HOUSE_ID: 'acme-epos',
      RESELLER_ID: '42',
      SECRETS_KEY: 'aB'.repeat(32),
      CORS_ORIGINS: 'https://till.example.com, http://localhost:5173',
      WEBHOOKS_ALLOW_PRIVATE: 'true',
      TRUST_PROXY: '1',
    }),
    {
      host: '0.0.0.0',
      port: 0,
      dataDir: '/var/lib/epos',
      databaseUrl: 'postgres://epos@db/epos',
      databasePoolSize: 50,
      workers: 10,
      migrateOnStart: true,
      publicUrl: 'http://localhost:8080/dojo',
      routePrefix: '/dojo/v2',
      logLevel: 'silent',
      metrics: false,
      docs: false,
      console: false,
      dojoApiUrl: 'http://127.0.0.1:9090',
      dojoSocketUrl: 'ws://127.0.0.1:9090/epos',
      dojoCounterSocketUrl: 'ws://127.0.0.1:9090/ws/v2/pac/epos',
      dojoSocketPer: 'software-house',
      softwareHouseId: 'acme-epos',
      resellerId: '42',
      secretsKey: 'ab'.repeat(32),
      corsOrigins: ['https://till.example.com', 'http://localhost:5173'],
      webhooksAllowPrivate: true,
      trustProxy: 1,
    },
  )
})

t.test('a URL loses the slashes at its end', async (t) => {
  for (const given of [
    'https://epos.example.com',
    'https://epos.example.com/',
    'https://epos.example.com//',
  ]) {
    t.equal(loadConfig({ PUBLIC_URL: given }).publicUrl, 'https://epos.example.com')
    t.equal(loadConfig({ DOJO_API_URL: given }).dojoApiUrl, 'https://epos.example.com')
  }
  t.equal(
    loadConfig({ PUBLIC_URL: 'https://epos.example.com/dojo/' }).publicUrl,
    'https://epos.example.com/dojo',
  )
})

t.test('the pools of all workers together', async (t) => {
  t.equal(loadConfig({ WORKERS: '50', DATABASE_POOL_SIZE: '10' }).workers, 50)
  t.throws(() => loadConfig({ WORKERS: '51' }), {
    message:
      /WORKERS=51: With DATABASE_POOL_SIZE=10 for each they take 510 connections; 500 is the/,
  })
})

t.test('the proxies to believe', async (t) => {
  const cases: Array<[string, boolean | number | string]> = [
    ['true', true],
    ['false', false],
    ['2', 2],
    ['10.0.0.1', '10.0.0.1'],
    ['10.0.0.0/8,fd00::/8', '10.0.0.0/8,fd00::/8'],
  ]
  for (const [given, trusted] of cases) {
    t.equal(loadConfig({ TRUST_PROXY: given }).trustProxy, trusted, given)
  }
})

t.test('refused', async (t) => {
  const cases: Array<[keyof typeof variables, ...string[]]> = [
    ['PORT', '1.5', '1e3', '0x50', '-1', '65536', ' 8080', '8080 ', 'http', 'null'],
    ['DATABASE_POOL_SIZE', '1.5', '1e3', '0', '501', '-5', 'ten'],
    ['WORKERS', '0', '65', '1.5', '2e0', 'all'],
    ['DATABASE_URL', 'mysql://epos@db/epos', 'db:5432', 'postgresql://'],
    ['MIGRATE_ON_START', 'yes', 'on', '2'],
    ['METRICS', 'no', 'off', 'null'],
    ['DOCS', 'no'],
    ['CONSOLE', 'no'],
    [
      'PUBLIC_URL',
      'epos.example.com',
      'ftp://epos.example.com',
      'https://',
      'https://epos.example.com?a=1',
      'https://epos.example.com#a',
      'https://epos example.com',
    ],
    ['DOJO_API_URL', 'api.dojo.tech', 'wss://api.dojo.tech'],
    ['ROUTE_PREFIX', '/', 'dojo', '/dojo/', '//dojo', '/do jo', '/:dojo', '/*'],
    ['LOG_LEVEL', 'loud', 'INFO'],
    [
      'CORS_ORIGINS',
      'till.example.com',
      'https://till.example.com/',
      'https://a.example, b.example',
      '*,*',
      'https://me@till.example.com',
    ],
    ['SECRETS_KEY', 'ab'.repeat(31), 'ab'.repeat(33), 'xy'.repeat(32)],
  ]
  for (const [name, ...values] of cases) {
    for (const value of values) {
      t.same(faultsOf({ [name]: value }).map(nameOf), [name], `${name}=${value}`)
    }
  }
})

t.test('every fault is listed at once, with what the variable is for', async (t) => {
  const wrong = {
    PORT: 'http',
    METRICS: 'no',
    LOG_LEVEL: 'loud',
    ROUTE_PREFIX: 'dojo',
    PUBLIC_URL: 'here',
    DATABASE_URL: 'there',
  }
  const faults = faultsOf({ ...wrong, HOST: '0.0.0.0' })
  t.same(faults.map(nameOf).sort(), Object.keys(wrong).sort())
  for (const [name, { description }] of Object.entries(variables)) {
    if (name in wrong) {
      t.ok(
        faults.some((fault) => fault.startsWith(`${name}=`) && fault.includes(`: ${description}`)),
        name,
      )
    }
  }
  t.throws(() => loadConfig({ PORT: 'http' }), {
    name: 'ConfigFault',
    message:
      'The environment has a fault:\n  PORT=http: Port to listen on; 0 picks a free one. ' +
      'It is a whole number from 0 to 65535.',
  })
  t.throws(() => loadConfig(wrong), {
    message: /^The environment has 6 faults:(\n {2}[A-Z_]+=.*){6}$/,
  })
})

t.test('a fault says which form the variable must have', async (t) => {
  const url = 'It begins with https:// or http:// and a host, and has no space, ? or #.'
  const cases: Array<[keyof typeof variables, string, string]> = [
    ['PUBLIC_URL', 'epos.example.com', url],
    ['DOJO_API_URL', 'api.dojo.tech', url],
    ['WORKERS', '65', 'It is a whole number from 1 to 64.'],
    ['CONSOLE', 'maybe', 'It is true or false.'],
    ['DATABASE_URL', 'db:5432', 'It begins with postgresql:// or postgres://.'],
    [
      'ROUTE_PREFIX',
      'dojo',
      'It begins with a slash, does not end with one, and has only letters, digits and ._~- ' +
        'between slashes.',
    ],
  ]
  for (const [name, given, form] of cases) {
    t.ok(faultsOf({ [name]: given })[0]!.endsWith(`: ${variables[name].description} ${form}`), name)
  }
})

t.test('what is right, without what is not', async (t) => {
  const right = { HOST: '0.0.0.0', METRICS: 'false' }
  t.same(loadWhatIsRight(right), { config: loadConfig(right), faults: new Map() })
  const { config, faults } = loadWhatIsRight({
    ...right,
    PORT: 'http',
    TRUST_PROXY: 'me',
    DATABASE_URL: 'there',
  })
  t.same(config, loadConfig(right))
  t.same([...faults.keys()].sort(), ['DATABASE_URL', 'PORT', 'TRUST_PROXY'])
  t.equal(
    faults.get('PORT'),
    'PORT=http: Port to listen on; 0 picks a free one. It is a whole number from 0 to 65535.',
  )
})

t.test('a secret is not shown, however wrong it is', async (t) => {
  for (const [name, value] of [
    ['SECRETS_KEY', 'almost-the-key'],
    ['DATABASE_URL', 'postgre://epos:almost-the-key@db/epos'],
  ] as const) {
    const [fault] = faultsOf({ [name]: value })
    t.match(fault, `${name}=(not shown)`)
    t.notMatch(fault, 'almost-the-key')
  }
})

t.test('.env.example names every variable, with its default', async (t) => {
  const lines = text('.env.example').split('\n')
  const set = lines.flatMap((line, index) => {
    const [, name, value] = /^#([A-Z_]+)=(.*)$/.exec(line) ?? []
    return name === undefined ? [] : [{ name, value, above: lines[index - 1] }]
  })
  t.same(
    set,
    Object.entries(variables).map(([name, { schema, description, example }]) => ({
      name,
      value: String((schema as { default?: unknown }).default ?? ''),
      above: `# ${description}${example === undefined ? '' : ` For example: ${example}`}`,
    })),
  )
  t.notOk(
    lines.some((line) => line !== '' && !line.startsWith('#')),
    'as it stands it sets nothing',
  )
  t.strictSame(
    loadConfig(Object.fromEntries(set.map(({ name, value }) => [name, value]))),
    DEFAULTS,
  )
})

t.test('every example is one that is accepted', async (t) => {
  t.doesNotThrow(() =>
    loadConfig(
      Object.fromEntries(Object.entries(variables).map(([name, { example }]) => [name, example])),
    ),
  )
})

/** The image has these right, or the embedded database needs them. */
const NOT_IN_A_CONTAINER = ['HOST', 'PORT', 'DATA_DIR', 'MIGRATE_ON_START']

t.test('docker-compose.yml passes on all that there is, and nothing else', async (t) => {
  const { services } = parse(text('docker-compose.yml'), { merge: true }) as {
    services: Record<'server' | 'migrate', { environment: Record<string, string> }>
  }
  for (const { environment } of [services.server, services.migrate]) {
    t.same(
      Object.keys(environment).filter((name) => !NAMES.includes(name) && !name.startsWith('OTEL_')),
      [],
    )
  }
  t.same(
    NAMES.filter((name) => !(name in services.server.environment)),
    NOT_IN_A_CONTAINER,
  )
})

t.test('docker-compose.yml bounds logs and memory, traces, and shows no documents', async (t) => {
  const { services } = parse(text('docker-compose.yml'), { merge: true }) as {
    services: Record<
      string,
      { logging?: object; mem_limit?: string; environment?: Record<string, string> }
    >
  }
  t.same(Object.keys(services), ['db', 'migrate', 'server', 'caddy'])
  for (const [name, { logging, mem_limit: memory }] of Object.entries(services)) {
    t.match(
      logging,
      { driver: 'local', options: { 'max-size': /^\d+m$/, 'max-file': /^\d+$/ } },
      name,
    )
    t.match(memory, /^\d+[mg]$/, name)
  }
  const { DOCS: docs, OTEL_EXPORTER_OTLP_ENDPOINT: traces } = services['server']!.environment!
  t.match(docs, /^\$\{DOCS:-false\}$/)
  t.match(traces, /^\$\{OTEL_EXPORTER_OTLP_ENDPOINT:-\}$/)
})

t.test('a container starts what npm start does', async (t) => {
  const { scripts } = JSON.parse(text('package.json')) as { scripts: { start: string } }
  t.same(JSON.parse(/^CMD (.*)$/m.exec(text('Dockerfile'))![1]!), scripts.start.split(' '))
})

t.test('docs/operating.md names every variable, and no other', async (t) => {
  const page = text('docs/operating.md')
  for (const name of NAMES) t.ok(page.includes(`\`${name}\``), name)
  const rows = [...page.matchAll(/^\| *`([A-Z][A-Z0-9_]*)`/gm)].map(([, name]) => name!)
  t.same(
    rows.filter((name) => !NAMES.includes(name) && !name.startsWith('OTEL_')),
    [],
  )
})

const nameOf = (fault: string): string => fault.slice(0, fault.indexOf('='))

function faultsOf(environment: Record<string, string>): readonly string[] {
  try {
    loadConfig(environment)
  } catch (error) {
    if (error instanceof ConfigFault) return error.faults
    throw error
  }
  return []
}

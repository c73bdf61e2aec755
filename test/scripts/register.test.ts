import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import t from 'tap'
import { createStore } from '../../src/store/index.ts'
import { createPool } from '../../src/store/database/pool.ts'
import { readDemo, writeDemo } from '../../src/operator/demo-file.ts'
import { createLocation, showLocation } from '../../src/operator/locations.ts'
import { rotateCredential } from '../../src/operator/credentials.ts'
import { setDojoKey } from '../../src/operator/dojo-keys.ts'
import { freshDatabase } from '../support/database.ts'
import { startFakeDojo } from '../support/fake-dojo.ts'
import { checkFailure, hostAndName, runEpos } from '../support/scripts.ts'

const NOW = '2026-04-27T10:08:46.421Z'

const SECRETS_KEY = randomBytes(32).toString('hex')
const KEY = 'sk_sandbox_secret'

t.test('register', async (t) => {
  const databaseUrl = await freshDatabase(t)
  const pool = createPool({ databaseUrl, poolSize: 2 })
  t.teardown(async () => {
    await pool.end()
  })
  const { prisma } = createStore(pool)
  const { locationId, credential } = await createLocation(prisma, {
    name: 'The Red Lion',
    currency: 'GBP',
  })
  await setDojoKey(prisma, locationId, KEY, SECRETS_KEY)

  let forgotten = ''
  let refused = false
  let sent:
    | {
        capabilities: { name: string }[]
        auth: { basic: { username: string; password: string } }
        url: string
      }
    | undefined
  let overSocket: object[] = []
  const dojo = await startFakeDojo(t, ({ method, body }) => {
    if (refused) return { status: 401, json: { title: 'Unauthorized' } }
    if (method === 'PUT') sent = JSON.parse(body) as typeof sent
    const integrations = [
      {
        url: sent!.url,
        auth: { authType: 'basic', basic: { username: 'dojo' } },
        createdAt: NOW,
        capabilities: sent!.capabilities
          .filter(({ name }) => name !== forgotten)
          .map((capability) => ({ ...capability, updatedAt: NOW })),
      },
    ]
    const both = { restIntegrations: integrations, wsIntegrations: overSocket }
    return { status: 200, json: method === 'PUT' ? integrations : both }
  })
  const environment = {
    DATABASE_URL: databaseUrl,
    SECRETS_KEY,
    DOJO_API_URL: dojo.url,
    PUBLIC_URL: 'https://epos.example.com',
    ROUTE_PREFIX: '/dojo',
    SOFTWARE_HOUSE_ID: 'acme',
    RESELLER_ID: 'acme-resale',
  }
  const register = async (args: string[] = [], more: Record<string, string> = {}) => {
    const ran = await runEpos(['register', '--location', locationId, ...args], {
      environment: { ...environment, ...more },
    })
    for (const secret of [KEY, SECRETS_KEY, sent?.auth.basic.password ?? KEY]) {
      t.notOk(`${ran.stdout}${ran.stderr}`.includes(secret), 'no secret is printed')
    }
    return ran
  }

  t.test('--dry-run', async (t) => {
    const { code, stdout, stderr } = await register([
      '--dry-run',
      '--capabilities',
      'HandleEvent, SearchOrders',
    ])
    t.equal(code, 0)
    t.equal(stderr, 'Nothing was sent.\n')
    t.match(JSON.parse(stdout), {
      capabilities: [
        { name: 'SearchOrders', version: 'v1' },
        { name: 'HandleEvent:payment_intent.created', version: 'v1' },
        { name: 'HandleEvent:payment_intent.status_updated', version: 'v1' },
      ],
      auth: { authType: 'basic', basic: { password: '(hidden)' } },
      url: 'https://epos.example.com/dojo',
    })
    t.same(dojo.asked, [])
    t.same(
      (await showLocation(prisma, locationId)).credentials.map(({ username }) => username),
      [credential.username],
    )
  })

  t.test('with the key of another venue', async (t) => {
    const { locationId: other } = await createLocation(prisma, {
      name: 'The White Hart',
      currency: 'GBP',
    })
    await setDojoKey(prisma, other, KEY, SECRETS_KEY)
    t.match(await register(['--dry-run']), {
      code: 0,
      stderr: `Nothing was sent.\n${other} (The White Hart) already has this Dojo API key. `,
    })
    await prisma.location.update({ where: { locationId: other }, data: { dojoKeySealed: null } })
  })

  t.test('what cannot be registered', async (t) => {
    checkFailure(t, await register([], { PUBLIC_URL: 'http://localhost:8080' }), {
      code: 1,
      message: /^PUBLIC_URL=http:\/\/localhost:8080 is not HTTPS.*--allow-insecure\.$/,
    })
    checkFailure(t, await register(['--capabilities', 'CreateOrderLock']), {
      code: 1,
      message: /Register all of them or none/,
    })
    checkFailure(t, await register([], { SECRETS_KEY: '' }), {
      code: 1,
      message: /^SECRETS_KEY is not set/,
    })
    t.same(dojo.asked, [])
    refused = true
    checkFailure(t, await register(), {
      code: 1,
      message: new RegExp(
        '^Dojo answered PUT /epos/integrations/rest with 401 Unauthorized\\. ' +
          'Dojo rejected the key: replace it',
      ),
    })
    refused = false
  })

  t.test('registers', async (t) => {
    const { code, stdout, stderr } = await register(['--product', 'order-and-pay'])
    t.equal(code, 0)
    t.equal(sent!.url, 'https://epos.example.com/dojo')
    for (const { name } of sent!.capabilities) t.match(stdout, `  ${name}\n`)
    t.match(
      stdout,
      `registered at https://epos.example.com/dojo with ${sent!.capabilities.length} capabilities`,
    )
    t.equal(stderr, `Revoked: ${credential.username}.\n`)
    t.match(dojo.asked.at(-1)!.headers, {
      authorization: `Basic ${KEY}`,
      'software-house-id': 'acme',
      'reseller-id': 'acme-resale',
    })
  })

  t.test('reports what is missing, with exit code 1', async (t) => {
    const before = sent!.auth.basic.username
    forgotten = 'ListAreas'
    const { code, stdout, stderr } = await register(['--allow-insecure', '--json'], {
      PUBLIC_URL: 'http://localhost:8080',
      ROUTE_PREFIX: '',
    })
    t.equal(code, 1)
    const { registered, ...rest } = JSON.parse(stdout) as { registered: string[] }
    t.same(rest, {
      locationId,
      url: 'http://localhost:8080',
      username: sent!.auth.basic.username,
      missing: ['ListAreas'],
      notServed: [],
      otherUrls: [],
      leftOverSocket: [],
      revokedUsernames: [before],
      database: hostAndName(databaseUrl),
    })
    t.same([...registered, 'ListAreas'].sort(), sent!.capabilities.map(({ name }) => name).sort())
    t.match(stderr, /^Sent, but not registered: ListAreas\.$/m)
  })

  t.test('says what to do about a socket that the venue no longer has', async (t) => {
    forgotten = ''
    const capabilities = [{ name: 'SearchOrders', version: 'v1', updatedAt: NOW }]
    overSocket = [{ capabilities, createdAt: NOW }]
    const { code, stderr } = await register()
    overSocket = []
    t.equal(code, 0, 'what was sent is registered')
    t.match(stderr, /registration over a socket \(SearchOrders\), but .* transport rest\. Ask Dojo/)
    t.match(stderr, /--transport both$/m)
  })

  t.test('the credential in demo.json keeps working', async (t) => {
    forgotten = ''
    refused = false
    const dataDir = t.testdir({})
    const demo = { url: 'http://127.0.0.1:8080', locationId, consoleToken: 'till_x' }
    const kept = await rotateCredential(prisma, locationId)
    writeDemo(dataDir, { ...demo, ...kept })
    const file = readFileSync(`${dataDir}/demo.json`, 'utf8')
    const { code } = await register([], { DATA_DIR: dataDir })
    t.equal(code, 0)
    const { credentials } = await showLocation(prisma, locationId)
    t.same(
      new Set(credentials.filter((each) => !each.revokedAt).map(({ username }) => username)),
      new Set([kept.username, sent!.auth.basic.username]),
      'of all before, and beside what Dojo has',
    )
    t.same(readDemo(dataDir), { ...demo, ...kept })
    t.equal(readFileSync(`${dataDir}/demo.json`, 'utf8'), file, 'the file is as it was')
  })
})

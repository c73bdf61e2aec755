import { randomBytes } from 'node:crypto'
import t, { type Test } from 'tap'
import { DojoRefusal, DojoUnreachable, DojoUnreadable } from '../../src/dojo/client/errors.ts'
import { createDojoClient } from '../../src/dojo/client/index.ts'
import { findCredential, opens } from '../../src/store/venue/credentials.ts'
import { createStore, type Store } from '../../src/store/index.ts'
import { createPool } from '../../src/store/database/pool.ts'
import type { DojoDeps } from '../../src/operator/dojo.ts'
import { changeSettings } from '../../src/operator/settings.ts'
import { createLocation, showLocation } from '../../src/operator/locations.ts'
import { rotateCredential } from '../../src/operator/credentials.ts'
import { setDojoKey } from '../../src/operator/dojo-keys.ts'
import { type Transport } from '../../src/domain/venue/venue.ts'
import { chosenNames, registerVenue, type RegisterOptions } from '../../src/operator/register.ts'
import { seal } from '../../src/operator/secrets.ts'
import { freshDatabase } from '../support/database.ts'
import {
  deadUrl,
  startFakeDojo,
  type Asked,
  type FakeDojo,
  type Play,
} from '../support/fake-dojo.ts'

const SECRETS_KEY = randomBytes(32).toString('hex')
const URL_OF_VENUE = 'https://epos.example.com/dojo'
const config = {
  publicUrl: 'https://epos.example.com',
  routePrefix: '/dojo',
  softwareHouseId: 'acme',
  resellerId: undefined,
}

const LOCKS = ['CreateOrderLock', 'ExtendOrderLock', 'DeleteOrderLock']
const EVENTS = ['HandleEvent:payment_intent.created', 'HandleEvent:payment_intent.status_updated']
/** The registerable names of Dojo's documentation whose contracts are published. */
const ALL = [
  'CreateOrder',
  'GetOrderById',
  'CancelOrderById',
  'SearchOrders',
  'RecordOrderPaymentById',
  'GetOrderBillById',
  ...LOCKS,
  'CreateParty',
  'GetPartyById',
  'UpdateParty',
  'DeletePartyById',
  'SearchParties',
  'CreateReservation',
  'GetReservationById',
  'UpdateReservation',
  'DeleteReservationById',
  'SearchReservations',
  'SearchTables',
  'ListAreas',
  ...EVENTS,
]

const sorted = (names: readonly string[]): string[] => [...names].sort()

interface Setting {
  store: Store
  locationId: string
  dojo: FakeDojo
  deps: DojoDeps
  /** Usernames that open the venue. */
  working: () => Promise<string[]>
  /** Clients that nobody closed. */
  open: () => number
}

async function openStore(t: Test): Promise<Store> {
  const pool = createPool({ databaseUrl: await freshDatabase(t), poolSize: 4 })
  t.teardown(async () => {
    await pool.end()
  })
  return createStore(pool)
}

const integration = (url: string, names: readonly string[]): object => ({
  url,
  capabilities: names.map((name) => ({
    name,
    version: 'v1',
    updatedAt: '2026-04-27T10:08:46.421Z',
  })),
  auth: { authType: 'basic', basic: { username: 'x' } },
  createdAt: '2026-04-27T10:08:46.421Z',
})
const sentBody = (
  asked: Asked,
): {
  capabilities: { name: string; version: string }[]
  auth: { basic: { username: string; password: string } }
  url: string
} => JSON.parse(asked.body) as never

/**
 * A Dojo that takes what it is sent, and shows it when it is asked; `change` makes it answer
 * otherwise.
 */
function takes(
  change: (asked: Asked, count: number) => Play | undefined = () => undefined,
): (asked: Asked, count: number) => Play {
  let registered: object[] = []
  let overSocket: object[] = []
  return (asked, count) => {
    const other = change(asked, count)
    if (other !== undefined) return other
    if (asked.path === '/epos/integrations/ws') {
      const { capabilities } = sentBody(asked)
      const updatedAt = '2026-04-27T10:08:46.421Z'
      const registered = capabilities.map((each) => ({ ...each, updatedAt }))
      overSocket = [{ capabilities: registered, createdAt: updatedAt }]
      return { status: 200, json: overSocket }
    }
    if (asked.method === 'PUT') {
      const { url, capabilities } = sentBody(asked)
      registered = [
        integration(
          url,
          capabilities.map(({ name }) => name),
        ),
      ]
      return { status: 200, json: registered }
    }
    return { status: 200, json: { restIntegrations: registered, wsIntegrations: overSocket } }
  }
}

/** A venue with a key and two credentials that work. */
async function setUp(
  t: Test,
  store: Store,
  play: (asked: Asked, count: number) => Play | Promise<Play>,
): Promise<Setting> {
  const dojo = await startFakeDojo(t, play)
  const { locationId } = await createLocation(store.prisma, {
    name: 'The Red Lion',
    currency: 'GBP',
  })
  await rotateCredential(store.prisma, locationId)
  await setDojoKey(store.prisma, locationId, 'sk_sandbox_key', SECRETS_KEY)
  let open = 0
  return {
    store,
    locationId,
    dojo,
    deps: {
      store,
      config: { ...config, dojoApiUrl: dojo.url },
      secretsKey: () => SECRETS_KEY,
      connect: (options) => {
        const client = createDojoClient({ ...options, delay: async () => {} })
        open++
        return {
          ...client,
          close: async () => {
            open--
            await client.close()
          },
        }
      },
    },
    open: () => open,
    working: async () =>
      (await showLocation(store.prisma, locationId)).credentials
        .filter(({ revokedAt }) => revokedAt === null)
        .map(({ username }) => username)
        .sort(),
  }
}

async function opensVenue(
  { store: { database }, locationId }: Setting,
  { username, password }: { username: string; password: string },
): Promise<boolean> {
  const entry = await findCredential(database, username)
  return opens(entry, password) && entry.venue.locationId === locationId
}

t.test('names', async (t) => {
  t.same(sorted(chosenNames({})), sorted(ALL), 'all of them')
  t.same(chosenNames({ product: 'all' }), chosenNames({}))
  t.same(
    chosenNames({ capabilities: ['HandleEvent', 'SearchOrders', 'SearchOrders'] }),
    ['SearchOrders', ...EVENTS],
    'once each, and a plain HandleEvent is both',
  )
  t.same(chosenNames({ capabilities: [EVENTS[1]!] }), [EVENTS[1]])
  t.same(
    sorted(
      chosenNames({
        capabilities: [
          'GetOrderBill',
          'RecordOrderPayment',
          'UpdatePartyById',
          'UpdateReservationById',
        ],
      }),
    ),
    ['GetOrderBillById', 'RecordOrderPaymentById', 'UpdateParty', 'UpdateReservation'],
    'names from before',
  )
  t.same(chosenNames({ capabilities: [...LOCKS].reverse() }), LOCKS)
  t.same(
    sorted(chosenNames({ product: 'order-and-pay' })),
    sorted([
      'SearchOrders',
      'GetOrderById',
      'CreateOrder',
      'CancelOrderById',
      'RecordOrderPaymentById',
      ...EVENTS,
    ]),
  )
  for (const name of [...LOCKS, 'GetOrderBillById', 'SearchTables', 'ListAreas']) {
    t.ok(chosenNames({ product: 'pay-at-table' }).includes(name), `pay at table calls ${name}`)
  }
  t.notOk(chosenNames({ product: 'pay-at-table' }).includes('CreateOrder'))
  t.notOk(chosenNames({ product: 'bookings' }).some((name) => LOCKS.includes(name)))

  for (const name of [
    'Foo',
    'searchorders',
    'AddOrderItems',
    'HandleEvent:other',
    'toString',
    '',
  ]) {
    t.throws(() => chosenNames({ capabilities: ['SearchOrders', name] }), {
      name: 'Refusal',
      type: 'InvalidRequest',
      message: new RegExp(`^This server has no capability ${name}\\.`),
    })
  }
  for (const some of [LOCKS.slice(0, 1), LOCKS.slice(1), [LOCKS[0]!, LOCKS[2]!]]) {
    t.throws(() => chosenNames({ capabilities: ['SearchOrders', ...some] }), {
      name: 'Refusal',
      message:
        /all of CreateOrderLock, ExtendOrderLock, DeleteOrderLock\. Register all of them or none/,
    })
  }
  t.throws(() => chosenNames({ capabilities: [] }), {
    name: 'Refusal',
    message: 'Choose at least one capability.',
  })
})

t.test('registerVenue', async (t) => {
  const store = await openStore(t)

  t.test('over the socket, over REST, or each capability over one of them', async (t) => {
    const { deps, dojo, locationId, working } = await setUp(t, store, takes())
    const use = async (transport: Transport): Promise<void> => {
      await changeSettings(store, locationId, { transport })
    }
    await use('socket')
    const before = await working()
    const alone = { ...deps, config: { ...deps.config, publicUrl: undefined } }
    const first = await registerVenue(alone, { locationId, product: 'pay-at-table' })
    const names = chosenNames({ product: 'pay-at-table' })
    t.same(
      dojo.asked.map(({ method, path }) => `${method} ${path}`),
      ['PUT /epos/integrations/ws', 'GET /epos/integrations'],
      'needs no public URL',
    )
    t.same(JSON.parse(dojo.asked[0]!.body), {
      capabilities: names.map((name) => ({ name, version: 'v1' })),
    })
    t.equal(first.request, undefined)
    t.same(first.outcome?.overSocket, { registered: names, missing: [], notServed: [], twice: [] })
    t.same(await working(), before, 'every credential works on')

    await use('both')
    const both = { locationId, product: 'pay-at-table' } as const
    const overSocket = [...LOCKS, 'RecordOrderPaymentById']
    const second = await registerVenue(deps, { ...both, overSocket })
    const { comparison, overSocket: compared } = second.outcome!
    const registered = chosenNames({ capabilities: overSocket })
    t.same(compared, { registered, missing: [], notServed: [], twice: [] })
    t.same(
      sorted([...comparison.registered, ...compared!.registered]),
      sorted(names),
      'each is registered once',
    )
    t.equal((await working()).length, 1, 'REST has a new credential')

    await use('socket')
    const third = await registerVenue(deps, { locationId, capabilities: ['ListAreas'] })
    t.same(third.outcome?.overSocket?.twice, ['ListAreas'], 'what is registered over both is said')

    t.same(third.outcome?.leftOverSocket, [])
    await use('rest')
    const fourth = await registerVenue(deps, { locationId, product: 'pay-at-table' })
    t.match(fourth.outcome, { overSocket: undefined, leftOverSocket: ['ListAreas'] }, 'nor silent')

    const refusals: Array<[Transport, Partial<RegisterOptions>, RegExp]> = [
      ['both', {}, /name the capabilities .* with --over-socket/],
      ['both', { overSocket: ['CreateParty'] }, /has CreateParty, which you do not register/],
      ['both', { overSocket: [LOCKS[0]!] }, /Register all of them or none/],
      ['both', { overSocket: names }, /leaves nothing for REST/],
      ['rest', { overSocket }, /--over-socket is for a venue with the transport both/],
    ]
    for (const [transport, more, message] of refusals) {
      await use(transport)
      await t.rejects(registerVenue(deps, { ...both, ...more }), { name: 'Refusal', message })
    }
  })

  t.test('registers everything with a fresh credential, and ends those before it', async (t) => {
    const setting = await setUp(t, store, takes())
    const { deps, dojo, locationId, working } = setting
    const before = await working()
    const { request, outcome } = await registerVenue(deps, { locationId })

    t.same(
      dojo.asked.map(({ method, path }) => `${method} ${path}`),
      ['PUT /epos/integrations/rest', 'GET /epos/integrations'],
    )
    t.match(dojo.asked[0]!.headers, {
      authorization: 'Basic sk_sandbox_key',
      'software-house-id': 'acme',
    })
    t.notOk('reseller-id' in dojo.asked[0]!.headers)
    const sent = sentBody(dojo.asked[0]!)
    t.same(Object.keys(sent).sort(), ['auth', 'capabilities', 'url'])
    t.equal(sent.url, URL_OF_VENUE)
    t.same(sorted(sent.capabilities.map(({ name }) => name)), sorted(ALL))
    t.ok(sent.capabilities.every(({ version }) => version === 'v1'))
    t.same(
      Object.entries(sent.auth).map(([name, value]) =>
        name === 'basic' ? Object.keys(value).sort() : value,
      ),
      ['basic', ['password', 'username']],
    )
    t.equal(await opensVenue(setting, sent.auth.basic), true, 'what Dojo has opens the venue')
    t.same(await working(), [sent.auth.basic.username], 'and nothing else does')

    t.same(request, {
      ...sent,
      auth: {
        authType: 'basic',
        basic: { username: sent.auth.basic.username, password: '(hidden)' },
      },
    })
    t.same(sorted(outcome!.comparison.registered), sorted(ALL))
    t.same(
      { ...outcome!.comparison, registered: [] },
      { registered: [], missing: [], notServed: [], otherUrls: [] },
    )
    t.same(sorted(outcome!.revokedUsernames), before)
    t.equal(setting.open(), 0)
  })

  t.test('again rotates', async (t) => {
    const setting = await setUp(t, store, takes())
    const { deps, dojo, locationId, working } = setting
    await registerVenue(deps, { locationId })
    await registerVenue(deps, { locationId, product: 'order-and-pay' })
    const [first, second] = dojo.asked.filter(({ method }) => method === 'PUT').map(sentBody)
    t.not(first!.auth.basic.username, second!.auth.basic.username)
    t.equal(await opensVenue(setting, first!.auth.basic), false)
    t.equal(await opensVenue(setting, second!.auth.basic), true)
    t.same(await working(), [second!.auth.basic.username])
    t.same(
      second!.capabilities.map(({ name }) => name),
      chosenNames({ product: 'order-and-pay' }),
      'the full set of what was chosen',
    )
  })

  t.test('a reseller is named', async (t) => {
    const { deps, dojo, locationId } = await setUp(t, store, takes())
    await registerVenue(
      { ...deps, config: { ...deps.config, resellerId: 'acme-resale' } },
      { locationId },
    )
    t.same(
      dojo.asked.map(({ headers }) => headers['reseller-id']),
      ['acme-resale', 'acme-resale'],
    )
  })

  t.test('tells what Dojo has', async (t) => {
    const cases: { name: string; integrations: object[]; comparison: object }[] = [
      {
        name: 'nothing',
        integrations: [],
        comparison: {
          registered: [],
          missing: ['SearchOrders', 'GetOrderBillById'],
          notServed: [],
          otherUrls: [],
        },
      },
      {
        name: 'names from before',
        integrations: [integration(URL_OF_VENUE, ['GetOrderBill', 'SearchOrders'])],
        comparison: {
          registered: ['SearchOrders', 'GetOrderBillById'],
          missing: [],
          notServed: [],
          otherUrls: [],
        },
      },
      {
        name: 'one missing',
        integrations: [integration(URL_OF_VENUE, ['SearchOrders'])],
        comparison: {
          registered: ['SearchOrders'],
          missing: ['GetOrderBillById'],
          notServed: [],
          otherUrls: [],
        },
      },
      {
        name: 'what this server does not do',
        integrations: [
          integration(`${URL_OF_VENUE}/`, ['SearchOrders', 'GetOrderBillById', 'SearchMenus']),
        ],
        comparison: {
          registered: ['SearchOrders', 'GetOrderBillById'],
          missing: [],
          notServed: ['SearchMenus'],
          otherUrls: [],
        },
      },
      {
        name: 'in two parts',
        integrations: [
          integration(URL_OF_VENUE, ['SearchOrders']),
          integration('HTTPS://EPOS.example.com:443/dojo', ['GetOrderBillById']),
        ],
        comparison: {
          registered: ['SearchOrders', 'GetOrderBillById'],
          missing: [],
          notServed: [],
          otherUrls: [],
        },
      },
      {
        name: 'elsewhere',
        integrations: [integration('https://old.example.com', ['SearchOrders', 'SearchMenus'])],
        comparison: {
          registered: [],
          missing: ['SearchOrders', 'GetOrderBillById'],
          notServed: [],
          otherUrls: ['https://old.example.com'],
        },
      },
    ]
    for (const { name, integrations, comparison } of cases) {
      t.test(name, async (t) => {
        const { deps, locationId } = await setUp(
          t,
          store,
          takes(({ method }) =>
            method === 'GET'
              ? { status: 200, json: { restIntegrations: integrations, wsIntegrations: [] } }
              : undefined,
          ),
        )
        const { outcome } = await registerVenue(deps, {
          locationId,
          capabilities: ['SearchOrders', 'GetOrderBillById'],
        })
        t.same(outcome!.comparison, comparison)
      })
    }
  })

  t.test('a dry run tells what would be sent', async (t) => {
    const { deps, dojo, locationId, working } = await setUp(t, store, takes())
    const before = await showLocation(store.prisma, locationId)
    const { request, outcome } = await registerVenue(deps, {
      locationId,
      dryRun: true,
      capabilities: ['SearchOrders'],
    })
    t.match(request, {
      capabilities: [{ name: 'SearchOrders', version: 'v1' }],
      url: URL_OF_VENUE,
      auth: { authType: 'basic', basic: { password: '(hidden)' } },
    })
    t.equal(outcome, undefined)
    t.same(dojo.asked, [])
    t.same(await showLocation(store.prisma, locationId), before)
    t.equal((await working()).length, 2)
  })

  t.test('refuses before any call', async (t) => {
    const setting = await setUp(t, store, takes())
    const { deps, dojo, locationId, working } = setting
    const before = await working()
    const withoutKey = (await createLocation(store.prisma, { name: 'No key', currency: 'GBP' }))
      .locationId
    const withOtherKey = (
      await createLocation(store.prisma, { name: 'Other key', currency: 'GBP' })
    ).locationId
    await store.prisma.location.update({
      where: { locationId: withOtherKey },
      data: { dojoKeySealed: new Uint8Array(seal('pk_live_secret', SECRETS_KEY, withOtherKey)) },
    })
    const changed = (change: Partial<DojoDeps['config']>): DojoDeps => ({
      ...deps,
      config: { ...deps.config, ...change },
    })
    const cases = [
      {
        name: 'a capability that is none',
        run: { deps, options: { locationId, capabilities: ['SearchMenus'] } },
        message: /no capability SearchMenus/,
      },
      {
        name: 'order locks in part',
        run: {
          deps,
          options: { locationId, capabilities: ['CreateOrderLock', 'DeleteOrderLock'] },
        },
        message: /all of them or none/,
      },
      {
        name: 'no PUBLIC_URL',
        run: { deps: changed({ publicUrl: undefined }), options: { locationId } },
        message: /PUBLIC_URL is not set/,
      },
      {
        name: 'a PUBLIC_URL that Dojo does not reach',
        run: { deps: changed({ publicUrl: 'http://127.0.0.1:8080' }), options: { locationId } },
        message: /is not HTTPS/,
      },
      {
        name: 'no SOFTWARE_HOUSE_ID',
        run: { deps: changed({ softwareHouseId: undefined }), options: { locationId } },
        message: /SOFTWARE_HOUSE_ID is not set/,
      },
      {
        name: 'an unknown venue',
        run: { deps, options: { locationId: 'loc_nobody' } },
        message: /no venue with the id loc_nobody/,
      },
      {
        name: 'a venue without a key',
        run: {
          deps: {
            ...deps,
            secretsKey: () => {
              throw new Error('asked for')
            },
          },
          options: { locationId: withoutKey },
        },
        message: /has no Dojo API key yet/,
      },
      {
        name: 'a key that is not of Dojo',
        run: { deps, options: { locationId: withOtherKey } },
        message: /^(?!.*secret).*does not begin with sk_sandbox_ or sk_prod_/,
      },
    ]
    for (const { name, run, message } of cases) {
      for (const dryRun of [false, true]) {
        await t.rejects(
          registerVenue(run.deps, { ...run.options, dryRun }),
          { name: 'Refusal', message },
          name,
        )
      }
    }
    await t.rejects(
      registerVenue({ ...deps, secretsKey: () => randomBytes(32).toString('hex') }, { locationId }),
      /another SECRETS_KEY/,
    )
    t.same(dojo.asked, [])
    t.same(await working(), before)
  })

  t.test('an insecure URL where it is allowed', async (t) => {
    const { deps, dojo, locationId } = await setUp(t, store, takes())
    await registerVenue(
      { ...deps, config: { ...deps.config, publicUrl: 'http://127.0.0.1:8080' } },
      { locationId, allowInsecure: true },
    )
    t.equal(sentBody(dojo.asked[0]!).url, 'http://127.0.0.1:8080/dojo')
  })

  t.test('when Dojo does not take it, all is as before', async (t) => {
    const cases: { name: string; play: Play | undefined; type: new (...args: never[]) => Error }[] =
      [
        {
          name: 'the key is refused',
          play: { status: 401, json: { title: 'Unauthorized' } },
          type: DojoRefusal,
        },
        {
          name: 'the body is refused',
          play: { status: 400, json: { Title: 'Bad request' } },
          type: DojoRefusal,
        },
        { name: 'nobody listens', play: undefined, type: DojoUnreachable },
      ]
    for (const { name, play, type } of cases) {
      t.test(name, async (t) => {
        const { deps, dojo, locationId, working, open } = await setUp(
          t,
          store,
          takes(() => play),
        )
        const before = await working()
        const dojoApiUrl = play === undefined ? await deadUrl() : dojo.url
        const error: unknown = await registerVenue(
          { ...deps, config: { ...deps.config, dojoApiUrl } },
          { locationId },
        ).catch((error: unknown) => error)
        t.type(error, type)
        t.same(await working(), before)
        t.ok(
          dojo.asked.every(({ method }) => method === 'PUT'),
          'there is nothing to compare',
        )
        t.equal(open(), 0)
      })
    }
  })

  t.test('when Dojo may have taken it, what it has works, and so does what it had', async (t) => {
    const cases: { name: string; play: Play; type: new (...args: never[]) => Error }[] = [
      { name: 'a fault at Dojo', play: { status: 500, json: {} }, type: DojoRefusal },
      {
        name: 'a page of HTML',
        play: { status: 200, text: '<html></html>' },
        type: DojoUnreadable,
      },
      { name: 'half an answer', play: 'half an answer', type: DojoUnreachable },
      { name: 'a cut', play: 'cut', type: DojoUnreachable },
    ]
    for (const { name, play, type } of cases) {
      t.test(name, async (t) => {
        let broken = true
        const setting = await setUp(
          t,
          store,
          takes(() => (broken ? play : undefined)),
        )
        const { deps, dojo, locationId, working } = setting
        const before = await working()
        const error: unknown = await registerVenue(deps, { locationId }).catch(
          (error: unknown) => error,
        )
        t.type(error, type)
        const {
          auth: { basic },
        } = sentBody(dojo.asked.at(-1)!)
        t.equal(await opensVenue(setting, basic), true)
        t.same(await working(), sorted([...before, basic.username]))
        broken = false
        await registerVenue(deps, { locationId })
        t.same(
          await working(),
          [sentBody(dojo.asked.at(-2)!).auth.basic.username],
          'the next run tidies up',
        )
      })
    }
  })

  t.test('a comparison that fails leaves it registered', async (t) => {
    const { deps, dojo, locationId, working } = await setUp(
      t,
      store,
      takes(({ method }) => (method === 'GET' ? { status: 403, json: {} } : undefined)),
    )
    await t.rejects(registerVenue(deps, { locationId }), {
      message:
        /^The venue is registered, but the result could not be read from Dojo\. Dojo answered GET/,
    })
    t.same(await working(), [sentBody(dojo.asked[0]!).auth.basic.username])
  })

  t.test('of two runs at once, one is refused', async (t) => {
    const other = await setUp(t, store, takes())
    const answer = takes()
    let whileAsked: (() => Promise<void>) | undefined = async () => {
      await t.rejects(registerVenue(setting.deps, { locationId: setting.locationId }), {
        message: /^Another registration of this venue is running\./,
      })
      await registerVenue(other.deps, { locationId: other.locationId })
    }
    const setting = await setUp(t, store, async (asked, count) => {
      const work = whileAsked
      whileAsked = undefined
      await work?.()
      return answer(asked, count)
    })
    await registerVenue(setting.deps, { locationId: setting.locationId })
    t.same(
      setting.dojo.asked.map(({ method }) => method),
      ['PUT', 'GET'],
    )
    t.equal(other.dojo.asked.length, 2, 'another venue does not wait')
    t.same(await setting.working(), [sentBody(setting.dojo.asked[0]!).auth.basic.username])
    const locks = await store.database.pool.query(
      "SELECT FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
    )
    t.equal(locks.rowCount, 0, 'afterwards there is room for the next')
  })
})

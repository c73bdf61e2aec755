// The doctor: with a healthy venue it finds nothing, and with one thing broken it finds that.
import { createServer as createHttpsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import t, { type Test } from 'tap'
import { chosenNames } from '../../src/operator/register.ts'
import { diagnose, type Check, type Diagnosis } from '../../src/operator/doctor.ts'
import type { DoctorDeps } from '../../src/operator/doctor/examination.ts'
import { hostName } from '../../src/operator/doctor/public-address.ts'
import { seal } from '../../src/operator/secrets.ts'
import { issueCertificate, newAuthority, type Issued } from '../support/certificates.ts'
import { deadUrl, startFakeDojo, type Play } from '../support/fake-dojo.ts'
import {
  moveTo,
  namesOf,
  newPatient,
  openPlace,
  SECRETS_KEY,
  through,
  type Patient,
  type Place,
} from '../support/healthy-venue.ts'

const EVERYTHING = [
  'configuration',
  'database',
  'migrations',
  'venue',
  'credential',
  'Dojo key',
  'Dojo',
  'clock',
  'database clock',
  'public URL',
  'host name',
  'reachable',
  'certificate',
  'registration',
  'webhooks',
  'account',
  'verification',
  'jobs',
  'unmatched payments',
  'audit',
]
/** Over HTTP there is none to look at. */
const ALWAYS_SKIPPED = ['certificate']

interface Wrong {
  name: string
  state: 'warning' | 'broken'
  finding: RegExp
  advice: RegExp
}
const broken = (name: string, finding: RegExp, advice: RegExp): Wrong => ({
  name,
  state: 'broken',
  finding,
  advice,
})
const warning = (name: string, finding: RegExp, advice: RegExp): Wrong => ({
  name,
  state: 'warning',
  finding,
  advice,
})

/** Breaks something; what it returns replaces a part of what the doctor uses. */
type Break = (
  patient: Patient,
  t: Test,
) => void | Partial<DoctorDeps> | Promise<void | Partial<DoctorDeps>>
interface Case {
  name: string
  break: Break
  wrong?: Wrong[]
  skipped?: string[]
}

/** These faults are found, in this order, and no others. */
function checkFound(
  t: Test,
  { healthy, checks }: Diagnosis,
  wrong: Wrong[],
  skipped: string[],
): void {
  t.match(
    checks.filter(({ state }) => state === 'warning' || state === 'broken'),
    wrong,
  )
  t.same(
    namesOf({ checks }, 'warning', 'broken'),
    wrong.map(({ name }) => name),
  )
  t.same(
    namesOf({ checks }, 'skipped').filter((name) => !ALWAYS_SKIPPED.includes(name)),
    skipped,
  )
  t.equal(healthy, !wrong.some(({ state }) => state === 'broken'))
  t.same(
    [...new Set(checks.map(({ name }) => name))],
    EVERYTHING,
    'every check has a line, in order',
  )
  for (const { finding, advice = '' } of checks) {
    t.notMatch(`${finding}${advice}`, /\n|undefined|\[object/, 'one readable line')
  }
}

async function checkCases(t: Test, place: Place, cases: Case[]): Promise<void> {
  for (const { name, break: breakIt, wrong = [], skipped = [] } of cases) {
    t.test(name, async (t) => {
      const patient = await newPatient(t, place)
      checkFound(t, await patient.look((await breakIt(patient, t)) ?? {}), wrong, skipped)
    })
  }
}

const DATABASE_CHECKS = [
  'migrations',
  'venue',
  'credential',
  'Dojo key',
  'Dojo',
  'clock',
  'database clock',
]
const AT_DOJO = ['registration', 'webhooks']
const OF_THE_VENUE = ['account', 'verification', 'jobs', 'unmatched payments', 'audit']

t.test('the doctor', async (t) => {
  const place = await openPlace(t)
  const { sql } = place.server

  t.test('what is registered against what is served', async (t) => {
    const { look, account, deps } = await newPatient(t, place)
    const everything = chosenNames({})
    const whole = (await look()).extent!
    t.same(whole, { overRest: whole.overRest, overSocket: [], missing: [], notServed: [] })
    t.same([...whole.overRest].sort(), [...everything].sort())
    const { rest } = account
    rest!.capabilities = rest!.capabilities.filter(({ name }) => name !== 'ListAreas')
    t.match((await look()).extent, { missing: ['ListAreas'], notServed: [] })
    const unreachable = { config: { ...deps.config, softwareHouseId: undefined } }
    t.equal((await look(unreachable)).extent, undefined, 'unknown where Dojo cannot be asked')
  })

  t.test('a healthy venue', async (t) => {
    const { look, publicUrl, locationId, subscription } = await newPatient(t, place)
    const { healthy, checks } = await look()
    t.equal(healthy, true)
    t.same(
      checks.map(({ name, state }) => [name, state]),
      EVERYTHING.map((name) => [name, ALWAYS_SKIPPED.includes(name) ? 'skipped' : 'ok']),
    )
    const said = (name: string): string | undefined =>
      checks.find((check) => check.name === name)?.finding
    t.equal(
      said('registration'),
      `${chosenNames({}).length} capabilities are registered at ${publicUrl}: everything this server has.`,
    )
    t.match(said('webhooks'), `${publicUrl}/webhooks/dojo/${locationId}`)
    t.match(said('Dojo key'), /^A sandbox key is stored/)
    t.match(said('reachable'), /tried from this machine/)
    t.ok(
      checks.every(({ advice }) => advice === undefined),
      'there is nothing to do',
    )
    t.ok(subscription.secrets!.length > 0)
  })

  t.test('the environment', async (t) => {
    const without =
      (name: keyof DoctorDeps['config']): Break =>
      ({ deps }) => ({ config: { ...deps.config, [name]: undefined } })
    await checkCases(t, place, [
      {
        name: 'a variable with a fault that nothing here rests on',
        break: () => ({ faults: new Map([['PORT', 'PORT=x: Port to listen on.']]) }),
        wrong: [broken('configuration', /^PORT=x: Port to listen on\.$/, /Correct it/)],
      },
      {
        name: 'DATABASE_URL with a fault',
        break: () => ({
          faults: new Map([['DATABASE_URL', 'DATABASE_URL=(not shown): PostgreSQL.']]),
        }),
        wrong: [broken('configuration', /^DATABASE_URL=\(not shown\)/, /Correct it/)],
        skipped: ['database', ...DATABASE_CHECKS, ...AT_DOJO, ...OF_THE_VENUE],
      },
      {
        name: 'DOJO_API_URL with a fault',
        break: () => ({ faults: new Map([['DOJO_API_URL', 'DOJO_API_URL=ftp: The Dojo API.']]) }),
        wrong: [broken('configuration', /^DOJO_API_URL=ftp/, /Correct it/)],
        skipped: ['Dojo', 'clock', ...AT_DOJO],
      },
      {
        name: 'no SOFTWARE_HOUSE_ID',
        break: without('softwareHouseId'),
        wrong: [broken('configuration', /^SOFTWARE_HOUSE_ID is not set\.$/, /that Dojo gave/)],
        skipped: ['Dojo', 'clock', ...AT_DOJO],
      },
      {
        name: 'no PUBLIC_URL',
        break: without('publicUrl'),
        wrong: [broken('configuration', /^PUBLIC_URL is not set\.$/, /base URL/)],
        skipped: ['public URL', 'host name', 'reachable', ...AT_DOJO],
      },
      {
        name: 'no SECRETS_KEY',
        break: without('secretsKey'),
        wrong: [broken('configuration', /^SECRETS_KEY is not set\.$/, /openssl rand -hex 32/)],
        skipped: ['Dojo key', 'Dojo', 'clock', ...AT_DOJO],
      },
      {
        name: 'no SECRETS_KEY, where the embedded database makes one',
        break: ({ deps }) => ({
          embedded: true,
          config: { ...deps.config, secretsKey: undefined },
        }),
      },
    ])
  })

  t.test('the database and the venue', async (t) => {
    const refusing = {
      openStore: async () => {
        throw Object.assign(new Error(''), { code: 'ECONNREFUSED' })
      },
    }
    await checkCases(t, place, [
      {
        name: 'the database is away',
        break: () => refusing,
        wrong: [
          broken('database', /nothing answers there\./, /Check the host and port of DATABASE_URL/),
        ],
        skipped: [...DATABASE_CHECKS, ...AT_DOJO, ...OF_THE_VENUE],
      },
      {
        name: 'a migration is missing',
        break: async (_patient, t) => {
          await sql(
            "UPDATE _prisma_migrations SET rolled_back_at = now() WHERE migration_name LIKE '%_start'",
          )
          t.teardown(async () => {
            await sql('UPDATE _prisma_migrations SET rolled_back_at = NULL')
          })
        },
        wrong: [
          broken('migrations', /is missing \d+_start\./, /npm run migrate/),
          broken('reachable', /not ready: .*1 migrations are missing/, /log/),
        ],
        skipped: ['venue', 'credential', 'Dojo key', 'Dojo', 'clock', ...AT_DOJO, ...OF_THE_VENUE],
      },
      {
        name: 'a migration of another version',
        break: async (_patient, t) => {
          await sql(
            "INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at) VALUES ('x', 'x', '20990101000000_later', now())",
          )
          t.teardown(async () => {
            await sql("DELETE FROM _prisma_migrations WHERE id = 'x'")
          })
        },
        wrong: [
          warning('migrations', /20990101000000_later/, /version of the server that applied it/),
        ],
      },
      {
        name: "the database's clock",
        break: async ({ deps }, t) => later(t, place, deps, 180_000),
        wrong: [broken('database clock', /at least 3 minutes ahead of the database's/, /NTP/)],
      },
      {
        name: "the database's clock, a little",
        break: async ({ deps }, t) => later(t, place, deps, -20_000),
        wrong: [warning('database clock', /at least \d\d seconds behind the database's/, /NTP/)],
      },
      {
        name: 'no credential works',
        break: async ({ locationId }) => {
          await sql('UPDATE credentials SET revoked_at = now() WHERE location_id = $1', [
            locationId,
          ])
        },
        wrong: [
          broken('credential', /no active credential/, /npx epos register/),
          broken('registration', /username dojo-\w+, which is not active/, /npx epos register/),
        ],
      },
    ])

    t.test('no such venue', async (t) => {
      const { deps } = await newPatient(t, place)
      checkFound(
        t,
        await diagnose(deps, { locationId: 'loc_nobody', allowInsecure: true }),
        [broken('venue', /no venue with the id loc_nobody/, /npx epos location list/)],
        ['credential', 'Dojo key', 'Dojo', 'clock', ...AT_DOJO, ...OF_THE_VENUE],
      )
    })
  })

  t.test('the key', async (t) => {
    const keyIs =
      (sealed: (locationId: string) => Buffer | null): Break =>
      async ({ locationId }) => {
        await sql('UPDATE locations SET dojo_key_sealed = $2 WHERE location_id = $1', [
          locationId,
          sealed(locationId),
        ])
      }
    const skipped = ['Dojo', 'clock', ...AT_DOJO]
    await checkCases(t, place, [
      {
        name: 'none',
        break: keyIs(() => null),
        wrong: [broken('Dojo key', /has no Dojo API key/, /set-dojo-key --location loc_/)],
        skipped: [...skipped, 'verification'],
      },
      {
        name: 'of another SECRETS_KEY',
        break: keyIs((locationId) => seal('sk_prod_x', 'ff'.repeat(32), locationId)),
        wrong: [broken('Dojo key', /cannot be decrypted/, /SECRETS_KEY|set-dojo-key/)],
        skipped,
      },
      {
        name: 'of another venue',
        break: keyIs(() => seal('sk_prod_x', SECRETS_KEY, 'loc_other')),
        wrong: [broken('Dojo key', /cannot be decrypted/, /set-dojo-key/)],
        skipped,
      },
      {
        name: 'none of Dojo',
        break: keyIs((locationId) => seal('pk_live_x', SECRETS_KEY, locationId)),
        wrong: [broken('Dojo key', /not a Dojo API key/, /set-dojo-key/)],
        skipped,
      },
    ])
  })

  t.test('Dojo', async (t) => {
    const answering =
      (play: Play): Break =>
      async ({ deps }, t) => ({
        config: { ...deps.config, dojoApiUrl: (await startFakeDojo(t, () => play)).url },
      })
    await checkCases(t, place, [
      {
        name: 'is away',
        break: async ({ deps }) => ({ config: { ...deps.config, dojoApiUrl: await deadUrl() } }),
        wrong: [
          broken(
            'Dojo',
            /did not answer GET \/epos\/integrations at http:.*, tried 2 times: .* was refused\.$/,
            /Check DOJO_API_URL/,
          ),
        ],
        skipped: ['clock', ...AT_DOJO],
      },
      {
        name: 'refuses the key',
        break: ({ account, sandbox }) => {
          sandbox.sandbox.simulation.faultsOf(account).add({ kind: 'api-401' })
        },
        wrong: [broken('Dojo', /with 401/, /set-dojo-key/)],
        skipped: AT_DOJO,
      },
      {
        name: 'says that the key may not',
        break: answering({ status: 403, json: {} }),
        wrong: [broken('Dojo', /with 403/, /SOFTWARE_HOUSE_ID/)],
        skipped: AT_DOJO,
      },
      {
        name: 'is not Dojo',
        break: answering({ status: 200, text: '<html></html>' }),
        wrong: [broken('Dojo', /not JSON/, /DOJO_API_URL/)],
        skipped: AT_DOJO,
      },
      {
        name: 'takes a key that it refused',
        break: async ({ locationId }) => {
          await sql("INSERT INTO dojo_key_refusals VALUES ($1, '2026-11-20T20:00:00Z')", [
            locationId,
          ])
        },
        wrong: [
          warning(
            'Dojo',
            /rejected it at 2026-11-20T20:00:00\.000Z/,
            /within 15 minutes.*set-dojo-key/,
          ),
        ],
      },
      { name: 'lives a little later', break: dated(4_000) },
      {
        name: 'lives later',
        break: dated(30_000),
        wrong: [warning('clock', /at least \d\d seconds behind Dojo's/, /NTP/)],
      },
      {
        name: 'lives much later',
        break: dated(150_000),
        wrong: [broken('clock', /at least 2 minutes behind Dojo's/, /NTP/)],
      },
      {
        name: 'lives earlier',
        break: dated(-30_000),
        wrong: [warning('clock', /at least \d\d seconds ahead of Dojo's/, /NTP/)],
      },
      {
        name: 'lives much earlier',
        break: dated(-3_600_000 * 5),
        wrong: [broken('clock', /at least 5 hours ahead of Dojo's/, /NTP/)],
      },
      {
        name: 'does not tell the time',
        break: async ({ deps }, t) => ({
          config: {
            ...deps.config,
            dojoApiUrl: (await through(t, place, (json) => json, { date: 'today' })).url,
          },
        }),
        skipped: ['clock'],
      },
    ])
  })

  t.test('the way here', async (t) => {
    const at =
      (play: Play): Break =>
      async (patient, t) =>
        moveTo(patient, (await startFakeDojo(t, () => play)).url)
    const ready = { status: 200, json: { status: 'ready' } }
    const half =
      (areas: Play): Break =>
      async (patient, t) =>
        moveTo(
          patient,
          (await startFakeDojo(t, ({ path }) => (path === '/health/ready' ? ready : areas))).url,
        )
    await checkCases(t, place, [
      {
        name: 'nobody listens',
        break: async (patient) => moveTo(patient, await deadUrl()),
        wrong: [
          broken(
            'reachable',
            /Nothing answers at http:.*\/health\/ready, tried .*: the connection was refused\./,
            /Start the server/,
          ),
        ],
      },
      {
        name: 'it cuts the connection',
        break: at('cut'),
        wrong: [broken('reachable', /the connection was cut/, /Start the server/)],
      },
      {
        name: 'it redirects',
        break: at({
          status: 301,
          json: {},
          headers: { location: 'https://me:hush@www.example.com/health/ready?token=hush' },
        }),
        wrong: [
          broken(
            'reachable',
            /^(?!.*hush).* redirects to https:\/\/www\.example\.com\/health\/ready, and/,
            /Set PUBLIC_URL/,
          ),
        ],
      },
      {
        name: 'a page of HTML',
        break: at({ status: 200, text: '<html>Welcome</html>' }),
        wrong: [
          broken(
            'reachable',
            /answers 200 with text\/html, so it is not this server/,
            /ROUTE_PREFIX/,
          ),
        ],
      },
      {
        name: 'a proxy without a server',
        break: at({ status: 502, text: '<html>Bad gateway</html>' }),
        wrong: [broken('reachable', /answers 502 with text\/html/, /in front/)],
      },
      {
        name: 'another server that is ready',
        break: at({ status: 200, json: { ready: true } }),
        wrong: [
          broken(
            'reachable',
            /answers 200 with application\/json, so it is not this server/,
            /PUBLIC_URL/,
          ),
        ],
      },
      {
        name: 'it is not ready',
        break: at({
          status: 503,
          json: { status: 'not ready', checks: { database: 'not reachable', load: 'ok' } },
        }),
        wrong: [
          broken('reachable', /not ready: \{"database":"not reachable","load":"ok"\}/, /log/),
        ],
      },
      {
        name: 'the API is open',
        break: half({ status: 200, json: { data: [] } }),
        wrong: [
          broken(
            'reachable',
            /\/v1\/areas answers 200 with application\/json .* credential, instead of 401/,
            /sends requests/,
          ),
        ],
      },
      {
        name: "another's 401",
        break: half({ status: 401, json: { message: 'Unauthorized' } }),
        wrong: [
          broken(
            'reachable',
            /answers 401 with application\/json .* instead of 401 with this server's error body/,
            /sends requests/,
          ),
        ],
      },
      {
        name: 'the API is cut off',
        break: half('cut'),
        wrong: [
          broken(
            'reachable',
            /Nothing answers at .*\/v1\/areas.*though the server is ready/,
            /sends requests/,
          ),
        ],
      },
    ])

    t.test('a URL that Dojo cannot use', async (t) => {
      const { deps, locationId } = await newPatient(t, place)
      checkFound(
        t,
        await diagnose(deps, { locationId }),
        [broken('public URL', /is not HTTPS.*--allow-insecure/, /https:\/\//)],
        ['host name', 'reachable', ...AT_DOJO],
      )
    })

    t.test('the name of the host', async (t) => {
      const { deps } = await newPatient(t, place)
      const named = async (resolve: () => Promise<string[]>, allowInsecure = false) =>
        await hostName({
          deps: { ...deps, resolve },
          locationId: 'loc',
          url: 'https://epos.example.com',
          allowInsecure,
        })
      t.match(await named(async () => ['203.0.113.7', '2606:4700::7']), { state: 'ok' })
      t.match(await named(async () => ['203.0.113.7', '10.0.0.5']), {
        state: 'warning',
        finding: 'On this machine epos.example.com resolves to 10.0.0.5, on a private network.',
        advice: /from outside/,
      })
      t.match(await named(async () => ['fd00::5']), { state: 'warning' })
      t.match(await named(async () => ['10.0.0.5'], true), { state: 'ok' })
      t.match(
        await named(async () => {
          throw Object.assign(new Error('x'), { code: 'ENOTFOUND' })
        }),
        {
          state: 'broken',
          finding: /epos\.example\.com does not resolve on this machine: no host has that name/,
          advice: /DNS/,
        },
      )
    })
  })

  t.test('the certificate', async (t) => {
    const authority = await newAuthority()
    const before = getCACertificates('default')
    setDefaultCACertificates([...before, authority.cert])
    t.teardown(() => {
      setDefaultCACertificates(before)
    })
    const cases: {
      name: string
      issued: Issued
      state: string
      finding: RegExp
      advice?: RegExp
    }[] = [
      {
        name: 'a good one',
        issued: await issueCertificate({ address: '127.0.0.1', days: 90.5, authority }),
        state: 'ok',
        finding: /valid for 90 more days/,
      },
      {
        name: 'to be renewed',
        issued: await issueCertificate({ address: '127.0.0.1', days: 20.5, authority }),
        state: 'warning',
        finding: /valid for 20 more days, until 2/,
        advice: /Renew it/,
      },
      {
        name: 'three days are left',
        issued: await issueCertificate({ address: '127.0.0.1', days: 3.5, authority }),
        state: 'warning',
        finding: /valid for 3 more days/,
        advice: /Renew it/,
      },
      {
        name: 'almost over',
        issued: await issueCertificate({ address: '127.0.0.1', days: 1.5, authority }),
        state: 'broken',
        finding: /valid for 1 more day,/,
        advice: /Renew it/,
      },
      {
        name: 'over',
        issued: await issueCertificate({ address: '127.0.0.1', days: -1, authority }),
        state: 'broken',
        finding: /not valid: it has expired\.$/,
        advice: /Renew it/,
      },
      {
        name: 'signed by itself',
        issued: await issueCertificate({ address: '127.0.0.1', days: 90 }),
        state: 'broken',
        finding: /not valid: it is self-signed\.$/,
        advice: /authority/,
      },
      {
        name: 'of an unknown authority',
        issued: await issueCertificate({
          address: '127.0.0.1',
          days: 90,
          authority: await newAuthority('Nobody'),
        }),
        state: 'broken',
        finding: /its authority is not public\.$/,
        advice: /authority/,
      },
      {
        name: 'of another host',
        issued: await issueCertificate({ address: '127.0.0.2', days: 90, authority }),
        state: 'broken',
        finding: /it is for another host name\.$/,
        advice: /for this name/,
      },
    ]
    for (const { name, issued, state, finding, advice } of cases) {
      t.test(name, async (t) => {
        const patient = await newPatient(t, place)
        const { healthy, checks } = await patient.look(
          moveTo(patient, await listenSecurely(t, place, issued)),
        )
        const { name: _, ...found } = checks.find(({ name }) => name === 'certificate')!
        t.match(found, { state, finding })
        t.match(found.advice ?? '', advice ?? /^$/)
        t.same(
          namesOf({ checks }, 'warning', 'broken', 'skipped').filter(
            (each) => each !== 'certificate',
          ),
          [],
          'and nothing else',
        )
        t.equal(healthy, state !== 'broken')
      })
    }
  })

  t.test('the registration', async (t) => {
    const capabilities =
      (change: (names: string[]) => string[]): Break =>
      ({ account: { rest } }) => {
        rest!.capabilities = change(rest!.capabilities.map(({ name }) => name)).map((name) => ({
          name,
          version: 'v1',
          updatedAt: '2026-11-20T20:00:00Z',
        }))
      }
    const url =
      (change: (url: string) => string): Break =>
      ({ account: { rest } }) => {
        rest!.url = change(rest!.url)
      }
    const listed =
      (change: (integrations: { restIntegrations: { url: string }[] }) => unknown): Break =>
      async ({ deps }, t) => ({
        config: {
          ...deps.config,
          dojoApiUrl: (
            await through(t, place, (json, path) =>
              path === '/epos/integrations' ? change(json) : json,
            )
          ).url,
        },
      })
    const again = /npx epos register --location loc_/
    await checkCases(t, place, [
      {
        name: 'none',
        break: ({ account }) => {
          delete account.rest
        },
        wrong: [broken('registration', /^Nothing is registered at http/, again)],
      },
      {
        name: 'an empty list',
        break: capabilities(() => []),
        wrong: [broken('registration', /^No capability is registered at http/, again)],
      },
      {
        name: 'some of the locks',
        break: capabilities((names) => names.filter((name) => name !== 'ExtendOrderLock')),
        wrong: [
          broken(
            'registration',
            /locks no orders: .* and ExtendOrderLock is not registered/,
            again,
          ),
        ],
      },
      {
        name: 'one of the locks',
        break: capabilities((names) =>
          names.filter((name) => name !== 'ExtendOrderLock' && name !== 'DeleteOrderLock'),
        ),
        wrong: [
          broken('registration', /ExtendOrderLock and DeleteOrderLock are not registered/, again),
        ],
      },
      {
        name: 'one that is missing',
        break: capabilities((names) => names.filter((name) => name !== 'ListAreas')),
        wrong: [
          warning('registration', /^Not registered, so Dojo never calls them: ListAreas\./, again),
        ],
      },
      {
        name: 'no locks at all',
        break: capabilities((names) => names.filter((name) => !name.endsWith('OrderLock'))),
        wrong: [
          warning('registration', /CreateOrderLock, ExtendOrderLock, DeleteOrderLock\./, again),
        ],
      },
      {
        name: 'of one product',
        break: capabilities(() => chosenNames({ product: 'pay-at-table' })),
      },
      {
        name: 'of two products',
        break: capabilities(() => [
          ...new Set([
            ...chosenNames({ product: 'bookings' }),
            ...chosenNames({ product: 'order-and-pay' }),
          ]),
        ]),
      },
      {
        name: 'what is not served',
        break: capabilities((names) => [...names, 'SearchMenus']),
        wrong: [
          warning(
            'registration',
            /SearchMenus registered, which this server answers with 404/,
            again,
          ),
        ],
      },
      {
        name: 'names from before',
        break: capabilities((names) =>
          names.map((name) => (name === 'GetOrderBillById' ? 'GetOrderBill' : name)),
        ),
        wrong: [
          warning(
            'registration',
            /old names registered: GetOrderBill \(now GetOrderBillById\)\.$/,
            again,
          ),
        ],
      },
      {
        name: 'a credential that was revoked',
        break: ({ account: { rest } }) => {
          rest!.username = 'dojo-gone'
        },
        wrong: [broken('registration', /username dojo-gone, which is not active here/, again)],
      },
      {
        name: 'a template for a URL',
        break: url((base) => `${base}/v1/orders/{orderID}`),
        wrong: [
          broken(
            'registration',
            /\/v1\/orders\/\{orderID\} registered: it is the path of one operation/,
            again,
          ),
        ],
      },
      {
        name: 'a template elsewhere on the host',
        break: url((base) => `${base}/some/path/%7Border%7D/%`),
        wrong: [broken('registration', /the path of one operation/, again)],
      },
      {
        name: 'a URL that ends in /v1',
        break: url((base) => `${base}/v1`),
        wrong: [broken('registration', /\/v1 registered: Dojo appends \/v1\//, again)],
      },
      {
        name: 'the path of an operation',
        break: url((base) => `${base}/v1/orders/search`),
        wrong: [broken('registration', /appends \/v1\//, again)],
      },
      { name: 'a slash at the end', break: url((base) => `${base}/`) },
      {
        name: 'another URL',
        break: url(() => 'https://me:hush@old.example.com'),
        wrong: [
          broken('registration', /^Nothing is registered at http:\/\/127/, again),
          warning(
            'registration',
            /^(?!.*hush).*other URLs for this account: https:\/\/old\.example\.com\//,
            /Ask Dojo/,
          ),
        ],
      },
      {
        name: 'another URL as well',
        break: listed((all) => ({
          ...all,
          restIntegrations: [
            ...all.restIntegrations,
            { ...all.restIntegrations[0], url: 'https://old.example.com' },
          ],
        })),
        wrong: [
          warning(
            'registration',
            /other URLs for this account: https:\/\/old\.example\.com\//,
            /Ask Dojo/,
          ),
        ],
      },
      {
        name: 'a WebSocket as well',
        break: ({ account }) => {
          account.ws = {
            capabilities: [
              { name: 'SearchOrders', version: 'v1', updatedAt: '2026-11-20T20:00:00Z' },
            ],
            createdAt: '2026-11-20T20:00:00Z',
          }
        },
        wrong: [warning('registration', /a registration over a socket/, /Ask Dojo/)],
      },
    ])

    t.test('without TLS', async (t) => {
      const authority = await newAuthority()
      const before = getCACertificates('default')
      setDefaultCACertificates([...before, authority.cert])
      t.teardown(() => {
        setDefaultCACertificates(before)
      })
      const patient = await newPatient(t, place)
      const config = moveTo(
        patient,
        await listenSecurely(
          t,
          place,
          await issueCertificate({ address: '127.0.0.1', days: 90, authority }),
        ),
      )
      patient.account.rest!.url = patient.account.rest!.url.replace('https:', 'http:')
      const { checks } = await patient.look(config)
      t.match(
        checks.filter(({ state }) => state !== 'ok'),
        [
          {
            name: 'registration',
            state: 'broken',
            finding: /http:\/\/127\S+ registered: it is this server without TLS/,
            advice: again,
          },
        ],
      )
    })
  })

  t.test('webhooks', async (t) => {
    const subscribe = /npx epos webhooks subscribe --location loc_/
    const bookingsOnly = ({ account: { rest } }: Patient): void => {
      rest!.capabilities = rest!.capabilities.filter(({ name }) =>
        chosenNames({ product: 'bookings' }).includes(name),
      )
    }
    await checkCases(t, place, [
      {
        name: 'none, and none needed',
        break: ({ account }) => {
          account.subscriptions.clear()
        },
      },
      {
        name: 'none, and no HandleEvent',
        break: (patient) => {
          bookingsOnly(patient)
          patient.account.subscriptions.clear()
        },
        wrong: [warning('webhooks', /does not report refunds and reversals/, subscribe)],
      },
      {
        name: 'to another URL only',
        break: (patient) => {
          patient.subscription.url = 'https://old.example.com/hook'
          bookingsOnly(patient)
        },
        wrong: [warning('webhooks', /no webhooks come to/, subscribe)],
      },
      { name: 'in place of HandleEvent', break: bookingsOnly },
      {
        name: 'without an event',
        break: (patient) => {
          patient.subscription.events = ['payment_intent.created']
          bookingsOnly(patient)
        },
        wrong: [warning('webhooks', /do not include payment_intent\.status_updated\./, subscribe)],
      },
      {
        name: 'without an event that HandleEvent brings',
        break: ({ subscription }) => {
          subscription.events = ['payment_intent.created']
        },
      },
      {
        name: 'without an event that Dojo no longer has',
        break: async (patient, t) => {
          patient.subscription.events = ['payment_intent.created']
          bookingsOnly(patient)
          const dojo = await through(t, place, (json, path) =>
            path === '/webhooks/events'
              ? [
                  {
                    model: 'PaymentIntent',
                    events: ['payment_intent.created', 'payment_intent.updated'],
                  },
                ]
              : json,
          )
          return { config: { ...patient.deps.config, dojoApiUrl: dojo.url } }
        },
      },
      {
        name: 'a secret that is not stored',
        break: async ({ locationId }) => {
          await sql('DELETE FROM webhook_secrets WHERE location_id = $1', [locationId])
        },
        wrong: [broken('webhooks', /with the secret sc_\w+, which is not stored here/, subscribe)],
      },
      {
        name: 'a secret that was replaced',
        break: async ({ locationId }) => {
          await sql('UPDATE webhook_secrets SET retired_at = now() WHERE location_id = $1', [
            locationId,
          ])
        },
        wrong: [broken('webhooks', /not stored here/, subscribe)],
      },
      {
        name: "another venue's secret of that name",
        break: async ({ locationId, server }) => {
          await sql('UPDATE webhook_secrets SET location_id = $2 WHERE location_id = $1', [
            locationId,
            (await server.newVenue('Other')).locationId,
          ])
        },
        wrong: [broken('webhooks', /not stored here/, subscribe)],
      },
      {
        name: 'a secret that does not open',
        break: async ({ locationId }) => {
          await sql('UPDATE webhook_secrets SET sealed = $2 WHERE location_id = $1', [
            locationId,
            seal('x', 'ff'.repeat(32), locationId),
          ])
        },
        wrong: [broken('webhooks', /cannot be decrypted/, subscribe)],
      },
      {
        name: 'no active secret',
        break: ({ subscription }) => {
          subscription.secrets![0]!.isActive = false
        },
        wrong: [broken('webhooks', /no active secret/, /npx epos webhooks rotate-secret/)],
      },
      {
        name: 'Dojo does not show them',
        break: ({ account, sandbox }) => {
          sandbox.sandbox.simulation
            .faultsOf(account)
            .add({ kind: 'api-401', on: 'Webhooks_GetAlSubscriptions' })
        },
        wrong: [broken('webhooks', /GET \/webhooks with 401/, /set-dojo-key/)],
      },
    ])
  })

  t.test('the account', async (t) => {
    const accountIs =
      (id: string | null): Break =>
      async ({ locationId }) => {
        await sql('UPDATE locations SET dojo_account_id = $2 WHERE location_id = $1', [
          locationId,
          id,
        ])
      }
    await checkCases(t, place, [
      {
        name: 'not known',
        break: accountIs(null),
        wrong: [warning('account', /is not known/, /--dojo-account-id acc_\w+$/)],
      },
      {
        name: 'not known, and not sent',
        break: async (patient, t) => {
          patient.account.subscriptions.clear()
          await accountIs(null)(patient, t)
        },
        wrong: [
          warning('account', /is not known/, /is set once Dojo sends it.*--dojo-account-id ID$/),
        ],
      },
      {
        name: 'of another',
        break: accountIs('acc_other'),
        wrong: [
          broken(
            'account',
            /is acc_other, but its webhooks come from acc_\w+/,
            /--dojo-account-id acc_\w+\. .*set-dojo-key/,
          ),
        ],
      },
    ])
  })

  t.test('what is on its way', async (t) => {
    const { look, locationId } = await newPatient(t, place)
    for (const [kind, id, said] of [
      ['PaymentCheck', 'pi_1', 'Queued: 1 payment check.'],
      ['OrderUpdated', 'ord_1', 'Queued: 1 event for Dojo, 1 payment check.'],
    ] as const) {
      await sql(
        `INSERT INTO jobs (location_id, kind, entity_id, queued_at, changed_at, next_attempt_at)
          VALUES ($1, $2::job_kind, $3, now(), now(), now() + interval '1 minute')`,
        [locationId, kind, id],
      )
      t.match(
        (await look()).checks.find(({ name }) => name === 'jobs'),
        { state: 'ok', finding: said },
      )
    }
  })

  t.test('what has piled up', async (t) => {
    const waiting =
      (seconds: number, dead = false): Break =>
      async ({ locationId }) => {
        await sql(
          `INSERT INTO jobs (location_id, kind, entity_id, queued_at, changed_at, next_attempt_at, dead_at)
            VALUES ($1, 'OrderUpdated', $2, now() - make_interval(secs => $3), now(), now() + interval '1 day',
              ${dead ? 'now()' : 'NULL'})`,
          [locationId, `ord_${seconds}`, seconds],
        )
      }
    const audited =
      (differences: number, daysAgo: number): Break =>
      async ({ locationId }) => {
        await sql(
          `INSERT INTO day_audits (location_id, day, audited_at, differences, report)
            VALUES ($1, $2, now() - make_interval(secs => $3), $4, $5)`,
          [locationId, '2026-11-20', daysAgo * 86_400, differences, '{}'],
        )
      }
    const check =
      (column: string, seconds: number): Break =>
      async ({ locationId }) => {
        await sql(
          `INSERT INTO jobs (location_id, kind, entity_id, queued_at, changed_at, next_attempt_at)
            VALUES ($1, 'PaymentCheck', $2, now(), now(), now() + interval '1 minute')`,
          [locationId, `pi_${seconds}`],
        )
        await sql(
          `UPDATE jobs SET ${column} = now() - make_interval(secs => $2) WHERE location_id = $1 AND entity_id = $3`,
          [locationId, seconds, `pi_${seconds}`],
        )
      }
    const fails: Break = async ({ locationId }) => {
      await sql("UPDATE jobs SET last_error = 'x' WHERE location_id = $1", [locationId])
    }
    const look = /npx epos jobs list --location loc_/
    const both =
      (...breaks: Break[]): Break =>
      async (patient, t) => {
        for (const each of breaks) await each(patient, t)
      }
    const withoutKey: Break = async ({ locationId }) => {
      await sql('UPDATE locations SET dojo_key_sealed = NULL WHERE location_id = $1', [locationId])
    }
    await checkCases(t, place, [
      { name: 'an event on its way', break: waiting(30) },
      {
        name: 'an event that waits',
        break: waiting(100),
        wrong: [warning('jobs', /^1 event for Dojo has waited 100 seconds\.$/, look)],
      },
      {
        name: 'an event that waits for long',
        break: both(waiting(100), waiting(7_300)),
        wrong: [broken('jobs', /^2 events for Dojo have waited, the oldest 2 hours\.$/, look)],
      },
      {
        name: 'a job that was given up',
        break: waiting(90_000, true),
        wrong: [
          broken(
            'jobs',
            /^1 job for Dojo was given up\.$/,
            /--dead.*npx epos jobs retry --location loc_/,
          ),
        ],
      },
      {
        name: 'both',
        break: both(waiting(100), waiting(90_000, true)),
        wrong: [warning('jobs', /has waited/, look), broken('jobs', /given up/, look)],
      },
      { name: 'a payment that is looked at again and again', break: check('queued_at', 7_300) },
      {
        name: 'a check that is overdue',
        break: both(check('next_attempt_at', 100), check('queued_at', 30)),
        wrong: [warning('jobs', /^2 payment checks have waited, the oldest 100 seconds\.$/, look)],
      },
      {
        name: 'a check that fails',
        break: both(check('queued_at', 7_300), fails),
        wrong: [broken('jobs', /^1 payment check has waited 2 hours\.$/, look)],
      },
      {
        name: "payments that are not held against Dojo's",
        break: async ({ locationId }) => {
          await sql("UPDATE locations SET verify_payments = 'off' WHERE location_id = $1", [
            locationId,
          ])
        },
        wrong: [
          warning(
            'verification',
            /^Payments are not checked against Dojo/,
            /set --location loc_\w+ --verify-payments after$/,
          ),
        ],
      },
      {
        name: "another venue's",
        break: async (patient, t) => {
          await waiting(7_300)(
            { ...patient, locationId: (await patient.server.newVenue('Other')).locationId },
            t,
          )
        },
      },
      {
        name: 'money without an order',
        break: async ({ locationId }) => {
          await sql(
            `INSERT INTO payment_intents (location_id, payment_intent_id, unmatched_at, unmatched_reason)
              VALUES ($1, 'pi_1', now(), 'x'), ($1, 'pi_2', now(), 'x'), ($1, 'pi_3', NULL, NULL)`,
            [locationId],
          )
        },
        wrong: [
          warning(
            'unmatched payments',
            /^2 payments at Dojo match no order/,
            /npx epos payment unmatched --location loc_/,
          ),
        ],
      },
      { name: 'a day that agrees', break: audited(0, 1.5) },
      {
        name: 'a day that does not',
        break: audited(3, 0),
        wrong: [
          warning(
            'audit',
            /^2026-11-20 has 3 differences from Dojo's payments\.$/,
            /npx epos payment unmatched/,
          ),
        ],
      },
      {
        name: 'no night since',
        break: audited(0, 2.5),
        wrong: [warning('audit', /is 2026-11-20; that audit ran 2 days ago/, /runs at night/)],
      },
      {
        name: 'no night since, without a key',
        break: both(audited(0, 9), withoutKey),
        wrong: [broken('Dojo key', /has no Dojo API key/, /set-dojo-key/)],
        skipped: ['Dojo', 'clock', ...AT_DOJO, 'verification'],
      },
      {
        name: 'a check that fails ends no other',
        break: async (_patient, t) => {
          await sql('ALTER TABLE payment_intents RENAME TO elsewhere')
          t.teardown(async () => {
            await sql('ALTER TABLE elsewhere RENAME TO payment_intents')
          })
        },
        wrong: [broken('unmatched payments', /The check failed: .*payment_intents/, /Try again/)],
      },
    ])
  })

  t.test('fixed', async (t) => {
    const registeredAt = ({ account: { rest } }: Patient): string[] =>
      rest!.capabilities.map(({ name }) => name)

    t.test('a registration, as it was chosen', async (t) => {
      const patient = await newPatient(t, place)
      const { account } = patient
      const [chosen, before] = [chosenNames({ product: 'pay-at-table' }), account.rest!.username]
      account.rest!.capabilities = account.rest!.capabilities.filter(
        ({ name }) => chosen.includes(name) && name !== 'DeleteOrderLock',
      )
      const { healthy, checks, fixed } = await patient.fix()
      t.match(fixed, /^Registered again with a new credential/)
      t.equal(healthy, true)
      t.match(
        checks.find(({ name }) => name === 'registration'),
        { state: 'ok', finding: /those of pay-at-table\.$/ },
      )
      t.same(registeredAt(patient).sort(), [...chosen].sort())
      t.not(account.rest!.username, before, 'with a fresh credential')
      t.equal(
        (
          await fetch(`${patient.publicUrl}/v1/areas`, {
            headers: {
              authorization: `Basic ${Buffer.from(`${account.rest!.username}:${account.rest!.password}`).toString('base64')}`,
            },
          })
        ).status,
        200,
        'that works',
      )
    })

    t.test('one at a wrong URL, and none', async (t) => {
      const patient = await newPatient(t, place)
      patient.account.rest!.url = `${patient.publicUrl}/v1`
      t.equal((await patient.fix()).healthy, true)
      t.equal(patient.account.rest!.url, patient.publicUrl)
      delete patient.account.rest
      t.equal((await patient.fix()).healthy, true)
      t.same(registeredAt(patient).sort(), [...chosenNames({})].sort(), 'then all')
    })

    t.test('nothing else', async (t) => {
      const registered = (checks: Check[]): Check['state'] | undefined =>
        checks.find(({ name }) => name === 'registration')?.state
      const healthy = await newPatient(t, place)
      const { username } = healthy.account.rest!
      t.match(await healthy.fix(), {
        healthy: true,
        fixed: 'Nothing is broken, so nothing was changed.',
      })
      healthy.account.rest!.capabilities = healthy.account.rest!.capabilities.filter(
        ({ name }) => name !== 'ListAreas',
      )
      t.match(
        await healthy.fix(),
        { healthy: true, fixed: 'Nothing is broken, so nothing was changed.' },
        'a warning may be as it was chosen',
      )
      healthy.account.rest!.capabilities = []
      const elsewhere = await healthy.fix(moveTo(healthy, await deadUrl()))
      t.match(elsewhere.fixed, /^Nothing was changed: .* reachable is broken before that\.$/)
      t.equal(registered(elsewhere.checks), 'broken')
      t.equal(healthy.account.rest!.username, username, 'Dojo was sent nothing')
    })

    t.test('Dojo does not take it', async (t) => {
      const { account, fix, sandbox } = await newPatient(t, place)
      account.rest!.capabilities = []
      sandbox.sandbox.simulation
        .faultsOf(account)
        .add({ kind: 'api-401', on: 'EposIntegrations_PutRest' })
      t.match(await fix(), {
        healthy: false,
        fixed: /^Registering again failed\. Dojo answered PUT .* 401/,
      })
    })
  })
})

/** Dojo's clock goes before ours. */
const dated =
  (aheadMs: number): Break =>
  async ({ deps, ...place }, t) => ({
    config: {
      ...deps.config,
      dojoApiUrl: (
        await through(t, place, (json) => json, {
          date: new Date(Date.now() + aheadMs).toUTCString(),
        })
      ).url,
    },
  })

/** This machine's clock and Dojo's go before the database's. */
async function later(
  t: Test,
  place: Place,
  deps: DoctorDeps,
  aheadMs: number,
): Promise<Partial<DoctorDeps>> {
  const dojo = await through(t, place, (json) => json, {
    date: new Date(Date.now() + aheadMs).toUTCString(),
  })
  return { nowMs: () => Date.now() + aheadMs, config: { ...deps.config, dojoApiUrl: dojo.url } }
}

/** The same server, over HTTPS. */
async function listenSecurely(t: Test, { server }: Place, { key, cert }: Issued): Promise<string> {
  const secure = createHttpsServer({ key, cert }, (request, response) => {
    server.app.routing(request, response)
  })
  await new Promise<void>((resolve) => {
    secure.listen(0, '127.0.0.1', resolve)
  })
  t.teardown(async () => {
    await new Promise((resolve) => {
      secure.close(resolve)
    })
  })
  return `https://127.0.0.1:${(secure.address() as AddressInfo).port}`
}

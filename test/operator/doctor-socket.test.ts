// The doctor at a venue that Dojo reaches through a socket.
import t from 'tap'
import { lockCapabilities } from '../../src/contract/capabilities.ts'
import { changeSettings } from '../../src/operator/settings.ts'
import { type Transport } from '../../src/domain/venue/venue.ts'
import { chosenNames } from '../../src/operator/register.ts'
import { namesOf, newPatient, openPlace, type Patient } from '../support/healthy-venue.ts'

const place = await openPlace(t)
const { sql, store } = place.server

/** Registered over the socket, which is open and in use. */
async function newSocketPatient(transport: Transport = 'socket'): Promise<Patient> {
  const patient = await newPatient(t, place)
  const { locationId, account } = patient
  await changeSettings(store, locationId, { transport })
  if (transport === 'socket') account.rest = undefined
  setNames(patient, chosenNames({}))
  await sql(
    `INSERT INTO socket_leases (location_id, holder, ends_at, opened_at, served_at)
      VALUES ($1, 'web-1/7/abc', now() + interval '1 minute', now() - interval '3 hours', now() - interval '2 minutes')`,
    [locationId],
  )
  return patient
}

function setNames({ account }: Patient, names: readonly string[]): void {
  const updatedAt = new Date().toISOString()
  const capabilities = names.map((name) => ({ name, version: 'v1', updatedAt }))
  account.ws = { capabilities, createdAt: updatedAt }
}

const change = async ({ locationId }: Patient, columns: string): Promise<void> => {
  await sql(`UPDATE socket_leases SET ${columns} WHERE location_id = $1`, [locationId])
}

t.test('a healthy venue needs no public address', async (t) => {
  const { look, deps } = await newSocketPatient()
  const { healthy, checks } = await look({ config: { ...deps.config, publicUrl: undefined } })
  t.equal(healthy, true)
  t.same(namesOf({ checks }, 'warning', 'broken'), [])
  const said = (name: string) => checks.find((check) => check.name === name)?.finding
  t.equal(
    said('socket registration'),
    `${chosenNames({}).length} capabilities are registered over the socket.`,
  )
  t.equal(
    said('socket'),
    'Open for 3 hours, at the server web-1/7/abc; it last answered a request 2 minutes ago.',
  )
  t.same([said('public URL'), said('registration')], [undefined, undefined])
})

t.test('what is wrong with a socket', async (t) => {
  type Break = (patient: Patient) => void | Promise<void>
  const cases: Array<[what: string, Break, name: string, state: string, RegExp, RegExp]> = [
    [
      'nothing is registered',
      ({ account }) => {
        account.ws = undefined
      },
      'socket registration',
      'broken',
      /^Nothing is registered over the socket/,
      /epos register/,
    ],
    [
      'some of the locks',
      (patient) => {
        setNames(
          patient,
          chosenNames({}).filter((name) => name !== lockCapabilities[0]),
        )
      },
      'socket registration',
      'broken',
      /^Dojo locks no orders over the socket/,
      /epos register/,
    ],
    [
      'fewer than all',
      (patient) => {
        setNames(patient, ['ListAreas'])
      },
      'socket registration',
      'warning',
      /^Not registered, so Dojo never calls them: SearchOrders/,
      /epos register/,
    ],
    [
      'no server',
      async (patient) => {
        await change(patient, "ends_at = now() - interval '1 second'")
      },
      'socket',
      'broken',
      /^No server holds the venue's socket\.$/,
      /SOFTWARE_HOUSE_ID/,
    ],
    [
      'a refused key',
      async (patient) => {
        await change(
          patient,
          `opened_at = NULL, refused_key = (
            SELECT left(md5(dojo_key_sealed), 16) || '.of the account' FROM locations l WHERE l.location_id = socket_leases.location_id)`,
        )
      },
      'socket',
      'broken',
      /refused the venue's API key, or the SOFTWARE_HOUSE_ID or RESELLER_ID .*web-1/,
      /set-dojo-key .* SOFTWARE_HOUSE_ID, RESELLER_ID or DOJO_SOCKET_URL, and start/,
    ],
    [
      'it does not open',
      async (patient) => {
        await change(
          patient,
          "opened_at = NULL, trouble = 'unreachable', refused_key = 'of before'",
        )
      },
      'socket',
      'broken',
      /^The server web-1\/7\/abc has the venue, but its socket is not open; .*unreachable\.$/,
      /DOJO_SOCKET_URL/,
    ],
    [
      'it is open and unused',
      async (patient) => {
        await change(patient, 'served_at = NULL')
      },
      'socket',
      'warning',
      /^Open for 3 hours, .* but no request has come through it yet/,
      /Have Dojo ask/,
    ],
  ]
  for (const [what, breakIt, name, state, finding, advice] of cases) {
    const patient = await newSocketPatient()
    await breakIt(patient)
    const { checks } = await patient.look()
    const wrong = checks.filter((check) => check.state === 'warning' || check.state === 'broken')
    t.match(wrong, [{ name, state, finding, advice }], what)
    t.equal(wrong.length, 1, `${what}: nothing else`)
  }
})

t.test('a venue with both has each capability once', async (t) => {
  const patient = await newSocketPatient('both')
  const locks = new Set<string>(lockCapabilities)
  setNames(patient, [...locks])
  const { rest } = patient.account
  const twice = (await patient.look()).checks.filter(({ state }) => state !== 'ok')
  t.match(
    twice.find(({ name }) => name === 'socket registration'),
    { state: 'warning', finding: /^Registered over the socket and over REST: CreateOrderLock/ },
  )
  rest!.capabilities = rest!.capabilities.filter(({ name }) => !locks.has(name))
  const { healthy, checks } = await patient.look()
  t.equal(healthy, true)
  t.same(namesOf({ checks }, 'warning', 'broken'), [])
  t.match(
    checks.find(({ name }) => name === 'registration')?.finding,
    /: with those over the socket, everything this server has\.$/,
  )
})

t.test('registering again mends a registration', async (t) => {
  const patient = await newSocketPatient()
  patient.account.ws = undefined
  const { healthy, fixed } = await patient.fix()
  t.match([healthy, fixed], [true, /^Registered again/])
  t.equal(patient.account.ws!.capabilities.length, chosenNames({}).length)
})

t.test('the socket to the card machines, where the venue has one', async (t) => {
  const patient = await newPatient(t, place)
  const { locationId, look } = patient
  const said = async () => (await look({})).checks.find(({ name }) => name === 'counter socket')
  t.equal(await said(), undefined, 'it is no matter over REST')
  const way = { counterTransport: 'socket', counterAccount: 'abc', eposId: 'bar' } as const
  await changeSettings(store, locationId, way)
  t.match(await said(), { state: 'broken', finding: "No server holds the venue's socket." })
  await sql(
    `INSERT INTO counter_socket_leases (location_id, holder, ends_at, trouble)
      VALUES ($1, 'web-1', now() + interval '1 minute', 'unreachable')`,
    [locationId],
  )
  t.match(await said(), {
    state: 'broken',
    finding: /not open; the last one ended with: unreachable/,
    advice: /^Check DOJO_COUNTER_SOCKET_URL/,
  })
  const change = async (columns: string): Promise<void> => {
    await sql(`UPDATE counter_socket_leases SET ${columns} WHERE location_id = $1`, [locationId])
  }
  await sql(
    `UPDATE counter_socket_leases s SET refused_key = left(md5(md5(coalesce(l.counter_key_sealed, l.dojo_key_sealed))
        || ' ' || l.counter_account || ' ' || l.epos_id), 16) || '.of the account'
      FROM locations l WHERE l.location_id = s.location_id AND s.location_id = $1`,
    [locationId],
  )
  t.match(await said(), {
    state: 'broken',
    finding: /refused the account abc, or the SOFTWARE_HOUSE_ID/,
    advice: /DOJO_COUNTER_SOCKET_URL, and start/,
  })
  await change('opened_at = now(), refused_key = NULL')
  t.match(await said(), { state: 'warning', finding: /^Open to the card machines as bar/ })
  await change('served_at = now()')
  t.match(await said(), { state: 'ok' })
})

// A venue with which nothing is wrong: its server listens, the stand-in for Dojo has it registered
// and subscribed, and the doctor finds nothing. Each test then breaks one thing.
import type { AddressInfo } from 'node:net'
import type { Test } from 'tap'
import { loadConfig } from '../../src/config.ts'
import type { Account, Subscription } from '../../src/sandbox/dojo/state.ts'
import { diagnose, diagnoseAndFix, type Check, type Diagnosis } from '../../src/operator/doctor.ts'
import type { DoctorDeps } from '../../src/operator/doctor/examination.ts'
import { setDojoKey } from '../../src/operator/dojo-keys.ts'
import { registerVenue } from '../../src/operator/register.ts'
import { seal } from '../../src/operator/secrets.ts'
import { startFakeDojo, type FakeDojo } from './fake-dojo.ts'
import { startServer, type TestServer } from './server.ts'
import { startSandbox, type StartedSandbox } from '../sandbox/support/dojo.ts'

export const SECRETS_KEY = '5e'.repeat(32)

/** What several venues share: they cost nothing, a server does. */
export interface Place {
  server: TestServer
  publicUrl: string
  sandbox: StartedSandbox
}

export async function openPlace(t: Test): Promise<Place> {
  const sandbox = await startSandbox(t)
  // Without SOFTWARE_HOUSE_ID it tells Dojo nothing, so what a test puts into its outbox stays
  // there.
  const server = await startServer(t, { environment: { SECRETS_KEY, DOJO_API_URL: sandbox.url } })
  await server.app.listen({ host: '127.0.0.1', port: 0 })
  return {
    server,
    sandbox,
    publicUrl: `http://127.0.0.1:${(server.app.server.address() as AddressInfo).port}`,
  }
}

export interface Patient extends Place {
  locationId: string
  key: string
  /** The venue at the stand-in, to be changed at will. */
  account: Account
  subscription: Subscription
  deps: DoctorDeps
  /** The environment of a command. */
  environment: Record<string, string>
  look: (deps?: Partial<DoctorDeps>) => Promise<Diagnosis>
  fix: (deps?: Partial<DoctorDeps>) => Promise<Diagnosis>
}

export async function newPatient(t: Test, place: Place): Promise<Patient> {
  const { server, sandbox, publicUrl } = place
  const { locationId, password } = await server.newVenue('The Red Lion')
  const key = `sk_sandbox_${locationId}`
  const environment = {
    DATABASE_URL: server.databaseUrl,
    SECRETS_KEY,
    DOJO_API_URL: sandbox.url,
    SOFTWARE_HOUSE_ID: 'house',
    PUBLIC_URL: publicUrl,
  }
  const config = loadConfig(environment)
  const deps: DoctorDeps = {
    config,
    faults: new Map(),
    embedded: false,
    openStore: async () => server.store,
    secretsKey: () => SECRETS_KEY,
  }
  await setDojoKey(server.store.prisma, locationId, key, SECRETS_KEY)
  await registerVenue({ ...deps, store: server.store }, { locationId, allowInsecure: true })
  const account = sandbox.sandbox.simulation.account(key)
  const { subscription, secret } = await subscribed(place, { locationId, key, account })

  const checked = async (looking: Promise<Diagnosis>): Promise<Diagnosis> => {
    const diagnosis = await looking
    const said = JSON.stringify(diagnosis)
    for (const hidden of [
      key,
      SECRETS_KEY,
      password,
      account.rest?.password ?? key,
      secret.value!,
    ]) {
      t.notOk(said.includes(hidden), 'no secret is shown')
    }
    return diagnosis
  }
  const subject = { locationId, allowInsecure: true }
  return {
    ...place,
    locationId,
    key,
    account,
    subscription,
    deps,
    environment,
    look: async (more = {}) => await checked(diagnose({ ...deps, ...more }, subject)),
    fix: async (more = {}) => await checked(diagnoseAndFix({ ...deps, ...more }, subject)),
  }
}

/** The venue knows its account, and Dojo's webhooks come to it with a secret that it has. */
async function subscribed(
  { server, sandbox, publicUrl }: Place,
  { locationId, key, account }: Pick<Patient, 'locationId' | 'key' | 'account'>,
) {
  await server.sql('UPDATE locations SET dojo_account_id = $2 WHERE location_id = $1', [
    locationId,
    account.accountId,
  ])
  await sandbox.call(
    'POST',
    '/webhooks',
    {
      events: ['payment_intent.created', 'payment_intent.status_updated'],
      url: `${publicUrl}/webhooks/dojo/${locationId}`,
    },
    { authorization: `Basic ${key}` },
  )
  const [subscription] = [...account.subscriptions.values()] as [Subscription]
  const [secret] = subscription.secrets!
  await server.sql(
    'INSERT INTO webhook_secrets (location_id, secret_id, subscription_id, sealed) VALUES ($1, $2, $3, $4)',
    [locationId, secret!.id, subscription.id, seal(secret!.value!, SECRETS_KEY, locationId)],
  )
  return { subscription, secret: secret! }
}

/** Dojo and the venue say that the server is at another base URL. */
export function moveTo(
  { account, subscription, locationId, deps }: Patient,
  publicUrl: string,
): Partial<DoctorDeps> {
  account.rest!.url = publicUrl
  subscription.url = `${publicUrl}/webhooks/dojo/${locationId}`
  return { config: { ...deps.config, publicUrl } }
}

/** The stand-in, whose answers are changed on the way. */
export async function through(
  t: Test,
  { sandbox }: Place,
  change: (json: never, path: string) => unknown,
  headers: Record<string, string> = {},
): Promise<FakeDojo> {
  return await startFakeDojo(t, async ({ method, path, headers: { authorization }, body }) => {
    const answer = await sandbox.call(method, path, body === '' ? undefined : body, {
      authorization,
    })
    return { status: answer.status, json: change(answer.body as never, path), headers }
  })
}

/** Those of a state, by name; one that found several things is there as often. */
export const namesOf = (
  { checks }: { checks: readonly Check[] },
  ...states: Check['state'][]
): string[] => checks.filter(({ state }) => states.includes(state)).map(({ name }) => name)

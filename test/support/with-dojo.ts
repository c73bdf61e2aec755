// The server and the stand-in for Dojo, each on a port of its own, and what both know of a payment.
import type { AddressInfo } from 'node:net'
import type { Test } from 'tap'
import { COUNTER_PATH } from '../../src/sandbox/counter-socket/gateway.ts'
import { createIntent, payByCard } from '../../src/sandbox/dojo/payment-intents.ts'
import type { SandboxOptions } from '../../src/sandbox/server.ts'
import type { Account, IntentRecord } from '../../src/sandbox/dojo/state.ts'
import type { Simulation } from '../../src/sandbox/dojo/simulation.ts'
import type { Overrides } from '../../src/server-options.ts'
import { changeSettings, type Settings } from '../../src/operator/settings.ts'
import { rotateCredential } from '../../src/operator/credentials.ts'
import { setDojoKey } from '../../src/operator/dojo-keys.ts'
import { registerVenue } from '../../src/operator/register.ts'
import { startSandbox, type StartedSandbox } from '../sandbox/support/dojo.ts'
import { gbp } from './orders.ts'
import { onInstance, startServer, type TestServer } from './server.ts'
import { until } from './visits.ts'

export const SECRETS_KEY = '00'.repeat(32)
export const SOFTWARE_HOUSE_ID = 'house'

export interface WithDojo {
  server: TestServer
  dojo: StartedSandbox
  world: Simulation
  account: Account
  /** An intent that a card has paid, as it is at Dojo; it sends no events. */
  paidIntent: (
    amountMinor: number,
    more?: Partial<Parameters<typeof createIntent>[2]>,
  ) => IntentRecord
  /**
   * Makes what waits due, as if so many seconds had passed, and resolves once all of it was tried.
   */
  later: (seconds?: number) => Promise<void>
  /** What the operator was warned of, with its details. */
  notices: Array<{ message: string; paymentIntentId?: string; reason?: string }>
  url: () => Promise<string>
  /** Dojo calls this server from here on. */
  register: (capabilities?: readonly string[]) => Promise<void>
}

export async function startWithDojo(
  t: Test,
  {
    settings = {},
    sandbox = {},
    dojoApiUrl,
    overrides = {},
  }: {
    settings?: Settings
    sandbox?: SandboxOptions
    dojoApiUrl?: string
    overrides?: Overrides
  } = {},
): Promise<WithDojo> {
  const dojo = await startSandbox(t, sandbox)
  const server = await startServer(t, {
    environment: { ...addressesOf(dojo, dojoApiUrl), SOFTWARE_HOUSE_ID, SECRETS_KEY },
    overrides,
  })
  const {
    store,
    venue: { locationId },
  } = server
  const notices: WithDojo['notices'] = []
  server.app.log.warn = ((detail: object, message: string) => {
    notices.push({ ...detail, message })
  }) as never
  await setDojoKey(store.prisma, locationId, dojo.key, SECRETS_KEY)
  await changeSettings(store, locationId, settings)
  const { simulation: world } = dojo.sandbox
  const account = world.account(dojo.key)
  const url = async (): Promise<string> => {
    if (!server.app.server.listening) await server.app.listen({ host: '127.0.0.1', port: 0 })
    return `http://127.0.0.1:${(server.app.server.address() as AddressInfo).port}`
  }
  return {
    server,
    dojo,
    world,
    account,
    notices,
    url,
    paidIntent: (amountMinor, more = {}) => {
      const record = createIntent(world, account, {
        amount: gbp(amountMinor),
        reference: 'test',
        ...more,
      })
      payByCard(world, account, record, 'online')
      return record
    },
    later: async (seconds = 0) => {
      await passTime(server, seconds)
    },
    register: async (capabilities) => {
      await register(t, server, { publicUrl: await url(), dojoApiUrl: dojo.url, capabilities })
    },
  }
}

/** Where the stand-in is. */
function addressesOf({ url }: StartedSandbox, dojoApiUrl = url): Record<string, string> {
  const socketUrl = `${url.replace('http', 'ws')}${COUNTER_PATH}`
  return { DOJO_API_URL: dojoApiUrl, DOJO_COUNTER_SOCKET_URL: socketUrl }
}

/** Moves everything that waits for a time into the past, and resolves once all of it was tried. */
async function passTime(server: TestServer, seconds: number): Promise<void> {
  const { sql } = server
  await sql(
    `UPDATE jobs SET queued_at = queued_at - make_interval(secs => $1),
        next_attempt_at = next_attempt_at - make_interval(secs => $1)
      WHERE kind = 'PaymentCheck'`,
    [seconds],
  )
  await sql('UPDATE payments SET recorded_at = recorded_at - make_interval(secs => $1)', [seconds])
  await sql(
    'UPDATE payment_intents SET reply_lost_at = reply_lost_at - make_interval(secs => $1)',
    [seconds],
  )
  await until('what is due was tried', async () => {
    await server.jobs!.idle()
    return (
      (
        await sql(
          "SELECT 1 FROM jobs WHERE dead_at IS NULL AND next_attempt_at <= clock_timestamp() AND kind = 'PaymentCheck'",
        )
      ).length === 0
    )
  })
}

/** Has Dojo call the server from here on, with a credential of its own. */
async function register(
  t: Test,
  server: TestServer,
  {
    publicUrl,
    dojoApiUrl,
    capabilities,
  }: { publicUrl: string; dojoApiUrl: string; capabilities: readonly string[] | undefined },
): Promise<void> {
  const {
    store,
    venue: { locationId },
  } = server
  const config = {
    publicUrl,
    routePrefix: '',
    softwareHouseId: SOFTWARE_HOUSE_ID,
    resellerId: undefined,
    dojoApiUrl,
  }
  await registerVenue(
    { store, config, secretsKey: () => SECRETS_KEY },
    { locationId, allowInsecure: true, ...(capabilities === undefined ? {} : { capabilities }) },
  )
  // Dojo has a credential of its own now, and those before it have ended.
  server.venue = onInstance(t, server, {
    ...server.venue,
    ...(await rotateCredential(store.prisma, locationId)),
  })
}

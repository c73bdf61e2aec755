// What the demo and the pictures of the guides play on: a server and a stand-in for Dojo, on free
// ports of this machine, with a database of their own that is gone afterwards.
import { mkdtempSync, rmSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadConfig } from '../src/config.ts'
import type { MoneyAtDojo } from '../src/operator/demo-evening.ts'
import { setDojoKey } from '../src/operator/dojo-keys.ts'
import { registerVenue, type Outcome } from '../src/operator/register.ts'
import { createIntent, payByCard } from '../src/sandbox/dojo/payment-intents.ts'
import { createSandbox, type Sandbox } from '../src/sandbox/server.ts'
import { createServer, type Server } from '../src/server.ts'
import { acquireEmbeddedPostgres } from '../src/store/database/embedded-postgres.ts'
import { migrate } from '../src/store/database/migrations.ts'
import { createPool } from '../src/store/database/pool.ts'

/** Opens the venue's account at the stand-in. */
export const KEY = 'sk_sandbox_demo'
const SECRETS_KEY = '5a'.repeat(32)
const SOFTWARE_HOUSE_ID = 'demo-house'

export interface Stand {
  server: Server
  serverUrl: string
  sandbox: Sandbox
  sandboxUrl: string
}

/** @param name of its folder */
export function openStand(name: string): {
  stand: Promise<Stand>
  /** Also while it still opens. */
  close: () => Promise<void>
} {
  const dataDir = mkdtempSync(join(tmpdir(), `epos-${name}-`))
  const undo: (() => Promise<void>)[] = []
  const stand = open(dataDir, (close) => undo.unshift(close))
  let closing: Promise<void> | undefined
  const close = async (): Promise<void> => {
    await stand.catch(() => {})
    for (const each of undo) await each()
    rmSync(dataDir, { recursive: true, force: true })
  }
  return {
    stand,
    close: async () => {
      closing ??= close()
      await closing
    },
  }
}

async function open(dataDir: string, opened: (close: () => Promise<void>) => void): Promise<Stand> {
  const database = await acquireEmbeddedPostgres({ dataDir })
  opened(database.release)
  await migrateFirst(database.url)
  const sandbox = await createSandbox({ seed: 1, keys: [KEY] })
  opened(sandbox.close)
  const sandboxUrl = await listen(sandbox.app)
  const config = loadConfig({
    DATA_DIR: dataDir,
    LOG_LEVEL: 'error',
    DOCS: 'false',
    DOJO_API_URL: sandboxUrl,
    SOFTWARE_HOUSE_ID,
    SECRETS_KEY,
  })
  const server = await createServer({ config, databaseUrl: database.url })
  opened(server.close)
  return { server, serverUrl: await listen(server.app), sandbox, sandboxUrl }
}

async function migrateFirst(databaseUrl: string): Promise<void> {
  const pool = createPool({ databaseUrl, poolSize: 2, applicationName: 'epos demo' })
  try {
    await migrate(pool, databaseUrl)
  } finally {
    await pool.end()
  }
}

async function listen(app: Server['app'] | Sandbox['app']): Promise<string> {
  await app.listen({ host: '127.0.0.1', port: 0 })
  return `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`
}

/** Gives the venue its key, and registers it at the stand-in. */
export async function registerAt(
  { server: { store }, serverUrl, sandboxUrl }: Stand,
  locationId: string,
): Promise<Outcome> {
  await setDojoKey(store.prisma, locationId, KEY, SECRETS_KEY)
  const config = {
    publicUrl: serverUrl,
    routePrefix: '',
    softwareHouseId: SOFTWARE_HOUSE_ID,
    resellerId: undefined,
    dojoApiUrl: sandboxUrl,
  }
  const { outcome } = await registerVenue(
    { store, config, secretsKey: () => SECRETS_KEY },
    { locationId, allowInsecure: true },
  )
  return outcome!
}

/** Cards pay at the stand-in, so that what the evening records is what it shows. */
export function moneyAt({ sandbox: { simulation } }: Stand): MoneyAtDojo {
  const account = simulation.account(KEY)
  const gbp = (value: number) => ({ value, currencyCode: 'GBP' })
  return {
    accountId: account.accountId,
    take: ({ amountMinor, tipsMinor = 0, orderId }) => {
      const record = createIntent(simulation, account, {
        amount: gbp(amountMinor),
        tipsAmount: gbp(tipsMinor),
        reference: 'The evening',
        ...(orderId !== undefined && { orderDetails: { externalId: orderId } }),
      })
      // What fits no bill was paid on a page, so that it can be refunded without the card.
      payByCard(simulation, account, record, orderId === undefined ? 'online' : 'terminal')
      return record.shown.id
    },
  }
}

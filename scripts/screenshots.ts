// The pictures of the guides: the demo venue's evening in the console, taken by the machine's
// Chromium. `npm run screenshots` writes them to docs/pictures.
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium, type Browser } from 'playwright-core'
import { loadConfig } from '../src/config.ts'
import { createAsDojo } from '../src/operator/as-dojo.ts'
import { DEMO_NAME, seedDemo } from '../src/operator/demo.ts'
import { openEvening } from '../src/operator/demo-evening.ts'
import { createLocation } from '../src/operator/locations.ts'
import { createToken } from '../src/operator/tokens.ts'
import { createServer, type Server } from '../src/server.ts'
import { acquireEmbeddedPostgres } from '../src/store/database/embedded-postgres.ts'
import { migrate } from '../src/store/database/migrations.ts'
import { createPool } from '../src/store/database/pool.ts'

const FOLDER = join(import.meta.dirname, '../docs/pictures')
const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
const FLOAT_MINOR = 15_000

interface Picture {
  name: string
  path: string
  colorScheme: 'light' | 'dark'
  width: number
  height: number
}

/** `table` is the link on the floor that leads to the order. */
const PICTURES: readonly (Picture & { table?: string })[] = [
  { name: 'floor', path: '/console', colorScheme: 'light', width: 1440, height: 900 },
  {
    name: 'order',
    path: '/console',
    table: 'Table 10',
    colorScheme: 'dark',
    width: 1440,
    height: 1000,
  },
  { name: 'day', path: '/console/day', colorScheme: 'light', width: 1440, height: 900 },
  { name: 'bookings', path: '/console/bookings', colorScheme: 'light', width: 1440, height: 900 },
  { name: 'floor-phone', path: '/console', colorScheme: 'dark', width: 390, height: 844 },
]

async function main(): Promise<void> {
  const executablePath = CHROMIUM.find((path) => existsSync(path))
  if (executablePath === undefined) {
    throw new Error('There is no Chromium here. Install it: apt install chromium')
  }
  const dataDir = mkdtempSync(join(tmpdir(), 'epos-screenshots-'))
  const database = await acquireEmbeddedPostgres({ dataDir })
  let server: Server | undefined
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] })
  try {
    const pool = createPool({ databaseUrl: database.url, poolSize: 2 })
    await migrate(pool, database.url)
    await pool.end()
    const config = loadConfig({ DATA_DIR: dataDir, LOG_LEVEL: 'error', DOCS: 'false' })
    server = await createServer({ config, databaseUrl: database.url })
    const token = await openVenue(server)
    await server.app.listen({ host: '127.0.0.1', port: 0 })
    const { port } = server.app.server.address() as AddressInfo
    mkdirSync(FOLDER, { recursive: true })
    for (const picture of PICTURES) {
      await take(browser, `http://127.0.0.1:${port}`, token, picture)
    }
  } finally {
    await browser.close()
    await server?.close()
    await database.release()
    rmSync(dataDir, { recursive: true, force: true })
  }
}

/** @returns a manager's token */
async function openVenue({ app, asOwner, store: { prisma } }: Server): Promise<string> {
  const venue = { name: DEMO_NAME, currency: 'GBP' } as const
  const { locationId, credential } = await createLocation(prisma, venue)
  await asOwner(locationId, async (till) => {
    await till('POST', '/days', { floatMinor: FLOAT_MINOR })
    const { orderIds } = await seedDemo(till)
    await openEvening({ till, dojo: createAsDojo(app, '', credential) }, orderIds)
  })
  return (await createToken(prisma, locationId, { role: 'manager', tillName: 'Office' })).token
}

async function take(
  browser: Browser,
  baseURL: string,
  token: string,
  { name, path, table, colorScheme, width, height }: (typeof PICTURES)[number],
): Promise<void> {
  const viewport = { width, height }
  const context = await browser.newContext({ baseURL, colorScheme, viewport })
  const page = await context.newPage()
  await page.goto('/console')
  await page.getByLabel('Till token').fill(token)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('heading', { name: 'Dining room' }).waitFor()
  if (path !== '/console') await page.goto(path)
  if (table !== undefined) {
    await page.getByRole('link', { name: table, exact: true }).click()
    await page.getByRole('img', { name: /^Printed bill/ }).waitFor()
  }
  await page.getByRole('heading').nth(1).waitFor()
  await page.mouse.move(0, 0)
  await page.screenshot({ path: join(FOLDER, `${name}.png`) })
  await context.close()
}

await main()

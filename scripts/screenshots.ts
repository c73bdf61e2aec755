// The pictures of the guides: the demo venue's evening in the console and at the stand-in for Dojo,
// taken by the machine's Chromium. `npm run screenshots` writes them to docs/pictures.
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { chromium, type Browser, type Page } from 'playwright-core'
import { createAsDojo } from '../src/operator/as-dojo.ts'
import { DEMO_NAME, seedDemo } from '../src/operator/demo.ts'
import { openEvening } from '../src/operator/demo-evening.ts'
import { rotateCredential } from '../src/operator/credentials.ts'
import { createLocation } from '../src/operator/locations.ts'
import { createToken } from '../src/operator/tokens.ts'
import type { Database } from '../src/store/database/database.ts'
import { KEY, moneyAt, openStand, registerAt, type Stand } from './demo-stand.ts'

const FOLDER = join(import.meta.dirname, '../docs/pictures')
const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
const FLOAT_MINOR = 15_000
/** Money at Dojo that is on no bill is looked at after some seconds. */
const LOOK_MS = 250
const MOST_LOOKS = 60

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
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] })
  const { stand: opening, close } = openStand('screenshots')
  try {
    const stand = await opening
    const { token } = await openVenue(stand)
    mkdirSync(FOLDER, { recursive: true })
    for (const picture of PICTURES) await take(browser, stand.serverUrl, token, picture)
    await photographSandbox(browser, stand.sandboxUrl)
  } finally {
    await browser.close()
    await close()
  }
}

/** @returns a manager's token */
async function openVenue(stand: Stand): Promise<{ token: string; locationId: string }> {
  const {
    app,
    asOwner,
    store: { prisma, database },
  } = stand.server
  const venue = { name: DEMO_NAME, currency: 'GBP' } as const
  const { locationId } = await createLocation(prisma, venue)
  await registerAt(stand, locationId)
  const credential = await rotateCredential(prisma, locationId)
  await asOwner(locationId, async (till) => {
    await till.post('/days', { floatMinor: FLOAT_MINOR })
    const { orderIds } = await seedDemo(till)
    await openEvening(
      { till, dojo: createAsDojo(app, '', credential), money: moneyAt(stand) },
      orderIds,
    )
  })
  await settled(database, locationId)
  await spreadPast(database, locationId)
  const office = { role: 'manager', tillName: 'Office' } as const
  return { token: (await createToken(prisma, locationId, office)).token, locationId }
}

/** Resolves once Dojo has heard of everything, and has shown each payment. */
async function settled(database: Database, locationId: string): Promise<void> {
  const count = 'SELECT count(*)::int AS waiting FROM jobs WHERE location_id = $1'
  for (let look = 0; look < MOST_LOOKS; look++) {
    const [row] = await database.rows<{ waiting: number }>(
      { name: 'pictures_waiting', text: count },
      [locationId],
    )
    if (row!.waiting === 0) return
    await sleep(LOOK_MS)
  }
}

/**
 * The evening was made in a moment. For the pictures its past is spread over two hours, the first
 * order the longest ago.
 */
async function spreadPast(database: Database, locationId: string): Promise<void> {
  for (const [index, text] of SPREAD.entries()) {
    await database.rows({ name: `pictures_${index}`, text }, [locationId])
  }
}

const SPREAD = [
  `WITH placed AS (
      SELECT order_id, sequence, dense_rank() OVER (ORDER BY order_id) AS place,
        (row_number() OVER (PARTITION BY order_id ORDER BY sequence) - 1)::float8 / count(*) OVER (PARTITION BY order_id) AS share
      FROM order_history WHERE location_id = $1
    )
    UPDATE order_history h SET at = h.at - make_interval(secs => (1 - p.share) * 60 * greatest(7, 115 - 11 * p.place))
    FROM placed p WHERE h.location_id = $1 AND p.order_id = h.order_id AND p.sequence = h.sequence`,
  `UPDATE orders o SET created_at = (
      SELECT min(h.at) FROM order_history h WHERE h.location_id = $1 AND h.order_id = o.order_id
    ) WHERE o.location_id = $1`,
  `UPDATE payments p SET recorded_at = (
      SELECT max(h.at) FROM order_history h
      WHERE h.location_id = $1 AND h.order_id = p.order_id AND h.action = 'PaymentRecorded'
    ) WHERE p.location_id = $1`,
  `UPDATE payment_movements m SET at = p.recorded_at FROM payments p
    WHERE m.location_id = $1 AND p.location_id = $1 AND p.payment_id = m.payment_id`,
  `UPDATE parties y SET start_time = o.created_at FROM orders o
    WHERE y.location_id = $1 AND o.location_id = $1 AND o.party_id = y.party_id`,
  `UPDATE visit_history h SET at = y.start_time FROM parties y
    WHERE h.location_id = $1 AND y.location_id = $1 AND y.party_id = h.visit_id AND h.action = 'Seated'`,
  `UPDATE visit_history SET at = at - interval '4 hours' WHERE location_id = $1 AND action = 'Booked'`,
  "UPDATE business_days SET opened_at = opened_at - interval '5 hours' WHERE location_id = $1",
]

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
  // The plot comes after what matters is there.
  if (path === '/console/day') await page.locator('canvas').first().waitFor()
  await page.mouse.move(0, 0)
  await page.screenshot({ path: join(FOLDER, `${name}.png`) })
  await context.close()
}

/** Machines with tables, a bill and a card; the wire with a lost answer; a phone; the certifier. */
async function photographSandbox(browser: Browser, baseURL: string): Promise<void> {
  const page = await openPage(browser, baseURL, { width: 1440, height: 1360 })
  const at = (id: string) => page.getByRole('group', { name: `Card machine ${id}` })
  const press = async (id: string, ...names: (string | RegExp)[]): Promise<void> => {
    for (const name of names) {
      await at(id).getByRole('button', { name, disabled: false }).first().click()
    }
  }
  await page.goto(`/#${KEY}`)
  await press('tm_demo', 'All tables', /^Table 3 /, /^Split equally/, /^2 ways/, '12.5 % tip')
  await page.getByRole('button', { name: 'Answer lost' }).click()
  await page.getByRole('button', { name: /^Tap the card/ }).click()
  await press('tm_demo', 'Go on with this table', '12.5 % tip')
  await page.getByRole('button', { name: /^Tap the card/ }).click()
  await press('tm_demo', 'Go on with this table', '10 % tip')
  await press('tm_garden', 'All tables', /^Table 1 /, 'Print the bill')
  await press('tm_door', 'All tables')
  await at('tm_door').getByRole('group', { name: 'Tables' }).waitFor()
  await shoot(page, 'machines')
  await page.goto('/wire')
  await page.getByRole('button', { name: /^Lost/ }).click()
  await page.getByRole('button', { name: 'RecordOrderPaymentById' }).first().click()
  await page.getByRole('button', { name: 'Copy as curl' }).waitFor()
  await page.getByRole('button', { name: /^All/ }).first().click()
  await page.getByLabel('Product').selectOption('bookings')
  await page.getByRole('button', { name: 'Certify' }).click()
  await page.getByText('All mandatory scenarios passed').waitFor()
  await shoot(page, 'wire')
  await page.context().close()
}

async function openPage(
  browser: Browser,
  baseURL: string,
  viewport: { width: number; height: number },
): Promise<Page> {
  const context = await browser.newContext({ baseURL, viewport, colorScheme: 'light' })
  return await context.newPage()
}

/** Once what moves has come to rest. */
async function shoot(page: Page, name: string): Promise<void> {
  await page.mouse.move(0, 0)
  await page.screenshot({ path: join(FOLDER, `${name}.png`), animations: 'disabled' })
}

await main()

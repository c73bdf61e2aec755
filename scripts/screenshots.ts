// The pictures of the guides: the demo venue's evening in the console and at the stand-in for Dojo,
// taken by the machine's Chromium. `npm run screenshots` writes them to docs/pictures, and
// `npm run screenshots -- --sheets FOLDER` every page in both themes and at three widths to FOLDER,
// several on a sheet.
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { chromium, type Browser, type Page } from 'playwright-core'
import { KEY, openStand } from './demo-stand.ts'
import { openVenue } from './screenshots/evening.ts'
import { takeSheets } from './screenshots/sheets.ts'

const FOLDER = join(import.meta.dirname, '../docs/pictures')
const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

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
    const { values } = parseArgs({
      options: { sheets: { type: 'string' }, only: { type: 'string' } },
    })
    if (values.sheets !== undefined) {
      await takeSheets(browser, stand, { folder: values.sheets, only: values.only ?? '' })
      return
    }
    const { token } = await openVenue(stand, 'manager')
    mkdirSync(FOLDER, { recursive: true })
    for (const picture of PICTURES) await take(browser, stand.serverUrl, token, picture)
    await photographSandbox(browser, stand.sandboxUrl)
  } finally {
    await browser.close()
    await close()
  }
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

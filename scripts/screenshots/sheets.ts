// Every page in both themes and at three widths, several pictures on a sheet, to look at them all.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { createOperator } from '../../src/operator/accounts.ts'
import type { Database } from '../../src/store/database/database.ts'
import type { Stand } from '../demo-stand.ts'
import { openVenue } from './evening.ts'
import { CONSOLE_PATHS, OPERATOR_PATHS, STAND_IN_PATHS, withIds, type Ids } from './pages.ts'
import { makeTroubled } from './troubled.ts'
import { asItIs, AT_STAND_IN, AT_WORK, BENCH, STRANGERS, type View } from './views.ts'

const OPERATOR = { name: 'anna', password: 'four words are enough' }
const PERSON = { 'epos-console': 'person' }
const KNOWN_HERE = "if (location.protocol === 'http:') localStorage.setItem('epos-operator', 'yes')"

interface Look {
  width: number
  /** How much of the page is on the picture. */
  height: number
  theme: 'light' | 'dark'
  /** How many pictures make a sheet, and how many of them are side by side. */
  perSheet: number
  across: number
}
const LOOKS: readonly Look[] = [
  { width: 360, height: 1500, theme: 'light', perSheet: 4, across: 4 },
  { width: 768, height: 1300, theme: 'light', perSheet: 2, across: 2 },
  { width: 1440, height: 1000, theme: 'light', perSheet: 2, across: 1 },
  // The layout is the same: these are for the colours.
  { width: 360, height: 1500, theme: 'dark', perSheet: 6, across: 6 },
  { width: 768, height: 1300, theme: 'dark', perSheet: 4, across: 4 },
  { width: 1440, height: 1000, theme: 'dark', perSheet: 4, across: 2 },
]

interface Shot {
  name: string
  look: Look
  png: Buffer
}

interface Wanted {
  folder: string
  /** Only views whose name has it. */
  only: string
}

export async function takeSheets(
  browser: Browser,
  stand: Stand,
  { folder, only }: Wanted,
): Promise<void> {
  mkdirSync(folder, { recursive: true })
  const { token, locationId, orderIds } = await openVenue(stand, 'owner')
  const { database } = stand.server.store
  await makeTroubled(database)
  await stand.server.requestLog.flush()
  const ids: Ids = {
    VENUE: locationId,
    ORDER: orderIds[0]!,
    MOMENT: '00:00',
    REQUEST: await aRequest(database, locationId),
  }
  const shots: Shot[] = []
  const visit = async (context: BrowserContext, views: readonly View[]): Promise<void> => {
    const page = await context.newPage()
    for (const view of views.filter(({ name }) => name.includes(only))) {
      shots.push(...(await photograph(page, view, ids)))
    }
    await context.close()
  }
  const { serverUrl, sandboxUrl } = stand
  await visit(await contextAt(browser, serverUrl), STRANGERS)
  const staff = await contextAt(browser, serverUrl)
  await staff.request.post('/console/session', { headers: PERSON, data: { token } })
  await visit(staff, [...CONSOLE_PATHS.map(asItIs), ...AT_WORK])
  await createOperator(stand.server.store.prisma, OPERATOR.name, OPERATOR.password)
  const operator = await contextAt(browser, serverUrl)
  await operator.addInitScript(KNOWN_HERE)
  await operator.request.post('/console/session/operator', { headers: PERSON, data: OPERATOR })
  await visit(operator, OPERATOR_PATHS.map(asItIs))
  await visit(await contextAt(browser, sandboxUrl), [
    { name: 'Door of the stand-in', path: '/' },
    ...BENCH,
    ...STAND_IN_PATHS.slice(1).map(asItIs),
    ...AT_STAND_IN,
  ])
  await writeSheets(browser, shots, folder)
}

async function contextAt(browser: Browser, baseURL: string): Promise<BrowserContext> {
  const context = await browser.newContext({ baseURL, reducedMotion: 'reduce' })
  context.setDefaultTimeout(15_000)
  return await context
}

/** In every look, without loading it anew. What cannot be done is said, and the page is taken. */
async function photograph(page: Page, { name, path, act }: View, ids: Ids): Promise<Shot[]> {
  await page.setViewportSize({ width: 1440, height: 900 })
  await page.goto(withIds(path, ids))
  await page.getByRole('heading').first().waitFor()
  await page.getByRole('status', { name: 'Loading' }).first().waitFor({ state: 'detached' })
  await act?.(page).catch((error: unknown) => {
    process.stderr.write(`${name}: ${String(error).slice(0, 400)}\n`)
  })
  const shots: Shot[] = []
  for (const look of LOOKS) {
    const { width, height, theme } = look
    await page.emulateMedia({ colorScheme: theme })
    await page.setViewportSize({ width, height: width < 700 ? 740 : 900 })
    await page.mouse.move(0, 0)
    const clip = { x: 0, y: 0, width, height: Math.min(height, await heightOf(page)) }
    const png = await page.screenshot({ fullPage: true, clip, animations: 'disabled' })
    shots.push({ name, look, png })
  }
  return shots
}

async function heightOf(page: Page): Promise<number> {
  return await page.evaluate<number>('Math.max(document.documentElement.scrollHeight, innerHeight)')
}

async function writeSheets(
  browser: Browser,
  shots: readonly Shot[],
  folder: string,
): Promise<void> {
  const page = await (await browser.newContext()).newPage()
  for (const look of LOOKS) {
    const { width, theme, perSheet } = look
    const alike = shots.filter((shot) => shot.look === look)
    for (let from = 0; from < alike.length; from += perSheet) {
      const number = String(from / perSheet + 1).padStart(2, '0')
      const png = await sheetOf(page, alike.slice(from, from + perSheet))
      writeFileSync(join(folder, `${width}-${theme}-${number}.png`), png)
    }
  }
}

async function sheetOf(page: Page, shots: readonly Shot[]): Promise<Buffer> {
  const { width, across } = shots[0]!.look
  const figures = shots.map(
    ({ name, png }) =>
      `<figure style="margin:0"><figcaption>${name}</figcaption>` +
      `<img width="${width}" src="data:image/png;base64,${png.toString('base64')}"></figure>`,
  )
  const style =
    'margin:0;padding:8px;display:grid;gap:12px;background:#888;width:max-content;' +
    `font:16px sans-serif;grid-template-columns:repeat(${Math.min(across, shots.length)},${width}px)`
  await page.setContent(`<!doctype html><body style="${style}">${figures.join('')}</body>`)
  return await page.locator('body').screenshot()
}

async function aRequest(database: Database, locationId: string): Promise<string> {
  const text =
    'SELECT request_id FROM dojo_requests WHERE location_id = $1 ORDER BY status DESC, at DESC LIMIT 1'
  const rows = await database.rows<{ request_id: string }>({ name: 'sheets_request', text }, [
    locationId,
  ])
  return rows[0]?.request_id ?? ''
}

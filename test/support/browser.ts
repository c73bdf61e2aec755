// A real browser for the pages: the machine's Chromium. Where there is none, the tests that need it
// say so and end.
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core'
import type { Test } from 'tap'

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
const PATIENCE_MS = 20_000
const TOUCH_BELOW = 720
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-software-rasterizer',
  '--in-process-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
]

/** Undefined, and said so, where the machine has no Chromium. Closed when the test ends. */
export async function openBrowser(t: Test): Promise<Browser | undefined> {
  const executablePath = [process.env['CHROMIUM'] ?? '', ...PLACES].find((path) => existsSync(path))
  if (executablePath === undefined) {
    t.comment(
      'There is no Chromium here, so no page was looked at. Install it: apt install chromium',
    )
    t.pass('no Chromium')
    return undefined
  }
  const browser = await chromium.launch({ executablePath, args: FLAGS })
  t.teardown(async () => {
    await browser.close()
  })
  return browser
}

export interface Look {
  width?: number
  colorScheme?: 'light' | 'dark'
}

/** A desk by day, and a phone by night. */
export const LOOKS = [
  { colorScheme: 'light', width: 1440 },
  { colorScheme: 'dark', width: 390 },
] as const satisfies readonly Look[]

export interface Visit extends Look {
  browser: Browser
  baseURL: string
  /** Gets what the pages did that they must not: errors, and calls of other machines. */
  faults: string[]
}

/** A context of its own, so with cookies of its own. It ends with the test. */
export async function newVisitor(
  t: Test,
  { browser, baseURL, faults, width = 1440, colorScheme = 'light' }: Visit,
): Promise<BrowserContext> {
  const viewport = { width, height: 900 }
  const context = await browser.newContext({
    baseURL,
    colorScheme,
    viewport,
    reducedMotion: 'reduce',
    hasTouch: width < TOUCH_BELOW,
    // Pages show the times of the venue's clock, wherever somebody looks at them.
    timezoneId: 'Asia/Tokyo',
  })
  t.teardown(async () => {
    await context.close()
  })
  context.setDefaultTimeout(PATIENCE_MS)
  context.on('weberror', (error) => faults.push(String(error.error())))
  context.on('console', (message) => {
    if (message.text().includes('Content Security Policy')) faults.push(message.text())
  })
  // Intercepting requests would switch the cache off. Chromium resolves no name, see FLAGS.
  context.on('request', (request) => {
    const { origin, protocol } = new URL(request.url())
    if (origin !== baseURL && protocol !== 'blob:') faults.push(request.url())
  })
  return context
}

/** Axe finds nothing on the page once it has loaded, and it does not scroll sideways. */
export async function looksRight(t: Test, page: Page, { width, colorScheme }: Look): Promise<void> {
  const name = `${new URL(page.url()).pathname}, ${colorScheme}, ${width}`
  t.same(await violationsOn(page), [], name)
  const overflow = await page.evaluate('document.documentElement.scrollWidth - innerWidth')
  t.equal(overflow, 0, `${name}: it does not scroll sideways`)
}

export async function loaded(page: Page): Promise<void> {
  await page.getByRole('main').waitFor()
  await page.getByRole('status', { name: 'Loading' }).first().waitFor({ state: 'detached' })
}

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js')
const RUN_AXE = `axe.run().then(({ violations }) => violations.map(({ id, nodes }) =>
  ({ id, at: nodes.map(({ html, failureSummary }) => html.slice(0, 120) + failureSummary) })))`

/** Axe is evaluated from outside, which the page's policy does not bind. */
async function violationsOn(page: Page): Promise<unknown> {
  const isThere = await page.evaluate('typeof axe === "object"')
  if (isThere !== true) await page.evaluate(readFileSync(AXE, 'utf8'))
  return await page.evaluate(RUN_AXE)
}

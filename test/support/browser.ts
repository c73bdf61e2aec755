// A real browser for the pages: the machine's Chromium. Where there is none, the tests that need it
// say so and end.
import { existsSync } from 'node:fs'
import { chromium, type Browser, type BrowserContext } from 'playwright-core'
import type { Test } from 'tap'

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
const PATIENCE_MS = 20_000
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
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

export interface Visitor {
  context: BrowserContext
  /** What the pages did that they must not: errors, and calls of other machines. */
  faults: string[]
}

/** A context of its own, so with cookies of its own. */
export async function newVisitor(
  browser: Browser,
  baseURL: string,
  { width = 1440, colorScheme = 'light' }: { width?: number; colorScheme?: 'light' | 'dark' } = {},
): Promise<Visitor> {
  const viewport = { width, height: 900 }
  const context = await browser.newContext({ baseURL, colorScheme, viewport })
  context.setDefaultTimeout(PATIENCE_MS)
  const faults: string[] = []
  context.on('weberror', (error) => faults.push(String(error.error())))
  context.on('console', (message) => {
    if (message.text().includes('Content Security Policy')) faults.push(message.text())
  })
  await context.route(
    (url) => url.origin !== baseURL && url.protocol !== 'blob:',
    async (route) => {
      faults.push(route.request().url())
      await route.abort()
    },
  )
  return { context, faults }
}

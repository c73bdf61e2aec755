// Every page, in both themes, wide and narrow: axe finds nothing, nothing scrolls sideways, and
// every name and note is text, whatever is in it. And how fast pages are with much to show.
import t, { type Test } from 'tap'
import type { Page } from 'playwright-core'
import { createAsDojo } from '../../src/operator/as-dojo.ts'
import { loaded, LOOKS, looksRight } from '../support/browser.ts'
import type { TestServer, Venue } from '../support/server.ts'
import { goTo } from './support/parts.ts'
import { openStand } from './support/stand.ts'

/** All of them short enough for every field. */
const HOSTILE = [
  '<img src=x onerror=alert(1)>',
  '<script>alert(1)</script>',
  '"><svg onload=alert(1)>',
  "'><b class=planted>bold</b>",
] as const
const [IMG, SCRIPT, SVG, BOLD] = HOSTILE
const PLANTED = 'img[src=x], script:not([src]), svg[onload], .planted'

/** Where it must be seen, letter by letter. */
const SHOWN = /^\/(console|console\/(orders\/.+|bookings|dojo)|phone|bookings)$/

const CONSOLE_PATHS = [
  '',
  '/orders/ORDER',
  '/money',
  '/day',
  '/bookings',
  '/dojo',
  '/dojo?request=REQUEST',
  ...['', 'waiters', 'tables', 'bill', 'settings', 'import'].map((part) => `/setup?part=${part}`),
].map((path) => `/console${path}`)
const OPERATOR_PATHS = ['', '/record', '/VENUE', '/VENUE?part=money', '/VENUE?part=access'].map(
  (path) => `/console/venues${path}`,
)
const STAND_IN_PATHS = ['/', '/phone', '/bookings', '/wire', '/tester']

const TABLES = 200
const VENUES = 1_000
const FIRST_PAGE_BYTES = 150_000
const SECOND = 1

const stand = await openStand(t)
if (stand !== undefined) {
  const { server } = stand

  t.test('every page of the console', async (t) => {
    const venue = await stand.newEvening()
    const ids = await writeHostile(server, venue)
    const page = await stand.enter(t, venue, { role: 'owner' })
    for (const path of CONSOLE_PATHS) {
      await page.goto(withIds(path, ids))
      await looksRightInBoth(t, page)
    }
    const operator = await stand.enterAsOperator(t)
    for (const path of OPERATOR_PATHS) {
      await operator.goto(withIds(path, ids))
      await looksRightInBoth(t, operator)
    }
  })

  t.test('every page of the stand-in, and the first one', async (t) => {
    await writeHostile(server, server.venue)
    const page = await stand.atStandIn(t)
    await page.getByRole('button', { name: 'All tables' }).first().click()
    await page.getByText(SVG).first().waitFor()
    // The machine is everybody's.
    await page.getByRole('button', { name: 'Back' }).first().click()
    await page.getByRole('button', { name: 'All tables' }).first().waitFor()
    for (const path of STAND_IN_PATHS) {
      await page.goto(path)
      await loaded(page)
      if (path === '/wire') await page.locator('.wire__open').first().click()
      if (path === '/phone') await page.getByRole('button', { name: SVG }).click()
      await looksRightInBoth(t, page)
    }
    await looksRightInBoth(t, await stand.stranger(t, '/'))
    await looksRightInBoth(t, await stand.stranger(t, '/console'))
  })

  t.test('the first page is small', async (t) => {
    const page = await stand.stranger(t, '/console')
    // A page whose requests are routed gets none from the cache.
    await page.route('**/*', async (route) => {
      await route.continue()
    })
    const sizes: Promise<number>[] = []
    page.on('requestfinished', (request) => {
      sizes.push(request.sizes().then(({ responseBodySize }) => responseBodySize))
    })
    await page.reload({ waitUntil: 'networkidle' })
    const bytes = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0)
    t.ok(bytes > 10_000 && bytes < FIRST_PAGE_BYTES, `${bytes} bytes`)
  })

  t.test('no page is slower than a second with 200 tables and 1,000 venues', async (t) => {
    await server.sql(
      `INSERT INTO locations (location_id, name, currency, time_zone, cursor_key, bill_template)
       SELECT 'loc_many_' || n, 'Venue ' || n, 'GBP', 'Europe/London', '\\x00', '{}' FROM generate_series(1, $1) AS n`,
      [VENUES],
    )
    const venue = await server.newVenue('The Great Hall')
    const ids = await fillHall(server, venue)
    const page = await stand.enter(t, venue, { role: 'owner' })
    const operator = await stand.enterAsOperator(t)
    for (const [at, paths] of [
      [page, CONSOLE_PATHS.filter((path) => !path.includes('REQUEST'))],
      [operator, OPERATOR_PATHS],
    ] as const) {
      for (const path of paths) {
        const seconds = await secondsOf(at, async () => {
          await at.goto(withIds(path, ids))
          await loaded(at)
        })
        t.ok(seconds > 0 && seconds < SECOND, `${path}: ${seconds.toFixed(2)} s`)
      }
    }
    await goTo(page, '/console')
    await page.getByText(`Table ${TABLES}`, { exact: true }).first().waitFor()
    t.equal(await page.getByRole('article').count(), TABLES)

    await goTo(operator, '/console/venues')
    await operator.getByRole('row').nth(2).waitFor()
    t.ok((await operator.getByRole('row').count()) < 60, 'few venues are drawn')
    await operator.evaluate('scrollTo(0, document.body.scrollHeight)')
    await operator.getByRole('link', { name: 'Venue 999', exact: true }).waitFor()
    await operator.keyboard.press('/')
    await operator.keyboard.type('venue 512')
    await operator.getByRole('link', { name: 'Venue 512', exact: true }).waitFor()
    t.equal(await operator.getByRole('row').count(), 2, 'with the head')
  })

  t.test('no page had a fault, or asked another machine for anything', async (t) => {
    t.same(stand.faults, [])
  })
}

interface Ids {
  VENUE: string
  ORDER: string
  REQUEST: string
}

function withIds(path: string, ids: Ids): string {
  return path.replace(/[A-Z]{3,}/, (name) => encodeURIComponent(ids[name as keyof Ids]))
}

/** In both themes, without loading it anew; and what is planted in it is text. */
async function looksRightInBoth(t: Test, page: Page): Promise<void> {
  await loaded(page)
  const { pathname, search } = new URL(page.url())
  const isSignedIn = (await page.getByRole('navigation').count()) > 0
  if (SHOWN.test(pathname) && isSignedIn) await isShown(page)
  t.equal(await page.locator(PLANTED).count(), 0, `${pathname}${search}: it is no markup`)
  for (const look of LOOKS) {
    await page.emulateMedia({ colorScheme: look.colorScheme })
    await page.setViewportSize({ width: look.width, height: 900 })
    await page.evaluate(AT_REST)
    await looksRight(t, page, look)
  }
}

/** Ends what moves from one theme's colours to the other's. */
const AT_REST = `for (const moving of document.getAnimations()) {
  if (moving.effect.getComputedTiming().iterations !== Infinity) moving.finish()
}`

/** What was written is on the page, letter by letter. */
async function isShown(page: Page): Promise<void> {
  await page.evaluate(`new Promise((resolve) => {
    const isThere = () => ${JSON.stringify(HOSTILE)}.some((each) => document.body.innerText.includes(each))
    const observer = new MutationObserver(() => {
      if (isThere()) resolve(observer.disconnect())
    })
    observer.observe(document.body, { subtree: true, childList: true, characterData: true })
    if (isThere()) resolve(observer.disconnect())
  })`)
}

/** Everything that somebody can write in a venue. */
async function writeHostile(server: TestServer, venue: Venue): Promise<Ids> {
  const { locationId } = venue
  await server.sql('UPDATE locations SET name = $2 WHERE location_id = $1', [locationId, IMG])
  const ORDER = await server.asOwner(locationId, async (till) => {
    await till.put('/setup', {
      areas: [{ id: 'x', name: SCRIPT }],
      tables: [{ id: 'x', name: SVG, areaId: 'x', maxCovers: 4 }],
      waiters: [{ id: '66', name: BOLD }],
      menu: [{ plu: 'X', kind: 'Item', name: IMG, priceMinor: 100, taxRateHundredths: 2000 }],
    })
    const { rows } = await till.get('/tables')
    const tableId = rows.find(({ name }) => name === SVG)!.id
    const { id: orderId } = await till.post('/orders', {
      orderType: 'DineIn',
      tableId,
      displayName: IMG,
      note: SCRIPT,
      waiterId: '66',
    })
    const lines = [{ plu: 'X', quantity: 2, note: SVG }]
    await till.post('/orders/{orderId}/lines', { orderId }, { lines })
    const discount = { name: BOLD, amountMinor: 10 }
    await till.post('/orders/{orderId}/discounts', { orderId }, discount)
    await till.post('/reservations', {
      name: IMG,
      covers: 2,
      tableIds: [tableId],
      startTime: new Date(Date.now() + 3_600_000).toISOString(),
      endTime: new Date(Date.now() + 7_200_000).toISOString(),
    })
    return orderId
  })
  const { app } = server
  const machine = { product: IMG, deviceId: SVG, waiterId: BOLD }
  await createAsDojo(app, '', venue)('GET', `/v1/orders/${ORDER}/bill`, machine)
  await server.requestLog.flush()
  const [row] = await server.sql<{ request_id: string }>(
    'SELECT request_id FROM dojo_requests WHERE location_id = $1 ORDER BY at DESC LIMIT 1',
    [locationId],
  )
  return { VENUE: locationId, ORDER, REQUEST: row!.request_id }
}

async function fillHall(server: TestServer, { locationId }: Venue): Promise<Ids> {
  const numbers = Array.from({ length: TABLES }, (_, index) => index + 1)
  const ORDER = await server.asOwner(locationId, async (till) => {
    const tables = numbers.map((number) => ({
      id: `t${number}`,
      name: `Table ${number}`,
      areaId: 'hall',
      maxCovers: 4,
    }))
    await till.put('/setup', { areas: [{ id: 'hall', name: 'Dining room' }], tables })
    const ids: string[] = []
    for (const number of numbers.filter((each) => each % 5 === 0)) {
      const order = { orderType: 'DineIn', tableId: `t${number}`, covers: 2 } as const
      ids.push((await till.post('/orders', order)).id)
    }
    return ids[0]!
  })
  return { VENUE: locationId, ORDER, REQUEST: '' }
}

/** The processor's time of the page, since other work on the machine makes the clock's longer. */
async function secondsOf(page: Page, work: () => Promise<void>): Promise<number> {
  const devTools = await page.context().newCDPSession(page)
  await devTools.send('Performance.enable', { timeDomain: 'threadTicks' })
  const workedSeconds = async (): Promise<number> => {
    const { metrics } = await devTools.send('Performance.getMetrics')
    return metrics.find(({ name }) => name === 'TaskDuration')!.value
  }
  const before = await workedSeconds()
  await work()
  const after = await workedSeconds()
  // A page that Chromium moves to another process begins to count anew.
  return after < before ? after : after - before
}

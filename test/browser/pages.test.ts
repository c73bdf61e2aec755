// Every page, in both themes, wide and narrow: axe finds nothing, nothing scrolls sideways, and
// every name and note is text, whatever is in it. And how fast pages are with much to show.
import t, { type Test } from 'tap'
import { readFileSync } from 'node:fs'
import type { Page } from 'playwright-core'
import {
  CONSOLE_PATHS,
  OPERATOR_PATHS,
  STAND_IN_PATHS,
  withIds,
  type Ids,
} from '../../scripts/screenshots/pages.ts'
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

/** Before everything of an order, or after it: whatever the time is, one of its moments. */
const MOMENT = '12:00'

const TABLES = 200
const VENUES = 1_000
const FIRST_PAGE_BYTES = 150_000
const SECOND = 1

/** What an app routes, as expressions, and the parts of a page that its address names. */
function routesOf(path: string): RegExp[] {
  const source = readFileSync(new URL(`../../src/${path}`, import.meta.url), 'utf8')
  return [...source.matchAll(/<Route path=(?:\{`([^`]*)`\}|\{(\w+)\}|"([^"]*)")/g)].map(
    ([, text, name, plain]) => {
      const route = (text ?? plain ?? `\${${name!}}`)
        .replace(/^\$\{base\}/, '/console')
        .replace(/^\$\{venuesPath\}/, '/console/venues')
      return new RegExp(`^${route.replace(/:\w+/, '[^/]+')}$`)
    },
  )
}

function partsOf(path: string, pattern: RegExp): string[] {
  const source = readFileSync(new URL(`../../src/${path}`, import.meta.url), 'utf8')
  return [...source.matchAll(pattern)].map(([, part]) => `part=${part!}`)
}

t.test('the list of pages has all that the apps route', async (t) => {
  for (const [app, listed, least] of [
    ['console/browser/app.tsx', [...CONSOLE_PATHS, ...OPERATOR_PATHS], 9],
    ['sandbox/browser/app.tsx', STAND_IN_PATHS, 5],
  ] as const) {
    const paths = listed.map((path) => path.split('?')[0]!)
    const routes = routesOf(app)
    t.ok(routes.length >= least, `${routes.length} routes of ${app} were read`)
    for (const route of routes) {
      t.ok(
        paths.some((path) => route.test(path)),
        String(route),
      )
    }
    const isRouted = (path: string): boolean => routes.some((route) => route.test(path))
    t.notOk(paths.every(isRouted), 'and an address at which there is nothing')
  }
  for (const [page, pattern, listed] of [
    ['console/browser/setup/setup-page.tsx', /part: '(\w+)'/g, CONSOLE_PATHS],
    ['console/browser/operator/venue-page.tsx', /^ {2}\['(\w+)', '/gm, OPERATOR_PATHS],
  ] as const) {
    const parts = partsOf(page, pattern)
    t.ok(parts.length >= 4, `${parts.length} parts of ${page} were read`)
    for (const part of parts) {
      t.ok(
        listed.some((path) => path.endsWith(part)),
        part,
      )
    }
  }
})

const stand = await openStand(t)
if (stand !== undefined) {
  const { server, withDojo } = stand

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
  })

  t.test('the pages before somebody signs in', async (t) => {
    await looksRightInBoth(t, await stand.stranger(t, '/'))
    const door = await stand.stranger(t, '/console')
    await looksRightInBoth(t, door)
    await door.getByRole('button', { name: 'All venues' }).click()
    await looksRightInBoth(t, door)
    await looksRightInBoth(t, await stand.stranger(t, '/', withDojo.dojo.url))
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
    const seconds = await secondsOf(page, async () => {
      await page.reload()
      await page.getByLabel('Till token').and(page.locator(':focus')).waitFor()
    })
    t.ok(seconds > 0 && seconds < SECOND, `it can be used after ${seconds.toFixed(2)} s`)
    await page.waitForLoadState('networkidle')
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
        const startedMs = performance.now()
        const seconds = await secondsOf(at, async () => {
          await at.goto(withIds(path, ids))
          await loaded(at)
        })
        const byClock = ((performance.now() - startedMs) / 1000).toFixed(2)
        t.ok(
          seconds > 0 && seconds < SECOND,
          `${path}: ${seconds.toFixed(2)} s of the processor, ${byClock} s by the clock`,
        )
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
    const line = { orderId, lineId: 'x' }
    const lines = [{ id: line.lineId, plu: 'X', quantity: 2, note: SVG }]
    await till.post('/orders/{orderId}/lines', { orderId }, { lines })
    const discount = { name: BOLD, amountMinor: 10 }
    await till.post('/orders/{orderId}/discounts', { orderId }, discount)
    await till.post('/orders/{orderId}/lines/{lineId}/void', line, { quantity: 1, reason: IMG })
    const cash = { id: 'cash', tender: 'Cash', amountMinor: 10, reference: SCRIPT } as const
    await till.post('/orders/{orderId}/payments', { orderId }, cash)
    const paid = { orderId, paymentId: 'cash' }
    await till.post('/orders/{orderId}/payments/{paymentId}/void', paid, { reason: SVG })
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
  return { VENUE: locationId, ORDER, MOMENT, REQUEST: row!.request_id }
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
  return { VENUE: locationId, ORDER, MOMENT, REQUEST: '' }
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

// The face of the stand-in for Dojo in a real browser, beside the console of the venue that it
// calls: what one does is seen in the other.
import t, { type Test } from 'tap'
import type { Page } from 'playwright-core'
import { seedDemo } from '../../src/operator/demo.ts'
import { createToken } from '../../src/operator/tokens.ts'
import { loaded, LOOKS, looksRight, newVisitor, openBrowser } from '../support/browser.ts'
import { startWithDojo } from '../support/with-dojo.ts'

const HOSTILE = '<img src=x onerror="document.title=1">'
const PATHS = ['/', '/phone', '/bookings', '/wire', '/tester']

const browser = await openBrowser(t)
if (browser !== undefined) {
  const { server, dojo, url, register } = await startWithDojo(t)
  const { venue, asOwner } = server
  await asOwner(venue.locationId, seedDemo)
  await register()
  const serverUrl = await url()

  const allFaults: string[] = []
  /** Somebody who looks at a page of the stand-in. */
  const enter = async (
    t: Test,
    path = '/',
    look: { width?: number; colorScheme?: 'light' | 'dark' } = {},
  ): Promise<Page> => {
    const context = await newVisitor(t, { browser, baseURL: dojo.url, faults: allFaults, ...look })
    const page = await context.newPage()
    await page.goto(`${path}#${dojo.key}`)
    await page.getByRole('heading', { level: 1 }).waitFor()
    return page
  }
  const machine = (page: Page, id = 'tm_demo') =>
    page.getByRole('group', { name: `Card machine ${id}` })
  const press = async (page: Page, name: string | RegExp, id?: string): Promise<void> => {
    await machine(page, id).getByRole('button', { name }).click()
  }

  t.test('a table is paid with a tip, and the floor changes at once', async (t) => {
    const page = await enter(t)
    const context = await newVisitor(t, { browser, baseURL: serverUrl, faults: allFaults })
    const floor = await context.newPage()
    await floor.goto('/console')
    const { token } = await createToken(server.store.prisma, venue.locationId, {
      role: 'manager',
      tillName: 'Office',
    })
    await floor.getByLabel('Till token').fill(token)
    await floor.getByRole('button', { name: 'Sign in' }).click()
    const tile = floor
      .getByRole('article')
      .filter({ has: floor.getByText('Table 1', { exact: true }) })
    await tile.waitFor()

    await press(page, 'All tables')
    await press(page, /^Table 1 /)
    await tile.getByText('Being paid').waitFor({ timeout: 1_000 })
    t.pass('the floor shows the lock within a second')
    await press(page, 'Print the bill')
    await page.getByRole('button', { name: 'Bill of Table 1: look at it' }).waitFor()
    await press(page, /^Pay in full/)
    await press(page, /^10 % tip/)
    await page.getByRole('button', { name: /^Tap the card/ }).click()
    await machine(page).getByText('The bill is paid').waitFor()
    await tile.getByText('Being paid').waitFor({ state: 'detached', timeout: 1_000 })
    await press(page, 'Done')
    await machine(page).getByRole('group', { name: 'Tables' }).waitFor()
    t.equal(
      await machine(page)
        .getByRole('button', { name: /^Table 1 / })
        .count(),
      0,
    )
    await page.getByRole('button', { name: 'Receipt of Table 1: look at it' }).click()
    await page
      .getByRole('dialog')
      .getByText(/Tip +£/)
      .waitFor()
    await page.getByRole('button', { name: 'Tear off' }).click()
    const row = page.getByRole('row', { name: /RecordOrderPaymentById.*200.*Record Order Payment/ })
    await row.waitFor()
  })

  t.test('an answer is lost, and the wire says why', async (t) => {
    const page = await enter(t)
    await press(page, 'All tables', 'tm_garden')
    await machine(page, 'tm_garden').getByRole('button', { name: /£/ }).first().click()
    await press(page, /^Split equally/, 'tm_garden')
    await press(page, /^3 ways/, 'tm_garden')
    await press(page, 'No tip', 'tm_garden')
    await page.getByRole('button', { name: 'Answer lost' }).click()
    await page.getByRole('button', { name: /^Tap the card/ }).click()
    await machine(page, 'tm_garden').getByText('The card got its money back').waitFor()
    await press(page, 'Go on with this table', 'tm_garden')
    await page.getByRole('link', { name: 'All of it' }).click()
    await page.getByRole('button', { name: /^Lost/ }).click()
    await page.getByRole('button', { name: 'RecordOrderPaymentById' }).first().click()
    await page.getByRole('button', { name: 'Copy as curl' }).waitFor()
    const detail = page.getByRole('region', { name: 'RecordOrderPaymentById' })
    await detail.getByText('Lost Reply and Reversal.').waitFor()
    await page.getByRole('switch', { name: 'Sent twice' }).click()
    await page.getByRole('link', { name: 'Wire 1 fault on' }).waitFor()
    await page.getByRole('button', { name: 'All off' }).click()
    await page.getByRole('switch', { name: 'Sent twice', checked: false }).waitFor()
    t.pass('and a fault is switched on and off')
  })

  t.test('a guest orders from the menu, and pays a part on a phone', async (t) => {
    const page = await enter(t, '/phone')
    await page.getByRole('button', { name: 'Table 2' }).click()
    const phone = page.getByRole('group', { name: 'A guest’s phone' })
    await phone.getByRole('button', { name: 'Order', exact: true }).click()
    await phone.getByRole('button', { name: 'One Lemonade more' }).click()
    await phone.getByRole('button', { name: 'Order and pay £4.20' }).click()
    await phone.getByText('Ordered and paid').waitFor()
    // Somebody sits there who has not paid.
    await page.getByRole('button', { name: 'Table 3' }).click()
    await phone.getByRole('checkbox').first().check()
    await phone.getByRole('button', { name: '12.5 %' }).click()
    await phone.getByRole('button', { name: /^Pay £/ }).click()
    await phone.getByText('thank you').waitFor()
    t.pass('with a tip')
  })

  t.test('a booking is made, changed, seated and left; names are text', async (t) => {
    const page = await enter(t, '/bookings')
    await page.getByRole('button', { name: 'Booking', exact: true }).click()
    await page.getByLabel('Name').fill(HOSTILE)
    await page.getByRole('button', { name: 'Book', exact: true }).click()
    await page.getByRole('button', { name: `Change ${HOSTILE}` }).click()
    await page.getByLabel('Guests', { exact: true }).fill('7')
    await page.getByRole('dialog').getByRole('button', { name: 'Change' }).click()
    await page.getByRole('cell', { name: '7 guests' }).waitFor()
    await page.getByRole('button', { name: `Seat ${HOSTILE}` }).click()
    await page.getByRole('button', { name: `Let leave ${HOSTILE}` }).click()
    await page.getByText('Left', { exact: true }).waitFor()
    t.equal(await page.title(), 'Stand-in for Dojo')
    t.equal(await page.locator('img[src=x]').count(), 0)
  })

  t.test('the names of orders and the sentences of a till are text', async (t) => {
    await asOwner(venue.locationId, async (till) => {
      const note = HOSTILE.slice(0, 30)
      const order = await till<{ id: string }>('POST', '/orders', {
        orderType: 'Collection',
        displayName: note,
      })
      await till('PUT', '/setup', {
        menu: [{ plu: 'X', kind: 'Item', name: HOSTILE, priceMinor: 100, taxRateHundredths: 2000 }],
      })
      await till('POST', `/orders/${order.id}/lines`, { lines: [{ plu: 'X' }] })
    })
    const page = await enter(t)
    await press(page, 'All tables', 'tm_door')
    await press(page, new RegExp(`^${HOSTILE.slice(0, 8)}`), 'tm_door')
    await press(page, 'Print the bill', 'tm_door')
    await page.getByRole('button', { name: /^Bill of <img src=x/ }).click()
    await page.getByRole('dialog').getByText('<img src=x', { exact: false }).first().waitFor()
    await page.getByRole('button', { name: 'Close' }).click()
    await press(page, 'Back', 'tm_door')
    await machine(page, 'tm_door').getByRole('group', { name: 'Tables' }).waitFor()
    t.equal(await page.title(), 'Stand-in for Dojo')
    t.equal(await page.locator('img[src=x]').count(), 0)
  })

  t.test('a flow of the tester says what to mend', async (t) => {
    const page = await enter(t, '/tester')
    await page.getByRole('button', { name: 'Get Order', exact: true }).click()
    await page.getByLabel('orderId').fill('no-such-order')
    await page.getByRole('button', { name: 'Run', exact: true }).click()
    await page.getByRole('status').filter({ hasText: 'failed' }).waitFor()
    await page.getByText('Check that the id belongs to this venue.').waitFor()
    t.pass('in three clicks')
  })

  t.test('the certifier is started, watched and stopped', async (t) => {
    const page = await enter(t, '/wire')
    await page.getByLabel('Product').selectOption('bookings')
    await page.getByRole('button', { name: 'Certify' }).click()
    await page.getByText('All mandatory scenarios passed').waitFor()
    const download = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Report' }).click()
    t.equal((await download).suggestedFilename(), 'certification.md')
  })

  t.test('axe finds nothing, in both themes', async (t) => {
    for (const look of LOOKS) {
      const page = await enter(t, '/', look)
      for (const path of PATHS) {
        await page.goto(path)
        await loaded(page)
        if (path === '/wire') await page.locator('.wire__open').first().click()
        if (path === '/phone') await page.getByRole('button', { name: 'Table 3' }).click()
        await looksRight(t, page, look)
      }
    }
  })

  t.test('no page had a fault, or asked another machine for anything', async (t) => {
    t.same(allFaults, [])
  })
}

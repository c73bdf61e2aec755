// The console in a real browser, with an evening at the demo venue: tasks that a stranger can do,
// and every page in both themes.
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import type { BrowserContext, Page } from 'playwright-core'
import { createOperator } from '../../src/operator/accounts.ts'
import { createAsDojo } from '../../src/operator/as-dojo.ts'
import { seedDemo } from '../../src/operator/demo.ts'
import { openEvening } from '../../src/operator/demo-evening.ts'
import { createToken, revokeToken } from '../../src/operator/tokens.ts'
import type { TillRole } from '../../src/domain/venue/till-role.ts'
import { loaded, LOOKS, looksRight, newVisitor, openBrowser } from '../support/browser.ts'
import { newOrder, pay } from '../support/orders.ts'
import { startServer } from '../support/server.ts'

const PATHS = [
  'money',
  'day',
  'dojo',
  'bookings',
  'setup',
  'setup?part=waiters',
  'setup?part=bill',
  'setup?part=settings',
  'setup?part=import',
].map((path) => `/console/${path}`)

const OPERATOR_PATHS = ['', '/record', '/ID', '/ID?part=money', '/ID?part=access'].map(
  (path) => `/console/venues${path}`,
)

const TABLES = 200

const browser = await openBrowser(t)
if (browser !== undefined) {
  // What pages show without a reload comes from the announcement of a change, and not from a look.
  const stream = { tokenCheckMs: 100, pollMs: 3_600_000 }
  const server = await startServer(t, { overrides: { stream } })
  const { app, venue, asOwner } = server
  const dojo = createAsDojo(app, '', venue)
  await asOwner(venue.locationId, async (till) => {
    const { orderIds } = await seedDemo(till)
    await openEvening({ till, dojo }, orderIds)
  })
  await app.listen({ host: '127.0.0.1', port: 0 })
  const address = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`

  const tokenOf = async (role: TillRole) =>
    await createToken(server.store.prisma, venue.locationId, { role, tillName: 'Office' })

  /** The page of a request that was refused. */
  let refusedAt = '/console/dojo'
  const allFaults: string[] = []
  /** Somebody who is signed in and looks at the floor. */
  const enter = async (
    t: Test,
    { token, ...options }: { token?: string; width?: number; colorScheme?: 'light' | 'dark' } = {},
  ): Promise<{ context: BrowserContext; page: Page }> => {
    const context = await newVisitor(t, {
      browser,
      baseURL: address,
      faults: allFaults,
      ...options,
    })
    const page = await context.newPage()
    await page.goto('/console')
    await page.getByLabel('Till token').fill(token ?? (await tokenOf('manager')).token)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('heading', { name: 'Dining room' }).waitFor()
    return { context, page }
  }
  const tile = (page: Page, name: string) =>
    page.getByRole('article').filter({ has: page.getByText(name, { exact: true }) })

  t.test('frees a locked table, and another browser sees it', async (t) => {
    const { page } = await enter(t)
    const other = (await enter(t)).page
    await tile(page, 'Table 5').getByText('Being paid').waitFor()
    await tile(other, 'Table 5').getByText('Being paid').waitFor()
    await page.getByRole('button', { name: 'Free Table 5' }).click()
    await page.getByLabel('Why').fill('The machine was dropped')
    await page.getByRole('dialog').getByRole('button', { name: 'Free Table 5' }).click()
    await tile(other, 'Table 5').getByText('Bill printed').waitFor()
    await page.getByText('Table 5 is free.').waitFor()
    t.pass('in three clicks')
  })

  t.test('a bill as it was, and who took food off it after it was printed', async (t) => {
    const { page } = await enter(t)
    await page.getByRole('link', { name: /^Day/ }).click()
    await page.getByRole('link', { name: 'Less after the bill' }).click()
    await page.getByRole('heading', { name: /^As it was at/ }).waitFor()
    await page.getByText('moved to another order').first().waitFor()
    await page.getByRole('slider').press('Home')
    await page.getByText('Since then:').waitFor()
    t.match(new URL(page.url()).search, /at=\d\d/)
    await page.getByRole('button', { name: 'Back to now' }).click()
    await page.getByRole('heading', { name: 'The bill now' }).waitFor()
    await page.getByRole('img', { name: 'Printed bill of Table 10' }).waitFor()
  })

  t.test('money that fits no bill is dismissed with a reason', async (t) => {
    const { page } = await enter(t)
    await page.getByRole('link', { name: /^Money/ }).click()
    await page.getByRole('button', { name: 'Dismiss…' }).click()
    await page.getByLabel('Why').fill('A test of the machine')
    await page.getByRole('button', { name: 'Dismiss', exact: true }).click()
    await page.getByText('everything fits').waitFor()
    t.pass('it is off the list')
  })

  t.test('a waiter has no button that a waiter may not use, and the call is refused', async (t) => {
    const { token } = await tokenOf('waiter')
    const { page } = await enter(t, { token })
    await tile(page, 'Table 7').getByText('Held by a till').waitFor()
    t.equal(await page.getByRole('button', { name: /^Free Table/ }).count(), 0)
    t.equal(await page.getByRole('link', { name: /^Day/ }).count(), 0)
    const status = await page.evaluate(async () => {
      const headers = { 'epos-console': 'person', 'content-type': 'application/json' }
      const body = JSON.stringify({ reason: 'no' })
      const path = '/till/v1/orders/any/unlock'
      return (await fetch(path, { method: 'POST', headers, body })).status
    })
    t.equal(status, 403)
  })

  t.test('a session ends when its token is revoked', async (t) => {
    const { token, tokenId } = await tokenOf('manager')
    const { page } = await enter(t, { token })
    await revokeToken(server.store.prisma, venue.locationId, tokenId)
    await page.getByText('You are signed out. Sign in again.').waitFor()
    await page.getByRole('button', { name: 'Sign in' }).waitFor()
    t.equal(await page.getByRole('link', { name: /^Money/ }).count(), 0)
  })

  t.test('names are text, whatever is in them', async (t) => {
    const hostile = '<img src=x onerror="document.title=1">'
    await asOwner(venue.locationId, async (till) => {
      const order = await till<{ id: string }>('POST', '/orders', {
        orderType: 'Collection',
        displayName: hostile.slice(0, 30),
        note: hostile,
      })
      await till('PUT', '/setup', {
        menu: [{ plu: 'X', kind: 'Item', name: hostile, priceMinor: 100, taxRateHundredths: 2000 }],
      })
      await till('POST', `/orders/${order.id}/lines`, { lines: [{ plu: 'X', note: hostile }] })
    })
    const { page } = await enter(t)
    await page.getByRole('link', { name: hostile }).first().click()
    await page.getByText(`1 × ${hostile}`).first().waitFor()
    t.equal(await page.title(), 'Console')
    t.equal(await page.locator('img[src=x]').count(), 0)
  })

  t.test('why a payment was refused, and the order that it was for', async (t) => {
    const hostile = '<img src=x onerror="document.title=1">'
    const { id } = await newOrder(venue, 1_000, { displayName: 'Bar 9' })
    await pay(venue, id, 1_500, {}, { 'device-id': hostile, 'dojo-requesting-product': hostile })
    const { page } = await enter(t)
    await page.getByRole('link', { name: /^Dojo/ }).click()
    await page.getByRole('button', { name: 'Refused' }).click()
    await page.getByRole('link', { name: 'RecordOrderPaymentById' }).first().click()
    const detail = page.getByRole('complementary', { name: 'Request' })
    await detail.getByText(/Refused: Conflict.*more than the balance/).waitFor()
    await detail.getByText(/Take the payment again on the card machine/).waitFor()
    await detail.getByText(hostile).first().waitFor()
    refusedAt = new URL(page.url()).pathname + new URL(page.url()).search

    // Another manager sees what comes next, and what it says, once that is switched on.
    const other = (await enter(t)).page
    await other.goto('/console/dojo')
    await other.getByRole('button', { name: 'Keep bodies for an hour' }).click()
    await other.getByText(/kept until \d\d:\d\d.*Switched on by Office/).waitFor()
    await server.requestLog.look()
    await venue.call('GetOrderById', { orderId: hostile })
    await other.getByRole('link', { name: 'GetOrderById' }).first().click()
    await other.getByText('"errorType": "NotFound"').waitFor()
    t.same(await Promise.all([page, other].map(async (each) => await each.title())), [
      'Console',
      'Console',
    ])
    t.equal(await other.locator('img[src=x]').count(), 0)
    await detail.getByRole('link', { name: 'Bar 9, as it was then' }).click()
    await page.getByRole('heading', { name: 'Bar 9' }).waitFor()
  })

  t.test('work with Dojo that was given up is tried again', async (t) => {
    await server.sql(
      `INSERT INTO jobs (location_id, kind, entity_id, queued_at, changed_at, next_attempt_at, attempts, last_error, dead_at)
       VALUES ($1, 'OrderUpdated', 'ord_given_up', now(), now(), now(), 9, 'Dojo answered 500', now())`,
      [venue.locationId],
    )
    const { page } = await enter(t)
    await page.getByRole('link', { name: /^Dojo/ }).click()
    await page.getByRole('row', { name: /ord_given_up.*Given up/ }).waitFor()
    await page.getByRole('button', { name: 'Try 1 again' }).click()
    await page.getByText('queued again.').waitFor()
    t.same(await server.sql('SELECT 1 FROM jobs WHERE dead_at IS NOT NULL'), [])
  })

  t.test('a menu item is added', async (t) => {
    const { page } = await enter(t)
    await page.getByRole('link', { name: /^Setup/ }).click()
    await page.getByRole('button', { name: 'Add an item' }).click()
    await page.getByLabel('Name', { exact: true }).fill('Ginger beer')
    await page.getByLabel('PLU').fill('3004')
    await page.getByLabel('Price').fill('3.80')
    await page.getByRole('button', { name: 'Add', exact: true }).click()
    await page.getByRole('row', { name: /Ginger beer.*3004.*£3\.80/ }).waitFor()
    t.pass('in three clicks')
  })

  t.test('an owner changes settings; what cannot be is said beside its field', async (t) => {
    const { page } = await enter(t, { token: (await tokenOf('owner')).token })
    await page.getByRole('link', { name: /^Setup/ }).click()
    await page.getByRole('link', { name: 'Settings' }).click()
    const service = page.getByLabel('Service charge in percent', { exact: true })
    await service.fill('ten')
    await page.getByRole('alert').filter({ hasText: 'Write it as in 12.5' }).waitFor()
    t.ok(await page.getByRole('button', { name: 'Save' }).isDisabled())
    await service.fill('12.5')
    await page.getByLabel('Time zone').fill('Mars/Base')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('alert').filter({ hasText: 'Mars/Base is not a time zone' }).waitFor()
    t.equal(await service.inputValue(), '12.5', 'nothing that was entered is lost')
    await page.getByLabel('Time zone').fill('Europe/London')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('1 setting saved.').waitFor()
    const manager = (await enter(t)).page
    await manager.goto('/console/setup?part=settings')
    await manager.getByRole('row', { name: 'Service charge in percent 12.5 %' }).waitFor()
    t.equal(await manager.getByRole('button', { name: 'Save' }).count(), 0)
  })

  t.test('the bill is drawn while its template is written, and then saved', async (t) => {
    const { page } = await enter(t, { token: (await tokenOf('owner')).token })
    /** Resolves once the server has drawn a bill that says so. */
    const draws = async (text: string): Promise<void> => {
      await page.waitForResponse(
        async (response) =>
          response.url().includes('/preview') && (await response.text()).includes(text),
      )
    }
    const first = draws('Thank you')
    await page.goto('/console/setup?part=bill')
    await first
    await page.getByRole('img', { name: 'Printed bill of a sample' }).waitFor()
    const next = draws('Cheers')
    await page.getByRole('group', { name: 'Text, line 2' }).getByLabel('Says').fill('Cheers')
    await next
    await page.getByLabel('Add a line below').selectOption('Web address')
    const address = page.getByLabel('Web address', { exact: true })
    await address.fill('not an address')
    await page.getByRole('alert').filter({ hasText: 'Must be a web address' }).waitFor()
    t.ok(await page.getByRole('button', { name: 'Save' }).isDisabled())
    await address.fill('https://redlion.example/tell-us')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('The printed bill is saved.').waitFor()
    await page.getByLabel('Bill to draw').selectOption('Table 10')
    await page.getByRole('img', { name: 'Printed bill of Table 10' }).waitFor()
    const [{ footer }] = (await server.sql(
      "SELECT bill_template->'footer' AS footer FROM locations WHERE location_id = $1",
      [venue.locationId],
    )) as [{ footer: object[] }]
    t.match(footer, [{}, { text: { value: 'Cheers' } }, { url: { showQr: true } }])
  })

  t.test('a signature at the counter is compared, with the seconds left', async (t) => {
    const [order] = await server.sql(
      "SELECT order_id FROM orders WHERE location_id = $1 AND status NOT IN ('Finalized', 'Canceled', 'Failed') LIMIT 1",
      [venue.locationId],
    )
    const attempt = {
      terminalId: 'tm_counter',
      askedAtMs: Date.now(),
      sessionId: 'ts_1',
      status: 'SignatureVerificationRequired',
      signatureSinceMs: Date.now(),
    }
    await server.sql(
      `INSERT INTO card_payments (location_id, card_payment_id, order_id, share, request_hash, amount_minor, tips_minor,
         service_charge_minor, capture_mode, card_not_present, started_at, terminal_id, attempts, kind, cashback_minor)
       VALUES ($1, 'crd_1', $2, '', '\\x00', 3940, 0, 0, 'Auto', false, now(), 'tm_counter', $3::jsonb, 'Sale', 0)`,
      [venue.locationId, order!['order_id'], JSON.stringify([attempt])],
    )
    const { page } = await enter(t, { token: (await tokenOf('waiter')).token })
    await page.getByRole('link', { name: /^Money/ }).click()
    const asked = page.getByRole('article', { name: /Signature$/ })
    await asked.getByText('£39.40').waitFor()
    await asked.getByText(/^\d\d s left\. With no answer it counts as accepted/).waitFor()
    await asked.getByRole('button', { name: 'Decline' }).click()
    await page.getByText('The signature is declined.').waitFor()
    const [{ said }] = (await server.sql(
      "SELECT attempts->0->>'signature' AS said FROM card_payments WHERE card_payment_id = 'crd_1'",
    )) as [{ said: string }]
    t.equal(said, 'rejected')
    await server.sql("DELETE FROM card_payments WHERE card_payment_id = 'crd_1'")
  })

  t.test('the doctor says what to do about a venue that Dojo cannot call', async (t) => {
    const { page } = await enter(t)
    await page.getByRole('link', { name: /^Dojo/ }).click()
    await page.getByRole('button', { name: 'Run the doctor' }).click()
    await page.getByText('The venue has no Dojo API key.').last().waitFor()
    await page.getByText('Store the key that Dojo gave the venue').waitFor()
    t.pass('with the advice beside the finding')
  })

  t.test('a menu with two faults is mended and imported', async (t) => {
    const { page } = await enter(t)
    await page.getByRole('link', { name: /^Setup/ }).click()
    await page.getByRole('link', { name: 'Import' }).click()
    const file = [
      'type,id,name,price,tax',
      'item,4001,Espresso,2.40,20',
      'item,4002,Flat white,three,20',
      'item,4003,Tea,2.10,much',
    ].join('\n')
    await page
      .getByLabel(/Drop a spreadsheet/)
      .setInputFiles({ name: 'menu.csv', mimeType: 'text/csv', buffer: Buffer.from(file) })
    await page.getByText('2 faults.').waitFor()
    t.ok(await page.getByRole('button', { name: 'Import', exact: true }).isDisabled())
    t.equal(await page.getByRole('alert').count(), 2, 'each beside its line')
    await page.getByLabel('Line 3').fill('item,4002,Flat white,3.10,20')
    await page.getByLabel('Line 4').fill('item,4003,Tea,2.10,20')
    await page.getByText('No fault.').waitFor()
    await page.getByRole('button', { name: 'Import', exact: true }).click()
    await page.getByText('The set-up is imported.').waitFor()
    await page.getByRole('link', { name: 'Menu', exact: true }).click()
    await page.getByRole('row', { name: /Flat white.*£3\.10/ }).waitFor()
  })

  /** The day of their booking by the venue's calendar, as `2026-11-27`. */
  const dayOf = async (name: string): Promise<string> => {
    const [row] = await server.sql(
      `SELECT to_char(start_time AT TIME ZONE time_zone, 'YYYY-MM-DD') AS day
       FROM reservations JOIN locations USING (location_id) WHERE reservations.name = $1`,
      [name],
    )
    return String(row!['day'])
  }

  t.test('guests who booked are seated, and others book', async (t) => {
    const { page } = await enter(t)
    await page.getByRole('link', { name: /^Bookings/ }).click()
    await page.getByRole('heading', { name: 'Bookings' }).waitFor()
    // Soon after midnight they had booked for the day before.
    await page.goto(`/console/bookings?day=${await dayOf('Murphy')}`)
    await page.getByRole('button', { name: 'Seat Murphy' }).click()
    await page.getByText('Murphy is seated.').waitFor()
    await page.getByRole('button', { name: 'Booking', exact: true }).click()
    await page.getByLabel('Name').fill('Lindqvist')
    await page.getByLabel('Time', { exact: true }).fill('23:45')
    await page.getByRole('button', { name: 'Book', exact: true }).click()
    await page.getByRole('row', { name: /23:45.*Lindqvist/ }).waitFor()
    t.pass('at the time that the venue’s clock will show')
  })

  t.test('a waiter with a PIN signs in on a device that knows the venue', async (t) => {
    const { page } = await enter(t)
    await page.getByRole('link', { name: /^Setup/ }).click()
    await page.getByRole('link', { name: 'Waiters' }).click()
    await page.getByRole('button', { name: 'Give Becky a PIN' }).click()
    await page.getByLabel('PIN', { exact: true }).fill('2580')
    await page.getByRole('button', { name: 'Give the PIN' }).click()
    await page.getByText('Becky has a new PIN.').waitFor()
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByLabel('Waiter number').fill('1')
    for (const digit of '2580') await page.getByRole('button', { name: digit, exact: true }).click()
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByText('Waiter', { exact: true }).waitFor()
    await tile(page, 'Table 7').waitFor()
    t.equal(
      await page.getByRole('link', { name: /^Setup/ }).count(),
      0,
      'with the role of a waiter',
    )
  })

  const PASSWORD = 'four words are enough'
  await createOperator(server.store.prisma, 'anna', PASSWORD)
  await server.sql(
    `INSERT INTO locations (location_id, name, currency, time_zone, cursor_key, bill_template)
     SELECT 'loc_many_' || n, 'Venue ' || n, 'GBP', 'Europe/London', '\\x00', '{}' FROM generate_series(1, 1000) AS n`,
  )

  /** An operator who is signed in and sees all venues. */
  const enterAsOperator = async (
    t: Test,
    options: { width?: number; colorScheme?: 'light' | 'dark' } = {},
  ): Promise<Page> => {
    const context = await newVisitor(t, {
      browser,
      baseURL: address,
      faults: allFaults,
      ...options,
    })
    const page = await context.newPage()
    await page.goto('/console')
    await page.getByRole('button', { name: 'All venues' }).click()
    await page.getByLabel('Name').fill('anna')
    await page.getByLabel('Password').fill(PASSWORD)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('heading', { name: 'Venues', exact: true }).waitFor()
    await page.getByRole('row').nth(2).waitFor()
    return page
  }

  t.test('an operator finds the venue that is silent, and goes into it', async (t) => {
    await server.sql(
      `UPDATE locations SET dojo_key_sealed = '\\x00', verify_payments = 'off' WHERE location_id = $1`,
      [venue.locationId],
    )
    await server.contacts.flush()
    await server.sql("UPDATE dojo_contacts SET last_call_at = now() - interval '47 min'")
    const page = await enterAsOperator(t)
    await page.getByRole('button', { name: 'Silent 1' }).click()
    await page.getByRole('row', { name: /The Red Lion.*Silent.*47 min/ }).waitFor()
    await page.getByRole('link', { name: 'The Red Lion' }).click()
    await page.getByText('Its tills work, and Dojo has not called for 47 min.').waitFor()
    await page.getByRole('button', { name: 'Open its console' }).click()
    await tile(page, 'Table 7').waitFor()
    await page.getByText('Operator anna').waitFor()
    await page.getByRole('link', { name: 'All venues' }).click()
    await page.getByRole('link', { name: 'Record' }).click()
    await page.getByRole('row', { name: /anna.*Enter venue.*The Red Lion.*done/ }).waitFor()
    t.pass('in two clicks, and into it by one more')
  })

  t.test('a thousand venues: few are drawn, and none is out of reach', async (t) => {
    const page = await enterAsOperator(t)
    const seconds = await secondsOf(page, async () => {
      await page.goto('/console/venues')
      await page.getByRole('row').nth(2).waitFor()
    })
    t.ok(seconds > 0 && seconds < 1, `drawn in ${seconds} s`)
    const drawn = async () => await page.getByRole('row').count()
    t.ok((await drawn()) < 60)
    await page.evaluate('scrollTo(0, document.body.scrollHeight)')
    await page.getByRole('link', { name: 'Venue 999', exact: true }).waitFor()
    t.ok((await drawn()) < 60)
    await page.keyboard.press('/')
    await page.keyboard.type('venue 512')
    await page.getByRole('link', { name: 'Venue 512', exact: true }).waitFor()
    t.equal(await page.getByRole('row').count(), 2, 'with the head')
  })

  t.test('a floor of two hundred tables is drawn in less than a second', async (t) => {
    const { locationId } = await server.newVenue('The Great Hall')
    const numbers = Array.from({ length: TABLES }, (_, index) => index + 1)
    await asOwner(locationId, async (till) => {
      const tables = numbers.map((number) => ({
        id: `t${number}`,
        name: `Table ${number}`,
        areaId: 'hall',
        maxCovers: 4,
      }))
      await till('PUT', '/setup', { areas: [{ id: 'hall', name: 'Dining room' }], tables })
      const taken = numbers.filter((number) => number % 5 === 0)
      for (const number of taken) {
        await till('POST', '/orders', { orderType: 'DineIn', tableId: `t${number}`, covers: 2 })
      }
    })
    const made = await createToken(server.store.prisma, locationId, { role: 'manager' })
    const { page } = await enter(t, { token: made.token })
    const seconds = await secondsOf(page, async () => {
      await page.goto('/console')
      await page.getByText(`Table ${TABLES}`, { exact: true }).first().waitFor()
    })
    t.equal(await page.getByRole('article').count(), TABLES)
    t.ok(seconds > 0 && seconds < 1, `drawn in ${seconds} s`)
  })

  t.test('an operator makes a token and ends it', async (t) => {
    const page = await enterAsOperator(t)
    await page.goto('/console/venues/loc_many_7?part=access')
    await page.getByRole('button', { name: 'A token' }).click()
    await page.getByLabel('Till', { exact: true }).fill('Bar')
    await page.getByRole('button', { name: 'Make the token' }).click()
    await page.getByText(/^till_/).waitFor()
    await page.getByRole('button', { name: 'Revoke Bar' }).click()
    await page.getByRole('row', { name: /Bar.*Revoked/ }).waitFor()
    t.pass('and the page says so')
  })

  t.test('a day is opened, and closed with the bills that are open carried over', async (t) => {
    const { page } = await enter(t)
    await page.getByRole('link', { name: /^Day/ }).click()
    await page.getByRole('button', { name: 'Open the day' }).click()
    await page.getByRole('button', { name: 'Close the day…' }).click()
    const dialog = page.getByRole('dialog')
    const close = dialog.getByRole('button', { name: 'Close the day' })
    t.ok(await close.isDisabled(), 'while bills are open')
    await dialog.getByRole('button', { name: 'Carry them over' }).click()
    await close.click()
    await page.getByText('The day is closed.').waitFor()
    await page.getByText('No business day is open.').waitFor()
  })

  t.test('the keyboard opens pages and walks along rows', async (t) => {
    const { page } = await enter(t)
    await page.keyboard.press('g')
    await page.keyboard.press('m')
    await page.getByRole('heading', { name: 'Money', exact: true }).waitFor()
    await page.keyboard.press('?')
    await page.getByRole('dialog', { name: 'Keys' }).waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await page.getByRole('main').getByRole('link').first().waitFor()
    await page.keyboard.press('j')
    t.equal(await page.evaluate('document.activeElement.tagName'), 'A')
  })

  t.test('axe finds nothing, in both themes', async (t) => {
    for (const look of LOOKS) {
      const { page } = await enter(t, { ...look, token: (await tokenOf('owner')).token })
      const table = page.getByRole('link', { name: 'Table 10', exact: true })
      const order = await table.getAttribute('href')
      for (const path of ['/console', order!, ...PATHS, refusedAt, '/']) {
        await page.goto(path)
        await loaded(page)
        await looksRight(t, page, look)
      }
      const all = await enterAsOperator(t, look)
      for (const path of OPERATOR_PATHS) {
        await all.goto(path.replace('ID', venue.locationId))
        await loaded(all)
        await looksRight(t, all, look)
      }
    }
  })

  t.test('no page had a fault, or asked another machine for anything', async (t) => {
    t.same(allFaults, [])
  })
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
  return (await workedSeconds()) - before
}

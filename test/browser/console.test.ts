// The console in a real browser, with an evening at a venue: what its people do there.
import t, { type Test } from 'tap'
import type { Page } from 'playwright-core'
import { revokeToken } from '../../src/operator/tokens.ts'
import { newOrder, pay, statusUpdated } from '../support/orders.ts'
import { dropFile, tileOf } from './support/parts.ts'
import { openStand, type Visit } from './support/stand.ts'

const stand = await openStand(t)
if (stand !== undefined) {
  const { server } = stand
  const venue = await stand.newEvening()
  const enter = async (t: Test, visit?: Visit): Promise<Page> => await stand.enter(t, venue, visit)

  t.test('a bill through time, by a slider', async (t) => {
    const page = await enter(t)
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
    const page = await enter(t)
    await page.getByRole('link', { name: /^Money/ }).click()
    await page.getByRole('button', { name: 'Dismiss…' }).click()
    await page.getByLabel('Why').fill('A test of the machine')
    await page.getByRole('button', { name: 'Dismiss', exact: true }).click()
    await page.getByText('everything fits').waitFor()
    t.pass('it is off the list')
  })

  t.test('money that fits no bill goes back to the card', async (t) => {
    const { server: at, withDojo } = stand
    const { shown } = withDojo.paidIntent(1_234)
    const { accountId } = withDojo.account
    await at.venue.call('HandleEvent', { ...statusUpdated(shown.id, 'Captured'), accountId })
    await withDojo.later(300)
    const page = await stand.enter(t, at.venue, { path: '/console/money' })
    const panel = page.getByRole('region', { name: '£12.34' })
    const refund = panel.getByRole('button', { name: 'Refund £12.34…' })
    const look = panel.getByRole('button', { name: 'Look into it' })
    await refund.or(look).waitFor()
    // The first of the list is open.
    if (await look.isVisible()) await look.click()
    await refund.click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Why').fill('Nobody knows it')
    await dialog.getByRole('button', { name: 'Refund £12.34' }).click()
    await page.getByText('£12.34 goes back to the card.').waitFor()
    await panel.waitFor({ state: 'detached' })
    t.equal(withDojo.account.intents.get(shown.id)?.refundedMinor, 1_234)
  })

  t.test('a session ends when its token is revoked', async (t) => {
    const { token, tokenId } = await stand.tokenOf(venue, 'manager')
    const page = await enter(t, { token })
    await revokeToken(server.store.prisma, venue.locationId, tokenId)
    await page.getByText('You are signed out. Sign in again.').waitFor()
    await page.getByRole('button', { name: 'Sign in' }).waitFor()
    t.equal(await page.getByRole('link', { name: /^Money/ }).count(), 0)
  })

  t.test('a page that nobody touches signs out', async (t) => {
    const { token } = await stand.tokenOf(venue, 'manager')
    const page = await enter(t, { token })
    await page.clock.install()
    await page.reload()
    await tileOf(page, 'Table 7').waitFor()
    await page.clock.fastForward('14:00')
    t.equal(await page.getByRole('button', { name: 'Sign in' }).count(), 0)
    await page.clock.fastForward('01:30')
    await page.getByText('Nobody touched the page for 15 minutes, so it signed out.').waitFor()
  })

  t.test(
    'requests are searched, kept with what they say, copied, and lead to their order',
    async (t) => {
      const { id } = await newOrder(venue, 1_000, { displayName: 'Bar 9' })
      await pay(venue, id, 1_500, {}, { 'device-id': 'tm_garden' })
      const page = await enter(t)
      await server.requestLog.flush()
      await page.getByRole('link', { name: /^Dojo/ }).click()
      await page.getByRole('button', { name: 'Refused' }).click()
      await page.getByRole('link', { name: 'RecordOrderPaymentById' }).first().click()
      const detail = page.getByRole('complementary', { name: 'Request' })
      await detail.getByText(/Refused: Conflict.*more than the balance/).waitFor()
      // Another manager sees what comes next, and what it says, once that is switched on.
      const other = await enter(t, { path: '/console/dojo' })
      await other.context().grantPermissions(['clipboard-read', 'clipboard-write'])
      await other.getByRole('button', { name: 'Keep bodies for an hour' }).click()
      await other.getByText(/kept until \d\d:\d\d.*Switched on by Office/).waitFor()
      await server.requestLog.look()
      await venue.call('GetOrderById', { orderId: 'none' })
      await server.requestLog.flush()
      await other.getByRole('link', { name: 'GetOrderById' }).first().click()
      await other.getByText('"errorType": "NotFound"').waitFor()
      const search = other.getByLabel('Search')
      await search.fill('no such thing')
      await other.getByText('No such request').waitFor()
      await search.fill('TM_GARDEN')
      await other.getByRole('link', { name: 'RecordOrderPaymentById' }).first().waitFor()
      await other.getByText('Time to answer', { exact: true }).waitFor()
      await other.getByRole('table', { name: 'Time to answer by minute' }).waitFor()
      await other.getByRole('button', { name: 'Copy as curl' }).click()
      await other.getByText('Copied as curl.').waitFor()
      t.match(
        await other.evaluate('navigator.clipboard.readText()'),
        /^curl -X GET '.*\/orders\/none'/,
      )
      await detail.getByRole('link', { name: 'Bar 9, as it was then' }).click()
      await page.getByRole('heading', { name: 'Bar 9' }).waitFor()
    },
  )

  t.test('an owner changes settings; what cannot be is said beside its field', async (t) => {
    const page = await enter(t, { role: 'owner' })
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
    const manager = await enter(t)
    await manager.goto('/console/setup?part=settings')
    await manager.getByRole('row', { name: 'Service charge in percent 12.5 %' }).waitFor()
    t.equal(await manager.getByRole('button', { name: 'Save' }).count(), 0)
  })

  t.test('the bill is drawn while its template is written, and then saved', async (t) => {
    const page = await enter(t, { role: 'owner' })
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

  t.test('what a bill leaves out is switched off, seen and saved', async (t) => {
    const page = await enter(t, { role: 'owner', path: '/console/setup?part=bill' })
    const drawn = page.getByRole('img', { name: 'Printed bill of a sample' })
    await drawn.waitFor()
    const press = async (name: string): Promise<string> => {
      const next = page.waitForResponse(/preview/)
      await page.getByRole('switch', { name, exact: true }).click()
      return await (await next).text()
    }
    for (const [name, word] of [
      ['Taxes in the prices, by rate', 'incl. '],
      ['Options under each dish', 'Extra cheese'],
      ['How it was paid, and the tip', 'Tip on top'],
    ] as const) {
      t.notMatch(await press(name), word, `${name}: off`)
      t.match(await press(name), word, `${name}: on again`)
      await press(name)
    }
    await press('Dishes that cost nothing')
    await press('Options under each dish')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('The printed bill is saved.').waitFor()
    const [row] = await server.sql(
      "SELECT bill_template->'alsoPrint' AS parts FROM locations WHERE location_id = $1",
      [venue.locationId],
    )
    t.same(row!['parts'], { taxes: false, payments: false, freeItems: false })
  })

  t.test('a spreadsheet is dropped on the page', async (t) => {
    const page = await enter(t, { path: '/console/setup?part=import' })
    const text = ['type,id,name,price,tax', 'item,7001,Espresso,2.40,20'].join('\n')
    await dropFile(page, { name: 'menu.csv', text, onto: page.locator('.drop') })
    await page.getByText('No fault.').waitFor()
    t.pass('and read')
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
    const page = await enter(t, { role: 'waiter' })
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
    const page = await enter(t)
    await page.getByRole('link', { name: /^Dojo/ }).click()
    await page.getByRole('button', { name: 'Run the doctor' }).click()
    await page.getByText('The venue has no Dojo API key.').last().waitFor()
    await page.getByText('Store the key that Dojo gave the venue').waitFor()
    t.pass('with the advice beside the finding')
  })

  /** The day of their booking by the venue's calendar, as `2026-11-27`. */
  const dayOf = async (name: string): Promise<string> => {
    const [row] = await server.sql(
      `SELECT to_char(start_time AT TIME ZONE time_zone, 'YYYY-MM-DD') AS day
       FROM reservations JOIN locations USING (location_id) WHERE location_id = $1 AND reservations.name = $2`,
      [venue.locationId, name],
    )
    return String(row!['day'])
  }

  t.test('guests who booked are seated, and others book', async (t) => {
    const page = await enter(t)
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
    const page = await enter(t)
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
    await tileOf(page, 'Table 7').waitFor()
    t.equal(
      await page.getByRole('link', { name: /^Setup/ }).count(),
      0,
      'with the role of a waiter',
    )
  })

  t.test('an operator goes into a venue, and what they do is on record', async (t) => {
    const page = await stand.enterAsOperator(t)
    await page.goto(`/console/venues/${venue.locationId}`)
    await page.getByRole('button', { name: 'Open its console' }).click()
    await tileOf(page, 'Table 7').waitFor()
    await page.getByText('Operator anna').waitFor()
    await page.getByRole('link', { name: 'All venues' }).click()
    await page.getByRole('link', { name: 'Record' }).click()
    await page.getByRole('row', { name: /anna.*Enter venue.*The Red Lion.*done/ }).waitFor()
    await page
      .getByRole('row', { name: /anna.*Sign in.*done/ })
      .first()
      .waitFor()
    t.pass('with who, where and what came of it')
  })

  t.test('an operator makes a token and ends it', async (t) => {
    const other = await server.newVenue('The Swan')
    const page = await stand.enterAsOperator(t)
    await page.goto(`/console/venues/${other.locationId}?part=access`)
    await page.getByRole('button', { name: 'A token' }).click()
    await page.getByLabel('Till', { exact: true }).fill('Bar')
    await page.getByRole('button', { name: 'Make the token' }).click()
    await page.getByText(/^till_/).waitFor()
    await page.getByRole('button', { name: 'Revoke Bar' }).click()
    await page.getByRole('row', { name: /Bar.*Revoked/ }).waitFor()
    t.pass('and the page says so')
  })

  t.test('a day is opened, and closed with the bills that are open carried over', async (t) => {
    const page = await enter(t)
    await page.getByRole('link', { name: /^Day/ }).click()
    await page.getByRole('button', { name: 'Open the day' }).click()
    await page.getByRole('row', { name: /^Card and phone, 3 £\S+ £0\.00$/ }).waitFor()
    await page.getByText(/^£\S+ of 3 payments not confirmed yet$/).waitFor()
    await server.sql(
      `UPDATE payment_intents SET dojo_status = 'Captured', dojo_status_at = now()
       WHERE location_id = $1 AND dojo_status IS NULL`,
      [venue.locationId],
    )
    await page.reload()
    const card = page.getByRole('row', { name: /^Card and phone, 3 (£\S+) \1$/ })
    await card.waitFor()
    await page.getByRole('row', { name: /^Cash, 1 £\S+ –$/ }).waitFor()
    await page.getByText('Dojo has confirmed all of it').waitFor()
    await page.getByRole('button', { name: 'Close the day…' }).click()
    const dialog = page.getByRole('dialog')
    const close = dialog.getByRole('button', { name: 'Close the day' })
    t.ok(await close.isDisabled(), 'while bills are open')
    await dialog.getByRole('button', { name: 'Carry them over' }).click()
    await close.click()
    await page.getByText('The day is closed.').waitFor()
    await page.getByText('No business day is open.').waitFor()
  })

  t.test('a finger opens an order, goes back in time and frees a table', async (t) => {
    const page = await enter(t, { width: 390 })
    const tapOn = async (name: string | RegExp): Promise<void> => {
      const it = page.getByRole('button', { name }).or(page.getByRole('link', { name }))
      await it.first().tap()
    }
    await tapOn('Table 9')
    await page.getByRole('listitem').getByRole('button').first().tap()
    await page.getByRole('heading', { name: /^As it was at/ }).waitFor()
    const slider = page.getByRole('slider')
    const { width, height } = (await slider.boundingBox())!
    await slider.tap({ position: { x: width - 2, y: height / 2 } })
    await page.getByRole('heading', { name: 'The bill now' }).waitFor()
    await tapOn('Floor')
    await tapOn('Free Table 7')
    await page.getByLabel('Why').tap()
    await page.getByLabel('Why').fill('The till is off')
    await page.getByRole('dialog').getByRole('button', { name: 'Free Table 7' }).tap()
    await page.getByText('Table 7 is free.').waitFor()
    t.pass('without a mouse')
  })

  t.test('a change is drawn into the page, and nothing else is drawn anew', async (t) => {
    const page = await enter(t)
    const [still, changing] = [tileOf(page, 'Table 10'), tileOf(page, 'Table 12')]
    await still.waitFor()
    await page.evaluate(`(() => {
      globalThis.gone = 0
      const isTile = (node) => node.nodeType === 1 && node.matches('article, [role=status]')
      new MutationObserver((records) => {
        for (const { addedNodes, removedNodes } of records) {
          globalThis.gone += [...addedNodes, ...removedNodes].filter(isTile).length
        }
      }).observe(document.querySelector('main'), { subtree: true, childList: true })
    })()`)
    const [row] = await server.sql<{ order_id: string }>(
      `SELECT o.order_id FROM orders o JOIN tables t USING (location_id, table_id)
       WHERE o.location_id = $1 AND t.name = 'Table 12'`,
      [venue.locationId],
    )
    await server.asOwner(venue.locationId, async (till) => {
      const lines = [{ plu: '3001', quantity: 3 }]
      await till.post('/orders/{orderId}/lines', { orderId: row!.order_id }, { lines })
    })
    await changing.getByText('£15.60').waitFor()
    t.equal(await page.evaluate('gone'), 0, 'no table goes, and no grey lines come')
  })

  t.test('the keyboard opens pages and walks along rows', async (t) => {
    const page = await enter(t)
    await page.keyboard.press('g')
    await page.keyboard.press('m')
    await page.getByRole('heading', { name: 'Money', exact: true }).waitFor()
    await page.keyboard.press('?')
    await page.getByRole('dialog', { name: 'Keys' }).waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    const rows = page
      .getByRole('main')
      .getByRole('row')
      .filter({ has: page.getByRole('link') })
    await rows.nth(1).waitFor()
    await page.keyboard.press('j')
    const isIn = page.locator('a:focus')
    await rows
      .nth(0)
      .and(page.getByRole('row').filter({ has: isIn }))
      .waitFor()
    await page.keyboard.press('j')
    await rows
      .nth(1)
      .and(page.getByRole('row').filter({ has: isIn }))
      .waitFor()
    t.pass('a row at a time')
  })
}

// Ten tasks that a stranger does in three clicks and thirty seconds each.
import t from 'tap'
import { newOrder, pay } from '../support/orders.ts'
import { openStand } from './support/stand.ts'
import { tileOf } from './support/parts.ts'
import { Task } from './support/task.ts'

const SECOND_MS = 1_000

const stand = await openStand(t)
if (stand !== undefined) {
  const { server, withDojo } = stand
  const { sql } = server
  const venue = await stand.newEvening()

  t.test('free a locked table, and another browser sees it in less than a second', async (t) => {
    const task = new Task(await stand.enter(t, venue))
    const other = await stand.enter(t, venue, { role: 'owner' })
    await tileOf(other, 'Table 5').getByText('Being paid').waitFor()
    await task.press('Free Table 5')
    const dialog = task.page.getByRole('dialog')
    await task.type(dialog.getByLabel('Why'), 'The machine was dropped')
    await task.press('Free Table 5', dialog)
    await task.page.getByText('Table 5 is free.').waitFor()
    const doneMs = performance.now()
    await tileOf(other, 'Table 5').getByText('Bill printed').waitFor()
    t.ok(performance.now() - doneMs < SECOND_MS)
    task.ends(t)
  })

  t.test('find why a payment was refused', async (t) => {
    const { id } = await newOrder(venue, 1_000, { displayName: 'Bar 9' })
    await pay(venue, id, 1_500, {}, { 'device-id': 'tm_garden' })
    await server.requestLog.flush()
    const task = new Task(await stand.enter(t, venue))
    await task.press(/^Dojo/)
    await task.press('Refused')
    await task.press('RecordOrderPaymentById')
    const detail = task.page.getByRole('complementary', { name: 'Request' })
    await detail.getByText(/Refused: Conflict.*more than the balance/).waitFor()
    await detail.getByText(/Take the payment again on the card machine/).waitFor()
    task.ends(t)
  })

  t.test('see a bill as it was at 20:14', async (t) => {
    const page = await stand.enter(t, venue)
    const link = page.getByRole('link', { name: 'Table 9', exact: true })
    const orderId = decodeURIComponent((await link.getAttribute('href'))!.split('/').at(-1)!)
    // Its whole past is earlier, so that a change of it came at 20:14 by the venue's clock.
    await sql(
      `UPDATE order_history SET at = at + ('2026-11-27T20:14:05Z' - (
         SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY at) FROM order_history WHERE location_id = $1 AND order_id = $2))
       WHERE location_id = $1 AND order_id = $2`,
      [venue.locationId, orderId],
    )
    const task = new Task(page)
    await task.press('Table 9')
    const row = task.page.getByRole('listitem').filter({ hasText: '20:14:05' }).first()
    await task.click(row.getByRole('button'))
    await task.page.getByRole('heading', { name: /^As it was at 20:14/ }).waitFor()
    await task.page.getByRole('img', { name: 'Printed bill of Table 9' }).waitFor()
    task.ends(t)
  })

  t.test('match a payment to its order', async (t) => {
    const { locationId } = server.venue
    const { id } = await newOrder(server.venue, 2_350, { displayName: 'Bar 4' })
    const { shown } = withDojo.paidIntent(2_350)
    await server.venue.call('HandleEvent', {
      id: 'evt_match',
      event: 'payment_intent.status_updated',
      accountId: withDojo.account.accountId,
      createdAt: new Date().toISOString(),
      data: { paymentIntentId: shown.id, paymentStatus: 'Captured', captureMode: 'Auto' },
    } as never)
    await withDojo.later(300)
    const task = new Task(await stand.enter(t, server.venue))
    await task.press(/^Money/)
    await task.press('Record on Bar 4')
    await task.page.getByText('Recorded on Bar 4.').waitFor()
    t.match(
      await sql('SELECT order_id FROM payments WHERE location_id = $1 AND payment_intent_id = $2', [
        locationId,
        shown.id,
      ]),
      [{ order_id: id }],
    )
    task.ends(t)
  })

  t.test('see who moved food after the bill was printed', async (t) => {
    const task = new Task(await stand.enter(t, venue))
    await task.press(/^Day/)
    const row = task.page.getByRole('row', { name: /Less after the bill.*moved to another order/ })
    await row.getByRole('cell', { name: 'till EPOS server', exact: true }).waitFor()
    await task.press('Less after the bill')
    await task.page.getByText('moved to another order').first().waitFor()
    task.ends(t)
  })

  t.test('retry an event', async (t) => {
    await sql(
      `INSERT INTO jobs (location_id, kind, entity_id, queued_at, changed_at, next_attempt_at, attempts, last_error, dead_at)
       VALUES ($1, 'OrderUpdated', 'ord_given_up', now(), now(), now(), 9, 'Dojo answered 500', now())`,
      [venue.locationId],
    )
    const task = new Task(await stand.enter(t, venue))
    await task.press(/^Dojo/)
    await task.page.getByRole('row', { name: /ord_given_up.*Given up/ }).waitFor()
    await task.press('Try 1 again')
    await task.page.getByText('queued again.').waitFor()
    const dead = 'SELECT 1 FROM jobs WHERE location_id = $1 AND dead_at IS NOT NULL'
    t.same(await sql(dead, [venue.locationId]), [])
    task.ends(t)
  })

  t.test('find the venue that is silent', async (t) => {
    const silent = await server.newVenue('The Swan')
    await server.asOwner(silent.locationId, async (till) => {
      await till.post('/orders', { orderType: 'Collection' })
    })
    await silent.call('SearchOrders', {})
    await server.contacts.flush()
    await sql(
      `UPDATE locations SET dojo_key_sealed = '\\x00', verify_payments = 'off' WHERE location_id = $1`,
      [silent.locationId],
    )
    await sql(
      "UPDATE dojo_contacts SET last_call_at = now() - interval '47 min' WHERE location_id = $1",
      [silent.locationId],
    )
    const task = new Task(await stand.enterAsOperator(t))
    await task.press(/^Silent/)
    await task.page.getByRole('row', { name: /The Swan.*Silent.*47 min/ }).waitFor()
    await task.press('The Swan')
    await task.page.getByText('Its tills work, and Dojo has not called for 47 min.').waitFor()
    task.ends(t)
  })

  t.test('add a menu item', async (t) => {
    const task = new Task(await stand.enter(t, venue))
    await task.press(/^Setup/)
    await task.press('Add an item')
    await task.type(task.page.getByLabel('Name', { exact: true }), 'Ginger beer')
    await task.key('Tab')
    await task.type(task.page.getByLabel('PLU'), '3004')
    await task.key('Tab')
    await task.type(task.page.getByLabel('Price'), '3.80')
    await task.key('Enter')
    await task.page.getByRole('row', { name: /Ginger beer.*3004.*£3\.80/ }).waitFor()
    task.ends(t)
  })

  t.test('import a menu with two faults, and mend them', async (t) => {
    const task = new Task(await stand.enter(t, venue))
    await task.press(/^Setup/)
    await task.press('Import')
    const file = [
      'type,id,name,price,tax',
      'item,4001,Espresso,2.40,20',
      'item,4002,Flat white,three,20',
      'item,4003,Tea,2.10,much',
    ].join('\n')
    await task.drop('menu.csv', file, task.page.locator('.drop'))
    await task.page.getByText('2 faults.').waitFor()
    const write = task.page.getByRole('button', { name: 'Import', exact: true })
    t.ok(await write.isDisabled())
    t.equal(await task.page.getByRole('alert').count(), 2, 'each beside its line')
    await task.type(task.page.getByLabel('Line 3'), 'item,4002,Flat white,3.10,20')
    await task.page.getByText('1 fault.').waitFor()
    await task.key('F8')
    await task.type(task.page.getByLabel('Line 4'), 'item,4003,Tea,2.10,20')
    await task.page.getByText('No fault.').waitFor()
    await task.click(write)
    await task.page.getByText('The set-up is imported.').waitFor()
    const names = await sql(
      "SELECT name FROM menu_items WHERE location_id = $1 AND plu LIKE '400_'",
      [venue.locationId],
    )
    t.equal(names.length, 3)
    task.ends(t)
  })

  t.test('pay a table on the virtual machine with a tip, and watch the floor', async (t) => {
    const floor = await stand.enter(t, server.venue)
    const tile = tileOf(floor, 'Table 1')
    await tile.waitFor()
    const task = new Task(await stand.atStandIn(t))
    const machine = task.page.getByRole('group', { name: 'Card machine tm_demo' })
    await task.tabTo(machine.getByLabel('Waiter number'))
    await task.key('Enter')
    await task.press(/^Table 1 /, machine)
    await tile.getByText('Being paid').waitFor({ timeout: SECOND_MS })
    await task.press(/^and 10 % tip/, machine)
    await task.press(/^Tap the card/)
    await machine.getByText('The bill is paid').waitFor()
    await tile.getByText('Being paid').waitFor({ state: 'detached', timeout: SECOND_MS })
    task.ends(t)
  })
}

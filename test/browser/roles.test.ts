// Which buttons each role has in the console: those that it may use and no other, and what the
// others call is refused as well.
import t, { type Test } from 'tap'
import type { Locator, Page } from 'playwright-core'
import type { TillRole } from '../../src/domain/venue/till-role.ts'
import { loaded } from '../support/browser.ts'
import type { TestServer } from '../support/server.ts'
import { goTo } from './support/parts.ts'
import { openStand } from './support/stand.ts'

const ROLES = ['kitchen', 'waiter', 'manager', 'owner'] as const
const SERVICE: readonly TillRole[] = ['waiter', 'manager', 'owner']
const MANAGERS: readonly TillRole[] = ['manager', 'owner']
const OWNER: readonly TillRole[] = ['owner']

/** A method, a path of the till API, and a body that would do. */
type Call = readonly [method: string, path: string, body?: object]

interface Control {
  path: string
  /** The name of a button, a switch or a link to a page. */
  name: string | RegExp
  for: readonly TillRole[]
  /** Left out where others may do it elsewhere: a kitchen says at its till what is sold out. */
  call?: Call
}

const WHY = { reason: 'no' }

// prettier-ignore
const CONTROLS: readonly Control[] = [
  { path: '', name: 'Free Table 5', for: MANAGERS, call: ['POST', '/orders/any/unlock', WHY] },
  { path: '', name: /^Money/, for: SERVICE, call: ['GET', '/payments'] },
  { path: '', name: /^Day/, for: MANAGERS, call: ['GET', '/days/current'] },
  { path: '', name: /^Setup/, for: MANAGERS, call: ['GET', '/setup'] },
  { path: '', name: /^Dojo/, for: MANAGERS, call: ['GET', '/dojo'] },
  { path: '/orders/ORDER', name: 'Free…', for: MANAGERS, call: ['POST', '/orders/any/unlock', WHY] },
  { path: '/bookings', name: 'Booking', for: SERVICE, call: ['POST', '/reservations', {}] },
  { path: '/bookings', name: 'Seat Patel', for: SERVICE, call: ['POST', '/parties', {}] },
  { path: '/money', name: 'Dismiss…', for: MANAGERS, call: ['POST', '/unmatched-payments/any/dismiss', WHY] },
  { path: '/money', name: /^Record on /, for: MANAGERS, call: ['POST', '/unmatched-payments/any/record', { orderId: 'any' }] },
  { path: '/money', name: 'Refund £5.00…', for: MANAGERS, call: ['POST', '/unmatched-payments/any/refund', WHY] },
  { path: '/money', name: 'It matches', for: SERVICE, call: ['POST', '/orders/any/card-payments/any/signature', { accepted: true }] },
  { path: '/money', name: 'Decline', for: SERVICE, call: ['POST', '/orders/any/card-payments/any/signature', { accepted: false }] },
  { path: '/money', name: 'Cancel on the machine', for: MANAGERS, call: ['POST', '/refunds/unlinked/any/cancel'] },
  { path: '/setup', name: 'Add an item', for: MANAGERS, call: ['POST', '/menu', {}] },
  { path: '/setup', name: 'Lemonade is available', for: MANAGERS },
  { path: '/setup?part=tables', name: 'Add a table', for: MANAGERS, call: ['POST', '/tables', {}] },
  { path: '/setup?part=waiters', name: 'Add a waiter', for: MANAGERS, call: ['POST', '/waiters', {}] },
  { path: '/setup?part=waiters', name: /^Give Becky a PIN/, for: MANAGERS, call: ['PUT', '/waiters/1/pin', {}] },
  { path: '/setup?part=import', name: 'What is there now', for: MANAGERS, call: ['PUT', '/setup', {}] },
  { path: '/setup?part=settings', name: 'Save', for: OWNER, call: ['PATCH', '/venue', {}] },
  { path: '/setup?part=bill', name: 'Save', for: OWNER, call: ['PUT', '/venue/bill-template', {}] },
  { path: '/dojo', name: 'Keep bodies for an hour', for: MANAGERS, call: ['PUT', '/dojo/request-log', {}] },
  { path: '/dojo', name: 'Run the doctor', for: MANAGERS, call: ['GET', '/dojo/doctor'] },
  { path: '/dojo', name: 'Try 1 again', for: MANAGERS, call: ['POST', '/dojo/retry'] },
  // A manager has opened the day.
  { path: '/day', name: 'Close the day…', for: MANAGERS, call: ['POST', '/days/any/close', {}] },
]

interface OperatorControl {
  path: string
  name: string | RegExp
  /** A method and a path of the operator's API. */
  call: Call
}

// prettier-ignore
const OF_OPERATORS: readonly OperatorControl[] = [
  { path: '', name: 'The Red Lion', call: ['GET', '/venues'] },
  { path: '/record', name: 'Venues', call: ['GET', '/acts'] },
  { path: '/VENUE', name: 'Open its console', call: ['GET', '/venues/VENUE'] },
  { path: '/VENUE', name: 'Run the doctor', call: ['GET', '/venues/VENUE/doctor'] },
  { path: '/VENUE', name: 'Try 1 again', call: ['POST', '/venues/VENUE/outbox/retry', {}] },
  { path: '/VENUE?part=access', name: 'Set the key', call: ['PUT', '/venues/VENUE/dojo-key', { key: 'k' }] },
  { path: '/VENUE?part=access', name: 'Another credential', call: ['POST', '/venues/VENUE/credentials'] },
  { path: '/VENUE?part=access', name: 'A token', call: ['POST', '/venues/VENUE/tokens', { role: 'owner', till: 'x' }] },
  { path: '/VENUE?part=access', name: /^Revoke Office/, call: ['DELETE', '/venues/VENUE/tokens/any'] },
]

const stand = await openStand(t)
if (stand !== undefined) {
  const { server } = stand
  const venue = await stand.newEvening()
  const { locationId } = venue
  const orderId = await makeBusy(server, locationId)
  const withIds = (path: string): string =>
    path.replace('ORDER', encodeURIComponent(orderId)).replace('VENUE', locationId)

  for (const role of ROLES) {
    t.test(`a ${role} has what they may use, and no other; the call is refused`, async (t) => {
      const page = await stand.enter(t, venue, { role })
      await opensDay(t, page, role)
      for (const [path, controls] of Map.groupBy(CONTROLS, (control) => control.path)) {
        await goTo(page, `/console${withIds(path)}`)
        for (const { name, for: roles, call } of controls) {
          const label = `${role}: ${String(name)} of ${path || 'the floor'}`
          if (roles.includes(role)) {
            await controlOn(page, name).first().waitFor()
            t.pass(label)
          } else {
            await loaded(page)
            t.equal(await controlOn(page, name).count(), 0, label)
            if (call === undefined) continue
            t.equal(await statusOf(page, '/till/v1', call), 403, `${label}, called`)
          }
        }
      }
      for (const { path, name, call } of OF_OPERATORS) {
        await goTo(page, `/console/venues${withIds(path)}`)
        await loaded(page)
        const label = `${role}: ${String(name)} of the operator`
        t.equal(await controlOn(page, name).count(), 0, label)
        const [method, to, body] = call
        const status = await statusOf(page, '/operator/v1', [method, withIds(to), body])
        t.equal(status, 401, `${label}, called`)
      }
    })
  }

  t.test('an operator has all of theirs', async (t) => {
    const page = await stand.enterAsOperator(t)
    for (const { path, name } of OF_OPERATORS) {
      await goTo(page, `/console/venues${withIds(path)}`)
      await controlOn(page, name).first().waitFor()
      t.pass(`${String(name)} of ${path}`)
    }
  })
}

/** The manager does, and from then on it is closed by those who may. */
async function opensDay(t: Test, page: Page, role: TillRole): Promise<void> {
  if (role === 'owner') return
  await goTo(page, '/console/day')
  const open = controlOn(page, 'Open the day')
  if (MANAGERS.includes(role)) {
    await open.click()
    await open.waitFor({ state: 'detached' })
    return
  }
  await loaded(page)
  t.equal(await open.count(), 0, `${role}: Open the day`)
  t.equal(await statusOf(page, '/till/v1', ['POST', '/days', { floatMinor: 0 }]), 403)
}

/**
 * Work that was given up, money whose sum is known, and two card payments: one with a signature to
 * compare, and a refund without a payment.
 * @returns the order that is locked
 */
async function makeBusy({ sql }: TestServer, locationId: string): Promise<string> {
  await sql(
    `INSERT INTO jobs (location_id, kind, entity_id, queued_at, changed_at, next_attempt_at, attempts, last_error, dead_at)
     VALUES ($1, 'OrderUpdated', 'ord_given_up', now(), now(), now(), 9, 'Dojo answered 500', now())`,
    [locationId],
  )
  await sql(
    `UPDATE payment_intents SET amount_minor = 450, tips_minor = 50, dojo_status = 'Captured'
     WHERE location_id = $1 AND unmatched_at IS NOT NULL`,
    [locationId],
  )
  const [locked] = await sql<{ order_id: string }>(
    `SELECT order_id FROM order_locks
     WHERE location_id = $1 AND kind = 'DojoLock' AND ended_at IS NULL AND expires_at > now()`,
    [locationId],
  )
  const orderId = locked!.order_id
  const signature = { status: 'SignatureVerificationRequired', signatureSinceMs: Date.now() }
  for (const [id, kind, ofOrder, reason, state] of [
    ['tm_sign', 'Sale', orderId, undefined, signature],
    ['tm_refund', 'UnlinkedRefund', undefined, 'Cold soup', { status: 'InitiateRequested' }],
  ] as const) {
    const attempt = { terminalId: id, askedAtMs: Date.now(), sessionId: id, ...state }
    await sql(
      `INSERT INTO card_payments (location_id, card_payment_id, order_id, share, request_hash, amount_minor, tips_minor,
         service_charge_minor, capture_mode, card_not_present, started_at, terminal_id, attempts, kind, reason)
       VALUES ($1, $2, $3, '', '\\x00', 3940, 0, 0, 'Auto', false, now(), $2, $4::jsonb, $5::card_payment_kind, $6)`,
      [locationId, id, ofOrder, JSON.stringify([attempt]), kind, reason],
    )
  }
  return orderId
}

/** A button, a switch, or a link. */
function controlOn(page: Page, name: string | RegExp): Locator {
  return page
    .getByRole('button', { name, exact: true })
    .or(page.getByRole('switch', { name, exact: true }))
    .or(page.getByRole('link', { name, exact: true }))
}

async function statusOf(page: Page, base: string, [method, path, body]: Call): Promise<number> {
  const headers = { 'epos-console': 'person', 'content-type': 'application/json' }
  const init = { method, headers, body: body && JSON.stringify(body) }
  const url = JSON.stringify(`${base}${path}`)
  return await page.evaluate(`fetch(${url}, ${JSON.stringify(init)}).then(({ status }) => status)`)
}

// What is on the sheets: every page as it is, and pages with what somebody did on them.
import type { Page } from 'playwright-core'
import { KEY } from '../demo-stand.ts'

/** A page as it is, or with what somebody did on it. */
export interface View {
  name: string
  path: string
  act?: (page: Page) => Promise<void>
}

export const asItIs = (path: string): View => ({ name: path, path })

export const STRANGERS: readonly View[] = [
  { name: 'Home', path: '/' },
  { name: 'Sign in', path: '/console' },
  {
    name: 'Sign in of operators',
    path: '/console',
    act: async (page) => {
      await page.getByText('All venues').first().click()
    },
  },
]

const press = async (page: Page, ...names: (string | RegExp)[]): Promise<void> => {
  for (const name of names) {
    await page.getByRole('button', { name, disabled: false }).first().click()
  }
}

export const AT_WORK: readonly View[] = [
  {
    name: 'Free a table',
    path: '/console',
    act: async (page) => {
      await press(page, 'Free Table 5')
    },
  },
  {
    name: 'Refund what is on no bill',
    path: '/console/money',
    act: async (page) => {
      await press(page, /^Refund £/)
    },
  },
  {
    name: 'Take a booking',
    path: '/console/bookings',
    act: async (page) => {
      await page.getByRole('button', { name: 'Booking', exact: true }).click()
    },
  },
  {
    name: 'Close the day',
    path: '/console/day',
    act: async (page) => {
      await press(page, 'Close the day…')
    },
  },
  {
    name: 'The doctor',
    path: '/console/dojo',
    act: async (page) => {
      await press(page, 'Run the doctor')
      await page.getByText('What to do').or(page.getByText('is fine')).first().waitFor()
    },
  },
  {
    name: 'Add an item',
    path: '/console/setup?part=menu',
    act: async (page) => {
      await press(page, 'Add an item')
    },
  },
  {
    name: 'Import with two faults',
    path: '/console/setup?part=import',
    act: async (page) => {
      const rows = ['type,id,name,price,tax', 'item,4002,Flat white,three,20', 'item,4003,Tea,2,x']
      const buffer = Buffer.from(rows.join('\n'))
      await page
        .getByLabel(/Drop a spreadsheet/)
        .setInputFiles({ name: 'menu.csv', mimeType: 'text/csv', buffer })
      await page.getByText('2 faults.').waitFor()
    },
  },
  {
    name: 'Keys',
    path: '/console',
    act: async (page) => {
      await page.keyboard.press('?')
    },
  },
]

const at = (page: Page, id: string) => page.getByRole('group', { name: `Card machine ${id}` })

async function pressAt(page: Page, id: string, ...names: (string | RegExp)[]): Promise<void> {
  for (const name of names) {
    await at(page, id).getByRole('button', { name, disabled: false }).first().click()
  }
}

async function tap(page: Page, id: string, outcome: string): Promise<void> {
  const place = page.locator('.bench__place').filter({ has: at(page, id) })
  await place.getByRole('button', { name: outcome, exact: true }).click()
  await place.getByRole('button', { name: /^Tap the card/ }).click()
}

/** The screens of the card machines, three at a time. */
export const BENCH: readonly View[] = [
  { name: 'Machines', path: `/#${KEY}` },
  {
    name: 'Machines: tables, an order, parts',
    path: '/',
    act: async (page) => {
      await pressAt(page, 'tm_demo', 'All tables')
      await pressAt(page, 'tm_garden', 'All tables', /^Table 3 /, 'Print the bill')
      await pressAt(page, 'tm_door', 'All tables', /^Table 9 /, /^Split equally/)
    },
  },
  {
    name: 'Machines: items, tip, card',
    path: '/',
    act: async (page) => {
      await pressAt(page, 'tm_door', /^Split equally/, /^2 ways/, '12.5 % tip')
      await pressAt(page, 'tm_garden', /^By items/)
      await pressAt(page, 'tm_demo', /^Table 1 /, /^Pay in full/)
    },
  },
  {
    name: 'Machines: signature, declined',
    path: '/',
    act: async (page) => {
      await tap(page, 'tm_door', 'Signature')
      await at(page, 'tm_door').getByText('Compare the signature').waitFor()
      await pressAt(page, 'tm_demo', 'No tip')
      await tap(page, 'tm_demo', 'Declined')
      await at(page, 'tm_demo').getByText('declined').first().waitFor()
    },
  },
]

export const AT_STAND_IN: readonly View[] = [
  {
    name: 'Phone: a bill',
    path: '/phone',
    act: async (page) => {
      await press(page, 'Table 3')
    },
  },
  {
    name: 'Phone: the menu',
    path: '/phone',
    act: async (page) => {
      await press(page, 'Table 2')
      await page.getByRole('button', { name: 'Order', exact: true }).click()
      await press(page, 'One Lemonade more')
    },
  },
  {
    name: 'Booking',
    path: '/bookings',
    act: async (page) => {
      await page.getByRole('button', { name: 'Booking', exact: true }).click()
    },
  },
  {
    name: 'Wire: a call, a fault and a certification',
    path: '/wire',
    act: async (page) => {
      await page.getByLabel('Product').selectOption('bookings')
      await press(page, 'Certify')
      await page.getByText('All mandatory scenarios passed').waitFor()
      await page.locator('.wire__open').first().click()
      await page.getByRole('button', { name: 'Copy as curl' }).waitFor()
      await page.getByRole('switch', { name: 'Sent twice' }).click()
      await page.getByRole('link', { name: 'Wire 1 fault on' }).waitFor()
    },
  },
  {
    name: 'Tester: a flow that failed',
    path: '/tester',
    act: async (page) => {
      await page.getByRole('button', { name: 'Get Order', exact: true }).click()
      await page.getByLabel('orderId').fill('no-such-order')
      await page.getByRole('button', { name: 'Run', exact: true }).click()
      await page.getByRole('status').filter({ hasText: 'failed' }).waitFor()
    },
  },
]

// Every page of the console and of the stand-in for Dojo, to look at all of them. The words in
// capitals are ids. A test compares the list with what the apps route.
const SETUP_PARTS = ['menu', 'waiters', 'tables', 'bill', 'settings', 'import']
const VENUE_PARTS = ['dojo', 'money', 'access', 'record']

export const CONSOLE_PATHS: readonly string[] = [
  '/console',
  '/console/orders/ORDER',
  '/console/orders/ORDER?at=MOMENT',
  '/console/money',
  '/console/day',
  '/console/bookings',
  '/console/dojo',
  '/console/dojo?request=REQUEST',
  ...SETUP_PARTS.map((part) => `/console/setup?part=${part}`),
  '/console/nowhere',
]

export const OPERATOR_PATHS: readonly string[] = [
  '/console/venues',
  '/console/venues/record',
  ...VENUE_PARTS.map((part) => `/console/venues/VENUE?part=${part}`),
]

export const STAND_IN_PATHS: readonly string[] = [
  '/',
  '/phone',
  '/bookings',
  '/tester',
  '/wire',
  '/nowhere',
]

/** The ids of one venue, by the words that stand for them. */
export type Ids = Readonly<Record<'VENUE' | 'ORDER' | 'MOMENT' | 'REQUEST', string>>

export function withIds(path: string, ids: Ids): string {
  return path.replaceAll(/\b(VENUE|ORDER|MOMENT|REQUEST)\b/g, (name) =>
    encodeURIComponent(ids[name as keyof Ids]),
  )
}

// Which tests look at which files: those of the room first, then those that use the whole server.

/** The rooms that are scored. */
export const ROOMS = ['domain', 'store', 'actions', 'dojo', 'till'] as const

const WINGS: Record<string, string[]> = {
  orders: [
    'domain/orders',
    'till/orders',
    'dojo/capabilities',
    'properties/order-transitions.test.ts',
    'properties/order-model.test.ts',
    'properties/order-histories.test.ts',
    'properties/order-prices.test.ts',
    'races/orders.test.ts',
    'races/locks.test.ts',
  ],
  payments: [
    'domain/payments',
    'till/payments',
    'dojo/capabilities',
    'dojo/jobs',
    'races/payments.test.ts',
    'races/events.test.ts',
    'races/intents.test.ts',
    'properties/audit.test.ts',
    'properties/money.test.ts',
  ],
  bookings: ['domain/bookings', 'till/bookings', 'dojo/capabilities'],
  venue: ['domain/venue', 'till/venue', 'operator', 'properties/days.test.ts'],
  paper: ['domain/paper', 'till/paper', 'dojo/capabilities/get-order-bill-by-id.test.ts'],
  jobs: ['dojo/jobs', 'races/events.test.ts'],
  feed: ['till/feed'],
  capabilities: ['dojo/capabilities', 'dojo/dispatch.test.ts'],
  rest: ['dojo/rest'],
  webhooks: ['dojo/webhooks', 'operator/webhooks.test.ts'],
  client: ['dojo/client', 'dojo/jobs'],
  kit: ['till/kit'],
  database: ['store', 'dojo/capabilities', 'http/database-away.test.ts'],
}

/** Where something of another venue could show. */
const ALWAYS = ['isolation', 'till/kit/every-operation.test.ts', 'scenarios']

const DEFAULT = ['domain', 'dojo/dispatch.test.ts', 'dojo/capabilities', 'till/kit']

/** Test paths below test/, the likeliest to notice first. */
export function testsOf(path: string): string[] {
  const wing = path.split('/')[2] ?? ''
  return [...new Set([...(WINGS[wing] ?? DEFAULT), ...ALWAYS])]
}

export function roomOf(path: string): string {
  return path.split('/')[1]!
}

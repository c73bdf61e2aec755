// What integrations get wrong. Each name changes one behaviour of the EPOS in memory and leaves all
// others right.
import type { PlantedFault } from './epos-planted.ts'

export const eposFaults = [
  // Locks
  'lock-lets-two-in',
  /** Two who ask at the same time both get the lock; one after the other works. */
  'parallel-locks-both-win',
  'same-lock-again-refused',
  'lock-never-expires',
  'unlock-by-anyone',
  /** Releasing one's own lock a second time answers 404. */
  'unlock-twice-is-404',
  'extend-of-anyone',
  /** Answers 200 and leaves the expiry as it was. */
  'extend-ignored',
  'payment-under-anothers-lock',
  'get-refused-under-lock',

  // Payments
  'payment-counted-twice',
  /** The same payment twice at the same time counts twice; one after the other works. */
  'parallel-repetition-counted-twice',
  'repeated-payment-refused',
  /**
   * Looks at the balance, waits, then writes: payments at the same time exceed the total; one after
   * the other works.
   */
  'parallel-payments-overpay',
  'overpayment-accepted',
  'other-currency-accepted',
  'payment-on-canceled-order-accepted',
  'intent-on-two-orders',
  'intent-with-other-amount-accepted',
  /** The answer shows the payment, and nothing is kept. */
  'payment-lost',
  'tips-counted-as-paid',
  'tips-not-kept',
  'payments-not-listed',
  /** GetOrderById shows `paidAmount` as of before the latest payment. */
  'stale-balance',
  /** The answer to a recorded payment shows the order before it. */
  'stale-answer',
  'stays-payable-when-paid',
  'stays-open-when-paid',

  // Orders
  'create-order-twice-makes-two',
  'cancel-of-paid-order-accepted',
  'payable-only-ignored',
  'table-filter-ignored',
  'waiter-filter-ignored',
  /** `totalAmount` is a decimal number of pounds. */
  'wrong-shape',
  'status-missing',
  /** The `value` of every amount is pounds: 12.5 instead of 1250. */
  'amounts-in-pounds',
  'bill-without-items',
  'bill-of-another-order',

  // Events
  'reversal-ignored',
  'reversal-twice-breaks',
  /**
   * An event that Dojo made before another one, and that arrives after it, has its effect all the
   * same.
   */
  'late-event-wins',
  'unknown-event-refused',

  // Pages
  'pages-skip-under-change',
  'page-limit-ignored',
  /** SearchTables answers an array of pages. */
  'tables-without-page',
  'area-filter-ignored',

  // Parties and reservations
  'create-party-twice-makes-two',
  /** What an update leaves out stays as it was. */
  'party-update-merges',
  'party-deleted-still-found',
  'party-table-filter-ignored',
  'completed-parties-in-default-search',
  'create-reservation-twice-makes-two',
  'reservation-update-lost',
  'reservation-deleted-still-found',
  'reservation-table-filter-ignored',
  'reservation-times-ignored',

  // Errors and the transport
  'unknown-order-is-500',
  'unknown-order-is-empty-200',
  'conflicts-are-400',
  'errors-are-200',
  'errors-as-html',
  'errors-without-type',
  'bad-json-is-500',
  'open-door',
  'unauthorized-without-body',
  'slow',
] as const

export type BuiltInFault = (typeof eposFaults)[number]
export type EposFault = BuiltInFault | PlantedFault

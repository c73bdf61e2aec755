// What tills send and get: orders, set-up, lists, business days.
export const tillLimits = {
  /** How long a browser remembers what a page of another origin may do. */
  corsMaxAgeSeconds: 600,
  /** How long a till may repeat a write and get the same answer. */
  idempotencyKeptSeconds: 86_400,
  tillKeyCharacters: 200,
  maxListedFaults: 50,
  /**
   * In a body with more values, only the first fault is reported: finding all would take seconds.
   */
  maxValuesToListFaults: 5_000,
  /** Texts that people type. */
  maxNameCharacters: 200,
  maxNoteCharacters: 1_000,
  /** As far as Dojo's contract goes. */
  maxEmailCharacters: 254,
  maxPhoneCharacters: 50,
  maxTaxIdCharacters: 60,
  maxTaxLineNameCharacters: 100,
  /** With a rate, as in VAT 12.5%, it is the id of a tax line. */
  maxTaxNameCharacters: 50,
  maxReasonCharacters: 300,
  /** In one request; an order may have more. */
  maxLinesAtOnce: 100,
  /** Voided lines and lines below others included: enough for the bill of a wedding. */
  maxLinesOfOrder: 2_000,
  /** That come with one order that Dojo creates. */
  maxPaymentsOfNewOrder: 100,
  /** The highest total of an order, so that the sums of a day stay exact. */
  maxOrderMinor: 100_000_000_000,
  maxDiscountsOfOrder: 100,
  /**
   * When a line moves to another order, each discount of the whole order becomes a share on that
   * line.
   */
  maxDiscountSharesOfOrder: 5_000,
  /** Tables of one party or reservation. */
  maxTablesOfVisit: 50,
  maxQuantity: 10_000,
  /** Orders that a till with its own sends in one call, and how many are worked on at once. */
  maxMirroredOrders: 500,
  mirrorOrdersAtOnce: 4,
  /**
   * Reads and changes of such calls that one process does at once, of all venues, so that Dojo's
   * calls find a connection and the event loop; and how long one waits for its turn.
   */
  mirrorWorkAtOnce: 3,
  mirrorWorkWaitMs: 4_000,
  /**
   * How often orders are looked for whose lock has expired while a till's change waited for that,
   * and how many at once.
   */
  mirrorDueMs: 1_000,
  mirrorDueRows: 100,
  /** The till's own counter of changes; the time in milliseconds will do. */
  maxMirrorVersion: Number.MAX_SAFE_INTEGER,
  /** What waits for such a till, in one answer. */
  maxInboxRows: 100,
  maxInboxMinutes: 1_440,
  /** How often orders of Dojo's are looked for that no till acknowledged, and how many at once. */
  inboxMindMs: 10_000,
  inboxOverdueRows: 100,
  /** How long after a try the money of a refused order is tried to be given back again. */
  refusedOrderAgainSeconds: 30,
  /** Parts of one split bill. */
  maxSplitParts: 100,
  /** The highest price, discount or payment: ten million pounds, so that sums stay exact. */
  maxAmountMinor: 1_000_000_000,
  /** How long a till's hold lasts, unless the till says otherwise. */
  defaultHoldSeconds: 120,
  maxHoldSeconds: 900,
  /** Items on a kitchen screen, oldest first; the rest move up. */
  kitchenItems: 200,
  /** Older items are not shown: a venue without kitchen screens never marks anything done. */
  kitchenDays: 14,
  /** The food of a paid order has been served by then, even if nobody marked it done. */
  kitchenAfterPaidSeconds: 4 * 3_600,
  /** Entries of an order's history in one answer. */
  historyPageRows: 200,
  /** How often expired Idempotency-Keys are deleted. */
  keyPurgeMs: 3_600_000,
  /** Keys that one statement deletes, so that it ends well before its timeout. */
  keyPurgeRows: 5_000,
  /** The size of a venue's set-up, which is held in memory and written in one transaction. */
  maxAreas: 200,
  maxTables: 2_000,
  maxWaiters: 2_000,
  maxMenuItems: 5_000,
  /** Modifiers and sub-items of one item. */
  maxPartsOfItem: 200,
  maxPosition: 1_000_000,

  // Lists for managers
  /** The newest sign-ins to a venue's console that are listed. */
  signInRows: 200,
  /** The newest changes of a venue, as many as somebody reads. */
  recentChanges: 60,
  exceptionRows: 500,

  // Business days
  /**
   * Orders and movements of money that a business day reads or writes at once, so that no statement
   * takes long however much there is to count.
   */
  dayBatchOrders: 500,
  dayBatchMovements: 2_000,
  /** Open orders, refunds and the like that a report lists. Its sums include all of them. */
  maxListedOfDay: 1_000,
} as const

// A certifier that passes everything is worthless: each fault of an EPOS fails the scenarios about
// it, and no others.
import t from 'tap'
import { adviceOn } from '../../../src/sandbox/runs/advice.ts'
import type { CapabilityName } from '../../../src/contract/capabilities.ts'
import {
  certify,
  type Certificate,
  type CertifyOptions,
} from '../../../src/sandbox/runs/certifier.ts'
import { CONNECTION_REFUSED } from '../../../src/sandbox/epos/http-transport.ts'
import {
  createRedactor,
  reportAsJson,
  reportAsMarkdown,
  verdictSentence,
} from '../../../src/sandbox/runs/report.ts'
import { scenarios as all, type Scenario } from '../../../src/sandbox/scenarios/index.ts'
import { atLength } from '../../support/random-runs.ts'
import { ageLocks, startEpos, type EposFault } from '../support/epos.ts'

/** Those for a WebSocket have a test of their own. */
const scenarios = all.filter(({ transport }) => transport !== 'socket')

const names = (fits: (scenario: Scenario) => boolean): string[] =>
  scenarios.filter(fits).map(({ name }) => name)
const needing = (...capabilities: CapabilityName[]): string[] =>
  names(({ needs }) => capabilities.some((name) => needs.includes(name)))
const without = (whole: readonly string[], ...some: string[]): string[] =>
  whole.filter((name) => !some.includes(name))

/** Scenarios in which a card machine runs Pay at Table and its payments are checked. */
const TABLE = [
  'Pay at Table',
  'Pay at Table without Locks',
  'Record Order Payment',
  'Pay at Table, Split',
  'Pay at Table, Split with Tips',
  'Pay at Table, Partial',
  'Pay at Table, Partial without Tip',
]
/** Scenarios in which somebody tips. */
const TIPPED = [
  'Pay at Table',
  'Pay at Table, Split with Tips',
  'Pay at Table, Partial',
  'Payment Sent Twice',
  'Order and Pay',
]
/** Scenarios that want a 409 to a payment. */
const REFUSED_PAYMENTS = [
  "Payment under Another's Lock",
  'Pay at Table, Conflict and Reversal',
  'Payments at Once',
  'Overpayment',
  'Payment of a Paid Order',
  'One Payment Intent, Another Amount',
  'One Payment Intent, Two Orders',
  'Cancel Order',
]
const CONFLICTS = [
  'Create Order Lock',
  'Create Order Lock at Once',
  'Delete Order Lock',
  'Extend Order Lock',
  ...REFUSED_PAYMENTS,
  'Cancel Paid Order',
]
const NOT_FOUND = [
  'Get Order that Does Not Exist',
  'Payment of an Order that Does Not Exist',
  'Delete Reservation',
  'Delete Party',
  'Unknown Parties and Reservations',
]
/** Scenarios that read the balance after a payment that was taken. */
const BALANCES = [
  ...TABLE,
  'Pay at Table, Conflict and Reversal',
  'Payment Sent Twice',
  'Payment Sent Many Times at Once',
  'Payments at Once',
  'Overpayment',
  'Payment of a Paid Order',
  'One Payment Intent, Another Amount',
  'Late Reversal',
  'Lost Reply and Reversal',
  'Pay Only',
]
/** Scenarios that look at an order that is paid in full. */
const PAID_IN_FULL = [
  ...TABLE.filter((name) => !name.includes('Partial')),
  'Pay at Table, Partial',
  'Pay at Table, Partial without Tip',
  'Pay at Table, Conflict and Reversal',
  'Payment of a Paid Order',
  'Late Reversal',
  'Lost Reply and Reversal',
  'Order and Pay',
  'Pay Only',
]
const LOCKED_TABLE = without(TABLE, 'Pay at Table without Locks')
const EVENTS = needing('HandleEvent')
const REVERSALS = without(EVENTS, 'Handle Event')
const SEVERAL_CARDS = [
  'Pay at Table',
  'Pay at Table, Split',
  'Pay at Table, Split with Tips',
  'Pay at Table, Partial',
  'Pay at Table, Partial without Tip',
  'Payments at Once',
  'Late Reversal',
]
/** Whatever is about an order sees one. */
const SHOWN_ORDERS = without(
  needing('GetOrderById', 'CreateOrder', 'CreateOrderLock'),
  'Get Order that Does Not Exist',
)

const expected: Record<EposFault, readonly string[]> = {
  // First, because it takes three seconds while the others go on.
  slow: ['Answers in Time'],

  'lock-lets-two-in': [
    'Create Order Lock',
    'Create Order Lock at Once',
    'Delete Order Lock',
    'Extend Order Lock',
  ],
  'parallel-locks-both-win': ['Create Order Lock at Once'],
  'same-lock-again-refused': ['Create Order Lock'],
  'lock-never-expires': ['Expired Order Lock'],
  'unlock-by-anyone': ['Delete Order Lock'],
  'unlock-twice-is-404': ['Delete Order Lock'],
  'extend-of-anyone': ['Extend Order Lock'],
  'extend-ignored': ['Extend Order Lock'],
  'payment-under-anothers-lock': ["Payment under Another's Lock"],
  'get-refused-under-lock': ['Create Order Lock', "Payment under Another's Lock"],

  'payment-counted-twice': ['Payment Sent Twice', 'Payment Sent Many Times at Once'],
  'parallel-repetition-counted-twice': ['Payment Sent Many Times at Once'],
  'repeated-payment-refused': ['Payment Sent Twice', 'Payment Sent Many Times at Once'],
  'parallel-payments-overpay': ['Payments at Once'],
  'overpayment-accepted': [
    'Pay at Table, Conflict and Reversal',
    'Payments at Once',
    'Overpayment',
  ],
  'other-currency-accepted': ['Payment in Another Currency'],
  'payment-on-canceled-order-accepted': ['Cancel Order'],
  'intent-on-two-orders': ['One Payment Intent, Two Orders'],
  'intent-with-other-amount-accepted': ['One Payment Intent, Another Amount'],
  'payment-lost': [...without(BALANCES), 'Events Doubled', 'Events Shuffled'],
  'tips-counted-as-paid': TIPPED,
  'tips-not-kept': TIPPED,
  'payments-not-listed': [...TABLE, 'Payment Sent Twice', 'Order and Pay', 'Pay Only'],
  'stale-balance': [...BALANCES, 'Order and Pay'],
  'stale-answer': TABLE,
  'stays-payable-when-paid': PAID_IN_FULL,
  // The contract does not say which status a paid order has.
  'stays-open-when-paid': [],

  'create-order-twice-makes-two': ['Create Order Twice'],
  'cancel-of-paid-order-accepted': ['Cancel Paid Order'],
  'payable-only-ignored': ['Search Orders', 'Record Order Payment'],
  'table-filter-ignored': ['Search Orders at a Table'],
  'waiter-filter-ignored': ['Search Orders of a Waiter'],
  'wrong-shape': SHOWN_ORDERS,
  'status-missing': SHOWN_ORDERS,
  'amounts-in-pounds': SHOWN_ORDERS,
  'bill-without-items': ['Get Order Bill'],
  'bill-of-another-order': ['Get Order Bill'],

  'reversal-ignored': [
    'Late Reversal',
    'Lost Reply and Reversal',
    'Events Doubled',
    'Events Shuffled',
  ],
  'reversal-twice-breaks': ['Events Doubled'],
  // What overtakes a reversal in Dojo's table of states has no effect of its own, so nobody sees
  // whether it was heeded.
  'late-event-wins': [],
  'unknown-event-refused': ['Handle Event'],

  'pages-skip-under-change': ['Pages under Change'],
  'page-limit-ignored': ['Pages under Change'],
  'tables-without-page': needing('SearchTables').concat('Search Orders at a Table'),
  'area-filter-ignored': ['Search Tables'],

  'create-party-twice-makes-two': ['Create Party'],
  // The contract does not say what becomes of a field that an update leaves out.
  'party-update-merges': [],
  'party-deleted-still-found': ['Delete Party'],
  'party-table-filter-ignored': ['Search Parties'],
  'completed-parties-in-default-search': ['Search Parties'],
  'create-reservation-twice-makes-two': ['Create Reservation'],
  'reservation-update-lost': ['Update Reservation', 'Bookings from the POS'],
  'reservation-deleted-still-found': ['Delete Reservation', 'Bookings from the POS'],
  'reservation-table-filter-ignored': ['Search Reservations'],
  'reservation-times-ignored': ['Search Reservations'],

  'unknown-order-is-500': [
    'Get Order that Does Not Exist',
    'Payment of an Order that Does Not Exist',
  ],
  'unknown-order-is-empty-200': [
    'Get Order that Does Not Exist',
    'Payment of an Order that Does Not Exist',
  ],
  'conflicts-are-400': CONFLICTS,
  'errors-are-200': [
    'Wrong Credentials',
    ...CONFLICTS,
    ...NOT_FOUND,
    'Payment in Another Currency',
    'Bookings from the POS',
  ],
  // Bookings reads only the status of a 404.
  'errors-as-html': [...CONFLICTS, ...NOT_FOUND, 'Payment in Another Currency'],
  'errors-without-type': [...CONFLICTS, ...NOT_FOUND, 'Payment in Another Currency'],
  // Dojo never sends invalid JSON, so no scenario does.
  'bad-json-is-500': [],
  'open-door': ['Wrong Credentials'],
  // Dojo reads nothing from the body of a 401.
  'unauthorized-without-body': [],
  'empty-password-accepted': ['Wrong Credentials'],
  'username-ignored': ['Wrong Credentials'],
  'longer-password-accepted': ['Wrong Credentials'],
  'unauthorized-is-403': ['Wrong Credentials'],

  'unlock-ignored': [
    'Delete Order Lock',
    'Pay at Table, Partial',
    'Pay at Table, Partial without Tip',
    'Pay at Table, Conflict and Reversal',
  ],
  'unlock-of-paid-order-refused': [
    ...LOCKED_TABLE,
    'Pay at Table, Conflict and Reversal',
    'Pay Only',
  ],
  'extend-refused': [
    'Extend Order Lock',
    'Pay at Table',
    'Pay at Table, Split',
    'Pay at Table, Split with Tips',
  ],
  'own-lock-refused': [...LOCKED_TABLE, 'Pay at Table, Conflict and Reversal', 'Pay Only'],
  'payment-needs-lock': [
    'Pay at Table without Locks',
    'Payment Sent Twice',
    'Payment Sent Many Times at Once',
    'Payments at Once',
    'Overpayment',
    'Payment of a Paid Order',
    'One Payment Intent, Another Amount',
    'One Payment Intent, Two Orders',
    ...REVERSALS,
  ],

  'tip-in-listed-amount': TIPPED,
  'payment-ids-cut': [...TABLE, 'Payment Sent Twice', 'Order and Pay', 'Pay Only'],
  'order-without-tips': TIPPED,
  'second-tip-lost': ['Pay at Table, Split with Tips'],
  'exact-balance-refused': [
    ...TABLE,
    'Pay at Table, Conflict and Reversal',
    'Payment of a Paid Order',
    ...REVERSALS,
    'Pay Only',
  ],
  'one-over-accepted': ['Pay at Table, Conflict and Reversal', 'Overpayment'],
  'second-payment-refused': SEVERAL_CARDS,
  'last-payment-only': SEVERAL_CARDS,
  // Its order comes with a tip.
  'tips-refused': [...TIPPED, 'Cancel Paid Order'],
  'stays-open-and-payable': PAID_IN_FULL,

  'reversed-stays-closed': REVERSALS,
  'reversal-takes-all': ['Late Reversal'],
  'reversal-subtracts-again': ['Events Doubled'],
  'events-refused': EVENTS,
  'created-event-refused': ['Events Shuffled'],
  'late-capture-restores': ['Events Shuffled'],

  'items-not-shown': ['Get Order', 'Order and Pay'],
  'search-without-new': [
    'Search Orders',
    'Search Orders at a Table',
    ...TABLE,
    'Pay at Table, Conflict and Reversal',
    'Pages under Change',
    'Pay Only',
  ],
  'search-lists-canceled': ['Search Orders'],
  'create-order-drops-payments': ['Order and Pay', 'Cancel Paid Order'],
  'cancel-forgotten': ['Search Orders', 'Cancel Order'],
  'cancel-refused': ['Search Orders', 'Cancel Order'],
  'canceled-stays-payable': ['Cancel Order'],
  'unknown-waiter-is-500': ['Search Orders of a Waiter'],
  'unknown-table-is-404': ['Search Orders at a Table'],
  'bill-is-404': ['Get Order Bill', 'Pay at Table'],
  'bill-owes-more': ['Get Order Bill'],

  'areas-share-an-id': ['List Areas'],
  'no-tables': [...needing('SearchTables'), 'Search Orders at a Table'],
  'reservation-covers-lost': ['Create Reservation', 'Update Reservation', 'Bookings from the POS'],
  'reservation-an-hour-late': ['Create Reservation', 'Update Reservation'],
  'party-status-lost': ['Update Party'],
  'party-covers-lost': ['Create Party', 'Update Party'],
  'party-forgets-reservation': ['Bookings from Dojo'],
  'delete-party-refused': ['Delete Party'],
  'delete-reservation-refused': [
    'Delete Reservation',
    'Bookings from Dojo',
    'Bookings from the POS',
  ],
  'completed-parties-never-listed': ['Search Parties'],
  'update-reservation-refused': [
    'Update Reservation',
    'Bookings from Dojo',
    'Bookings from the POS',
  ],
  'update-party-refused': ['Update Party', 'Search Parties', 'Bookings from Dojo'],
}

async function certificateOf(
  faults: EposFault[],
  options: Partial<CertifyOptions> = {},
): Promise<Certificate> {
  const epos = await startEpos({ faults })
  try {
    return await certify({
      url: epos.url,
      username: epos.username,
      password: epos.password,
      product: 'all',
      seed: 5,
      wait: ageLocks(epos),
      ...options,
    })
  } finally {
    await epos.close()
  }
}

const notPassed = ({ runs }: Certificate): string[] =>
  runs
    .filter(({ outcome }) => outcome !== 'passed')
    .map(({ scenario: { name } }) => name)
    .sort()

t.test('an EPOS without a fault passes everything', async (t) => {
  const certificate = await certificateOf([])
  t.same(notPassed(certificate), [])
  t.equal(certificate.verdict, 'passed')
  t.equal(certificate.runs.length, scenarios.length)
})

/**
 * What is played with a fault: the scenarios about it and others, of which each fault has another
 * part until all are played. Nobody waits three seconds for every answer.
 */
function playedWith(fault: EposFault, failing: readonly string[]): Partial<CertifyOptions> {
  if (fault === 'slow') return { only: failing }
  const part = atLength(4, 1)
  const turn = Object.keys(expected).indexOf(fault)
  const others = names(() => true).filter((_, index) => index % part === turn % part)
  return { only: [...failing, ...others] }
}

t.test('each fault fails the scenarios about it, and no others', { jobs: 8 }, async (t) => {
  const found = Object.values(expected).filter((failing) => failing.length > 0).length
  const planted = Object.keys(expected).length
  t.ok(found >= 100, `${found} of ${planted} faults are found; the others break no promise`)
  for (const [fault, failing] of Object.entries(expected) as Array<
    [EposFault, readonly string[]]
  >) {
    t.test(fault, async (t) => {
      const certificate = await certificateOf([fault], playedWith(fault, failing))
      t.same(notPassed(certificate), [...new Set(failing)].sort())
      const mandatory = certificate.runs.some(
        ({ outcome, scenario }) => outcome === 'failed' && scenario.mandatory,
      )
      t.equal(certificate.verdict, mandatory ? 'failed' : 'passed')
    })
  }
})

t.test('a scenario that cannot run is skipped and says what it needs', async (t) => {
  const epos = await startEpos({
    venue: {
      capabilities: [
        'SearchOrders',
        'GetOrderById',
        'RecordOrderPaymentById',
        'GetOrderBillById',
        'HandleEvent',
      ],
    },
  })
  t.teardown(async () => {
    await epos.close()
  })
  const bare = {
    url: epos.url,
    username: epos.username,
    password: epos.password,
    product: 'pay-at-table' as const,
    without: ['CreateOrderLock', 'ExtendOrderLock', 'DeleteOrderLock'] as const,
    seed: 5,
  }

  const none = await certify(bare)
  t.equal(none.verdict, 'incomplete', 'skipping is not passing')
  t.match(verdictSentence(none), /could not run/)
  t.match(adviceOn(none), [/^\d+ scenarios lacked an open order; name \d+ more with --order\.$/])
  for (const { outcome, reason } of none.runs.filter(({ outcome }) => outcome === 'skipped')) {
    t.match(reason, /--order ID|--without/, outcome)
  }
  t.ok(
    none.runs
      .filter(({ scenario }) => scenario.section === 'Order locking')
      .every(({ scenario, outcome }) => outcome === 'skipped' && !scenario.mandatory),
    'locking is optional',
  )
})

t.test('an EPOS without CreateOrder, which is what most are', async (t) => {
  const capabilities = [
    'SearchOrders',
    'GetOrderById',
    'RecordOrderPaymentById',
    'GetOrderBillById',
    'CreateOrderLock',
    'ExtendOrderLock',
    'DeleteOrderLock',
    'HandleEvent',
  ] as const
  const certificateWithOrders = async (
    count: number,
    options: Partial<CertifyOptions> = {},
    faults: EposFault[] = [],
  ): Promise<Certificate> => {
    const epos = await startEpos({ faults, venue: { capabilities } })
    t.teardown(epos.close)
    return await certify({
      url: epos.url,
      username: epos.username,
      password: epos.password,
      product: 'pay-at-table',
      wait: ageLocks(epos),
      orderIds: Array.from({ length: count }, () => epos.addOrder({ tableId: 'table-1' })),
      seed: 5,
      ...options,
    })
  }

  t.test('passes with six orders, and with two', async (t) => {
    for (const count of [6, 2]) {
      const certificate = await certificateWithOrders(count)
      t.same(notPassed(certificate), [], `${count} orders`)
      t.equal(certificate.verdict, 'passed')
    }
  })

  t.test('without locks they are skipped, and no obstacle', async (t) => {
    const certificate = await certificateWithOrders(6, {
      without: ['CreateOrderLock', 'ExtendOrderLock', 'DeleteOrderLock'],
    })
    t.equal(certificate.verdict, 'passed')
  })

  t.test('without HandleEvent no payment is given back, so each needs its order', async (t) => {
    const few = await certificateWithOrders(6, { without: ['HandleEvent'] })
    t.equal(few.verdict, 'incomplete')
    const many = await certificateWithOrders(30, { without: ['HandleEvent'] })
    t.same(
      new Set(
        many.runs
          .filter(({ outcome }) => outcome !== 'passed')
          .map(({ scenario: { name } }) => EVENTS.includes(name)),
      ),
      new Set([true]),
      'only what is about events',
    )
  })

  t.test('its faults are found all the same', async (t) => {
    for (const fault of [
      'pages-skip-under-change',
      'page-limit-ignored',
      'lock-never-expires',
    ] as const) {
      t.same(notPassed(await certificateWithOrders(6, {}, [fault])), expected[fault], fault)
    }
  })
})

t.test('a server that knows its Dojo account', async (t) => {
  const epos = await startEpos({ venue: { accountId: 'acc_the_venue' } })
  t.teardown(epos.close)
  const { url, username, password } = epos
  const address = { url, username, password, product: 'all' as const, wait: ageLocks(epos) }

  const madeUp = await certify({ ...address, seed: 1 })
  t.same(notPassed(madeUp), [
    'Events Doubled',
    'Events Shuffled',
    'Late Reversal',
    'Lost Reply and Reversal',
  ])
  t.match(adviceOn(madeUp), [/accepted events but ignored them.* --account-id\.$/])
  t.match(
    reportAsMarkdown(madeUp, (text) => text),
    /--account-id/,
  )

  const named = await certify({ ...address, seed: 2, accountId: 'acc_the_venue' })
  t.same(notPassed(named), [])
  t.same(adviceOn(named), [])

  // A named account is believed: then it is the server that is wrong.
  const wrong = await certify({
    ...address,
    seed: 3,
    accountId: 'acc_another',
    only: ['Late Reversal'],
  })
  t.same([wrong.verdict, adviceOn(wrong)], ['failed', []])
})

t.test('advice after a run', async (t) => {
  const certificate = await certificateOf(['reversal-twice-breaks'], { only: ['Events Doubled'] })
  t.same(notPassed(certificate), ['Events Doubled'])
  t.same(adviceOn(certificate), [], 'a refused event is not an ignored one')

  const gone = await certificateOf([], { only: ['Get Order', 'Overpayment'] })
  gone.runs[1]!.steps[0]!.exchanges[0]!.noAnswer = CONNECTION_REFUSED
  t.same(adviceOn(gone), [
    'The server stopped answering in the scenario Overpayment; ' +
      'the scenarios after it prove nothing.',
  ])
})

t.test('an unreachable server, and a rejected credential', async (t) => {
  const epos = await startEpos()
  await t.rejects(certify({ url: epos.url, username: 'a', password: 'b', product: 'all' }), {
    message: `The EPOS at ${epos.url} rejects this username and password.`,
  })
  await epos.close()
  await t.rejects(certify({ url: epos.url, username: 'a', password: 'b', product: 'all' }), {
    message: `No EPOS answers at ${epos.url}: connection refused; nothing listens there.`,
  })
})

t.test('the reports say what failed, and hide the credential', async (t) => {
  const password = 'a-password-that-nobody-may-read'
  const epos = await startEpos({ faults: ['payment-counted-twice'], password })
  t.teardown(async () => {
    await epos.close()
  })
  const certificate = await certify({
    url: epos.url,
    username: epos.username,
    password,
    product: 'pay-at-table',
    seed: 5,
    only: ['Payment Sent Twice', 'Get Order'],
  })
  const hide = createRedactor(epos.username, password)
  const json = JSON.parse(reportAsJson(certificate, hide)) as {
    verdict: string
    mandatoryFailed: number
    scenarios: Array<{
      name: string
      outcome: string
      expected: string
      seen: string
      steps: Array<{
        name: string
        status: string
        exchanges: Array<{
          path: string
          request: unknown
          status: number
          response: unknown
          milliseconds: number
        }>
      }>
    }>
  }
  t.match(json, { verdict: 'failed', mandatoryFailed: 1 })
  const failed = json.scenarios.find(({ name }) => name === 'Payment Sent Twice')!
  t.equal(failed.outcome, 'failed')
  t.match(failed.seen, /^Expected: .* Got: /)
  const sent = failed.steps
    .flatMap(({ exchanges }) => exchanges)
    .filter(({ path }) => path.endsWith('/record-payment'))
  t.equal(sent.length, 2)
  for (const exchange of sent) {
    t.match(exchange, {
      request: { paymentIntentId: String, paidAmount: { currencyCode: 'GBP' } },
      status: 200,
      response: { id: String },
      milliseconds: Number,
    })
  }

  const markdown = reportAsMarkdown(certificate, hide)
  t.match(markdown, /## Failed: Payment Sent Twice/)
  t.match(markdown, /each paymentIntentId counted once/, 'with what to mend')
  t.match(markdown, /## Not covered here/)
  for (const text of [markdown, JSON.stringify(json)]) {
    t.notOk(
      text.includes(password) ||
        text.includes(Buffer.from(`${epos.username}:${password}`).toString('base64')),
    )
  }
  t.equal(hide(`echo ${password}`), 'echo ***')
})

t.test('the same seed sends the same ids', async (t) => {
  const idsOf = async (): Promise<unknown[]> =>
    (await certificateOf([], { only: ['Create Order Twice', 'Payment Sent Twice'] })).runs.flatMap(
      ({ steps }) => steps.flatMap(({ exchanges }) => exchanges.map(({ sent }) => sent)),
    )
  t.same(await idsOf(), await idsOf())
})

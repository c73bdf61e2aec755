import t from 'tap'
import {
  compareDay,
  type AuditedDay,
  type DayRecords,
  type DifferenceKind,
  type Exemption,
  type RecordedPayment,
} from '../../../src/domain/payments/audit.ts'
import type { IntentFacts } from '../../../src/domain/payments/intent.ts'

const startMs = Date.parse('2026-11-20T00:00:00.000Z')
const endMs = Date.parse('2026-11-21T00:00:00.000Z')
const day: AuditedDay = { startMs, endMs, currency: 'GBP', settledMs: endMs + 5 * 3_600_000 }

/** 20.00 and a tip of 2.00, on Table 9. */
const payment = (more: Partial<RecordedPayment> = {}): RecordedPayment => ({
  paymentIntentId: 'pi_1',
  orderId: 'ord_1',
  orderName: 'Table 9',
  amountMinor: 2_000,
  tipsMinor: 200,
  refundedMinor: 0,
  refundedTipsMinor: 0,
  voided: false,
  waiterId: '1',
  waiterName: 'Becky',
  ...more,
})
const intent = (more: Partial<IntentFacts> = {}): IntentFacts => ({
  paymentIntentId: 'pi_1',
  status: 'Captured',
  atMs: startMs + 60_000,
  createdAtMs: startMs + 30_000,
  amountMinor: 2_000,
  tipsMinor: 200,
  currency: 'GBP',
  refundedMinor: 0,
  externalId: undefined,
  ...more,
})
const records = ({
  payments = [],
  intents = [],
  ...more
}: { payments?: RecordedPayment[]; intents?: IntentFacts[] } & Partial<
  Omit<DayRecords, 'payments' | 'intents'>
>): DayRecords => ({
  payments,
  intents: new Map(intents.map((each) => [each.paymentIntentId, each])),
  recorded: new Set(),
  deposits: new Set(),
  orderNames: new Map(),
  ...more,
})

t.test('a payment that was recorded in the day', async (t) => {
  const cases: {
    name: string
    here?: Partial<RecordedPayment>
    there?: Partial<IntentFacts> | null
    kind?: DifferenceKind
    sums: [hereMinor: number, thereMinor: number]
    toDo?: string
  }[] = [
    { name: 'the same', sums: [2_200, 2_200] },
    {
      name: 'made just before the day',
      there: { createdAtMs: startMs - 60_000, atMs: startMs - 1 },
      sums: [2_200, 2_200],
    },
    {
      name: 'made in another month',
      there: { createdAtMs: startMs - 40 * 86_400_000 },
      sums: [2_200, 2_200],
    },
    {
      name: 'given back in part on both sides',
      here: { refundedMinor: 500, refundedTipsMinor: 100 },
      there: { refundedMinor: 600 },
      sums: [1_600, 1_600],
    },
    {
      name: 'all of it given back, and still called Captured',
      here: { refundedMinor: 2_000, refundedTipsMinor: 200 },
      there: { refundedMinor: 2_200 },
      sums: [0, 0],
    },
    {
      name: 'void, and reversed',
      here: { voided: true },
      there: { status: 'Reversed' },
      sums: [0, 0],
    },
    {
      name: 'void, and refunded',
      here: { voided: true },
      there: { status: 'Refunded', refundedMinor: 2_200 },
      sums: [0, 0],
    },
    {
      name: 'void, and refunded without a word for it',
      here: { voided: true },
      there: { refundedMinor: 2_200 },
      sums: [0, 0],
    },
    {
      name: 'void, and canceled',
      here: { voided: true },
      there: { status: 'Canceled' },
      sums: [0, 0],
    },
    {
      name: 'void, and never charged',
      here: { voided: true },
      there: { status: 'Created' },
      sums: [0, 0],
    },
    { name: 'void, and unknown to Dojo', here: { voided: true }, there: null, sums: [0, 0] },
    {
      name: 'void, with other amounts',
      here: { voided: true },
      there: { status: 'Reversed', amountMinor: 1 },
      sums: [0, 0],
    },

    {
      name: 'unknown to Dojo',
      there: null,
      kind: 'missingThere',
      sums: [2_200, 0],
      toDo:
        'Dojo has no such payment: ' +
        'ask the person who took it how it was paid, ' +
        'and check that the API key belongs to the right Dojo account.',
    },
    {
      name: 'a penny less there',
      there: { amountMinor: 1_999 },
      kind: 'differentAmount',
      sums: [2_200, 2_199],
      toDo:
        'The card was charged 0.01 GBP less than is recorded: ' +
        'check the receipt, correct the bill.',
    },
    {
      name: 'more there',
      there: { amountMinor: 2_500 },
      kind: 'differentAmount',
      sums: [2_200, 2_700],
      toDo:
        'The card was charged 5.00 GBP more than is recorded: ' +
        'check the receipt, correct the bill.',
    },
    {
      name: 'another tip',
      there: { tipsMinor: 0 },
      kind: 'differentAmount',
      sums: [2_200, 2_000],
      toDo:
        'The card was charged 2.00 GBP less than is recorded: ' +
        'check the receipt, correct the bill.',
    },
    {
      name: 'a tip that is called goods',
      there: { amountMinor: 2_200, tipsMinor: 0 },
      kind: 'differentAmount',
      sums: [2_200, 2_200],
      toDo:
        'The total is the same, but the tip differs: ' + 'check the receipt, and correct the bill.',
    },
    {
      name: 'another currency',
      there: { currency: 'EUR' },
      kind: 'differentAmount',
      sums: [2_200, 0],
      toDo: 'The card was charged in EUR: check the receipt, and ask Dojo.',
    },
    {
      name: 'another amount, of which some was given back',
      there: { amountMinor: 2_500, refundedMinor: 500 },
      kind: 'differentAmount',
      sums: [2_200, 2_200],
      toDo:
        'The card was charged 5.00 GBP more than is recorded: ' +
        'check the receipt, correct the bill.',
    },
    {
      name: 'reversed there',
      there: { status: 'Reversed' },
      kind: 'differentState',
      sums: [2_200, 0],
      toDo: 'The money went back to the card, so the bill is not paid: have it paid again.',
    },
    {
      name: 'refunded there',
      there: { status: 'Refunded', refundedMinor: 2_200 },
      kind: 'differentState',
      sums: [2_200, 0],
      toDo: 'The money went back to the card, so the bill is not paid: have it paid again.',
    },
    {
      name: 'canceled there, with other amounts',
      there: { status: 'Canceled', amountMinor: 1 },
      kind: 'differentState',
      sums: [2_200, 0],
      toDo: 'The money went back to the card, so the bill is not paid: have it paid again.',
    },
    {
      name: 'never charged',
      there: { status: 'Created' },
      kind: 'differentState',
      sums: [2_200, 0],
      toDo: 'The card was never charged: have the bill paid again.',
    },
    {
      name: 'only reserved',
      there: { status: 'Authorized' },
      kind: 'differentState',
      sums: [2_200, 0],
      toDo: 'The money is only reserved on the card: capture it before Dojo releases it.',
    },
    {
      name: 'a word that is new',
      there: { status: 'Disputed' },
      kind: 'differentState',
      sums: [2_200, 0],
      toDo: 'Dojo shows it as Disputed, not Captured: ask Dojo whether the money was taken.',
    },
    {
      name: 'void, and Dojo has the money',
      here: { voided: true },
      kind: 'differentState',
      sums: [0, 2_200],
      toDo: 'It is void here, but Dojo still holds the money: refund it, or record it again.',
    },
    {
      name: 'void, and Dojo has some of the money',
      here: { voided: true },
      there: { refundedMinor: 2_199 },
      kind: 'differentState',
      sums: [0, 1],
      toDo: 'It is void here, but Dojo still holds the money: refund it, or record it again.',
    },
    {
      name: 'given back in part there',
      there: { refundedMinor: 600 },
      kind: 'refunded',
      sums: [2_200, 1_600],
      toDo: 'Dojo refunded 6.00 GBP more than is recorded here: record it on the bill.',
    },
    {
      name: 'given back in part here',
      here: { refundedMinor: 500, refundedTipsMinor: 100 },
      there: { refundedMinor: 500 },
      kind: 'refunded',
      sums: [1_600, 1_700],
      toDo: 'The bill shows 1.00 GBP more refunded than Dojo: refund it, or correct the bill.',
    },
  ]
  for (const {
    name,
    here,
    there = {},
    kind,
    sums: [hereMinor, thereMinor],
    toDo,
  } of cases) {
    const found = compareDay(
      records({ payments: [payment(here)], intents: there === null ? [] : [intent(there)] }),
      day,
    )
    const tally = { count: 1, hereMinor, thereMinor }
    t.same(kind === undefined ? found.matched : found.different[kind], tally, name)
    t.same(found.total, tally, `${name}: all of it`)
    t.same(
      found.differences.map((each) => ({
        kind: each.kind,
        orderName: each.orderName,
        hereMinor: each.hereMinor,
        thereMinor: each.thereMinor,
        toDo: each.toDo,
      })),
      kind === undefined ? [] : [{ kind, orderName: 'Table 9', hereMinor, thereMinor, toDo }],
      `${name}: told`,
    )
  }
})

t.test('an intent that no payment of the day is for', async (t) => {
  const captured = intent({ externalId: 'ord_7' })
  const missing = {
    kind: 'missingHere' as const,
    toDo:
      'No order has this payment: ' +
      'find out what it was for, then record it there or refund it.',
  }
  const cases: {
    name: string
    there?: Partial<IntentFacts>
    known?: Partial<Omit<DayRecords, 'payments' | 'intents'>>
    found: { kind: 'missingHere'; toDo: string; orderName?: string } | Exemption | undefined
    thereMinor?: number
  }[] = [
    { name: 'money without an order', found: missing },
    {
      name: 'money for an order that is known',
      known: { orderNames: new Map([['ord_7', 'Table 3']]) },
      found: {
        kind: 'missingHere',
        orderName: 'Table 3',
        toDo: 'It was taken for Table 3, which does not have it: record it there or refund it.',
      },
    },
    {
      name: 'money of which some was given back',
      there: { refundedMinor: 700 },
      found: missing,
      thereMinor: 1_500,
    },
    {
      name: 'money in another currency, which is no part of a sum',
      there: { currency: 'EUR' },
      found: missing,
      thereMinor: 0,
    },
    { name: 'in the first instant of the day', there: { createdAtMs: startMs }, found: missing },
    { name: 'in the last instant of the day', there: { createdAtMs: endMs - 1 }, found: missing },
    { name: 'before the day', there: { createdAtMs: startMs - 1 }, found: undefined },
    { name: 'after the day', there: { createdAtMs: endMs }, found: undefined },
    { name: 'never charged', there: { status: 'Created' }, found: undefined },
    { name: 'only reserved', there: { status: 'Authorized' }, found: undefined },
    { name: 'reversed', there: { status: 'Reversed' }, found: undefined },
    { name: 'given back whole', there: { refundedMinor: 2_200 }, found: undefined },
    { name: 'a deposit of a party', known: { deposits: new Set(['pi_1']) }, found: 'deposits' },
    { name: 'recorded in another day', known: { recorded: new Set(['pi_1']) }, found: 'otherDays' },
    { name: 'captured a moment ago', there: { atMs: day.settledMs + 1 }, found: 'underWay' },
    { name: 'captured just long enough ago', there: { atMs: day.settledMs }, found: missing },
    {
      name: 'captured and recorded a moment ago',
      there: { atMs: day.settledMs + 1 },
      known: { recorded: new Set(['pi_1']) },
      found: 'underWay',
    },
  ]
  for (const { name, there, known, found, thereMinor = 2_200 } of cases) {
    const comparison = compareDay(records({ intents: [{ ...captured, ...there }], ...known }), day)
    const none = { count: 0, hereMinor: 0, thereMinor: 0 }
    const one = { count: 1, hereMinor: 0, thereMinor }
    const isMissing = typeof found === 'object'
    t.same(comparison.different.missingHere, isMissing ? one : none, name)
    t.same(comparison.total, isMissing ? one : none, `${name}: all of the day`)
    t.same(
      comparison.exempt,
      {
        deposits: none,
        otherDays: none,
        underWay: none,
        ...(typeof found === 'string' ? { [found]: one } : {}),
      },
      `${name}: aside`,
    )
    t.same(
      comparison.differences.map(({ kind, orderName, toDo }) => ({
        kind,
        toDo,
        ...(orderName === undefined ? {} : { orderName }),
      })),
      isMissing ? [found] : [],
      `${name}: told`,
    )
  }
})

t.test(
  'an evening: kinds in their order, payments as they were recorded, intents as they were made',
  async (t) => {
    const comparison = compareDay(
      records({
        payments: [
          payment({ paymentIntentId: 'pi_a' }),
          payment({ paymentIntentId: 'pi_b', tipsMinor: 0 }),
          payment({ paymentIntentId: 'pi_c' }),
          payment({ paymentIntentId: 'pi_d' }),
          payment({ paymentIntentId: 'pi_e', voided: true }),
        ],
        intents: [
          intent({ paymentIntentId: 'pi_z', createdAtMs: startMs + 1 }),
          intent({ paymentIntentId: 'pi_y', createdAtMs: startMs + 2 }),
          intent({ paymentIntentId: 'pi_a', refundedMinor: 1 }),
          intent({ paymentIntentId: 'pi_b', tipsMinor: 100 }),
          intent({ paymentIntentId: 'pi_d' }),
          intent({ paymentIntentId: 'pi_e' }),
        ],
      }),
      day,
    )
    t.same(
      comparison.differences.map(({ kind, paymentIntentId }) => `${kind} ${paymentIntentId}`),
      [
        'missingHere pi_z',
        'missingHere pi_y',
        'missingThere pi_c',
        'differentAmount pi_b',
        'differentState pi_e',
        'refunded pi_a',
      ],
    )
    t.same(comparison.matched, { count: 1, hereMinor: 2_200, thereMinor: 2_200 })
    t.same(comparison.total, {
      count: 7,
      hereMinor: 3 * 2_200 + 2_000,
      thereMinor: 5 * 2_200 + 2_100 - 1,
    })
    const { here, there } = comparison.differences.at(-1)!
    t.same(here, { amountMinor: 2_000, tipsMinor: 200, refundedMinor: 0, voided: false })
    t.same(there, {
      amountMinor: 2_000,
      tipsMinor: 200,
      refundedMinor: 1,
      currency: 'GBP',
      status: 'Captured',
    })
  },
)

t.test('tips go to the waiter who took the payment', async (t) => {
  const tip = (
    waiterId: string | undefined,
    tipsMinor: number,
    more: Partial<RecordedPayment> = {},
  ): RecordedPayment =>
    payment({ waiterId, waiterName: waiterId === '1' ? 'Becky' : undefined, tipsMinor, ...more })
  const { tips } = compareDay(
    records({
      payments: [
        tip('1', 200),
        tip('2', 900),
        tip('1', 300, { refundedTipsMinor: 50 }),
        tip('2', 500, { voided: true }),
        tip('3', 0),
        tip(undefined, 100),
        tip('4', 70, { refundedTipsMinor: 70 }),
      ],
    }),
    day,
  )
  t.same(tips, [
    { waiterId: '2', waiterName: undefined, tipsMinor: 900 },
    { waiterId: '1', waiterName: 'Becky', tipsMinor: 450 },
    { waiterId: undefined, waiterName: undefined, tipsMinor: 100 },
    { waiterId: '4', waiterName: undefined, tipsMinor: 0 },
  ])
})

t.test('a sum that is not exact is refused', async (t) => {
  const half = Math.ceil(Number.MAX_SAFE_INTEGER / 2) + 1
  const payments = ['pi_1', 'pi_2'].map((paymentIntentId) =>
    payment({ paymentIntentId, amountMinor: half, tipsMinor: 0 }),
  )
  t.throws(() => compareDay(records({ payments }), day), {
    type: 'InvalidRequest',
    message: /^The sum of the payments is larger than 9007199254740991/,
  })
})

// The audit of a day counts nothing twice and forgets nothing, whatever the two sides have.
import fc from 'fast-check'
import t from 'tap'
import {
  compareDay,
  differenceKinds,
  exemptions,
  type AuditedDay,
  type DayRecords,
  type RecordedPayment,
  type Tally,
} from '../../src/domain/payments/audit.ts'
import type { IntentFacts } from '../../src/domain/payments/intent.ts'

const day: AuditedDay = { startMs: 1_000, endMs: 2_000, currency: 'GBP', settledMs: 2_500 }

const upTo = (most: number): fc.Arbitrary<number> => fc.nat({ max: most })
const payment = fc.record({
  amountMinor: upTo(3),
  tipsMinor: upTo(2),
  voided: fc.boolean(),
  waiterId: fc.constantFrom('1', '2', undefined),
  backMinor: upTo(3),
  backTipsMinor: upTo(2),
})
const intent = fc.record({
  status: fc.constantFrom(
    'Captured',
    'Captured',
    'Captured',
    'Created',
    'Authorized',
    'Reversed',
    'Refunded',
    'Canceled',
    'Disputed',
  ),
  amountMinor: upTo(3),
  tipsMinor: upTo(2),
  refundedMinor: upTo(6),
  currency: fc.constantFrom('GBP', 'GBP', 'GBP', 'EUR'),
  createdAtMs: fc.constantFrom(500, 1_000, 1_500, 1_999, 2_000),
  atMs: fc.constantFrom(1_500, 2_500, 2_501),
  isRecorded: fc.boolean(),
  isDeposit: fc.boolean(),
})
/** What both sides know of one id. */
const affair = fc.record({
  payment: fc.option(payment, { nil: undefined }),
  intent: fc.option(intent, { nil: undefined }),
})

function recordsOf(
  affairs: readonly (typeof affair extends fc.Arbitrary<infer Affair> ? Affair : never)[],
): DayRecords {
  const payments: RecordedPayment[] = []
  const intents = new Map<string, IntentFacts>()
  const [recorded, deposits] = [new Set<string>(), new Set<string>()]
  for (const [index, each] of affairs.entries()) {
    const paymentIntentId = `pi_${index}`
    if (each.payment !== undefined) {
      const { backMinor, backTipsMinor, ...rest } = each.payment
      payments.push({
        paymentIntentId,
        orderId: `ord_${index}`,
        orderName: 'Table',
        waiterName: undefined,
        ...rest,
        refundedMinor: Math.min(backMinor, rest.amountMinor),
        refundedTipsMinor: Math.min(backTipsMinor, rest.tipsMinor),
      })
    }
    if (each.intent !== undefined) {
      const { isRecorded, isDeposit, ...rest } = each.intent
      intents.set(paymentIntentId, { paymentIntentId, externalId: undefined, ...rest })
      if (isRecorded) recorded.add(paymentIntentId)
      if (isDeposit) deposits.add(paymentIntentId)
    }
  }
  return { payments, intents, recorded, deposits, orderNames: new Map() }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0)
const add = (tallies: readonly Tally[]): Tally => ({
  count: sum(tallies.map(({ count }) => count)),
  hereMinor: sum(tallies.map(({ hereMinor }) => hereMinor)),
  thereMinor: sum(tallies.map(({ thereMinor }) => thereMinor)),
})

const heldThere = ({
  status,
  currency,
  amountMinor,
  tipsMinor,
  refundedMinor,
}: IntentFacts): number =>
  status === 'Captured' && currency === 'GBP'
    ? Math.max(0, amountMinor + tipsMinor - refundedMinor)
    : 0

t.test(
  'each payment and each captured intent is in one category, and the sums add up',
  async (t) => {
    const seen = new Set<string>()
    fc.assert(
      fc.property(fc.array(affair, { maxLength: 12 }), (affairs) => {
        const records = recordsOf(affairs)
        const { matched, different, total, exempt, differences, tips } = compareDay(records, day)
        for (const kind of differenceKinds) if (different[kind].count > 0) seen.add(kind)
        for (const name of exemptions) if (exempt[name].count > 0) seen.add(name)
        if (matched.count > 0) seen.add('matched')

        const ids = new Set(records.payments.map(({ paymentIntentId }) => paymentIntentId))
        const others = [...records.intents.values()].filter(
          ({ paymentIntentId, status, amountMinor, tipsMinor, refundedMinor, createdAtMs }) =>
            !ids.has(paymentIntentId) &&
            status === 'Captured' &&
            refundedMinor < amountMinor + tipsMinor &&
            createdAtMs >= 1_000 &&
            createdAtMs < 2_000,
        )
        const theirs = records.payments.flatMap(
          ({ paymentIntentId }) => records.intents.get(paymentIntentId) ?? [],
        )
        const standing = records.payments.filter(({ voided }) => !voided)
        const all = add([matched, ...Object.values(different), ...Object.values(exempt)])

        return (
          fc.stringify(add([matched, ...Object.values(different)])) === fc.stringify(total) &&
          all.count === records.payments.length + others.length &&
          all.hereMinor ===
            sum(
              standing.map(
                ({ amountMinor, tipsMinor, refundedMinor, refundedTipsMinor }) =>
                  amountMinor + tipsMinor - refundedMinor - refundedTipsMinor,
              ),
            ) &&
          all.thereMinor === sum([...theirs, ...others].map(heldThere)) &&
          differences.length === add(Object.values(different)).count &&
          new Set(differences.map(({ paymentIntentId }) => paymentIntentId)).size ===
            differences.length &&
          sum(tips.map(({ tipsMinor }) => tipsMinor)) ===
            sum(
              standing.map(({ tipsMinor, refundedTipsMinor }) => tipsMinor - refundedTipsMinor),
            ) &&
          // What agrees holds the same money on both sides, payment by payment, so in sum as well.
          matched.hereMinor === matched.thereMinor
        )
      }),
      { numRuns: 2_000 },
    )
    t.same(
      [...seen].sort(),
      ['matched', ...differenceKinds, ...exemptions].sort(),
      'every category was met',
    )
  },
)

t.test('what Dojo copies exactly agrees', async () => {
  fc.assert(
    fc.property(fc.array(payment, { maxLength: 12 }), (payments) => {
      const records = recordsOf(payments.map((each) => ({ payment: each, intent: undefined })))
      const intents = new Map(
        records.payments.map(
          ({
            paymentIntentId,
            amountMinor,
            tipsMinor,
            refundedMinor,
            refundedTipsMinor,
            voided,
          }): [string, IntentFacts] => [
            paymentIntentId,
            {
              paymentIntentId,
              status: voided ? 'Reversed' : 'Captured',
              atMs: 1_500,
              createdAtMs: 1_500,
              amountMinor,
              tipsMinor,
              currency: 'GBP',
              refundedMinor: refundedMinor + refundedTipsMinor,
              externalId: undefined,
            },
          ],
        ),
      )
      const { matched, differences } = compareDay({ ...records, intents }, day)
      return differences.length === 0 && matched.count === payments.length
    }),
  )
})

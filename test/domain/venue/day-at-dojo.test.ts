// What Dojo has of a day's takings: what counts, what does not yet, and what is void.
import t from 'tap'
import { atDojo, type MovedAtDojo } from '../../../src/domain/venue/day-at-dojo.ts'

/** A payment of 10.00 with a tip of 1.00, recorded in the day and shown by Dojo. */
const moved = (more: Partial<MovedAtDojo> = {}): MovedAtDojo => ({
  status: 'Captured',
  isChecking: false,
  payments: 1,
  amountMinor: 1000,
  tipsMinor: 100,
  earlierMinor: 0,
  earlierTipsMinor: 0,
  recordedMinor: 1000,
  recordedTipsMinor: 100,
  shownMinor: 1000,
  shownTipsMinor: 100,
  goneBackMinor: 0,
  ...more,
})
const nothingHere = { payments: 0, amountMinor: 0, tipsMinor: 0 }
const ofYesterday = { earlierMinor: 1000, earlierTipsMinor: 100 }

t.test('what counts as being at Dojo', async (t) => {
  for (const [name, rows, [takings, tips], [payments, unconfirmed], difference] of [
    ['a day without cards', [], [0, 0], [0, 0], 0],
    ['verified', [moved()], [1000, 100], [0, 0], 0],
    ['reserved until it is captured', [moved({ status: 'Authorized' })], [1000, 100], [0, 0], 0],
    ['nothing reported yet', [moved({ status: undefined })], [0, 0], [1, 1100], 1100],
    ['not paid yet, as far as Dojo said', [moved({ status: 'Created' })], [0, 0], [1, 1100], 1100],
    ['reported as paid, and a check waits', [moved({ isChecking: true })], [0, 0], [1, 1100], 1100],
    ['Dojo shows more', [moved({ shownMinor: 1200 })], [1200, 100], [0, 0], -200],
    ['Dojo shows another tip', [moved({ shownTipsMinor: 0 })], [1000, 0], [0, 0], 100],
    ['a part went back', [moved({ amountMinor: 700, goneBackMinor: 300 })], [700, 100], [0, 0], 0],
    [
      'more went back than the amount, the rest of it from the tip',
      [moved({ amountMinor: 0, tipsMinor: 40, goneBackMinor: 1060 })],
      [0, 40],
      [0, 0],
      0,
    ],
    [
      'Dojo has shown no amount yet, and a part went back',
      [moved({ shownMinor: undefined, shownTipsMinor: undefined, goneBackMinor: 300 })],
      [700, 100],
      [0, 0],
      300,
    ],
    ['void, and reversed', [moved({ ...nothingHere, status: 'Reversed' })], [0, 0], [0, 0], 0],
    ['void here, and Dojo has it', [moved(nothingHere)], [1000, 100], [0, 0], -1100],
    [
      'void before Dojo said anything',
      [moved({ ...nothingHere, status: undefined })],
      [0, 0],
      [0, 0],
      0,
    ],
    ['on the bill, and gone back', [moved({ status: 'Refunded' })], [0, 0], [0, 0], 1100],
    [
      'taken the day before, a part refunded today',
      [moved({ ...ofYesterday, amountMinor: -300, tipsMinor: 0, goneBackMinor: 300 })],
      [-300, 0],
      [0, 0],
      0,
    ],
    [
      'taken the day before, reversed and void today',
      [moved({ ...ofYesterday, status: 'Reversed', amountMinor: -1000, tipsMinor: -100 })],
      [-1000, -100],
      [0, 0],
      0,
    ],
    [
      'several at once',
      [
        moved(),
        moved({ status: undefined, payments: 2 }),
        moved({ status: 'Reversed', ...nothingHere }),
      ],
      [1000, 100],
      [2, 1100],
      1100,
    ],
  ] as const) {
    t.strictSame(
      atDojo(rows),
      {
        takingsMinor: takings,
        tipsMinor: tips,
        unconfirmed: { payments, amountMinor: unconfirmed },
        differenceMinor: difference,
      },
      name,
    )
  }
})

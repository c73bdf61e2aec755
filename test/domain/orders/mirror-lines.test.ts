// Lines of a till's bill as rows: whatever the quantities, their amounts are the till's.
import fc from 'fast-check'
import t from 'tap'
import { mirroredLines, type MirroredLine } from '../../../src/domain/orders/mirror-lines.ts'
import { pricedAmounts } from '../../../src/domain/orders/priced-lines.ts'
import { assertRuns } from '../../support/random-runs.ts'

const AT = '2026-03-01T19:00:00.000Z'
const rowsOf = (...lines: MirroredLine[]) => mirroredLines({ orderId: 'o', lines: [] }, lines, AT)

t.test('a quantity that Dojo cannot show is in the name', async (t) => {
  const cases: [MirroredLine, [name: string, quantity: number, unitAmountMinor: number][]][] = [
    [{ name: 'Tea', amountMinor: 250 }, [['Tea', 1, 250]]],
    [{ name: 'Tea', quantity: 3, amountMinor: 750 }, [['Tea', 3, 250]]],
    [{ name: 'Tea', quantity: 3, amountMinor: 700 }, [['3 × Tea', 1, 700]]],
    [{ name: 'Ham', quantity: 0.1234567, amountMinor: 99 }, [['0.123 × Ham', 1, 99]]],
    [{ name: 'Free', quantity: 2, amountMinor: 0 }, [['Free', 2, 0]]],
    [
      {
        name: 'Burger',
        quantity: 2,
        amountMinor: 2_000,
        modifiers: [
          { name: 'Cheese', quantity: 2, amountMinor: 200 },
          { name: 'No bun', amountMinor: -100 },
        ],
        subItems: [
          { name: 'Chips', amountMinor: 0, modifiers: [{ name: 'Salt', amountMinor: 0 }] },
        ],
      },
      [
        ['Burger', 2, 1_000],
        ['Cheese', 2, 50],
        ['No bun', 1, -50],
        ['Chips', 1, 0],
        ['Salt', 1, 0],
      ],
    ],
    [
      {
        name: 'Burger',
        quantity: 2,
        amountMinor: 2_000,
        modifiers: [{ name: 'Cheese', quantity: 1, amountMinor: 75 }],
      },
      [
        ['2 × Burger', 1, 2_000],
        ['2 × Cheese', 1, 75],
      ],
    ],
  ]
  for (const [line, wanted] of cases) {
    const found = rowsOf(line).map((row) => [row.name, row.quantity, row.unitAmountMinor])
    t.strictSame(found, wanted)
  }
  t.throws(
    () => rowsOf({ id: '1', name: 'A', amountMinor: 1 }, { name: 'B', id: '1', amountMinor: 1 }),
    /two of them have the id 1/,
  )
})

const part = {
  name: fc.constantFrom('Tea', 'Cake'),
  quantity: fc.option(fc.oneof(fc.integer({ min: 1, max: 9 }), fc.constantFrom(0.001, 0.35, 1.5)), {
    nil: undefined,
  }),
  amountMinor: fc.integer({ min: 200, max: 10_000 }),
}
/** Two of them take off no more than their line comes to. */
const modifiers = fc.array(
  fc.record({ ...part, amountMinor: fc.integer({ min: -100, max: 10_000 }) }),
  { maxLength: 2 },
)
const line: fc.Arbitrary<MirroredLine> = fc.record({
  ...part,
  modifiers,
  subItems: fc.array(fc.record({ ...part, modifiers }), { maxLength: 2 }),
})

const sumOf = ({ amountMinor, modifiers = [], subItems = [] }: MirroredLine): number =>
  [...modifiers, ...subItems].reduce((sum, each) => sum + sumOf(each), amountMinor)

t.test('the amounts are the ones of the till, to the penny', async (t) => {
  await assertRuns(
    t,
    fc.asyncProperty(fc.array(line, { maxLength: 5 }), async (lines) => {
      const rows = rowsOf(...lines)
      const found = [...pricedAmounts({ lines: rows }).values()].reduce((a, b) => a + b, 0)
      const wanted = lines.reduce((sum, each) => sum + sumOf(each), 0)
      if (found !== wanted) throw new Error(`${found} instead of ${wanted}`)
    }),
    { runs: 1_000 },
  )
  t.pass('all of them')
})

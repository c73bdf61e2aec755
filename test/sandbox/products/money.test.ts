import fc from 'fast-check'
import t from 'tap'
import { splitEvenly } from '../../../src/sandbox/products/money.ts'

t.test('familiar amounts', async (t) => {
  for (const [amount, parts, expected] of [
    [1000, 1, [1000]],
    [1000, 4, [250, 250, 250, 250]],
    [1000, 3, [333, 333, 334]],
    [2, 3, [0, 1, 1]],
    [0, 2, [0, 0]],
  ] as const) {
    t.same(
      splitEvenly(amount, parts).sort((a, b) => a - b),
      expected,
      `${amount} in ${parts}`,
    )
  }
})

t.test('parts add up exactly, differ by one at most, and are whole and not negative', async (t) => {
  let uneven = 0
  // Beyond what any bill comes to, and so that amount times parts is still a whole number that can
  // be told from its neighbours.
  const amounts = fc.oneof(
    fc.nat({ max: 500 }),
    fc.nat(),
    fc.maxSafeNat().map((amount) => amount % 1_000_000_000_000),
  )
  fc.assert(
    fc.property(amounts, fc.integer({ min: 1, max: 1000 }), (amount, parts) => {
      const split = splitEvenly(amount, parts)
      const [least, most] = [Math.min(...split), Math.max(...split)]
      if (most > least) uneven++
      return (
        split.length === parts &&
        split.every(Number.isSafeInteger) &&
        least >= 0 &&
        most - least <= 1 &&
        split.reduce((sum, part) => sum + part, 0) === amount
      )
    }),
    { numRuns: 2_000 },
  )
  t.ok(uneven > 100, 'amounts that do not divide were met')
})

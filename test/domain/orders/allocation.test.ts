import t from 'tap'
import {
  allocate,
  includedTax,
  inProportion,
  percentOf,
} from '../../../src/domain/orders/allocation.ts'

t.test('an amount allocated by the largest remainder', async (t) => {
  const most = Number.MAX_SAFE_INTEGER
  const cases: { name: string; total: number; weights: number[]; parts: number[] }[] = [
    { name: 'evenly', total: 900, weights: [1, 1, 1], parts: [300, 300, 300] },
    {
      name: 'a penny left goes to the first of equals',
      total: 100,
      weights: [1, 1, 1],
      parts: [34, 33, 33],
    },
    { name: 'two pennies left', total: 101, weights: [1, 1, 1], parts: [34, 34, 33] },
    // 10 * 3/7 = 4.29, 10 * 4/7 = 5.71: the penny goes to the larger remainder.
    { name: 'to the larger remainder', total: 10, weights: [3, 4], parts: [4, 6] },
    // 100 * 1/6 = 16.67, 100 * 2/6 = 33.33, 100 * 3/6 = 50
    { name: 'in proportion', total: 100, weights: [1, 2, 3], parts: [17, 33, 50] },
    { name: 'nothing to a weight of nothing', total: 5, weights: [0, 1, 0], parts: [0, 5, 0] },
    { name: 'evenly without any weight', total: 5, weights: [0, 0], parts: [3, 2] },
    { name: 'nothing', total: 0, weights: [7, 3], parts: [0, 0] },
    { name: 'all to one', total: 99, weights: [3], parts: [99] },
    // 9007199254740991 is odd.
    {
      name: 'beyond what a product of numbers can hold',
      total: most,
      weights: [most, most],
      parts: [4503599627370496, 4503599627370495],
    },
  ]
  for (const { name, total, weights, parts } of cases) t.same(allocate(total, weights), parts, name)
  t.throws(() => allocate(1, []), { name: 'RangeError' })
})

t.test('percentages and taxes, half a penny rounded up', async (t) => {
  const cases: { name: string; found: number; expected: number }[] = [
    { name: '12.5 % of 10.00', found: percentOf(1_000, 1_250), expected: 125 },
    { name: '12.5 % of 0.04 is half a penny', found: percentOf(4, 1_250), expected: 1 },
    { name: '12.5 % of 0.03 is less', found: percentOf(3, 1_250), expected: 0 },
    { name: '33.33 % of 1.00', found: percentOf(100, 3_333), expected: 33 },
    { name: '100 %', found: percentOf(777, 10_000), expected: 777 },
    { name: '0 %', found: percentOf(777, 0), expected: 0 },
    // 12.00 is 10.00 and 20 % of it.
    { name: '20 % contained in 12.00', found: includedTax(1_200, 2_000), expected: 200 },
    // 9.99 * 20 / 120 = 1.665
    { name: '20 % contained in 9.99', found: includedTax(999, 2_000), expected: 167 },
    // 0.03 * 20 / 120 = half a penny
    { name: '20 % contained in 0.03', found: includedTax(3, 2_000), expected: 1 },
    // 9.99 * 5 / 105 = 0.4757
    { name: '5 % contained in 9.99', found: includedTax(999, 500), expected: 48 },
    { name: '0 % contained in 9.99', found: includedTax(999, 0), expected: 0 },
    { name: 'two of three', found: inProportion(100, 2, 3), expected: 67 },
    { name: 'one of two of a penny', found: inProportion(1, 1, 2), expected: 1 },
    { name: 'all', found: inProportion(101, 3, 3), expected: 101 },
    { name: 'none', found: inProportion(101, 0, 3), expected: 0 },
    { name: 'of nothing ordered, all', found: inProportion(101, 0, 0), expected: 101 },
    // 20 % of 90071992547409.91 is 18014398509481.982
    {
      name: 'the largest amount',
      found: percentOf(Number.MAX_SAFE_INTEGER, 2_000),
      expected: 1_801_439_850_948_198,
    },
  ]
  for (const { name, found, expected } of cases) t.equal(found, expected, name)
})

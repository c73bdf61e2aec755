// Parts of a sum that are whole numbers and add up to it, to the penny.

/**
 * Divides an amount in proportion to weights by the largest remainder: each part is its share
 * rounded down, and the pennies that are left go to those whose shares lost most by that, the first
 * of equals first. Without any weight all count the same.
 * @param totalMinor not negative
 * @param weights at least one, whole and not negative
 * @returns a part for each weight; they sum to `totalMinor`
 */
export function allocate(totalMinor: number, weights: readonly number[]): number[] {
  if (weights.length === 0) throw new RangeError('There is nothing to allocate to.')
  const all = weights.reduce((sum, weight) => sum + weight, 0)
  if (all === 0) {
    return allocate(
      totalMinor,
      weights.map(() => 1),
    )
  }
  const shares =
    totalMinor * all <= Number.MAX_SAFE_INTEGER
      ? sharesOf(totalMinor, weights, all)
      : exactSharesOf(BigInt(totalMinor), weights.map(BigInt))
  const left = totalMinor - shares.reduce((sum, { part }) => sum + part, 0)
  const parts = shares.map(({ part }) => part)
  if (left === 0) return parts
  const byRemainder = shares
    .map(({ remainder }, index) => ({ index, remainder }))
    .sort((a, b) =>
      a.remainder === b.remainder ? a.index - b.index : a.remainder < b.remainder ? 1 : -1,
    )
  for (const { index } of byRemainder.slice(0, left)) parts[index]!++
  return parts
}

interface Share {
  part: number
  remainder: number | bigint
}

function sharesOf(total: number, weights: readonly number[], all: number): Share[] {
  return weights.map((weight) => {
    const remainder = (total * weight) % all
    return { part: (total * weight - remainder) / all, remainder }
  })
}

/** For sums whose products a number cannot hold. */
function exactSharesOf(total: bigint, weights: readonly bigint[]): Share[] {
  const all = weights.reduce((sum, weight) => sum + weight, 0n)
  return weights.map((weight) => ({
    part: Number((total * weight) / all),
    remainder: (total * weight) % all,
  }))
}

const WHOLE = 10_000 // hundredths of a percent

/**
 * A percentage of an amount, half a penny rounded up.
 * @param hundredths of a percent: 1250 is 12.5 %
 */
export const percentOf = (minor: number, hundredths: number): number =>
  rounded(minor, hundredths, WHOLE)

/**
 * The tax that is contained in an amount, half a penny rounded up.
 * @param hundredths of a percent: 2000 is 20 %
 */
export const includedTax = (minor: number, hundredths: number): number =>
  rounded(minor, hundredths, WHOLE + hundredths)

/** `minor * times / by`, half a penny rounded up. */
function rounded(minor: number, times: number, by: number): number {
  const product = 2 * minor * times + by
  if (product <= Number.MAX_SAFE_INTEGER) return Math.floor(product / (2 * by))
  return Number((2n * BigInt(minor) * BigInt(times) + BigInt(by)) / (2n * BigInt(by)))
}

/**
 * What is left of an amount that was given for a whole of which only a part is there, half a penny
 * rounded up.
 */
export const inProportion = (minor: number, part: number, whole: number): number =>
  part === whole || whole === 0 ? minor : rounded(minor, part, whole)

// Parts of a sum that are whole numbers and add up to it, to the penny.

/**
 * Divides an amount in proportion to weights by the largest remainder: each part is its share rounded down, and the pennies
 * that are left go to those whose shares lost most by that, the first of equals first. Without any weight all count the same.
 * @param totalMinor not negative
 * @param weights at least one, whole and not negative
 * @returns a part for each weight; they sum to `totalMinor`
 */
export function allocate (totalMinor: number, weights: readonly number[]): number[] {
  if (weights.length === 0) throw new RangeError('There is nothing to allocate to.')
  const total = BigInt(totalMinor)
  const given = weights.map(BigInt)
  const sumGiven = given.reduce((sum, weight) => sum + weight, 0n)
  const shares = sumGiven === 0n ? given.map(() => 1n) : given
  const sum = sumGiven === 0n ? BigInt(weights.length) : sumGiven
  const parts = shares.map((weight) => Number(total * weight / sum))
  let left = totalMinor - parts.reduce((sum, part) => sum + part, 0)
  if (left === 0) return parts
  const remainders = shares.map((weight, index) => ({ index, remainder: total * weight % sum }))
  remainders.sort((a, b) => a.remainder === b.remainder ? a.index - b.index : a.remainder < b.remainder ? 1 : -1)
  for (const { index } of remainders) {
    if (left-- === 0) break
    parts[index]!++
  }
  return parts
}

const WHOLE = 10_000n // hundredths of a percent

/** A percentage of an amount, half a penny rounded up. @param hundredths of a percent: 1250 is 12.5 % */
export const percentOf = (minor: number, hundredths: number): number => rounded(BigInt(minor) * BigInt(hundredths), WHOLE)

/** The tax that is contained in an amount, half a penny rounded up. @param hundredths of a percent: 2000 is 20 % */
export const includedTax = (minor: number, hundredths: number): number => rounded(BigInt(minor) * BigInt(hundredths), WHOLE + BigInt(hundredths))

const rounded = (numerator: bigint, denominator: bigint): number => Number((2n * numerator + denominator) / (2n * denominator))

/** What is left of an amount that was given for a whole of which only a part is there, half a penny rounded up. */
export const inProportion = (minor: number, part: number, whole: number): number => part === whole || whole === 0 ? minor : rounded(BigInt(minor) * BigInt(part), BigInt(whole))

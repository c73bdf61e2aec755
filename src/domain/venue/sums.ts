// Rows that are summed under a key.

/**
 * Adds amounts to the row of a key, or takes them off. The latest label of a row is the one shown.
 */
export function addTo<Row extends object>(
  rows: Map<string, Row>,
  { key, label }: { key: string; label: object },
  amounts: Record<string, number>,
  sign: 1 | -1,
): void {
  const zeros = Object.fromEntries(Object.keys(amounts).map((name) => [name, 0]))
  const row = { ...(rows.get(key) ?? (zeros as Row)), ...label }
  plus(row, amounts, sign)
  rows.set(key, row)
}

export function plus(into: object, amounts: object, sign: 1 | -1): void {
  const sums = into as Record<string, number>
  for (const [name, amount] of Object.entries(amounts) as [string, number][]) {
    sums[name]! += sign * amount
  }
}

/**
 * The rows in descending order, without those that come to nothing in every respect: an order that
 * was booked again unchanged leaves such rows.
 */
export function shown<Row extends object>(
  rows: ReadonlyMap<string, Row>,
  rank: (row: Row) => number,
): Row[] {
  return [...rows]
    .filter(([, row]) => isSomething(row))
    .sort(([keyA, a], [keyB, b]) => rank(b) - rank(a) || (keyA < keyB ? -1 : 1))
    .map(([, row]) => row)
}

const isSomething = (row: object): boolean =>
  Object.entries(row).some(
    ([name, value]) => typeof value === 'number' && value !== 0 && name !== 'percentageHundredths',
  )

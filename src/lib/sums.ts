/** The sum of one of the rows' numbers. */
export function sumOf<Name extends string>(
  rows: readonly { [Key in Name]: number }[],
  name: Name,
): number {
  return rows.reduce((sum, row) => sum + row[name], 0)
}

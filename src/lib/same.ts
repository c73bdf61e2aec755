/** The object without its undefined fields. */
export function defined<T extends object>(
  fields: T,
): { [Key in keyof T]?: Exclude<T[Key], undefined> } {
  const kept: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(fields)) if (value !== undefined) kept[name] = value
  return kept as never
}

/** Deep equality; an undefined field equals a missing one. */
export function same(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  const [left, right] = [defined(a), defined(b)] as Record<string, unknown>[]
  const names = Object.keys(left!)
  return (
    names.length === Object.keys(right!).length &&
    names.every((name) => same(left![name], right![name]))
  )
}

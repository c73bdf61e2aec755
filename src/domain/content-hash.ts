import { hash } from 'node:crypto'

/** SHA-256 over the content of a request; the order of its fields makes no difference. */
export function contentHash(content: unknown): Buffer {
  return hash('sha256', JSON.stringify(createSequencer()(content)) ?? 'null', 'buffer')
}

/** Copies a value with the fields in one sequence: less work than a text put together here. */
function createSequencer(): (value: unknown) => unknown {
  // The lines of an order have the same fields, one after the other: they are sorted once.
  let names: string[] = []
  let sorted: string[] = []
  const sortedNames = (fields: object): string[] => {
    const own = Object.keys(fields)
    if (own.length !== names.length || own.some((name, index) => name !== names[index])) {
      names = own
      sorted = own.toSorted()
    }
    return sorted
  }
  const inSequence = (value: unknown): unknown => {
    if (value === null || typeof value !== 'object') return value
    if (Array.isArray(value)) return value.map(inSequence)
    const copy: Record<string, unknown> = {}
    for (const name of sortedNames(value)) {
      const field = inSequence((value as Record<string, unknown>)[name])
      // Assigned, it would be no field.
      if (name !== '__proto__') copy[name] = field
      else Object.defineProperty(copy, name, { value: field, enumerable: true })
    }
    return copy
  }
  return inSequence
}

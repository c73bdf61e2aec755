import { hash } from 'node:crypto'

/** SHA-256 over the content of a request; the order of its fields makes no difference. */
export function contentHash(content: unknown): Buffer {
  return hash('sha256', JSON.stringify(createSequencer()(content)) ?? 'null', 'buffer')
}

/** Copies a value with the fields in one sequence: less work than a text put together here. */
function createSequencer(): (value: unknown) => unknown {
  // Orders alternate with their lines, and those of one depth have the same fields: they are sorted
  // once.
  const shapes: Shape[] = []
  const sortedNames = (fields: object, depth: number): readonly string[] => {
    const names = Object.keys(fields)
    const known = shapes[depth]
    if (known !== undefined && areSame(names, known.names)) return known.sorted
    const sorted = names.toSorted()
    shapes[depth] = { names, sorted }
    return sorted
  }
  const inSequence = (value: unknown, depth: number): unknown => {
    if (value === null || typeof value !== 'object') return value
    if (Array.isArray(value)) return value.map((item) => inSequence(item, depth + 1))
    const copy: Record<string, unknown> = {}
    for (const name of sortedNames(value, depth)) {
      const field = inSequence((value as Record<string, unknown>)[name], depth + 1)
      // Assigned, it would be no field.
      if (name !== '__proto__') copy[name] = field
      else Object.defineProperty(copy, name, { value: field, enumerable: true })
    }
    return copy
  }
  return (value) => inSequence(value, 0)
}

/** The names of the fields of an object as they came, and sorted. */
interface Shape {
  names: readonly string[]
  sorted: readonly string[]
}

function areSame(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every((name, index) => name === others[index])
}

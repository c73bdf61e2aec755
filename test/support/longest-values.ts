// The longest values that the shapes of the till API allow, and which fields a value fills.

export interface Shape {
  type?: string
  anyOf?: Shape[]
  enum?: string[]
  format?: string
  pattern?: string
  maxLength?: number
  maximum?: number
  properties?: Record<string, Shape>
  items?: Shape
}

/**
 * What is taken instead, by the path of the field or the end of it, such as `modifiers.plu`;
 * undefined leaves the field out.
 */
export type Known = Record<string, unknown>

/** Where a text has no limit of its own. */
const UNLIMITED = 5_000

export function longest(shape: Shape, known: Known, path: readonly string[] = []): unknown {
  const key = path.map((_, index) => path.slice(index).join('.')).find((end) => end in known)
  if (key !== undefined) return known[key]
  if (shape.enum !== undefined) return shape.enum[0]
  if (shape.anyOf !== undefined) return longest(shape.anyOf[0]!, known, path)
  switch (shape.type) {
    case 'object':
      return Object.fromEntries(
        Object.entries(shape.properties ?? {})
          .map(([name, below]) => [name, longest(below, known, [...path, name])])
          .filter(([, value]) => value !== undefined),
      )
    case 'array':
      return [longest(shape.items!, known, path)]
    case 'boolean':
      return true
    case 'integer':
    case 'number':
      return Math.min(shape.maximum ?? 10, 10)
    default:
      return shape.format === 'date-time'
        ? new Date(Date.now() + 3_600_000).toISOString()
        : text(shape)
  }
}

/** Letters that take two units each, unless a pattern wants others. */
function text({ pattern, maxLength = UNLIMITED }: Shape): string {
  const wide = '\u{1F355}'.repeat(maxLength)
  return pattern === undefined || new RegExp(pattern, 'u').test(wide) ? wide : 'x'.repeat(maxLength)
}

/** The paths of all fields of a shape, such as `lines.modifiers.plu`. */
export function fieldsOf(shape: Shape, path: readonly string[] = []): string[] {
  if (shape.anyOf !== undefined) return fieldsOf(shape.anyOf[0]!, path)
  if (shape.items !== undefined) return fieldsOf(shape.items, path)
  if (shape.properties === undefined) return path.length === 0 ? [] : [path.join('.')]
  return Object.entries(shape.properties).flatMap(([name, below]) =>
    fieldsOf(below, [...path, name]),
  )
}

/** The paths of the fields that a value fills. */
export function filledIn(value: unknown, path: readonly string[] = []): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => filledIn(item, path))
  if (typeof value !== 'object' || value === null) return [path.join('.')]
  return Object.entries(value).flatMap(([name, below]) => filledIn(below, [...path, name]))
}

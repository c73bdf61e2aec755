// What a request may have besides the contract. Dojo adds optional fields without notice, and
// writes null where it has no value: both are taken out before the contract's schema is applied.
import { resolve, type JsonSchema } from './document.ts'

export interface Tolerated {
  /** The request by the contract; the same object where nothing had to be taken out. */
  value: unknown
  /** The fields that are not in the contract, such as `items[].colour`. */
  unknownFields: string[]
}

/** Undefined where there is nothing to look into: no object, or one of any shape. */
type Shape = { fields: ReadonlyMap<string, Field> } | { items: Shape } | undefined
interface Field {
  isRequired: boolean
  shape: Shape
}

/** For a schema of the document; what is wrong with a value is left to its validation. */
export function tolerantReader(schema: JsonSchema): (value: unknown) => Tolerated {
  const shape = shapeOf(schema)
  return (value) => {
    const unknownFields: string[] = []
    return { value: read(value, shape, '', unknownFields), unknownFields }
  }
}

function shapeOf(schema: JsonSchema): Shape {
  const { $ref, properties, items, required = [] } = schema
  if ($ref !== undefined) return shapeOf(resolve(String($ref)))
  if (items !== undefined) {
    const below = shapeOf(items as JsonSchema)
    return below && { items: below }
  }
  if (properties === undefined) return undefined
  const fields = new Map<string, Field>()
  for (const [name, property] of Object.entries(properties as Record<string, JsonSchema>)) {
    const isRequired = (required as string[]).includes(name)
    fields.set(name, { isRequired, shape: shapeOf(property) })
  }
  return { fields }
}

function read(value: unknown, shape: Shape, path: string, unknownFields: string[]): unknown {
  if (shape === undefined || typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) {
    if (!('items' in shape)) return value
    const items = value.map((item) => read(item, shape.items, `${path}[]`, unknownFields))
    return items.every((item, index) => item === value[index]) ? value : items
  }
  if (!('fields' in shape)) return value
  let copy: Record<string, unknown> | undefined
  for (const [name, field] of Object.entries(value)) {
    const known = shape.fields.get(name)
    const fieldPath = path === '' ? name : `${path}.${name}`
    if (known === undefined) unknownFields.push(fieldPath)
    if (known === undefined || (field === null && !known.isRequired)) {
      copy ??= { ...value }
      delete copy[name]
      continue
    }
    const kept = read(field, known.shape, fieldPath, unknownFields)
    if (kept !== field) (copy ??= { ...value })[name] = kept
  }
  return copy ?? value
}

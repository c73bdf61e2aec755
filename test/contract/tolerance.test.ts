// Every request of the contract, with fields that it does not have yet, and null for nothing.
import t from 'tap'
import { operations, resolve, type JsonSchema } from '../../src/contract/document.ts'
import { tolerantReader } from '../../src/contract/tolerance.ts'
import { compileSchema } from '../../src/contract/validation.ts'

/** A value of the schema with every field that it has. */
function full(schema: JsonSchema): unknown {
  if (schema['$ref'] !== undefined) return full(resolve(String(schema['$ref'])))
  if (schema['enum'] !== undefined) return (schema['enum'] as unknown[])[0]
  switch (schema['type']) {
    case 'object':
      return Object.fromEntries(
        Object.entries((schema['properties'] ?? {}) as Record<string, JsonSchema>).map(
          ([name, property]) => [name, full(property)],
        ),
      )
    case 'array':
      return [full(schema['items'] as JsonSchema)]
    case 'integer':
    case 'number':
      return 1
    case 'boolean':
      return true
    default:
      return schema['format'] === 'date-time' ? '2026-03-06T19:00:00Z' : 'GBP'
  }
}

interface Place {
  path: string
  owner: Record<string, unknown>
  name: string
  isRequired: boolean
}

/** Every object of a full value, and every field in it. */
function placesIn(schema: JsonSchema, value: unknown, path = ''): Place[] {
  if (schema['$ref'] !== undefined) return placesIn(resolve(String(schema['$ref'])), value, path)
  if (Array.isArray(value)) return placesIn(schema['items'] as JsonSchema, value[0], `${path}[]`)
  if (schema['properties'] === undefined) return []
  const owner = value as Record<string, unknown>
  return Object.entries(schema['properties'] as Record<string, JsonSchema>).flatMap(
    ([name, property]) => {
      const here = path === '' ? name : `${path}.${name}`
      const isRequired = ((schema['required'] ?? []) as string[]).includes(name)
      return [{ path: here, owner, name, isRequired }, ...placesIn(property, owner[name], here)]
    },
  )
}

for (const { name, body } of operations) {
  if (body === undefined) continue
  t.test(name, async (t) => {
    const fits = compileSchema(body)
    const tolerate = tolerantReader(body)
    const value = full(body) as Record<string, unknown>
    t.ok(fits(value), 'the value has every field', { errors: fits.errors })
    const plain = tolerate(value)
    t.equal(plain.value, value, 'what the contract says is not copied')
    t.strictSame(plain.unknownFields, [])

    const places = placesIn(body, value)
    for (const { path, owner, name, isRequired } of places) {
      const before = owner[name]
      owner[name] = null
      const read = tolerate(value)
      t.equal(fits(read.value), !isRequired, `null for ${path}`)
      t.equal(owner[name], null, 'the request itself is not changed')
      owner[name] = before
    }

    const owners = new Map(places.map(({ owner, path }) => [owner, path.replace(/\.?\w+$/, '')]))
    for (const [owner, path] of owners) {
      for (const unknown of [{ deep: [null] }, null, 'text']) {
        owner['ofTomorrow'] = unknown
        const read = tolerate(value)
        t.ok(fits(read.value), `a field of tomorrow in ${path}`, { errors: fits.errors })
        t.strictSame(read.unknownFields, [path === '' ? 'ofTomorrow' : `${path}.ofTomorrow`])
        delete owner['ofTomorrow']
      }
    }
  })
}

t.test('what is no object is left to the validation', async (t) => {
  const tolerate = tolerantReader(operations.find(({ name }) => name === 'CreateOrder')!.body!)
  for (const value of [null, undefined, 5, 'text', [], [null]]) {
    t.strictSame(tolerate(value), { value, unknownFields: [] })
  }
  const odd = JSON.parse('{"items":{"0":1},"details":[{"a":1}],"__proto__":{"x":1}}') as object
  t.strictSame(tolerate(odd), {
    value: { items: { '0': 1 }, details: [{ a: 1 }] },
    unknownFields: ['__proto__'],
  })
})

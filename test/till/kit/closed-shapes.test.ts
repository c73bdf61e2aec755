// What every body of an API has in common: a field that nobody knows is a spelling mistake, and a
// list has an end.
import t from 'tap'
import { operations as operatorOperations } from '../../../src/operator/api/operations.ts'
import { operations as tillOperations } from '../../../src/till/operations.ts'

type Schema = Readonly<Record<string, unknown>>

/** Where an object lets unknown fields in, below a schema. */
function openPlaces(schema: Schema, place: string): string[] {
  const own = schema['properties'] !== undefined && schema['additionalProperties'] !== false
  const below = Object.entries(schema).flatMap(([name, value]) =>
    typeof value === 'object' && value !== null
      ? openPlaces(value as Schema, `${place}/${name}`)
      : [],
  )
  return own ? [place, ...below] : below
}

/** Lists of any length, below a schema. */
function endlessLists(schema: Schema, place: string): string[] {
  const own = schema['type'] === 'array' && schema['maxItems'] === undefined
  const below = Object.entries(schema).flatMap(([name, value]) =>
    typeof value === 'object' && value !== null
      ? endlessLists(value as Schema, `${place}/${name}`)
      : [],
  )
  return own ? [place, ...below] : below
}

/** domain/paper/bill.ts names the faulty field, as it does for the template in a file. */
const CHECKED_BY_THE_DOMAIN = /bill-template(\/preview)?\/properties\/(header|footer)\/items$/

t.test('an open object is found at any depth', async (t) => {
  const open = { type: 'object', properties: { a: {} } }
  const closed = { ...open, additionalProperties: false }
  t.strictSame(openPlaces(closed, 'x'), [])
  t.strictSame(openPlaces({ anyOf: [closed, { items: open }] }, 'x'), ['x/anyOf/1/items'])
})

t.test('an endless list is found at any depth', async (t) => {
  const bounded = { type: 'array', maxItems: 2, items: {} }
  t.strictSame(endlessLists(bounded, 'x'), [])
  const endless = { ...bounded, items: { type: 'array' } }
  t.strictSame(endlessLists({ properties: { a: endless } }, 'x'), ['x/properties/a/items'])
})

for (const [api, operations] of Object.entries({
  till: tillOperations,
  operator: operatorOperations,
})) {
  t.test(
    `no body of the ${api}'s API has room for an unknown field or an endless list`,
    async (t) => {
      const bodies = operations.flatMap(({ method, path, body }) =>
        body === undefined ? [] : [{ name: `${method} ${path}`, body: body as Schema }],
      )
      t.ok(bodies.length > 0)
      const open = bodies.flatMap(({ name, body }) => openPlaces(body, name))
      t.strictSame(
        open.filter((place) => !CHECKED_BY_THE_DOMAIN.test(place)),
        [],
      )
      t.strictSame(
        bodies.flatMap(({ name, body }) => endlessLists(body, name)),
        [],
      )
    },
  )
}

t.test("a list of the till's API may be as short as one row, and has an end", async (t) => {
  const limited = tillOperations.flatMap(({ method, path, query }) => {
    const { properties = {} } = (query ?? {}) as { properties?: { limit?: Schema } }
    const { limit } = properties
    return limit === undefined ? [] : [{ name: `${method} ${path}`, limit }]
  })
  t.ok(limited.length > 5)
  for (const { name, limit } of limited) {
    t.equal(limit['minimum'], 1, name)
    t.ok(Number(limit['maximum']) > 1, name)
  }
})

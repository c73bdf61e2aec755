import { createHash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import fc, { type JsonValue } from 'fast-check'
import t from 'tap'
import { contentHash } from '../../src/domain/content-hash.ts'

const hash = (value: unknown): string => contentHash(value).toString('hex')
const json = fc.jsonValue({ maxDepth: 4, stringUnit: 'binary' })
const isObject = (value: unknown): value is Record<string, unknown> =>
  value !== null && typeof value === 'object' && !Array.isArray(value)

/** The same fields, each object's in an order of its own. */
function reordered(value: unknown, order: number): unknown {
  if (Array.isArray(value)) return value.map((item) => reordered(item, order + 1))
  if (!isObject(value)) return value
  const entries = Object.entries(value).map(
    ([name, field]) => [name, reordered(field, order * 7 + 3)] as const,
  )
  for (
    let i = entries.length - 1, chance = order;
    i > 0;
    i--, chance = (chance * 31 + 17) % 1_000_003
  ) {
    const j = chance % (i + 1)
    ;[entries[i], entries[j]] = [entries[j]!, entries[i]!]
  }
  return Object.fromEntries(entries)
}

/** JSON has one zero. */
const withOneZero = (value: unknown): unknown =>
  Object.is(value, -0)
    ? 0
    : Array.isArray(value)
      ? value.map(withOneZero)
      : isObject(value)
        ? Object.fromEntries(
            Object.entries(value).map(([name, field]) => [name, withOneZero(field)]),
          )
        : value

t.test('the order of fields does not matter', async () => {
  fc.assert(
    fc.property(
      json,
      fc.nat({ max: 1_000 }),
      (value, order) => hash(value) === hash(reordered(value, order)),
    ),
    { numRuns: 1_000 },
  )
})

t.test('a field that is undefined is one that is not there', async () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.string(), json),
      fc.string(),
      (value, name) =>
        Object.hasOwn(value, name) ||
        hash(value) === hash({ ...value, ...Object.fromEntries([[name, undefined]]) }),
    ),
  )
})

t.test('two contents have one hash exactly when they are the same', async () => {
  fc.assert(
    fc.property(
      json,
      json,
      (one, other) =>
        (hash(one) === hash(other)) === isDeepStrictEqual(withOneZero(one), withOneZero(other)),
    ),
    { numRuns: 1_000 },
  )
})

t.test(
  'it is the same in every version of the server, as it is kept in the database',
  async (t) => {
    const content = {
      b: [{ d: null, c: 'Crème' }, { d: 1.5 }],
      ['__proto__']: true,
      a: undefined,
      7: '',
    }
    const text = '{"7":"","__proto__":true,"b":[{"c":"Crème","d":null},{"d":1.5}]}'
    t.equal(hash(content), createHash('sha256').update(text).digest('hex'))
  },
)

t.test('what looks alike is distinguished', async (t) => {
  const alike: JsonValue[] = [
    null,
    'null',
    [],
    [null],
    {},
    '',
    [''],
    '[]',
    '{}',
    0,
    '0',
    [0],
    false,
    'false',
    { a: 1 },
    '{"a":1}',
    { a: '1' },
    { a: [1] },
    { a: 1, b: 2 },
    { a: { b: 2 } },
    { 'a":1,"b': 2 },
    [1, 2],
    ['1,2'],
    [[1], 2],
    [1, [2]],
    '\ud800',
    '\ufffd',
    '\u00e9',
    'e\u0301',
  ]
  t.equal(new Set(alike.map(hash)).size, alike.length)
})

t.test('any changed, added or removed part changes it', async () => {
  type Path = (string | number)[]
  const pathsOf = (value: unknown, path: Path = []): Path[] => [
    path,
    ...(value !== null && typeof value === 'object'
      ? Object.entries(value).flatMap(([name, below]) => pathsOf(below, [...path, name]))
      : []),
  ]
  const changed = (
    value: unknown,
    [name, ...rest]: Path,
    change: (value: unknown) => unknown,
  ): unknown => {
    if (name === undefined) return change(value)
    if (Array.isArray(value)) {
      return value.map((item, index) =>
        String(index) === name ? changed(item, rest, change) : item,
      )
    }
    return Object.fromEntries(
      Object.entries(value as object).map(([each, field]) => [
        each,
        each === name ? changed(field, rest, change) : field,
      ]),
    )
  }
  const change = (value: unknown): unknown => {
    if (typeof value === 'string') return `${value}x`
    if (typeof value === 'number') return value === 1 ? 2 : 1
    if (typeof value === 'boolean') return !value
    if (Array.isArray(value)) return [...value, 'x']
    return isObject(value) ? { ...value, 'x-of-its-own': 1 } : 'x'
  }
  fc.assert(
    fc.property(json, fc.nat(), (value, place) => {
      const paths = pathsOf(value)
      return hash(changed(value, paths[place % paths.length]!, change)) !== hash(value)
    }),
    { numRuns: 1_000 },
  )
})

t.test('every name is that of a field', async (t) => {
  const values = ['{}', '{"__proto__":{}}', '{"__proto__":{"a":1}}', '{"a":1}', '{"__proto__":1}']
  t.equal(new Set(values.map((text) => hash(JSON.parse(text)))).size, values.length)
})

t.test('it is what it was: repeated requests are known by hashes that were kept', async (t) => {
  const content = { name: 'Pie', items: [{ b: 1, a: null, c: undefined }, '2'], 10: true, 9: false }
  const text = '{"9":false,"10":true,"items":[{"a":null,"b":1},"2"],"name":"Pie"}'
  t.equal(hash(content), createHash('sha256').update(text).digest('hex'))
})

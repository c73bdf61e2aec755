// The edits that `npm run mutate` makes, worked out by hand for small sources.
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { ROOMS, testsOf } from '../../scripts/mutate/coverage.ts'
import { applied, mutantsOf } from '../../scripts/mutate/mutants.ts'

function edited(text: string): string[] {
  return mutantsOf('src/domain/a.ts', text).map((mutant) => applied(text, mutant))
}

t.test('each edit changes one place', async (t) => {
  const cases: [source: string, ...edits: string[]][] = [
    ['if (a) b', 'if (!(a)) b', 'if (a) ;'],
    ['const a = b ? c : d', 'const a = !(b) ? c : d'],
    ['const a = b && c', 'const a = b || c'],
    ['const a = b <= c', 'const a = b < c'],
    ['const a = b + 1', 'const a = b - 1', 'const a = b + (1 + 1)'],
    ['const a = true', 'const a = false'],
    ['throw a', ';'],
    ['const a = b(c, d)', 'const a = b(c, undefined)'],
    ["const a = 'x' + b"],
    ["import { a } from './1.ts'\ntype B = 1"],
    [
      "const a = 'SELECT 1 FROM a JOIN b ON b.location_id = a.location_id'",
      "const a = 'SELECT 1 FROM a JOIN b ON TRUE'",
    ],
    [
      'const a = `UPDATE a SET b = 1 WHERE location_id = $1 AND c IS NULL`',
      'const a = `UPDATE a SET b = 1 WHERE $1::text IS NOT NULL AND c IS NULL`',
      'const a = `UPDATE a SET b = 1 WHERE location_id = $1 AND c IS NOT NULL`',
    ],
    ["const a = 'SELECT 1 FROM a FOR UPDATE'", "const a = 'SELECT 1 FROM a'"],
    ["const a = 'SELECT 1 FROM a ORDER BY b DESC'", "const a = 'SELECT 1 FROM a ORDER BY b ASC'"],
    ["const a = 'the location_id = $1 of no statement'"],
  ]
  for (const [source, ...edits] of cases) t.strictSame(edited(source), edits, source)
})

t.test('a file is looked at by the tests of its room, and by those of other venues', async (t) => {
  const tests = testsOf('src/store/payments/refunds.ts')
  t.equal(tests[0], 'domain/payments')
  for (const path of ['till/payments', 'dojo/jobs', 'isolation']) t.ok(tests.includes(path), path)
})

t.test('every test that is named is there', async (t) => {
  const root = join(import.meta.dirname, '../..')
  const sources = ROOMS.flatMap((room) =>
    readdirSync(join(root, 'src', room), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => `src/${room}/${name}`),
  )
  const missing = new Set(
    sources.flatMap(testsOf).filter((path) => !existsSync(join(root, 'test', path))),
  )
  t.strictSame([...missing], [])
})

// The edits that `npm run mutate` makes, worked out by hand for small sources.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { TESTS, testsReaching, type Reach } from '../../scripts/mutate/coverage.ts'
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

t.test('an edit is known to be outside of every function', async (t) => {
  const mutants = mutantsOf(
    'src/domain/a.ts',
    'const a = 1\nfunction b() { return () => 2 }\nlet c = 3',
  )
  t.strictSame(
    mutants.map(({ atLoad }) => atLoad),
    [true, false, true],
  )
})

t.test('the tests that reach a place are run, the quickest and its own first', async (t) => {
  const reach = (test: string, ms: number, ...places: number[]): Reach => ({ test, ms, places })
  const reaches = [
    reach('till/slow.test.ts', 80_000, 0, 1),
    reach('till/quick.test.ts', 100, 0),
    reach('domain/payments/own.test.ts', 500, 0),
    reach('races/too-long.test.ts', 85_000, 0),
    reach('races/elsewhere.test.ts', 1, 2),
  ]
  t.strictSame(testsReaching(reaches, 0, 'domain/payments'), [
    'domain/payments/own.test.ts',
    'till/quick.test.ts',
    'till/slow.test.ts',
  ])
  t.strictSame(testsReaching(reaches, 3, 'domain/payments'), [], 'a place that nobody reaches')
})

t.test('every test that is named is there', async (t) => {
  const missing = TESTS.filter((path) => !existsSync(join(import.meta.dirname, '..', path)))
  t.strictSame(missing, [])
})

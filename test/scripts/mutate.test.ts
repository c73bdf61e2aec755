// The edits that `npm run mutate` makes, worked out by hand for small sources.
import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { outdatedArguments } from '../../scripts/mutate/argued.ts'
import { createCompiler } from '../../scripts/mutate/compiler.ts'
import { TESTS, testsReaching, type Reach } from '../../scripts/mutate/coverage.ts'
import { LinesFile } from '../../scripts/mutate/lines-file.ts'
import { applied, mutantsOf, named } from '../../scripts/mutate/mutants.ts'

const ROOT = join(import.meta.dirname, '../..')

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

t.test('no edit of what is only told', async (t) => {
  const cases: [source: string, ...edits: string[]][] = [
    ["app.log.warn({ a: 1 }, 'b' + c)"],
    ['timer.unref()'],
    ["const a = Type.String({ description: 'b' }, { description: c(1, 2), title: 'd' })"],
    ['const a = b(c, undefined)'],
    ['catalog.info(1)', ';', 'catalog.info((1 + 1))'],
  ]
  for (const [source, ...edits] of cases) t.strictSame(edited(source), edits, source)
})

t.test('the places that show an edit: its own, or what uses it', async (t) => {
  const source = `const a = 1
const made = { a }
const unused = 2
function b() { return made }
function c() { return 3 }`
  t.strictSame(
    mutantsOf('src/domain/a.ts', source).map(({ before, places }) => [before, places]),
    [
      ['1', [source.indexOf('made }')]],
      ['2', []],
      ['3', [source.indexOf('3')]],
    ],
  )
})

t.test('edits of equal lines have names of their own, wherever the lines stand', async (t) => {
  const source = 'a = 1\nif (b)\n  a = 1'
  const namesOf = (text: string): string[] => [...named(mutantsOf('src/domain/a.ts', text)).keys()]
  const names = namesOf(source)
  t.equal(new Set(names).size, names.length)
  t.strictSame(namesOf(`// longer\n${source}`), names)
})

t.test('the tests that reach a place are run, the quickest and its own first', async (t) => {
  const path = 'src/domain/payments/pay.ts'
  const reach = (test: string, ms: number, files: Reach['files'], hasFailed = false): Reach => {
    return { test, hash: '', ms, hasFailed, files }
  }
  const at = (...spans: number[]): Reach['files'] => ({ [path]: { hash: 'now', spans } })
  const reaches = [
    reach('house/shards.test.ts', 3_000, {}),
    reach('till/slow.test.ts', 25_000, at(0, 200)),
    reach('till/quick.test.ts', 100, at(50, 60, 110, 120)),
    reach('domain/payments/wing.test.ts', 500, at(100, 200)),
    reach('domain/payments/pay.test.ts', 9_000, at(100, 200)),
    reach('races/too-long.test.ts', 30_000, at(100, 200)),
    reach('races/elsewhere.test.ts', 1, at(0, 110, 120, 200)),
    reach('races/fails.test.ts', 1, at(100, 200), true),
    reach('races/older.test.ts', 2, { [path]: { hash: 'before', spans: [0, 1] } }),
    reach('races/other.test.ts', 3, { 'src/actions/user.ts': { hash: 'now', spans: [0, 9] } }),
  ]
  const reaching = (edited: string, ...places: number[]): string[] =>
    testsReaching(
      reaches,
      { path: edited, places, kind: edited.includes('sql') ? 'tenant forgotten' : 'number' },
      {
        hashOf: () => 'now',
        importersOf: (imported) =>
          imported === 'src/domain/shapes.ts' ? ['src/actions/user.ts'] : [],
      },
    ).map(({ test }) => test)

  t.strictSame(reaching('src/store/sql.ts'), ['house/shards.test.ts'], 'what reads statements')
  t.strictSame(reaching(path, 110), [
    'races/older.test.ts',
    'domain/payments/wing.test.ts',
    'domain/payments/pay.test.ts',
    'till/quick.test.ts',
    'till/slow.test.ts',
    'races/too-long.test.ts',
  ])
  t.strictSame(reaching(path, 300), ['races/older.test.ts'], 'measured with another text of it')
  t.strictSame(reaching(path).slice(0, 2), ['races/elsewhere.test.ts', 'races/older.test.ts'])
  t.strictSame(reaching('src/domain/shapes.ts'), ['races/other.test.ts'], 'a file of constants')
  t.strictSame(reaching('src/domain/alone.ts', 1), [], 'a file that nobody uses')
})

t.test('what became known is read again, but for a line that was cut', async (t) => {
  const file = new LinesFile<{ a: number }>(
    join(t.testdir({ 'known.jsonl': '{"a":1}\n' }), 'known.jsonl'),
  )
  file.add({ a: 2 })
  appendFileSync(file.path, '{"a":')
  t.strictSame(file.read(), [{ a: 1 }, { a: 2 }])
  t.strictSame(new LinesFile(join(t.testdirName, 'new/known.jsonl')).read(), [])
})

t.test('the compiler refuses what it refuses, and not what is used no more', async (t) => {
  const root = t.testdir({
    'tsconfig.json': '{ "compilerOptions": { "strict": true, "noUnusedLocals": true } }',
    src: { 'a.ts': 'export const a = 1', 'b.ts': "import { a } from './a'\nexport const b = a" },
  })
  const { refuses } = createCompiler(root)
  t.notOk(refuses('src/b.ts', "import { a } from './a'\nexport const b = a + 1"))
  t.ok(refuses('src/b.ts', "import { a } from './a'\nexport const b: string = a"))
  t.ok(refuses('src/b.ts', 'export const b ='))
  t.notOk(refuses('src/b.ts', "import { a } from './a'\nexport const b = 1"), 'used no more')
  t.notOk(refuses('src/a.ts', 'export const a = 2'))
})

t.test('every test that is named is there', async (t) => {
  const missing = TESTS.filter((path) => !existsSync(join(ROOT, 'test', path)))
  t.strictSame(missing, [])
})

t.test('every edit that is argued can still be made', async (t) => {
  const mutantsIn = (path: string) => mutantsOf(path, readFileSync(join(ROOT, path), 'utf8'))
  t.strictSame(outdatedArguments(mutantsIn), [])
  t.not(outdatedArguments(() => []).length, 0, 'in an empty file none can be')
})

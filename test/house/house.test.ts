// The rules of the house, each with an example that breaks it and one that does not.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import {
  arrowsAreKept,
  dependenciesAreDeclared,
  everyRoomIsKnown,
  inSrc,
  noCircles,
  packagesStayInTheirRooms,
  roomOf,
  ROOMS,
  scriptsAndTestsComeFromOutside,
} from './arrows.ts'
import {
  environmentIsReadByProcesses,
  actionsRefuseNothing,
  actionsSayNothing,
  storeRefusesNothing,
  storeRepeatsNoList,
  transportsWriteNothing,
} from './duties.ts'
import {
  everyExportIsUsed,
  everyTestIsRunOnce,
  noFileIsDead,
  noTestIsSwitchedOff,
} from './exports.ts'
import { functionsFitOnAScreen, linesAreShort } from './page.ts'
import { readSources, ROOT, sources, type Rule } from './sources.ts'
import { noCommentOpensWithOf, noSecondName, noStrangePhrase, strangePhrasesIn } from './words.ts'

const packageJson = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Record<
  'scripts' | 'dependencies' | 'bin',
  Record<string, string> | undefined
>
const commands = [
  ...Object.values(packageJson.scripts!).flatMap((command) =>
    [...command.matchAll(/\bnode (?:--\S+ )*(\S+\.ts)/g)].map(([, file]) => file!),
  ),
  ...Object.values(packageJson.bin!),
]
const startedByTap = [
  ...readFileSync(join(ROOT, '.taprc'), 'utf8').matchAll(/test\/support\/[\w-]+\.ts/g),
].map(([path]) => path)

const house = [
  ...readSources('bin'),
  ...readSources('src'),
  ...readSources('scripts'),
  ...readSources('test'),
]
const starts = [
  ...commands,
  ...startedByTap,
  ...house.map(({ path }) => path).filter((path) => path.startsWith('test/together/')),
  ...house
    .map(({ path }) => path)
    .filter((path) => /\/browser\/(index\.tsx|\S+\.d\.ts)$/.test(path)),
  ...house.map(({ path }) => path).filter((path) => path.endsWith('.test.ts')),
]

/** What others read and change is held to its words only. */
const examples = readSources('examples')
const OF_WORDS: Rule[] = [noCommentOpensWithOf, noStrangePhrase]

interface Law {
  rule: Rule
  /** Files of which each is a violation of its own. */
  broken: Record<string, string>
  /** How many violations there are in them, when not one a file. */
  times?: number
  kept: Record<string, string>
}

const longFunction = (lines: number): string =>
  `function long() {\n${'  step()\n'.repeat(lines - 2)}}\n`

const LAWS: Record<string, Law> = {
  'every room is known': {
    rule: everyRoomIsKnown,
    broken: { 'src/attic/a.ts': '', 'src/shed.ts': '' },
    kept: { 'src/lib/a.ts': '', 'src/till/orders/a.ts': '', 'scripts/attic/a.ts': '' },
  },
  'imports follow the arrows': {
    rule: arrowsAreKept,
    broken: {
      'src/domain/a.ts': "import { b } from '../store/b.ts'",
      'src/domain/b.ts': "import type { B } from '../http/b.ts'",
      'src/store/a.ts': "import { b } from '../actions/orders/b.ts'",
      'src/actions/a.ts': "import { b } from '../contract/b.ts'",
      'src/till/orders/a.ts': "import { b } from '../venue/b.ts'",
      'src/till/venue/a.ts': "import { b } from '../../contract/document.ts'",
      'src/dojo/rest/a.ts': "import { b } from '../webhooks/b.ts'",
      'src/dojo/webhooks/a.ts': "import { b } from '../capabilities/b.ts'",
      'src/http/a.ts': "import { b } from '../till/kit/b.ts'",
      'src/lib/a.ts': "import { limits } from '../limits.ts'",
      'src/sandbox/a.ts': "import { limits } from '../limits.ts'",
      'src/console/a.ts': "import { b } from '../store/orders/b.ts'",
      'src/console/browser/a.tsx': "import { limits } from '../../limits.ts'",
      'src/page/browser/a.tsx': "import { b } from '../../console/browser/b.tsx'",
    },
    kept: {
      'src/domain/a.ts': "import type { B } from '../contract/b.ts'",
      'src/store/a.ts': "import type { Order } from '../domain/orders/order.ts'",
      'src/store/b.ts': "import { notFound } from '../domain/errors.ts'",
      'src/till/orders/a.ts': "import { b } from '../kit/b.ts'\nimport { c } from './c.ts'",
      'src/till/venue/a.ts': "import { b } from '../../contract/validation.ts'",
      'src/dojo/capabilities/a.ts': "import { b } from '../../actions/orders/b.ts'",
      'src/console/browser/a.tsx': "import type { B } from '../../till/kit/b.ts'",
      'src/console/browser/c.tsx': "import { b } from '../../page/browser/b.tsx'",
    },
  },
  'commands and tests come from outside': {
    rule: scriptsAndTestsComeFromOutside,
    broken: {
      'scripts/a.ts': "import '../src/main.ts'",
      'scripts/b.ts': "import { c } from '../test/support/c.ts'",
      'test/a.test.ts': "import './b.test.ts'",
    },
    kept: {
      'scripts/a.ts': "import { b } from '../src/operator/b.ts'",
      'test/a.test.ts': "import { b } from '../src/b.ts'",
    },
  },
  'packages stay in their rooms': {
    rule: packagesStayInTheirRooms,
    broken: {
      'src/actions/a.ts': "import fastify from 'fastify'",
      'src/dojo/capabilities/a.ts': "import type { FastifyRequest } from 'fastify'",
      'src/till/orders/a.ts': "import pg from 'pg'",
      'src/domain/a.ts': "import { readFileSync } from 'node:fs'",
      'src/store/a.ts': "import { fetch } from 'undici'",
    },
    kept: {
      'src/http/a.ts': "import fastify from 'fastify'",
      'src/store/a.ts': "import pg from 'pg'",
      'src/server.ts': "import type pg from 'pg'",
      'src/domain/a.ts': "import { createHash } from 'node:crypto'",
    },
  },
  'the server needs no package that only development has': {
    rule: dependenciesAreDeclared(packageJson.dependencies!),
    broken: { 'src/a.ts': "import t from 'tap'", 'src/b.ts': "await import('yaml')" },
    kept: {
      'src/a.ts': "import pg from 'pg'\nimport 'node:fs'\nimport type { A } from 'json-schema'",
      'scripts/a.ts': "import t from 'tap'",
    },
  },
  'no import goes round in a circle': {
    rule: noCircles,
    broken: {
      'src/a.ts': "import './b.ts'",
      'src/b.ts': "import './c.ts'",
      'src/c.ts': "import './a.ts'",
    },
    times: 1,
    kept: { 'src/a.ts': "import './b.ts'", 'src/b.ts': "import type { A } from './a.ts'" },
  },
  'a line has 100 columns, SQL and tables of data 140': {
    rule: linesAreShort,
    broken: {
      'src/a.ts': `// ${'long '.repeat(20)}`,
      'src/b.ts': `const b = '${'long '.repeat(20)}'`,
      'src/c.ts': `const c = 'SELECT ${'column '.repeat(20)}'`,
      'test/d.ts': `const d = \`${'template '.repeat(20)}\``,
    },
    kept: {
      'src/a.ts': `const a = 'SELECT ${'column, '.repeat(12)}'`,
      'src/b.ts': `const b = \`${'long '.repeat(22)}\``,
      'src/c.ts': `// prettier-ignore\nconst c = [\n  [${'1234, '.repeat(20)}],\n]`,
    },
  },
  'a function has 60 lines': {
    rule: functionsFitOnAScreen,
    broken: {
      'src/a.ts': longFunction(61),
      'src/b.ts': `const b = () => {\n${'  step()\n'.repeat(60)}}`,
      'scripts/c.ts': `class C {\n  long() {\n${'    step()\n'.repeat(60)}  }\n}`,
      'src/cases.ts': `function cases() {\n  return [\n${'    [1, 2],\n'.repeat(80)}  ]\n}`,
    },
    kept: {
      'src/a.ts': longFunction(60),
      'test/a.test.ts': `t.test('x', async (t) => {\n${'  step()\n'.repeat(80)}})`,
      'test/b.test.ts': `function cases() {\n  return [\n${'    [1, 2],\n'.repeat(80)}  ]\n}`,
    },
  },
  'no comment opens with "Of"': {
    rule: noCommentOpensWithOf,
    broken: {
      'src/a.ts': '// Of a venue: its name.\nconst a = 1',
      'src/b.ts': '/** Of each\n * one. */\nexport const b = 1',
      'src/c.ts': 'const c = 1 // Of this',
      'src/d.ts': 'const d = {}\n/*\n * Of the end\n */',
    },
    kept: {
      'src/a.ts': '// The name\n// Of a venue is not the opening.\nconst a = 1',
      'src/b.ts': '// Often\nconst b = "// Of"',
    },
  },
  'no phrase that an English engineer would not use': {
    rule: noStrangePhrase,
    broken: {
      'src/a.ts': '// Dojo is told of it.\nconst a = 1',
      'src/b.ts': "throw new Error('Whoever asks waits.')",
      'test/c.ts': 'const c = "the errand"',
      'src/d.ts': '// What Dojo tells of it.\nconst d = 1',
    },
    kept: { 'src/a.ts': '// Dojo hears of it.\nconst isTold = 1' },
  },
  'an order has no second name, and nobody is told': {
    rule: noSecondName,
    broken: {
      'src/a.ts': 'const openTabsNow = []',
      'src/b.ts': 'interface B { tabs: number }',
      'src/c.ts': 'function run(wasTold: boolean) {}',
      'src/d.ts': 'type Tab = string',
    },
    kept: {
      'src/a.tsx': 'const a = <pre tabIndex={0}></pre>',
      'src/b.ts': 'const table = stable',
      'test/c.ts': 'const told = 1',
    },
  },
  'every export is used': {
    rule: everyExportIsUsed,
    broken: {
      'src/a.ts': 'export const a = 1\nexport type B = string\nexport function c() {}',
      'src/store/d.ts': 'export const d = 1',
      'test/d.test.ts': "import { d } from '../src/store/d.ts'",
      'test/support/e.ts': 'export class E {}',
    },
    times: 5,
    kept: {
      'src/a.ts': 'export const a = 1\nexport { b } from "./b.ts"',
      'src/b.ts': 'export const b = 1',
      'src/c.ts': "import { a, b as c } from './a.ts'\nimport { shaped } from './shaped.ts'",
      'src/shaped.ts': 'export interface Part {}\nexport function shaped(): Part {}',
      'src/domain/d.ts': 'export const d = 1',
      'src/store/e.ts': 'export interface E {}',
      'test/d.test.ts':
        "import { d } from '../src/domain/d.ts'\nimport type { E } from '../src/store/e.ts'",
    },
  },
  'no file is dead': {
    rule: noFileIsDead(['src/main.ts']),
    broken: { 'src/main.ts': '', 'src/a.ts': "import './b.ts'", 'src/b.ts': "import './a.ts'" },
    kept: {
      'src/main.ts': "import './a.ts'\nnew URL('worker.ts', import.meta.url)",
      'src/a.ts': '',
      'src/worker.ts': '',
    },
    times: 2,
  },
  'no test is switched off': {
    rule: noTestIsSwitchedOff,
    broken: {
      'test/a.test.ts': "t.only('x', () => {})",
      'test/b.test.ts': "t.test.skip('x', () => {})",
      'test/c.test.ts': "t.test('x', { todo: true }, () => {})",
    },
    kept: { 'test/a.test.ts': "t.test('x', { jobs: 2 }, () => {})" },
  },
  'every test is run once': {
    rule: everyTestIsRunOnce,
    broken: {
      'test/together/some.ts': "runTogether('till', 'till/twice.test.ts')",
      'test/till/twice.test.ts': '',
      'test/left/out.test.ts': '',
    },
    times: 2,
    kept: {
      'test/together/some.ts': "await runTogether('till', 'readme.test.ts')",
      'test/together/long/some.ts': "await runAtLength('till')",
      'test/together/long/other.ts': "await runOnlyAtLength('slow')",
      'test/slow/kills.test.ts': '',
      'test/till/orders/a.test.ts': '',
      'test/readme.test.ts': '',
    },
  },
  'the store makes no refusal': {
    rule: storeRefusesNothing,
    broken: {
      'src/store/a.ts':
        "import { conflict } from '../domain/errors.ts'\nthrow conflict('paid', 'It is paid.')",
      'src/store/b.ts':
        "import { Refusal } from '../domain/errors.ts'\nthrow new Refusal('Conflict', 'paid', 'x')",
      'src/domain/pay.ts':
        "import { conflict } from './errors.ts'\nconst no = () => conflict('paid', 'x')\n" +
        'export function pay() { throw no() }',
      'src/store/c.ts': "import { pay } from '../domain/pay.ts'",
    },
    times: 3,
    kept: {
      'src/domain/price.ts': 'export const price = () => 1',
      'src/store/b.ts': "import { price } from '../domain/price.ts'",
      'src/store/a.ts':
        "import { notFound, Refusal } from '../domain/errors.ts'\n" +
        "if (e instanceof Refusal) throw notFound('order', 'x')",
      'src/store/database/faults.ts':
        "import { conflict } from '../../domain/errors.ts'\nthrow conflict('taken', 'x')",
      'src/actions/a.ts':
        "import { conflict } from '../domain/errors.ts'\nthrow conflict('x', 'y')",
    },
  },
  'the store repeats no list of the domain': {
    rule: storeRepeatsNoList,
    broken: {
      'src/store/a.ts': "const open = \"o.status NOT IN ('Finalized', 'Canceled', 'Failed')\"",
      'src/store/b.ts': "const final = ['Failed', 'Finalized']",
      'src/store/c.ts': "const off = `h.action IN ('LineVoided', 'Moved')`",
      'src/store/f.ts': "const open = `r.status IN ('Pending', 'CardRequired')`",
      'src/store/g.ts': "const known = `coalesce(a->>'status', '') NOT IN ('Declined')`",
      'src/store/d.ts': "const verify = `coalesce(l.verify_payments::text, 'after')`",
      'src/store/e.ts': 'const name = `coalesce(o.display_name, t.name, o.reference)`',
    },
    kept: {
      'src/store/a.ts': 'const canceled = "o.status = \'Canceled\'"',
      'src/store/orders/order-sql.ts': 'const NAME = `coalesce(o.display_name, t.name)`',
      'src/domain/orders/order.ts': "const finalStatuses = ['Finalized', 'Canceled']",
    },
  },
  'actions make no refusal': {
    rule: actionsRefuseNothing,
    broken: {
      'src/actions/a.ts':
        "import { conflict } from '../domain/errors.ts'\nthrow conflict('paid', 'It is paid.')",
    },
    kept: {
      'src/actions/a.ts':
        "import { notFound, Refusal, Unavailable } from '../domain/errors.ts'\n" +
        "if (e instanceof Refusal) throw notFound('order', 'x')\nthrow new Unavailable('Busy.')",
      'src/actions/b.ts': "import { pay } from '../domain/pay.ts'\npay()",
      'src/domain/pay.ts':
        "import { conflict } from './errors.ts'\n" +
        "export function pay() { throw conflict('x', 'y') }",
    },
  },
  'actions say nothing': {
    rule: actionsSayNothing,
    broken: {
      'src/actions/a.ts': "const reason = 'The venue did not take the order.'",
      'src/actions/b.ts': 'const reason = `No till took it over within ${' + 'minutes} minutes.`',
    },
    kept: {
      'src/actions/a.ts':
        "// 'The venue did not take the order.'\n" +
        "throw new Unavailable('A change of an order waited too long.')",
      'src/actions/b.ts': "import { a } from '../../domain/payments/card-payment-requests.ts'",
      'src/domain/a.ts': "const reason = 'The venue did not take the order.'",
    },
  },
  'what speaks to the world writes nothing into the store': {
    rule: transportsWriteNothing,
    broken: {
      'src/store/writes.ts':
        "const INSERT = 'INSERT INTO orders VALUES ($1)'\nexport const insert = () => run(INSERT)",
      'src/store/through.ts':
        "import { insert } from './writes.ts'\nexport function record() { insert() }",
      'src/store/prisma.ts':
        'export const retire = (db) => db.table.update({})\n' +
        'export const hash = (it) => it.update("x")',
      'src/till/orders/a.ts':
        "import { insert } from '../../store/writes.ts'\n" +
        "import { retire, hash } from '../../store/prisma.ts'",
      'src/dojo/capabilities/b.ts': "import { record } from '../../store/through.ts'",
    },
    times: 3,
    kept: {
      'src/store/mixed.ts':
        "export const insert = () => run('INSERT INTO orders VALUES ($1)')\n" +
        "export const read = () => run('SELECT 1 FOR UPDATE')",
      'src/till/orders/a.ts': "import { read } from '../../store/mixed.ts'",
      'src/actions/orders/a.ts': "import { insert } from '../../store/mixed.ts'",
    },
  },
  'the environment is read by the processes and nowhere else of src/': {
    rule: environmentIsReadByProcesses,
    broken: {
      'src/a.ts': 'const a = process.env.A',
      'src/b.ts': "const b = process['env']",
      'src/c.ts': 'const { env } = process',
      'src/d.ts': "import { env } from 'node:process'",
    },
    kept: {
      'src/main.ts': 'process.env.A',
      'src/sandbox/main.ts': 'process.env.A',
      'src/a.ts': 'process.pid',
      'scripts/a.ts': 'process.env.A',
    },
  },
}

for (const [name, { rule, broken, times, kept: example }] of Object.entries(LAWS)) {
  t.test(name, async (t) => {
    const found = rule(sources(broken))
    t.equal(found.length, times ?? Object.keys(broken).length, 'the rule finds what breaks it', {
      found,
    })
    t.strictSame(rule(sources(example)), [], 'and nothing else')

    const real = name === 'no file is dead' ? noFileIsDead(starts) : rule
    const kept = OF_WORDS.includes(rule) ? [...house, ...examples] : house
    t.strictSame(real(kept), [], 'the house keeps it')
  })
}

t.test('the documents have none of those phrases either', async (t) => {
  const pages = readdirSync(join(ROOT, 'docs')).filter((name) => name.endsWith('.md'))
  t.ok(pages.length > 5)
  for (const page of ['README.md', 'CONTRIBUTING.md', ...pages.map((name) => `docs/${name}`)]) {
    t.strictSame(strangePhrasesIn(readFileSync(join(ROOT, page), 'utf8')), [], page)
  }
})

t.test('every room of the table is there', async (t) => {
  const there = new Set(inSrc(house).map(({ path }) => roomOf(path)))
  t.strictSame(
    Object.keys(ROOMS).filter((room) => !there.has(room)),
    [],
  )
})

t.test('every command of package.json is there', async (t) => {
  t.ok(commands.length > 5)
  for (const file of commands) t.ok(existsSync(join(ROOT, file)), file)
})

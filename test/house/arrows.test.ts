// The house as it stands: who imports whom, that every file is needed, and that only main.ts knows
// the environment.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import t from 'tap'
import ts from 'typescript'

const ROOT = join(import.meta.dirname, '../..')

/**
 * What a room may import, besides itself. A single file is a room where it lies directly in src/.
 */
interface Arrows {
  values: string[]
  types?: string[]
}

const DOJO_ROOMS = ['capabilities', 'dispatch', 'rest', 'webhooks', 'client', 'jobs'].map(
  (room) => `dojo/${room}`,
)
const ROOMS: Record<string, Arrows> = {
  limits: { values: [] },
  config: { values: [] },
  lib: { values: [] },
  contract: { values: ['limits'] },
  domain: { values: ['limits', 'lib'], types: ['contract'] },
  store: { values: ['domain', 'limits', 'lib'] },
  actions: { values: ['domain', 'store', 'limits', 'lib'] },
  http: { values: ['contract', 'domain', 'limits', 'lib'] },
  'dojo/capabilities': { values: ['actions', 'contract', 'domain', 'store', 'limits'] },
  'dojo/dispatch': { values: ['dojo/capabilities', 'contract', 'domain'] },
  'dojo/rest': { values: ['dojo/dispatch', 'http', 'contract', 'domain', 'store', 'limits'] },
  'dojo/webhooks': { values: ['dojo/dispatch', 'http', 'contract', 'domain', 'limits'] },
  'dojo/client': { values: ['contract', 'limits', 'lib'] },
  'dojo/jobs': {
    values: ['actions', 'store', 'domain', 'dojo/client', 'limits', 'lib'],
    types: ['contract'],
  },
  /** What joins the rooms of Dojo's side. */
  dojo: { values: [...DOJO_ROOMS, 'http', 'actions', 'domain', 'store'] },
  till: {
    values: [
      'http',
      'actions',
      'domain',
      'store',
      'limits',
      'lib',
      'contract/json',
      'contract/validation',
    ],
  },
  operator: { values: ['contract', 'domain', 'store', 'dojo/client', 'limits'] },
}
/** A stand-in for Dojo has a process of its own, and shares none of our mistakes. */
const STANDS_ALONE: Record<string, Arrows> = { sandbox: { values: ['contract'] } }
const EVERY_ROOM = Object.keys(ROOMS)
/** What joins the rooms. */
const COMPOSITION: Record<string, Arrows> = {
  server: { values: EVERY_ROOM },
  main: { values: [...EVERY_ROOM, 'server'] },
}
const ARROWS = { ...ROOMS, ...STANDS_ALONE, ...COMPOSITION }

/** Packages that only these rooms know; the types of pg also wherever a pool is passed on. */
const PACKAGES: Array<{ name: RegExp; rooms: string[]; types?: string[] }> = [
  {
    name: /^(fastify$|@fastify\/)/,
    rooms: ['dojo', 'dojo/rest', 'dojo/webhooks', 'http', 'server', 'sandbox', 'till'],
  },
  { name: /^(pg$|@prisma\/)/, rooms: ['store'], types: ['server'] },
  { name: /^undici$/, rooms: ['dojo/client', 'sandbox'] },
]
/** The domain does no input and no output. */
const DOMAIN_PACKAGES = ['node:crypto', 'saxes']

// --- reading the files

interface Import {
  from: string
  specifier: string
  typeOnly: boolean
}
interface Source {
  path: string
  syntax: ts.SourceFile
  imports: Import[]
}

const filesUnder = (folder: string): string[] =>
  readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.[cm]?[jt]s$/.test(entry.name))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)).replaceAll(sep, '/'))
    .sort()

const isGenerated = (path: string): boolean => path.includes('/generated/')

function read(path: string): Source {
  const syntax = ts.createSourceFile(
    path,
    readFileSync(join(ROOT, path), 'utf8'),
    ts.ScriptTarget.Latest,
    true,
  )
  const imports: Import[] = []
  visit(syntax, (node) => {
    const found = (specifier: ts.Node | undefined, typeOnly: boolean) => {
      if (specifier !== undefined && ts.isStringLiteralLike(specifier)) {
        imports.push({ from: path, specifier: specifier.text, typeOnly })
      }
    }
    // `import { type A }` leaves an import behind when the types are stripped; `import type { A }`
    // leaves nothing.
    if (ts.isImportDeclaration(node)) {
      found(node.moduleSpecifier, node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword)
    } else if (ts.isExportDeclaration(node)) found(node.moduleSpecifier, node.isTypeOnly)
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      found(node.arguments[0], false)
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      found(node.argument.literal, true)
    }
  })
  return { path, syntax, imports }
}

function visit(node: ts.Node, look: (node: ts.Node) => void): void {
  look(node)
  node.forEachChild((child) => {
    visit(child, look)
  })
}

const isOurs = ({ specifier }: Import): boolean => specifier.startsWith('.')
const targetOf = ({ from, specifier }: Import): string =>
  join(dirname(from), specifier).replaceAll(sep, '/')
/** The innermost room that a file lies in. */
const roomOf = (path: string): string => {
  const inside = path.replace(/^src\//, '').replace(/\.ts$/, '')
  const around = Object.keys(ARROWS).filter(
    (room) => inside === room || inside.startsWith(`${room}/`),
  )
  return around.sort((a, b) => b.length - a.length)[0] ?? path
}

/**
 * Files started by name, in a process or thread of their own: `new URL('server.ts',
 * import.meta.url)`.
 */
function startedBy({ path, syntax }: Source): string[] {
  const started: string[] = []
  visit(syntax, (node) => {
    if (!ts.isStringLiteralLike(node) || !node.text.endsWith('.ts')) return
    for (const file of [join(dirname(path), node.text), node.text]) {
      if (existsSync(join(ROOT, file)) && statSync(join(ROOT, file)).isFile()) {
        started.push(file.replaceAll(sep, '/'))
      }
    }
  })
  return started
}

const sources = [...filesUnder('src'), ...filesUnder('scripts')].map(read)
const written = sources.filter(({ path }) => !isGenerated(path))
const inSrc = written.filter(({ path }) => path.startsWith('src/'))
const tests = filesUnder('test').map(read)

// --- the rules

t.test('every room is known', async (t) => {
  t.same(
    [...new Set(inSrc.map(({ path }) => roomOf(path)))].filter((room) => !(room in ARROWS)),
    [],
  )
  t.same(
    Object.keys(ARROWS).filter((room) => !inSrc.some(({ path }) => roomOf(path) === room)),
    [],
    'and there is every room that is known',
  )
})

t.test('imports follow the arrows', async (t) => {
  for (const [room, { values, types = [] }] of Object.entries(ARROWS)) {
    const allows = (targets: string[], path: string) =>
      targets.some((target) => target === roomOf(path) || path === `src/${target}.ts`)
    const wrong = inSrc
      .filter(({ path }) => roomOf(path) === room)
      .flatMap(({ imports }) => imports)
      .filter(isOurs)
      .filter((each) => {
        const target = targetOf(each)
        return (
          roomOf(target) !== room &&
          !allows(values, target) &&
          !(each.typeOnly && allows(types, target))
        )
      })
    t.same(wrong.map(spoken), [], room)
  }
})

t.test('commands and tests come from outside', async (t) => {
  const scripts = written
    .filter(({ path }) => path.startsWith('scripts/'))
    .flatMap(({ imports }) => imports)
    .filter(isOurs)
  t.same(
    scripts
      .filter(
        (each) => !/^(src|scripts)\//.test(targetOf(each)) || targetOf(each) === 'src/main.ts',
      )
      .map(spoken),
    [],
    'a command imports src/ and other commands, and does not start the server by an import',
  )
  const support = tests.flatMap(({ imports }) => imports).filter(isOurs)
  t.same(
    support
      .filter((each) => targetOf(each) === 'src/main.ts' || targetOf(each).endsWith('.test.ts'))
      .map(spoken),
    [],
    'a test imports no other test',
  )
})

t.test('packages stay in their rooms', async (t) => {
  const imports = inSrc.flatMap(({ imports }) => imports).filter((each) => !isOurs(each))
  for (const { name, rooms, types = [] } of PACKAGES) {
    const wrong = imports
      .filter(({ specifier }) => name.test(specifier))
      .filter(
        ({ from, typeOnly }) =>
          !rooms.includes(roomOf(from)) && !(typeOnly && types.includes(roomOf(from))),
      )
    t.same(wrong.map(spoken), [], String(name))
  }
  t.same(
    imports
      .filter(
        ({ from, specifier }) => roomOf(from) === 'domain' && !DOMAIN_PACKAGES.includes(specifier),
      )
      .map(spoken),
    [],
    'domain',
  )
})

t.test('the server needs no package that only development has', async (t) => {
  const { dependencies } = packageJson()
  const needed = sources
    .filter(({ path }) => path.startsWith('src/'))
    .flatMap(({ imports }) => imports)
    .filter((each) => !isOurs(each) && !each.typeOnly && !each.specifier.startsWith('node:'))
  t.same(
    needed
      .filter(({ specifier }) => !(/^(@[^/]+\/)?[^/]+/.exec(specifier)![0] in dependencies))
      .map(spoken),
    [],
  )
})

t.test('no import goes round in a circle', async (t) => {
  // Types leave nothing behind at run time: two files may know each other's.
  const graph = new Map(
    written.map(({ path, imports }) => [
      path,
      imports.filter((each) => isOurs(each) && !each.typeOnly).map(targetOf),
    ]),
  )
  t.same(circlesIn(graph), [])
})

t.test('every command of package.json is there', async (t) => {
  for (const file of commandFiles()) t.ok(existsSync(join(ROOT, file)), file)
})

t.test('no file is dead', async (t) => {
  const next = new Map(
    sources.map((source) => [
      source.path,
      [...source.imports.filter(isOurs).map(targetOf), ...startedBy(source)],
    ]),
  )
  const reached = new Set<string>()
  const reach = (path: string): void => {
    if (reached.has(path)) return
    reached.add(path)
    next.get(path)?.forEach(reach)
  }
  commandFiles().forEach(reach)
  t.same(
    written.map(({ path }) => path).filter((path) => !reached.has(path)),
    [],
    'src/ and scripts/',
  )

  reached.clear()
  for (const { path, imports } of tests) next.set(path, imports.filter(isOurs).map(targetOf))
  tests
    .map(({ path }) => path)
    .filter((path) => path.endsWith('.test.ts'))
    .forEach(reach)
  const startedByTap = [
    ...readFileSync(join(ROOT, '.taprc'), 'utf8').matchAll(/test\/support\/[\w-]+\.ts/g),
  ].map(([path]) => path)
  const together = tests.map(({ path }) => path).filter((path) => path.startsWith('test/together/'))
  const startedByTests = tests.flatMap(startedBy)
  startedByTap.concat(startedByTests, together).forEach(reach)
  t.same(
    tests.map(({ path }) => path).filter((path) => !reached.has(path)),
    [],
    'test/',
  )
})

t.test('the environment is read by the two processes and nowhere else of src/', async (t) => {
  const readers = inSrc.filter(
    ({ syntax, imports }) =>
      imports.some(({ specifier }) => /^(node:)?process$/.test(specifier)) ||
      has(syntax, isEnvironment),
  )
  t.same(
    readers.map(({ path }) => path),
    ['src/main.ts', 'src/sandbox/main.ts'],
  )
})

t.test('no test is left out', async (t) => {
  const together = tests
    .filter(({ path }) => path.startsWith('test/together/'))
    .flatMap(({ syntax }) => [...syntax.text.matchAll(/'([\w/-]+(?:\.test\.ts)?)'/g)])
    .map(([, path]) => `test/${path}`)
  t.strictSame(
    tests
      .map(({ path }) => path)
      .filter((path) => path.endsWith('.test.ts'))
      .filter(
        (file) =>
          together.filter((path) => file === path || file.startsWith(`${path}/`)).length !== 1,
      ),
    [],
    'each is in one file of test/together',
  )
  t.same(
    tests.filter(({ syntax }) => has(syntax, isLeftOut)).map(({ path }) => path),
    [],
  )
})

// --- their parts

const spoken = ({ from, specifier, typeOnly }: Import): string =>
  `${from} imports ${typeOnly ? 'types of ' : ''}${specifier}`

const packageJson = () =>
  JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Record<
    'scripts' | 'dependencies',
    Record<string, string>
  >

function commandFiles(): string[] {
  return Object.values(packageJson().scripts).flatMap((command) =>
    [...command.matchAll(/\bnode (?:--\S+ )*(\S+\.ts)/g)].map(([, file]) => file!),
  )
}

function circlesIn(graph: ReadonlyMap<string, string[]>): string[] {
  const circles: string[] = []
  const done = new Set<string>()
  const walk = (path: string, trail: string[]): void => {
    if (trail.includes(path)) circles.push([...trail.slice(trail.indexOf(path)), path].join(' -> '))
    if (trail.includes(path) || done.has(path)) return
    for (const next of graph.get(path) ?? []) walk(next, [...trail, path])
    done.add(path)
  }
  for (const path of graph.keys()) walk(path, [])
  return circles
}

function has(root: ts.Node, wanted: (node: ts.Node) => boolean): boolean {
  return wanted(root) || root.forEachChild((child) => has(child, wanted) || undefined) === true
}

/**
 * `process.env`, or `process` in a way that could hide it: `process['env']`, `const { env } =
 * process`.
 */
function isEnvironment(node: ts.Node): boolean {
  if (!ts.isIdentifier(node) || node.text !== 'process') return false
  const { parent } = node
  if (ts.isPropertyAccessExpression(parent)) {
    return parent.expression === node && parent.name.text === 'env'
  }
  if (ts.isElementAccessExpression(parent)) return parent.expression === node
  return ts.isVariableDeclaration(parent) && parent.initializer === node
}

const LEFT_OUT = ['only', 'skip', 'todo']

/** `t.only(...)`, `t.test.skip(...)`, `t.test('...', { skip: true }, ...)`. */
function isLeftOut(node: ts.Node): boolean {
  if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return false
  const { name } = node.expression
  if (LEFT_OUT.includes(name.text)) return true
  return (
    name.text === 'test' &&
    node.arguments.some(
      (argument) =>
        ts.isObjectLiteralExpression(argument) &&
        argument.properties.some((property) => LEFT_OUT.includes(property.name?.getText() ?? '')),
    )
  )
}

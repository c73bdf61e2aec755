// That everything is needed: every export has a user and every file is reached.
import { dirname, join, sep } from 'node:path'
import ts from 'typescript'
import { findNodes, lineOf, visit, type Rule, type Source } from './sources.ts'

/** Rooms whose functions the tests may be the only users of: their rules are tested one by one. */
const TESTED_ALONE = /^src\/(domain|lib)\//

/** What the tests hold against documents and databases, and nobody else needs. */
const FOR_TESTS: ReadonlySet<string> = new Set([
  'src/config.ts variables',
  'src/store/database/migrations.ts migrationNames',
  'src/store/database/migrations.ts schemaSql',
  'src/store/database/notifications.ts LISTENER_NAME',
])

/** What the package offers to other programs. */
const FOR_OTHERS: ReadonlySet<string> = new Set([
  'src/till-client/index.ts',
  'src/adapter/index.ts',
])

interface Exported {
  name: string
  line: number
  isType: boolean
  /** Whether another export of the file refers to it, so that it belongs to that one's shape. */
  isPartOfAnother: boolean
}

/** Another file of src/ or scripts/ imports it. For a type, a test is user enough. */
export const everyExportIsUsed: Rule = (sources) => {
  const users = usersByExport(sources)
  return sources.flatMap(({ path, syntax }) =>
    exportsOf(syntax).flatMap(({ name, line, isType, isPartOfAnother }) => {
      if (FOR_OTHERS.has(path) || (isType && isPartOfAnother)) return []
      const all = [...(users.get(`${path} ${name}`) ?? []), ...(users.get(`${path} *`) ?? [])]
      const testsCount = isType || path.startsWith('test/') || isForTests(path, name)
      if (all.some((user) => testsCount || !user.startsWith('test/'))) return []
      const except = all.length > 0 ? ' except by tests' : ''
      return [`${path}:${line} ${name} is used by no other file${except}`]
    }),
  )
}

function isForTests(path: string, name: string): boolean {
  return TESTED_ALONE.test(path) || FOR_TESTS.has(`${path} ${name}`)
}

function usersByExport(sources: readonly Source[]): Map<string, string[]> {
  const users = new Map<string, string[]>()
  for (const { path, imports } of sources) {
    for (const { target, names } of imports) {
      for (const name of names) {
        const key = `${target} ${name}`
        users.set(key, [...(users.get(key) ?? []), path])
      }
    }
  }
  return users
}

function exportsOf(syntax: ts.SourceFile): Exported[] {
  const exported = syntax.statements.filter(isExported)
  const mentions = exported.map((statement) => ({
    statement,
    names: new Set(findNodes(statement, ts.isIdentifier).map((node) => node.getText())),
  }))
  return exported.flatMap((statement) =>
    namesOf(statement).map((node) => ({
      name: ts.isIdentifier(node) ? node.text : 'default',
      line: syntax.getLineAndCharacterOfPosition(node.getStart()).line + 1,
      isType: ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement),
      isPartOfAnother: mentions.some(
        (other) => other.statement !== statement && other.names.has(node.getText()),
      ),
    })),
  )
}

function isExported(statement: ts.Statement): boolean {
  if (ts.isExportDeclaration(statement)) return true
  const modifiers = ts.canHaveModifiers(statement) ? ts.getModifiers(statement) : undefined
  return modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) === true
}

/** The identifiers that a statement exports, or the statement itself when it is the default. */
function namesOf(statement: ts.Statement): ts.Node[] {
  if (ts.isExportDeclaration(statement)) {
    const clause = statement.exportClause
    if (clause === undefined || !ts.isNamedExports(clause)) return []
    return clause.elements.map(({ name }) => name)
  }
  const modifiers = ts.canHaveModifiers(statement) ? ts.getModifiers(statement) : undefined
  if (modifiers?.some(({ kind }) => kind === ts.SyntaxKind.DefaultKeyword) === true) {
    return [statement]
  }
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.map(({ name }) => name)
  }
  return 'name' in statement ? [statement.name as ts.Node] : []
}

/** Every file is reached from one of these, by an import or by its name in a text. */
export function noFileIsDead(starts: readonly string[]): Rule {
  return (sources) => {
    const paths = new Set(sources.map(({ path }) => path))
    const next = new Map(sources.map((source) => [source.path, reachedFrom(source, paths)]))
    const reached = new Set<string>()
    const reach = (path: string): void => {
      if (reached.has(path)) return
      reached.add(path)
      next.get(path)?.forEach(reach)
    }
    starts.forEach(reach)
    return [...paths].filter((path) => !reached.has(path)).map((path) => `${path} is never loaded`)
  }
}

/** Imports, and files that are started by their name in a process or thread of their own. */
function reachedFrom({ path, imports, syntax }: Source, paths: Set<string>): string[] {
  const found = imports.flatMap(({ target }) => target ?? [])
  visit(syntax, (node) => {
    if (!ts.isStringLiteralLike(node) || !/\.[cm]?[jt]s$/.test(node.text)) return
    for (const file of [join(dirname(path), node.text), node.text]) {
      const name = file.replaceAll(sep, '/')
      if (paths.has(name)) found.push(name)
    }
  })
  return found
}

const LEFT_OUT = ['only', 'skip', 'todo']

/** `t.only(...)`, `t.test.skip(...)`, `t.test('...', { skip: true }, ...)`. */
export const noTestIsSwitchedOff: Rule = (sources) =>
  sources.flatMap((source) =>
    findNodes(source.syntax, isSwitchedOff).map(
      (node) => `${source.path}:${lineOf(source, node)} leaves a test out`,
    ),
  )

function isSwitchedOff(node: ts.Node): boolean {
  if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return false
  const { name } = node.expression
  if (LEFT_OUT.includes(name.text)) return true
  return (
    name.text === 'test' &&
    node.arguments.some(
      (argument) =>
        ts.isObjectLiteralExpression(argument) &&
        argument.properties.some(({ name }) => LEFT_OUT.includes(name?.getText() ?? '')),
    )
  )
}

/**
 * Each test file belongs to exactly one file of test/together, which is what `npm test` and
 * `npm run test:long` run. What runs at length is what others run, or said to be only there.
 */
export const everyTestIsRunOnce: Rule = (sources) => {
  const together = sources
    .filter(({ path }) => path.startsWith('test/together/'))
    .flatMap(({ syntax }) => findNodes(syntax, isRunTogether))
    .flatMap((node) => (node as ts.CallExpression).arguments)
    .flatMap((argument) => (ts.isStringLiteral(argument) ? [`test/${argument.text}`] : []))
  return sources
    .filter(({ path }) => path.endsWith('.test.ts'))
    .flatMap(({ path }) => {
      const times = together.filter((part) => path === part || path.startsWith(`${part}/`)).length
      return times === 1 ? [] : [`${path} is run ${times} times`]
    })
}

function isRunTogether(node: ts.Node): boolean {
  const RUNS = ['runTogether', 'runOverBothTransports', 'runOnlyAtLength']
  return ts.isCallExpression(node) && RUNS.includes(node.expression.getText())
}

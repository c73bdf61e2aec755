// Who does what: the store decides nothing, transports write nothing, and the environment is read by
// the processes alone.
import ts from 'typescript'
import { findNodes, lineOf, type Rule, type Source } from './sources.ts'

/** Where a violated constraint is given its meaning. */
const MEANING_OF_CONSTRAINTS = 'src/store/database/faults.ts'

/** Refusals belong to the domain. The store may say that a row is not there. */
export const storeRefusesNothing: Rule = (sources) =>
  sources
    .filter(({ path }) => path.startsWith('src/store/') && path !== MEANING_OF_CONSTRAINTS)
    .flatMap((source) => {
      const refusals = source.imports
        .filter(({ target }) => target === 'src/domain/errors.ts')
        .flatMap(({ names }) => names)
        .filter((name) => name !== 'notFound')
      return findNodes(source.syntax, (node) => {
        const isMade = ts.isCallExpression(node) || ts.isNewExpression(node)
        return isMade && refusals.includes(node.expression.getText())
      }).map(
        (node) =>
          `${source.path}:${lineOf(source, node)} makes a refusal: ${(
            node as ts.CallExpression
          ).expression.getText()}`,
      )
    })

const WRITES_SQL = /\b(INSERT\s+INTO|UPDATE\s+\w+(\s+(AS\s+)?\w+)?\s+SET|DELETE\s+FROM)\b/
const WRITES_PRISMA =
  /\.(create|createMany|createManyAndReturn|update|updateMany|updateManyAndReturn|upsert|delete|deleteMany)$/

/** A transport reads the store itself, but what changes it is an action. */
export const transportsWriteNothing: Rule = (sources) => {
  const writers = writersOf(sources.filter(({ path }) => path.startsWith('src/store/')))
  return sources
    .filter(({ path }) => /^src\/(dojo\/(capabilities|rest|webhooks)|till)\//.test(path))
    .flatMap(({ path, imports }) =>
      imports
        .filter(({ typeOnly }) => !typeOnly)
        .flatMap(({ target, names, line }) =>
          names
            .filter((name) => writers.has(`${target} ${name}`))
            .map((name) => `${path}:${line} imports ${name}, which writes`),
        ),
    )
}

/** What at the top level of a file writes, by itself or through what it refers to: `path name`. */
function writersOf(store: readonly Source[]): Set<string> {
  const declared = store.flatMap((source) => declarationsOf(source))
  const writers = new Set(declared.filter(({ writes }) => writes).map(({ key }) => key))
  for (let before = -1; before < writers.size;) {
    before = writers.size
    for (const { key, refersTo } of declared) {
      if (refersTo.some((other) => writers.has(other))) writers.add(key)
    }
  }
  return writers
}

interface Declaration {
  key: string
  writes: boolean
  refersTo: string[]
}

function declarationsOf(source: Source): Declaration[] {
  const { path, syntax, imports } = source
  const imported = new Map(
    imports.flatMap(({ target, names }) => names.map((name) => [name, `${target} ${name}`])),
  )
  return syntax.statements.flatMap((statement) => {
    const parts = ts.isVariableStatement(statement)
      ? [...statement.declarationList.declarations]
      : [statement]
    return parts.flatMap((part) => {
      const isNamed = ts.isVariableDeclaration(part) || ts.isFunctionDeclaration(part)
      if (!isNamed || part.name === undefined) return []
      const inside = findNodes(part, ts.isIdentifier).map((node) => node.getText())
      return [
        {
          key: `${path} ${part.name.getText()}`,
          writes: findNodes(part, isWrite).length > 0,
          refersTo: [...new Set(inside)].map((name) => imported.get(name) ?? `${path} ${name}`),
        },
      ]
    })
  })
}

function isWrite(node: ts.Node): boolean {
  if (ts.isCallExpression(node)) return WRITES_PRISMA.test(node.expression.getText())
  const isText = ts.isStringLiteralLike(node) || ts.isTemplateExpression(node)
  return isText && WRITES_SQL.test(node.getText())
}

const PROCESSES = ['src/main.ts', 'src/sandbox/main.ts']

/** Everything else is given its configuration. */
export const environmentIsReadByProcesses: Rule = (sources) =>
  sources
    .filter(({ path }) => path.startsWith('src/') && !PROCESSES.includes(path))
    .flatMap((source) => [
      ...source.imports
        .filter(({ specifier }) => /^(node:)?process$/.test(specifier))
        .map(({ line }) => `${source.path}:${line} imports the process`),
      ...findNodes(source.syntax, isEnvironment).map(
        (node) => `${source.path}:${lineOf(source, node)} reads the environment`,
      ),
    ])

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

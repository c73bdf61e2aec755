// Who does what: the store decides nothing, transports write nothing, and only the processes read
// the environment.
import ts from 'typescript'
import { findNodes, lineOf, type Rule, type Source } from './sources.ts'

/** Where a violated constraint is given its meaning. */
const MEANING_OF_CONSTRAINTS = 'src/store/database/faults.ts'
/** An answer kept for a till that repeats its call belongs to the transport. */
const KEPT_ANSWERS = 'src/store/database/idempotency.ts'

/**
 * Refusals belong to the domain. The store may say that a row is not there, and it may calculate
 * with the domain, but it calls nothing of the domain that refuses.
 */
export const storeRefusesNothing: Rule = (sources) => {
  const refusers = reachedBy(
    sources.filter(({ path }) => path.startsWith('src/domain/') && !GUARDS.includes(path)),
    refusalsIn,
  )
  return sources
    .filter(({ path }) => path.startsWith('src/store/') && path !== MEANING_OF_CONSTRAINTS)
    .flatMap((source) => [
      ...refusalsIn(source).map((node) => madeBy(source, node)),
      ...importsAmong(refusers, source).map(
        ({ line, name }) => `${source.path}:${line} imports ${name}, which refuses`,
      ),
    ])
}

/** What an action finds, the domain judges. That the server is too busy is no judgement. */
export const actionsRefuseNothing: Rule = (sources) =>
  sources
    .filter(({ path }) => path.startsWith('src/actions/'))
    .flatMap((source) =>
      refusalsIn(source)
        .filter((node) => (node as ts.CallExpression).expression.getText() !== 'Unavailable')
        .map((node) => madeBy(source, node)),
    )

/** A text of so many characters with a space in it is a sentence. */
const SENTENCE = 30

/**
 * What people read is written in the domain, beside the rule that it is about. That the server is
 * too busy is said where that is found out.
 */
export const actionsSayNothing: Rule = (sources) =>
  sources
    .filter(({ path }) => path.startsWith('src/actions/'))
    .flatMap((source) =>
      findNodes(source.syntax, isSentence)
        .filter(({ parent }) => !isUnavailable(parent))
        .map((node) => `${source.path}:${lineOf(source, node)} says ${node.getText()}`),
    )

function isSentence(node: ts.Node): boolean {
  const text = wordsOf(node)
  return text.length > SENTENCE && text.includes(' ')
}

/** What stands in it whatever is filled in; of anything but a text, nothing. */
function wordsOf(node: ts.Node): string {
  if (ts.isStringLiteralLike(node)) return node.text
  if (!ts.isTemplateExpression(node)) return ''
  return [node.head.text, ...node.templateSpans.map(({ literal }) => literal.text)].join('')
}

const isUnavailable = (node: ts.Node): boolean =>
  ts.isNewExpression(node) && node.expression.getText() === 'Unavailable'

function madeBy(source: Source, node: ts.Node): string {
  const { expression } = node as ts.CallExpression
  return `${source.path}:${lineOf(source, node)} makes a refusal: ${expression.getText()}`
}

const ERRORS = 'src/domain/errors.ts'
/** Every sum goes through the guards of money, which refuse what is not exact. */
const GUARDS = [ERRORS, 'src/domain/money.ts']

/** Where a file makes a refusal other than that something is not there. */
function refusalsIn({ syntax, imports }: Source): ts.Node[] {
  const makers = imports
    .filter(({ target }) => target === ERRORS)
    .flatMap(({ names }) => names)
    .filter((name) => name !== 'notFound')
  return findNodes(syntax, (node) => {
    if (!ts.isCallExpression(node) && !ts.isNewExpression(node)) return false
    const isOfNotFound = node.arguments?.[0]?.getText() === "'NotFound'"
    return makers.includes(node.expression.getText()) && !isOfNotFound
  })
}

/** What the domain says, and the store makes its SQL from; each with the way to say it there. */
const SAID_BY_THE_DOMAIN: [words: RegExp, instead: string][] = [
  [/'Finalized',\s*'|',\s*'Finalized'/, 'isOpenSql or isFinalSql'],
  [/'(LineVoided|SplitOff|MergedInto)',\s*'\w+'/, 'what domain/orders/exceptions.ts exports'],
  [/\bstatus\b[^\n(]{0,12}\bIN\s*\('/, 'listOf with a list that the domain exports'],
  [/coalesce\(\w+\.verify_payments/, 'VERIFICATION and verificationOf'],
]
/** Where the name of an order is put together. */
const ORDER_SQL = 'src/store/orders/order-sql.ts'

/** A list of the domain's words stands once: in the domain, and in SQL it is made from there. */
export const storeRepeatsNoList: Rule = (sources) =>
  sources
    .filter(({ path }) => path.startsWith('src/store/'))
    .flatMap(({ path, text }) => {
      const name: [RegExp, string] = [/coalesce\(o\.display_name, t\.name/, 'NAME_OF_ORDER']
      return (path === ORDER_SQL ? SAID_BY_THE_DOMAIN : [...SAID_BY_THE_DOMAIN, name])
        .filter(([words]) => words.test(text))
        .slice(0, 1)
        .map(([, instead]) => `${path} repeats a list of words; use ${instead}`)
    })

const WRITES_SQL = /\b(INSERT\s+INTO|UPDATE\s+\w+(\s+(AS\s+)?\w+)?\s+SET|DELETE\s+FROM)\b/
const WRITES_PRISMA = /\.((create|update)(Many|ManyAndReturn)?|upsert|delete(Many)?)$/

// The sockets keep their own leases, and the machines that they heard of.
const SPEAKS_TO_THE_WORLD = /^src\/(dojo\/(capabilities|rest|webhooks)|operator\/api|till)\//

/** A transport reads the store itself, but what changes it is an action. */
export const transportsWriteNothing: Rule = (sources) => {
  const writers = reachedBy(
    sources.filter(({ path }) => path.startsWith('src/store/')),
    writesIn,
  )
  return sources
    .filter(({ path }) => SPEAKS_TO_THE_WORLD.test(path))
    .flatMap((source) =>
      importsAmong(writers, source)
        .filter(({ target }) => target !== KEPT_ANSWERS)
        .map(({ line, name }) => `${source.path}:${line} imports ${name}, which writes`),
    )
}

function writesIn({ syntax }: Source): ts.Node[] {
  return findNodes(syntax, (node) => {
    if (ts.isCallExpression(node)) {
      const [argument] = node.arguments
      const isGivenAnObject = argument !== undefined && ts.isObjectLiteralExpression(argument)
      return isGivenAnObject && WRITES_PRISMA.test(node.expression.getText())
    }
    const isText = ts.isStringLiteralLike(node) || ts.isTemplateExpression(node)
    return isText && WRITES_SQL.test(node.getText())
  })
}

function importsAmong(
  marked: ReadonlySet<string>,
  { imports }: Source,
): { target: string; name: string; line: number }[] {
  return imports
    .filter(({ typeOnly }) => !typeOnly)
    .flatMap(({ target, names, line }) =>
      target === undefined
        ? []
        : names
            .filter((name) => marked.has(`${target} ${name}`))
            .map((name) => ({ target, name, line })),
    )
}

/** What at the top level of a file does it, itself or through what it refers to: `path name`. */
function reachedBy(
  sources: readonly Source[],
  find: (source: Source) => ts.Node[],
): ReadonlySet<string> {
  const declared = sources.flatMap((source) => declarationsOf(source, find(source)))
  const marked = new Set(declared.filter(({ does }) => does).map(({ key }) => key))
  for (let before = -1; before < marked.size;) {
    before = marked.size
    for (const { key, refersTo } of declared) {
      if (refersTo.some((other) => marked.has(other))) marked.add(key)
    }
  }
  return marked
}

interface Declaration {
  key: string
  does: boolean
  refersTo: string[]
}

function declarationsOf({ path, syntax, imports }: Source, found: ts.Node[]): Declaration[] {
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
          does: found.some((node) => node.pos >= part.pos && node.end <= part.end),
          refersTo: [...new Set(inside)].map((name) => imported.get(name) ?? `${path} ${name}`),
        },
      ]
    })
  })
}

const PROCESSES = ['src/main.ts', 'src/worker.ts', 'src/sandbox/main.ts']

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

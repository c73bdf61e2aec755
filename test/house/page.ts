// The page: how long a line and a function may be.
import ts from 'typescript'
import { findNodes, lineOf, type Rule, type Source } from './sources.ts'

const COLUMNS = 100
/** For text that would lose by being broken: SQL and other templates, and tables of data. */
const WIDE_COLUMNS = 140
const FUNCTION_LINES = 60

export const linesAreShort: Rule = (sources) =>
  sources.flatMap((source) => {
    const long = source.lines.flatMap((line, index) =>
      line.length > COLUMNS ? [{ line: index + 1, length: line.length }] : [],
    )
    if (long.length === 0) return []
    const wide = wideLines(source)
    return long
      .filter(({ line, length }) => length > WIDE_COLUMNS || !wide.has(line))
      .map(({ line, length }) => `${source.path}:${line} has ${length} columns`)
  })

const SQL = /\b(SELECT|INSERT INTO|UPDATE|DELETE FROM|CREATE|ALTER|DROP|SET|WHERE|JOIN|VALUES)\b/

/** Lines of templates, of SQL, and of what prettier leaves as it is. */
function wideLines(source: Source): Set<number> {
  const { syntax, text } = source
  const wide = new Set<number>()
  const lineAt = (position: number): number =>
    syntax.getLineAndCharacterOfPosition(position).line + 1
  for (const node of findNodes(syntax, () => true)) {
    const comments = ts.getLeadingCommentRanges(text, node.pos) ?? []
    const isWide =
      ts.isNoSubstitutionTemplateLiteral(node) ||
      ts.isTemplateExpression(node) ||
      (ts.isStringLiteral(node) && SQL.test(node.text)) ||
      comments.some(({ pos, end }) => text.slice(pos, end).includes('prettier-ignore'))
    if (!isWide) continue
    for (let line = lineOf(source, node); line <= lineAt(node.end); line++) wide.add(line)
  }
  return wide
}

/**
 * Counted from its first to its last line. The body of a test is a list of steps and may be long,
 * and so may the table of cases that a function of a test returns.
 */
export const functionsFitOnAScreen: Rule = (sources) =>
  sources.flatMap((source) =>
    findNodes(source.syntax, (node) => isFunctionWithBody(node) && !isTestBody(node)).flatMap(
      (node) => {
        const first = lineOf(source, node)
        const last = source.syntax.getLineAndCharacterOfPosition(node.end).line + 1
        const lines = last - first + 1 - linesOfCases(source, node)
        if (lines <= FUNCTION_LINES) return []
        return [`${source.path}:${first} ${nameOf(node)} has ${lines} lines`]
      },
    ),
  )

function isFunctionWithBody(node: ts.Node): boolean {
  return ts.isFunctionLike(node) && 'body' in node && node.body !== undefined
}

/** The function of `t.test('...', async (t) => { ... })`. */
function isTestBody({ parent }: ts.Node): boolean {
  return (
    ts.isCallExpression(parent) &&
    ts.isPropertyAccessExpression(parent.expression) &&
    parent.expression.name.text === 'test'
  )
}

/** How many lines the table takes that a function of a test returns. */
function linesOfCases(source: Source, node: ts.Node): number {
  if (!source.path.endsWith('.test.ts')) return 0
  const { body } = node as ts.FunctionDeclaration
  const last = body !== undefined && ts.isBlock(body) ? body.statements.at(-1) : undefined
  if (last === undefined || !ts.isReturnStatement(last)) return 0
  const table = last.expression
  if (table === undefined) return 0
  if (!ts.isArrayLiteralExpression(table) && !ts.isObjectLiteralExpression(table)) return 0
  return source.syntax.getLineAndCharacterOfPosition(table.end).line + 1 - lineOf(source, table)
}

function nameOf(node: ts.Node): string {
  const named = 'name' in node && node.name !== undefined ? node : node.parent
  return 'name' in named ? (named.name as ts.Node).getText() : 'a function'
}

// Small wrong edits of a source: each changes one place, and a good test notices it.
import ts from 'typescript'
import { usesInFunctions } from './uses.ts'

export interface Mutant {
  /** What kind of edit it is. */
  kind: string
  path: string
  line: number
  start: number
  end: number
  before: string
  after: string
  /** Its line, without the space around it. */
  around: string
  /**
   * Characters of the file that run when it has an effect: its own place, or, outside of every
   * function, the places in functions that use what it is part of. None: whatever uses the file.
   */
  places: number[]
}

/** Every edit that can be made to a file. */
export function mutantsOf(path: string, text: string): Mutant[] {
  const syntax = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true)
  const lines = text.split('\n')
  const mutants: Mutant[] = []
  let depth = 0
  const add = (kind: string, start: number, end: number, after: string): void => {
    const { line } = syntax.getLineAndCharacterOfPosition(start)
    const before = text.slice(start, end)
    const places = depth === 0 ? usesInFunctions(syntax, start) : [start]
    const around = lines[line]!.trim()
    mutants.push({ kind, path, line: line + 1, start, end, before, after, around, places })
  }
  const visit = (node: ts.Node): void => {
    if (ts.isTypeNode(node) || ts.isImportDeclaration(node) || isOnlyTold(node)) return
    const inFunction = ts.isFunctionLike(node) ? 1 : 0
    depth += inFunction
    for (const { kind, at = node, after } of editsOf(node)) add(kind, at.getStart(), at.end, after)
    if (ts.isStringLiteralLike(node) || ts.isTemplateLiteralToken(node)) {
      for (const { kind, offset, length, after } of editsOfSql(node.getText())) {
        const start = node.getStart() + offset
        add(kind, start, start + length, after)
      }
    }
    node.forEachChild(visit)
    depth -= inFunction
  }
  visit(syntax)
  return mutants
}

export function applied(text: string, { start, end, after }: Mutant): string {
  return text.slice(0, start) + after + text.slice(end)
}

/** Names the edit wherever its line stands, and so for as long as its line stays as it is. */
function nameOf({ path, kind, around, before, after }: Mutant): string {
  return [path, around, kind, before, after].join('\t')
}

/** By their names: where lines of a file are equal, those after the first have a number as well. */
export function named(mutants: readonly Mutant[]): Map<string, Mutant> {
  const byName = new Map<string, Mutant>()
  for (const mutant of mutants) {
    let name = nameOf(mutant)
    for (let n = 2; byName.has(name); n++) name = `${nameOf(mutant)}\t${n}`
    byName.set(name, mutant)
  }
  return byName
}

/** A word for people who read logs or the description of an API, or a timer that ends by itself. */
function isOnlyTold(node: ts.Node): boolean {
  if (ts.isCallExpression(node)) {
    return /\b(?:log|logger)\.(?:trace|debug|info|warn|error|fatal)$|\.unref$/.test(
      node.expression.getText(),
    )
  }
  if (!ts.isObjectLiteralExpression(node) || node.properties.length === 0) return false
  return node.properties.every((property) =>
    /^(?:description|examples?|title)$/.test(property.name?.getText() ?? ''),
  )
}

interface Edit {
  kind: string
  /** What is replaced, when it is not the node itself. */
  at?: ts.Node
  after: string
}

function editsOf(node: ts.Node): Edit[] {
  if (ts.isIfStatement(node) || ts.isWhileStatement(node)) return [negated(node.expression)]
  if (ts.isConditionalExpression(node)) return [negated(node.condition)]
  if (ts.isBinaryExpression(node)) return otherOperator(node)
  if (ts.isNumericLiteral(node)) return [{ kind: 'number', after: `(${node.getText()} + 1)` }]
  if (node.kind === ts.SyntaxKind.TrueKeyword) return [{ kind: 'boolean', after: 'false' }]
  if (node.kind === ts.SyntaxKind.FalseKeyword) return [{ kind: 'boolean', after: 'true' }]
  if (ts.isExpressionStatement(node) && isOnlyTold(node.expression)) return []
  if (ts.isExpressionStatement(node)) return [{ kind: 'statement dropped', after: ';' }]
  if (ts.isThrowStatement(node)) return [{ kind: 'throw dropped', after: ';' }]
  if (ts.isCallExpression(node) && node.arguments.length > 1) {
    const at = node.arguments.at(-1)!
    if (isOnlyTold(at) || at.getText() === 'undefined') return []
    return [{ kind: 'argument dropped', at, after: 'undefined' }]
  }
  return []
}

function negated(condition: ts.Expression): Edit {
  return { kind: 'condition negated', at: condition, after: `!(${condition.getText()})` }
}

const OTHER_OPERATOR: Record<string, string> = {
  '&&': '||',
  '||': '&&',
  '===': '!==',
  '!==': '===',
  '<': '<=',
  '<=': '<',
  '>': '>=',
  '>=': '>',
  '+': '-',
  '-': '+',
  '*': '+',
}

function otherOperator({ left, operatorToken, right }: ts.BinaryExpression): Edit[] {
  const other = OTHER_OPERATOR[operatorToken.getText()]
  const isText = [left, right].some((side) => /^['"`]/.test(side.getText()))
  if (other === undefined || isText) return []
  return [{ kind: 'operator', at: operatorToken, after: other }]
}

interface SqlEdit {
  kind: string
  offset: number
  length: number
  after: string
}

/** A parameter stays, or the statement could not even be prepared and every test would notice. */
const SQL_EDITS: { kind: string; find: RegExp; replace: (found: RegExpMatchArray) => string }[] = [
  {
    kind: 'tenant forgotten',
    find: /(?:\w+\.)?location_id = (\$\d+|\w+\.location_id)/g,
    replace: ([, other]) => (other!.startsWith('$') ? `${other}::text IS NOT NULL` : 'TRUE'),
  },
  { kind: 'row not locked', find: / FOR (?:NO KEY )?UPDATE/g, replace: () => '' },
  { kind: 'IS NULL swapped', find: /IS NULL\b/g, replace: () => 'IS NOT NULL' },
  { kind: 'IS NULL swapped', find: /IS NOT NULL\b/g, replace: () => 'IS NULL' },
  { kind: 'order reversed', find: /\bDESC\b/g, replace: () => 'ASC' },
]

function editsOfSql(text: string): SqlEdit[] {
  if (!/\b(SELECT|INSERT|UPDATE|DELETE|WHERE|JOIN)\b/.test(text)) return []
  return SQL_EDITS.flatMap(({ kind, find, replace }) =>
    [...text.matchAll(find)].map((found) => ({
      kind,
      offset: found.index,
      length: found[0].length,
      after: replace(found),
    })),
  )
}

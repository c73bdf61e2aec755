// Where functions of a file use what stands outside of them.
import ts from 'typescript'

/**
 * @param at a place outside of every function, in a declaration
 * @returns where functions of the file use what is declared there, or what is made of it
 */
export function usesInFunctions(syntax: ts.SourceFile, at: number): number[] {
  const names = new Set(declaredAround(syntax, at))
  const uses = new Set<number>()
  let known = -1
  // Constants are made of constants: each round finds the next ones.
  while (names.size > known) {
    known = names.size
    for (const { name, place, inFunction, declares } of identifiersOf(syntax)) {
      if (!names.has(name)) continue
      if (inFunction) uses.add(place)
      else for (const other of declares) names.add(other)
    }
  }
  return [...uses]
}

interface Use {
  name: string
  place: number
  inFunction: boolean
  /** Names that the declaration around it gives. */
  declares: string[]
}

const usesOfFile = new WeakMap<ts.SourceFile, Use[]>()

function identifiersOf(syntax: ts.SourceFile): readonly Use[] {
  const known = usesOfFile.get(syntax)
  if (known !== undefined) return known
  const found: Use[] = []
  const visit = (node: ts.Node, inFunction: boolean): void => {
    if (ts.isTypeNode(node) || ts.isImportDeclaration(node)) return
    if (ts.isIdentifier(node)) {
      const place = node.getStart()
      const declares = inFunction ? [] : declaredAround(syntax, place)
      found.push({ name: node.text, place, inFunction, declares })
    }
    const within = inFunction || ts.isFunctionLike(node)
    node.forEachChild((child) => {
      visit(child, within)
    })
  }
  visit(syntax, false)
  usesOfFile.set(syntax, found)
  return found
}

function declaredAround(syntax: ts.SourceFile, at: number): string[] {
  const statement = syntax.statements.find(({ pos, end }) => pos <= at && at < end)
  if (statement === undefined || !ts.isVariableStatement(statement)) return []
  const { declarations } = statement.declarationList
  return declarations.flatMap(({ name }) => (ts.isIdentifier(name) ? [name.text] : []))
}

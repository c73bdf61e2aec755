// The prepared statements of the store, as PostgreSQL's own parser reads them.
import { registerHooks } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import ts from 'typescript'
import { visit, ROOT, type Source } from './sources.ts'

export interface StoredStatement {
  /** The file that has it. */
  path: string
  name: string
  /** As a distributed database is sent it. */
  text: string
}

/** Every statement that the files of the store have at their top level. */
export async function readStatements(store: readonly Source[]): Promise<StoredStatement[]> {
  const hooks = registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context)
      const source = store.find(({ path }) => url === asked(path))
      if (source === undefined) return loaded
      const names = topLevelNames(source)
      const shown = names.map((name) => `${name} as shown_${name}`).join(', ')
      return { ...loaded, source: `${String(loaded.source)}\nexport { ${shown} }` }
    },
  })
  try {
    const found: StoredStatement[] = []
    for (const { path } of store) {
      const module = (await import(asked(path))) as Record<string, unknown>
      const texts = new Map<string, string>()
      for (const value of Object.values(module)) collect(value, texts)
      for (const [name, text] of texts) found.push({ path, name, text })
    }
    return found
  } finally {
    hooks.deregister()
  }
}

/** Apart from the module that the server imports. */
function asked(path: string): string {
  return `${pathToFileURL(join(ROOT, path)).href}?statements`
}

function topLevelNames({ syntax }: Source): string[] {
  return syntax.statements
    .filter((node) => ts.isVariableStatement(node))
    .filter((node) => !node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.DeclareKeyword))
    .flatMap(({ declarationList }) => [...declarationList.declarations])
    .flatMap(({ name }) => (ts.isIdentifier(name) ? [name.text] : []))
}

function collect(value: unknown, found: Map<string, string>): void {
  if (typeof value !== 'object' || value === null) return
  const { name, text, distributed } = value as Record<string, unknown>
  if (typeof name === 'string' && typeof text === 'string') {
    found.set(name, typeof distributed === 'string' ? distributed : text)
  } else if (value.constructor === Object || Array.isArray(value)) {
    for (const each of Object.values(value)) collect(each, found)
  }
}

/** Where a statement is made inside a function, and so cannot be read from outside. */
export function statementsInFunctions(sources: readonly Source[]): string[] {
  const found: string[] = []
  for (const { path, syntax } of sources) {
    visit(syntax, (node) => {
      if (!ts.isObjectLiteralExpression(node)) return
      const names = node.properties.map((property) => property.name?.getText())
      if (!names.includes('name') || !names.includes('text')) return
      const outer = ts.findAncestor(node, (above) => ts.isFunctionDeclaration(above))
      if (outer !== undefined) {
        found.push(`${path}: ${(outer as ts.FunctionDeclaration).name!.text}`)
      }
    })
  }
  return found
}

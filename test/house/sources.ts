// What the rules of the house look at: files with their syntax and imports.
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import ts from 'typescript'

export const ROOT = join(import.meta.dirname, '../..')

export interface Import {
  from: string
  specifier: string
  /** The file that is meant, when it is one of ours. */
  target: string | undefined
  /** Leaves nothing behind at run time. */
  typeOnly: boolean
  /** The names that it takes; `*` for all of them. */
  names: string[]
  line: number
}

export interface Source {
  path: string
  text: string
  lines: string[]
  syntax: ts.SourceFile
  imports: Import[]
}

/** A rule finds its violations, each a text that begins with the path of the file. */
export type Rule = (sources: readonly Source[]) => string[]

function source(path: string, text: string): Source {
  const syntax = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true)
  return { path, text, lines: text.split('\n'), syntax, imports: importsOf(path, syntax) }
}

/** The sources of an example, given as text by path. */
export function sources(files: Record<string, string>): Source[] {
  return Object.entries(files).map(([path, text]) => source(path, text))
}

/** Every file of ours under a folder, but not what is generated. */
export function readSources(folder: string): Source[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.[cm]?[jt]sx?$/.test(entry.name))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)).replaceAll(sep, '/'))
    .filter((path) => !/\/(generated|built)\//.test(path))
    .sort()
    .map((path) => source(path, readFileSync(join(ROOT, path), 'utf8')))
}

export function lineOf({ syntax }: Source, node: ts.Node): number {
  return syntax.getLineAndCharacterOfPosition(node.getStart()).line + 1
}

export function visit(node: ts.Node, look: (node: ts.Node) => void): void {
  look(node)
  node.forEachChild((child) => {
    visit(child, look)
  })
}

export function findNodes(root: ts.Node, wanted: (node: ts.Node) => boolean): ts.Node[] {
  const found: ts.Node[] = []
  visit(root, (node) => {
    if (wanted(node)) found.push(node)
  })
  return found
}

function importsOf(path: string, syntax: ts.SourceFile): Import[] {
  const imports: Import[] = []
  const add = (specifier: ts.Node | undefined, typeOnly: boolean, names: string[]): void => {
    if (specifier === undefined || !ts.isStringLiteralLike(specifier)) return
    const isOurs = specifier.text.startsWith('.')
    imports.push({
      from: path,
      specifier: specifier.text,
      target: isOurs ? join(dirname(path), specifier.text).replaceAll(sep, '/') : undefined,
      typeOnly,
      names,
      line: syntax.getLineAndCharacterOfPosition(specifier.getStart()).line + 1,
    })
  }
  visit(syntax, (node) => {
    // `import { type A }` leaves an import behind when the types are stripped; `import type { A }`
    // leaves nothing.
    if (ts.isImportDeclaration(node)) {
      const isType = node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword
      add(node.moduleSpecifier, isType, importedNames(node.importClause))
    } else if (ts.isExportDeclaration(node)) {
      add(node.moduleSpecifier, node.isTypeOnly, exportedNames(node.exportClause))
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      add(node.arguments[0], false, ['*'])
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      add(node.argument.literal, true, ['*'])
    }
  })
  return imports
}

function importedNames(clause: ts.ImportClause | undefined): string[] {
  const bindings = clause?.namedBindings
  return [
    ...(clause?.name === undefined ? [] : ['default']),
    ...(bindings === undefined ? [] : namesIn(bindings)),
  ]
}

function exportedNames(clause: ts.NamedExportBindings | undefined): string[] {
  return clause === undefined ? ['*'] : namesIn(clause)
}

function namesIn(bindings: ts.NamedImportBindings | ts.NamedExportBindings): string[] {
  if (!ts.isNamedImports(bindings) && !ts.isNamedExports(bindings)) return ['*']
  return bindings.elements.map(({ name, propertyName }) => (propertyName ?? name).text)
}

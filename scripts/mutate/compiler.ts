// An edit that the compiler refuses is no test's business: `npm run lint` notices it.
import { join } from 'node:path'
import ts from 'typescript'

/** What is said of names that are used no more, which an edit may leave behind. */
const UNUSED = new Set([6133, 6138, 6192, 6196, 6198, 6199, 7027])

export interface Compiler {
  refuses: (path: string, text: string) => boolean
}

/** @param root the folder of tsconfig.json */
export function createCompiler(root: string): Compiler {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), (path) => ts.sys.readFile(path))
  const { fileNames, options } = ts.parseJsonConfigFileContent(
    { ...(config as object), include: ['src'] },
    ts.sys,
    root,
  )
  let edited = { path: '', text: '', version: 0 }
  const service = ts.createLanguageService({
    getCompilationSettings: () => ({ ...options, incremental: false }),
    getScriptFileNames: () => fileNames,
    getScriptVersion: (path) => (path === edited.path ? String(edited.version) : '0'),
    getScriptSnapshot: (path) => {
      const text = path === edited.path ? edited.text : ts.sys.readFile(path)
      return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text)
    },
    getCurrentDirectory: () => root,
    getDefaultLibFileName: ts.getDefaultLibFilePath,
    fileExists: (path) => ts.sys.fileExists(path),
    readFile: (path) => ts.sys.readFile(path),
    readDirectory: (...args) => ts.sys.readDirectory(...args),
    directoryExists: (path) => ts.sys.directoryExists(path),
    getDirectories: (path) => ts.sys.getDirectories(path),
  })
  return {
    refuses(path, text) {
      edited = { path: join(root, path), text, version: edited.version + 1 }
      return [
        ...service.getSyntacticDiagnostics(edited.path),
        ...service.getSemanticDiagnostics(edited.path),
      ].some(({ code, category }) => category === ts.DiagnosticCategory.Error && !UNUSED.has(code))
    },
  }
}

// Runs test files with an edit of one source, again and again in one process, so that Node, the
// libraries and PostgreSQL are started once for many edits. Forked by `npm run mutate`. For each
// trial the project's own modules are evaluated anew, from memory: no file is written.
import { readFileSync } from 'node:fs'
import { registerHooks, stripTypeScriptTypes } from 'node:module'
import { join, sep } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { TrialNews, TrialRequest } from '../../scripts/mutate/test-process.ts'
import { prepare, runOne } from './together.ts'

const ROOT = join(import.meta.dirname, '../..')
const OURS = `${pathToFileURL(ROOT).href}/`
/** Evaluated once for all trials: they know which test runs, and which databases are free. */
const SHARED = new Set(
  ['together', 'current-test', 'tap-without-hooks', 'transport', 'random-runs', 'database'].map(
    (name) => join(ROOT, 'test/support', `${name}.ts`),
  ),
)

let edit: TrialRequest['edit']
let trials = 0
const stripped = new Map<string, string>()

registerHooks({
  resolve(specifier, context, next) {
    const resolved = next(specifier, context)
    const trial = new URL(context.parentURL ?? 'file:///').searchParams.get('trial')
    if (trial === null || !isOurs(resolved.url)) return resolved
    const url = new URL(resolved.url)
    url.searchParams.set('trial', trial)
    return { ...resolved, url: url.href }
  },
  load(address, context, next) {
    if (!address.includes('trial=') || !address.startsWith(OURS)) return next(address, context)
    return { format: 'module', source: sourceOf(fileURLToPath(address)), shortCircuit: true }
  },
})

function isOurs(address: string): boolean {
  if (!address.startsWith(OURS) || address.includes('/node_modules/')) return false
  const path = fileURLToPath(address)
  return path.endsWith('.ts') && !SHARED.has(path)
}

function sourceOf(path: string): string {
  if (edit !== undefined && path === join(ROOT, edit.path.replaceAll('/', sep))) {
    return stripTypeScriptTypes(edit.text)
  }
  const known = stripped.get(path)
  if (known !== undefined) return known
  const source = stripTypeScriptTypes(readFileSync(path, 'utf8'))
  stripped.set(path, source)
  return source
}

async function tryEdit(request: TrialRequest): Promise<TrialNews> {
  edit = request.edit
  trials++
  const startedAtMs = performance.now()
  let tests = 0
  for (const test of request.tests) {
    if (tests > 0 && performance.now() - startedAtMs > request.seconds * 1_000) break
    tests++
    tell({ begins: test })
    if (!(await runOne(test, { trial: String(trials) }))) return { tests, failed: test }
  }
  return { tests, failed: undefined }
}

function tell(news: TrialNews): void {
  process.send!(news)
}

prepare()
process.on('message', (request: TrialRequest) => {
  void tryEdit(request).then(tell)
})
process.on('disconnect', () => process.exit())

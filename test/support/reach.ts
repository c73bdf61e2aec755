// node test/support/reach.ts REACHES TEST...: runs test files in one process and adds to REACHES, a
// line of JSON each (a Reach), what they reach of the source, as V8 counts it, and how long they
// take. `npm run mutate` chooses tests by it.
import { createHash } from 'node:crypto'
import { appendFileSync, readFileSync } from 'node:fs'
import { Session, type Profiler } from 'node:inspector/promises'
import { join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ROOMS, type Reach } from '../../scripts/mutate/coverage.ts'
import { runEach, withoutTransport } from './together.ts'

const ROOT = join(import.meta.dirname, '../..')

const [answer, ...tests] = process.argv.slice(2)
const session = new Session()
session.connect()
await session.post('Profiler.enable')
await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true })
let since = performance.now()
await runEach(tests, async (test, hasPassed) => {
  const ms = Math.round(performance.now() - since)
  const { result } = await session.post('Profiler.takePreciseCoverage')
  const hash = hashOf(join(ROOT, 'test', withoutTransport(test)))
  const reach: Reach = { test, hash, ms, hasFailed: !hasPassed, files: filesOf(result) }
  appendFileSync(answer!, `${JSON.stringify(reach)}\n`)
  since = performance.now()
})

function filesOf(scripts: readonly Profiler.ScriptCoverage[]): Reach['files'] {
  const files: Reach['files'] = {}
  for (const { url, functions } of scripts) {
    const path = url.startsWith('file:') ? fileURLToPath(url) : ''
    const name = relative(ROOT, path).replaceAll(sep, '/')
    if (!ROOMS.some((room) => name.startsWith(`src/${room}/`))) continue
    const spans = spansReached(functions)
    if (spans.length > 0) files[name] = { hash: hashOf(path), spans }
  }
  return files
}

/** Ranges lie within each other, and the innermost around a place says whether it was run. */
function spansReached(functions: readonly Profiler.FunctionCoverage[]): number[] {
  const ranges = functions
    // The file itself counts as a function too, from its first character.
    .filter((its) => its.ranges[0]!.startOffset > 0)
    .flatMap((its) => its.ranges)
    .sort((a, b) => a.startOffset - b.startOffset || b.endOffset - a.endOffset)
  const spans: number[] = []
  const open: Profiler.CoverageRange[] = []
  let at = 0
  const markTo = (end: number): void => {
    const wasRun = (open.at(-1)?.count ?? 0) > 0
    if (wasRun && end > at && spans.at(-1) === at) spans[spans.length - 1] = end
    else if (wasRun && end > at) spans.push(at, end)
    at = end
  }
  const closeUntil = (place: number): void => {
    while (open.length > 0 && open.at(-1)!.endOffset <= place) {
      markTo(open.at(-1)!.endOffset)
      open.pop()
    }
  }
  for (const range of ranges) {
    closeUntil(range.startOffset)
    markTo(range.startOffset)
    open.push(range)
  }
  closeUntil(Infinity)
  return spans
}

function hashOf(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex').slice(0, 16)
}

// node test/support/reach.ts PLACES REACHES TEST...: runs test files in one process and writes down
// which places of the source each of them reaches, as V8 counts it, and how long each takes.
// `npm run mutate` chooses tests by it. PLACES and REACHES are files of JSON, a Place[], a Reach[].
import { readFileSync, writeFileSync } from 'node:fs'
import { Session, type Profiler } from 'node:inspector/promises'
import { fileURLToPath } from 'node:url'
import type { Place, Reach } from '../../scripts/mutate/coverage.ts'
import { runEach } from './together.ts'

const [asked, answer, ...tests] = process.argv.slice(2)
const places = JSON.parse(readFileSync(asked!, 'utf8')) as Place[]
const session = new Session()
session.connect()
await session.post('Profiler.enable')
await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true })
const reaches: Reach[] = []
let since = performance.now()
await runEach(tests, async (test) => {
  const ms = Math.round(performance.now() - since)
  const { result } = await session.post('Profiler.takePreciseCoverage')
  reaches.push({ test, ms, places: placesReached(result) })
  writeFileSync(answer!, JSON.stringify(reaches))
  since = performance.now()
})

function placesReached(scripts: readonly Profiler.ScriptCoverage[]): number[] {
  const byPath = new Map(
    scripts
      .filter(({ url }) => url.startsWith('file:'))
      .map(({ url, functions }) => [fileURLToPath(url), functions]),
  )
  return places.flatMap((place, n) => {
    const functions = byPath.get(place.path)
    return functions !== undefined && isReached(place, functions) ? [n] : []
  })
}

function isReached(
  { at, atLoad }: Place,
  functions: readonly Profiler.FunctionCoverage[],
): boolean {
  // The file itself counts as a function too, from its first character.
  const ownFunctions = functions.filter(({ ranges }) => ranges[0]!.startOffset > 0)
  if (atLoad) return ownFunctions.some(({ ranges }) => ranges[0]!.count > 0)
  const around = ownFunctions
    .flatMap(({ ranges }) => ranges)
    .filter(({ startOffset, endOffset }) => startOffset <= at && at < endOffset)
    .sort((a, b) => a.endOffset - a.startOffset - (b.endOffset - b.startOffset))
  return around[0] !== undefined && around[0].count > 0
}

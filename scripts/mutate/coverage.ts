// Which tests are run with an edit: those that reach its place, the quickest first.
import { basename } from 'node:path'
import type { Mutant } from './mutants.ts'

/** What a test file reaches. */
export interface Reach {
  /** By its path under test/; with its transport, when its calls went over the socket. */
  test: string
  /** The hash of the test file. */
  hash: string
  ms: number
  hasFailed: boolean
  /** By paths of sources of which it runs a function. */
  files: Record<string, ReachOfFile>
}

export interface ReachOfFile {
  /** The hash of the source: places in another text of it say nothing. */
  hash: string
  /** Where code begins that was run, and where it ends, by turns, in characters of the file. */
  spans: number[]
}

/** The rooms that are scored. */
export const ROOMS = ['domain', 'store', 'actions', 'dojo', 'till'] as const

/** Paths under test/ of what is run in one process; others start servers of their own. */
export const TESTS = [
  'contract',
  'dojo',
  'domain',
  'http',
  'house/shards.test.ts',
  'isolation',
  'lib',
  'limits.test.ts',
  'operator',
  'properties',
  'races',
  'scenarios',
  'scripts/distribute.test.ts',
  'scripts/jobs.test.ts',
  'scripts/payment.test.ts',
  'store',
  'till',
]

const SHAPES_TEST = 'till/kit/closed-shapes.test.ts'

export interface Sources {
  /** By the path of a source. */
  hashOf: (path: string) => string
  /** Paths of the sources that import this one. */
  importersOf: (path: string) => readonly string[]
}

/**
 * @returns what reaches the edit; the likeliest to notice it first: its own test, one that is
 *   named like it, its wing's
 */
export function testsReaching(
  reaches: readonly Reach[],
  { path, places, kind }: Pick<Mutant, 'path' | 'places' | 'kind'>,
  sources: Sources,
): Reach[] {
  const files = filesInFor(reaches, path, sources)
  const own = path.replace('src/', '').replace(/\/[^/]+$/, '/')
  const [firstWord] = basename(path, '.ts').split('-')
  const wing = `/${path.split('/').at(-2)}/`
  const weight = ({ test, ms }: Reach): number => {
    if (test.startsWith('house/')) return 0
    if (basename(test).startsWith(`${basename(path, '.ts')}.test`)) return ms / 100
    if (basename(test).startsWith(firstWord!)) return ms / 20
    return test.startsWith(own) || test.includes(wing) ? ms / 10 : ms
  }
  const hash = sources.hashOf(path)
  return reaches
    .filter(({ test, hasFailed, files: reached }) => {
      const ofFile = reached[path]
      if (hasFailed) return false
      // These run nothing of it: they read all statements, and all shapes.
      if (test.startsWith('house/')) return kind === 'tenant forgotten'
      if (test === SHAPES_TEST && path.endsWith('shapes.ts')) return true
      if (ofFile?.hash !== hash || places.length === 0) {
        return files.some((file) => reached[file] !== undefined)
      }
      return places.some((place) => isWithin(ofFile.spans, place))
    })
    .sort((a, b) => weight(a) - weight(b))
}

/** The file, or, where it has no function that runs, what imports it. */
function filesInFor(reaches: readonly Reach[], path: string, { importersOf }: Sources): string[] {
  const seen = new Set([path])
  let files = [path]
  while (!reaches.some((reach) => files.some((file) => reach.files[file] !== undefined))) {
    files = files.flatMap(importersOf).filter((file) => !seen.has(file))
    if (files.length === 0) return []
    for (const file of files) seen.add(file)
  }
  return files
}

function isWithin(spans: readonly number[], place: number): boolean {
  return spans.some((from, n) => n % 2 === 0 && from <= place && place < spans[n + 1]!)
}

export function roomOf(path: string): string {
  return path.split('/')[1]!
}

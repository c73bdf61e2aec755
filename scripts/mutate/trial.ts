// Tries edits one at a time, in a copy of the project, with the tests that reach them.
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { ROOMS, testsReaching, TESTS, type Reach, type Sources } from './coverage.ts'
import { LinesFile } from './lines-file.ts'
import { applied, type Mutant } from './mutants.ts'
import { ProjectCopy } from './project-copy.ts'

const RUNNER = 'test/together/mutated.ts'
const LONGEST_ALONE_MS = 600_000
/** Whose reach is measured in one process: it counts everything that it has ever loaded. */
const TESTS_TOGETHER = 25
/** A test of these needs no server and no time: what fails in it fails again. */
const IS_STEADY = /^(?:domain|house)\//
const OVER_SOCKET = ' over the socket'
/** Whose tests are run over the socket as well. */
const BOTH_TRANSPORTS = 'dojo/capabilities'

export interface Trial {
  /** The test that notices it. */
  noticedBy?: string
  /** How many were run at most. */
  tests: number
}

export class Trials {
  readonly copy: ProjectCopy
  readonly #seconds: number
  #reaches: readonly Reach[] = []
  #sources: Sources | undefined

  constructor(root: string, seconds: number) {
    this.#seconds = seconds
    this.copy = new ProjectCopy(root)
  }

  /**
   * Learns what the tests reach: from the last time, and by running those that changed since.
   *
   * @param path an absolute one, where it is kept
   * @returns names of tests that fail without an edit, twice: they would notice everything
   */
  async learn(path: string): Promise<string[]> {
    const kept = new LinesFile<Reach>(path)
    const hashes = new Map(testNames(this.copy.path).map((name) => [name, this.#hashOfTest(name)]))
    const readKnown = (): Reach[] => {
      const known = new Map(kept.read().map((reach) => [reach.test, reach]))
      return [...known.values()].filter(({ test, hash }) => hashes.get(test) === hash)
    }
    for (let round = 1; round <= 2; round++) {
      const passed = readKnown().filter(({ hasFailed }) => !hasFailed)
      const missing = [...hashes.keys()].filter((name) => !passed.some(({ test }) => test === name))
      if (missing.length === 0) break
      for (let from = 0; from < missing.length; from += TESTS_TOGETHER) {
        const some = missing.slice(from, from + TESTS_TOGETHER)
        const file = ['test/support/reach.ts', path, ...some]
        await this.copy.run({ file, longestMs: () => LONGEST_ALONE_MS })
      }
    }
    this.#reaches = readKnown()
    this.#sources = sourcesOf(this.copy)
    const passed = this.#reaches.filter(({ hasFailed }) => !hasFailed).map(({ test }) => test)
    return [...hashes.keys()].filter((name) => !passed.includes(name))
  }

  async try(mutant: Mutant): Promise<Trial> {
    const tests = testsReaching(this.#reaches, mutant, {
      sources: this.#sources!,
      seconds: this.#seconds,
    })
    const path = join(this.copy.path, mutant.path)
    const text = readFileSync(path, 'utf8')
    writeFileSync(path, applied(text, mutant))
    try {
      return { noticedBy: await this.#noticerAmong(tests), tests: tests.length }
    } finally {
      writeFileSync(path, text)
    }
  }

  /** The test that fails with the edit, and again alone: a busy machine makes some fail once. */
  async #noticerAmong(tests: readonly Reach[]): Promise<string | undefined> {
    let rest = tests
    while (rest.length > 0) {
      const name = await this.#firstFailing(rest)
      if (name === undefined) return undefined
      const first = rest.findIndex(({ test }) => test === name)
      const alone = rest.slice(first, first + 1)
      if (IS_STEADY.test(name) || (await this.#firstFailing(alone)) !== undefined) return name
      rest = rest.slice(first + 1)
    }
    return undefined
  }

  async #firstFailing(tests: readonly Reach[]): Promise<string | undefined> {
    const names = tests.map(({ test }) => test)
    writeFileSync(
      join(this.copy.path, RUNNER),
      `import { runEach } from '../support/together.ts'

await runEach(${JSON.stringify(names)}, async () => {})
`,
    )
    const { hasPassed, failed } = await this.copy.run({
      file: [RUNNER],
      environment: { TAP_BAIL: '1' },
      longestMs: (name) => 15_000 + 5 * (tests.find(({ test }) => test === name)?.ms ?? 0),
    })
    // A source that cannot even be loaded fails before any test has begun.
    return hasPassed ? undefined : (failed.find((name) => names.includes(name)) ?? names[0])
  }

  #hashOfTest(name: string): string {
    return hashOf(this.copy.read(join('test', name.replace(OVER_SOCKET, ''))))
  }
}

function testNames(root: string): string[] {
  const paths = TESTS.flatMap((path) => {
    if (path.endsWith('.ts')) return [path]
    return readdirSync(join(root, 'test', path), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.test.ts'))
      .sort()
      .map((name) => `${path}/${name}`)
  })
  const overSocket = paths.filter((path) => path.startsWith(`${BOTH_TRANSPORTS}/`))
  return [...paths, ...overSocket.map((path) => `${path}${OVER_SOCKET}`)]
}

/** Paths of the sources of a room. */
export function sourcesIn(root: string, room: string): string[] {
  return readdirSync(join(root, 'src', room), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.startsWith('generated'))
    .map((name) => `src/${room}/${name}`)
    .sort()
}

function sourcesOf(copy: ProjectCopy): Sources {
  const importers = new Map<string, string[]>()
  const hashes = new Map<string, string>()
  for (const path of ROOMS.flatMap((room) => sourcesIn(copy.path, room))) {
    const text = copy.read(path)
    hashes.set(path, hashOf(text))
    for (const [, specifier] of text.matchAll(/from '(\.[^']+)'/g)) {
      const imported = normalize(join(dirname(path), specifier!))
      importers.set(imported, [...(importers.get(imported) ?? []), path])
    }
  }
  return {
    hashOf: (path) => hashes.get(path) ?? '',
    importersOf: (path) => importers.get(path) ?? [],
  }
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16)
}

// Tries edits one at a time, with the tests that reach them.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { ROOMS, testsReaching, TESTS, type Reach, type Sources } from './coverage.ts'
import { LinesFile } from './lines-file.ts'
import { applied, type Mutant } from './mutants.ts'
import { TestProcess } from './test-process.ts'

const LONGEST_LEARNING_MS = 600_000
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
  /** How many were run. */
  tests: number
}

export class Trials {
  readonly #root: string
  readonly #seconds: number
  readonly #process: TestProcess
  #reaches: readonly Reach[] = []
  #sources: Sources | undefined

  constructor(root: string, seconds: number) {
    this.#root = root
    this.#seconds = seconds
    this.#process = new TestProcess(root)
  }

  /**
   * Learns what the tests reach: from the last time, and by running those that changed since.
   *
   * @param path an absolute one, where it is kept
   * @returns names of tests that fail without an edit, twice: they would notice everything
   */
  async learn(path: string): Promise<string[]> {
    const kept = new LinesFile<Reach>(path)
    const hashes = new Map(testNames(this.#root).map((name) => [name, this.#hashOfTest(name)]))
    const readKnown = (): Reach[] => {
      const known = new Map(kept.read().map((reach) => [reach.test, reach]))
      return [...known.values()].filter(({ test, hash }) => hashes.get(test) === hash)
    }
    const countsFailures = new Map<string, number>()
    for (const { test, hash, hasFailed } of kept.read()) {
      if (!hasFailed || hashes.get(test) !== hash) continue
      countsFailures.set(test, (countsFailures.get(test) ?? 0) + 1)
    }
    for (let round = 1; round <= 2; round++) {
      const passed = readKnown().filter(({ hasFailed }) => !hasFailed)
      const missing = [...hashes.keys()].filter(
        (name) => !passed.some(({ test }) => test === name) && (countsFailures.get(name) ?? 0) < 2,
      )
      if (missing.length === 0) break
      for (let from = 0; from < missing.length; from += TESTS_TOGETHER) {
        await measureReach(this.#root, path, missing.slice(from, from + TESTS_TOGETHER))
      }
    }
    this.#reaches = readKnown()
    this.#sources = sourcesOf(this.#root)
    const passed = this.#reaches.filter(({ hasFailed }) => !hasFailed).map(({ test }) => test)
    return [...hashes.keys()].filter((name) => !passed.includes(name))
  }

  async try(mutant: Mutant): Promise<Trial> {
    const { path } = mutant
    const text = applied(readFileSync(join(this.#root, path), 'utf8'), mutant)
    const sources = this.#sources!
    let rest = testsReaching(this.#reaches, mutant, sources)
    let tests = 0
    while (rest.length > 0) {
      const tried = await this.#run(rest, { path, text })
      tests += tried.tests
      if (tried.failed === undefined) break
      if (await this.#failsAgain(tried.failed, { path, text })) {
        return { noticedBy: tried.failed, tests }
      }
      rest = rest.slice(rest.findIndex(({ test }) => test === tried.failed) + 1)
    }
    return { tests }
  }

  async end(): Promise<void> {
    await this.#process.end()
  }

  /**
   * A busy machine makes some tests fail once, and an edit may leave a process behind in which
   * others fail: alone, with the edit again and then without it.
   */
  async #failsAgain(name: string, edit: Edit): Promise<boolean> {
    if (IS_STEADY.test(name)) return true
    const alone = this.#reaches.filter(({ test }) => test === name)
    if ((await this.#run(alone, edit)).failed === undefined) return false
    if ((await this.#run(alone)).failed === undefined) return true
    await this.#process.end()
    return (await this.#run(alone, edit)).failed !== undefined
  }

  async #run(reaches: readonly Reach[], edit?: Edit): ReturnType<TestProcess['try']> {
    const tests = reaches.map(({ test }) => test)
    return await this.#process.try(
      { tests, seconds: this.#seconds, ...(edit === undefined ? {} : { edit }) },
      (name) => 20_000 + 3 * (reaches.find(({ test }) => test === name)?.ms ?? 0),
    )
  }

  #hashOfTest(name: string): string {
    const path = join(this.#root, 'test', name.replace(OVER_SOCKET, ''))
    return hashOf(readFileSync(path, 'utf8'))
  }
}

interface Edit {
  path: string
  text: string
}

/** Runs the tests in one process, which adds what they reach to the file. */
async function measureReach(root: string, path: string, tests: readonly string[]): Promise<void> {
  const child = spawn(process.execPath, ['test/support/reach.ts', path, ...tests], {
    cwd: root,
    env: { ...process.env, TAP_TIMEOUT: '3600' },
    stdio: 'ignore',
    timeout: LONGEST_LEARNING_MS,
    killSignal: 'SIGKILL',
  })
  await once(child, 'exit')
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

function sourcesOf(root: string): Sources {
  const importers = new Map<string, string[]>()
  const hashes = new Map<string, string>()
  for (const path of ROOMS.flatMap((room) => sourcesIn(root, room))) {
    const text = readFileSync(join(root, path), 'utf8')
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

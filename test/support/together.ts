// Runs many test files in one process: the server is loaded and compiled once instead of once a
// file, which was most of the suite's time. Each file is a subtest of its own, with its own
// teardowns, and runs alone just as well.
import { readdirSync, statSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { join, relative, sep } from 'node:path'
import { mock } from 'node:test'
import { pathToFileURL } from 'node:url'
import type { Test } from 'tap'
import { useQuickScrypt } from './quick-scrypt.ts'
import { makeAllRuns } from './random-runs.ts'
import { root } from './tap-without-hooks.ts'
import { useTransport, type TestTransport } from './transport.ts'

const TESTS = join(import.meta.dirname, '..')
const PER_FILE_TIMEOUT_MS = 300_000
/** At the end of the name of a test file whose calls go over the socket. */
const OVER_SOCKET = ' over the socket'

let current: Test = root

/** What a test file gets when it imports `tap`. */
export function currentTest(): Test {
  return current
}

/** Runs the test files of these folders, or these files, given by their path under test/. */
export async function runTogether(...paths: string[]): Promise<void> {
  await runEach(paths, async () => {})
}

/** Called with the name of a file when it has ended, before the next begins. */
type AfterEach = (name: string, hasPassed: boolean) => Promise<void>

/** @param names paths, with OVER_SOCKET at the end of those whose calls go over the socket */
export async function runEach(names: readonly string[], afterEach: AfterEach): Promise<void> {
  prepare()
  for (const name of names) await afterEach(name, await runOne(name))
}

/** Once, before `runOne`. */
export function prepare(): void {
  giveEachItsTest()
  useQuickScrypt()
  for (const event of ['uncaughtException', 'unhandledRejection']) process.on(event, failCurrent)
}

/**
 * @param query added to the URL of the file, which is evaluated once for each
 * @returns whether it has passed
 */
export async function runOne(name: string, query: Record<string, string> = {}): Promise<boolean> {
  const transport = name.endsWith(OVER_SOCKET) ? 'socket' : 'rest'
  let hasPassed = true
  await runFiles([withoutTransport(name)], transport, {
    query,
    afterEach: async (_name, passed) => {
      hasPassed = passed
    },
  })
  return hasPassed
}

/** The same, and then once more over the socket: both transports answer the same. */
export async function runOverBothTransports(...paths: string[]): Promise<void> {
  await runTogether(...paths)
  await runFiles(paths, 'socket')
}

/** The same with all runs, kills and faults, of which `npm test` makes a part. */
export async function runAtLength(...paths: string[]): Promise<void> {
  makeAllRuns()
  await runTogether(...paths)
}

/** At length as well, those that `npm test` has no time for: the fewer, the better. */
export async function runOnlyAtLength(...paths: string[]): Promise<void> {
  await runAtLength(...paths)
}

export function withoutTransport(name: string): string {
  return name.replace(new RegExp(`${OVER_SOCKET}$`), '')
}

/** An error that nothing awaits fails the file that runs. */
function failCurrent(error: unknown): void {
  current.threw(error)
}

function giveEachItsTest(): void {
  registerHooks({
    resolve(specifier, context, next) {
      const isTest = /\.test\.ts(\?.*)?$/.test(context.parentURL ?? '')
      if (specifier !== 'tap' || !isTest) return next(specifier, context)
      // A query of its own, so that it is evaluated anew for each file.
      const url = new URL('current-test.ts', import.meta.url)
      url.searchParams.set('of', context.parentURL!)
      return { url: url.href, format: 'module-typescript', shortCircuit: true }
    },
  })
}

/** @param transport in the name of each, and so in its URL: a module is evaluated once for each */
async function runFiles(
  paths: readonly string[],
  transport: TestTransport,
  {
    query = {},
    afterEach = async () => {},
  }: { query?: Record<string, string>; afterEach?: AfterEach } = {},
): Promise<void> {
  useTransport(transport)
  for (const file of paths.flatMap(testFilesUnder)) {
    const path = relative(TESTS, file).replaceAll(sep, '/')
    const name = transport === 'rest' ? path : `${path}${OVER_SOCKET}`
    const results = await root.test(name, async (t) => {
      t.setTimeout(PER_FILE_TIMEOUT_MS)
      t.teardown(() => {
        mock.timers.reset()
      })
      current = t
      const url = pathToFileURL(file)
      if (transport !== 'rest') url.searchParams.set('over', transport)
      for (const [key, value] of Object.entries(query)) url.searchParams.set(key, value)
      await import(url.href)
    })
    await afterEach(name, results?.ok ?? true)
  }
}

function testFilesUnder(path: string): string[] {
  const full = join(TESTS, path)
  if (statSync(full).isFile()) return [full]
  return readdirSync(full, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.ts'))
    .sort()
    .map((name) => join(full, name))
}

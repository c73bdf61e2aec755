// The commands and the server, run as an operator runs them: as processes of their own, in an
// environment of their own.
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { Test } from 'tap'
import { TEST_DATA_DIR } from './database.ts'

const ROOT = join(import.meta.dirname, '../..')

/** A process that hangs is ended, and shows as a failure. */
const TIMEOUT_MS = 60_000

export interface Ran {
  code: number | null
  stdout: string
  stderr: string
}

export type Environment = Record<string, string>

/** Dozens of processes read the same files; this halves the time in which they start. */
const NODE_COMPILE_CACHE = join(TEST_DATA_DIR, 'compiled')

/** Runs `scripts/NAME.ts` with nothing of the test's own environment but the path. */
export async function runScript(
  name: string,
  args: readonly string[],
  {
    environment = {},
    input = '',
    root = ROOT,
  }: { environment?: Environment; input?: string; root?: string } = {},
): Promise<Ran> {
  const child = start(join(root, 'scripts', `${name}.ts`), args, environment)
  child.stdin.on('error', () => {}) // it may end without reading
  child.stdin.end(input)
  const ended = new Promise<number | null>((resolve) => {
    child.once('close', resolve)
  })
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended])
  return { code, stdout, stderr }
}

export interface RunningServer {
  url: string
  stop: () => Promise<Ran>
}

/** Starts the server and waits until it says where it listens. */
export async function runServer(t: Test, environment: Environment): Promise<RunningServer> {
  const child = start(join(ROOT, 'src/main.ts'), [], { PORT: '0', ...environment })
  t.teardown(() => {
    child.kill('SIGKILL')
  })
  const ended = new Promise<number | null>((resolve) => {
    child.once('close', resolve)
  })
  const stdout = text(child.stdout)
  let stderr = ''
  const url = await new Promise<string>((resolve, reject) => {
    child.stderr.setEncoding('utf8').on('data', (part: string) => {
      stderr += part
      const listening = /Listening on (http:\S+?)[,.]? .*\n/.exec(stderr)
      if (listening !== null) resolve(listening[1]!)
    })
    void ended.then(() => {
      reject(new Error(`The server ended: ${stderr}`))
    })
  })
  return {
    url,
    stop: async () => {
      child.kill('SIGTERM')
      return { code: await ended, stdout: await stdout, stderr }
    },
  }
}

function start(
  file: string,
  args: readonly string[],
  environment: Environment,
): ChildProcessWithoutNullStreams {
  return spawn(process.execPath, [file, ...args], {
    cwd: tmpdir(),
    env: { PATH: process.env['PATH'], NODE_COMPILE_CACHE, ...environment },
    timeout: TIMEOUT_MS,
    killSignal: 'SIGKILL',
  })
}

/** A folder for an embedded database, which may run as another user; removed when the test ends. */
export function newDataDir(t: Test): string {
  const dataDir = join(tmpdir(), `epos-data-${randomBytes(6).toString('hex')}`)
  mkdirSync(dataDir)
  t.teardown(() => {
    rmSync(dataDir, { recursive: true, force: true })
  })
  return dataDir
}

/** PostgreSQL removes its pid file last of all. */
export function checkNothingRuns(t: Test, dataDir: string): void {
  t.equal(existsSync(join(dataDir, 'postgres')), true, 'there is a database')
  t.equal(existsSync(join(dataDir, 'postgres/postmaster.pid')), false, 'it is stopped')
  t.same(readdirSync(join(dataDir, 'postgres-users')), [], 'and nobody uses it')
}

/** One line that says what is wrong, and for a wrong word how it is typed; never a stack trace. */
export function checkFailure(
  t: Test,
  { code, stdout, stderr }: Ran,
  expected: { code: 1 | 2; message: RegExp | string },
): void {
  const [message, ...more] = stderr.trimEnd().split('\n')
  t.equal(code, expected.code)
  t.match(message, expected.message)
  if (expected.code === 1) t.same(more, [], 'one line')
  else t.match(more, [/^Usage: npm run /, 'More with --help.'])
  t.equal(stdout, '', 'nothing is on standard output')
}

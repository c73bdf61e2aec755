// The commands, run in the test's own process with streams and an environment of their own; and
// what must be a process: the server, and the command as it is installed.
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable, Writable } from 'node:stream'
import { text } from 'node:stream/consumers'
import type { Test } from 'tap'
import type { Io } from '../../scripts/cli/io.ts'
import * as epos from '../../scripts/epos.ts'
import * as generator from '../../scripts/generator.ts'
import { compileCache } from './compile-cache.ts'

const ROOT = join(import.meta.dirname, '../..')

/** A process that hangs is ended, and shows as a failure. */
const TIMEOUT_MS = 60_000

export interface Ran {
  code: number | null
  stdout: string
  stderr: string
}

export type Environment = Record<string, string>

export interface RunOptions {
  environment?: Environment
  /** What is on standard input. */
  input?: string
  /** Whether a person reads the output, at a terminal. */
  isTTY?: boolean
}

/** Runs `epos ARGS` in this process, with nothing of its environment. */
export async function runEpos(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  return await runHere(epos.run, args, options)
}

/** Runs `npm run generate -- ARGS` in this process, on another tree. */
export async function runGenerate(args: readonly string[], root: string): Promise<Ran> {
  return await runHere(async (argv, io) => await generator.run(argv, io, root), args, {})
}

async function runHere(
  run: (argv: readonly string[], io: Io) => Promise<number>,
  args: readonly string[],
  { environment = {}, input = '', isTTY = false }: RunOptions,
): Promise<Ran> {
  const stdout = Object.assign(new Collector(), { isTTY })
  const stderr = new Collector()
  const io = {
    stdin: Readable.from([input]),
    stdout,
    stderr,
    env: environment,
    onInterrupt: () => {},
  }
  return { code: await run(args, io), stdout: stdout.text, stderr: stderr.text }
}

class Collector extends Writable {
  text = ''

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString()
    done()
  }
}

/** Runs a file of the project as a process, with nothing of the test's environment but the path. */
export async function runProcess(
  file: string,
  args: readonly string[],
  { environment = {}, input = '', cwd }: RunOptions & { cwd?: string } = {},
): Promise<Ran> {
  const child = start(join(ROOT, file), args, { environment, cwd })
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
  const child = start(join(ROOT, 'src/main.ts'), [], { environment: { PORT: '0', ...environment } })
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
  { environment, cwd = tmpdir() }: { environment: Environment; cwd?: string | undefined },
): ChildProcessWithoutNullStreams {
  return spawn(process.execPath, [file, ...args], {
    cwd,
    env: { PATH: process.env['PATH'], ...compileCache(), ...environment },
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

/** What a change says below what it did. */
export function databaseNote(databaseUrl: string): string {
  return `Database: ${hostAndName(databaseUrl)}\n`
}

/** Where the database is, without a user or a password. */
export function hostAndName(databaseUrl: string): string {
  const { host, pathname } = new URL(databaseUrl)
  return `${host}${pathname}`
}

/** One line that says what is wrong, and after a usage error the usage; never a stack trace. */
export function checkFailure(
  t: Test,
  { code, stdout, stderr }: Ran,
  expected: { code: 1 | 2; message: RegExp | string },
): void {
  const [message, ...more] = stderr.trimEnd().split('\n')
  t.equal(code, expected.code)
  t.match(message, expected.message)
  if (expected.code === 1) t.same(more, [], 'one line')
  else t.match(more, [/^Usage: npx epos /, 'More with --help.'])
  t.equal(stdout, '', 'nothing is on standard output')
}

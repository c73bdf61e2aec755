// The embedded PostgreSQL under DATA_DIR, for trying the server and for its tests.
//
// The postmaster runs in its own session, so that Ctrl-C reaches only the server, and requests in
// flight still have their database. Every process that uses it has an entry in `postgres-users/`;
// the last one stops it. A killed process leaves a stale entry, which the next one removes, and a
// running database, which the next one takes over.
import { randomBytes } from 'node:crypto'
import { execFileSync, spawn } from 'node:child_process'
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { join, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { limits } from '../../limits.ts'
import { postgresRunner, type PostgresRunner } from './postgres-runner.ts'

export interface EmbeddedPostgres {
  /** Connection string of the superuser, on loopback. */
  url: string
  /** False when another process started it. */
  startedHere: boolean
  /**
   * Starts it again where it was, if it has ended by itself.
   * @returns whether it had
   * @throws Error when it cannot be started
   */
  revive: () => Promise<boolean>
  /** Stops using the database. Its last user stops it, and with `remove` deletes it. */
  release: (options?: { remove?: boolean }) => Promise<void>
}

export interface EmbeddedOptions {
  dataDir: string
  /** `name=value` settings of PostgreSQL, used only when this call starts it. */
  settings?: readonly string[]
}

const POLL_MS = 10

function clusterUnder(dataDir: string): string {
  return join(dataDir, 'postgres')
}

/** Whether there is a database; otherwise `acquireEmbeddedPostgres` would create one. */
export function isEmbeddedThere(dataDir: string): boolean {
  return existsSync(clusterUnder(resolve(dataDir)))
}

export async function acquireEmbeddedPostgres(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const dir = resolve(options.dataDir)
  mkdirSync(dir, { recursive: true })
  const place = {
    cluster: clusterUnder(dir),
    users: join(dir, 'postgres-users'),
    log: join(dir, 'postgres.log'),
    password: join(dir, 'postgres-password'),
    lock: join(dir, 'postgres-lock'),
  }
  const runner = postgresRunner(dir)
  const user = join(place.users, `${process.pid}-${randomBytes(4).toString('hex')}`)

  return await withFileLock(place.lock, async () => {
    mkdirSync(place.users, { recursive: true })
    livingUsers(place.users)
    if (!existsSync(place.password)) {
      writeFileSync(place.password, randomBytes(24).toString('base64url'), { mode: 0o600 })
    }
    const password = readFileSync(place.password, 'utf8')
    if (!existsSync(place.cluster)) createCluster(place.cluster, password, runner)

    let running = postmaster(place.cluster)
    const startedHere = running === undefined
    const start = { settings: options.settings ?? [], runner }
    running ??= await startPostmaster(place, { ...start, port: await freePort() })
    writeFileSync(user, '')
    const { port } = running
    return {
      url: `postgresql://epos:${password}@127.0.0.1:${port}/postgres`,
      startedHere,
      revive: async () => {
        if (postmaster(place.cluster) !== undefined) return false
        return await withFileLock(place.lock, async () => {
          if (postmaster(place.cluster) !== undefined) return false
          await startAgain(async () => await startPostmaster(place, { ...start, port }))
          return true
        })
      },
      release: async ({ remove = false } = {}) => {
        await withFileLock(place.lock, async () => {
          rmSync(user, { force: true })
          if (livingUsers(place.users) > 0) return
          await stopPostmaster(place.cluster)
          if (remove) rmSync(place.cluster, { recursive: true, force: true })
        })
      },
    }
  })
}

// --- the processes that use it

function livingUsers(dir: string): number {
  let living = 0
  for (const name of readdirSync(dir)) {
    if (isAlive(Number(name.split('-')[0]))) living++
    else rmSync(join(dir, name), { force: true })
  }
  return living
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

async function withFileLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + limits.embeddedStartTimeoutMs + limits.embeddedStopTimeoutMs
  for (;;) {
    try {
      const file = openSync(path, 'wx')
      writeFileSync(file, String(process.pid))
      closeSync(file)
      break
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      const holder = holderOf(path)
      if (holder !== undefined && !isAlive(holder)) rmSync(path, { force: true })
      else if (Date.now() > deadline) {
        throw new Error(
          `the embedded database is being started or stopped by process ${holder ?? '?'}; ` +
            `remove ${path} if that process is gone`,
        )
      } else await delay(POLL_MS)
    }
  }
  try {
    return await work()
  } finally {
    rmSync(path, { force: true })
  }
}

function holderOf(path: string): number | undefined {
  try {
    const text = readFileSync(path, 'utf8')
    return text === '' ? undefined : Number(text)
  } catch {
    // released in between
    return undefined
  }
}

// --- the postmaster

function postmaster(cluster: string): { pid: number; port: number; ready: boolean } | undefined {
  let text: string
  try {
    text = readFileSync(join(cluster, 'postmaster.pid'), 'utf8')
  } catch {
    return undefined
  }
  const lines = text.split('\n')
  const pid = Number(lines[0])
  if (!Number.isInteger(pid) || pid <= 0 || !isAlive(pid)) return undefined
  return { pid, port: Number(lines[3]), ready: lines[7]?.trim() === 'ready' }
}

function createCluster(cluster: string, password: string, runner: PostgresRunner): void {
  const fresh = `${cluster}.new`
  rmSync(fresh, { recursive: true, force: true })
  mkdirSync(fresh, { mode: 0o700 })
  const passwordFile = join(fresh, '..', 'postgres-initdb-password')
  writeFileSync(passwordFile, password, { mode: 0o600 })
  runner.own(fresh)
  runner.own(passwordFile)
  try {
    const command = runner.command('initdb', [
      '-D',
      fresh,
      '-U',
      'epos',
      '-A',
      'scram-sha-256',
      `--pwfile=${passwordFile}`,
      '-E',
      'UTF8',
      '--locale=C',
      '--no-sync',
    ])
    execFileSync(command.file, command.args, { ...command.options, stdio: 'pipe' })
  } finally {
    rmSync(passwordFile, { force: true })
  }
  renameSync(fresh, cluster)
}

/** The processes of one that was killed take a moment to end, and until then none can start. */
async function startAgain(start: () => Promise<unknown>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await start()
      return
    } catch (error) {
      if (attempt === limits.embeddedRestartAttempts) throw error
      await delay(limits.embeddedRestartPauseMs)
    }
  }
}

async function startPostmaster(
  place: { cluster: string; log: string },
  { settings, runner, port }: { settings: readonly string[]; runner: PostgresRunner; port: number },
) {
  const all = [
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    'max_connections=200',
    'timezone=UTC',
    'log_timezone=UTC',
    ...settings,
  ]
  const command = runner.command('postgres', [
    '-D',
    place.cluster,
    '-p',
    String(port),
    ...all.flatMap((setting) => ['-c', setting]),
  ])
  const log = openSync(place.log, 'a', 0o600)
  const child = spawn(command.file, command.args, {
    ...command.options,
    detached: true,
    stdio: ['ignore', log, log],
  })
  closeSync(log)
  let ended: string | undefined
  child.once('error', (error) => {
    ended = error.message
  })
  child.once('exit', (code, signal) => {
    ended = `it exited with ${signal ?? `code ${code}`}`
  })
  child.unref()
  const deadline = Date.now() + limits.embeddedStartTimeoutMs
  for (;;) {
    const running = postmaster(place.cluster)
    if (running?.ready === true) return running
    if (ended !== undefined) {
      throw new Error(`the embedded PostgreSQL did not start: ${ended}; see ${place.log}`)
    }
    if (Date.now() > deadline) {
      throw new Error(
        `the embedded PostgreSQL was not ready within ${limits.embeddedStartTimeoutMs} ms; ` +
          `see ${place.log}`,
      )
    }
    await delay(POLL_MS)
  }
}

async function stopPostmaster(cluster: string): Promise<void> {
  const running = postmaster(cluster)
  if (running === undefined) return
  // PostgreSQL's fast shutdown: it ends sessions and writes the data.
  process.kill(running.pid, 'SIGINT')
  const deadline = Date.now() + limits.embeddedStopTimeoutMs
  while (isAlive(running.pid) && postmaster(cluster) !== undefined) {
    if (Date.now() > deadline) {
      throw new Error(
        `the embedded PostgreSQL (process ${running.pid}) did not stop within ` +
          `${limits.embeddedStopTimeoutMs} ms`,
      )
    }
    await delay(POLL_MS)
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve, reject) =>
    server.once('error', reject).listen(0, '127.0.0.1', resolve),
  )
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

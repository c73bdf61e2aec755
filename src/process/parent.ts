// Several processes on one port: this one has the database and the port, keeps the workers serving,
// and answers no request itself.
import type { BoundSocket } from 'node:net'
import type { Config } from '../config.ts'
import type { Repeated } from '../lib/every.ts'
import { limits } from '../limits.ts'
import { startWarnings } from '../operator/start-warnings.ts'
import { connectionsToSpare } from '../store/database/connections.ts'
import { openDatabaseUrl, type DatabaseUrl } from '../store/database/database-url.ts'
import { pendingMigrations } from '../store/database/migrations.ts'
import { createPool } from '../store/database/pool.ts'
import { migrateFirst, watchEmbedded } from './database.ts'
import { stopWithGrace, watchParent } from './endings.ts'
import { createAllMeasured } from './measure-all.ts'
import { sharePort, type PortShares } from './port-shares.ts'
import { Team } from './team.ts'
import { startWorker, type WorkerProcess } from './worker-process.ts'
import { say, urlOf } from './words.ts'

/** SIGHUP would say it more often, but a terminal that is closed sends that too. */
const RESTART = 'SIGUSR2'

/** Resolves once all workers serve. */
export async function serveWithWorkers(
  config: Readonly<Config>,
  environment: NodeJS.ProcessEnv,
): Promise<void> {
  const opening = openDatabaseUrl(config)
  let workers: Workers | undefined
  const watches: Repeated[] = []
  const stop = async (): Promise<void> => {
    for (const watch of watches) await watch.stop()
    await workers?.stop()
    await (await opening.catch(() => undefined))?.release()
  }
  const graceful = stopWithGrace(stop, {
    delayMs: limits.workerStopTimeoutMs + limits.workerForceMs,
    except: [RESTART],
  })
  // Without this the signal would end a process that is still starting.
  let restart = (): void => {}
  process.on(RESTART, () => {
    restart()
  })

  try {
    const place = await opening
    if (place.embedded || config.migrateOnStart) await migrateFirst(place)
    const shares = await sharePort(config)
    workers = createWorkers(config, { place, shares, giveUp: graceful.end })
    const { team } = workers
    await team.begin().catch((error: unknown) => {
      throw new Error(`a worker cannot serve: ${(error as Error).message}`, { cause: error })
    })
    const url = urlOf(shares.port, config)
    const { workers: count, databasePoolSize: each } = config
    const where = place.embedded ? ` and the embedded PostgreSQL under ${config.dataDir}` : ''
    say(`Listening on ${url}, with ${count} workers of ${each} database connections${where}.`)
    for (const warning of await warningsFor(config, place)) say(`\nWARNING: ${warning}\n`)
    restart = () => {
      void team.restart()
    }
    watches.push(watchParent(environment, graceful.end))
    if (place.embedded) {
      watches.push(watchEmbedded(place, graceful.end))
      await team.members()[0]!.introduceDemo(url)
    }
  } catch (error) {
    await graceful.startFailed(error)
  }
}

interface Around {
  place: DatabaseUrl
  shares: PortShares
  giveUp: (why: string) => void
}

interface Workers {
  team: Team<WorkerProcess>
  /** Closes the port, and stops all. */
  stop: () => Promise<void>
}

function createWorkers(
  { workers: size }: Readonly<Config>,
  { place: { databaseUrl }, shares, giveUp }: Around,
): Workers {
  const sockets: BoundSocket[] = []
  const socketFor = (place: number, isNew: boolean): BoundSocket => {
    if (isNew) {
      // Those who wait in the queue of a dead worker are answered sooner by another.
      sockets[place]?.close()
      sockets[place] = shares.share()
    }
    return sockets[place]!
  }
  const measured = createAllMeasured()
  const team = new Team<WorkerProcess>({
    size,
    giveUp,
    start: (place, why) => {
      const worker = startWorker({
        socket: socketFor(place, why !== 'successor'),
        databaseUrl,
        measureAll: async () => await measured.text(team.members()),
      })
      measured.remember(worker)
      return worker
    },
  })
  const closePort = (): void => {
    for (const socket of sockets.splice(0)) socket.close()
  }
  return {
    team,
    stop: async () => {
      // Only the workers have it open then, until they stop.
      closePort()
      await team.stop()
    },
  }
}

async function warningsFor(
  config: Readonly<Config>,
  { databaseUrl }: DatabaseUrl,
): Promise<string[]> {
  const pool = createPool({ databaseUrl, poolSize: 1, applicationName: 'epos start' })
  try {
    const most = (config.workers + 1) * config.databasePoolSize
    const warnings = await startWarnings(config, async () => await pendingMigrations(pool))
    const allowed = await connectionsToSpare(pool).catch(() => Infinity)
    if (most <= allowed) return warnings
    return [
      ...warnings,
      `PostgreSQL allows ${allowed} connections, and ${config.workers} workers of ` +
        `${config.databasePoolSize} take up to ${most} during a restart.\n` +
        'Lower WORKERS or DATABASE_POOL_SIZE, or raise max_connections.',
    ]
  } finally {
    await pool.end()
  }
}

// The process: reads the environment, finds or starts the database, serves, and leaves nothing
// running behind it.
import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import closeWithGrace from 'close-with-grace'
import { ConfigFault, loadConfig, readEnvFile, type Config } from './config.ts'
import { every, type Repeated } from './lib/every.ts'
import { limits } from './limits.ts'
import { createServer, type Server } from './server.ts'
import { startTracing } from './http/tracing.ts'
import { migrate, pendingMigrations } from './store/database/migrations.ts'
import { openDatabaseUrl, type DatabaseUrl } from './store/database/database-url.ts'
import { createPool } from './store/database/pool.ts'
import { createAsDojo } from './operator/as-dojo.ts'
import { DEMO_NAME, seedDemo } from './operator/demo.ts'
import { openEvening } from './operator/demo-evening.ts'
import { demoFile, readDemo, writeDemo, type Demo } from './operator/demo-file.ts'
import { createLocation, listLocations } from './operator/locations.ts'
import { rotateCredential } from './operator/credentials.ts'
import { createToken } from './operator/tokens.ts'
import { findTillAccess } from './store/venue/till-tokens.ts'
import { startWarnings } from './operator/start-warnings.ts'

const say = (line = ''): void => {
  process.stderr.write(`${line}\n`)
}

async function main(): Promise<void> {
  outliveReaders()
  readEnvFile()
  const config = loadConfig(process.env)
  const tracing = await startTracing(process.env)
  const opening = openDatabaseUrl(config)
  let server: Server | undefined
  const watches: Repeated[] = []
  const stop = async (): Promise<void> => {
    for (const watch of watches) await watch.stop()
    await server?.close()
    await (await opening.catch(() => undefined))?.release()
    await tracing.stop()
  }
  const graceful = stopWithGrace(stop)

  try {
    const place = await opening
    if (place.embedded || config.migrateOnStart) await migrateFirst(place)
    server = await createServer(
      { config, databaseUrl: place.databaseUrl },
      { prepare: tracing.prepare },
    )
    await server.app.listen({ host: config.host, port: config.port })
    const url = urlOf(server, config)
    const where = place.embedded ? `, with the embedded PostgreSQL under ${config.dataDir}` : ''
    say(`Listening on ${url}${where}.`)
    for (const warning of await warningsFor(config, server)) say(`\nWARNING: ${warning}\n`)
    watches.push(watchParent(graceful.end))
    if (place.embedded) {
      watches.push(watchEmbedded(place, graceful.end))
      await introduceDemo(server, config, url)
    }
  } catch (error) {
    graceful.uninstall()
    await stop()
    throw error
  }
}

/** Those who read what the server writes may leave. The server goes on. */
function outliveReaders(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
}

/** From here on a signal leaves nothing running, even while the database is still starting. */
function stopWithGrace(stop: () => Promise<void>) {
  let failure: string | undefined
  const { close, uninstall } = closeWithGrace(
    { delay: limits.closeTimeoutMs, logger: false },
    async ({ signal, err }) => {
      if (err !== undefined) {
        say(`The server stops because of an error: ${err.stack ?? err.message}`)
      } else say(`${failure ?? signal ?? 'Stop'}: finishing the requests in flight.`)
      await stop()
      say('Stopped.')
      // This makes the exit code 1.
      if (failure !== undefined) throw new Error(failure)
    },
  )
  return {
    uninstall,
    end: (why: string): void => {
      failure = why
      close()
    },
  }
}

/** npm does not pass signals on, and its end would leave the server running. */
function watchParent(end: (why: string) => void): Repeated {
  const before = startedBy()
  const watch = every(limits.parentCheckMs, async () => {
    if (startedBy() !== before) end('npm has ended')
  })
  if (process.env['npm_lifecycle_event'] !== undefined) watch.start()
  return watch
}

/** The processes above this one up to npm, which may have a shell in between. */
function startedBy(): string {
  const parent = process.ppid
  try {
    const [, name, above] = /^\d+ \((.*)\) \S+ (\d+) /.exec(
      readFileSync(`/proc/${parent}/stat`, 'utf8'),
    )!
    return /^(da|ba)?sh$/.test(name!) ? `${parent} ${above}` : String(parent)
  } catch {
    // Only Linux has such a file.
    return String(parent)
  }
}

async function warningsFor(config: Config, { pool }: Server): Promise<string[]> {
  return await startWarnings(config, async () => await pendingMigrations(pool))
}

function watchEmbedded({ revive }: DatabaseUrl, end: (why: string) => void): Repeated {
  let isReviving = false
  const watch = every(limits.embeddedCheckMs, async () => {
    if (isReviving) return
    isReviving = true
    try {
      if (await revive()) say('The embedded PostgreSQL had ended by itself; it runs again.')
    } catch (error) {
      end(`The embedded PostgreSQL has ended and does not start: ${(error as Error).message}`)
    } finally {
      isReviving = false
    }
  })
  watch.start()
  return watch
}

async function migrateFirst({ databaseUrl }: DatabaseUrl): Promise<void> {
  const pool = createPool({ databaseUrl, poolSize: 2, applicationName: 'epos migrate' })
  try {
    const applied = await migrate(pool, databaseUrl)
    if (applied.length > 0) {
      const what = applied.length === 1 ? 'the migration' : 'the migrations'
      say(`Applied ${what} ${applied.join(', ')}.`)
    }
  } finally {
    await pool.end()
  }
}

function urlOf({ app }: Server, { host, routePrefix }: Config): string {
  const { port } = app.server.address() as AddressInfo
  return `http://${nameOf(host)}:${port}${routePrefix}`
}

function nameOf(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1'
  return host.includes(':') ? `[${host}]` : host
}

/** Creates the demo venue the first time, and says every time how to try it. */
async function introduceDemo(server: Server, config: Config, url: string): Promise<void> {
  const { dataDir } = config
  const { prisma } = server.store
  const known = (await knownDemo(dataDir, prisma)) ?? (await newDemo(server, config))
  const consoleToken = await usableToken(server, known)
  const demo = { ...known, consoleToken, url }
  writeDemo(dataDir, demo)
  const file = demoFile(dataDir)
  const credential = `${demo.username}:${demo.password}`
  const curl = `curl -s -u '${credential}' -H 'content-type: application/json'`
  say(`The demo venue is ${DEMO_NAME}, ${demo.locationId}; its credential is in ${file}:
  username ${demo.username}
  password ${demo.password}

Ask for the orders that can be paid, as a card machine does:

  ${curl} -d '{"payableOnly":true}' ${url}/v1/orders/search
`)
  if (config.console) {
    say(`See the venue as its manager does, in a browser:

  ${url}/console
  token    ${consoleToken}
`)
  }
}

/** The token for the console that demo.json has, or a new one. */
async function usableToken(
  { store: { prisma, database } }: Server,
  { locationId, consoleToken = '' }: Known,
): Promise<string> {
  if ((await findTillAccess(database, consoleToken)) !== undefined) return consoleToken
  const manager = { role: 'manager', tillName: 'Office' } as const
  return (await createToken(prisma, locationId, manager)).token
}

type Prisma = Server['store']['prisma']
type Known = Omit<Demo, 'url' | 'consoleToken'> & Partial<Pick<Demo, 'consoleToken'>>

async function knownDemo(dataDir: string, prisma: Prisma): Promise<Known | undefined> {
  const locations = await listLocations(prisma)
  const demo = readDemo(dataDir)
  const isOpen = locations.some(
    ({ locationId, credentials }) =>
      locationId === demo?.locationId &&
      credentials.some(
        ({ username, revokedAt }) => username === demo.username && revokedAt === null,
      ),
  )
  if (isOpen) return demo
  // The file is gone, and the password with it, but the venue is still there.
  const venue = locations.find(({ name }) => name === DEMO_NAME)
  return (
    venue && { locationId: venue.locationId, ...(await rotateCredential(prisma, venue.locationId)) }
  )
}

async function newDemo(
  { app, store: { prisma }, asOwner }: Server,
  { routePrefix }: Config,
): Promise<Known> {
  const { locationId, credential } = await createLocation(prisma, {
    name: DEMO_NAME,
    currency: 'GBP',
  })
  const dojo = createAsDojo(app, routePrefix, credential)
  const tables = await withoutLog(
    app.log,
    async () =>
      await asOwner(locationId, async (till) => {
        const { orderIds, tables } = await seedDemo(till)
        await openEvening({ till, dojo }, orderIds)
        return tables
      }),
  )
  say(`Seeded the demo venue with ${tables} tables and an evening.`)
  return { locationId, ...credential }
}

/** The server's own calls would bury what a newcomer is to read. */
async function withoutLog<T>(log: Server['app']['log'], work: () => Promise<T>): Promise<T> {
  const { level } = log
  log.level = 'error'
  try {
    return await work()
  } finally {
    log.level = level
  }
}

const reasonOf = ({ code, message }: NodeJS.ErrnoException): string =>
  code === 'EADDRINUSE'
    ? `${message}. Another program listens there: set PORT to another port, or end that program.`
    : message

main().catch((error: unknown) => {
  say(
    error instanceof ConfigFault
      ? error.message
      : `The server did not start: ${reasonOf(error as NodeJS.ErrnoException)}`,
  )
  process.exitCode = 1
})

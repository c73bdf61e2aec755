// One process: finds or starts the database, serves, and leaves nothing running behind it.
import type { AddressInfo } from 'node:net'
import type { Config } from '../config.ts'
import { startTracing } from '../http/tracing.ts'
import type { Repeated } from '../lib/every.ts'
import { startWarnings } from '../operator/start-warnings.ts'
import { createServer, type Server } from '../server.ts'
import { openDatabaseUrl } from '../store/database/database-url.ts'
import { pendingMigrations } from '../store/database/migrations.ts'
import { migrateFirst, watchEmbedded } from './database.ts'
import { introduceDemo } from './demo-venue.ts'
import { stopWithGrace, watchParent } from './endings.ts'
import { say, urlOf } from './words.ts'

/** Resolves once it serves. */
export async function serveAlone(
  config: Readonly<Config>,
  environment: NodeJS.ProcessEnv,
): Promise<void> {
  const tracing = await startTracing(environment)
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
    const url = urlOf((server.app.server.address() as AddressInfo).port, config)
    const where = place.embedded ? `, with the embedded PostgreSQL under ${config.dataDir}` : ''
    say(`Listening on ${url}${where}.`)
    for (const warning of await warningsFor(config, server)) say(`\nWARNING: ${warning}\n`)
    watches.push(watchParent(environment, graceful.end))
    if (place.embedded) {
      watches.push(watchEmbedded(place, graceful.end))
      await introduceDemo(server, config, url)
    }
  } catch (error) {
    await graceful.startFailed(error)
  }
}

async function warningsFor(config: Readonly<Config>, { pool }: Server): Promise<string[]> {
  return await startWarnings(config, async () => await pendingMigrations(pool))
}

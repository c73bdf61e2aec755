// The factory of the server: what production boots and what the tests boot. It joins the rooms.
import type { FastifyInstance, FastifyServerOptions } from 'fastify'
import type pg from 'pg'
import type { RefundAtDojo } from './actions/payments/refund-at-dojo.ts'
import type { Config } from './config.ts'
import type { Handlers } from './dojo/capabilities/handler.ts'
import { createDojoSide, type DojoSide } from './dojo/index.ts'
import { newId, type NewId } from './domain/ids.ts'
import { createApp } from './http/app.ts'
import { serveDocs } from './http/docs.ts'
import { serveHealth } from './http/health.ts'
import { addLockMetrics, addPoolMetrics, createMetrics, serveMetrics } from './http/metrics.ts'
import { every } from './lib/every.ts'
import { limits } from './limits.ts'
import { createAsOwner, type AsOwner } from './operator/as-owner.ts'
import { createSecretOpener } from './operator/secrets-key.ts'
import { purgeKeys } from './store/database/idempotency.ts'
import { pendingMigrations } from './store/database/migrations.ts'
import { createPool } from './store/database/pool.ts'
import { createStore, type Store } from './store/index.ts'
import { readLocksHeld } from './store/orders/locks-held.ts'
import { createStream, type StreamPace } from './till/feed/stream-hub.ts'
import { tillApi } from './till/index.ts'
import { BASE as TILL_BASE, tillDocument } from './till/kit/document.ts'
import { sendProblem } from './till/kit/problems.ts'

export interface ServerOptions {
  config: Readonly<Config>
  /** Where the data is: config.databaseUrl, or the embedded database's. */
  databaseUrl: string
}

/** For tests: each replaces a part of what production uses. */
export interface Overrides {
  newId?: NewId
  nowMs?: () => number
  handlers?: Partial<Handlers>
  refundAtDojo?: (real: RefundAtDojo) => RefundAtDojo
  logger?: FastifyServerOptions['loggerInstance']
  stream?: Partial<StreamPace>
  /** Called with the app before routes are added to it. */
  prepare?: (app: FastifyInstance) => void
}

export interface Server extends Pick<DojoSide, 'dispatch' | 'jobs' | 'nightly'> {
  app: FastifyInstance
  store: Store
  pool: pg.Pool
  asOwner: AsOwner
  /** Lets requests in flight finish, then gives the connections back. */
  close: () => Promise<void>
}

export async function createServer(
  { config, databaseUrl }: ServerOptions,
  overrides: Overrides = {},
): Promise<Server> {
  const pool = createPool({
    databaseUrl,
    poolSize: config.databasePoolSize,
    applicationName: 'epos server',
  })
  const store = createStore(pool)
  const { registry, observeCall } = createMetrics()
  addPoolMetrics(registry, pool)
  addLockMetrics(registry, async () => await readLocksHeld(store.database))
  const app = await createApp({
    ...config,
    logger: overrides.logger,
    prepare: overrides.prepare,
    otherErrors: { below: `${config.routePrefix}${TILL_BASE}/`, send: sendProblem },
    onCall: observeCall,
  })
  const dojo = createDojoSide({
    app,
    store,
    registry,
    newId: overrides.newId ?? newId,
    nowMs: overrides.nowMs ?? Date.now,
    account: accountOf(config),
    openSecret: createSecretOpener({ ...config, embedded: config.databaseUrl === undefined }),
    handlers: overrides.handlers,
  })
  const stream = createStream(store.database, overrides.stream)
  app.addHook('preClose', stream.stop) // before the app waits for requests: a stream never ends
  await app.register(
    async (prefixed) => {
      serveHealth(prefixed, async () => await pendingMigrations(pool))
      if (config.metrics) serveMetrics(prefixed, registry)
      if (config.docs) {
        await serveDocs(prefixed, config.routePrefix, tillDocument(config.routePrefix))
      }
      await dojo.serve(prefixed)
      await tillApi(prefixed, {
        store,
        newId: overrides.newId ?? newId,
        refundAtDojo: overrides.refundAtDojo?.(dojo.refundAtDojo) ?? dojo.refundAtDojo,
        stream,
        notice: (locationId, message, detail) => {
          app.log.warn({ venue: locationId, ...detail }, message)
        },
      })
    },
    { prefix: config.routePrefix },
  )
  await app.ready()
  dojo.start()
  const purging = every(limits.tillHousekeepingMs, async () => await purgeKeys(store.database))
  purging.start()
  return {
    app,
    store,
    pool,
    dispatch: dojo.dispatch,
    jobs: dojo.jobs,
    nightly: dojo.nightly,
    asOwner: createAsOwner(app, store.prisma, config.routePrefix + TILL_BASE),
    async close() {
      await app.close()
      await dojo.stop()
      await purging.stop()
      await store.prisma.$disconnect()
      await pool.end()
    },
  }
}

function accountOf({ dojoApiUrl, softwareHouseId, resellerId }: Readonly<Config>) {
  return softwareHouseId === undefined
    ? undefined
    : { apiUrl: dojoApiUrl, softwareHouseId, resellerId }
}

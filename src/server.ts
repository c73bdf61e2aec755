// The factory of the server: what production boots and what the tests boot. It joins the rooms.
import type { FastifyInstance } from 'fastify'
import type pg from 'pg'
import type { Registry } from 'prom-client'
import { createSharedChanges, type SharedChanges } from './actions/orders/change-together.ts'
import { dojoAccountOf, type Config } from './config.ts'
import { serveConsole } from './console/index.ts'
import { createDojoSide, type DojoSide } from './dojo/index.ts'
import { newId } from './domain/ids.ts'
import { serveHome } from './home/index.ts'
import { createApp, noticesOf } from './http/app.ts'
import { serveDocs } from './http/docs.ts'
import { serveHealth } from './http/health.ts'
import { createMetrics, serveMetrics } from './http/metrics.ts'
import { createAsOwner, type AsOwner } from './operator/as-owner.ts'
import { createSecretBox } from './operator/secrets-key.ts'
import { pendingMigrations } from './store/database/migrations.ts'
import { createPool } from './store/database/pool.ts'
import { createWriteProbe } from './store/database/write-probe.ts'
import type { Overrides, ServerOptions } from './server-options.ts'
import { createStore, type Store } from './store/index.ts'
import { readLocksHeld } from './store/orders/locks-held.ts'
import { createTillSide, type TillSide } from './till/index.ts'
import { BASE as TILL_BASE, tillDocument } from './till/document.ts'
import { sendProblem } from './till/kit/problems.ts'

export interface Server
  extends Pick<DojoSide, 'dispatch' | 'jobs' | 'nightly' | 'sockets'>, Pick<TillSide, 'webhooks'> {
  app: FastifyInstance
  store: Store
  changes: SharedChanges
  pool: pg.Pool
  asOwner: AsOwner
  /** Lets requests in flight finish, then gives the connections back. */
  close: () => Promise<void>
}

export async function createServer(
  { config, databaseUrl }: ServerOptions,
  overrides: Overrides = {},
): Promise<Server> {
  const { databasePoolSize: poolSize } = config
  const pool = createPool({ databaseUrl, poolSize, applicationName: 'epos server' })
  const store = createStore(pool)
  const changes = createSharedChanges(store.database)
  const { registry, observeCall } = createMetrics({
    pool,
    trips: () => [...store.reads.counts(), ['order_change', changes.counts]],
    locksHeld: async () => await readLocksHeld(store.database),
  })
  const tillPrefix = config.routePrefix + TILL_BASE
  const otherErrors = { below: `${tillPrefix}/`, send: sendProblem }
  const app = await createApp({ ...config, ...overrides, otherErrors, onCall: observeCall })
  const nowMs = overrides.nowMs ?? Date.now
  const shared = {
    app,
    store,
    change: changes.change,
    newId: overrides.newId ?? newId,
    notice: noticesOf(app),
  }
  const secrets = createSecretBox({ ...config, embedded: config.databaseUrl === undefined })
  const dojo = createDojoSide({
    ...shared,
    registry,
    onCall: observeCall,
    nowMs,
    account: dojoAccountOf(config),
    openSecret: secrets.open,
    handlers: overrides.handlers,
    cardPauseMs: overrides.cardPauseMs,
  })
  const till = createTillSide({
    ...shared,
    cardMachines: dojo.cardMachines,
    refundAtDojo: overrides.refundAtDojo?.(dojo.refundAtDojo) ?? dojo.refundAtDojo,
    corsOrigins: config.corsOrigins,
    pace: overrides.stream,
    secrets,
    webhooksMustBePublic: !config.webhooksAllowPrivate,
  })
  await serve(app, config, { dojo, till, registry, store, nowMs })
  return {
    app,
    store,
    changes,
    pool,
    dispatch: dojo.dispatch,
    jobs: dojo.jobs,
    nightly: dojo.nightly,
    sockets: dojo.sockets,
    webhooks: till.webhooks,
    asOwner: createAsOwner(app, store.prisma, tillPrefix),
    close: async () => await close({ app, dojo, till, store }),
  }
}

interface Parts {
  app: FastifyInstance
  dojo: DojoSide
  till: TillSide
  store: Store
}

async function close({ app, dojo, till, store: { database, prisma } }: Parts): Promise<void> {
  await app.close()
  await dojo.stop()
  await till.stop()
  await prisma.$disconnect()
  await database.pool.end()
}

async function serve(
  app: FastifyInstance,
  { routePrefix, metrics, docs, console }: Readonly<Config>,
  faces: { dojo: DojoSide; till: TillSide; registry: Registry; store: Store; nowMs: () => number },
): Promise<void> {
  await app.register(
    async (prefixed) => {
      serveHealth(prefixed, {
        pendingMigrations: async () => await pendingMigrations(faces.store.database.pool),
        takesWrites: createWriteProbe(faces.store.database.pool, faces.nowMs),
      })
      if (metrics) serveMetrics(prefixed, faces.registry)
      if (docs) await serveDocs(prefixed, routePrefix, tillDocument(routePrefix))
      await serveHome(prefixed, routePrefix)
      if (console) await serveConsole(prefixed, { store: faces.store, routePrefix })
      await faces.dojo.serve(prefixed)
      await faces.till.serve(prefixed)
    },
    { prefix: routePrefix },
  )
  await app.ready()
  faces.dojo.start()
  faces.till.start()
}

// The factory of the server: what production boots and what the tests boot. It joins the rooms.
import type { FastifyInstance } from 'fastify'
import type pg from 'pg'
import type { Registry } from 'prom-client'
import { createSharedChanges, type SharedChanges } from './actions/orders/change-together.ts'
import type { ExamineVenue } from './actions/venue/examine-venue.ts'
import { dojoAccountOf, type Config } from './config.ts'
import { CONSOLE, serveConsole } from './console/index.ts'
import { createContacts, type Contacts } from './dojo/contacts.ts'
import { createRequestLog, type RequestLog } from './dojo/request-log/index.ts'
import { createDojoSide, type DojoSide } from './dojo/index.ts'
import { newId, type NewId } from './domain/ids.ts'
import { serveHome } from './home/index.ts'
import { createApp, noticesOf } from './http/app.ts'
import type { CallRecord } from './http/call.ts'
import { partSlowlyOnClose } from './http/connections.ts'
import { serveDocs } from './http/docs.ts'
import { serveHealth } from './http/health.ts'
import { createMetrics, serveMetrics } from './http/metrics.ts'
import { BASE as OPERATOR_BASE, operatorDocument } from './operator/api/document.ts'
import { serveOperatorApi } from './operator/api/index.ts'
import { createAsOwner, type AsOwner } from './operator/as-owner.ts'
import { createExaminer } from './operator/doctor.ts'
import { createSecretBox, secretsKeyOf } from './operator/secrets-key.ts'
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
  contacts: Contacts
  requestLog: RequestLog
  pool: pg.Pool
  asOwner: AsOwner
  registry: Registry
  /**
   * Lets requests in flight finish, then gives the connections back.
   * @param how slowly when another process serves the clients already
   */
  close: (how?: { partsSlowly: boolean }) => Promise<void>
}

export async function createServer(
  { config, databaseUrl }: ServerOptions,
  overrides: Overrides = {},
): Promise<Server> {
  const { databasePoolSize: poolSize } = config
  const pool = createPool({ databaseUrl, poolSize, applicationName: 'epos server' })
  const store = await storeOn(pool, overrides)
  const changes = createSharedChanges(store.database)
  const newServerId = overrides.newId ?? newId
  const watched = watchCalls({ pool, store, changes, newId: newServerId })
  const { registry, contacts, requestLog, onCall } = watched
  const otherErrors = {
    below: [TILL_BASE, OPERATOR_BASE, CONSOLE].map((path) => config.routePrefix + path),
    send: sendProblem,
  }
  const app = await createApp({ ...config, ...overrides, otherErrors, onCall })
  const nowMs = overrides.nowMs ?? Date.now
  const shared = { app, store, change: changes.change, newId: newServerId, notice: noticesOf(app) }
  const embedded = config.databaseUrl === undefined
  const secrets = createSecretBox({ ...config, embedded })
  const dojo = createDojoSide({
    ...shared,
    registry,
    onCall,
    nowMs,
    account: dojoAccountOf(config),
    openSecret: secrets.open,
    handlers: overrides.handlers,
    cardPauseMs: overrides.cardPauseMs,
  })
  const till = createTillSide({
    ...shared,
    cardMachines: dojo.cardMachines,
    examineVenue: examinerOf(store, config),
    refundAtDojo: overrides.refundAtDojo?.(dojo.refundAtDojo) ?? dojo.refundAtDojo,
    corsOrigins: config.corsOrigins,
    pace: overrides.stream,
    secrets,
    webhooksMustBePublic: !config.webhooksAllowPrivate,
  })
  const { metricsText } = overrides
  const { dispatch, jobs, nightly, sockets } = dojo
  await serve(app, config, {
    dojo,
    till,
    store,
    nowMs,
    newId: newServerId,
    metricsText,
    ...watched,
  })
  return {
    ...{ app, store, changes, contacts, requestLog, pool, registry },
    ...{ dispatch, jobs, nightly, sockets },
    webhooks: till.webhooks,
    asOwner: createAsOwner(app, store.prisma, config.routePrefix),
    close: async (how) => await close({ app, dojo, till, store, contacts, requestLog }, how),
  }
}

/** While the database is away, what kind it is is found out with the first connection. */
async function storeOn(pool: pg.Pool, overrides: Overrides): Promise<Store> {
  const store = createStore(pool, overrides)
  await store.database.kind.find().catch(() => {})
  return store
}

/** The doctor, for the people of a venue. */
function examinerOf(store: Store, config: Readonly<Config>): ExamineVenue {
  const embedded = config.databaseUrl === undefined
  const secretsKey = (): string => secretsKeyOf({ ...config, embedded })
  const examine = createExaminer({ store, config, embedded, secretsKey })
  return async (locationId) => await examine({ locationId })
}

interface Watched {
  pool: pg.Pool
  store: Store
  changes: SharedChanges
  newId: NewId
}

/** Those who look at every call once it has ended. */
function watchCalls({ pool, store, changes, newId }: Watched) {
  const { database, reads } = store
  const { registry, observeCall } = createMetrics({
    pool,
    trips: () => [...reads.counts(), ['order_change', changes.counts]],
    locksHeld: async () => await readLocksHeld(database),
  })
  const contacts = createContacts(database)
  const requestLog = createRequestLog({ database, newId, registry })
  const onCall = (record: CallRecord): void => {
    observeCall(record)
    contacts.note(record)
    requestLog.note(record)
  }
  return { registry, contacts, requestLog, onCall }
}

interface Parts {
  app: FastifyInstance
  dojo: DojoSide
  till: TillSide
  store: Store
  contacts: Contacts
  requestLog: RequestLog
}

async function close(
  { app, dojo, till, store, contacts, requestLog }: Parts,
  { partsSlowly } = { partsSlowly: false },
): Promise<void> {
  const { database, prisma } = store
  app.traffic.partsSlowly = partsSlowly
  await app.close()
  await dojo.stop()
  await till.stop()
  await contacts.stop()
  await requestLog.stop()
  await prisma.$disconnect()
  await database.pool.end()
}

async function serve(
  app: FastifyInstance,
  config: Readonly<Config>,
  faces: Omit<Parts, 'app'> & {
    registry: Registry
    nowMs: () => number
    newId: NewId
    metricsText: Overrides['metricsText']
  },
): Promise<void> {
  const { routePrefix, metrics, docs, console } = config
  const embedded = config.databaseUrl === undefined
  await app.register(
    async (prefixed) => {
      serveHealth(prefixed, {
        pendingMigrations: async () => await pendingMigrations(faces.store.database.pool),
        takesWrites: createWriteProbe(faces.store.database.pool, faces.nowMs),
      })
      if (metrics) serveMetrics(prefixed, faces.registry, faces.metricsText)
      if (docs) {
        await serveDocs(prefixed, routePrefix, {
          tillDocument: tillDocument(routePrefix),
          operatorDocument: operatorDocument(routePrefix),
        })
      }
      await serveHome(prefixed, routePrefix)
      if (console) await serveConsole(prefixed, { store: faces.store, routePrefix })
      await faces.dojo.serve(prefixed)
      await faces.till.serve(prefixed)
      await serveOperatorApi(prefixed, {
        store: faces.store,
        config,
        embedded,
        secretsKey: () => secretsKeyOf({ ...config, embedded }),
        newId: faces.newId,
      })
    },
    { prefix: routePrefix },
  )
  partSlowlyOnClose(app)
  await app.ready()
  faces.dojo.start()
  faces.till.start()
  faces.contacts.start()
  faces.requestLog.start()
}

// The factory of the server: what production boots and what the tests boot. It joins the rooms.
import type { FastifyInstance } from 'fastify'
import type pg from 'pg'
import { createSharedChanges, type SharedChanges } from './actions/orders/change-together.ts'
import { dojoAccountOf } from './config.ts'
import { createDojoSide, type DojoSide } from './dojo/index.ts'
import { newId as randomId } from './domain/ids.ts'
import { createApp, noticesOf } from './http/app.ts'
import { createAsOwner, type AsOwner } from './operator/as-owner.ts'
import { createExaminer } from './operator/doctor.ts'
import { createSecretBox, secretsKeyOf } from './operator/secrets-key.ts'
import { watchCalls, type Calls } from './server/calls.ts'
import { problemsBelow, serveFaces } from './server/faces.ts'
import type { Overrides, ServerOptions } from './server-options.ts'
import { createPool } from './store/database/pool.ts'
import { openStore, type Store } from './store/index.ts'
import { createTillSide, type TillSide } from './till/index.ts'

export interface Server
  extends
    Pick<DojoSide, 'dispatch' | 'jobs' | 'nightly' | 'sockets'>,
    Pick<TillSide, 'webhooks'>,
    Pick<Calls, 'contacts' | 'requestLog' | 'registry'> {
  app: FastifyInstance
  store: Store
  changes: SharedChanges
  pool: pg.Pool
  asOwner: AsOwner
  /**
   * Lets requests in flight finish, then gives the connections back.
   * @param how slowly when another process serves the clients already
   */
  close: (how?: { partsSlowly: boolean }) => Promise<void>
}

export async function createServer(
  { config, databaseUrl }: ServerOptions,
  { newId = randomId, nowMs = Date.now, ...overrides }: Overrides = {},
): Promise<Server> {
  const { databasePoolSize: poolSize, routePrefix, corsOrigins } = config
  const pool = createPool({ databaseUrl, poolSize, applicationName: 'epos server' })
  const store = await openStore(pool, overrides)
  const changes = createSharedChanges(store.database)
  const calls = watchCalls({ pool, store, changes, newId })
  const otherErrors = problemsBelow(routePrefix)
  const app = await createApp({ ...config, ...overrides, otherErrors, onCall: calls.onCall })
  const shared = { app, store, change: changes.change, newId, notice: noticesOf(app) }

  const place = { ...config, embedded: config.databaseUrl === undefined }
  const secrets = createSecretBox(place)
  const operated = { ...place, store, config, newId, secretsKey: () => secretsKeyOf(place) }
  const { handlers, cardPauseMs } = overrides
  const account = dojoAccountOf(config)
  const talks = { account, openSecret: secrets.open, handlers, cardPauseMs }
  const dojo = createDojoSide({ ...shared, ...calls, ...talks, nowMs })
  const examine = createExaminer(operated)
  const till = createTillSide({
    ...{ ...shared, corsOrigins, secrets, pace: overrides.stream },
    cardMachines: dojo.cardMachines,
    examineVenue: async (locationId) => await examine({ locationId }),
    refundAtDojo: overrides.refundAtDojo?.(dojo.refundAtDojo) ?? dojo.refundAtDojo,
    webhooksMustBePublic: !config.webhooksAllowPrivate,
  })

  await serveFaces(app, { ...calls, ...overrides, operated, dojo, till, nowMs })
  const parts = [dojo, till, calls.contacts, calls.requestLog]
  for (const part of parts) part.start()
  const { dispatch, jobs, nightly, sockets } = dojo
  return {
    ...{ app, store, changes, pool, dispatch, jobs, nightly, sockets, webhooks: till.webhooks },
    ...calls,
    asOwner: createAsOwner(app, store.prisma, routePrefix),
    close: async ({ partsSlowly } = { partsSlowly: false }) => {
      app.traffic.partsSlowly = partsSlowly
      await app.close()
      for (const part of parts) await part.stop()
      await store.prisma.$disconnect()
      await pool.end()
    },
  }
}

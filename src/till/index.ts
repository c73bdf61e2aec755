// The till's side of the server: the operations of the till API, the stream of changes, and a
// problem for everything that goes wrong.
import type { FastifyInstance } from 'fastify'
import { refuseOtherMethods } from '../http/methods.ts'
import { createVenueTurns } from '../http/venue-turns.ts'
import type { Repeated } from '../lib/every.ts'
import { createOneATurn } from '../lib/one-a-turn.ts'
import { limits } from '../limits.ts'
import { onDuty } from '../actions/jobs/duty.ts'
import { applyAllWaiting } from '../actions/orders/apply-waiting.ts'
import { createMirrorTurn } from '../actions/orders/mirror-turns.ts'
import { mindInbox } from '../actions/orders/mind-inbox.ts'
import { purgeKeys } from '../actions/keys/purge-keys.ts'
import { createStreamHub, type StreamHub, type StreamPace } from './feed/hub.ts'
import { createWebhookSender } from './feed/webhooks/send.ts'
import { createWebhookWorker, type WebhookWorker } from './feed/webhooks/worker.ts'
import { createUntilChange } from './feed/poll.ts'
import { serveStream, STREAM_ROUTE } from './feed/stream.ts'
import { allowOrigins } from './kit/cors.ts'
import { registerTokens } from './kit/authentication.ts'
import { BASE } from './document.ts'
import { answerUnknownRoutes, answerWithProblems } from './kit/face.ts'
import type { TillDeps } from './kit/operation.ts'
import { addRoute } from './kit/routes.ts'
import { operations } from './operations.ts'

export interface TillSide {
  webhooks: WebhookWorker
  /** Adds what tills call. */
  serve: (app: FastifyInstance) => Promise<void>
  start: () => void
  stop: () => Promise<void>
}

export interface TillSideOptions extends Omit<
  TillDeps,
  'untilChange' | 'sealSecret' | 'mirrorTurn'
> {
  app: FastifyInstance
  /** Whose web pages may call from a browser; `*` among them means any. */
  corsOrigins: readonly string[]
  pace?: Partial<StreamPace> | undefined
  /** Encrypts what signs the venues' webhooks, and decrypts it. */
  secrets: {
    open: (sealed: Buffer, locationId: string, what: 'endpoint secret') => string
    seal: (secret: string, locationId: string) => Buffer
  }
}

export function createTillSide({
  app,
  corsOrigins,
  pace,
  secrets,
  ...deps
}: TillSideOptions): TillSide {
  const { database } = deps.store
  const hub = createStreamHub(database, pace)
  // Before the app waits for requests in flight: a stream never ends by itself.
  app.addHook('preClose', hub.stop)
  const rounds = roundsOf(deps)
  const sender = createWebhookSender(!deps.webhooksMustBePublic)
  const { notice } = deps
  const webhooks = createWebhookWorker({
    database,
    sender,
    openSecret: (sealed, locationId) => secrets.open(sealed, locationId, 'endpoint secret'),
    notice,
  })
  return {
    webhooks,
    serve: async (prefixed) => {
      await prefixed.register(
        async (scope) => {
          await allowOrigins(scope, corsOrigins)
          await serveOperations(
            scope,
            {
              ...deps,
              mirrorTurn: createMirrorTurn(createOneATurn()),
              untilChange: createUntilChange(hub),
              sealSecret: secrets.seal,
            },
            hub,
          )
        },
        { prefix: BASE },
      )
    },
    start: () => {
      for (const each of rounds) each.start()
      webhooks.start()
    },
    stop: async () => {
      await Promise.all([...rounds.map(async (each) => await each.stop()), webhooks.stop()])
    },
  }
}

/** What is done for every venue from time to time. */
function roundsOf({
  store: { database },
  notice,
}: Pick<TillSideOptions, 'store' | 'notice'>): Repeated[] {
  return [
    onDuty(database, 'purge', {
      everyMs: limits.keyPurgeMs,
      work: async () => await purgeKeys(database),
    }),
    onDuty(database, 'inbox', {
      everyMs: limits.inboxMindMs,
      work: async () => {
        await mindInbox(database, notice)
      },
    }),
    onDuty(database, 'mirror', {
      everyMs: limits.mirrorDueMs,
      work: async () => {
        await applyAllWaiting(database, notice)
      },
    }),
  ]
}

async function serveOperations(
  app: FastifyInstance,
  deps: TillDeps,
  hub: StreamHub,
): Promise<void> {
  answerWithProblems(app)
  answerUnknownRoutes(app)
  await registerTokens(app, deps.store)
  const turns = createVenueTurns()
  for (const operation of operations) addRoute(app, operation, { deps, turns })
  serveStream(app, hub)
  refuseOtherMethods(app, [...operations, STREAM_ROUTE], BASE)
}

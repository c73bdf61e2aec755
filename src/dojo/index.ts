// Dojo's side of the server: the capabilities that it calls, over REST and webhooks, and what the
// server tells and asks Dojo by itself.
import type { FastifyInstance } from 'fastify'
import type { Registry } from 'prom-client'
import type { CardMachines } from '../actions/payments/card-machines.ts'
import type { ChangeOrder } from '../actions/orders/change-order.ts'
import type { RefundAtDojo } from '../actions/payments/refund-at-dojo.ts'
import type { NewId } from '../domain/ids.ts'
import { logUnexpected } from '../http/app.ts'
import type { CallRecord } from '../http/call.ts'
import { logCall } from '../http/call-log.ts'
import type { Store } from '../store/index.ts'
import { readJobFigures } from '../store/jobs/backlog.ts'
import { findWebhookVenue } from '../store/venue/webhook-secrets.ts'
import type { Handlers } from './capabilities/handler.ts'
import { handlers as allHandlers } from './capabilities/index.ts'
import { createDispatch, type Dispatch } from './dispatch.ts'
import { cannotAskForIntent } from './jobs/ask-dojo.ts'
import { createLostReplies } from './jobs/lost-replies.ts'
import type { JobWorker } from './jobs/worker.ts'
import type { Nightly } from './jobs/nightly.ts'
import { cannotRefundAtDojo } from './jobs/refund.ts'
import { createDojoMetrics } from './metrics.ts'
import { createCounterSide, type CounterSideOptions } from './counter-socket/index.ts'
import { createDojoSockets, type DojoSocketsOptions, type SocketAccount } from './socket/index.ts'
import type { Sockets } from './held-sockets/sockets.ts'
import { createAuthenticate } from './rest/credential-cache.ts'
import { dojoRest } from './rest/index.ts'
import { noCardMachines } from './terminals/index.ts'
import { createTalk, type DojoAccount } from './talk.ts'
import { dojoWebhooks, type FindSender } from './webhooks/index.ts'

export interface DojoSide {
  dispatch: Dispatch
  refundAtDojo: RefundAtDojo
  cardMachines: CardMachines
  /** Undefined when the server has no account with Dojo, as the next one. */
  jobs: JobWorker | undefined
  nightly: Nightly | undefined
  sockets: Sockets | undefined
  /** Adds what Dojo calls. */
  serve: (app: FastifyInstance) => Promise<void>
  /** Begins to talk to Dojo. */
  start: () => void
  stop: () => Promise<void>
}

export interface DojoSideOptions {
  app: FastifyInstance
  store: Store
  change: ChangeOrder
  registry: Registry
  /** Counts a call that has ended. */
  onCall: (record: CallRecord) => void
  newId: NewId
  nowMs: () => number
  /** Logs what those who look after the venue should know. */
  notice: (locationId: string, message: string, detail: object) => void
  /** Undefined until Dojo has given the EPOS company its id: then nothing is sent or asked. */
  account: (DojoAccount & SocketAccount & CounterSideOptions['account']) | undefined
  openSecret: OpenSecret
  handlers?: Partial<Handlers> | undefined
  cardPauseMs?: number | undefined
}

/** @throws Error when the secret cannot be decrypted */
export type OpenSecret = (
  sealed: Buffer,
  locationId: string,
  what: 'Dojo key' | 'webhook secret' | 'counter key',
) => string

export function createDojoSide(options: DojoSideOptions): DojoSide {
  const { app, store, change, registry, newId, nowMs, account, openSecret } = options
  const { notice, cardPauseMs } = options
  const { database } = store
  const metrics = createDojoMetrics(registry, async () => await readJobFigures(database))
  const openKey = (sealed: Buffer, locationId: string): string =>
    openSecret(sealed, locationId, 'Dojo key')
  const way = { database, metrics, newId, openKey, notice, cardPauseMs }
  const unexpected = (traceId: string, error: unknown): void => {
    logUnexpected(app, traceId, error)
  }
  const parts = { database, newId, notice, openKey: openSecret, unexpected, registry }
  const talk =
    account && createTalk({ account, ...way, counter: createCounterSide({ account, ...parts }) })
  // Without an account too: what may have gone wrong is on the list for staff then.
  const lostReplies = createLostReplies(database)
  const dispatch = createDispatch({
    deps: {
      store,
      change,
      newId,
      askForIntent: talk?.askForIntent ?? cannotAskForIntent,
      countPayment: metrics.countPayment,
      notice: ({ locationId }, message, detail) => {
        notice(locationId, message, detail)
      },
    },
    handlers: { ...allHandlers, ...options.handlers },
    replyLost: lostReplies.note,
    unexpected,
  })
  const sockets = createSockets(options, { dispatch, openKey, unexpected })
  return {
    dispatch,
    sockets,
    refundAtDojo: talk?.refundAtDojo ?? cannotRefundAtDojo,
    cardMachines: talk?.cardMachines ?? noCardMachines,
    jobs: talk?.jobs,
    nightly: talk?.nightly,
    serve: async (prefixed) => {
      // With the requests over HTTP, not after them.
      app.addHook('preClose', async () => {
        await sockets?.stop()
      })
      await dojoRest(prefixed, { dispatch, authenticate: createAuthenticate(store.reads, nowMs) })
      await dojoWebhooks(prefixed, { dispatch, findSender: senderFinder(store, openSecret) })
    },
    start: () => {
      talk?.start()
      sockets?.start()
      if (talk !== undefined) lostReplies.start()
    },
    stop: async () => {
      lostReplies.stop()
      await talk?.stop()
    },
  }
}

function createSockets(
  { app, account, registry, notice, onCall, store: { database } }: DojoSideOptions,
  parts: Pick<DojoSocketsOptions, 'dispatch' | 'openKey' | 'unexpected'>,
): Sockets | undefined {
  return (
    account &&
    createDojoSockets({
      ...parts,
      account,
      database,
      registry,
      notice,
      onCall: (record) => {
        logCall(app.log, record)
        onCall(record)
      },
    })
  )
}

function senderFinder({ database }: Store, openSecret: OpenSecret): FindSender {
  return async (locationId) => {
    const found = await findWebhookVenue(database, locationId)
    if (found === undefined) return undefined
    return {
      venue: found.venue,
      secrets: found.sealedSecrets.map(
        (sealed) => () => openSecret(sealed, locationId, 'webhook secret'),
      ),
    }
  }
}

// Sends the venues' events to their own systems. A process queues what is new as soon as it
// commits, and from time to time what others left; it claims what is due, a few for each endpoint,
// and writes down what became of each. An event is sent at least once, always with the same
// webhook-id.
import { Unavailable } from '../../../domain/errors.ts'
import { isGivenUp, retryAfterSeconds } from '../../../domain/venue/webhook-endpoint.ts'
import { coalesce } from '../../../lib/coalesce.ts'
import { every } from '../../../lib/every.ts'
import { limits } from '../../../limits.ts'
import { createDuty } from '../../../actions/jobs/duty.ts'
import { giveUpEndpoint } from '../../../actions/webhooks/give-up-endpoint.ts'
import {
  noteDelivery,
  purgeEvents,
  takeDueEvents,
} from '../../../actions/webhooks/deliver-event.ts'
import type { Database } from '../../../store/database/database.ts'
import {
  laneOf,
  readDeliveredChange,
  type ClaimedDelivery,
} from '../../../store/feed/webhook-deliveries.ts'
import { readOperatorSecrets } from '../../../store/feed/operator-endpoints.ts'
import { readSealedSecrets } from '../../../store/feed/webhook-endpoints.ts'
import { dataOf } from '../events.ts'
import { eventIdOf, typeOf } from '../venue-events.ts'
import type { AttemptOutcome, WebhookSender } from './send.ts'
import { signedHeaders } from './signature.ts'

export interface WebhookWorkerDeps {
  database: Database
  sender: WebhookSender
  /** @throws Error when the secret cannot be decrypted */
  openSecret: (sealed: Buffer, locationId: string) => string
  /** Logs what the venue's operator should know. */
  notice: (locationId: string, message: string, detail: Record<string, string>) => void
  nowMs?: () => number
}

export interface WebhookWorker {
  start: () => void
  stop: () => Promise<void>
  /** Queues what is new and resolves once everything that is due has been tried. */
  idle: () => Promise<void>
}

export function createWebhookWorker(deps: WebhookWorkerDeps): WebhookWorker {
  const { database, sender } = deps
  const changed = new Set<string>()
  const duty = createDuty(database, 'webhooks')
  const rounds = createRounds(deps, (locationId) => {
    // The venue's next event may have waited for this one.
    if (database.isDistributed) changed.add(locationId)
    runs.request()
  })
  const runForAll = async (): Promise<void> => {
    if (await duty.isOurs()) await rounds.run(undefined)
  }
  const runs = coalesce(async () => {
    const locationIds = [...changed]
    changed.clear()
    // Without the database there is nothing to send; the poll tries again.
    await rounds.run(locationIds).catch(() => {})
    return limits.webhookPauseMs
  })
  const polling = every(limits.webhookPollMs, runForAll)
  const purging = every(limits.keyPurgeMs, async () => {
    if (await duty.isOurs()) await purgeEvents(database)
  })
  const unlisten = database.listen('changes', (locationIds) => {
    for (const locationId of locationIds) changed.add(locationId)
    runs.request()
  })
  return {
    start: () => {
      polling.start()
      purging.start()
    },
    stop: async () => {
      unlisten()
      rounds.stop()
      await Promise.all([runs.stop(), polling.stop(), purging.stop()])
      await sender.stop()
      await Promise.allSettled(rounds.underWay())
      await duty.release()
    },
    idle: async () => {
      await rounds.run(undefined)
      while (rounds.underWay().length > 0) {
        await Promise.race(rounds.underWay())
        // The next event of an order waited for this one.
        await rounds.run(undefined)
      }
    },
  }
}

interface Rounds {
  /** Queues what is new for these venues, or for all, and begins to send what is due. */
  run: (locationIds: readonly string[] | undefined) => Promise<void>
  underWay: () => Promise<void>[]
  stop: () => void
}

function createRounds(deps: WebhookWorkerDeps, onDone: (locationId: string) => void): Rounds {
  const { database } = deps
  const inFlight = new Map<Promise<void>, string>()
  let isStopped = false
  let last = Promise.resolve()
  const begin = (delivery: ClaimedDelivery): void => {
    const done: Promise<void> = deliver(deps, delivery)
      .catch(() => {}) // Its claim lapses, and it is sent again.
      .finally(() => {
        inFlight.delete(done)
        onDone(delivery.locationId)
      })
    inFlight.set(done, laneOf(delivery))
  }
  const round = async (locationIds: readonly string[] | undefined): Promise<void> => {
    const most = isStopped ? 0 : limits.webhooksInFlight - inFlight.size
    const sending = new Map<string, number>()
    for (const lane of inFlight.values()) sending.set(lane, (sending.get(lane) ?? 0) + 1)
    const due = await takeDueEvents(database, locationIds, { sending, most })
    for (const delivery of due) begin(delivery)
  }
  return {
    // One after the other: a round skips the endpoints that another has locked.
    run: async (locationIds) => {
      const mine = last.then(async () => {
        await round(locationIds)
      })
      last = mine.catch(() => {})
      await mine
    },
    underWay: () => [...inFlight.keys()],
    stop: () => {
      isStopped = true
    },
  }
}

async function deliver(deps: WebhookWorkerDeps, delivery: ClaimedDelivery): Promise<void> {
  const { database } = deps
  const { change, nowMs } = await readDeliveredChange(database, delivery)
  const type = typeOf(change)
  if (delivery.types.length > 0 && !delivery.types.includes(type)) {
    await noteDelivery(
      database,
      delivery,
      { isTaken: true, status: undefined, error: undefined },
      {},
    )
    return
  }
  const { locationId, ofOperator } = delivery
  const data = { locationId, ...dataOf(change, nowMs) }
  const body = JSON.stringify({ type, timestamp: change.at, data })
  // Tills name their own orders, so that two venues may have the same id.
  const id = ofOperator ? `${locationId}_${eventIdOf(change)}` : eventIdOf(change)
  const outcome = await attempt(deps, delivery, { id, body })
  const { attempts } = delivery
  const at = new Date(deps.nowMs?.() ?? Date.now())
  const again = { againSeconds: retryAfterSeconds(attempts), now: at }
  const failingSince = await noteDelivery(database, delivery, outcome, again)
  if (failingSince !== undefined && isGivenUp(failingSince.getTime(), at.getTime())) {
    await giveUpEndpoint(database, delivery, outcome.error!)
    deps.notice(delivery.locationId, GIVEN_UP, { endpointId: delivery.endpointId })
  }
}

const GIVEN_UP = 'a webhook endpoint was disabled: it has failed for 5 days'

async function attempt(
  { database, sender, openSecret, nowMs = Date.now }: WebhookWorkerDeps,
  { locationId, endpointId, url, ofOperator }: ClaimedDelivery,
  { id, body }: { id: string; body: string },
): Promise<AttemptOutcome> {
  const sealed = ofOperator
    ? await readOperatorSecrets(database, endpointId)
    : await readSealedSecrets(database, locationId, endpointId)
  const sealedFor = ofOperator ? endpointId : locationId
  const secrets = sealed.map((secret) => openSecret(secret, sealedFor))
  if (secrets.length === 0) throw new Unavailable('The endpoint has been deleted.')
  const headers = signedHeaders(secrets, { id, atMs: nowMs(), body })
  return await sender.send({ url, headers, body })
}

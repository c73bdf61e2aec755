// Tells Dojo what the store queued: as soon as it is committed, at least once, and for as long as it takes. Every process runs
// one; a claim in the database keeps two from sending the same event at once, and lapses when its process dies.
import { setTimeout as wait } from 'node:timers/promises'
import type { DojoClient } from '../dojo-client/index.ts'
import { DojoFault, DojoRefusal } from '../dojo-client/errors.ts'
import { limits } from '../limits.ts'
import type { Database } from '../store/database.ts'
import { claimEvents, dropEvent, markKeyAccepted, markKeyRefused, settleDelivered, settleFailed, type ClaimedEvent } from '../store/outbox.ts'

export interface DelivererDeps {
  database: Database
  /** @throws Error when the key does not open */
  openKey: (sealed: Buffer, locationId: string) => string
  connect: (key: string) => DojoClient
  /** For the log of whoever looks after the venue. */
  notice: (locationId: string, message: string, detail: object) => void
  onOutcome?: (outcome: 'delivered' | 'failed') => void
  pollMs?: number
  stopMs?: number
}

export interface Deliverer {
  /** Begins to deliver, and to look for what is due. */
  start: () => void
  /** Resolves once nothing is on its way, or that takes too long; nothing more begins. */
  stop: () => Promise<void>
  /** Resolves once all that is due now has been tried. */
  settled: () => Promise<void>
}

export function createDeliverer (deps: DelivererDeps): Deliverer {
  const { database, pollMs = limits.outboxPollMs, stopMs = limits.outboxStopMs } = deps
  const inFlight = new Map<Promise<void>, string>()
  let running = false
  let looking: Promise<void> | undefined
  let lookAgain = false
  let timer: NodeJS.Timeout | undefined

  const begin = (event: ClaimedEvent): void => {
    const done: Promise<void> = deliver(deps, event, () => running).catch(() => {}).finally(() => {
      inFlight.delete(done)
      wake()
    })
    inFlight.set(done, event.locationId)
  }

  const look = async (): Promise<void> => {
    do {
      lookAgain = false
      const room = limits.outboxInFlight - inFlight.size
      if (!running || room <= 0) return
      // A venue is given its share at once, and the next when that is done: however slow it is, the others have theirs.
      const events = await claimEvents(database, { busyVenues: [...new Set(inFlight.values())], most: room, mostPerVenue: limits.outboxInFlightPerVenue })
      for (const event of events) begin(event)
    } while (lookAgain)
  }

  const wake = (): void => {
    if (!running) return
    lookAgain = true
    // Without the database there is nothing to do until it is back, which the next look finds out.
    looking ??= look().catch(() => {}).finally(() => {
      looking = undefined
      if (lookAgain) wake()
    })
  }
  const underWay = (): Promise<void>[] => [...looking === undefined ? [] : [looking], ...inFlight.keys()]
  const hear = (): void => { setImmediate(wake) }

  return {
    start: () => {
      running = true
      database.onAnnounced.add(hear)
      timer = setInterval(wake, pollMs).unref()
      wake()
    },
    stop: async () => {
      running = false
      database.onAnnounced.delete(hear)
      clearInterval(timer)
      // What is cut off here is sent again by whoever runs next, once its claim has lapsed.
      const enough = new AbortController()
      await Promise.race([Promise.all(underWay()), wait(stopMs, undefined, { signal: enough.signal, ref: false })])
      enough.abort()
    },
    settled: async () => {
      wake()
      for (let work = underWay(); work.length > 0; work = underWay()) await Promise.race(work)
    },
  }
}

const ENTITY_FIELD = { OrderUpdated: 'orderId', PartyUpdated: 'partyId', ReservationUpdated: 'reservationId' } as const

async function deliver ({ database, openKey, connect, notice, onOutcome }: DelivererDeps, event: ClaimedEvent, isRunning: () => boolean): Promise<void> {
  const { locationId, eventType, entityId, attempts, sealedKey } = event
  const note = async <T>(work: () => Promise<T>): Promise<T> => await insist(event, isRunning, work)
  if (sealedKey === undefined) {
    await note(async () => { await dropEvent(database, event) })
    return
  }
  const error = await failureOf(async () => { await tell(connect(openKey(sealedKey, locationId)), event) })
  onOutcome?.(error === undefined ? 'delivered' : 'failed')
  if (error === undefined) {
    await note(async () => { await settleDelivered(database, event) })
    if (attempts > 1) await markKeyAccepted(database, locationId)
    return
  }
  if (isKeyRefused(error) && await note(async () => await markKeyRefused(database, locationId))) notice(locationId, 'Dojo refuses the API key of this venue, so it is told nothing until the key is set again', {})
  const failure = { error: messageOf(error), retryAfterSeconds: retryAfterSeconds(error, attempts), isHopeless: isHopeless(error) }
  const dead = await note(async () => await settleFailed(database, event, failure))
  if (dead) notice(locationId, 'an event to Dojo was given up; see npm run outbox -- list', { eventType, entityId, error: messageOf(error) })
}

async function failureOf (work: () => Promise<void>): Promise<Error | undefined> {
  try {
    await work()
    return undefined
  } catch (error) {
    return error as Error
  }
}

async function tell (client: DojoClient, { eventType, entityId }: ClaimedEvent): Promise<void> {
  await client.call('EposEvents_Submit', { eventType, event: { [ENTITY_FIELD[eventType]]: entityId } as { orderId: string } })
}

/** The database may be away for a moment; until it knows, the event would wait for its claim to lapse, and then be sent again. */
async function insist<T> ({ claimedUntil }: ClaimedEvent, isRunning: () => boolean, work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work()
    } catch (error) {
      if (!isRunning() || Date.now() > claimedUntil.getTime()) throw error
      await wait(limits.outboxSettleRetryMs)
    }
  }
}

const isKeyRefused = (error: unknown): boolean => error instanceof DojoRefusal && (error.status === 401 || error.status === 403)

/** Dojo has understood it and will never take it. */
const isHopeless = (error: unknown): boolean => error instanceof DojoRefusal && error.status >= 400 && error.status < 500 && !isKeyRefused(error) && ![404, 408, 425, 429].includes(error.status)

/** As Dojo asks, or twice as long each time; at random in its upper half, so that many do not come back at one moment. */
function retryAfterSeconds (error: unknown, attempts: number): number {
  if (error instanceof DojoRefusal && error.retryAfterMs !== undefined) return error.retryAfterMs / 1000
  const longest = Math.min(limits.outboxLongestBackoffSeconds, limits.outboxBackoffSeconds * 2 ** (attempts - 1))
  return longest * (1 + Math.random()) / 2
}

/** One line, and no secret: that of a fault of Dojo is made so. */
const messageOf = (error: unknown): string => error instanceof DojoFault ? error.message : (error as Error).message.slice(0, limits.maxLoggedMessageCharacters)

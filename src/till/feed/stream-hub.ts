// Who listens to which venue, and what they are sent. New changes of all venues are read by one
// statement and written as the same bytes to all listeners of a venue; how many listen changes what
// is written, and not what is read.
import { setImmediate as otherTurns } from 'node:timers/promises'
import { conflict, Unavailable } from '../../domain/errors.ts'
import { limits } from '../../limits.ts'
import { isAhead, isPosition, readChanges, type Position } from '../../store/feed/feed.ts'
import type { Database } from '../../store/database/database.ts'
import { createNotifications } from '../../store/database/notifications.ts'
import { createPaced } from '../../lib/coalesce.ts'
import { findRevoked } from '../../store/venue/till-tokens.ts'
import { changesText, HEARTBEAT, readyText, resetText } from './stream-events.ts'

/** One open stream. */
export interface Listener {
  locationId: string
  tokenId: string
  /** Sends it on, or cuts the listener off who is too far behind. */
  write: (bytes: Buffer) => void
  cut: () => void
}

export interface StreamPace {
  pollMs: number
  heartbeatMs: number
  tokenCheckMs: number
  perVenue: number
  perProcess: number
}

export const PACE: StreamPace = {
  pollMs: limits.streamPollMs,
  heartbeatMs: limits.streamHeartbeatMs,
  tokenCheckMs: limits.streamTokenCheckMs,
  perVenue: limits.streamsPerVenue,
  perProcess: limits.streamsPerProcess,
}

export interface Stream {
  /**
   * Takes a listener on, who hears nothing until `begin` is called.
   * @param lastEventId where it was when it was cut off
   * @throws Refusal `too-many-streams`, of the venue. Unavailable: too many of the process, or no
   *   database
   */
  join: (listener: Listener, lastEventId: string | undefined) => Promise<{ begin: () => void }>
  leave: (listener: Listener) => void
  /** Ends all streams at once. */
  stop: () => Promise<void>
}

interface Waiting {
  resolve: () => void
  reject: (error: unknown) => void
}

/** A venue that somebody listens to. */
interface Venue {
  locationId: string
  /** What its listeners have been sent; undefined until the first look. */
  since: Position | undefined
  /** With what each is to be sent once it begins. */
  listeners: Map<Listener, Buffer[] | undefined>
  /** For a look that begins from now on. */
  waiting: Waiting[]
}

export function createStream(database: Database, pace: Partial<StreamPace> = {}): Stream {
  const { pollMs, heartbeatMs, tokenCheckMs, perVenue, perProcess } = { ...PACE, ...pace }
  const venues = new Map<string, Venue>()
  const changed = new Set<Venue>()
  const timers: NodeJS.Timeout[] = []
  let stopped = false

  const looks = createPaced(async () => {
    const due = [...changed].slice(0, limits.streamVenuesAtOnce)
    for (const venue of due) changed.delete(venue)
    const waiting = due.flatMap((venue) => venue.waiting.splice(0))
    try {
      const deliveries = await look(database, due)
      for (const { resolve } of waiting) resolve()
      const writingMs = await writeAll(deliveries)
      return Math.min(
        limits.streamLongestPauseMs,
        Math.max(limits.streamPauseMs, limits.streamPausePerWriting * writingMs),
      )
    } catch (error) {
      // Without the database there is nothing new; the poll looks again.
      for (const { reject } of waiting) reject(error)
      return limits.streamPauseMs
    } finally {
      if (changed.size > 0) looks.want()
    }
  })

  const wake = (venue: Venue | undefined): void => {
    if (venue === undefined) return
    changed.add(venue)
    looks.want()
  }
  const wakeAll = (): void => {
    for (const venue of venues.values()) wake(venue)
  }
  const lookedAt = async (venue: Venue): Promise<void> => {
    await new Promise<void>((resolve, reject) => {
      venue.waiting.push({ resolve, reject })
      wake(venue)
    })
  }
  const notifications = createNotifications(database, {
    changed: (locationId) => {
      wake(venues.get(locationId))
    },
    missed: wakeAll,
  })

  const all = (): Listener[] =>
    [...venues.values()].flatMap(({ listeners }) => [...listeners.keys()])
  const every = (everyMs: number, work: () => Promise<unknown> | void): void => {
    timers.push(
      setInterval(() => {
        void Promise.resolve(work()).catch(() => {})
      }, everyMs).unref(),
    )
  }
  const start = (): void => {
    if (timers.length > 0) return
    notifications.listen()
    every(pollMs, wakeAll)
    const beat = Buffer.from(HEARTBEAT)
    every(
      heartbeatMs,
      async () =>
        await writeAll(
          [...venues.values()].flatMap((venue) =>
            [...venue.listeners.keys()].map((listener) => ({ venue, listener, bytes: beat })),
          ),
        ),
    )
    every(tokenCheckMs, async () => {
      const revoked = await findRevoked(database, all())
      for (const listener of all()) if (revoked.has(listener.tokenId)) listener.cut()
    })
  }

  const leave = (listener: Listener): void => {
    const venue = venues.get(listener.locationId)
    venue?.listeners.delete(listener)
    if (venue?.listeners.size === 0) venues.delete(venue.locationId)
  }

  return {
    leave,
    async join(listener, lastEventId) {
      const venue = roomFor(listener)
      start()
      venue.listeners.set(listener, [])
      try {
        // What was given before may be further on than what this process has seen.
        if (venue.since === undefined || lastEventId !== undefined) await lookedAt(venue)
        const upTo = venue.since!
        const held: Buffer[] = []
        venue.listeners.set(listener, held)
        held.unshift(Buffer.from(await opening(database, venue.locationId, lastEventId, upTo)))
        if (stopped) throw new Unavailable('The server is stopping.')
        return {
          begin: () => {
            if (!venue.listeners.has(listener)) return
            venue.listeners.set(listener, undefined)
            for (const bytes of held) listener.write(bytes)
          },
        }
      } catch (error) {
        leave(listener)
        throw error
      }
    },
    async stop() {
      stopped = true
      for (const timer of timers) clearInterval(timer)
      for (const listener of all()) listener.cut()
      for (const { waiting } of venues.values()) {
        for (const { reject } of waiting) reject(new Unavailable('The server is stopping.'))
      }
      await Promise.all([looks.stop(), notifications.stop()])
    },
  }

  function roomFor({ locationId }: Listener): Venue {
    if (stopped) throw new Unavailable('The server is stopping.')
    if (
      [...venues.values()].reduce((count, { listeners }) => count + listeners.size, 0) >= perProcess
    ) {
      throw new Unavailable('There are too many streams.', {
        debugMessage: `This server keeps ${perProcess} streams open, and no more at once; try again later.`,
      })
    }
    const venue = venues.get(locationId) ?? {
      locationId,
      since: undefined,
      listeners: new Map(),
      waiting: [],
    }
    if (venue.listeners.size >= perVenue) {
      throw conflict(
        'too-many-streams',
        `The venue has ${perVenue} streams open, and may have no more at once.`,
      )
    }
    venues.set(locationId, venue)
    return venue
  }
}

interface Delivery {
  venue: Venue
  listener: Listener
  bytes: Buffer
}

/** Moves the venues on to now. */
async function look(database: Database, due: readonly Venue[]): Promise<Delivery[]> {
  const known = due.filter(
    (venue): venue is Venue & { since: Position } => venue.since !== undefined,
  )
  const { position, nowMs, changes } = await readChanges(database, known)
  for (const venue of due) venue.since = position
  return known.flatMap((venue, index) => {
    const heard = changes[index]
    if (heard?.length === 0) return []
    const bytes = Buffer.from(
      heard === undefined ? resetText(position) : changesText(heard, nowMs, position),
    )
    return [...venue.listeners.keys()].map((listener) => ({ venue, listener, bytes }))
  })
}

/** Resolves to how long the writing took, in milliseconds. Others have their turn between many. */
async function writeAll(deliveries: readonly Delivery[]): Promise<number> {
  let writingMs = 0
  for (let from = 0; from < deliveries.length; from += limits.streamWritesAtOnce) {
    if (from > 0) await otherTurns()
    const startedAtMs = performance.now()
    for (const { venue, listener, bytes } of deliveries.slice(
      from,
      from + limits.streamWritesAtOnce,
    )) {
      if (!venue.listeners.has(listener)) continue
      const held = venue.listeners.get(listener)
      if (held === undefined) listener.write(bytes)
      else held.push(bytes)
    }
    writingMs += performance.now() - startedAtMs
  }
  return writingMs
}

/** What a listener is sent first. */
async function opening(
  database: Database,
  locationId: string,
  lastEventId: string | undefined,
  upTo: Position,
): Promise<string> {
  if (lastEventId === undefined) return readyText(upTo)
  if (!isPosition(lastEventId) || isAhead(lastEventId, upTo)) return resetText(upTo)
  const {
    nowMs,
    changes: [missed],
  } = await readChanges(database, [{ locationId, since: lastEventId, upTo }])
  return missed === undefined ? resetText(upTo) : changesText(missed, nowMs, upTo) + readyText(upTo)
}

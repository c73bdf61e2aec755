// Who listens to which venue, and what they are sent. One statement reads the new changes of many
// venues, and all listeners of a venue are sent the same bytes, so the number of listeners changes
// only how much is written.
import { Unavailable } from '../../domain/errors.ts'
import { every, type Repeated } from '../../lib/every.ts'
import { limits } from '../../limits.ts'
import type { Database } from '../../store/database/database.ts'
import { createNotifications } from '../../store/database/notifications.ts'
import { findEnded } from '../../store/access/sessions.ts'
import { findRevoked } from '../../store/venue/till-tokens.ts'
import { toAllIn, writeAll } from './deliveries.ts'
import { HEARTBEAT } from './events.ts'
import { createReader, openingText } from './reader.ts'
import { createRooms, holdBack, letGo, type Listener, type Rooms } from './rooms.ts'

export interface StreamPace {
  pollMs: number
  heartbeatMs: number
  tokenCheckMs: number
  perToken: number
  perVenue: number
  perProcess: number
}

const PACE: StreamPace = {
  pollMs: limits.streamPollMs,
  heartbeatMs: limits.streamHeartbeatMs,
  tokenCheckMs: limits.streamTokenCheckMs,
  perToken: limits.streamsPerToken,
  perVenue: limits.streamsPerVenue,
  perProcess: limits.streamsPerProcess,
}

export interface StreamHub {
  /**
   * Takes on a listener, which is sent nothing until `begin` is called.
   * @param lastEventId the last event that it received before it was cut off
   * @throws Refusal `too-many-streams` of the venue or the token. Unavailable: too many of the
   *   process, or no database
   */
  join: (listener: Listener, lastEventId: string | undefined) => Promise<{ begin: () => void }>
  leave: (listener: Listener) => void
  /** Ends all streams at once. */
  stop: () => Promise<void>
}

export function createStreamHub(database: Database, given: Partial<StreamPace> = {}): StreamHub {
  const pace = { ...PACE, ...given }
  const rooms = createRooms(pace)
  const reader = createReader(database)
  const readAll = (): void => {
    for (const room of rooms.all()) reader.request(room)
  }
  const notifications = createNotifications(database, {
    changed: (locationId) => {
      const room = rooms.find(locationId)
      if (room !== undefined) reader.request(room)
    },
    missed: readAll,
  })
  const repeated = repeatedWork(database, rooms, { ...pace, readAll })
  let isStarted = false
  let isStopped = false
  const start = (): void => {
    if (isStarted) return
    isStarted = true
    notifications.listen()
    for (const each of repeated) each.start()
  }

  return {
    leave: rooms.leave,
    async join(listener, lastEventId) {
      if (isStopped) throw stopping()
      const room = rooms.enter(listener)
      start()
      try {
        // The caller's position may be ahead of what this process has read.
        if (room.since === undefined || lastEventId !== undefined) await reader.untilRead(room)
        const upTo = room.since!
        const held = holdBack(room, listener)
        const text = await openingText(database, room.locationId, { lastEventId, upTo })
        if (isStopped) throw stopping()
        return {
          begin: () => {
            letGo(room, listener, [Buffer.from(text), ...held])
          },
        }
      } catch (error) {
        rooms.leave(listener)
        throw error
      }
    },
    async stop() {
      isStopped = true
      for (const listener of rooms.listeners()) listener.cut()
      await Promise.all([
        reader.stop(stopping()),
        notifications.stop(),
        ...repeated.map(async (each) => {
          await each.stop()
        }),
      ])
    },
  }
}

const stopping = (): Unavailable => new Unavailable('The server is stopping.')

function repeatedWork(
  database: Database,
  rooms: Rooms,
  { pollMs, heartbeatMs, tokenCheckMs, readAll }: StreamPace & { readAll: () => void },
): Repeated[] {
  const heartbeat = Buffer.from(HEARTBEAT)
  return [
    every(pollMs, async () => {
      readAll()
    }),
    every(heartbeatMs, async () => {
      await writeAll(rooms.all().flatMap((room) => toAllIn(room, heartbeat)))
    }),
    every(tokenCheckMs, async () => {
      const revoked = await findRevoked(database, rooms.listeners())
      const ended = await findEnded(
        database,
        rooms.listeners().flatMap(({ session }) => session ?? []),
      )
      for (const { tokenId, session, cut } of rooms.listeners()) {
        if (revoked.has(tokenId) || ended.has(session?.secret ?? '')) cut()
      }
    }),
  ]
}

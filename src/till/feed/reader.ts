// Reads what is new in the rooms that are due, many at a time, and sends it to their listeners.
import { coalesce } from '../../lib/coalesce.ts'
import { limits } from '../../limits.ts'
import type { Database } from '../../store/database/database.ts'
import { isAhead, isPosition, readChanges, type Position } from '../../store/feed/feed.ts'
import { toAllIn, writeAll, type Delivery } from './deliveries.ts'
import { changesText, readyText, resetText } from './events.ts'
import type { Room } from './rooms.ts'

export interface Reader {
  /** The room may have something new. */
  request: (room: Room) => void
  /** Resolves once the room has been read, by a run that starts after this moment. */
  untilRead: (room: Room) => Promise<void>
  /** Rejects everything that waits for a run with `error`. */
  stop: (error: Error) => Promise<void>
}

interface Waiting {
  resolve: () => void
  reject: (error: unknown) => void
}

export function createReader(database: Database): Reader {
  const due = new Set<Room>()
  const waiting = new Map<Room, Waiting[]>()
  const takeWaiting = (rooms: readonly Room[]): Waiting[] =>
    rooms.flatMap((room) => {
      const those = waiting.get(room) ?? []
      waiting.delete(room)
      return those
    })

  const runs = coalesce(async () => {
    const rooms = [...due].slice(0, limits.streamVenuesAtOnce)
    for (const room of rooms) due.delete(room)
    const served = takeWaiting(rooms)
    try {
      const deliveries = await readNew(database, rooms)
      for (const { resolve } of served) resolve()
      return pauseAfter(await writeAll(deliveries))
    } catch (error) {
      // Without the database there is nothing new; the poll tries again.
      for (const { reject } of served) reject(error)
      return limits.streamPauseMs
    } finally {
      if (due.size > 0) runs.request()
    }
  })
  const request = (room: Room): void => {
    due.add(room)
    runs.request()
  }

  return {
    request,
    untilRead: async (room) => {
      await new Promise<void>((resolve, reject) => {
        waiting.set(room, [...(waiting.get(room) ?? []), { resolve, reject }])
        request(room)
      })
    },
    stop: async (error) => {
      for (const { reject } of takeWaiting([...waiting.keys()])) reject(error)
      await runs.stop()
    },
  }
}

/** Long enough that writing takes at most a fixed share of the process's time. */
function pauseAfter(writingMs: number): number {
  const pauseMs = limits.streamPausePerWriting * writingMs
  return Math.min(limits.streamLongestPauseMs, Math.max(limits.streamPauseMs, pauseMs))
}

/** Moves the rooms on to now. */
async function readNew(database: Database, rooms: readonly Room[]): Promise<Delivery[]> {
  const { nowMs, read } = await readChanges(database, rooms)
  return rooms.flatMap((room, index) => {
    const { position, changes } = read[index]!
    room.since = position
    if (changes?.length === 0) return []
    const text = changes === undefined ? resetText(position) : changesText(changes, nowMs, position)
    return toAllIn(room, Buffer.from(text))
  })
}

/** What a listener is sent first. */
export async function openingText(
  database: Database,
  locationId: string,
  { lastEventId, upTo }: { lastEventId: string | undefined; upTo: Position },
): Promise<string> {
  if (lastEventId === undefined) return readyText(upTo)
  if (!isPosition(lastEventId) || isAhead(lastEventId, upTo)) return resetText(upTo)
  const { nowMs, read } = await readChanges(database, [{ locationId, since: lastEventId, upTo }])
  const missed = read[0]!.changes
  return missed === undefined ? resetText(upTo) : changesText(missed, nowMs, upTo) + readyText(upTo)
}

// The listeners of each venue, and how many there may be.
import { conflict, Unavailable } from '../../domain/errors.ts'
import type { SessionKey } from '../../store/access/sessions.ts'
import type { Position } from '../../store/feed/feed.ts'

/** One open stream. */
export interface Listener {
  locationId: string
  tokenId: string
  /** The session of somebody at the console; the stream ends with it. */
  session?: SessionKey | undefined
  /** Sends the bytes on, or cuts the listener off when it is too far behind. */
  write: (bytes: Buffer) => void
  cut: () => void
}

/** A venue with listeners. */
export interface Room {
  readonly locationId: string
  /** How far its listeners have been sent changes; undefined until the first read. */
  since: Position | undefined
  /** Each listener with the bytes held back for it until it begins; then undefined. */
  readonly listeners: Map<Listener, Buffer[] | undefined>
}

export interface Rooms {
  /**
   * @throws Refusal `too-many-streams` of the venue or the token. Unavailable: too many of the
   *   process
   */
  enter: (listener: Listener) => Room
  leave: (listener: Listener) => void
  find: (locationId: string) => Room | undefined
  all: () => Room[]
  listeners: () => Listener[]
}

export function createRooms({
  perToken,
  perVenue,
  perProcess,
}: {
  perToken: number
  perVenue: number
  perProcess: number
}): Rooms {
  const rooms = new Map<string, Room>()
  const listeners = (): Listener[] =>
    [...rooms.values()].flatMap((room) => [...room.listeners.keys()])
  return {
    find: (locationId) => rooms.get(locationId),
    all: () => [...rooms.values()],
    listeners,
    enter(listener) {
      const { locationId } = listener
      if (listeners().length >= perProcess) {
        throw new Unavailable('There are too many streams.', {
          debugMessage:
            `This server keeps at most ${perProcess} streams open at once; ` + 'try again later.',
        })
      }
      const room = rooms.get(locationId) ?? { locationId, since: undefined, listeners: new Map() }
      if (room.listeners.size >= perVenue) {
        throw conflict(
          'too-many-streams',
          `The venue has ${perVenue} streams open, the most that it may have at once.`,
        )
      }
      if (countOf(room, listener.tokenId) >= perToken) {
        throw conflict(
          'too-many-streams',
          `This token has ${perToken} streams open, the most that it may have at once.`,
        )
      }
      rooms.set(locationId, room)
      room.listeners.set(listener, [])
      return room
    },
    leave(listener) {
      const room = rooms.get(listener.locationId)
      room?.listeners.delete(listener)
      if (room?.listeners.size === 0) rooms.delete(room.locationId)
    },
  }
}

function countOf({ listeners }: Room, tokenId: string): number {
  let count = 0
  for (const listener of listeners.keys()) if (listener.tokenId === tokenId) count++
  return count
}

/** Starts to hold back afresh what the listener is sent. */
export function holdBack(room: Room, listener: Listener): Buffer[] {
  const held: Buffer[] = []
  room.listeners.set(listener, held)
  return held
}

/** Writes what was held back, and from now on everything at once. Nothing once it has left. */
export function letGo(room: Room, listener: Listener, held: readonly Buffer[]): void {
  if (!room.listeners.has(listener)) return
  room.listeners.set(listener, undefined)
  for (const bytes of held) listener.write(bytes)
}

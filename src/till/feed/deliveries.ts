// Bytes for listeners, written in batches so that the rest of the process has its turn.
import { setImmediate as nextTurn } from 'node:timers/promises'
import { limits } from '../../limits.ts'
import type { Listener, Room } from './rooms.ts'

export interface Delivery {
  room: Room
  listener: Listener
  bytes: Buffer
}

export function toAllIn(room: Room, bytes: Buffer): Delivery[] {
  return [...room.listeners.keys()].map((listener) => ({ room, listener, bytes }))
}

/** Resolves to how long the writing took, in milliseconds, without the turns of others. */
export async function writeAll(deliveries: readonly Delivery[]): Promise<number> {
  let writingMs = 0
  for (let from = 0; from < deliveries.length; from += limits.streamWritesAtOnce) {
    if (from > 0) await nextTurn()
    const startedAtMs = performance.now()
    for (const delivery of deliveries.slice(from, from + limits.streamWritesAtOnce)) {
      write(delivery)
    }
    writingMs += performance.now() - startedAtMs
  }
  return writingMs
}

function write({ room, listener, bytes }: Delivery): void {
  if (!room.listeners.has(listener)) return
  const held = room.listeners.get(listener)
  if (held === undefined) listener.write(bytes)
  else held.push(bytes)
}

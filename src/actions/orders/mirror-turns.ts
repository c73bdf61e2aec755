// Orders that tills send in bulk are processed a few at a time, over all venues of a process and
// first come, first served, so that Dojo's calls find a connection however many tills send at once.
import { Unavailable } from '../../domain/errors.ts'
import type { OneATurn } from '../../lib/one-a-turn.ts'
import { createTurns } from '../../lib/turns.ts'
import { limits } from '../../limits.ts'

/** @throws Unavailable when the turn does not come; then nothing was done */
export type MirrorTurn = <T>(work: () => Promise<T>) => Promise<T>

/** @param oneATurn what is begun in a turn of the event loop besides Dojo's calls */
export function createMirrorTurn(oneATurn: OneATurn): MirrorTurn {
  const turns = createTurns({
    atOnce: limits.mirrorWorkAtOnce,
    longestWaitMs: limits.mirrorWorkWaitMs,
    refused: () => new Unavailable('An order of a till waited too long for its turn.'),
  })
  return async (work) => {
    const release = await turns.take('all')
    try {
      await oneATurn()
      return await work()
    } finally {
      release()
    }
  }
}

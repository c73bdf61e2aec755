import { setTimeout } from 'node:timers/promises'

export interface Pieces {
  /** How many items a piece has at most. */
  size: number
  /** A rest between two pieces, in milliseconds, so that others come in between. */
  restMs: number
}

/** Works on a list piece by piece. `from` is where the piece begins in the list. */
export async function inPieces<Item>(
  items: readonly Item[],
  { size, restMs }: Pieces,
  work: (piece: readonly Item[], from: number) => Promise<void>,
): Promise<void> {
  for (let from = 0; from < items.length; from += size) {
    if (from > 0 && restMs > 0) await setTimeout(restMs)
    await work(items.slice(from, from + size), from)
  }
}

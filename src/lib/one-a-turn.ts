// Work of many that comes at once is begun one after the other, each in a turn of the event loop of
// its own: what else has come in is served in between, and waits for one of them at most.

/** Resolves when it is one's turn, first come first served. */
export type OneATurn = () => Promise<void>

export function createOneATurn(): OneATurn {
  const waiting: (() => void)[] = []
  const next = (): void => {
    waiting.shift()!()
    if (waiting.length > 0) setImmediate(next)
  }
  return async () => {
    await new Promise<void>((resolve) => {
      waiting.push(resolve)
      if (waiting.length === 1) setImmediate(next)
    })
  }
}

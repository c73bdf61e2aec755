// The server with a venue's socket sees to its card payments: those of its own tills, those that
// other servers have started, and those of a server that died.
import type { Caller } from '../../domain/caller.ts'
import { every } from '../../lib/every.ts'
import { limits } from '../../limits.ts'

/** Takes what is due; resolves to the seconds after which to look again, if at all. */
export type LookAt = (caller: Caller, cardPaymentId: string) => Promise<number | undefined>

export interface Work {
  caller: Caller
  cardPaymentId: string
  /** Differs when a till has asked something of it meanwhile. */
  mark: string
}

export interface Rounds {
  start: (lookAt: LookAt) => void
  stop: () => Promise<void>
}

export function createRounds(list: () => Promise<Work[]>): Rounds {
  const looked = new Map<string, { mark: string; dueAtMs: number }>()
  let lookAt: LookAt | undefined
  const round = async (): Promise<void> => {
    const work = await list()
    const present = new Set<string>()
    for (const { caller, cardPaymentId, mark } of work) {
      const key = `${caller.locationId} ${cardPaymentId}`
      present.add(key)
      const known = looked.get(key)
      if (known !== undefined && known.mark === mark && known.dueAtMs > performance.now()) continue
      const seconds = (await lookAt!(caller, cardPaymentId)) ?? limits.terminalLeaseSeconds
      looked.set(key, { mark, dueAtMs: performance.now() + seconds * 1_000 })
    }
    for (const key of looked.keys()) if (!present.has(key)) looked.delete(key)
  }
  const rounds = every(limits.socketTickMs, round)
  return {
    start: (look) => {
      lookAt = look
      rounds.start()
    },
    stop: rounds.stop,
  }
}

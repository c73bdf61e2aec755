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

export interface RoundsOptions {
  list: () => Promise<Work[]>
  /** Hears why a card payment could not be looked at. It is looked at again later. */
  failed: (locationId: string, error: unknown) => void
}

/** Within a venue one after the other. No venue waits for another, to which Dojo may be silent. */
export function createRounds({ list, failed }: RoundsOptions): Rounds {
  const looked = new Map<string, { mark: string; dueAtMs: number }>()
  const busyVenues = new Map<string, Promise<void>>()
  let lookAt: LookAt | undefined

  const lookIfDue = async ({ caller, cardPaymentId, mark }: Work): Promise<void> => {
    const key = keyOf({ caller, cardPaymentId })
    const known = looked.get(key)
    if (known !== undefined && known.mark === mark && known.dueAtMs > performance.now()) return
    const seconds = await lookAt!(caller, cardPaymentId).catch((error: unknown) => {
      failed(caller.locationId, error)
      return undefined
    })
    const afterMs = (seconds ?? limits.terminalLeaseSeconds) * 1_000
    looked.set(key, { mark, dueAtMs: performance.now() + afterMs })
  }
  const lookAtAll = async (work: readonly Work[]): Promise<void> => {
    for (const each of work) await lookIfDue(each)
  }
  const rounds = every(limits.socketTickMs, async () => {
    const work = await list()
    const present = new Set(work.map(keyOf))
    for (const key of looked.keys()) if (!present.has(key)) looked.delete(key)
    for (const [locationId, ofVenue] of Map.groupBy(work, ({ caller }) => caller.locationId)) {
      if (busyVenues.has(locationId)) continue
      const looking = lookAtAll(ofVenue).finally(() => busyVenues.delete(locationId))
      busyVenues.set(locationId, looking)
    }
  })
  return {
    start: (look) => {
      lookAt = look
      rounds.start()
    },
    stop: async () => {
      await rounds.stop()
      await Promise.all(busyVenues.values())
    },
  }
}

function keyOf({ caller, cardPaymentId }: Pick<Work, 'caller' | 'cardPaymentId'>): string {
  return `${caller.locationId} ${cardPaymentId}`
}

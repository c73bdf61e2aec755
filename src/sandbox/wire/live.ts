// Who hears at once of what happens in an account: the pages that are open.
import type { BenchView } from '../bench/views.ts'
import type { CertificationView } from '../runs/certification.ts'
import type { WireSummary } from './entry.ts'

export interface LiveEvents {
  wire: WireSummary
  bench: BenchView
  /** Switched on or off. */
  faults: null
  /** Registered anew. */
  account: null
  certification: CertificationView
}

type Listener = <Type extends keyof LiveEvents>(type: Type, data: LiveEvents[Type]) => void

export interface Live {
  publish: <Type extends keyof LiveEvents>(key: string, type: Type, data: LiveEvents[Type]) => void
  /** @returns what ends it */
  subscribe: (key: string, listener: Listener) => () => void
}

/** An account is known by its key. */
export function createLive(): Live {
  const listeners = new Map<string, Set<Listener>>()
  return {
    publish: (key, type, data) => {
      for (const listener of listeners.get(key) ?? []) listener(type, data)
    },
    subscribe: (key, listener) => {
      const known = listeners.get(key) ?? new Set<Listener>()
      listeners.set(key, known.add(listener))
      return () => {
        known.delete(listener)
        if (known.size === 0) listeners.delete(key)
      }
    },
  }
}

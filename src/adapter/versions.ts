// Versions for a till that does not count them: an order whose content differs from the last time
// has a new one. They are made of the time, so that they go on rising over a restart.
import type { components } from '../till-client/index.ts'

type Versioned = components['schemas']['MirroredOrderWithId']
type Given = Omit<Versioned, 'version'> & { version?: number }

interface Known {
  content: string
  version: number
}

export interface Versions {
  count: (orders: readonly Given[]) => Versioned[]
  /** The server has a later version than ours: the next one is later than that. */
  catchUp: (id: string, version: number) => void
}

export function createVersions(nowMs: () => number = Date.now): Versions {
  let known = new Map<string, Known>()
  return {
    count: (orders) => {
      const next = new Map<string, Known>()
      const counted = orders.map((order): Versioned => {
        const content = JSON.stringify(order)
        const before = known.get(order.id)
        const isSame = before?.content === content
        const version = isSame ? before.version : Math.max(nowMs(), (before?.version ?? 0) + 1)
        next.set(order.id, { content, version: order.version ?? version })
        return { ...order, version: order.version ?? version }
      })
      known = next
      return counted
    },
    catchUp: (id, version) => {
      known.set(id, { content: '', version })
    },
  }
}

// The stream of changes, shared by everything on the page: the connection, the newest changes, and
// who wants to hear of them.
import { signal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { follow } from '../../page/browser/stream.ts'
import { useLoad, type Loaded } from '../../page/browser/use-load.ts'
import { me, sessionEnded, till } from './session.ts'

export interface Change {
  entity: 'Order' | 'Party' | 'Reservation' | 'Day' | 'Refund'
  id: string
  sequence: number
  at: string
  action: string
  detail: Record<string, unknown>
  /** The table of the order, or its own name. */
  name?: string
  waiterId?: string
  deviceId?: string
  product?: string
}

export const connection = signal({ isLive: false, sinceMs: Date.now() })
/** Newest first. */
export const changes = signal<readonly Change[]>([])
/** The changes that came while the page was open. */
export const fresh = signal<ReadonlySet<string>>(new Set())
/** How much money is on no bill: the one number that every page shows. */
export const unmatchedCount = signal(0)
/** By id. */
export const waiterNames = signal<ReadonlyMap<string, string>>(new Map())

export function keyOf({ entity, id, sequence }: Change): string {
  return `${entity} ${id} ${sequence}`
}

const listeners = new Set<() => void>()

/** Follows the venue until what it returns is called. */
export function startLive(): () => void {
  void readWaiters().catch(() => {})
  void readChanges(false).catch(() => {})
  return follow(till, '/stream', {
    onLive: () => {
      connection.value = { isLive: true, sinceMs: Date.now() }
    },
    onLost: (problem) => {
      if (connection.value.isLive) connection.value = { isLive: false, sinceMs: Date.now() }
      if (problem !== undefined) sessionEnded(problem)
    },
    onEvent: ({ type }) => {
      void readChanges(type !== 'ready').catch(() => {})
      for (const listener of listeners) listener()
    },
  })
}

async function readWaiters(): Promise<void> {
  const { rows } = await till.call<{ rows: { id: string; name: string }[] }>('GET', '/waiters')
  waiterNames.value = new Map(rows.map(({ id, name }) => [id, name]))
}

let reading: { again: boolean } | undefined

/** With the names of tables, which the stream does not send. */
async function readChanges(areNew: boolean): Promise<void> {
  if (reading !== undefined) {
    reading.again = true
    return
  }
  const work = { again: false }
  reading = work
  try {
    do {
      work.again = false
      const [{ rows }, unmatched] = await Promise.all([
        till.call<{ rows: Change[] }>('GET', '/changes'),
        me.value?.role === 'kitchen'
          ? { rows: [] }
          : till.call<{ rows: unknown[] }>('GET', '/unmatched-payments'),
      ])
      unmatchedCount.value = unmatched.rows.length
      const known = new Set(changes.value.map(keyOf))
      const come = areNew ? rows.map(keyOf).filter((key) => !known.has(key)) : []
      if (come.length > 0) fresh.value = new Set([...fresh.value, ...come])
      changes.value = rows
    } while (work.again)
  } finally {
    reading = undefined
  }
}

/** What a page shows of the venue: read again after every change. */
export function useLive<Data>(key: string, read: () => Promise<Data>): Loaded<Data> {
  const loaded = useLoad(key, read)
  const { problem, reload } = loaded
  useEffect(() => {
    listeners.add(reload)
    return () => {
      listeners.delete(reload)
    }
  }, [reload])
  useEffect(() => {
    if (problem !== undefined) sessionEnded(problem)
  }, [problem])
  return loaded
}

// Keeps a till's own orders in step with the server. The till gives two functions: its open orders,
// and what to do with what Dojo made. Everything else is here: what changed is sent, what was lost
// is sent again, and what waits for the till is applied once it is there.
//
// It keeps nothing on disk. The server knows what it has and what the till has acknowledged, so
// that either side may restart, or be away for a day.
import { setTimeout as wait } from 'node:timers/promises'
import { okay, TillProblem, type TillClient, type components } from '../till-client/index.ts'
import { createVersions } from './versions.ts'

type Schemas = components['schemas']

/** As the server takes it; the adapter counts the versions where the till does not. */
export type TillOrder = Omit<Schemas['MirroredOrderWithId'], 'version'> & { version?: number }

export type InboxEntry = Schemas['Inbox']['entries'][number]

/** The till's own id of an order that is new to it, and its status there. */
export interface Taken {
  mirrorId?: string
  status?: 'Confirmed' | 'Accepted' | 'Preparing' | 'Prepared' | 'Ready'
}

export interface Till {
  /** All that are open, and those that were closed a moment ago, with their status. */
  openOrders: () => Promise<TillOrder[]>
  /**
   * What Dojo made or changed: an order, a payment on one, a party, a reservation. It may come
   * again, with the same id; it then has no second effect.
   * @throws OrderRefused: the order is not made, and the guest gets the money back. Any other error
   *   means later
   */
  apply: (entry: InboxEntry) => Promise<Taken | undefined>
  /** Calls back when something changes, so that Dojo sees it at once. */
  changed?: (callback: () => void) => void
}

/** Thrown by `apply` for an order that the venue does not make. */
export class OrderRefused extends Error {
  override readonly name = 'OrderRefused'
}

export interface AdapterOptions {
  client: TillClient
  till: Till
  /** How often the till is asked for its orders. */
  pollMs?: number
  /** Hears of what staff should know: an order that is refused, a side that is away. */
  onProblem?: (problem: { id?: string; code: string; detail: string }) => void
}

export interface Adapter {
  /** Resolves once what is under way has ended. */
  stop: () => Promise<void>
}

const POLL_MS = 2_000
const LONGEST_PAUSE_MS = 30_000

export function startAdapter({
  client,
  till,
  pollMs = POLL_MS,
  onProblem = () => {},
}: AdapterOptions): Adapter {
  const stopping = new AbortController()
  const { signal } = stopping
  const send = createSender(client, till, onProblem)
  const sending = createLoop(send, { pollMs, signal, onProblem })
  const applying = createLoop(
    async () => {
      if (await applyInbox(client, till, onProblem)) sending.soon()
    },
    { pollMs, signal, onProblem },
  )
  till.changed?.(sending.soon)
  return {
    stop: async () => {
      stopping.abort()
      await Promise.all([sending.ended, applying.ended])
    },
  }
}

type OnProblem = NonNullable<AdapterOptions['onProblem']>

/** Runs `work` again and again; after failures less and less often. */
function createLoop(
  work: () => Promise<void>,
  { pollMs, signal, onProblem }: { pollMs: number; signal: AbortSignal; onProblem: OnProblem },
): { soon: () => void; ended: Promise<void> } {
  let wake = new AbortController()
  const run = async (): Promise<void> => {
    let failures = 0
    while (!signal.aborted) {
      wake = new AbortController()
      try {
        await work()
        failures = 0
      } catch (error) {
        failures++
        const code = error instanceof TillProblem ? error.problem.code : 'away'
        onProblem({ code, detail: (error as Error).message })
      }
      const pauseMs = Math.min(LONGEST_PAUSE_MS, pollMs * 2 ** Math.min(failures, 10))
      const woken = AbortSignal.any([signal, wake.signal])
      await wait(pauseMs, undefined, { signal: woken }).catch(() => {})
    }
  }
  return {
    soon: () => {
      wake.abort()
    },
    ended: run(),
  }
}

/** Sends all open orders; the server compares them with what it has. */
function createSender(client: TillClient, till: Till, onProblem: OnProblem): () => Promise<void> {
  const versions = createVersions()
  let reported = new Set<string>()
  return async () => {
    const orders = versions.count(await till.openOrders())
    const { results } = await okay(client.PUT('/till/v1/mirror/orders', { body: { orders } }))
    const refused = results.filter(({ outcome }) => outcome === 'refused')
    const now = new Set<string>()
    for (const { id, problem } of refused) {
      const { code, detail } = problem!
      if (code === 'stale') versions.catchUp(id, Number((problem as { version?: number }).version))
      const key = `${id} ${code}`
      now.add(key)
      // Each once, and not each time that it is tried again.
      if (!reported.has(key)) onProblem({ id, code, detail })
    }
    reported = now
  }
}

/** @returns whether anything was applied */
async function applyInbox(client: TillClient, till: Till, onProblem: OnProblem): Promise<boolean> {
  const { entries } = await okay(client.GET('/till/v1/mirror/inbox', {}))
  let applied = false
  for (const entry of entries) {
    try {
      const taken = await till.apply(entry)
      const { kind, id, version } = entry
      await okay(
        client.POST('/till/v1/mirror/inbox/{kind}/{id}/acknowledge', {
          params: { path: { kind, id } },
          body: { version, ...taken },
        }),
      )
      applied = true
    } catch (error) {
      if (error instanceof OrderRefused) await refuse(client, entry.id, error.message)
      else onProblem({ id: entry.id, code: 'not-applied', detail: (error as Error).message })
    }
  }
  return applied
}

async function refuse(client: TillClient, orderId: string, reason: string): Promise<void> {
  await okay(
    client.POST('/till/v1/mirror/inbox/order/{orderId}/refuse', {
      params: { path: { orderId } },
      body: { reason },
    }),
  )
}

// Tills that keep their own orders and send all that are open every two seconds, in a process of
// their own. Forked; one order of each changes between two sendings, the others are as they were.
import { setTimeout as wait } from 'node:timers/promises'
import { Pool } from 'undici'

export interface MirrorTills {
  url: string
  tokens: string[]
  /** Open orders of each. */
  orders: number
  everyMs: number
}
export interface Sent {
  puts: number
  medianMs: number
  p99Ms: number
}
export type TillsCommand = { do: 'open'; tills: MirrorTills } | { do: 'send' } | { do: 'pause' }

const CONNECTIONS = 64
const LINES = 8

/** A till: its version of each order. */
interface MirrorTill {
  token: string
  versions: number[]
}

let given: MirrorTills
let pool: Pool
let tills: MirrorTill[] = []
let sending: { stop: AbortController; done: Promise<number[]> } | undefined

/** Every order for the first time. */
async function open(opened: MirrorTills): Promise<void> {
  given = opened
  pool = new Pool(given.url, { connections: CONNECTIONS })
  tills = given.tokens.map((token) => ({ token, versions: Array<number>(given.orders).fill(1) }))
  for (const till of tills) await put(till)
}

function bodyOf({ versions }: MirrorTill): string {
  const orders = versions.map((version, index) => {
    const lines = Array.from({ length: LINES }, (_, line) => ({
      id: `${line + 1}`,
      name: `Item number ${line + 1}`,
      plu: `plu${line + 1}`,
      quantity: 1,
      // A guest has one more of the first.
      amountMinor: line === 0 ? 500 * version : 500,
    }))
    return { id: `order-${index}`, version, lines, totalMinor: 500 * (LINES - 1 + version) }
  })
  return JSON.stringify({ orders })
}

/** @returns how long it took. @throws Error where an order is refused */
async function put(till: MirrorTill): Promise<number> {
  const payload = bodyOf(till)
  const startedAtMs = performance.now()
  const { statusCode, body } = await pool.request({
    method: 'PUT',
    path: '/till/v1/mirror/orders',
    headers: { authorization: `Bearer ${till.token}`, 'content-type': 'application/json' },
    body: payload,
  })
  const answer = await body.text()
  const tookMs = performance.now() - startedAtMs
  if (statusCode !== 200 || answer.includes('"refused"')) {
    throw new Error(`a till was answered ${statusCode}: ${answer.slice(0, 200)}`)
  }
  return tookMs
}

/** Each till at its own moment, as tills of different venues are. */
async function sendUntil(signal: AbortSignal): Promise<number[]> {
  const timesMs: number[] = []
  const { everyMs } = given
  const turns = tills.map(async (till, place) => {
    const startedAtMs = performance.now() + (place / tills.length) * everyMs
    for (let turn = 0; ; turn++) {
      const restMs = startedAtMs + turn * everyMs - performance.now()
      await wait(Math.max(0, restMs), undefined, { signal }).catch(() => {})
      if (signal.aborted) return
      const order = turn % till.versions.length
      till.versions[order]!++
      timesMs.push(await put(till))
    }
  })
  await Promise.all(turns)
  return timesMs
}

async function carryOut(command: TillsCommand): Promise<Sent | undefined> {
  if (command.do === 'open') await open(command.tills)
  else if (command.do === 'send') {
    const stop = new AbortController()
    sending = { stop, done: sendUntil(stop.signal) }
  } else {
    sending!.stop.abort()
    const timesMs = (await sending!.done).sort((a, b) => a - b)
    const quantile = (part: number): number => timesMs[Math.floor(timesMs.length * part)] ?? 0
    return { puts: timesMs.length, medianMs: quantile(0.5), p99Ms: quantile(0.99) }
  }
  return undefined
}

if (process.send !== undefined) {
  process.on('message', (command: TillsCommand) => {
    carryOut(command).then(
      (sent) => process.send!({ sent }),
      (error: unknown) => process.send!({ failed: (error as Error).message }),
    )
  })
  process.on('disconnect', () => process.exit())
}

// An evening at a counter: a venue with two tills and four card machines, and guests whose bills
// are served by what the API says of their card payments, and by nothing else.
import { setTimeout as wait } from 'node:timers/promises'
import type pg from 'pg'
import { createLocation } from '../../src/operator/locations.ts'
import { setDojoKey } from '../../src/operator/dojo-keys.ts'
import { changeSettings } from '../../src/operator/settings.ts'
import { createToken } from '../../src/operator/tokens.ts'
import type { CounterTransport } from '../../src/domain/venue/venue.ts'
import type { Account } from '../../src/sandbox/dojo/state.ts'
import type { Simulation } from '../../src/sandbox/dojo/simulation.ts'
import type { Fault } from '../../src/sandbox/kit/faults.ts'
import type { Store } from '../../src/store/index.ts'
import { chanceOf, type Chance } from './load.ts'
import type { ServerProcess } from './server-process.ts'

const GUESTS = 3
const MACHINES = ['AIP0', 'SIP0', 'DIP0', 'TIP0']
/** No webhook comes either: the venue has not subscribed to them. */
const FAULTS: Fault[] = [
  { kind: 'api-500', probability: 0.05 },
  { kind: 'api-cut', probability: 0.05 },
  { kind: 'api-slow', probability: 0.1, delayMs: 100 },
  { kind: 'api-answer-lost', probability: 0.05 },
  { kind: 'captured-after-expired', probability: 0.3, delayMs: 20_000 },
  { kind: 'captured-after-canceled', probability: 0.3, delayMs: 20_000 },
  { kind: 'card-declined', probability: 0.1 },
  { kind: 'machine-shared', probability: 0.2 },
  // These two are about the socket for the counter.
  { kind: 'reply-lost', probability: 0.1 },
  { kind: 'sent-twice', probability: 0.1 },
]
/** How often a till looks; more often costs a processor, and nobody is served sooner. */
const LOOK_MS = 200
const SERVED_WITHIN_MS = 150_000
/** So long a machine has been done, until the quarter of an hour is made to have passed. */
const DOUBT_SECONDS = 4

/** What all evenings share: the servers, the database, and the stand-in for Dojo. */
export interface House {
  sql: pg.Pool
  store: Store
  world: Simulation
  secretsKey: string
  /** Those that are alive; any of them may be killed at any time. */
  servers: ServerProcess[]
}

export interface Evening extends House {
  seed: number
  over: CounterTransport
  chance: Chance
  account: Account
  locationId: string
  tills: string[]
  orderIds: string[]
}

/** Every second evening or so reaches its machines over the socket; its seed says which. */
export async function openEvening(house: House, seed: number): Promise<Evening> {
  const { sql, store, world, secretsKey } = house
  const chance = chanceOf(seed)
  const over = chance.percent(50) ? 'socket' : 'rest'
  const key = `sk_sandbox_evening_${seed}`
  const { locationId } = await createLocation(store.prisma, { name: 'Counter', currency: 'GBP' })
  await setDojoKey(store.prisma, locationId, key, secretsKey)
  if (over === 'socket') {
    const way = { counterTransport: over, counterAccount: `account_${seed}` } as const
    await changeSettings(store, locationId, way)
  }
  const tills = await Promise.all(
    [1, 2].map(async () => (await createToken(store.prisma, locationId, { role: 'waiter' })).token),
  )
  const orderIds = Array.from({ length: GUESTS }, (_, index) => `ord_${index + 1}`)
  await sql.query(
    `INSERT INTO orders (location_id, order_id, order_type, status, total_minor)
    SELECT $1, id, 'DineIn', 'Accepted', 1000 + 100 * n FROM unnest($2::text[]) WITH ORDINALITY AS o (id, n)`,
    [locationId, orderIds],
  )
  const account = world.account(key)
  for (const fault of FAULTS) world.faultsOf(account).add(fault)
  return { ...house, seed, over, chance, account, locationId, tills, orderIds }
}

/** Until every bill is paid. The first one is at both tills, and neither knows of the other. */
export async function serveAll(evening: Evening): Promise<void> {
  const { orderIds } = evening
  const serving = new AbortController()
  const doubts = passDoubts(evening, serving.signal)
  try {
    await Promise.all([
      serve(evening, orderIds[0]!, 1),
      ...orderIds.map(async (orderId, index) => {
        await serve(evening, orderId, index % 2)
      }),
    ])
  } finally {
    serving.abort()
    await doubts
  }
}

/**
 * Machines that were done a while ago were done a quarter of an hour ago, from one moment to the
 * next, once the stand-in has charged what it charges late.
 */
async function passDoubts(evening: Evening, signal: AbortSignal): Promise<void> {
  const { sql, locationId } = evening
  while (!signal.aborted) {
    await wait(1_000, undefined, { signal }).catch(() => {})
    if (signal.aborted || isChargedLater(evening)) continue
    await sql.query(
      `UPDATE card_payments SET attempts = (
        SELECT jsonb_agg(a || jsonb_build_object('overAtMs', (a->>'overAtMs')::bigint - 901000) ORDER BY n)
        FROM jsonb_array_elements(attempts) WITH ORDINALITY AS of (a, n)),
        intent_read_at = intent_read_at - interval '901 seconds'
      WHERE location_id = $1 AND ended_at IS NULL
        AND (SELECT bool_and(a->>'overAtMs' IS NOT NULL) FROM jsonb_array_elements(attempts) AS a)
        AND (attempts->-1->>'overAtMs')::bigint BETWEEN
          (extract(epoch FROM now()) - 60) * 1000 AND (extract(epoch FROM now()) - $2::int) * 1000`,
      [locationId, DOUBT_SECONDS],
    )
  }
}

function isChargedLater({ world, account }: Evening): boolean {
  return world.clock
    .pending()
    .some(
      ({ job }) =>
        job.kind === 'session-step' && job.step === 'late-charge' && job.key === account.key,
    )
}

/** One guest, served by what the card payment says until the bill is paid. */
async function serve(evening: Evening, orderId: string, till: number): Promise<void> {
  const deadline = performance.now() + SERVED_WITHIN_MS
  let count = 0
  let path: string | undefined
  for (;;) {
    const { body: order } = await ask(evening, till, 'GET', `/orders/${orderId}`)
    if (order.balanceMinor === 0) return
    if (performance.now() > deadline) throw await notServed(evening, orderId)
    if (path === undefined) {
      const id = `crd_${orderId}_${till}_${++count}`
      const all = `/orders/${orderId}/card-payments`
      const request = { id, terminalId: machineOf(evening) }
      const started = await ask(evening, till, 'POST', all, request)
      if (started.status < 300 || started.body.cardPaymentId === id) path = `${all}/${id}`
    } else {
      const { body: card } = await ask(evening, till, 'GET', path)
      path = await act(evening, till, path, card)
    }
    await wait(LOOK_MS)
  }
}

/** A till repeats its request at the other server when one does not answer. */
async function ask(
  { servers, tills, chance: { pick } }: Evening,
  till: number,
  method: string,
  path: string,
  body?: object,
): Promise<{ status: number; body: any }> {
  for (let tries = 0; ; tries++) {
    try {
      const response = await fetch(`${pick(servers).url}/till/v1${path}`, {
        method,
        headers: { authorization: `Bearer ${tills[till]}`, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      if (response.status !== 503) return { status: response.status, body: await response.json() }
    } catch (error) {
      if (tries > 300) throw error
    }
    await wait(LOOK_MS)
  }
}

function machineOf({ account, chance }: Evening): string {
  const ending = chance.pick(MACHINES)
  const machines = [...account.terminals.values()]
  return machines.find(({ properties }) => properties.tid.endsWith(ending))!.id
}

/** What the card payments of a bill say that nobody could pay in time. */
async function notServed(evening: Evening, orderId: string): Promise<Error> {
  const { body } = await ask(evening, 0, 'GET', `/orders/${orderId}/card-payments`)
  return new Error(`${orderId} is not paid: ${JSON.stringify(body.rows)}`)
}

/** @returns the path of the card payment that goes on; undefined where a new one may start */
async function act(
  evening: Evening,
  till: number,
  path: string,
  card: { status: string; chargeAgain: string; canRetry: boolean },
): Promise<string | undefined> {
  const { percent } = evening.chance
  if (card.status === 'SignatureRequired' && percent(50)) {
    await ask(evening, till, 'POST', `${path}/signature`, { accepted: percent(70) })
  } else if (card.chargeAgain === 'unknown' && percent(20)) {
    await ask(evening, till, 'POST', `${path}/cancel`)
  } else if (card.chargeAgain === 'safe') {
    if (!card.canRetry) return undefined
    await ask(evening, till, 'POST', `${path}/retry`, { terminalId: machineOf(evening) })
  }
  return path
}

// What the sandbox remembers: accounts, one a key, each with everything of its own. Plain data, so
// that it can be kept in a file.
import type { DojoSchemas } from '../../contract/dojo-api.ts'
import type { Schemas } from '../../contract/capabilities.ts'
import { limits } from '../limits.ts'
import { createRandom, seedOf, type Random } from '../kit/random.ts'

export type Money = DojoSchemas['Money']
export type PaymentIntent = DojoSchemas['PaymentIntent']
export type IntentStatus = DojoSchemas['PaymentIntentStatus']
export type Terminal = DojoSchemas['Terminal']
export type TerminalSession = DojoSchemas['TerminalSession']
export type Subscription = DojoSchemas['Subscription']

/** A payment intent with what Dojo knows of it and does not show. */
export interface IntentRecord {
  shown: PaymentIntent & {
    id: string
    status: IntentStatus
    captureMode: 'Auto' | 'Manual'
    amount: Money
    createdAt: string
    updatedAt: string
  }
  /** How the card was read; a payment that a terminal took can only be given back on a terminal. */
  paidBy?: 'terminal' | 'online'
  paidAtMs?: number
  capturedMinor: number
  refundedMinor: number
}

export interface RefundRecord {
  paymentIntentId: string
  refundId: string
  amountMinor: number
  refundReason?: string | null
  notes?: string | null
}

export interface RestIntegration {
  url: string
  username: string
  password: string
  capabilities: DojoSchemas['CapabilityResponse'][]
  createdAt: string
}

export interface WsIntegration {
  capabilities: DojoSchemas['CapabilityResponse'][]
  createdAt: string
}

/** What is still to happen in a terminal session, and what the one holding the machine decided. */
export interface SessionRecord {
  shown: TerminalSession
  /** True from the moment that a card was read: from then on a till can no longer cancel. */
  cardRead: boolean
  cancelRequested: boolean
}

/** The entities of the EPOS that Bookings knows, as it last read them. */
export interface Bookings {
  orders: Map<string, Schemas['Order']>
  parties: Map<string, Schemas['Party']>
  reservations: Map<string, Schemas['Reservation']>
}

export interface LogEntry {
  at: string
  text: string
}

export interface Account {
  key: string
  accountId: string
  rest?: RestIntegration
  ws?: WsIntegration
  intents: Map<string, IntentRecord>
  /** By refund id. */
  refunds: Map<string, RefundRecord>
  /** The request behind each idempotency key, and what it made. */
  refundKeys: Map<string, { request: string; refundId: string }>
  terminals: Map<string, Terminal>
  sessions: Map<string, SessionRecord>
  subscriptions: Map<string, Subscription>
  bookings: Bookings
  log: LogEntry[]
  /** Where the account's chance stands. */
  randomState: number
}

export interface State {
  version: 1
  seed: number
  offsetMs: number
  accounts: Map<string, Account>
  jobs: Array<{ dueMs: number; job: unknown }>
}

/** Virtual machines, by what the ending of their TID makes them do. */
const VIRTUAL_MACHINES = ['VM01AIP0', 'VM01SIP0', 'VM01DIP0', 'VM01TIP0']

export function newAccount(key: string, seed: number, now: string): Account {
  const random = createRandom(seed ^ seedOf(key))
  const account: Account = {
    key,
    accountId: `acc_${random.text(14)}`,
    intents: new Map(),
    refunds: new Map(),
    refundKeys: new Map(),
    terminals: new Map(),
    sessions: new Map(),
    subscriptions: new Map(),
    bookings: { orders: new Map(), parties: new Map(), reservations: new Map() },
    log: [],
    randomState: 0,
  }
  for (const tid of VIRTUAL_MACHINES) {
    const id = `tm_sandbox_${random.text(24)}`
    account.terminals.set(id, { id, properties: { tid }, status: 'Available', updatedAt: now })
  }
  account.randomState = random.state()
  return account
}

/** The account's chance, which goes on from where it stood. */
export function randomOf(account: Account): Random {
  const random = createRandom(account.randomState)
  const kept =
    <Arguments extends unknown[], Result>(draw: (...values: Arguments) => Result) =>
    (...values: Arguments): Result => {
      const result = draw(...values)
      account.randomState = random.state()
      return result
    }
  return {
    next: kept(random.next),
    below: kept(random.below),
    text: kept(random.text),
    uuid: kept(random.uuid),
    state: random.state,
  }
}

export function addLog(account: Account, at: string, text: string): void {
  // What came from elsewhere must not make up a line of its own.
  account.log.push({ at, text: text.replace(/\p{Cc}/gu, ' ').slice(0, limits.maxLogCharacters) })
  if (account.log.length > limits.maxLogEntries) {
    account.log.splice(0, account.log.length - limits.maxLogEntries)
  }
}

// --- as text

const MAP = '$map'
/** What by chance looks like one of ours. */
const OBJECT = '$object'

const isPlain = (value: unknown): value is Record<string, unknown> =>
  value !== null && typeof value === 'object' && !Array.isArray(value)

export const stateToText = (state: State): string =>
  JSON.stringify(state, (_key, value: unknown) => {
    if (value instanceof Map) return { [MAP]: [...value] }
    return isPlain(value) && (MAP in value || OBJECT in value) && !isOurs(value)
      ? { [OBJECT]: Object.entries(value) }
      : value
  })

/** Wrappers that this very function has just made come by once more. */
const isOurs = (value: Record<string, unknown>): boolean =>
  Object.keys(value).length === 1 && Array.isArray(value[MAP] ?? value[OBJECT])

/** @throws Error when the text is no state of this version */
export function stateFromText(text: string): State {
  const state = JSON.parse(text, (_key, value: unknown) => {
    if (!isPlain(value) || !isOurs(value)) return value
    return MAP in value
      ? new Map(value[MAP] as Array<[string, unknown]>)
      : Object.fromEntries(value[OBJECT] as Array<[string, unknown]>)
  }) as Partial<State> | null
  const isWhole =
    state?.version === 1 &&
    Number.isFinite(state.seed) &&
    Number.isFinite(state.offsetMs) &&
    Array.isArray(state.jobs) &&
    state.jobs.every(isJob) &&
    state.accounts instanceof Map &&
    [...state.accounts.values()].every(isAccount)
  if (!isWhole) throw new Error('it is not the state of a sandbox of this version')
  return state as State
}

function isJob(entry: unknown): boolean {
  const { dueMs, job } = (entry ?? {}) as Partial<State['jobs'][number]>
  return (
    Number.isFinite(dueMs) &&
    typeof (job as { kind?: unknown } | undefined)?.kind === 'string' &&
    typeof (job as { key?: unknown }).key === 'string'
  )
}

function isAccount(account: unknown): boolean {
  const {
    key,
    accountId,
    intents,
    refunds,
    refundKeys,
    terminals,
    sessions,
    subscriptions,
    bookings,
    log,
    randomState,
  } = (account ?? {}) as Partial<Account>
  return (
    typeof key === 'string' &&
    typeof accountId === 'string' &&
    Number.isFinite(randomState) &&
    Array.isArray(log) &&
    [
      intents,
      refunds,
      refundKeys,
      terminals,
      sessions,
      subscriptions,
      bookings?.orders,
      bookings?.parties,
      bookings?.reservations,
    ].every((part) => part instanceof Map)
  )
}

// What the sandbox remembers: one account for each API key. All of it is plain data, so that a file
// can keep it.
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

/** A payment intent as the API shows it, with what Dojo knows besides. */
export interface IntentRecord {
  shown: PaymentIntent & {
    id: string
    status: IntentStatus
    captureMode: 'Auto' | 'Manual'
    amount: Money
    createdAt: string
    updatedAt: string
  }
  /** Made over the socket for the counter: the REST API does not know it. */
  viaCounter?: boolean
  /** How the card was read. */
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

/** A terminal session as the API shows it, with what decides its next step. */
export interface SessionRecord {
  shown: TerminalSession
  /** Once a card has been read nobody can cancel any more. */
  cardRead: boolean
  cancelRequested: boolean
}

/** A payment or refund over the socket for the counter, and what its EPOS has heard of it. */
export interface CounterPayment {
  paymentId: string
  /** Who made it, and hears of it. */
  eposId: string
  isRefund: boolean
  sessionId: string
  /** How much of what the card machine showed has been sent. */
  notified: number
  /** The outcome that the EPOS has answered to. */
  answered?: string
}

/** The entities of the EPOS as Bookings last read them. */
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
  /** The request behind each idempotency key, and the refund that it made. */
  refundKeys: Map<string, { request: string; refundId: string }>
  terminals: Map<string, Terminal>
  sessions: Map<string, SessionRecord>
  /** Those of the socket for the counter, by the ids that an EPOS made. */
  counterPayments?: Map<string, CounterPayment>
  subscriptions: Map<string, Subscription>
  bookings: Bookings
  log: LogEntry[]
  /** Continues the account's random sequence. */
  randomState: number
}

export interface State {
  version: 1
  seed: number
  offsetMs: number
  accounts: Map<string, Account>
  jobs: Array<{ dueMs: number; job: unknown }>
}

/** Virtual machines. The end of a TID decides what the machine does with a card. */
const VIRTUAL_MACHINES = ['VM01AIP0', 'VM01SIP0', 'VM01DIP0', 'VM01TIP0', 'VM01SIS0', 'VM01AMT0']

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

/** The account's random sequence. Each draw is kept in the account, so that a restart continues. */
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
  // Text from outside must not add lines of its own.
  account.log.push({ at, text: text.replace(/\p{Cc}/gu, ' ').slice(0, limits.maxLogCharacters) })
  if (account.log.length > limits.maxLogEntries) {
    account.log.splice(0, account.log.length - limits.maxLogEntries)
  }
}

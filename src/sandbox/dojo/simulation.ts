// What every part of the stand-in works with: the clock, the accounts, their faults, and the EPOS
// servers that they have registered.
import { setTimeout as realWait } from 'node:timers/promises'
import { currentName, type CapabilityName } from '../../contract/capabilities.ts'
import type { DojoOperationName } from '../../contract/dojo-api.ts'
import { createEposClient, type EposClient } from '../epos/client.ts'
import type { Exchange } from '../epos/exchange.ts'
import { createHttpTransport } from '../epos/http-transport.ts'
import { createSocketTransport } from '../epos/socket-transport.ts'
import type { Transport } from '../epos/transport.ts'
import type { SocketTimes } from '../gateway/connection.ts'
import { createCounterGateway, type CounterGateway } from '../counter-socket/gateway.ts'
import { createGateway, type Gateway } from '../gateway/gateway.ts'
import { createClock, type Clock } from '../kit/clock.ts'
import { createFaults, type Fault, type Faults } from '../kit/faults.ts'
import { limits } from '../limits.ts'
import { Problem } from './problem.ts'
import { registeredNamesOf, transportFor } from './registered.ts'
import { addLog, newAccount, type Account, type State } from './state.ts'

export interface DojoEvent {
  id: string
  event: string
  accountId: string
  createdAt: string
  data: { paymentIntentId: string; paymentStatus: string; captureMode: string }
}

/** A call of the Dojo API and its answer. */
export interface DojoCall {
  operation: DojoOperationName
  /** The key that came with it, whether it is known or not. */
  key: string
  method: string
  path: string
  sent: unknown
  idempotencyKey: string | undefined
  version: string | undefined
  /** Undefined where the caller got no answer. */
  status: number | undefined
  received: unknown
  milliseconds: number
}

/** What the clock runs later, for the account with this key. */
export type SandboxJob = { key: string } & (
  | { kind: 'deliver-webhook'; subscriptionId: string; event: DojoEvent; attempt: number }
  | { kind: 'deliver-event'; event: DojoEvent; attempt: number }
  | { kind: 'read-entity'; eventType: string; id: string }
  | { kind: 'session-step'; sessionId: string; step: string }
  | { kind: 'reverse'; paymentIntentId: string }
  | { kind: 'release-authorization'; paymentIntentId: string }
  | { kind: 'counter-record'; paymentId: string }
)

export interface Simulation {
  seed: number
  clock: Clock<SandboxJob>
  /** Lets real time pass, as an EPOS sees it. The clock has no part in it. */
  wait: (milliseconds: number) => Promise<void>
  /**
   * The account with this key. A key that was not seen before opens a new account.
   * @throws Problem 429 when there are too many accounts, 401 where only given keys count
   */
  account: (key: string) => Account
  accounts: () => Iterable<Account>
  faultsOf: (account: Account) => Faults
  /** The capabilities that the account's EPOS has registered, over either transport. */
  registered: (account: Account) => ReadonlySet<string>
  /** The WebSocket to which an EPOS may connect. */
  gateway: Gateway
  /** The WebSockets through which tills reach the card machines. */
  counter: CounterGateway
  /** The client for the account's EPOS; undefined until one is registered. */
  eposClientOf: (account: Account) => EposClient | undefined
  /** Called after every call of the Dojo API. */
  onDojoCall: Set<(call: DojoCall) => void>
  /** Adds a line to the account's log. */
  log: (account: Account, text: string) => void
  /** Called after every call of an EPOS. */
  onExchange: Set<(account: Account, exchange: Exchange) => void>
  state: () => State
  close: () => Promise<void>
}

export interface SimulationOptions {
  seed: number
  /** Accounts that exist from the start. */
  keys: readonly string[]
  /** Refuses every other key. */
  onlyTheseKeys?: boolean
  /** Faults that every account starts with. */
  faults: readonly Fault[]
  eposTimeoutMs: number
  restored?: State
  /** Replaces `wait` in tests. */
  wait?: (milliseconds: number) => Promise<void>
  /** Shortens the waits of the WebSocket gateway in tests. */
  socketTimes?: Partial<SocketTimes>
  perform: (simulation: Simulation, job: SandboxJob) => Promise<void>
}

export function createSimulation(options: SimulationOptions): Simulation {
  const { seed, keys, restored, perform, wait = realWait } = options
  const clock = createClock<SandboxJob>(async (job) => {
    try {
      await perform(simulation, job)
    } catch (error) {
      const account = simulation.account(job.key)
      addLog(account, clock.now(), `Job ${job.kind} failed: ${(error as Error).message}`)
    }
  }, restored?.offsetMs ?? 0)
  const accounts = restored?.accounts ?? new Map<string, Account>()
  const onExchange: Simulation['onExchange'] = new Set()
  const faultsOf = createFaultRegister(options)
  const account = (key: string): Account => {
    if (options.onlyTheseKeys === true && !keys.includes(key)) {
      throw new Problem(401, 'The API key is not one of this account.')
    }
    const known = accounts.get(key) ?? openAccount(accounts, key, seed, clock.now())
    accounts.set(key, known)
    return known
  }
  const log: Simulation['log'] = (owner, text) => {
    addLog(owner, clock.now(), text)
  }
  const counter = createCounterGateway(() => simulation, options.socketTimes)
  const gateway = createGateway({ account, faultsOf, log, counter, times: options.socketTimes })
  const clients = createEposClients(options, { gateway, faultsOf, onExchange })
  const simulation: Simulation = {
    seed,
    clock,
    wait,
    accounts: () => accounts.values(),
    account,
    faultsOf,
    registered: registeredNamesOf,
    gateway,
    counter,
    eposClientOf: clients.clientOf,
    log,
    onExchange,
    onDojoCall: new Set(),
    state: () => ({
      version: 1,
      seed,
      offsetMs: clock.offsetMs(),
      accounts,
      jobs: clock.pending(),
    }),
    close: async () => {
      clock.stop()
      gateway.end()
      await clients.close()
    },
  }
  for (const key of keys) simulation.account(key)
  for (const { dueMs, job } of restored?.jobs ?? []) clock.scheduleAt(dueMs, job as SandboxJob)
  return simulation
}

/** @throws Problem 429 */
function openAccount(
  accounts: ReadonlyMap<string, Account>,
  key: string,
  seed: number,
  now: string,
): Account {
  if (accounts.size >= limits.maxAccounts) {
    throw new Problem(
      429,
      `The sandbox already has ${limits.maxAccounts} accounts, the most it can hold. ` +
        'Use a key that it knows, or restart it.',
    )
  }
  return newAccount(key, seed, now)
}

function createFaultRegister({ seed, faults }: SimulationOptions): Simulation['faultsOf'] {
  const byKey = new Map<string, Faults>()
  return ({ key }) => {
    let known = byKey.get(key)
    if (known === undefined) {
      known = createFaults(seed)
      for (const fault of faults) known.add(fault)
      byKey.set(key, known)
    }
    return known
  }
}

interface Clients {
  clientOf: Simulation['eposClientOf']
  close: () => Promise<void>
}

/** One client per account. It is replaced when the account registers another address. */
function createEposClients(
  { eposTimeoutMs }: SimulationOptions,
  {
    gateway,
    faultsOf,
    onExchange,
  }: { gateway: Gateway } & Pick<Simulation, 'faultsOf' | 'onExchange'>,
): Clients {
  const byKey = new Map<string, { client: EposClient; rest?: Transport; address: string }>()
  return {
    clientOf: (account) => {
      if (account.rest === undefined && account.ws === undefined) return undefined
      const { url, username, password } = account.rest ?? {}
      const address = JSON.stringify([url, username, password])
      const known = byKey.get(account.key)
      if (known?.address === address) return known.client
      void known?.rest?.close()
      const rest = account.rest && createHttpTransport(account.rest, eposTimeoutMs)
      const socket = createSocketTransport(gateway.lineOf(account), eposTimeoutMs)
      const client = createEposClient(
        (name, input) =>
          rest === undefined || transportFor(account, name, input) === 'socket' ? socket : rest,
        {
          timeoutMs: eposTimeoutMs,
          faults: faultsOf(account),
          onExchange: (exchange) => {
            for (const listener of onExchange) listener(account, exchange)
          },
        },
      )
      byKey.set(account.key, { client, rest, address })
      return client
    },
    close: async () => {
      await Promise.all(
        [...byKey.values()].map(async ({ rest }) => {
          await rest?.close()
        }),
      )
    },
  }
}

/** Whether the account's EPOS has registered this capability. */
export function canCall(simulation: Simulation, account: Account, name: CapabilityName): boolean {
  return simulation.registered(account).has(currentName(name))
}

// What every part of the sandbox works with: time, accounts, faults, and the EPOS servers that
// accounts have registered.
import { currentName, type CapabilityName } from '../../contract/capabilities.ts'
import { limits } from '../limits.ts'
import { createEpos, type Epos, type Exchange } from '../epos/client.ts'
import { createFaults, type Fault, type Faults } from '../kit/faults.ts'
import { Problem } from './problem.ts'
import { addLog, newAccount, type Account, type State } from './state.ts'
import { createTimeline, type Timeline } from '../kit/clock.ts'

export interface DojoEvent {
  id: string
  event: string
  accountId: string
  createdAt: string
  data: { paymentIntentId: string; paymentStatus: string; captureMode: string }
}

/** What is planned for later. */
export type SandboxJob =
  | {
      kind: 'deliver-webhook'
      key: string
      subscriptionId: string
      event: DojoEvent
      attempt: number
    }
  | { kind: 'deliver-event'; key: string; event: DojoEvent; attempt: number }
  | { kind: 'read-entity'; key: string; eventType: string; id: string }
  | { kind: 'session-step'; key: string; sessionId: string; step: string }
  | { kind: 'reverse'; key: string; paymentIntentId: string }
  | { kind: 'release-authorization'; key: string; paymentIntentId: string }

export interface World {
  timeline: Timeline<SandboxJob>
  /**
   * The account of a key; a new one for a key that was not seen before.
   * @throws Problem 429 when there are too many
   */
  account: (key: string) => Account
  accounts: () => Iterable<Account>
  faultsOf: (account: Account) => Faults
  /** What Dojo may call at the account's EPOS over REST: nothing that is not registered there. */
  registered: (account: Account) => ReadonlySet<string>
  /** The way to the account's EPOS, while it has registered one over REST. */
  eposOf: (account: Account) => Epos | undefined
  log: (account: Account, text: string) => void
  /** Hears of every call to an EPOS. */
  onExchange: Set<(account: Account, exchange: Exchange) => void>
  seed: number
  state: () => State
  close: () => Promise<void>
}

export interface WorldOptions {
  seed: number
  keys: readonly string[]
  /** At work in every account from its start. */
  faults: readonly Fault[]
  eposTimeoutMs: number
  restored?: State
  perform: (world: World, job: SandboxJob) => Promise<void>
}

export function createWorld({
  seed,
  keys,
  faults,
  eposTimeoutMs,
  restored,
  perform,
}: WorldOptions): World {
  const accounts = restored?.accounts ?? new Map<string, Account>()
  const faultsByKey = new Map<string, Faults>()
  const eposByKey = new Map<string, { epos: Epos; madeFor: string }>()
  const timeline = createTimeline<SandboxJob>(async (job) => {
    try {
      await perform(world, job)
    } catch (error) {
      addLog(
        world.account(job.key),
        timeline.now(),
        `${job.kind} went wrong: ${(error as Error).message}`,
      )
    }
  }, restored?.offsetMs ?? 0)

  const faultsOf = (account: Account): Faults => {
    let known = faultsByKey.get(account.key)
    if (known === undefined) {
      known = createFaults(seed)
      for (const fault of faults) known.add(fault)
      faultsByKey.set(account.key, known)
    }
    return known
  }

  const eposOf = (account: Account): Epos | undefined => {
    if (account.rest === undefined) return undefined
    const { url, username, password } = account.rest
    const madeFor = JSON.stringify([url, username, password])
    const known = eposByKey.get(account.key)
    if (known?.madeFor === madeFor) return known.epos
    void known?.epos.close()
    const epos = createEpos(
      { url, username, password },
      {
        timeoutMs: eposTimeoutMs,
        faults: faultsOf(account),
        onExchange: (exchange) => {
          for (const hear of world.onExchange) hear(account, exchange)
        },
      },
    )
    eposByKey.set(account.key, { epos, madeFor })
    return epos
  }

  const world: World = {
    seed,
    timeline,
    accounts: () => accounts.values(),
    account: (key) => {
      let account = accounts.get(key)
      if (account === undefined) {
        if (accounts.size >= limits.maxAccounts) {
          throw new Problem(
            429,
            `The sandbox holds ${limits.maxAccounts} accounts at most; start it anew, or use a key that it knows.`,
          )
        }
        account = newAccount(key, seed, timeline.now())
        accounts.set(key, account)
      }
      return account
    },
    faultsOf,
    registered: (account) => new Set((account.rest?.capabilities ?? []).map(({ name }) => name)),
    eposOf,
    log: (account, text) => {
      addLog(account, timeline.now(), text)
    },
    onExchange: new Set(),
    state: () => ({
      version: 1,
      seed,
      offsetMs: timeline.offsetMs(),
      accounts,
      jobs: timeline.pending(),
    }),
    close: async () => {
      timeline.stop()
      await Promise.all(
        [...eposByKey.values()].map(async ({ epos }) => {
          await epos.close()
        }),
      )
    },
  }
  for (const key of keys) world.account(key)
  for (const { dueMs, job } of restored?.jobs ?? []) timeline.at(dueMs, job as SandboxJob)
  return world
}

/** Whether Dojo may call a capability of the account's EPOS. */
export const mayCall = (world: World, account: Account, name: CapabilityName): boolean =>
  world.registered(account).has(currentName(name)) && world.eposOf(account) !== undefined

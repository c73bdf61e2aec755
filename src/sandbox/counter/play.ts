// What the scenarios of a till at the counter work with: the till, what arrives at Dojo, and a
// record of every step. One play is one scenario.
import { setTimeout as sleep } from 'node:timers/promises'
import type { DojoOperationName } from '../../contract/dojo-api.ts'
import type { Account, IntentRecord } from '../dojo/state.ts'
import type { DojoCall, Simulation } from '../dojo/simulation.ts'
import { limits } from '../limits.ts'
import { createStepLog, ScenarioSkipped, type StepLog } from '../products/runner.ts'
import type { Machines } from './machines.ts'
import type { Task, Till, TillAnswer } from './till.ts'

export interface CounterTimes {
  pollMs: number
  pollEveryMs: number
  watchMs: number
  showMs: number
  lookEveryMs: number
  quietMs: number
}

export const counterTimes: CounterTimes = {
  pollMs: limits.counterPollMs,
  pollEveryMs: limits.counterPollEveryMs,
  watchMs: limits.counterWatchMs,
  showMs: limits.counterShowMs,
  lookEveryMs: limits.counterLookEveryMs,
  quietMs: limits.counterQuietMs,
}

export interface PlayOptions {
  simulation: Simulation
  account: Account
  /** Another key that is valid, though nothing has happened under it. */
  otherKey: string
  till: Till
  machines: Machines
  times: CounterTimes
  /** Every call of the whole certification. */
  earlierCalls: readonly DojoCall[]
}

export interface CounterPlay extends StepLog, PlayOptions {
  /** A name for a sale or a refund that no other has. */
  newName: (kind: string) => string
  /** Has the till do something. @throws ScenarioSkipped when it cannot */
  tell: (task: Task) => Promise<TillAnswer>
  /** The sales and refunds that the till was asked for. */
  names: Set<string>
  /** The calls of this scenario so far. */
  calls: (operation?: DojoOperationName) => DojoCall[]
  /** The first call that fits, from the given one on; undefined if none comes in time. */
  arrives: (
    fits: (call: DojoCall) => boolean,
    options: { from?: number; withinMs: number },
  ) => Promise<DojoCall | undefined>
  /** The intents of this scenario. */
  intents: () => IntentRecord[]
  stop: () => void
}

let count = 0

export function createPlay(options: PlayOptions): CounterPlay {
  const { simulation, account, till } = options
  const log = createStepLog({ simulation })
  const calls: DojoCall[] = []
  const known = new Set(account.intents.keys())
  const names = new Set<string>()
  const wakers = new Set<() => void>()
  const shown = createRepetitionFilter()
  const hear = (call: DojoCall): void => {
    calls.push(call)
    if (!shown(call)) log.recordExchange(exchangeOf(call))
    for (const wake of wakers) wake()
  }
  simulation.onDojoCall.add(hear)
  return {
    ...options,
    ...log,
    names,
    newName: (kind) => {
      const name = `${kind}-${++count}`
      names.add(name)
      return name
    },
    tell: async (task) => {
      const answer = await till.ask(task)
      if (answer.cannot !== undefined) throw new ScenarioSkipped(answer.cannot)
      log.note(`The till was asked: ${JSON.stringify(withoutKey(task))}`)
      log.note(`It answered: ${JSON.stringify(answer)}`)
      return answer
    },
    calls: (operation) =>
      operation === undefined ? [...calls] : calls.filter((call) => call.operation === operation),
    arrives: async (fits, { from = 0, withinMs }) => {
      const untilMs = performance.now() + withinMs
      for (;;) {
        const found = calls.slice(from).find(fits)
        const leftMs = untilMs - performance.now()
        if (found !== undefined || leftMs <= 0) return found
        await nextCall(wakers, leftMs)
      }
    },
    intents: () => [...account.intents.values()].filter(({ shown: { id } }) => !known.has(id)),
    stop: () => {
      simulation.onDojoCall.delete(hear)
    },
  }
}

async function nextCall(wakers: Set<() => void>, withinMs: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  wakers.add(resolve)
  const timer = setTimeout(resolve, withinMs)
  await promise
  clearTimeout(timer)
  wakers.delete(resolve)
}

export async function pause(milliseconds: number): Promise<void> {
  await sleep(milliseconds)
}

/** A report need not show a key that a person was given. */
function withoutKey(task: Task): object {
  return task.do === 'key' ? { do: 'key' } : task
}

/** Tells a poll that was answered as the one before: a report would be made of nothing else. */
function createRepetitionFilter(): (call: DojoCall) => boolean {
  const last = new Map<string, unknown>()
  return ({ method, path, status, received }) => {
    if (method !== 'GET') return false
    const answer = `${status} ${(received as { status?: string } | undefined)?.status}`
    const isSame = last.get(path) === answer
    last.set(path, answer)
    return isSame
  }
}

function exchangeOf(call: DojoCall): Parameters<StepLog['recordExchange']>[0] {
  const { operation, method, path, sent, status, received, milliseconds } = call
  return {
    capability: operation,
    transport: 'rest',
    method,
    path,
    sent,
    status,
    received,
    milliseconds,
    contractErrors: [],
    noAnswer: status === undefined ? 'the connection was cut (injected fault)' : undefined,
  }
}

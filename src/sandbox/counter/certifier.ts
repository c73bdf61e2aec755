// Certifies a till that takes cards at the counter: takes Dojo's place, tells the till or the
// person at it what to do, and judges by what arrives.
import type { AddressInfo } from 'node:net'
import type { DojoCall } from '../dojo/simulation.ts'
import { createSimulation } from '../dojo/simulation.ts'
import { isOver } from '../dojo/session-steps.ts'
import { setTerminalStatus } from '../dojo/terminals.ts'
import { limits } from '../limits.ts'
import { ScenarioSkipped } from '../products/runner.ts'
import { verdictOn, type Certificate } from '../runs/certifier.ts'
import type { Outcome, ScenarioRun } from '../runs/scenario-run.ts'
import { createTester } from '../runs/tester.ts'
import { createApp } from '../server.ts'
import { checklistResults } from './checklist.ts'
import { createMachines } from './machines.ts'
import {
  counterTimes,
  createPlay,
  type CounterPlay,
  type CounterTimes,
  type PlayOptions,
} from './play.ts'
import { noticed } from './sale.ts'
import { counterScenarios, type CounterScenario } from './scenarios.ts'
import type { Till } from './till.ts'

export interface CounterCertifyOptions {
  host?: string
  /** 0 picks a free one. */
  port: number
  /** The API key that the till is set up with. */
  key: string
  /** Called once Dojo's API listens at the address. */
  openTill: (url: string) => Promise<Till>
  only?: readonly string[]
  seed?: number
  times?: Partial<CounterTimes>
  onStart?: (scenario: CounterScenario, finished: number, total: number) => void
  onRun?: (run: ScenarioRun, finished: number, total: number) => void
  isInterrupted?: () => boolean
}

const NOT_COVERED: readonly string[] = [
  'What the till shows is what its program, or the person at it, says that it shows.',
  'Cards, PINs and paper: the machines are virtual.',
]

/**
 * Whatever the till does is part of the certificate.
 * @throws Error when no scenario is chosen, the port is taken, or the till cannot be opened
 */
export async function certifyCounter(options: CounterCertifyOptions): Promise<Certificate> {
  const { host = '127.0.0.1', port, key, only, openTill, onStart, onRun } = options
  const chosen = counterScenarios.filter(({ name }) => only === undefined || only.includes(name))
  if (chosen.length === 0) throw new Error('None of the chosen scenarios is about the counter.')
  const machines = createMachines()
  const otherKey = `${key}_other`
  const simulation = createSimulation({
    seed: options.seed ?? Math.floor(Math.random() * 0x7fff_ffff),
    keys: [key, otherKey],
    onlyTheseKeys: true,
    faults: [],
    eposTimeoutMs: limits.eposTimeoutMs,
    perform: machines.perform,
  })
  const app = createApp(simulation, createTester(simulation), () => {})
  const startedMs = performance.now()
  const startedAt = simulation.clock.now()
  try {
    await app.listen({ host, port })
    const url = addressOf(app.server.address() as AddressInfo)
    const till = await openTill(url)
    try {
      const runs = await runAll(chosen, {
        ...{ simulation, account: simulation.account(key), otherKey, till, machines },
        times: { ...counterTimes, ...options.times },
        earlierCalls: [],
        onStart: (scenario, finished) => onStart?.(scenario, finished, chosen.length),
        onRun: (run, finished) => onRun?.(run, finished, chosen.length),
        isInterrupted: () => options.isInterrupted?.() === true,
      })
      return {
        verdict: runs.length < chosen.length ? 'incomplete' : verdictOn(runs),
        url,
        product: 'pay-at-counter',
        isSelection: only !== undefined || runs.length < chosen.length,
        startedAt,
        milliseconds: performance.now() - startedMs,
        runs,
        isAccountMadeUp: false,
        notCovered: NOT_COVERED,
        checklist: checklistResults(runs),
      }
    } finally {
      await till.close()
    }
  } finally {
    await app.close()
    await simulation.close()
  }
}

function addressOf({ address, family, port }: AddressInfo): string {
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`
}

interface RunAll extends PlayOptions {
  onStart: (scenario: CounterScenario, finished: number) => void
  onRun: (run: ScenarioRun, finished: number) => void
  isInterrupted: () => boolean
}

async function runAll(
  chosen: readonly CounterScenario[],
  { onStart, onRun, isInterrupted, ...given }: RunAll,
): Promise<ScenarioRun[]> {
  const earlierCalls: DojoCall[] = []
  given.simulation.onDojoCall.add((call) => earlierCalls.push(call))
  const runs: ScenarioRun[] = []
  for (const scenario of chosen) {
    if (isInterrupted()) break
    onStart(scenario, runs.length)
    const run = await runOne(scenario, { ...given, earlierCalls })
    runs.push(run)
    onRun(run, runs.length)
  }
  return runs
}

/** Never throws: what goes wrong is the outcome. */
async function runOne(scenario: CounterScenario, options: PlayOptions): Promise<ScenarioRun> {
  const startedMs = performance.now()
  const play = createPlay(options)
  const ended = (outcome: Outcome, reason?: string): ScenarioRun => ({
    scenario,
    outcome,
    steps: play.steps,
    ...(reason === undefined ? {} : { reason }),
    milliseconds: performance.now() - startedMs,
  })
  try {
    await scenario.run(play)
    return ended('passed')
  } catch (error) {
    const outcome = error instanceof ScenarioSkipped ? 'skipped' : 'failed'
    return ended(outcome, (error as Error).message)
  } finally {
    await tidyUp(play)
    play.stop()
  }
}

/** No fault and no busy machine is left to the next scenario. */
async function tidyUp(play: CounterPlay): Promise<void> {
  const { simulation, account, machines } = play
  simulation.faultsOf(account).clear()
  for (const session of account.sessions.values()) {
    if (isOver(session)) continue
    while (!isOver(session) && (await machines.step(simulation, session.shown.id)));
  }
  for (const name of play.names) await noticed(play, name)
  for (const { id } of account.terminals.values()) {
    setTerminalStatus(simulation, account, id, 'Available')
  }
}

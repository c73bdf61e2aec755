// Runs a scenario, and keeps how it ended and what each step did.
import type { ShownExchange } from '../epos/exchange.ts'
import { SimulatedCrash } from '../epos/faulty-transport.ts'
import {
  createRunner,
  ScenarioSkipped,
  type Runner,
  type RunnerOptions,
  type Step,
} from '../products/runner.ts'
import { isLive, setStatus } from '../dojo/payment-intents.ts'
import { newEvent } from '../scenarios/events.ts'
import type { Scenario } from '../scenarios/scenario.ts'

export type Outcome = 'passed' | 'failed' | 'skipped'

/** What a report says of a scenario. */
export interface ReportedScenario extends Pick<Scenario, 'name' | 'mandatory' | 'expected'> {
  section: string
  products: readonly string[]
}

export interface ScenarioRun {
  scenario: ReportedScenario
  outcome: Outcome
  steps: Step[]
  /** Why it failed or was skipped. */
  reason?: string
  milliseconds: number
}

export interface ScenarioOptions extends RunnerOptions {
  /**
   * Whether the money that is still taken at the end is given back, so that the order can be paid
   * again or canceled. Nobody else may use the account meanwhile.
   */
  takesPaymentsBack?: boolean
}

/** Never throws: what goes wrong is the outcome. */
export async function runScenario(
  scenario: Scenario,
  options: ScenarioOptions,
): Promise<ScenarioRun> {
  const startedMs = performance.now()
  const runner = createRunner({ scenario: scenario.name, ...options })
  const earlier = new Set(options.account.intents.keys())
  const cleanUp = async (): Promise<void> => {
    if (options.takesPaymentsBack === true) await takePaymentsBack(runner, earlier)
    await runner.cleanUp()
  }
  const ended = (outcome: Outcome): ScenarioRun => ({
    scenario,
    outcome,
    steps: runner.steps,
    milliseconds: performance.now() - startedMs,
  })
  try {
    await scenario.run(runner)
    await cleanUp()
    return ended('passed')
  } catch (error) {
    // A product that has lost power cleans nothing up.
    if (!(error instanceof SimulatedCrash)) await cleanUp()
    const outcome = error instanceof ScenarioSkipped ? 'skipped' : 'failed'
    return { ...ended(outcome), reason: (error as Error).message }
  }
}

/** Reverses the payments that were made since, and sends the events. Its errors are ignored. */
async function takePaymentsBack(runner: Runner, earlier: ReadonlySet<string>): Promise<void> {
  const { simulation, account } = runner
  if (!runner.isRegistered('HandleEvent')) return
  for (const [paymentIntentId, record] of account.intents) {
    if (earlier.has(paymentIntentId) || !isLive(record)) continue
    setStatus(simulation, account, record, 'Reversed')
    const event = newEvent(runner, paymentIntentId, 'Reversed')
    await runner.call('HandleEvent', event, { product: 'Payments' }).catch(() => {})
  }
}

/** The calls of a run, in order. */
export function exchangesOf({ steps }: ScenarioRun): ShownExchange[] {
  return steps.flatMap(({ exchanges }) => exchanges)
}

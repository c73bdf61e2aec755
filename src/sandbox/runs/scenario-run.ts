// A scenario as it was played: how it ended, and every step of it.
import { SimulatedCrash } from '../epos/faulty-transport.ts'
import type { Exchange } from '../epos/exchange.ts'
import type { Scenario } from '../scenarios/scenario.ts'
import { createRunner, ScenarioSkipped, type RunnerOptions, type Step } from '../products/runner.ts'

export type Outcome = 'passed' | 'failed' | 'skipped'

export interface ScenarioRun {
  scenario: Scenario
  outcome: Outcome
  steps: Step[]
  /** Why it failed or was skipped. */
  reason?: string
  milliseconds: number
}

/** Plays a scenario to its end, whatever happens in it. */
export async function runScenario(
  scenario: Scenario,
  options: RunnerOptions,
): Promise<ScenarioRun> {
  const startedMs = performance.now()
  const runner = createRunner(options)
  const over = (outcome: Outcome, reason?: string): ScenarioRun => ({
    scenario,
    outcome,
    steps: runner.steps,
    milliseconds: performance.now() - startedMs,
    ...(reason === undefined ? {} : { reason }),
  })
  try {
    await scenario.run(runner)
    await runner.cleanUp()
    return over('passed')
  } catch (error) {
    // A product that lost its power tidies nothing up.
    if (!(error instanceof SimulatedCrash)) await runner.cleanUp()
    return over(error instanceof ScenarioSkipped ? 'skipped' : 'failed', (error as Error).message)
  }
}

/** The calls of a run, in their order. */
export const exchangesOf = ({ steps }: ScenarioRun): Exchange[] =>
  steps.flatMap(({ exchanges }) => exchanges)

// Runs a scenario, and keeps how it ended and what each step did.
import type { Exchange } from '../epos/exchange.ts'
import { SimulatedCrash } from '../epos/faulty-transport.ts'
import { createRunner, ScenarioSkipped, type RunnerOptions, type Step } from '../products/runner.ts'
import type { Scenario } from '../scenarios/scenario.ts'

export type Outcome = 'passed' | 'failed' | 'skipped'

export interface ScenarioRun {
  scenario: Scenario
  outcome: Outcome
  steps: Step[]
  /** Why it failed or was skipped. */
  reason?: string
  milliseconds: number
}

/** Never throws: what goes wrong is the outcome. */
export async function runScenario(
  scenario: Scenario,
  options: RunnerOptions,
): Promise<ScenarioRun> {
  const startedMs = performance.now()
  const runner = createRunner(options)
  const ended = (outcome: Outcome): ScenarioRun => ({
    scenario,
    outcome,
    steps: runner.steps,
    milliseconds: performance.now() - startedMs,
  })
  try {
    await scenario.run(runner)
    await runner.cleanUp()
    return ended('passed')
  } catch (error) {
    // A product that has lost power cleans nothing up.
    if (!(error instanceof SimulatedCrash)) await runner.cleanUp()
    const outcome = error instanceof ScenarioSkipped ? 'skipped' : 'failed'
    return { ...ended(outcome), reason: (error as Error).message }
  }
}

/** The calls of a run, in order. */
export function exchangesOf({ steps }: ScenarioRun): Exchange[] {
  return steps.flatMap(({ exchanges }) => exchanges)
}

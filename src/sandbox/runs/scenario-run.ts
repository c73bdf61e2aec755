// A scenario as it was played: how it ended, and every step of it.
import { Crash, type Exchange } from '../epos/client.ts'
import type { Scenario } from '../scenarios/scenario.ts'
import { createStage, Skipped, type StageOptions, type Step } from '../products/runner.ts'

export type Outcome = 'passed' | 'failed' | 'skipped'

export interface Course {
  scenario: Scenario
  outcome: Outcome
  steps: Step[]
  /** Why it failed or was skipped. */
  reason?: string
  milliseconds: number
}

/** Plays a scenario to its end, whatever happens in it. */
export async function playScenario(scenario: Scenario, options: StageOptions): Promise<Course> {
  const startedMs = performance.now()
  const stage = createStage(options)
  const over = (outcome: Outcome, reason?: string): Course => ({
    scenario,
    outcome,
    steps: stage.steps,
    milliseconds: performance.now() - startedMs,
    ...(reason === undefined ? {} : { reason }),
  })
  try {
    await scenario.play(stage)
    await stage.tidyUp()
    return over('passed')
  } catch (error) {
    // A product that lost its power tidies nothing up.
    if (!(error instanceof Crash)) await stage.tidyUp()
    return over(error instanceof Skipped ? 'skipped' : 'failed', (error as Error).message)
  }
}

/** The calls of a course, in their order. */
export const exchangesOf = ({ steps }: Course): Exchange[] =>
  steps.flatMap(({ exchanges }) => exchanges)

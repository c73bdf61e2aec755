// A row of Dojo's checklist for Pay at Counter, or what breaks real integrations besides.
import { ScenarioSkipped } from '../products/runner.ts'
import type { CounterPlay } from './play.ts'
import type { Verb } from './till.ts'

export type CounterProduct = 'pay-at-counter' | 'pay-at-table'

export type CounterSection =
  | 'Configuration'
  | 'Payment intents'
  | 'Refunds'
  | 'Sales on a machine'
  | 'Pre-authorisations'
  | 'Refunds on a machine'
  | 'Error handling'
  | 'In doubt'

export interface CounterScenario {
  name: string
  section: CounterSection
  products: readonly CounterProduct[]
  /** Whether a till can only go live when it passes. */
  mandatory: boolean
  /** What a passing till does, in one sentence. */
  expected: string
  run: (play: CounterPlay) => Promise<void>
}

/** Tells a till that cannot do the one thing from one that cannot do the other. */
export async function firstThatCan(
  play: CounterPlay,
  ways: ReadonlyArray<{ verb: Verb; work: () => Promise<unknown> }>,
): Promise<Verb> {
  const reasons: string[] = []
  for (const { verb, work } of ways) {
    try {
      await work()
      return verb
    } catch (error) {
      if (!(error instanceof ScenarioSkipped)) throw error
      reasons.push(`${verb}: ${error.message}`)
    }
  }
  play.note(reasons.join(' '))
  throw new ScenarioSkipped(`The till can do none of it. ${reasons.join(' ')}`)
}

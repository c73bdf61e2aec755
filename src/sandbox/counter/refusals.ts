// What a till says when something does not work, and when it has no such thing.
import { ScenarioSkipped } from '../products/runner.ts'
import type { CounterPlay } from './play.ts'
import type { TillAnswer } from './till.ts'

/** Whether the till has such a thing; where it has not, there is another way. */
export async function could(work: Promise<unknown>): Promise<boolean> {
  try {
    await work
    return true
  } catch (error) {
    if (error instanceof ScenarioSkipped) return false
    throw error
  }
}

/** The till shows a sentence, and nothing as done. @throws ExpectationFailed */
export function expectRefused(
  play: CounterPlay,
  { refused, shows }: TillAnswer,
  advice: string,
): void {
  const sentence = refused ?? (isOpen(shows?.result) ? undefined : shows?.text)
  play.expect(
    'the till says what is wrong',
    sentence !== undefined && sentence.trim() !== '',
    shows ?? 'nothing',
    advice,
  )
  play.note(`It says: ${sentence}`)
}

/** The guest was, or may still be, charged. */
function isOpen(result: string | undefined): boolean {
  return result === 'Captured' || result === 'Authorized' || result === 'Refunded'
}

// What became different of a bill since a moment, in one sentence.
import { formats } from '../session.ts'
import type { Step } from './order.ts'

const LINES: ReadonlySet<string> = new Set([
  'LinesAdded',
  'LineChanged',
  'LineVoided',
  'SplitOff',
  'Merged',
  'MergedInto',
])

export function sinceThen(steps: readonly Step[], index: number): string {
  const later = steps.slice(index + 1)
  const { money } = formats.value
  const paid = later
    .filter(({ action }) => action.startsWith('Payment'))
    .reduce((sum, { changeMinor }) => sum - changeMinor, 0)
  const other = later
    .filter(({ action }) => !action.startsWith('Payment'))
    .reduce((sum, { changeMinor }) => sum + changeMinor, 0)
  const parts = [
    ...(paid > 0 ? [`${money(paid)} paid`] : []),
    ...(paid < 0 ? [`${money(-paid)} given back`] : []),
    ...(other > 0 ? [`${money(other)} more on the bill`] : []),
    ...(other < 0 ? [`${money(-other)} less on the bill`] : []),
  ]
  const lines = later.some(({ action }) => LINES.has(action))
    ? 'The lines are different.'
    : 'The lines are the same.'
  const what = parts.length === 0 ? 'nothing changed what is owed' : parts.join(', ')
  return `Since then: ${what}. ${lines}`
}

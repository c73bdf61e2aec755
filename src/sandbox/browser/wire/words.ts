// A call in the words of the page.
import type { IconName } from '../../../page/browser/icon.tsx'
import type { Tone } from '../../../page/browser/parts.tsx'
import type { WireSummary } from '../../wire/entry.ts'

type Kind = 'fine' | 'refused' | 'lost'

/** A refusal is no failure: the EPOS did what it should. */
export function kindOf({ status }: Pick<WireSummary, 'status'>): Kind {
  if (status === undefined || status >= 500) return 'lost'
  return status >= 400 ? 'refused' : 'fine'
}

export const LOOKS: Record<Kind, { icon: IconName; tone: Tone }> = {
  fine: { icon: 'tick', tone: 'good' },
  refused: { icon: 'warn', tone: 'warn' },
  lost: { icon: 'crossc', tone: 'bad' },
}

export function milliseconds(value: number): string {
  return value < 10 ? value.toFixed(1) : Math.round(value).toLocaleString('en-GB')
}

/** `200 in 8 ms`. */
export function answerInWords(call: WireSummary): string {
  const answer = call.status === undefined ? 'no answer' : String(call.status)
  return `${answer} in ${milliseconds(call.milliseconds)} ms`
}

// What is wrong with a venue, in words.
import { count, createFormats, duration } from '../../../page/browser/formats.ts'
import type { IconName } from '../../../page/browser/icon.tsx'
import type { Line } from './operator.ts'

export type Trouble = Line['troubles'][number]

export const ICONS: Record<Trouble, IconName> = {
  Key: 'key',
  Socket: 'dojo',
  Silent: 'crossc',
  Waiting: 'wait',
  Money: 'money',
  Audit: 'shield',
}

interface Words {
  title: string
  text: string
}

const WORDS: Record<Trouble, (line: Line, nowMs: number) => Words> = {
  Key: () => ({ title: 'Key refused', text: 'Calls to Dojo are paused. Replace the key.' }),
  Socket: ({ socketTrouble }) => ({
    title: 'Socket down',
    text: socketTrouble === undefined ? 'No server holds it.' : `It ended: ${socketTrouble}.`,
  }),
  Silent: ({ lastCallAt }, nowMs) => ({
    title: 'Silent',
    text:
      lastCallAt === undefined
        ? 'Its tills work, and Dojo has never called.'
        : `Its tills work, and Dojo has not called for ${duration(nowMs - Date.parse(lastCallAt))}.`,
  }),
  Waiting: ({ givenUp, waiting, oldestEventSeconds }) =>
    givenUp > 0
      ? { title: `${givenUp} given up`, text: 'Look why, and try again.' }
      : {
          title: 'Events wait',
          text: `${count(waiting, 'job')}, the oldest for ${duration(oldestEventSeconds * 1000)}.`,
        },
  Money: ({ unmatchedCount, unmatchedMinor, currency, timeZone }) => ({
    title:
      unmatchedMinor === 0
        ? 'Money on no bill'
        : `${createFormats(currency, timeZone).money(unmatchedMinor)} on no bill`,
    text: `${count(unmatchedCount, 'payment')} that nobody has looked at.`,
  }),
  Audit: ({ auditDifferences, auditDay = '' }) => ({
    title: `Night of ${auditDay} differs`,
    text: `${count(auditDifferences, 'payment')} ${auditDifferences === 1 ? 'is' : 'are'} not as at Dojo.`,
  }),
}

export function wordsFor(trouble: Trouble, line: Line, nowMs: number): Words {
  return WORDS[trouble](line, nowMs)
}

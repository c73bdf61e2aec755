// How a venue is, for those who look after many: what is wrong with it, the worst first, from facts
// that the store has anyway.
import { limits } from '../../limits.ts'

export interface VenueFacts {
  nowMs: number
  /** When Dojo last called; undefined if it never has. */
  lastCallMs: number | undefined
  /** When somebody or something last changed an order. */
  lastChangeMs: number | undefined
  hasKey: boolean
  isKeyRefused: boolean
  socket: 'none' | 'open' | 'down'
  /** What has not reached Dojo yet, and how long the oldest has waited. */
  waiting: number
  oldestSeconds: number
  givenUp: number
  unmatched: number
  unmatchedSinceMs: number | undefined
  /** In the newest night that was compared. */
  auditDifferences: number
}

/** Worst first. */
export const troubles = ['Key', 'Socket', 'Silent', 'Waiting', 'Money', 'Audit'] as const
export type Trouble = (typeof troubles)[number]
/** Worst first. `Closed`: nothing goes on there, and nothing is wrong. */
export const venueStates = ['Help', 'Look', 'Fine', 'Closed'] as const
export type VenueState = (typeof venueStates)[number]

export interface VenueTrouble {
  trouble: Trouble
  needsHelp: boolean
}

/** Worst first; empty when nothing is wrong. */
export function troublesOf(facts: VenueFacts): VenueTrouble[] {
  const found: VenueTrouble[] = []
  const add = (trouble: Trouble, is: boolean, needsHelp: boolean): void => {
    if (is) found.push({ trouble, needsHelp })
  }
  add('Key', facts.isKeyRefused, true)
  add('Socket', facts.socket === 'down', true)
  add('Silent', isSilent(facts), true)
  const waitsLong = facts.oldestSeconds > limits.eventWaitingWarningSeconds
  const waitsTooLong = facts.oldestSeconds > limits.eventWaitingBrokenSeconds
  add('Waiting', waitsLong || facts.givenUp > 0, waitsTooLong || facts.givenUp > 0)
  add('Money', facts.unmatched > 0, isMoneyLeft(facts))
  add('Audit', facts.auditDifferences > 0, false)
  return [...found.filter((each) => each.needsHelp), ...found.filter((each) => !each.needsHelp)]
}

/** Its tills work, and Dojo does not call. */
function isSilent({ nowMs, lastCallMs, lastChangeMs, hasKey }: VenueFacts): boolean {
  const ageMs = (at: number | undefined): number => nowMs - (at ?? Number.NEGATIVE_INFINITY)
  const silentAfterMs = limits.silentAfterSeconds * 1000
  return hasKey && ageMs(lastChangeMs) < silentAfterMs && ageMs(lastCallMs) >= silentAfterMs
}

function isMoneyLeft({ nowMs, unmatched, unmatchedSinceMs = nowMs }: VenueFacts): boolean {
  return (
    unmatched > limits.unmatchedHelpCount ||
    nowMs - unmatchedSinceMs > limits.unmatchedHelpSeconds * 1000
  )
}

export function stateOf(facts: VenueFacts): VenueState {
  const [worst] = troublesOf(facts)
  if (worst !== undefined) return worst.needsHelp ? 'Help' : 'Look'
  const { nowMs, lastCallMs = 0, lastChangeMs = 0 } = facts
  const restsMs = nowMs - Math.max(lastCallMs, lastChangeMs)
  return restsMs > limits.closedAfterSeconds * 1000 ? 'Closed' : 'Fine'
}

/** For sorting venues: the smaller, the worse. */
export function rankOf(facts: VenueFacts): number {
  const [worst] = troublesOf(facts)
  const byState = venueStates.indexOf(stateOf(facts)) * troubles.length
  return byState + (worst === undefined ? 0 : troubles.indexOf(worst.trouble))
}

/**
 * How the venue's socket is. Without a key there is nothing to open it with.
 * @param venue with null for the time where no server holds it, or it is not open
 */
export function socketStateOf(venue: {
  transport: 'rest' | 'socket' | 'both'
  hasKey: boolean
  socketOpenedAt: Date | null
}): VenueFacts['socket'] {
  if (venue.transport === 'rest' || !venue.hasKey) return 'none'
  return venue.socketOpenedAt === null ? 'down' : 'open'
}

// The events of a venue, one after the other, for as long as somebody listens. After a break it
// goes on from the last position; keep that, and nothing is missed over a restart either.
import { setTimeout as wait } from 'node:timers/promises'
import { okay, type TillClient } from './client.ts'
import type { components } from './generated/till-api.ts'

export type VenueEvent = components['schemas']['Events']['events'][number]

export interface Followed {
  events: VenueEvent[]
  /** Where to go on from. */
  position: string
  /** Something was missed: read again what you show. */
  reset: boolean
}

const LONGEST_WAIT_MS = 30_000

/**
 * @param after the position that was kept; left out, it begins with now
 * @param signal ends it
 */
export async function* followEvents(
  client: TillClient,
  {
    after,
    waitSeconds = 25,
    signal,
  }: { after?: string; waitSeconds?: number; signal: AbortSignal },
): AsyncGenerator<Followed> {
  let position = after
  let failures = 0
  while (!signal.aborted) {
    try {
      const query = position === undefined ? {} : { after: position, waitSeconds }
      const found = await okay(client.GET('/till/v1/events', { params: { query }, signal }))
      failures = 0
      const isNew = found.reset || found.events.length > 0 || position === undefined
      position = found.position
      if (isNew) yield found
    } catch (error) {
      if (signal.aborted) return
      failures++
      const waitMs = Math.min(LONGEST_WAIT_MS, 500 * 2 ** failures)
      await wait(waitMs, undefined, { signal }).catch(() => {})
      if (failures > 1_000) throw error
    }
  }
}

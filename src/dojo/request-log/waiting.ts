// The requests of the last second, until they are written down together. There is room for a
// limited number: the oldest make room for new ones, those that were answered before those that
// were not.
import type { CallRecord } from '../../http/call.ts'
import { limits } from '../../limits.ts'

/** What is known of a request when it has been answered. */
export interface Noted extends Pick<CallRecord, 'traceId' | 'fault' | 'durationMs' | 'payment'> {
  locationId: string
  capability: string
  transport: string
  caller: NonNullable<CallRecord['caller']>
  status: number
  orderId: string | undefined
  /** When it was answered, by `performance.now()`. */
  atMs: number
  /** While the venue's request log is on. */
  bodies: { switchId: string; input: unknown; output: unknown } | undefined
}

interface Kinds {
  answered: Set<Noted>
  refused: Set<Noted>
}

/** How many requests of each venue were dropped, if any. */
export type Dropped = ReadonlyMap<string, number>

export class WaitingRequests {
  #all = emptyKinds()
  #venues = new Map<string, Kinds>()
  #dropped = new Map<string, number>()

  add(noted: Noted): void {
    const { locationId } = noted
    let venue = this.#venues.get(locationId)
    if (venue === undefined) {
      venue = emptyKinds()
      this.#venues.set(locationId, venue)
    }
    const kind = kindOf(noted)
    venue[kind].add(noted)
    this.#all[kind].add(noted)
    if (sizeOf(venue) > limits.requestsPerVenueFlush) this.#dropOldest(venue)
    else if (sizeOf(this.#all) > limits.requestsPerFlush) this.#dropOldest(this.#all)
  }

  /** Takes all, the oldest first. */
  take(): { requests: Noted[]; dropped: Dropped } {
    const requests = [...this.#all.answered, ...this.#all.refused]
    const dropped = this.#dropped
    this.#all = emptyKinds()
    this.#venues = new Map()
    this.#dropped = new Map()
    return { requests: requests.sort((one, other) => one.atMs - other.atMs), dropped }
  }

  #dropOldest({ answered, refused }: Kinds): void {
    // Sets are in the order in which their entries came.
    const [oldest] = answered.size > 0 ? answered : refused
    if (oldest === undefined) return
    const { locationId } = oldest
    const kind = kindOf(oldest)
    this.#venues.get(locationId)![kind].delete(oldest)
    this.#all[kind].delete(oldest)
    this.#dropped.set(locationId, (this.#dropped.get(locationId) ?? 0) + 1)
  }
}

const emptyKinds = (): Kinds => ({ answered: new Set(), refused: new Set() })
const kindOf = ({ fault }: Noted): keyof Kinds => (fault === undefined ? 'answered' : 'refused')
const sizeOf = ({ answered, refused }: Kinds): number => answered.size + refused.size

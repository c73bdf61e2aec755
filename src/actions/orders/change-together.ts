// Changes of different orders that wait at the same moment are made in one transaction: their rows
// are locked in one sequence, they are read together, decided one by one, written together, and
// committed once. A change that comes alone is made as it is, at once.
//
// 1. No answer leaves before the commit.
// 2. A change waits for no other order: one that somebody else has locked, and one whose payment
//    intent another change of the same trip is about, is made by itself after it.
// 3. What the database refuses is made again one by one, so that no change refuses another.
// 4. Changes of one order are made in the sequence in which they came.
import { Unavailable } from '../../domain/errors.ts'
import {
  createLanes,
  type LaneOptions,
  type Lanes,
  type Passenger,
  type TripCounts,
} from '../../lib/lanes.ts'
import { limits } from '../../limits.ts'
import { RolledBack, type Database, type Transaction } from '../../store/database/database.ts'
import type { OrderNow } from '../../store/orders/read-order.ts'
import {
  forgetIntents,
  readOrdersForUpdate,
  type OrderToChange,
} from '../../store/orders/read-orders.ts'
import { writeOrders, type CallerWrite } from '../../store/orders/write-order.ts'
import { changeOrder, decided, type ChangeOrder, type ChangeRequest } from './change-order.ts'

type Change = Passenger<ChangeRequest, OrderNow>

export interface SharedChanges {
  change: ChangeOrder
  /** How changes travelled. */
  counts: Readonly<TripCounts>
}

const together: Pick<LaneOptions<never, never>, 'lanes' | 'seats'> = {
  lanes: limits.changeLanes,
  seats: limits.changesTogether,
}

/** Orders on different nodes share no transaction. Each changes by itself, in its own turn. */
function apart({ pool }: Database): typeof together {
  return { lanes: pool.options.max, seats: 1 }
}

export function createSharedChanges(database: Database): SharedChanges {
  const alone = async ({ ask, sinceMs, resolve, reject }: Change): Promise<void> => {
    // It may wait for a row, with a connection of the venue's share of the pool. What it has waited
    // already counts: else the next change of its order would begin to wait when this one gives up.
    const waitMs = Math.max(0, limits.venuePoolWaitMs - (performance.now() - sinceMs))
    await database
      .inTurn(ask.caller.locationId, async () => await changeOrder(database, ask), waitMs)
      .then(resolve, reject)
  }
  const lanesFor = (isDistributed: boolean): Lanes<ChangeRequest, OrderNow> =>
    createLanes<ChangeRequest, OrderNow>({
      ...(isDistributed ? apart(database) : together),
      groupOf: ({ caller }) => caller.locationId,
      keyOf,
      patienceMs: limits.laneWaitMs,
      longestWaitMs: limits.laneLongestWaitMs,
      tooLate: () => new Unavailable('A change of an order waited too long for its turn.'),
      slowTripMs: limits.slowTripMs,
      travel: async (trip) => {
        if (trip.length === 1) {
          await alone(trip[0]!)
          return
        }
        const left = await changeTogether(database, trip)
        // Not awaited: they may wait for rows, and the lane must not.
        for (const change of left) void alone(change)
      },
    })
  const lanes = { together: lanesFor(false), apart: lanesFor(true) }
  // Which kind of database it is may be known only once it can be reached.
  const current = (): Lanes<ChangeRequest, OrderNow> =>
    database.isDistributed ? lanes.apart : lanes.together
  return {
    change: async (request) => await current().ask(request),
    get counts() {
      return current().counts
    },
  }
}

function keyOf({ caller: { locationId }, orderId }: ChangeRequest): string {
  return `${locationId} ${orderId}`
}

/** @returns the changes that have to be made alone */
async function changeTogether(database: Database, trip: readonly Change[]): Promise<Change[]> {
  const { together, apart } = byIntent(inSequence(trip))
  try {
    const outcomes = await database.attempt(async (tx) => await decideAll(tx, together))
    const left = together.filter((_, index) => outcomes[index] === undefined)
    for (const [index, settle] of outcomes.entries()) settle?.(together[index]!)
    return [...left, ...apart]
  } catch (error) {
    if (error instanceof RolledBack) return [...trip]
    for (const { reject } of trip) reject(error)
    return []
  }
}

/** Everybody locks orders in this sequence. */
function inSequence(trip: readonly Change[]): Change[] {
  const keyed = trip.map((change) => ({ change, key: keyOf(change.ask) }))
  keyed.sort((a, b) => (a.key < b.key ? -1 : 1))
  return keyed.map(({ change }) => change)
}

/** An intent is recorded once, so a second change about it has to see the first one. */
function byIntent(trip: readonly Change[]): { together: Change[]; apart: Change[] } {
  const seen = new Set<string>()
  const parts: { together: Change[]; apart: Change[] } = { together: [], apart: [] }
  for (const change of trip) {
    const { caller, question } = change.ask
    const intent = question?.paymentIntentId && `${caller.locationId} ${question.paymentIntentId}`
    const isSecond = intent !== undefined && seen.has(intent)
    parts[isSecond ? 'apart' : 'together'].push(change)
    if (intent !== undefined) seen.add(intent)
  }
  return parts
}

/** What to do with a change after the commit; undefined: it was not made. */
type Outcome = ((change: Change) => void) | undefined

async function decideAll(tx: Transaction, trip: readonly Change[]): Promise<Outcome[]> {
  const orders = trip.map(({ ask: { caller, orderId, question = {} } }): OrderToChange => {
    return { locationId: caller.locationId, orderId, question }
  })
  const found = await readOrdersForUpdate(tx, orders, limits.sharedLockTimeoutMs)
  const writes: CallerWrite[] = []
  const unmade: OrderToChange[] = []
  const outcomes = trip.map(({ ask }, index): Outcome => {
    const read = found[index]
    if (read === undefined) {
      unmade.push(orders[index]!)
      return undefined
    }
    try {
      const { now, write } = decided(ask, read)
      if (write !== undefined) writes.push({ caller: ask.caller, write, nowMs: now.nowMs })
      return (change) => {
        change.resolve(now)
      }
    } catch (error) {
      unmade.push(orders[index]!)
      return (change) => {
        change.reject(error)
      }
    }
  })
  forgetIntents(tx, unmade)
  writeOrders(tx, writes)
  return outcomes
}

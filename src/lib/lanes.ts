// Work that waits together travels together. While the lanes are busy, asks wait; a lane that is
// free takes several of them in one trip. An ask that comes alone goes alone, at once.

export interface LaneOptions<Ask, Answer> {
  /** Trips under way at once. */
  lanes: number
  /** Asks of one trip at most. */
  seats: number
  /** Settles each ask of the trip. The lane is free when it resolves; it must not reject. */
  travel: (trip: readonly Passenger<Ask, Answer>[]) => Promise<void>
  /** Asks of different groups take turns, so that a group with many does not delay the others. */
  groupOf: (ask: Ask) => string
  /** Asks with the same key are settled one after the other, in the order in which they came. */
  keyOf?: (ask: Ask) => string
  /**
   * How long an ask waits for a trip, in milliseconds; `tooLate` is the error after that. One that
   * waits for its key waits so long from the start of the ask before it, since what keeps that one
   * would keep it too; so long again once its turn has come; and in all for at most
   * `longestWaitMs`.
   */
  patienceMs: number
  longestWaitMs: number
  tooLate: () => Error
  /** A trip that takes longer no longer counts: another may start, so that none waits for it. */
  slowTripMs: number
  /** The clock by which asks wait. */
  nowMs?: () => number
}

/** An ask on its trip; settling it a second time does nothing. */
export interface Passenger<Ask, Answer> {
  readonly ask: Ask
  /** When it began to wait, by `performance.now()` or the clock of the lanes. */
  readonly sinceMs: number
  resolve: (answer: Answer) => void
  reject: (error: unknown) => void
}

export interface Lanes<Ask, Answer> {
  ask: (ask: Ask) => Promise<Answer>
  readonly counts: Readonly<TripCounts>
}

/** Since the start. */
export interface TripCounts {
  trips: number
  asks: number
  /** Trips with more than one ask. */
  shared: number
  /** The most asks that one trip took. */
  most: number
}

interface Waiting<Ask, Answer> extends Passenger<Ask, Answer> {
  readonly key: string | undefined
}

export function createLanes<Ask, Answer>(options: LaneOptions<Ask, Answer>): Lanes<Ask, Answer> {
  const { lanes, seats, travel, groupOf, keyOf, slowTripMs } = options
  const nowMs = options.nowMs ?? (() => performance.now())
  const queue = createQueue<Waiting<Ask, Answer>>(nowMs)
  const patience = createPatience(queue, { ...options, nowMs })
  const counts: TripCounts = { trips: 0, asks: 0, shared: 0, most: 0 }
  let underWay = 0
  let isDue = false

  const start = (): void => {
    isDue = false
    for (let free = lanes - underWay; free > 0; free--) {
      const trip = queue.take(seats)
      if (trip.length === 0) return
      count(counts, trip.length)
      void go(trip)
    }
  }
  /** After the input that has arrived already: requests of the same moment share the first trip. */
  const startSoon = (): void => {
    if (isDue || underWay >= lanes) return
    isDue = true
    setImmediate(start)
  }
  const go = async (trip: readonly Waiting<Ask, Answer>[]): Promise<void> => {
    underWay++
    let isCounted = true
    const leave = (): void => {
      if (isCounted) underWay--
      isCounted = false
      start()
    }
    const slow = setTimeout(leave, slowTripMs)
    await travel(trip)
    clearTimeout(slow)
    leave()
  }
  const ask = async (ask: Ask): Promise<Answer> => {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>()
    const key = keyOf?.(ask)
    const waiting: Waiting<Ask, Answer> = { ask, key, sinceMs: nowMs(), resolve, reject }
    const release = (): void => {
      queue.release(waiting)
      startSoon()
    }
    if (key !== undefined) whenSettled(waiting, release)
    queue.add(groupOf(ask), waiting)
    patience.watch()
    startSoon()
    return await promise
  }
  return { counts, ask }
}

function whenSettled<Ask, Answer>(passenger: Passenger<Ask, Answer>, then: () => void): void {
  const { resolve, reject } = passenger
  passenger.resolve = (answer) => {
    resolve(answer)
    then()
  }
  passenger.reject = (error) => {
    reject(error)
    then()
  }
}

function count(counts: TripCounts, asks: number): void {
  counts.trips++
  counts.asks += asks
  if (asks > 1) counts.shared++
  counts.most = Math.max(counts.most, asks)
}

type Patience = Required<
  Pick<LaneOptions<never, never>, 'patienceMs' | 'longestWaitMs' | 'tooLate' | 'nowMs'>
>

/** Refuses what has waited for too long, with one timer for all. */
function createPatience<Ask, Answer>(
  queue: Queue<Waiting<Ask, Answer>>,
  { patienceMs, longestWaitMs, tooLate, nowMs }: Patience,
): { watch: () => void } {
  const checkMs = patienceMs / 8
  let timer: NodeJS.Timeout | undefined
  const refuseLate = (): void => {
    const atMs = nowMs()
    const isLate = (waiting: Waiting<Ask, Answer>): boolean => {
      const sinceMs = queue.waitsSinceMs(waiting)
      return atMs - sinceMs >= patienceMs || atMs - waiting.sinceMs >= longestWaitMs
    }
    for (const { reject } of queue.remove(isLate)) reject(tooLate())
    timer = queue.size() > 0 ? setTimeout(refuseLate, checkMs).unref() : undefined
  }
  return {
    watch: () => {
      timer ??= setTimeout(refuseLate, checkMs).unref()
    },
  }
}

interface Queue<Item> {
  size: () => number
  add: (group: string, item: Item) => void
  /** One of each group in turn, as long as there are seats. */
  take: (seats: number) => Item[]
  remove: (isGone: (item: Item) => boolean) => Item[]
  /** Since when the item waits for another with its key, or for seats. */
  waitsSinceMs: (item: Item) => number
  /** Others with its key may be taken. */
  release: (item: Item) => void
}

/** What waits, by group. Of the items with one key only the first is taken until it is released. */
function createQueue<Item extends Keyed>(nowMs: () => number): Queue<Item> {
  // The group whose turn it is comes first.
  const groups = new Map<string, Item[]>()
  const keys = createKeys<Item>(nowMs)
  let size = 0

  const takeFrom = (items: Item[]): Item | undefined => {
    const index = items.findIndex(keys.isFree)
    if (index < 0) return undefined
    const [item] = items.splice(index, 1) as [Item]
    keys.hold(item)
    size--
    return item
  }
  return {
    size: () => size,
    add(group, item) {
      const items = groups.get(group)
      if (items === undefined) groups.set(group, [item])
      else items.push(item)
      keys.add(item)
      size++
    },
    take(seats) {
      const taken: Item[] = []
      const blocked = new Set<string>()
      while (taken.length < seats) {
        const turn = firstNotIn(blocked, groups)
        if (turn === undefined) break
        const [group, items] = turn
        const item = takeFrom(items)
        if (item === undefined) blocked.add(group)
        else taken.push(item)
        groups.delete(group)
        if (items.length > 0) groups.set(group, items)
      }
      return taken
    },
    remove(isGone) {
      const removed: Item[] = []
      for (const [group, items] of groups) {
        const left = items.filter((item) => !isGone(item))
        removed.push(...items.filter(isGone))
        if (left.length > 0) groups.set(group, left)
        else groups.delete(group)
      }
      size -= removed.length
      for (const item of removed) keys.leave(item)
      return removed
    },
    waitsSinceMs: keys.waitsSinceMs,
    release: keys.release,
  }
}

interface Keyed {
  readonly key: string | undefined
  readonly sinceMs: number
}

interface KeyState<Item> {
  /** Taken, and not released yet. */
  holder: Item | undefined
  /** How many others wait. */
  waiting: number
  /** When one of them was last taken or released. */
  movedAtMs: number
}

/** What has each key, as long as anything has it. Items without one are always free. */
function createKeys<Item extends Keyed>(nowMs: () => number) {
  const states = new Map<string, KeyState<Item>>()
  const stateOf = ({ key }: Item): KeyState<Item> | undefined =>
    key === undefined ? undefined : states.get(key)
  const forgetIfIdle = ({ key }: Item, { holder, waiting }: KeyState<Item>): void => {
    if (holder === undefined && waiting === 0) states.delete(key!)
  }
  return {
    add: (item: Item): void => {
      if (item.key === undefined) return
      const state = stateOf(item) ?? { holder: undefined, waiting: 0, movedAtMs: -Infinity }
      states.set(item.key, state)
      state.waiting++
    },
    /** Waits no longer, and was not taken. */
    leave: (item: Item): void => {
      const state = stateOf(item)
      if (state === undefined) return
      state.waiting--
      forgetIfIdle(item, state)
    },
    isFree: (item: Item): boolean => stateOf(item)?.holder === undefined,
    hold: (item: Item): void => {
      const state = stateOf(item)
      if (state === undefined) return
      state.waiting--
      state.holder = item
      state.movedAtMs = nowMs()
    },
    release: (item: Item): void => {
      const state = stateOf(item)
      if (state?.holder !== item) return
      state.holder = undefined
      state.movedAtMs = nowMs()
      forgetIfIdle(item, state)
    },
    waitsSinceMs: (item: Item): number => {
      const { holder, movedAtMs = item.sinceMs } = stateOf(item) ?? {}
      return holder === undefined ? Math.max(item.sinceMs, movedAtMs) : movedAtMs
    },
  }
}

function firstNotIn<Value>(
  blocked: ReadonlySet<string>,
  groups: ReadonlyMap<string, Value>,
): [string, Value] | undefined {
  for (const entry of groups) if (!blocked.has(entry[0])) return entry
  return undefined
}

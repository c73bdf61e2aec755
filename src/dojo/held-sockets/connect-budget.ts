// How fast sockets connect to Dojo's gateway, over all servers. Whatever ends, a restart of the
// gateway above all, the sockets come back as fast as they can without a storm:
//
// 1. A tenth of them connects at once, and the next tenth when those have been open for a second.
//    Ten tenths need nine of these seconds, and however late a server is, no second has more.
// 2. While the gateway does not answer, one socket at a time tries it. Those that tried in vain
//    count no more: they have not connected.
import { limits } from '../../limits.ts'
import type { Connect, SocketGateway } from '../../store/venue/socket-gateways.ts'

/** What a server has to say since it last asked, and what it wants. */
export interface Wish {
  /** The venues whose sockets wait, the first one first. */
  waiting: readonly string[]
  /** How many sockets may connect at once. */
  most: number
  /** Those that the gateway answered, and how long ago. */
  answeredMs: ReadonlyMap<string, number>
  /** Those that did not connect after all. */
  released: ReadonlySet<string>
  /** Whether one of them tried in vain, because the gateway did not answer or was not there. */
  isAway: boolean
}

/** When it is a venue's turn to connect. */
export interface Turn {
  locationId: string
  inMs: number
}

export interface Grant {
  connect: Turn[]
  /** After how long to ask again for the others. */
  waitMs: number
  /** What all servers are to know. */
  gateway: SocketGateway
}

/** A tenth of the venues, rounded up. Five are no storm. */
export function mostConnects(venues: number): number {
  const { socketFewestConnects: fewest, socketMostConnects: most } = limits
  return Math.min(most, Math.max(fewest, Math.ceil(venues / 10)))
}

/**
 * Turns are given a moment ahead, so that no tenth waits for the servers to ask.
 * @param nowMs by the clock of the gateway's connects
 */
export function grantConnects(before: SocketGateway, nowMs: number, wish: Wish): Grant {
  const { waiting, most } = wish
  const counted = connectsThatCount(before, nowMs, wish)
  const probedAtMs = lastProbe(before, nowMs, wish)
  const isAway = probedAtMs !== undefined
  const places = placesSoon(counted, nowMs, most)
  const mostNow = isAway ? Number(untilProbe(probedAtMs, nowMs) === 0) : waiting.length
  const given = places.slice(0, Math.min(waiting.length, mostNow))
  const connect = given.map(({ inMs }, at) => ({ locationId: waiting[at]!, inMs }))
  const left = new Set(given.map(({ after }) => after))
  const gateway = {
    connects: [
      ...counted.filter((connect) => !left.has(connect)),
      ...connect.map(({ locationId, inMs }) => ({
        locationId,
        sinceMs: nowMs + inMs,
        isOpen: false,
      })),
    ],
    probedAtMs: isAway && connect.length > 0 ? nowMs : probedAtMs,
  }
  const isOver = connect.length === waiting.length
  const soonMs = limits.socketConnectGatherMs
  const waitMs = isOver ? 0 : Math.max(soonMs, untilNext(gateway, nowMs, most))
  return { connect, gateway, waitMs }
}

/** Whether the servers use no more than half of what may connect: no more than venues that move. */
export function isCalm(gateway: SocketGateway, nowMs: number, most: number): boolean {
  const nothing = { answeredMs: new Map<string, number>(), released: new Set<string>() }
  return connectsThatCount(gateway, nowMs, nothing).length <= most / 2
}

interface Place {
  inMs: number
  /** Whose place it is until then. */
  after?: Connect
}

/** Where a socket may connect now or in a moment, the first ones first. */
function placesSoon(counted: readonly Connect[], nowMs: number, most: number): Place[] {
  const free = Array.from({ length: Math.max(0, most - counted.length) }, () => ({ inMs: 0 }))
  const leaving = counted
    .filter(({ isOpen }) => isOpen)
    .map((after) => ({ inMs: after.sinceMs + limits.socketConnectsWithinMs - nowMs, after }))
    .filter(({ inMs }) => inMs <= limits.socketConnectAheadMs)
    .sort((a, b) => a.inMs - b.inMs)
  // With fewer places than there were, the first ones to leave make room for nobody.
  return [...free, ...leaving.slice(Math.max(0, counted.length - most))]
}

function connectsThatCount(
  { connects }: SocketGateway,
  nowMs: number,
  { answeredMs, released }: Pick<Wish, 'answeredMs' | 'released'>,
): Connect[] {
  return connects
    .flatMap((connect) => {
      const { locationId, sinceMs, isOpen } = connect
      if (isOpen) return [connect]
      const agoMs = answeredMs.get(locationId)
      if (agoMs !== undefined) return [{ locationId, isOpen: true, sinceMs: nowMs - agoMs }]
      if (!released.has(locationId)) return [connect]
      // Given back before its time: until then its place is somebody else's.
      const beforeMs = sinceMs - limits.socketConnectsWithinMs
      return sinceMs > nowMs ? [{ locationId, isOpen: true, sinceMs: beforeMs }] : []
    })
    .filter(({ sinceMs, isOpen }) => {
      const lengthMs = isOpen ? limits.socketConnectsWithinMs : limits.socketConnectingMs
      // A clock that was set back keeps nobody waiting.
      return Math.abs(nowMs - sinceMs) < lengthMs
    })
}

function lastProbe(
  { probedAtMs }: SocketGateway,
  nowMs: number,
  { answeredMs, isAway }: Wish,
): number | undefined {
  if (answeredMs.size > 0) return undefined
  return isAway ? (probedAtMs ?? nowMs) : probedAtMs
}

function untilProbe(probedAtMs: number, nowMs: number): number {
  return Math.max(0, limits.socketProbeMs - Math.abs(nowMs - probedAtMs))
}

/** Until a socket that waits may connect, as far as can be known. */
function untilNext({ connects, probedAtMs }: SocketGateway, nowMs: number, most: number): number {
  const probeMs = probedAtMs === undefined ? 0 : untilProbe(probedAtMs, nowMs)
  const openSinceMs = connects
    .map(({ sinceMs, isOpen }) => (isOpen ? sinceMs : nowMs))
    .sort((a, b) => a - b)
  if (openSinceMs.length < most) return probeMs
  // Once this one and those before it count no more, there is room for one.
  const last = openSinceMs.at(-most)!
  const { socketConnectsWithinMs: withinMs, socketConnectAheadMs: aheadMs } = limits
  return Math.max(probeMs, last + withinMs - aheadMs - nowMs)
}

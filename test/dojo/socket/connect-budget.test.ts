// How fast sockets connect over all servers: no second has more than a tenth of them, and however
// they ended, ten tenths are back in less than ten seconds.
import fc from 'fast-check'
import t from 'tap'
import {
  grantConnects,
  isCalm,
  mostConnects,
  type Grant,
} from '../../../src/dojo/held-sockets/connect-budget.ts'
import { limits } from '../../../src/limits.ts'
import type { SocketGateway } from '../../../src/store/venue/socket-gateways.ts'

const NEW: SocketGateway = { connects: [], probedAtMs: undefined }
const venues = (count: number): string[] => Array.from({ length: count }, (_, at) => `loc_${at}`)
const {
  socketConnectsWithinMs: withinMs,
  socketConnectAheadMs: aheadMs,
  socketProbeMs: probeMs,
} = limits
const named = ({ connect }: Grant) => connect.map(({ locationId }) => locationId)

/** What a server says that has nothing to say. */
const nothing = {
  answeredMs: new Map<string, number>(),
  released: new Set<string>(),
  isAway: false,
}
const answered = (locationIds: string[], agoMs = 0) =>
  new Map(locationIds.map((locationId) => [locationId, agoMs]))

t.test('a tenth, rounded up, with a floor and a ceiling', async (t) => {
  for (const [count, most] of [
    [0, 5],
    [1, 5],
    [50, 5],
    [51, 6],
    [199, 20],
    [200, 20],
    [201, 21],
    [500, 50],
    [1_000, 50],
  ] as const) {
    t.equal(mostConnects(count), most, `${count} venues`)
  }
})

t.test('a tenth connects, and the next when those have been open for a second', async (t) => {
  const first = grantConnects(NEW, 1_000, { ...nothing, waiting: venues(8), most: 5 })
  t.same(named(first), venues(5), 'the first ones')
  t.equal(first.waitMs, withinMs - aheadMs, 'as if they were open now')

  const wish = { ...nothing, waiting: ['x', 'y'], most: 5 }
  const slow = grantConnects(first.gateway, 1_000 + 2 * withinMs, wish)
  t.match(slow, { connect: [], waitMs: withinMs - aheadMs }, 'those that still connect count')
  const open = grantConnects(first.gateway, 1_100, { ...wish, answeredMs: answered(venues(5), 40) })
  t.match(open, { connect: [], waitMs: withinMs - aheadMs - 40 })
  t.match(grantConnects(open.gateway, 1_059 + withinMs - aheadMs, wish), {
    connect: [],
    waitMs: limits.socketConnectGatherMs,
  })
  const next = grantConnects(open.gateway, 1_060 + withinMs, wish)
  t.match(next, { connect: [{ inMs: 0 }, { inMs: 0 }], waitMs: 0 })
  t.equal(next.gateway.connects.length, 2, 'what is longer ago is forgotten')

  const released = { ...wish, released: new Set(['loc_0']) }
  const room = grantConnects(first.gateway, 1_100, released)
  t.match(room, { connect: [{ locationId: 'x', inMs: 0 }], waitMs: withinMs - aheadMs })
  const dead = grantConnects(first.gateway, 1_000 + limits.socketConnectingMs, wish)
  t.same(named(dead), ['x', 'y'], 'a server that died keeps nobody waiting for long')
  t.same(named(grantConnects(first.gateway, -1e9, wish)), ['x', 'y'], 'nor does the clock')
})

t.test('a place is given a moment before it is free, and to one alone', async (t) => {
  const wish = { ...nothing, waiting: ['x', 'y'], most: 2 }
  const connects = [
    { locationId: 'a', isOpen: true, sinceMs: 1_000 },
    { locationId: 'b', isOpen: true, sinceMs: 1_050 },
  ]
  const soonMs = 1_000 + withinMs - 30
  const { connect, gateway } = grantConnects({ ...NEW, connects }, soonMs, wish)
  t.same(connect, [
    { locationId: 'x', inMs: 30 },
    { locationId: 'y', inMs: 80 },
  ])
  t.same(
    gateway.connects.map(({ locationId, sinceMs }) => [locationId, sinceMs - soonMs]),
    [
      ['x', 30],
      ['y', 80],
    ],
  )
  const others = { ...wish, waiting: ['z'] }
  t.match(grantConnects(gateway, soonMs + 10, others), { connect: [] })
  const givenBack = { ...others, released: new Set(['y']) }
  t.same(
    grantConnects(gateway, soonMs + 10, givenBack).connect,
    [{ locationId: 'z', inMs: 70 }],
    'one that is given back before its time is free at its time',
  )
  const fewer = grantConnects({ ...NEW, connects }, soonMs, { ...wish, most: 1 })
  t.same(fewer.connect, [{ locationId: 'x', inMs: 80 }], 'with one place less')
})

t.test('venues may move while no more than half of the places are in use', async (t) => {
  const connects = (count: number) =>
    venues(count).map((locationId) => ({ locationId, isOpen: true, sinceMs: 1_000 }))
  for (const [count, nowMs, calm] of [
    [0, 1_000, true],
    [10, 1_000, true],
    [11, 1_000, false],
    [11, 999 + withinMs, false],
    [11, 1_000 + withinMs, true],
  ] as const) {
    const gateway = { ...NEW, connects: connects(count) }
    t.equal(isCalm(gateway, nowMs, 20), calm, `${count} connects, ${nowMs}`)
  }
})

t.test('while the gateway does not answer, one at a time tries it', async (t) => {
  const wish = { ...nothing, waiting: ['c', 'd'], most: 5 }
  const inVain = (locationId: string) => ({ released: new Set([locationId]), isAway: true })
  const { gateway } = grantConnects(NEW, 0, { ...nothing, waiting: ['a', 'b'], most: 5 })
  const away = grantConnects(gateway, 10, { ...wish, ...inVain('a') })
  t.match(away, { connect: [], waitMs: probeMs, gateway: { probedAtMs: 10 } })
  t.same(
    away.gateway.connects.map(({ locationId }) => locationId),
    ['b'],
  )
  const probe = grantConnects(away.gateway, 10 + probeMs, wish)
  t.same(named(probe), ['c'])
  t.match(probe, { waitMs: probeMs, gateway: { probedAtMs: 10 + probeMs } })
  const again = grantConnects(probe.gateway, 20 + probeMs, { ...wish, ...inVain('b') })
  t.match(again, { connect: [], waitMs: probeMs - 10 }, 'a second failure changes nothing')
  const back = grantConnects(probe.gateway, 30 + probeMs, { ...wish, answeredMs: answered(['c']) })
  t.same(named(back), ['c', 'd'])
  t.equal(back.gateway.probedAtMs, undefined)
})

t.test('however late servers are, no second has more than may connect', async () => {
  const steps = fc.array(
    fc.record({
      afterMs: fc.nat(600),
      count: fc.nat(30),
      /** How long each connect takes, and how late the server says so. */
      connectMs: fc.nat(3_000),
      lateMs: fc.nat(900),
    }),
    { maxLength: 60 },
  )
  fc.assert(
    fc.property(steps, fc.integer({ min: 1, max: 20 }), (steps, most) => {
      let nowMs = 0
      let gateway = NEW
      let number = 0
      const pending: { locationId: string; openMs: number; saidMs: number }[] = []
      const openedAtMs: number[] = []
      for (const { afterMs, count, connectMs, lateMs } of steps) {
        nowMs += afterMs
        const due = pending.filter(({ saidMs }) => saidMs <= nowMs)
        for (const each of due) pending.splice(pending.indexOf(each), 1)
        const answeredMs = new Map(
          due.map(({ locationId, openMs }) => [locationId, nowMs - openMs]),
        )
        const waiting = Array.from({ length: count }, () => `loc_${++number}`)
        const grant = grantConnects(gateway, nowMs, { ...nothing, answeredMs, waiting, most })
        if (grant.connect.length < count && grant.waitMs <= 0) return false
        gateway = grant.gateway
        for (const { locationId, inMs } of grant.connect) {
          const openMs = nowMs + inMs + connectMs
          openedAtMs.push(openMs)
          pending.push({ locationId, openMs, saidMs: openMs + lateMs })
        }
      }
      return mostWithin(withinMs, openedAtMs) <= most
    }),
  )
})

/** Within any time of this length, its end not included. */
function mostWithin(lengthMs: number, times: readonly number[]): number {
  const atMs = times.toSorted((a, b) => a - b)
  return Math.max(
    0,
    ...atMs.map((from, index) => atMs.findLastIndex((to) => to < from + lengthMs) - index + 1),
  )
}

const HANDSHAKE_MS = 10
const STEP_MS = 5

interface Restart {
  sockets: number
  servers: number
  /** How long the gateway refuses everyone, after it closed all sockets. */
  awayMs: number
  random: () => number
}

interface Returned {
  openedAtMs: number[]
  /** When sockets tried in vain. */
  failedAtMs: number[]
}

/** Servers as they are: each socket waits at random, then in the queue of its server, and again. */
function playRestart({ sockets, servers, awayMs, random }: Restart): Returned {
  const most = mostConnects(sockets)
  const failures = new Map<string, number>()
  const returned: Returned = { openedAtMs: [], failedAtMs: [] }
  const all = Array.from({ length: servers }, (_, server) => ({
    /** Venue and when it is ready to connect, or is answered. */
    ready: venues(sockets)
      .filter((_venue, at) => at % servers === server)
      .map((venue) => ({ venue, atMs: random() * limits.socketSoonRetryMs })),
    answered: [] as { venue: string; atMs: number }[],
    answeredMs: new Map<string, number>(),
    released: new Set<string>(),
    askAtMs: 0,
  }))
  let gateway = NEW
  for (let nowMs = 0; returned.openedAtMs.length < sockets; nowMs += STEP_MS) {
    for (const server of all) {
      const isOpen = nowMs >= awayMs
      for (const { venue } of server.answered.filter(({ atMs }) => atMs === nowMs)) {
        returned[isOpen ? 'openedAtMs' : 'failedAtMs'].push(nowMs)
        server.askAtMs = nowMs
        if (isOpen) {
          server.answeredMs.set(venue, 0)
          continue
        }
        server.released.add(venue)
        const before = (failures.get(venue) ?? 0) + 1
        failures.set(venue, before)
        const longestMs = limits.socketFirstRetryMs * 2 ** before
        server.ready.push({ venue, atMs: nowMs + random() * longestMs })
      }
      server.ready.sort((a, b) => a.atMs - b.atMs)
      const waiting = server.ready.filter(({ atMs }) => atMs <= nowMs).map(({ venue }) => venue)
      const { answeredMs, released } = server
      const hasWork = waiting.length + answeredMs.size + released.size > 0
      if (!hasWork || nowMs < server.askAtMs) continue
      const isAway = released.size > 0
      const wish = { answeredMs, released, isAway, waiting, most }
      const grant = grantConnects(gateway, nowMs, wish)
      gateway = grant.gateway
      server.answeredMs = new Map()
      server.released = new Set()
      server.askAtMs = nowMs + Math.min(probeMs, Math.max(STEP_MS, grant.waitMs))
      const turns = named(grant)
      server.ready = server.ready.filter(({ venue }) => !turns.includes(venue))
      for (const { locationId: venue, inMs } of grant.connect) {
        const startsMs = nowMs + Math.ceil(inMs / STEP_MS) * STEP_MS
        server.answered.push({ venue, atMs: startsMs + HANDSHAKE_MS })
      }
    }
  }
  return returned
}

t.test('after a restart of the gateway all sockets are back in ten seconds', async (t) => {
  for (const [sockets, servers] of [
    [10, 2],
    [50, 1],
    [200, 3],
    [500, 4],
  ] as const) {
    const most = mostConnects(sockets)
    for (const [index, awayMs] of [0, 1, 200, 500, 999, 2_000].entries()) {
      const random = randomFrom(index + sockets)
      const { openedAtMs, failedAtMs } = playRestart({ sockets, servers, awayMs, random })
      const figures = { sockets, awayMs, lastMs: openedAtMs.at(-1)! - awayMs }
      t.ok(figures.lastMs < 9_800, 'in time', figures)
      t.ok(mostWithin(1_000, openedAtMs) <= most, 'no second with more than a tenth')
      // Some are on their way before anybody knows.
      t.ok(mostWithin(1_000, failedAtMs) <= most / 2 + 1_000 / probeMs, 'and few try in vain')
    }
  }
})

function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 48_271) % 2_147_483_647
    return state / 2_147_483_647
  }
}

import t from 'tap'
import { createLanes, type LaneOptions, type Passenger } from '../../src/lib/lanes.ts'

interface Ask {
  group?: string
  key?: string
  name: string
}
type Trip = readonly Passenger<Ask, string>[]

/** Lanes whose trips end when the test says so. */
function controlled(options: Partial<LaneOptions<Ask, string>> = {}) {
  const trips: { names: string[]; trip: Trip; end: () => void }[] = []
  const lanes = createLanes<Ask, string>({
    lanes: 1,
    seats: 3,
    groupOf: ({ group = '' }) => group,
    patienceMs: 60_000,
    longestWaitMs: 60_000,
    tooLate: () => new Error('too late'),
    slowTripMs: 60_000,
    travel: async (trip) => {
      await new Promise<void>((resolve) => {
        const end = (): void => {
          for (const { ask, resolve: answer } of trip) answer(`did ${ask.name}`)
          resolve()
        }
        trips.push({ names: trip.map(({ ask }) => ask.name), trip, end })
      })
    },
    ...options,
  })
  return { ...lanes, trips, names: () => trips.map(({ names }) => names.join('')) }
}

const turn = async (): Promise<void> => {
  await new Promise((resolve) => setImmediate(resolve))
}

t.test('one that comes alone goes alone; what comes meanwhile travels together', async (t) => {
  const { ask, trips, names, counts } = controlled()
  const first = ask({ name: 'a' })
  await turn()
  const others = ['b', 'c', 'd', 'e'].map(async (name) => await ask({ name }))
  await turn()
  t.same(names(), ['a'], 'the lane is busy')
  trips[0]!.end()
  t.equal(await first, 'did a')
  await turn()
  t.same(names(), ['a', 'bcd'], 'as many as there are seats')
  trips[1]!.end()
  await turn()
  trips[2]!.end()
  t.same(await Promise.all(others), ['did b', 'did c', 'did d', 'did e'])
  t.same(counts, { trips: 3, asks: 5, shared: 1, most: 3 })
})

t.test('asks of one moment share the first trip', async (t) => {
  const { ask, trips, names } = controlled()
  const both = ['a', 'b'].map(async (name) => await ask({ name }))
  await turn()
  t.same(names(), ['ab'])
  trips[0]!.end()
  await Promise.all(both)
})

t.test('groups take turns, and a group with many does not delay the others', async (t) => {
  const { ask, trips, names } = controlled({ seats: 2 })
  const asked = [...'aaaaaa'].map(async (group, n) => await ask({ group, name: `${group}${n}` }))
  asked.push(ask({ group: 'b', name: 'b0' }), ask({ group: 'c', name: 'c0' }))
  await turn()
  for (let trip = 0; trip < 4; trip++) {
    trips[trip]!.end()
    await turn()
  }
  t.same(names(), ['a0b0', 'c0a1', 'a2a3', 'a4a5'])
  await Promise.all(asked)
})

t.test('asks with one key are settled one after the other, in their sequence', async (t) => {
  const { ask, trips, names } = controlled({ lanes: 3, keyOf: ({ key, name }) => key ?? name })
  const asked = ['k1', 'k2', 'k3'].map(async (name) => await ask({ key: 'k', name }))
  asked.push(ask({ name: 'x' }))
  await turn()
  t.same(names(), ['k1x'])
  trips[0]!.end()
  await turn()
  t.same(names(), ['k1x', 'k2'])
  trips[1]!.end()
  await turn()
  trips[2]!.end()
  t.same(await Promise.all(asked), ['did k1', 'did k2', 'did k3', 'did x'])
})

t.test('a key is held until its ask is settled, though its trip has ended', async (t) => {
  let settle: (() => void) | undefined
  const seen: string[] = []
  const { ask } = createLanes<Ask, string>({
    lanes: 1,
    seats: 3,
    groupOf: () => '',
    keyOf: ({ key = '' }) => key,
    patienceMs: 60_000,
    longestWaitMs: 60_000,
    tooLate: () => new Error('too late'),
    slowTripMs: 60_000,
    travel: async (trip) => {
      for (const { ask, resolve } of trip) {
        seen.push(ask.name)
        if (ask.name === 'late') settle = () => resolve('late')
        else resolve(ask.name)
      }
    },
  })
  const late = ask({ key: 'k', name: 'late' })
  const next = ask({ key: 'k', name: 'next' })
  t.equal(await ask({ key: 'other', name: 'other' }), 'other')
  await turn()
  t.same(seen, ['late', 'other'])
  settle!()
  t.equal(await late, 'late')
  t.equal(await next, 'next')
})

t.test('a trip that takes too long no longer counts', async (t) => {
  const { ask, trips, names } = controlled({ slowTripMs: 1 })
  const first = ask({ name: 'a' })
  await turn()
  const second = ask({ name: 'b' })
  while (trips.length < 2) await turn()
  t.same(names(), ['a', 'b'], 'the second did not wait for the first')
  trips[1]!.end()
  t.equal(await second, 'did b')
  trips[0]!.end()
  t.equal(await first, 'did a')
  const third = ask({ name: 'c' })
  await turn()
  t.same(names(), ['a', 'b', 'c'])
  trips[2]!.end()
  await third
})

/** Lanes whose clock the test moves; their timers are real, and look at it often. */
function withClock(options: Partial<LaneOptions<Ask, string>> = {}) {
  let atMs = 0
  const lanes = controlled({ patienceMs: 80, nowMs: () => atMs, ...options })
  // Their timers alone keep no process running.
  const running = setInterval(() => {}, 1_000)
  return {
    ...lanes,
    pass: async (ms: number): Promise<void> => {
      atMs += ms
      await turn()
    },
    end: () => {
      clearInterval(running)
    },
  }
}

t.test('an ask that waits too long for a trip is refused, and travels no more', async (t) => {
  const { ask, trips, names, pass, end } = withClock()
  const first = ask({ name: 'a' })
  await turn()
  const late = ask({ name: 'b' })
  await pass(80)
  await t.rejects(late, { message: 'too late' })
  trips[0]!.end()
  t.equal(await first, 'did a')
  await turn()
  t.same(names(), ['a'])
  end()
})

t.test('changes with one key wait as long as the ones before them are settled', async (t) => {
  const { ask, trips, pass, end } = withClock({ keyOf: ({ key = '' }) => key })
  const asked = ['a', 'b', 'c', 'd'].map(async (name) => await ask({ key: 'k', name }))
  await turn()
  for (let trip = 0; trip < 4; trip++) {
    await pass(79)
    trips[trip]!.end()
    await turn()
  }
  t.same(await Promise.all(asked), ['did a', 'did b', 'did c', 'did d'])
  const stuck = ask({ key: 'k', name: 'stuck' })
  await turn()
  const late = ask({ key: 'k', name: 'late' })
  await pass(80)
  await t.rejects(late, { message: 'too late' })
  trips[4]!.end()
  t.equal(await stuck, 'did stuck')
  end()
})

t.test('who comes when the one before it has taken too long is refused at once', async (t) => {
  const { ask, trips, pass, end } = withClock({ keyOf: ({ key = '' }) => key })
  const first = ask({ key: 'k', name: 'a' })
  await turn()
  await pass(80)
  await t.rejects(ask({ key: 'k', name: 'b' }), { message: 'too late' })
  trips[0]!.end()
  t.equal(await first, 'did a')
  end()
})

t.test('who waited for its key has all of its patience for a lane', async (t) => {
  const keyOf = ({ key, name }: Ask): string => key ?? name
  const { ask, trips, names, pass, end } = withClock({ seats: 1, keyOf })
  const first = ask({ key: 'k', name: 'a' })
  await turn()
  const other = ask({ group: 'other', name: 'x' })
  const second = ask({ key: 'k', name: 'b' })
  await pass(60)
  trips[0]!.end()
  await turn()
  t.same(names(), ['a', 'x'], 'the lane is taken by another group')
  await pass(79)
  // Time for its patience to be looked at.
  await new Promise((resolve) => setTimeout(resolve, 20))
  trips[1]!.end()
  await turn()
  trips[2]?.end()
  t.same(await Promise.all([first, other, second]), ['did a', 'did x', 'did b'])
  end()
})

import { setImmediate } from 'node:timers/promises'
import t from 'tap'
import { createTurns, type Release, type TurnOptions } from '../../src/lib/turns.ts'

const refused = (key: string): Error => new Error(`${key} waits too long`)
const newTurns = (more: Partial<TurnOptions> = {}) =>
  createTurns({ atOnce: 2, longestWaitMs: 60_000, refused, ...more })

t.test('at most so many at once, then in the order of asking', async (t) => {
  const turns = newTurns()
  const [first, second] = [turns.take('a'), turns.take('a')] as [Release, Release]
  t.type(first, 'function', 'at once')
  const order: string[] = []
  const third = Promise.resolve(turns.take('a')).then((release) => {
    order.push('third')
    return release
  })
  const fourth = Promise.resolve(turns.take('a')).then(() => order.push('fourth'))
  t.type(turns.take('b'), 'function', 'another key does not wait')
  await Promise.resolve()
  t.same(order, [])
  second()
  second()
  await third
  t.same(order, ['third'], 'one release, one turn')
  first()
  await fourth
  t.same(order, ['third', 'fourth'])
})

t.test('who waits too long is refused, and takes nothing', async (t) => {
  const turns = newTurns({ longestWaitMs: 1 })
  const held = [turns.take('a'), turns.take('a')] as Release[]
  await t.rejects(Promise.resolve(turns.take('a')), { message: 'a waits too long' })
  for (const release of held) release()
  t.type(turns.take('a'), 'function')
  t.type(turns.take('a'), 'function')
  await t.rejects(Promise.resolve(turns.take('a')), 'as many as before')
})

t.test('who has waited elsewhere waits for less, and not at all where there is room', async (t) => {
  const turns = newTurns()
  t.type(turns.take('a', 0), 'function')
  turns.take('a')
  await t.rejects(Promise.resolve(turns.take('a', 0)), { message: 'a waits too long' })
})

t.test('where too many wait already, the next is refused at once', async (t) => {
  const turns = newTurns({ mostWaiting: 1 })
  const held = [turns.take('a'), turns.take('a')] as Release[]
  const waiting = Promise.resolve(turns.take('a'))
  await t.rejects(Promise.resolve(turns.take('a')), { message: 'a waits too long' })
  held[0]!()
  await t.resolves(waiting)
})

t.test(
  'between two turns there is a rest where one waits, and none where nobody does',
  async (t) => {
    const took: number[] = []
    const turns = newTurns({
      atOnce: 1,
      restMs: (tookMs) => {
        took.push(tookMs)
        return 20
      },
    })
    const first = turns.take('a') as Release
    first()
    const second = turns.take('a')
    t.type(second, 'function', 'nobody waited: the next has its turn at once')
    const waiting = Promise.resolve(turns.take('a'))
    const startedMs = performance.now()
    ;(second as Release)()
    const last = turns.take('a')
    t.type(turns.take('b'), 'function', 'another key does not rest')
    const third = await waiting
    // A timer may come a fraction of a millisecond early.
    t.ok(performance.now() - startedMs > 19, 'after the rest')
    t.equal(took.length, 1)
    t.ok(took[0]! >= 0 && took[0]! < 20, `${took[0]} ms`)
    third()
    t.type(await last, 'function', 'who came during the rest waits behind')
  },
)

t.test('of many refused at once, others are heard in between', async (t) => {
  const waiting = newTurns({ longestWaitMs: 1 })
  const full = newTurns({ mostWaiting: 0 })
  for (const turns of [waiting, full]) {
    for (const hold of ['first', 'second']) t.type(turns.take('a'), 'function', hold)
    const refusals: unknown[] = []
    const asked = Array.from({ length: 100 }, async () => {
      await Promise.resolve(turns.take('a')).catch((refusal: unknown) => refusals.push(refusal))
    })
    const heard: number[] = []
    while (refusals.length < 100) {
      await setImmediate()
      heard.push(refusals.length)
    }
    await Promise.all(asked)
    const steps = heard.map((count, n) => count - (heard[n - 1] ?? 0))
    t.ok(Math.max(...steps) < 20, `at most ${Math.max(...steps)} in one step`)
  }
})

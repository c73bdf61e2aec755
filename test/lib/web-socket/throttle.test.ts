import t from 'tap'
import { createThrottle } from '../../../src/lib/web-socket/throttle.ts'

const never = new AbortController().signal

// The waits keep no process alive, so something else has to.
const alive = setInterval(() => {}, 60_000)
t.teardown(() => {
  clearInterval(alive)
})

t.test('callers pass one after the other, no faster than the rate', async (t) => {
  const turn = createThrottle(() => 50)
  const passedAtMs: number[] = []
  await Promise.all(
    Array.from({ length: 12 }, async () => {
      await turn(never)
      passedAtMs.push(performance.now())
    }),
  )
  const gaps = passedAtMs.slice(1).map((atMs, index) => atMs - passedAtMs[index]!)
  t.ok(
    gaps.every((gap) => gap > 18),
    'a fiftieth of a second apart',
    { gaps },
  )
})

t.test('who gives up leaves at once, and lets the others pass', async (t) => {
  const turn = createThrottle(() => 20)
  await turn(never)
  const passed: string[] = []
  const first = turn(never).then(() => passed.push('first'))
  const leaving = new AbortController()
  const second = turn(leaving.signal)
  const third = turn(never).then(() => passed.push('third'))
  leaving.abort()
  await t.rejects(second, { name: 'AbortError' })
  t.same(passed, [], 'before those that came earlier')
  await Promise.all([first, third])
  t.same(passed, ['first', 'third'])
  await t.rejects(turn(leaving.signal), { name: 'AbortError' })
})

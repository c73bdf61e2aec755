import t from 'tap'
import { createTurns } from '../../../src/lib/web-socket/turns.ts'

const never = new AbortController().signal

// The waits keep no process alive, so something else has to.
const alive = setInterval(() => {}, 60_000)
t.teardown(() => {
  clearInterval(alive)
})

t.test('callers pass one after the other, no faster than the rate', async (t) => {
  const turn = createTurns(() => 50)
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

t.test('who gives up lets the others pass', async (t) => {
  const turn = createTurns(() => 20)
  await turn(never)
  const leaving = new AbortController()
  const first = turn(leaving.signal)
  const second = turn(never)
  leaving.abort()
  await t.rejects(first, { name: 'AbortError' })
  await second
  t.pass('the second one passed')
})

import { mock } from 'node:test'
import t from 'tap'
import { watchEventLoop } from '../../src/lib/event-loop.ts'

t.test('an event loop that is late again and again does not keep up', async (t) => {
  mock.timers.enable({ apis: ['setInterval'] })
  t.teardown(() => {
    mock.timers.reset()
  })
  let nowMs = 0
  const watch = watchEventLoop({ lateMs: 3_000, checks: 2, checkMs: 100, nowMs: () => nowMs })
  /** The next check comes this late. */
  const check = (lateMs: number): boolean => {
    nowMs += 100 + lateMs
    mock.timers.tick(100)
    return watch.isLate()
  }
  const cases: [lateMs: number, isLate: boolean][] = [
    [0, false],
    [60_000, false], // a machine that was paused
    [3_000, false],
    [3_001, false],
    [3_001, true],
    [9_000, true],
    [2_000, false],
    [3_001, false],
  ]
  for (const [index, [lateMs, isLate]] of cases.entries()) {
    t.equal(check(lateMs), isLate, `check ${index + 1}, late by ${lateMs} ms`)
  }
  watch.stop()
  t.equal(check(9_000), false, 'no more checks')
})

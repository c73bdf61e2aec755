// How a till is shown who has an order to themselves.
import t from 'tap'
import { lockView } from '../../../src/till/kit/order-view.ts'
import { limits } from '../../../src/limits.ts'

const NOW = 1_700_000_000_000

t.test('the seconds of a lock are whole ones, and none is left out', async (t) => {
  const cases: Array<[what: string, lastsMs: number, secondsLeft: number | undefined]> = [
    ['as long as a lock may last', limits.maxLockSeconds * 1000, 3_600],
    ['a moment less', limits.maxLockSeconds * 1000 - 1, 3_600],
    ['the last moment', 1, 1],
    ['over', 0, undefined],
  ]
  for (const [what, lastsMs, secondsLeft] of cases) {
    const lock = {
      kind: 'DojoLock' as const,
      lockId: 'lock-1',
      holder: 'till',
      origin: {},
      expiresAtMs: NOW + lastsMs,
    }
    const shown = lockView({ lock }, NOW) as { secondsLeft: number } | undefined
    t.equal(shown?.secondsLeft, secondsLeft, what)
  }
})

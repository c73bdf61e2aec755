import t from 'tap'
import {
  failuresAfter,
  retryWaitMs,
  verdictOn,
  type Ending,
  type Retry,
} from '../../../src/lib/web-socket/endings.ts'

const pace = { firstRetryMs: 1_000, soonRetryMs: 250, longestRetryMs: 30_000, healthyMs: 60_000 }

t.test('every ending has its verdict', async (t) => {
  const open = { openMs: 1_000 }
  const cases: Array<[Ending, reason: string, Retry]> = [
    [{ ...open, code: 1000 }, 'closed', 'growing'],
    [{ ...open, code: 1001 }, 'going-away', 'soon'],
    [{ ...open, code: 1002 }, 'protocol-error', 'slowly'],
    [{ ...open, code: 1005 }, 'closed', 'growing'],
    [{ ...open, code: 1006 }, 'lost', 'growing'],
    [{ ...open, code: 1008 }, 'policy', 'slowly'],
    [{ ...open, code: 1009 }, 'message-too-big', 'growing'],
    [{ ...open, code: 1011 }, 'server-error', 'growing'],
    [{ ...open, code: 1012 }, 'restart', 'soon'],
    [{ ...open, code: 1013 }, 'try-later', 'slowly'],
    [{ ...open, code: 4401 }, 'credential-refused', 'never'],
    [{ ...open, code: 4999 }, 'other-code', 'slowly'],
    [{ status: 401 }, 'credential-refused', 'never'],
    [{ status: 403 }, 'credential-refused', 'never'],
    [{ status: 404 }, 'handshake-refused', 'slowly'],
    [{ status: 302 }, 'handshake-refused', 'slowly'],
    [{ status: 429 }, 'try-later', 'slowly'],
    [{ status: 500 }, 'unavailable', 'growing'],
    [{ status: 503 }, 'unavailable', 'growing'],
    [{ status: 101 }, 'protocol-error', 'slowly'],
    [{}, 'unreachable', 'growing'],
    [{ cause: 'closed', ...open }, 'closed-here', 'never'],
    [{ cause: 'silent', ...open }, 'silent', 'soon'],
    [{ cause: 'slow-reader', ...open }, 'slow-reader', 'growing'],
    [{ cause: 'handshake-timeout' }, 'handshake-timeout', 'growing'],
  ]
  for (const [ending, reason, retry] of cases) {
    t.same(verdictOn(ending), { reason, retry }, JSON.stringify(ending))
  }
})

t.test('the wait before the next attempt', async (t) => {
  const lost: Ending = { code: 1006, openMs: 1 }
  const restart: Ending = { code: 1012, openMs: 1 }
  const later: Ending = { code: 1013, openMs: 1 }
  const cases: Array<[Ending, failures: number, shortestMs: number, longestMs: number]> = [
    [lost, 1, 0, 1_000],
    [lost, 2, 0, 2_000],
    [lost, 4, 0, 8_000],
    [lost, 100, 0, 30_000],
    [restart, 1, 0, 250],
    [restart, 3, 0, 250],
    [restart, 5, 0, 1_000],
    [later, 1, 15_000, 30_000],
    [{ ...later, retryAfterMs: 40_000 }, 1, 40_000, 40_000],
    [{ status: 503, retryAfterMs: 5_000 }, 1, 5_000, 5_000],
    [{ status: 401 }, 1, Infinity, Infinity],
  ]
  for (const [ending, failures, shortestMs, longestMs] of cases) {
    const what = `${verdictOn(ending).reason}, ${failures}`
    t.equal(
      retryWaitMs(ending, failures, pace, () => 0),
      shortestMs,
      `${what}: the shortest`,
    )
    t.equal(
      retryWaitMs(ending, failures, pace, () => 1),
      longestMs,
      `${what}: the longest`,
    )
  }
})

t.test('failures are counted anew after a healthy connection', async (t) => {
  t.equal(failuresAfter({ openMs: 59_999 }, 3, pace), 4)
  t.equal(failuresAfter({ openMs: 60_000 }, 3, pace), 1)
  t.equal(failuresAfter({}, 0, pace), 1, 'one that never opened')
})

t.test('and count as two at most after one that served', async (t) => {
  t.equal(failuresAfter({ openMs: 500, hasServed: true }, 0, pace), 1)
  t.equal(failuresAfter({ openMs: 500, hasServed: true }, 7, pace), 2)
  t.equal(failuresAfter({ openMs: 500, hasServed: false }, 7, pace), 8)
})

import t from 'tap'
import { backoff } from '../../src/lib/backoff.ts'

t.test(
  'a wait doubles with each attempt, up to the longest, and is random in its upper half',
  async (t) => {
    for (const [attempts, upper] of [
      [1, 1],
      [2, 2],
      [5, 16],
      [11, 900],
      [5_000, 900],
    ] as const) {
      const waits = Array.from({ length: 200 }, () => backoff(attempts, 1, 900))
      t.ok(
        waits.every((wait) => wait >= upper / 2 && wait < upper),
        `after ${attempts} attempts`,
      )
      t.ok(new Set(waits).size > 1, 'at random')
    }
  },
)

// How much is tried, counted and never timed: a busy machine tests as much as an idle one.
import fc from 'fast-check'
import type { Test } from 'tap'

/** All runs are for `npm run test:long`. */
let areAllMade = false
/** Which part of the random runs `npm test` makes. */
const PART = 1 / 8

export function makeAllRuns(): void {
  areAllMade = true
}

/** How many random runs are made of this many. */
export function runsOf(all: number): number {
  return areAllMade ? all : Math.ceil(all * PART)
}

/** What is tried in `npm test`, and what in `npm run test:long`: more of the same. */
export function atLength<Tried>(usual: Tried, all: Tried): Tried {
  return areAllMade ? all : usual
}

export interface Runs {
  /** How many random runs there are at least, when all of them are made. */
  runs: number
  /** The cases that no run has reached yet. Runs go on until there are none. */
  missing?: () => string[]
}

/** Above this multiple of `runs`, a case that was never reached is a fault of the test. */
const PATIENCE = 10

/**
 * Asserts a property. The seed is printed, so that a failure can be run again with TEST_SEED. A
 * rare case may need more runs than usual, but one that no run can reach any more fails the test.
 */
export async function assertRuns<Values>(
  t: Test,
  property: fc.IAsyncProperty<Values>,
  { runs: all, missing = () => [] }: Runs,
): Promise<void> {
  const runs = runsOf(all)
  const seed = Number(process.env['TEST_SEED'] ?? Math.floor(Math.random() * 2 ** 31))
  t.comment(`TEST_SEED=${seed}`)
  let done = 0
  do {
    await fc.assert(property, { numRuns: runs, seed: seed + done })
    done += runs
  } while (missing().length > 0 && done < all * PATIENCE)
  t.strictSame(missing(), [], 'the runs reached every case')
}

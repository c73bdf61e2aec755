// Which tests are run with an edit: those that reach its place, the quickest first.

/** A place in the source. */
export interface Place {
  /** Absolute. */
  path: string
  /** In characters from the beginning of the file. */
  at: number
  /** It runs once, when the file is loaded: every test that runs a function of it depends on it. */
  atLoad: boolean
}

/** What a test file reaches. */
export interface Reach {
  /** By its path under test/. */
  test: string
  ms: number
  /** Numbers of places in the list that was asked for. */
  places: number[]
}

/** The rooms that are scored. */
export const ROOMS = ['domain', 'store', 'actions', 'dojo', 'till'] as const

/** Paths under test/ of what is run in one process; others start servers of their own. */
export const TESTS = [
  'contract',
  'dojo',
  'domain',
  'http',
  'isolation',
  'lib',
  'limits.test.ts',
  'operator',
  'properties',
  'races',
  'scenarios',
  'store',
  'till',
]

const LONGEST_MS_EACH = 90_000

/**
 * @param place the number of the edit's place in the list that was measured
 * @param own a path under test/ whose tests are the likeliest to notice
 * @returns paths under test/, at most a minute and a half of them
 */
export function testsReaching(reaches: readonly Reach[], place: number, own: string): string[] {
  const weight = ({ test, ms }: Reach): number => (test.startsWith(own) ? ms / 10 : ms)
  const reaching = reaches
    .filter(({ places }) => places.includes(place))
    .sort((a, b) => weight(a) - weight(b))
  let total = 0
  return reaching
    .filter(({ ms }, n) => {
      total += ms
      return n === 0 || total <= LONGEST_MS_EACH
    })
    .map(({ test }) => test)
}

export function roomOf(path: string): string {
  return path.split('/')[1]!
}

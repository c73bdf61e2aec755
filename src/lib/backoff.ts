/**
 * The wait before the next attempt, in the unit of `first`. It doubles with each attempt up to
 * `longest`, and is random in its upper half, so that many callers do not return at the same
 * moment.
 */
export function backoff(attempts: number, first: number, longest = Infinity): number {
  const upper = Math.min(longest, first * 2 ** (attempts - 1))
  return (upper * (1 + Math.random())) / 2
}

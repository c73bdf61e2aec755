import { Refusal } from './errors.ts'

/**
 * @param expected the version that the caller saw; undefined where any will do
 * @throws Refusal Conflict `stale`: it is at another version now
 */
export function mustMatch(expected: number | undefined, version: number, what: string): void {
  if (expected === undefined || expected === version) return
  throw new Refusal(
    'Conflict',
    'stale',
    `The ${what} has changed: it is at version ${version} now, and the request was made for ` +
      `version ${expected}. Read it again.`,
    { version },
  )
}

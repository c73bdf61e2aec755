// Who a till's token lets in, and as which waiter.
import { invalid } from '../errors.ts'

export const tillRoles = ['kitchen', 'waiter', 'manager', 'owner'] as const
export type TillRole = (typeof tillRoles)[number]

/**
 * A till that several waiters share names the waiter in each request.
 * @throws Refusal InvalidRequest: the venue has no such waiter, or the token is another waiter's
 */
export function checkNamedWaiter(
  named: string | undefined,
  { isKnown, tokenOf }: { isKnown: boolean; tokenOf: string | undefined },
): void {
  if (named === undefined) return
  if (!isKnown) {
    throw invalid(`This venue has no waiter ${named}, whom Waiter-Id names.`, 'unknown-waiter')
  }
  if (tokenOf !== undefined && tokenOf !== named) {
    throw invalid(
      `Waiter-Id names the waiter ${named}, but the token belongs to the waiter ${tokenOf}.`,
      'unknown-waiter',
    )
  }
}

import type { TillCaller } from './operation.ts'

/**
 * What others read of who holds an order. Not the waiter that a request names: anybody may be
 * named, and a till that several people share stays one till.
 */
export function holderOf({ tillName, tokenOf, tokenId }: TillCaller): string {
  return tillName ?? (tokenOf === undefined ? `till ${tokenId}` : `waiter ${tokenOf}`)
}

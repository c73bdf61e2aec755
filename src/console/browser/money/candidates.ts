// Which open orders money that is on no bill may belong to, the likeliest first, with the reason in
// words.
import type { Static } from 'typebox'
import type { UnmatchedShape } from '../../../till/kit/unmatched-view.ts'
import type { FloorOrder } from '../floor/floor.ts'
import { formats } from '../session.ts'

export type UnmatchedPayment = Static<typeof UnmatchedShape>

export interface Candidate {
  id: string
  name: string
  why: string
}

const MOST = 4

/** What can go back of it, tip included; zero while nobody knows, or when nothing was taken. */
export function refundableOf(payment: UnmatchedPayment): number {
  const { status, amountMinor, tipsMinor = 0, refundedMinor, refund } = payment
  if (refund?.status === 'Pending') return refund.amountMinor
  const isTaken = status === 'Captured' || status === 'Authorized'
  return isTaken && amountMinor !== undefined ? amountMinor + tipsMinor - refundedMinor : 0
}

/** Only orders that owe as much; where the sum is unknown, nobody can say. */
export function candidatesFor(
  { amountMinor, orderId, namedOrder }: UnmatchedPayment,
  orders: readonly FloorOrder[],
): Candidate[] {
  if (amountMinor === undefined) return []
  const { money } = formats.value
  return orders
    .filter(({ id, balanceMinor }) => {
      if (balanceMinor < amountMinor) return false
      // At Dojo it is for this order, and a check would void it on any other.
      return namedOrder === undefined || id === orderId
    })
    .map(({ id, name, balanceMinor, billPrintedAt }) => {
      const isExact = balanceMinor === amountMinor
      const reasons = [
        ...(id === orderId ? ['Dojo names it'] : []),
        `owes ${isExact ? 'exactly ' : ''}${money(balanceMinor)}`,
        ...(billPrintedAt === undefined ? [] : ['its bill is printed']),
      ]
      const score = (id === orderId ? 4 : 0) + (isExact ? 2 : 0) + (billPrintedAt ? 1 : 0)
      return { id, name, why: `${reasons.join(', ')}.`, score }
    })
    .sort((a, b) => b.score - a.score)
    .slice(0, MOST)
}

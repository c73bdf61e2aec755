// What has become of a payment, in one word.
import { meansPaid } from './intent.ts'

export const paymentStates = [
  'Verified',
  'Waiting',
  'Unchecked',
  'Taken',
  'Refunded',
  'Void',
] as const
export type PaymentState = (typeof paymentStates)[number]

/** @param isChecking whether a check with Dojo waits */
export function stateOf({
  isVoid,
  goneBackMinor,
  isByDojo,
  dojoStatus,
  isChecking,
}: {
  isVoid: boolean
  goneBackMinor: number
  isByDojo: boolean
  dojoStatus: string | undefined
  isChecking: boolean
}): PaymentState {
  if (isVoid) return 'Void'
  if (goneBackMinor > 0) return 'Refunded'
  if (!isByDojo) return 'Taken'
  if (isChecking) return 'Waiting'
  return dojoStatus !== undefined && meansPaid(dojoStatus) ? 'Verified' : 'Unchecked'
}

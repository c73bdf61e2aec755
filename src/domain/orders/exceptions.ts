// Which kind of exception an entry of an order's history is, in the terms of a manager.

export const exceptionKinds = [
  'TakenOffAfterBill',
  'LineVoided',
  'Discount',
  'PaymentVoided',
  'Refund',
  'ForcedUnlock',
  'Cancelled',
  'Reopened',
  'TipAboveBill',
] as const
export type ExceptionKind = (typeof exceptionKinds)[number]

const KINDS: Readonly<Record<string, ExceptionKind>> = {
  LineVoided: 'LineVoided',
  DiscountAdded: 'Discount',
  PaymentVoided: 'PaymentVoided',
  PaymentRefunded: 'Refund',
  UnlockedByForce: 'ForcedUnlock',
  Canceled: 'Cancelled',
  Reopened: 'Reopened',
  TipAboveBill: 'TipAboveBill',
}

/** What takes something off a bill. */
const TAKES_OFF: ReadonlySet<string> = new Set([
  'LineVoided',
  'SplitOff',
  'MergedInto',
  'DiscountAdded',
  'ServiceChargeSet',
])

/**
 * Undefined for what is nobody's concern, such as lines that are split off before a bill was
 * printed.
 */
export function exceptionKind({
  action,
  changeMinor,
  isBillPrinted,
}: {
  action: string
  changeMinor: number | undefined
  /** Whether the bill was printed before it. */
  isBillPrinted: boolean
}): ExceptionKind | undefined {
  const lowers = changeMinor === undefined || changeMinor < 0
  if (isBillPrinted && TAKES_OFF.has(action) && lowers) return 'TakenOffAfterBill'
  return KINDS[action]
}

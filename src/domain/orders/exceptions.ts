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

/** The entries of a history that always take something off the bill. */
export const takesOffBill = ['LineVoided', 'SplitOff', 'MergedInto', 'DiscountAdded'] as const

/** Those that take something off the bill, or may. */
const TAKES_OFF: ReadonlySet<string> = new Set([...takesOffBill, 'ServiceChargeSet'])

/** A tip is a payment's; everything else is an entry of a history. */
export const exceptionalActions: readonly string[] = [
  ...new Set([...Object.keys(KINDS), ...TAKES_OFF]),
].filter((action) => action !== 'TipAboveBill')

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

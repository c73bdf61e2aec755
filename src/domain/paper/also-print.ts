// What a venue's bills say besides their sums. Whatever is left out, the bill still adds up.

export interface AlsoPrint {
  /** The taxes that the prices contain, by rate. Taxes on top are always printed. */
  taxes?: boolean | undefined
  /** Modifiers below their item; without them, the item's amount has theirs in it. */
  options?: boolean | undefined
  /** Each way it was paid, and the tips; without them, one sum. */
  payments?: boolean | undefined
  /** Items that cost nothing. */
  freeItems?: boolean | undefined
}

/** The names of the parts, for checks. */
export const alsoPrintParts = ['taxes', 'options', 'payments', 'freeItems'] as const

/** What is not said is printed. */
export function allPrinted(alsoPrint: AlsoPrint = {}): Record<keyof AlsoPrint, boolean> {
  const { taxes = true, options = true, payments = true, freeItems = true } = alsoPrint
  return { taxes, options, payments, freeItems }
}

// What Dojo's contract bounds: locks, pages, names and bills of orders.
export const orderLimits = {
  maxLockSeconds: 3_600,
  defaultPageRows: 50,
  maxPageRows: 100,
  maxDisplayNameCharacters: 24,

  // Bills
  maxBillLines: 60,
  maxSvgBytes: 64 * 1024,
  /** Deeper than drawing programs nest; the parser's time grows with the square of the depth. */
  maxSvgDepth: 64,
  maxBillTextCharacters: 500,
  /** The width of a card machine's paper, in ordinary letters. */
  billPaperColumns: 48,
  /** The capacity of the largest QR code at the error correction used here. */
  maxQrBytes: 2_331,
} as const

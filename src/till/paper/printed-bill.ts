// A bill for the venue's own tills, as a card machine's paper shows it: in letters, as a picture,
// or as a page.
import { drawHtml } from './printed-bill/html.ts'
import { type PrintableBill, rowsOf } from './printed-bill/rows.ts'
import { drawSvg } from './printed-bill/svg.ts'
import { drawText } from './printed-bill/text.ts'

export type { PrintableBill, PrintableLine } from './printed-bill/rows.ts'

/**
 * Plain text, limits.billPaperColumns wide; lines end in '\n', without spaces before it. A picture
 * shows as its place only, and a QR code too large for the paper as its address.
 */
export const printText = (bill: PrintableBill): string => drawText(rowsOf(bill))

/** One SVG document of the paper. */
export const printSvg = (bill: PrintableBill): string => drawSvg(rowsOf(bill))

/** One page, which is well-formed XML too. */
export const printHtml = (bill: PrintableBill): string => drawHtml(rowsOf(bill))

// A bill for the venue's own tills, laid out as on a card machine's paper: as plain text, as a
// picture, or as a page.
import { drawHtml } from './printed-bill/html.ts'
import { type PrintableBill, rowsOf } from './printed-bill/rows.ts'
import { drawSvg } from './printed-bill/svg.ts'
import { drawText } from './printed-bill/text.ts'

export type { PrintableBill, PrintableLine } from './printed-bill/rows.ts'

/**
 * Plain text, limits.billPaperColumns wide; lines end in '\n', without spaces before it. A picture
 * leaves only its name, and a QR code too large for the paper its address.
 */
export function printText(bill: PrintableBill): string {
  return drawText(rowsOf(bill))
}

/** One SVG document of the paper. */
export function printSvg(bill: PrintableBill): string {
  return drawSvg(rowsOf(bill))
}

/** One page, which is well-formed XML too. */
export function printHtml(bill: PrintableBill): string {
  return drawHtml(rowsOf(bill))
}

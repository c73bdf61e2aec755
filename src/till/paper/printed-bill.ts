// A bill for the venue's own tills, laid out as on a card machine's paper: as plain text, as a
// picture, or as a page.
import { drawHtml } from './printed-bill/html.ts'
import type { BillTemplateLine } from '../../domain/paper/bill.ts'
import { type PrintableBill, rowsOf, templateRows } from './printed-bill/rows.ts'
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

/** Lines without a bill, such as a card machine's receipt, in each of the three formats. */
export const printLines = {
  text: (lines: readonly BillTemplateLine[]) => drawText(lines.flatMap(templateRows)),
  svg: (lines: readonly BillTemplateLine[]) => drawSvg(lines.flatMap(templateRows)),
  html: (lines: readonly BillTemplateLine[]) => drawHtml(lines.flatMap(templateRows)),
}

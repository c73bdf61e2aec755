// Tables as comma-separated values (RFC 4180), for spreadsheets.

import { decimals } from '../../domain/money.ts'

/** A count, an amount, or nothing; text is what people typed, and is made harmless. */
export type Cell = string | number | { minor: number } | undefined

/** What a spreadsheet would take for a formula, and run. */
const FORMULA = /^[=+\-@\t\r]/

function field(cell: Cell): string {
  if (cell === undefined) return ''
  if (typeof cell === 'number') return String(cell)
  if (typeof cell === 'object') return decimals(cell.minor)
  const text = FORMULA.test(cell) ? `'${cell}` : cell
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

export const csvOf = (rows: readonly (readonly Cell[])[]): string =>
  rows.map((row) => `${row.map(field).join(',')}\r\n`).join('')

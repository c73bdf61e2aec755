// Tables as comma-separated values (RFC 4180) for spreadsheets. Text is typed by people, so no cell
// of it may start a formula when the file is opened.
import { stringify } from 'csv-stringify/sync'

/** Text is guarded against formulas; a number, also one written out as `-12.34`, is not. */
export type Cell = string | number | { number: string } | undefined

/** Begins with a byte order mark, without which Excel does not take it for UTF-8. */
export const csvOf = (rows: readonly (readonly Cell[])[]): string =>
  stringify(
    rows.map((row) => row.map(written)),
    // By itself, csv-stringify quotes no line break other than the record delimiter.
    { bom: true, record_delimiter: '\r\n', quoted_match: /[\r\n]/ },
  )

function written(cell: Cell): string {
  if (cell === undefined) return ''
  if (typeof cell === 'number') return String(cell)
  return typeof cell === 'object' ? cell.number : guarded(cell)
}

// The signs that start a formula, full-width ones included; a tab or a line break before them is
// skipped by some spreadsheets. Leading quotes count too, so that `unguarded` takes off only its
// own.
const FORMULA = /^'*[=+\-@\t\r\n＝＋－＠]/
const GUARDED = /^'+[=+\-@\t\r\n＝＋－＠]/

/** A leading quote tells a spreadsheet that the cell is text. */
const guarded = (text: string): string => (FORMULA.test(text) ? `'${text}` : text)

/** The text that a cell had before it was guarded. */
export const unguarded = (cell: string): string => (GUARDED.test(cell) ? cell.slice(1) : cell)

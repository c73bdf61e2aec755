// What a command prints: tables, labelled values, colours and progress.
import Table from 'cli-table3'
import type { Io } from './io.ts'

const CODES = { green: 32, red: 31, yellow: 33, blue: 34, dim: 2, bold: 1 } as const

export type Style = keyof typeof CODES

/** Colours the text where a terminal shows colours. */
export function paint({ stdout, env }: Io, style: Style, text: string): string {
  return stdout.isTTY === true && !env['NO_COLOR']
    ? `\u001b[${CODES[style]}m${text}\u001b[0m`
    : text
}

/** Control characters become spaces: names from elsewhere must not steer the terminal. */
export function plain(text: string): string {
  return text.replace(/\p{Cc}/gu, ' ')
}

/** Labels to the left, values in one column. */
export function details(rows: ReadonlyArray<readonly [label: string, value: string]>): string {
  const width = Math.max(...rows.map(([label]) => label.length))
  return rows.map(([label, value]) => `${label.padEnd(width)}  ${plain(value)}`).join('\n')
}

const NO_LINES = Object.fromEntries(
  ['top', 'bottom', 'left', 'right', 'mid'].flatMap((side) =>
    ['', '-mid', '-left', '-right'].map((part) => [`${side}${part}`, '']),
  ),
)
const GAP = '  '
const NARROWEST_COLUMN = 20

export interface TableOptions {
  /** Width of the terminal: the last column wraps to fit. */
  columns?: number | undefined
  /** Every column but the first is right-aligned. */
  areNumbers?: boolean
}

/** A table with its headers in capitals, without lines. */
export function table(
  headers: readonly string[],
  rows: ReadonlyArray<readonly string[]>,
  { columns, areNumbers = false }: TableOptions = {},
): string {
  const head = headers.map((header) => header.toUpperCase())
  const cells = rows.map((row) => row.map(plain))
  const made = new Table({
    head,
    chars: { ...NO_LINES, middle: GAP },
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
    colAligns: head.map((_, index) => (areNumbers && index > 0 ? 'right' : 'left')),
    ...wrapping([head, ...cells], columns),
  })
  made.push(...cells)
  return made
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
}

function wrapping(rows: readonly string[][], columns: number | undefined): object {
  if (columns === undefined) return {}
  const widths = rows[0]!.map((_, index) => Math.max(...rows.map((row) => row[index]!.length)))
  const before = widths.slice(0, -1).reduce((sum, width) => sum + width + GAP.length, 0)
  const last = Math.max(columns - before, NARROWEST_COLUMN)
  if (widths.at(-1)! <= last) return {}
  return { colWidths: [...widths.slice(0, -1), last], wordWrap: true }
}

export interface Progress {
  show: (done: number, total: number, doing: string) => void
  /** Prints a line that stays, above the progress. */
  print: (line: string) => void
  end: () => void
}

const BAR_COLUMNS = 24

/** A bar on a terminal; elsewhere only the lines that stay. */
export function createProgress({ stdout }: Io): Progress {
  let bar = ''
  const clear = (): void => {
    if (stdout.isTTY === true && bar !== '') stdout.write('\r\u001b[2K')
  }
  return {
    show: (done, total, doing) => {
      clear()
      const full = Math.floor((BAR_COLUMNS * done) / total)
      bar = `${'█'.repeat(full)}${'░'.repeat(BAR_COLUMNS - full)} ${done}/${total} ${doing}`
      if (stdout.isTTY === true) stdout.write(bar)
    },
    print: (line) => {
      clear()
      stdout.write(`${line}\n`)
      if (stdout.isTTY === true) stdout.write(bar)
    },
    end: () => {
      clear()
      bar = ''
    },
  }
}

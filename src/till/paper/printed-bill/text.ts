// Rows as plain text. Letters have one size and one weight here; lines break as they do on paper.
import { limits } from '../../../limits.ts'
import { widthOf } from './paper.ts'
import type { Align, LettersRow, QrRow, Row } from './rows.ts'

const COLUMNS = limits.billPaperColumns

export function drawText(rows: Row[]): string {
  return rows
    .flatMap(linesOf)
    .map((line) => `${line.trimEnd()}\n`)
    .join('')
}

function linesOf(row: Row): string[] {
  switch (row.kind) {
    case 'letters':
      return [lineOf(row)]
    case 'rule':
      return [(row.double ? '=' : '-').repeat(COLUMNS)]
    // Text shows only where it is.
    case 'picture':
      return [aligned(`(${row.name.toLowerCase()})`, row.align)]
    case 'qr':
      return qrLines(row)
  }
}

function lineOf({ text, amount, align }: LettersRow): string {
  return amount === ''
    ? aligned(text, align)
    : text + ' '.repeat(COLUMNS - widthOf(text) - widthOf(amount)) + amount
}

function aligned(text: string, align: Align): string {
  const free = COLUMNS - widthOf(text)
  const shares: Record<Align, number> = { Left: 0, Center: 0.5, Right: 1 }
  return ' '.repeat(Math.floor(free * shares[align])) + text
}

/** One letter shows two modules, one above the other: it is about twice as high as wide. */
const BLOCKS = { light: { light: ' ', dark: '▄' }, dark: { light: '▀', dark: '█' } } as const
const shadeOf = (dark = false): 'light' | 'dark' => (dark ? 'dark' : 'light')

/**
 * Dark modules are ink, as on paper. A screen with light letters shows the negative, which not
 * every phone reads.
 */
function qrLines({ modules, letters }: QrRow): string[] {
  if (modules.length > COLUMNS) return letters.map(lineOf)
  const pairs = modules.flatMap((upper, y) =>
    y % 2 === 0 ? [{ upper, lower: modules[y + 1] }] : [],
  )
  return pairs.map(({ upper, lower }) =>
    aligned(upper.map((dark, x) => BLOCKS[shadeOf(dark)][shadeOf(lower?.[x])]).join(''), 'Center'),
  )
}

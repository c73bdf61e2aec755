// How people and their spreadsheets divide cells and write numbers: by country, with currency signs
// and percent signs.
import { hundredthsOf } from '../../../domain/money.ts'

const DELIMITERS = [',', ';', '\t'] as const

export interface Layout {
  delimiter: string
  /** The line with the names of the columns, from 1: the second where the first is `sep=`. */
  headLine: number
}

/**
 * A first line such as `sep=;` names the separator. Without one, it is the separator that finds the
 * most names of columns.
 */
export function layoutOf(text: string, columns: readonly string[]): Layout {
  const start = text.replace(/^\uFEFF/, '')
  const [, named] = /^"?sep=([^\r\n"])"?[ ,;\t]*(?:\r\n|\r|\n|$)/i.exec(start) ?? []
  if (named !== undefined) return { delimiter: named, headLine: 2 }
  const [head = ''] = /^[^\r\n]+/m.exec(start) ?? []
  const namesBy = (delimiter: string): number =>
    head
      .split(delimiter)
      .map((name) => name.trim().replaceAll('"', '').toLowerCase())
      .filter((name) => columns.includes(name)).length
  const [first, ...others] = DELIMITERS
  const delimiter = others.reduce<string>(
    (best, each) => (namesBy(each) > namesBy(best) ? each : best),
    first,
  )
  return { delimiter, headLine: 1 }
}

const CURRENCY = /^(?:£|€|GBP|EUR)\s*|\s*(?:£|€|GBP|EUR)$/gi
/** `1,234.50`, `1.234,50`, `1 234,5`, `1'234`: groups of three, another sign before the rest. */
const GROUPED = /^(\d{1,3})([ .,'’\u00A0\u202F])(\d{3}(?:\2\d{3})*)(?:([.,])(\d{1,2}))?$/

/**
 * Hundredths of a number as people write it, such as `14.95`, `14,95`, `£14.95` and `-0,50 €`;
 * undefined where it is no number, or could be two: `1,234`.
 */
export function amountIn(cell: string): number | undefined {
  const unsigned = cell.replace(/^(£|€)?\s*[-\u2212]\s*/, '$1')
  const hundredths = unsignedIn(unsigned.replace(CURRENCY, ''))
  if (hundredths === undefined || unsigned === cell) return hundredths
  return hundredths === 0 ? 0 : -hundredths
}

function unsignedIn(text: string): number | undefined {
  const [, first = '', sign = '', rest = '', point, part = ''] = GROUPED.exec(text) ?? []
  if (first === '') return hundredthsOf(text.replace(',', '.'))
  const isClear = point === undefined ? !'.,'.includes(sign) : point !== sign
  if (!isClear) return undefined
  const whole = first + rest.replaceAll(sign, '')
  return hundredthsOf(part === '' ? whole : `${whole}.${part}`)
}

/** Hundredths of a percent of `20`, `20 %`, `12,5` and `0.5%`. */
export function percentageIn(cell: string): number | undefined {
  return hundredthsOf(cell.replace(/\s*%$/, '').replace(',', '.'))
}

/** Whether it is more likely a fraction, as spreadsheets keep percentages: 0.2 for 20 %. */
export function isFraction(cell: string): boolean {
  return /^0?[.,]\d*[1-9]\d*$/.test(cell)
}

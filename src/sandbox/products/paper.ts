// The paper of a card machine: columns of letters of one width, and what fits into them.
import type { Schemas } from '../../contract/capabilities.ts'

export const PAPER_COLUMNS = 48
/** Between a name and its amount. */
const GAP_COLUMNS = 2
/** Wider marks before a name (such as `+ 2 x `) and wider amounts get lines of their own. */
const MOST_MARK_COLUMNS = 16
const MOST_AMOUNT_COLUMNS = 24

/** The amount is at the right of the first line. A longer text continues in its own column. */
export function row(mark: string, text: string, amount = ''): string[] {
  if (widthOf(mark) > MOST_MARK_COLUMNS) return [...wrap(mark), ...row('', text, amount)]
  if (widthOf(amount) > MOST_AMOUNT_COLUMNS) {
    return [...row(mark, text), ...wrap(amount).map((line) => aligned(line, 'Right'))]
  }
  const columns =
    PAPER_COLUMNS - widthOf(mark) - (amount === '' ? 0 : GAP_COLUMNS + widthOf(amount))
  const [first = '', ...rest] = wrap(text, columns)
  const beginning = mark + first
  const space = ' '.repeat(PAPER_COLUMNS - widthOf(beginning) - widthOf(amount))
  return [beginning + space + amount, ...rest.map((line) => ' '.repeat(widthOf(mark)) + line)]
}

export function aligned(line: string, align: Schemas['Align'] = 'Left'): string {
  const free = PAPER_COLUMNS - widthOf(line)
  const margin = { Left: 0, Center: Math.floor(free / 2), Right: free }[align]
  return ' '.repeat(margin) + line
}

/**
 * Breaks between words, and within a word that is wider than the column. A text that fits keeps its
 * spaces.
 */
export function wrap(text: string, columns = PAPER_COLUMNS): string[] {
  const whole = printable(text)
  if (widthOf(whole) <= columns) return [whole]
  return filled(
    whole.split(/ +/).flatMap((word) => brokenWord(word, columns)),
    ' ',
    columns,
  )
}

function brokenWord(word: string, columns: number): string[] {
  if (widthOf(word) <= columns) return [word]
  // In some scripts a cluster has no longest length; one wider than the column breaks like a word.
  return filled(
    graphemesOf(word).flatMap((cluster) =>
      widthOf(cluster) <= columns ? [cluster] : [...cluster],
    ),
    '',
    columns,
  )
}

/** Puts as many parts on each line as fit. */
function filled(parts: readonly string[], separator: string, columns: number): string[] {
  const lines: string[] = []
  let lineWidth = Infinity
  for (const part of parts) {
    const partWidth = widthOf(part)
    const goesOn = lineWidth + separator.length + partWidth <= columns
    if (goesOn) lines.push(lines.pop()! + separator + part)
    else lines.push(part)
    lineWidth = goesOn ? lineWidth + separator.length + partWidth : partWidth
  }
  return lines
}

/** Line ends and tabs separate words. */
const WHITE_CONTROLS = /[\t-\r\u0085\u2028\u2029]+/g
/**
 * Controls, lone surrogates, and invisible characters such as changes of direction, but not those
 * that join emoji and letters.
 */
const UNPRINTABLE = /[[\p{Cc}\p{Cs}\p{Cf}]--[\u200C-\u200D\u{E0020}-\u{E007F}]]/gv

/** Every text of a bill passes through here before it is measured. */
export function printable(text: string): string {
  return text.replace(WHITE_CONTROLS, ' ').replace(UNPRINTABLE, '').trim()
}

const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' })
export function graphemesOf(text: string): string[] {
  return Array.from(segmenter.segment(text), ({ segment }) => segment)
}

const EMOJI = /\p{Emoji_Presentation}|\p{Emoji}\uFE0F/u
/** Marks and joiners without a width of their own, and the ends of Korean syllables. */
const NO_COLUMN = /[\p{Mn}\p{Me}\p{Cf}\u1160-\u11FF\uD7B0-\uD7FF]/u
/** Wide letters of East Asia. Where terminals disagree about a width, the wider one counts here. */
const TWO_COLUMNS = new RegExp(
  String.raw`[\u1100-\u115F\u2329\u232A\u2E80-\uA4CF\uA960-\uA97F\uAC00-\uD7A3\uF900-\uFAFF` +
    String.raw`\uFE10-\uFE19\uFE30-\uFE6F\uFF01-\uFF60\uFFE0-\uFFE6\u{16FE0}-\u{18DFF}` +
    String.raw`\u{1AFF0}-\u{1B2FF}\u{1D300}-\u{1D37F}\u{1F000}-\u{1FAFF}\u{20000}-\u{3FFFD}]`,
  'u',
)

/** The columns that a text takes. An emoji takes two, however many characters it has. */
export function widthOf(text: string): number {
  // Most texts are plain ASCII, and segmenting is slow.
  if (/^[ -~]*$/.test(text)) return text.length
  let width = 0
  for (const cluster of graphemesOf(text)) {
    if (EMOJI.test(cluster)) width += 2
    else {
      for (const character of cluster) width += columnsOf(character)
    }
  }
  return width
}

function columnsOf(character: string): number {
  if (NO_COLUMN.test(character)) return 0
  return TWO_COLUMNS.test(character) ? 2 : 1
}

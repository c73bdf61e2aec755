// Text on paper of fixed columns: which characters may be printed, how wide they are, and where a
// line breaks.
import { limits } from '../../../limits.ts'

/** Ends of lines, tabs and every other space of Unicode that takes room. */
const WHITE = /\r\n|[[\s\u0085]--\uFEFF]/gv
/**
 * Controls (ESC among them, which moves a printer's head), what is invisible or turns the direction
 * of letters, halves of surrogate pairs, and what is no character at all; XML allows none of these.
 * The two joiners are looked at by themselves.
 */
const UNPRINTABLE = /[[\p{Cc}\p{Cf}\p{Cs}\p{Noncharacter_Code_Point}]--[\u200C\u200D]]/gv
/**
 * What joins emoji and colours them. Paper has one colour, and not every printer joins: emoji are
 * printed one by one, so that their width is known.
 */
const EMOJI_TIES = new RegExp(
  [
    String.raw`(?<![\p{L}\p{M}])[\u200C\u200D]`,
    String.raw`[\u200C\u200D](?![\p{L}\p{M}])`,
    String.raw`\uFE0E|\uFE0F|\p{Emoji_Modifier}`,
  ].join('|'),
  'gu',
)
/** Marks above and below a letter, and the joiners that some scripts need: they take no column. */
const MARK = String.raw`[\p{Mn}\p{Me}\u200C\u200D]`
/** No language needs more on one letter, but enough of them cover the lines around it. */
const MOST_MARKS = 4
const MARKS_TOO_MANY = new RegExp(`(?<=${MARK}{${MOST_MARKS}})${MARK}+`, 'gu')
const MARKS_ON_NOTHING = new RegExp(`(?<=^| )${MARK}+`, 'gu')

/** Every text passes through here before anything else. An end of line becomes a space. */
export function printable(text: string): string {
  const letters = text
    .replace(WHITE, ' ')
    .replace(UNPRINTABLE, '')
    .replace(EMOJI_TIES, '')
    .normalize('NFC')
  return letters.replace(MARKS_ON_NOTHING, '').replace(MARKS_TOO_MANY, '').trim()
}

const IS_MARK = new RegExp(`^${MARK}$`, 'u')
/**
 * Characters that Unicode's East Asian Width calls wide or fullwidth. Blocks are taken whole, since
 * a line must not become wider where programs disagree. The letters that flags are made of come in
 * pairs and share two columns.
 */
const WIDE = [
  String.raw`\p{Emoji_Presentation}\u1100-\u115F\u2329\u232A\u2E80-\uA4CF\uA960-\uA97F`,
  String.raw`\uAC00-\uD7A3\uF900-\uFAFF\uFE10-\uFE19\uFE30-\uFE6F\uFF01-\uFF60\uFFE0-\uFFE6`,
  String.raw`\u{16FE0}-\u{18DFF}\u{1AFF0}-\u{1B2FF}\u{1D300}-\u{1D37F}\u{1F200}-\u{1F2FF}`,
  String.raw`\u{20000}-\u{3FFFD}`,
].join('')
const IS_WIDE = new RegExp(String.raw`^[[${WIDE}]--\p{Regional_Indicator}]$`, 'v')

/** The columns of a printable text. */
export function widthOf(text: string): number {
  // Most texts are plain; splitting one into characters is slow.
  if (/^[ -~]*$/.test(text)) return text.length
  let columns = 0
  for (const character of text) columns += columnsOfCharacter(character)
  return columns
}

function columnsOfCharacter(character: string): number {
  if (IS_MARK.test(character)) return 0
  return IS_WIDE.test(character) ? 2 : 1
}

/** A letter with its marks, which stay together. */
const LETTERS = new RegExp(`(?!${MARK}).${MARK}*|${MARK}+`, 'gsu')

/**
 * A printable text in lines, broken between words, and within a word that is wider than a line.
 * Spaces between words that stay on a line are kept. An empty text is one empty line.
 * @param columns of the first line, at least three
 * @param hanging how much shorter the further lines are, which begin with so many spaces
 */
export function wrap(text: string, columns: number, hanging = 0): string[] {
  const lines: string[] = []
  let line = ''
  for (const [, gap, word] of text.matchAll(/( *)([^ ]+)/g)) {
    const room = columns - (lines.length === 0 ? 0 : hanging)
    if (line !== '' && widthOf(line) + gap!.length + widthOf(word!) <= room) {
      line += gap! + word!
      continue
    }
    if (line !== '') lines.push(line)
    const pieces = broken(
      word!,
      lines.length === 0 ? columns : columns - hanging,
      columns - hanging,
    )
    line = pieces.pop()!
    lines.push(...pieces)
  }
  lines.push(line)
  return lines.map((each, index) => (index === 0 ? each : ' '.repeat(hanging) + each))
}

function broken(word: string, firstColumns: number, columns: number): string[] {
  if (widthOf(word) <= firstColumns) return [word]
  const pieces: string[] = []
  let piece = ''
  let width = 0
  for (const [letter] of word.matchAll(LETTERS)) {
    const letterWidth = widthOf(letter)
    if (width + letterWidth > (pieces.length === 0 ? firstColumns : columns)) {
      pieces.push(piece)
      piece = ''
      width = 0
    }
    piece += letter
    width += letterWidth
  }
  return [...pieces, piece]
}

export type Size = 'Body' | 'Header1' | 'Header2'

/** How much larger than ordinary letters. */
export const SCALES: Readonly<Record<Size, number>> = { Body: 1, Header2: 1.5, Header1: 2 }

/** How many letters of the size go on a line. */
export function columnsOf(size: Size): number {
  return Math.floor(limits.billPaperColumns / SCALES[size])
}

// Rows as one SVG of the paper. It fetches nothing and nothing in it runs.
import { limits } from '../../../limits.ts'
import {
  COLUMN_PX,
  escaped,
  FONT_PX,
  FONTS,
  LINE_PX,
  pictureSize,
  qrModulePx,
  qrPath,
} from './drawing.ts'
import { SCALES, widthOf } from './paper.ts'
import type { Align, LettersRow, PictureRow, QrRow, Row, RuleRow } from './rows.ts'

const MARGIN_PX = 24
const PAPER_PX = limits.billPaperColumns * COLUMN_PX
const WIDTH_PX = PAPER_PX + 2 * MARGIN_PX

/** The drawing of a row whose top is at y, and the height that it takes. */
interface Drawn {
  heightPx: number
  at: (y: number) => string
}

export function drawSvg(rows: Row[]): string {
  let y = MARGIN_PX
  const elements: string[] = []
  for (const { heightPx, at } of rows.map(drawn)) {
    elements.push(at(y))
    y += heightPx
  }
  const height = y + MARGIN_PX
  const attributes = [
    `xmlns="http://www.w3.org/2000/svg" width="${WIDTH_PX}" height="${height}"`,
    `viewBox="0 0 ${WIDTH_PX} ${height}" font-family="${escaped(FONTS)}" xml:space="preserve"`,
  ].join(' ')
  return `<svg ${attributes}>
<title>Bill</title>
<rect width="${WIDTH_PX}" height="${height}" fill="#fff"/>
${elements.filter((element) => element !== '').join('\n')}
</svg>
`
}

function drawn(row: Row): Drawn {
  switch (row.kind) {
    case 'letters':
      return drawnLetters(row)
    case 'rule':
      return drawnRule(row)
    case 'picture':
      return drawnPicture(row)
    case 'qr':
      return drawnQr(row)
  }
}

/** Where something of a width begins. */
function leftOf(widthPx: number, align: Align): number {
  const free = PAPER_PX - widthPx
  const shares: Record<Align, number> = { Left: 0, Center: 0.5, Right: 1 }
  return MARGIN_PX + free * shares[align]
}

function drawnLetters({ text, amount, align, size, bold }: LettersRow): Drawn {
  const scale = SCALES[size]
  const piece = (words: string, where: Align, y: number): string => {
    const shown = words.trimStart()
    const widthPx = widthOf(shown) * COLUMN_PX * scale
    if (widthPx === 0) return ''
    const fontPx = FONT_PX * scale
    // Spaces that a line begins with are given as a place: browsers drop them.
    const indentPx = (words.length - shown.length) * COLUMN_PX * scale
    const x = leftOf(widthPx + indentPx, where) + indentPx
    // The width is given, since no two fonts have the same and few have all letters.
    const attributes = [
      `x="${x}" y="${y + fontPx}" font-size="${fontPx}"`,
      ...(bold ? ['font-weight="bold"'] : []),
      `textLength="${widthPx}" lengthAdjust="spacingAndGlyphs"`,
    ].join(' ')
    return `<text ${attributes}>${escaped(shown)}</text>`
  }
  return { heightPx: LINE_PX * scale, at: (y) => piece(text, align, y) + piece(amount, 'Right', y) }
}

function drawnRule({ double }: RuleRow): Drawn {
  const line = (y: number): string => `M${MARGIN_PX} ${y}h${PAPER_PX}`
  const middle = LINE_PX / 2
  return {
    heightPx: LINE_PX,
    at: (y) => {
      const offsets = double ? [middle - 2, middle + 2] : [middle]
      return `<path d="${offsets.map((offset) => line(y + offset)).join('')}" stroke="#000"/>`
    },
  }
}

function drawnPicture({ name, picture, align }: PictureRow): Drawn {
  const { width, height } = pictureSize(picture)
  return {
    heightPx: height + LINE_PX / 2,
    at: (y) =>
      `<image x="${leftOf(width, align)}" y="${y}" width="${width}" height="${height}" ` +
      `aria-label="${name}" href="${picture.address}"/>`,
  }
}

function drawnQr({ address, modules }: QrRow): Drawn {
  const modulePx = qrModulePx(modules)
  const widthPx = modules.length * modulePx
  return {
    heightPx: widthPx,
    at: (y) =>
      `<path transform="translate(${leftOf(widthPx, 'Center')} ${y}) scale(${modulePx})" ` +
      `shape-rendering="crispEdges" aria-label="${escaped(address)}" d="${qrPath(modules)}"/>`,
  }
}

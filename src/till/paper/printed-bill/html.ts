// Rows as one page that fetches nothing, runs nothing and can be printed. Its markup is XML as
// well.
import { createHash } from 'node:crypto'
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
import { SCALES, type Size } from './paper.ts'
import type { LettersRow, PictureRow, QrRow, Row } from './rows.ts'

const COLUMNS = limits.billPaperColumns
/** The printed width of the usual roll of 80 mm. */
const ROLL_MM = 72

const sizeRule = (size: Size): string => `.${size.toLowerCase()} { font-size: ${SCALES[size]}em }`

/**
 * On paper the letters are as large as lets the columns fill the roll. One pixel more keeps
 * rounding from breaking a line.
 */
const STYLE = `
body { margin: 0; background: #e8e8e8; color: #000 }
main { width: calc(${COLUMNS}ch + 1px); margin: 24px auto; padding: 24px; background: #fff }
main { font: ${FONT_PX}px/${LINE_PX / FONT_PX} ${FONTS} }
p { display: flex; gap: 2ch; min-height: ${LINE_PX / FONT_PX}em; margin: 0; break-inside: avoid }
p { white-space: pre-wrap; overflow-wrap: anywhere }
.text { flex: 1; min-width: 0 }
.amount { white-space: pre }
.center { justify-content: center; text-align: center }
.right { justify-content: flex-end; text-align: right }
.bold { font-weight: bold }
${sizeRule('Header2')}
${sizeRule('Header1')}
hr { margin: .6em 0; border: 0; border-top: 1px solid #000 }
.double { border-top: 4px double #000 }
img, svg { max-width: 100%; height: auto; margin-bottom: .6em }
@media print {
body { background: none }
main { margin: 0; padding: 0; font-size: ${ROLL_MM / ((COLUMNS * COLUMN_PX) / FONT_PX)}mm }
}
@page { margin: 4mm }
`

/** Only the style above and pictures that the page carries itself. */
const POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
].join('; ')

export function drawHtml(rows: Row[]): string {
  return `<!DOCTYPE html>
<html lang="en" xmlns="http://www.w3.org/1999/xhtml">
<head>
<meta charset="utf-8"/>
<meta http-equiv="Content-Security-Policy" content="${escaped(POLICY)}"/>
<meta name="viewport" content="width=device-width"/>
<title>Bill</title>
<style>${STYLE}</style>
</head>
<body>
<main>
${rows.map(elementOf).join('\n')}
</main>
</body>
</html>
`
}

function elementOf(row: Row): string {
  switch (row.kind) {
    case 'letters':
      return lettersElement(row)
    case 'rule':
      return row.double ? '<hr class="double"/>' : '<hr/>'
    case 'picture':
      return pictureElement(row)
    case 'qr':
      return qrElement(row)
  }
}

const classOf = (...names: string[]): string => names.join(' ').toLowerCase()

/** Text and amount are separate boxes, so that letters from right to left move nothing else. */
function lettersElement({ text, amount, align, size, bold }: LettersRow): string {
  const amountElement = amount === '' ? '' : `<span class="amount">${escaped(amount)}</span>`
  const names = classOf(size, align, ...(bold ? ['bold'] : []))
  return `<p class="${names}"><span class="text">${escaped(text)}</span>${amountElement}</p>`
}

function pictureElement({ name, picture, align }: PictureRow): string {
  const { width, height } = pictureSize(picture)
  const attributes = `alt="${name}" width="${width}" height="${height}" src="${picture.address}"`
  return `<p class="${classOf(align)}"><img ${attributes}/></p>`
}

function qrElement({ address, modules }: QrRow): string {
  const wide = modules.length
  const widthPx = wide * qrModulePx(modules)
  const attributes = [
    'xmlns="http://www.w3.org/2000/svg" role="img"',
    `aria-label="${escaped(address)}" width="${widthPx}" height="${widthPx}"`,
    `viewBox="0 0 ${wide} ${wide}" shape-rendering="crispEdges"`,
  ].join(' ')
  return `<p class="center"><svg ${attributes}><path d="${qrPath(modules)}"/></svg></p>`
}

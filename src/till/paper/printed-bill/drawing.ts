// What both drawn formats measure and write alike. Lengths are CSS pixels.
import type { Picture } from './picture.ts'

export const COLUMN_PX = 9
export const LINE_PX = 20
/** Monospaced letters are three fifths as wide as they are high. */
export const FONT_PX = 15
export const FONTS = "'DejaVu Sans Mono', Menlo, Consolas, 'Liberation Mono', monospace"

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Safe as the text of an element and within the quotes of an attribute, in XML and in HTML. */
export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character]!)
}

const MOST_PICTURE_WIDTH_PX = 24 * COLUMN_PX
const MOST_PICTURE_HEIGHT_PX = 8 * LINE_PX

/** As large as there is room for a picture. */
export function pictureSize({ ratio }: Picture): { width: number; height: number } {
  const width = Math.min(MOST_PICTURE_WIDTH_PX, MOST_PICTURE_HEIGHT_PX * ratio)
  return { width: Math.max(1, Math.round(width)), height: Math.max(1, Math.round(width / ratio)) }
}

const QR_PX = 24 * COLUMN_PX
const LEAST_MODULE_PX = 2
const MOST_MODULE_PX = 6

/** Whole pixels, so that all modules are of one size. */
export function qrModulePx(modules: boolean[][]): number {
  return Math.min(MOST_MODULE_PX, Math.max(LEAST_MODULE_PX, Math.floor(QR_PX / modules.length)))
}

/** The path of the dark modules, one unit each. */
export function qrPath(modules: boolean[][]): string {
  return modules
    .map((row, y) => {
      const dark = row.map((module) => (module ? '1' : '0')).join('')
      return [...dark.matchAll(/1+/g)]
        .map(({ index, 0: { length } }) => `M${index} ${y}h${length}v1h-${length}z`)
        .join('')
    })
    .join('')
}

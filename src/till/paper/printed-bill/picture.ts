// A picture of a bill's template, made ready to be shown as an image of its own. As an image
// nothing in it runs or is fetched, and none of its names and styles meet those of the page around
// it.
import { SaxesParser, type SaxesAttributeNS } from 'saxes'

export interface Picture {
  /** A data: address. */
  address: string
  /** Width by height. */
  ratio: number
}

const SVG = 'http://www.w3.org/2000/svg'

/** @param svg has passed checkSvg of the domain */
export function pictureOf(svg: string): Picture {
  const attributes = rootAttributesOf(svg)
  // Within HTML an svg needs no namespace, but as an image it does. The first one is the root: a
  // comment has no "<".
  const whole =
    attributes['xmlns'] === undefined && svg.includes('<svg')
      ? svg.replace('<svg', `<svg xmlns="${SVG}"`)
      : svg
  return {
    address: `data:image/svg+xml;base64,${Buffer.from(whole).toString('base64')}`,
    ratio: ratioOf(attributes),
  }
}

type Attributes = Readonly<Record<string, SaxesAttributeNS>>

function rootAttributesOf(svg: string): Attributes {
  let attributes: Attributes | undefined
  const parser = new SaxesParser({ xmlns: true })
  // What is not well-formed shows nothing, in whatever shape.
  parser.on('error', () => {})
  parser.on('opentag', (tag) => {
    attributes ??= tag.attributes
  })
  parser.write(svg).close()
  return attributes ?? {}
}

/** A picture that does not say its shape is as wide as high. */
function ratioOf({ width, height, viewBox }: Attributes): number {
  const [, , boxWidth, boxHeight] =
    viewBox?.value
      .trim()
      .split(/[\s,]+/)
      .map(Number) ?? []
  for (const [wide, high] of [
    [lengthOf(width), lengthOf(height)],
    [boxWidth, boxHeight],
  ]) {
    if (wide !== undefined && high !== undefined && wide > 0 && high > 0) return wide / high
  }
  return 1
}

/** In pixels. A share of what is around the picture says nothing of its shape. */
function lengthOf(attribute: SaxesAttributeNS | undefined): number | undefined {
  const number = /^\s*(\d+|\d*\.\d+)(?:px)?\s*$/.exec(attribute?.value ?? '')?.[1]
  return number === undefined ? undefined : Number(number)
}

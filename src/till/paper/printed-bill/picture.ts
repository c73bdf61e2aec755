// A picture of a bill's template, as an image of its own. In an image nothing runs and nothing is
// fetched, and its names and styles do not meet those of the page around it.
import { SaxesParser, type SaxesAttributeNS } from 'saxes'

export interface Picture {
  /** A data: address. */
  address: string
  /** Width by height. */
  ratio: number
}

const SVG = 'http://www.w3.org/2000/svg'

/** @param svg has passed the domain's checkSvg */
export function pictureOf(svg: string): Picture {
  const attributes = rootAttributesOf(svg)
  // Inside HTML an svg needs no namespace, as an image it does. The first one is the root: a
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
  // An SVG that is not well-formed shows nothing anyway.
  parser.on('error', () => {})
  parser.on('opentag', (tag) => {
    attributes ??= tag.attributes
  })
  parser.write(svg).close()
  return attributes ?? {}
}

/** A picture without a shape is as wide as high. */
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

/** In pixels. A percentage says nothing of the shape. */
function lengthOf(attribute: SaxesAttributeNS | undefined): number | undefined {
  const number = /^\s*(\d+|\d*\.\d+)(?:px)?\s*$/.exec(attribute?.value ?? '')?.[1]
  return number === undefined ? undefined : Number(number)
}

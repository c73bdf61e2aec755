// What an SVG on a bill may contain. It goes to printers, screens and web pages that this server
// does not know, so it may only draw: it runs nothing and fetches nothing.
import { SaxesParser, type SaxesTagNS } from 'saxes'
import { limits } from '../../limits.ts'
import { invalidField } from '../errors.ts'

const SVG = 'http://www.w3.org/2000/svg'
const XHTML = 'http://www.w3.org/1999/xhtml'
const FORBIDDEN_ELEMENTS = [
  'script',
  'foreignobject',
  'iframe',
  'object',
  'embed',
  'set',
  'handler',
]

/**
 * @param field names the SVG in the refusal, as `header[0].logo.svgImage`
 * @throws Refusal InvalidRequest: larger than limits.maxSvgBytes in UTF-8, not well-formed XML with
 *   the root svg, or with something in it that runs or that is fetched
 */
export function checkSvg(svg: string, field: string): void {
  const refuse = (what: string): never => {
    throw invalidField(field, `The field ${field} ${what}.`)
  }
  const bytes = Buffer.byteLength(svg)
  if (bytes > limits.maxSvgBytes) {
    refuse(`has ${bytes} bytes, but an SVG may have ${limits.maxSvgBytes} at most`)
  }
  if (!svg.isWellFormed()) refuse('is not well-formed XML: it contains half of a surrogate pair')
  parse(svg, refuse)
}

function parse(svg: string, refuse: (what: string) => never): void {
  let depth = 0
  let style: string | undefined
  const addText = (text: string): void => {
    if (style !== undefined) style += text
  }
  // HTML does not skip comments and CDATA sections exactly where XML does.
  const checkSkipped = (text: string): void => {
    if (text.includes('<')) refuse('has a "<" within a comment or a CDATA section')
  }

  const parser = new SaxesParser({ xmlns: true })
  parser.on('error', ({ message }) =>
    refuse(`is not well-formed XML: ${message.replace(/\.$/, '')}`),
  )
  parser.on('xmldecl', ({ encoding = 'UTF-8' }) => {
    // The bytes that are sent are UTF-8 whatever the declaration says; read otherwise, they can
    // mean something else.
    if (encoding.toUpperCase() !== 'UTF-8') {
      refuse(`declares the encoding ${encoding}, but it is sent as UTF-8`)
    }
  })
  parser.on('doctype', () => refuse('has a DOCTYPE, which is not allowed in the SVG of a bill'))
  parser.on('processinginstruction', ({ target }) =>
    refuse(`has the processing instruction ${target}, which is not allowed in the SVG of a bill`),
  )
  parser.on('opentag', (tag) => {
    if (++depth > limits.maxSvgDepth) refuse(`nests deeper than ${limits.maxSvgDepth} elements`)
    if (depth === 1 && (tag.local !== 'svg' || !['', SVG].includes(tag.uri))) {
      refuse(`has the root ${tag.name}, which is not an svg of ${SVG}`)
    }
    // A style sheet is the text between its children put together, which would hide what it says.
    if (style !== undefined) refuse(`has the element ${tag.name} within a style`)
    const fault = faultOfElement(tag)
    if (fault !== undefined) refuse(fault)
    if (tag.local.toLowerCase() === 'style') style = ''
  })
  parser.on('text', addText)
  parser.on('cdata', (text) => {
    checkSkipped(text)
    addText(text)
  })
  parser.on('comment', checkSkipped)
  parser.on('closetag', () => {
    depth--
    const fault = style === undefined ? undefined : faultOfCss(style)
    if (fault !== undefined) refuse(`has a style that ${fault}`)
    style = undefined
  })
  parser.write(svg).close()
}

// Without prefix and case: not every program that reads an SVG minds them.
function faultOfElement(tag: SaxesTagNS): string | undefined {
  const element = tag.local.toLowerCase()
  if (FORBIDDEN_ELEMENTS.includes(element) || element.startsWith('animate') || tag.uri === XHTML) {
    return `has the element ${tag.name}, which is not allowed in the SVG of a bill`
  }
  for (const { name, prefix, local, value } of Object.values(tag.attributes)) {
    const attribute = local.toLowerCase()
    if (attribute.startsWith('on')) {
      return `has the attribute ${name}, which is not allowed in the SVG of a bill`
    }
    // It would turn each #fragment into an address elsewhere.
    if (prefix === 'xml' && attribute === 'base') {
      return `has the attribute ${name}, which is not allowed in the SVG of a bill`
    }
    if ((attribute === 'href' || attribute === 'src') && !isContained(value)) {
      return (
        `has the attribute ${name} with another value than a #fragment ` +
        'or a PNG or JPEG in base64'
      )
    }
    if (saysJavascript(value)) return `has the attribute ${name} with a javascript: address`
    const fault = faultOfCss(value)
    if (fault !== undefined) return `has the attribute ${name}, which ${fault}`
  }
  return undefined
}

const isContained = (address: string): boolean =>
  /^(?:#\S+|data:image\/(?:png|jpeg);base64,[a-z0-9+/=\s]+)$/i.test(address)

/** Browsers take no notice of white space and control characters in the name of a scheme. */
const saysJavascript = (value: string): boolean =>
  [...value]
    .filter((character) => character > ' ')
    .join('')
    .toLowerCase()
    .includes('javascript:')

/** The names of functions that fetch an image, image-set() with its prefixes included. */
const FETCH = /(?:url|src|image|image-set)\(/gi
/** Spelled without escapes, so that it means what it says. */
const FRAGMENT = /url\([ \t\r\n\f]*(["']?)#[^"'()\\\s]+\1[ \t\r\n\f]*\)/gi

function faultOfCss(css: string): string | undefined {
  const read = unescapeCss(css)
  if (/@import/i.test(read)) return 'has an @import'
  if (count(read, FETCH) !== count(css, FRAGMENT)) {
    return 'refers to something else than url(#fragment)'
  }
  return undefined
}

const count = (text: string, pattern: RegExp): number => text.match(pattern)?.length ?? 0

/**
 * Escapes can spell every name in CSS another way: `\75 rl(` is `url(`. Only ASCII is of interest
 * here.
 */
function unescapeCss(css: string): string {
  return css.replace(
    /\\(?:([0-9a-f]{1,6})(?:\r\n|\s)?|([^]))/gi,
    (_, hex: string | undefined, character: string) => {
      if (hex === undefined) return character
      const code = parseInt(hex, 16)
      return code < 128 ? String.fromCharCode(code) : '\ufffd'
    },
  )
}

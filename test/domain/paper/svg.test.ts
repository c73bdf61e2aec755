import fc from 'fast-check'
import t from 'tap'
import { Refusal } from '../../../src/domain/errors.ts'
import { checkSvg } from '../../../src/domain/paper/svg.ts'
import { limits } from '../../../src/limits.ts'
import { cpuMs } from '../../support/cpu.ts'

const XMLNS = 'xmlns="http://www.w3.org/2000/svg"'
const around = (content: string): string =>
  `<svg ${XMLNS} xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:x="urn:x">${content}</svg>`
const nested = (depth: number): string => '<g>'.repeat(depth) + '</g>'.repeat(depth)

const good: Record<string, string> = {
  'an empty drawing': `<svg ${XMLNS}/>`,
  'no namespace': '<svg viewBox="0 0 8 8"><path d="M0 0h8v8z"/></svg>',
  'a prefix for the namespace':
    '<s:svg xmlns:s="http://www.w3.org/2000/svg"><s:rect width="1" height="1"/></s:svg>',
  'an xml declaration': `<?xml version="1.0" encoding="utf-8" standalone="no"?>\n<svg ${XMLNS}/>`,
  'a byte order mark': `\ufeff<svg ${XMLNS}/>`,
  'text with entities': around('<text>Fish &amp; Chips &#163;9</text>'),
  'a comment': around('<!-- Drawn by hand, 1 > 0 -->'),
  'a fragment': around(
    '<defs><path id="p" d="M0 0"/></defs><use href="#p"/><use xlink:href="#p"/>',
  ),
  'a PNG': around('<image href="data:image/png;base64,iVBORw0KGgo="/>'),
  'a JPEG over two lines': around(
    '<image xlink:href="data:image/jpeg;base64,/9j/4AAQ\nSkZJRg=="/>',
  ),
  'url() of a fragment': around(
    '<rect fill="url(#g)" mask="url( \'#m\' )" ' +
      'style="clip-path: url(&quot;#c&quot;); filter: URL(#f)"/>',
  ),
  'a style of fragments': around('<style>.a { fill: url(#g) } .b { stroke: #fff }</style>'),
  'a style in CDATA': around(
    '<style type="text/css"><![CDATA[.a > .b { fill: url(#g) }]]></style>',
  ),
  'an escape in CSS': around('<style>.a\\:b { content: "\\2014 " }</style>'),
  'two styles': around('<style>.a { fill: red }</style><style/>'),
  'elements of other namespaces': around('<x:named x:opacity="1"/>'),
  'names that only begin alike': around('<settings/><x:subset/><x:scripts/>'),
  'as deep as is allowed': around(nested(63)),
  'as large as is allowed': `<svg>${'a'.repeat(limits.maxSvgBytes - 11)}</svg>`,
}

t.test('drawings that are good', async (t) => {
  for (const [name, svg] of Object.entries(good)) t.doesNotThrow(() => checkSvg(svg, 'logo'), name)
})

const bad: Record<string, [svg: string, message: RegExp]> = {
  'a byte too large': [
    `<svg>${'a'.repeat(limits.maxSvgBytes - 10)}</svg>`,
    /has 65537 bytes, but an SVG may have 65536 at most/,
  ],
  'too large in UTF-8 only': [
    `<svg>${'é'.repeat(limits.maxSvgBytes / 2)}</svg>`,
    /has 65547 bytes/,
  ],
  'too deep': [around(nested(64)), /nests deeper than 64 elements/],
  'thousands of open elements': [
    '<g>'.repeat(21_845).replace('g', 'svg').slice(0, 65_535),
    /nests deeper than 64 elements/,
  ],

  nothing: ['', /is not well-formed XML/],
  'no markup': ['a picture', /is not well-formed XML/],
  'not closed': [`<svg ${XMLNS}>`, /is not well-formed XML: .*unclosed tag: svg\.$/],
  'wrongly closed': [around('<g><a></g></a>'), /is not well-formed XML/],
  'an attribute twice': [around('<g id="a" id="b"/>'), /is not well-formed XML/],
  'an attribute without quotes': [around('<g id=a/>'), /is not well-formed XML/],
  'a prefix that is not declared': [
    around('<y:g/>'),
    /is not well-formed XML: .*unbound namespace prefix/,
  ],
  'an entity that is not declared': [
    around('&nbsp;'),
    /is not well-formed XML: .*undefined entity/,
  ],
  'two roots': ['<svg/><svg/>', /is not well-formed XML/],
  'U+0000': [around('\0'), /is not well-formed XML/],
  'half of a surrogate pair': [
    around('\ud800'),
    /is not well-formed XML: it contains half of a surrogate pair/,
  ],
  'a late xml declaration': ['\n<?xml version="1.0"?><svg/>', /is not well-formed XML/],

  'another root': ['<html/>', /has the root html/],
  'svg further down': ['<g><svg/></g>', /has the root g/],
  'svg of another namespace': ['<svg xmlns="http://www.w3.org/1999/xhtml"/>', /has the root svg/],
  'another encoding': [
    '<?xml version="1.0" encoding="UTF-7"?><svg/>',
    /declares the encoding UTF-7/,
  ],
  'a DOCTYPE': ['<!DOCTYPE svg><svg/>', /has a DOCTYPE/],
  'a DOCTYPE with entities': [
    '<!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/passwd">]><svg>&a;</svg>',
    /has a DOCTYPE/,
  ],
  'a style sheet from elsewhere': [
    '<?xml-stylesheet href="https://example.com/a.css"?><svg/>',
    /processing instruction xml-stylesheet/,
  ],
  'a processing instruction within': [around('<?php echo 1?>'), /processing instruction php/],

  'a script': [around('<script>alert(1)</script>'), /has the element script/],
  'a script with a prefix': [around('<x:script/>'), /has the element x:script/],
  'a script with a prefix of SVG': [
    '<svg xmlns:s="http://www.w3.org/2000/svg"><s:script/></svg>',
    /has the element s:script/,
  ],
  'a script in capitals': [around('<SCRIPT/>'), /has the element SCRIPT/],
  'a script deep down': [around('<g><g><defs><script/></defs></g></g>'), /has the element script/],
  foreignObject: [around('<foreignObject/>'), /has the element foreignObject/],
  iframe: [around('<iframe/>'), /has the element iframe/],
  object: [around('<object/>'), /has the element object/],
  embed: [around('<embed/>'), /has the element embed/],
  set: [around('<set/>'), /has the element set/],
  animate: [around('<animate/>'), /has the element animate/],
  animateMotion: [around('<animateMotion/>'), /has the element animateMotion/],
  animateTransform: [around('<x:animateTransform/>'), /has the element x:animateTransform/],
  handler: [around('<handler/>'), /has the element handler/],
  'an element of XHTML': [
    around('<h:meta xmlns:h="http://www.w3.org/1999/xhtml"/>'),
    /has the element h:meta/,
  ],

  onload: [`<svg ${XMLNS} onload="alert(1)"/>`, /has the attribute onload/],
  'onclick with a prefix': [around('<g x:onclick="a()"/>'), /has the attribute x:onclick/],
  'ONCLICK in capitals': [around('<g ONCLICK="a()"/>'), /has the attribute ONCLICK/],
  'xml:base': [around('<g xml:base="https://example.com/"/>'), /has the attribute xml:base/],

  'href elsewhere': [
    around('<use href="https://example.com/a.svg#b"/>'),
    /has the attribute href with another value than/,
  ],
  'href without a scheme': [
    around('<use href="//example.com/a.svg#b"/>'),
    /has the attribute href with/,
  ],
  'href of a file beside it': [around('<image href="a.png"/>'), /has the attribute href with/],
  'an empty href': [around('<image href=""/>'), /has the attribute href with/],
  'xlink:href elsewhere': [
    around('<image xlink:href="https://example.com/a.png"/>'),
    /has the attribute xlink:href with/,
  ],
  'href of any prefix': [
    around('<image x:href="https://example.com/a.png"/>'),
    /has the attribute x:href with/,
  ],
  'HREF in capitals': [
    around('<image HREF="https://example.com/a.png"/>'),
    /has the attribute HREF with/,
  ],
  'src elsewhere': [
    around('<image src="https://example.com/a.png"/>'),
    /has the attribute src with/,
  ],
  'an SVG as data': [
    around('<image href="data:image/svg+xml;base64,PHN2Zy8+"/>'),
    /has the attribute href with/,
  ],
  'HTML as data': [
    around('<image href="data:text/html;base64,PHA+"/>'),
    /has the attribute href with/,
  ],
  'a PNG that is not base64': [
    around('<image href="data:image/png,%89PNG"/>'),
    /has the attribute href with/,
  ],
  'a PNG with something behind it': [
    around('<image href="data:image/png;base64,AAAA, https://example.com"/>'),
    /has the attribute href with/,
  ],

  'javascript: in href': [around('<a href="javascript:alert(1)"/>'), /has the attribute href with/],
  'javascript: elsewhere': [
    around('<g title="JavaScript:alert(1)"/>'),
    /has the attribute title with a javascript: address/,
  ],
  'javascript: in pieces': [
    around('<g title="java&#9;scr&#10;ipt&#x20;:alert(1)"/>'),
    /has the attribute title with a javascript: address/,
  ],
  'javascript: by references': [
    around('<g title="&#106;avascript&#58;alert(1)"/>'),
    /has the attribute title with a javascript: address/,
  ],

  'url() elsewhere': [
    around('<rect fill="url(https://example.com/a.svg#g)"/>'),
    /has the attribute fill, which refers to something else than url\(#fragment\)/,
  ],
  'url() in quotes': [
    around('<rect fill="url(\'https://example.com/#g\')"/>'),
    /has the attribute fill, which refers/,
  ],
  'url() in capitals': [
    around('<rect fill="URL(a.svg#g)"/>'),
    /has the attribute fill, which refers/,
  ],
  'url() with a quote in front': [
    around('<rect fill="url(\\&quot;#g)"/>'),
    /has the attribute fill, which refers/,
  ],
  'url() with a no-break space in front': [
    around('<rect fill="url(&#160;#g)"/>'),
    /has the attribute fill, which refers/,
  ],
  'url() escaped': [
    around('<rect style="fill: u\\72l(https://example.com/)"/>'),
    /has the attribute style, which refers/,
  ],
  'url() escaped with a space': [
    around('<rect style="fill: \\75 rl(https://example.com/)"/>'),
    /has the attribute style, which refers/,
  ],
  'url() escaped with six digits': [
    around('<rect style="fill: \\000075rl(https://example.com/)"/>'),
    /has the attribute style, which refers/,
  ],
  'url() after a good one': [
    around('<rect style="fill: url(#g); mask: url(https://example.com/)"/>'),
    /has the attribute style, which refers/,
  ],
  'url() that is not closed': [
    around('<rect style="fill: url(#g"/>'),
    /has the attribute style, which refers/,
  ],
  'url() of data': [
    around('<rect fill="url(data:image/png;base64,AAAA)"/>'),
    /has the attribute fill, which refers/,
  ],
  'image-set()': [
    around('<g style="mask-image: -webkit-image-set(\'https://example.com/\' 1x)"/>'),
    /has the attribute style, which refers/,
  ],
  '@import in an attribute': [
    around('<g style="@import \'a.css\'"/>'),
    /has the attribute style, which has an @import/,
  ],

  'url() in a style': [
    around('<style>.a { fill: url(a.svg#g) }</style>'),
    /has a style that refers/,
  ],
  'url() in CDATA': [
    around('<style><![CDATA[.a { fill: url(a.svg#g) }]]></style>'),
    /has a style that refers/,
  ],
  'url() in a style with a prefix': [
    around('<x:style>.a { fill: url(a.svg#g) }</x:style>'),
    /has a style that refers/,
  ],
  'url() in a STYLE in capitals': [
    around('<STYLE>.a { fill: url(a.svg#g) }</STYLE>'),
    /has a style that refers/,
  ],
  'url() in the second style': [
    around('<style>.a { fill: red }</style><style>.a { fill: url(a.svg#g) }</style>'),
    /has a style that refers/,
  ],
  'url() by references': [
    around('<style>.a { fill: &#117;rl(a.svg#g) }</style>'),
    /has a style that refers/,
  ],
  'url() over a comment': [
    around('<style>.a { fill: u<!-- -->rl(a.svg#g) }</style>'),
    /has a style that refers/,
  ],
  'url() over CDATA': [
    around('<style>.a { fill: u<![CDATA[rl(a.svg#g)]]> }</style>'),
    /has a style that refers/,
  ],
  '@import': [
    around('<style>@import "https://example.com/a.css";</style>'),
    /has a style that has an @import/,
  ],
  '@IMPORT escaped': [
    around('<style>@\\49MPORT "https://example.com/a.css";</style>'),
    /has a style that has an @import/,
  ],
  'an element within a style': [
    around('<style>@imp<g/>ort "a.css";</style>'),
    /has the element g within a style/,
  ],

  'markup in a comment': [
    around('<!--> <script>alert(1)</script> -->'),
    /has a "<" within a comment or a CDATA section/,
  ],
  'markup in CDATA': [
    around('<desc><![CDATA[<script>alert(1)</script>]]></desc>'),
    /has a "<" within a comment or a CDATA section/,
  ],
}

t.test('what is refused', async (t) => {
  for (const [name, [svg, message]] of Object.entries(bad)) {
    t.throws(
      () => checkSvg(svg, 'header[0].logo.svgImage'),
      { type: 'InvalidRequest', reason: 'invalid', message },
      name,
    )
    t.throws(
      () => checkSvg(svg, 'header[0].logo.svgImage'),
      { message: /^The field header\[0\]\.logo\.svgImage (?:is|has|nests|declares) .*\.$/s },
      `${name}: names the field in a sentence`,
    )
  }
})

t.test('each of the largest SVGs takes less than a second', async (t) => {
  const fill = (before: string, unit: string, after: string): string =>
    before +
    unit.repeat(Math.floor((limits.maxSvgBytes - before.length - after.length) / unit.length)) +
    after
  const svgs: Record<string, string> = {
    'white space in base64': fill('<svg href="data:image/png;base64,A', ' ', '!"/>'),
    'white space in url()': fill('<svg fill="url(', ' ', '"/>'),
    'many url()': fill('<svg fill="', 'url(#', '"/>'),
    'a long fragment': fill('<svg fill="url(#', 'a', '"/>'),
    'many escapes': fill('<svg fill="', '\\75 ', '"/>'),
    'many attributes': `<svg ${Array.from({ length: 7_000 }, (_, i) => `a${i}=''`).join(' ')}/>`,
    'many open elements': fill('<svg>', '<g>', ''),
    'many elements': fill('<svg>', '<g/>', '</svg>'),
  }
  for (const [name, svg] of Object.entries(svgs)) {
    t.ok(Buffer.byteLength(svg) <= limits.maxSvgBytes, `${name}: is not refused for its size`)
    const startMs = cpuMs()
    try {
      checkSvg(svg, 'logo')
    } catch (error) {
      t.type(error, Refusal, name)
    }
    t.ok(cpuMs() - startMs < 1_000, `${name}: in time`)
  }
})

t.test('whatever comes, it is accepted or refused', async (t) => {
  const pieces = fc.constantFrom(
    '<svg>',
    '</svg>',
    '<svg/>',
    '<style>',
    '</style>',
    '<g ',
    'href="#a"',
    'fill="url(#a)"',
    '/>',
    '>',
    '<!--',
    '-->',
    '<![CDATA[',
    ']]>',
    '<?',
    '?>',
    '<!DOCTYPE',
    '&amp;',
    '&#1;',
    '\ud800',
    '\0',
    ' ',
    'a',
    '\\',
    '"',
  )
  const everything = fc.property(fc.array(pieces), (parts) => {
    try {
      checkSvg(parts.join(''), 'logo')
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
    }
  })
  t.doesNotThrow(() => fc.assert(everything, { numRuns: 2_000 }))
})

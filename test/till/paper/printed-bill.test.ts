import { createHash } from 'node:crypto'
import decodeQR from 'qr/decode.js'
import fc from 'fast-check'
import { SaxesParser } from 'saxes'
import t from 'tap'
import { checkBillTemplate, type BillTemplateLine } from '../../../src/domain/paper/bill.ts'
import { limits } from '../../../src/limits.ts'
import {
  printHtml,
  printSvg,
  printText,
  type PrintableBill,
  type PrintableLine,
} from '../../../src/till/paper/printed-bill.ts'

type Text = NonNullable<BillTemplateLine['text']>
type WebAddress = NonNullable<BillTemplateLine['url']>

const billOf = (rest: Partial<PrintableBill> = {}): PrintableBill => ({
  header: [],
  footer: [],
  currency: 'GBP',
  lines: [],
  discounts: [],
  serviceChargeMinor: undefined,
  taxLines: [],
  taxesOnTop: false,
  totalMinor: 0,
  payments: [],
  balanceMinor: 0,
  ...rest,
})
const item = (name: string, rest: Partial<PrintableLine> = {}): PrintableLine => ({
  name,
  quantity: 1,
  amountMinor: 1000,
  depth: 0,
  ...rest,
})
const text = (value: string, rest: Partial<Text> = {}): BillTemplateLine => ({
  lineType: 'Text',
  text: { value, size: 'Body', ...rest },
})
const url = (address: string, rest: Partial<WebAddress> = {}): BillTemplateLine => ({
  lineType: 'URL',
  url: { url: address, ...rest },
})
const logo = (svgImage: string): BillTemplateLine => ({ lineType: 'Logo', logo: { svgImage } })

/** What was printed, without the end of the last line. */
const linesOf = (bill: PrintableBill): string[] => printText(bill).split('\n').slice(0, -1)
/**
 * The lines of a block: blocks have an empty line between them, and the sums of an empty bill come
 * after the first.
 */
const blockOf = (bill: Partial<PrintableBill>): string[] => {
  const lines = linesOf(billOf(bill))
  return lines.slice(
    0,
    lines.indexOf('', lines.findLastIndex((line) => line.startsWith('Total')) - 2),
  )
}
const headerLines = (...header: BillTemplateLine[]): string[] => blockOf({ header })

interface Element {
  name: string
  attributes: Record<string, string>
  text: string
}

/**
 * Every element of well-formed XML with the text that stands directly in it. Throws where it is not
 * well-formed.
 */
function elementsOf(xml: string): Element[] {
  const elements: Element[] = []
  const open: Element[] = []
  const parser = new SaxesParser({ xmlns: true })
  parser.on('opentag', ({ name, attributes }) => {
    const element = {
      name,
      attributes: Object.fromEntries(
        Object.values(attributes).map((each) => [each.name, each.value]),
      ),
      text: '',
    }
    elements.push(element)
    open.push(element)
  })
  const addText = (text: string) => {
    if (open.length > 0) open.at(-1)!.text += text
  }
  parser.on('text', addText)
  parser.on('cdata', addText)
  parser.on('closetag', () => {
    open.pop()
  })
  parser.write(xml).close()
  return elements
}

const svgElements = (bill: PrintableBill): Element[] => elementsOf(printSvg(bill))
const htmlElements = (bill: PrintableBill): Element[] => elementsOf(printHtml(bill))
const named = (elements: Element[], name: string): Element[] =>
  elements.filter((each) => each.name === name)

const SQUARE =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10"><rect width="10" height="10"/></svg>'

const WHOLE: PrintableBill = billOf({
  header: [
    { lineType: 'MerchantName', merchantName: { name: 'The Red Lion' } },
    {
      lineType: 'MerchantAddress',
      merchantAddress: { addressLines: ['12 High Street', 'Little Snoring'], postcode: 'NR21 0HP' },
    },
    { lineType: 'TaxNumber', taxNumber: { name: 'VAT', number: '342 6287 32' } },
    { lineType: 'HorizontalLine', horizontalLine: { line: 'Double' } },
    text('Table 5', { size: 'Header2', align: 'Center' }),
    text('15/01/2026 20:08', { align: 'Right' }),
  ],
  lines: [
    item('Pizza Pepperoni', { quantity: 2, amountMinor: 2470, note: 'well done' }),
    item('Extra cheese', { quantity: 2, amountMinor: 300, depth: 1 }),
    item('No onions', { amountMinor: 0, depth: 1 }),
    item('Sunday roast with Yorkshire pudding and all the trimmings', { amountMinor: 1850 }),
    item('Chips', { amountMinor: 0, depth: 1 }),
    item('Large', { amountMinor: 120, depth: 2, note: 'hot' }),
    item('Tap water', { amountMinor: 0 }),
  ],
  discounts: [{ name: 'Happy hour 10%', amountMinor: 474 }],
  serviceChargeMinor: 586,
  taxLines: [{ name: 'VAT 20%', amountMinor: 809 }],
  totalMinor: 4852,
  payments: [
    { label: 'Card', amountMinor: 2000, tipsMinor: 200 },
    { label: 'Cash', amountMinor: 1000, tipsMinor: 0 },
  ],
  balanceMinor: 1852,
  footer: [
    { lineType: 'HorizontalLine', horizontalLine: {} },
    text('Thank you', { size: 'Header1', align: 'Center', bold: true }),
    { lineType: 'Image', image: { svgImage: SQUARE, align: 'Right' } },
    logo(SQUARE),
    url('https://redlion.example/menu', { description: 'Our menu', showUrl: true }),
    { lineType: 'MerchantPhoneNumber', merchantPhoneNumber: { phoneNumber: '+44 20 7946 0000' } },
    {
      lineType: 'MerchantEmailAddress',
      merchantEmailAddress: { emailAddress: 'hello@redlion.example' },
    },
  ],
})

t.test('a whole bill, line by line', async (t) => {
  t.ok(checkBillTemplate({ header: WHOLE.header, footer: WHOLE.footer }))
  t.same(linesOf(WHOLE), [
    '                     (logo)',
    '                  The Red Lion',
    '                 12 High Street',
    '                 Little Snoring',
    '                    NR21 0HP',
    '================================================',
    '                    Table 5',
    '                                15/01/2026 20:08',
    '',
    '2 x Pizza Pepperoni                       £24.70',
    '  Note: well done',
    '  2 x Extra cheese                         £3.00',
    '  No onions',
    '1 x Sunday roast with Yorkshire pudding   £18.50',
    '    and all the trimmings',
    '  Chips',
    '    Large                                  £1.20',
    '      Note: hot',
    '1 x Tap water                              £0.00',
    '',
    'Happy hour 10%                            -£4.74',
    'Service charge                             £5.86',
    '',
    'Total                                     £48.52',
    'incl. VAT 20%                              £8.09',
    'Card                                      £20.00',
    '  Tip on top                               £2.00',
    'Cash                                      £10.00',
    'To pay                                    £18.52',
    '',
    '------------------------------------------------',
    '                   Thank you',
    '                                       (picture)',
    '                    Our menu',
    '          https://redlion.example/menu',
    '                +44 20 7946 0000',
    '             hello@redlion.example',
    '                VAT 342 6287 32',
  ])
})

t.test('taxes on top stand above the total that they are part of', async (t) => {
  t.same(
    linesOf(
      billOf({
        currency: 'EUR',
        lines: [item('Soup')],
        taxLines: [{ name: 'IVA 10%', amountMinor: 100 }],
        taxesOnTop: true,
        totalMinor: 1100,
        balanceMinor: 1100,
      }),
    ),
    [
      '1 x Soup                                  €10.00',
      '',
      'IVA 10%                                    €1.00',
      '',
      'Total                                     €11.00',
      'To pay                                    €11.00',
    ],
  )
})

t.test('an empty bill says that there is nothing to pay', async (t) => {
  t.same(linesOf(billOf()), [
    'Total                                      £0.00',
    'To pay                                     £0.00',
  ])
})

t.test('a discount of nothing has no sign', async (t) => {
  t.same(blockOf({ discounts: [{ name: 'Loyalty', amountMinor: 0 }], serviceChargeMinor: 0 }), [
    'Loyalty                                    £0.00',
    'Service charge                             £0.00',
  ])
})

t.test('where a text breaks', async (t) => {
  for (const [what, lines, expected] of [
    ['48 letters of body text fit', [text('a'.repeat(48))], ['a'.repeat(48)]],
    ['49 do not', [text('a'.repeat(49))], ['a'.repeat(48), 'a']],
    [
      '32 of the second size fit',
      [text('a'.repeat(33), { size: 'Header2' })],
      ['a'.repeat(32), 'a'],
    ],
    ['24 of the first', [text('a'.repeat(25), { size: 'Header1' })], ['a'.repeat(24), 'a']],
    ['between words', [text(`${'a'.repeat(40)} bbbb cccc`)], [`${'a'.repeat(40)} bbbb`, 'cccc']],
    ['spaces within a line stay', [text('Table 5      Covers 4')], ['Table 5      Covers 4']],
    ['an empty text makes room', [text('a'), text(''), text('b')], ['a', '', 'b']],
    [
      'a line of nothing that may be printed is left out',
      [{ lineType: 'MerchantName', merchantName: { name: '\u001b\u202e ' } }, text('b')],
      ['b'],
    ],
    [
      'every align',
      [
        text('ab', { align: 'Left' }),
        text('ab', { align: 'Center' }),
        text('ab', { align: 'Right' }),
      ],
      ['ab', `${' '.repeat(23)}ab`, `${' '.repeat(46)}ab`],
    ],
  ] satisfies Array<[string, BillTemplateLine[], string[]]>) {
    // The last line is what tells an empty one from the gap between the blocks.
    t.same(linesOf(billOf({ header: lines })).slice(0, -3), expected, what)
  }
})

t.test('a long name keeps clear of the amounts, and goes on below its own beginning', async (t) => {
  t.same(blockOf({ lines: [item('x'.repeat(80))] }), [
    // 48 columns less the amount, 6, and the gap, 2, are 40.
    `1 x ${' '.repeat(38)}£10.00`,
    `    ${'x'.repeat(36)}`,
    `    ${'x'.repeat(36)}`,
    `    ${'x'.repeat(8)}`,
  ])
  const most = Number.MAX_SAFE_INTEGER
  // 48 less 18 for the amount, 2 for the gap and 4 for the depth are 24, and the first three words
  // take 23 of them.
  t.same(
    blockOf({
      lines: [item('Beer and much more', { quantity: most, amountMinor: most, depth: 2 })],
    }),
    ['    9007199254740991 x Beer   £90071992547409.91', '        and much more'],
  )
})

t.test('what is printed of hostile and of foreign text', async (t) => {
  const free = (width: number): string => ' '.repeat(48 - 6 - width)
  for (const [what, name, expected, width] of [
    ['a sequence that cuts the paper', 'Soup\u001bm\u001d\u0056\u0000', '1 x SoupmV', 10],
    ['a bell, a backspace and a delete', 'S\u0007o\bu\u007fp', '1 x Soup', 8],
    ['controls of eight bits', 'So\u009bup', '1 x Soup', 8],
    ['ends of lines of every kind', 'a\r\nb\rc\nd\u2028e\u0085f\tg', '1 x a b c d e f g', 17],
    ['letters turned round', 'Pay \u202e00.1\u2066x\u2069\u200f\u061c', '1 x Pay 00.1x', 13],
    ['what is not seen', 'So\u200b\ufeff\u00adu\u2060p', '1 x Soup', 8],
    [
      'half of a surrogate pair, and no characters',
      'So\ud800up\ufffe\uffff\u{1ffff}',
      '1 x Soup',
      8,
    ],
    ['East Asian letters take two columns', '牛肉麺', '1 x 牛肉麺', 10],
    ['and fullwidth ones', 'ＡＢ', '1 x ＡＢ', 8],
    ['Korean syllables in parts', '\u1100\u1161', '1 x 가', 6],
    ['emoji take two', 'Beer 🍺', '1 x Beer 🍺', 11],
    ['each of a family, and without colour', '👩🏽\u200d👧', '1 x 👩👧', 8],
    ['a letter that may be an emoji is a letter', '❤\ufe0f', '1 x ❤', 5],
    ['a flag', '🇬🇧', '1 x 🇬🇧', 6],
    ['a letter with a mark', 'Cafe\u0301', '1 x Café', 8],
    ['a letter with too many', `Z${'\u0316'.repeat(100)}`, `1 x Z${'\u0316'.repeat(4)}`, 5],
    ['marks without a letter', '\u0301\u20dd a \u0301b', '1 x a b', 7],
    ['nothing that may be printed', '\u001b \u0301\u200d', '1 x', 3],
    ['joiners within a word', 'می\u200cخواهم', '1 x می\u200cخواهم', 11],
    ['joiners without one', '\u200d\u200ca \u200db\u200c', '1 x a b', 7],
    ['markup', ']]><script>alert("1")</script>', '1 x ]]><script>alert("1")</script>', 34],
  ] satisfies Array<[string, string, string, number]>) {
    const bill = billOf({ lines: [item(name)] })
    t.equal(linesOf(bill)[0], `${expected}${free(width)}£10.00`, what)
    t.equal(named(svgElements(bill), 'text')[0]!.text, expected, `${what}: SVG`)
    t.equal(
      named(svgElements(bill), 'text')[0]!.attributes['textLength'],
      String(width * 9),
      `${what}: width`,
    )
    t.equal(named(htmlElements(bill), 'span')[0]!.text, expected, `${what}: HTML`)
  }
})

t.test('wide letters break before they leave the paper', async (t) => {
  t.same(headerLines(text(`a${'漢'.repeat(24)}`)), [`a${'漢'.repeat(23)}`, '漢'])
})

t.test('an SVG of the paper', async (t) => {
  const [root, ...elements] = svgElements(WHOLE)
  t.match(
    root,
    { name: 'svg', attributes: { width: '480', xmlns: 'http://www.w3.org/2000/svg' } },
    '48 columns of 9 pixels and two margins of 24',
  )
  t.same(
    new Set(elements.map(({ name }) => name)),
    new Set(['title', 'rect', 'image', 'text', 'path']),
  )
  const textOf = (wanted: string): Record<string, string> =>
    named(elements, 'text').find((each) => each.text === wanted)!.attributes
  t.match(textOf('Table 5'), {
    'font-size': '22.5',
    textLength: '94.5',
    x: String(24 + (432 - 94.5) / 2),
  })
  t.match(textOf('Thank you'), {
    'font-size': '30',
    'font-weight': 'bold',
    textLength: '162',
    x: String(24 + (432 - 162) / 2),
  })
  t.match(textOf('15/01/2026 20:08'), { 'font-size': '15', x: String(24 + 432 - 16 * 9) })
  t.notOk('font-weight' in textOf('15/01/2026 20:08'))
  t.match(textOf('£48.52'), {
    'font-size': '22.5',
    'font-weight': 'bold',
    x: String(24 + 432 - 6 * 13.5),
  })
  const bottoms = named(elements, 'text').map(({ attributes }) => Number(attributes['y']))
  t.same(
    bottoms,
    bottoms.toSorted((one, other) => one - other),
    'from top to bottom',
  )
  t.ok(bottoms.at(-1)! < Number(root!.attributes['height']))
})

t.test('a page that runs nothing and fetches nothing', async (t) => {
  const page = printHtml(WHOLE)
  const elements = elementsOf(page)
  t.ok(page.startsWith('<!DOCTYPE html>\n'))
  t.same(
    new Set(elements.map(({ name }) => name)),
    new Set(['html', 'head', 'meta', 'title', 'style', 'body', 'main', 'p', 'span', 'hr', 'img']),
  )
  const style = /<style>([^]*)<\/style>/.exec(page)![1]!
  const policy = elements.find(
    ({ attributes }) => attributes['http-equiv'] === 'Content-Security-Policy',
  )!.attributes['content']!
  t.same(policy.split('; '), [
    "default-src 'none'",
    `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`,
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
  ])
  t.notMatch(style, /url\(|@import|[<&]/, 'a style that reads the same in XML and in HTML')
  t.same(
    elements.filter(({ attributes }) => 'style' in attributes),
    [],
    'which the policy would not let through',
  )
  const classes = (wanted: string): string[] => {
    const index = elements.findIndex(({ name, text }) => name === 'span' && text === wanted)
    return elements
      .slice(0, index)
      .findLast(({ name }) => name === 'p')!
      .attributes['class']!.split(' ')
  }
  t.same(classes('Thank you'), ['header1', 'center', 'bold'])
  t.same(classes('15/01/2026 20:08'), ['body', 'right'])
  t.same(
    named(elements, 'hr').map(({ attributes }) => attributes['class']),
    ['double', undefined],
  )
})

t.test('pictures are images of their own, which keep their shape', async (t) => {
  const decoded = (address: string): string => {
    const [, encoded] = /^data:image\/svg\+xml;base64,([A-Za-z0-9+/=]+)$/.exec(address)!
    return Buffer.from(encoded!, 'base64').toString()
  }
  const space = 'xmlns="http://www.w3.org/2000/svg"'
  for (const [what, svg, width, height, shown = svg] of [
    // There is room for 24 columns of 9 pixels and 8 lines of 20.
    ['a square is as high as there is room', SQUARE, 160, 160],
    ['a wide one is as wide', `<svg ${space} viewBox="0,0 30 10"/>`, 216, 72],
    ['a high one', `<svg ${space} viewBox="0 0 10 20"/>`, 80, 160],
    [
      'lengths before the box',
      `<svg ${space} width="200px" height="50" viewBox="0 0 10 20"/>`,
      216,
      54,
    ],
    [
      'lengths that say nothing',
      `<svg ${space} width="100%" height="50%" viewBox="0 0 30 10"/>`,
      216,
      72,
    ],
    ['no shape', `<svg ${space}/>`, 160, 160],
    ['a shape of nothing', `<svg ${space} viewBox="0 0 0 0"/>`, 160, 160],
    ['as thin as a line', `<svg ${space} viewBox="0 0 1000000 1"/>`, 216, 1],
    [
      'without its namespace it would show nothing',
      '<?xml version="1.0"?><!-- a --><svg viewBox="0 0 30 10"><svg/></svg>',
      216,
      72,
      `<?xml version="1.0"?><!-- a --><svg ${space} viewBox="0 0 30 10"><svg/></svg>`,
    ],
    ['a prefix', '<s:svg xmlns:s="http://www.w3.org/2000/svg" viewBox="0 0 30 10"/>', 216, 72],
  ] satisfies Array<[string, string, number, number, string?]>) {
    const template = { header: [], footer: [logo(svg)] }
    t.ok(checkBillTemplate(template), what)
    const [image] = named(svgElements(billOf(template)), 'image')
    const [img] = named(htmlElements(billOf(template)), 'img')
    t.match(
      image!.attributes,
      { width: String(width), height: String(height), x: String(24 + (432 - width) / 2) },
      what,
    )
    t.match(img!.attributes, { width: String(width), height: String(height), alt: 'Logo' }, what)
    t.equal(decoded(image!.attributes['href']!), shown, what)
    t.equal(img!.attributes['src'], image!.attributes['href'], what)
  }
})

t.test('QR codes read as their address, in each format', async (t) => {
  /** By what is dark. */
  const read = (modules: boolean[][]): string => {
    const PIXELS = 4
    const side = modules.length * PIXELS
    const data = new Uint8ClampedArray(side * side * 4)
    for (let y = 0; y < side; y++) {
      for (let x = 0; x < side; x++) {
        data
          .fill(
            modules[Math.floor(y / PIXELS)]![Math.floor(x / PIXELS)] ? 0 : 255,
            (y * side + x) * 4,
            (y * side + x) * 4 + 3,
          )
          .fill(255, (y * side + x) * 4 + 3, (y * side + x) * 4 + 4)
      }
    }
    return decodeQR({ width: side, height: side, data })
  }
  const fromPath = (path: string, side: number): boolean[][] => {
    const modules = Array.from({ length: side }, () => Array<boolean>(side).fill(false))
    for (const [, x, y, length] of path.matchAll(/M(\d+) (\d+)h(\d+)v1h-\d+z/g)) {
      modules[Number(y)]!.fill(true, Number(x), Number(x) + Number(length))
    }
    return modules
  }
  const fromText = (lines: string[], side: number): boolean[][] => {
    const left = Math.floor((48 - side) / 2)
    return lines
      .flatMap((line) =>
        ['▀█', '▄█'].map((dark) =>
          Array.from({ length: side }, (_, x) => dark.includes(line[left + x] || ' ')),
        ),
      )
      .slice(0, side)
  }
  // Version 3 holds 42 bytes at correction M, and has 29 modules; four are left free on each side.
  const address = 'https://redlion.example/feedback?table=5'
  const side = 29 + 8
  const bill = billOf({ header: [url(address, { showQr: true })] })
  const lines = linesOf(bill)
  t.equal(read(fromText(lines.slice(0, Math.ceil(side / 2)), side)), address)
  t.equal(read(fromPath(named(svgElements(bill), 'path')[0]!.attributes['d']!, side)), address)
  t.equal(read(fromPath(named(htmlElements(bill), 'path')[0]!.attributes['d']!, side)), address)
  t.match(
    named(svgElements(bill), 'path')[0]!.attributes['transform'],
    `scale(${Math.floor(216 / side)})`,
  )
  t.match(named(htmlElements(bill), 'svg')[0]!.attributes['viewBox'], `0 0 ${side} ${side}`)
})

t.test('an address is spelled where its code has no room', async (t) => {
  const ofBytes = (bytes: number): string => 'https://redlion.example/'.padEnd(bytes, 'x')
  const codes = (bytes: number, showUrl: boolean) => {
    const bill = billOf({ header: [url(ofBytes(bytes), { showQr: true, showUrl })] })
    const lines = linesOf(bill)
    return {
      text: lines.some((line) => line.includes('█')),
      drawn: named(svgElements(bill), 'path').length + named(htmlElements(bill), 'path').length,
      spelled: lines.filter((line) => line.trim().startsWith('https://')).length,
    }
  }
  // Version 5 at correction M holds 84 bytes in 37 modules, 45 with the margin; version 6 would
  // have 49. Version 40 holds 2331.
  t.same(codes(84, false), { text: true, drawn: 2, spelled: 0 })
  t.same(codes(84, true), { text: true, drawn: 2, spelled: 1 })
  t.same(codes(85, false), { text: false, drawn: 2, spelled: 1 })
  t.same(codes(85, true), { text: false, drawn: 2, spelled: 1 }, 'once is enough')
  t.same(codes(2_331, false), { text: false, drawn: 2, spelled: 1 })
  t.same(codes(2_332, false), { text: false, drawn: 0, spelled: 1 })
  t.same(
    headerLines(url('https://a.example', { description: 'Visit us' }), text('.')),
    [`${' '.repeat(20)}Visit us`, '.'],
    'and an address that is to be shown in neither way is not',
  )
})

// --- properties

/**
 * What arbitrary names are made of, and the columns that each takes on paper by Unicode's tables,
 * or 0 where it must vanish.
 */
const COLUMNS: ReadonlyMap<string, number> = new Map([
  ['a', 1],
  ['W', 1],
  [' ', 1],
  ['é', 1],
  ['ß', 1],
  ['ש', 1],
  ['ก', 1],
  ['▀', 1],
  ['\ufffd', 1],
  ['🇬', 1],
  ['漢', 2],
  ['가', 2],
  ['ｶ', 1],
  ['カ', 2],
  ['！', 2],
  ['😀', 2],
  ['🍺', 2],
  ['\u3000', 2],
  ['𠀀', 2],
  ['⌚', 2],
  ['\u0301', 0],
  ['\u20dd', 0],
  ['\u200d', 0],
  ['\u200c', 0],
])
const HOSTILE = [
  '\u001b',
  '\u001d',
  '\0',
  '\n',
  '\r',
  '\t',
  '\b',
  '\u007f',
  '\u009b',
  '\u0085',
  '\u2028',
  '\u202e',
  '\u2066',
  '\u200f',
  '\ufeff',
  '\ud800',
  '\udfff',
  '\uffff',
  '\ufe0f',
  '\u{1f3fd}',
  '\u{e0041}',
  '&',
  '<',
  '>',
  '"',
  "'",
  ']]>',
  '<!--',
  '<script>',
  '&#0;',
]
const columnsOf = (line: string): number =>
  [...line].reduce((sum, character) => sum + (COLUMNS.get(character) ?? 1), 0)

const anyText = fc.oneof(
  fc.string({ unit: fc.constantFrom(...COLUMNS.keys(), ...HOSTILE), maxLength: 120 }),
  fc.string({ unit: fc.constantFrom(...COLUMNS.keys()), minLength: 500, maxLength: 500 }),
)
const anyMinor = fc.oneof(fc.maxSafeNat(), fc.nat(100_000))
const record = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> =>
  fc.record(model) as fc.Arbitrary<T>

const letterLines = (words: fc.Arbitrary<string>): fc.Arbitrary<BillTemplateLine> =>
  fc.oneof(
    record<Text>({
      value: words,
      size: fc.constantFrom('Body', 'Header1', 'Header2'),
      align: fc.constantFrom('Left', 'Center', 'Right'),
      bold: fc.boolean(),
    }).map((each): BillTemplateLine => ({ lineType: 'Text', text: each })),
    words.map((name): BillTemplateLine => ({ lineType: 'MerchantName', merchantName: { name } })),
    fc
      .tuple(words, words)
      .map(([name, number]): BillTemplateLine => ({
        lineType: 'TaxNumber',
        taxNumber: { name, number },
      })),
    fc
      .tuple(words, words)
      .map(([line, postcode]): BillTemplateLine => ({
        lineType: 'MerchantAddress',
        merchantAddress: { addressLines: [line], postcode },
      })),
    fc
      .tuple(words, words)
      .map(([address, description]) => url(address, { description, showUrl: true })),
  )
const drawnLines = (words: fc.Arbitrary<string>): fc.Arbitrary<BillTemplateLine> =>
  fc.oneof(
    words.map(logo),
    words.map((svgImage): BillTemplateLine => ({ lineType: 'Image', image: { svgImage } })),
    words.map((address) => url(address, { showQr: true })),
    fc.constantFrom<BillTemplateLine>(
      { lineType: 'HorizontalLine', horizontalLine: { line: 'Double' } },
      { lineType: 'HorizontalLine', horizontalLine: {} },
    ),
  )
const bills = (
  words: fc.Arbitrary<string>,
  templateLine: fc.Arbitrary<BillTemplateLine>,
): fc.Arbitrary<PrintableBill> => {
  const some = <T>(each: fc.Arbitrary<T>) => fc.array(each, { maxLength: 3 })
  const named = some(
    record<{ name: string; amountMinor: number }>({ name: words, amountMinor: anyMinor }),
  )
  const line = fc
    .tuple(
      record<PrintableLine>({
        name: words,
        quantity: fc.oneof(fc.nat(12), fc.maxSafeNat()),
        amountMinor: anyMinor,
        depth: fc.constantFrom(0, 1, 2),
      }),
      fc.option(words, { nil: undefined }),
    )
    .map(([each, note]) => (note === undefined ? each : { ...each, note }))
  return record<PrintableBill>({
    header: some(templateLine),
    footer: some(templateLine),
    currency: fc.constantFrom('GBP', 'EUR', 'SEK'),
    lines: some(line),
    discounts: named,
    serviceChargeMinor: fc.option(anyMinor, { nil: undefined }),
    taxLines: named,
    taxesOnTop: fc.boolean(),
    totalMinor: anyMinor,
    payments: some(
      record<PrintableBill['payments'][number]>({
        label: words,
        amountMinor: anyMinor,
        tipsMinor: anyMinor,
      }),
    ),
    balanceMinor: anyMinor,
  })
}

t.test('no line is wider than the paper, or holds what moves a printer', async () => {
  fc.assert(
    fc.property(bills(anyText, fc.oneof(letterLines(anyText), drawnLines(anyText))), (bill) => {
      const printed = printText(bill)
      if (!printed.endsWith('\n')) throw new Error('The last line has no end.')
      for (const line of printed.slice(0, -1).split('\n')) {
        if (columnsOf(line) > limits.billPaperColumns) {
          throw new Error(`${columnsOf(line)} columns: ${line}`)
        }
        if (/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069\u200e\u200f]/u.test(line)) {
          throw new Error(`It has a control: ${JSON.stringify(line)}`)
        }
        if (/\s$/.test(line)) throw new Error(`It ends in a space: ${JSON.stringify(line)}`)
      }
    }),
    { numRuns: 300 },
  )
})

t.test(
  'SVG and HTML are well-formed, of their own elements, with the letters of the text',
  async () => {
    const letters = (...texts: string[]): string => texts.join('').replace(/\s/g, '')
    for (const words of [anyText, fc.string({ unit: 'binary', maxLength: 80 })]) {
      fc.assert(
        fc.property(bills(words, letterLines(words)), (bill) => {
          const text = letters(printText(bill))
          const svg = svgElements(bill)
          const html = htmlElements(bill)
          if (svg.some(({ name }) => !['svg', 'title', 'rect', 'text'].includes(name))) {
            throw new Error('The SVG has an element of somebody else.')
          }
          if (
            html.some(
              ({ name }) =>
                !['html', 'head', 'meta', 'title', 'style', 'body', 'main', 'p', 'span'].includes(
                  name,
                ),
            )
          ) {
            throw new Error('The page has an element of somebody else.')
          }
          for (const drawn of [named(svg, 'text'), named(html, 'span')]) {
            if (letters(...drawn.map((each) => each.text)) !== text) {
              throw new Error('They say something else.')
            }
          }
        }),
        { numRuns: 100 },
      )
      fc.assert(
        fc.property(bills(words, drawnLines(words)), (bill) => {
          const allowed = [
            'svg',
            'title',
            'rect',
            'text',
            'path',
            'image',
            'html',
            'head',
            'meta',
            'style',
            'body',
            'main',
            'p',
            'span',
            'hr',
            'img',
          ]
          for (const { name, attributes } of [...svgElements(bill), ...htmlElements(bill)]) {
            if (
              !allowed.includes(name) ||
              Object.keys(attributes).some((each) => /^on|^style$/i.test(each))
            ) {
              throw new Error(`The element ${name} is of somebody else.`)
            }
            for (const address of [attributes['href'], attributes['src']]) {
              if (address !== undefined && !address.startsWith('data:image/svg+xml;base64,')) {
                throw new Error(`It refers to ${address}.`)
              }
            }
          }
        }),
        { numRuns: 100 },
      )
    }
  },
)

t.test('the three formats show the same amounts', async () => {
  const amountsOf = (text: string): string[] => text.match(/-?[£€]\d+\.\d\d/g) ?? []
  fc.assert(
    fc.property(
      bills(
        fc.constantFrom('Beer', 'A long name that does not go on one line of the paper'),
        letterLines(fc.constant('Hello')),
      ).filter(({ currency }) => currency !== 'SEK'),
      (bill) => {
        const { lines, discounts, taxLines, payments, serviceChargeMinor } = bill
        const inText = amountsOf(printText(bill))
        const amounts =
          lines.filter(({ depth, amountMinor }) => depth === 0 || amountMinor > 0).length +
          discounts.length +
          taxLines.length +
          payments.length +
          payments.filter(({ tipsMinor }) => tipsMinor > 0).length
        if (inText.length !== amounts + (serviceChargeMinor === undefined ? 0 : 1) + 2) {
          throw new Error(`The text shows ${inText.length} amounts.`)
        }
        for (const drawn of [named(svgElements(bill), 'text'), named(htmlElements(bill), 'span')]) {
          const others = drawn.flatMap((each) => amountsOf(each.text))
          if (others.join() !== inText.join()) {
            throw new Error(`${others.join()} and ${inText.join()}`)
          }
        }
      },
    ),
    { numRuns: 100 },
  )
})

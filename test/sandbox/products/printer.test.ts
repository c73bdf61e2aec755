import encodeQR from 'qr'
import decodeQR from 'qr/decode.js'
import fc, { type Arbitrary } from 'fast-check'
import t from 'tap'
import type { Schemas } from '../../../src/contract/capabilities.ts'
import { compileComponent } from '../../../src/contract/validation.ts'
import { PAPER_COLUMNS, widthOf } from '../../../src/sandbox/products/paper.ts'
import { printBill } from '../../../src/sandbox/products/printer.ts'

type Bill = Schemas['OrderBill']
type BillLine = Schemas['BillLine']
type Order = Schemas['Order']

const gbp = (value: number): Schemas['Money'] => ({ value, currencyCode: 'GBP' })
const orderOf = (order: Partial<Order>): Order => ({
  id: 'ord_1',
  status: 'New',
  details: { orderType: 'DineIn', dineIn: {} },
  ...order,
})
const billOf = ({
  header = [],
  order = {},
  footer = [],
}: {
  header?: BillLine[]
  order?: Partial<Order>
  footer?: BillLine[]
}): Bill => ({ header: { lines: header }, order: orderOf(order), footer: { lines: footer } })
const text = (value: string, rest: Partial<Schemas['BillText']> = {}): BillLine => ({
  lineType: 'Text',
  text: { value, size: 'Body', ...rest },
})
const item = (name: string, rest: Partial<Schemas['OrderItem']> = {}): Schemas['OrderItem'] => ({
  name,
  plu: '1',
  quantity: 1,
  amountPerItem: gbp(1000),
  ...rest,
})

/** What was printed, without the end of the last line. */
const linesOf = (printed: string): string[] => printed.split('\n').slice(0, -1)
const headerLines = (...header: BillLine[]): string[] => linesOf(printBill(billOf({ header })))
const orderLines = (order: Partial<Order>, timeZone?: string): string[] =>
  linesOf(printBill(billOf({ order }), { timeZone }))

t.test('a whole bill, line by line', async (t) => {
  const bill: Bill = {
    header: {
      lines: [
        { lineType: 'MerchantName', merchantName: { name: 'The Red Lion' } },
        {
          lineType: 'MerchantAddress',
          merchantAddress: {
            addressLines: ['12 High Street', 'Little Snoring'],
            postcode: 'NR21 0HP',
          },
        },
        {
          lineType: 'MerchantPhoneNumber',
          merchantPhoneNumber: { phoneNumber: '+44 20 7946 0000' },
        },
        {
          lineType: 'MerchantEmailAddress',
          merchantEmailAddress: { emailAddress: 'hello@redlion.example' },
        },
        { lineType: 'TaxNumber', taxNumber: { name: 'VAT', number: '342 6287 32' } },
        { lineType: 'HorizontalLine', horizontalLine: { line: 'Double' } },
        text('Table 5', { size: 'Header2', align: 'Center' }),
        text('15/01/2026 20:08', { align: 'Right' }),
      ],
    },
    order: orderOf({
      items: [
        item('Pizza Pepperoni', {
          quantity: 2,
          amountPerItem: gbp(1235),
          modifiers: [
            { name: 'Extra cheese', plu: '2', quantity: 1, amountPerModifier: gbp(150) },
            { name: 'No onions', plu: '3', quantity: 1, amountPerModifier: gbp(0) },
          ],
          note: 'well done',
        }),
        item('Sunday roast with Yorkshire pudding and all the trimmings', {
          amountPerItem: gbp(1850),
          subItems: [
            {
              name: 'Chips',
              plu: '4',
              quantity: 1,
              amountPerItem: gbp(0),
              modifiers: [{ name: 'Large', plu: '5', quantity: 1, amountPerModifier: gbp(120) }],
            },
            { name: 'Gravy', plu: '6', quantity: 2, amountPerItem: gbp(75), note: 'in a jug' },
          ],
        }),
      ],
      note: "Anna's birthday",
      discounts: [
        { name: 'Happy hour', amountTotal: gbp(474), amountPercentage: 1000 },
        { name: 'Regulars', amountTotal: gbp(100) },
      ],
      serviceChargeAmount: gbp(586),
      taxLines: [
        { name: 'VAT 20%', amountPercentage: 2000, amountTotal: gbp(791) },
        { name: 'City tax', amountPercentage: 250, amountTotal: gbp(100) },
        { amountTotal: gbp(0) },
      ],
      totalAmount: gbp(4902),
      paidAmount: gbp(3000),
      tipsAmount: gbp(200),
      payments: [
        { paymentIntentId: 'pi_anna', paidAmount: gbp(2000), tipsAmount: gbp(200) },
        { paymentIntentId: 'pi_ben', paidAmount: gbp(1000), tipsAmount: gbp(0) },
      ],
    }),
    footer: {
      lines: [
        { lineType: 'HorizontalLine', horizontalLine: { line: 'Single' } },
        text('Thanks', { size: 'Header1', align: 'Center', bold: true }),
        { lineType: 'Image', image: { svgImage: '<svg/>', align: 'Right' } },
        { lineType: 'Logo', logo: { svgImage: '<svg/>' } },
        {
          lineType: 'URL',
          url: { url: 'https://redlion.example/menu', description: 'Our menu', showUrl: true },
        },
      ],
    },
  }
  const fitsContract = compileComponent('OrderBill')
  t.ok(fitsContract(bill), JSON.stringify(fitsContract.errors))
  t.same(linesOf(printBill(bill)), [
    '                    [ logo ]',
    '                  The Red Lion',
    '                 12 High Street',
    '                 Little Snoring',
    '                    NR21 0HP',
    '                +44 20 7946 0000',
    '             hello@redlion.example',
    '================================================',
    '                    TABLE 5',
    '                                15/01/2026 20:08',
    '',
    '2 x Pizza Pepperoni                        24.70',
    '  + 2 x Extra cheese                        3.00',
    '  + 2 x No onions',
    '  Note: well done',
    '1 x Sunday roast with Yorkshire pudding    18.50',
    '    and all the trimmings',
    '  1 x Chips',
    '    + Large                                 1.20',
    '  2 x Gravy                                 1.50',
    '    Note: in a jug',
    "Note: Anna's birthday",
    '',
    'Happy hour (10%)                           -4.74',
    'Regulars                                   -1.00',
    'Service charge                              5.86',
    'VAT 20%                                     7.91',
    'City tax (2.5%)                             1.00',
    'Tax                                         0.00',
    '',
    'TOTAL                                     £49.02',
    'Paid                                       30.00',
    '  Payment 1                                20.00',
    '    Tip on top                              2.00',
    '  Payment 2                                10.00',
    'TO PAY                                    £19.02',
    '',
    '------------------------------------------------',
    '                  T H A N K S',
    '                                       [ image ]',
    '                    Our menu',
    '          https://redlion.example/menu',
    '                VAT 342 6287 32',
  ])
})

// --- the lines around the order

t.test('absent fields print nothing', async (t) => {
  t.equal(printBill(billOf({})), '', 'a bill of nothing')
  const types: Schemas['BillLineType'][] = [
    'Image',
    'Logo',
    'MerchantAddress',
    'MerchantEmailAddress',
    'MerchantName',
    'MerchantPhoneNumber',
    'Text',
    'URL',
    'HorizontalLine',
    'TaxNumber',
  ]
  for (const lineType of types) {
    t.same(headerLines({ lineType }), [], `${lineType} without its field`)
  }
  for (const lineType of ['Barcode', 'constructor', '__proto__']) {
    t.same(
      headerLines({ ...text('x'), lineType: lineType as 'Text' }),
      [],
      `a line of the type ${lineType}`,
    )
  }
  t.same(
    headerLines({
      lineType: 'MerchantAddress',
      merchantAddress: { addressLines: ['', ' '], postcode: '' },
    }),
    [],
    'an empty address',
  )
  t.same(
    headerLines({ lineType: 'URL', url: { url: 'https://a.example' } }),
    [],
    'an address that asks for neither letters nor a code',
  )
  t.same(
    headerLines({ lineType: 'URL', url: { url: '', showQr: true, showUrl: true } }),
    [],
    'no address',
  )
  t.same(
    orderLines({
      items: [],
      discounts: [],
      taxLines: [],
      payments: [],
      note: '',
      paidAmount: gbp(0),
      totalAmount: gbp(0),
    }),
    [
      'TOTAL                                      £0.00',
      'TO PAY                                     £0.00',
    ],
    'an empty order',
  )
})

t.test('lines are in the right place', async (t) => {
  t.same(
    linesOf(
      printBill(
        billOf({
          header: [
            { lineType: 'TaxNumber', taxNumber: { name: 'VAT', number: '1' } },
            text('above'),
          ],
          order: { note: 'between' },
          footer: [
            text('below'),
            { lineType: 'Logo', logo: { svgImage: '<svg/>' } },
            { lineType: 'TaxNumber', taxNumber: { name: 'VAT', number: '2' } },
          ],
        }),
      ),
    ),
    [
      '                    [ logo ]',
      'above',
      '',
      'Note: between',
      '',
      'below',
      '                     VAT 1',
      '                     VAT 2',
    ],
  )
  t.same(
    headerLines({ lineType: 'HorizontalLine', horizontalLine: {} }),
    ['-'.repeat(48)],
    'a rule without its kind is a single one',
  )
  t.same(headerLines(text('a'), text(''), text('b')), ['a', '', 'b'], 'an empty text makes room')
})

t.test('texts are wrapped, aligned and harmless', async (t) => {
  const right = (line: string): string => line.padStart(48)
  const cases: [what: string, line: BillLine, printed: string[]][] = [
    ['it is on the left unless it says otherwise', text('abc'), ['abc']],
    ['left', text('abc', { align: 'Left' }), ['abc']],
    ['right', text('abc', { align: 'Right' }), [right('abc')]],
    ['an odd column is on the right', text('abc', { align: 'Center' }), [' '.repeat(22) + 'abc']],
    ['what just fits', text('a'.repeat(48), { align: 'Right' }), ['a'.repeat(48)]],
    ['spaces within it stay', text('Guest    3'), ['Guest    3']],
    ['spaces around it go', text('  abc  '), ['abc']],
    [
      'words',
      text('one two three four five six seven eight nine ten eleven'),
      ['one two three four five six seven eight nine ten', 'eleven'],
    ],
    [
      'words that fill the line',
      text('a'.repeat(24) + ' ' + 'b'.repeat(23) + ' c'),
      ['a'.repeat(24) + ' ' + 'b'.repeat(23), 'c'],
    ],
    [
      'words, right',
      text('a'.repeat(40) + '   ' + 'b'.repeat(40), { align: 'Right' }),
      [right('a'.repeat(40)), right('b'.repeat(40))],
    ],
    [
      'a long word',
      text('hi ' + 'a'.repeat(100) + ' there'),
      ['hi', 'a'.repeat(48), 'a'.repeat(48), 'aaaa there'],
    ],
    ['the largest letters', text('Thank you', { size: 'Header1' }), ['T H A N K   Y O U']],
    [
      'the largest letters that just fit',
      text('a'.repeat(24), { size: 'Header1' }),
      ['A '.repeat(24).trimEnd()],
    ],
    [
      'the largest letters that do not',
      text('a'.repeat(25), { size: 'Header1' }),
      ['A'.repeat(25)],
    ],
    ['large letters', text('Straße 5', { size: 'Header2' }), ['STRASSE 5']],
    ['bold is as wide', text('abc', { bold: true }), ['abc']],
    ['wide letters count twice', text('日本語', { align: 'Right' }), [' '.repeat(42) + '日本語']],
    ['wide letters break in time', text('日'.repeat(25)), ['日'.repeat(24), '日']],
    [
      'a wide letter does not hang over',
      text('a' + '日'.repeat(24)),
      ['a' + '日'.repeat(23), '日'],
    ],
    ['a family of emoji is one', text('👨‍👩‍👧'.repeat(25)), ['👨‍👩‍👧'.repeat(24), '👨‍👩‍👧']],
    ['marks take no room', text('e\u0301'.repeat(48)), ['e\u0301'.repeat(48)]],
    ['a cluster without end', text('ᄀ'.repeat(25)), ['ᄀ'.repeat(24), 'ᄀ']],
    ['ends of lines', text('a\r\nb\u2028c\u0085d\te'), ['a b c d e']],
    ['escape sequences', text('\u001b[31mred\u001b[0m \u009b2J'), ['[31mred[0m 2J']],
    ['a bell, backspaces and a null', text('a\u0007b\b\bc\0d\u007f'), ['abcd']],
    ['turned letters', text('\u202eevil\u202c \u2066x\u2069 \u200e\u200f\u061c.'), ['evil x .']],
    ['what is invisible', text('a\u200bb\u00adc\ufeffd'), ['abcd']],
    ['half of a surrogate pair', text('a\ud800b\udc00c'), ['abc']],
  ]
  for (const [what, line, printed] of cases) t.same(headerLines(line), printed, what)
})

// --- the order

t.test('names do not collide with amounts', async (t) => {
  const cases: [what: string, item: Schemas['OrderItem'], printed: string[]][] = [
    ['a name that just fits', item('a'.repeat(37)), [`1 x ${'a'.repeat(37)}  10.00`]],
    ['one that does not', item('a'.repeat(38)), [`1 x ${'a'.repeat(37)}  10.00`, '    a']],
    [
      'words',
      item('Fish and chips with mushy peas and tartare sauce'),
      ['1 x Fish and chips with mushy peas and     10.00', '    tartare sauce'],
    ],
    ['wide letters', item('日'.repeat(19)), [`1 x ${'日'.repeat(18)}   10.00`, '    日']],
    ['no name', item(''), ['1 x                                        10.00']],
    [
      'a name that moves the cursor',
      item('Fish\n\u001b[2A\u202echips\r'),
      ['1 x Fish [2Achips                          10.00'],
    ],
    [
      'a name like an amount',
      item('Cod  99.99'),
      ['1 x Cod  99.99                             10.00'],
    ],
    [
      'an amount beyond a float',
      item('Yacht', { quantity: 1001, amountPerItem: gbp(Number.MAX_SAFE_INTEGER) }),
      ['1001 x Yacht                90162064539957319.91'],
    ],
    [
      'an amount and a quantity beyond the paper',
      item('Universe', { quantity: 1e30, amountPerItem: gbp(1e60) }),
      [
        `${BigInt(1e30)} x`,
        'Universe',
        ...((whole: string) => [whole.slice(0, 48), whole.slice(48).padStart(48)])(
          `${(BigInt(1e30) * BigInt(1e60)) / 100n}.${String(BigInt(1e30) * BigInt(1e60)).slice(-2)}`,
        ),
      ],
    ],
    [
      'a correction',
      item('Refund', { amountPerItem: gbp(-5) }),
      ['1 x Refund                                 -0.05'],
    ],
  ]
  for (const [what, item, printed] of cases) t.same(orderLines({ items: [item] }), printed, what)
})

t.test('amounts follow their currency', async (t) => {
  const cases: [
    currencyCode: string,
    value: number,
    amount: string,
    total: string,
    nothing: string,
  ][] = [
    ['GBP', 1250, '12.50', '£12.50', '£0.00'],
    ['GBP', 5, '0.05', '£0.05', '£0.00'],
    ['EUR', 100000, '1000.00', '€1000.00', '€0.00'],
    ['JPY', 1250, '1250', '¥1250', '¥0'],
    ['KWD', 1250, '1.250', 'KWD 1.250', 'KWD 0.000'],
    ['SEK', 1250, '12.50', 'kr 12.50', 'kr 0.00'],
    ['gbp', 1250, '12.50', '£12.50', '£0.00'],
    ['MONOPOLY', 1250, '12.50', 'MONOPOLY 12.50', 'MONOPOLY 0.00'],
    ['\u001b[1M\n', 1250, '12.50', '[1M 12.50', '[1M 0.00'],
  ]
  for (const [currencyCode, value, amount, total, nothing] of cases) {
    const money = { value, currencyCode }
    t.same(
      orderLines({ serviceChargeAmount: money, totalAmount: money, paidAmount: money }),
      [
        `Service charge${amount.padStart(34)}`,
        '',
        `TOTAL${total.padStart(43)}`,
        `Paid${amount.padStart(44)}`,
        `TO PAY${nothing.padStart(42)}`,
      ],
      currencyCode,
    )
  }
  t.same(
    orderLines({ totalAmount: gbp(1000), paidAmount: gbp(1250) }).at(-1),
    'TO PAY                                    -£2.50',
    'more was paid than is owed',
  )
})

t.test("times are in the venue's time zone", async (t) => {
  const moment = '2026-07-04T18:30:00Z'
  const collection = (details: Schemas['CollectionDetails']): Partial<Order> => ({
    details: { orderType: 'Collection', collection: details, dineIn: { readyAt: moment } },
  })
  t.same(
    orderLines(collection({ collectAt: moment })),
    ['Collect at 04/07/2026, 18:30'],
    'UTC by default',
  )
  t.same(orderLines(collection({ collectAt: moment }), 'Europe/London'), [
    'Collect at 04/07/2026, 19:30',
  ])
  t.same(orderLines(collection({ collectAt: moment, asap: true })), ['Collect as soon as possible'])
  t.same(orderLines(collection({})), [])
  t.same(
    orderLines(collection({ collectAt: '2026-06-30T23:59:60Z' })),
    [],
    'a second that JavaScript does not know',
  )
  t.same(
    orderLines({ details: { orderType: 'DineIn', dineIn: { readyAt: moment } } }, 'Asia/Kolkata'),
    ['Serve at 05/07/2026, 00:00'],
  )
  t.throws(() => orderLines(collection({ collectAt: moment }), 'Europe/Narnia'), RangeError)
})

// --- QR codes

const QUIET_MODULES = 2
const qr = (url: string): string[] => headerLines({ lineType: 'URL', url: { url, showQr: true } })
const addressOf = (bytes: number): string => 'https://redlion.example/'.padEnd(bytes, 'a')

/** True for a dark module, on the whole width of the paper. */
function modulesOf(lines: string[]): boolean[][] {
  return lines.flatMap((line) => {
    const blocks = [...line.padEnd(PAPER_COLUMNS)]
    return [
      blocks.map((block) => '▀█'.includes(block)),
      blocks.map((block) => '▄█'.includes(block)),
    ]
  })
}

function pixelsOf(
  modules: boolean[][],
  scale: number,
): { width: number; height: number; data: Uint8Array } {
  const [width, height] = [modules[0]!.length * scale, modules.length * scale]
  const data = new Uint8Array(width * height * 4).fill(255)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (modules[Math.floor(y / scale)]![Math.floor(x / scale)]) {
        data.fill(0, (y * width + x) * 4, (y * width + x) * 4 + 3)
      }
    }
  }
  return { width, height, data }
}

t.test('a printed QR code can be scanned', async (t) => {
  for (const url of [
    'https://a.example',
    'https://redlion.example/feedback?table=5',
    'https://redlion.example/Müller/日本',
    addressOf(134),
  ]) {
    const modules = modulesOf(qr(url))
    const expected = encodeQR(url, 'raw', { ecc: 'low', border: QUIET_MODULES })
    const left = Math.floor((PAPER_COLUMNS - expected.length) / 2)
    const light = (columns: number): boolean[] => new Array<boolean>(columns).fill(false)
    const framed = expected.map((line) => [
      ...light(left),
      ...line,
      ...light(PAPER_COLUMNS - left - line.length),
    ])
    t.same(
      modules,
      [...framed, light(PAPER_COLUMNS)],
      `${url}: the modules are those of the code, and half a row of paper`,
    )
    t.equal(
      decodeQR(pixelsOf(modules, 4), { effort: Infinity, timeLimit: Infinity }),
      url,
      `${url}: a scanner reads it`,
    )
  }
})

t.test('a QR code that does not fit is printed as its address', async (t) => {
  t.match(qr(addressOf(134)).join(''), /█/, 'the longest that fits')
  const long = addressOf(135)
  t.same(qr(long), [long.slice(0, 48), long.slice(48, 96), `    ${long.slice(96)}`], 'a longer one')
  t.equal(
    qr(addressOf(5_000))
      .map((line) => line.trim())
      .join(''),
    addressOf(5_000),
    'one that no code holds',
  )
  t.same(
    headerLines({ lineType: 'URL', url: { url: long, showQr: true, showUrl: true } }),
    qr(long),
    'once',
  )
  t.same(
    modulesOf(qr('https://a.\u202eexample\n')),
    modulesOf(qr('https://a.example')),
    'nothing is hidden in a code that the letters would not show',
  )
})

// --- properties

t.test('widths', async (t) => {
  const cases: [text: string, columns: number][] = [
    ['', 0],
    ['abc', 3],
    ['\u00e9', 1],
    ['e\u0301', 1],
    ['£', 1],
    ['日本', 4],
    ['ｱ', 1],
    ['Ａ', 2],
    ['\ud55c', 2],
    ['\u1112\u1161\u11ab', 2],
    ['😀', 2],
    ['👨‍👩‍👧', 2],
    ['👍🏽', 2],
    ['🇬🇧', 2],
    ['🏴󠁧󠁢󠁥󠁮󠁧󠁿', 2],
    ['☎', 1],
    ['☎️', 2],
    ['1️⃣', 2],
    ['क्ष', 2],
    ['ไทย', 3],
    ['\u200d', 0],
    ['\u0301', 0],
    ['▀▄█', 3],
    ['—…', 2],
    ['𠀀', 2],
  ]
  for (const [text, columns] of cases) t.equal(widthOf(text), columns, text)
})

const optional = <T>(value: Arbitrary<T>): Arbitrary<T | undefined> =>
  fc.option(value, { nil: undefined })
const nasty = fc.constantFrom(
  '\n',
  '\r\n',
  '\t',
  '\u001b[31m',
  '\u202e',
  '\u2066',
  '\u200b',
  '\ud83d',
  '\u200d',
  '\ufe0f',
  '\u0301',
  '\u0903',
  'ᄀ',
  'ᅡ',
  '्',
  'क',
  '👩',
  '日',
  ' ',
  '\u3000',
  '1',
  '\u20e3',
  '🇬',
  '%',
  'word ',
)
const words = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 120, size: 'max' }),
  fc.string({ unit: 'binary', maxLength: 120, size: 'max' }),
  fc.lorem({ maxCount: 20, size: 'max' }),
  fc.array(nasty, { maxLength: 200, size: 'max' }).map((parts) => parts.join('')),
)
const amount = fc.record({
  value: fc.oneof(fc.nat({ max: 10_000 }), fc.maxSafeInteger(), fc.constant(1e40)),
  currencyCode: fc.oneof(
    fc.constantFrom('GBP', 'EUR', 'JPY', 'KWD'),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 10 }),
  ),
})
const quantity = fc.oneof(fc.integer({ min: 1, max: 20 }), fc.maxSafeInteger(), fc.constant(1e30))
const align = optional(fc.constantFrom('Left', 'Center', 'Right'))

const anyLine: Arbitrary<BillLine> = fc.record({
  lineType: fc.constantFrom(
    'Image',
    'Logo',
    'MerchantAddress',
    'MerchantEmailAddress',
    'MerchantName',
    'MerchantPhoneNumber',
    'Text',
    'URL',
    'HorizontalLine',
    'TaxNumber',
    'Hologram' as 'Text',
  ),
  image: fc.record({ svgImage: words, align }),
  logo: fc.record({ svgImage: words }),
  merchantAddress: fc.record({ addressLines: fc.array(words, { maxLength: 3 }), postcode: words }),
  merchantEmailAddress: fc.record({ emailAddress: words }),
  merchantName: fc.record({ name: words }),
  merchantPhoneNumber: fc.record({ phoneNumber: words }),
  text: fc.record({
    value: words,
    size: fc.constantFrom('Header1', 'Header2', 'Body'),
    align,
    bold: optional(fc.boolean()),
  }),
  url: fc.record({
    url: words,
    description: optional(words),
    showQr: optional(fc.boolean()),
    showUrl: optional(fc.boolean()),
  }),
  horizontalLine: fc.record({ line: optional(fc.constantFrom('Single', 'Double')) }),
  taxNumber: fc.record({ name: words, number: words }),
})

interface Parts {
  name: Arbitrary<string>
  amount: Arbitrary<Schemas['Money']>
  quantity: Arbitrary<number>
}

function anyOrder({ name, amount, quantity }: Parts): Arbitrary<Order> {
  const modifiers = optional(
    fc.array(fc.record({ name, plu: fc.constant('1'), quantity, amountPerModifier: amount }), {
      maxLength: 3,
    }),
  )
  const product = {
    name,
    plu: fc.constant('1'),
    quantity,
    amountPerItem: amount,
    note: optional(name),
    modifiers,
  }
  const rate = optional(fc.nat({ max: 10_000 }))
  return fc.record({
    id: fc.constant('ord_1'),
    status: fc.constant('New'),
    details: fc.record({
      orderType: fc.constantFrom('DineIn', 'Collection'),
      dineIn: fc.constant({}),
      collection: fc.record({ collectAt: optional(fc.constant('2026-07-04T18:30:00Z')) }),
    }),
    items: optional(
      fc.array(
        fc.record({
          ...product,
          subItems: optional(fc.array(fc.record(product), { maxLength: 2 })),
        }),
        { maxLength: 5 },
      ),
    ),
    note: optional(name),
    discounts: optional(
      fc.array(fc.record({ name, amountTotal: amount, amountPercentage: rate }), { maxLength: 3 }),
    ),
    serviceChargeAmount: optional(amount),
    taxLines: optional(
      fc.array(fc.record({ name: optional(name), amountTotal: amount, amountPercentage: rate }), {
        maxLength: 3,
      }),
    ),
    totalAmount: optional(amount),
    paidAmount: optional(amount),
    payments: optional(
      fc.array(
        fc.record({ paymentIntentId: name, paidAmount: amount, tipsAmount: optional(amount) }),
        { maxLength: 3 },
      ),
    ),
  })
}

t.test('no line is wider than the paper', async () => {
  const section = fc.record({ lines: fc.array(anyLine, { maxLength: 6 }) })
  fc.assert(
    fc.property(
      section,
      anyOrder({ name: words, amount, quantity }),
      section,
      (header, order, footer) => {
        const printed = printBill({ header, order, footer }, { timeZone: 'Europe/London' })
        return (
          (printed === '' || printed.endsWith('\n')) &&
          linesOf(printed).every(
            (line) =>
              widthOf(line) <= PAPER_COLUMNS &&
              line === line.trimEnd() &&
              !/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]/u.test(line),
          )
        )
      },
    ),
    { numRuns: 200 },
  )
})

t.test('wrapping neither loses nor adds a letter', async () => {
  const plain = fc.string({
    unit: fc.oneof(fc.constant(' '), fc.constantFrom(...'abcdefghé日語한😀👨‍🦰')),
    maxLength: 300,
    size: 'max',
  })
  const letters = (text: string): string => text.replaceAll(/\s/g, '')
  fc.assert(
    fc.property(
      plain,
      align,
      (value, align) =>
        letters(printBill(billOf({ header: [text(value, { align })] }))) === letters(value),
    ),
    { numRuns: 1_000 },
  )
})

// --- what the paper adds up to, reckoned apart from the source

const sum = (values: bigint[]): bigint => values.reduce((total, value) => total + value, 0n)
const minorOf = (amount: Schemas['Money'] | undefined): bigint => BigInt(amount?.value ?? 0)

function productSum({
  quantity,
  amountPerItem,
  modifiers = [],
  subItems = [],
}: Schemas['OrderItem']): bigint {
  const each = [
    minorOf(amountPerItem),
    ...modifiers.map((modifier) => BigInt(modifier.quantity) * minorOf(modifier.amountPerModifier)),
    ...subItems.map(productSum),
  ]
  return BigInt(quantity) * sum(each)
}

/** The amounts at the right edge, in minor units. */
const printedAmounts = (lines: string[]): bigint[] =>
  lines.flatMap((line) => {
    const [, sign, digits] = / {2}(-?)£?(\d+\.\d\d)$/.exec(line) ?? []
    return digits === undefined
      ? []
      : [BigInt(`${sign === '-' ? '-' : ''}${digits.replace('.', '')}`)]
  })

t.test('the rows add up to the order', async () => {
  const name = fc.string({ unit: fc.constantFrom(...'abc '), maxLength: 100, size: 'max' })
  const pounds = fc.oneof(fc.nat({ max: 10_000 }), fc.maxSafeNat()).map(gbp)
  const order = anyOrder({ name, amount: pounds, quantity: fc.nat({ max: 200 }) })
  fc.assert(
    fc.property(
      order,
      ({
        items = [],
        discounts = [],
        serviceChargeAmount,
        taxLines = [],
        totalAmount,
        paidAmount,
        payments = [],
        note,
        details,
      }) => {
        const paper = (part: Partial<Order>): bigint[] => printedAmounts(orderLines(part))
        const [total, paid] = [minorOf(totalAmount), minorOf(paidAmount)]
        const tips = payments.map(({ tipsAmount }) => minorOf(tipsAmount)).filter((tip) => tip > 0n)
        const paidRows =
          paid === 0n
            ? []
            : [paid, ...payments.map((payment) => minorOf(payment.paidAmount)), ...tips]
        const sums = totalAmount === undefined ? [] : [total, ...paidRows, total - paid]
        const adjustments = [
          ...discounts.map(({ amountTotal }) => -minorOf(amountTotal)),
          ...(serviceChargeAmount ? [minorOf(serviceChargeAmount)] : []),
          ...taxLines.map(({ amountTotal }) => minorOf(amountTotal)),
        ]
        const ascending = (values: bigint[]): string => values.map(String).sort().join()
        return (
          sum(paper({ items, note, details })) === sum(items.map(productSum)) &&
          paper({ discounts, serviceChargeAmount, taxLines }).join() === adjustments.join() &&
          ascending(paper({ totalAmount, paidAmount, payments })) === ascending(sums)
        )
      },
    ),
    { numRuns: 500 },
  )
})

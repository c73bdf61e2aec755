import fc from 'fast-check'
import t from 'tap'
import { compileComponent } from '../../../src/contract/validation.ts'
import {
  checkBillTemplate,
  defaultBillTemplate,
  renderBill,
  type BillFacts,
  type BillTemplate,
  type BillTemplateLine,
} from '../../../src/domain/paper/bill.ts'
import { withBothNames } from '../../../src/domain/paper/second-names.ts'
import { limits } from '../../../src/limits.ts'

const isSection = compileComponent('BillSection')

const facts: BillFacts = {
  tableName: 'Table 5',
  waiter: 'Becky',
  reference: 'INV-7',
  at: new Date('2026-01-15T20:08:00Z'),
  timeZone: 'Europe/London',
}
const unknown: BillFacts = { at: facts.at, timeZone: facts.timeZone }
const text = (value: string): BillTemplateLine => ({
  lineType: 'Text',
  text: { value, size: 'Body' },
})
const rendered = (line: BillTemplateLine, known: BillFacts = facts): BillTemplateLine | undefined =>
  renderBill({ header: [line], footer: [] }, known).header.lines[0]
const spoken = (value: string, known: BillFacts = facts): string | undefined =>
  rendered(text(value), known)?.text?.value

t.test('the default template', async (t) => {
  const template = defaultBillTemplate('The Red Lion')
  t.strictSame(checkBillTemplate(template), template)
  t.same(renderBill(template, facts), {
    header: {
      lines: [
        { lineType: 'MerchantName', merchantName: { name: 'The Red Lion' } },
        { lineType: 'HorizontalLine', horizontalLine: { line: 'Double' } },
        { lineType: 'Text', text: { value: 'Table 5', size: 'Header2', align: 'Center' } },
        { lineType: 'Text', text: { value: 'INV-7', size: 'Body', align: 'Center' } },
        { lineType: 'Text', text: { value: '15/01/2026 20:08', size: 'Body', align: 'Center' } },
        { lineType: 'Text', text: { value: 'Served by Becky', size: 'Body', align: 'Center' } },
      ],
    },
    footer: {
      lines: [
        { lineType: 'HorizontalLine', horizontalLine: { line: 'Single' } },
        { lineType: 'Text', text: { value: 'Thank you', size: 'Header2', align: 'Center' } },
      ],
    },
  })
  t.same(
    renderBill(template, unknown).header.lines,
    [
      { lineType: 'MerchantName', merchantName: { name: 'The Red Lion' } },
      { lineType: 'HorizontalLine', horizontalLine: { line: 'Double' } },
      { lineType: 'Text', text: { value: '15/01/2026 20:08', size: 'Body', align: 'Center' } },
    ],
    'without table, reference and waiter',
  )
})

t.test('dates and times are those of the venue', async (t) => {
  const cases: [at: string, timeZone: string, printed: string][] = [
    ['2026-07-04T18:30:00Z', 'Europe/London', '04/07/2026 19:30'],
    ['2026-07-04T23:15:59.999Z', 'Europe/London', '05/07/2026 00:15'],
    ['2026-12-31T23:59:00Z', 'Europe/London', '31/12/2026 23:59'],
    ['2026-01-01T00:00:00Z', 'Europe/London', '01/01/2026 00:00'],
    ['2026-03-29T00:59:00Z', 'Europe/London', '29/03/2026 00:59'],
    ['2026-03-29T01:00:00Z', 'Europe/London', '29/03/2026 02:00'],
    ['2026-10-25T00:59:00Z', 'Europe/London', '25/10/2026 01:59'],
    ['2026-10-25T01:00:00Z', 'Europe/London', '25/10/2026 01:00'],
    // Irish law has standard time in summer and a negative offset in winter.
    ['2026-08-01T20:05:00Z', 'Europe/Dublin', '01/08/2026 21:05'],
    ['2026-02-01T20:05:00Z', 'Europe/Dublin', '01/02/2026 20:05'],
    ['2026-07-04T22:30:00Z', 'Europe/Madrid', '05/07/2026 00:30'],
    ['2026-07-04T18:30:00Z', 'UTC', '04/07/2026 18:30'],
    ['2026-07-04T18:30:00Z', 'Asia/Kolkata', '05/07/2026 00:00'],
  ]
  for (const [at, timeZone, printed] of cases) {
    t.equal(
      spoken('{date} {time}', { at: new Date(at), timeZone }),
      printed,
      `${at} in ${timeZone}`,
    )
  }
  t.throws(() => spoken('{date}', { ...facts, timeZone: 'Europe/Atlantis' }), RangeError)
  t.throws(() => spoken('{date}', { ...facts, at: new Date(NaN) }), RangeError)
})

t.test('placeholders in a text', async (t) => {
  const cases: [value: string, known: BillFacts, printed: string | undefined][] = [
    ['No placeholder', unknown, 'No placeholder'],
    ['', unknown, ''],
    ['{table}', facts, 'Table 5'],
    ['{table}/{table} {waiter} {reference}', facts, 'Table 5/Table 5 Becky INV-7'],
    ['{table}', unknown, undefined],
    ['{table}', { ...unknown, tableName: '' }, undefined],
    ['Table {table}, {waiter}, {reference}', unknown, undefined],
    ['{table} {waiter}', { ...unknown, waiter: 'Becky' }, ' Becky'],
    ['{date} {table}', unknown, '15/01/2026 '],
    ['{foo}', unknown, '{foo}'],
    ['{foo} {table}', unknown, undefined],
    ['{foo} {table}', facts, '{foo} Table 5'],
    ['{Table} {table } { table} {{table}}', facts, '{Table} {table } { table} {Table 5}'],
    ['{toString} {__proto__}', facts, '{toString} {__proto__}'],
    ['{table}', { ...facts, tableName: '{waiter}' }, '{waiter}'],
    ['{table}{waiter}', { ...facts, tableName: '{wai', waiter: 'ter}' }, '{waiter}'],
    ['{table}', { ...facts, tableName: "$& $1 $' $$" }, "$& $1 $' $$"],
    ['{table}', { ...facts, tableName: 'Küche & <Bar>' }, 'Küche & <Bar>'],
  ]
  for (const [value, known, printed] of cases) {
    t.equal(spoken(value, known), printed, JSON.stringify(value))
  }
})

t.test('placeholders in every type of line', async (t) => {
  const picture = '<svg><text>{table}</text></svg>'
  const cases: [line: BillTemplateLine, printed: BillTemplateLine][] = [
    [
      {
        lineType: 'MerchantAddress',
        merchantAddress: { addressLines: ['{table}', '1 High Street'], postcode: '{reference}' },
      },
      {
        lineType: 'MerchantAddress',
        merchantAddress: { addressLines: ['Table 5', '1 High Street'], postcode: 'INV-7' },
      },
    ],
    [
      {
        lineType: 'MerchantEmailAddress',
        merchantEmailAddress: { emailAddress: '{waiter}@example.com' },
      },
      {
        lineType: 'MerchantEmailAddress',
        merchantEmailAddress: { emailAddress: 'Becky@example.com' },
      },
    ],
    [
      { lineType: 'MerchantName', merchantName: { name: "{waiter}'s" } },
      { lineType: 'MerchantName', merchantName: { name: "Becky's" } },
    ],
    [
      { lineType: 'MerchantPhoneNumber', merchantPhoneNumber: { phoneNumber: '020 {reference}' } },
      { lineType: 'MerchantPhoneNumber', merchantPhoneNumber: { phoneNumber: '020 INV-7' } },
    ],
    [
      { lineType: 'Text', text: { value: '{table}', size: 'Header1', align: 'Right', bold: true } },
      { lineType: 'Text', text: { value: 'Table 5', size: 'Header1', align: 'Right', bold: true } },
    ],
    [
      {
        lineType: 'URL',
        url: {
          url: 'https://example.com/{table}?d={date}#{waiter}',
          description: 'Rate {waiter}',
          showQr: true,
          showUrl: false,
        },
      },
      {
        lineType: 'URL',
        url: {
          url: 'https://example.com/Table%205?d=15%2F01%2F2026#Becky',
          description: 'Rate Becky',
          showQr: true,
          showUrl: false,
        },
      },
    ],
    [
      { lineType: 'TaxNumber', taxNumber: { name: '{table}', number: '{reference}' } },
      { lineType: 'TaxNumber', taxNumber: { name: 'Table 5', number: 'INV-7' } },
    ],
    [
      { lineType: 'Image', image: { svgImage: picture, align: 'Left' } },
      { lineType: 'Image', image: { svgImage: picture, align: 'Left' } },
    ],
    [
      { lineType: 'Logo', logo: { svgImage: picture } },
      { lineType: 'Logo', logo: { svgImage: picture } },
    ],
    [
      { lineType: 'HorizontalLine', horizontalLine: {} },
      { lineType: 'HorizontalLine', horizontalLine: {} },
    ],
  ]
  for (const [line, printed] of cases) {
    const before = structuredClone(line)
    t.strictSame(rendered(line), printed, line.lineType)
    t.strictSame(line, before, `${line.lineType}: the template stays as it was`)
  }
})

t.test('a line counts as a whole', async (t) => {
  const url = (address: string, description: string): BillTemplateLine => ({
    lineType: 'URL',
    url: { url: address, description },
  })
  t.equal(
    rendered(url('https://example.com/{table}', 'For {table}'), unknown),
    undefined,
    'no value at all',
  )
  t.same(
    rendered(url('https://example.com/{table}', 'On {date}'), unknown),
    url('https://example.com/', 'On 15/01/2026'),
    'a value in another field',
  )
  const address = (...addressLines: string[]): BillTemplateLine => ({
    lineType: 'MerchantAddress',
    merchantAddress: { addressLines, postcode: 'W2 1DG' },
  })
  t.equal(rendered(address('{table}', '{waiter}'), unknown), undefined)
  t.same(rendered(address('{table}', '{time}'), unknown), address('', '20:08'))
  t.same(
    renderBill(
      { header: [text('{table}')], footer: [text('a'), text('{table}'), text('b')] },
      unknown,
    ),
    { header: { lines: [] }, footer: { lines: [text('a'), text('b')] } },
    'the other lines keep their order',
  )
})

t.test('values in a web address are encoded', async (t) => {
  const address = (tableName: string): string | undefined =>
    rendered(
      { lineType: 'URL', url: { url: 'https://example.com/?t={table}' } },
      { ...facts, tableName },
    )?.url?.url
  t.equal(address('A&B=C/D #1%'), 'https://example.com/?t=A%26B%3DC%2FD%20%231%25')
  t.equal(address('Café'), 'https://example.com/?t=Caf%C3%A9')
  t.equal(address('{waiter}'), 'https://example.com/?t=%7Bwaiter%7D')
  t.equal(
    address('\ud83d'),
    'https://example.com/?t=%EF%BF%BD',
    'half of a surrogate pair becomes U+FFFD',
  )
})

const drawing = '<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0h8v8z"/></svg>'
const header = (...lines: unknown[]): unknown => ({ header: lines, footer: [] })

t.test('templates that are good', async (t) => {
  const lines: BillTemplateLine[] = [
    { lineType: 'Image', image: { svgImage: drawing } },
    { lineType: 'Image', image: { svgImage: drawing, align: 'Right' } },
    { lineType: 'Logo', logo: { svgImage: drawing } },
    {
      lineType: 'MerchantAddress',
      merchantAddress: { addressLines: ['1 High Street', 'London'], postcode: 'W2 1DG' },
    },
    { lineType: 'MerchantAddress', merchantAddress: { addressLines: [], postcode: '' } },
    {
      lineType: 'MerchantEmailAddress',
      merchantEmailAddress: { emailAddress: 'hello@example.com' },
    },
    { lineType: 'MerchantName', merchantName: { name: 'The Red Lion' } },
    { lineType: 'MerchantPhoneNumber', merchantPhoneNumber: { phoneNumber: '020 7946 0000' } },
    { lineType: 'Text', text: { value: '', size: 'Header1' } },
    { lineType: 'Text', text: { value: 'a', size: 'Header2', align: 'Left', bold: false } },
    {
      lineType: 'Text',
      text: {
        value: '😀'.repeat(limits.maxBillTextCharacters),
        size: 'Body',
        align: 'Center',
        bold: true,
      },
    },
    { lineType: 'URL', url: { url: 'https://example.com' } },
    {
      lineType: 'URL',
      url: {
        url: 'HTTP://example.com/{foo}?t={table}',
        description: 'Tell us',
        showQr: true,
        showUrl: false,
      },
    },
    { lineType: 'HorizontalLine', horizontalLine: {} },
    { lineType: 'HorizontalLine', horizontalLine: { line: 'Single' } },
    { lineType: 'HorizontalLine', horizontalLine: { line: 'Double' } },
    { lineType: 'TaxNumber', taxNumber: { name: 'VAT', number: '342 6287 32' } },
  ]
  for (const line of lines) {
    const template = { header: [line], footer: [line] }
    t.strictSame(checkBillTemplate(template), template, JSON.stringify(line).slice(0, 80))
    t.ok(isSection({ lines: [line] }), 'fits the contract', { errors: isSection.errors })
  }
  t.same(checkBillTemplate({ header: [], footer: [] }), { header: [], footer: [] }, 'without lines')
  t.doesNotThrow(
    () =>
      checkBillTemplate({
        header: Array(limits.maxBillLines).fill(text('a')),
        footer: Array(limits.maxBillLines).fill(text('b')),
      }),
    'as many lines as are allowed',
  )
})

t.test('a template may use either name of a field, and is kept with the first', async (t) => {
  const heavy = { value: 'a', size: 'Body' }
  const light = { value: 'b', size: 'Header1', bold: false }
  const link = { url: 'https://example.com' }
  const template = (texts: object[], url: object) => ({
    header: texts.map((each) => ({ lineType: 'Text', text: each })),
    footer: [{ lineType: 'URL', url }],
  })
  const given = template(
    [
      { ...heavy, emphasisBold: true },
      { ...light, emphasisBold: false },
    ],
    { ...link, showQR: true, showURL: false },
  )
  const sent = structuredClone(given)
  const kept = checkBillTemplate(given)
  t.strictSame(
    kept,
    template([{ ...heavy, bold: true }, light], { ...link, showQr: true, showUrl: false }),
  )
  t.strictSame(given, sent, 'what was sent is not changed')
  const { header, footer } = renderBill(kept, facts)
  const both = template(
    [
      { ...heavy, bold: true, emphasisBold: true },
      { ...light, emphasisBold: false },
    ],
    { ...link, showQr: true, showQR: true, showUrl: false, showURL: false },
  )
  t.strictSame(
    { header: withBothNames(header).lines, footer: withBothNames(footer).lines },
    both,
    'a bill has both',
  )
})

t.test('templates that are refused', async (t) => {
  const long = 'a'.repeat(limits.maxBillTextCharacters + 1)
  const url = (address: unknown): unknown => header({ lineType: 'URL', url: { url: address } })
  const notWeb =
    'The field header[0].url.url must be a web address that starts with http:// or https://.'
  const notInHost =
    'The field header[0].url.url must be a web address with placeholders after its host only.'
  const lineTypes =
    'Image, Logo, MerchantAddress, MerchantEmailAddress, MerchantName, MerchantPhoneNumber, ' +
    'Text, URL, HorizontalLine, TaxNumber'
  const cases: [template: unknown, message: string | RegExp][] = [
    [undefined, 'A bill template must be an object with the fields header and footer.'],
    [null, 'A bill template must be an object with the fields header and footer.'],
    [[], 'A bill template must be an object with the fields header and footer.'],
    ['{}', 'A bill template must be an object with the fields header and footer.'],
    [{ footer: [] }, 'The field header is missing.'],
    [{ header: [] }, 'The field footer is missing.'],
    [{ header: [], footer: [], body: [] }, 'The field body is not part of the contract here.'],
    [
      JSON.parse('{ "header": [], "footer": [], "__proto__": {} }'),
      'The field __proto__ is not part of the contract here.',
    ],
    [{ header: { lines: [] }, footer: [] }, 'The field header must be an array.'],
    [{ header: [], footer: null }, 'The field footer must be an array.'],
    [
      { header: Array(61).fill(text('a')), footer: [] },
      'The field header has 61 lines, but it may have 60 at most.',
    ],
    [
      { header: [], footer: Array(61).fill(text('a')) },
      'The field footer has 61 lines, but it may have 60 at most.',
    ],

    [header('a'), 'The field header[0] must be an object.'],
    [header(text('a'), null), 'The field header[1] must be an object.'],
    [{ header: [], footer: [text('a'), text('b'), []] }, 'The field footer[2] must be an object.'],
    [header({ text: { value: 'a', size: 'Body' } }), 'The field header[0].lineType is missing.'],
    [
      header({ lineType: 'text', text: { value: 'a', size: 'Body' } }),
      `The field header[0].lineType must be one of ${lineTypes}.`,
    ],
    [
      header({ lineType: 'toString', text: { value: 'a', size: 'Body' } }),
      `The field header[0].lineType must be one of ${lineTypes}.`,
    ],
    [
      header({ lineType: ['Text'], text: { value: 'a', size: 'Body' } }),
      `The field header[0].lineType must be one of ${lineTypes}.`,
    ],
    [header({ lineType: 'Text' }), 'The field header[0].text is missing.'],
    [
      header({ lineType: 'Text', merchantName: { name: 'a' } }),
      'The field header[0].merchantName is not part of the contract here.',
    ],
    [
      header({ ...text('a'), merchantName: { name: 'a' } }),
      'The field header[0].merchantName is not part of the contract here.',
    ],
    [
      header({ ...text('a'), note: 'a' }),
      'The field header[0].note is not part of the contract here.',
    ],
    [header({ lineType: 'Text', text: 'a' }), 'The field header[0].text must be an object.'],
    [header({ lineType: 'Text', text: [] }), 'The field header[0].text must be an object.'],
    [
      header({ lineType: 'HorizontalLine', horizontalLine: null }),
      'The field header[0].horizontalLine must be an object.',
    ],

    [
      header({ lineType: 'Text', text: { size: 'Body' } }),
      'The field header[0].text.value is missing.',
    ],
    [
      header({ lineType: 'Text', text: { value: 5, size: 'Body' } }),
      'The field header[0].text.value must be a string.',
    ],
    [
      header(text(long)),
      'The field header[0].text.value has 501 characters, but it may have 500 at most.',
    ],
    [
      header(text('a\0')),
      'The field header[0].text.value contains the character U+0000 or half of a surrogate pair.',
    ],
    [
      header(text('\udc00')),
      'The field header[0].text.value contains the character U+0000 or half of a surrogate pair.',
    ],
    [
      header({ lineType: 'Text', text: { value: 'a' } }),
      'The field header[0].text.size is missing.',
    ],
    [
      header(text('a'), text('b'), { lineType: 'Text', text: { value: 'a', size: 'Header3' } }),
      'The field header[2].text.size must be one of Body, Header1, Header2.',
    ],
    [
      header({ lineType: 'Text', text: { value: 'a', size: 'Body', align: 'AlignLeft' } }),
      'The field header[0].text.align must be one of Center, Left, Right.',
    ],
    [
      header({ lineType: 'Text', text: { value: 'a', size: 'Body', align: null } }),
      'The field header[0].text.align must be one of Center, Left, Right.',
    ],
    [
      header({ lineType: 'Text', text: { value: 'a', size: 'Body', bold: 'true' } }),
      'The field header[0].text.bold must be true or false.',
    ],
    [
      header(text('a'), {
        lineType: 'Text',
        text: { value: 'a', size: 'Body', bold: false, emphasisBold: true },
      }),
      'The fields header[1].text.bold and header[1].text.emphasisBold are two names of one ' +
        'setting; send one of them.',
    ],
    [
      header({ lineType: 'Text', text: { value: 'a', size: 'Body', emphasisBold: 1 } }),
      'The field header[0].text.bold must be true or false.',
    ],

    [
      header({ lineType: 'MerchantName', merchantName: {} }),
      'The field header[0].merchantName.name is missing.',
    ],
    [
      header({ lineType: 'MerchantName', merchantName: { name: long } }),
      'The field header[0].merchantName.name has 501 characters, but it may have 500 at most.',
    ],
    [
      header({ lineType: 'MerchantEmailAddress', merchantEmailAddress: { emailAddress: false } }),
      'The field header[0].merchantEmailAddress.emailAddress must be a string.',
    ],
    [
      header({ lineType: 'MerchantPhoneNumber', merchantPhoneNumber: { phoneNumber: 20 } }),
      'The field header[0].merchantPhoneNumber.phoneNumber must be a string.',
    ],
    [
      header({ lineType: 'MerchantAddress', merchantAddress: { postcode: 'a' } }),
      'The field header[0].merchantAddress.addressLines is missing.',
    ],
    [
      header({ lineType: 'MerchantAddress', merchantAddress: { addressLines: ['a'] } }),
      'The field header[0].merchantAddress.postcode is missing.',
    ],
    [
      header({
        lineType: 'MerchantAddress',
        merchantAddress: { addressLines: 'a', postcode: 'a' },
      }),
      'The field header[0].merchantAddress.addressLines must be an array.',
    ],
    [
      header({
        lineType: 'MerchantAddress',
        merchantAddress: { addressLines: ['a', 5], postcode: 'a' },
      }),
      'The field header[0].merchantAddress.addressLines[1] must be a string.',
    ],
    [
      header({
        lineType: 'MerchantAddress',
        merchantAddress: { addressLines: [long], postcode: 'a' },
      }),
      'The field header[0].merchantAddress.addressLines[0] has 501 characters, ' +
        'but it may have 500 at most.',
    ],
    [
      header({
        lineType: 'MerchantAddress',
        merchantAddress: { addressLines: Array(61).fill('a'), postcode: 'a' },
      }),
      'The field header[0].merchantAddress.addressLines has 61 lines, but it may have 60 at most.',
    ],
    [
      header({ lineType: 'HorizontalLine', horizontalLine: { line: 'Triple' } }),
      'The field header[0].horizontalLine.line must be one of Single, Double.',
    ],
    [
      header({ lineType: 'TaxNumber', taxNumber: { number: '1' } }),
      'The field header[0].taxNumber.name is missing.',
    ],
    [
      header({ lineType: 'TaxNumber', taxNumber: { name: 'VAT' } }),
      'The field header[0].taxNumber.number is missing.',
    ],

    [header({ lineType: 'URL', url: {} }), 'The field header[0].url.url is missing.'],
    [url(5), 'The field header[0].url.url must be a string.'],
    [
      url(`https://${long}`),
      'The field header[0].url.url has 509 characters, but it may have 500 at most.',
    ],
    [url(''), notWeb],
    [url('www.example.com'), notWeb],
    [url('https://'), notWeb],
    [url('https://{table}'), notWeb],
    [url('https://a b.example'), notWeb],
    [url(' https://example.com'), notWeb],
    [url('https://example.com/a b'), notWeb],
    [url('https:example.com'), notWeb],
    [url('https://example.com:99999'), notWeb],
    [url('ftp://example.com'), notWeb],
    [url('javascript:alert(1)'), notWeb],
    [url('{table}'), notWeb],
    [url('https://example.com{table}/'), notInHost],
    [url('https://{table}example.com/'), notInHost],
    [url('https://example.com:{table}/'), notInHost],
    [
      header({ lineType: 'URL', url: { url: 'https://example.com', description: null } }),
      'The field header[0].url.description must be a string.',
    ],
    [
      header({ lineType: 'URL', url: { url: 'https://example.com', description: long } }),
      'The field header[0].url.description has 501 characters, but it may have 500 at most.',
    ],
    [
      header({ lineType: 'URL', url: { url: 'https://example.com', showQr: 1 } }),
      'The field header[0].url.showQr must be true or false.',
    ],
    [
      header({ lineType: 'URL', url: { url: 'https://example.com', showUrl: null } }),
      'The field header[0].url.showUrl must be true or false.',
    ],
    [
      header({ lineType: 'URL', url: { url: 'https://example.com', showqr: true } }),
      'The field header[0].url.showqr is not part of the contract here.',
    ],

    [header({ lineType: 'Image', image: {} }), 'The field header[0].image.svgImage is missing.'],
    [
      header({ lineType: 'Image', image: { svgImage: null } }),
      'The field header[0].image.svgImage must be a string.',
    ],
    [
      header({ lineType: 'Image', image: { svgImage: '' } }),
      /^The field header\[0\]\.image\.svgImage is not well-formed XML/,
    ],
    [
      header({ lineType: 'Image', image: { svgImage: '<svg onload="a()"/>' } }),
      /^The field header\[0\]\.image\.svgImage has the attribute onload/,
    ],
    [
      header({ lineType: 'Image', image: { svgImage: drawing, align: 'center' } }),
      'The field header[0].image.align must be one of Center, Left, Right.',
    ],
    [
      { header: [], footer: [{ lineType: 'Logo', logo: { svgImage: '<svg><script/></svg>' } }] },
      /^The field footer\[0\]\.logo\.svgImage has the element script/,
    ],
    [
      header({ lineType: 'Logo', logo: { svgImage: drawing, align: 'Left' } }),
      'The field header[0].logo.align is not part of the contract here.',
    ],
  ]
  for (const [template, message] of cases) {
    t.throws(
      () => checkBillTemplate(template),
      { type: 'InvalidRequest', reason: 'invalid', message },
      String(message),
    )
  }
})

// Any text at all, with halves of surrogate pairs and U+0000 in it, and placeholders where they
// could be expanded again.
const anyText = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '{table}',
        '{waiter}',
        '{reference}',
        '{date}',
        '{time}',
        '{foo}',
        '{',
        '}',
        '$&',
      ),
      fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)),
    ),
    { maxLength: 20 },
  )
  .map((pieces) => pieces.join(''))

const goodText = anyText.map((value) => value.replaceAll('\0', '').toWellFormed())
const maybe = { requiredKeys: [] as [] }
const align = fc.constantFrom('Center', 'Left', 'Right')

const anyLine = fc.oneof(
  fc.record({
    lineType: fc.constant('Image'),
    image: fc.record({ svgImage: fc.constant(drawing), align }, { requiredKeys: ['svgImage'] }),
  }),
  fc.record({ lineType: fc.constant('Logo'), logo: fc.record({ svgImage: fc.constant(drawing) }) }),
  fc.record({
    lineType: fc.constant('MerchantAddress'),
    merchantAddress: fc.record({
      addressLines: fc.array(goodText, { maxLength: 4 }),
      postcode: goodText,
    }),
  }),
  fc.record({
    lineType: fc.constant('MerchantEmailAddress'),
    merchantEmailAddress: fc.record({ emailAddress: goodText }),
  }),
  fc.record({ lineType: fc.constant('MerchantName'), merchantName: fc.record({ name: goodText }) }),
  fc.record({
    lineType: fc.constant('MerchantPhoneNumber'),
    merchantPhoneNumber: fc.record({ phoneNumber: goodText }),
  }),
  fc.record({
    lineType: fc.constant('Text'),
    text: fc.record(
      {
        value: goodText,
        size: fc.constantFrom('Body', 'Header1', 'Header2'),
        align,
        bold: fc.boolean(),
      },
      { requiredKeys: ['value', 'size'] },
    ),
  }),
  fc.record({
    lineType: fc.constant('URL'),
    url: fc.record(
      {
        url: goodText.map((value) => `https://example.com/?a=${value.replace(/\s/g, '')}`),
        description: goodText,
        showQr: fc.boolean(),
        showUrl: fc.boolean(),
      },
      { requiredKeys: ['url'] },
    ),
  }),
  fc.record({
    lineType: fc.constant('HorizontalLine'),
    horizontalLine: fc.record({ line: fc.constantFrom('Single', 'Double') }, maybe),
  }),
  fc.record({
    lineType: fc.constant('TaxNumber'),
    taxNumber: fc.record({ name: goodText, number: goodText }),
  }),
) as fc.Arbitrary<BillTemplateLine>

const anyTemplate: fc.Arbitrary<BillTemplate> = fc.record({
  header: fc.array(anyLine, { maxLength: 8 }),
  footer: fc.array(anyLine, { maxLength: 8 }),
})
const anyFacts: fc.Arbitrary<BillFacts> = fc.record(
  {
    tableName: anyText,
    waiter: anyText,
    reference: anyText,
    at: fc.date({
      min: new Date('1970-01-01T00:00:00Z'),
      max: new Date('2199-12-31T00:00:00Z'),
      noInvalidDate: true,
    }),
    timeZone: fc.constantFrom(
      'Europe/London',
      'Europe/Dublin',
      'Pacific/Kiritimati',
      'America/St_Johns',
      'UTC',
    ),
  },
  { requiredKeys: ['at', 'timeZone'] },
)

t.test('whatever the template and the facts, the bill fits the contract', async (t) => {
  const fits = fc.property(anyTemplate, anyFacts, (template, known) => {
    checkBillTemplate(template)
    const bill = renderBill(template, known)
    return isSection(bill.header) && isSection(bill.footer)
  })
  t.doesNotThrow(() => fc.assert(fits, { numRuns: 1_000 }))
})

t.test('whatever the facts, a web address stays in its place', async (t) => {
  const stays = fc.property(anyFacts, (known) => {
    const printed = rendered(
      { lineType: 'URL', url: { url: 'https://example.com/bill?t={table}&w={waiter}&d={date}' } },
      known,
    )!.url!.url
    const address = new URL(printed)
    return (
      address.origin === 'https://example.com' &&
      address.pathname === '/bill' &&
      [...address.searchParams.keys()].join() === 't,w,d' &&
      address.hash === '' &&
      address.searchParams.get('t') === (known.tableName ?? '').toWellFormed()
    )
  })
  t.doesNotThrow(() => fc.assert(stays, { numRuns: 1_000 }))
})

t.test('a date and a time are always printed the same way', async (t) => {
  const same = fc.property(anyFacts, (known) =>
    /^\d\d\/\d\d\/\d{4} ([01]\d|2[0-3]):[0-5]\d$/.test(spoken('{date} {time}', known)!),
  )
  t.doesNotThrow(() => fc.assert(same, { numRuns: 1_000 }))
})

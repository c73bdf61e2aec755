// What a venue prints above and below an order, and how its placeholders are filled in.
import type { Schemas } from '../../contract/capabilities.ts'
import { limits } from '../../limits.ts'
import { invalid, invalidField } from '../errors.ts'
import { alsoPrintParts, type AlsoPrint } from './also-print.ts'
import { withFirstNames } from './second-names.ts'
import { checkSvg } from './svg.ts'

export type BillTemplateLine = Schemas['BillLine']
export interface BillTemplate {
  header: BillTemplateLine[]
  footer: BillTemplateLine[]
  alsoPrint?: AlsoPrint | undefined
}
export interface RenderedBill {
  header: Schemas['BillSection']
  footer: Schemas['BillSection']
}

export interface BillFacts {
  tableName?: string
  /** The name, or the id where there is no name. */
  waiter?: string
  reference?: string
  /** The date and time that are printed. */
  at: Date
  /** An IANA name, as Europe/London. */
  timeZone: string
}

type Placeholder = 'table' | 'waiter' | 'reference' | 'date' | 'time'
type Values = Readonly<Record<Placeholder, string | undefined>>

const PLACEHOLDER = /\{(table|waiter|reference|date|time)\}/g

/** What a venue prints until its operator sets a template. */
export function defaultBillTemplate(venueName: string): BillTemplate {
  return {
    header: [
      { lineType: 'MerchantName', merchantName: { name: venueName } },
      { lineType: 'HorizontalLine', horizontalLine: { line: 'Double' } },
      textLine('{table}', 'Header2'),
      textLine('{reference}', 'Body'),
      textLine('{date} {time}', 'Body'),
      textLine('Served by {waiter}', 'Body'),
    ],
    footer: [
      { lineType: 'HorizontalLine', horizontalLine: { line: 'Single' } },
      textLine('Thank you', 'Header2'),
    ],
  }
}

function textLine(value: string, size: Schemas['Size']): BillTemplateLine {
  return { lineType: 'Text', text: { value, size, align: 'Center' } }
}

/**
 * The template with its placeholders filled in. A line without a value for any of its placeholders
 * is left out; in other lines a placeholder without a value becomes nothing. An empty text is no
 * value.
 * @throws RangeError when the time zone is not one that Node.js knows, or the date is not valid
 */
export function renderBill(template: BillTemplate, facts: BillFacts): RenderedBill {
  const values: Values = {
    table: facts.tableName || undefined,
    waiter: facts.waiter || undefined,
    reference: facts.reference || undefined,
    ...dateAndTime(facts.at, facts.timeZone),
  }
  const render = (lines: BillTemplateLine[]): Schemas['BillSection'] => ({
    lines: lines.map((line) => renderLine(line, values)).filter((line) => line !== undefined),
  })
  return { header: render(template.header), footer: render(template.footer) }
}

function renderLine(line: BillTemplateLine, values: Values): BillTemplateLine | undefined {
  let placeholders = 0
  let known = 0
  const fillWith =
    (write: (value: string) => string) =>
    (text: string): string =>
      text.replace(PLACEHOLDER, (_, name: Placeholder) => {
        const value = values[name]
        placeholders++
        if (value === undefined) return ''
        known++
        return write(value)
      })
  const fill = fillWith((value) => value)
  // Half of a surrogate pair cannot be encoded.
  const fillAddress = fillWith((value) => encodeURIComponent(value.toWellFormed()))

  const {
    merchantAddress,
    merchantEmailAddress,
    merchantName,
    merchantPhoneNumber,
    text,
    url,
    taxNumber,
  } = line
  const filled: BillTemplateLine = { ...line }
  if (merchantAddress) {
    filled.merchantAddress = {
      ...merchantAddress,
      addressLines: merchantAddress.addressLines.map(fill),
      postcode: fill(merchantAddress.postcode),
    }
  }
  if (merchantEmailAddress) {
    filled.merchantEmailAddress = {
      ...merchantEmailAddress,
      emailAddress: fill(merchantEmailAddress.emailAddress),
    }
  }
  if (merchantName) filled.merchantName = { ...merchantName, name: fill(merchantName.name) }
  if (merchantPhoneNumber) {
    filled.merchantPhoneNumber = {
      ...merchantPhoneNumber,
      phoneNumber: fill(merchantPhoneNumber.phoneNumber),
    }
  }
  if (text) filled.text = { ...text, value: fill(text.value) }
  if (url) {
    filled.url = { ...url, url: fillAddress(url.url) }
    if (url.description !== undefined) filled.url.description = fill(url.description)
  }
  if (taxNumber) {
    filled.taxNumber = { ...taxNumber, name: fill(taxNumber.name), number: fill(taxNumber.number) }
  }
  return placeholders > 0 && known === 0 ? undefined : filled
}

/** Making a formatter takes far longer than using it. */
const formatters = new Map<string, Intl.DateTimeFormat>()

function dateAndTime(at: Date, timeZone: string): { date: string; time: string } {
  let formatter = formatters.get(timeZone)
  if (formatter === undefined) {
    formatter = new Intl.DateTimeFormat('en-GB', {
      timeZone,
      day: '2-digit',
      month: '2-digit',
      year: 'numeric',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    })
    formatters.set(timeZone, formatter)
  }
  const parts = new Map(formatter.formatToParts(at).map(({ type, value }) => [type, value]))
  return {
    date: `${parts.get('day')}/${parts.get('month')}/${parts.get('year')}`,
    time: `${parts.get('hour')}:${parts.get('minute')}`,
  }
}

/** Throws when the field may not have this value; a missing field is undefined. */
type Check = (value: unknown, field: string) => void

/**
 * Checks a template of an operator, line by line, against the contract.
 * @throws Refusal InvalidRequest naming the first field with a fault, as `header[2].text.size`
 */
export function checkBillTemplate(value: unknown): BillTemplate {
  if (!isObject(value)) {
    throw invalid('A bill template must be an object with the fields header and footer.')
  }
  const template = withFirstNames(value) as Record<string, unknown>
  const fields = { header: checkSection, footer: checkSection, alsoPrint: checkAlsoPrint }
  checkFields(template, '', fields)
  return template as unknown as BillTemplate
}

function checkAlsoPrint(value: unknown, field: string): void {
  if (value === undefined) return
  if (!isObject(value)) refuse(value, field, 'an object')
  checkFields(
    value,
    field,
    Object.fromEntries(alsoPrintParts.map((name) => [name, optional(checkBoolean)])),
  )
}

function checkSection(value: unknown, field: string): void {
  for (const [index, line] of checkArray(value, field, 'lines').entries()) {
    checkLine(line, `${field}[${index}]`)
  }
}

function checkLine(value: unknown, field: string): void {
  if (!isObject(value)) refuse(value, field, 'an object')
  checkLineType(value['lineType'], `${field}.lineType`)
  const [part, check] = parts[value['lineType'] as Schemas['BillLineType']]
  checkFields(value, field, { lineType: checkLineType, [part]: check })
}

function checkFields(
  value: Record<string, unknown>,
  field: string,
  fields: Readonly<Record<string, Check>>,
): void {
  const pathOf = (name: string): string => (field === '' ? name : `${field}.${name}`)
  const unknown = Object.keys(value).find((name) => !Object.hasOwn(fields, name))
  if (unknown !== undefined) {
    throw invalidField(
      pathOf(unknown),
      `The field ${pathOf(unknown)} is not part of the contract here.`,
    )
  }
  for (const [name, check] of Object.entries(fields)) check(value[name], pathOf(name))
}

/** Names every field of the part: a change of the contract does not compile here. */
function checkPart<Part>(fields: { readonly [Name in keyof Part]-?: Check }): Check {
  return (value, field) => {
    if (!isObject(value)) refuse(value, field, 'an object')
    checkFields(value, field, fields)
  }
}

function checkArray(value: unknown, field: string, what: string): unknown[] {
  if (!Array.isArray(value)) refuse(value, field, 'an array')
  if (value.length > limits.maxBillLines) {
    throw invalidField(
      field,
      `The field ${field} has ${value.length} ${what}, ` +
        `but it may have ${limits.maxBillLines} at most.`,
    )
  }
  return value
}

function checkString(value: unknown, field: string): string {
  if (typeof value !== 'string') refuse(value, field, 'a string')
  return value
}

function checkText(value: unknown, field: string): string {
  const text = checkString(value, field)
  const characters = [...text].length
  if (characters > limits.maxBillTextCharacters) {
    throw invalidField(
      field,
      `The field ${field} has ${characters} characters, ` +
        `but it may have ${limits.maxBillTextCharacters} at most.`,
    )
  }
  // PostgreSQL cannot store them.
  if (text.includes('\0') || !text.isWellFormed()) {
    throw invalidField(
      field,
      `The field ${field} contains the character U+0000 or half of a surrogate pair.`,
    )
  }
  return text
}

function checkAddressLines(value: unknown, field: string): void {
  for (const [index, line] of checkArray(value, field, 'lines').entries()) {
    checkText(line, `${field}[${index}]`)
  }
}

function checkWebAddress(value: unknown, field: string): void {
  const address = checkText(value, field)
  const empty = address.replace(PLACEHOLDER, '')
  const parsed = /^https?:\/\/\S+$/i.test(empty) ? URL.parse(empty) : null
  if (parsed === null) refuse(value, field, 'a web address that starts with http:// or https://')
  // A value must not choose the host that guests are sent to.
  if (URL.parse(address.replace(PLACEHOLDER, 'x'))?.origin !== parsed.origin) {
    refuse(value, field, 'a web address with placeholders after its host only')
  }
}

function checkBoolean(value: unknown, field: string): void {
  if (typeof value !== 'boolean') refuse(value, field, 'true or false')
}

const checkOneOf =
  (allowed: readonly string[]): Check =>
  (value, field) => {
    if (typeof value !== 'string' || !allowed.includes(value)) {
      refuse(value, field, `one of ${allowed.join(', ')}`)
    }
  }

const optional =
  (check: Check): Check =>
  (value, field) => {
    if (value !== undefined) check(value, field)
  }

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function refuse(value: unknown, field: string, expected: string): never {
  throw invalidField(
    field,
    value === undefined
      ? `The field ${field} is missing.`
      : `The field ${field} must be ${expected}.`,
  )
}

const checkImage: Check = (value, field) => checkSvg(checkString(value, field), field)
const checkAlign = checkOneOf(['Center', 'Left', 'Right'] satisfies Schemas['Align'][])
const checkSize = checkOneOf(['Body', 'Header1', 'Header2'] satisfies Schemas['Size'][])
const checkStroke = checkOneOf([
  'Single',
  'Double',
] satisfies Schemas['BillHorizontalLine']['line'][])

/** The one field that goes with each type of line. */
const parts: Readonly<
  Record<Schemas['BillLineType'], readonly [Exclude<keyof BillTemplateLine, 'lineType'>, Check]>
> = {
  Image: [
    'image',
    checkPart<Schemas['BillImage']>({ svgImage: checkImage, align: optional(checkAlign) }),
  ],
  Logo: ['logo', checkPart<Schemas['BillLogo']>({ svgImage: checkImage })],
  MerchantAddress: [
    'merchantAddress',
    checkPart<Schemas['BillMerchantAddress']>({
      addressLines: checkAddressLines,
      postcode: checkText,
    }),
  ],
  MerchantEmailAddress: [
    'merchantEmailAddress',
    checkPart<Schemas['BillMerchantEmailAddress']>({ emailAddress: checkText }),
  ],
  MerchantName: ['merchantName', checkPart<Schemas['BillMerchantName']>({ name: checkText })],
  MerchantPhoneNumber: [
    'merchantPhoneNumber',
    checkPart<Schemas['BillMerchantPhoneNumber']>({ phoneNumber: checkText }),
  ],
  Text: [
    'text',
    checkPart<Schemas['BillText']>({
      value: checkText,
      size: checkSize,
      align: optional(checkAlign),
      bold: optional(checkBoolean),
    }),
  ],
  URL: [
    'url',
    checkPart<Schemas['BillURL']>({
      url: checkWebAddress,
      description: optional(checkText),
      showQr: optional(checkBoolean),
      showUrl: optional(checkBoolean),
    }),
  ],
  HorizontalLine: [
    'horizontalLine',
    checkPart<Schemas['BillHorizontalLine']>({ line: optional(checkStroke) }),
  ],
  TaxNumber: [
    'taxNumber',
    checkPart<Schemas['BillTaxNumber']>({ name: checkText, number: checkText }),
  ],
}

const checkLineType = checkOneOf(Object.keys(parts))

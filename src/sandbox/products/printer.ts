// A bill as a card machine prints it, in letters of one width. Whatever an EPOS puts into a bill,
// no line is wider than the paper, and no name can move the printer's head or a terminal's cursor.
import encodeQR from 'qr'
import type { Schemas } from '../../contract/capabilities.ts'
import { aligned, graphemesOf, PAPER_COLUMNS, printable, row, widthOf, wrap } from './paper.ts'

type BillLine = Schemas['BillLine']
type Money = Schemas['Money']
type Order = Schemas['Order']

const INDENT = '  '

/**
 * The bill on paper of PAPER_COLUMNS. Lines end in '\n' and have no trailing spaces. Letters have
 * one weight, so bold text looks like any other.
 * @param options.timeZone an IANA name such as Europe/London, for the times in the order; UTC by
 *   default
 * @throws RangeError when Node.js does not know the time zone
 */
export function printBill(
  { header, order, footer }: Schemas['OrderBill'],
  { timeZone = 'UTC' }: { timeZone?: string } = {},
): string {
  const lines = [...header.lines, ...footer.lines]
  // A logo goes to the head of the bill and a tax number to its foot, wherever their lines are.
  const inPlace = (section: Schemas['BillSection']): string[] => section.lines.flatMap(lineInPlace)
  const blocks = [
    [...lines.flatMap(logoLine), ...inPlace(header)],
    orderedRows(order, timeZone),
    adjustmentRows(order),
    sumRows(order),
    [...inPlace(footer), ...lines.flatMap(taxNumberLines)],
  ]
  return blocks
    .filter((block) => block.length > 0)
    .map((block) => block.map((line) => `${line.trimEnd()}\n`).join(''))
    .join('\n')
}

// --- the lines around the order

function logoLine({ lineType, logo }: BillLine): string[] {
  return lineType === 'Logo' && logo ? [aligned('[ logo ]', 'Center')] : []
}

function taxNumberLines({ lineType, taxNumber }: BillLine): string[] {
  return lineType === 'TaxNumber' && taxNumber
    ? centred(`${taxNumber.name} ${taxNumber.number}`)
    : []
}

/** A line that is printed where it is. A line of an unknown type prints nothing. */
function lineInPlace({ lineType, ...line }: BillLine): string[] {
  switch (lineType) {
    case 'Image':
      return line.image ? [aligned('[ image ]', line.image.align)] : []
    case 'MerchantName':
      return centred(line.merchantName?.name)
    case 'MerchantAddress':
      return [
        ...(line.merchantAddress?.addressLines ?? []),
        line.merchantAddress?.postcode,
      ].flatMap(centred)
    case 'MerchantPhoneNumber':
      return centred(line.merchantPhoneNumber?.phoneNumber)
    case 'MerchantEmailAddress':
      return centred(line.merchantEmailAddress?.emailAddress)
    case 'Text':
      return line.text ? textLines(line.text) : []
    case 'URL':
      return line.url ? urlLines(line.url) : []
    case 'HorizontalLine':
      return line.horizontalLine
        ? [(line.horizontalLine.line === 'Double' ? '=' : '-').repeat(PAPER_COLUMNS)]
        : []
    default:
      return []
  }
}

function centred(text = ''): string[] {
  return printable(text) === '' ? [] : wrap(text).map((line) => aligned(line, 'Center'))
}

/** An empty text prints a blank line; tills use it for spacing. */
function textLines({ value, size, align }: Schemas['BillText']): string[] {
  const lines =
    size === 'Header1' ? doubleWidth(value) : wrap(size === 'Header2' ? value.toUpperCase() : value)
  return lines.map((line) => aligned(line, align))
}

/** A space after each letter doubles the width. A text too long for that is in capitals only. */
function doubleWidth(text: string): string[] {
  const capitals = printable(text).toUpperCase()
  const apart = graphemesOf(capitals).join(' ')
  return widthOf(apart) <= PAPER_COLUMNS ? [apart] : wrap(capitals)
}

function urlLines({
  url,
  description,
  showQr = false,
  showUrl = false,
}: Schemas['BillURL']): string[] {
  const address = printable(url)
  const qr = showQr && address !== '' ? qrLines(address) : []
  const needsLetters = showUrl || (showQr && qr.length === 0)
  return [...centred(description), ...qr, ...(needsLetters ? centred(address) : [])]
}

// --- QR codes

/** Light modules around the code. The empty paper on both sides adds more. */
const QUIET_MODULES = 2
/** The capacity of the largest code; the encoder takes no more. */
const MOST_QR_BYTES = 2_953
/** Dark modules: none, the upper one, the lower one, both. */
const HALF_BLOCKS = [' ', '▀', '▄', '█']

/**
 * A row of text holds two rows of modules, which makes them square. Dark modules are ink and light
 * ones bare paper. A dark terminal shows the negative, which some phones cannot read.
 * @returns nothing when the code is wider than the paper
 */
function qrLines(address: string): string[] {
  if (Buffer.byteLength(address) > MOST_QR_BYTES) return []
  // This paper stays clean: the lowest error correction leaves most room for a long address.
  const modules = encodeQR(address, 'raw', { ecc: 'low', border: QUIET_MODULES })
  if (modules.length > PAPER_COLUMNS) return []
  const lines: string[] = []
  for (let y = 0; y < modules.length; y += 2) {
    const blocks = modules[y]!.map(
      (upper, x) => HALF_BLOCKS[Number(upper) + 2 * Number(modules[y + 1]?.[x] ?? false)]!,
    )
    lines.push(aligned(blocks.join(''), 'Center'))
  }
  return lines
}

// --- the order

function orderedRows({ details, items = [], note }: Order, timeZone: string): string[] {
  return [
    ...momentRows(details, timeZone),
    ...items.flatMap((item) => productRows(item)),
    ...noteRows(note),
  ]
}

function momentRows(
  { orderType, collection, dineIn }: Schemas['OrderDetails'],
  timeZone: string,
): string[] {
  if (orderType === 'Collection' && collection?.asap) return row('', 'Collect as soon as possible')
  const [what, moment] =
    orderType === 'Collection'
      ? ['Collect at', collection?.collectAt]
      : ['Serve at', dineIn?.readyAt]
  if (moment === undefined || Number.isNaN(Date.parse(moment))) return []
  const formatter = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    day: '2-digit',
    month: '2-digit',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  })
  return row('', `${what} ${formatter.format(new Date(moment))}`)
}

/**
 * In the contract a quantity is per unit of the item around it. The paper shows the total quantity,
 * so that every row multiplies out and the rows add up.
 */
function productRows(
  { name, quantity, amountPerItem, note, modifiers = [], subItems = [] }: Schemas['OrderItem'],
  indent = '',
  units = 1n,
): string[] {
  const count = units * BigInt(quantity)
  const inner = indent + INDENT
  return [
    ...row(
      `${indent}${count} x `,
      name,
      indent === '' ? amountText(count, amountPerItem) : partAmountText(count, amountPerItem),
    ),
    ...modifiers.flatMap((modifier) => modifierRows(modifier, inner, count)),
    ...subItems.flatMap((subItem) => productRows(subItem, inner, count)),
    ...noteRows(note, inner),
  ]
}

function modifierRows(
  { name, quantity, amountPerModifier }: Schemas['Modifier'],
  indent: string,
  units: bigint,
): string[] {
  const count = units * BigInt(quantity)
  return row(
    `${indent}+ ${count === 1n ? '' : `${count} x `}`,
    name,
    partAmountText(count, amountPerModifier),
  )
}

/** A free extra shows no amount. */
const partAmountText = (count: bigint, amount: Money): string =>
  count * BigInt(amount.value) === 0n ? '' : amountText(count, amount)

function noteRows(note = '', indent = ''): string[] {
  return printable(note) === '' ? [] : row(`${indent}Note: `, note)
}

/** Discounts, service charge and taxes. Prices may include the taxes; that is up to the till. */
function adjustmentRows({ discounts = [], serviceChargeAmount, taxLines = [] }: Order): string[] {
  return [
    ...discounts.flatMap(({ name, amountPercentage, amountTotal }) =>
      row('', withRate(name, amountPercentage), amountText(-1n, amountTotal)),
    ),
    ...(serviceChargeAmount ? row('', 'Service charge', amountText(1n, serviceChargeAmount)) : []),
    ...taxLines.flatMap(({ name = 'Tax', amountPercentage, amountTotal }) =>
      row('', withRate(name, amountPercentage), amountText(1n, amountTotal)),
    ),
  ]
}

/** Adds the rate, unless the till has put it into the name already. */
function withRate(name: string, hundredths: number | undefined): string {
  return hundredths === undefined || name.includes('%') ? name : `${name} (${hundredths / 100}%)`
}

function sumRows({ totalAmount, paidAmount, payments = [] }: Order): string[] {
  if (totalAmount === undefined) return []
  const { currencyCode } = totalAmount
  const total = BigInt(totalAmount.value)
  const paid = BigInt(paidAmount?.value ?? 0)
  return [
    ...row('', 'TOTAL', totalText(total, currencyCode)),
    ...(paid > 0n
      ? [...row('', 'Paid', minorText(paid, currencyCode)), ...payments.flatMap(paymentRows)]
      : []),
    ...row('', 'TO PAY', totalText(total - paid, currencyCode)),
  ]
}

/** A tip does not reduce the balance, so it has its own row. */
function paymentRows({ paidAmount, tipsAmount }: Schemas['Payment'], index: number): string[] {
  return [
    ...row(INDENT, `Payment ${index + 1}`, amountText(1n, paidAmount)),
    ...(tipsAmount?.value ? row(INDENT + INDENT, 'Tip on top', amountText(1n, tipsAmount)) : []),
  ]
}

// --- money, in whole numbers, so that every bill is exact

const amountText = (count: bigint, { value, currencyCode }: Money): string =>
  minorText(count * BigInt(value), currencyCode)

function minorText(minor: bigint, currencyCode: string): string {
  const { decimals } = currencyOf(currencyCode)
  const digits = String(minor < 0n ? -minor : minor).padStart(decimals + 1, '0')
  const point = digits.length - decimals
  const sign = minor < 0n ? '-' : ''
  const fraction = decimals === 0 ? '' : `.${digits.slice(point)}`
  return sign + digits.slice(0, point) + fraction
}

function totalText(minor: bigint, currencyCode: string): string {
  const { symbol } = currencyOf(currencyCode)
  const text = minorText(minor < 0n ? -minor : minor, currencyCode)
  return `${minor < 0n ? '-' : ''}${symbol}${/\p{L}$/u.test(symbol) ? ' ' : ''}${text}`
}

interface Currency {
  decimals: number
  symbol: string
}

/** Formatters are slow to make. A key has three letters, so the map stays small. */
const currencies = new Map<string, Currency>()

function currencyOf(currencyCode: string): Currency {
  const code = printable(currencyCode).toUpperCase()
  if (!/^[A-Z]{3}$/.test(code)) return { decimals: 2, symbol: code }
  let currency = currencies.get(code)
  if (currency === undefined) {
    const formatter = new Intl.NumberFormat('en-GB', {
      style: 'currency',
      currency: code,
      currencyDisplay: 'narrowSymbol',
    })
    const symbol = formatter.formatToParts(0).find(({ type }) => type === 'currency')?.value ?? code
    currency = { decimals: formatter.resolvedOptions().maximumFractionDigits ?? 2, symbol }
    currencies.set(code, currency)
  }
  return currency
}

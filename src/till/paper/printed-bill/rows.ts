// A bill as the rows of its paper. The three formats draw these rows and do not know the bill, so
// they cannot disagree.
import encodeQR from 'qr'
import type { BillTemplateLine } from '../../../domain/paper/bill.ts'
import { printed } from '../../../domain/money.ts'
import { limits } from '../../../limits.ts'
import { columnsOf, printable, type Size, widthOf, wrap } from './paper.ts'
import { type Picture, pictureOf } from './picture.ts'

/** An item, or a part of the item above it. */
export interface PrintableLine {
  name: string
  quantity: number
  /** The whole quantity, without its parts, which have lines of their own. */
  amountMinor: number
  /** 0 for an item, 1 for its modifiers and sub-items, 2 for the modifiers of a sub-item. */
  depth: 0 | 1 | 2
  note?: string
}

/** What is printed of an order. Amounts are minor units of the currency. */
export interface PrintableBill {
  /** With placeholders filled in, as renderBill of the domain returns them. */
  header: BillTemplateLine[]
  footer: BillTemplateLine[]
  currency: string
  lines: PrintableLine[]
  /** What each takes off the bill, as a positive amount. */
  discounts: Array<{ name: string; amountMinor: number }>
  serviceChargeMinor: number | undefined
  taxLines: Array<{ name: string; amountMinor: number }>
  /** Whether taxes are added to the prices; otherwise the prices contain them. */
  taxesOnTop: boolean
  totalMinor: number
  /** Without void payments. A tip is not part of the amount. */
  payments: Array<{ label: string; amountMinor: number; tipsMinor: number }>
  balanceMinor: number
}

export type Align = 'Center' | 'Left' | 'Right'

/** Letters that fit on the paper. An amount is at the right, its text at the left. */
export interface LettersRow {
  kind: 'letters'
  text: string
  amount: string
  align: Align
  size: Size
  bold: boolean
}
export interface RuleRow {
  kind: 'rule'
  double: boolean
}
export interface PictureRow {
  kind: 'picture'
  name: 'Logo' | 'Picture'
  picture: Picture
  align: Align
}
export interface QrRow {
  kind: 'qr'
  address: string
  /** From top to bottom, true where it is dark, with the light margin that scanners need. */
  modules: boolean[][]
  /** Printed instead where the code has no room, unless the address is printed anyway. */
  letters: LettersRow[]
}
export type Row = LettersRow | RuleRow | PictureRow | QrRow

/** The bill from top to bottom. */
export function rowsOf(bill: PrintableBill): Row[] {
  const template = [...bill.header, ...bill.footer]
  // A logo goes to the head of the bill and a tax number to its foot, wherever their lines are.
  const blocks = [
    [...template.flatMap(logoRows), ...bill.header.flatMap(templateRows)],
    bill.lines.flatMap((line) => productRows(line, bill.currency)),
    adjustmentRows(bill),
    sumRows(bill),
    [...bill.footer.flatMap(templateRows), ...template.flatMap(taxNumberRows)],
  ]
  return blocks
    .filter((block) => block.length > 0)
    .flatMap((block, index) => (index === 0 ? block : [EMPTY, ...block]))
}

const EMPTY: LettersRow = {
  kind: 'letters',
  text: '',
  amount: '',
  align: 'Left',
  size: 'Body',
  bold: false,
}

// --- the lines of the template

function logoRows({ lineType, logo }: BillTemplateLine): Row[] {
  return lineType === 'Logo' && logo
    ? [{ kind: 'picture', name: 'Logo', picture: pictureOf(logo.svgImage), align: 'Center' }]
    : []
}

function taxNumberRows({ lineType, taxNumber }: BillTemplateLine): Row[] {
  return lineType === 'TaxNumber' && taxNumber
    ? centred(`${taxNumber.name} ${taxNumber.number}`)
    : []
}

/** A line that is printed in its place. */
/** A line of a template, or of a card machine's receipt. */
export function templateRows({ lineType, ...line }: BillTemplateLine): Row[] {
  switch (lineType) {
    case 'Image':
      return line.image
        ? [
            {
              kind: 'picture',
              name: 'Picture',
              picture: pictureOf(line.image.svgImage),
              align: line.image.align ?? 'Left',
            },
          ]
        : []
    case 'MerchantName':
      return centred(line.merchantName?.name, { size: 'Header2', bold: true })
    case 'MerchantAddress':
      return [
        ...(line.merchantAddress?.addressLines ?? []),
        line.merchantAddress?.postcode,
      ].flatMap((each) => centred(each))
    case 'MerchantPhoneNumber':
      return centred(line.merchantPhoneNumber?.phoneNumber)
    case 'MerchantEmailAddress':
      return centred(line.merchantEmailAddress?.emailAddress)
    case 'Text':
      return line.text ? textRows(line.text) : []
    case 'URL':
      return line.url ? addressRows(line.url) : []
    case 'HorizontalLine':
      return [{ kind: 'rule', double: line.horizontalLine?.line === 'Double' }]
    default:
      return []
  }
}

function centred(text = '', style: { size?: Size; bold?: boolean } = {}): LettersRow[] {
  return printable(text) === ''
    ? []
    : textRows({ value: text, size: 'Body', align: 'Center', ...style })
}

/** An empty text is an empty row: tills make room with it. */
function textRows({
  value,
  size,
  align = 'Left',
  bold = false,
}: NonNullable<BillTemplateLine['text']>): LettersRow[] {
  return wrap(printable(value), columnsOf(size)).map((text) => ({
    kind: 'letters',
    text,
    amount: '',
    align,
    size,
    bold,
  }))
}

/** An address that no code can hold is spelled out instead. */
function addressRows({
  url,
  description,
  showQr = false,
  showUrl = false,
}: NonNullable<BillTemplateLine['url']>): Row[] {
  const address = printable(url)
  const letters = centred(address)
  const code: Row[] = showQr ? qrRows(address, showUrl ? [] : letters) : []
  return [...centred(description), ...code, ...(showUrl ? letters : [])]
}

/** Light modules around a code, as ISO/IEC 18004 asks for. */
const QUIET_MODULES = 4

function qrRows(address: string, letters: LettersRow[]): Row[] {
  if (address === '' || Buffer.byteLength(address) > limits.maxQrBytes) return letters
  // The second of four corrections: paper is folded, and a printing head has dead dots.
  return [
    {
      kind: 'qr',
      address,
      modules: encodeQR(address, 'raw', { ecc: 'medium', border: QUIET_MODULES }),
      letters,
    },
  ]
}

// --- the order

const INDENT_COLUMNS = 2

function productRows(
  { name, quantity, amountMinor, depth, note = '' }: PrintableLine,
  currency: string,
): Row[] {
  const indent = depth * INDENT_COLUMNS
  // A part that comes once, or for nothing, needs no more than its name.
  const count = depth === 0 || quantity !== 1 ? `${quantity} x ` : ''
  const amount = depth === 0 || amountMinor !== 0 ? printed(amountMinor, currency) : ''
  return [
    ...entryRows(name, amount, {
      mark: count,
      indent,
      hanging: count === '' ? INDENT_COLUMNS : COUNT_COLUMNS,
    }),
    ...(printable(note) === ''
      ? []
      : entryRows(note, '', { mark: 'Note: ', indent: indent + INDENT_COLUMNS })),
  ]
}

/** `2 x `: a long name continues below its own beginning. */
const COUNT_COLUMNS = 4

/** What is added to the lines or taken off them, in the sequence that adds up to the total. */
function adjustmentRows({
  discounts,
  serviceChargeMinor,
  taxLines,
  taxesOnTop,
  currency,
}: PrintableBill): Row[] {
  return [
    ...discounts.flatMap(({ name, amountMinor }) =>
      entryRows(name, printed(-amountMinor, currency)),
    ),
    ...(serviceChargeMinor === undefined
      ? []
      : entryRows('Service charge', printed(serviceChargeMinor, currency))),
    ...(taxesOnTop
      ? taxLines.flatMap(({ name, amountMinor }) => entryRows(name, printed(amountMinor, currency)))
      : []),
  ]
}

/** Taxes that the total contains come below it, so that nobody adds them. */
function sumRows({
  totalMinor,
  taxLines,
  taxesOnTop,
  payments,
  balanceMinor,
  currency,
}: PrintableBill): Row[] {
  return [
    ...entryRows('Total', printed(totalMinor, currency), { size: 'Header2', bold: true }),
    ...(taxesOnTop
      ? []
      : taxLines.flatMap(({ name, amountMinor }) =>
          entryRows(name, printed(amountMinor, currency), { mark: 'incl. ' }),
        )),
    ...payments.flatMap(({ label, amountMinor, tipsMinor }) => [
      ...entryRows(label, printed(amountMinor, currency)),
      ...(tipsMinor === 0
        ? []
        : entryRows('Tip on top', printed(tipsMinor, currency), { indent: INDENT_COLUMNS })),
    ]),
    ...entryRows('To pay', printed(balanceMinor, currency), { size: 'Header2', bold: true }),
  ]
}

/** Between a text and its amount. */
const GAP_COLUMNS = 2

interface EntryStyle {
  mark?: string
  indent?: number
  hanging?: number
  size?: Size
  bold?: boolean
}

/**
 * The amount is on the first row, and so is the mark before the name; a long name keeps clear of
 * the amount.
 */
function entryRows(
  name: string,
  amount: string,
  { mark = '', indent = 0, hanging = INDENT_COLUMNS, size = 'Body', bold = false }: EntryStyle = {},
): LettersRow[] {
  const columns = columnsOf(size) - indent - (amount === '' ? 0 : GAP_COLUMNS + widthOf(amount))
  return wrap(mark + printable(name), columns, hanging).map((text, index) => ({
    kind: 'letters',
    text: ' '.repeat(indent) + text,
    amount: index === 0 ? amount : '',
    align: 'Left',
    size,
    bold,
  }))
}

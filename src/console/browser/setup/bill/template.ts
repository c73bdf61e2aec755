// The template of a bill while it is edited: its lines, and what each kind of line has.

export type Align = 'Left' | 'Center' | 'Right'
export type Size = 'Body' | 'Header2' | 'Header1'

/** A line as the till API takes and answers it: its kind, and the one part that goes with it. */
export interface Line {
  lineType: Kind
  image?: { svgImage: string; align?: Align }
  logo?: { svgImage: string }
  merchantAddress?: { addressLines: string[]; postcode: string }
  merchantEmailAddress?: { emailAddress: string }
  merchantName?: { name: string }
  merchantPhoneNumber?: { phoneNumber: string }
  text?: { value: string; size: Size; align?: Align; bold?: boolean }
  url?: { url: string; description?: string; showQr?: boolean; showUrl?: boolean }
  horizontalLine?: { line?: 'Single' | 'Double' }
  taxNumber?: { name: string; number: string }
}

export type Kind =
  | 'Text'
  | 'MerchantName'
  | 'MerchantAddress'
  | 'MerchantPhoneNumber'
  | 'MerchantEmailAddress'
  | 'TaxNumber'
  | 'URL'
  | 'HorizontalLine'
  | 'Logo'
  | 'Image'

export const SECTIONS = ['header', 'footer'] as const
export type Section = (typeof SECTIONS)[number]

/** With a key that stays with the line while it moves. */
export interface KeyedLine {
  key: number
  line: Line
}

/** What is printed besides, but for what is false. */
export type AlsoPrint = Partial<Record<'taxes' | 'options' | 'payments' | 'freeItems', boolean>>

export type Template = Record<Section, readonly KeyedLine[]> & { alsoPrint?: AlsoPrint | undefined }
export type PlainTemplate = Record<Section, Line[]> & { alsoPrint?: AlsoPrint | undefined }

let keys = 0
export const keyed = (line: Line): KeyedLine => ({ key: keys++, line })

export function keyedTemplate({ header, footer, alsoPrint }: PlainTemplate): Template {
  return { header: header.map(keyed), footer: footer.map(keyed), alsoPrint }
}

export function plainTemplate({ header, footer, alsoPrint }: Template): PlainTemplate {
  const lines = { header: header.map(({ line }) => line), footer: footer.map(({ line }) => line) }
  return { ...lines, alsoPrint }
}

export const KINDS: readonly { kind: Kind; label: string; part: keyof Line }[] = [
  { kind: 'Text', label: 'Text', part: 'text' },
  { kind: 'HorizontalLine', label: 'Rule', part: 'horizontalLine' },
  { kind: 'MerchantName', label: 'Name of the venue', part: 'merchantName' },
  { kind: 'MerchantAddress', label: 'Address', part: 'merchantAddress' },
  { kind: 'MerchantPhoneNumber', label: 'Phone number', part: 'merchantPhoneNumber' },
  { kind: 'MerchantEmailAddress', label: 'E-mail address', part: 'merchantEmailAddress' },
  { kind: 'TaxNumber', label: 'Tax number', part: 'taxNumber' },
  { kind: 'URL', label: 'Web address', part: 'url' },
  { kind: 'Logo', label: 'Logo', part: 'logo' },
  { kind: 'Image', label: 'Picture', part: 'image' },
]

/** A dot, until a picture is chosen: a line without one is refused. */
const NO_PICTURE =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 8"><circle cx="12" cy="4" r="2"/></svg>'

export function newLine(lineType: Kind): Line {
  switch (lineType) {
    case 'Text':
      return { lineType, text: { value: '', size: 'Body', align: 'Center' } }
    case 'HorizontalLine':
      return { lineType, horizontalLine: { line: 'Single' } }
    case 'MerchantName':
      return { lineType, merchantName: { name: '' } }
    case 'MerchantAddress':
      return { lineType, merchantAddress: { addressLines: [], postcode: '' } }
    case 'MerchantPhoneNumber':
      return { lineType, merchantPhoneNumber: { phoneNumber: '' } }
    case 'MerchantEmailAddress':
      return { lineType, merchantEmailAddress: { emailAddress: '' } }
    case 'TaxNumber':
      return { lineType, taxNumber: { name: 'VAT', number: '' } }
    case 'URL':
      return { lineType, url: { url: 'https://', description: '', showQr: true, showUrl: false } }
    case 'Logo':
      return { lineType, logo: { svgImage: NO_PICTURE } }
    case 'Image':
      return { lineType, image: { svgImage: NO_PICTURE, align: 'Center' } }
  }
}

/** The lines with one of them one place further up or down. */
export function moved(
  lines: readonly KeyedLine[],
  index: number,
  by: -1 | 1,
): readonly KeyedLine[] {
  const result = [...lines]
  const [line] = result.splice(index, 1)
  result.splice(index + by, 0, line!)
  return result
}

// The receipt of a session in the lines that bills are made of.
import type { CardReceipt, ReceiptCopy } from '../../actions/payments/card-machines.ts'
import type { DojoSchemas } from '../../contract/dojo-api.ts'
import type { BillTemplateLine } from '../../domain/paper/bill.ts'

type Receipt = DojoSchemas['TerminalSessionReceipt']
type ReceiptLine = DojoSchemas['TerminalSessionReceiptLine']

const ALIGN = { AlignLeft: 'Left', AlignCenter: 'Center', AlignRight: 'Right' } as const
const SIZE = { SizeHeader1: 'Header1', SizeHeader2: 'Header2', SizeBody: 'Body' } as const

type Session = DojoSchemas['TerminalSession'] & {
  /** Dojo's schema has one `receipt`; its examples of the same answers have these two instead. */
  customerReceipt?: Receipt | null
  merchantReceipt?: Receipt | null
}

export function receiptOf(session: Session, copy: ReceiptCopy): CardReceipt {
  const named = copy === 'customer' ? session.customerReceipt : session.merchantReceipt
  if (named != null) return { copy, lines: receiptLines(named.lines) }
  return { copy: 'unnamed', lines: receiptLines(session.receipt?.lines ?? []) }
}

/** Without the logo, which only Dojo has. */
function receiptLines(lines: readonly ReceiptLine[]): BillTemplateLine[] {
  return lines.flatMap(({ lineType, text }): BillTemplateLine[] => {
    switch (lineType) {
      case 'Text':
        return text === undefined ? [] : [textLine(text)]
      case 'NewLine':
        return [{ lineType: 'Text', text: { value: ' ', size: 'Body' } }]
      case 'SingleLineSeperator':
        return [{ lineType: 'HorizontalLine', horizontalLine: { line: 'Single' } }]
      case 'DoubleLineSeperator':
        return [{ lineType: 'HorizontalLine', horizontalLine: { line: 'Double' } }]
      default:
        return []
    }
  })
}

function textLine({
  value,
  size,
  align,
  emphasisBold,
}: DojoSchemas['TerminalSessionReceiptText']): BillTemplateLine {
  // A size or alignment of the future is printed as ordinary letters.
  const known = { size: SIZE[size] ?? 'Body', align: ALIGN[align] ?? 'Left' } as const
  return { lineType: 'Text', text: { value, ...known, bold: emphasisBold } }
}

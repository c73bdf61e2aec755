// The merchant's receipt of a terminal session, in the lines that a till prints.
import type { DojoSchemas } from '../../contract/dojo-api.ts'
import type { Money, TerminalSession } from './state.ts'

type Receipt = DojoSchemas['TerminalSessionReceipt']
type Line = Receipt['lines'][number]

export function receiptOf(
  { details, paymentDetails }: TerminalSession,
  { tid, amount, isSigned }: { tid: string; amount: Money; isSigned: boolean },
): Receipt {
  const card = paymentDetails?.card
  return {
    lines: [
      text('MERCHANT COPY', 'AlignCenter', true),
      text(`TID:****${tid.slice(-4)}`),
      { lineType: 'SingleLineSeperator' },
      text(details?.sessionType === 'Sale' ? 'SALE' : 'REFUND', 'AlignLeft', true),
      text(`AMOUNT ${(amount.value / 100).toFixed(2)} ${amount.currencyCode}`),
      text(`${card?.cardType} ${card?.cardNumber}`),
      text(`${card?.entryMode}`.toUpperCase()),
      { lineType: 'NewLine' },
      ...(isSigned ? [text('SIGNATURE VERIFIED')] : []),
      text(`APPROVED, AUTH CODE ${paymentDetails?.authCode}`),
      text('PLEASE RETAIN RECEIPT', 'AlignCenter'),
    ],
  }
}

function text(
  value: string,
  align: 'AlignLeft' | 'AlignCenter' = 'AlignLeft',
  emphasisBold = false,
): Line {
  return { lineType: 'Text', text: { value, size: 'SizeBody', align, emphasisBold } }
}

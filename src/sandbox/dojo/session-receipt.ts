// The receipts of a terminal session, the guest's and the venue's, in the lines that a till prints.
import type { DojoSchemas } from '../../contract/dojo-api.ts'
import type { Money, TerminalSession } from './state.ts'

type Receipt = DojoSchemas['TerminalSessionReceipt']
type Line = Receipt['lines'][number]

interface ReceiptFacts {
  tid: string
  amount: Money
  isSigned: boolean
}

/**
 * Both, as in Dojo's examples of a session, and the venue's once more as `receipt`, the only one
 * that is in the schema of its document.
 */
export function receiptsOf(session: TerminalSession, facts: ReceiptFacts) {
  const merchantReceipt = receiptOf(session, { ...facts, copy: 'MERCHANT' })
  const customerReceipt = receiptOf(session, { ...facts, copy: 'CUSTOMER' })
  return { receipt: merchantReceipt, merchantReceipt, customerReceipt }
}

function receiptOf(
  { details, paymentDetails }: TerminalSession,
  { tid, amount, isSigned, copy }: ReceiptFacts & { copy: 'CUSTOMER' | 'MERCHANT' },
): Receipt {
  const card = paymentDetails?.card
  return {
    lines: [
      text(`${copy} COPY`, 'AlignCenter', true),
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

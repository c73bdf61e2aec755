// What a card machine prints for a guest who has paid.
import { aligned, PAPER_COLUMNS, row, wrap } from '../products/paper.ts'

export interface Receipt {
  orderName: string
  machineId: string
  at: string
  timeZone: string
  currencyCode: string
  amountMinor: number
  tipMinor: number
  cardNumber: string
  authCode: string
  outcome: 'recorded' | 'reversed'
  isSigned: boolean
}

/** Lines end in '\n', as those of a printed bill. */
export function receiptText(receipt: Receipt): string {
  const { orderName, machineId, at, timeZone, currencyCode, amountMinor, tipMinor } = receipt
  const money = moneyIn(currencyCode)
  const rule = '-'.repeat(PAPER_COLUMNS)
  const ending =
    receipt.outcome === 'recorded'
      ? ['Approved', `Authorisation ${receipt.authCode}`]
      : ['REVERSED', 'Nothing was taken from this card.']
  const lines = [
    ...centred('CARD RECEIPT'),
    ...centred(`${orderName} · ${machineId}`),
    rule,
    ...row('', 'Paid by card', money(amountMinor)),
    ...row('', 'Tip', money(tipMinor)),
    ...row('', 'Total', money(amountMinor + tipMinor)),
    rule,
    ...centred(receipt.cardNumber),
    ...ending.flatMap(centred),
    ...(receipt.isSigned ? centred('Signature compared') : []),
    ...centred(timeOf(at, timeZone)),
  ]
  return lines.map((line) => `${line.trimEnd()}\n`).join('')
}

const centred = (text: string): string[] => wrap(text).map((line) => aligned(line, 'Center'))

export function moneyIn(currencyCode: string): (amountMinor: number) => string {
  const format = new Intl.NumberFormat('en-GB', { style: 'currency', currency: currencyCode })
  return (amountMinor) => format.format(amountMinor / 100)
}

function timeOf(at: string, timeZone: string): string {
  return new Intl.DateTimeFormat('en-GB', {
    timeZone,
    dateStyle: 'short',
    timeStyle: 'medium',
  }).format(new Date(at))
}

// What was paid on an order, with what has become of each payment.
import { Icon, type IconName } from '../../../page/browser/icon.tsx'
import { Badge, Panel } from '../../../page/browser/parts.tsx'
import { byWhom } from '../describe.ts'
import { formats } from '../session.ts'
import type { Order } from './order.ts'

type Payment = Order['payments'][number]

export const TENDERS: Record<Payment['tender'], { word: string; icon: IconName }> = {
  Dojo: { word: 'Card', icon: 'card' },
  Cash: { word: 'Cash', icon: 'cash' },
  Voucher: { word: 'Voucher', icon: 'tag' },
  Other: { word: 'Other', icon: 'circle' },
  Deposit: { word: 'Deposit', icon: 'book' },
}

export function Payments({ payments }: { payments: readonly Payment[] }) {
  if (payments.length === 0) return null
  return (
    <Panel title="Payments">
      <table class="table">
        <thead>
          <tr>
            <th>Time</th>
            <th>How</th>
            <th class="lo">State</th>
            <th class="num">Amount</th>
          </tr>
        </thead>
        <tbody>
          {payments.map((payment) => (
            <Row key={payment.id} payment={payment} />
          ))}
        </tbody>
      </table>
    </Panel>
  )
}

function Row({ payment }: { payment: Payment }) {
  const { clock, money } = formats.value
  const { word, icon } = TENDERS[payment.tender]
  return (
    <tr>
      <td>{clock(payment.recordedAt)}</td>
      <td>
        <span class="state">
          <Icon name={icon} />
          {word}
        </span>
        <span class="two">{byWhom(payment)}</span>
      </td>
      <td class="lo">
        <PaymentState payment={payment} />
      </td>
      <td class="num">
        <span class={payment.voided ? 'struck' : 'strong'}>{money(payment.amountMinor)}</span>
        {payment.tipsMinor === 0 ? null : <span class="two">+ {money(payment.tipsMinor)} tip</span>}
      </td>
    </tr>
  )
}

function PaymentState({ payment }: { payment: Payment }) {
  const { money } = formats.value
  const { voided, voidReason, refundedMinor, refundedTipsMinor, tender, changeMinor } = payment
  if (voided) {
    return (
      <>
        <Badge icon="ban" tone="bad">
          Void
        </Badge>
        <span class="two">{voidReason}</span>
      </>
    )
  }
  if (refundedMinor + refundedTipsMinor > 0) {
    return (
      <Badge icon="undo" tone="plain">
        {money(refundedMinor + refundedTipsMinor)} refunded
      </Badge>
    )
  }
  if (tender === 'Cash') {
    return (
      <>
        <Badge icon="cash" tone="plain">
          In the drawer
        </Badge>
        {changeMinor === undefined ? null : <span class="two">change {money(changeMinor)}</span>}
      </>
    )
  }
  return (
    <Badge icon="tickc" tone="good">
      Counts
    </Badge>
  )
}

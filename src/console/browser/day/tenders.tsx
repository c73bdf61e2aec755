// What was taken by tender, against what Dojo has of it.
import type { ComponentChildren } from 'preact'
import { count } from '../../../page/browser/formats.ts'
import { Icon, type IconName } from '../../../page/browser/icon.tsx'
import { Panel } from '../../../page/browser/parts.tsx'
import { base, formats } from '../session.ts'
import type { Report } from './day.ts'

const NAMES = {
  Dojo: 'Card and phone',
  Cash: 'Cash',
  Voucher: 'Voucher',
  Other: 'Other',
  Deposit: 'Deposit',
}

interface Row {
  name: string
  hereMinor: number
  /** Left out where Dojo has nothing to do with it. */
  atDojoMinor?: number | undefined
  isFaint?: boolean
}

export function Tenders({ report }: { report: Report }) {
  const { money } = formats.value
  return (
    <Panel title="By tender, against Dojo">
      <table class="table table--tight">
        <thead>
          <tr>
            <th>Tender</th>
            <th class="num">Here</th>
            <th class="num">At Dojo</th>
          </tr>
        </thead>
        <tbody>
          {rowsOf(report).map(({ name, hereMinor, atDojoMinor, isFaint = false }) => (
            <tr key={name} class={isFaint ? 'faint' : undefined}>
              <td>{name}</td>
              <td class="num">{money(hereMinor)}</td>
              <td class="num">{atDojoMinor === undefined ? '–' : money(atDojoMinor)}</td>
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr>
            <td>Taken</td>
            <td class="num">{money(report.takingsMinor)}</td>
            <td />
          </tr>
        </tfoot>
      </table>
      <AgainstDojo report={report} />
    </Panel>
  )
}

/** Tips are on top of the takings, and Dojo has those by card alone. */
function rowsOf({ tenders, tipsMinor, paidOut }: Report): Row[] {
  const card = tenders.find(({ tender }) => tender === 'Dojo')
  const cardTipsMinor = card?.tipsMinor ?? 0
  const otherTipsMinor = tipsMinor - cardTipsMinor
  const { count, amountMinor } = paidOut?.unlinkedRefunds ?? { count: 0, amountMinor: 0 }
  const used = tenders.filter(({ tender, payments, takingsMinor }) => {
    return tender === 'Dojo' || tender === 'Cash' || payments > 0 || takingsMinor !== 0
  })
  const rows: Row[] = used.map(({ tender, payments, takingsMinor, atDojo }) => ({
    name: `${NAMES[tender]}, ${payments}`,
    hereMinor: takingsMinor,
    atDojoMinor: atDojo?.takingsMinor,
  }))
  rows.push({
    name: 'Tips by card and phone',
    hereMinor: cardTipsMinor,
    atDojoMinor: card?.atDojo?.tipsMinor,
    isFaint: true,
  })
  if (otherTipsMinor !== 0) {
    rows.push({ name: 'Other tips', hereMinor: otherTipsMinor, isFaint: true })
  }
  if (count > 0) {
    const name = `Refunds without a payment, ${count}`
    rows.push({ name, hereMinor: -amountMinor, isFaint: true })
  }
  return rows
}

function AgainstDojo({ report: { tenders, unmatchedPayments } }: { report: Report }) {
  const { money } = formats.value
  const { atDojo, payments = 0 } = tenders.find(({ tender }) => tender === 'Dojo') ?? {}
  if (atDojo === undefined) return <OnNoBill unmatched={unmatchedPayments} />
  const { unconfirmed, differenceMinor } = atDojo
  const otherMinor = differenceMinor - unconfirmed.amountMinor
  return (
    <>
      <OnNoBill unmatched={unmatchedPayments} />
      {unconfirmed.payments === 0 ? null : (
        <Line tone="warn" icon="wait">
          {money(unconfirmed.amountMinor)} of {count(unconfirmed.payments, 'payment')} not confirmed
          yet
        </Line>
      )}
      {otherMinor === 0 ? null : (
        <Line tone="bad" icon="warn">
          {money(Math.abs(otherMinor))} {otherMinor > 0 ? 'less' : 'more'} at Dojo than on the bills
        </Line>
      )}
      {differenceMinor === 0 && payments > 0 ? (
        <Line tone="good" icon="tickc">
          Dojo has confirmed all of it
        </Line>
      ) : null}
      <p class="panel__foot faint small">
        At Dojo counts what Dojo has confirmed as paid, less what went back to cards. What waits for
        Dojo’s word is not in it; what is void here is, as long as Dojo has the money.
      </p>
    </>
  )
}

interface LineProps {
  tone: 'good' | 'warn' | 'bad'
  icon: IconName
  children: ComponentChildren
}

function Line({ tone, icon, children }: LineProps) {
  return (
    <div class="panel__foot">
      <span class={`${tone} state`}>
        <Icon name={icon} />
        {children}
      </span>
      {tone === 'good' ? null : (
        <>
          {' '}
          <a href={`${base}/money`}>Look</a>
        </>
      )}
    </div>
  )
}

/** Money of any day, as long as nobody has looked into it. */
function OnNoBill({ unmatched }: { unmatched: Report['unmatchedPayments'] }) {
  if (unmatched.length === 0) {
    return (
      <Line tone="good" icon="tickc">
        Nothing at Dojo is on no bill
      </Line>
    )
  }
  const sum = unmatched.reduce(
    (total, { amountMinor = 0, tipsMinor = 0 }) => total + amountMinor + tipsMinor,
    0,
  )
  return (
    <Line tone="bad" icon="warn">
      {sum === 0 ? '' : `${formats.value.money(sum)} on `}
      {unmatched.length === 1 ? '1 payment fits' : `${unmatched.length} payments fit`} no bill
    </Line>
  )
}

// What a manager should look at, newest first; each leads to the order at that moment.
import { useState } from 'preact/hooks'
import { Icon } from '../../../page/browser/icon.tsx'
import { Empty, Panel, Segments } from '../../../page/browser/parts.tsx'
import { byWhom, whatHappened } from '../describe.ts'
import type { Change } from '../live.ts'
import { base, formats } from '../session.ts'
import { FILTERS, KINDS, type Exception, type Filter } from './day.ts'

export function Exceptions({ exceptions }: { exceptions: readonly Exception[] }) {
  const [filter, setFilter] = useState<Filter>('all')
  const holds = (value: Filter, { kind }: Exception): boolean =>
    value === 'all' || KINDS[kind].group === value
  const shown = exceptions.filter((each) => holds(filter, each))
  const choices = FILTERS.map((choice) => ({
    ...choice,
    count: exceptions.filter((each) => holds(choice.value, each)).length,
  }))
  return (
    <Panel
      title={
        <>
          Exceptions <span class="faint">{exceptions.length}</span>
        </>
      }
      aside={
        <Segments
          label="Show"
          chosen={filter}
          onChoose={setFilter}
          choices={choices.filter(({ value, count }) => value === 'all' || count > 0)}
        />
      }
    >
      {shown.length === 0 ? (
        <Empty icon="tickc" title="Nothing to look at">
          Voids, discounts, what leaves a bill after it was printed, refunds and freed tables appear
          here.
        </Empty>
      ) : (
        <table class="table table--press">
          <thead>
            <tr>
              <th class="lo">Time</th>
              <th>What</th>
              <th class="lo">Who, where</th>
              <th class="num">Worth</th>
            </tr>
          </thead>
          <tbody>
            {shown.map((each) => (
              <Row key={`${each.orderId} ${each.at} ${each.action}`} exception={each} />
            ))}
          </tbody>
        </table>
      )}
    </Panel>
  )
}

function Row({ exception }: { exception: Exception }) {
  const { kind, at, orderId, sequence } = exception
  const { clock, time } = formats.value
  const { word, icon, tone } = KINDS[kind]
  const moment = sequence === undefined ? '' : `?at=${clock(at)}&step=${sequence}`
  const who = byWhom(exception)
  return (
    <tr>
      <td class="lo faint small">{clock(at)}</td>
      <td>
        <a
          class={`state strong ${tone ?? ''}`}
          href={`${base}/orders/${encodeURIComponent(orderId)}${moment}`}
        >
          <Icon name={icon} />
          {word}
        </a>
        <span class="two">
          {sentence(exception)}
          <span class="narrow">
            {who}, {time(at)}
          </span>
        </span>
      </td>
      <td class="lo small soft">{who}</td>
      <td class="num">{worth(exception)}</td>
    </tr>
  )
}

function sentence({ kind, orderName = 'Order', billPrintedAt, ...entry }: Exception): string {
  const { money, time } = formats.value
  const { detail } = entry as { detail: Record<string, unknown> }
  if (kind === 'TipAboveBill') {
    const [tip, amount] = [detail.tipsMinor, detail.amountMinor].map(Number)
    const what = `a tip of ${money(tip!)} on ${money(amount!)}`
    return `${orderName}: ${what}. Ask whether a digit slipped.`
  }
  const change: Change = { ...entry, detail, entity: 'Order', id: '', sequence: 0 }
  const printed =
    kind === 'TakenOffAfterBill' && billPrintedAt !== undefined
      ? ` The bill was printed at ${time(billPrintedAt)}.`
      : ''
  return `${orderName}: ${whatHappened(change).title}.${printed}`
}

function worth({ kind, changeMinor, detail }: Exception): string {
  const { money } = formats.value
  const { tipsMinor, amountMinor, refundedMinor } = detail as Record<string, unknown>
  if (kind === 'TipAboveBill') return money(Number(tipsMinor))
  if (kind === 'PaymentVoided' && typeof amountMinor === 'number') return money(amountMinor)
  if (kind === 'Refund' && typeof refundedMinor === 'number') return money(refundedMinor)
  return changeMinor === undefined || changeMinor === 0 ? '–' : money(Math.abs(changeMinor))
}

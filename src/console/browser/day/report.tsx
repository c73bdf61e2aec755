// The figures of the day beside the exceptions: by tender (tenders.tsx), tips, the drawer, what was
// sold.
import { Panel } from '../../../page/browser/parts.tsx'
import { formats } from '../session.ts'
import type { Day, Report } from './day.ts'
import { Tenders } from './tenders.tsx'

export function Sides({ day, report }: { day: Day; report: Report }) {
  return (
    <aside class="stack stack--4">
      <Tenders report={report} />
      <Tips report={report} />
      <Drawer day={day} report={report} />
      <Sold report={report} />
    </aside>
  )
}

interface RowsProps {
  rows: readonly { name: string; amountMinor: number; isFaint?: boolean }[]
  total: { name: string; amountMinor: number }
}

function Rows({ rows, total }: RowsProps) {
  const { money } = formats.value
  return (
    <table class="table table--tight">
      <tbody>
        {rows.map(({ name, amountMinor, isFaint = false }) => (
          <tr key={name} class={isFaint ? 'faint' : undefined}>
            <td>{name}</td>
            <td class="num">{money(amountMinor)}</td>
          </tr>
        ))}
      </tbody>
      <tfoot>
        <tr>
          <td>{total.name}</td>
          <td class="num">{money(total.amountMinor)}</td>
        </tr>
      </tfoot>
    </table>
  )
}

function Tips({ report: { tipsByWaiter, tipsMinor } }: { report: Report }) {
  if (tipsByWaiter.length === 0) return null
  return (
    <Panel title="Tips by waiter">
      <Rows
        rows={tipsByWaiter.map(({ name, waiterId, tipsMinor }) => ({
          name: name ?? waiterId ?? 'No waiter',
          amountMinor: tipsMinor,
        }))}
        total={{ name: 'Tips', amountMinor: tipsMinor }}
      />
    </Panel>
  )
}

function Drawer({ day, report: { drawers, paidOut } }: { day: Day; report: Report }) {
  const cash = drawers.find(({ tender }) => tender === 'Cash')
  if (cash === undefined) return null
  const { expectedMinor, countedMinor, overMinor } = cash
  const paidOutMinor = day.count?.paidOutMinor ?? 0
  const cashbackMinor = paidOut?.cashback.amountMinor ?? 0
  return (
    <Panel title="Drawer">
      <Rows
        rows={[
          { name: 'Float', amountMinor: day.floatMinor },
          {
            name: 'Cash taken, less given back',
            amountMinor: expectedMinor - day.floatMinor + paidOutMinor + cashbackMinor,
          },
          ...(cashbackMinor === 0 ? [] : [{ name: 'Cashback', amountMinor: -cashbackMinor }]),
          ...(paidOutMinor === 0 ? [] : [{ name: 'Paid out', amountMinor: -paidOutMinor }]),
          ...(countedMinor === undefined
            ? []
            : [
                { name: 'Counted', amountMinor: countedMinor },
                { name: 'Over or short', amountMinor: overMinor ?? 0 },
              ]),
        ]}
        total={{ name: 'Should be in it', amountMinor: expectedMinor }}
      />
    </Panel>
  )
}

function Sold({ report: { sales, taxes } }: { report: Report }) {
  const taxMinor = taxes.reduce((sum, { taxMinor }) => sum + taxMinor, 0)
  return (
    <Panel title="Sold">
      <Rows
        rows={[
          { name: 'Lines', amountMinor: sales.itemsMinor },
          { name: 'Discounts', amountMinor: -sales.discountsMinor },
          ...(sales.serviceChargeMinor === 0
            ? []
            : [{ name: 'Service charge', amountMinor: sales.serviceChargeMinor }]),
          { name: 'Tax in it', amountMinor: taxMinor, isFaint: true },
        ]}
        total={{ name: 'Sold', amountMinor: sales.totalMinor }}
      />
    </Panel>
  )
}

// What is on an order now: lines with what belongs to them, void lines struck, and the sums.
import { Badge, Panel } from '../../../page/browser/parts.tsx'
import { formats } from '../session.ts'
import type { Order } from './order.ts'

type Line = Order['lines'][number]

export function Lines({ order }: { order: Order }) {
  const top = order.lines.filter(({ parentId }) => parentId === undefined)
  return (
    <Panel
      title="Lines now"
      aside={
        <span class="faint small">
          version {order.version}
          <span class="lo-text">
            {' '}
            · <span class="mono">{order.id}</span>
          </span>
        </span>
      }
    >
      {top.length === 0 ? (
        <p class="panel__body soft">Nothing is ordered yet.</p>
      ) : (
        <table class="table">
          <thead>
            <tr>
              <th>Line</th>
              <th class="lo">State</th>
              <th class="num lo">Each</th>
              <th class="num">Sum</th>
            </tr>
          </thead>
          <tbody>
            {top.map((line) => (
              <Row key={line.id} order={order} line={line} />
            ))}
            {order.discounts.map((discount) => (
              <tr key={discount.id}>
                <td>
                  <span class="strong">{discount.name}</span>
                  <span class="two">
                    discount{discount.reason === undefined ? '' : ` · “${discount.reason}”`}
                  </span>
                </td>
                <td class="lo" />
                <td class="lo" />
                <td class="num">{formats.value.money(-discount.amountMinor)}</td>
              </tr>
            ))}
          </tbody>
          <Sums order={order} />
        </table>
      )}
    </Panel>
  )
}

function Row({ order, line }: { order: Order; line: Line }) {
  const { money } = formats.value
  const below = order.lines.filter(({ parentId }) => parentId === line.id)
  const sum = sumOf(order, line)
  const isVoid = line.voidedAt !== undefined
  const what = [
    ...below.map(({ quantity, name }) => `${quantity > 1 ? `${quantity} × ` : ''}${name}`),
    ...(line.note === undefined ? [] : [`“${line.note}”`]),
    ...(line.voidReason === undefined ? [] : [`taken off: ${line.voidReason}`]),
  ]
  return (
    <tr>
      <td>
        <span class={isVoid ? 'struck' : 'strong'}>
          {line.quantity} × {line.name}
        </span>
        {what.length === 0 ? null : <span class="two">{what.join(' · ')}</span>}
      </td>
      <td class="lo">
        <LineState line={line} />
      </td>
      <td class="num lo">{money(line.unitAmountMinor)}</td>
      <td class="num">{isVoid ? <span class="struck">{money(0)}</span> : money(sum)}</td>
    </tr>
  )
}

function LineState({ line: { voidedAt, readyAt } }: { line: Line }) {
  const { time } = formats.value
  if (voidedAt !== undefined) {
    return (
      <Badge icon="ban" tone="warn">
        Taken off {time(voidedAt)}
      </Badge>
    )
  }
  if (readyAt !== undefined) {
    return (
      <Badge icon="tickc" tone="good">
        Ready {time(readyAt)}
      </Badge>
    )
  }
  return (
    <Badge icon="circle" tone="plain">
      Ordered
    </Badge>
  )
}

/** With the lines below it, which count for each one of it. */
function sumOf(order: Order, line: Line): number {
  return order.lines
    .filter(({ parentId }) => parentId === line.id)
    .reduce((sum, below) => sum + sumOf(order, below), line.amountMinor)
}

function Sums({ order }: { order: Order }) {
  const { money } = formats.value
  const { serviceCharge, taxesMinor, taxesOnTop, totalMinor } = order
  return (
    <tfoot>
      {serviceCharge === undefined ? null : (
        <SumRow name="Service charge" sum={money(serviceCharge.amountMinor)} />
      )}
      <SumRow
        name={`Total, ${money(taxesMinor)} of tax ${taxesOnTop ? 'on top' : 'included'}`}
        sum={money(totalMinor)}
      />
    </tfoot>
  )
}

function SumRow({ name, sum }: { name: string; sum: string }) {
  return (
    <tr>
      <td>{name}</td>
      <td class="lo" />
      <td class="lo" />
      <td class="num">{sum}</td>
    </tr>
  )
}

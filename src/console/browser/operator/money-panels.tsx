// Money of a venue that fits no bill, and the nights that were compared with Dojo.
import type { Static } from 'typebox'
import { createFormats } from '../../../page/browser/formats.ts'
import { Badge, Empty, Failure, Panel, Waiting } from '../../../page/browser/parts.tsx'
import type { AuditShape } from '../../../operator/api/money.ts'
import type { UnmatchedShape } from '../../../till/kit/unmatched-view.ts'
import { api, type Line } from './operator.ts'
import { useOperator } from './use-operator.ts'

interface Money {
  unmatched: Static<typeof UnmatchedShape>[]
  audits: Static<typeof AuditShape>[]
}

export function MoneyPanels({ line }: { line: Line }) {
  const { data, problem, reload } = useOperator<Money>(`money ${line.id}`, async () => {
    const path = `/venues/${line.id}`
    const [unmatched, audits] = await Promise.all([
      api.call<{ rows: Money['unmatched'] }>('GET', `${path}/unmatched-payments`),
      api.call<{ rows: Money['audits'] }>('GET', `${path}/audits`),
    ])
    return { unmatched: unmatched.rows, audits: audits.rows }
  })
  if (problem !== undefined) return <Failure problem={problem} onRetry={reload} />
  if (data === undefined) return <Waiting />
  return (
    <>
      <Unmatched rows={data.unmatched} line={line} />
      <Audits rows={data.audits} line={line} />
    </>
  )
}

function Unmatched({ rows, line }: { rows: Money['unmatched']; line: Line }) {
  const { money, date, time } = createFormats(line.currency, line.timeZone)
  return (
    <Panel title="On no bill">
      {rows.length === 0 ? (
        <Empty icon="tickc" title="Everything fits">
          Every payment at Dojo is on a bill here, and every payment here is at Dojo.
        </Empty>
      ) : (
        <table class="table">
          <thead>
            <tr>
              <th>Payment</th>
              <th>Why</th>
              <th class="num">Amount</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ paymentIntentId, since, reason, amountMinor, tipsMinor = 0 }) => (
              <tr key={paymentIntentId}>
                <td>
                  <span class="mono">{paymentIntentId}</span>
                  <span class="two">
                    since {date(since)} {time(since)}
                  </span>
                </td>
                <td class="soft">{reason}</td>
                <td class="num strong">
                  {amountMinor === undefined ? 'not known' : money(amountMinor + tipsMinor)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {rows.length === 0 ? null : (
        <p class="panel__foot">
          Record one on its order, or dismiss it with a reason, on the page Money of its console.
        </p>
      )}
    </Panel>
  )
}

function Audits({ rows, line }: { rows: Money['audits']; line: Line }) {
  const { date, time } = createFormats(line.currency, line.timeZone)
  return (
    <Panel title="Nights compared with Dojo">
      {rows.length === 0 ? (
        <Empty icon="shield" title="No night was compared yet">
          The server compares each day with Dojo in the night after it, once the venue has a key.
        </Empty>
      ) : (
        <table class="table">
          <thead>
            <tr>
              <th>Day</th>
              <th>Result</th>
              <th class="lo">Compared</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ day, auditedAt, differences }) => (
              <tr key={day}>
                <td class="strong">{day}</td>
                <td>
                  <Badge
                    icon={differences === 0 ? 'tickc' : 'warn'}
                    tone={differences === 0 ? 'plain' : 'warn'}
                  >
                    {differences === 0 ? 'Agrees' : `${differences} differ`}
                  </Badge>
                </td>
                <td class="lo">
                  {date(auditedAt)} {time(auditedAt)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Panel>
  )
}

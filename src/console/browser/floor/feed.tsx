// What happens in the venue, newest first. A new row slides in once.
import { Icon } from '../../../page/browser/icon.tsx'
import { Empty, Panel } from '../../../page/browser/parts.tsx'
import { byWhom, inWords } from '../describe.ts'
import { changes, connection, fresh, keyOf, type Change } from '../live.ts'
import { base, formats } from '../session.ts'

const SHOWN = 14

export function Feed() {
  const { isLive } = connection.value
  const rows = changes.value.slice(0, SHOWN)
  return (
    <Panel
      title="As it happens"
      aside={
        <span class={`state small ${isLive ? 'good' : 'warn'}`}>
          <Icon name={isLive ? 'pulse' : 'warn'} />
          {isLive ? 'Live' : 'Not live'}
        </span>
      }
    >
      {rows.length === 0 ? (
        <Empty icon="pulse" title="Nothing happened yet">
          Orders, payments, locks and bookings appear here at once.
        </Empty>
      ) : (
        <ol class="feed">
          {rows.map((change) => (
            <Row key={keyOf(change)} change={change} />
          ))}
        </ol>
      )}
    </Panel>
  )
}

function Row({ change }: { change: Change }) {
  const { icon, tone, title } = inWords(change)
  const isNew = fresh.value.has(keyOf(change))
  return (
    <li class={isNew ? 'feed__row is-new' : 'feed__row'}>
      <time dateTime={change.at}>{formats.value.clock(change.at)}</time>
      <span class={tone === undefined || tone === 'plain' ? 'soft' : tone}>
        <Icon name={icon} />
      </span>
      {change.entity === 'Order' ? (
        <a class="feed__what" href={`${base}/orders/${encodeURIComponent(change.id)}`}>
          {title}
        </a>
      ) : (
        <span class="feed__what">{title}</span>
      )}
      <span class="two">{byWhom(change)}</span>
    </li>
  )
}

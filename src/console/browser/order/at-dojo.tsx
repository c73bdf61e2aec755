// The lines of a timeline that are Dojo's: what it said of a payment, and whether it was
// notified of the last change. They change nothing here, so no bill of that moment can be seen.
import { count } from '../../../page/browser/formats.ts'
import { Icon, type IconName } from '../../../page/browser/icon.tsx'
import type { Tone } from '../../../page/browser/parts.tsx'
import { formats } from '../session.ts'
import type { AtDojo } from './order.ts'

interface LineProps {
  at?: string
  icon: IconName
  tone?: Tone
  title: string
  note: string
}

function Line({ at, icon, tone, title, note }: LineProps) {
  return (
    <li class="event event--dojo">
      {at === undefined ? <span /> : <time dateTime={at}>{formats.value.clock(at)}</time>}
      <span class={tone === undefined ? 'event__node' : `event__node event__node--${tone}`}>
        <Icon name={icon} />
      </span>
      <div class="event__body">
        <span class="event__what">{title}</span>
        <p class="event__who">{note}</p>
      </div>
      <span class="event__change" />
      <span class="event__after" />
    </li>
  )
}

const WORDS: Readonly<Record<string, Pick<LineProps, 'icon' | 'tone' | 'title'>>> = {
  Captured: { icon: 'shield', tone: 'good', title: 'Verified' },
  Authorized: { icon: 'shield', tone: 'good', title: 'Verified' },
  Refunded: { icon: 'undo', title: 'Refunded at Dojo' },
  Reversed: { icon: 'undo', title: 'Reversed at Dojo' },
  Canceled: { icon: 'ban', title: 'Canceled at Dojo' },
}

/** What Dojo said last of a payment. */
export function Shown({ payment }: { payment: AtDojo['payments'][number] }) {
  const { paymentIntentId, status, at, amountMinor } = payment
  const words = WORDS[status] ?? { icon: 'wait', title: `${status} at Dojo` }
  const sum = amountMinor === undefined ? '' : `${formats.value.money(amountMinor)}, tip included, `
  return <Line {...words} at={at} note={`Dojo shows ${sum}${status}, ${paymentIntentId}`} />
}

/** Whether Dojo was notified of all that is above. */
export function Notified({ atDojo }: { atDojo: AtDojo }) {
  const { notified, attempts = 0, nextAttemptAt, lastError } = atDojo
  const why = lastError === undefined ? '' : ` ${lastError}`
  switch (notified) {
    case 'Yes':
      return <Line icon="send" title="Dojo was notified" note="It knows all the changes above." />
    case 'Never':
      return (
        <Line
          icon="send"
          title="Dojo is not notified"
          note="The venue has no Dojo API key, so Dojo reads an order when it needs it."
        />
      )
    case 'GivenUp':
      return (
        <Line
          icon="warn"
          tone="bad"
          title="Dojo was not notified of the last change"
          note={`Given up after ${count(attempts, 'try', 'tries')}.${why}`}
        />
      )
    case 'Waiting':
      return (
        <Line
          icon="wait"
          tone="warn"
          title="The last change is on its way to Dojo"
          note={
            attempts === 0
              ? 'It goes out now.'
              : `Tried ${count(attempts, 'time')}, again at ${formats.value.clock(nextAttemptAt!)}.${why}`
          }
        />
      )
  }
}

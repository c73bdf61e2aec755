// One order: what is on it, what is paid, what happened, and the bill as it is or was.
import { useLocation, useRoute } from 'preact-iso'
import { useEffect, useState } from 'preact/hooks'
import { count, countdown, duration } from '../../../page/browser/formats.ts'
import { Icon } from '../../../page/browser/icon.tsx'
import { Badge, Failure, Figures, Notice, Waiting } from '../../../page/browser/parts.tsx'
import { useNow } from '../../../page/browser/use-now.ts'
import { FreeDialog } from '../floor/free-dialog.tsx'
import { Frame } from '../frame.tsx'
import { useLive, waiterNames } from '../live.ts'
import { base, formats, mayManage } from '../session.ts'
import { AsItWas } from './as-it-was.tsx'
import { Lines } from './lines.tsx'
import { mayBeHeardOf, readOrder, stepAt, type Order, type OrderWithHistory } from './order.ts'
import { Payments } from './payments.tsx'
import { Timeline } from './timeline.tsx'

/** The stream has no events of what Dojo hears and what it answers. */
const LOOK_AGAIN_MS = 2_000

export function OrderPage() {
  const { orderId = '' } = useRoute().params
  const { data, problem, reload } = useLive(
    `order ${orderId}`,
    async () => await readOrder(orderId),
  )
  const isUnsettled = data !== undefined && mayBeHeardOf(data)
  useEffect(() => {
    if (!isUnsettled) return undefined
    const timer = setInterval(reload, LOOK_AGAIN_MS)
    return () => {
      clearInterval(timer)
    }
  }, [isUnsettled, reload])
  return (
    <Frame title={<Title order={data?.order} />}>
      {problem === undefined ? null : <Failure problem={problem} onRetry={reload} />}
      {data === undefined && problem === undefined ? <Waiting /> : null}
      {data === undefined ? null : <Loaded {...data} />}
    </Frame>
  )
}

function Title({ order }: { order: Order | undefined }) {
  return (
    <>
      <a class="back" href={base}>
        <Icon name="left" />
        Floor
      </a>
      <h1>{order?.displayName ?? 'Order'}</h1>
      {order === undefined ? null : <Status order={order} />}
    </>
  )
}

function Status({ order: { status, balanceMinor, totalMinor, lock } }: { order: Order }) {
  if (lock !== undefined) {
    return lock.kind === 'DojoLock' ? (
      <Badge icon="lock" tone="live">
        Being paid
      </Badge>
    ) : (
      <Badge icon="hand">Held by a till</Badge>
    )
  }
  if (status === 'Canceled' || status === 'Failed') return <Badge icon="cross">{status}</Badge>
  if (totalMinor > 0 && balanceMinor === 0) {
    return (
      <Badge icon="tickc" tone="good">
        Paid
      </Badge>
    )
  }
  return <Badge icon="disc">{status}</Badge>
}

function Loaded({ order, steps, atDojo }: OrderWithHistory) {
  const { path, query, route } = useLocation()
  const { clock } = formats.value
  const chosen = stepAt(steps, query, clock)
  const choose = (index: number | undefined): void => {
    const step = index === undefined ? undefined : steps[index]
    const isLast = index === steps.length - 1
    route(
      step === undefined || isLast ? path : `${path}?at=${clock(step.at)}&step=${step.sequence}`,
      true,
    )
  }
  return (
    <>
      <OrderFigures order={order} />
      <div class="cols cols--wide">
        <div class="stack">
          <Lock order={order} />
          <Timeline {...{ steps, atDojo, chosen }} onChoose={choose} />
          <Payments payments={order.payments} />
          <Lines order={order} />
        </div>
        <AsItWas order={order} steps={steps} chosen={chosen} onChoose={choose} />
      </div>
    </>
  )
}

function OrderFigures({ order }: { order: Order }) {
  const now = useNow()
  const { money } = formats.value
  const { balanceMinor, totalMinor, paidMinor, tipsMinor, payments, covers, waiterId } = order
  const valid = payments.filter(({ voided }) => !voided)
  return (
    <Figures
      figures={[
        { name: 'Owed', value: money(balanceMinor), note: `of ${money(totalMinor)}` },
        { name: 'Paid', value: money(paidMinor), note: count(valid.length, 'payment') },
        {
          name: 'Tips on top',
          value: money(tipsMinor),
          note: waiterId === undefined ? '' : (waiterNames.value.get(waiterId) ?? waiterId),
        },
        {
          name: 'Open for',
          value: duration(now - Date.parse(order.createdAt)),
          note: covers === undefined ? '' : count(covers, 'cover'),
        },
        { name: 'Lock', ...lockFigure(order, now) },
      ]}
    />
  )
}

function lockFigure({ lock }: Order, nowMs: number) {
  if (lock === undefined || Date.parse(lock.expiresAt) <= nowMs) {
    return { value: '–', note: 'free to be paid or changed' }
  }
  return {
    value: countdown((Date.parse(lock.expiresAt) - nowMs) / 1000),
    tone: 'live' as const,
    note: lock.deviceId ?? lock.till ?? lock.product,
  }
}

function Lock({ order }: { order: Order }) {
  const now = useNow()
  const [isFreeing, setFreeing] = useState(false)
  const { lock, id, displayName: name } = order
  const isLocked = lock !== undefined && Date.parse(lock.expiresAt) > now
  const waiter = lock?.waiterId && (waiterNames.value.get(lock.waiterId) ?? lock.waiterId)
  const free = (
    <button
      type="button"
      class="btn btn--small"
      onClick={() => {
        setFreeing(true)
      }}
    >
      <Icon name="unlock" />
      Free…
    </button>
  )
  return (
    <>
      {isLocked ? (
        <Notice tone="live" icon="lock" action={mayManage() ? free : undefined}>
          <b>
            {lock.deviceId === undefined
              ? (lock.till ?? lock.product ?? 'Dojo')
              : `Card machine ${lock.deviceId}`}{' '}
            has it{waiter === undefined ? '' : ` for ${waiter}`}.
          </b>{' '}
          It can be changed again when it lets go.
        </Notice>
      ) : null}
      {isFreeing ? (
        <FreeDialog
          order={{ id, name, lock }}
          onClose={() => {
            setFreeing(false)
          }}
        />
      ) : null}
    </>
  )
}

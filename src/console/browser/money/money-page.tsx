// The money of the day: every payment with what has become of it, and what Dojo has that is on no
// bill.
import { useState } from 'preact/hooks'
import type { Static } from 'typebox'
import { count } from '../../../page/browser/formats.ts'
import { Icon } from '../../../page/browser/icon.tsx'
import {
  Badge,
  Empty,
  Failure,
  Figures,
  Panel,
  Segments,
  Waiting,
} from '../../../page/browser/parts.tsx'
import type { Tone } from '../../../page/browser/parts.tsx'
import type { IconName } from '../../../page/browser/icon.tsx'
import { useNow } from '../../../page/browser/use-now.ts'
import type { PaymentShape } from '../../../till/payments/money.ts'
import { byWhom } from '../describe.ts'
import { Frame } from '../frame.tsx'
import { useLive } from '../live.ts'
import { TENDERS } from '../order/payments.tsx'
import { base, formats, me, till } from '../session.ts'
import type { UnmatchedPayment } from './candidates.ts'
import { AtTheCounter } from './counter.tsx'
import { Unmatched } from './unmatched.tsx'

export type Payment = Static<typeof PaymentShape>

interface Money {
  payments: Payment[]
  unmatched: UnmatchedPayment[]
  /** Whether there are more than were read. */
  isCut: boolean
}

const PAGE_ROWS = 100
const MOST_PAGES = 10

/** Since the business day was opened, or else of the last day. */
async function readMoney(): Promise<Money> {
  const [since, unmatched] = await Promise.all([
    startOfDay(),
    till.call<{ rows: UnmatchedPayment[] }>('GET', '/unmatched-payments'),
  ])
  const payments: Payment[] = []
  let after: string | undefined = ''
  for (let pages = 0; after !== undefined && pages < MOST_PAGES; pages++) {
    const cursor: string = after === '' ? '' : `&after=${encodeURIComponent(after)}`
    const page: { rows: Payment[]; after?: string } = await till.call(
      'GET',
      `/payments?limit=${PAGE_ROWS}&since=${encodeURIComponent(since)}${cursor}`,
    )
    payments.push(...page.rows)
    after = page.after
  }
  return { payments, unmatched: unmatched.rows, isCut: after !== undefined }
}

const DAY_MS = 24 * 3_600_000

async function startOfDay(): Promise<string> {
  const aDayAgo = new Date(Date.now() - DAY_MS).toISOString()
  const { role } = me.value!
  if (role !== 'manager' && role !== 'owner') return aDayAgo
  return await till.call<{ openedAt: string }>('GET', '/days/current').then(
    ({ openedAt }) => openedAt,
    () => aDayAgo,
  )
}

export function MoneyPage() {
  const { data, problem, reload } = useLive(`money ${me.value!.venue.id}`, readMoney)
  return (
    <Frame title="Money" sub={formats.value.day(useNow())}>
      {problem === undefined ? null : <Failure problem={problem} onRetry={reload} />}
      {data === undefined ? <Waiting /> : <Loaded money={data} onDone={reload} />}
    </Frame>
  )
}

function Loaded({ money, onDone }: { money: Money; onDone: () => void }) {
  const { payments, unmatched, isCut } = money
  return (
    <>
      <MoneyFigures money={money} />
      <div class="cols">
        <div class="stack">
          {unmatched.length === 0 ? null : (
            <section class="stack stack--3">
              <div class="section__head">
                <h2>
                  On no bill <span class="bad">{unmatched.length}</span>
                </h2>
                <span class="soft small">Money and bills that do not match.</span>
              </div>
              {unmatched.map((payment, index) => (
                <Unmatched
                  key={payment.paymentIntentId}
                  payment={payment}
                  isFirst={index === 0}
                  onDone={onDone}
                />
              ))}
            </section>
          )}
          <Payments payments={payments} isCut={isCut} />
        </div>
        <aside class="stack">
          <AtTheCounter />
        </aside>
      </div>
    </>
  )
}

function MoneyFigures({ money: { payments, unmatched } }: { money: Money }) {
  const { money } = formats.value
  const counted = payments.filter(({ state }) => state !== 'Void')
  const byDojo = counted.filter(({ tender }) => tender === 'Dojo')
  const own = counted.filter(isOwn)
  const tips = sum(byDojo, ({ tipsMinor }) => tipsMinor)
  const waiting = payments.filter(({ state }) => state === 'Waiting').length
  const isSumKnown = unmatched.every(({ amountMinor }) => amountMinor !== undefined)
  const unmatchedMinor = sum(
    unmatched,
    ({ amountMinor = 0, tipsMinor = 0 }) => amountMinor + tipsMinor,
  )
  return (
    <Figures
      figures={[
        {
          name: 'By card, on bills here',
          value: money(sum(byDojo, leftOf)),
          note: `${count(byDojo.length, 'payment')}, tips included`,
        },
        { name: 'Tips in it', value: money(tips), note: 'from cards and phones' },
        {
          name: 'On no bill',
          value: isSumKnown ? money(unmatchedMinor) : 'unknown',
          tone: unmatched.length === 0 ? undefined : 'bad',
          note:
            unmatched.length === 0
              ? 'everything fits'
              : `${count(unmatched.length, 'payment')}, below`,
        },
        {
          name: 'Cash and vouchers',
          value: money(sum(own, leftOf)),
          note: count(own.length, 'payment'),
        },
        {
          name: 'Waiting for Dojo',
          value: waiting,
          note: waiting === 0 ? 'nothing waits' : 'checked by itself',
        },
      ]}
    />
  )
}

/** A deposit was paid earlier: no drawer has it. */
function isOwn({ tender }: Payment): boolean {
  return tender !== 'Dojo' && tender !== 'Deposit'
}

function leftOf({ amountMinor, tipsMinor, refundedMinor }: Payment): number {
  return amountMinor + tipsMinor - refundedMinor
}

function sum<Row>(rows: readonly Row[], amount: (row: Row) => number): number {
  return rows.reduce((total, row) => total + amount(row), 0)
}

interface Shown {
  word: string
  icon: IconName
  tone: Tone
}

const STATES: Record<Payment['state'], Shown> = {
  Verified: { word: 'Verified', icon: 'shield', tone: 'good' },
  Waiting: { word: 'Waiting for Dojo', icon: 'wait', tone: 'plain' },
  Unchecked: { word: 'On the bill', icon: 'tick', tone: 'plain' },
  Taken: { word: 'Taken here', icon: 'cash', tone: 'plain' },
  Refunded: { word: 'Refunded', icon: 'undo', tone: 'plain' },
  Void: { word: 'Void', icon: 'ban', tone: 'bad' },
}

type Filter = 'all' | 'card' | 'own' | Payment['state']

const holds = (filter: Filter, payment: Payment): boolean => {
  const { tender, state } = payment
  if (filter === 'all') return true
  if (filter === 'card') return tender === 'Dojo'
  return filter === 'own' ? isOwn(payment) : state === filter
}

function Payments({ payments, isCut }: { payments: readonly Payment[]; isCut: boolean }) {
  const [filter, setFilter] = useState<Filter>('all')
  const choices: { value: Filter; label: string }[] = [
    { value: 'all', label: 'All' },
    { value: 'card', label: 'Card' },
    { value: 'own', label: 'Cash and vouchers' },
    { value: 'Waiting', label: 'Waiting' },
    { value: 'Void', label: 'Void' },
    { value: 'Refunded', label: 'Refunded' },
  ]
  const counted = choices.map((choice) => ({
    ...choice,
    count: payments.filter((payment) => holds(choice.value, payment)).length,
  }))
  const shown = payments.filter((payment) => holds(filter, payment))
  return (
    <Panel
      title="Payments"
      aside={
        <Segments
          label="Show"
          chosen={filter}
          onChoose={setFilter}
          choices={counted.filter(({ value, count }) => value === 'all' || count > 0)}
        />
      }
    >
      {shown.length === 0 ? (
        <Empty icon="money" title="No payments yet">
          What guests pay by card, and what a till takes in cash, appears here at once.
        </Empty>
      ) : (
        <Table payments={shown} />
      )}
      {isCut ? <p class="panel__foot">The newest {payments.length} are shown.</p> : null}
    </Panel>
  )
}

function Table({ payments }: { payments: readonly Payment[] }) {
  return (
    <table class="table">
      <thead>
        <tr>
          <th>Time</th>
          <th>Bill</th>
          <th class="lo">How</th>
          <th class="num">Amount</th>
          <th>State</th>
        </tr>
      </thead>
      <tbody>
        {payments.map((payment) => (
          <Row key={payment.id} payment={payment} />
        ))}
      </tbody>
    </table>
  )
}

function Row({ payment }: { payment: Payment }) {
  const { clock, money } = formats.value
  const { word, icon } = TENDERS[payment.tender]
  const state = STATES[payment.state]
  return (
    <tr>
      <td>{clock(payment.recordedAt)}</td>
      <td>
        <a class="strong" href={`${base}/orders/${encodeURIComponent(payment.orderId)}`}>
          {payment.orderName ?? 'Order'}
        </a>
        <span class="two narrow">{word}</span>
      </td>
      <td class="lo">
        <span class="state">
          <Icon name={icon} />
          {word}
        </span>
        <span class="two">{byWhom(payment)}</span>
      </td>
      <td class="num">
        <span class={payment.state === 'Void' ? 'struck' : 'strong'}>
          {money(payment.amountMinor)}
        </span>
        {payment.tipsMinor === 0 ? null : <span class="two">+ {money(payment.tipsMinor)} tip</span>}
      </td>
      <td>
        <Badge icon={state.icon} tone={state.tone}>
          {payment.tender === 'Deposit' && payment.state === 'Taken' ? 'Off a deposit' : state.word}
        </Badge>
        <span class="two">{more(payment)}</span>
      </td>
    </tr>
  )
}

/** What there is to say beside the state. */
function more({
  state,
  check,
  voidReason,
  refundedMinor,
  tenderedMinor,
  changeMinor = 0,
  ...payment
}: Payment): string {
  const { money, clock } = formats.value
  switch (state) {
    case 'Waiting':
      return check === undefined
        ? ''
        : `asked ${count(check.attempts, 'time')}, again at ${clock(check.nextAttemptAt)}`
    case 'Void':
      return voidReason ?? ''
    case 'Refunded':
      return `${money(refundedMinor)} went back`
    case 'Taken':
      return tenderedMinor === undefined
        ? ''
        : `given ${money(tenderedMinor)}, change ${money(changeMinor)}`
    default:
      return payment.dojoStatus ?? ''
  }
}

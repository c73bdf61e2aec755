// The bill of a table on a phone: everything, or the lines that this guest had.
import { useState } from 'preact/hooks'
import { Button, useAct } from '../../../page/browser/form.tsx'
import { Icon } from '../../../page/browser/icon.tsx'
import { Failure, Waiting } from '../../../page/browser/parts.tsx'
import { useLoad } from '../../../page/browser/use-load.ts'
import type { Schemas } from '../../../contract/capabilities.ts'
import { shareOf } from '../bench/amounts.ts'
import { ChooseLines, chosenSum, type BillLine } from '../choose-lines.tsx'
import { formatsIn } from '../live.ts'
import { sandbox } from '../session.ts'
import { CardChoice, type GuestCard } from './card.tsx'
import { Tip, type TipShare } from './tip.tsx'
import { readOrdersAt, type ScannedTable } from './venue.ts'

type Order = Schemas['Order']

interface Paid {
  title: string
  text: string
  isGood: boolean
}

export function BillScreen({ table }: { table: ScannedTable }) {
  const { data, problem, reload } = useLoad(table.id, async () => await readOrdersAt(table.id))
  const [paid, setPaid] = useState<Paid>()
  if (problem !== undefined) return <Failure problem={problem} onRetry={reload} />
  if (data === undefined) return <Waiting rows={6} />
  if (paid !== undefined) {
    return (
      <Result
        paid={paid}
        onDone={() => {
          setPaid(undefined)
          reload()
        }}
      />
    )
  }
  const [order] = data
  if (order === undefined) return <NothingToPay onRetry={reload} />
  return <Bill key={order.id} order={order} table={table} onPaid={setPaid} />
}

function NothingToPay({ onRetry }: { onRetry: () => void }) {
  return (
    <>
      <div class="screen__body screen__body--mid">
        <p>
          <b>Nothing to pay here</b>
        </p>
        <p class="small soft">The till lists no order at this table that can be paid now.</p>
      </div>
      <div class="screen__foot">
        <Button isWide onPress={onRetry}>
          Look again
        </Button>
      </div>
    </>
  )
}

function Result({ paid, onDone }: { paid: Paid; onDone: () => void }) {
  const { title, text, isGood } = paid
  return (
    <>
      <div class="screen__body screen__body--mid" role="status">
        <span class={`screen__mark ${isGood ? 'good' : 'bad'}`}>
          <Icon name={isGood ? 'tickc' : 'crossc'} large />
        </span>
        <p>
          <b>{title}</b>
        </p>
        <p class="small soft">{text}</p>
      </div>
      <div class="screen__foot">
        <Button kind="main" isWide onPress={onDone}>
          Back to the bill
        </Button>
      </div>
    </>
  )
}

interface BillProps {
  order: Order
  table: ScannedTable
  onPaid: (paid: Paid) => void
}

function Bill({ order, table, onPaid }: BillProps) {
  const [chosen, setChosen] = useState<ReadonlySet<number>>(new Set())
  const [share, setShare] = useState<TipShare>('0')
  const [card, setCard] = useState<GuestCard>('approved')
  const { run, isBusy, problem } = useAct()
  const { money } = formatsIn(order.totalAmount?.currencyCode ?? 'GBP')
  const balanceMinor = (order.totalAmount?.value ?? 0) - (order.paidAmount?.value ?? 0)
  const lines = (order.items ?? []).map(lineOf)
  const chosenMinor = chosenSum(lines, chosen)
  // Service and discounts are on no line, so a part is never more than what is owed.
  const partMinor = chosen.size === 0 ? balanceMinor : Math.min(chosenMinor, balanceMinor)
  const tipMinor = shareOf(partMinor, Number(share))
  const pay = async (): Promise<void> => {
    const payment = { amountMinor: partMinor, tipsMinor: tipMinor, card }
    const { lockRefused, payments } = await sandbox.call<PayAnswer>('POST', '/pay-at-table', {
      with: 'qr-page',
      tableId: table.id,
      orderId: order.id,
      payments: [payment],
    })
    const outcome = lockRefused ? 'locked' : payments[0]!.outcome
    onPaid(outcomeInWords(outcome, money(partMinor + tipMinor)))
  }
  return (
    <>
      <div
        class="screen__body screen__body--scroll"
        tabIndex={0}
        role="group"
        aria-label="The bill"
      >
        <div>
          <span class="small soft">
            {chosen.size === 0 ? 'The whole bill' : `Your part of ${money(balanceMinor)}`}
          </span>
          <p class="screen__sum">{money(partMinor)}</p>
        </div>
        <ChooseLines lines={lines} chosen={chosen} money={money} onChoose={setChosen} />
        <Tip chosen={share} onChoose={setShare} />
        <CardChoice chosen={card} onChoose={setCard} />
        {problem === undefined ? null : <Failure problem={problem} />}
      </div>
      <div class="screen__foot">
        <Button
          kind="main"
          isWide
          disabled={isBusy || partMinor <= 0}
          onPress={() => {
            run(pay)
          }}
        >
          {isBusy ? 'Paying' : `Pay ${money(partMinor + tipMinor)}`}
        </Button>
      </div>
    </>
  )
}

type Outcome = 'recorded' | 'reversed' | 'declined'

interface PayAnswer {
  lockRefused: boolean
  payments: { outcome: Outcome }[]
}

function outcomeInWords(outcome: Outcome | 'locked', sum: string): Paid {
  switch (outcome) {
    case 'recorded':
      return { title: 'Paid', text: `${sum}, thank you`, isGood: true }
    case 'declined':
      return { title: 'Card declined', text: DECLINED, isGood: false }
    case 'locked':
      return { title: 'Not now', text: LOCKED, isGood: false }
    case 'reversed':
      return { title: 'Not paid', text: REVERSED, isGood: false }
  }
}

const DECLINED = 'Nothing was taken, and the till heard of no payment. Try another card.'
const LOCKED = 'Somebody else is paying this bill at the moment. Nothing was taken.'
const REVERSED = 'The till did not record it, so your card got its money back.'

function lineOf(item: Schemas['OrderItem']): BillLine {
  const { name, quantity, amountPerItem, modifiers = [] } = item
  const extrasMinor = modifiers.reduce(
    (sum, extra) => sum + extra.quantity * extra.amountPerModifier.value,
    0,
  )
  return { name, quantity, amountMinor: quantity * (amountPerItem.value + extrasMinor) }
}

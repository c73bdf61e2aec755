// What a card machine shows, screen by screen.
import { useState } from 'preact/hooks'
import { Button } from '../../../page/browser/form.tsx'
import { Icon } from '../../../page/browser/icon.tsx'
import { Pad } from '../../../page/browser/pad.tsx'
import type { ListedOrder } from '../../bench/views.ts'
import { formatsIn } from '../live.ts'
import type { Hand } from './hand.ts'
import { PayScreen } from './pay-screen.tsx'
import { Entry, LockLeft, Top } from './screen-parts.tsx'
import { TipScreen } from './tip-screen.tsx'

export function ScreenOf({ hand }: { hand: Hand }) {
  switch (hand.machine.screen) {
    case 'waiter':
      return <WaiterScreen hand={hand} />
    case 'tables':
      return <TablesScreen hand={hand} />
    case 'order':
      return <PayScreen hand={hand} />
    case 'tip':
      return <TipScreen hand={hand} />
    case 'card':
      return <CardScreen hand={hand} />
    case 'signature':
      return <SignatureScreen hand={hand} />
    case 'result':
      return <ResultScreen hand={hand} />
  }
}

const MOST_DIGITS = 12

function WaiterScreen({ hand: { touch, isBusy } }: { hand: Hand }) {
  const [waiterId, setWaiterId] = useState('')
  return (
    <form
      class="screen__form"
      onSubmit={(event) => {
        event.preventDefault()
        if (!isBusy) touch({ key: 'waiter', waiterId: waiterId.trim() })
      }}
    >
      <Top title="Pay at Table" />
      <div class="screen__body">
        <Entry
          label="Waiter number"
          value={waiterId}
          onChange={setWaiterId}
          input={{ inputMode: 'numeric', maxLength: MOST_DIGITS }}
        />
        <Pad label="Keys" value={waiterId} onChange={setWaiterId} mostDigits={MOST_DIGITS} />
      </div>
      <div class="screen__foot">
        <Button kind="main" isWide submits disabled={isBusy}>
          {waiterId.trim() === '' ? 'All tables' : 'My tables'}
        </Button>
      </div>
    </form>
  )
}

function TablesScreen({ hand }: { hand: Hand }) {
  const { machine, touch, isBusy } = hand
  return (
    <>
      <Top title="Tables" hand={hand}>
        <button
          type="button"
          class="screen__back"
          aria-label="List again"
          disabled={isBusy}
          onClick={() => {
            touch({ key: 'list' })
          }}
        >
          <Icon name="undo" />
        </button>
      </Top>
      <div class="screen__body screen__body--scroll" tabIndex={0} role="group" aria-label="Tables">
        {machine.orders.length === 0 ? (
          <p class="screen__none">
            The till lists no table that can be paid
            {machine.waiterId === '' ? '.' : ` for waiter ${machine.waiterId}.`}
          </p>
        ) : (
          machine.orders.map((order) => <TableKey key={order.id} order={order} hand={hand} />)
        )}
      </div>
    </>
  )
}

function TableKey({ order, hand: { touch, isBusy } }: { order: ListedOrder; hand: Hand }) {
  const { id, name, place, balanceMinor, paidMinor, currencyCode, heldBy } = order
  const { money } = formatsIn(currencyCode)
  const paid = paidMinor > 0 ? `${money(paidMinor)} paid` : place
  return (
    <button
      type="button"
      class="pick"
      disabled={isBusy || heldBy !== undefined}
      onClick={() => {
        touch({ key: 'choose', orderId: id })
      }}
    >
      <span>
        <b>{name}</b>
        {(heldBy ?? paid) === '' ? null : <small>{heldBy ?? paid}</small>}
      </span>
      <span class="row">
        {heldBy === undefined ? null : <Icon name="lock" />}
        {money(balanceMinor)}
      </span>
    </button>
  )
}

function CardScreen({ hand }: { hand: Hand }) {
  const { machine } = hand
  const { order, due, work } = machine
  const { money } = formatsIn(order!.currencyCode)
  const { amountMinor, tipMinor, part, parts } = due!
  return (
    <>
      <Top title={order!.name} hand={hand}>
        <LockLeft hand={hand} />
      </Top>
      <div class="screen__body screen__body--mid">
        {parts > 1 ? <p class="small soft">{`Part ${part} of ${parts}`}</p> : null}
        <p class="screen__sum">{money(amountMinor + tipMinor)}</p>
        {tipMinor === 0 ? null : <p class="small soft">{`with a tip of ${money(tipMinor)}`}</p>}
        <svg
          class={work === undefined ? 'waves' : 'waves waves--work'}
          viewBox="0 0 64 64"
          aria-hidden="true"
        >
          <path d="M20 22a17 17 0 0 1 0 20" />
          <path d="M29 16a27 27 0 0 1 0 32" />
          <path d="M38 10a37 37 0 0 1 0 44" />
        </svg>
        <p role="status">
          <b>{work ?? 'Present the card'}</b>
        </p>
      </div>
    </>
  )
}

function SignatureScreen({ hand: { machine, touch, isBusy } }: { hand: Hand }) {
  const { order, due } = machine
  const { money } = formatsIn(order!.currencyCode)
  return (
    <>
      <Top title={order!.name} />
      <div class="screen__body screen__body--mid">
        <p class="screen__sum">{money(due!.amountMinor + due!.tipMinor)}</p>
        <span class="live">
          <Icon name="sign" large />
        </span>
        <p>
          <b>Compare the signature</b>
        </p>
        <p class="small soft">with the one on the back of the card</p>
      </div>
      <div class="screen__foot">
        <Button
          kind="main"
          isWide
          disabled={isBusy}
          onPress={() => {
            touch({ key: 'sign', accepted: true })
          }}
        >
          It matches
        </Button>
        <Button
          isWide
          disabled={isBusy}
          onPress={() => {
            touch({ key: 'sign', accepted: false })
          }}
        >
          It does not
        </Button>
      </div>
    </>
  )
}

function ResultScreen({ hand: { machine, touch, isBusy } }: { hand: Hand }) {
  const { order, result } = machine
  const { tone, title, text, paidMinor, isMoreDue } = result!
  const { money } = formatsIn(order!.currencyCode)
  return (
    <>
      <Top title={order!.name} />
      <div class="screen__body screen__body--mid" role="status">
        <span class={`screen__mark ${tone}`}>
          <Icon name={tone === 'good' ? 'tickc' : 'crossc'} large />
        </span>
        {paidMinor === 0 ? null : <p class="screen__sum">{money(paidMinor)}</p>}
        <p>
          <b>{title}</b>
        </p>
        <p class="small soft">{text}</p>
      </div>
      <div class="screen__foot">
        <Button
          kind="main"
          isWide
          disabled={isBusy}
          onPress={() => {
            touch({ key: 'next' })
          }}
        >
          {isMoreDue ? 'Go on with this table' : 'Done'}
        </Button>
      </div>
    </>
  )
}

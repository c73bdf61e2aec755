// Money that is on no bill: why, which order it may belong to, and what can be done.
import { useState } from 'preact/hooks'
import { toast } from '../../../page/browser/dialog.tsx'
import { Button, useAct } from '../../../page/browser/form.tsx'
import { Icon } from '../../../page/browser/icon.tsx'
import { Failure, Notice, Waiting } from '../../../page/browser/parts.tsx'
import { useLoad } from '../../../page/browser/use-load.ts'
import type { Floor, FloorOrder } from '../floor/floor.ts'
import { base, formats, mayManage, till } from '../session.ts'
import { candidatesFor, refundableOf, type Candidate, type UnmatchedPayment } from './candidates.ts'
import { DismissDialog, RefundDialog } from './unmatched-dialogs.tsx'

interface UnmatchedProps {
  payment: UnmatchedPayment
  isFirst: boolean
  onDone: () => void
}

export function Unmatched({ payment, isFirst, onDone }: UnmatchedProps) {
  const [isOpen, setOpen] = useState(isFirst)
  const { amountMinor, tipsMinor = 0, since, status, paymentIntentId } = payment
  const { money, clock } = formats.value
  const sum = amountMinor === undefined ? 'An unknown sum' : money(amountMinor + tipsMinor)
  return (
    <section class="panel" aria-label={sum}>
      <div class="panel__head row--wrap">
        <span class="bad">
          <Icon name="warn" />
        </span>
        <p>
          <b>{sum}</b>{' '}
          <span class="soft">
            {status === undefined ? '' : `${status.toLowerCase()}, `}seen at {clock(since)}
          </span>
        </p>
        <span class="push row">
          <span class="mono faint small lo">{paymentIntentId}</span>
          <Button
            isSmall
            isExpanded={isOpen}
            onPress={() => {
              setOpen(!isOpen)
            }}
          >
            {isOpen ? 'Close' : 'Look into it'}
          </Button>
        </span>
      </div>
      {isOpen ? (
        <div class="panel__body stack stack--3">
          <p class="soft">{payment.reason}</p>
          <RefundState payment={payment} />
          {payment.orderId === undefined ? null : (
            <p>
              It names{' '}
              <a href={`${base}/orders/${encodeURIComponent(payment.orderId)}`}>
                an order of this venue
              </a>
              .
            </p>
          )}
          {mayManage() ? <Acts payment={payment} onDone={onDone} /> : null}
        </div>
      ) : null}
    </section>
  )
}

/** What came of a refund that somebody asked for. */
function RefundState({ payment: { refund } }: { payment: UnmatchedPayment }) {
  if (refund === undefined) return null
  const { money, clock } = formats.value
  const asked = `A refund of ${money(refund.amountMinor)} was asked for at ${clock(refund.requestedAt)}`
  return (
    <Notice tone="warn" icon="undo">
      {refund.status === 'Pending'
        ? `${asked}, and Dojo has not confirmed it yet. Ask again: it is the same refund.`
        : `${asked}, and was not done. ${refund.problem ?? ''}`}
    </Notice>
  )
}

async function readOpen(): Promise<FloorOrder[]> {
  const { tables, elsewhere } = await till.call<Floor>('GET', '/floor')
  return [...tables.flatMap(({ orders }) => orders), ...elsewhere]
}

function Acts({ payment, onDone }: { payment: UnmatchedPayment; onDone: () => void }) {
  const { data: orders } = useLoad('open orders', readOpen)
  const [chosenId, setChosenId] = useState<string>()
  const [asking, setAsking] = useState<'refund' | 'dismiss'>()
  const close = (): void => {
    setAsking(undefined)
  }
  const { run, isBusy, problem } = useAct()
  if (orders === undefined) return <Waiting rows={2} />
  const candidates = candidatesFor(payment, orders)
  const chosen = candidates.find(({ id }) => id === chosenId) ?? candidates[0]
  const leftMinor = refundableOf(payment)
  const path = `/unmatched-payments/${encodeURIComponent(payment.paymentIntentId)}`
  const record = async ({ id, name }: Candidate): Promise<void> => {
    await till.call('POST', `${path}/record`, { orderId: id })
    toast({ icon: 'tickc', title: `Recorded on ${name}.` })
    onDone()
  }
  return (
    <>
      <Candidates payment={payment} all={candidates} chosen={chosen} onChoose={setChosenId} />
      {problem === undefined ? null : <Failure problem={problem} />}
      <div class="row row--wrap">
        {chosen === undefined ? null : (
          <Button
            kind="main"
            disabled={isBusy}
            onPress={() => {
              run(async () => {
                await record(chosen)
              })
            }}
          >
            Record on {chosen.name}
          </Button>
        )}
        <OtherActs leftMinor={leftMinor} onAsk={setAsking} />
      </div>
      {asking === 'refund' ? (
        <RefundDialog {...{ path, leftMinor, onDone }} onClose={close} />
      ) : null}
      {asking === 'dismiss' ? <DismissDialog {...{ path, onDone }} onClose={close} /> : null}
    </>
  )
}

interface OtherActsProps {
  leftMinor: number
  onAsk: (asking: 'refund' | 'dismiss') => void
}

/** What can be done with money that belongs to no order. */
function OtherActs({ leftMinor, onAsk }: OtherActsProps) {
  return (
    <>
      {leftMinor > 0 ? (
        <Button
          kind="danger"
          icon="undo"
          onPress={() => {
            onAsk('refund')
          }}
        >
          Refund {formats.value.money(leftMinor)}…
        </Button>
      ) : null}
      <Button
        kind="quiet"
        onPress={() => {
          onAsk('dismiss')
        }}
      >
        Dismiss…
      </Button>
    </>
  )
}

interface CandidatesProps {
  payment: UnmatchedPayment
  all: readonly Candidate[]
  chosen: Candidate | undefined
  onChoose: (id: string) => void
}

const NO_SUM =
  'How much it is has not been seen at Dojo. With the venue’s Dojo API key the server finds out.'
const NO_ORDER = 'No open order owes as much, or at Dojo it is for another order.'

function Candidates({ payment, all, chosen, onChoose }: CandidatesProps) {
  const { amountMinor, paymentIntentId } = payment
  if (all.length === 0) return <p class="soft">{amountMinor === undefined ? NO_SUM : NO_ORDER}</p>
  return (
    <fieldset class="stack stack--2">
      <legend class="label">It may belong to</legend>
      {all.map((candidate) => (
        <label key={candidate.id} class="choice">
          <input
            type="radio"
            name={paymentIntentId}
            checked={candidate.id === chosen?.id}
            onChange={() => {
              onChoose(candidate.id)
            }}
          />
          <span>
            <b>{candidate.name}</b>
            <p>{candidate.why}</p>
          </span>
        </label>
      ))}
    </fieldset>
  )
}

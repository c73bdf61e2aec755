// The card payments under way: what each machine asks, the signature that somebody has to compare,
// and what is not known yet.
import { useEffect } from 'preact/hooks'
import type { Static } from 'typebox'
import { toast } from '../../../page/browser/dialog.tsx'
import { Button, useAct } from '../../../page/browser/form.tsx'
import { count, duration } from '../../../page/browser/formats.ts'
import type { IconName } from '../../../page/browser/icon.tsx'
import { Badge, Failure, Panel, Waiting, type Tone } from '../../../page/browser/parts.tsx'
import { useNow } from '../../../page/browser/use-now.ts'
import type { CardPaymentUnderWayShape } from '../../../till/payments/card-payment-view.ts'
import { useLive } from '../live.ts'
import { base, formats, mayManage, me, till } from '../session.ts'

type CardPayment = Static<typeof CardPaymentUnderWayShape>

interface Counter {
  rows: CardPayment[]
  /** By the browser's clock, since which the seconds run. */
  readAtMs: number
}

/** The stream has no events of refunds without a payment. */
const LOOK_AGAIN_MS = 2_000
/** As long as Dojo waits for the answer, see limits.signatureSeconds. */
const SIGNATURE_SECONDS = 80
const MINUTE_MS = 60_000

export function AtTheCounter() {
  const { data, problem, reload } = useLive(
    `counter ${me.value!.venue.id}`,
    async (): Promise<Counter> => {
      const { rows } = await till.call<{ rows: CardPayment[] }>('GET', '/card-payments')
      return { rows, readAtMs: Date.now() }
    },
  )
  const isUnheard = data?.rows.some(({ orderId }) => orderId === undefined) ?? false
  useEffect(() => {
    if (!isUnheard) return undefined
    const timer = setInterval(reload, LOOK_AGAIN_MS)
    return () => {
      clearInterval(timer)
    }
  }, [isUnheard, reload])
  const number = data?.rows.length ?? 0
  return (
    <Panel
      title="At the counter now"
      aside={
        number === 0 ? undefined : (
          <span class="count count--live" aria-label={count(number, 'card payment')}>
            {number}
          </span>
        )
      }
    >
      {problem === undefined ? null : <Failure problem={problem} onRetry={reload} />}
      {data === undefined && problem === undefined ? <Waiting rows={2} /> : null}
      {data?.rows.length === 0 ? (
        <p class="panel__body small soft">No card machine works for a till.</p>
      ) : null}
      {data?.rows.map((payment) => (
        <UnderWay key={payment.id} {...{ payment }} readAtMs={data.readAtMs} onDone={reload} />
      ))}
    </Panel>
  )
}

interface UnderWayProps {
  payment: CardPayment
  readAtMs: number
  onDone: () => void
}

function UnderWay({ payment, readAtMs, onDone }: UnderWayProps) {
  const runsMs = useNow() - Date.parse(payment.startedAt)
  const { run, isBusy, problem } = useAct()
  const { amountMinor, tipsMinor, cashbackMinor = 0, kind, status } = payment
  const { word, icon, tone } = stateOf(payment)
  const ask = async (verb: string, body?: object): Promise<void> => {
    await till.call('POST', `${pathOf(payment)}/${verb}`, body)
    onDone()
  }
  return (
    <article class="underway" aria-label={`${nameOf(payment)}, ${word}`}>
      <div class="split">
        <span>
          <Bill payment={payment} />
          {kind === 'Sale' ? ', ' : ', back '}
          <b>{formats.value.money(amountMinor + tipsMinor + cashbackMinor)}</b>
        </span>
        <Badge icon={icon} tone={tone}>
          {word}
        </Badge>
      </div>
      <p class="small soft">
        <Machine payment={payment} /> {saidBy(payment)}
        {status === 'SignatureRequired' || runsMs < MINUTE_MS ? null : (
          <span class="faint"> For {duration(runsMs)}.</span>
        )}
      </p>
      {problem === undefined ? null : <Failure problem={problem} />}
      {mayDirect(payment) ? (
        <Acts {...{ payment, readAtMs, run, isBusy, ask }} />
      ) : (
        <p class="small faint">A manager directs it.</p>
      )}
    </article>
  )
}

interface ActsProps extends Pick<UnderWayProps, 'payment' | 'readAtMs'> {
  run: (work: () => Promise<void>) => void
  isBusy: boolean
  ask: (verb: string, body?: object) => Promise<void>
}

/** What somebody can say to the machine now. */
function Acts({ payment, readAtMs, run, isBusy, ask }: ActsProps) {
  if (payment.secondsToSign === undefined) {
    return (
      <Cancel
        payment={payment}
        isBusy={isBusy}
        onCancel={() => {
          run(async () => {
            await ask('cancel')
          })
        }}
      />
    )
  }
  return (
    <Signature
      secondsLeft={payment.secondsToSign - (Date.now() - readAtMs) / 1000}
      isBusy={isBusy}
      onJudge={(accepted) => {
        run(async () => {
          await ask('signature', { accepted })
          const said = accepted ? 'accepted' : 'declined'
          toast({ icon: 'sign', title: `The signature is ${said}.` })
        })
      }}
    />
  )
}

/** Refunds without a payment are a manager's. */
function mayDirect({ orderId }: CardPayment): boolean {
  return orderId !== undefined || mayManage()
}

function Bill({ payment }: { payment: CardPayment }) {
  const { orderId } = payment
  if (orderId === undefined) return <b>Refund without a payment</b>
  return (
    <a class="strong" href={`${base}/orders/${encodeURIComponent(orderId)}`}>
      {nameOf(payment)}
    </a>
  )
}

function Machine({ payment: { terminalName, terminalId } }: { payment: CardPayment }) {
  if (terminalName !== undefined) return <b>{terminalName}</b>
  return <span class="mono">{terminalId ?? 'A card machine'}</span>
}

function nameOf({ orderId, orderName }: CardPayment): string {
  return orderId === undefined ? 'Refund without a payment' : (orderName ?? 'Order')
}

interface SignatureProps {
  secondsLeft: number
  isBusy: boolean
  onJudge: (accepted: boolean) => void
}

function Signature({ secondsLeft, isBusy, onJudge }: SignatureProps) {
  const left = Math.max(0, Math.ceil(secondsLeft))
  return (
    <>
      <progress
        class="progress--live"
        value={left}
        max={SIGNATURE_SECONDS}
        aria-label={`${left} of ${SIGNATURE_SECONDS} seconds left`}
      />
      <p class="small faint">
        {left === 0
          ? 'The time is over: it counts as accepted.'
          : `${left} s left. With no answer it counts as accepted.`}
      </p>
      {left === 0 ? null : (
        <div class="pair">
          <Button
            kind="main"
            icon="tick"
            isWide
            disabled={isBusy}
            onPress={() => {
              onJudge(true)
            }}
          >
            It matches
          </Button>
          <Button
            kind="danger"
            icon="cross"
            isWide
            disabled={isBusy}
            onPress={() => {
              onJudge(false)
            }}
          >
            Decline
          </Button>
        </div>
      )}
    </>
  )
}

interface CancelProps {
  payment: CardPayment
  isBusy: boolean
  onCancel: () => void
}

function Cancel({ payment, isBusy, onCancel }: CancelProps) {
  const { cancelRequested, chargeAgain, status } = payment
  if (cancelRequested) return <p class="small faint">It is being canceled.</p>
  if (status === 'SignatureRequired' || payment.sessionStatus === 'Captured') return null
  return (
    <Button isSmall disabled={isBusy} onPress={onCancel}>
      {chargeAgain === 'unknown' ? 'Make sure it takes nothing' : 'Cancel on the machine'}
    </Button>
  )
}

/** Refunds without a payment are on no order. */
function pathOf({ id, orderId }: CardPayment): string {
  return orderId === undefined
    ? `/refunds/unlinked/${encodeURIComponent(id)}`
    : `/orders/${encodeURIComponent(orderId)}/card-payments/${encodeURIComponent(id)}`
}

interface Shown {
  word: string
  icon: IconName
  tone: Tone
}

function stateOf({ status, chargeAgain, sessionStatus }: CardPayment): Shown {
  if (chargeAgain === 'unknown') return { word: 'Not known', icon: 'warn', tone: 'warn' }
  if (status === 'SignatureRequired') return { word: 'Signature', icon: 'sign', tone: 'live' }
  if (status === 'Prompting') return { word: 'Card', icon: 'card', tone: 'live' }
  return sessionStatus === 'Captured'
    ? { word: 'Taken', icon: 'tick', tone: 'live' }
    : { word: 'Starting', icon: 'wait', tone: 'plain' }
}

/** What a machine shows the guest, by Dojo's name for it. */
const PROMPTS: Readonly<Record<string, string>> = {
  PresentCard: 'asks for the card.',
  InsertCard: 'asks to insert the card.',
  ReEnterCard: 'asks for the card again.',
  PresentOnlyOneCard: 'asks for one card only.',
  EnterPin: 'asks for the PIN.',
  RemoveCard: 'asks to take the card out.',
  PleaseWait: 'asks to wait.',
  CardUnsupported: 'does not take this card.',
  CardError: 'could not read the card.',
  Approved: 'says that the card is approved.',
  Declined: 'says that the card is declined.',
}

function saidBy({ status, chargeAgain, prompt, message, sessionStatus }: CardPayment): string {
  if (chargeAgain === 'unknown') return `is done. ${message ?? ''}`
  if (status === 'SignatureRequired') return 'asks: does the signature match the card?'
  if (status === 'Prompting') return PROMPTS[prompt ?? ''] ?? `shows ${prompt}.`
  return sessionStatus === 'Captured' ? 'is done; Dojo confirms it now.' : 'is being started.'
}

// A payment as every product takes it: first the card is charged, then the EPOS records it. If the
// EPOS does not, the card gets the money back.
import type { Output, Schemas } from '../../contract/capabilities.ts'
import type { Exchange } from '../epos/exchange.ts'
import type { Caller } from '../epos/transport.ts'
import { createIntent, payByCard, reverseByDojo } from '../dojo/payment-intents.ts'
import type { IntentRecord } from '../dojo/state.ts'
import type { Runner } from './runner.ts'

export interface Charge {
  orderId: string
  amountMinor: number
  tipsMinor?: number
  currencyCode: string
  lockId?: string
  waiterId?: string
  paidBy: 'terminal' | 'online'
}

export interface TakenPayment {
  paymentIntentId: string
  amountMinor: number
  tipsMinor: number
  /** `recorded` by the EPOS, or `reversed` because the EPOS refused or did not answer. */
  outcome: 'recorded' | 'reversed'
  exchange: Exchange<'RecordOrderPaymentById'>
  order?: Output<'RecordOrderPaymentById'>
}

/** What becomes of the card of a guest with a phone. */
export type GuestCard = 'approved' | 'declined'

/** The EPOS hears nothing of a card that was declined. */
export interface DeclinedPayment {
  paymentIntentId: string
  amountMinor: number
  tipsMinor: number
  outcome: 'declined'
}

/** Creates the payment intent, and no card pays it. */
export function declineCard(runner: Runner, charge: Charge): DeclinedPayment {
  const { id: paymentIntentId } = intentFor(runner, charge).shown
  const { amountMinor, tipsMinor = 0 } = charge
  runner.note(`The card for the payment ${paymentIntentId} is declined: nothing was taken.`)
  return { paymentIntentId, amountMinor, tipsMinor, outcome: 'declined' }
}

/** Creates the payment intent and pays it by card. */
export function chargeCard(
  runner: Runner,
  charge: Charge,
  captureMode: 'Auto' | 'Manual' = 'Auto',
): IntentRecord {
  const record = intentFor(runner, charge, captureMode)
  payByCard(runner.simulation, runner.account, record, charge.paidBy)
  return record
}

function intentFor(
  { simulation, account }: Runner,
  { orderId, amountMinor, tipsMinor = 0, currencyCode, waiterId }: Charge,
  captureMode: 'Auto' | 'Manual' = 'Auto',
): IntentRecord {
  return createIntent(simulation, account, {
    amount: { value: amountMinor, currencyCode },
    ...(tipsMinor === 0 ? {} : { tipsAmount: { value: tipsMinor, currencyCode } }),
    reference: orderId.slice(0, 60),
    captureMode,
    orderDetails: { externalId: orderId },
    ...(waiterId === undefined ? {} : { metadata: { waiterId } }),
  })
}

export async function takePayment(
  runner: Runner,
  charge: Charge,
  caller: Partial<Caller>,
): Promise<TakenPayment> {
  const { simulation, account } = runner
  const record = chargeCard(runner, charge)
  const { id: paymentIntentId } = record.shown
  const exchange = await runner.send(
    'RecordOrderPaymentById',
    { orderId: charge.orderId, ...eposPayment(record), lockId: charge.lockId },
    caller,
  )
  const taken = {
    paymentIntentId,
    amountMinor: charge.amountMinor,
    tipsMinor: charge.tipsMinor ?? 0,
    exchange,
  }
  if (exchange.status !== 200) {
    reverseByDojo(simulation, account, record)
    const why = exchange.noAnswer === undefined ? 'refused it' : 'did not answer'
    runner.note(`The payment ${paymentIntentId} is reversed: the EPOS ${why}.`)
    return { ...taken, outcome: 'reversed' }
  }
  const late = simulation.faultsOf(account).take('late-reversal', 'RecordOrderPaymentById')
  if (late !== undefined) {
    simulation.clock.scheduleIn(late.delayMs ?? 0, {
      kind: 'reverse',
      key: account.key,
      paymentIntentId,
    })
  }
  return { ...taken, outcome: 'recorded', order: exchange.output! }
}

/** The payment as the EPOS records it. */
export function eposPayment({ shown }: IntentRecord): Schemas['Payment'] {
  return {
    paymentIntentId: shown.id,
    paidAmount: { value: shown.amount.value, currencyCode: shown.amount.currencyCode },
    ...(shown.tipsAmount == null
      ? {}
      : {
          tipsAmount: {
            value: shown.tipsAmount.value,
            currencyCode: shown.tipsAmount.currencyCode,
          },
        }),
  }
}

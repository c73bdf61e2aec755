// The loop that drives one card payment: reads the facts, takes the next step, writes what it
// found.
import { setTimeout as wait } from 'node:timers/promises'
import { changeCardPayment, LeaseLost } from '../../actions/payments/change-card-payment.ts'
import { settleIntent } from '../../actions/payments/settle-intent.ts'
import type { Caller } from '../../domain/caller.ts'
import type { NewId } from '../../domain/ids.ts'
import { refundNeverShown } from '../../domain/payments/card-payment-by-hand.ts'
import { doubtOf, lastAttempt, type CardPayment } from '../../domain/payments/card-payment.ts'
import { markAsked, withFinding } from '../../domain/payments/card-payment-findings.ts'
import {
  isWatchedClosely,
  nextStep,
  type CardStep,
} from '../../domain/payments/card-payment-steps.ts'
import { limits } from '../../limits.ts'
import { readOrder } from '../../store/orders/read-order.ts'
import { readCardPayment, type CardPaymentNow } from '../../store/payments/card-payments.ts'
import { writeUnmatched } from '../../store/payments/intents.ts'
import { releaseLease, renewLease, takeLease, type Lease } from '../../store/payments/terminals.ts'
import { DojoFault } from '../client/errors.ts'
import { CounterFault } from '../counter-socket/errors.ts'
import type { CounterSide } from '../counter-socket/index.ts'
import { askDojo, NoKey, type AskDojoDeps } from '../jobs/ask-dojo.ts'
import { performOverSocket } from './over-socket.ts'
import { performStep, type Found } from './perform-step.ts'
import { sentenceOf } from './sentences.ts'

export interface DriverDeps extends AskDojoDeps {
  newId: NewId
  /** The other way to the card machines. */
  counter: Pick<CounterSide, 'lineOf'>
  /** For tests: the longest pause. */
  mostPauseMs?: number | undefined
}

export interface Driver {
  /**
   * Drives the payment until nobody has to wait for it any more; at once where this process drives
   * it already, or another does. Never throws.
   */
  begin: (caller: Caller, cardPaymentId: string) => Promise<void>
  stop: () => Promise<void>
}

export function createDriver(deps: DriverDeps): Driver {
  const driving = new Map<string, { done: Promise<void>; again: boolean }>()
  const stopping = new AbortController()
  const begin: Driver['begin'] = async (caller, cardPaymentId) => {
    if (stopping.signal.aborted) return
    const key = `${caller.locationId} ${cardPaymentId}`
    const known = driving.get(key)
    if (known !== undefined) {
      // It may be about to end, and not see what has just been asked.
      known.again = true
      return
    }
    const run = { again: false, done: Promise.resolve() }
    driving.set(key, run)
    run.done = drive(deps, caller, cardPaymentId, stopping.signal)
      .catch((error: unknown) => {
        if (error instanceof LeaseLost || stopping.signal.aborted) return
        // Its job takes it up again.
        const message = (error as Error).message.slice(0, limits.maxLoggedMessageCharacters)
        const detail = { cardPaymentId, error: message }
        deps.notice(caller.locationId, 'a card payment could not be driven', detail)
      })
      .finally(() => driving.delete(key))
    await run.done
    if (run.again) await begin(caller, cardPaymentId)
  }
  return {
    begin,
    stop: async () => {
      stopping.abort()
      await Promise.all([...driving.values()].map(async ({ done }) => await done))
    },
  }
}

async function drive(
  deps: DriverDeps,
  caller: Caller,
  cardPaymentId: string,
  signal: AbortSignal,
): Promise<void> {
  const { database, mostPauseMs = limits.cashierWaitsMs } = deps
  const { locationId } = caller
  const { payment } = await readCardPayment(database, locationId, cardPaymentId)
  if (isOfAnother(deps, locationId, payment)) return
  const { terminalId } = lastAttempt(payment)!
  const lease = await takeLease(database, locationId, { terminalId, cardPaymentId })
  if (lease === undefined) return
  try {
    while (!signal.aborted) {
      if (!(await renewLease(database, locationId, lease))) return
      const now = await readCardPayment(database, locationId, cardPaymentId)
      // A new try may be on another machine, which has a lease of its own.
      if (lastAttempt(now.payment)!.terminalId !== terminalId) return
      const next = nextStep(now.payment, now.nowMs)
      if (next === undefined || !isWatchedClosely(now.payment, now.nowMs)) return
      if (next.afterMs > limits.cashierWaitsMs) return
      await pause(Math.min(next.afterMs, mostPauseMs), signal)
      if (signal.aborted) return
      const then = await readCardPayment(database, locationId, cardPaymentId)
      const due = nextStep(then.payment, then.nowMs)
      // Something else became of it during the pause.
      if (due?.step !== next.step && due?.afterMs !== 0) continue
      await takeStep(deps, caller, then, lease)
    }
  } finally {
    await releaseLease(database, locationId, lease).catch(() => {})
  }
}

/** Over the socket it is driven by the server that has the venue's, and no other. */
export function isOfAnother(
  { counter }: Pick<DriverDeps, 'counter'>,
  locationId: string,
  { socketPaymentId }: CardPayment,
): boolean {
  return socketPaymentId !== undefined && counter.lineOf(locationId) === undefined
}

const WRITTEN_FIRST: ReadonlySet<CardStep> = new Set([
  'ask-for-intent',
  'ask-for-session',
  'set-amount',
  'capture',
  'release',
])

/** The step that the payment needs now, whatever was planned before a pause. */
export async function takeStep(
  deps: DriverDeps,
  caller: Caller,
  { payment, nowMs }: CardPaymentNow,
  lease: Lease | undefined,
): Promise<void> {
  const next = nextStep(payment, nowMs)
  if (next === undefined) return
  const { step } = next
  const { cardPaymentId } = payment
  const change = { cardPaymentId, lease }
  if (step === 'end') {
    await changeCardPayment(deps.database, caller, change, ({ payment: known, nowMs: atMs }) => ({
      ...known,
      endedAtMs: atMs,
    }))
    return
  }
  if (WRITTEN_FIRST.has(step)) {
    await changeCardPayment(deps.database, caller, change, ({ payment: known, nowMs: atMs }) =>
      markAsked(known, step, atMs),
    )
  }
  const found = await ask(deps, caller, { payment, nowMs }, step)
  if (found.found === 'shown') {
    await settleIntent(deps, caller, found.facts, secondsSince(payment.startedAtMs, nowMs))
    if (payment.kind === 'Sale') return
    await noteRefundRead(deps, caller, change)
    return
  }
  await changeCardPayment(deps.database, caller, change, ({ payment: known, nowMs: atMs, tx }) => {
    const after = withFinding(known, found, atMs)
    const doubt = doubtOf(after, atMs)
    if (doubt !== undefined && known.paymentIntentId !== undefined) {
      writeUnmatched(tx, caller.locationId, known.paymentIntentId, doubt)
    }
    return after
  })
}

/** What the intent shows of a refund, its row has now. Staff hear of one that it never shows. */
async function noteRefundRead(
  { database }: Pick<DriverDeps, 'database'>,
  caller: Caller,
  change: Parameters<typeof changeCardPayment>[2],
): Promise<void> {
  await changeCardPayment(database, caller, change, ({ payment, nowMs, tx }) => {
    const after = { ...payment, intentReadAtMs: nowMs }
    const doubt = refundNeverShown(after, nowMs)
    if (doubt !== undefined) {
      writeUnmatched(tx, caller.locationId, payment.paymentIntentId!, doubt)
    }
    return after
  })
}

function secondsSince(ms: number, nowMs: number): number {
  return Math.max(0, (nowMs - ms) / 1000)
}

/** What Dojo shows; a failure that leaves the outcome open is a finding as well. */
async function ask(
  deps: DriverDeps,
  caller: Caller,
  { payment, nowMs }: CardPaymentNow,
  step: Exclude<CardStep, 'end'>,
): Promise<Found> {
  const { locationId, currency } = caller
  try {
    const { orderId } = payment
    if (payment.socketPaymentId !== undefined) {
      const line = deps.counter.lineOf(locationId)
      const input = { payment, nowMs, order: undefined, currency }
      return await performOverSocket(step, { ...deps, caller, line, input })
    }
    const order = orderId && (await readOrder(deps.database, locationId, orderId)).order
    return await askDojo(
      deps,
      locationId,
      async (client) =>
        await performStep(client, step, { payment, nowMs, order: order || undefined, currency }),
    )
  } catch (error) {
    if (error instanceof NoKey && step === 'ask-for-intent') {
      return { found: 'intent-refused', problem: sentenceOf(error) }
    }
    const isKnown = [DojoFault, NoKey, CounterFault].some((kind) => error instanceof kind)
    if (!isKnown) throw error
    return { found: 'nothing', problem: sentenceOf(error) }
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (ms > 0) await wait(ms, undefined, { signal, ref: false }).catch(() => {})
}

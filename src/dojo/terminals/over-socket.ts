// The steps of a card payment through Dojo's socket for the counter. A payment has an id that was
// written down before: whatever answer gets lost, Dojo is asked about that id, and it is sent again
// only while Dojo does not know it.
import {
  recordCounterPayment,
  type RecordDeps,
} from '../../actions/payments/record-counter-payment.ts'
import type { CounterSchemas } from '../../contract/counter-socket.ts'
import type { Caller } from '../../domain/caller.ts'
import { lastAttempt } from '../../domain/payments/card-payment.ts'
import type { CardStep } from '../../domain/payments/card-payment-steps.ts'
import { factsOf, factsUnfinished, sessionAtWork } from '../../domain/payments/counter-record.ts'
import { limits } from '../../limits.ts'
import { readSocketIntent } from '../../store/payments/socket-payments.ts'
import { CounterAway, CounterRefusal } from '../counter-socket/errors.ts'
import type { CounterLine } from '../counter-socket/line.ts'
import { readTerminal } from '../counter-socket/machines.ts'
import { recordIn } from '../counter-socket/recorded.ts'
import { promptOf } from './prompts.ts'
import type { Found, StepInput } from './perform-step.ts'

type Step = Exclude<CardStep, 'end'>

/** A step, and through which line; undefined where this server has none that is open. */
export interface SocketStep extends RecordDeps {
  caller: Caller
  line: CounterLine | undefined
  input: StepInput
}

/** @throws CounterFault: Dojo may or may not have done it, or cannot be asked at all */
export async function performOverSocket(step: Step, on: SocketStep): Promise<Found> {
  switch (step) {
    case 'ask-for-session':
      return await create(on)
    case 'find-session':
      return await findAgain(on)
    case 'read-session':
      return await look(on)
    case 'read-intent':
    case 'cancel-intent':
      return await conclude(on)
    case 'cancel-session':
      return await cancel(on)
    case 'answer-signature':
      return await answerSignature(on)
    case 'set-amount':
    case 'capture':
    case 'release':
      return await doWithAuthorized(on)
    case 'ask-for-intent':
    case 'find-intent':
      // Its id is made here.
      return { found: 'nothing' }
  }
}

/** @throws CounterAway */
function open({ line }: SocketStep): CounterLine {
  if (line === undefined) throw new CounterAway()
  return line
}

function paymentIdOf({ input: { payment } }: SocketStep): string {
  return payment.socketPaymentId!
}

// --- the start

/** Dojo hears of it now or not at all: no machine asks for a card when the guest has gone. */
async function create(on: SocketStep): Promise<Found> {
  const { payment, nowMs } = on.input
  const isLate =
    nowMs - payment.startedAtMs > limits.cashierWaitsMs && payment.attempts.length === 1
  if (isLate) return { found: 'session-refused', problem: new CounterAway().message }
  try {
    return await start(on)
  } catch (error) {
    if (error instanceof CounterAway) return { found: 'session-refused', problem: error.message }
    if (!(error instanceof CounterRefusal)) throw error
    return { found: 'session-refused', problem: await withMachine(on, error) }
  }
}

/** Why Dojo did not start it, with how the card machine is where that is why. */
async function withMachine(on: SocketStep, { message }: CounterRefusal): Promise<string> {
  const { terminalId } = lastAttempt(on.input.payment)!
  const machine = await readTerminal(open(on), terminalId).catch(() => undefined)
  if (machine === undefined || machine.status === 'Available') return message
  const { tid, status } = machine
  const advice = 'check that it is on, online and not in its menu, or use another one'
  return `The card machine ${tid} is ${status}: ${advice}. ${message}`
}

async function start(on: SocketStep): Promise<Found> {
  const { payment, currency } = on.input
  const paymentId = paymentIdOf(on)
  const { terminalId } = lastAttempt(payment)!
  const where = { paymentId, terminalId, currency, baseAmount: payment.amountMinor }
  const { tipsMinor: tipsAmount, cashbackMinor: cashbackAmount } = payment
  if (payment.kind === 'Sale') {
    const captureMode = payment.captureMode === 'Manual' ? 'MANUAL' : 'AUTO'
    const more = {
      ...(tipsAmount > 0 && { tipsAmount }),
      ...(cashbackAmount > 0 && { cashbackAmount }),
    }
    await open(on).ask('CreatePayment', { ...where, captureMode, ...more })
  } else {
    const { paymentIntentId: originalPaymentId } = payment
    const of = originalPaymentId === undefined ? {} : { originalPaymentId }
    await open(on).ask('CreateRefund', { ...where, ...of })
  }
  return atWork(on, undefined)
}

/** Its answer was lost. */
async function findAgain(on: SocketStep): Promise<Found> {
  const { payment, nowMs } = on.input
  const { askedAtMs = 0 } = lastAttempt(payment)!
  const state = await stateOf(on)
  if (state !== undefined) return await foundIn(on, state)
  if (nowMs - askedAtMs < limits.cardCallTimeoutMs) return { found: 'nothing' }
  if (nowMs - askedAtMs > limits.sessionLagMs) return { found: 'machine-free' }
  try {
    return await start(on)
  } catch (error) {
    // It may be refused because the first request has arrived meanwhile.
    if (!(error instanceof CounterRefusal)) throw error
    const after = await stateOf(on)
    if (after !== undefined) return await foundIn(on, after)
    return { found: 'session-refused', problem: error.message }
  }
}

// --- what becomes of it

type State = CounterSchemas['PaymentState']

/** Undefined when Dojo does not know it. */
async function stateOf(on: SocketStep): Promise<State | undefined> {
  try {
    return await open(on).ask('GetPayment', { paymentId: paymentIdOf(on) })
  } catch (error) {
    if (error instanceof CounterRefusal && error.code === 'PAYMENT_NOT_FOUND') return undefined
    throw error
  }
}

async function look(on: SocketStep): Promise<Found> {
  const state = await stateOf(on)
  if (state !== undefined) return await foundIn(on, state)
  return { found: 'nothing', problem: 'Dojo does not know the payment any more.' }
}

async function foundIn(on: SocketStep, state: State): Promise<Found> {
  if (!state.finished || state.payment === undefined) return atWork(on, state)
  const { caller, input } = on
  const { payment, nowMs } = input
  const record = recordIn({ ...state.payment, paymentId: paymentIdOf(on) })
  await recordCounterPayment(on, caller, record, false)
  if (record.outcome !== 'Authorized') return { found: 'nothing' }
  return { found: 'shown', facts: factsOf(record, payment, nowMs) }
}

function atWork(on: SocketStep, state: State | undefined): Found {
  const paymentId = paymentIdOf(on)
  const { notification, asksForSignature = false } = on.line?.newsOf(paymentId) ?? {}
  const shown = state?.notification ?? notification
  const session = sessionAtWork(paymentId, {
    prompt: shown === undefined ? undefined : promptOf(shown),
    asksForSignature: state?.signatureRequested ?? asksForSignature,
  })
  return { found: 'session', session }
}

/** The machine is done, or nothing was heard of it: what Dojo says of the money. */
async function conclude(on: SocketStep): Promise<Found> {
  const { payment, nowMs, currency } = on.input
  const { askedAtMs = 0 } = lastAttempt(payment)!
  const state = await stateOf(on)
  const isFinished = state?.finished === true && state.payment !== undefined
  const found = isFinished ? await foundIn(on, state) : undefined
  if (payment.kind !== 'Sale') return await originalOf(on)
  if (found !== undefined) return found
  if (state === undefined) {
    if (nowMs - askedAtMs < limits.cardCallTimeoutMs) return { found: 'nothing' }
    // Dojo does not know it, and it is not sent again.
    return { found: 'shown', facts: factsUnfinished(payment, 'Canceled', { currency, nowMs }) }
  }
  return { found: 'shown', facts: factsUnfinished(payment, 'Unknown', { currency, nowMs }) }
}

/** A refund shows in the payment that it gives back, which only this server changes. */
async function originalOf({ database, caller, input }: SocketStep): Promise<Found> {
  const { paymentIntentId } = input.payment
  const facts =
    paymentIntentId && (await readSocketIntent(database, caller.locationId, paymentIntentId))
  return facts ? { found: 'shown', facts } : { found: 'nothing' }
}

// --- what the till wants

const PAST = 'The card machine is past that: the payment goes on.'

/** Possible only while the machine asks for a card. That it was canceled is no outcome. */
async function cancel(on: SocketStep): Promise<Found> {
  const paymentId = paymentIdOf(on)
  const { terminalId, prompt } = lastAttempt(on.input.payment)!
  const { notification } = open(on).newsOf(paymentId)
  const newest = notification === undefined ? prompt : promptOf(notification)
  if (newest !== 'PresentCard') return { found: 'cancel-sent', problem: PAST }
  try {
    const { cancelled } = await open(on).ask('CancelPayment', { paymentId, terminalId })
    return cancelled ? { found: 'cancel-sent' } : { found: 'cancel-sent', problem: PAST }
  } catch (error) {
    if (!(error instanceof CounterRefusal)) throw error
    return { found: 'cancel-sent', problem: error.message }
  }
}

async function answerSignature(on: SocketStep): Promise<Found> {
  const accepted = lastAttempt(on.input.payment)?.signature === 'accepted'
  try {
    const paymentId = paymentIdOf(on)
    await open(on).ask('signatureVerification', { paymentId, accepted })
    return { found: 'signature-sent' }
  } catch (error) {
    if (!(error instanceof CounterRefusal)) throw error
    return { found: 'signature-sent', problem: error.message }
  }
}

const NO_RELEASE =
  "This card payment was taken over Dojo's socket, which has no message to release an amount: " +
  'capture what the guest owes, or leave it, and the bank releases it after some days.'

async function doWithAuthorized(on: SocketStep): Promise<Found> {
  const { wanted } = on.input.payment
  const paymentId = paymentIdOf(on)
  try {
    if (wanted?.what === 'amount') {
      await open(on).ask('UpdatePayment', { paymentId, baseAmount: wanted.amountMinor })
    } else if (wanted?.what === 'capture') {
      const { amountMinor: baseAmount, tipsMinor: tipsAmount } = wanted
      const tip = tipsAmount === 0 ? {} : { tipsAmount }
      await open(on).ask('CapturePayment', { paymentId, baseAmount, ...tip })
    } else return { found: 'refused', problem: NO_RELEASE }
  } catch (error) {
    if (!(error instanceof CounterRefusal || error instanceof CounterAway)) throw error
    return { found: 'refused', problem: error.message }
  }
  return await conclude(on)
}

// Asks Dojo for the next step of a card payment, and says what was found. A step that is not known
// to have failed is never reported as refused: the intent shows later what came of it.
import type { DojoSchemas } from '../../contract/dojo-api.ts'
import type { IntentFacts } from '../../domain/payments/intent.ts'
import type { CardPayment } from '../../domain/payments/card-payment.ts'
import { lastAttempt } from '../../domain/payments/card-payment.ts'
import type { Finding, SessionShown } from '../../domain/payments/card-payment-findings.ts'
import type { CardStep } from '../../domain/payments/card-payment-steps.ts'
import type { Order } from '../../domain/orders/order.ts'
import { limits } from '../../limits.ts'
import { DojoRefusal } from '../client/errors.ts'
import type { CallOptions, DojoClient } from '../client/index.ts'
import { CARD_PAYMENT_KEY, intentFactsOf, readIntent } from '../jobs/read-intent.ts'
import { intentRequest } from './intent-request.ts'
import { sentenceOf } from './sentences.ts'

export interface StepInput {
  payment: CardPayment
  /** The database's time. */
  nowMs: number
  /** Undefined for a refund without a payment, which needs no intent. */
  order: Order | undefined
  currency: string
}

/** What a step finds: something about the payment, or the intent as Dojo shows it now. */
export type Found = Finding | { found: 'shown'; facts: IntentFacts }

const options: CallOptions = { timeoutMs: limits.cardCallTimeoutMs }

/** @throws DojoFault: Dojo may or may not have done it, or cannot be asked at all */
export async function performStep(
  client: DojoClient,
  step: Exclude<CardStep, 'end'>,
  input: StepInput,
): Promise<Found> {
  const { payment } = input
  const paymentIntentId = payment.paymentIntentId ?? ''
  const last = lastAttempt(payment)
  const terminalSessionId = last?.sessionId ?? ''
  switch (step) {
    case 'ask-for-intent':
      return await createIntent(client, input)
    case 'find-intent':
      return (await findIntent(client, payment)) ?? (await createIntent(client, input))
    case 'ask-for-session':
      return await createSession(client, input)
    case 'read-session':
      return session(await client.call('TerminalSession_Get', { terminalSessionId }, options))
    case 'find-session':
      return await findSession(client, input)
    case 'cancel-session':
      return await cancelSession(client, terminalSessionId)
    case 'answer-signature':
      return await answerSignature(client, terminalSessionId, last?.signature === 'accepted')
    case 'read-intent':
      return await shown(client, paymentIntentId)
    case 'cancel-intent':
      return await cancelIntent(client, paymentIntentId)
    case 'set-amount':
    case 'capture':
    case 'release':
      return await doWithAuthorized(client, input)
  }
}

// --- the intent

async function createIntent(client: DojoClient, input: StepInput): Promise<Finding> {
  const { payment, order, currency } = input
  try {
    const { id } = await client.call(
      'PaymentIntents_CreatePaymentIntent',
      intentRequest(payment, order!, currency),
      { ...options, idempotencyKey: payment.cardPaymentId },
    )
    return id == null || id === '' ? { found: 'nothing' } : { found: 'intent', paymentIntentId: id }
  } catch (error) {
    if (!wasRefused(error)) throw error
    return { found: 'intent-refused', problem: sentenceOf(error) }
  }
}

/** An intent whose answer was lost, by our id in its metadata. */
async function findIntent(client: DojoClient, payment: CardPayment): Promise<Finding | undefined> {
  const startDate = new Date(payment.startedAtMs - limits.auditMarginSeconds * 1000).toISOString()
  const { data } = await client.call(
    'PaymentIntents_Search',
    { startDate, cursor: { limit: limits.auditPageIntents } },
    options,
  )
  const ours = data?.find(({ metadata }) => metadata?.[CARD_PAYMENT_KEY] === payment.cardPaymentId)
  return ours?.id == null ? undefined : { found: 'intent', paymentIntentId: ours.id }
}

async function shown(client: DojoClient, paymentIntentId: string): Promise<Found> {
  const facts = await readIntent(client, paymentIntentId, options)
  if (facts !== undefined) return { found: 'shown', facts }
  return { found: 'nothing', problem: 'Dojo does not know the payment intent any more.' }
}

/** Dojo refuses to cancel what a card has paid, and then shows that it has. */
async function cancelIntent(client: DojoClient, paymentIntentId: string): Promise<Found> {
  try {
    const intent = await client.call('PaymentIntents_Delete', { paymentIntentId }, options)
    return {
      found: 'shown',
      facts: intentFactsOf('DELETE /payment-intents/{paymentIntentId}', intent),
    }
  } catch (error) {
    if (!(error instanceof DojoRefusal) || error.status >= 500) throw error
    return await shown(client, paymentIntentId)
  }
}

/** Dojo refuses what it certainly has not done, and shows what it has. */
async function doWithAuthorized(
  client: DojoClient,
  { payment, currency }: StepInput,
): Promise<Found> {
  const { wanted } = payment
  const paymentIntentId = payment.paymentIntentId!
  try {
    if (wanted?.what === 'amount') {
      const amount = { value: wanted.amountMinor, currencyCode: currency }
      await client.call('PaymentIntents_SetCustomAmount', { paymentIntentId, amount }, options)
    } else if (wanted?.what === 'capture') {
      const { amountMinor: amount, tipsMinor } = wanted
      const tip = tipsMinor === 0 ? {} : { tipsAmount: tipsMinor }
      await client.call('Captures_Create', { paymentIntentId, amount, ...tip }, options)
    } else await client.call('Reversal_Create', { paymentIntentId }, options)
  } catch (error) {
    if (!wasRefused(error)) throw error
    return { found: 'refused', problem: sentenceOf(error) }
  }
  return await shown(client, paymentIntentId)
}

// --- the session

async function createSession(client: DojoClient, input: StepInput): Promise<Finding> {
  const { terminalId } = lastAttempt(input.payment)!
  try {
    const details = detailsOf(input)
    return session(await client.call('TerminalSession_Create', { terminalId, details }, options))
  } catch (error) {
    if (!wasRefused(error)) throw error
    return { found: 'session-refused', problem: sentenceOf(error, terminalId) }
  }
}

function detailsOf({ payment, currency }: StepInput): DojoSchemas['TerminalSessionDetails'] {
  const paymentIntentId = payment.paymentIntentId!
  if (payment.kind === 'Sale') return { sessionType: 'Sale', sale: { paymentIntentId } }
  const amount = { value: payment.amountMinor, currencyCode: currency }
  if (payment.kind === 'UnlinkedRefund') {
    const { cardNotPresent: cardholderNotPresent } = payment
    return { sessionType: 'UnlinkedRefund', unlinkedRefund: { amount, cardholderNotPresent } }
  }
  return { sessionType: 'MatchedRefund', matchedRefund: { paymentIntentId, amount } }
}

/** A session whose answer was lost: the intent may name it, and a free machine has no session. */
async function findSession(client: DojoClient, { payment, nowMs }: StepInput): Promise<Found> {
  const { terminalId, askedAtMs = 0 } = lastAttempt(payment)!
  const { status } = await client.call('Terminals_GetTerminal', { terminalId }, options)
  const mayBeOnItsWay = nowMs - askedAtMs < limits.cardCallTimeoutMs
  const noMore: Found =
    status === 'Available' && !mayBeOnItsWay ? { found: 'machine-free' } : { found: 'nothing' }
  const { paymentIntentId } = payment
  if (paymentIntentId === undefined) return noMore
  const intent = await client.call(
    'PaymentIntents_Get',
    { paymentIntentId, returnCanceled: true },
    options,
  )
  const known = new Set(payment.attempts.map(({ sessionId }) => sessionId))
  const ours = intent.terminalSessionHistory
    ?.map(({ terminalSession }) => terminalSession)
    .find((each) => each?.terminalId === terminalId && each.id != null && !known.has(each.id))
  if (ours?.id != null) {
    const found = { terminalSessionId: ours.id }
    return session(await client.call('TerminalSession_Get', found, options))
  }
  if (payment.kind === 'Sale' && intent.status !== 'Created') {
    return {
      found: 'shown',
      facts: intentFactsOf('GET /payment-intents/{paymentIntentId}', intent),
    }
  }
  return noMore
}

async function cancelSession(client: DojoClient, terminalSessionId: string): Promise<Finding> {
  try {
    await client.call('TerminalSession_Cancel', { terminalSessionId }, options)
    return { found: 'cancel-sent' }
  } catch (error) {
    if (!(error instanceof DojoRefusal) || error.status >= 500) throw error
    return { found: 'cancel-sent', problem: sentenceOf(error) }
  }
}

async function answerSignature(
  client: DojoClient,
  terminalSessionId: string,
  accepted: boolean,
): Promise<Finding> {
  try {
    await client.call('TerminalSession_Signature', { terminalSessionId, accepted }, options)
    return { found: 'signature-sent' }
  } catch (error) {
    if (!(error instanceof DojoRefusal) || error.status >= 500) throw error
    return { found: 'signature-sent', problem: sentenceOf(error) }
  }
}

function session(shown: DojoSchemas['TerminalSession']): Finding {
  const { id, status, notificationEvents, expireAt, updatedAt } = shown
  const found: SessionShown = {
    sessionId: id,
    status,
    prompt: notificationEvents.at(-1)?.notificationType,
    lastsMs: Math.max(0, Date.parse(expireAt) - Date.parse(updatedAt)),
  }
  return { found: 'session', session: found }
}

/** Dojo understood the request and certainly did not do it, in none of the attempts. */
function wasRefused(error: unknown): error is DojoRefusal {
  return (
    error instanceof DojoRefusal && !error.mayBeDone && error.status < 500 && error.status !== 408
  )
}

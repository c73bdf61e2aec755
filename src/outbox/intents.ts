// Payment intents as Dojo answers them, read with care: a figure that is missing or makes no sense is a fault of the answer,
// and never a difference in anybody's money.
import type { DojoSchemas } from '../contract/dojo-api.ts'
import { DojoRefusal, DojoUnreadable } from '../dojo-client/errors.ts'
import type { CallOptions, DojoClient } from '../dojo-client/index.ts'
import type { IntentFacts } from '../domain/intent.ts'

/**
 * @param call as it is named in errors: `GET /payment-intents/{paymentIntentId}`
 * @throws DojoUnreadable
 */
export function intentFactsOf (call: string, intent: DojoSchemas['PaymentIntent']): IntentFacts {
  const wrong = (fault: string): DojoUnreadable => new DojoUnreadable(call, 200, `the payment intent in it ${fault}`)
  const minor = (field: string, value: number | null | undefined): number => {
    if (value == null || !Number.isSafeInteger(value) || value < 0) throw wrong(`has a field ${field} that is no amount`)
    return value
  }
  const { id, status, amount, tipsAmount, refundedAmount, createdAt, updatedAt, orderDetails } = intent
  if (typeof id !== 'string' || id === '') throw wrong('has no id')
  if (typeof status !== 'string') throw wrong('has no status')
  if (amount == null) throw wrong('has no amount')
  const createdAtMs = Date.parse(createdAt ?? '')
  const atMs = Date.parse(updatedAt ?? createdAt ?? '')
  if (Number.isNaN(createdAtMs) || Number.isNaN(atMs)) throw wrong('does not say since when it is so')
  return {
    paymentIntentId: id,
    status,
    atMs,
    createdAtMs,
    amountMinor: minor('amount', amount.value),
    tipsMinor: minor('tipsAmount', tipsAmount?.value ?? 0),
    currency: amount.currencyCode,
    refundedMinor: minor('refundedAmount', refundedAmount ?? 0),
    externalId: orderDetails?.externalId ?? undefined,
  }
}

/**
 * The intent as it is at Dojo, also one that was canceled; undefined when Dojo does not know it.
 * @throws DojoFault
 */
export async function readIntent (client: DojoClient, paymentIntentId: string, options?: CallOptions): Promise<IntentFacts | undefined> {
  try {
    const intent = await client.call('PaymentIntents_Get', { paymentIntentId, returnCanceled: true }, options)
    const facts = intentFactsOf(GET, intent)
    if (facts.paymentIntentId !== paymentIntentId) throw new DojoUnreadable(GET, 200, 'the payment intent in it is another one')
    return facts
  } catch (error) {
    // A page of somebody's web server also says 404; Dojo says what it does not know.
    if (error instanceof DojoRefusal && error.status === 404 && (error.title ?? error.detail) !== undefined) return undefined
    throw error
  }
}

const GET = 'GET /payment-intents/{paymentIntentId}'

// Payment intents as Dojo answers them. By its document nearly every field may be missing; what is
// to be held against money is read here, so that an answer that makes no sense is never taken for a
// payment that does not agree.
import type { DojoSchemas } from '../../contract/dojo-api.ts'
import { DojoRefusal, DojoUnreadable } from '../client/errors.ts'
import type { CallOptions, DojoClient } from '../client/index.ts'
import type { IntentFacts } from '../../domain/payments/intent.ts'

/**
 * @param call as it is named in the error: `GET /payment-intents/{paymentIntentId}`
 * @throws DojoUnreadable: no id, status, amount or time, or an amount that is not exact
 */
export function intentFactsOf(call: string, intent: DojoSchemas['PaymentIntent']): IntentFacts {
  const { id, status, amount, tipsAmount, refundedAmount, createdAt, updatedAt, orderDetails } =
    intent
  const refuse = (fault: string): never => {
    throw new DojoUnreadable(call, 200, `a payment intent ${fault}`)
  }
  const textOf = (value: unknown, field: string): string =>
    typeof value === 'string' && value !== '' ? value : refuse(`has no ${field}`)
  const minorOf = (value: unknown, field: string): number =>
    Number.isSafeInteger(value) && (value as number) >= 0
      ? (value as number)
      : refuse(`has ${field} that is no exact number of the minor unit`)
  const timeOf = (value: unknown, field: string): number => {
    const ms = Date.parse(textOf(value, field))
    return Number.isNaN(ms) ? refuse(`has ${field} that is no time`) : ms
  }
  if (amount == null) return refuse('has no amount')
  const currency = textOf(amount.currencyCode, 'currency')
  if (tipsAmount != null && tipsAmount.value !== 0 && tipsAmount.currencyCode !== currency) {
    refuse('has a tip in another currency than its amount')
  }
  return {
    paymentIntentId: textOf(id, 'id'),
    status: textOf(status, 'status'),
    atMs: timeOf(updatedAt ?? createdAt, 'updatedAt'),
    createdAtMs: timeOf(createdAt, 'createdAt'),
    amountMinor: minorOf(amount.value, 'an amount'),
    tipsMinor: minorOf(tipsAmount?.value ?? 0, 'a tip'),
    currency,
    refundedMinor: minorOf(refundedAmount ?? 0, 'a refunded amount'),
    externalId: orderDetails?.externalId ?? undefined,
  }
}

/**
 * The intent as it is at Dojo, also one that was canceled; undefined when Dojo does not know it.
 * @throws DojoFault
 */
export async function readIntent(
  client: DojoClient,
  paymentIntentId: string,
  options?: CallOptions,
): Promise<IntentFacts | undefined> {
  try {
    const intent = await client.call(
      'PaymentIntents_Get',
      { paymentIntentId, returnCanceled: true },
      options,
    )
    const facts = intentFactsOf(GET, intent)
    if (facts.paymentIntentId !== paymentIntentId) {
      throw new DojoUnreadable(GET, 200, 'the payment intent in it is another one')
    }
    return facts
  } catch (error) {
    // A page of somebody's web server also says 404; Dojo says what it does not know.
    if (
      error instanceof DojoRefusal &&
      error.status === 404 &&
      (error.title ?? error.detail) !== undefined
    ) {
      return undefined
    }
    throw error
  }
}

const GET = 'GET /payment-intents/{paymentIntentId}'

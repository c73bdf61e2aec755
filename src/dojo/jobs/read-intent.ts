// Reads payment intents from Dojo's answers. In Dojo's document nearly every field is optional.
// Here those that matter to money are required, so that an answer that makes no sense fails instead
// of passing for a payment that differs.
import type { DojoSchemas } from '../../contract/dojo-api.ts'
import { DojoRefusal, DojoUnreadable } from '../client/errors.ts'
import type { CallOptions, DojoClient } from '../client/index.ts'
import type { IntentFacts } from '../../domain/payments/intent.ts'

/** The key of our id among the metadata of an intent, by which a lost answer is found again. */
export const CARD_PAYMENT_KEY = 'cardPaymentId'

/**
 * @param call its name in the error, such as `GET /payment-intents/{paymentIntentId}`
 * @throws DojoUnreadable: the id, status, amount or time is missing, or an amount is not exact
 */
export function intentFactsOf(call: string, intent: DojoSchemas['PaymentIntent']): IntentFacts {
  const { id, status, amount, tipsAmount, refundedAmount, createdAt, updatedAt, orderDetails } =
    intent
  const { serviceChargeAmount, cashbackAmount, metadata } = intent
  const refuse = (fault: string): never => {
    throw new DojoUnreadable(call, 200, `a payment intent ${fault}`)
  }
  const textOf = (value: unknown, field: string): string =>
    typeof value === 'string' && value !== '' ? value : refuse(`has no ${field}`)
  const minorOf = (value: unknown, field: string): number =>
    Number.isSafeInteger(value) && (value as number) >= 0
      ? (value as number)
      : refuse(`has ${field} that is not a whole number of minor units`)
  const timeOf = (value: unknown, field: string): number => {
    const ms = Date.parse(textOf(value, field))
    return Number.isNaN(ms) ? refuse(`has ${field} that is not a time`) : ms
  }
  if (amount == null) return refuse('has no amount')
  const currency = textOf(amount.currencyCode, 'currency')
  if (tipsAmount != null && tipsAmount.value !== 0 && tipsAmount.currencyCode !== currency) {
    refuse('has a tip in another currency than its amount')
  }
  const captured = capturedPart(intent)
  return {
    paymentIntentId: textOf(id, 'id'),
    status: textOf(status, 'status'),
    atMs: timeOf(updatedAt ?? createdAt, 'updatedAt'),
    createdAtMs: timeOf(createdAt, 'createdAt'),
    amountMinor: minorOf(captured?.amountMinor ?? amount.value, 'an amount'),
    tipsMinor: minorOf(captured?.tipsMinor ?? tipsAmount?.value ?? 0, 'a tip'),
    serviceChargeMinor: captured ? 0 : minorOf(serviceChargeAmount?.value ?? 0, 'a service charge'),
    cashbackMinor: cashbackAmount == null ? undefined : minorOf(cashbackAmount.value, 'a cashback'),
    currency,
    cardPaymentId: metadata?.[CARD_PAYMENT_KEY],
    refundedMinor: minorOf(refundedAmount ?? 0, 'a refunded amount'),
    externalId: orderDetails?.externalId ?? undefined,
  }
}

/**
 * What was captured of an authorised amount, where that is a part of it or has a tip of its own.
 * Undefined where all of it was captured without a word of tips, as Dojo does it for Order and Pay:
 * the parts are those of the intent then.
 */
function capturedPart({ captureMode, captures, ...intent }: DojoSchemas['PaymentIntent']) {
  if (captureMode !== 'Manual' || captures == null || captures.length === 0) return undefined
  let [amountMinor, tipsMinor] = [0, 0]
  for (const { amount = 0, tipsAmount, status } of captures) {
    if (status === 'Failed') continue
    amountMinor += amount
    tipsMinor += tipsAmount ?? 0
  }
  const isWhole = tipsMinor === 0 && amountMinor === totalMinor(intent)
  return isWhole ? undefined : { amountMinor, tipsMinor }
}

function totalMinor(
  intent: Omit<DojoSchemas['PaymentIntent'], 'captureMode' | 'captures'>,
): number {
  const { amount, tipsAmount, serviceChargeAmount, cashbackAmount } = intent
  const parts = [amount, tipsAmount, serviceChargeAmount, cashbackAmount]
  return parts.reduce((sum, part) => sum + (part?.value ?? 0), 0)
}

const GET = 'GET /payment-intents/{paymentIntentId}'

/**
 * The intent as it is at Dojo, canceled ones included; undefined when Dojo does not know it.
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
      throw new DojoUnreadable(GET, 200, 'it carries another payment intent')
    }
    return facts
  } catch (error) {
    // Any web server may answer 404. Dojo's own says in its body what it did not find.
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

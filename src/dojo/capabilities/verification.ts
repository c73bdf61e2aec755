// Checks payments against Dojo's payment intents while Dojo waits for the answer, in a venue that
// is set up so.
import type { Caller } from '../../domain/caller.ts'
import { Unavailable } from '../../domain/errors.ts'
import { mustBeVerified } from '../../domain/payments/intent.ts'
import type { PaymentRequest } from '../../domain/payments/payment.ts'
import { limits } from '../../limits.ts'
import { readOrderNamed } from '../../store/payments/intents.ts'
import type { Deps } from './handler.ts'

/**
 * Asks Dojo for the intent of each payment, a few at once, since all of it must be over in
 * `limits.verifyAllTimeoutMs`.
 * @param orderId the id by which an intent may name the order: Dojo's own for a new order
 * @throws Refusal Conflict: Dojo does not know the intent, or it differs from the payment in amount
 *   without tip, currency, status or order. Unavailable: Dojo cannot be asked, or not in time, so
 *   it is not certain that the payment was made
 */
export async function mustAgreeWithDojo(
  deps: Deps,
  caller: Caller,
  { payments, orderId }: { payments: readonly PaymentRequest[]; orderId: string },
): Promise<void> {
  const waiting = [...payments]
  const late = new AbortController()
  const askOneAfterOther = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      if (late.signal.aborted) return
      await mustAgree(deps, caller, next, orderId)
    }
  }
  const timeout = setTimeout(() => {
    late.abort(new Unavailable('Dojo did not answer for all payments in time.', TOO_LATE))
  }, limits.verifyAllTimeoutMs)
  try {
    await Promise.race([
      Promise.all(Array.from({ length: limits.verifyAsksAtOnce }, askOneAfterOther)),
      rejectedBy(late.signal),
    ])
  } finally {
    clearTimeout(timeout)
    waiting.length = 0
  }
}

const TOO_LATE = {
  debugMessage:
    'The payments were not recorded: Dojo did not answer for all of them in time. Try again.',
}

async function rejectedBy(signal: AbortSignal): Promise<never> {
  return await new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => {
      reject(signal.reason as Error)
    })
  })
}

async function mustAgree(
  { askForIntent, store: { database } }: Deps,
  { locationId, currency }: Caller,
  { paymentIntentId, amountMinor }: PaymentRequest,
  orderId: string,
): Promise<void> {
  const shown = await askForIntent(locationId, paymentIntentId)
  const named = shown?.externalId
  const externalId =
    named === undefined ? undefined : ((await readOrderNamed(database, locationId, named)) ?? named)
  const facts = shown && { ...shown, externalId }
  mustBeVerified(facts, { paymentIntentId, amountMinor, orderId, currency })
}

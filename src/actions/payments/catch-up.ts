import type { Caller } from '../../domain/caller.ts'
import type { NewId } from '../../domain/ids.ts'
import type { Database } from '../../store/database/database.ts'
import type { PaymentAtDojo, RefundAtDojo } from './refund-at-dojo.ts'
import { settleIntent } from './settle-intent.ts'

export interface RefundDeps {
  database: Database
  newId: NewId
  refundAtDojo: RefundAtDojo
}

/**
 * Settles a payment by what Dojo shows of it now. Whatever that changes is Dojo's doing, not the
 * caller's.
 * @returns why Dojo could not be asked
 */
export async function catchUp(
  { database, newId, refundAtDojo }: RefundDeps,
  { locationId, currency, verifyPayments, kind }: Caller,
  paymentIntentId: string,
): Promise<Exclude<PaymentAtDojo, { outcome: 'shown' }> | undefined> {
  const shown = await refundAtDojo.readIntent(locationId, paymentIntentId)
  if (shown.outcome !== 'shown') return shown
  const dojo = { locationId, currency, verifyPayments, kind }
  await settleIntent({ database, newId }, dojo, shown.facts, 0)
  return undefined
}

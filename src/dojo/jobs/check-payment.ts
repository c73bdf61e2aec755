// Asks Dojo how a payment stands there, and settles it here by the answer.
import type { Caller } from '../../domain/caller.ts'
import type { NewId } from '../../domain/ids.ts'
import { limits } from '../../limits.ts'
import type { Database } from '../../store/database/database.ts'
import { readUnheardSeconds } from '../../store/payments/intents.ts'
import {
  settleIntent,
  settleUnknown,
  type Checked,
  type CheckOutcome,
} from '../../store/payments/intent-settlement.ts'
import type { RunJob } from './worker.ts'
import { readIntent } from './read-intent.ts'

export interface CheckPaymentDeps {
  database: Database
  newId: NewId
  /** For the log of whoever looks after the venue. */
  notice: (locationId: string, message: string, detail: object) => void
  onOutcome?: (outcome: CheckOutcome) => void
}

/** What staff or operators should know of. */
const MESSAGES: Partial<Record<CheckOutcome, string>> = {
  voided: 'a recorded payment was voided: its money went back at Dojo',
  mismatch: 'a recorded payment was voided: it is not what Dojo shows',
  recorded: 'a payment that no order had was recorded: Dojo has captured it',
  restored: 'a voided payment stands again: Dojo has captured it',
  refunded: 'a part of a payment was refunded',
  unmatched: 'a payment is left to somebody; see npm run location -- unmatched-payments',
}

export const checkPaymentJob =
  ({ database, newId, notice, onOutcome }: CheckPaymentDeps): RunJob =>
  async (client, job) => {
    const { locationId, entityId: paymentIntentId, currency, verifyPayments, ageSeconds } = job
    const caller: Caller = { locationId, currency, verifyPayments }
    const facts = await readIntent(client, paymentIntentId, { timeoutMs: limits.checkTimeoutMs })
    const checked =
      facts === undefined
        ? await settleUnknown(database, caller, paymentIntentId, ageSeconds)
        : await settleIntent(database, newId, caller, facts, ageSeconds)
    const { outcome, orderId, reason, isUncertain } = checked
    onOutcome?.(outcome)
    const message = MESSAGES[outcome]
    if (message !== undefined) notice(locationId, message, { paymentIntentId, orderId, reason })
    return isUncertain
      ? againSeconds(checked, ageSeconds)
      : await unheardSeconds(database, locationId, paymentIntentId)
  }

/** Until the next look at a payment that stands, where nobody would tell of its reversal. */
async function unheardSeconds(
  database: Database,
  locationId: string,
  paymentIntentId: string,
): Promise<number | undefined> {
  const sinceSeconds = await readUnheardSeconds(database, locationId, paymentIntentId)
  if (sinceSeconds === undefined) return undefined
  const next = limits.unheardCheckSeconds.find((seconds) => seconds > sinceSeconds)
  return next && next - sinceSeconds
}

/** Waits as long again as it has taken so far. */
function againSeconds({ outcome }: Checked, ageSeconds: number): number {
  const least =
    outcome === 'verified' || outcome === 'refunded' || outcome === 'recorded'
      ? limits.replyLostCheckSeconds
      : limits.checkAgainLeastSeconds
  return Math.min(Math.max(ageSeconds, least), limits.checkAgainMostSeconds)
}

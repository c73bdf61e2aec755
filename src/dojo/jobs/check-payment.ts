// The job that compares one payment with Dojo's payment intent, and settles it here accordingly.
import {
  settleIntent,
  settleUnknownIntent,
  type Settled,
} from '../../actions/payments/settle-intent.ts'
import type { Caller } from '../../domain/caller.ts'
import type { NewId } from '../../domain/ids.ts'
import type { SettlementOutcome } from '../../domain/payments/settlement.ts'
import { limits } from '../../limits.ts'
import type { Database } from '../../store/database/database.ts'
import { readUnheardSeconds } from '../../store/payments/lost-replies.ts'
import { readSocketPayment } from '../../store/payments/socket-payments.ts'
import { readIntent } from './read-intent.ts'
import type { JobRunner } from './run-job.ts'

export interface CheckPaymentDeps {
  database: Database
  newId: NewId
  /** Logs what the venue's operator should know. */
  notice: (locationId: string, message: string, detail: object) => void
  onOutcome?: (outcome: SettlementOutcome) => void
}

/** Outcomes that staff or operators should know of. */
const MESSAGES: Partial<Record<SettlementOutcome, string>> = {
  voided: 'a recorded payment was voided: Dojo returned the money',
  mismatch: 'a recorded payment was voided: it differs from what Dojo shows',
  recorded: 'a payment that no order had was recorded: Dojo captured it',
  restored: 'a voided payment counts again: Dojo captured it',
  refunded: 'part of a payment was refunded',
  unmatched: 'a payment needs somebody to look into it; see npx epos payment unmatched',
}

export function checkPaymentJob({
  database,
  newId,
  notice,
  onOutcome,
}: CheckPaymentDeps): JobRunner {
  return async (client, job) => {
    const { locationId, entityId: paymentIntentId, currency, verifyPayments, ageSeconds } = job
    const caller: Caller = { locationId, currency, verifyPayments, kind: job.venueKind }
    // Dojo's REST API is not asked for payments of the socket; Dojo reports them by itself.
    if ((await readSocketPayment(database, locationId, paymentIntentId)) !== undefined) {
      return undefined
    }
    const facts = await readIntent(client, paymentIntentId, { timeoutMs: limits.checkTimeoutMs })
    const settled =
      facts === undefined
        ? await settleUnknownIntent(database, caller, paymentIntentId, ageSeconds)
        : await settleIntent({ database, newId }, caller, facts, ageSeconds)
    const { outcome, orderId, reason, checkAgain } = settled
    onOutcome?.(outcome)
    const message = MESSAGES[outcome]
    if (message !== undefined) notice(locationId, message, { paymentIntentId, orderId, reason })
    return checkAgain
      ? againSeconds(settled, ageSeconds)
      : await unheardSeconds(database, locationId, paymentIntentId)
  }
}

/** Until the next check of a payment in a venue that gets no event of its reversal. */
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
function againSeconds({ outcome }: Settled, ageSeconds: number): number {
  const least =
    outcome === 'verified' || outcome === 'refunded' || outcome === 'recorded'
      ? limits.replyLostCheckSeconds
      : limits.checkAgainLeastSeconds
  return Math.min(Math.max(ageSeconds, least), limits.checkAgainMostSeconds)
}

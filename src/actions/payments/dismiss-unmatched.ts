import { dismissalReason } from '../../domain/payments/dismissal.ts'
import type { Database } from '../../store/database/database.ts'
import { writeDismissed, type Dismissal } from '../../store/payments/unmatched.ts'

/**
 * Takes a payment off the unmatched list: somebody has looked into it. It comes back when a check
 * or an event finds another reason.
 * @returns why it was on the list
 * @throws Refusal NotFound: it is not on the list; InvalidRequest: the reason says nothing
 */
export async function dismissUnmatched(
  database: Database,
  locationId: string,
  { reason, ...dismissal }: Dismissal,
): Promise<string> {
  const checked = dismissalReason(reason)
  return await database.transaction(
    async (tx) => await writeDismissed(tx, locationId, { ...dismissal, reason: checked }),
  )
}

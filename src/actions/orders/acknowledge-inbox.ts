// A till that keeps its own orders has taken over what Dojo made or changed.
import type { Caller } from '../../domain/caller.ts'
import { takenOver, type InboxKind, type takeOverStatuses } from '../../domain/orders/inbox.ts'
import type { Transaction } from '../../store/database/database.ts'
import { clearInboxEntry } from '../../store/orders/inbox.ts'
import { readOrderForUpdate } from '../../store/orders/read-order.ts'
import { applyChange } from './change-order.ts'

export interface Acknowledgement {
  kind: InboxKind
  entityId: string
  /** The entry as the till saw it. */
  version: number
  /** For an order that is new to the till: its id there, and its status. */
  mirrorId: string | undefined
  status: (typeof takeOverStatuses)[number]
}

/**
 * Once: what is acknowledged already stays so, and what has changed since waits again.
 * @throws Refusal NotFound: no such order. Conflict: it is at the till under another id
 */
export async function acknowledgeInbox(
  tx: Transaction,
  caller: Caller,
  { kind, entityId, version, mirrorId, status }: Acknowledgement,
): Promise<void> {
  if (kind === 'Order') {
    const now = await readOrderForUpdate(tx, caller.locationId, entityId)
    const id = mirrorId ?? now.order.mirrorId ?? entityId
    applyChange(tx, caller, now, takenOver(now.order, { mirrorId: id, status }))
  }
  clearInboxEntry(tx, caller.locationId, { kind, entityId, version })
}

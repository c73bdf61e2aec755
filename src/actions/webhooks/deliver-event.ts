// What a process does with the events that are on their way to the venues' own systems.
import type { Database } from '../../store/database/database.ts'
import {
  claimDeliveries,
  noteDelivered,
  noteFailed,
  purgeDeliveries,
  type ClaimedDelivery,
  type DeliveryClaim,
  type DeliveryKey,
} from '../../store/feed/webhook-deliveries.ts'
import { claimDeliveriesApart } from '../../store/feed/webhook-claims-apart.ts'
import { queueNewEvents } from '../../store/feed/webhook-queue.ts'

/**
 * Queues what is new, for the endpoints of these venues or of all, and claims what is due: of all
 * venues, or on a distributed database of those that are named.
 * @param claim `most` of 0: none is to be sent now
 */
export async function takeDueEvents(
  database: Database,
  locationIds: readonly string[] | undefined,
  claim: DeliveryClaim,
): Promise<ClaimedDelivery[]> {
  if (locationIds?.length !== 0) await queueNewEvents(database, locationIds)
  if (claim.most <= 0) return []
  return database.isDistributed
    ? await claimDeliveriesApart(database, claim, locationIds)
    : await claimDeliveries(database, claim)
}

/** @returns since when the endpoint fails; undefined where it took the event */
export async function noteDelivery(
  database: Database,
  delivery: DeliveryKey,
  { isTaken, status, error }: { isTaken: boolean; status?: number; error?: string },
  { againSeconds, now = new Date() }: { againSeconds?: number; now?: Date },
): Promise<Date | undefined> {
  if (isTaken) {
    await noteDelivered(database, delivery, status)
    return undefined
  }
  return await noteFailed(database, delivery, { status, error: error!, againSeconds }, now)
}

export async function purgeEvents(database: Database): Promise<void> {
  await purgeDeliveries(database)
}

// A till that keeps its own orders sends one of them as it is now. Its payments, its content and
// its status become the order's, in one transaction; or all of it waits while somebody pays.
import type { Caller } from '../../domain/caller.ts'
import { mustBeKnown } from '../../domain/orders/details.ts'
import { openedAtTill, whereIs } from '../../domain/orders/mirror.ts'
import { changeSteps, settlingSteps } from '../../domain/orders/mirror-steps.ts'
import { orWaits, waitingPut, type MirrorRequest } from '../../domain/orders/mirror-waiting.ts'
import type { Order } from '../../domain/orders/order.ts'
import type { LockedThen } from '../../domain/venue/venue.ts'
import type { Queryable, Transaction } from '../../store/database/database.ts'
import { readMirrorOutlines } from '../../store/orders/mirror.ts'
import { readOrderForUpdate, type OrderNow } from '../../store/orders/read-order.ts'
import { readReferences } from '../../store/orders/read-references.ts'
import { applyNew, decideSteps, writeSteps } from './change-order.ts'
import { withTableName } from './open-order.ts'

/** A till of a venue, and what becomes of what it says while somebody pays. */
export type MirrorCaller = Caller & { lockedThen: LockedThen }

/** `waiting`: it takes effect when Dojo's lock has ended. */
export type MirrorOutcome = 'created' | 'changed' | 'unchanged' | 'waiting'

export interface Mirrored extends OrderNow {
  outcome: MirrorOutcome
}

/** Who sends an order, and which order it is here. */
interface Sender {
  /** The till's name. */
  holder: string
  /** Left out where that is not known yet, or the order is new. */
  orderId?: string | undefined
}

/**
 * Once for each version: the same again changes nothing.
 * @throws Refusal InvalidRequest: a table, party or reservation that the venue does not have, or
 *   what the domain lists. Conflict: an older version, or the same with other content; locked by
 *   Dojo; a total below what is paid; more paid than is owed; closed while something is owed
 */
export async function putMirroredOrder(
  tx: Transaction,
  caller: MirrorCaller,
  request: MirrorRequest,
  { holder, orderId: knownId }: Sender,
): Promise<Mirrored> {
  const { locationId } = caller
  if (knownId !== undefined) {
    // One trip to the database for all that is to be known.
    const [{ mustBeKnownHere }, before] = await Promise.all([
      readNamed(tx, locationId, request),
      readOrderForUpdate(tx, locationId, knownId),
    ])
    return await putAgain(tx, caller, { request, before, holder }, mustBeKnownHere)
  }
  const { content } = request
  const [{ nowMs, mustBeKnownHere }, found] = await Promise.all([
    readNamed(tx, locationId, request),
    readOutline(tx, locationId, content.id),
  ])
  if (found !== undefined) {
    const before = await readOrderForUpdate(tx, locationId, found.orderId)
    return await putAgain(tx, caller, { request, before, holder }, mustBeKnownHere)
  }
  mustBeKnownHere()
  const opening = openedAtTill(content, { nowMs, caller })
  const opened = await applyNew(tx, caller, opening, nowMs, {})
  // Another request has just opened it.
  if (opened === undefined) {
    const { orderId } = (await readOutline(tx, locationId, content.id))!
    const before = await readOrderForUpdate(tx, locationId, orderId)
    return await putAgain(tx, caller, { request, before, holder }, () => {})
  }
  const steps = settlingSteps(request, { caller, holder, nowMs })
  const now = writeSteps(tx, caller, decideSteps(caller, opened, steps))
  return { ...(await withTableName(tx, locationId, now)), outcome: 'created' }
}

async function readOutline(tx: Transaction, locationId: string, id: string) {
  return (await readMirrorOutlines(tx, locationId, [id])).get(id)
}

/** Whether the venue has the table, the party and the reservation that the till names. */
export async function readNamed(
  database: Queryable,
  locationId: string,
  { content: { tableId, partyId, reservationId } }: MirrorRequest,
): Promise<{ nowMs: number; mustBeKnownHere: () => void }> {
  const references = { tableId, partyId, reservationId }
  const { nowMs, known } = await readReferences(database, locationId, references)
  return {
    nowMs,
    mustBeKnownHere: () => {
      mustBeKnown(references, known)
    },
  }
}

async function putAgain(
  tx: Transaction,
  caller: MirrorCaller,
  { before, request, holder }: { before: OrderNow; request: MirrorRequest; holder: string },
  mustBeKnownHere: () => void,
): Promise<Mirrored> {
  const { order, nowMs } = before
  const where = whereIs(request.content, order)
  if (where !== 'new') return { ...before, outcome: where === 'here' ? 'unchanged' : 'waiting' }
  mustBeKnownHere()
  const speaker = { caller, holder, nowMs }
  const decided = orWaits(order, caller, {
    decide: (each: Order) =>
      decideSteps(caller, { order: each, nowMs }, changeSteps(each, request, speaker)),
    wait: () => decideSteps(caller, before, [() => waitingPut(order, request, speaker)]),
  })
  const now = writeSteps(tx, caller, decided)
  const isMoved = now.order.tableId !== order.tableId
  const named = isMoved ? await withTableName(tx, caller.locationId, now) : now
  const waits = now.order.mirrorVersion !== request.content.version
  return { ...named, outcome: waits ? 'waiting' : 'changed' }
}

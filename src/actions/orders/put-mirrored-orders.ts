// A till that keeps its own orders sends many at once, or all that are open. Each is a transaction
// of its own, so that one that is refused keeps no other back. Those that are here as they are cost
// one read for all of them.
import { Refusal } from '../../domain/errors.ts'
import { goneAtTill, whereIs } from '../../domain/orders/mirror.ts'
import {
  orWaits,
  waitingEnd,
  type MirrorRequest,
  type MirrorSpeaker,
} from '../../domain/orders/mirror-waiting.ts'
import { isOpen, type Order, type OrderChange } from '../../domain/orders/order.ts'
import { limits } from '../../limits.ts'
import type { Database } from '../../store/database/database.ts'
import {
  readMirrorOutlines,
  readOpenMirrorIds,
  type MirrorOutline,
  type OpenMirrorId,
} from '../../store/orders/mirror.ts'
import { changeOrder } from './change-order.ts'
import { putMirroredOrder, type MirrorCaller, type MirrorOutcome } from './put-mirrored-order.ts'

/** What became of one order: its amounts after it, or why it was refused. */
export interface MirrorResult {
  id: string
  outcome: MirrorOutcome | 'closed' | 'refused'
  order?: Pick<MirrorOutline, 'orderId' | 'status' | 'totalMinor' | 'paidMinor'>
  refusal?: Refusal
}

/** In the sequence in which they came. */
export async function putMirroredOrders(
  database: Database,
  caller: MirrorCaller,
  requests: readonly MirrorRequest[],
  holder: string,
): Promise<MirrorResult[]> {
  const ids = requests.map(({ content }) => content.id)
  const known = await readMirrorOutlines(database, caller.locationId, ids)
  return await inTurn(requests, async (request) => {
    const { id } = request.content
    const order = known.get(id)
    return await orRefused(id, async () => {
      const where = order === undefined ? 'new' : whereIs(request.content, order)
      if (where !== 'new') {
        return { id, outcome: where === 'here' ? 'unchanged' : 'waiting', order }
      }
      const put = await database.transaction(
        async (tx) =>
          await putMirroredOrder(tx, caller, request, { holder, orderId: order?.orderId }),
      )
      return { id, outcome: put.outcome, order: put.order }
    })
  })
}

/**
 * All open orders of the till: those that are open here and not among them are closed, unless they
 * have money on them or Dojo has locked them.
 * @returns what became of those sent, and then of those not sent
 */
export async function putMirrorSnapshot(
  database: Database,
  caller: MirrorCaller,
  requests: readonly MirrorRequest[],
  holder: string,
): Promise<MirrorResult[]> {
  // Read first: what is opened while the snapshot is worked on was not missing from it.
  const open = await readOpenMirrorIds(database, caller.locationId)
  const results = await putMirroredOrders(database, caller, requests, holder)
  const sent = new Set(requests.map(({ content }) => content.id))
  const gone = open.filter(({ mirrorId }) => !sent.has(mirrorId))
  const closed = await inTurn(
    gone,
    async (each) =>
      await orRefused(each.mirrorId, async () => await closeGone(database, caller, each, holder)),
  )
  return [...results, ...closed]
}

/** Unless it has changed since it was read. */
async function closeGone(
  database: Database,
  caller: MirrorCaller,
  open: OpenMirrorId,
  holder: string,
): Promise<MirrorResult> {
  const { orderId, mirrorId } = open
  const { order } = await changeOrder(database, {
    caller,
    orderId,
    decide: (each, nowMs) =>
      isAsRead(each, open) ? endOf(each, { caller, holder, nowMs }) : undefined,
  })
  const waits = order.mirrorWaiting !== undefined && isOpen(order)
  return { id: mirrorId, outcome: waits ? 'waiting' : 'closed', order }
}

function isAsRead(
  { mirrorVersion, mirrorWaiting }: Order,
  read: Pick<OpenMirrorId, 'mirrorVersion' | 'waitingVersion'>,
): boolean {
  return (
    (mirrorVersion ?? null) === read.mirrorVersion &&
    (mirrorWaiting?.version ?? null) === read.waitingVersion
  )
}

function endOf(
  order: Order,
  speaker: MirrorSpeaker & { caller: MirrorCaller },
): OrderChange | undefined {
  const at = { nowMs: speaker.nowMs, currency: speaker.caller.currency }
  return orWaits(order, speaker.caller, {
    decide: (each) => goneAtTill(each, at),
    wait: () => waitingEnd(order, speaker),
  })
}

async function orRefused(id: string, work: () => Promise<MirrorResult>): Promise<MirrorResult> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof Refusal) return { id, outcome: 'refused', refusal: error }
    throw error
  }
}

/** A few at a time, so that one till does not take all connections. */
async function inTurn<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = []
  for (let first = 0; first < items.length; first += limits.mirrorOrdersAtOnce) {
    const some = items.slice(first, first + limits.mirrorOrdersAtOnce)
    results.push(...(await Promise.all(some.map(work))))
  }
  return results
}

// A till that keeps its own orders sends many at once, or all that are open. Each is a transaction
// of its own, so that a refused one does not hold up the rest. Those that are here as they are cost
// one read for all of them, write nothing and wake nobody.
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
  readOpenMirrors,
  type MirrorOutline,
} from '../../store/orders/mirror.ts'
import { changeOrder } from './change-order.ts'
import type { MirrorTurn } from './mirror-turns.ts'
import { putMirroredOrder, type MirrorCaller, type MirrorOutcome } from './put-mirrored-order.ts'

/** What became of one order: its amounts after it, or why it was refused. */
export interface MirrorResult {
  id: string
  outcome: MirrorOutcome | 'closed' | 'refused'
  order?: Pick<MirrorOutline, 'orderId' | 'status' | 'totalMinor' | 'paidMinor'>
  refusal?: Refusal
}

/** A till that sends many, and where its orders are. */
export interface MirrorSender {
  database: Database
  inTurn: MirrorTurn
  caller: MirrorCaller
  /** The till's name. */
  holder: string
}

/**
 * In the sequence in which they came.
 * @throws Unavailable: what was done is done, and the rest is not
 */
export async function putMirroredOrders(
  sender: MirrorSender,
  requests: readonly MirrorRequest[],
): Promise<MirrorResult[]> {
  return await putAll(sender, requests, await readKnown(sender, idsOf(requests)))
}

/**
 * All open orders of the till: those that are open here and not among them are closed, unless they
 * have money on them or Dojo has locked them.
 * @returns what became of those sent, and then of those not sent
 * @throws Unavailable as `putMirroredOrders`
 */
export async function putMirrorSnapshot(
  sender: MirrorSender,
  requests: readonly MirrorRequest[],
): Promise<MirrorResult[]> {
  const { database, caller, inTurn } = sender
  // Read first: what is opened while the snapshot is worked on was not missing from it.
  const open = await inTurn(async () => await readOpenMirrors(database, caller.locationId))
  // Most are open here, so that nothing else is read.
  const others = idsOf(requests).filter((id) => !open.has(id))
  const more = others.length === 0 ? [] : await readKnown(sender, others)
  const results = await putAll(sender, requests, new Map([...open, ...more]))
  const sent = new Set(idsOf(requests))
  const gone = [...open.values()].filter(({ mirrorId }) => !sent.has(mirrorId!))
  const closed = await fewAtOnce(
    gone,
    async (each) => await orRefused(each.mirrorId!, async () => await closeGone(sender, each)),
  )
  return [...results, ...closed]
}

const idsOf = (requests: readonly MirrorRequest[]): string[] =>
  requests.map(({ content }) => content.id)

async function readKnown(
  { database, caller, inTurn }: MirrorSender,
  ids: readonly string[],
): Promise<Map<string, MirrorOutline>> {
  return await inTurn(async () => await readMirrorOutlines(database, caller.locationId, ids))
}

async function putAll(
  sender: MirrorSender,
  requests: readonly MirrorRequest[],
  known: ReadonlyMap<string, MirrorOutline>,
): Promise<MirrorResult[]> {
  const results = requests.map(({ content }) => asItIs(content, known.get(content.id)))
  const changed = requests.filter((_, index) => results[index] === undefined)
  const put = await fewAtOnce(changed, async (request) => {
    const { id } = request.content
    return await orRefused(id, async () => await putOne(sender, request, known.get(id)?.orderId))
  })
  return results.map((result) => result ?? put.shift()!)
}

/** What to answer about an order that changes nothing here; undefined for one that does. */
function asItIs(
  content: MirrorRequest['content'],
  order: MirrorOutline | undefined,
): MirrorResult | undefined {
  if (order === undefined) return undefined
  const { id } = content
  try {
    const where = whereIs(content, order)
    if (where === 'new') return undefined
    return { id, outcome: where === 'here' ? 'unchanged' : 'waiting', order }
  } catch (error) {
    return refused(id, error)
  }
}

async function putOne(
  { database, caller, holder, inTurn }: MirrorSender,
  request: MirrorRequest,
  orderId: string | undefined,
): Promise<MirrorResult> {
  const { outcome, order } = await inTurn(
    async () =>
      await database.transaction(
        async (tx) => await putMirroredOrder(tx, caller, request, { holder, orderId }),
      ),
  )
  return { id: request.content.id, outcome, order }
}

/** Unless it has changed since it was read. */
async function closeGone(
  { database, caller, holder, inTurn }: MirrorSender,
  open: MirrorOutline,
): Promise<MirrorResult> {
  const { order } = await inTurn(
    async () =>
      await changeOrder(database, {
        caller,
        orderId: open.orderId,
        decide: (each, nowMs) =>
          isAsRead(each, open) ? endOf(each, { caller, holder, nowMs }) : undefined,
      }),
  )
  const waits = order.mirrorWaiting !== undefined && isOpen(order)
  return { id: open.mirrorId!, outcome: waits ? 'waiting' : 'closed', order }
}

function isAsRead(order: Order, read: MirrorOutline): boolean {
  return (
    order.mirrorVersion === read.mirrorVersion &&
    order.mirrorWaiting?.version === read.mirrorWaiting?.version
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
    return refused(id, error)
  }
}

/** @throws what is no refusal */
function refused(id: string, error: unknown): MirrorResult {
  if (error instanceof Refusal) return { id, outcome: 'refused', refusal: error }
  throw error
}

/** So that one till does not take all turns. */
async function fewAtOnce<Item, Result>(
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

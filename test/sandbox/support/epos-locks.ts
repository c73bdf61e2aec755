// Locks of the EPOS in memory: one live lock an order, which lapses by itself.
import { checkText, conflict, invalid, notFound, timeOf } from './epos-checks.ts'
import { viewOrder } from './epos-order-view.ts'
import { orderOf, type Epos, type EposLock, type EposOrder, type Handlers } from './epos-state.ts'

/** Long enough for requests that were sent together to arrive, and too short to be noticed. */
const RACE_MS = 25

/** Where a fault leaves a gap between looking and writing. */
export async function leaveGap(): Promise<void> {
  await new Promise<void>((resolve) => {
    setTimeout(resolve, RACE_MS)
  })
}

export const isOpen = ({ status }: EposOrder): boolean =>
  !['Finalized', 'Canceled', 'Failed'].includes(status)

export const liveLocks = ({ faults }: Epos, { locks }: EposOrder): EposLock[] =>
  faults.has('lock-never-expires')
    ? locks
    : locks.filter(({ expiresAtMs }) => expiresAtMs > Date.now())

/**
 * A change needs the live lock, if there is one: by its id, or without an id from the device that
 * took it.
 * @throws EposRefusal Conflict
 */
export function checkLock(
  epos: Epos,
  order: EposOrder,
  deviceId: string | undefined,
  lockId?: string,
): void {
  const live = liveLocks(epos, order)
  if (live.length === 0) return
  const isOwn = (lock: EposLock): boolean =>
    lockId === undefined
      ? deviceId !== undefined && lock.deviceId === deviceId
      : lock.lockId === lockId
  if (!live.some(isOwn)) throw conflict(`The order ${order.id} is under another's lock.`)
}

function futureTimeOf(expiry: unknown): number {
  const expiresAtMs = timeOf(expiry, 'expiry')
  if (expiresAtMs <= Date.now()) throw invalid('The field expiry must be in the future.')
  return expiresAtMs
}

export const lockHandlers: Pick<
  Handlers,
  'CreateOrderLock' | 'ExtendOrderLock' | 'DeleteOrderLock'
> = {
  CreateOrderLock: async (epos, { orderId, lockId, expiry }, deviceId) => {
    checkText(lockId, 'lockId')
    const expiresAtMs = futureTimeOf(expiry)
    const order = orderOf(epos, orderId)
    if (!isOpen(order)) throw conflict(`The order ${orderId} is ${order.status}.`)
    const live = liveLocks(epos, order)
    const own = live.find((lock) => lock.lockId === lockId)
    if (own !== undefined) {
      if (epos.faults.has('same-lock-again-refused')) {
        throw conflict(`The order ${orderId} is locked already.`)
      }
      own.expiresAtMs = expiresAtMs
      return viewOrder(epos, order)
    }
    if (live.length > 0 && !epos.faults.has('lock-lets-two-in')) {
      throw conflict(`The order ${orderId} is under another's lock.`)
    }
    if (epos.faults.has('parallel-locks-both-win')) await leaveGap()
    order.locks = [...liveLocks(epos, order), { lockId, expiresAtMs, deviceId }]
    order.lockIdsSeen.add(lockId)
    return viewOrder(epos, order)
  },

  ExtendOrderLock: (epos, { orderId, lockId, expiry }) => {
    const expiresAtMs = futureTimeOf(expiry)
    const order = orderOf(epos, orderId)
    const live = liveLocks(epos, order)
    const lock =
      live.find((each) => each.lockId === lockId) ??
      (epos.faults.has('extend-of-anyone') ? live[0] : undefined)
    if (lock === undefined) {
      if (live.length > 0 || order.lockIdsSeen.has(lockId)) {
        throw conflict(`The lock ${lockId} does not hold the order ${orderId}.`)
      }
      throw notFound(`The order ${orderId} never had the lock ${lockId}.`)
    }
    if (!epos.faults.has('extend-ignored')) lock.expiresAtMs = expiresAtMs
    return {}
  },

  DeleteOrderLock: (epos, { orderId, lockId }) => {
    const order = orderOf(epos, orderId)
    const live = liveLocks(epos, order)
    const isHeld = live.some((lock) => lock.lockId === lockId)
    if (epos.faults.has('unlock-by-anyone')) order.locks = []
    else if (isHeld) order.locks = live.filter((lock) => lock.lockId !== lockId)
    else if (epos.faults.has('unlock-twice-is-404') && order.lockIdsSeen.has(lockId)) {
      throw notFound(`The lock ${lockId} is gone.`)
    } else if (live.length > 0 && !order.lockIdsSeen.has(lockId)) {
      throw conflict(`The order ${orderId} is under another's lock.`)
    }
    return viewOrder(epos, order)
  },
}

// A till that edits a tab may hold it: Dojo takes no payment for it meanwhile. And a lock that
// somebody left behind can be released by force, on the record.
import { Type } from 'typebox'
import { conflict } from '../../domain/errors.ts'
import { inTheWay, isHeldBy, isLive, takeHold } from '../../domain/orders/order-lock.ts'
import { limits } from '../../limits.ts'
import { changeAsSeen, holdAsSeen } from './edit-order.ts'
import { MANAGERS, operation, STAFF, type TillCaller } from '../kit/operation.ts'
import { Fields, OrderPath, Reason } from '../kit/shapes.ts'
import { answerTab, TabShape } from './order-view.ts'

const tag = 'Holds and locks'

/**
 * What others read of who holds the tab. Not the waiter that a request names: anybody may, and a
 * till that several share stays one till.
 */
export const holderOf = ({ tillName, tokenOf, tokenId }: TillCaller): string =>
  tillName ?? (tokenOf === undefined ? `till ${tokenId}` : `waiter ${tokenOf}`)

export const holdOperations = [
  operation({
    id: 'holdTab',
    does: 'write',
    method: 'PUT',
    path: '/orders/{orderId}/hold',
    summary: 'Holds a tab for editing',
    description: `Nobody else takes money for it meanwhile: it is not payable, Dojo's lock is refused with the till's name, and so are payments at other tills. Others may go on ordering. It ends by itself, after ${limits.defaultHoldSeconds} seconds unless given; the same till again moves the end.`,
    tag,
    roles: STAFF,
    params: OrderPath,
    body: Fields({
      seconds: Type.Optional(Type.Integer({ minimum: 1, maximum: limits.maxHoldSeconds })),
    }),
    answer: TabShape,
    run: async (given) => {
      const {
        caller,
        deps: { newId },
        params,
        body,
      } = given
      const held = await holdAsSeen(given, params.orderId)
      const { tab, nowMs } = held
      const holder = holderOf(caller)
      const decision = takeHold(tab, nowMs, {
        holder,
        seconds: body.seconds ?? limits.defaultHoldSeconds,
      })
      if (decision.do === 'extend') {
        return await changeAsSeen(given, held, {
          kind: 'extend-lock',
          lockId: tab.lock!.lockId,
          expiresAtMs: decision.expiresAtMs,
        })
      }
      return await changeAsSeen(given, held, {
        kind: 'take-hold',
        lockId: newId('hold'),
        holder,
        expiresAtMs: decision.expiresAtMs,
        endOther: decision.endOther?.lockId,
      })
    },
  }),

  operation({
    id: 'letGoOfTab',
    does: 'write',
    method: 'DELETE',
    path: '/orders/{orderId}/hold',
    summary: 'Lets go of a tab that this till holds',
    tag,
    roles: STAFF,
    params: OrderPath,
    answer: TabShape,
    run: async (given) => {
      const { caller, params } = given
      const held = await holdAsSeen(given, params.orderId)
      const { tab, nowMs } = held
      const { lock } = tab
      if (lock?.kind !== 'TillHold' || !isLive(lock, nowMs)) return answerTab(held, caller.currency)
      if (!isHeldBy(lock, holderOf(caller))) throw inTheWay(tab, lock, nowMs)
      return await changeAsSeen(given, held, { kind: 'release-hold', lockId: lock.lockId })
    },
  }),

  operation({
    id: 'unlockTab',
    does: 'write',
    method: 'POST',
    path: '/orders/{orderId}/unlock',
    summary: 'Releases a lock or hold by force',
    description:
      'For a card machine that was dropped. A payment that is on its way is recorded all the same, while there is as much to pay.',
    tag,
    roles: MANAGERS,
    params: OrderPath,
    body: Fields({ reason: Reason }),
    answer: TabShape,
    run: async (given) => {
      const { params, body } = given
      const held = await holdAsSeen(given, params.orderId)
      const {
        tab: { lock, orderId },
        nowMs,
      } = held
      if (lock === undefined || !isLive(lock, nowMs)) {
        throw conflict('not-locked', `The order ${orderId} is not locked.`)
      }
      return await changeAsSeen(given, held, {
        kind: 'release-by-force',
        lockId: lock.lockId,
        reason: body.reason,
      })
    },
  }),
]

// A till that edits an order may hold it: Dojo takes no payment for it meanwhile. And a lock that
// somebody left behind can be released by force, on the record.
import { Type } from 'typebox'
import { breakLock, letGo, takeHold } from '../../domain/orders/order-lock.ts'
import { limits } from '../../limits.ts'
import { editAsSeen } from './edit-order.ts'
import { holderOf } from '../kit/holder.ts'
import { MANAGERS, operation, STAFF } from '../kit/operation.ts'
import { OrderShape } from '../kit/order-view.ts'
import { Fields, OrderPath, Reason } from '../kit/shapes.ts'

const tag = 'Holds and locks'

export const holdOperations = [
  operation({
    id: 'holdOrder',
    does: 'write',
    transaction: 'shared',
    method: 'PUT',
    path: '/orders/{orderId}/hold',
    summary: 'Holds an order for editing',
    description:
      'Nobody else takes money for it meanwhile: it is not payable, and a lock by Dojo or a ' +
      "payment at another till is refused with this till's name. Others may go on ordering. The " +
      `hold ends by itself, after ${limits.defaultHoldSeconds} seconds unless you give another ` +
      'time; the same till again moves the end.',
    tag,
    roles: STAFF,
    params: OrderPath,
    body: Fields({
      seconds: Type.Optional(Type.Integer({ minimum: 1, maximum: limits.maxHoldSeconds })),
    }),
    answer: OrderShape,
    run: async (given) => {
      const { caller, deps, body } = given
      const hold = {
        holdId: deps.newId('hold'),
        holder: holderOf(caller),
        seconds: body.seconds ?? limits.defaultHoldSeconds,
      }
      return await editAsSeen(given, (order, nowMs) => takeHold(order, nowMs, hold, caller))
    },
  }),

  operation({
    id: 'letGoOfOrder',
    does: 'write',
    transaction: 'shared',
    method: 'DELETE',
    path: '/orders/{orderId}/hold',
    summary: 'Lets go of an order that this till holds',
    tag,
    roles: STAFF,
    params: OrderPath,
    answer: OrderShape,
    run: async (given) =>
      await editAsSeen(given, (order, nowMs) => letGo(order, nowMs, holderOf(given.caller))),
  }),

  operation({
    id: 'unlockOrder',
    does: 'write',
    transaction: 'shared',
    method: 'POST',
    path: '/orders/{orderId}/unlock',
    summary: 'Releases a lock or hold by force',
    description:
      'For a card machine that was dropped. A payment on its way is recorded all the same, as ' +
      'far as there is a balance.',
    tag,
    roles: MANAGERS,
    params: OrderPath,
    body: Fields({ reason: Reason }),
    answer: OrderShape,
    run: async (given) =>
      await editAsSeen(given, (order, nowMs) => breakLock(order, nowMs, given.body.reason)),
  }),
]

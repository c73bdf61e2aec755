// The orders of a till that keeps its own: one, many, or all that are open.
import { Type } from 'typebox'
import { putMirroredOrder } from '../../actions/orders/put-mirrored-order.ts'
import {
  putMirroredOrders,
  putMirrorSnapshot,
  type MirrorResult,
} from '../../actions/orders/put-mirrored-orders.ts'
import { invalid } from '../../domain/errors.ts'
import { balanceMinor, orderStatuses } from '../../domain/orders/order.ts'
import { limits } from '../../limits.ts'
import { holderOf } from '../kit/holder.ts'
import { operation, STAFF, type Answered, type TillCaller } from '../kit/operation.ts'
import { answerOrder, OrderShape } from '../kit/order-view.ts'
import { problemFields } from '../kit/problems.ts'
import { Fields, Id, OneOf, Sum } from '../kit/shapes.ts'
import { ProblemShown } from '../kit/waiting-view.ts'
import {
  MirroredOrderShape,
  MirroredOrderWithId,
  orderToMirror,
  type MirroredOrderGiven,
} from './shapes.ts'

const tag = 'Mirror'

const Result = Fields({
  id: Type.String(),
  outcome: OneOf(['created', 'changed', 'unchanged', 'waiting', 'closed', 'refused'], {
    description:
      'waiting: it takes effect when Dojo has unlocked the order. closed: it was not among all ' +
      'that are open.',
  }),
  orderId: Type.Optional(Type.String({ description: "Dojo's name for it." })),
  status: Type.Optional(OneOf(orderStatuses)),
  totalMinor: Type.Optional(Sum),
  paidMinor: Type.Optional(Sum),
  balanceMinor: Type.Optional(Sum),
  problem: Type.Optional(ProblemShown),
})
const Results = Fields({ results: Type.Array(Result) }, { title: 'MirrorResults' })

const Orders = Fields({
  orders: Type.Array(MirroredOrderWithId, { maxItems: limits.maxMirroredOrders }),
})

function answerResults(results: readonly MirrorResult[]): Answered {
  return { body: { results: results.map(resultView) } }
}

function resultView({ id, outcome, order, refusal }: MirrorResult): object {
  return {
    id,
    outcome,
    orderId: order?.orderId,
    status: order?.status,
    totalMinor: order?.totalMinor,
    paidMinor: order?.paidMinor,
    balanceMinor: order && balanceMinor(order),
    problem: refusal && problemFields(refusal),
  }
}

/** @throws Refusal InvalidRequest: an order is there twice; a time that is not valid */
function ordersToMirror(
  orders: readonly (MirroredOrderGiven & { id: string })[],
  caller: TillCaller,
) {
  const ids = new Set<string>()
  return orders.map(({ id, ...order }) => {
    if (ids.has(id)) throw invalid(`The field orders has two orders with the id ${id}.`)
    ids.add(id)
    return orderToMirror(id, order, caller)
  })
}

export const mirrorOrderOperations = [
  operation({
    id: 'mirrorOrder',
    does: 'write',
    method: 'PUT',
    path: '/mirror/orders/{id}',
    summary: 'Your order as it is now, whole',
    creates: true,
    description:
      'For a till that keeps its own orders. Dojo sees it at once, locks it and records payments ' +
      'on it. Nothing is priced here: your total counts, and `adjustmentMinor` says how far the ' +
      'parts are from it. The same version again changes nothing, an older one is refused. While ' +
      'Dojo has locked the order, a change of the total and payments of yours are refused with ' +
      'the end of the lock, or wait for it where the venue has `lockedThen: wait`, and are then ' +
      'shown as `waiting`. A total below what is paid is refused with the difference.',
    tag,
    roles: STAFF,
    venues: 'mirrored',
    params: Fields({ id: Id }),
    body: MirroredOrderShape,
    answer: OrderShape,
    run: async ({ tx, caller, params: { id }, body }) => {
      const request = orderToMirror(id, body, caller)
      const sender = { holder: holderOf(caller) }
      const { outcome, ...now } = await putMirroredOrder(tx, caller, request, sender)
      return answerOrder(now, caller.currency, outcome === 'created' ? 201 : 200)
    },
  }),

  operation({
    id: 'mirrorOrders',
    does: 'write',
    transaction: 'own',
    method: 'POST',
    path: '/mirror/orders',
    summary: 'Many of your orders as they are now',
    description: 'Each order is handled alone: a refused one does not hold up the rest.',
    tag,
    roles: STAFF,
    venues: 'mirrored',
    body: Orders,
    answer: Results,
    run: async ({ database, deps, caller, body: { orders } }) => {
      const sender = { database, inTurn: deps.mirrorTurn, caller, holder: holderOf(caller) }
      const requests = await sender.inTurn(async () => ordersToMirror(orders, caller))
      return answerResults(await putMirroredOrders(sender, requests))
    },
  }),

  operation({
    id: 'mirrorSnapshot',
    does: 'write',
    transaction: 'own',
    method: 'PUT',
    path: '/mirror/orders',
    summary: 'All of your orders that are open now',
    description:
      'What is open here and not among them is closed, unless there is money on it or Dojo has ' +
      'locked it; then it is among the results as refused. Send snapshots and single orders one ' +
      'after the other. One that was closed opens again when you send it again.',
    tag,
    roles: STAFF,
    venues: 'mirrored',
    body: Orders,
    answer: Results,
    run: async ({ database, deps, caller, body: { orders } }) => {
      const sender = { database, inTurn: deps.mirrorTurn, caller, holder: holderOf(caller) }
      const requests = await sender.inTurn(async () => ordersToMirror(orders, caller))
      return answerResults(await putMirrorSnapshot(sender, requests))
    },
  }),
]

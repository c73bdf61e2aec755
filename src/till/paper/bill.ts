// The bill of an order as the venue prints it: what it says, and the paper itself.
import { Type } from 'typebox'
import { changeIn, type ChangeRequest } from '../../actions/orders/change-order.ts'
import { noteBillPrinted } from '../../actions/orders/print-bill.ts'
import { readOrderAt } from '../../actions/orders/read-order-at.ts'
import { readNow, readOrder, type OrderNow } from '../../store/orders/read-order.ts'
import { EVERYBODY, operation, STAFF, type ReadContext, type TillCaller } from '../kit/operation.ts'
import { answerOrder, OrderShape, orderView } from '../kit/order-view.ts'
import { PointInTime, pointInTime } from '../kit/point-in-time.ts'
import { Fields, OrderPath } from '../kit/shapes.ts'
import { BillFormat, FilledIn, FORMATS, paperOf, renderedOf } from './rendering.ts'

export const billOperations = [
  operation({
    id: 'readBill',
    does: 'read',
    method: 'GET',
    path: '/orders/{orderId}/bill',
    summary: 'The bill of an order, as it is printed',
    description:
      "Without a format, the content: the venue's template filled in, around the order. With " +
      'one, the paper: plain text, a picture, or a page to print. With a time, as it would have ' +
      'been printed then.',
    tag: 'Orders',
    roles: EVERYBODY,
    params: OrderPath,
    query: Fields({ format: Type.Optional(BillFormat), at: Type.Optional(PointInTime) }),
    answer: Fields({ header: FilledIn, order: OrderShape, footer: FilledIn }),
    textTypes: Object.values(FORMATS).map(({ type }) => type),
    run: async ({ database, caller, params, query: { format, at } }) => {
      const now = await readOrderOf(database, caller, params.orderId, at)
      const rendered = await renderedOf(database, caller, now)
      if (format === undefined) {
        return {
          body: {
            header: rendered.header.lines,
            order: orderView(now, caller.currency),
            footer: rendered.footer.lines,
          },
        }
      }
      return paperOf(now.order, rendered, { currency: caller.currency, format })
    },
  }),

  operation({
    id: 'noteBillPrinted',
    does: 'write',
    method: 'POST',
    path: '/orders/{orderId}/bill/printed',
    summary: 'Says that a till printed the bill',
    description:
      'It goes into the history, so that what is taken off the order afterwards can be seen. The ' +
      'bills that card machines print are there by themselves.',
    tag: 'Orders',
    roles: STAFF,
    params: OrderPath,
    answer: OrderShape,
    run: async ({ tx, caller, params: { orderId } }) => {
      const change = async (request: ChangeRequest) => await changeIn(tx, request)
      return answerOrder(await noteBillPrinted(change, caller, orderId), caller.currency)
    },
  }),
]

/** @param at as the till wrote it; undefined for now */
async function readOrderOf(
  database: ReadContext['database'],
  { locationId, timeZone }: TillCaller,
  orderId: string,
  at: string | undefined,
): Promise<OrderNow> {
  if (at === undefined) return await readOrder(database, locationId, orderId)
  const atMs = pointInTime(at, timeZone, await readNow(database))
  const { order } = await readOrderAt(database, locationId, orderId, atMs)
  return { order, nowMs: atMs }
}

// The order between the header and footer of the venue's template. That it was printed goes into
// the order's history: the bill is the order as that entry found it. Refusals: NotFound.
import { noteBillPrinted } from '../../actions/orders/note-bill-printed.ts'
import { renderBill } from '../../domain/paper/bill.ts'
import { withBothNames } from '../../domain/paper/second-names.ts'
import { readBillFacts } from '../../store/venue/bills.ts'
import type { Handler } from './handler.ts'
import { orderView } from './order-view.ts'

export const getOrderBillById: Handler<'GetOrderBillById'> = async (
  { store, change },
  caller,
  { orderId },
) => {
  const { locationId, currency } = caller
  const found = await noteBillPrinted(change, caller, orderId)
  const { order, nowMs } = found
  const { template, timeZone, waiterName } = await readBillFacts(
    store.reads,
    locationId,
    order.waiterId,
  )
  const { tableName, reference } = order
  const { header, footer } = renderBill(template, {
    tableName,
    reference,
    waiter: waiterName ?? order.waiterId,
    at: new Date(nowMs),
    timeZone,
  })
  return {
    header: withBothNames(header),
    order: orderView(found, currency),
    footer: withBothNames(footer),
  }
}

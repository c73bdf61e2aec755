// The order between the header and footer of the venue's template. That it was printed goes into
// the order's history: the bill is the order as that entry found it. Refusals: NotFound.
import { printBill } from '../../actions/orders/print-bill.ts'
import { withBothNames } from '../../domain/paper/second-names.ts'
import { readBillFactsOf } from '../../store/venue/bills.ts'
import type { Handler } from './handler.ts'
import { orderView } from './order-view.ts'

export const getOrderBillById: Handler<'GetOrderBillById'> = async (
  { store, change },
  caller,
  { orderId },
) => {
  const facts = await readBillFactsOf(store.reads, caller.locationId, orderId)
  const { found, rendered } = await printBill(change, caller, orderId, facts)
  return {
    header: withBothNames(rendered.header),
    order: orderView(found, caller.currency),
    footer: withBothNames(rendered.footer),
  }
}

// An order that nobody made, priced by a venue's own terms: what a preview of its bill shows.
import { openedOrder, type Terms } from './new-order.ts'
import type { Order, OrderLine, Payment } from './order.ts'
import { priceOrder } from './price.ts'

type Dish = Pick<OrderLine, 'lineId' | 'parentLineId' | 'kind' | 'name' | 'unitAmountMinor'>

const DISHES: readonly Dish[] = [
  { lineId: 'burger', kind: 'Item', name: 'Burger', unitAmountMinor: 1350 },
  {
    lineId: 'cheese',
    parentLineId: 'burger',
    kind: 'Modifier',
    name: 'Extra cheese',
    unitAmountMinor: 100,
  },
  { lineId: 'bitter', kind: 'Item', name: 'Pint of bitter', unitAmountMinor: 520 },
]
const TAX_RATE_HUNDREDTHS = 2000
const TIP_MINOR = 200

/**
 * For a table, with an option, a discount, and a half of it paid by card with a tip, so that
 * whatever a bill may show is there.
 */
export function sampleOrder(terms: Terms, nowMs: number): Order {
  const opening = { orderType: 'DineIn', covers: 2, reference: '1042' } as const
  const { order } = openedOrder(opening, { orderId: 'sample', terms, nowMs, origin: {} })
  const orderedAt = order.createdAt
  const lines = DISHES.map((dish, index): OrderLine => ({
    ...dish,
    plu: dish.lineId,
    position: index + 1,
    quantity: dish.parentLineId === undefined ? 2 : 1,
    taxRateHundredths: TAX_RATE_HUNDREDTHS,
    taxAdjustmentMinor: 0,
    orderedAt,
  }))
  const priced = priceOrder({
    ...order,
    tableName: 'Table 5',
    // A bill shows the number of a waiter that the venue does not know.
    waiterId: 'Becky',
    lines,
    discounts: [
      {
        discountId: 'sorry',
        position: 1,
        name: 'Sorry for the wait',
        rule: 'Percent',
        percentageHundredths: 1000,
        amountMinor: 0,
      },
    ],
  })
  const amountMinor = Math.floor(priced.totalMinor / 2)
  const payment: Payment = {
    paymentId: 'sample',
    tender: 'Dojo',
    amountMinor,
    tipsMinor: TIP_MINOR,
    refundedMinor: 0,
    refundedTipsMinor: 0,
    recordedAt: orderedAt,
  }
  return { ...priced, payments: [payment], paidMinor: amountMinor, tipsMinor: TIP_MINOR }
}

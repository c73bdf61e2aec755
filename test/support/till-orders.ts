// An order as the rules see it: opened by a till, with nothing on it.
import type { Order, OrderLine } from '../../src/domain/orders/order.ts'

export const orderOfTill = (more: Partial<Order> = {}): Order => ({
  orderId: 'ord_1',
  orderType: 'DineIn',
  status: 'Accepted',
  version: 1,
  lines: [],
  discounts: [],
  taxLines: [],
  payments: [],
  totalMinor: 0,
  paidMinor: 0,
  tipsMinor: 0,
  taxesOnTop: false,
  taxName: 'VAT',
  serviceAdjustmentMinor: 0,
  createdAt: '2026-03-01T19:00:00.000Z',
  updatedAt: '2026-03-01T19:00:00.000Z',
  ...more,
})

/** A line of the order, taxed at 20 % unless another rate is given. */
export const line = (
  lineId: string,
  unitAmountMinor: number,
  more: Partial<OrderLine> = {},
): OrderLine => ({
  lineId,
  kind: 'Item',
  position: Number(lineId.replaceAll(/\D/g, '')) || 1,
  name: lineId,
  plu: lineId.toUpperCase(),
  quantity: 1,
  unitAmountMinor,
  taxRateHundredths: 2_000,
  taxAdjustmentMinor: 0,
  orderedAt: '2026-03-01T19:00:00.000Z',
  ...more,
})

/** The same without a tax rate. */
export const untaxedLine = (
  lineId: string,
  unitAmountMinor: number,
  more: Partial<OrderLine> = {},
): OrderLine => {
  const { taxRateHundredths: _, ...untaxed } = line(lineId, unitAmountMinor)
  return { ...untaxed, ...more }
}

// Whether guests eat in or take away: an order can change from one to the other, and with it the
// tax rates of what has two, and the service charge.
import { conflict } from '../errors.ts'
import { withServiceCharge } from './discounts.ts'
import type { Terms } from './new-order.ts'
import { mustBeChangeable } from './order-lock.ts'
import type { Order, OrderChange, OrderLine, OrderType } from './order.ts'

/** The tax rates of what is on the menu, in hundredths of a percent. */
export interface MenuRates {
  taxRateHundredths: number
  /** For what is taken away; where it is left out, both are the same. */
  takeawayTaxRateHundredths?: number | undefined
}

export type LineRates = Pick<OrderLine, 'dineInTaxRateHundredths' | 'takeawayTaxRateHundredths'> & {
  taxRateHundredths: number
}

/** The rates of a new line: the one of its order, and both where there are two. */
export function ratesOf(
  orderType: OrderType,
  { taxRateHundredths, takeawayTaxRateHundredths }: MenuRates,
): LineRates {
  if (takeawayTaxRateHundredths === undefined) return { taxRateHundredths }
  return {
    taxRateHundredths: orderType === 'Collection' ? takeawayTaxRateHundredths : taxRateHundredths,
    dineInTaxRateHundredths: taxRateHundredths,
    takeawayTaxRateHundredths,
  }
}

/**
 * Guests who take away pay no service charge in percent; guests who sit pay the venue's, unless
 * there is one already. Undefined where the order is of that type already.
 * @throws Refusal Conflict: final; locked by Dojo; made by Dojo, which knows its type and taxes
 */
export function changeOrderType(
  order: Order,
  orderType: OrderType,
  { nowMs, terms }: { nowMs: number; terms: Pick<Terms, 'serviceChargeHundredths'> },
): OrderChange | undefined {
  const { orderType: from, orderId, dojoOrderId } = order
  if (from === orderType) return undefined
  mustBeChangeable(order, nowMs)
  if (dojoOrderId !== undefined) {
    throw conflict(
      'ordered-by-dojo',
      `The order ${orderId} was made by Dojo, which knows its type and its taxes; ` +
        'they cannot be changed.',
    )
  }
  const lines = order.lines.map((line) => ofType(line, orderType))
  return {
    action: 'TypeChanged',
    detail: { from, to: orderType },
    order: { ...withServiceOf(order, orderType, terms), orderType, lines },
  }
}

function ofType(line: OrderLine, orderType: OrderType): OrderLine {
  const { dineInTaxRateHundredths, takeawayTaxRateHundredths, taxRateHundredths } = line
  const rate = orderType === 'Collection' ? takeawayTaxRateHundredths : dineInTaxRateHundredths
  if (rate === undefined || rate === taxRateHundredths) return line
  return { ...line, taxRateHundredths: rate, taxAdjustmentMinor: 0 }
}

function withServiceOf(
  order: Order,
  orderType: OrderType,
  { serviceChargeHundredths: percentage }: Pick<Terms, 'serviceChargeHundredths'>,
): Order {
  const { serviceChargeMinor, serviceChargeHundredths } = order
  if (orderType === 'Collection') {
    return serviceChargeHundredths === undefined ? order : withServiceCharge(order, null)
  }
  if (percentage === undefined || serviceChargeMinor !== undefined) return order
  return withServiceCharge(order, { percentageHundredths: percentage })
}

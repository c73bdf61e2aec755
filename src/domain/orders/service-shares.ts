// The service charge of orders that are merged or split, and its tax: to the penny what it was.
import { conflict } from '../errors.ts'
import { allocate } from './allocation.ts'
import type { Order } from './order.ts'
import { serviceTaxOf } from './price-taxes.ts'
import { lineTotals, priceOrder } from './price.ts'

/** A service charge, and the tax that is contained in it or on top of it. */
interface Service {
  chargeMinor: number
  taxMinor: number
}

function serviceOf(order: Order): Service {
  const { serviceChargeMinor: chargeMinor = 0 } = order
  return { chargeMinor, taxMinor: serviceTaxOf(order, chargeMinor) }
}

/**
 * What two orders have together, and at which rate it is taxed.
 * @throws Refusal Conflict: both have a service charge, and they are not taxed alike
 */
export function mergedService(
  target: Order,
  source: Order,
): { sums: Service; terms: Pick<Order, 'serviceTaxRateHundredths'> } {
  const [into, from] = [serviceOf(target), serviceOf(source)]
  const [rate, other] = [target.serviceTaxRateHundredths, source.serviceTaxRateHundredths]
  if (into.chargeMinor > 0 && from.chargeMinor > 0 && rate !== other) {
    throw conflict('content-differs', 'The service charges of these orders are not taxed alike.')
  }
  const isSources = into.chargeMinor === 0 && from.chargeMinor > 0
  return {
    sums: {
      chargeMinor: into.chargeMinor + from.chargeMinor,
      taxMinor: into.taxMinor + from.taxMinor,
    },
    terms: { serviceTaxRateHundredths: isSources ? other : rate },
  }
}

/** In proportion to what remains of the items on each side. */
export function serviceShares(
  order: Order,
  kept: Order,
  taken: Order,
): { kept: Service; taken: Service } {
  const { chargeMinor, taxMinor } = serviceOf(order)
  const charges = allocate(chargeMinor, [netOf(kept), netOf(taken)])
  const taxes = allocate(taxMinor, charges)
  return {
    kept: { chargeMinor: charges[0]!, taxMinor: taxes[0]! },
    taken: { chargeMinor: charges[1]!, taxMinor: taxes[1]! },
  }
}

function netOf(order: Order): number {
  return lineTotals(order).reduce((sum, line) => sum + line.itemsMinor - line.discountsMinor, 0)
}

/** The order with exactly this service charge, and with exactly this tax of it. */
export function balanced(order: Order, { chargeMinor, taxMinor }: Service): Order {
  const charged = charging({ ...order, serviceTaxAdjustmentMinor: undefined }, chargeMinor)
  const missingMinor = taxMinor - serviceTaxOf(charged, chargeMinor)
  if (missingMinor === 0) return charged
  return priceOrder({ ...charged, serviceTaxAdjustmentMinor: missingMinor })
}

/** By its percentage where that can give it, else as an amount. */
function charging(order: Order, chargeMinor: number): Order {
  if (order.serviceChargeHundredths !== undefined) {
    const byRule = priceOrder({ ...order, serviceAdjustmentMinor: 0 })
    const serviceAdjustmentMinor = chargeMinor - serviceOf(byRule).chargeMinor
    const adjusted = priceOrder({ ...order, serviceAdjustmentMinor })
    if (serviceOf(adjusted).chargeMinor === chargeMinor) return adjusted
  }
  return priceOrder({
    ...order,
    serviceAdjustmentMinor: 0,
    serviceChargeHundredths: undefined,
    serviceChargeMinor: chargeMinor === 0 ? undefined : chargeMinor,
  })
}

// Amounts, in whole numbers of the minor unit.
import type { Schemas } from '../../contract/capabilities.ts'

export const totalOf = (order: Schemas['Order']): number => order.totalAmount?.value ?? 0
export const paidOf = (order: Schemas['Order']): number => order.paidAmount?.value ?? 0
export const balanceOf = (order: Schemas['Order']): number => totalOf(order) - paidOf(order)
export const currencyOf = (order: Schemas['Order']): string =>
  order.totalAmount?.currencyCode ?? 'GBP'

/** Parts that differ by at most one and add up exactly. */
export function splitEvenly(amountMinor: number, parts: number): number[] {
  return Array.from(
    { length: parts },
    (_, index) =>
      Math.floor((amountMinor * (index + 1)) / parts) - Math.floor((amountMinor * index) / parts),
  )
}

// That a bill was printed goes on record, with what it came to and where: what is taken off the
// order afterwards can then be seen.
import type { Origin } from '../caller.ts'
import { balanceMinor, type Order, type OrderChange } from './order.ts'

/** The newest entry of an order's history, and the device that it came from. */
export interface LastEntry {
  action: string
  deviceId: string | undefined
}

const action = 'BillPrinted'

/** Undefined for the same from the same device, with nothing in between: that is one entry. */
export function billPrinted(
  order: Order,
  { deviceId }: Origin,
  last: LastEntry | undefined,
): OrderChange | undefined {
  if (last?.action === action && last.deviceId === deviceId) return undefined
  const detail = { totalMinor: order.totalMinor, balanceMinor: balanceMinor(order) }
  return { action, detail, order, quiet: true, isNote: true }
}

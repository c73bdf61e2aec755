// Puts on record that a bill was printed, what it came to, and where: what is taken off the order
// afterwards can then be seen.
import type { Caller } from '../../domain/caller.ts'
import { balanceMinor, type Order } from '../../domain/orders/order.ts'
import type { Transaction } from '../../store/database/database.ts'
import { writeNote } from '../../store/orders/history-notes.ts'

export type Billed = Pick<Order, 'orderId' | 'totalMinor' | 'paidMinor'>

export function noteBillPrinted(tx: Transaction, caller: Caller, order: Billed): void {
  const { orderId, totalMinor } = order
  writeNote(tx, caller, orderId, {
    action: 'BillPrinted',
    detail: { totalMinor, balanceMinor: balanceMinor(order) },
  })
}

// What tills need of the card machines. dojo/terminals implements it.
import type { Caller } from '../../domain/caller.ts'
import type { BillTemplateLine } from '../../domain/paper/bill.ts'

export interface TerminalShown {
  terminalId: string
  /** As printed on receipts. */
  tid: string
  status: string
}

export const receiptCopies = ['customer', 'merchant'] as const
export type ReceiptCopy = (typeof receiptCopies)[number]

export interface CardReceipt {
  /** Unnamed: Dojo gave one receipt, and does not say whose. */
  copy: ReceiptCopy | 'unnamed'
  lines: BillTemplateLine[]
}

export interface CardMachines {
  /** The venue's machines at Dojo. @throws Refusal Conflict `dojo-refused`; Unavailable */
  list: (locationId: string) => Promise<TerminalShown[]>
  /**
   * Drives a card payment in this process, unless another process does. Resolves once the machine
   * works on it or it is known that it will not, or after `limits.cardStartWaitMs`. Never throws.
   */
  drive: (caller: Caller, cardPaymentId: string) => Promise<void>
  /** A receipt of a session. @throws as `list` */
  receipt: (locationId: string, sessionId: string, copy: ReceiptCopy) => Promise<CardReceipt>
  /** Has Dojo send the receipt of a payment. @throws as `list` */
  emailReceipt: (
    locationId: string,
    paymentIntentId: string,
    emails: readonly string[],
  ) => Promise<void>
  /** Something was asked of a card payment: resolves once that had its effect, or after a while. */
  follow: (caller: Caller, cardPaymentId: string) => Promise<void>
}

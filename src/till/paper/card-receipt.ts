// The receipt of a card payment, as the card machine made it: on the till's printer, on a screen,
// or by e-mail.
import { Type } from 'typebox'
import { receiptCopies, type ReceiptCopy } from '../../actions/payments/card-machines.ts'
import { mustHaveReceipt } from '../../domain/payments/card-payment-requests.ts'
import type { CardPayment } from '../../domain/payments/card-payment.ts'
import { limits } from '../../limits.ts'
import { readCardPaymentOn } from '../../store/payments/card-payments.ts'
import { readUnlinkedRefund } from '../../store/payments/unlinked-refunds.ts'
import {
  MANAGERS,
  operation,
  STAFF,
  type Answered,
  type TextAnswer,
  type TillDeps,
} from '../kit/operation.ts'
import { Fields, Id, OneOf } from '../kit/shapes.ts'
import { printLines } from './printed-bill.ts'

const tag = 'Card machines'
const CardPaymentPath = Fields({ orderId: Id, cardPaymentId: Id })
const TYPES = { text: 'text/plain', svg: 'image/svg+xml', html: 'text/html' } as const
type Format = keyof typeof TYPES

const Wanted = Fields({
  format: Type.Optional(OneOf(Object.keys(TYPES) as Format[])),
  copy: Type.Optional(OneOf(receiptCopies)),
})
const Receipt = Fields({
  copy: OneOf([...receiptCopies, 'unnamed']),
  lines: Type.Array(Type.Object({ lineType: Type.String() })),
})

/** @throws Refusal Conflict: no card was charged or refunded; Dojo refuses */
async function receiptOf(
  { cardMachines }: TillDeps,
  locationId: string,
  {
    payment,
    format,
    copy = 'customer',
  }: { payment: CardPayment; format?: Format | undefined; copy?: ReceiptCopy | undefined },
): Promise<Answered | TextAnswer> {
  const { sessionId } = mustHaveReceipt(payment)
  const receipt = await cardMachines.receipt(locationId, sessionId, copy)
  if (format === undefined) return { body: receipt }
  return { text: printLines[format](receipt.lines), type: `${TYPES[format]}; charset=utf-8` }
}

export const cardReceiptOperations = [
  operation({
    id: 'readCardReceipt',
    does: 'read',
    method: 'GET',
    path: '/orders/{orderId}/card-payments/{cardPaymentId}/receipt',
    asksDojo: true,
    summary: "The card machine's receipt, for the guest or for the venue",
    description:
      "As Dojo has it: its lines, or with a format the paper. Without a copy, the guest's. " +
      'Where Dojo gives one receipt without saying whose, either copy answers it, as unnamed.',
    tag,
    roles: STAFF,
    params: CardPaymentPath,
    query: Wanted,
    answer: Receipt,
    textTypes: Object.values(TYPES),
    run: async ({ database, caller, deps, params, query }) => {
      const { payment } = await readCardPaymentOn(database, caller.locationId, params)
      return await receiptOf(deps, caller.locationId, { payment, ...query })
    },
  }),

  operation({
    id: 'readUnlinkedRefundReceipt',
    does: 'read',
    method: 'GET',
    path: '/refunds/unlinked/{refundId}/receipt',
    asksDojo: true,
    summary: 'The receipt of a refund without a payment',
    tag: 'Refunds',
    roles: MANAGERS,
    params: Fields({ refundId: Id }),
    query: Wanted,
    answer: Receipt,
    textTypes: Object.values(TYPES),
    run: async ({ database, caller, deps, params: { refundId }, query }) => {
      const { payment } = await readUnlinkedRefund(database, caller.locationId, refundId)
      return await receiptOf(deps, caller.locationId, { payment, ...query })
    },
  }),

  operation({
    id: 'emailCardReceipt',
    does: 'write',
    transaction: 'own',
    method: 'POST',
    path: '/orders/{orderId}/card-payments/{cardPaymentId}/receipt/email',
    summary: 'Has Dojo send the receipt by e-mail',
    description: 'The addresses go to Dojo and are not kept here.',
    tag,
    roles: STAFF,
    params: CardPaymentPath,
    body: Fields({
      emails: Type.Array(Type.String({ format: 'email', maxLength: limits.maxEmailCharacters }), {
        minItems: 1,
        maxItems: limits.receiptEmails,
      }),
    }),
    answer: Fields({ sent: Type.Integer() }),
    run: async ({ database, caller, deps, params, body: { emails } }) => {
      const { payment } = await readCardPaymentOn(database, caller.locationId, params)
      const { paymentIntentId } = mustHaveReceipt(payment)
      await deps.cardMachines.emailReceipt(caller.locationId, paymentIntentId!, emails)
      return { body: { sent: emails.length } }
    },
  }),
]

// The receipt of a card payment, as the card machine made it: on the till's printer, on a screen,
// or by e-mail.
import { Type } from 'typebox'
import { mustHaveReceipt } from '../../domain/payments/card-payment-requests.ts'
import { limits } from '../../limits.ts'
import { readCardPaymentOn } from '../../store/payments/card-payments.ts'
import { operation, STAFF } from '../kit/operation.ts'
import { Fields, Id, OneOf } from '../kit/shapes.ts'
import { printLines } from './printed-bill.ts'

const tag = 'Card machines'
const CardPaymentPath = Fields({ orderId: Id, cardPaymentId: Id })
const TYPES = { text: 'text/plain', svg: 'image/svg+xml', html: 'text/html' } as const
type Format = keyof typeof TYPES

export const cardReceiptOperations = [
  operation({
    id: 'readCardReceipt',
    does: 'read',
    method: 'GET',
    path: '/orders/{orderId}/card-payments/{cardPaymentId}/receipt',
    asksDojo: true,
    summary: "The card machine's receipt",
    description: 'As Dojo has it: its lines, or with a format the paper.',
    tag,
    roles: STAFF,
    params: CardPaymentPath,
    query: Fields({ format: Type.Optional(OneOf(Object.keys(TYPES) as Format[])) }),
    answer: Fields({ lines: Type.Array(Type.Object({ lineType: Type.String() })) }),
    textTypes: Object.values(TYPES),
    run: async ({ database, caller, deps, params, query: { format } }) => {
      const { payment } = await readCardPaymentOn(database, caller.locationId, params)
      const { sessionId } = mustHaveReceipt(payment)
      const lines = await deps.cardMachines.receipt(caller.locationId, sessionId)
      if (format === undefined) return { body: { lines } }
      return { text: printLines[format](lines), type: `${TYPES[format]}; charset=utf-8` }
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
      await deps.cardMachines.emailReceipt(caller.locationId, paymentIntentId, emails)
      return { body: { sent: emails.length } }
    },
  }),
]

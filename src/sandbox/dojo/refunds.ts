// Refunds: together they give back no more than was captured.
import type { DojoInput, DojoOutput } from '../../contract/dojo-api.ts'
import { limits } from '../limits.ts'
import { intentOf, moveTo } from './payment-intents.ts'
import { amountTooLow, badRequest, cardMustBePresent, wrongStatus } from './problem.ts'
import type { Simulation } from './simulation.ts'
import { randomOf, type Account, type IntentRecord, type RefundRecord } from './state.ts'

/**
 * Refunds a payment for a till, however the card was read. The same idempotency key with the same
 * request is the same refund.
 * @throws Problem 400
 */
export function refundForTill(
  simulation: Simulation,
  account: Account,
  request: DojoInput<'Refunds_Create'>,
  idempotencyKey: string,
): DojoOutput<'Refunds_Create'> {
  const record = intentOf(account, request.paymentIntentId)
  const { id } = record.shown
  if (idempotencyKey.length > limits.idempotencyKeyCharacters) {
    throw badRequest(
      `The idempotency key has ${idempotencyKey.length} characters; ` +
        `the most is ${limits.idempotencyKeyCharacters}.`,
      { idempotencyKey: [`must have ${limits.idempotencyKeyCharacters} characters at most`] },
    )
  }
  const { amount, refundReason = null, notes = null } = request
  const content = JSON.stringify([id, amount, refundReason, notes])
  // A key belongs to its intent: two intents may use the same one.
  const key = `${id} ${idempotencyKey}`
  const known = account.refundKeys.get(key)
  if (known !== undefined && known.request !== content) {
    throw badRequest('The idempotency key was already used for a different refund.', {
      idempotencyKey: ['must be new for each refund'],
    })
  }
  if (known !== undefined) return shownRefund(account.refunds.get(known.refundId)!)
  if (
    record.paidBy === 'terminal' &&
    simulation.faultsOf(account).take('refund-needs-card', 'Refunds_Create') !== undefined
  ) {
    throw cardMustBePresent(400, id)
  }
  const made = refund(simulation, account, record, request)
  account.refundKeys.set(key, { request: content, refundId: made.refundId })
  return shownRefund(made)
}

/** @throws Problem 400 when the status or the remaining amount does not allow it */
export function refund(
  simulation: Simulation,
  account: Account,
  record: IntentRecord,
  {
    amount,
    refundReason,
    notes,
  }: { amount: number; refundReason?: string | null; notes?: string | null },
): RefundRecord {
  const { shown } = record
  if (shown.status !== 'Captured') throw wrongStatus(400, shown.id, shown.status)
  if (amount <= 0) throw amountTooLow()
  const left = record.capturedMinor - record.refundedMinor
  if (amount > left) {
    throw badRequest(
      `Only ${left} can still be refunded of the payment intent \`${shown.id}\`, not ${amount}.`,
      { amount: [`must be at most ${left}`] },
    )
  }
  const made: RefundRecord = {
    paymentIntentId: shown.id,
    refundId: `rfnd_${randomOf(account).text(22)}`,
    amountMinor: amount,
    refundReason: refundReason ?? null,
    notes: notes ?? null,
  }
  account.refunds.set(made.refundId, made)
  record.refundedMinor += amount
  shown.refundedAmount = record.refundedMinor
  // A partial refund leaves the status at Captured, and is announced all the same.
  moveTo(
    simulation,
    account,
    record,
    record.refundedMinor === record.capturedMinor ? 'Refunded' : 'Captured',
  )
  return made
}

const shownRefund = ({
  paymentIntentId,
  refundId,
  refundReason,
  notes,
}: RefundRecord): DojoOutput<'Refunds_Create'> => ({
  paymentIntentId,
  refundId,
  refundReason,
  notes,
})

export function refundOf(
  account: Account,
  refundId: string,
): DojoOutput<'PaymentIntents_GetRefundById'> {
  const made = account.refunds.get(refundId)
  if (made === undefined) {
    throw badRequest(`There is no refund with id \`${refundId}\` in this account.`)
  }
  return shownRefund(made)
}

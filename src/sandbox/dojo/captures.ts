// Captures and reversals, as a till asks for them.
import type { DojoInput, DojoOutput } from '../../contract/dojo-api.ts'
import { addCapture, isAuthorizationLive, moveTo, updateTotal } from './payment-intents.ts'
import { amountTooLow, badRequest, cardMustBePresent, wrongStatus } from './problem.ts'
import type { Simulation } from './simulation.ts'
import { randomOf, type Account, type IntentRecord } from './state.ts'

/**
 * Takes an authorised payment, in one part or several. Together they take no more than was
 * authorised.
 * @throws Problem 400, 409
 */
export function capture(
  simulation: Simulation,
  account: Account,
  record: IntentRecord,
  { amount, tipsAmount }: DojoInput<'Captures_Create'>,
): DojoOutput<'Captures_Create'> {
  const { shown } = record
  const isPartlyCaptured =
    shown.status === 'Captured' &&
    record.capturedMinor < updateTotal(record) &&
    record.refundedMinor === 0
  const isOpen =
    shown.captureMode === 'Manual' &&
    isAuthorizationLive(simulation, record) &&
    (shown.status === 'Authorized' || isPartlyCaptured)
  if (!isOpen) throw wrongStatus(409, shown.id, shown.status)
  const wanted = amount + (tipsAmount ?? 0)
  const left = updateTotal(record) - record.capturedMinor
  if (amount <= 0 || (tipsAmount ?? 0) < 0) throw amountTooLow()
  if (wanted > left) {
    throw badRequest(
      `Only ${left} can still be captured of the payment intent \`${shown.id}\`, not ${wanted}.`,
      { amount: [`must be at most ${left}`] },
    )
  }
  const captureId = addCapture(simulation, account, record, amount, tipsAmount ?? 0)
  moveTo(simulation, account, record, 'Captured')
  return { message: `collect payment for the order ${shown.reference}`, captureId }
}

/**
 * Gives a payment back before it is settled: an authorised one while the authorisation lives, a
 * captured one on the same day, and none that was captured on a terminal.
 * @throws Problem 409
 */
export function reverseForTill(
  simulation: Simulation,
  account: Account,
  record: IntentRecord,
): DojoOutput<'Reversal_Create'> {
  const { shown, paidAtMs = 0 } = record
  const sameDay =
    new Date(paidAtMs).toISOString().slice(0, 10) === simulation.clock.now().slice(0, 10)
  const isOpen =
    shown.captureMode === 'Manual'
      ? shown.status === 'Authorized' && isAuthorizationLive(simulation, record)
      : shown.status === 'Captured' && sameDay && record.refundedMinor === 0
  if (!isOpen) throw wrongStatus(409, shown.id, shown.status)
  if (record.paidBy === 'terminal' && shown.status === 'Captured') {
    throw cardMustBePresent(409, shown.id)
  }
  moveTo(simulation, account, record, 'Reversed')
  return {
    message: `reverse for the order ${shown.reference}`,
    reversalId: `rvs_${randomOf(account).text(22)}`,
  }
}

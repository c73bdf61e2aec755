// Receipts by e-mail: nothing is sent, but the log and the webhooks say that it was.
import type { DojoInput } from '../../contract/dojo-api.ts'
import { emitEvent } from './event-deliveries.ts'
import { badRequest, wrongStatus } from './problem.ts'
import type { Simulation } from './simulation.ts'
import type { Account, IntentRecord } from './state.ts'

/** @throws Problem 400 */
export function sendReceipt(
  simulation: Simulation,
  account: Account,
  record: IntentRecord,
  { emails }: DojoInput<'Receipt_Create'>,
): void {
  const { shown } = record
  if (shown.status === 'Created' || shown.status === 'Canceled') {
    throw wrongStatus(400, shown.id, shown.status)
  }
  if (emails.length === 0 || emails.some((address) => !/^[^\s@]+@[^\s@]+$/.test(address))) {
    throw badRequest('A receipt needs at least one e-mail address.', {
      emails: ['must be one or more e-mail addresses'],
    })
  }
  simulation.log(
    account,
    `Receipt for ${shown.id} sent to ${emails.length} address${emails.length === 1 ? '' : 'es'}`,
  )
  emitEvent(simulation, account, 'payment_intent.send-receipt', record)
}

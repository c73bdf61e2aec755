// A venue chooses how its tills reach the card machines: through Dojo's REST API, or its socket for
// the counter. A card payment goes the way on which it was started, whatever the venue chooses
// meanwhile.
import { randomUUID } from 'node:crypto'
import type { CardPayment } from '../../domain/payments/card-payment.ts'
import { overSocket } from '../../domain/payments/counter-record.ts'
import { mustHaveAccount, mustHaveKey } from '../../domain/payments/counter-rules.ts'
import type { Queryable, Transaction } from '../../store/database/database.ts'
import { lockIntent } from '../../store/payments/intents.ts'
import { insertSocketPayment, readSocketPayment } from '../../store/payments/socket-payments.ts'
import { readCounterAccount } from '../../store/venue/counter-account.ts'
import { readSealedKey } from '../../store/venue/dojo-keys.ts'

/**
 * What makes a new card payment one of the venue's way.
 * @throws Refusal Conflict `dojo-refused`: the venue has no key, or no account for the socket
 */
export async function throughSocket(
  tx: Queryable,
  locationId: string,
): Promise<(payment: CardPayment) => CardPayment> {
  const { transport, account, key } = await readCounterAccount(tx, locationId)
  if (transport === 'rest') {
    mustHaveKey(await readSealedKey(tx, locationId))
    return (payment) => payment
  }
  mustHaveKey(key)
  mustHaveAccount(account)
  return (payment) => overSocket(payment, randomUUID())
}

/** A refund goes the way on which its payment was taken. */
export async function asItsPayment(
  tx: Queryable,
  locationId: string,
  refund: CardPayment,
): Promise<CardPayment> {
  const original = refund.paymentIntentId ?? ''
  const isOfSocket = (await readSocketPayment(tx, locationId, original)) !== undefined
  return isOfSocket ? overSocket(refund, randomUUID()) : refund
}

/** Over the socket the next try has an id of its own. */
export async function asNextTry(
  tx: Transaction,
  locationId: string,
  payment: CardPayment,
): Promise<CardPayment> {
  if (payment.socketPaymentId === undefined) return payment
  const next = overSocket(payment, randomUUID())
  await writeSocketPayment(tx, locationId, next)
  return next
}

/** Writes the id down before Dojo is asked, and keeps a row for staff should it stay in doubt. */
export async function writeSocketPayment(
  tx: Transaction,
  locationId: string,
  { kind, cardPaymentId, socketPaymentId }: CardPayment,
): Promise<void> {
  if (socketPaymentId === undefined) return
  insertSocketPayment(tx, locationId, { paymentId: socketPaymentId, cardPaymentId })
  if (kind === 'Sale') await lockIntent(tx, locationId, socketPaymentId)
}

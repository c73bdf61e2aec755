// The deposit of a booking comes off the bill: Dojo took it, and the party has it here.
import type { Caller, Origin } from '../caller.ts'
import { conflict, type Refusal } from '../errors.ts'
import { spoken } from '../money.ts'
import { mustNotBeBlocked } from '../orders/order-lock.ts'
import {
  balanceMinor,
  mustBeOpen,
  type Order,
  type OrderChange,
  type Payment,
} from '../orders/order.ts'
import { originOf, withPayment } from './payment.ts'

export interface DepositRequest {
  /** An id of the till's own: the same again changes nothing. */
  id?: string
  /** Left out: what is owed, or as much of it as is left of the deposit. */
  amountMinor?: number
}

/** The deposit of a party, and what orders have taken of it. */
export interface PartyDeposit {
  partyId: string
  /** Undefined where the party has none. */
  totalMinor: number | undefined
  usedMinor: number
}

/**
 * Undefined where the order has the payment already.
 * @param deposit that of the party of the order; undefined where it has no party
 * @throws Refusal Conflict: the same id with other content; the order went to another party
 *   meanwhile; final; locked by Dojo or held by another till; no deposit, or less than the amount;
 *   nothing owed, or less than the amount
 */
export function takeDeposit(
  order: Order,
  request: DepositRequest,
  taking: {
    deposit: PartyDeposit | undefined
    paymentId: string
    nowMs: number
    holder: string
    caller: Origin & Pick<Caller, 'currency'>
  },
): OrderChange | undefined {
  if (isTaken(order, request)) return undefined
  const { deposit, paymentId, nowMs, holder, caller } = taking
  const { orderId, partyId } = order
  if (partyId !== deposit?.partyId) {
    throw conflict(
      'stale',
      `The order ${orderId} has just been given another party; read it again.`,
    )
  }
  mustBeOpen(order)
  mustNotBeBlocked(order, nowMs, holder)
  const amountMinor = amountOf(order, request, { deposit, currency: caller.currency })
  const payment: Payment = {
    paymentId,
    tender: 'Deposit',
    amountMinor,
    refundedMinor: 0,
    refundedTipsMinor: 0,
    recordedAt: new Date(nowMs).toISOString(),
    ...originOf(caller),
    depositPartyId: partyId,
  }
  const detail = { amountMinor, paymentId, tender: payment.tender, partyId }
  return { action: 'PaymentRecorded', ...withPayment(order, payment, detail) }
}

function isTaken({ payments }: Order, { id, amountMinor }: DepositRequest): boolean {
  const known = payments.find((payment) => payment.paymentId === id)
  if (known === undefined) return false
  const isSame = amountMinor === undefined || known.amountMinor === amountMinor
  if (known.tender === 'Deposit' && isSame) return true
  throw conflict(
    'content-differs',
    `The payment ${id} is already on this order, with other content.`,
  )
}

function amountOf(
  order: Order,
  request: DepositRequest,
  { deposit, currency }: { deposit: PartyDeposit | undefined; currency: string },
): number {
  const { orderId } = order
  if (deposit === undefined) {
    throw noDeposit(`The order ${orderId} belongs to no party, and a deposit is a party's.`)
  }
  const { partyId, totalMinor, usedMinor } = deposit
  if (totalMinor === undefined) throw noDeposit(`The party ${partyId} has no deposit.`)
  // Dojo may have changed the deposit since.
  const leftMinor = Math.max(0, totalMinor - usedMinor)
  const balance = balanceMinor(order)
  const amountMinor = request.amountMinor ?? Math.min(leftMinor, balance)
  if (leftMinor === 0 || amountMinor > leftMinor) {
    throw noDeposit(
      `Only ${spoken(leftMinor, currency)} is left of the deposit of the party ${partyId}.`,
      leftMinor,
    )
  }
  if (amountMinor > balance || balance === 0) {
    throw conflict(
      'overpaid',
      `The deposit of ${spoken(amountMinor, currency)} is more than the balance of ` +
        `${spoken(balance, currency)} on the order ${orderId}.`,
      { balanceMinor: balance },
    )
  }
  return amountMinor
}

function noDeposit(message: string, depositMinor = 0): Refusal {
  return conflict('no-deposit', message, { depositMinor })
}

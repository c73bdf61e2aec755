// A refund: money of a payment that goes back through Dojo because a till asks for it.
//
// One refund of a payment is open at a time. As long as it is not known whether its money went
// back, no other is started, and what Dojo shows beyond the amount before it is this one's.
import { conflict, Unavailable, type Refusal } from '../errors.ts'
import { keyReused } from '../idempotency.ts'
import { spoken } from '../money.ts'
import type { Order, OrderChange, Payment } from '../orders/order.ts'
import { inTheWay, isLive } from '../orders/order-lock.ts'
import { isVoid, refundPayment, remainingMinor, remainingTipsMinor } from './payment.ts'
import { reversePayment } from './reversal.ts'

/**
 * Pending: Dojo may or may not have done it. Done: the money went back. CardRequired: only a card
 * machine can give it, and has not yet. Refused: this refund will not happen.
 */
export const refundStatuses = ['Pending', 'Done', 'CardRequired', 'Refused'] as const
export type RefundStatus = (typeof refundStatuses)[number]

export interface Refund {
  refundId: string
  paymentId: string
  paymentIntentId: string
  orderId: string
  /** From the amount and the tip together. */
  amountMinor: number
  /** What had gone back of the payment when this was requested, amount and tip together. */
  refundedBeforeMinor: number
  reason: string
  status: RefundStatus
  /** Why it is not done, in the words of Dojo or of the manager who withdrew it. */
  problem?: string
  dojoRefundId?: string
  waiterId?: string
  tillName?: string
  requestedAt: string
  resolvedAt?: string
}

/** What a till asks for. */
export interface RefundRequest {
  refundId: string
  paymentId: string
  /** Left out: all that is left of the payment, tip included. */
  amountMinor: number | undefined
  reason: string
  /** A card machine gives it, because the guest is there or asks for it. */
  onMachine?: boolean
  /** The hash of everything above. */
  hash: Buffer
  /** The Idempotency-Key that the refund's id is made of, where it is. */
  key: string | undefined
}

/** What Dojo answered. `unknown`: it may have been done. */
export type RefundOutcome =
  | { outcome: 'done'; dojoRefundId: string }
  | { outcome: 'card-must-be-present'; problem: string }
  | { outcome: 'refused'; problem: string }
  | { outcome: 'unknown'; problem: string }

/** A card machine gives it: Dojo is asked for it by the session there, and never by both. */
export const LEFT_TO_MACHINE: RefundOutcome = {
  outcome: 'card-must-be-present',
  problem: 'The till gives it on a card machine.',
}

/** Its money may still go back, so no other refund of the payment is started. */
export const openRefundStatuses = ['Pending', 'CardRequired'] as const satisfies RefundStatus[]

export function isOpenRefund({ status }: Pick<Refund, 'status'>): boolean {
  return (openRefundStatuses as readonly RefundStatus[]).includes(status)
}

/** Dojo may or may not have done it: the same request asks Dojo again. */
export function isInDoubt({ status }: Pick<Refund, 'status'>): boolean {
  return status === 'Pending'
}

/** What has gone back of the payment in all, once this refund is done. */
export function goneBackWith({
  refundedBeforeMinor,
  amountMinor,
}: Pick<Refund, 'refundedBeforeMinor' | 'amountMinor'>): number {
  return refundedBeforeMinor + amountMinor
}

/** What has gone back of a payment, as noted here or shown by Dojo, amount and tip together. */
export function goneBackOf(
  { refundedMinor, refundedTipsMinor }: Payment,
  shownMinor: number,
): number {
  return Math.max(shownMinor, refundedMinor + refundedTipsMinor)
}

// --- which refund may be requested

/** @throws Refusal Conflict: the venue took the payment itself */
export function mustBeTakenByDojo(
  paymentId: string,
  paymentIntentId: string | undefined,
): asserts paymentIntentId is string {
  if (paymentIntentId !== undefined) return
  throw conflict(
    'not-by-dojo',
    `Dojo did not take the payment ${paymentId}: void it, and give the money back as it was paid.`,
  )
}

/** @throws Refusal Conflict: the id or the key was used for a refund with other content */
export function mustBeSameRequest(
  { refundId, hash, key }: Pick<RefundRequest, 'refundId' | 'hash' | 'key'>,
  knownHash: Buffer,
): void {
  if (knownHash.equals(hash)) return
  if (key !== undefined) throw keyReused(key)
  throw conflict('content-differs', `The id ${refundId} already names another refund.`)
}

/**
 * The amount that goes back. Refusals in order, all Conflict: the payment is void; Dojo's lock is
 * on the order; another refund of the payment is open; more than is left of it.
 */
export function amountToRefund(
  order: Order,
  payment: Payment,
  {
    nowMs,
    wantedMinor,
    open,
    currency,
  }: { nowMs: number; wantedMinor: number | undefined; open: Refund | undefined; currency: string },
): number {
  const { paymentId } = payment
  if (isVoid(payment)) {
    throw conflict('void', `The payment ${paymentId} is void: nothing of it can be refunded.`)
  }
  const { lock } = order
  if (lock?.kind === 'DojoLock' && isLive(lock, nowMs)) throw inTheWay(order, lock, nowMs)
  if (open !== undefined) throw refusedAsOpen(open, currency)
  const refundableMinor = remainingMinor(payment) + remainingTipsMinor(payment)
  const amountMinor = wantedMinor ?? refundableMinor
  if (amountMinor > refundableMinor || amountMinor === 0) {
    throw conflict(
      'more-than-refundable',
      `Only ${spoken(refundableMinor, currency)}, tip included, can still be refunded on payment ` +
        `${paymentId}.`,
      { refundableMinor },
    )
  }
  return amountMinor
}

function refusedAsOpen(
  { refundId, paymentId, amountMinor, status }: Refund,
  currency: string,
): Refusal {
  const facts = { refundId, amountMinor }
  const refund = `a refund of ${spoken(amountMinor, currency)} on payment ${paymentId}`
  if (status === 'CardRequired') {
    return conflict(
      'card-must-be-present',
      `There is already ${refund} that needs the card: ` +
        'give it on a card machine, or withdraw it, before requesting another.',
      facts,
    )
  }
  return conflict(
    'refund-unknown',
    `Dojo has not yet confirmed ${refund}: request that one again, with the id ${refundId}, ` +
      'before another.',
    facts,
  )
}

/**
 * For a card machine: only a refund that Dojo has not done, and is not being asked for.
 * @throws Refusal Conflict: it is done, given up, or Dojo may still do it
 */
export function mustBeGivenByMachine({ refundId, status }: Refund): void {
  if (status === 'CardRequired') return
  if (status === 'Pending') {
    throw conflict(
      'refund-unknown',
      `Dojo has not yet confirmed whether the refund ${refundId} was done: request it again.`,
      { refundId },
    )
  }
  const what = status === 'Done' ? 'done: the money went back' : 'given up: request another'
  throw conflict('final', `The refund ${refundId} is ${what}.`, { refundId })
}

// --- what came of it

/** What a refund becomes. */
export interface Resolution {
  status: RefundStatus
  problem: string | undefined
  dojoRefundId: string | undefined
  /** When it stopped being Pending. */
  resolvedAt: string | undefined
}

const STATUS_AFTER = {
  done: 'Done',
  'card-must-be-present': 'CardRequired',
  refused: 'Refused',
  unknown: 'Pending',
} as const satisfies Record<RefundOutcome['outcome'], RefundStatus>

/**
 * What Dojo's answer makes of a refund, and whether its money is now written to the bill. A refund
 * that was resolved in the meantime stays as it is, unless it turns out to be done. Undefined when
 * nothing changes.
 */
export function resolveRefund(
  { status, resolvedAt }: Refund,
  outcome: RefundOutcome,
  nowMs: number,
): (Resolution & { isBooked: boolean }) | undefined {
  const after = STATUS_AFTER[outcome.outcome]
  const now = new Date(nowMs).toISOString()
  if (outcome.outcome === 'done') {
    const isBooked = status !== 'Done'
    return {
      status: after,
      problem: undefined,
      dojoRefundId: outcome.dojoRefundId,
      resolvedAt: isBooked ? now : resolvedAt,
      isBooked,
    }
  }
  if (status !== 'Pending') return undefined
  return {
    status: after,
    problem: outcome.problem,
    dojoRefundId: undefined,
    resolvedAt: after === 'Pending' ? undefined : now,
    isBooked: false,
  }
}

/** The money of an open refund went back, as Dojo shows it: the bill has it already. */
export function doneAsShown({ dojoRefundId }: Refund, nowMs: number): Resolution {
  const resolvedAt = new Date(nowMs).toISOString()
  return { status: 'Done', problem: undefined, dojoRefundId, resolvedAt }
}

/**
 * A refund that needs the card is given up. Undefined when it was before.
 * @throws Refusal Conflict: it is not known whether the refund was done, or it was
 */
export function withdrawRefund(
  { refundId, status }: Refund,
  reason: string,
  nowMs: number,
): Resolution | undefined {
  if (status === 'Pending') {
    throw conflict(
      'refund-unknown',
      `Dojo has not yet confirmed whether the refund ${refundId} was done: request it again.`,
      { refundId },
    )
  }
  if (status === 'Done') {
    throw conflict('final', `The refund ${refundId} is done: the money went back.`, { refundId })
  }
  if (status === 'Refused') return undefined
  const resolvedAt = new Date(nowMs).toISOString()
  return { status: 'Refused', problem: `Withdrawn: ${reason}`, dojoRefundId: undefined, resolvedAt }
}

/**
 * Whether what Dojo shows as gone back includes an open refund.
 * @param shownMinor amount and tip together; undefined when all of the payment went back
 */
export function isShownAsDone(refund: Refund, shownMinor: number | undefined): boolean {
  return isOpenRefund(refund) && (shownMinor === undefined || goneBackWith(refund) <= shownMinor)
}

/**
 * The change of an order when so much of a payment has gone back, amount and tip together;
 * undefined when that is known already.
 */
export function takeBack(
  order: Order,
  payment: Payment,
  goneBackMinor: number,
  { nowMs, detail }: { nowMs: number; detail: object },
): OrderChange | undefined {
  if (isVoid(payment)) return undefined
  const { amountMinor, tipsMinor = 0 } = payment
  if (goneBackMinor < amountMinor + tipsMinor) {
    return refundPayment(order, payment, goneBackMinor, detail)
  }
  return reversePayment(order, payment, { status: 'Refunded', nowMs, detail })
}

// --- what the till is answered

/**
 * @param problem why Dojo could not be asked
 * @returns what the till is answered: nothing was refunded, and nothing is pending
 */
export function dojoNotAsked({
  outcome,
  problem,
}: {
  outcome: 'refused' | 'unknown'
  problem: string
}): Refusal | Unavailable {
  if (outcome === 'refused') return conflict('dojo-refused', problem)
  const debugMessage = `Dojo does not answer at the moment, so nothing was requested. ${problem}`
  return new Unavailable(problem, { debugMessage })
}

/** @throws Refusal Conflict: `card-must-be-present`, `dojo-refused` */
export function mustNotBeDeclined(refund: Refund, currency: string): void {
  const { refundId, amountMinor, status, problem } = refund
  const facts = { refundId, amountMinor }
  const amount = spoken(amountMinor, currency)
  if (status === 'CardRequired') {
    throw conflict(
      'card-must-be-present',
      `The card must be present: refund ${amount} on a card machine. The refund is listed as ` +
        `CardRequired until then. Dojo says: ${problem}`,
      facts,
    )
  }
  if (status === 'Refused') {
    throw conflict('dojo-refused', `The refund of ${amount} was not done. ${problem}`, facts)
  }
}

/** @throws Refusal Conflict: Dojo does not show that the money of an open refund went back */
export function mustBeShown(refund: Refund, currency: string): void {
  if (!isOpenRefund(refund)) return
  const { refundId, amountMinor, paymentIntentId } = refund
  throw conflict(
    'refund-unknown',
    `Dojo does not show the refund of ${spoken(amountMinor, currency)} yet: the payment intent ` +
      `${paymentIntentId} would have ${spoken(goneBackWith(refund), currency)} refunded in all.`,
    { refundId, amountMinor },
  )
}

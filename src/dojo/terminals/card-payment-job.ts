// The job of a card payment: takes it up where its process died, and follows it slowly once no
// cashier waits for it.
import type { Caller } from '../../domain/caller.ts'
import { isWatchedClosely, nextStep } from '../../domain/payments/card-payment-steps.ts'
import { lastAttempt } from '../../domain/payments/card-payment.ts'
import { limits } from '../../limits.ts'
import { readCardPayment } from '../../store/payments/card-payments.ts'
import { counterSocketLeases } from '../../store/venue/socket-leases.ts'
import type { LookAt } from '../counter-socket/rounds.ts'
import type { JobRunner } from '../jobs/run-job.ts'
import { isOfAnother, takeStep, type DriverDeps } from './driver.ts'
import type { TerminalsSide } from './index.ts'

/** What is due of a card payment, and when to look again. */
export function lookAtCardPayment(
  deps: DriverDeps,
  terminals: Pick<TerminalsSide, 'takeUp'>,
  /** After one was taken up, in seconds. */
  againSeconds: number = limits.terminalLeaseSeconds,
): LookAt {
  return async (caller, cardPaymentId) => {
    const { locationId } = caller
    const { payment, nowMs } = await readCardPayment(deps.database, locationId, cardPaymentId)
    const next = nextStep(payment, nowMs)
    if (next === undefined) return undefined
    if (isWatchedClosely(payment, nowMs)) {
      // Not waited for: it may last as long as a guest takes.
      void terminals.takeUp(caller, cardPaymentId)
      return againSeconds
    }
    if (next.afterMs > limits.cardPaymentSlowPollMs) return next.afterMs / 1000
    await takeStep(deps, caller, { payment, nowMs }, undefined)
    const after = await readCardPayment(deps.database, locationId, cardPaymentId)
    const then = nextStep(after.payment, after.nowMs)
    return then && Math.max(1, then.afterMs / 1000)
  }
}

export function cardPaymentJob(deps: DriverDeps, terminals: TerminalsSide): JobRunner {
  const lookAt = lookAtCardPayment(deps, terminals)
  return async (_client, { locationId, entityId: cardPaymentId, venueKind: kind, ...venue }) => {
    const { currency, verifyPayments } = venue
    const caller: Caller = { locationId, currency, kind, verifyPayments }
    const { payment, nowMs } = await readCardPayment(deps.database, locationId, cardPaymentId)
    if (payment.socketPaymentId === undefined) return await lookAt(caller, cardPaymentId)
    // The server with the venue's socket makes its rounds; see dojo/counter-socket/rounds.ts.
    if (!isOfAnother(deps, locationId, payment)) return undefined
    const next = nextStep(payment, nowMs)
    if (next === undefined || lastAttempt(payment)?.askedAtMs !== undefined) return undefined
    const status = await counterSocketLeases.status(deps.database, locationId)
    if (status?.isHeld === true && status.openedAt !== undefined) return limits.terminalLeaseSeconds
    // Nobody can ask Dojo for it: the till hears so, instead of waiting on.
    await takeStep(deps, caller, { payment, nowMs }, undefined)
    return undefined
  }
}

// The job of a card payment: takes it up where its process died, and follows it slowly once no
// cashier waits for it.
import type { Caller } from '../../domain/caller.ts'
import { isWatchedClosely, nextStep } from '../../domain/payments/card-payment-steps.ts'
import { limits } from '../../limits.ts'
import { readCardPayment } from '../../store/payments/card-payments.ts'
import type { JobRunner } from '../jobs/run-job.ts'
import { takeStep, type DriverDeps } from './driver.ts'
import type { TerminalsSide } from './index.ts'

export function cardPaymentJob(deps: DriverDeps, terminals: TerminalsSide): JobRunner {
  return async (_client, { locationId, entityId: cardPaymentId, venueKind: kind, ...venue }) => {
    const { currency, verifyPayments } = venue
    const caller: Caller = { locationId, currency, kind, verifyPayments }
    const { payment, nowMs } = await readCardPayment(deps.database, locationId, cardPaymentId)
    const next = nextStep(payment, nowMs)
    if (next === undefined) return undefined
    if (isWatchedClosely(payment, nowMs)) {
      // Not waited for: it may last as long as a guest takes.
      void terminals.takeUp(caller, cardPaymentId)
      return limits.terminalLeaseSeconds
    }
    if (next.afterMs > limits.cardPaymentSlowPollMs) return next.afterMs / 1000
    await takeStep(deps, caller, { payment, nowMs }, undefined)
    const after = await readCardPayment(deps.database, locationId, cardPaymentId)
    const then = nextStep(after.payment, after.nowMs)
    return then && Math.max(1, then.afterMs / 1000)
  }
}

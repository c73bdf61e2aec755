// What happens in a terminal session over time: one step after another, until it is over.
import type { DojoSchemas } from '../../contract/dojo-api.ts'
import { limits } from '../limits.ts'
import { cardDetails, intentOf, payByCard } from './payment-intents.ts'
import { Problem } from './problem.ts'
import { refund } from './refunds.ts'
import type { Simulation } from './simulation.ts'
import type { Account, IntentRecord, SessionRecord, TerminalSession } from './state.ts'
import { outcomeOn, setTerminal, terminalOf } from './terminals.ts'

type Status = TerminalSession['status']
type Step =
  'initiate' | 'present-card' | 'read-card' | 'finish' | 'cancel' | 'expire' | 'signature-timeout'

/** A session with what its steps act on. */
export interface SessionScope {
  simulation: Simulation
  account: Account
  session: SessionRecord
}

const FINAL: readonly Status[] = [
  'Authorized',
  'Captured',
  'Canceled',
  'SignatureVerificationRejected',
  'Expired',
  'Declined',
]

export function isOver({ shown }: SessionRecord): boolean {
  return FINAL.includes(shown.status)
}

export function scheduleStep(
  { simulation, account, session }: SessionScope,
  step: Step,
  afterMs: number = limits.terminalStepMs,
): void {
  simulation.clock.scheduleIn(afterMs, {
    kind: 'session-step',
    key: account.key,
    sessionId: session.shown.id,
    step,
  })
}

export function moveSession(
  { simulation, account, session: { shown } }: SessionScope,
  status: Status,
  debugMessage = '',
): void {
  const now = simulation.clock.now()
  shown.status = status
  shown.updatedAt = now
  shown.statusEvents.push({ status, createdAt: now, debugMessage })
  simulation.log(account, `Terminal session ${shown.id} is ${status}`)
  const terminal = terminalOf(account, shown.terminalId)
  // A machine that was switched off meanwhile stays off.
  if (FINAL.includes(status) && terminal.status === 'InUse') {
    setTerminal(simulation, terminal, 'Available')
  }
}

/** What the machine shows the guest. */
export function notify({ simulation, session }: SessionScope, ...types: string[]): void {
  for (const notificationType of types) {
    session.shown.notificationEvents.push({ notificationType, createdAt: simulation.clock.now() })
  }
}

/** Runs a step that was scheduled. A session that is over ignores it. */
export function performStep(
  simulation: Simulation,
  account: Account,
  { sessionId, step }: { sessionId: string; step: string },
): void {
  const session = account.sessions.get(sessionId)
  if (session === undefined || isOver(session)) return
  steps[step as Step]({ simulation, account, session })
}

const steps: Record<Step, (scope: SessionScope) => void> = {
  initiate: (scope) => {
    if (scope.session.cancelRequested) return
    moveSession(scope, 'Initiated')
    scheduleStep(scope, 'present-card')
  },
  'present-card': (scope) => {
    if (scope.session.cancelRequested) return
    notify(scope, 'PresentCard')
    // Leaves time to cancel, at the till or on the machine.
    scheduleStep(scope, 'read-card', 3 * limits.terminalStepMs)
  },
  'read-card': (scope) => {
    if (scope.session.cancelRequested) return
    scope.session.cardRead = true
    notify(scope, 'PleaseWait')
    scheduleStep(scope, 'finish')
  },
  finish: (scope) => {
    finish(scope)
  },
  cancel: (scope) => {
    moveSession(scope, 'Canceled')
  },
  expire: (scope) => {
    moveSession(scope, 'Expired', 'The terminal did not report a result in time.')
  },
  'signature-timeout': (scope) => {
    if (scope.session.shown.status === 'SignatureVerificationRequired') {
      acceptSignature(scope, 'Nobody accepted or rejected the signature in time.')
    }
  },
}

function finish(scope: SessionScope): void {
  const { simulation, account, session } = scope
  switch (outcomeOn(terminalOf(account, session.shown.terminalId))) {
    case 'decline':
      notify(scope, 'Declined', 'RemoveCard')
      moveSession(scope, 'Declined', 'The issuer declined the card.')
      break
    case 'expire':
      scheduleStep(scope, 'expire', Date.parse(session.shown.expireAt) - simulation.clock.nowMs())
      break
    case 'sign':
      moveSession(scope, 'SignatureVerificationRequired')
      scheduleStep(scope, 'signature-timeout', limits.signatureWindowSeconds * 1000)
      break
    case 'approve':
      approve(scope)
      break
  }
}

export function acceptSignature(scope: SessionScope, debugMessage: string): void {
  moveSession(scope, 'SignatureVerificationAccepted', debugMessage)
  approve(scope)
}

// --- the money

/** Pays the sale or makes the refund. The card is declined where that is no longer possible. */
function approve(scope: SessionScope): void {
  const { simulation, account, session } = scope
  const { details } = session.shown
  try {
    const status =
      details?.sale !== undefined && details.sessionType === 'Sale'
        ? paySale(scope, details.sale.paymentIntentId)
        : makeRefund(scope)
    notify(scope, 'Approved', 'RemoveCard')
    session.shown.paymentDetails = cardDetails(simulation, account, 'terminal')
    moveSession(scope, status)
    if (details?.sale !== undefined) {
      addToHistory(intentOf(account, details.sale.paymentIntentId), session)
    }
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    notify(scope, 'Declined', 'RemoveCard')
    moveSession(scope, 'Declined', error.message)
  }
}

function paySale(
  { simulation, account }: SessionScope,
  paymentIntentId: string,
): 'Authorized' | 'Captured' {
  const record = intentOf(account, paymentIntentId)
  payByCard(simulation, account, record, 'terminal')
  return record.shown.status as 'Authorized' | 'Captured'
}

/** A matched refund goes against its payment intent; an unlinked one has none. */
function makeRefund({ simulation, account, session }: SessionScope): 'Captured' {
  const { details } = session.shown
  if (details?.matchedRefund !== undefined && details.sessionType === 'MatchedRefund') {
    const record = intentOf(account, details.matchedRefund.paymentIntentId)
    refund(simulation, account, record, {
      amount: refundAmount(record, details.matchedRefund),
      refundReason: 'Matched refund',
    })
  }
  return 'Captured'
}

/** Without an amount, everything that is left. */
export function refundAmount(
  record: IntentRecord,
  { amount }: DojoSchemas['TerminalSessionMatchedRefundDetails'],
): number {
  return amount?.value ?? record.capturedMinor - record.refundedMinor
}

/** An intent shows the sessions that were about it, without the card. */
function addToHistory(record: IntentRecord, { shown }: SessionRecord): void {
  const { paymentDetails, receipt, ...terminalSession } = structuredClone(shown)
  record.shown.terminalSessionHistory!.push({ terminalSession })
}

// What happens in a terminal session over time: one step after another, until it is over.
import type { DojoSchemas } from '../../contract/dojo-api.ts'
import { limits } from '../limits.ts'
import {
  cardDetails,
  entryFor,
  intentOf,
  isLive,
  payByCard,
  reverseByDojo,
  type CardEntry,
} from './payment-intents.ts'
import { Problem, wrongStatus } from './problem.ts'
import { refund } from './refunds.ts'
import { receiptsOf } from './session-receipt.ts'
import type { Simulation } from './simulation.ts'
import type { Account, IntentRecord, Money, SessionRecord, TerminalSession } from './state.ts'
import { outcomeOf, setTerminal, terminalOf } from './terminals.ts'

type Status = TerminalSession['status']
type Step =
  | 'initiate'
  | 'present-card'
  | 'read-card'
  | 'finish'
  | 'cancel'
  | 'expire'
  | 'signature-timeout'
  | 'late-charge'

/** A session with what its steps act on. */
export interface SessionScope {
  simulation: Simulation
  account: Account
  session: SessionRecord
}

/** What the faults of a session hit. */
export const SESSION_FAULTS = 'TerminalSession_Create'

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
  simulation.counter.changedSession(account, shown.id)
}

/** What the machine shows the guest. */
function notify({ simulation, account, session }: SessionScope, ...types: string[]): void {
  for (const notificationType of types) {
    session.shown.notificationEvents.push({ notificationType, createdAt: simulation.clock.now() })
  }
  simulation.counter.changedSession(account, session.shown.id)
}

/** Runs a step that was scheduled. A session that is over ignores it, but for a late charge. */
export function performStep(
  simulation: Simulation,
  account: Account,
  { sessionId, step }: { sessionId: string; step: string },
): void {
  const session = account.sessions.get(sessionId)
  if (session === undefined || (isOver(session) && step !== 'late-charge')) return
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
    // A card that is not there is typed in.
    if (entryOf(scope) !== 'keyed') notify(scope, 'PresentCard')
    // Leaves time to cancel, at the till or on the machine.
    scheduleStep(scope, 'read-card', 3 * limits.terminalStepMs)
  },
  'read-card': (scope) => {
    if (scope.session.cancelRequested) return
    scope.session.cardRead = true
    if (entryOf(scope) === 'inserted') notify(scope, 'InsertCard', 'EnterPin')
    notify(scope, 'PleaseWait')
    scheduleStep(scope, 'finish')
  },
  finish: (scope) => {
    finish(scope)
  },
  cancel: (scope) => {
    endCanceled(scope)
  },
  expire: (scope) => {
    moveSession(scope, 'Expired', 'The terminal did not report a result in time.')
  },
  'signature-timeout': (scope) => {
    if (scope.session.shown.status === 'SignatureVerificationRequired') {
      acceptSignature(scope, 'Nobody accepted or rejected the signature in time.')
    }
  },
  'late-charge': (scope) => {
    chargeLate(scope)
  },
}

/** Somebody has canceled. A card that was held to the machine at that moment is charged late. */
export function endCanceled(scope: SessionScope, debugMessage = ''): void {
  const { simulation, account } = scope
  const late = simulation.faultsOf(account).take('captured-after-canceled', SESSION_FAULTS)
  moveSession(scope, 'Canceled', debugMessage)
  if (late !== undefined) scheduleStep(scope, 'late-charge', late.delayMs ?? 0)
}

function finish(scope: SessionScope): void {
  const { simulation, account, session } = scope
  const faults = simulation.faultsOf(account)
  const late = faults.take('captured-after-expired', SESSION_FAULTS)
  const isDeclined = faults.take('card-declined', SESSION_FAULTS) !== undefined
  const expiresInMs = Date.parse(session.shown.expireAt) - simulation.clock.nowMs()
  if (late !== undefined) {
    scheduleStep(scope, 'expire', expiresInMs)
    scheduleStep(scope, 'late-charge', expiresInMs + (late.delayMs ?? 0))
    return
  }
  const { properties } = terminalOf(account, session.shown.terminalId)
  switch (isDeclined ? 'decline' : outcomeOf(properties.tid, amountOf(scope).value)) {
    case 'decline':
      notify(scope, 'Declined', 'RemoveCard')
      moveSession(scope, 'Declined', 'The issuer declined the card.')
      break
    case 'expire':
      scheduleStep(scope, 'expire', expiresInMs)
      break
    case 'sign':
      awaitSignature(scope)
      break
    case 'approve':
      approve(scope)
      break
  }
}

/** A sale is paid before its signature is judged; a rejection reverses it. */
function awaitSignature(scope: SessionScope): void {
  const { sale } = scope.session.shown.details ?? {}
  declineIfImpossible(scope, () => {
    if (sale !== undefined) paySale(scope, sale.paymentIntentId)
    moveSession(scope, 'SignatureVerificationRequired')
    scheduleStep(scope, 'signature-timeout', limits.signatureWindowSeconds * 1000)
  })
}

export function acceptSignature(scope: SessionScope, debugMessage: string): void {
  moveSession(scope, 'SignatureVerificationAccepted', debugMessage)
  approve(scope)
}

export function rejectSignature(scope: SessionScope): void {
  const { simulation, account, session } = scope
  const { sale } = session.shown.details ?? {}
  if (sale !== undefined) {
    reverseByDojo(simulation, account, intentOf(account, sale.paymentIntentId))
  }
  notify(scope, 'Declined', 'RemoveCard')
  moveSession(scope, 'SignatureVerificationRejected', 'The signature was rejected.')
}

// --- the money

/** How the card of a session is read. A refund goes to a card that is held to the machine. */
function entryOf({ account, session }: SessionScope): CardEntry {
  const { sale } = session.shown.details ?? {}
  return sale === undefined ? 'contactless' : entryFor(intentOf(account, sale.paymentIntentId))
}

function wasSigned({ session: { shown } }: SessionScope): boolean {
  return shown.statusEvents.some(({ status }) => status === 'SignatureVerificationRequired')
}

/** The card is declined where the money can no longer be moved. */
function declineIfImpossible(scope: SessionScope, work: () => void): void {
  try {
    work()
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    notify(scope, 'Declined', 'RemoveCard')
    moveSession(scope, 'Declined', error.message)
  }
}

/** Pays the sale, unless it was paid before its signature, or makes the refund. */
function approve(scope: SessionScope): void {
  const { simulation, account, session } = scope
  const { sale } = session.shown.details ?? {}
  declineIfImpossible(scope, () => {
    const amount = amountOf(scope)
    const status = sale === undefined ? makeRefund(scope) : paySale(scope, sale.paymentIntentId)
    notify(scope, 'Approved', 'RemoveCard')
    session.shown.paymentDetails = cardDetails(simulation, account, entryOf(scope))
    const { tid } = terminalOf(account, session.shown.terminalId).properties
    const isSigned = wasSigned(scope)
    Object.assign(session.shown, receiptsOf(session.shown, { tid, amount, isSigned }))
    moveSession(scope, status)
    if (sale !== undefined) addToHistory(intentOf(account, sale.paymentIntentId), session)
  })
}

/** Moves the money of a session that is over, and leaves the session as it is. */
function chargeLate(scope: SessionScope): void {
  const { simulation, account, session } = scope
  const { sale } = session.shown.details ?? {}
  try {
    if (sale === undefined) makeRefund(scope)
    else payByCard(simulation, account, intentOf(account, sale.paymentIntentId), 'terminal')
    simulation.log(account, `Terminal session ${session.shown.id}: charged late (injected fault)`)
  } catch (error) {
    // The intent was paid, or canceled, in the meantime.
    if (!(error instanceof Problem)) throw error
    simulation.log(account, `Terminal session ${session.shown.id}: not charged: ${error.message}`)
  }
}

function paySale(scope: SessionScope, paymentIntentId: string): 'Authorized' | 'Captured' {
  const { simulation, account } = scope
  const record = intentOf(account, paymentIntentId)
  const { id, status } = record.shown
  if (wasSigned(scope) && status !== 'Created') {
    if (!isLive(record)) throw wrongStatus(400, id, status)
  } else payByCard(simulation, account, record, 'terminal')
  return record.shown.status as 'Authorized' | 'Captured'
}

function amountOf({ account, session }: SessionScope): Money {
  const { sale, matchedRefund, unlinkedRefund } = session.shown.details!
  if (sale !== undefined) return intentOf(account, sale.paymentIntentId).shown.totalAmount!
  if (unlinkedRefund !== undefined) return unlinkedRefund.amount
  const record = intentOf(account, matchedRefund!.paymentIntentId)
  return { ...record.shown.amount, value: refundAmount(record, matchedRefund!) }
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
  const { paymentDetails, receipt, customerReceipt, merchantReceipt, ...terminalSession } =
    structuredClone(shown) as typeof shown & Record<'customerReceipt' | 'merchantReceipt', object>
  record.shown.terminalSessionHistory!.push({ terminalSession })
}

// Terminal sessions: how a till starts one, and what a till or somebody at the machine can do while
// it lasts.
import type { DojoInput, DojoSchemas } from '../../contract/dojo-api.ts'
import { limits } from '../limits.ts'
import { intentOf } from './payment-intents.ts'
import { amountTooLow, badRequest, notFound, Problem, wrongStatus } from './problem.ts'
import {
  acceptSignature,
  endCanceled,
  isOver,
  moveSession,
  refundAmount,
  rejectSignature,
  scheduleStep,
  SESSION_FAULTS,
} from './session-steps.ts'
import type { Simulation } from './simulation.ts'
import {
  randomOf,
  type Account,
  type IntentRecord,
  type SessionRecord,
  type Terminal,
} from './state.ts'
import { setTerminal, terminalOf } from './terminals.ts'

/** @throws Problem 404 */
export function sessionOf(account: Account, terminalSessionId: string): SessionRecord {
  const session = account.sessions.get(terminalSessionId)
  if (session === undefined) throw notFound('terminal session', terminalSessionId)
  return session
}

/**
 * @throws Problem 400 for details that do not fit together, 404 for a machine or an intent that
 *   does not exist or cannot be used
 */
export function createSession(
  simulation: Simulation,
  account: Account,
  { terminalId, details }: DojoInput<'TerminalSession_Create'>,
): SessionRecord {
  const terminal = terminalOf(account, terminalId)
  if (terminal.status !== 'Available' && !isShared(simulation, account, terminal)) {
    throw new Problem(
      404,
      `The terminal \`${terminalId}\` is unavailable: its status is \`${terminal.status}\`.`,
    )
  }
  checkDetails(account, details)
  const nowMs = simulation.clock.nowMs()
  const now = new Date(nowMs).toISOString()
  const session: SessionRecord = {
    shown: {
      id: `ts_sandbox_${randomOf(account).text(24)}`,
      terminalId,
      details,
      status: 'InitiateRequested',
      expireAt: new Date(nowMs + limits.terminalSessionSeconds * 1000).toISOString(),
      notificationEvents: [],
      statusEvents: [{ status: 'InitiateRequested', createdAt: now, debugMessage: '' }],
      createdAt: now,
      updatedAt: now,
    },
    cardRead: false,
    cancelRequested: false,
  }
  account.sessions.set(session.shown.id, session)
  setTerminal(simulation, terminal, 'InUse')
  scheduleStep({ simulation, account, session }, 'initiate')
  return session
}

function isShared(simulation: Simulation, account: Account, { status }: Terminal): boolean {
  const faults = simulation.faultsOf(account)
  return status === 'InUse' && faults.take('machine-shared', SESSION_FAULTS) !== undefined
}

// --- the details of a session

type Details = DojoSchemas['TerminalSessionDetails']

function checkDetails(account: Account, details: Details): void {
  switch (details.sessionType) {
    case 'Sale':
      checkSale(account, details)
      break
    case 'MatchedRefund':
      checkMatchedRefund(account, details)
      break
    default:
      checkUnlinkedRefund(details)
  }
}

function missing(field: string, needs: string): Problem {
  return badRequest(`details.${field} is missing; ${needs}.`, { details: [`${field} is missing`] })
}

function checkSale(account: Account, { sale }: Details): void {
  if (sale === undefined) throw missing('sale', 'a sale needs its payment intent')
  const { shown } = intentOf(account, sale.paymentIntentId)
  if (shown.status !== 'Created') throw wrongStatus(400, shown.id, shown.status)
}

function checkUnlinkedRefund({ unlinkedRefund }: Details): void {
  if (unlinkedRefund === undefined) {
    throw missing('unlinkedRefund', 'an unlinked refund needs its amount')
  }
  if (unlinkedRefund.amount.value <= 0) throw amountTooLow()
}

function checkMatchedRefund(account: Account, { matchedRefund }: Details): void {
  if (matchedRefund === undefined) {
    throw missing('matchedRefund', 'a matched refund needs its payment intent')
  }
  const record: IntentRecord = intentOf(account, matchedRefund.paymentIntentId)
  const { id, status, amount: paid } = record.shown
  if (status !== 'Captured') throw wrongStatus(400, id, status)
  const { amount } = matchedRefund
  if (amount !== undefined && amount.currencyCode !== paid.currencyCode) {
    throw badRequest(
      `The payment intent \`${id}\` is in ${paid.currencyCode}, not in ${amount.currencyCode}.`,
      { amount: [`must be in ${paid.currencyCode}`] },
    )
  }
  if (amount !== undefined && amount.value <= 0) throw amountTooLow()
  const left = record.capturedMinor - record.refundedMinor
  const wanted = refundAmount(record, matchedRefund)
  if (wanted > left) {
    throw badRequest(
      `Only ${left} can still be refunded of the payment intent \`${id}\`, not ${wanted}.`,
      { amount: [`must be at most ${left}`] },
    )
  }
}

// --- what a till, or somebody at the machine, does

/** A till can cancel until a card has been read. @throws Problem 422 */
export function cancelFromTill(
  simulation: Simulation,
  account: Account,
  session: SessionRecord,
): SessionRecord {
  if (session.cancelRequested && !isOver(session)) return session
  if (session.cardRead || isOver(session)) {
    const { id, status } = session.shown
    throw new Problem(
      422,
      `The session \`${id}\` cannot be canceled: its status is \`${status}\`. ` +
        'Payment can only be canceled during the "Initiated" phase.',
    )
  }
  const scope = { simulation, account, session }
  session.cancelRequested = true
  moveSession(scope, 'CancelRequested')
  scheduleStep(scope, 'cancel')
  return session
}

/** Somebody presses cancel on the machine. @throws Problem 422 */
export function cancelOnDevice(
  simulation: Simulation,
  account: Account,
  session: SessionRecord,
): void {
  if (session.cardRead || isOver(session)) {
    throw new Problem(
      422,
      `The machine no longer offers to cancel the session \`${session.shown.id}\`.`,
    )
  }
  session.cancelRequested = true
  endCanceled({ simulation, account, session }, 'Canceled on the terminal.')
}

/** @throws Problem 422 when the session is not waiting for a signature */
export function decideSignature(
  simulation: Simulation,
  account: Account,
  session: SessionRecord,
  accepted: boolean,
): SessionRecord {
  const { id, status } = session.shown
  if (status !== 'SignatureVerificationRequired') {
    throw new Problem(
      422,
      `The session \`${id}\` is not waiting for a signature: its status is \`${status}\`.`,
    )
  }
  const scope = { simulation, account, session }
  if (accepted) acceptSignature(scope, '')
  else rejectSignature(scope)
  return session
}

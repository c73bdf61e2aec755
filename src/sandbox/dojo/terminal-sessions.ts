// Card machines and the sessions on them: what happens step by step, by the ending of the machine's
// TID.
import type { DojoInput, DojoSchemas } from '../../contract/dojo-api.ts'
import { limits } from '../limits.ts'
import { cardDetails, intentOf, payByCard, refund } from './payment-intents.ts'
import { badRequest, notFound, Problem, wrongStatus } from './problem.ts'
import {
  randomOf,
  type Account,
  type IntentRecord,
  type SessionRecord,
  type Terminal,
  type TerminalSession,
} from './state.ts'
import type { Simulation } from './simulation.ts'

type Status = TerminalSession['status']
type Step =
  'initiate' | 'present-card' | 'read-card' | 'finish' | 'cancel' | 'expire' | 'signature-timeout'

/**
 * What a virtual machine does with a card; those that say nothing approve. `SIS0` is the guide's
 * other spelling, for refunds.
 */
const OUTCOMES: Record<string, 'sign' | 'decline' | 'expire'> = {
  SIP0: 'sign',
  SIS0: 'sign',
  DIP0: 'decline',
  TIP0: 'expire',
}

const FINAL: readonly Status[] = [
  'Authorized',
  'Captured',
  'Canceled',
  'SignatureVerificationRejected',
  'Expired',
  'Declined',
]

export const isOver = ({ shown }: SessionRecord): boolean => FINAL.includes(shown.status)

export function terminalOf(account: Account, terminalId: string): Terminal {
  const terminal = account.terminals.get(terminalId)
  if (terminal === undefined) throw notFound('terminal', terminalId)
  return terminal
}

export const listTerminals = (
  account: Account,
  statuses: readonly Terminal['status'][] | undefined,
): Terminal[] =>
  [...account.terminals.values()].filter(
    ({ status }) => statuses === undefined || statuses.length === 0 || statuses.includes(status),
  )

export function sessionOf(account: Account, terminalSessionId: string): SessionRecord {
  const session = account.sessions.get(terminalSessionId)
  if (session === undefined) throw notFound('terminal session', terminalSessionId)
  return session
}

/**
 * @throws Problem 400 for details that do not go together, 404 for a machine or an intent that is
 * not there or cannot be used
 */
export function createSession(
  simulation: Simulation,
  account: Account,
  { terminalId, details }: DojoInput<'TerminalSession_Create'>,
): SessionRecord {
  const terminal = terminalOf(account, terminalId)
  if (terminal.status !== 'Available') {
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
  next(simulation, account, session, 'initiate')
  return session
}

function checkDetails(
  account: Account,
  { sessionType, sale, matchedRefund, unlinkedRefund }: DojoSchemas['TerminalSessionDetails'],
): void {
  if (sessionType === 'Sale') {
    if (sale === undefined) {
      throw badRequest('A sale names its payment intent.', { details: ['sale is missing'] })
    }
    const { shown } = intentOf(account, sale.paymentIntentId)
    if (shown.status !== 'Created') throw wrongStatus(400, shown.id, shown.status)
  } else if (sessionType === 'MatchedRefund') {
    if (matchedRefund === undefined) {
      throw badRequest('A matched refund names its payment intent.', {
        details: ['matchedRefund is missing'],
      })
    }
    checkRefund(intentOf(account, matchedRefund.paymentIntentId), matchedRefund)
  } else if (unlinkedRefund === undefined) {
    throw badRequest('An unlinked refund says how much.', {
      details: ['unlinkedRefund is missing'],
    })
  } else if (unlinkedRefund.amount.value <= 0) {
    throw badRequest('The amount must be higher than `0`.', { amount: ['must be higher than `0`'] })
  }
}

function checkRefund(
  record: IntentRecord,
  details: DojoSchemas['TerminalSessionMatchedRefundDetails'],
): void {
  const { shown } = record
  if (shown.status !== 'Captured') throw wrongStatus(400, shown.id, shown.status)
  const { amount } = details
  if (amount !== undefined && amount.currencyCode !== shown.amount.currencyCode) {
    throw badRequest(
      `The payment intent \`${shown.id}\` is in ${shown.amount.currencyCode}, not in ${amount.currencyCode}.`,
      { amount: [`must be in ${shown.amount.currencyCode}`] },
    )
  }
  if (amount !== undefined && amount.value <= 0) {
    throw badRequest('The amount must be higher than `0`.', { amount: ['must be higher than `0`'] })
  }
  const left = record.capturedMinor - record.refundedMinor
  if (refundAmount(record, details) > left) {
    throw badRequest(`There is ${left} left to refund of the payment intent \`${shown.id}\`.`, {
      amount: [`must be at most ${left}`],
    })
  }
}

const refundAmount = (
  record: IntentRecord,
  { amount }: DojoSchemas['TerminalSessionMatchedRefundDetails'],
): number => amount?.value ?? record.capturedMinor - record.refundedMinor

// --- what happens over time

function next(
  simulation: Simulation,
  account: Account,
  { shown }: SessionRecord,
  step: Step,
  afterMs: number = limits.terminalStepMs,
): void {
  simulation.clock.scheduleIn(afterMs, {
    kind: 'session-step',
    key: account.key,
    sessionId: shown.id,
    step,
  })
}

function moveTo(
  simulation: Simulation,
  account: Account,
  { shown }: SessionRecord,
  status: Status,
  debugMessage = '',
): void {
  const now = simulation.clock.now()
  Object.assign(shown, { status, updatedAt: now })
  shown.statusEvents.push({ status, createdAt: now, debugMessage })
  simulation.log(account, `Terminal session ${shown.id} is ${status}`)
  const terminal = terminalOf(account, shown.terminalId)
  // A machine that was switched off meanwhile stays off.
  if (FINAL.includes(status) && terminal.status === 'InUse') {
    setTerminal(simulation, terminal, 'Available')
  }
}

function notify(simulation: Simulation, { shown }: SessionRecord, ...types: string[]): void {
  for (const notificationType of types) {
    shown.notificationEvents.push({ notificationType, createdAt: simulation.clock.now() })
  }
}

function setTerminal(simulation: Simulation, terminal: Terminal, status: Terminal['status']): void {
  Object.assign(terminal, { status, updatedAt: simulation.clock.now() })
}

/** One step of a session; a step that its state has overtaken does nothing. */
export function performStep(
  simulation: Simulation,
  account: Account,
  sessionId: string,
  step: string,
): void {
  const session = account.sessions.get(sessionId)
  if (session === undefined || isOver(session)) return
  steps[step as Step](simulation, account, session)
}

type Perform = (simulation: Simulation, account: Account, session: SessionRecord) => void

const steps: Record<Step, Perform> = {
  initiate: (simulation, account, session) => {
    if (session.cancelRequested) return
    moveTo(simulation, account, session, 'Initiated')
    next(simulation, account, session, 'present-card')
  },
  'present-card': (simulation, account, session) => {
    if (session.cancelRequested) return
    notify(simulation, session, 'PresentCard')
    // Long enough for a till, or a hand at the machine, to give up.
    next(simulation, account, session, 'read-card', 3 * limits.terminalStepMs)
  },
  'read-card': (simulation, account, session) => {
    if (session.cancelRequested) return
    session.cardRead = true
    notify(simulation, session, 'PleaseWait')
    next(simulation, account, session, 'finish')
  },
  finish: (simulation, account, session) => {
    const outcome = OUTCOMES[terminalOf(account, session.shown.terminalId).properties.tid.slice(-4)]
    if (outcome === 'decline') {
      notify(simulation, session, 'Declined', 'RemoveCard')
      moveTo(simulation, account, session, 'Declined', 'The issuer declined the card.')
    } else if (outcome === 'expire') {
      next(
        simulation,
        account,
        session,
        'expire',
        Date.parse(session.shown.expireAt) - simulation.clock.nowMs(),
      )
    } else if (outcome === 'sign') {
      moveTo(simulation, account, session, 'SignatureVerificationRequired')
      next(simulation, account, session, 'signature-timeout', limits.signatureWindowSeconds * 1000)
    } else {
      approve(simulation, account, session)
    }
  },
  cancel: (simulation, account, session) => {
    moveTo(simulation, account, session, 'Canceled')
  },
  expire: (simulation, account, session) => {
    moveTo(simulation, account, session, 'Expired', 'The terminal did not say how it went.')
  },
  'signature-timeout': (simulation, account, session) => {
    if (session.shown.status === 'SignatureVerificationRequired') {
      acceptSignature(simulation, account, session, 'Nobody judged the signature in time.')
    }
  },
}

function acceptSignature(
  simulation: Simulation,
  account: Account,
  session: SessionRecord,
  debugMessage: string,
): void {
  moveTo(simulation, account, session, 'SignatureVerificationAccepted', debugMessage)
  approve(simulation, account, session)
}

/**
 * The money moves: a sale pays its intent, a refund gives it back. What can no longer be paid or
 * given back is declined.
 */
function approve(simulation: Simulation, account: Account, session: SessionRecord): void {
  const { details } = session.shown
  try {
    const status =
      details?.sale !== undefined && details.sessionType === 'Sale'
        ? paySale(simulation, account, details.sale.paymentIntentId)
        : refundMatched(simulation, account, details)
    notify(simulation, session, 'Approved', 'RemoveCard')
    session.shown.paymentDetails = cardDetails(simulation, account, 'terminal')
    moveTo(simulation, account, session, status)
    if (details?.sale !== undefined) {
      remember(intentOf(account, details.sale.paymentIntentId), session)
    }
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    notify(simulation, session, 'Declined', 'RemoveCard')
    moveTo(simulation, account, session, 'Declined', error.message)
  }
}

function paySale(
  simulation: Simulation,
  account: Account,
  paymentIntentId: string,
): 'Authorized' | 'Captured' {
  const record = intentOf(account, paymentIntentId)
  payByCard(simulation, account, record, 'terminal')
  return record.shown.status as 'Authorized' | 'Captured'
}

function refundMatched(
  simulation: Simulation,
  account: Account,
  details: TerminalSession['details'],
): 'Captured' {
  if (details?.matchedRefund !== undefined && details.sessionType === 'MatchedRefund') {
    const record = intentOf(account, details.matchedRefund.paymentIntentId)
    refund(simulation, account, record, {
      amount: refundAmount(record, details.matchedRefund),
      refundReason: 'Matched refund',
    })
  }
  return 'Captured'
}

/** The intent shows the sessions that were about it, without the card. */
function remember(record: IntentRecord, { shown }: SessionRecord): void {
  const { paymentDetails, receipt, ...terminalSession } = structuredClone(shown)
  record.shown.terminalSessionHistory!.push({ terminalSession })
}

// --- what a till and a hand at the machine do

/** A till's wish; it is too late once a card was read. @throws Problem 422 */
export function cancelFromTill(
  simulation: Simulation,
  account: Account,
  session: SessionRecord,
): SessionRecord {
  if (session.cancelRequested && !isOver(session)) return session
  if (session.cardRead || isOver(session)) {
    throw new Problem(
      422,
      `The session \`${session.shown.id}\` cannot be canceled: its status is \`${session.shown.status}\`. Payment can only be canceled during the "Initiated" phase.`,
    )
  }
  session.cancelRequested = true
  moveTo(simulation, account, session, 'CancelRequested')
  next(simulation, account, session, 'cancel')
  return session
}

/** The cross on the machine's screen. @throws Problem 422 */
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
  moveTo(simulation, account, session, 'Canceled', 'Canceled on the terminal.')
}

/** @throws Problem 422 when no signature waits to be judged */
export function decideSignature(
  simulation: Simulation,
  account: Account,
  session: SessionRecord,
  accepted: boolean,
): SessionRecord {
  if (session.shown.status !== 'SignatureVerificationRequired') {
    throw new Problem(
      422,
      `The session \`${session.shown.id}\` waits for no signature: its status is \`${session.shown.status}\`.`,
    )
  }
  if (accepted) acceptSignature(simulation, account, session, '')
  else {
    notify(simulation, session, 'Declined', 'RemoveCard')
    moveTo(
      simulation,
      account,
      session,
      'SignatureVerificationRejected',
      'The signature was rejected.',
    )
  }
  return session
}

/** Somebody opens the menu of a machine, switches it off, or is done with it. */
export function setTerminalStatus(
  simulation: Simulation,
  account: Account,
  terminalId: string,
  status: Terminal['status'],
): Terminal {
  const terminal = terminalOf(account, terminalId)
  setTerminal(simulation, terminal, status)
  return terminal
}

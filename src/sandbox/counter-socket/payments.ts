// Payments and refunds over the socket for the counter: the same card machines, sessions and
// intents as over the REST API, under ids that an EPOS makes.
import type { CounterSchemas, RecordedPayment } from '../../contract/counter-socket.ts'
import { capture } from '../dojo/captures.ts'
import { intentOf, newIntent, setAmount } from '../dojo/payment-intents.ts'
import { Problem } from '../dojo/problem.ts'
import { isOver } from '../dojo/session-steps.ts'
import type { Simulation } from '../dojo/simulation.ts'
import type { Account, CounterPayment, SessionRecord } from '../dojo/state.ts'
import { cancelFromTill, createSession, decideSignature } from '../dojo/terminal-sessions.ts'
import { terminalOf } from '../dojo/terminals.ts'

/** Why something is not done, as the API says it. */
export class Refused extends Error {
  readonly code: CounterSchemas['ErrorCode']

  constructor(code: CounterSchemas['ErrorCode'], message: string) {
    super(message)
    this.code = code
  }
}

export function counterPayments(account: Account): Map<string, CounterPayment> {
  account.counterPayments ??= new Map()
  return account.counterPayments
}

/** @throws Refused */
function paymentOf(account: Account, paymentId: string): CounterPayment {
  const payment = counterPayments(account).get(paymentId)
  if (payment !== undefined) return payment
  throw new Refused('PAYMENT_NOT_FOUND', `There is no payment ${paymentId}.`)
}

export function sessionOfPayment(account: Account, { sessionId }: CounterPayment): SessionRecord {
  return account.sessions.get(sessionId)!
}

/** What the Dojo API would refuse, in the words of this one. */
function asRefused<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    const code = error.status === 404 ? 'TERMINAL_UNAVAILABLE' : 'PAYMENT_NOT_ALLOWED'
    throw new Refused(code, error.message)
  }
}

function mustBeNew(account: Account, paymentId: string): void {
  if (!counterPayments(account).has(paymentId)) return
  throw new Refused('INVALID_REQUEST', `The paymentId ${paymentId} was used before.`)
}

/** @throws Refused */
export function createPayment(
  simulation: Simulation,
  account: Account,
  eposId: string,
  request: CounterSchemas['CreatePayment'],
): void {
  const { paymentId, terminalId, captureMode, currency: currencyCode, baseAmount } = request
  const { tipsAmount = 0, cashbackAmount = 0 } = request
  mustBeNew(account, paymentId)
  const money = (value: number) => ({ value, currencyCode })
  asRefused(() => {
    newIntent(
      simulation,
      account,
      {
        amount: money(baseAmount),
        ...(tipsAmount > 0 && { tipsAmount: money(tipsAmount) }),
        ...(cashbackAmount > 0 && { cashbackAmount: money(cashbackAmount) }),
        captureMode: captureMode === 'MANUAL' ? 'Manual' : 'Auto',
        reference: paymentId,
        config: { payment: { customAmountAllowed: true } },
      } as Parameters<typeof newIntent>[2],
      paymentId,
    )
    try {
      const sale = { paymentIntentId: paymentId }
      const details = { sessionType: 'Sale', sale } as const
      keep(account, createSession(simulation, account, { terminalId, details }), {
        paymentId,
        eposId,
        isRefund: false,
      })
    } catch (error) {
      account.intents.delete(paymentId)
      throw error
    }
  })
}

/** @throws Refused */
export function createRefund(
  simulation: Simulation,
  account: Account,
  eposId: string,
  request: CounterSchemas['CreateRefund'],
): void {
  const { paymentId, terminalId, currency, baseAmount, originalPaymentId } = request
  mustBeNew(account, paymentId)
  const amount = { value: baseAmount, currencyCode: currency }
  asRefused(() => {
    const details =
      originalPaymentId === undefined
        ? ({ sessionType: 'UnlinkedRefund', unlinkedRefund: { amount } } as const)
        : ({
            sessionType: 'MatchedRefund',
            matchedRefund: { paymentIntentId: originalPaymentId, amount },
          } as const)
    keep(account, createSession(simulation, account, { terminalId, details }), {
      paymentId,
      eposId,
      isRefund: true,
    })
  })
}

function keep(
  account: Account,
  { shown }: SessionRecord,
  payment: Pick<CounterPayment, 'paymentId' | 'eposId' | 'isRefund'>,
): void {
  counterPayments(account).set(payment.paymentId, { ...payment, sessionId: shown.id, notified: 0 })
}

/** @throws Refused */
export function capturePayment(
  simulation: Simulation,
  account: Account,
  { paymentId, baseAmount, tipsAmount }: CounterSchemas['CapturePayment'],
): void {
  paymentOf(account, paymentId)
  const request = { paymentIntentId: paymentId, amount: baseAmount, tipsAmount }
  asRefused(() => capture(simulation, account, intentOf(account, paymentId), request))
}

/** @throws Refused */
export function updatePayment(
  simulation: Simulation,
  account: Account,
  { paymentId, baseAmount }: CounterSchemas['UpdatePayment'],
): void {
  paymentOf(account, paymentId)
  const record = intentOf(account, paymentId)
  if (record.shown.status !== 'Authorized') {
    throw new Refused('PAYMENT_NOT_ALLOWED', `The payment is ${record.shown.status}.`)
  }
  const amount = { ...record.shown.amount, value: baseAmount }
  asRefused(() => {
    setAmount(simulation, record, { paymentIntentId: paymentId, amount })
  })
}

/** Possible only while the newest notification is PRESENT_CARD. */
export function cancelPayment(
  simulation: Simulation,
  account: Account,
  { paymentId, terminalId }: CounterSchemas['CancelPayment'],
): CounterSchemas['CancelAnswer'] {
  const payment = paymentOf(account, paymentId)
  const session = sessionOfPayment(account, payment)
  if (session.shown.terminalId !== terminalId) {
    throw new Refused('INVALID_REQUEST', `The payment is not on the terminal ${terminalId}.`)
  }
  const newest = session.shown.notificationEvents.at(-1)?.notificationType
  if (newest !== 'PresentCard' || session.cardRead || isOver(session)) {
    return { paymentId, cancelled: false }
  }
  cancelFromTill(simulation, account, session)
  return { paymentId, cancelled: true }
}

/** @throws Refused */
export function judgeSignature(
  simulation: Simulation,
  account: Account,
  { paymentId, accepted }: CounterSchemas['SignatureAnswer'],
): void {
  const session = sessionOfPayment(account, paymentOf(account, paymentId))
  asRefused(() => decideSignature(simulation, account, session, accepted))
}

// --- what is shown

const NOTIFICATIONS: Readonly<Record<string, string>> = {
  PresentCard: 'PRESENT_CARD',
  InsertCard: 'CARD_INSERTED',
  EnterPin: 'PIN_ENTRY',
  PleaseWait: 'CONNECTING',
  Approved: 'APPROVED',
  Declined: 'DECLINED',
  RemoveCard: 'REMOVE_CARD',
}

/** What the card machine has shown, oldest first. */
export function notificationsOf({ shown }: SessionRecord): string[] {
  return shown.notificationEvents.map(
    ({ notificationType }) => NOTIFICATIONS[notificationType] ?? notificationType,
  )
}

export function asksForSignature({ shown }: SessionRecord): boolean {
  return shown.status === 'SignatureVerificationRequired'
}

const STATUSES = { Available: 'AVAILABLE', InUse: 'BUSY', Offline: 'OFFLINE' } as const

export function shownTerminal(account: Account, terminalId: string): CounterSchemas['Terminal'] {
  const { id, properties, status } = asRefused(() => terminalOf(account, terminalId))
  return { terminalId: id, tid: properties.tid, status: STATUSES[status] ?? status }
}

/** @throws Refused */
export function stateOf(account: Account, paymentId: string): CounterSchemas['PaymentState'] {
  const payment = paymentOf(account, paymentId)
  const session = sessionOfPayment(account, payment)
  const outcome = outcomeOf(account, payment)
  const notification = notificationsOf(session).at(-1)
  return {
    paymentId,
    finished: outcome !== undefined,
    ...(notification === undefined ? {} : { notification }),
    signatureRequested: asksForSignature(session),
    ...(outcome === undefined ? {} : { payment: recordOf(account, payment) }),
  }
}

export type Outcome = 'SUCCESSFUL' | 'UNKNOWN' | 'DECLINED' | 'CANCELLED'

const OF_SESSION: Readonly<Record<string, Outcome>> = {
  Captured: 'SUCCESSFUL',
  Authorized: 'SUCCESSFUL',
  Declined: 'DECLINED',
  SignatureVerificationRejected: 'DECLINED',
  Canceled: 'CANCELLED',
  Expired: 'UNKNOWN',
}

/** Undefined while the machine works on it. A card may be charged after its machine gave up. */
export function outcomeOf(account: Account, payment: CounterPayment): Outcome | undefined {
  const { shown } = sessionOfPayment(account, payment)
  const outcome = OF_SESSION[shown.status]
  if (payment.isRefund || outcome === undefined || outcome === 'DECLINED') return outcome
  const { status } = intentOf(account, payment.paymentId).shown
  return status === 'Captured' || status === 'Authorized' ? 'SUCCESSFUL' : outcome
}

/** A payment that is finished, as Dojo has it recorded. */
export function recordOf(account: Account, payment: CounterPayment): RecordedPayment {
  const { paymentId } = payment
  const { shown } = sessionOfPayment(account, payment)
  const outcome = outcomeOf(account, payment)!
  return {
    paymentId,
    terminalId: shown.terminalId,
    paymentSuccessful: outcome === 'SUCCESSFUL',
    ...amountsOf(account, payment),
    methodDetails: {
      method: 'PAYMENT_METHOD_CARD_PRESENT',
      cardPresentPaymentStatus: `CARD_PRESENT_PAYMENT_STATUS_${outcome}`,
      ...cardOf(shown),
    },
  }
}

function amountsOf(account: Account, payment: CounterPayment) {
  const { details } = sessionOfPayment(account, payment).shown
  if (payment.isRefund) {
    const { amount } = details!.matchedRefund ?? details!.unlinkedRefund!
    return { currency: amount!.currencyCode, baseAmount: amount!.value }
  }
  const { shown } = intentOf(account, payment.paymentId)
  const captures = shown.captures ?? []
  const isManual = shown.captureMode === 'Manual'
  const captured = isManual && captures.length > 0
  let [baseAmount, tipsAmount] = [shown.amount.value, shown.tipsAmount?.value ?? 0]
  if (captured) {
    baseAmount = captures.reduce((sum, { amount = 0 }) => sum + amount, 0)
    tipsAmount = captures.reduce((sum, each) => sum + (each.tipsAmount ?? 0), 0)
  }
  return {
    captureMode: isManual ? ('MANUAL' as const) : ('AUTO' as const),
    currency: shown.amount.currencyCode,
    baseAmount,
    tipsAmount,
    cashbackAmount: shown.cashbackAmount?.value ?? 0,
    ...(isManual && { captured, released: shown.status === 'Reversed' }),
  }
}

function cardOf({ paymentDetails }: SessionRecord['shown']) {
  if (paymentDetails == null) return {}
  const { transactionId, authCode, card } = paymentDetails
  return {
    cardPresentPaymentInfo: {
      ...(transactionId == null ? {} : { acquirerTransactionId: transactionId }),
      ...(authCode == null ? {} : { authCode }),
      card: {
        ...(card?.cardType == null ? {} : { scheme: card.cardType }),
        ...(card?.cardNumber == null ? {} : { last4PAN: card.cardNumber.slice(-4) }),
      },
    },
  }
}

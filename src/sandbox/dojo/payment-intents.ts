// Payment intents: the money, and the table of states that the guides draw. Amounts are of the
// minor unit.
import type { DojoInput, DojoOutput, DojoSchemas } from '../../contract/dojo-api.ts'
import { limits } from '../limits.ts'
import { emitEvent } from './event-deliveries.ts'
import { badRequest, notFound, Problem, wrongStatus } from './problem.ts'
import {
  randomOf,
  type Account,
  type IntentRecord,
  type IntentStatus,
  type Money,
  type RefundRecord,
} from './state.ts'
import type { Simulation } from './simulation.ts'

const DAY_MS = 86_400_000

export type ShownIntent = IntentRecord['shown']

export function createIntent(
  simulation: Simulation,
  account: Account,
  request: DojoInput<'PaymentIntents_CreatePaymentIntent'>,
): IntentRecord {
  checkAmounts(request)
  const now = simulation.clock.now()
  const { generateRemoteToken, isNotOnlineCheckout, customer, cardHolderNotPresent, ...rest } =
    request
  const record: IntentRecord = {
    shown: {
      ...rest,
      captureMode: request.captureMode ?? 'Auto',
      id: `pi_sandbox_${randomOf(account).text(22)}`,
      status: 'Created',
      paymentMethods: request.paymentMethods ?? ['Card'],
      cardHolderNotPresent: cardHolderNotPresent ?? false,
      ...(customer == null
        ? {}
        : {
            customer: {
              id: customer.id ?? null,
              emailAddress: customer.emailAddress ?? null,
              phoneNumber: customer.phoneNumber ?? null,
            },
          }),
      refundedAmount: 0,
      captures: [],
      terminalSessionHistory: [],
      createdAt: now,
      updatedAt: now,
    },
    capturedMinor: 0,
    refundedMinor: 0,
  }
  total(record)
  account.intents.set(record.shown.id, record)
  emitEvent(simulation, account, 'payment_intent.created', record)
  return record
}

/** @throws Problem 400 */
function checkAmounts({
  amount,
  tipsAmount,
  cashbackAmount,
  serviceChargeAmount,
}: DojoInput<'PaymentIntents_CreatePaymentIntent'>): void {
  if (amount.value <= 0) {
    throw badRequest('The amount must be higher than `0`.', { amount: ['must be higher than `0`'] })
  }
  for (const [field, part] of Object.entries({
    amount,
    tipsAmount,
    cashbackAmount,
    serviceChargeAmount,
  })) {
    if (part == null) continue
    if (part.value < 0 || !Number.isSafeInteger(part.value)) {
      throw badRequest(`The field ${field} is no amount.`, {
        [field]: ['must be a whole number of the minor unit, from `0`'],
      })
    }
    if (part.currencyCode !== amount.currencyCode) {
      throw badRequest(`The field ${field} is in another currency than the amount.`, {
        [field]: [`must be in ${amount.currencyCode}`],
      })
    }
  }
}

/** @throws Problem 404 */
export function intentOf(account: Account, paymentIntentId: string): IntentRecord {
  const record = account.intents.get(paymentIntentId)
  if (record === undefined) throw notFound('payment intent', paymentIntentId)
  return record
}

/** A canceled one is shown only to whoever asks for it. */
export function shownIntent(
  account: Account,
  paymentIntentId: string,
  returnCanceled: boolean,
): IntentRecord {
  const record = intentOf(account, paymentIntentId)
  if (record.shown.status === 'Canceled' && !returnCanceled) {
    throw notFound('payment intent', paymentIntentId)
  }
  return record
}

function total({ shown }: IntentRecord): number {
  const parts = [shown.amount, shown.tipsAmount, shown.cashbackAmount, shown.serviceChargeAmount]
  const value = parts.reduce((sum, part) => sum + (part?.value ?? 0), 0)
  shown.totalAmount = { value, currencyCode: shown.amount.currencyCode }
  return value
}

function moveTo(
  simulation: Simulation,
  account: Account,
  record: IntentRecord,
  status: IntentStatus,
): void {
  record.shown.status = status
  record.shown.updatedAt = simulation.clock.now()
  simulation.log(account, `Payment intent ${record.shown.id} is ${status}`)
  emitEvent(simulation, account, 'payment_intent.status_updated', record)
}

// --- the card

/** A card pays what the intent asks for. @throws Problem 400 when it is not waiting to be paid */
export function payByCard(
  simulation: Simulation,
  account: Account,
  record: IntentRecord,
  paidBy: 'terminal' | 'online',
): void {
  const { shown } = record
  if (shown.status !== 'Created') throw wrongStatus(400, shown.id, shown.status)
  record.paidBy = paidBy
  record.paidAtMs = simulation.clock.nowMs()
  shown.paymentDetails = cardDetails(simulation, account, paidBy)
  if (shown.captureMode === 'Manual') {
    simulation.clock.scheduleIn(limits.authorizationDays * DAY_MS, {
      kind: 'release-authorization',
      key: account.key,
      paymentIntentId: shown.id,
    })
    moveTo(simulation, account, record, 'Authorized')
  } else {
    addCapture(simulation, account, record, total(record), 0)
    moveTo(simulation, account, record, 'Captured')
  }
}

export function cardDetails(
  simulation: Simulation,
  account: Account,
  paidBy: 'terminal' | 'online',
): DojoSchemas['PaymentDetails'] {
  const random = randomOf(account)
  return {
    transactionId: random.uuid(),
    transactionDateTime: simulation.clock.now(),
    message: 'DEPOSITED',
    authCode: String(100_000 + random.below(900_000)),
    card: {
      cardNumber: '44565300****1096',
      cardName: 'A. Guest',
      expiryDate: '2030-12-31',
      cardType: 'VISA',
      ...(paidBy === 'terminal'
        ? { entryMode: 'Contactless', verificationMethod: 'None' }
        : { entryMode: 'ManualEntry', verificationMethod: 'None' }),
    },
  }
}

function addCapture(
  simulation: Simulation,
  account: Account,
  record: IntentRecord,
  amountMinor: number,
  tipsMinor: number,
): string {
  const id = `cp_${randomOf(account).text(22)}`
  record.capturedMinor += amountMinor + tipsMinor
  record.shown.captures!.push({
    id,
    amount: amountMinor,
    ...(tipsMinor === 0 ? {} : { tipsAmount: tipsMinor }),
    status: 'Successful',
    createdAt: simulation.clock.now(),
  })
  return id
}

const isWithinDays = (simulation: Simulation, { paidAtMs = 0 }: IntentRecord): boolean =>
  simulation.clock.nowMs() - paidAtMs <= limits.authorizationDays * DAY_MS

// --- what a till asks for

export function cancelIntent(simulation: Simulation, account: Account, record: IntentRecord): void {
  if (record.shown.status !== 'Created') {
    throw wrongStatus(400, record.shown.id, record.shown.status)
  }
  moveTo(simulation, account, record, 'Canceled')
}

/**
 * Before the card has paid; of a manual one also afterwards, which raises or lowers what is
 * authorised.
 */
function mustBeChangeable(
  { shown }: IntentRecord,
  allowed: boolean | undefined,
  what: string,
): void {
  if (allowed !== true) {
    throw new Problem(
      405,
      `The payment intent \`${shown.id}\` was not created to let its ${what} be changed (config.payment).`,
    )
  }
  if (
    shown.status !== 'Created' &&
    !(shown.status === 'Authorized' && shown.captureMode === 'Manual')
  ) {
    throw wrongStatus(400, shown.id, shown.status)
  }
}

function sameCurrency({ shown }: IntentRecord, { currencyCode }: Money): void {
  if (currencyCode !== shown.amount.currencyCode) {
    throw badRequest(
      `The payment intent \`${shown.id}\` is in ${shown.amount.currencyCode}, not in ${currencyCode}.`,
    )
  }
}

export function setAmount(
  simulation: Simulation,
  record: IntentRecord,
  { amount, itemLines, taxLines }: DojoInput<'PaymentIntents_SetCustomAmount'>,
): void {
  mustBeChangeable(record, record.shown.config?.payment?.customAmountAllowed, 'amount')
  sameCurrency(record, amount)
  if (amount.value <= 0) {
    throw badRequest('The amount must be higher than `0`.', { amount: ['must be higher than `0`'] })
  }
  Object.assign(record.shown, {
    amount,
    ...(itemLines === undefined ? {} : { itemLines }),
    ...(taxLines === undefined ? {} : { taxLines }),
    updatedAt: simulation.clock.now(),
  })
  total(record)
}

export function setTips(
  simulation: Simulation,
  record: IntentRecord,
  { tipsAmount }: DojoInput<'PaymentIntents_SetTipsAmount'>,
): void {
  mustBeChangeable(record, record.shown.config?.payment?.tipsAllowed, 'tip')
  sameCurrency(record, tipsAmount)
  if (tipsAmount.value < 0) {
    throw badRequest('The tip must not be less than `0`.', {
      tipsAmount: ['must not be less than `0`'],
    })
  }
  Object.assign(record.shown, { tipsAmount, updatedAt: simulation.clock.now() })
  total(record)
}

/** One or several, which together take no more than was authorised. */
export function capture(
  simulation: Simulation,
  account: Account,
  record: IntentRecord,
  { amount, tipsAmount }: DojoInput<'Captures_Create'>,
): DojoOutput<'Captures_Create'> {
  const { shown } = record
  const some =
    shown.status === 'Captured' &&
    record.capturedMinor < total(record) &&
    record.refundedMinor === 0
  const open =
    shown.captureMode === 'Manual' &&
    isWithinDays(simulation, record) &&
    (shown.status === 'Authorized' || some)
  if (!open) throw wrongStatus(409, shown.id, shown.status)
  const wanted = amount + (tipsAmount ?? 0)
  const left = total(record) - record.capturedMinor
  if (amount <= 0 || (tipsAmount ?? 0) < 0) {
    throw badRequest('The amount must be higher than `0`.', { amount: ['must be higher than `0`'] })
  }
  if (wanted > left) {
    throw badRequest(
      `There is ${left} left to capture of the payment intent \`${shown.id}\`, less than ${wanted}.`,
      { amount: [`must be at most ${left}`] },
    )
  }
  const captureId = addCapture(simulation, account, record, amount, tipsAmount ?? 0)
  moveTo(simulation, account, record, 'Captured')
  return { message: `collect payment for the order ${shown.reference}`, captureId }
}

/**
 * Takes a payment back before it is settled: an authorised one within seven days, an automatically
 * captured one on the day itself, and none that a terminal took.
 */
export function reverseForTill(
  simulation: Simulation,
  account: Account,
  record: IntentRecord,
): DojoOutput<'Reversal_Create'> {
  const { shown, paidAtMs = 0 } = record
  const sameDay =
    new Date(paidAtMs).toISOString().slice(0, 10) === simulation.clock.now().slice(0, 10)
  const open =
    shown.captureMode === 'Manual'
      ? shown.status === 'Authorized' && isWithinDays(simulation, record)
      : shown.status === 'Captured' && sameDay && record.refundedMinor === 0
  if (!open) throw wrongStatus(409, shown.id, shown.status)
  if (record.paidBy === 'terminal' && shown.status === 'Captured') {
    throw cardMustBePresent(409, shown.id)
  }
  moveTo(simulation, account, record, 'Reversed')
  return {
    message: `reverse for the order ${shown.reference}`,
    reversalId: `rvs_${randomOf(account).text(22)}`,
  }
}

/**
 * What a product does when an EPOS does not take the payment: whatever way it was paid, it goes
 * back.
 */
export function reverseByDojo(
  simulation: Simulation,
  account: Account,
  record: IntentRecord,
): void {
  if (record.shown.status === 'Captured' || record.shown.status === 'Authorized') {
    moveTo(simulation, account, record, 'Reversed')
  }
}

const cardMustBePresent = (status: 400 | 409, paymentIntentId: string): Problem =>
  new Problem(
    status,
    `The payment with id \`${paymentIntentId}\` was taken by a terminal. It can be given back on a terminal only, with a matched refund.`,
  )

/**
 * Refunds add up to what was captured at most; the same key with the same request is the same
 * refund.
 */
export function refundForTill(
  simulation: Simulation,
  account: Account,
  record: IntentRecord,
  request: DojoInput<'Refunds_Create'>,
  idempotencyKey: string,
): DojoOutput<'Refunds_Create'> {
  const { shown } = record
  const asked = JSON.stringify([
    shown.id,
    request.amount,
    request.refundReason ?? null,
    request.notes ?? null,
  ])
  if (idempotencyKey.length > limits.idempotencyKeyCharacters) {
    throw badRequest('The idempotency key is too long.', {
      idempotencyKey: [`must have ${limits.idempotencyKeyCharacters} characters at most`],
    })
  }
  // A key is one of the intent, and another intent may have the same.
  const key = `${shown.id} ${idempotencyKey}`
  const before = account.refundKeys.get(key)
  if (before !== undefined) {
    if (before.request !== asked) {
      throw badRequest('The idempotency key was used for another refund.', {
        idempotencyKey: ['must be new for each refund'],
      })
    }
    return shownRefund(account.refunds.get(before.refundId)!)
  }
  if (record.paidBy === 'terminal') throw cardMustBePresent(400, shown.id)
  const made = refund(simulation, account, record, request)
  account.refundKeys.set(key, { request: asked, refundId: made.refundId })
  return shownRefund(made)
}

/** @throws Problem 400 when the state or what is left of the payment does not allow it */
export function refund(
  simulation: Simulation,
  account: Account,
  record: IntentRecord,
  {
    amount,
    refundReason,
    notes,
  }: { amount: number; refundReason?: string | null; notes?: string | null },
): RefundRecord {
  const { shown } = record
  if (shown.status !== 'Captured') throw wrongStatus(400, shown.id, shown.status)
  if (amount <= 0) {
    throw badRequest('The amount must be higher than `0`.', { amount: ['must be higher than `0`'] })
  }
  const left = record.capturedMinor - record.refundedMinor
  if (amount > left) {
    throw badRequest(
      `There is ${left} left to refund of the payment intent \`${shown.id}\`, less than ${amount}.`,
      { amount: [`must be at most ${left}`] },
    )
  }
  const made: RefundRecord = {
    paymentIntentId: shown.id,
    refundId: `rfnd_${randomOf(account).text(22)}`,
    amountMinor: amount,
    refundReason: refundReason ?? null,
    notes: notes ?? null,
  }
  account.refunds.set(made.refundId, made)
  record.refundedMinor += amount
  shown.refundedAmount = record.refundedMinor
  // What was given back in part stays captured; it is news all the same.
  moveTo(
    simulation,
    account,
    record,
    record.refundedMinor === record.capturedMinor ? 'Refunded' : 'Captured',
  )
  return made
}

const shownRefund = ({
  paymentIntentId,
  refundId,
  refundReason,
  notes,
}: RefundRecord): DojoOutput<'Refunds_Create'> => ({
  paymentIntentId,
  refundId,
  refundReason,
  notes,
})

export function refundOf(
  account: Account,
  refundId: string,
): DojoOutput<'PaymentIntents_GetRefundById'> {
  const made = account.refunds.get(refundId)
  if (made === undefined) {
    throw badRequest(`There is no refund with id \`${refundId}\` in this account.`)
  }
  return shownRefund(made)
}

export function sendReceipt(
  simulation: Simulation,
  account: Account,
  record: IntentRecord,
  { emails }: DojoInput<'Receipt_Create'>,
): void {
  const { shown } = record
  if (shown.status === 'Created' || shown.status === 'Canceled') {
    throw wrongStatus(400, shown.id, shown.status)
  }
  if (emails.length === 0 || emails.some((address) => !/^[^\s@]+@[^\s@]+$/.test(address))) {
    throw badRequest('A receipt needs somebody to go to.', {
      emails: ['must be e-mail addresses, one at least'],
    })
  }
  simulation.log(
    account,
    `Receipt of ${shown.id} sent to ${emails.length === 1 ? 'one address' : `${emails.length} addresses`}`,
  )
  emitEvent(simulation, account, 'payment_intent.send-receipt', record)
}

/** An authorisation that nobody captured in time is released. */
export function releaseAuthorization(
  simulation: Simulation,
  account: Account,
  paymentIntentId: string,
): void {
  const record = account.intents.get(paymentIntentId)
  if (record?.shown.status === 'Authorized') moveTo(simulation, account, record, 'Reversed')
}

// --- pages

/**
 * Newest first; a cursor is the id of the intent at the edge of a page, which need not fit the
 * search any more.
 */
export function searchIntents(
  account: Account,
  { statuses, startDate, endDate, cursor }: DojoInput<'PaymentIntents_Search'>,
): DojoOutput<'PaymentIntents_Search'> {
  const from = startDate == null ? -Infinity : Date.parse(startDate)
  const to = endDate == null ? Infinity : Date.parse(endDate)
  const all = [...account.intents.values()].reverse().map(({ shown }) => shown)
  const fits = ({ status, createdAt }: ShownIntent): boolean =>
    (statuses == null || statuses.length === 0 || statuses.includes(status)) &&
    Date.parse(createdAt) >= from &&
    Date.parse(createdAt) <= to
  const after = positionOf(all, cursor?.after, 'after') ?? -1
  const before = positionOf(all, cursor?.before, 'before') ?? all.length
  const fitting = all.slice(after + 1, before).filter(fits)
  const limit = cursor?.limit ?? limits.defaultPageRows
  const data = cursor?.before == null ? fitting.slice(0, limit) : fitting.slice(-limit)
  const first = data.length === 0 ? -1 : all.indexOf(data[0]!)
  const last = data.length === 0 ? all.length : all.indexOf(data.at(-1)!)
  return {
    data,
    before: all.slice(0, Math.max(0, first)).some(fits) ? data[0]!.id : null,
    after: all.slice(last + 1).some(fits) ? data.at(-1)!.id : null,
  }
}

function positionOf(
  intents: Array<{ id: string }>,
  id: string | null | undefined,
  name: string,
): number | undefined {
  if (id == null) return undefined
  const position = intents.findIndex((intent) => intent.id === id)
  if (position < 0) {
    throw badRequest('The cursor is none of this search.', {
      [`cursor.${name}`]: ['must be one that a search gave'],
    })
  }
  return position
}

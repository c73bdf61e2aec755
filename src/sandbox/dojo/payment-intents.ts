// Payment intents: how they are created, changed, paid and cancelled. The states and the moves
// between them are those of Dojo's guides.
import type { DojoInput, DojoSchemas } from '../../contract/dojo-api.ts'
import { limits } from '../limits.ts'
import { emitEvent } from './event-deliveries.ts'
import { amountTooLow, badRequest, notFound, Problem, wrongStatus } from './problem.ts'
import type { Simulation } from './simulation.ts'
import {
  randomOf,
  type Account,
  type IntentRecord,
  type IntentStatus,
  type Money,
} from './state.ts'

const DAY_MS = 86_400_000

export type ShownIntent = IntentRecord['shown']

export function createIntent(
  simulation: Simulation,
  account: Account,
  request: CreateRequest,
): IntentRecord {
  const record = newIntent(simulation, account, request)
  emitEvent(simulation, account, 'payment_intent.created', record)
  return record
}

/** @param counterId the id that an EPOS made, over the socket for the counter */
export function newIntent(
  simulation: Simulation,
  account: Account,
  request: CreateRequest,
  counterId?: string,
): IntentRecord {
  checkAmounts(request)
  const now = simulation.clock.now()
  const { generateRemoteToken, isNotOnlineCheckout, customer, cardHolderNotPresent, ...rest } =
    request
  const record: IntentRecord = {
    shown: {
      ...rest,
      captureMode: request.captureMode ?? 'Auto',
      id: counterId ?? `pi_sandbox_${randomOf(account).text(22)}`,
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
    ...(counterId !== undefined && { viaCounter: true }),
    capturedMinor: 0,
    refundedMinor: 0,
  }
  updateTotal(record)
  account.intents.set(record.shown.id, record)
  return record
}

type CreateRequest = DojoInput<'PaymentIntents_CreatePaymentIntent'>

/** @throws Problem 400 */
function checkAmounts(request: CreateRequest): void {
  const { amount, tipsAmount, cashbackAmount, serviceChargeAmount } = request
  if (amount.value <= 0) throw amountTooLow()
  const parts = { amount, tipsAmount, cashbackAmount, serviceChargeAmount }
  for (const [field, part] of Object.entries(parts)) {
    if (part == null) continue
    if (part.value < 0 || !Number.isSafeInteger(part.value)) {
      throw badRequest(
        `${field} is ${part.value}; send a whole number of minor units, not below 0.`,
        { [field]: ['must be a whole number of minor units, not below `0`'] },
      )
    }
    if (part.currencyCode !== amount.currencyCode) {
      throw badRequest(
        `${field} is in ${part.currencyCode}, but amount is in ${amount.currencyCode}.`,
        { [field]: [`must be in ${amount.currencyCode}`] },
      )
    }
  }
}

/** @throws Problem 404 */
export function intentOf(account: Account, paymentIntentId: string): IntentRecord {
  const record = account.intents.get(paymentIntentId)
  if (record === undefined) throw notFound('payment intent', paymentIntentId)
  return record
}

/** Canceled intents are hidden unless the request includes them. @throws Problem 404 */
export function visibleIntent(
  account: Account,
  paymentIntentId: string,
  returnCanceled: boolean,
): IntentRecord {
  const record = intentOf(account, paymentIntentId)
  if (record.viaCounter === true || (record.shown.status === 'Canceled' && !returnCanceled)) {
    throw notFound('payment intent', paymentIntentId)
  }
  return record
}

/** What the card is asked for: the amount with tip, cashback and service charge. */
export function updateTotal({ shown }: IntentRecord): number {
  const parts = [shown.amount, shown.tipsAmount, shown.cashbackAmount, shown.serviceChargeAmount]
  const value = parts.reduce((sum, part) => sum + (part?.value ?? 0), 0)
  shown.totalAmount = { value, currencyCode: shown.amount.currencyCode }
  return value
}

/** Sets the status and logs it, without an event. */
export function setStatus(
  simulation: Simulation,
  account: Account,
  record: IntentRecord,
  status: IntentStatus,
): void {
  record.shown.status = status
  record.shown.updatedAt = simulation.clock.now()
  simulation.log(account, `Payment intent ${record.shown.id} is ${status}`)
}

/** Sets the status and emits the event. */
export function moveTo(
  simulation: Simulation,
  account: Account,
  record: IntentRecord,
  status: IntentStatus,
): void {
  setStatus(simulation, account, record, status)
  emitEvent(simulation, account, 'payment_intent.status_updated', record)
}

// --- the card

/** A card pays the intent. @throws Problem 400 unless its status is Created */
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
  shown.paymentDetails = cardDetails(
    simulation,
    account,
    paidBy === 'online' ? 'keyed' : entryFor(record),
  )
  if (shown.captureMode === 'Manual') {
    simulation.clock.scheduleIn(limits.authorizationDays * DAY_MS, {
      kind: 'release-authorization',
      key: account.key,
      paymentIntentId: shown.id,
    })
    moveTo(simulation, account, record, 'Authorized')
  } else {
    addCapture(simulation, account, record, updateTotal(record), 0)
    moveTo(simulation, account, record, 'Captured')
  }
}

/** How a card gets into a machine: held to it, inserted with its PIN, or typed in. */
export type CardEntry = keyof typeof ENTRIES

const ENTRIES = {
  contactless: { entryMode: 'Contactless', verificationMethod: 'None' },
  inserted: { entryMode: 'ContactChip', verificationMethod: 'Pin' },
  keyed: { entryMode: 'ManualEntry', verificationMethod: 'None' },
} as const

export function entryFor(record: IntentRecord): CardEntry {
  if (record.shown.cardHolderNotPresent === true) return 'keyed'
  return updateTotal(record) > limits.contactlessMinor ? 'inserted' : 'contactless'
}

/** What the faults of a card hit. */
const CARD_FAULTS = 'TerminalSession_Create'

export function cardDetails(
  simulation: Simulation,
  account: Account,
  entry: CardEntry,
): DojoSchemas['PaymentDetails'] {
  const random = randomOf(account)
  const isOther = simulation.faultsOf(account).take('other-card', CARD_FAULTS) !== undefined
  return {
    transactionId: random.uuid(),
    transactionDateTime: simulation.clock.now(),
    message: 'DEPOSITED',
    authCode: String(100_000 + random.below(900_000)),
    card: {
      cardNumber: '44565300****1096',
      cardName: 'A. Guest',
      expiryDate: '2030-12-31',
      cardType: isOther ? 'MASTERCARD' : 'VISA',
      ...ENTRIES[entry],
    },
  }
}

export function addCapture(
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

/** Dojo reverses an authorisation that is older than this, so nothing can be done with it. */
export function isAuthorizationLive(
  simulation: Simulation,
  { paidAtMs = 0 }: IntentRecord,
): boolean {
  return simulation.clock.nowMs() - paidAtMs <= limits.authorizationDays * DAY_MS
}

/** Reverses an authorisation that was not captured in time. */
export function releaseAuthorization(
  simulation: Simulation,
  account: Account,
  paymentIntentId: string,
): void {
  const record = account.intents.get(paymentIntentId)
  if (record?.shown.status === 'Authorized') moveTo(simulation, account, record, 'Reversed')
}

/**
 * A product gives the money back because the EPOS did not take the payment. It works however the
 * card was read.
 */
export function reverseByDojo(
  simulation: Simulation,
  account: Account,
  record: IntentRecord,
): void {
  if (isLive(record)) moveTo(simulation, account, record, 'Reversed')
}

/** Whether Dojo has the guest's money, or the bank's word for it. */
export function isLive({ shown: { status } }: IntentRecord): boolean {
  return status === 'Captured' || status === 'Authorized'
}

// --- changes by a till

export function cancelIntent(simulation: Simulation, account: Account, record: IntentRecord): void {
  if (record.shown.status !== 'Created') {
    throw wrongStatus(400, record.shown.id, record.shown.status)
  }
  moveTo(simulation, account, record, 'Canceled')
}

/**
 * An intent can be changed until a card has paid it. With manual capture it can be changed after
 * that too, which raises or lowers the authorisation.
 * @throws Problem 400, 405
 */
function mustBeChangeable(
  { shown }: IntentRecord,
  allowed: boolean | undefined,
  what: string,
): void {
  if (allowed !== true) {
    throw new Problem(
      405,
      `The ${what} of the payment intent \`${shown.id}\` is fixed: ` +
        'its config.payment does not allow a change.',
    )
  }
  if (
    shown.status !== 'Created' &&
    !(shown.status === 'Authorized' && shown.captureMode === 'Manual')
  ) {
    throw wrongStatus(400, shown.id, shown.status)
  }
}

/** @throws Problem 400 */
function mustHaveCurrency({ shown }: IntentRecord, { currencyCode }: Money): void {
  if (currencyCode !== shown.amount.currencyCode) {
    throw badRequest(
      `The payment intent \`${shown.id}\` is in ${shown.amount.currencyCode}, ` +
        `not in ${currencyCode}.`,
    )
  }
}

export function setAmount(
  simulation: Simulation,
  record: IntentRecord,
  { amount, itemLines, taxLines }: DojoInput<'PaymentIntents_SetCustomAmount'>,
): void {
  mustBeChangeable(record, record.shown.config?.payment?.customAmountAllowed, 'amount')
  mustHaveCurrency(record, amount)
  if (amount.value <= 0) throw amountTooLow()
  const { shown } = record
  shown.amount = amount
  if (itemLines !== undefined) shown.itemLines = itemLines
  if (taxLines !== undefined) shown.taxLines = taxLines
  shown.updatedAt = simulation.clock.now()
  updateTotal(record)
}

export function setTips(
  simulation: Simulation,
  record: IntentRecord,
  { tipsAmount }: DojoInput<'PaymentIntents_SetTipsAmount'>,
): void {
  mustBeChangeable(record, record.shown.config?.payment?.tipsAllowed, 'tip')
  mustHaveCurrency(record, tipsAmount)
  if (tipsAmount.value < 0) {
    throw badRequest('The tip must not be less than `0`.', {
      tipsAmount: ['must not be less than `0`'],
    })
  }
  Object.assign(record.shown, { tipsAmount, updatedAt: simulation.clock.now() })
  updateTotal(record)
}

// Compares a day of the venue with Dojo's payment intents. Every payment recorded in the day, and
// every intent created in it that holds money, is counted once: what agrees and what differs add up
// to everything. Amounts are whole minor units.
import { exact, spoken } from '../money.ts'
import { displayNameOf, type Order } from '../orders/order.ts'
import { meansNotPaid, type IntentFacts } from './intent.ts'

/** What an order's name is made of. */
export type NamedOrder = Pick<Order, 'orderId' | 'displayName' | 'tableName' | 'reference'>

export function orderNamesOf(orders: readonly NamedOrder[]): Map<string, string> {
  return new Map(orders.map((order) => [order.orderId, displayNameOf(order)]))
}

/** A payment through Dojo that was recorded in the day, void or not. */
export interface RecordedPayment {
  paymentIntentId: string
  orderId: string
  orderName: string
  /** Without the tip. */
  amountMinor: number
  tipsMinor: number
  /** Refunded in part while it counts: from the amount, and from the tip. */
  refundedMinor: number
  refundedTipsMinor: number
  voided: boolean
  /** Who took it, or who serves the order. */
  waiterId: string | undefined
  waiterName: string | undefined
}

export interface DayRecords {
  payments: readonly RecordedPayment[]
  /**
   * As Dojo shows them: those created in the day and around it, and those of the payments of the
   * day. Dojo does not know an intent that is missing here.
   */
  intents: ReadonlyMap<string, IntentFacts>
  /** Intents that are recorded here, on any day. */
  recorded: ReadonlySet<string>
  /** Intents that are deposits of a party. */
  deposits: ReadonlySet<string>
  /** Names of the orders that intents name. */
  orderNames: ReadonlyMap<string, string>
}

export interface AuditedDay {
  startMs: number
  endMs: number
  currency: string
  /** What happened at Dojo after this may still be on its way here. */
  settledMs: number
}

/** The ways in which a payment can differ, in the sequence of the report. */
export const differenceKinds = [
  'missingHere',
  'missingThere',
  'differentAmount',
  'differentState',
  'refunded',
] as const
export type DifferenceKind = (typeof differenceKinds)[number]

/**
 * Money at Dojo that needs no payment in the day: deposits of parties, payments recorded on another
 * day, and payments on their way.
 */
export const exemptions = ['deposits', 'otherDays', 'underWay'] as const
export type Exemption = (typeof exemptions)[number]

/** The money here and at Dojo, tips included, less refunds. */
export interface Tally {
  count: number
  hereMinor: number
  thereMinor: number
}

export interface Difference {
  kind: DifferenceKind
  paymentIntentId: string
  /** The order that has the payment, or that the intent names. */
  orderId: string | undefined
  orderName: string | undefined
  here:
    { amountMinor: number; tipsMinor: number; refundedMinor: number; voided: boolean } | undefined
  there:
    | {
        amountMinor: number
        tipsMinor: number
        refundedMinor: number
        currency: string
        status: string
      }
    | undefined
  hereMinor: number
  thereMinor: number
  /** What somebody should do about it, in a sentence. */
  toDo: string
}

export interface WaiterTips {
  waiterId: string | undefined
  waiterName: string | undefined
  tipsMinor: number
}

export interface DayComparison {
  matched: Tally
  /** Payments that differ, by kind. */
  different: Readonly<Record<DifferenceKind, Tally>>
  /** Those that agree and those that differ. */
  total: Tally
  exempt: Readonly<Record<Exemption, Tally>>
  differences: readonly Difference[]
  /** From the payments that are not void, less refunds; highest first. */
  tips: readonly WaiterTips[]
}

/** @throws Refusal InvalidRequest: a sum is no longer exact */
export function compareDay(records: DayRecords, day: AuditedDay): DayComparison {
  const entries = [
    ...records.payments.map((payment) =>
      entryOfPayment(payment, records.intents.get(payment.paymentIntentId), day.currency),
    ),
    ...unrecordedOf(records, day).map((intent) => entryOfUnrecorded(intent, records, day)),
  ]
  const tallyOf = (...categories: Category[]): Tally =>
    tally(entries.filter(({ category }) => categories.includes(category)))
  const tallies = <Name extends Category>(names: readonly Name[]) =>
    Object.fromEntries(names.map((name) => [name, tallyOf(name)])) as Record<Name, Tally>
  return {
    matched: tallyOf('matched'),
    different: tallies(differenceKinds),
    total: tallyOf('matched', ...differenceKinds),
    exempt: tallies(exemptions),
    differences: differenceKinds.flatMap((kind) =>
      entries.flatMap(({ difference }) => (difference?.kind === kind ? [difference] : [])),
    ),
    tips: tipsByWaiter(records.payments),
  }
}

// --- parts

type Category = 'matched' | DifferenceKind | Exemption
interface Entry {
  category: Category
  hereMinor: number
  thereMinor: number
  difference?: Difference
}

function entryOfPayment(
  payment: RecordedPayment,
  intent: IntentFacts | undefined,
  currency: string,
): Entry {
  const { paymentIntentId, orderId, orderName, amountMinor, tipsMinor, voided } = payment
  const hereMinor = heldHere(payment)
  const thereMinor = intent === undefined ? 0 : heldThere(intent, currency)
  const kind = kindOf(payment, intent, currency)
  if (kind === undefined) return { category: 'matched', hereMinor, thereMinor }
  const here = { amountMinor, tipsMinor, refundedMinor: refundedHere(payment), voided }
  const toDo = toDoAbout(kind, payment, intent, currency)
  return {
    category: kind,
    hereMinor,
    thereMinor,
    difference: {
      kind,
      paymentIntentId,
      orderId,
      orderName,
      here,
      there: intent && sideOf(intent),
      hereMinor,
      thereMinor,
      toDo,
    },
  }
}

/** How a payment differs; undefined when it agrees. A void one agrees when Dojo holds no money. */
function kindOf(
  payment: RecordedPayment,
  intent: IntentFacts | undefined,
  currency: string,
): DifferenceKind | undefined {
  if (payment.voided) {
    return intent !== undefined && holdsMoney(intent) ? 'differentState' : undefined
  }
  if (intent === undefined) return 'missingThere'
  if (intent.status !== 'Captured') return 'differentState'
  if (
    intent.currency !== currency ||
    intent.amountMinor !== payment.amountMinor ||
    intent.tipsMinor !== payment.tipsMinor
  ) {
    return 'differentAmount'
  }
  return refundedHere(payment) === intent.refundedMinor ? undefined : 'refunded'
}

/** Intents of the day that hold money but have no payment in the day, oldest first. */
function unrecordedOf(
  { payments, intents }: DayRecords,
  { startMs, endMs }: AuditedDay,
): IntentFacts[] {
  const ofTheDay = new Set(payments.map(({ paymentIntentId }) => paymentIntentId))
  return [...intents.values()]
    .filter(
      (intent) =>
        intent.createdAtMs >= startMs &&
        intent.createdAtMs < endMs &&
        holdsMoney(intent) &&
        !ofTheDay.has(intent.paymentIntentId),
    )
    .sort(
      (a, b) => a.createdAtMs - b.createdAtMs || (a.paymentIntentId < b.paymentIntentId ? -1 : 1),
    )
}

function entryOfUnrecorded(
  intent: IntentFacts,
  { recorded, deposits, orderNames }: DayRecords,
  { currency, settledMs }: AuditedDay,
): Entry {
  const { paymentIntentId, atMs, externalId } = intent
  const thereMinor = heldThere(intent, currency)
  let exemption: Exemption | undefined
  if (deposits.has(paymentIntentId)) exemption = 'deposits'
  else if (atMs > settledMs) exemption = 'underWay'
  else if (recorded.has(paymentIntentId)) exemption = 'otherDays'
  if (exemption !== undefined) return { category: exemption, hereMinor: 0, thereMinor }
  const orderName = externalId === undefined ? undefined : orderNames.get(externalId)
  const toDo =
    orderName === undefined
      ? 'No order has this payment: find out what it was for, then record it there or refund it.'
      : `It was taken for ${orderName}, which does not have it: record it there or refund it.`
  const orderId = orderName === undefined ? undefined : externalId
  return {
    category: 'missingHere',
    hereMinor: 0,
    thereMinor,
    difference: {
      kind: 'missingHere',
      paymentIntentId,
      orderId,
      orderName,
      here: undefined,
      there: sideOf(intent),
      hereMinor: 0,
      thereMinor,
      toDo,
    },
  }
}

function sideOf({ amountMinor, tipsMinor, refundedMinor, currency, status }: IntentFacts) {
  return { amountMinor, tipsMinor, refundedMinor, currency, status }
}

function refundedHere({ refundedMinor, refundedTipsMinor }: RecordedPayment): number {
  return refundedMinor + refundedTipsMinor
}

function heldHere(payment: RecordedPayment): number {
  return payment.voided ? 0 : payment.amountMinor + payment.tipsMinor - refundedHere(payment)
}

function holdsMoney({ status, amountMinor, tipsMinor, refundedMinor }: IntentFacts): boolean {
  return status === 'Captured' && refundedMinor < amountMinor + tipsMinor
}

/** Money in another currency is part of no sum. */
function heldThere(intent: IntentFacts, currency: string): number {
  if (!holdsMoney(intent) || intent.currency !== currency) return 0
  return intent.amountMinor + intent.tipsMinor - intent.refundedMinor
}

function toDoAbout(
  kind: DifferenceKind,
  payment: RecordedPayment,
  intent: IntentFacts | undefined,
  currency: string,
): string {
  if (intent === undefined) {
    return (
      'Dojo has no such payment: ask the person who took it how it was paid, ' +
      'and check that the API key belongs to the right Dojo account.'
    )
  }
  if (kind === 'differentState') return toDoAboutState(payment, intent)
  if (kind === 'refunded') {
    const moreMinor = intent.refundedMinor - refundedHere(payment)
    const difference = spoken(Math.abs(moreMinor), currency)
    return moreMinor > 0
      ? `Dojo refunded ${difference} more than is recorded here: record it on the bill.`
      : `The bill shows ${difference} more refunded than Dojo: refund it, or correct the bill.`
  }
  if (intent.currency !== currency) {
    return `The card was charged in ${intent.currency}: check the receipt, and ask Dojo.`
  }
  const moreMinor = intent.amountMinor + intent.tipsMinor - payment.amountMinor - payment.tipsMinor
  if (moreMinor === 0) {
    return 'The total is the same, but the tip differs: check the receipt, and correct the bill.'
  }
  const difference = `${spoken(Math.abs(moreMinor), currency)} ${moreMinor > 0 ? 'more' : 'less'}`
  return `The card was charged ${difference} than is recorded: check the receipt, correct the bill.`
}

function toDoAboutState({ voided }: RecordedPayment, { status }: IntentFacts): string {
  if (voided) {
    return 'It is void here, but Dojo still holds the money: refund it, or record it again.'
  }
  if (meansNotPaid(status)) {
    return 'The money went back to the card, so the bill is not paid: have it paid again.'
  }
  if (status === 'Created') return 'The card was never charged: have the bill paid again.'
  if (status === 'Authorized') {
    return 'The money is only reserved on the card: capture it before Dojo releases it.'
  }
  return `Dojo shows it as ${status}, not Captured: ask Dojo whether the money was taken.`
}

function tally(entries: readonly Entry[]): Tally {
  const sum = (minorOf: (entry: Entry) => number): number =>
    entries.reduce((total, entry) => exact(total + minorOf(entry), 'The sum of the payments'), 0)
  return {
    count: entries.length,
    hereMinor: sum(({ hereMinor }) => hereMinor),
    thereMinor: sum(({ thereMinor }) => thereMinor),
  }
}

function tipsByWaiter(payments: readonly RecordedPayment[]): WaiterTips[] {
  const byWaiter = new Map<string | undefined, WaiterTips>()
  for (const { voided, tipsMinor, refundedTipsMinor, waiterId, waiterName } of payments) {
    if (voided || tipsMinor === 0) continue
    const before = byWaiter.get(waiterId)?.tipsMinor ?? 0
    byWaiter.set(waiterId, {
      waiterId,
      waiterName,
      tipsMinor: exact(before + tipsMinor - refundedTipsMinor, 'The sum of the tips'),
    })
  }
  return [...byWaiter.values()].sort(
    (a, b) => b.tipsMinor - a.tipsMinor || ((a.waiterId ?? '') < (b.waiterId ?? '') ? -1 : 1),
  )
}

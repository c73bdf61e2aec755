// A day of the venue held against Dojo's payment intents of it. Every payment that was recorded in
// the day, and every intent made in it that holds money, is counted once: what agrees and what does
// not add up to all. Amounts are whole minor units.
import { meansNotPaid, type IntentFacts } from './intent.ts'
import { exact, spoken } from '../money.ts'

/** A payment with Dojo that was recorded in the day, whether it stands or is void. */
export interface RecordedPayment {
  paymentIntentId: string
  orderId: string
  orderName: string
  /** Without the tip. */
  amountMinor: number
  tipsMinor: number
  /** Given back while it stands: of the amount, and of the tip. */
  refundedMinor: number
  refundedTipsMinor: number
  stands: boolean
  /** Who took it; without one, who serves the order. */
  waiterId: string | undefined
  waiterName: string | undefined
}

export interface DayRecords {
  payments: readonly RecordedPayment[]
  /**
   * As Dojo shows them: those made in the day and around it, and that of every payment of the day;
   * one that is not here is not there.
   */
  intents: ReadonlyMap<string, IntentFacts>
  /** Intents that are recorded here, in whatever day. */
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
  /** What Dojo says to have come about after this may be on its way here. */
  settledMs: number
}

/** The ways in which a payment may not agree, in the order in which they are told. */
export const differenceKinds = [
  'missingHere',
  'missingThere',
  'differentAmount',
  'differentState',
  'refunded',
] as const
export type DifferenceKind = (typeof differenceKinds)[number]

/**
 * Money at Dojo that has no payment in the day, and needs none: deposits of parties, payments
 * recorded in another day, and what is on its way.
 */
export const exemptions = ['deposits', 'otherDays', 'underWay'] as const
export type Exemption = (typeof exemptions)[number]

/** What is held here and at Dojo, tips included, less what was given back. */
export interface Tally {
  count: number
  hereMinor: number
  thereMinor: number
}

export interface Difference {
  kind: DifferenceKind
  paymentIntentId: string
  /** The order that has it, or that it names. */
  orderId: string | undefined
  orderName: string | undefined
  here:
    { amountMinor: number; tipsMinor: number; refundedMinor: number; stands: boolean } | undefined
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
  /** What somebody has to do, in a sentence. */
  toDo: string
}

export interface WaiterTips {
  waiterId: string | undefined
  waiterName: string | undefined
  tipsMinor: number
}

export interface DayComparison {
  matched: Tally
  /** By kind, and all with what agrees. */
  different: Readonly<Record<DifferenceKind, Tally>>
  total: Tally
  exempt: Readonly<Record<Exemption, Tally>>
  differences: readonly Difference[]
  /** Of the payments that stand, less what was given back; most first. */
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
  const { paymentIntentId, orderId, orderName, amountMinor, tipsMinor, stands } = payment
  const hereMinor = heldHere(payment)
  const thereMinor = intent === undefined ? 0 : heldThere(intent, currency)
  const kind = kindOf(payment, intent, currency)
  if (kind === undefined) return { category: 'matched', hereMinor, thereMinor }
  const here = { amountMinor, tipsMinor, refundedMinor: refundedHere(payment), stands }
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

/**
 * How a payment does not agree; undefined where it does. A void one needs nothing there but that
 * Dojo has no money of it.
 */
function kindOf(
  payment: RecordedPayment,
  intent: IntentFacts | undefined,
  currency: string,
): DifferenceKind | undefined {
  if (!payment.stands) {
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

/** Money of the day that no payment of the day is for, oldest first. */
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
  const exemption = deposits.has(paymentIntentId)
    ? 'deposits'
    : atMs > settledMs
      ? 'underWay'
      : recorded.has(paymentIntentId)
        ? 'otherDays'
        : undefined
  if (exemption !== undefined) return { category: exemption, hereMinor: 0, thereMinor }
  const orderName = externalId === undefined ? undefined : orderNames.get(externalId)
  const toDo =
    orderName === undefined
      ? 'No order has this payment: find out what it was for, and record it there or give it back.'
      : `It was taken for ${orderName}, where it is not recorded: record it there or give it back.`
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

const sideOf = ({ amountMinor, tipsMinor, refundedMinor, currency, status }: IntentFacts) => ({
  amountMinor,
  tipsMinor,
  refundedMinor,
  currency,
  status,
})

const refundedHere = ({ refundedMinor, refundedTipsMinor }: RecordedPayment): number =>
  refundedMinor + refundedTipsMinor
const heldHere = (payment: RecordedPayment): number =>
  payment.stands ? payment.amountMinor + payment.tipsMinor - refundedHere(payment) : 0

const holdsMoney = ({ status, amountMinor, tipsMinor, refundedMinor }: IntentFacts): boolean =>
  status === 'Captured' && refundedMinor < amountMinor + tipsMinor

/** Money in another currency is no part of a sum. */
const heldThere = (intent: IntentFacts, currency: string): number =>
  holdsMoney(intent) && intent.currency === currency
    ? intent.amountMinor + intent.tipsMinor - intent.refundedMinor
    : 0

function toDoAbout(
  kind: DifferenceKind,
  payment: RecordedPayment,
  intent: IntentFacts | undefined,
  currency: string,
): string {
  if (intent === undefined) {
    return 'Dojo has no such payment: ask who took it how it was paid, and look whether the key is that of the right Dojo account.'
  }
  if (kind === 'differentState') return toDoAboutState(payment, intent)
  if (kind === 'refunded') {
    const moreMinor = intent.refundedMinor - refundedHere(payment)
    return moreMinor > 0
      ? `Dojo has given back ${spoken(moreMinor, currency)} more than is noted here: note it on the bill.`
      : `Here ${spoken(-moreMinor, currency)} more are noted as given back than Dojo has given: give it back, or correct the bill.`
  }
  if (intent.currency !== currency) {
    return `The card was charged in ${intent.currency}: look at the receipt, and ask Dojo.`
  }
  const moreMinor = intent.amountMinor + intent.tipsMinor - payment.amountMinor - payment.tipsMinor
  if (moreMinor === 0) {
    return 'The sum is the same, but not what of it is the tip: look at the receipt, and correct the bill.'
  }
  return `The card was charged ${spoken(Math.abs(moreMinor), currency)} ${moreMinor > 0 ? 'more' : 'less'} than is recorded: look at the receipt, and correct the bill.`
}

function toDoAboutState({ stands }: RecordedPayment, { status }: IntentFacts): string {
  if (!stands) {
    return 'It is void here, and Dojo still has the money: give it back, or record it again.'
  }
  if (meansNotPaid(status)) {
    return 'The money went back to the card, so the bill is not paid: have it paid once more.'
  }
  if (status === 'Created') return 'The card was never charged: have the bill paid once more.'
  if (status === 'Authorized') {
    return 'The money is only reserved on the card: capture it before Dojo lets go of it.'
  }
  return `Dojo calls it ${status} and not Captured: ask Dojo whether the money was taken.`
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
  for (const { stands, tipsMinor, refundedTipsMinor, waiterId, waiterName } of payments) {
    if (!stands || tipsMinor === 0) continue
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

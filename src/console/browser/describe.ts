// What happened, in the words of the venue: one title, who did it and from where, and the sign that
// stands beside it.
import type { IconName } from '../../page/browser/icon.tsx'
import type { Tone } from '../../page/browser/parts.tsx'
import { waiterNames, type Change } from './live.ts'
import { formats } from './session.ts'

export interface InWords {
  icon: IconName
  tone?: Tone
  title: string
}

type Detail = Record<string, unknown>
type Words = (detail: Detail) => InWords

const text = (value: unknown): string => (typeof value === 'string' ? value : '')
const number = (value: unknown): number => (typeof value === 'number' ? value : 0)
const money = (value: unknown): string => formats.value.money(number(value))
const quoted = (value: unknown): string => (text(value) === '' ? '' : `, “${text(value)}”`)

/** `2 × Burger, 3 × Pint of bitter` */
function linesIn({ lines }: Detail): string {
  const named = Array.isArray(lines) ? (lines as { name?: string; quantity?: number }[]) : []
  return named
    .filter(({ name }) => name !== undefined)
    .map(({ name, quantity = 1 }) => `${quantity} × ${name!}`)
    .join(', ')
}

function paid({ amountMinor, tipsMinor, tender }: Detail): string {
  const tip = number(tipsMinor) > 0 ? `, ${money(tipsMinor)} tip` : ''
  const how = text(tender) === '' ? '' : ` by ${text(tender).toLowerCase()}`
  return `${money(amountMinor)} paid${how}${tip}`
}

/** A card payment that a till started, which need not be on the bill. */
function atMachine({ amountMinor, tipsMinor, prompt }: Detail, what: string): InWords {
  const shown = text(prompt) === '' ? '' : `, which shows ${text(prompt)}`
  return {
    icon: 'card',
    title: `${money(number(amountMinor) + number(tipsMinor))} ${what}${shown}`,
  }
}

const ORDER: Record<string, Words> = {
  Opened: () => ({ icon: 'plus', title: 'opened' }),
  Created: () => ({ icon: 'phone', title: 'ordered through Dojo' }),
  LinesAdded: (detail) => ({ icon: 'plus', title: linesIn(detail) }),
  LineChanged: () => ({ icon: 'pen', title: 'a line changed' }),
  LineVoided: ({ name, quantity, reason }) => ({
    icon: 'ban',
    tone: 'warn',
    title: `${number(quantity)} × ${text(name)} taken off${quoted(reason)}`,
  }),
  Bumped: (detail) => ({ icon: 'bell', title: `${linesIn(detail)} ready` }),
  Recalled: (detail) => ({ icon: 'undo', title: `${linesIn(detail)} back to the kitchen` }),
  DiscountAdded: ({ name, reason }) => ({
    icon: 'tag',
    tone: 'warn',
    title: `discount “${text(name)}”${quoted(reason)}`,
  }),
  DiscountRemoved: () => ({ icon: 'tag', title: 'discount taken back' }),
  ServiceChargeSet: () => ({ icon: 'pen', title: 'service charge set' }),
  BillPrinted: ({ totalMinor }) => ({ icon: 'bill', title: `bill printed, ${money(totalMinor)}` }),
  Locked: () => ({ icon: 'lock', tone: 'live', title: 'being paid' }),
  LockExtended: () => ({ icon: 'lock', tone: 'live', title: 'lock extended' }),
  Unlocked: () => ({ icon: 'unlock', title: 'free again' }),
  Held: () => ({ icon: 'hand', title: 'held for changes' }),
  LetGo: () => ({ icon: 'hand', title: 'let go' }),
  UnlockedByForce: ({ reason }) => ({
    icon: 'unlock',
    tone: 'warn',
    title: `freed by force${quoted(reason)}`,
  }),
  CardPaymentWaiting: (detail) => atMachine(detail, 'on a card machine'),
  CardPaymentPrompting: (detail) => atMachine(detail, 'on a card machine'),
  CardPaymentSignatureRequired: (detail) => atMachine(detail, 'waits for a signature'),
  CardPaymentAuthorized: (detail) => atMachine(detail, 'held on the card'),
  CardPaymentCaptured: (detail) => atMachine(detail, 'captured'),
  CardPaymentDeclined: (detail) => atMachine(detail, 'declined'),
  CardPaymentCanceled: (detail) => atMachine(detail, 'canceled'),
  CardPaymentExpired: (detail) => atMachine(detail, 'expired on the machine'),
  CardPaymentUnknown: (detail) => atMachine(detail, 'of which the result is not known'),
  CardPaymentRefunded: (detail) => atMachine(detail, 'given back'),
  PaymentRecorded: (detail) => ({ icon: 'card', tone: 'good', title: paid(detail) }),
  PaymentVoided: ({ reason }) => ({
    icon: 'ban',
    tone: 'bad',
    title: `a payment is void${quoted(reason)}`,
  }),
  PaymentRestored: () => ({ icon: 'card', tone: 'good', title: 'a void payment counts again' }),
  PaymentRefunded: ({ refundedMinor }) => ({
    icon: 'undo',
    tone: 'warn',
    title: `${money(refundedMinor)} refunded`,
  }),
  MirrorWaits: () => ({ icon: 'pen', title: 'changed at the till, waits for the payment' }),
  MirrorNotApplied: ({ message }) => ({
    icon: 'ban',
    tone: 'bad',
    title: `the change at the till does not fit${quoted(message)}`,
  }),
  Overdue: ({ inboxMinutes }) => ({
    icon: 'ban',
    tone: 'bad',
    title: `no till has taken it over for ${text(inboxMinutes)} minutes`,
  }),
  Described: () => ({ icon: 'pen', title: 'details changed' }),
  Moved: () => ({ icon: 'move', title: 'moved to another table' }),
  SplitOff: (detail) => ({
    icon: 'move',
    tone: 'warn',
    title: `${linesIn(detail) || 'lines'} moved to another order`,
  }),
  Merged: ({ totalMinor }) => ({ icon: 'move', title: `took over ${money(totalMinor)}` }),
  MergedInto: () => ({ icon: 'move', title: 'moved into another order' }),
  StatusChanged: ({ status }) => ({ icon: 'right', title: `now ${text(status)}` }),
  Canceled: ({ reason }) => ({ icon: 'cross', tone: 'warn', title: `cancelled${quoted(reason)}` }),
  Reopened: ({ reason }) => ({ icon: 'undo', tone: 'warn', title: `reopened${quoted(reason)}` }),
}

const VISIT: Record<string, InWords> = {
  Seated: { icon: 'people', title: 'guests seated' },
  Finished: { icon: 'people', title: 'guests left' },
  Moved: { icon: 'move', title: 'guests moved' },
  Booked: { icon: 'book', title: 'booked' },
  Updated: { icon: 'book', title: 'booking changed' },
  Described: { icon: 'pen', title: 'details of guests changed' },
  Canceled: { icon: 'book', tone: 'warn', title: 'booking cancelled' },
  Deleted: { icon: 'cross', title: 'deleted' },
  Opened: { icon: 'right', title: 'business day opened' },
  Closed: { icon: 'right', title: 'business day closed' },
}

/** Without the name of the table, which the order's own page has above it. */
export function whatHappened({ entity, action, detail }: Change): InWords {
  const isOfCard = entity === 'Order' || entity === 'Refund'
  const words = isOfCard ? ORDER[action]?.(detail) : VISIT[action]
  return words ?? { icon: 'disc', title: action }
}

/** `Table 5: £18.25 paid, £2.00 tip` */
export function inWords(change: Change): InWords {
  const words = whatHappened(change)
  const { name } = change
  if (name !== undefined) return { ...words, title: `${name}: ${words.title}` }
  return { ...words, title: words.title[0]!.toUpperCase() + words.title.slice(1) }
}

/** `card machine tm_demo, Becky` */
export function byWhom({
  product,
  deviceId,
  waiterId,
}: Pick<Change, 'product' | 'deviceId' | 'waiterId'>): string {
  const waiter = waiterId === undefined ? undefined : (waiterNames.value.get(waiterId) ?? waiterId)
  return [placeOf(product, deviceId), waiter].filter((part) => part !== undefined).join(', ')
}

function placeOf(product: string | undefined, deviceId: string | undefined): string | undefined {
  const device = deviceId === undefined ? '' : ` ${deviceId}`
  if (product === 'Till') return `till${device}`
  if (product === 'Console') return deviceId === undefined ? 'console' : `console${device}`
  if (product === undefined) return deviceId
  return deviceId === undefined ? `Dojo ${product}` : `card machine${device}`
}

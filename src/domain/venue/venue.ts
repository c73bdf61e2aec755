// The settings of a venue, and the rules for them.
import { conflict, invalid, invalidField, Refusal } from '../errors.ts'
import { visibleName } from '../names.ts'
import type { BillTemplate } from '../paper/bill.ts'

/** When a payment is checked against Dojo's: before it is answered, soon after, or never. */
export const verifyChoices = ['before', 'after', 'off'] as const
export type VerifyPayments = (typeof verifyChoices)[number]

/** Who keeps the orders: this server, or a till that has its own and sends them as they are. */
export const venueKinds = ['native', 'mirrored'] as const
export type VenueKind = (typeof venueKinds)[number]

export const inboxChoices = ['notify', 'refuse'] as const
export type InboxThen = (typeof inboxChoices)[number]

/** A till's change of what is owed while somebody pays. */
export const lockedChoices = ['refuse', 'wait'] as const
export type LockedThen = (typeof lockedChoices)[number]

/** What does not apply to a kind of venue says what to do instead. */
export function notInVenue(kind: VenueKind): Refusal {
  const message =
    kind === 'mirrored'
      ? 'This venue is mirrored: its till keeps the orders, the menu and the days. ' +
        'Change the order on the till and send it with PUT /mirror/orders/{id}.'
      : 'This venue is native: its orders are kept here. Work on them with /orders, or make it ' +
        'mirrored first with PATCH /venue and {"kind":"mirrored"}.'
  return conflict('venue-kind', message, { kind })
}

/** @throws Refusal Conflict: the venue would become of another kind while orders are open */
export function checkKind(
  kind: VenueKind | undefined,
  now: { kind: VenueKind; openCount: number },
): void {
  if (kind === undefined || kind === now.kind || now.openCount === 0) return
  throw conflict(
    'open-orders',
    `The venue has ${now.openCount} open orders; it can become ${kind} once they are closed.`,
    { count: now.openCount },
  )
}

/** What is left out stays as it is. */
export interface VenueSettings {
  name?: string
  timeZone?: string
  waiterAccess?: boolean
  onePartyPerTable?: boolean
  refuseOverlappingReservations?: boolean
  /** Null chooses `after` where there is a Dojo key, and `off` without one. */
  verifyPayments?: VerifyPayments | null
  /** For orders opened from now on. */
  taxesOnTop?: boolean
  taxName?: string
  /** For dine-in orders that tills open from now on, in hundredths of a percent; null for none. */
  serviceChargeHundredths?: number | null
  kind?: VenueKind
  /** How long a mirrored venue's till has to acknowledge an order of Dojo's, and what then. */
  inboxMinutes?: number
  inboxThen?: InboxThen
  /** In a mirrored venue: what becomes of a change of what is owed while Dojo's lock lasts. */
  lockedThen?: LockedThen
  /** The tax rate of the service charge, for orders opened from now on; null for no tax. */
  serviceChargeTaxRateHundredths?: number | null
  /** Cash is rounded to this; only 5 cents of EUR, and null for none. */
  cashRoundingMinor?: number | null
  /** Tills may add a tip to a card payment at the counter. */
  cardTips?: boolean
  /** The most cash that a guest gets with a card payment; null for no cashback. */
  cashbackMostMinor?: number | null
  /** The most that one refund without a payment may come to; null for no such refunds. */
  unlinkedRefundMostMinor?: number | null
}

/** How Dojo reaches a venue: it calls this server, asks through a socket of it, or both. */
export const transports = ['rest', 'socket', 'both'] as const
export type Transport = (typeof transports)[number]

export const counterTransports = ['rest', 'socket'] as const
export type CounterTransport = (typeof counterTransports)[number]

/** What only its operator sets. */
export interface DojoSettings {
  /** Running servers take it up within a second or two. */
  transport?: Transport
  /** How tills reach the card machines. What is under way stays on its way. */
  counterTransport?: CounterTransport
  /** The venue's account on Dojo's socket for the counter, and its name there; null for its id. */
  counterAccount?: string
  eposId?: string | null
  /** Dojo's id of the venue's account; null until Dojo sends it. */
  dojoAccountId?: string | null
}

type Optional =
  | 'serviceChargeHundredths'
  | 'serviceChargeTaxRateHundredths'
  | 'cashRoundingMinor'
  | 'cashbackMostMinor'
  | 'unlinkedRefundMostMinor'

export interface VenueDetails extends Required<Omit<VenueSettings, Optional>> {
  currency: string
  /** As it is in force, chosen or not. */
  verifyPayments: VerifyPayments
  hasDojoKey: boolean
  counterAccount: string | undefined
  serviceChargeHundredths: number | undefined
  serviceChargeTaxRateHundredths: number | undefined
  cashRoundingMinor: number | undefined
  cashbackMostMinor: number | undefined
  unlinkedRefundMostMinor: number | undefined
  billTemplate: BillTemplate
  version: number
}

/** 5 cents, in hundredths of the currency. */
export const cashRoundings = [5] as const

/** @throws Refusal InvalidRequest: a name in which nothing can be seen, unknown time zone */
export function checkSettings({ name, timeZone }: Pick<VenueSettings, 'name' | 'timeZone'>): void {
  if (name !== undefined) visibleName(name, 'name')
  if (timeZone !== undefined && !isTimeZone(timeZone)) {
    throw invalidField(
      'timeZone',
      `${timeZone} is not a time zone. Use a name such as Europe/London.`,
    )
  }
}

/** When payments are checked against Dojo's, whether the venue chose it or not. */
export function verificationOf(
  chosen: VerifyPayments | null | undefined,
  hasDojoKey: boolean,
): VerifyPayments {
  return chosen ?? (hasDojoKey ? 'after' : 'off')
}

/** @throws Refusal InvalidRequest: payments to verify without a Dojo key */
export function checkVerification(
  verifyPayments: VerifyPayments | null | undefined,
  hasDojoKey: boolean,
  locationId: string,
): void {
  if (!hasDojoKey && (verifyPayments === 'before' || verifyPayments === 'after')) {
    throw invalidField('verifyPayments', noDojoKey(locationId).message)
  }
}

/** What goes into a header, or into its Base64 with a colon behind it. */
const HEADER_TEXT = /^[\x21-\x39\x3b-\x7e]{1,100}$/

/** @throws Refusal InvalidRequest: the socket without an account; what cannot be sent */
export function checkCounter(
  { counterTransport, counterAccount, eposId }: DojoSettings,
  known: { counterAccount: string | undefined },
): void {
  for (const [field, value] of Object.entries({ counterAccount, eposId })) {
    if (value == null || HEADER_TEXT.test(value)) continue
    throw invalidField(
      field,
      `The field ${field} must have 1 to 100 visible ASCII characters, without spaces and colons.`,
    )
  }
  if (counterTransport !== 'socket' || (counterAccount ?? known.counterAccount) !== undefined) {
    return
  }
  throw invalidField(
    'counterTransport',
    'Card machines over the socket need the account that Dojo gave for it: set counterAccount too.',
  )
}

/** @throws Refusal InvalidRequest: cash to be rounded in a currency with small coins */
export function checkCashRounding(
  cashRoundingMinor: number | null | undefined,
  currency: string,
): void {
  if (cashRoundingMinor === undefined || cashRoundingMinor === null || currency === 'EUR') return
  throw invalidField(
    'cashRoundingMinor',
    `The field cashRoundingMinor is ${cashRoundingMinor}; cash is only rounded in EUR, and this ` +
      `venue takes ${currency}.`,
  )
}

function isTimeZone(name: string): boolean {
  try {
    Intl.DateTimeFormat('en-GB', { timeZone: name })
    return true
  } catch {
    return false
  }
}

export const noDojoKey = (locationId: string) =>
  invalid(
    `The venue ${locationId} has no Dojo API key yet. Set it with: npx epos location set-dojo-key --location ${locationId}`,
  )

export const noVenue = (locationId: string) =>
  new Refusal(
    'NotFound',
    'not-found',
    `There is no venue with the id ${locationId}. See: npx epos location list`,
  )

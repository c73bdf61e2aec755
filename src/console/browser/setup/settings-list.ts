// Every setting of a venue: how it is called, and how its value is read and written by people.
import { minorOf } from './amounts.ts'

/** As the till API answers them. */
export interface Venue {
  currency: string
  kind: 'native' | 'mirrored'
  version: number
  [field: string]: unknown
}

interface Named {
  field: string
  label: string
  help?: string
  /** Whether it applies to the venue. */
  applies?: (venue: Pick<Venue, 'currency' | 'kind'>) => boolean
}

export type Setting = Named &
  (
    | { as: 'text' | 'zone' | 'percent' | 'money' | 'number' }
    | { as: 'switch'; on?: unknown }
    | { as: 'choice'; choices: readonly { value: string; label: string }[] }
  )

export interface Group {
  title: string
  settings: readonly Setting[]
}

const isMirrored: Named['applies'] = ({ kind }) => kind === 'mirrored'

export const GROUPS: readonly Group[] = [
  {
    title: 'The venue',
    settings: [
      { field: 'name', label: 'Name', as: 'text' },
      {
        field: 'timeZone',
        label: 'Time zone',
        as: 'zone',
        help: 'such as Europe/London: the clock of bills, bookings and the business day',
      },
    ],
  },
  {
    title: 'Prices and bills',
    settings: [
      { field: 'taxName', label: 'What the tax is called', as: 'text', help: 'on bills' },
      {
        field: 'taxesOnTop',
        label: 'Taxes are added to the prices',
        as: 'switch',
        help: 'Off: the prices contain them. For orders opened from now on.',
      },
      {
        field: 'serviceChargeHundredths',
        label: 'Service charge in percent',
        as: 'percent',
        help: 'For guests at a table, on orders opened from now on. Empty for none.',
      },
      {
        field: 'serviceChargeTaxRateHundredths',
        label: 'Tax on the service charge in percent',
        as: 'percent',
        help: 'Empty for none.',
      },
      {
        field: 'cashRoundingMinor',
        label: 'Cash is rounded to 5 cents',
        as: 'switch',
        on: 5,
        applies: ({ currency }) => currency === 'EUR',
      },
    ],
  },
  {
    title: 'Tables and bookings',
    settings: [
      {
        field: 'waiterAccess',
        label: 'Card machines show a waiter only their own orders',
        as: 'switch',
      },
      { field: 'onePartyPerTable', label: 'One party at a table', as: 'switch' },
      {
        field: 'refuseOverlappingReservations',
        label: 'Refuse a booking when the table is taken then',
        as: 'switch',
      },
    ],
  },
  {
    title: 'Cards',
    settings: [
      {
        field: 'verifyPayments',
        label: 'Payments are checked with Dojo',
        as: 'choice',
        choices: [
          { value: 'before', label: 'before they are recorded' },
          { value: 'after', label: 'after they are recorded' },
          { value: 'off', label: 'not at all' },
        ],
      },
      { field: 'cardTips', label: 'Tills may add a tip to a card payment', as: 'switch' },
      {
        field: 'cashbackMostMinor',
        label: 'Most cashback with a card payment',
        as: 'money',
        help: 'Empty for none.',
      },
      {
        field: 'unlinkedRefundMostMinor',
        label: 'Most that one refund without a payment may come to',
        as: 'money',
        help: 'Empty: none is given.',
      },
    ],
  },
  {
    title: 'Where orders are kept',
    settings: [
      {
        field: 'kind',
        label: 'Orders are kept',
        as: 'choice',
        choices: [
          { value: 'native', label: 'here: native' },
          { value: 'mirrored', label: 'by a till that sends them: mirrored' },
        ],
        help: 'Changes only while no order is open.',
      },
      {
        field: 'inboxMinutes',
        label: 'Minutes in which the till takes on an order of Dojo’s',
        as: 'number',
        applies: isMirrored,
      },
      {
        field: 'inboxThen',
        label: 'After that time',
        as: 'choice',
        choices: [
          { value: 'notify', label: 'it is shown as overdue' },
          { value: 'refuse', label: 'it is refused, and the money goes back' },
        ],
        applies: isMirrored,
      },
      {
        field: 'lockedThen',
        label: 'What the till changes while Dojo has locked the order',
        as: 'choice',
        choices: [
          { value: 'refuse', label: 'is refused' },
          { value: 'wait', label: 'waits until the lock ends' },
        ],
        applies: isMirrored,
      },
    ],
  },
]

/** What a field shows while it is edited. */
export type Entered = string | boolean

export function enteredOf(setting: Setting, value: unknown): Entered {
  switch (setting.as) {
    case 'switch':
      return value === (setting.on ?? true)
    case 'percent':
      return value === undefined ? '' : String((value as number) / 100)
    case 'money':
      return value === undefined ? '' : ((value as number) / 100).toFixed(2)
    default:
      return String(value ?? '')
  }
}

/** What the API takes; undefined where what was entered cannot be meant. */
export function valueOf(setting: Setting, entered: Entered): unknown {
  if (setting.as === 'switch') {
    const { on = true } = setting
    if (entered === true) return on
    return on === true ? false : null
  }
  const text = String(entered).trim()
  switch (setting.as) {
    case 'percent':
    case 'money':
      return text === '' ? null : minorOf(text)
    case 'number':
      return /^\d{1,9}$/.test(text) ? Number(text) : undefined
    default:
      return text
  }
}

export const HOW_TO_WRITE: Readonly<Record<string, string>> = {
  percent: 'Write it as in 12.5, or leave it empty.',
  money: 'Write it as in 50.00, or leave it empty.',
  number: 'Write a whole number.',
}

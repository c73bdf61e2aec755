// What a card machine shows, and what a hand can do with it.
export type CardOutcome = 'approved' | 'declined' | 'signature' | 'slow' | 'answer-lost'

export type Screen = 'waiter' | 'tables' | 'order' | 'tip' | 'card' | 'signature' | 'result'

export interface ListedOrder {
  id: string
  name: string
  /** Where it is, when its name does not say it. */
  place: string
  balanceMinor: number
  paidMinor: number
  currencyCode: string
  /** The machine of this bench that has locked it. */
  heldBy?: string
}

export interface OrderLine {
  name: string
  quantity: number
  amountMinor: number
}

export interface ShownOrder extends ListedOrder {
  totalMinor: number
  lines: OrderLine[]
}

export interface Due {
  amountMinor: number
  tipMinor: number
  /** Which part of how many, when the bill is split. */
  part: number
  parts: number
}

export interface Paper {
  number: number
  kind: 'bill' | 'receipt'
  title: string
  text: string
}

export interface MachineResult {
  tone: 'good' | 'bad'
  title: string
  text: string
  /** What the guest was charged, tip included; 0 when the card got it back. */
  paidMinor: number
  /** Whether the machine goes on with this order. */
  isMoreDue: boolean
}

export interface MachineView {
  id: string
  screen: Screen
  waiterId: string
  /** What it works at, as in `Authorising`; no key works meanwhile. */
  work?: string
  /** Why the last touch did not do what it was meant to. */
  problem?: string
  orders: ListedOrder[]
  order?: ShownOrder
  lockedUntil?: string
  due?: Due
  result?: MachineResult
  papers: Paper[]
}

export interface BenchView {
  machines: MachineView[]
}

export type TouchKey =
  'waiter' | 'list' | 'choose' | 'bill' | 'pay' | 'tip' | 'card' | 'sign' | 'next' | 'back' | 'tear'

/** A touch, with what its key needs. */
export interface Touch {
  key: TouchKey
  waiterId?: string
  orderId?: string
  /** `pay`: this much. */
  amountMinor?: number
  /** `pay`: as many equal parts. */
  parts?: number
  /** `tip`; or `pay`, which then asks for no tip. */
  tipMinor?: number
  outcome?: CardOutcome
  accepted?: boolean
  paper?: number
}

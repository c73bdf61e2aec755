// What the certifier asks of a till that takes cards at the counter, and what it hears back. The
// same words go over the pipes of a program (`--drive`) and to a person who works the till.

export interface SaleTask {
  /** Names the sale in every later task. */
  sale: string
  terminalId: string
  /** As printed on the machine. */
  tid: string
  /** What the guest buys, tip and cashback excluded. */
  amountMinor: number
  tipsMinor?: number
  cashbackMinor?: number
  captureMode: 'Auto' | 'Manual'
  cardNotPresent?: true
  /** What is on the bill; together, less the discount, it comes to the amount. */
  items?: ReadonlyArray<{ name: string; quantity: number; unitAmountMinor: number }>
  discountMinor?: number
}

interface Machine {
  terminalId: string
  tid: string
}

export type Task =
  /** Say which version the till is. */
  | { do: 'about' }
  /** Use this API key from now on. */
  | { do: 'key'; key: string }
  /** Show the card machines. */
  | { do: 'terminals' }
  /** Subscribe to Dojo's webhooks, if need be, and list the subscriptions. */
  | { do: 'webhooks' }
  /** List the payment intents. */
  | { do: 'intents' }
  /** Start a payment, and answer once the machine has it, or cannot have it. */
  | ({ do: 'sale' } & SaleTask)
  /** Try the sale again on this machine. */
  | ({ do: 'retry'; sale: string } & Machine)
  /** Cancel what is under way, or a sale that no card has paid. */
  | { do: 'cancel'; sale: string }
  /** Accept or reject the signature of the guest. */
  | { do: 'sign'; sale: string; accepted: boolean }
  /** Record by hand that the sale, or the refund, was successful. */
  | { do: 'record'; sale: string }
  /** Raise or lower the authorised amount. */
  | { do: 'amount'; sale: string; amountMinor: number }
  /** Take the authorised amount. */
  | { do: 'capture'; sale: string; amountMinor: number }
  /** Refund a sale through Dojo's API, without the card. */
  | { do: 'refund'; refund: string; sale: string; amountMinor: number }
  /** Refund a sale to the card on this machine. */
  | ({ do: 'matched-refund'; refund: string; sale: string; amountMinor: number } & Machine)
  /** Refund to a card on this machine, without a sale. */
  | ({ do: 'unlinked-refund'; refund: string; amountMinor: number } & Machine)
  /** Say what the till shows of a sale or a refund. */
  | { do: 'look'; sale: string }

export type Verb = Task['do']

/** What a cashier can choose. */
export type Offer =
  'accept-signature' | 'reject-signature' | 'cancel' | 'retry' | 'record' | 'amount' | 'capture'

/** What the till shows of a sale or a refund. */
export interface Shows {
  /**
   * In Dojo's words: Authorized, Captured, Declined, Canceled, Expired or Refunded once it is over,
   * anything else before.
   */
  result: string
  /** The sentence for the cashier. */
  text?: string
  /** What the machine shows the guest, such as PresentCard. */
  prompt?: string
  offers?: readonly Offer[]
  /** Whether the till counts the sale as paid. */
  paid?: boolean
  tipsMinor?: number
  cashbackMinor?: number
  /** What the till counts as given back. */
  refundedMinor?: number
}

/** One of the fields is there. */
export interface TillAnswer {
  shows?: Shows
  /** The till did not do it: the sentence that it showed. */
  refused?: string
  /** The till has no such thing, or it cannot be driven: why. */
  cannot?: string
  /** The answer to `about`. */
  version?: string
}

export interface Till {
  /** @throws Error when the till can no longer be asked */
  ask: (task: Task) => Promise<TillAnswer>
  /** A person who says what the till shows is asked once, and not again and again. */
  isPerson: boolean
  close: () => Promise<void>
}

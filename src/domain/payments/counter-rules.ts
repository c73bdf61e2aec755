// What a venue allows at the counter, tips and cashback with card payments, and what it needs.
import { conflict } from '../errors.ts'
import { spoken } from '../money.ts'

/** What the venue allows at the counter. */
export interface CounterRules {
  cardTips: boolean
  /** Undefined where there is no cashback, or no refund without a payment. */
  cashbackMostMinor: number | undefined
  unlinkedRefundMostMinor: number | undefined
}

/** What a card payment says that may have cashback. */
interface CashbackRequest {
  cashbackMinor: number
  captureMode: 'Auto' | 'Manual'
  cardNotPresent: boolean
}

/** @throws Refusal Conflict `not-allowed`: the venue takes no tips on card payments */
export function mustAllowTips(
  { tipsMinor }: { tipsMinor: number },
  { cardTips }: Pick<CounterRules, 'cardTips'>,
): void {
  if (tipsMinor === 0 || cardTips) return
  throw conflict(
    'not-allowed',
    `tipsMinor is ${tipsMinor}, but this venue takes no tips with card payments at the counter: ` +
      'leave it out, or have the owner set cardTips.',
  )
}

/** @throws Refusal Conflict `not-allowed`: none, less than that, or not with such a payment */
export function mustAllowCashback(
  { cashbackMinor, captureMode, cardNotPresent }: CashbackRequest,
  { cashbackMostMinor }: CounterRules,
  currency: string,
): void {
  if (cashbackMinor === 0) return
  if (cashbackMostMinor === undefined) {
    throw conflict(
      'not-allowed',
      'This venue gives no cashback: leave cashbackMinor out, or have the owner set ' +
        'cashbackMostMinor.',
    )
  }
  if (captureMode === 'Manual' || cardNotPresent) {
    throw conflict(
      'not-allowed',
      'Cashback needs a card on the machine that is captured at once: leave out cashbackMinor, ' +
        'or captureMode Manual and cardNotPresent.',
    )
  }
  if (cashbackMinor <= cashbackMostMinor) return
  throw conflict(
    'not-allowed',
    `This venue gives at most ${spoken(cashbackMostMinor, currency)} in cash with a card payment, ` +
      `not ${spoken(cashbackMinor, currency)}.`,
    { cashbackMostMinor },
  )
}

/**
 * Without a key nothing can be asked of Dojo, and no job would be kept.
 * @throws Refusal Conflict `dojo-refused`
 */
export function mustHaveKey(key: object | undefined): void {
  if (key !== undefined) return
  throw conflict(
    'dojo-refused',
    'This venue has no Dojo API key. Set it with npx epos location set-dojo-key.',
  )
}

/** @throws Refusal Conflict `dojo-refused`: the venue has none, and its tills use the socket */
export function mustHaveAccount(account: string | undefined): void {
  if (account !== undefined) return
  throw conflict(
    'dojo-refused',
    'This venue has no account for card machines over the socket. Set it with ' +
      'npx epos location set --counter-account.',
  )
}

// Money is a whole number of minor units (pence, cents). Amounts above 2^53 - 1, where numbers stop
// being exact, are refused.
import { invalid } from './errors.ts'

/** An amount in Dojo's contract. */
export interface Money {
  value: number
  currencyCode: string
}

export function money(minor: number, currencyCode: string): Money {
  return { value: minor, currencyCode }
}

/**
 * The minor units of an amount in a request.
 * @param field names the amount in the refusal, as `items[0].amountPerItem`
 * @throws Refusal InvalidRequest: another currency than the venue's, negative, or not exact
 */
export function minorOf(amount: Money, currency: string, field: string): number {
  if (amount.currencyCode !== currency) {
    throw invalid(
      `The field ${field}.currencyCode is ${amount.currencyCode}, ` +
        `but this venue takes ${currency} only.`,
      'currency',
    )
  }
  if (amount.value < 0) {
    throw invalid(`The field ${field}.value is ${amount.value}, but an amount is never negative.`)
  }
  if (!Number.isSafeInteger(amount.value)) {
    throw invalid(
      `The field ${field}.value is larger than ${Number.MAX_SAFE_INTEGER}, ` +
        'the largest amount that is exact.',
    )
  }
  return amount.value
}

export function optionalMinorOf(
  amount: Money | undefined,
  currency: string,
  field: string,
): number | undefined {
  return amount === undefined ? undefined : minorOf(amount, currency, field)
}

/** @throws Refusal InvalidRequest when a sum is no longer exact */
export function exact(minor: number, what: string): number {
  if (!Number.isSafeInteger(minor)) {
    throw invalid(
      `${what} is larger than ${Number.MAX_SAFE_INTEGER}, the largest amount that is exact.`,
    )
  }
  return minor
}

/** For people: `12.34 GBP`. */
export function spoken(minor: number, currency: string): string {
  return `${decimals(minor)} ${currency}`
}

/** For machines: `12.34`, `-12.34`. */
export function decimals(minor: number): string {
  return `${signOf(minor)}${decimal(minor)}`
}

const SYMBOLS: ReadonlyMap<string, string> = new Map([
  ['GBP', '£'],
  ['EUR', '€'],
])

/** On paper: `£12.34`, or `SEK 12.34` when the symbol is not known. */
export function printed(minor: number, currency: string): string {
  const symbol = SYMBOLS.get(currency) ?? `${currency} `
  return `${signOf(minor)}${symbol}${decimal(minor)}`
}

function signOf(minor: number): string {
  return minor < 0 ? '-' : ''
}

/** Without a sign or a currency: 1495 as `14.95`. */
export function decimal(minor: number): string {
  const digits = String(Math.abs(minor)).padStart(3, '0')
  return `${digits.slice(0, -2)}.${digits.slice(-2)}`
}

/** `14.95` as 1495, digit by digit; undefined unless it is a number with at most two decimals. */
export function hundredthsOf(text: string): number | undefined {
  const [, whole, part = ''] = /^(\d{1,8})(?:\.(\d{1,2}))?$/.exec(text) ?? []
  return whole === undefined ? undefined : Number(`${whole}${part.padEnd(2, '0')}`)
}

// Amounts between a till's decimals and the API's whole minor units.

/**
 * `12.34`, as a number or as text, is 1234. A float is taken as it is printed: 0.1 + 0.2 is 30.
 * @throws RangeError for what is no amount
 */
export function toMinor(amount: number | string): number {
  const minor = Math.round(Number(`${Number(amount).toFixed(6)}e2`))
  // Number takes empty text for 0.
  const isEmpty = typeof amount === 'string' && amount.trim() === ''
  if (isEmpty || !Number.isSafeInteger(minor)) throw new RangeError(`'${amount}' is not an amount.`)
  return minor
}

/** 1234 is `12.34`. */
export function fromMinor(minor: number): string {
  const sign = minor < 0 ? '-' : ''
  const digits = String(Math.abs(minor)).padStart(3, '0')
  return `${sign}${digits.slice(0, -2)}.${digits.slice(-2)}`
}
